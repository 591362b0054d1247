namespace Initializers.Files

open System
open System.Collections.Generic
open System.Numerics
open System.Runtime.InteropServices

/// A row, a page or a window in six numbers that are the same for multiples of it, and a hash of its bytes.
[<Struct>]
type internal Sketch =
    {
        /// The number of the tensor in its file, and the row's or the first element's.
        Tensor: int
        Place: int64
        /// Two words of a hash of the bytes; 0 for windows.
        Hash: struct (uint64 * uint64)
        /// Invariant under multiplication, in [-1, 1].
        V0: float32
        V1: float32
        V2: float32
        V3: float32
        V4: float32
        V5: float32
        /// The number that the sketch was divided by.
        Unit: float32
    }

    /// Whether two sketches differ by at most a tolerance.
    member a.IsNear(b: Sketch, tolerance: float32) =
        abs (a.V1 - b.V1) <= tolerance
        && abs (a.V2 - b.V2) <= tolerance
        && abs (a.V3 - b.V3) <= tolerance
        && abs (a.V4 - b.V4) <= tolerance
        && abs (a.V5 - b.V5) <= tolerance

[<RequireQualifiedAccess>]
module internal Sketch =
    let ofNumbers tensor place hash (unit: float) (v: ReadOnlySpan<float>) : Sketch =
        { Tensor = tensor
          Place = place
          Hash = hash
          V0 = float32 v[0]
          V1 = float32 v[1]
          V2 = float32 v[2]
          V3 = float32 v[3]
          V4 = float32 v[4]
          V5 = float32 v[5]
          Unit = float32 unit }

    /// SplitMix64's mixer.
    let mix (x: uint64) =
        let z = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    /// Whether the first values of a row, at most 64, look drawn: at least three quarters of them are distinct, and they
    /// neither rise nor fall throughout. Rows of computed tables, masks and constants do not.
    let looksDrawn (values: Span<float>) =
        let n = values.Length
        let mutable rises = true
        let mutable falls = true

        for i in 1 .. n - 1 do
            if values[i] < values[i - 1] then
                rises <- false

            if values[i] > values[i - 1] then
                falls <- false

        if n < 8 || rises || falls then
            false
        else
            values.Sort()
            let mutable distinct = 1

            for i in 1 .. n - 1 do
                if values[i] <> values[i - 1] then
                    distinct <- distinct + 1

            4 * distinct >= 3 * n

    /// Pairs of sketches that differ by at most a tolerance: for each the nearest after it in the order of their first
    /// numbers. Sorting takes the time.
    let pairs (tolerance: float32) (sketches: Sketch[]) : (Sketch * Sketch) list =
        let sorted = sketches |> Array.sortBy _.V0
        let found = ResizeArray<Sketch * Sketch>()

        for i in 0 .. sorted.Length - 2 do
            let mutable j = i + 1

            while j < sorted.Length && sorted[j].V0 - sorted[i].V0 <= tolerance do
                if sorted[i].IsNear(sorted[j], tolerance) then
                    let a, b = sorted[i], sorted[j]

                    found.Add(
                        if struct (a.Tensor, a.Place) <= struct (b.Tensor, b.Place) then
                            a, b
                        else
                            b, a
                    )

                    j <- sorted.Length
                else
                    j <- j + 1

        List.ofSeq found

/// Sketches the rows of one tensor, which arrive in pieces, and hashes its pages of 4096 bytes.
///
/// A row's sketch is six sums of its values with random weights, divided by the largest of them. Multiples of a row have the
/// same sketch, and unrelated rows have equal ones with a probability of about tolerance^5.
[<Sealed>]
type internal RowSketches(tensor: int, rowLength: int64, rows: List<Sketch>, pages: List<Sketch>) =
    static let period = 1024

    static let weights: float[][] =
        Array.init 6 (fun k ->
            Array.init period (fun j ->
                float (Sketch.mix (uint64 (k * period + j + 1) * 0x9E3779B97F4A7C15UL) >>> 11)
                * Math.ScaleB(1.0, -52)
                - 1.0))

    let sums: float[] = Array.zeroCreate 6
    let start: float[] = Array.zeroCreate 64
    let mutable row = 0L
    let mutable column = 0L
    let mutable h1 = 0UL
    let mutable h2 = 0UL
    let mutable all1 = 0UL
    let mutable all2 = 0UL
    let mutable page = 0L

    let dot (values: ReadOnlySpan<float>) (weights: ReadOnlySpan<float>) =
        let a = MemoryMarshal.Cast<float, Vector<float>> values
        let b = MemoryMarshal.Cast<float, Vector<float>>(weights.Slice(0, values.Length))
        let mutable sum = Vector<float>.Zero

        for i in 0 .. a.Length - 1 do
            sum <- sum + a[i] * b[i]

        let mutable total = Vector.Sum sum

        for i in a.Length * Vector<float>.Count .. values.Length - 1 do
            total <- total + values[i] * weights[i]

        total

    let absorb (bytes: ReadOnlySpan<byte>) =
        let words = MemoryMarshal.Cast<byte, uint64> bytes

        for word in words do
            h1 <- (h1 ^^^ word) * 0x9E3779B97F4A7C15UL
            h1 <- h1 ^^^ (h1 >>> 29)
            h2 <- (h2 + word) * 0xC2B2AE3D27D4EB4FUL
            h2 <- h2 ^^^ (h2 >>> 31)

        for i in words.Length * 8 .. bytes.Length - 1 do
            h1 <- (h1 ^^^ uint64 bytes[i]) * 0x9E3779B97F4A7C15UL
            h1 <- h1 ^^^ (h1 >>> 29)
            h2 <- (h2 + uint64 bytes[i] + 1UL) * 0xC2B2AE3D27D4EB4FUL
            h2 <- h2 ^^^ (h2 >>> 31)

    let finish () =
        let hash = struct (Sketch.mix h1, Sketch.mix h2)
        all1 <- Sketch.mix (all1 + h1)
        all2 <- Sketch.mix (all2 ^^^ h2) + 1UL
        let mutable unit = 0.0

        for sum in sums do
            if abs sum > abs unit then
                unit <- sum

        let first = Span(start, 0, int (min 64L rowLength))

        if Double.IsFinite unit && unit <> 0.0 && Sketch.looksDrawn first then
            for k in 0..5 do
                sums[k] <- sums[k] / unit

            rows.Add(Sketch.ofNumbers tensor row hash unit (ReadOnlySpan sums))

        Array.Clear sums
        h1 <- 0UL
        h2 <- 0UL
        column <- 0L
        row <- row + 1L

    /// A page of 4096 bytes, with its place in the tensor in pages.
    let hashPage (bytes: ReadOnlySpan<byte>) (values: Span<float>) =
        let mutable a = 0UL
        let mutable b = 0UL

        for word in MemoryMarshal.Cast<byte, uint64> bytes do
            a <- (a ^^^ word) * 0x9E3779B97F4A7C15UL
            a <- a ^^^ (a >>> 29)
            b <- (b + word) * 0xC2B2AE3D27D4EB4FUL
            b <- b ^^^ (b >>> 31)

        let first = values.Slice(0, min 64 values.Length).ToArray()

        if Sketch.looksDrawn (Span first) then
            let none = Array.zeroCreate<float> 6
            pages.Add(Sketch.ofNumbers tensor page (struct (a, b)) 0.0 (ReadOnlySpan none))

        page <- page + 1L

    /// Takes elements in. Each piece but the last is a whole number of pages.
    member _.Add(bytes: ReadOnlySpan<byte>, values: Span<float>) =
        let width = bytes.Length / values.Length
        let perPage = 4096 / width

        for i in 0 .. values.Length / perPage - 1 do
            hashPage (bytes.Slice(i * 4096, 4096)) (values.Slice(i * perPage, perPage))

        let mutable at = 0

        while at < values.Length do
            let phase = int (column % int64 period)

            let n =
                int (min (rowLength - column) (int64 (min (values.Length - at) (period - phase))))

            let piece = values.Slice(at, n)

            for k in 0..5 do
                sums[k] <-
                    sums[k]
                    + dot (Span<float>.op_Implicit piece) (ReadOnlySpan(weights[k], phase, period - phase))

            if column < 64L then
                let taken = int (min (64L - column) (int64 n))
                piece.Slice(0, taken).CopyTo(Span(start, int column, taken))

            absorb (bytes.Slice(at * width, n * width))
            at <- at + n
            column <- column + int64 n

            if column = rowLength then
                finish ()

    /// A hash of the whole tensor.
    member _.Hash = struct (all1, all2)

/// Finds windows of a tensor that are found again in a shifted or scaled copy: those that follow the largest magnitude of 513
/// elements. The place of the largest does not depend on a factor, nor on where the elements are.
[<Sealed>]
type internal WindowSketches(tensor: int, isExact: bool, windows: List<Sketch>) =
    static let radius = 256L
    static let width = 16
    // The last elements are in a ring, whose size is a power of two.
    static let mask = 1023
    let values: float[] = Array.zeroCreate (mask + 1)
    // Places and magnitudes that fall from the largest of the last 513 elements, in a ring.
    let places: int64[] = Array.zeroCreate (mask + 1)
    let sizes: float[] = Array.zeroCreate (mask + 1)
    let ratios: float[] = Array.zeroCreate width
    let mutable first = 0
    let mutable last = 0
    let mutable index = 0L

    let sketch (centre: int64) =
        let at (place: int64) = values[int place &&& mask]
        let unit = at centre

        for k in 0 .. width - 1 do
            ratios[k] <- at (centre + int64 k + 1L) / unit

        let copy = Array.copy ratios

        if Double.IsFinite unit && unit <> 0.0 && Sketch.looksDrawn (Span copy) then
            if isExact then
                // Numbers of few bits: the sketch is a hash of all ratios, which a power of two does not change.
                let mutable h = uint64 width

                for k in 0 .. width - 1 do
                    h <- Sketch.mix (h * 0x9E3779B97F4A7C15UL + BitConverter.DoubleToUInt64Bits ratios[k])

                for k in 0..5 do
                    h <- Sketch.mix (h + 0x9E3779B97F4A7C15UL)
                    ratios[k] <- float (h >>> 40) * Math.ScaleB(1.0, -24)

            windows.Add(Sketch.ofNumbers tensor centre (struct (0UL, 0UL)) unit (ReadOnlySpan ratios))

    member _.Add(block: Span<float>) =
        for i in 0 .. block.Length - 1 do
            let x = block[i]
            let size = abs x
            values[int index &&& mask] <- x

            while last <> first && not (sizes[(last - 1) &&& mask] > size) do
                last <- last - 1

            places[last &&& mask] <- index
            sizes[last &&& mask] <- size
            last <- last + 1

            if places[first &&& mask] < index - 2L * radius then
                first <- first + 1

            if index >= 2L * radius && places[first &&& mask] = index - radius then
                sketch (index - radius)

            index <- index + 1L
