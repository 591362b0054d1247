namespace Initializers.Kernels

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Backends.OpenCL
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.Cuda
open ILGPU.Runtime.OpenCL
open Initializers
open Initializers.FSharp

/// One accelerator with its kernels.
[<RequireQualifiedAccess>]
type internal Engine =
    | Cpu of Accelerator * CpuKernels
    | Gpu of Accelerator * GpuKernels

    member this.Accelerator =
        match this with
        | Cpu(a, _)
        | Gpu(a, _) -> a

/// Contexts, accelerators and kernels, each made at its first use and kept for the life of the process: the only
/// mutable state of the core. Safe from many threads at once.
module internal Engines =
    /// One emulated thread a core, for a kernel whose threads each take a large share. ILGPU wants two or more threads
    /// a warp.
    let private cpuDevice () =
        CPUDevice(2, 1, (Environment.ProcessorCount + 1) / 2)

    let private cpu =
        lazy
            (let context =
                Context.Create(fun b -> Intrinsics.enable b |> fun b -> b.CPU(cpuDevice ()) |> ignore)

             let accelerator = context.GetCPUDevice(0).CreateAccelerator context
             struct (accelerator, CpuKernels(accelerator, Environment.ProcessorCount)))

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
            match Tiles.Widest with
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
        | None, "cpu" ->
            Ok(fun () ->
                let struct (accelerator, kernels) = cpu.Value
                Engine.Cpu(accelerator, kernels))
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
        engine.Accelerator.Allocate1D<byte> bytes

    /// Copies a view's bytes to an address of the host that stays where it is; complete on return. ILGPU's own copy to a
    /// reference pins it until the copy is asked for, not until it is done, so a collection in between would move an array
    /// from under the driver.
    let download (engine: Engine) (source: ArrayView<byte>) (address: nativeint) =
        match engine with
        | Engine.Cpu _ ->
            let from = ArrayViewExtensions.LoadEffectiveAddressAsPtr source
            Buffer.MemoryCopy(from.ToPointer(), address.ToPointer(), source.Length, source.Length)
        | Engine.Gpu _ -> source.CopyToCPU(&Unsafe.AsRef<byte>(address.ToPointer()), source.Length)

        GC.KeepAlive (source :> IContiguousArrayView).Buffer

    /// Fills host memory on the CPU's engine, small jobs on the caller's thread.
    let private onHost (kernels: unit -> CpuKernels) (dtype: DType) (works: Work list) (address: nativeint) =
        let size = nativeint (DType.size dtype)

        if works |> List.sumBy _.Job.Count < CpuKernels.Small then
            for work in works do
                if work.Job.Count > 0L then
                    TileKernel.Run(
                        CpuKernels.Item(dtype, work.Body, work.Job, address + nativeint work.Place * size, 0L)
                    )

            GC.KeepAlive works
        else
            kernels().Run(dtype, Array.ofList works, address)

    /// Fills jobs of `target` on its engine, all of one dtype, and waits. GPU launches of one accelerator take turns.
    let run (engine: Engine) (dtype: DType) (works: Work list) (target: ArrayView<byte>) =
        match engine with
        | Engine.Cpu(_, kernels) ->
            onHost (fun () -> kernels) dtype works (ArrayViewExtensions.LoadEffectiveAddressAsPtr target)
            GC.KeepAlive (target :> IContiguousArrayView).Buffer
        | Engine.Gpu(accelerator, kernels) -> lock accelerator (fun () -> kernels.Run(dtype, works, target))

    /// Whether a device is the process's own CPU, which fills host memory in place.
    let isHost (device: Initializers.Device) =
        device.Accelerator.IsNone && device.Name = "cpu"

    /// Fills memory of the host on the CPU's engine.
    let runAt (dtype: DType) (works: Work list) (address: nativeint) =
        let kernels () =
            let struct (_, kernels) = cpu.Value
            kernels

        onHost kernels dtype works address
