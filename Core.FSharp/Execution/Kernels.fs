namespace Initializers.Kernels

open System.Runtime.CompilerServices
open ILGPU
open ILGPU.IR.Intrinsics
open ILGPU.Runtime
open Initializers
open Initializers.FSharp

/// Where in a tensor and in the random stream a kernel works: elements [Offset, Offset + Count) of the tensor go to
/// the start of the target.
[<Struct>]
type internal Job =
    { Key: uint64
      Stream: uint64
      Offset: int64
      Count: int64 }

/// What the CPU accelerator's kernel computes: a formula, in as many shares as there are threads.
[<Struct>]
type internal TileJob =
    { Job: Job
      DType: int
      Formula: Formula
      Parts: int }

/// Location and scale of a law, what bounds it from inside, and the first word of its table's upper side.
[<Struct>]
type internal Bounds =
    { Location: float32
      Scale: float32
      Least: float32
      Greatest: float32
      Split: uint32 }

/// Bounds of a float64 law.
[<Struct>]
type internal Bounds64 =
    { Location64: float
      Scale64: float
      Least64: float
      Greatest64: float
      Split64: uint64 }

/// ILGPU kernels. On a GPU each thread runs the one-lane code over blocks of four elements, a grid's stride apart; on
/// the CPU accelerator each thread calls a tile for its share.
[<AbstractClass; Sealed>]
type internal Kernels =

    static member inline private OverBlocks(job: Job, [<InlineIfLambda>] put: int64 -> Word1 -> unit) =
        let last = (job.Offset + job.Count - 1L) >>> 2
        let stride = int64 Grid.DimX * int64 Group.DimX

        let mutable block =
            (job.Offset >>> 2) + int64 Grid.IdxX * int64 Group.DimX + int64 Group.IdxX

        while block <= last do
            let struct (x, y, z, w) =
                Philox.rounds job.Key (Philox.start (uint64 block) job.Stream: struct (Wide1 * Wide1 * Wide1 * Wide1))

            let element = block * 4L - job.Offset

            if element >= 0L && element < job.Count then
                put element { U = uint32 x.L }

            if element + 1L >= 0L && element + 1L < job.Count then
                put (element + 1L) { U = uint32 y.L }

            if element + 2L >= 0L && element + 2L < job.Count then
                put (element + 2L) { U = uint32 z.L }

            if element + 3L >= 0L && element + 3L < job.Count then
                put (element + 3L) { U = uint32 w.L }

            block <- block + stride

    /// As OverBlocks, with each word above its companion.
    static member inline private OverPairs(job: Job, [<InlineIfLambda>] put: int64 -> Long1 -> unit) =
        let last = (job.Offset + job.Count - 1L) >>> 2
        let stride = int64 Grid.DimX * int64 Group.DimX

        let mutable block =
            (job.Offset >>> 2) + int64 Grid.IdxX * int64 Group.DimX + int64 Group.IdxX

        while block <= last do
            let struct (x, y, z, w) =
                Philox.rounds job.Key (Philox.start (uint64 block) job.Stream: struct (Wide1 * Wide1 * Wide1 * Wide1))

            let struct (x', y', z', w') =
                Philox.rounds
                    job.Key
                    (Philox.start (uint64 block ||| 0x8000000000000000UL) job.Stream
                    : struct (Wide1 * Wide1 * Wide1 * Wide1))

            let element = block * 4L - job.Offset

            if element >= 0L && element < job.Count then
                put element { V = (x.L <<< 32) ||| uint64 (uint32 x'.L) }

            if element + 1L >= 0L && element + 1L < job.Count then
                put (element + 1L) { V = (y.L <<< 32) ||| uint64 (uint32 y'.L) }

            if element + 2L >= 0L && element + 2L < job.Count then
                put (element + 2L) { V = (z.L <<< 32) ||| uint64 (uint32 z'.L) }

            if element + 3L >= 0L && element + 3L < job.Count then
                put (element + 3L) { V = (w.L <<< 32) ||| uint64 (uint32 w'.L) }

            block <- block + stride

    static member inline private Half(value: Real1) : uint16 =
        let bits: Word1 = Transforms.toFloat16 (Word1.OfReal value) value
        uint16 bits.U

    static member inline private Brain(value: Real1) : uint16 =
        let bits: Word1 = Transforms.toBFloat16 (Word1.OfReal value)
        uint16 bits.U

    static member inline private UniformOf
        (mid: float32, half: float32, least: float32, greatest: float32, w: Word1)
        : Real1 =
        Transforms.uniform { F = mid } { F = half } { F = least } { F = greatest } w

    static member inline private NormalOf(table: ArrayView<float32>, mean: float32, stddev: float32, w: Word1) : Real1 =
        Transforms.scaled { F = mean } { F = stddev } (Transforms.symmetricQuantile { View = table } w)

    static member UniformFloat32
        (target: ArrayView<float32>, job: Job, mid: float32, half: float32, least: float32, greatest: float32)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.UniformOf(mid, half, least, greatest, w).F))

    static member UniformFloat16
        (target: ArrayView<uint16>, job: Job, mid: float32, half: float32, least: float32, greatest: float32)
        : unit =
        Kernels.OverBlocks(
            job,
            (fun i w -> target[i] <- Kernels.Half(Kernels.UniformOf(mid, half, least, greatest, w)))
        )

    static member UniformBFloat16
        (target: ArrayView<uint16>, job: Job, mid: float32, half: float32, least: float32, greatest: float32)
        : unit =
        Kernels.OverBlocks(
            job,
            (fun i w -> target[i] <- Kernels.Brain(Kernels.UniformOf(mid, half, least, greatest, w)))
        )

    static member NormalFloat32
        (target: ArrayView<float32>, table: ArrayView<float32>, job: Job, mean: float32, stddev: float32)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.NormalOf(table, mean, stddev, w).F))

    static member NormalFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, job: Job, mean: float32, stddev: float32)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.Half(Kernels.NormalOf(table, mean, stddev, w))))

    static member NormalBFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, job: Job, mean: float32, stddev: float32)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.Brain(Kernels.NormalOf(table, mean, stddev, w))))

    static member inline private Bounded(shape: Bounds, standard: Real1) : Real1 =
        Transforms.bounded
            { F = shape.Location }
            { F = shape.Scale }
            { F = shape.Least }
            { F = shape.Greatest }
            standard

    static member inline private Bounded64(shape: Bounds64, standard: Double1) : Double1 =
        Transforms.bounded
            { D = shape.Location64 }
            { D = shape.Scale64 }
            { D = shape.Least64 }
            { D = shape.Greatest64 }
            standard

    static member inline private SymmetricOf(table: ArrayView<float32>, shape: Bounds, w: Word1) : Real1 =
        Kernels.Bounded(shape, Transforms.symmetricQuantile { View = table } w)

    static member SymmetricFloat32
        (target: ArrayView<float32>, table: ArrayView<float32>, job: Job, shape: Bounds)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.SymmetricOf(table, shape, w).F))

    static member SymmetricFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, job: Job, shape: Bounds)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.Half(Kernels.SymmetricOf(table, shape, w))))

    static member SymmetricBFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, job: Job, shape: Bounds)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.Brain(Kernels.SymmetricOf(table, shape, w))))

    static member inline private TwoSidedOf(table: ArrayView<float32>, shape: Bounds, w: Word1) : Real1 =
        Kernels.Bounded(shape, Transforms.twoSidedQuantile { View = table } { U = shape.Split } w)

    static member TwoSidedFloat32
        (target: ArrayView<float32>, table: ArrayView<float32>, job: Job, shape: Bounds)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.TwoSidedOf(table, shape, w).F))

    static member TwoSidedFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, job: Job, shape: Bounds)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.Half(Kernels.TwoSidedOf(table, shape, w))))

    static member TwoSidedBFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, job: Job, shape: Bounds)
        : unit =
        Kernels.OverBlocks(job, (fun i w -> target[i] <- Kernels.Brain(Kernels.TwoSidedOf(table, shape, w))))

    static member UniformFloat64(target: ArrayView<float>, job: Job, shape: Bounds64) : unit =
        Kernels.OverPairs(job, (fun i w -> target[i] <- Kernels.Bounded64(shape, Transforms64.symmetric w).D))

    static member NormalFloat64
        (target: ArrayView<float>, table: ArrayView<float>, job: Job, mean: float, stddev: float)
        : unit =
        Kernels.OverPairs(
            job,
            (fun i w ->
                let z: Double1 =
                    Transforms64.symmetricQuantile (fun power e -> Long1.Lookup({ View64 = table }, power, e)) w

                target[i] <- (Transforms.scaled { D = mean } { D = stddev } z).D)
        )

    static member SymmetricFloat64
        (target: ArrayView<float>, table: ArrayView<float>, job: Job, shape: Bounds64)
        : unit =
        Kernels.OverPairs(
            job,
            (fun i w ->
                target[i] <-
                    Kernels
                        .Bounded64(
                            shape,
                            Transforms64.symmetricQuantile
                                (fun power e -> Long1.Lookup({ View64 = table }, power, e))
                                w
                        )
                        .D)
        )

    static member TwoSidedFloat64(target: ArrayView<float>, table: ArrayView<float>, job: Job, shape: Bounds64) : unit =
        Kernels.OverPairs(
            job,
            (fun i w ->
                let z: Double1 =
                    Transforms64.twoSidedQuantile
                        (fun power e side -> Long1.LookupSided({ View64 = table }, power, e, side))
                        { V = shape.Split64 }
                        w

                target[i] <- Kernels.Bounded64(shape, z).D)
        )

    static member FillWords(target: ArrayView<uint32>, count: int64, bits: uint32) : unit =
        let stride = int64 Grid.DimX * int64 Group.DimX
        let mutable i = int64 Grid.IdxX * int64 Group.DimX + int64 Group.IdxX

        while i < count do
            target[i] <- bits
            i <- i + stride

    static member FillHalves(target: ArrayView<uint16>, count: int64, bits: uint32) : unit =
        let stride = int64 Grid.DimX * int64 Group.DimX
        let mutable i = int64 Grid.IdxX * int64 Group.DimX + int64 Group.IdxX

        while i < count do
            target[i] <- uint16 bits
            i <- i + stride

    static member FillDoubles(target: ArrayView<uint64>, count: int64, bits: uint64) : unit =
        let stride = int64 Grid.DimX * int64 Group.DimX
        let mutable i = int64 Grid.IdxX * int64 Group.DimX + int64 Group.IdxX

        while i < count do
            target[i] <- bits
            i <- i + stride

    /// Opaque to ILGPU's front end, so its own body runs: elements of the share `part` of `Parts`, in whole blocks of
    /// words.
    [<IntrinsicImplementation; MethodImpl(MethodImplOptions.NoInlining)>]
    static member RunTile(target: ArrayView<byte>, job: TileJob, part: int) : unit =
        let dtype = enum<DType> job.DType

        let work = job.Job
        // Shares begin at multiples of 4096 elements of the tensor, whatever the slice's offset. The last one ends where
        // the slice does, whose next multiple may be past 2^63.
        let first = work.Offset >>> 12
        let blocks = ((work.Offset + work.Count - 1L) >>> 12) - first + 1L

        let bound i =
            if i = job.Parts then
                work.Offset + work.Count
            else
                max work.Offset (first + blocks * int64 i / int64 job.Parts <<< 12)

        let low = bound part
        let high = bound (part + 1)

        if low < high then
            let address =
                ArrayViewExtensions.LoadEffectiveAddressAsPtr target
                + nativeint (low - work.Offset) * nativeint (DType.size dtype)

            Tiles.Run(Tiles.Widest, dtype, job.Formula, work.Key, work.Stream, low, high - low, address)

    /// The kernel of the CPU accelerator, one thread a share.
    static member Tile (index: Index1D) (target: ArrayView<byte>) (job: TileJob) : unit =
        Kernels.RunTile(target, job, index.X)
