namespace Initializers.Kernels

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.OpenCL
open Initializers
open Initializers.FSharp

/// Compiled kernels of one GPU accelerator, each loaded at its first use.
[<Sealed>]
type internal GpuKernels(accelerator: Accelerator) =
    let tables = DeviceTables<QuantileTable, float32>(accelerator, _.Coefficients)
    let tables64 = DeviceTables<QuantileTable64, float>(accelerator, _.Coefficients)

    let float32s =
        DTypeKernels<uint32, float32, KernelBounds, QuantileTable, Draw<float32, QuantileTable>>(
            accelerator,
            tables,
            single,
            noBounds,
            (fun v p b -> Kernels.UniformFloat32(v, p, b)),
            (fun v t p b -> Kernels.SymmetricFloat32(v, t, p, b)),
            (fun v t p b -> Kernels.TwoSidedFloat32(v, t, p, b)),
            (fun v t e b n -> ListKernels.ListFloat32(v, t, e, b, n))
        )

    let float16s =
        DTypeKernels<uint16, float32, KernelBounds, QuantileTable, Draw<float32, QuantileTable>>(
            accelerator,
            tables,
            single,
            noBounds,
            (fun v p b -> Kernels.UniformFloat16(v, p, b)),
            (fun v t p b -> Kernels.SymmetricFloat16(v, t, p, b)),
            (fun v t p b -> Kernels.TwoSidedFloat16(v, t, p, b)),
            (fun v t e b n -> ListKernels.ListFloat16(v, t, e, b, n))
        )

    let bfloat16s =
        DTypeKernels<uint16, float32, KernelBounds, QuantileTable, Draw<float32, QuantileTable>>(
            accelerator,
            tables,
            single,
            noBounds,
            (fun v p b -> Kernels.UniformBFloat16(v, p, b)),
            (fun v t p b -> Kernels.SymmetricBFloat16(v, t, p, b)),
            (fun v t p b -> Kernels.TwoSidedBFloat16(v, t, p, b)),
            (fun v t e b n -> ListKernels.ListBFloat16(v, t, e, b, n))
        )

    let float64s =
        DTypeKernels<uint64, float, Bounds64, QuantileTable64, Draw<float, QuantileTable64>>(
            accelerator,
            tables64,
            double,
            noBounds64,
            (fun v p b -> Kernels.UniformFloat64(v, p, b)),
            (fun v t p b -> Kernels.SymmetricFloat64(v, t, p, b)),
            (fun v t p b -> Kernels.TwoSidedFloat64(v, t, p, b)),
            (fun v t e b n -> ListKernels.ListFloat64(v, t, e, b, n))
        )

    let doubles: DrawKernels<Draw<float, QuantileTable64>> = float64s

    let singles (dtype: DType) : DrawKernels<Draw<float32, QuantileTable>> =
        match dtype with
        | DType.Float16 -> float16s
        | DType.BFloat16 -> bfloat16s
        | _ -> float32s

    let fill =
        LazyValue(fun () ->
            accelerator.LoadStreamKernel<ArrayView<uint16>, int64, int, uint64>(
                Action<_, _, _, _>(fun v n a p -> Kernels.Fill(v, n, a, p))
            ))

    /// An OpenCL device need not compute in float64.
    let computesDoubles =
        match accelerator.Capabilities with
        | :? CLCapabilityContext as capabilities -> capabilities.Float64
        | _ -> true

    let threads = min 256 accelerator.MaxNumThreadsPerGroup

    /// Enough groups for every multiprocessor to stay full, and no more, since each copies its table.
    let mostGroups = 32L * int64 accelerator.NumMultiprocessors

    let config (groups: int64) =
        KernelConfig(Index1D(int (max 1L (min mostGroups groups))), Index1D threads)

    /// Groups for one block of four elements a thread.
    let configFor (elements: int64) =
        config ((elements / 4L + int64 threads) / int64 threads)

    /// Jobs of up to this many elements share a launch.
    let small = 1L <<< 20

    let part (size: int64) (aligned: int64) (work: Work<ElementDraw>) : Part =
        let start = aligned + work.Place * size

        { Job = work.Job
          Place = work.Place
          Vectors =
            if
                work.Job.Offset &&& 3L = 0L
                && work.Place &&& 3L = 0L
                && start % (4L * size) = 0L
            then
                1
            else
                0 }

    let launch (dtype: DType) (target: ArrayView<byte>) (part: Part) (draw: ElementDraw) =
        let size = DType.size dtype
        let count = part.Job.Count

        match draw with
        | ElementDraw.Single draw -> (singles dtype).One(configFor count, target, part, draw)
        | ElementDraw.Double draw -> doubles.One(configFor count, target, part, draw)
        | ElementDraw.Constant bits ->
            let pattern =
                match size with
                | 2 -> bits * 0x0001000100010001UL
                | 4 -> bits * 0x0000000100000001UL
                | _ -> bits

            let halves = int64 (size / 2)
            let view = target.Cast<uint16>().SubView(part.Place * halves, count * halves)

            let vectors =
                if (view :> IContiguousArrayView).IndexInBytes % 16L = 0L then
                    1
                else
                    0

            fill.Value.Invoke(configFor (count * halves / 2L), view, count * halves, vectors, pattern)

    /// Fills all of a target's jobs, of one dtype, and waits. Small jobs share a launch.
    member _.Run(dtype: DType, works: Work<ElementDraw> list, target: ArrayView<byte>) =
        let works = works |> List.filter (fun work -> work.Job.Count > 0L)

        let isDouble (work: Work<ElementDraw>) =
            match work.Body with
            | ElementDraw.Double _ -> true
            | ElementDraw.Single _
            | ElementDraw.Constant _ -> false

        if not computesDoubles && List.exists isDouble works then
            raise (NotSupportedException "the device computes nothing in float64.")

        // Memory of an accelerator is aligned to 16 bytes or more; a view may begin anywhere in it.
        let aligned = (target :> IContiguousArrayView).IndexInBytes
        let part = part (int64 (DType.size dtype)) aligned

        let one (work: Work<ElementDraw>) =
            launch dtype target (part work) work.Body

        // The kernel of lists computes in float64 where that is the dtype, also for a list of constants.
        let share = computesDoubles || dtype <> DType.Float64

        let few, large =
            works |> List.partition (fun work -> share && work.Job.Count <= small)

        /// One launch for all, where the kernels take their draws.
        let together (kernels: DrawKernels<'draw>) (draw: ElementDraw -> 'draw voption) =
            let items =
                few
                |> List.choose (fun work ->
                    match work.Body, draw work.Body with
                    | ElementDraw.Constant bits, _ -> Some(part work, ListItem.Constant bits)
                    | _, ValueSome draw -> Some(part work, ListItem.Draw draw)
                    | _, ValueNone -> None)

            if items.Length = few.Length then
                kernels.Many(config, int64 threads, target, Array.ofList items)
            else
                List.iter one few

        List.iter one large

        match few, dtype with
        | ([] | [ _ ]), _ -> List.iter one few
        | _, DType.Float64 ->
            together doubles (function
                | ElementDraw.Double draw -> ValueSome draw
                | _ -> ValueNone)
        | _ ->
            together (singles dtype) (function
                | ElementDraw.Single draw -> ValueSome draw
                | _ -> ValueNone)

        accelerator.Synchronize()
        // A table lives as long as its draw, and a device's copy as long as the table.
        GC.KeepAlive works
