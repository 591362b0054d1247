/// Enumerates a sampling function: evaluates it at all 2^32 words in about ten seconds, or at any range of words, without
/// sampling. The caller gives each distribution as an evaluator and a distribution function.
[<RequireQualifiedAccess>]
module Initializers.Properties.Enumeration

open System
open System.Numerics
open System.Runtime.Intrinsics
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop

/// Values of `count` words.
type Evaluator = nativeptr<uint32> -> int -> nativeptr<float32> -> unit

/// A distribution function that keeps its digits: F(x) = anchor + rest, the anchor 0, 1/2 or 1, so that the rest is small
/// where a difference of probabilities must be known to many digits; and the density there.
type Distribution = float -> struct (float * float * float)

/// The numbers of a range of words.
type Report =
    {
        /// Words whose value is below that of the word before, or NaN.
        Decreases: int64
        /// The first such word.
        FirstDecrease: uint32 voption
        /// The largest step back, in units of the last place.
        Back: float
        /// Runs of equal values.
        Distinct: int64
        /// sup |F_n - F| over the line: at each value from both sides, F_n the distribution function of all 2^32 values.
        Distance: float
        /// The largest |value - quantile((w + 1/2) 2^-32)| in units of the value's last place, to first order:
        /// (F(x) - p) / f(x), whose relative error is about x²/2 times that relative difference, 10^-5 here. Over the
        /// first and the last word of each run, which bound those between. In the unit of 0's last place this means nothing.
        Ulps: float
        /// The word of that.
        UlpsAt: uint32
        /// The largest |value - quantile((w + 1/2) 2^-32)|, likewise.
        Error: float
        /// Mean over the range.
        Mean: float
        /// Mean square over the range.
        MeanSquare: float
        Least: float32
        Greatest: float32
    }

let private block = 4096
let private chunk = 1L <<< 20

/// 2^-32
let private cell = 1.0 / 4294967296.0

/// The distance from a float32 to the next one outwards.
let private lastPlace (x: float32) =
    let a = abs x
    float (MathF.BitIncrement a - a)

/// |a - b|, where NaN is as far as can be.
let private gap (a: float) (b: float) =
    let d = abs (a - b)
    if Double.IsNaN d then Double.PositiveInfinity else d

/// The running numbers of a chunk.
[<Sealed>]
type private Tally(distribution: Distribution option) =
    let distance = distribution |> Option.isSome
    let law = defaultArg distribution (fun _ -> struct (0.0, 0.0, 0.0))

    [<DefaultValue>]
    val mutable Decreases: int64

    [<DefaultValue>]
    val mutable FirstDecrease: uint32 voption

    [<DefaultValue>]
    val mutable Distinct: int64

    [<DefaultValue>]
    val mutable Distance: float

    [<DefaultValue>]
    val mutable Back: float

    [<DefaultValue>]
    val mutable Error: float

    [<DefaultValue>]
    val mutable Ulps: float

    [<DefaultValue>]
    val mutable UlpsAt: uint32

    [<DefaultValue>]
    val mutable Sum: float

    [<DefaultValue>]
    val mutable Squares: float

    member val Least = Single.PositiveInfinity with get, set
    member val Greatest = Single.NegativeInfinity with get, set

    /// Takes the run of `value` over words [start, stop) into account.
    member this.Close(value: float32, start: int64, stop: int64) =
        let x = float value
        let weight = float (stop - start)
        this.Sum <- this.Sum + weight * x
        this.Squares <- this.Squares + weight * x * x
        this.Least <- MathF.Min(this.Least, value)
        this.Greatest <- MathF.Max(this.Greatest, value)

        if distance then
            let struct (anchor, rest, density) = law x
            // Exact: a multiple of 2^-33 of at most 33 bits.
            let before = float start * cell - anchor
            let after = float stop * cell - anchor
            this.Distance <- Math.Max(this.Distance, Math.Max(gap rest before, gap rest after))

            let unit = density * lastPlace value
            let early = gap rest (before + 0.5 * cell) / unit
            let late = gap rest (after - 0.5 * cell) / unit

            this.Error <- Math.Max(this.Error, Math.Max(early, late) * lastPlace value)

            if early > this.Ulps then
                this.Ulps <- early
                this.UlpsAt <- uint32 start

            if late > this.Ulps then
                this.Ulps <- late
                this.UlpsAt <- uint32 (stop - 1L)

/// Words first, first + 1, ... of one block.
let private fill (first: uint32) (words: uint32[]) =
    let mutable v =
        Vector256.Create first + Vector256.Create(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u)

    for i in 0..8 .. block - 1 do
        v.CopyTo(words, i)
        v <- v + Vector256.Create 8u

/// Numbers of words [first, last), in order, on one thread. A run that a chunk's border cuts counts at the border too, where
/// it adds nothing: distances inside a run lie between those of its ends.
let private scanChunk (evaluate: Evaluator) (distribution: Distribution option) (first: int64) (last: int64) : Report =
    // The value before a block has index 7, so that each group of eight is compared with the eight one index before.
    let lead = 8
    let words = Array.zeroCreate<uint32>(block + 16)
    let values = Array.zeroCreate<float32>(lead + block + 16)
    use p = fixed words
    use q = fixed values
    let tally = Tally distribution

    // The value before the chunk, so that no step is left out. Word 0 starts a new run.
    let mutable current =
        if first = 0L then
            nanf
        else
            words[0] <- uint32 (first - 1L)
            evaluate p 1 q
            values[0]

    let mutable start = first
    let mutable position = first

    while position < last do
        let n = int (min (int64 block) (last - position))
        fill (uint32 position) words
        evaluate p n (NativePtr.add q lead)
        values[lead - 1] <- current

        for group in 0..8 .. n - 1 do
            let here = Vector256.Load(NativePtr.add q (lead + group))
            let before = Vector256.Load(NativePtr.add q (lead + group - 1))

            let mutable changes =
                ~~~(Vector256.Equals(here, before).ExtractMostSignificantBits()) &&& 0xFFu

            while changes <> 0u do
                let i = group + BitOperations.TrailingZeroCount changes
                changes <- changes &&& (changes - 1u)

                if i < n then
                    let value = values[lead + i]
                    let w = position + int64 i

                    if w > start then
                        tally.Close(current, start, w)

                    if w > 0L && not (value > current) then
                        if tally.Decreases = 0L then
                            tally.FirstDecrease <- ValueSome(uint32 w)

                        tally.Decreases <- tally.Decreases + 1L
                        tally.Back <- Math.Max(tally.Back, gap (float current) (float value) / lastPlace value)

                    tally.Distinct <- tally.Distinct + 1L
                    current <- value
                    start <- w

        position <- position + int64 n

    tally.Close(current, start, last)
    let n = float (last - first)

    { Decreases = tally.Decreases
      FirstDecrease = tally.FirstDecrease
      Back = tally.Back
      Distinct = tally.Distinct
      Distance = tally.Distance
      Ulps = tally.Ulps
      UlpsAt = tally.UlpsAt
      Error = tally.Error
      Mean = tally.Sum / n
      MeanSquare = tally.Squares / n
      Least = tally.Least
      Greatest = tally.Greatest }

let private chunks (first: int64) (last: int64) =
    [| for start in first..chunk .. last - 1L -> start, min last (start + chunk) |]

/// Numbers of words [first, last), on all cores. The result does not depend on how many there are.
let scan (evaluate: Evaluator) (distribution: Distribution option) (first: int64) (last: int64) : Report =
    let ranges = chunks first last
    let reports = Array.zeroCreate<Report> ranges.Length

    Parallel.For(
        0,
        ranges.Length,
        fun i ->
            let start, stop = ranges[i]
            reports[i] <- scanChunk evaluate distribution start stop
    )
    |> ignore

    let worst = reports |> Array.maxBy _.Ulps

    let mean (select: Report -> float) =
        Array.map2 (fun (start, stop) r -> float (stop - start) * select r) ranges reports
        |> Array.sum
        |> fun total -> total / float (last - first)

    { Decreases = reports |> Array.sumBy _.Decreases
      FirstDecrease =
        reports
        |> Array.tryPick (fun r -> if r.Decreases > 0L then Some r.FirstDecrease else None)
        |> Option.defaultValue ValueNone
      Back = reports |> Array.map _.Back |> Array.max
      Distinct = reports |> Array.sumBy _.Distinct
      Distance = reports |> Array.map _.Distance |> Array.max
      Ulps = worst.Ulps
      UlpsAt = worst.UlpsAt
      Error = reports |> Array.map _.Error |> Array.max
      Mean = mean _.Mean
      MeanSquare = mean _.MeanSquare
      Least = reports |> Array.map _.Least |> Array.min
      Greatest = reports |> Array.map _.Greatest |> Array.max }

/// Words w of [first, last), all below 2^31, whose complement's value is not -value(w), by bits.
let asymmetries (evaluate: Evaluator) (first: int64) (last: int64) : int64 =
    let mutable total = 0L

    Parallel.ForEach(
        chunks first last,
        fun (start, stop) ->
            let words = Array.zeroCreate<uint32>(block + 16)
            let lower = Array.zeroCreate<float32>(block + 16)
            let upper = Array.zeroCreate<float32>(block + 16)
            use p = fixed words
            use q = fixed lower
            use r = fixed upper
            let mutable position = start
            let mutable found = 0L
            let sign = Vector256.Create 0x80000000u

            while position < stop do
                let n = int (min (int64 block) (stop - position))

                fill (uint32 position) words
                evaluate p n q

                for i in 0 .. n - 1 do
                    words[i] <- ~~~words[i]

                evaluate p n r

                for group in 0..8 .. n - 1 do
                    let a = Vector256.Load(NativePtr.add q group).AsUInt32()
                    let b = Vector256.Load(NativePtr.add r group).AsUInt32()

                    let differ =
                        ~~~(Vector256.Equals(a ^^^ b, sign).ExtractMostSignificantBits())
                        &&& (if n - group >= 8 then 0xFFu else (1u <<< (n - group)) - 1u)

                    if differ <> 0u then
                        found <- found + int64 (BitOperations.PopCount differ)

                position <- position + int64 n

            Threading.Interlocked.Add(&total, found) |> ignore
    )
    |> ignore

    total
