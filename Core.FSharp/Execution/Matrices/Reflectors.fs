namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// A tall matrix whose columns are orthogonal, and how its panels of reflectors lie in memory.
[<Struct>]
type internal Tall =
    {
        Width: TileWidth
        /// Whether float64 is computed with, or float32.
        Double: bool
        Key: uint64
        Stream: uint64
        Rows: int64
        /// At most as many as rows.
        Columns: int64
        Gain: float
    }

    /// Bytes of an element.
    member this.Size = if this.Double then 8n else 4n

    member this.Panels = int ((this.Columns + int64 (Rows.Panel - 1)) / int64 Rows.Panel)

    /// Rows with those that make whole tiles, which are 0.
    member this.WholeRows = (this.Rows + 7L) &&& ~~~7L

    /// Reflectors of a panel.
    member this.Reflectors(panel: int) =
        int (min (int64 Rows.Panel) (this.Columns - int64 panel * int64 Rows.Panel))

    /// A panel's offset in bytes: it begins at its own first row.
    member this.PanelAt(panel: int) : nativeint =
        let panel = int64 panel
        let rows = panel * this.WholeRows - int64 Rows.Panel * (panel * (panel - 1L) / 2L)
        nativeint (rows * int64 Rows.Panel) * this.Size

/// Panels of reflectors of Gaussian vectors: I - V T V', V of up to 64 columns.
///
/// Stewart, "The efficient generation of random orthogonal matrices with an application to condition estimators", 1980; the
/// compact form of a product of reflectors by Schreiber and Van Loan, 1989.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal Reflectors private () =

    /// Reflectors that are drawn at once: a cache line of a panel's row, in float32.
    static member val private Together = 16

    /// Rows that are drawn at once, so that words fill whole groups wherever they begin.
    static member val private Drawn = 764

    /// The largest number of rows at which the words of several reflectors are drawn as one run.
    static member val private Short = 256

    /// Words that are drawn at once, and room for the groups that overshoot.
    static member val private Words = 4096 + 4 + TileBlocks.Slack + 60

    /// Rows that are widened at once.
    static member val private Chunk = 64

    static member private Square = nativeint (Rows.Panel * Rows.Wide * sizeof<float>)

    static member private ValueBytes(tall: Tall) = 12288n * tall.Size

    /// Bytes of room to draw and make a panel in: words and companions, values, a chunk of rows in float64, the Gram matrix,
    /// T, sums, and factors.
    static member Room(tall: Tall) : nativeint =
        nativeint (2 * Reflectors.Words * 4)
        + Reflectors.ValueBytes tall
        + 3n * Reflectors.Square
        + nativeint (2 * Rows.Panel * 8)

    /// `count` Gaussians of words from the auxiliary index `first` on, at most 4096.
    static member private Draw(tall: Tall, first: int64, count: int, words: nativeint, target: nativeint) =
        let block = Philox.Auxiliary ||| uint64 (first >>> 2)
        let head = int (first &&& 3L)
        let p: nativeptr<uint32> = NativePtr.ofNativeInt words
        let chosen = NativePtr.add p head
        PhiloxTiles.Write(tall.Width, tall.Key, tall.Stream, block, head + count, p)

        if tall.Double then
            let companions = NativePtr.add p Reflectors.Words
            let other = block ||| Philox.Companion
            PhiloxTiles.Write(tall.Width, tall.Key, tall.Stream, other, head + count, companions)
            let formula = Formula.ofDraw (ElementDraw.Double(Draw.Normal(0.0, 1.0)))
            Tiles64.Transform(tall.Width, formula, chosen, NativePtr.add companions head, count, target)
        else
            let formula = Formula.ofDraw (ElementDraw.Single(Draw.Normal(0.0f, 1.0f)))
            Tiles.Transform(tall.Width, DType.Float32, formula, chosen, count, target)

    /// Writes vectors, `distance` elements from one to the next, into columns of rows of 64 elements.
    static member inline private Transpose
        (source: nativeptr<'T>, distance: int, vectors: int, rows: int, target: nativeptr<'T>)
        =
        TileBlocks.optimized ()
        let mutable row = 0

        while row < rows do
            let mutable from = NativePtr.add source row
            let line = NativePtr.add target (row * Rows.Panel)
            let mutable k = 0

            while k < (vectors &&& ~~~3) do
                let place = NativePtr.add line k
                let next = NativePtr.add from distance
                let third = NativePtr.add next distance
                let fourth = NativePtr.add third distance
                let x0 = NativePtr.read from
                let x1 = NativePtr.read next
                let x2 = NativePtr.read third
                let x3 = NativePtr.read fourth
                NativePtr.set place 0 x0
                NativePtr.set place 1 x1
                NativePtr.set place 2 x2
                NativePtr.set place 3 x3
                from <- NativePtr.add fourth distance
                k <- k + 4

            while k < vectors do
                NativePtr.set line k (NativePtr.read from)
                from <- NativePtr.add from distance
                k <- k + 1

            row <- row + 1

    static member private Transpose32(source: nativeptr<float32>, distance, vectors, rows, target) =
        Reflectors.Transpose(source, distance, vectors, rows, target)

    static member private Transpose64(source: nativeptr<float>, distance, vectors, rows, target) =
        Reflectors.Transpose(source, distance, vectors, rows, target)

    static member private Place(tall: Tall, source: nativeint, distance, vectors, rows, target: nativeint) =
        if tall.Double then
            Reflectors.Transpose64(NativePtr.ofNativeInt source, distance, vectors, rows, NativePtr.ofNativeInt target)
        else
            Reflectors.Transpose32(NativePtr.ofNativeInt source, distance, vectors, rows, NativePtr.ofNativeInt target)

    /// Fills a panel's columns with Gaussians, also above the diagonal.
    static member private Fill(tall: Tall, panel: int, words: nativeint, values: nativeint, v: nativeint) =
        let first = int64 panel * int64 Rows.Panel
        let reflectors = tall.Reflectors panel
        let n = tall.Rows
        let line = nativeint Rows.Panel * tall.Size
        let mutable k = 0

        while k < reflectors do
            let vectors = min Reflectors.Together (reflectors - k)
            let column = v + nativeint k * tall.Size

            if n <= int64 Reflectors.Short then
                Reflectors.Draw(tall, (first + int64 k) * n, vectors * int n, words, values)
                let source = values + nativeint first * tall.Size
                Reflectors.Place(tall, source, int n, vectors, int (n - first), column)
            else
                let mutable row = first

                while row < n do
                    Cancellation.Check()
                    let rows = int (min (int64 Reflectors.Drawn) (n - row))

                    for i in 0 .. vectors - 1 do
                        let target = values + nativeint (i * Reflectors.Drawn) * tall.Size
                        Reflectors.Draw(tall, (first + int64 (k + i)) * n + row, rows, words, target)

                    let target = column + nativeint (row - first) * line
                    Reflectors.Place(tall, values, Reflectors.Drawn, vectors, rows, target)
                    row <- row + int64 rows

            k <- k + vectors

    static member private Get(tall: Tall, p: nativeint, index: int) : float =
        if tall.Double then
            NativePtr.get (NativePtr.ofNativeInt<float> p) index
        else
            float (NativePtr.get (NativePtr.ofNativeInt<float32> p) index)

    /// Sets an element of the working precision, to which the value is rounded.
    static member Set(tall: Tall, p: nativeint, index: int, value: float) : unit =
        if tall.Double then
            NativePtr.set (NativePtr.ofNativeInt<float> p) index value
        else
            NativePtr.set (NativePtr.ofNativeInt<float32> p) index (float32 value)

    /// Sets the entries above the reflectors' own rows to 0 and, if asked, those to 1. A vector of one entry reflects nothing.
    static member private Corner(tall: Tall, panel: int, v: nativeint, ones: bool) =
        TileBlocks.optimized ()
        let reflectors = tall.Reflectors panel
        let rows = tall.Rows - int64 panel * int64 Rows.Panel

        for row in 0 .. reflectors - 1 do
            let line = v + nativeint (row * Rows.Panel) * tall.Size
            let behind = line + nativeint (row + 1) * tall.Size
            NativeMemory.Clear(behind.ToPointer(), unativeint (nativeint (reflectors - 1 - row) * tall.Size))

            if ones then
                Reflectors.Set(tall, line, row, (if int64 row = rows - 1L then 0.0 else 1.0))

    /// Makes a panel at `v`, its -T, transposed and in the working precision, at `t`, and the gains of its columns, signs
    /// included, at `gains`.
    static member Make(tall: Tall, panel: int, room: nativeint, v: nativeint, t: nativeint, gains: nativeint) =
        TileBlocks.optimized ()
        let words = room
        let values = words + nativeint (2 * Reflectors.Words * 4)
        let chunk = values + Reflectors.ValueBytes tall
        let gram = chunk + Reflectors.Square
        let triangle = gram + Reflectors.Square
        let sums = triangle + Reflectors.Square
        let factors = sums + nativeint (Rows.Panel * 8)
        let reflectors = tall.Reflectors panel
        let rows = tall.Rows - int64 panel * int64 Rows.Panel
        let line = nativeint Rows.Panel * tall.Size
        let whole = (rows + 7L) &&& ~~~7L

        if reflectors < Rows.Panel then
            NativeMemory.Clear(v.ToPointer(), unativeint (nativeint whole * line))
        else
            NativeMemory.Clear((v + nativeint rows * line).ToPointer(), unativeint (nativeint (whole - rows) * line))

        // Columns 64 to 71 among them.
        NativeMemory.Clear(chunk.ToPointer(), unativeint (2n * Reflectors.Square))
        NativeMemory.Clear(sums.ToPointer(), unativeint (2 * Rows.Panel * 8))
        Reflectors.Fill(tall, panel, words, values, v)
        Reflectors.Corner(tall, panel, v, false)
        let sum: nativeptr<float> = NativePtr.ofNativeInt sums
        let wide: nativeptr<float> = NativePtr.ofNativeInt chunk
        let mutable row = 0L

        while row < rows do
            Cancellation.Check()
            let count = int (min (int64 Reflectors.Chunk) (rows - row))
            PanelColumns.Widen(tall.Width, tall.Double, v + nativeint row * line, count, chunk)
            PanelColumns.Squares(tall.Width, wide, count, sum)
            row <- row + int64 count

        for k in 0 .. reflectors - 1 do
            let x = Reflectors.Get(tall, v, k * Rows.Panel + k)
            let sign = if x >= 0.0 then 1.0 else -1.0

            if int64 k = rows - 1L then
                Reflectors.Set(tall, gains, k, sign * tall.Gain)
            else
                Reflectors.Set(tall, gains, k, -sign * tall.Gain)
                Reflectors.Set(tall, factors, k, 1.0 / (x + sign * Math.Sqrt(NativePtr.get sum k)))

        let tiling =
            { Rows = (reflectors + 7) &&& ~~~7
              Columns = reflectors
              Count = Reflectors.Chunk
              Skew = 0 }

        row <- 0L

        while row < rows do
            Cancellation.Check()
            let count = int (min (int64 Reflectors.Chunk) (rows - row))
            let start = v + nativeint row * line
            PanelColumns.Scale(tall.Width, tall.Double, start, Rows.Panel, count, factors)

            if row = 0L then
                Reflectors.Corner(tall, panel, v, true)

            PanelColumns.Widen(tall.Width, tall.Double, start, count, chunk)
            PanelProducts.Gram(tall.Width, { tiling with Count = count }, chunk, chunk, gram)
            row <- row + int64 count

        let upper: nativeptr<float> = NativePtr.ofNativeInt triangle
        PanelColumns.Triangle(tall.Width, NativePtr.ofNativeInt gram, reflectors, upper)

        for i in 0 .. reflectors * Rows.Panel - 1 do
            Reflectors.Set(tall, t, i, -(NativePtr.get upper i))
