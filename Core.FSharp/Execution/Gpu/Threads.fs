namespace Initializers.Kernels

open ILGPU

/// A job with its place on a device: its elements go to the target from element `Place` on.
[<Struct>]
type internal Part =
    {
        Job: Job
        Place: int64
        /// 1 where a block's four elements may be stored as one vector: both the target's element `Place` and the tensor's
        /// element `Offset` are the first of an aligned four.
        Vectors: int
    }

/// Location and scale of a distribution, its least and greatest values, and the first word of its table's upper side.
[<Struct>]
type internal Bounds =
    { Location: float32
      Scale: float32
      Least: float32
      Greatest: float32
      Split: uint32 }

/// Bounds of a float64 distribution.
[<Struct>]
type internal Bounds64 =
    { Location64: float
      Scale64: float
      Least64: float
      Greatest64: float
      Split64: uint64 }

/// Four 16-bit elements, as one store of 8 bytes.
[<Struct>]
type internal FourHalves = { Lower: uint32; Upper: uint32 }

/// Four 32-bit elements, as one store of 16 bytes.
[<Struct>]
type internal FourWords =
    { W0: uint32
      W1: uint32
      W2: uint32
      W3: uint32 }

/// Four 64-bit elements, as two stores of 16 bytes.
[<Struct>]
type internal FourLongs =
    { L0: uint64
      L1: uint64
      L2: uint64
      L3: uint64 }

/// Distributions of one lane, each by the formula of Transforms.
module internal ThreadLaws =
    let inline private bounded (b: Bounds) (standard: Real1) : Real1 =
        Transforms.bounded { F = b.Location } { F = b.Scale } { F = b.Least } { F = b.Greatest } standard

    let inline private bounded64 (b: Bounds64) (standard: Double1) : Double1 =
        Transforms.bounded { D = b.Location64 } { D = b.Scale64 } { D = b.Least64 } { D = b.Greatest64 } standard

    let inline uniform (b: Bounds) (w: Word1) : Real1 = bounded b (Transforms.symmetric w)

    let inline symmetric (table: ArrayView<float32>) (b: Bounds) (w: Word1) : Real1 =
        bounded b (Transforms.symmetricQuantile (fun power e -> Word1.Lookup({ View = table }, power, e)) w)

    let inline twoSided (table: ArrayView<float32>) (b: Bounds) (w: Word1) : Real1 =
        bounded
            b
            (Transforms.twoSidedQuantile
                (fun power slot side -> Word1.LookupSided({ View = table }, power, slot, side))
                { U = b.Split }
                w)

    let inline uniform64 (b: Bounds64) (w: Long1) : Double1 = bounded64 b (Transforms64.symmetric w)

    let inline symmetric64 (table: ArrayView<float>) (b: Bounds64) (w: Long1) : Double1 =
        bounded64 b (Transforms64.symmetricQuantile (fun power e -> Long1.Lookup({ View64 = table }, power, e)) w)

    let inline twoSided64 (table: ArrayView<float>) (b: Bounds64) (w: Long1) : Double1 =
        bounded64
            b
            (Transforms64.twoSidedQuantile
                (fun power e side -> Long1.LookupSided({ View64 = table }, power, e, side))
                { V = b.Split64 }
                w)

    /// The bits of a value as each dtype of at most 32 bits keeps it.
    let inline toFloat32 (value: Real1) : Word1 = Word1.OfReal value

    let inline toFloat16 (value: Real1) : Word1 =
        Transforms.toFloat16 (Word1.OfReal value) value

    let inline toBFloat16 (value: Real1) : Word1 =
        Transforms.toBFloat16 (Word1.OfReal value)

/// What one thread of a GPU does: whole blocks of four elements, each stored as one vector where the target allows.
module internal Threads =
    /// This thread's number in the grid.
    let inline first () =
        int64 Grid.IdxX * int64 Group.DimX + int64 Group.IdxX

    /// Threads in the grid.
    let inline stride () = int64 Grid.DimX * int64 Group.DimX

    let inline lastBlock (job: Job) = (job.Offset + job.Count - 1L) >>> 2

    /// The blocks of a job that are this thread's.
    let inline overBlocks (job: Job) ([<InlineIfLambda>] act: int64 -> unit) =
        let last = lastBlock job
        let mutable block = (job.Offset >>> 2) + first ()

        while block <= last do
            act block
            block <- block + stride ()

    let inline private draw (job: Job) (block: uint64) : struct (Wide1 * Wide1 * Wide1 * Wide1) =
        Philox.rounds job.Key (Philox.start block job.Stream)

    /// A block whose elements are not all there, or whose place is not aligned, element by element.
    let inline private singly (part: Part) (element: int64) ([<InlineIfLambda>] put: int64 -> int -> unit) =
        for lane in 0..3 do
            let i = element + int64 lane

            if i >= 0L && i < part.Job.Count then
                put (part.Place + i) lane

    let inline private isWhole (part: Part) (element: int64) =
        part.Vectors <> 0 && element + 4L <= part.Job.Count

    /// A block of 32-bit elements.
    let inline words
        (target: ArrayView<uint32>)
        (part: Part)
        (block: int64)
        ([<InlineIfLambda>] value: Word1 -> Word1)
        =
        let struct (x, y, z, w) = draw part.Job (uint64 block)
        let a = value { U = uint32 x.L }
        let b = value { U = uint32 y.L }
        let c = value { U = uint32 z.L }
        let d = value { U = uint32 w.L }
        let element = block * 4L - part.Job.Offset

        if isWhole part element then
            target.Cast<FourWords>().[(part.Place + element) >>> 2] <-
                { W0 = a.U
                  W1 = b.U
                  W2 = c.U
                  W3 = d.U }
        else
            singly part element (fun i lane ->
                target[i] <-
                    (match lane with
                     | 0 -> a.U
                     | 1 -> b.U
                     | 2 -> c.U
                     | _ -> d.U))

    /// A block of 16-bit elements.
    let inline halves
        (target: ArrayView<uint16>)
        (part: Part)
        (block: int64)
        ([<InlineIfLambda>] value: Word1 -> Word1)
        =
        let struct (x, y, z, w) = draw part.Job (uint64 block)
        let a = value { U = uint32 x.L }
        let b = value { U = uint32 y.L }
        let c = value { U = uint32 z.L }
        let d = value { U = uint32 w.L }
        let element = block * 4L - part.Job.Offset

        if isWhole part element then
            target.Cast<FourHalves>().[(part.Place + element) >>> 2] <-
                { Lower = a.U ||| (b.U <<< 16)
                  Upper = c.U ||| (d.U <<< 16) }
        else
            singly part element (fun i lane ->
                target[i] <-
                    uint16 (
                        match lane with
                        | 0 -> a.U
                        | 1 -> b.U
                        | 2 -> c.U
                        | _ -> d.U
                    ))

    /// A block of 64-bit elements, from each word above its companion.
    let inline longs
        (target: ArrayView<uint64>)
        (part: Part)
        (block: int64)
        ([<InlineIfLambda>] value: Long1 -> Long1)
        =
        let struct (x, y, z, w) = draw part.Job (uint64 block)
        let struct (x', y', z', w') = draw part.Job (uint64 block ||| Philox.Companion)
        let a = value { V = (x.L <<< 32) ||| uint64 (uint32 x'.L) }
        let b = value { V = (y.L <<< 32) ||| uint64 (uint32 y'.L) }
        let c = value { V = (z.L <<< 32) ||| uint64 (uint32 z'.L) }
        let d = value { V = (w.L <<< 32) ||| uint64 (uint32 w'.L) }
        let element = block * 4L - part.Job.Offset

        if isWhole part element then
            target.Cast<FourLongs>().[(part.Place + element) >>> 2] <-
                { L0 = a.V
                  L1 = b.V
                  L2 = c.V
                  L3 = d.V }
        else
            singly part element (fun i lane ->
                target[i] <-
                    (match lane with
                     | 0 -> a.V
                     | 1 -> b.V
                     | 2 -> c.V
                     | _ -> d.V))

    /// Coefficients in the group's shared memory. 32 octaves are 32 banks, so lanes that look up the same power of
    /// different octaves do not wait for each other. `room` has to be a literal and at most the table's length.
    let inline shared (room: int) (table: ArrayView<'T>) : ArrayView<'T> =
        let copy = SharedMemory.Allocate<'T> room
        let mutable i = Group.IdxX

        while i < room do
            copy[i] <- table[i]
            i <- i + Group.DimX

        Group.Barrier()
        copy
