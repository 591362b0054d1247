namespace Initializers

open System
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Runtime
open Initializers.FSharp
open Initializers.Kernels

/// <summary>Where a tensor lives: 'cpu', 'cuda:N', 'opencl:N', or an ILGPU accelerator of the caller's.</summary>
/// <remarks>'gpu:N' is another name of 'cuda:N', 'cuda' of 'cuda:0'. A device is only a name until it is used; a name
/// that means nothing, or a device that is absent, is then an error that says what is present.</remarks>
/// <example><code>Device device = "cuda:0";</code></example>
[<Sealed>]
type Device private (name: string, accelerator: Accelerator option) =
    static let canonical (text: string) =
        let name = text.Trim().ToLowerInvariant()

        let numbered (alias: string) (kind: string) =
            if name = alias then
                Some(kind + ":0")
            elif name.StartsWith(alias + ":", StringComparison.Ordinal) then
                match
                    Int32.TryParse(
                        name.Substring(alias.Length + 1),
                        Globalization.NumberStyles.None,
                        Globalization.CultureInfo.InvariantCulture
                    )
                with
                | true, index -> Some $"{kind}:{index}"
                | _ -> None
            else
                None

        [ (if name = "cpu" || name = "cpu:0" then Some "cpu" else None)
          numbered "cuda" "cuda"
          numbered "gpu" "cuda"
          numbered "opencl" "opencl" ]
        |> List.tryPick id
        |> Option.defaultValue text

    /// <summary>A device by name.</summary>
    /// <exception cref="T:System.ArgumentNullException">The name is null.</exception>
    new(name: string) =
        ArgumentNullException.ThrowIfNull(name, nameof name)
        Device(name, None)

    /// <summary>The CPU, which is always present and the default.</summary>
    static member Cpu: Device = Device "cpu"

    /// <summary>A device around an accelerator of the caller's, who keeps owning it. Its context must have been built
    /// with <c>EnableInitializers()</c>, or every use is the error context-not-enabled.</summary>
    /// <exception cref="T:System.ArgumentNullException">The accelerator is null.</exception>
    static member OfAccelerator(accelerator: Accelerator) =
        ArgumentNullException.ThrowIfNull(accelerator, nameof accelerator)
        Device(accelerator.Name, Some accelerator)

    /// <summary>The canonical name, such as 'cpu' or 'cuda:0'.</summary>
    member _.Name =
        match accelerator with
        | Some a -> a.Name
        | None -> canonical name

    /// The caller's accelerator, if this device is one.
    member internal _.Accelerator = accelerator

    /// <summary>A device by name.</summary>
    static member op_Implicit(name: string) : Device = Device name

    /// <summary>Equal names, or the same accelerator.</summary>
    override this.Equals(other: obj | null) =
        match other with
        | :? Device as o ->
            match accelerator, o.Accelerator with
            | None, None -> this.Name = o.Name
            | Some a, Some b -> Object.ReferenceEquals(a, b)
            | _ -> false
        | _ -> false

    /// <summary>A hash code of the name.</summary>
    override this.GetHashCode() = this.Name.GetHashCode()

    /// <summary>The canonical name.</summary>
    override this.ToString() = this.Name

/// <summary>What a user's own ILGPU context needs.</summary>
[<Extension; AbstractClass; Sealed>]
type ContextBuilderExtensions =
    /// <summary>Registers the instructions of exact arithmetic (fma, wide multiply, leading zeros, conversions) for
    /// PTX and OpenCL, so that devices of this context give the bits of every other.</summary>
    /// <example><code>using var context = Context.Create(b => b.Cuda().EnableInitializers());</code></example>
    [<Extension>]
    static member EnableInitializers(builder: Context.Builder) : Context.Builder = Intrinsics.enable builder

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

/// Compiled kernels of one GPU accelerator, each loaded at its first use.
[<Sealed>]
type internal GpuKernels(accelerator: Accelerator) =
    let load (kernel: Lazy<'T>) = kernel.Value

    let uniform32 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<float32>, Job, float32, float32, float32, float32>(
                Action<_, _, _, _, _, _>(fun v j a b c d -> Kernels.UniformFloat32(v, j, a, b, c, d))
            ))

    let uniform16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, Job, float32, float32, float32, float32>(
                Action<_, _, _, _, _, _>(fun v j a b c d -> Kernels.UniformFloat16(v, j, a, b, c, d))
            ))

    let uniformB16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, Job, float32, float32, float32, float32>(
                Action<_, _, _, _, _, _>(fun v j a b c d -> Kernels.UniformBFloat16(v, j, a, b, c, d))
            ))

    let normal32 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<float32>, ArrayView<float32>, Job, float32, float32>(
                Action<_, _, _, _, _>(fun v t j a b -> Kernels.NormalFloat32(v, t, j, a, b))
            ))

    let normal16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, ArrayView<float32>, Job, float32, float32>(
                Action<_, _, _, _, _>(fun v t j a b -> Kernels.NormalFloat16(v, t, j, a, b))
            ))

    let normalB16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, ArrayView<float32>, Job, float32, float32>(
                Action<_, _, _, _, _>(fun v t j a b -> Kernels.NormalBFloat16(v, t, j, a, b))
            ))

    let tables =
        ConditionalWeakTable<QuantileTable, MemoryBuffer1D<float32, Stride1D.Dense>>()

    /// A table's copy on the device, made at its first use and kept as long as the table.
    let tableOf (table: QuantileTable) =
        let copy (t: QuantileTable) =
            let buffer = accelerator.Allocate1D<float32>(t.Coefficients.ToArray())
            accelerator.Synchronize()
            buffer

        tables.GetValue(table, copy).View.AsContiguous()

    let symmetricFloat32 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<float32>, ArrayView<float32>, Job, Bounds>(
                Action<_, _, _, _>(fun v t j b -> Kernels.SymmetricFloat32(v, t, j, b))
            ))

    let symmetricFloat16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, ArrayView<float32>, Job, Bounds>(
                Action<_, _, _, _>(fun v t j b -> Kernels.SymmetricFloat16(v, t, j, b))
            ))

    let symmetricBFloat16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, ArrayView<float32>, Job, Bounds>(
                Action<_, _, _, _>(fun v t j b -> Kernels.SymmetricBFloat16(v, t, j, b))
            ))

    let twoSidedFloat32 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<float32>, ArrayView<float32>, Job, Bounds>(
                Action<_, _, _, _>(fun v t j b -> Kernels.TwoSidedFloat32(v, t, j, b))
            ))

    let twoSidedFloat16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, ArrayView<float32>, Job, Bounds>(
                Action<_, _, _, _>(fun v t j b -> Kernels.TwoSidedFloat16(v, t, j, b))
            ))

    let twoSidedBFloat16 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, ArrayView<float32>, Job, Bounds>(
                Action<_, _, _, _>(fun v t j b -> Kernels.TwoSidedBFloat16(v, t, j, b))
            ))

    let fillWords =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint32>, int64, uint32>(
                Action<_, _, _>(fun v n b -> Kernels.FillWords(v, n, b))
            ))

    let fillHalves =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<uint16>, int64, uint32>(
                Action<_, _, _>(fun v n b -> Kernels.FillHalves(v, n, b))
            ))

    /// Runs a plan's kernel on `target`, which holds the slice alone, and waits.
    member _.Run(dtype: DType, body: Body, job: Job, target: ArrayView<byte>) =
        let words = target.Cast<float32>
        let threads = min 256 accelerator.MaxNumThreadsPerGroup
        let blocks = (job.Count + 3L) / 4L

        let groups =
            int (max 1L (min 65535L ((blocks + int64 threads - 1L) / int64 threads)))

        let config = KernelConfig(Index1D groups, Index1D threads)
        let halves () = target.Cast<uint16>()

        match body, dtype with
        | Body.Fill bits, DType.Float32 -> (load fillWords).Invoke(config, target.Cast<uint32>(), job.Count, bits)
        | Body.Fill bits, _ -> (load fillHalves).Invoke(config, halves (), job.Count, bits)
        | Body.Uniform(m, h, l, g), DType.Float16 -> (load uniform16).Invoke(config, halves (), job, m, h, l, g)
        | Body.Uniform(m, h, l, g), DType.BFloat16 -> (load uniformB16).Invoke(config, halves (), job, m, h, l, g)
        | Body.Uniform(m, h, l, g), _ -> (load uniform32).Invoke(config, words (), job, m, h, l, g)
        | Body.Quantile(table, location, scale, least, greatest), _ ->
            let bounds =
                { Location = location
                  Scale = scale
                  Least = least
                  Greatest = greatest }

            let view = tableOf table

            match table.IsSymmetric, dtype with
            | true, DType.Float16 -> (load symmetricFloat16).Invoke(config, halves (), view, job, bounds)
            | true, DType.BFloat16 -> (load symmetricBFloat16).Invoke(config, halves (), view, job, bounds)
            | true, _ -> (load symmetricFloat32).Invoke(config, words (), view, job, bounds)
            | false, DType.Float16 -> (load twoSidedFloat16).Invoke(config, halves (), view, job, bounds)
            | false, DType.BFloat16 -> (load twoSidedBFloat16).Invoke(config, halves (), view, job, bounds)
            | false, _ -> (load twoSidedFloat32).Invoke(config, words (), view, job, bounds)
        | Body.Normal(m, s), DType.Float16 ->
            (load normal16).Invoke(config, halves (), tableOf QuantileTable.normal, job, m, s)
        | Body.Normal(m, s), DType.BFloat16 ->
            (load normalB16).Invoke(config, halves (), tableOf QuantileTable.normal, job, m, s)
        | Body.Normal(m, s), _ -> (load normal32).Invoke(config, words (), tableOf QuantileTable.normal, job, m, s)

        accelerator.Synchronize()

/// The CPU accelerator and its one kernel.
[<Sealed>]
type internal CpuKernels(accelerator: Accelerator, threads: int) =
    let tile =
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<byte>, TileJob>(
            Action<_, _, _>(fun i v j -> Kernels.Tile i v j)
        )

    member _.Run(dtype: DType, body: Body, job: Job, target: ArrayView<byte>) =
        let work =
            { Job = job
              DType = int dtype
              Formula = Formula.ofBody body
              Parts = threads }

        tile.Invoke(Index1D threads, target, work)
        accelerator.Synchronize()
        GC.KeepAlive body

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
        ("cpu", $"{Environment.ProcessorCount} threads, {int Tiles.Widest}-bit tiles")
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
