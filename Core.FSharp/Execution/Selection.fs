namespace Initializers.Kernels

open System
open System.Numerics
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers

/// The k smallest words of each column of a matrix, of equal words those of the first rows.
[<AbstractClass; Sealed>]
type internal Selection private () =
    /// Auxiliary words of elements [first, first + count), at the returned address within room for count + Blocks.Slack + 4
    /// words.
    static member Words(seed: Seed, first: int64, count: int, room: nativeptr<uint32>) : nativeptr<uint32> =
        let head = int (first &&& 3L)
        let block = Philox.Auxiliary ||| uint64 (first >>> 2)
        Words.Write(Words.Widest, seed.Key, seed.Stream, block, head + count, room)
        NativePtr.add room head

    /// Of a strip of columns, whose words stand row by row, a vector's width apart: the k-th smallest of each, by bisection of
    /// all at once. The bracket begins about where k of so many uniform words are expected, or anywhere.
    static member private Bisect(words: nativeptr<uint32>, rows: int, k: int) : Vector<uint32> =
        let lanes = Vector<uint32>.Count

        let row r =
            Vector.Load(NativePtr.add words (r * lanes))

        let countUpTo (bound: Vector<uint32>) =
            let mutable a = Vector<uint32>.Zero
            let mutable b = Vector<uint32>.Zero
            let mutable r = 0

            // A comparison's lanes are -1 where it holds.
            while r + 1 < rows do
                a <- a - Vector.LessThanOrEqual(row r, bound)
                b <- b - Vector.LessThanOrEqual(row (r + 1), bound)
                r <- r + 2

            if r < rows then
                a <- a - Vector.LessThanOrEqual(row r, bound)

            a + b

        let wanted = Vector<uint32>(uint32 k)
        let one = Vector<uint32>.One
        let p = float k / float rows
        let spread = 5.0 * Math.Sqrt(p * (1.0 - p) / float rows) + 2.0 / float rows

        let word x =
            Vector<uint32>(uint32 (max 0.0 (min 4294967295.0 (x * 4294967296.0))))

        // fewer than k words lie below `low`; at least k lie up to `high`.
        let mutable low = word (p - spread)
        let mutable high = word (p + spread)
        let tooLow = Vector.GreaterThanOrEqual(countUpTo low, wanted)
        let tooHigh = Vector.LessThan(countUpTo high, wanted)
        low <- Vector.ConditionalSelect(tooLow, Vector<uint32>.Zero, low)
        high <- Vector.ConditionalSelect(tooHigh, Vector<uint32>(UInt32.MaxValue), high)

        while Vector.LessThanAny(low, high) do
            let middle = low + Vector.ShiftRightLogical(high - low, 1)
            let enough = Vector.GreaterThanOrEqual(countUpTo middle, wanted)
            high <- Vector.ConditionalSelect(enough, middle, high)
            // A lane that is done stays: its middle is its high.
            low <- Vector.ConditionalSelect(enough, low, Vector.Min(high, middle + one))

        high

    /// The k-th smallest word of each column, and the last row whose word of that value is among the k.
    static member Thresholds(seed: Seed, rows: int64, columns: int64, k: int64) : struct (uint32[] * int64[]) =
        let lanes = Vector<uint32>.Count

        if columns > int64 Array.MaxLength then
            raise (OutOfMemoryException())

        let thresholds = Array.zeroCreate<uint32>(int columns)
        let lastRows = Array.create (int columns) (rows - 1L)
        // Columns that a thread draws at once: what one call of Philox gives, at least.
        let wide = int64 (12 * Blocks.Lanes)
        let strips = (columns + wide - 1L) / wide

        let strip (i: int64) =
            let first = i * wide
            let width = int (min wide (columns - first))
            let groups = (width + lanes - 1) / lanes
            let bytes = unativeint (int64 groups * rows * int64 lanes * 4L)

            let sorted: nativeptr<uint32> =
                NativePtr.ofVoidPtr (NativeMemory.AlignedAlloc(bytes, 64un))

            let rows = int rows

            try
                let room = Array.zeroCreate<uint32>(width + Blocks.Slack + 8)
                use p = fixed room

                for r in 0 .. rows - 1 do
                    let words = Selection.Words(seed, int64 r * columns + first, width, p)

                    for g in 0 .. groups - 1 do
                        let target = NativePtr.add sorted ((g * rows + r) * lanes)
                        let source = NativePtr.add words (g * lanes)
                        Vector.Load(source).Store target

                for g in 0 .. groups - 1 do
                    let words = NativePtr.add sorted (g * rows * lanes)
                    let bounds = Selection.Bisect(words, rows, int k)

                    for lane in 0 .. min lanes (width - g * lanes) - 1 do
                        let column = int first + g * lanes + lane
                        let bound = bounds[lane]
                        thresholds[column] <- bound
                        let word r = NativePtr.get words (r * lanes + lane)
                        let mutable below = 0
                        let mutable equal = 0

                        for r in 0 .. rows - 1 do
                            let w = word r
                            below <- below + (if w < bound then 1 else 0)
                            equal <- equal + (if w = bound then 1 else 0)

                        // Equal words: the first rows of them make up the k.
                        if below + equal > int k then
                            let mutable left = int k - below
                            let mutable r = -1

                            while left > 0 do
                                r <- r + 1

                                if word r = bound then
                                    left <- left - 1

                            lastRows[column] <- int64 r
            finally
                NativeMemory.AlignedFree(NativePtr.toVoidPtr sorted)

        Threading.Tasks.Parallel.For(0L, strips, strip) |> ignore
        struct (thresholds, lastRows)
