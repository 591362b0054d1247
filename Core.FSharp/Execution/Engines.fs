namespace Initializers.Kernels

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Backends.OpenCL
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.Cuda
open ILGPU.Runtime.OpenCL
open Initializers
open Initializers.FSharp

/// One accelerator with what fills its memory.
[<RequireQualifiedAccess>]
type internal Engine =
    /// The process's own CPU: the accelerator only holds memory, which this process's threads fill.
    | Host of Accelerator
    /// A CPU accelerator of the caller's, whose threads run the tiles' kernel.
    | Cpu of Accelerator * CpuKernels
    | Gpu of Accelerator * GpuKernels

    member this.Accelerator =
        match this with
        | Host a
        | Cpu(a, _)
        | Gpu(a, _) -> a

    /// Whether the host reads and writes the memory in place.
    member this.IsOnHost =
        match this with
        | Host _
        | Cpu _ -> true
        | Gpu _ -> false

/// Contexts, accelerators and kernels, each made at its first use and kept for the life of the process: the only
/// mutable state of the core. Safe from many threads at once.
module internal Engines =
    let private cpu =
        lazy
            (let context =
                Context.Create(fun b -> (Intrinsics.enable b).CPU(CPUDevice(2, 1, 1)) |> ignore)

             context.GetCPUDevice(0).CreateAccelerator context)

    /// CL_FP_DENORM and CL_FP_ROUND_TO_NEAREST of CL_DEVICE_SINGLE_FP_CONFIG: without them an OpenCL device may round float32
    /// as it likes and take subnormals for 0. Any device rounds fma once, and float64 as IEEE 754 says.
    let private roundsAsOthers (device: CLDevice) =
        let needed = 0b101L

        CLAPI.CurrentAPI.GetDeviceInfo<int64>(device.DeviceId, CLDeviceInfoType.CL_DEVICE_SINGLE_FP_CONFIG)
        &&& needed
            =
            needed

    /// O2 is what tells ILGPU's backends that a kernel's views are of global memory, and their OpenCL C needs the generic
    /// address space.
    let private gpuContext =
        lazy
            (Context.Create(fun b ->
                (Intrinsics.enable b)
                    .Optimize(OptimizationLevel.O2)
                    .Cuda()
                    .OpenCL(fun device ->
                        CLCVersion.op_GreaterThanOrEqual (device.CLStdVersion, CLBackend.MinimumVersion)
                        && device.Capabilities.GenericAddressSpace
                        && roundsAsOthers device)
                |> ignore))

    let private gpuDevices =
        lazy
            (let context = gpuContext.Value

             let cuda = context.GetCudaDevices().Count
             let opencl = context.GetCLDevices().Count

             [ for i in 0 .. cuda - 1 -> $"cuda:{i}", context.GetCudaDevice i :> ILGPU.Runtime.Device
               for i in 0 .. opencl - 1 -> $"opencl:{i}", context.GetCLDevice i :> ILGPU.Runtime.Device ])

    let private gpus = ConcurrentDictionary<string, Lazy<Engine>>()
    let private own = ConditionalWeakTable<Accelerator, Engine>()

    /// Names of the devices that this machine has, with what each is.
    let present () : (string * string) list =
        let tiles =
            match Words.Widest with
            | TileWidth.Scalar -> "scalar"
            | width -> $"{int width}-bit"

        ("cpu", $"{Environment.ProcessorCount} threads, {tiles} tiles")
        :: [ for name, device in gpuDevices.Value -> name, device.Name ]

    let private engineOf (accelerator: Accelerator) =
        match accelerator with
        | :? CPUAccelerator -> Engine.Cpu(accelerator, CpuKernels(accelerator, Environment.ProcessorCount))
        | :? CLAccelerator as opencl when not (roundsAsOthers opencl.Device) ->
            raise (NotSupportedException "the device does not compute float32 to nearest with subnormals.")
        | _ -> Engine.Gpu(accelerator, GpuKernels accelerator)

    /// How to reach a device's engine, or why there is none. Nothing is created before it is reached.
    let private locate (device: Initializers.Device) : Result<unit -> Engine, InitError list> =
        match device.Accelerator, device.Name with
        | Some accelerator, _ ->
            if Intrinsics.isEnabled accelerator.Context then
                Ok(fun () -> own.GetValue(accelerator, engineOf))
            else
                Error [ InitError.ContextNotEnabled ]
        | None, "cpu" -> Ok(fun () -> Engine.Host cpu.Value)
        | None, name when
            name.StartsWith("cuda:", StringComparison.Ordinal)
            || name.StartsWith("opencl:", StringComparison.Ordinal)
            ->
            match gpuDevices.Value |> List.tryFind (fun (n, _) -> n = name) with
            | None when
                name.Substring(name.IndexOf ':' + 1) |> Seq.forall Char.IsAsciiDigit
                && not (name.EndsWith ':')
                ->
                Error [ InitError.DeviceAbsent(name, present () |> List.map fst) ]
            | None -> Error [ InitError.DeviceUnknown name ]
            | Some(_, found) ->
                Ok(fun () ->
                    gpus
                        .GetOrAdd(
                            name,
                            fun _ -> Lazy<Engine>(fun () -> engineOf (found.CreateAccelerator gpuContext.Value))
                        )
                        .Value)
        | None, name -> Error [ InitError.DeviceUnknown name ]

    /// Why a device cannot be used, found without starting it.
    let faults (device: Initializers.Device) : InitError list = Validation.faults (locate device)

    /// What ILGPU and the driver throw, as a fault: the one place where their exceptions end.
    let guard (device: Initializers.Device) (work: unit -> 'a) : Result<'a, InitError list> =
        try
            Ok(work ())
        with
        | :? OutOfMemoryException -> Error [ InitError.DeviceFailed(device.Name, "out of memory") ]
        | :? AcceleratorException as e -> Error [ InitError.DeviceFailed(device.Name, e.Message) ]
        | :? NotSupportedException as e -> Error [ InitError.DeviceFailed(device.Name, e.Message) ]
        | :? InternalCompilerException as e -> Error [ InitError.DeviceFailed(device.Name, e.Message) ]

    /// The engine of a device, started if need be, or why there is none.
    let find (device: Initializers.Device) : Result<Engine, InitError list> =
        locate device |> Result.bind (guard device)

    let allocate (engine: Engine) (bytes: int64) =
        let buffer = engine.Accelerator.Allocate1D<byte> bytes

        if engine.IsOnHost then
            Pages.preferLarge (ArrayViewExtensions.LoadEffectiveAddressAsPtr buffer.View.BaseView) bytes

        buffer

    /// Copies a view's bytes to an address of the host that stays where it is; complete on return. ILGPU's own copy to a
    /// reference pins it until the copy is asked for, not until it is done, so a collection in between would move an array
    /// from under the driver.
    let download (engine: Engine) (source: ArrayView<byte>) (address: nativeint) =
        if engine.IsOnHost then
            let from = ArrayViewExtensions.LoadEffectiveAddressAsPtr source
            Buffer.MemoryCopy(from.ToPointer(), address.ToPointer(), source.Length, source.Length)
        else
            source.CopyToCPU(&Unsafe.AsRef<byte>(address.ToPointer()), source.Length)

        GC.KeepAlive (source :> IContiguousArrayView).Buffer

    /// Works of one dtype on a target as works in memory of the host.
    let private onHost (dtype: DType) (target: ArrayView<byte>) (works: Work list) : HostWork[] =
        let start = ArrayViewExtensions.LoadEffectiveAddressAsPtr target
        let size = nativeint (DType.size dtype)

        works
        |> List.map (fun work ->
            { DType = dtype
              Body = work.Body
              Job = work.Job
              Address = start + nativeint work.Place * size })
        |> Array.ofList

    /// A structure for a GPU: made on the host, whose arithmetic is the device's, and copied.
    let private upload (accelerator: Accelerator) (dtype: DType) (target: ArrayView<byte>) (work: Work) =
        let size = int64 (DType.size dtype)
        let bytes = work.Job.Count * size

        if bytes > 0L then
            let room = NativeMemory.AlignedAlloc(unativeint bytes, 64un)

            try
                Structures.Run
                    [| { DType = dtype
                         Body = work.Body
                         Job = work.Job
                         Address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> room) } |]

                target.SubView(work.Place * size, bytes).CopyFromCPU(&Unsafe.AsRef<byte> room, bytes)
                accelerator.Synchronize()
            finally
                NativeMemory.AlignedFree room

    /// Fills jobs of `target` on its engine, all of one dtype, and waits. GPU launches of one accelerator take turns.
    let run (engine: Engine) (dtype: DType) (works: Work list) (target: ArrayView<byte>) =
        let structured, elements =
            works |> List.partition (fun work -> Structures.IsStructured work.Body)

        match engine with
        | Engine.Host _ -> Structures.Run(onHost dtype target works)
        | Engine.Cpu(_, kernels) ->
            kernels.Run(onHost dtype target elements)
            Structures.Run(onHost dtype target structured)
        | Engine.Gpu(accelerator, kernels) ->
            lock accelerator (fun () ->
                if not elements.IsEmpty || structured.IsEmpty then
                    kernels.Run(dtype, elements, target)

                structured |> List.iter (upload accelerator dtype target))

        GC.KeepAlive (target :> IContiguousArrayView).Buffer

    /// Whether a device is the process's own CPU, which fills host memory in place.
    let isHost (device: Initializers.Device) =
        device.Accelerator.IsNone && device.Name = "cpu"
