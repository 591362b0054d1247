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

/// A block of columns on its way through the panels.
[<Struct>]
type internal BlockPart =
    {
        Column: int64
        Columns: int
        /// The last panel that changes it.
        Deepest: int
        /// Its elements.
        Q: nativeint
        /// Its product with a panel's vectors, and behind that the product of T and this.
        W: nativeint
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

    /// Room for some blocks with two products each, lines to be written, those narrowed, and gains.
    static member private Room(tall: Tall, several: int) : nativeint =
        nativeint several * (Orthogonal.BlockBytes tall + 2n * Orthogonal.Square tall)
        + 2n * Orthogonal.Square tall
        + nativeint (Rows.Block * 8)
        + 512n

    /// Some blocks' place in their room, of the first or another of them.
    static member private Part(tall: Tall, first: int, several: int, index: int, room: nativeint) : BlockPart =
        let column = int64 (first + index) * int64 Rows.Block
        let columns = int (min (int64 Rows.Block) (tall.Columns - column))

        { Column = column
          Columns = columns
          Deepest = int ((column + int64 columns - 1L) / int64 Rows.Panel)
          Q = room + nativeint index * Orthogonal.BlockBytes tall
          W =
            room
            + nativeint several * Orthogonal.BlockBytes tall
            + nativeint index * 2n * Orthogonal.Square tall }

    /// The product of a panel's vectors and a block of the identity's columns from `firstColumn` on: a copy.
    static member private Pick
        (tall: Tall, v: nativeint, reflectors: int, firstRow: int64, firstColumn: int64, w: nativeint)
        =
        TileBlocks.optimized ()

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

    /// Passes blocks through a panel: Q - V (T (V' Q)). What the cache has of V serves all of them.
    static member private Apply
        (tall: Tall, panel: int, first: int, several: int, v: nativeint, t: nativeint, room: nativeint)
        =
        let square = Orthogonal.Square tall
        let reflectors = tall.Reflectors panel
        let firstRow = int64 panel * int64 Rows.Panel
        let rows = tall.Rows - firstRow
        let whole = tall.WholeRows - firstRow
        let line = nativeint Rows.Panel * tall.Size
        let blockLine = nativeint Rows.Block * tall.Size

        let tiling =
            { Rows = (reflectors + 7) &&& ~~~7
              Columns = Rows.Block
              Count = reflectors
              Skew = 0 }

        for i in 0 .. several - 1 do
            let part = Orthogonal.Part(tall, first, several, i, room)
            NativeMemory.Clear(part.W.ToPointer(), unativeint (2n * square))

            if panel = part.Deepest then
                Orthogonal.Pick(tall, v, reflectors, firstRow, part.Column, part.W)

        let mutable row = 0L

        while row < rows do
            Cancellation.Check()
            let count = int (min (int64 Orthogonal.Chunk) (rows - row))
            let a = v + nativeint row * line

            for i in 0 .. several - 1 do
                let part = Orthogonal.Part(tall, first, several, i, room)

                if panel < part.Deepest then
                    let tiling =
                        { tiling with
                            Columns = part.Columns
                            Count = count }

                    let q = part.Q + nativeint (firstRow + row) * blockLine
                    PanelProducts.Across(tall.Width, tall.Double, tiling, a, q, part.W)

            row <- row + int64 count

        for i in 0 .. several - 1 do
            let part = Orthogonal.Part(tall, first, several, i, room)
            let tiling = { tiling with Skew = 1 }
            PanelProducts.Across(tall.Width, tall.Double, tiling, t, part.W, part.W + square)

        row <- 0L

        while row < whole do
            Cancellation.Check()
            let count = int (min (int64 Orthogonal.Chunk) (whole - row))
            let a = v + nativeint row * line

            for i in 0 .. several - 1 do
                let part = Orthogonal.Part(tall, first, several, i, room)

                if panel <= part.Deepest then
                    let tiling =
                        { tiling with
                            Columns = part.Columns
                            Rows = count }

                    let q = part.Q + nativeint (firstRow + row) * blockLine
                    PanelProducts.Along(tall.Width, tall.Double, tiling, a, part.W + square, q)

            row <- row + int64 count

    static member inline private Turn(source: nativeptr<'T>, rows: int, target: nativeptr<'T>) =
        TileBlocks.optimized ()
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
            Cancellation.Check()
            let rows = int (min (int64 Orthogonal.Lines) (tall.Rows - row))
            let block = q + nativeint row * blockLine
            PanelColumns.Scale(tall.Width, tall.Double, block, Rows.Block, rows, gains)
            let mutable source = block
            let mutable stride = Rows.Block

            if target.Wide then
                source <- lines
                stride <- Orthogonal.Lines

                if tall.Double then
                    Orthogonal.Turn64(NativePtr.ofNativeInt block, rows, NativePtr.ofNativeInt lines)
                else
                    Orthogonal.Turn32(NativePtr.ofNativeInt block, rows, NativePtr.ofNativeInt lines)

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

    /// Makes `several` blocks of columns from `first` on.
    static member private Blocks
        (
            tall: Tall,
            target: OrthogonalTarget,
            first: int,
            several: int,
            panels: nativeint,
            triangles: nativeint,
            gains: nativeint,
            room: nativeint
        ) =
        let lines =
            room
            + nativeint several * (Orthogonal.BlockBytes tall + 2n * Orthogonal.Square tall)

        let block = lines + 2n * Orthogonal.Square tall + 256n
        NativeMemory.Clear(room.ToPointer(), unativeint (nativeint several * Orthogonal.BlockBytes tall))

        for i in 0 .. several - 1 do
            let part = Orthogonal.Part(tall, first, several, i, room)

            for c in 0 .. part.Columns - 1 do
                let index = nativeint ((part.Column + int64 c) * int64 Rows.Block + int64 c)
                Reflectors.Set(tall, part.Q + index * tall.Size, 0, 1.0)

        let last = Orthogonal.Part(tall, first, several, several - 1, room)

        for panel in last.Deepest .. -1 .. 0 do
            let t =
                triangles + nativeint panel * nativeint (Rows.Panel * Rows.Panel) * tall.Size

            Orthogonal.Apply(tall, panel, first, several, panels + tall.PanelAt panel, t, room)

        for i in 0 .. several - 1 do
            let part = Orthogonal.Part(tall, first, several, i, room)
            // Behind the last column's gain there may be none.
            NativeMemory.Clear(block.ToPointer(), unativeint (Rows.Block * 8))
            let bytes = int64 part.Columns * int64 tall.Size
            let gains = gains + nativeint part.Column * tall.Size
            Buffer.MemoryCopy(gains.ToPointer(), block.ToPointer(), bytes, bytes)
            Orthogonal.Emit(tall, target, part.Column, part.Q, lines, block)

    static member private Make(tall: Tall, target: OrthogonalTarget, threads: int) =
        let panels = tall.Panels
        let blocks = int ((tall.Columns + int64 (Rows.Block - 1)) / int64 Rows.Block)
        let threads = max 1 (min threads (max panels blocks))
        // Two together where there are enough for all threads.
        let several = if blocks >= 8 * threads then 2 else 1
        let items = (blocks + several - 1) / several
        let line = nativeint TileBlocks.Line
        let triangles = tall.PanelAt panels

        let gains =
            triangles + nativeint panels * nativeint (Rows.Panel * Rows.Panel) * tall.Size

        let rooms = gains + nativeint (panels * Rows.Panel) * tall.Size

        let room =
            (max (Reflectors.Room tall) (Orthogonal.Room(tall, several)) + line - 1n) / line
            * line

        let bytes = rooms + nativeint threads * room
        // Not AlignedAlloc: glibc then asks the system for new pages at every call, which for small matrices take most of the
        // time.
        let memory = NativeMemory.Alloc(unativeint (bytes + line))

        try
            let start =
                (NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory) + line - 1n) / line
                * line

            LargePages.preferLarge start (int64 bytes)

            ParallelFor.Run(
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
            ParallelFor.Run(
                threads,
                items,
                fun worker item ->
                    let first = (items - 1 - item) * several

                    Orthogonal.Blocks(
                        tall,
                        target,
                        first,
                        min several (blocks - first),
                        start,
                        start + triangles,
                        start + gains,
                        start + rooms + nativeint worker * room
                    )
            )
        finally
            NativeMemory.Free memory

    /// Writes the whole matrix, row-major. The bits do not depend on the lane width or the number of threads.
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

        Orthogonal.Write(PhiloxTiles.Widest, threads, dtype, seed, gain, rows, cols, address)
