namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Where a matrix is written, as blocks of columns of a tall one.
[<Struct>]
type internal OrthogonalTarget =
    {
        DType: DType
        /// Whether the tall matrix's columns are rows here.
        Wide: bool
        Address: nativeint
    }

/// Matrices that are orthogonal and, up to the gain, uniform among those: Haar distributed.
///
/// A tall one is the first columns of a product of reflectors, from the last panel to the first, with a sign for each
/// column. Blocks of 48 columns pass through all panels on their own, so they stay in the second-level cache.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal Orthogonal private () =

    /// Rows whose products are summed at once: what a block has of them stays in the first-level cache.
    static member val private Chunk = 128

    /// Rows that are written at once.
    static member val private Lines = 64

    /// Below this many products a second thread costs more than it brings.
    static member val private Alone = 3.0e6

    static member private Square(tall: Tall) =
        nativeint (Rows.Panel * Rows.Block) * tall.Size

    static member private BlockBytes(tall: Tall) : nativeint =
        nativeint (tall.WholeRows * int64 Rows.Block) * tall.Size + 256n

    /// Room for a block, two products, lines to be written, those narrowed, and gains.
    static member private Room(tall: Tall) : nativeint =
        Orthogonal.BlockBytes tall
        + 4n * Orthogonal.Square tall
        + nativeint (Rows.Block * 8)
        + 512n

    /// The product of a panel's vectors and a block that is still columns `firstColumn` ... of the identity: a copy.
    static member private Pick
        (tall: Tall, v: nativeint, reflectors: int, firstRow: int64, firstColumn: int64, w: nativeint)
        =
        for c in 0 .. Rows.Block - 1 do
            let row = firstColumn + int64 c - firstRow

            if row >= 0L && row < int64 reflectors then
                for k in 0 .. reflectors - 1 do
                    let source = v + (nativeint row * nativeint Rows.Panel + nativeint k) * tall.Size
                    let target = w + nativeint (k * Rows.Block + c) * tall.Size

                    if tall.Double then
                        NativePtr.write
                            (NativePtr.ofNativeInt<float> target)
                            (NativePtr.read (NativePtr.ofNativeInt source))
                    else
                        NativePtr.write
                            (NativePtr.ofNativeInt<float32> target)
                            (NativePtr.read (NativePtr.ofNativeInt source))

    /// Passes a block through a panel: Q - V (T (V' Q)).
    static member private Apply
        (tall: Tall, panel: int, first: int64, isIdentity: bool, v: nativeint, t: nativeint, q: nativeint, w: nativeint)
        =
        let square = Orthogonal.Square tall
        let u = w + square
        let reflectors = tall.Reflectors panel
        let firstRow = int64 panel * int64 Rows.Panel
        let rows = tall.Rows - firstRow
        let whole = tall.WholeRows - firstRow
        let line = nativeint Rows.Panel * tall.Size
        let blockLine = nativeint Rows.Block * tall.Size
        let own = q + nativeint firstRow * blockLine

        let tiling =
            { Rows = (reflectors + 7) &&& ~~~7
              Columns = int (min (int64 Rows.Block) (tall.Columns - first))
              Count = reflectors
              Skew = 0 }

        NativeMemory.Clear(w.ToPointer(), unativeint (2n * square))

        if isIdentity then
            Orthogonal.Pick(tall, v, reflectors, firstRow, first, w)
        else
            let mutable row = 0L

            while row < rows do
                let count = int (min (int64 Orthogonal.Chunk) (rows - row))
                let a = v + nativeint row * line

                Products.Across(
                    tall.Width,
                    tall.Double,
                    { tiling with Count = count },
                    a,
                    own + nativeint row * blockLine,
                    w
                )

                row <- row + int64 count

        Products.Across(tall.Width, tall.Double, { tiling with Skew = 1 }, t, w, u)
        let mutable row = 0L

        while row < whole do
            let count = int (min 0x10000L (whole - row))
            let a = v + nativeint row * line
            Products.Along(tall.Width, tall.Double, { tiling with Rows = count }, a, u, own + nativeint row * blockLine)
            row <- row + int64 count

    static member inline private Turn(source: nativeptr<'T>, rows: int, target: nativeptr<'T>) =
        Blocks.optimized ()
        let mutable column = 0

        while column < Rows.Block do
            let from = NativePtr.add source column
            let line = NativePtr.add target (column * 64)
            let mutable row = 0

            while row < rows do
                NativePtr.set line row (NativePtr.get from (row * Rows.Block))
                row <- row + 1

            column <- column + 1

    static member private Turn32(source: nativeptr<float32>, rows: int, target) = Orthogonal.Turn(source, rows, target)
    static member private Turn64(source: nativeptr<float>, rows: int, target) = Orthogonal.Turn(source, rows, target)

    /// Scales a finished block and writes it where it belongs.
    static member private Emit
        (tall: Tall, target: OrthogonalTarget, first: int64, q: nativeint, lines: nativeint, gains)
        =
        let columns = int (min (int64 Rows.Block) (tall.Columns - first))
        let size = nativeint (DType.size target.DType)
        let blockLine = nativeint Rows.Block * tall.Size
        let narrowed = lines + Orthogonal.Square tall
        let mutable row = 0L

        while row < tall.Rows do
            let rows = int (min (int64 Orthogonal.Lines) (tall.Rows - row))
            let own = q + nativeint row * blockLine
            Columns.Scale(tall.Width, tall.Double, own, Rows.Block, rows, gains)
            let mutable source = own
            let mutable stride = Rows.Block

            if target.Wide then
                source <- lines
                stride <- Orthogonal.Lines

                if tall.Double then
                    Orthogonal.Turn64(NativePtr.ofNativeInt own, rows, NativePtr.ofNativeInt lines)
                else
                    Orthogonal.Turn32(NativePtr.ofNativeInt own, rows, NativePtr.ofNativeInt lines)

            if size = 2n then
                let count = if target.Wide then Rows.Block * stride else rows * stride

                Tiles.Narrow(
                    tall.Width,
                    target.DType,
                    NativePtr.ofNativeInt source,
                    count,
                    NativePtr.ofNativeInt narrowed
                )

                source <- narrowed

            let pieces = if target.Wide then columns else rows
            let bytes = int64 (nativeint (if target.Wide then rows else columns) * size)
            let distance = nativeint (if target.Wide then tall.Rows else tall.Columns) * size

            let mutable place =
                target.Address
                + (if target.Wide then
                       nativeint (first * tall.Rows + row) * size
                   else
                       nativeint (row * tall.Columns + first) * size)

            for _ in 1..pieces do
                Buffer.MemoryCopy(source.ToPointer(), place.ToPointer(), bytes, bytes)
                source <- source + nativeint stride * size
                place <- place + distance

            row <- row + int64 rows

    /// Makes columns 48 block ... of the matrix.
    static member private Block
        (
            tall: Tall,
            target: OrthogonalTarget,
            block: int,
            panels: nativeint,
            triangles: nativeint,
            gains: nativeint,
            room
        ) =
        let first = int64 block * int64 Rows.Block
        let last = min tall.Columns (first + int64 Rows.Block) - 1L
        let q: nativeint = room
        let w = q + Orthogonal.BlockBytes tall
        let lines = w + 2n * Orthogonal.Square tall
        let own = lines + 2n * Orthogonal.Square tall + 256n
        NativeMemory.Clear(q.ToPointer(), unativeint (Orthogonal.BlockBytes tall))

        for c in 0 .. int (last - first) do
            let place =
                q + nativeint ((first + int64 c) * int64 Rows.Block + int64 c) * tall.Size

            Reflectors.Set(tall, place, 0, 1.0)

        let deepest = int (last / int64 Rows.Panel)

        for panel in deepest .. -1 .. 0 do
            let t =
                triangles + nativeint panel * nativeint (Rows.Panel * Rows.Panel) * tall.Size

            Orthogonal.Apply(tall, panel, first, (panel = deepest), panels + tall.PanelAt panel, t, q, w)

        // Behind the last column's gain there may be none.
        NativeMemory.Clear(own.ToPointer(), unativeint (Rows.Block * 8))
        let bytes = (last - first + 1L) * int64 tall.Size
        Buffer.MemoryCopy((gains + nativeint first * tall.Size).ToPointer(), own.ToPointer(), bytes, bytes)
        Orthogonal.Emit(tall, target, first, q, lines, own)

    static member private Make(tall: Tall, target: OrthogonalTarget, threads: int) =
        let panels = tall.Panels
        let blocks = int ((tall.Columns + int64 (Rows.Block - 1)) / int64 Rows.Block)
        let threads = max 1 (min threads (max panels blocks))
        let line = nativeint Blocks.Line
        let triangles = tall.PanelAt panels

        let gains =
            triangles + nativeint panels * nativeint (Rows.Panel * Rows.Panel) * tall.Size

        let rooms = gains + nativeint (panels * Rows.Panel) * tall.Size

        let room =
            (max (Reflectors.Room tall) (Orthogonal.Room tall) + line - 1n) / line * line

        let bytes = rooms + nativeint threads * room
        // Not AlignedAlloc: glibc then asks the system for new pages at every call, which for small matrices take most of the
        // time.
        let memory = NativeMemory.Alloc(unativeint (bytes + line))

        try
            let start =
                (NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory) + line - 1n) / line
                * line

            Pages.preferLarge start (int64 bytes)

            Shares.Run(
                threads,
                panels,
                fun worker panel ->
                    Reflectors.Make(
                        tall,
                        panel,
                        start + rooms + nativeint worker * room,
                        start + tall.PanelAt panel,
                        start
                        + triangles
                        + nativeint panel * nativeint (Rows.Panel * Rows.Panel) * tall.Size,
                        start + gains + nativeint panel * nativeint Rows.Panel * tall.Size
                    )
            )

            // The last blocks, which pass through most panels, first.
            Shares.Run(
                threads,
                blocks,
                fun worker item ->
                    Orthogonal.Block(
                        tall,
                        target,
                        blocks - 1 - item,
                        start,
                        start + triangles,
                        start + gains,
                        start + rooms + nativeint worker * room
                    )
            )
        finally
            NativeMemory.Free memory

    /// Writes the whole matrix, row-major, at lanes of a width and on so many threads, neither of which shows in the bits.
    static member Write
        (
            width: TileWidth,
            threads: int,
            dtype: DType,
            seed: Seed,
            gain: float,
            rows: int64,
            cols: int64,
            address: nativeint
        ) : unit =
        if rows > 0L && cols > 0L then
            Orthogonal.Make(
                { Width = width
                  Double = (dtype = DType.Float64)
                  Key = seed.Key
                  Stream = seed.Stream
                  Rows = max rows cols
                  Columns = min rows cols
                  Gain = gain },
                { DType = dtype
                  Wide = rows < cols
                  Address = address },
                threads
            )

    /// Writes the rows x cols matrix, row-major, in `dtype` at an address. Its columns, or its rows where those are fewer, are
    /// orthogonal and of length `gain`.
    static member Write(dtype: DType, seed: Seed, gain: float, rows: int64, cols: int64, address: nativeint) : unit =
        let products = float (max rows cols) * float (min rows cols) * float (min rows cols)

        let threads =
            if products < Orthogonal.Alone then
                1
            else
                Environment.ProcessorCount

        Orthogonal.Write(Words.Widest, threads, dtype, seed, gain, rows, cols, address)
