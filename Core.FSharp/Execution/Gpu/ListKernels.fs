namespace Initializers.Kernels

open ILGPU
open ILGPU.Runtime

/// One tensor of a list: where it goes, what fills it, and the first of its chunks. A chunk is a block of four elements for
/// each thread of a group; those of a list are numbered through.
[<Struct>]
type internal Entry =
    {
        Part: Part
        FirstChunk: int64
        /// A Kind, of which Normal is Symmetric without bounds; ILGPU takes no enums in structs.
        Kind: int
        /// The first of the table's coefficients among those of all tables.
        Table: int64
        /// The bits that fill.
        Bits: uint64
    }

/// ILGPU kernels of GPUs that fill a list of small tensors in one launch, one kernel per dtype. A group takes a chunk, finds
/// its tensor by bisection, and continues one grid stride further.
[<AbstractClass; Sealed>]
type internal ListKernels =

    /// The place of a chunk's tensor among the entries: the last that begins at it or before.
    static member inline private Find(entries: ArrayView<Entry>, chunk: int64) : int64 =
        let mutable low = 0L
        let mutable high = entries.Length

        while high - low > 1L do
            let middle = (low + high) >>> 1

            if entries[middle].FirstChunk <= chunk then
                low <- middle
            else
                high <- middle

        low

    static member inline private OverChunks
        (
            entries: ArrayView<Entry>,
            bounds: ArrayView<'Bounds>,
            chunks: int64,
            [<InlineIfLambda>] act: Entry -> 'Bounds -> int64 -> unit
        ) =
        let mutable chunk = int64 Grid.IdxX

        while chunk < chunks do
            let index = ListKernels.Find(entries, chunk)
            let entry = entries[index]
            let job = entry.Part.Job

            let block =
                (job.Offset >>> 2)
                + (chunk - entry.FirstChunk) * int64 Group.DimX
                + int64 Group.IdxX

            if block <= Threads.lastBlock job then
                act entry bounds[index] block

            chunk <- chunk + int64 Grid.DimX

    // The branches below assign a mutable, since the F# compiler moves long expressions into separate methods otherwise, and
    // ILGPU cannot compile the arguments that it passes to them.

    static member inline private Value
        (entry: Entry, bounds: Bounds, tables: ArrayView<float32>, [<InlineIfLambda>] narrow: Real1 -> Word1, w: Word1)
        : Word1 =
        let mutable bits = { U = uint32 entry.Bits }

        if entry.Kind = int Kind.Uniform then
            bits <- narrow (ThreadLaws.uniform bounds w)
        elif entry.Kind = int Kind.Symmetric then
            bits <- narrow (ThreadLaws.symmetric (tables.SubView(entry.Table, 256L)) bounds w)
        elif entry.Kind = int Kind.TwoSided then
            bits <- narrow (ThreadLaws.twoSided (tables.SubView(entry.Table, 512L)) bounds w)

        bits

    static member ListFloat32
        (
            target: ArrayView<uint32>,
            tables: ArrayView<float32>,
            entries: ArrayView<Entry>,
            bounds: ArrayView<Bounds>,
            chunks: int64
        ) : unit =
        ListKernels.OverChunks(
            entries,
            bounds,
            chunks,
            (fun entry bounds block ->
                Threads.words target entry.Part block (fun w ->
                    ListKernels.Value(entry, bounds, tables, (fun value -> ThreadLaws.toFloat32 value), w)))
        )

    static member ListFloat16
        (
            target: ArrayView<uint16>,
            tables: ArrayView<float32>,
            entries: ArrayView<Entry>,
            bounds: ArrayView<Bounds>,
            chunks: int64
        ) : unit =
        ListKernels.OverChunks(
            entries,
            bounds,
            chunks,
            (fun entry bounds block ->
                Threads.halves target entry.Part block (fun w ->
                    ListKernels.Value(entry, bounds, tables, (fun value -> ThreadLaws.toFloat16 value), w)))
        )

    static member ListBFloat16
        (
            target: ArrayView<uint16>,
            tables: ArrayView<float32>,
            entries: ArrayView<Entry>,
            bounds: ArrayView<Bounds>,
            chunks: int64
        ) : unit =
        ListKernels.OverChunks(
            entries,
            bounds,
            chunks,
            (fun entry bounds block ->
                Threads.halves target entry.Part block (fun w ->
                    ListKernels.Value(entry, bounds, tables, (fun value -> ThreadLaws.toBFloat16 value), w)))
        )

    static member ListFloat64
        (
            target: ArrayView<uint64>,
            tables: ArrayView<float>,
            entries: ArrayView<Entry>,
            bounds: ArrayView<Bounds64>,
            chunks: int64
        ) : unit =
        ListKernels.OverChunks(
            entries,
            bounds,
            chunks,
            (fun entry bounds block ->
                Threads.longs target entry.Part block (fun w ->
                    let mutable bits = { V = entry.Bits }

                    if entry.Kind = int Kind.Uniform then
                        bits <- Long1.OfReal(ThreadLaws.uniform64 bounds w)
                    elif entry.Kind = int Kind.Symmetric then
                        bits <- Long1.OfReal(ThreadLaws.symmetric64 (tables.SubView(entry.Table, 1152L)) bounds w)
                    elif entry.Kind = int Kind.TwoSided then
                        bits <- Long1.OfReal(ThreadLaws.twoSided64 (tables.SubView(entry.Table, 2304L)) bounds w)

                    bits))
        )
