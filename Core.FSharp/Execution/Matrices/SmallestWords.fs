namespace Initializers.Kernels

open System
open System.Numerics
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// The words of a strip of columns: eight columns' row by row, then the next eight's. Their highest bit is flipped, so that
/// they compare as signed numbers.
[<Struct>]
type internal Strip =
    { Words: nativeptr<int>
      Rows: int
      First: int64
      Width: int }

    /// Elements from one eight's words to the next's. Not a multiple of 4096 bytes, which would take them all to the same
    /// few lines of a cache.
    static member Stride(rows: int64) : int64 = ((rows + 1L) >>> 1) * 16L + 16L

    static member Bytes(rows: int64, width: int) : int64 =
        Strip.Stride rows * int64 ((width + 7) / 8) * 4L

    /// The words of columns 8 i to 8 i + 7.
    member this.Eight(i: int) : nativeptr<int> =
        NativePtr.ofNativeInt (
            NativePtr.toNativeInt this.Words
            + nativeint (Strip.Stride(int64 this.Rows) * int64 i * 4L)
        )

/// The k smallest words of each column of a matrix, of equal words those of the first rows.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal SmallestWords private () =
    /// Draws a strip's words of rows [low, high).
    static member private Draw(source: WordSource, columns: int64, strip: Strip, low: int, high: int) =
        let keys = TileBlocks.onStack<uint64> TileBlocks.Keys
        // PhiloxTiles.Rows overwrites some in front of the first row and behind the last.
        let words = NativePtr.add (TileBlocks.onStack<uint32>(3 * TileBlocks.Elements)) 8
        PhiloxTiles.Keys(PhiloxTiles.Widest, source.Job.Key, keys)
        let flip = Vector256.Create 0x80000000u
        // Rows of a strip that is the whole matrix are one run.
        let isWhole = int64 strip.Width = columns
        let pitch = if isWhole then strip.Width else (strip.Width + 15) / 8 * 8
        let most = TileBlocks.Elements * 2 / pitch
        let mutable row = low

        while row < high do
            Cancellation.Check()
            let first = int64 row * columns + strip.First
            let rows = min most (high - row)
            let runs = if isWhole then 1 else rows
            let count = if isWhole then rows * strip.Width else strip.Width

            if source.Drawn count > 0 then
                PhiloxTiles.Rows(
                    PhiloxTiles.Widest,
                    keys,
                    source.Job.Stream,
                    Philox.Auxiliary,
                    first,
                    columns,
                    runs,
                    count,
                    words,
                    pitch
                )
            else
                for r in 0 .. runs - 1 do
                    source.Copy(first + int64 r * columns, count, NativePtr.add words (r * pitch))

            let mutable i = 0

            while 8 * i < strip.Width do
                let mutable from = NativePtr.add words (8 * i)

                let mutable target: nativeptr<uint32> =
                    NativePtr.ofNativeInt (NativePtr.toNativeInt (strip.Eight i) + nativeint row * 32n)

                let mutable left = rows

                while left > 0 do
                    Vector256.Store(Vector256.Xor(Vector256.Load from, flip), target)
                    from <- NativePtr.add from pitch
                    target <- NativePtr.add target 8
                    left <- left - 1

                i <- i + 1

            row <- row + rows

    /// Returns for each of eight columns a bound that k of its words do not exceed. Ties at the bound can make it more than
    /// k, so the caller counts.
    ///
    /// A bracket of all columns at once, which two guesses narrow in one pass over the words: where uniform words would have
    /// their k-th, half a standard deviation to either side. Five passes do on average, of any number of rows. Words that are
    /// not uniform take up to 32 more, by quarters.
    static member private Bound(words: nativeptr<int>, rows: int, k: int) : Vector256<int> =
        TileBlocks.optimized ()
        let wanted = Vector256.Create k
        let all = Vector256.Create rows
        let half = Vector256.Create 0.5f
        let one = Vector256<int>.One
        // Fewer than k words, `below`, lie up to `low`; at least k, `upTo`, lie up to `high`.
        let mutable low = Vector256.Create Int32.MinValue
        let mutable high = Vector256.Create Int32.MaxValue
        let mutable below = Vector256<int>.Zero
        let mutable upTo = all
        let mutable found = Vector256.Equals(upTo, wanted)
        let mutable pass = 0

        while Vector256.EqualsAny(found, Vector256<int>.Zero) do
            Cancellation.Check()
            let mutable lower = Vector256.Create 0.25f
            let mutable upper = Vector256.Create 0.75f

            if pass < 10 then
                let rank =
                    Vector256.Add(Vector256.ConvertToSingle(Vector256.Subtract(wanted, below)), half)

                let gaps =
                    Vector256.ConvertToSingle(Vector256.Add(Vector256.Subtract(upTo, below), one))

                let middle = Vector256.Divide(rank, gaps)
                let variance = Vector256.Multiply(middle, Vector256.Subtract(gaps, rank))

                let spread =
                    Vector256.Divide(Vector256.Multiply(half, Vector256.Sqrt variance), gaps)

                lower <- Vector256.Max(Vector256.Subtract(middle, spread), Vector256<float32>.Zero)
                upper <- Vector256.Min(Vector256.Add(middle, spread), Vector256.Create 0.99999f)

            let halves =
                Vector256.ConvertToSingle(Vector256.ShiftRightLogical(Vector256.Subtract(high, low), 1))

            let least = Vector256.Add(low, one)
            let greatest = Vector256.Subtract(high, one)

            let a =
                Vector256.Add(
                    low,
                    Vector256.ShiftLeft(Vector256.ConvertToInt32Native(Vector256.Multiply(halves, lower)), 1)
                )

            let b =
                Vector256.Add(
                    low,
                    Vector256.ShiftLeft(Vector256.ConvertToInt32Native(Vector256.Multiply(halves, upper)), 1)
                )

            // A column that is done stays.
            let a =
                Vector256.ConditionalSelect(found, high, Vector256.Min(Vector256.Max(a, least), greatest))

            let b =
                Vector256.ConditionalSelect(found, high, Vector256.Min(Vector256.Max(b, least), greatest))

            // A comparison's lanes are -1 where it holds.
            let mutable aboveA = Vector256<int>.Zero
            let mutable aboveB = Vector256<int>.Zero
            let mutable p = words
            let mutable left = rows

            while left >= 2 do
                let x = Vector256.Load p
                let y = Vector256.Load(NativePtr.add p 8)
                aboveA <- Vector256.Add(aboveA, Vector256.GreaterThan(x, a))
                aboveB <- Vector256.Add(aboveB, Vector256.GreaterThan(x, b))
                aboveA <- Vector256.Add(aboveA, Vector256.GreaterThan(y, a))
                aboveB <- Vector256.Add(aboveB, Vector256.GreaterThan(y, b))
                p <- NativePtr.add p 16
                left <- left - 2

            if left > 0 then
                let x = Vector256.Load p
                aboveA <- Vector256.Add(aboveA, Vector256.GreaterThan(x, a))
                aboveB <- Vector256.Add(aboveB, Vector256.GreaterThan(x, b))

            let countA = Vector256.Add(all, aboveA)
            let countB = Vector256.Add(all, aboveB)
            let fewA = Vector256.GreaterThan(wanted, countA)
            let fewB = Vector256.GreaterThan(wanted, countB)
            low <- Vector256.ConditionalSelect(fewB, b, Vector256.ConditionalSelect(fewA, a, low))
            below <- Vector256.ConditionalSelect(fewB, countB, Vector256.ConditionalSelect(fewA, countA, below))
            high <- Vector256.ConditionalSelect(fewA, Vector256.ConditionalSelect(fewB, high, b), a)
            upTo <- Vector256.ConditionalSelect(fewA, Vector256.ConditionalSelect(fewB, upTo, countB), countA)

            found <-
                Vector256.BitwiseOr(
                    Vector256.Equals(upTo, wanted),
                    Vector256.Equals(Vector256.Subtract(high, low), one)
                )

            pass <- pass + 1

        high

    /// Counts, for each of eight columns, the words of `rows` rows above the column's bound; the counts are negated.
    static member inline private Above(words: nativeptr<int>, rows: int, bound: Vector256<int>) : Vector256<int> =
        let mutable above = Vector256<int>.Zero
        let mutable p = words
        let mutable left = rows

        while left > 0 do
            above <- Vector256.Add(above, Vector256.GreaterThan(Vector256.Load p, bound))
            p <- NativePtr.add p 8
            left <- left - 1

        above

    /// BitMatrix of eight columns in rows [low, high): words up to their bounds. Gives the columns, a bit each, of which these are
    /// not k among all rows.
    static member private MarkUpTo
        (
            words: nativeptr<int>,
            rows: int,
            low: int,
            high: int,
            k: int,
            bound: Vector256<int>,
            marks: nativeptr<byte>,
            pitch: int
        ) : uint32 =
        TileBlocks.optimized ()

        let row (i: int) : nativeptr<int> =
            NativePtr.ofNativeInt (NativePtr.toNativeInt words + nativeint i * 32n)

        let mutable above =
            Vector256.Add(SmallestWords.Above(words, low, bound), SmallestWords.Above(row high, rows - high, bound))

        let mutable p = row low
        let mutable mark = marks
        let mutable left = high - low

        while left > 0 do
            let more = Vector256.GreaterThan(Vector256.Load p, bound)
            above <- Vector256.Add(above, more)
            NativePtr.write mark (byte (~~~(Vector256.ExtractMostSignificantBits more)))
            p <- NativePtr.add p 8
            mark <- NativePtr.add mark pitch
            left <- left - 1

        let counts = Vector256.Add(Vector256.Create rows, above)

        Vector256.ExtractMostSignificantBits(Vector256.OnesComplement(Vector256.Equals(counts, Vector256.Create k)))

    /// BitMatrix of one of eight columns in rows [low, high), by sorting.
    static member private MarkSorted
        (words: nativeptr<int>, rows: int, low: int, high: int, k: int, lane: int, marks: nativeptr<byte>, pitch: int)
        =
        let place (row: int) : nativeptr<byte> =
            NativePtr.ofNativeInt (NativePtr.toNativeInt marks + nativeint (row - low) * nativeint pitch)

        let word (row: int) : int =
            NativePtr.read (
                NativePtr.ofNativeInt (NativePtr.toNativeInt words + nativeint (8L * int64 row + int64 lane) * 4n)
            )

        let order = Array.init rows (fun row -> (int64 (word row) <<< 32) ||| int64 row)

        Array.sortInPlace order

        order
        |> Array.iteri (fun i item ->
            let row = int (uint32 item)

            if row >= low && row < high then
                let p = place row
                let bit = 1uy <<< lane
                let others = NativePtr.read p &&& ~~~bit
                NativePtr.write p (if i < k then others ||| bit else others))

    /// BitMatrix of columns 8 i to 8 i + 7 of strip number `number`.
    static member private Mark(strip: Strip, i: int, k: int, marks: BitMatrix, number: int64) =
        let words = strip.Eight i
        let rows, pitch = strip.Rows, marks.Pitch
        let low = int marks.Window.FirstRow
        let high = int (marks.Window.FirstRow + marks.Window.Rows)
        let at = NativePtr.add (marks.At(number, marks.Window.FirstRow)) i
        let bound = SmallestWords.Bound(words, rows, k)

        let mutable wrong =
            SmallestWords.MarkUpTo(words, rows, low, high, k, bound, at, pitch)

        while wrong <> 0u do
            let lane = BitOperations.TrailingZeroCount wrong

            if 8 * i + lane < strip.Width then
                SmallestWords.MarkSorted(words, rows, low, high, k, lane, at, pitch)

            wrong <- wrong &&& (wrong - 1u)

    /// Columns of a strip of a window: what one call of Philox gives, or little memory.
    static member private Wide(rows: int64, columns: int64, window: MarkWindow) : int =
        let whole = if PhiloxTiles.Widest = TileWidth.Bits512 then 192 else 96
        // Where rows do not begin with a block, the first words are another strip's.
        let whole = if columns &&& 3L = 0L then whole else whole - 8
        let mutable wide = whole

        while wide > 32 && rows * int64 wide > (1L <<< 26) do
            wide <- wide / 2 / 8 * 8

        int (min window.Columns (int64 wide))

    /// The bytes of the marks of a window of a matrix, and of the words.
    static member Bytes(window: MarkWindow, rows: int64, columns: int64) : float =
        let wide = SmallestWords.Wide(rows, columns, window)
        let marks = float window.Rows * float (window.Columns / 8L + 1L)
        let words = float rows * 4.0 * float ((wide + 7) / 8 * 8)
        marks + max words (min (words * float Environment.ProcessorCount) 268435456.0)

    /// Marks all strips of a window.
    static member private MarkAll
        (threads: int, wide: int, source: WordSource, marks: BitMatrix, rows: int64, columns: int64, k: int64)
        : unit =
        let bytes = (Strip.Bytes(rows, wide) + 4095L) / 4096L * 4096L + 64L
        // Each of these strips is one thread's; all threads share a strip when fewer strips than threads are left.
        let workers = int (max 1L (min (int64 threads) ((1L <<< 28) / bytes)))
        let alone = marks.Strips / int64 workers * int64 workers
        let memory = NativeMemory.AlignedAlloc(unativeint (bytes * int64 workers), 64un)

        try
            let strip worker (i: int64) : Strip =
                { Words =
                    NativePtr.ofNativeInt (
                        NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory)
                        + nativeint worker * nativeint bytes
                    )
                  Rows = int rows
                  First = marks.Window.FirstColumn + i * int64 wide
                  Width = marks.Width i }

            let mark (strip: Strip) i number =
                SmallestWords.Mark(strip, number, int k, marks, i)

            ParallelFor.Run(
                workers,
                int alone,
                fun worker i ->
                    let strip = strip worker (int64 i)
                    SmallestWords.Draw(source, columns, strip, 0, int rows)

                    for number in 0 .. (strip.Width + 7) / 8 - 1 do
                        mark strip i number
            )

            for i in alone .. marks.Strips - 1L do
                let strip = strip 0 i
                let share = max 64 (int rows / (4 * threads))

                ParallelFor.Run(
                    threads,
                    (int rows - 1) / share + 1,
                    fun _ part ->
                        let low = part * share
                        SmallestWords.Draw(source, columns, strip, low, low + min share (int rows - low))
                )

                ParallelFor.Run(threads, (strip.Width + 7) / 8, (fun _ number -> mark strip i number))
        finally
            NativeMemory.AlignedFree memory

    /// Marks the k smallest words of each column of a window, on at most `threads` threads. A strip's number of columns is a
    /// multiple of 8 or all columns, and at most TileBlocks.Elements.
    static member Of
        (threads: int, wide: int, source: WordSource, window: MarkWindow, rows: int64, columns: int64, k: int64)
        : BitMatrix =
        if
            rows > int64 Array.MaxLength
            || window.Columns / int64 wide >= int64 Array.MaxLength
        then
            raise (OutOfMemoryException())

        let marks = new BitMatrix(window, columns, wide)

        try
            SmallestWords.MarkAll(threads, wide, source, marks, rows, columns, k)
            marks
        with _ ->
            (marks :> IDisposable).Dispose()
            reraise ()

    /// As Of, of a seed's auxiliary words, on the calling thread where they are few.
    static member Of(seed: Seed, window: MarkWindow, rows: int64, columns: int64, k: int64) : BitMatrix =
        let threads =
            if Shape.product [ rows; window.Columns ] < WorkUnit.Elements then
                1
            else
                Environment.ProcessorCount

        let source = WordSource.OfJob(Job.OfSeed(seed, 0L, rows * columns))
        SmallestWords.Of(threads, SmallestWords.Wide(rows, columns, window), source, window, rows, columns, k)
