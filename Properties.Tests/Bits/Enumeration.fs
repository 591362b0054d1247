/// Enumerates a sampling function: evaluates it at all 2^32 words in about ten seconds, or at any range of words, without
/// sampling. The caller gives each distribution as an evaluator and a distribution function.
[<RequireQualifiedAccess>]
module Initializers.Properties.Enumeration

open System
open System.Numerics
open System.Runtime.Intrinsics
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// Values of `count` words.
type Evaluator = nativeptr<uint32> -> int -> nativeptr<float32> -> unit

/// The float32 values that the shipped code makes of words.
let internal ofDraw (draw: ElementDraw) : Evaluator =
    fun p count q ->
        Tiles.Transform(PhiloxTiles.Widest, DType.Float32, Formula.ofDraw draw, p, count, NativePtr.toNativeInt q)

/// The same of a spec without fans.
let ofSpec spec : Evaluator =
    ofDraw (Draws.resolve spec DType.Float32)

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
        /// Means of the first to sixth power of (value - Center) / Scale.
        Moments: float[]
        /// The most words in a row with one value.
        Longest: int64
        /// Intervals of values from one that decreases to the one before it, of the first few decreases.
        Backs: (float32 * float32) list
    }

/// What an enumeration measures by.
type Measure =
    {
        /// The distribution, where distances and errors are asked for.
        Distribution: Distribution option
        /// From a value's absolute value to the next one of its dtype outwards.
        LastPlace: float32 -> float
        /// Whether values are so far apart that errors need the quantile itself, not its first order.
        IsCoarse: bool
        /// Where the values may lie.
        Low: float
        High: float
        Center: float
        Scale: float
    }

/// How many decreases a report keeps.
let mostBacks = 1000

let internal block = 4096
let private chunk = 1L <<< 20

/// 2^-32
let private cell = 1.0 / 4294967296.0

/// The distance from a float32 to the next one outwards.
let lastPlace (x: float32) =
    let a = abs x
    float (MathF.BitIncrement a - a)

/// Of float32 values, by moments about 0.
let plain distribution : Measure =
    { Distribution = distribution
      LastPlace = lastPlace
      IsCoarse = false
      Low = -infinity
      High = infinity
      Center = 0.0
      Scale = 1.0 }

/// |a - b|, where NaN is as far as can be.
let private gap (a: float) (b: float) =
    let d = abs (a - b)
    if Double.IsNaN d then Double.PositiveInfinity else d

/// The running numbers of a chunk.
[<Sealed>]
type private Tally(measure: Measure) =
    let distance = measure.Distribution |> Option.isSome
    let law = defaultArg measure.Distribution (fun _ -> struct (0.0, 0.0, 0.0))
    let powers = Array.zeroCreate<float> 6
    let backs = ResizeArray<float32 * float32>()

    /// The distance of a value from the quantile of a probability, which is within two last places of it: by halving.
    let distanceFrom (x: float) (place: float) (probability: float) =
        let isBelow y =
            let struct (anchor, rest, _) = law y
            rest < probability - anchor

        let mutable low = max measure.Low (x - 2.0 * place)
        let mutable high = min measure.High (x + 2.0 * place)

        for _ in 1..40 do
            let middle = 0.5 * (low + high)
            if isBelow middle then low <- middle else high <- middle

        abs (0.5 * (low + high) - x)

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

    [<DefaultValue>]
    val mutable Longest: int64

    member _.Powers = powers
    member _.Backs = backs
    member val Least = Single.PositiveInfinity with get, set
    member val Greatest = Single.NegativeInfinity with get, set

    /// Takes the run of `value` over words [start, stop) into account.
    member this.Close(value: float32, start: int64, stop: int64) =
        let x = float value
        let weight = float (stop - start)
        this.Sum <- this.Sum + weight * x
        this.Squares <- this.Squares + weight * x * x
        this.Longest <- max this.Longest (stop - start)
        let standard = (x - measure.Center) / measure.Scale
        let mutable power = weight

        for i in 0..5 do
            power <- power * standard
            powers[i] <- powers[i] + power

        this.Least <- MathF.Min(this.Least, value)
        this.Greatest <- MathF.Max(this.Greatest, value)

        if distance then
            let struct (anchor, rest, density) = law x
            // Exact: a multiple of 2^-33 of at most 33 bits.
            let before = float start * cell - anchor
            let after = float stop * cell - anchor
            this.Distance <- Math.Max(this.Distance, Math.Max(gap rest before, gap rest after))

            let place = measure.LastPlace value

            let miss (from: float) =
                if measure.IsCoarse then
                    distanceFrom x place (from + anchor) / place
                else
                    gap rest from / (density * place)

            let early = miss (before + 0.5 * cell)
            let late = miss (after - 0.5 * cell)
            this.Error <- Math.Max(this.Error, Math.Max(early, late) * place)

            if early > this.Ulps then
                this.Ulps <- early
                this.UlpsAt <- uint32 start

            if late > this.Ulps then
                this.Ulps <- late
                this.UlpsAt <- uint32 (stop - 1L)

/// Words first, first + 1, ... of one block.
let internal fill (first: uint32) (words: uint32[]) =
    let mutable v =
        Vector256.Create first + Vector256.Create(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u)

    for i in 0..8 .. block - 1 do
        v.CopyTo(words, i)
        v <- v + Vector256.Create 8u

/// The numbers of a chunk, and the runs that its borders may cut.
type private Part =
    { Report: Report
      FirstValue: float32
      Opening: int64
      LastValue: float32
      Closing: int64 }

/// The most words in a row with one value in parts that follow each other.
let private longest (parts: Part[]) (lengths: int64[]) : int64 =
    let mutable most = parts |> Array.map _.Report.Longest |> Array.max
    let mutable running = 0L

    for i in 0 .. parts.Length - 1 do
        let part = parts[i]

        if i > 0 && part.FirstValue = parts[i - 1].LastValue then
            most <- max most (running + part.Opening)
        else
            running <- 0L

        running <-
            if part.Opening = lengths[i] then
                running + lengths[i]
            else
                part.Closing

    most

/// Numbers of words [first, last), in order, on one thread. A run that a chunk's border cuts counts at the border too, where
/// it adds nothing: distances inside a run lie between those of its ends.
let private scanChunk (evaluate: Evaluator) (measure: Measure) (first: int64) (last: int64) : Part =
    // The value before a block has index 7, so that each group of eight is compared with the eight one index before.
    let lead = 8
    let words = Array.zeroCreate<uint32>(block + 16)
    let values = Array.zeroCreate<float32>(lead + block + 16)
    use p = fixed words
    use q = fixed values
    let tally = Tally measure
    let mutable opening = 0L
    let mutable firstValue = 0.0f

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

                        if start = first then
                            opening <- w - start
                            firstValue <- current

                    if w > 0L && not (value > current) then
                        if tally.Decreases = 0L then
                            tally.FirstDecrease <- ValueSome(uint32 w)

                        tally.Decreases <- tally.Decreases + 1L
                        tally.Back <- Math.Max(tally.Back, gap (float current) (float value) / measure.LastPlace value)

                        if tally.Backs.Count < mostBacks then
                            tally.Backs.Add((value, current))

                    tally.Distinct <- tally.Distinct + 1L
                    current <- value
                    start <- w

        position <- position + int64 n

    tally.Close(current, start, last)
    let n = float (last - first)

    if start = first then
        opening <- last - first
        firstValue <- current

    let report =
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
          Greatest = tally.Greatest
          Moments = tally.Powers |> Array.map (fun power -> power / n)
          Longest = tally.Longest
          Backs = List.ofSeq tally.Backs }

    { Report = report
      FirstValue = firstValue
      Opening = opening
      LastValue = current
      Closing = last - start }

let internal chunks (first: int64) (last: int64) =
    [| for start in first..chunk .. last - 1L -> start, min last (start + chunk) |]

/// Numbers of words [first, last) by a measure, on all cores. The result does not depend on how many there are.
let measured (measure: Measure) (evaluate: Evaluator) (first: int64) (last: int64) : Report =
    let ranges = chunks first last
    let parts = Array.zeroCreate<Part> ranges.Length

    Parallel.For(
        0,
        ranges.Length,
        fun i ->
            let start, stop = ranges[i]
            parts[i] <- scanChunk evaluate measure start stop
    )
    |> ignore

    let reports = parts |> Array.map _.Report
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
      Greatest = reports |> Array.map _.Greatest |> Array.max
      Moments = Array.init 6 (fun i -> mean (fun r -> r.Moments[i]))
      Longest = longest parts (ranges |> Array.map (fun (start, stop) -> stop - start))
      Backs = reports |> Seq.collect _.Backs |> Seq.truncate mostBacks |> List.ofSeq }

/// Numbers of words [first, last) of a float32 function, on all cores.
let scan (evaluate: Evaluator) (distribution: Distribution option) (first: int64) (last: int64) : Report =
    measured (plain distribution) evaluate first last
