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

[<AutoOpen>]
module private Arguments =
    let bounds64 location scale least greatest split =
        { Location64 = location
          Scale64 = scale
          Least64 = least
          Greatest64 = greatest
          Split64 = split }

/// Copies of tables on a device, each made at its first use and kept as long as the table.
[<Sealed>]
type private DeviceTables<'Table, 'T
    when 'Table: not struct
    and 'Table: not null
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>(accelerator: Accelerator, coefficients: 'Table -> ReadOnlyMemory<'T>) =
    let copies = ConditionalWeakTable<'Table, MemoryBuffer1D<'T, Stride1D.Dense>>()

    member _.View(table: 'Table) : ArrayView<'T> =
        let copy table =
            let buffer = accelerator.Allocate1D<'T>((coefficients table).ToArray())
            accelerator.Synchronize()
            buffer

        copies.GetValue(table, copy).View.AsContiguous()

/// Kernels by what they take, each compiled at its first use.
[<Sealed>]
type private Loader(accelerator: Accelerator) =
    /// A uniform in float32, or narrowed.
    member _.Uniform(kernel: Action<ArrayView<'T>, Job, float32, float32, float32, float32>) =
        lazy (accelerator.LoadStreamKernel kernel)

    /// A normal, by its table, mean and standard deviation.
    member _.Normal(kernel: Action<ArrayView<'T>, ArrayView<'C>, Job, 'C, 'C>) =
        lazy (accelerator.LoadStreamKernel kernel)

    /// A fitted law, by its table and bounds.
    member _.Fitted(kernel: Action<ArrayView<'T>, ArrayView<'C>, Job, 'B>) =
        lazy (accelerator.LoadStreamKernel kernel)

    /// One pattern of bits.
    member _.Fill(kernel: Action<ArrayView<'T>, int64, 'B>) =
        lazy (accelerator.LoadStreamKernel kernel)

/// Compiled kernels of one GPU accelerator, each loaded at its first use.
[<Sealed>]
type internal GpuKernels(accelerator: Accelerator) =
    let load (kernel: Lazy<'T>) = kernel.Value

    let loader = Loader accelerator

    let uniform32 =
        loader.Uniform(fun v j a b c d -> Kernels.UniformFloat32(v, j, a, b, c, d))

    let uniform16 =
        loader.Uniform(fun v j a b c d -> Kernels.UniformFloat16(v, j, a, b, c, d))

    let uniformB16 =
        loader.Uniform(fun v j a b c d -> Kernels.UniformBFloat16(v, j, a, b, c, d))

    let uniform64 =
        lazy
            (accelerator.LoadStreamKernel<ArrayView<float>, Job, Bounds64>(
                Action<_, _, _>(fun v j b -> Kernels.UniformFloat64(v, j, b))
            ))

    let normal32 = loader.Normal(fun v t j a b -> Kernels.NormalFloat32(v, t, j, a, b))
    let normal16 = loader.Normal(fun v t j a b -> Kernels.NormalFloat16(v, t, j, a, b))

    let normalB16 =
        loader.Normal(fun v t j a b -> Kernels.NormalBFloat16(v, t, j, a, b))

    let normal64 = loader.Normal(fun v t j a b -> Kernels.NormalFloat64(v, t, j, a, b))

    let symmetricFloat32 =
        loader.Fitted(fun v t j b -> Kernels.SymmetricFloat32(v, t, j, b))

    let symmetricFloat16 =
        loader.Fitted(fun v t j b -> Kernels.SymmetricFloat16(v, t, j, b))

    let symmetricBFloat16 =
        loader.Fitted(fun v t j b -> Kernels.SymmetricBFloat16(v, t, j, b))

    let symmetricFloat64 =
        loader.Fitted(fun v t j b -> Kernels.SymmetricFloat64(v, t, j, b))

    let twoSidedFloat32 =
        loader.Fitted(fun v t j b -> Kernels.TwoSidedFloat32(v, t, j, b))

    let twoSidedFloat16 =
        loader.Fitted(fun v t j b -> Kernels.TwoSidedFloat16(v, t, j, b))

    let twoSidedBFloat16 =
        loader.Fitted(fun v t j b -> Kernels.TwoSidedBFloat16(v, t, j, b))

    let twoSidedFloat64 =
        loader.Fitted(fun v t j b -> Kernels.TwoSidedFloat64(v, t, j, b))

    let fillWords = loader.Fill(fun v n b -> Kernels.FillWords(v, n, b))
    let fillHalves = loader.Fill(fun v n b -> Kernels.FillHalves(v, n, b))
    let fillDoubles = loader.Fill(fun v n b -> Kernels.FillDoubles(v, n, b))

    let tables = DeviceTables<QuantileTable, float32>(accelerator, _.Coefficients)
    let tables64 = DeviceTables<QuantileTable64, float>(accelerator, _.Coefficients)

    /// An OpenCL device need not compute in float64.
    let computesDoubles =
        match accelerator.Capabilities with
        | :? CLCapabilityContext as capabilities -> capabilities.Float64
        | _ -> true

    /// Runs a plan's kernel on `target`, which holds the slice alone, and waits.
    member _.Run(dtype: DType, body: Body, job: Job, target: ArrayView<byte>) =
        let words = target.Cast<float32>
        let threads = min 256 accelerator.MaxNumThreadsPerGroup
        let blocks = (job.Count + 3L) / 4L

        let groups =
            int (max 1L (min 65535L ((blocks + int64 threads - 1L) / int64 threads)))

        let config = KernelConfig(Index1D groups, Index1D threads)
        let halves () = target.Cast<uint16>()

        let doubles () =
            if not computesDoubles then
                raise (NotSupportedException "the device computes nothing in float64.")

            target.Cast<float>()

        match body, dtype with
        | Body.Fill bits, DType.Float64 -> (load fillDoubles).Invoke(config, target.Cast<uint64>(), job.Count, bits)
        | Body.Fill bits, DType.Float32 ->
            (load fillWords).Invoke(config, target.Cast<uint32>(), job.Count, uint32 bits)
        | Body.Fill bits, _ -> (load fillHalves).Invoke(config, halves (), job.Count, uint32 bits)
        | Body.Uniform64(mid, half, least, greatest), _ ->
            (load uniform64).Invoke(config, doubles (), job, bounds64 mid half least greatest 0UL)
        | Body.Normal64(mean, stddev), _ ->
            (load normal64).Invoke(config, doubles (), tables64.View QuantileTable64.normal, job, mean, stddev)
        | Body.Quantile64(table, location, scale, least, greatest), _ ->
            let kernel =
                if table.IsSymmetric then
                    symmetricFloat64
                else
                    twoSidedFloat64

            let bounds = bounds64 location scale least greatest table.Split
            (load kernel).Invoke(config, doubles (), tables64.View table, job, bounds)
        | Body.Uniform(m, h, l, g), DType.Float16 -> (load uniform16).Invoke(config, halves (), job, m, h, l, g)
        | Body.Uniform(m, h, l, g), DType.BFloat16 -> (load uniformB16).Invoke(config, halves (), job, m, h, l, g)
        | Body.Uniform(m, h, l, g), _ -> (load uniform32).Invoke(config, words (), job, m, h, l, g)
        | Body.Quantile(table, location, scale, least, greatest), _ ->
            let bounds =
                { Location = location
                  Scale = scale
                  Least = least
                  Greatest = greatest
                  Split = table.Split }

            let view = tables.View table

            match table.IsSymmetric, dtype with
            | true, DType.Float16 -> (load symmetricFloat16).Invoke(config, halves (), view, job, bounds)
            | true, DType.BFloat16 -> (load symmetricBFloat16).Invoke(config, halves (), view, job, bounds)
            | true, _ -> (load symmetricFloat32).Invoke(config, words (), view, job, bounds)
            | false, DType.Float16 -> (load twoSidedFloat16).Invoke(config, halves (), view, job, bounds)
            | false, DType.BFloat16 -> (load twoSidedBFloat16).Invoke(config, halves (), view, job, bounds)
            | false, _ -> (load twoSidedFloat32).Invoke(config, words (), view, job, bounds)
        | Body.Normal(m, s), DType.Float16 ->
            (load normal16).Invoke(config, halves (), tables.View QuantileTable.normal, job, m, s)
        | Body.Normal(m, s), DType.BFloat16 ->
            (load normalB16).Invoke(config, halves (), tables.View QuantileTable.normal, job, m, s)
        | Body.Normal(m, s), _ -> (load normal32).Invoke(config, words (), tables.View QuantileTable.normal, job, m, s)

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
