namespace Initializers.Kernels

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open ILGPU
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
             Engine.Cpu(accelerator, CpuKernels(accelerator, Environment.ProcessorCount)))

    let private gpuContext =
        lazy (Context.Create(fun b -> (Intrinsics.enable b).Cuda().OpenCL() |> ignore))

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
        | _ -> Engine.Gpu(accelerator, GpuKernels accelerator)

    /// How to reach a device's engine, or why there is none. Nothing is created before it is reached.
    let private locate (device: Initializers.Device) : Result<unit -> Engine, InitError list> =
        match device.Accelerator, device.Name with
        | Some accelerator, _ ->
            if Intrinsics.isEnabled accelerator.Context then
                Ok(fun () -> own.GetValue(accelerator, engineOf))
            else
                Error [ InitError.ContextNotEnabled ]
        | None, "cpu" -> Ok(fun () -> cpu.Value)
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

    /// Below this many elements a launch costs more than the work, so the tile runs on the caller's thread.
    let private small = 1L <<< 16

    let private onThisThread (dtype: DType) (body: Body) (job: Job) (address: nativeint) =
        Tiles.Run(Tiles.Widest, dtype, Formula.ofBody body, job.Key, job.Stream, job.Offset, job.Count, address)

        GC.KeepAlive body

    /// Fills `target` on its engine. GPU launches of one accelerator take turns.
    let run (engine: Engine) (dtype: DType) (body: Body) (job: Job) (target: ArrayView<byte>) =
        match engine with
        | _ when job.Count = 0L -> ()
        | Engine.Cpu _ when job.Count < small ->
            let address = ArrayViewExtensions.LoadEffectiveAddressAsPtr target
            onThisThread dtype body job address
        | Engine.Cpu(_, kernels) -> kernels.Run(dtype, body, job, target)
        | Engine.Gpu(accelerator, kernels) -> lock accelerator (fun () -> kernels.Run(dtype, body, job, target))

    /// Whether a device is the process's own CPU, which fills host memory in place.
    let isHost (device: Initializers.Device) =
        device.Accelerator.IsNone && device.Name = "cpu"

    /// Fills memory of the host on the CPU's engine.
    let runAt (dtype: DType) (body: Body) (job: Job) (address: nativeint) =
        if job.Count < small then
            onThisThread dtype body job address
        else
            let engine = cpu.Value
            let bytes = job.Count * int64 (DType.size dtype)
            use memory = CPUMemoryBuffer.Create(engine.Accelerator, address, bytes, 1)
            run engine dtype body job (memory.AsArrayView<byte>(0L, bytes))
