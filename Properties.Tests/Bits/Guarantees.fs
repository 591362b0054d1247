/// What all 2^32 words give: the distributions of docs/guarantees.md, what is promised of each, and what is measured.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.Guarantees

open System
open System.Numerics.Tensors
open System.Runtime.Intrinsics
open MathNet.Numerics.Integration
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// How near a float32 is to the quantile of its word.
type Accuracy =
    /// At most this number of units of its last place.
    | Ulps of float
    /// At most this distance, for distributions that go through 0 or whose values cross many octaves.
    | Absolute of float

/// A distribution by one word, and what is promised of it.
type Subject =
    {
        /// Its name on the page and on the command line.
        Name: string
        Spec: Spec
        Law: Enumeration.Distribution
        /// The open interval of its values.
        Low: float
        High: float
        /// Where its density has kinks, and ends beyond which less than 10^-20 of the moments lies.
        Cuts: float list
        HasMoments: bool
        IsSymmetric: bool
        /// The largest step back, in units of the last place, at a seam of two polynomials.
        Back: float
        Accuracy: Accuracy
    }

let private subject name spec law low high cuts back accuracy =
    { Name = name
      Spec = spec
      Law = law
      Low = low
      High = high
      Cuts = cuts
      HasMoments = true
      IsSymmetric = false
      Back = back
      Accuracy = accuracy }

let private symmetric subject = { subject with IsSymmetric = true }

let private ended (x: float) =
    if Double.IsPositiveInfinity x then "inf" else string x

/// A truncated standard normal, with the ends of what counts for its moments.
let private truncated lower upper first last accuracy =
    subject
        $"truncated_normal({lower}, {ended upper})"
        (Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(lower, upper)))
        (ClosedForms.truncatedNormal lower upper)
        lower
        upper
        (if first < 0.0 && last > 0.0 then
             [ first; 0.0; last ]
         else
             [ first; last ])
        1.0
        accuracy

/// c0 and the result are each rounded to a last place of 2^-21 where |z| is in [4, 8).
let private throughZero = Absolute 5.0e-7

/// Values reach 22, where c0 and the result round by half of 2^-19 each.
let private toTwentyTwo = Absolute(1.1 * Math.ScaleB(1.0, -19))

/// The distributions, in the page's order.
let subjects: Subject list =
    [ subject
          "uniform(0, 1)"
          (Spec.uniform 0.0 1.0)
          (fun x -> struct (0.0, x, 1.0))
          0.0
          1.0
          [ 0.0; 1.0 ]
          0.0
          (Absolute(Math.ScaleB(1.0, -24)))
      subject
          "uniform(-1, 1)"
          (Spec.uniform -1.0 1.0)
          (fun x -> struct (0.5, 0.5 * x, 0.5))
          -1.0
          1.0
          [ -1.0; 1.0 ]
          0.0
          (Absolute(Math.ScaleB(1.0, -24)))
      |> symmetric
      subject "normal" (Spec.normal 0.0 1.0) ClosedForms.normal -infinity infinity [ -14.0; 0.0; 14.0 ] 0.0 (Ulps 4.0)
      |> symmetric
      truncated -2.0 2.0 -2.0 2.0 throughZero |> symmetric
      truncated -100.0 100.0 -14.0 14.0 throughZero |> symmetric
      truncated -5.0 5.01 -5.0 5.01 throughZero
      truncated -1.0 infinity -1.0 14.0 throughZero
      truncated -3.0 -1.0 -3.0 -1.0 (Ulps 2.0)
      truncated 0.1 0.100001 0.1 0.100001 (Ulps 2.0)
      truncated 5.25 infinity 5.25 16.0 (Ulps 2.0)
      truncated 30.0 infinity 30.0 33.0 (Ulps 2.0)
      subject
          "logistic"
          (Spec.logistic 0.0 1.0)
          ClosedForms.logistic
          -infinity
          infinity
          [ -90.0; -10.0; 0.0; 10.0; 90.0 ]
          1.0
          (Ulps 4.5)
      |> symmetric
      subject
          "laplace"
          (Spec.laplace 0.0 1.0)
          ClosedForms.laplace
          -infinity
          infinity
          [ -90.0; -10.0; 0.0; 10.0; 90.0 ]
          1.0
          toTwentyTwo
      |> symmetric
      subject
          "gumbel"
          (Spec.gumbel 0.0 1.0)
          ClosedForms.gumbel
          -infinity
          infinity
          [ -6.0; 0.0; 10.0; 90.0 ]
          1.0
          toTwentyTwo
      { subject
            "cauchy"
            (Spec.cauchy 0.0 1.0)
            ClosedForms.cauchy
            -infinity
            infinity
            []
            1.0
            // No polynomial of degree 7 is nearer to 1/t than 1.5e-6 of it over an octave.
            (Ulps 52.0) with
          HasMoments = false }
      |> symmetric
      subject
          "exponential"
          (Spec.exponential 0.0 1.0)
          ClosedForms.exponential
          0.0
          infinity
          [ 0.0; 10.0; 90.0 ]
          1.0
          toTwentyTwo
      subject
          "triangular(0, 0.3, 1)"
          (Spec.triangular 0.0 0.3 1.0)
          (ClosedForms.triangular 0.3)
          0.0
          1.0
          [ 0.0; 0.3; 1.0 ]
          1.0
          (Absolute(Math.ScaleB(1.0, -23)))
      subject "Mamba-2's A_log" GoldenMaps.aLog ClosedForms.aLog 0.0 (log 16.0) [ 0.0; log 16.0 ] 1.0 (Absolute 2.6e-7)
      subject
          "Mamba's dt_bias"
          GoldenMaps.dtBias
          ClosedForms.dtBias
          (log (exp 0.001 - 1.0))
          (log (exp 0.1 - 1.0))
          [ log (exp 0.001 - 1.0); log (exp 0.1 - 1.0) ]
          1.0
          (Absolute 5.2e-7) ]

let dtypes = [ DType.Float32; DType.BFloat16; DType.Float16 ]

// -------------------------------------------------------------------------------------------------------------
// the shipped code

/// bfloat16 to float32.
let private widen (source: nativeptr<uint16>) (count: int) (target: nativeptr<float32>) =
    for i in 0..16 .. count - 1 do
        let halves = Vector256.Load(NativePtr.add source i)
        let low = Vector256.ShiftLeft(Vector256.WidenLower halves, 16)
        let high = Vector256.ShiftLeft(Vector256.WidenUpper halves, 16)
        Vector256.Store(low.AsSingle(), NativePtr.add target i)
        Vector256.Store(high.AsSingle(), NativePtr.add target (i + 8))

/// The values that a dtype's tile makes of words, as float32.
let private evaluator (draw: ElementDraw) (dtype: DType) : Enumeration.Evaluator =
    let tile p count target =
        Tiles.Transform(PhiloxTiles.Widest, dtype, Formula.ofDraw draw, p, count, target)

    match dtype with
    | DType.Float32 -> Enumeration.ofDraw draw
    | _ ->
        fun p count q ->
            let halves = NativePtr.stackalloc<uint16>(4096 + 64)
            tile p count (NativePtr.toNativeInt halves)

            if dtype = DType.BFloat16 then
                widen halves count q
            else
                TensorPrimitives.ConvertToSingle(
                    ReadOnlySpan<Half>(NativePtr.toVoidPtr halves, count),
                    Span<float32>(NativePtr.toVoidPtr q, count)
                )

/// From a value to the next one of its dtype outwards.
let private lastPlace (dtype: DType) (x: float32) : float =
    match dtype with
    | DType.Float32 -> Enumeration.lastPlace x
    | DType.BFloat16 ->
        let bits = BitConverter.SingleToUInt32Bits(abs x)
        float (BitConverter.UInt32BitsToSingle(bits + 0x10000u)) - float (abs x)
    | _ ->
        if abs x < 0.000061035156f then
            Math.ScaleB(1.0, -24)
        else
            Math.ScaleB(1.0, Math.ILogB(float x) - 10)

// -------------------------------------------------------------------------------------------------------------
// moments

/// The mean, the standard deviation and the standardized moments 1 to 6 of a distribution, from its density by Gauss-Legendre
/// quadrature on 4,000 panels between each two cuts.
let private moments (subject: Subject) : struct (float * float * float[]) =
    let panels =
        [| for low, high in List.pairwise subject.Cuts do
               let width = (high - low) / 4000.0

               for i in 0..3999 do
                   low + float i * width, low + float (i + 1) * width |]

    let integral (f: float -> float) =
        panels
        |> Array.sumBy (fun (low, high) ->
            GaussLegendreRule.Integrate(
                (fun x ->
                    let struct (_, _, density) = subject.Law x
                    density * f x),
                low,
                high,
                8
            ))

    let mass = integral (fun _ -> 1.0)
    let anchor = subject.Cuts[0]
    let mean = anchor + integral (fun x -> x - anchor) / mass
    let stddev = sqrt (integral (fun x -> (x - mean) * (x - mean)) / mass)

    let standardized =
        Array.init 6 (fun i -> integral (fun x -> Math.Pow((x - mean) / stddev, float (i + 1))) / mass)

    struct (mean, stddev, standardized)

// -------------------------------------------------------------------------------------------------------------
// measurement

/// What all words give.
type Result =
    {
        Report: Enumeration.Report
        Distinct: int64
        /// Words of the most frequent value.
        Atom: int64
        /// Pairs of words that are not negations of each other, where they should be.
        Asymmetries: int64 option
        /// By how much the standardized moments 1 to 6 differ from the distribution's.
        Moments: float[] option
    }

/// The numbers of a subject in a dtype, or the code of the fault that refuses it.
let measure (subject: Subject) (dtype: DType) : Result<Result, string> =
    match Plan.resolve subject.Spec Shape.scalar Fan.Unknown dtype with
    | Error faults -> Error(InitError.code faults.Head)
    | Ok plan ->
        let evaluate = evaluator (Draws.ofPlan plan) dtype

        let struct (mean, stddev, exact) =
            if subject.HasMoments then
                moments subject
            else
                struct (0.0, 1.0, [||])

        let report =
            Enumeration.measured
                { Distribution = Some subject.Law
                  LastPlace = lastPlace dtype
                  IsCoarse = dtype <> DType.Float32
                  Low = subject.Low
                  High = subject.High
                  Center = mean
                  Scale = stddev }
                evaluate
                0L
                (1L <<< 32)

        // Outside the intervals of decreases, a value's words are one run.
        let distinct, atom =
            match report.Backs with
            | [] -> report.Distinct, report.Longest
            | backs ->
                let struct (counts, runs) = WordPasses.counted evaluate backs 0L (1L <<< 32)
                report.Distinct - runs + int64 counts.Count, Seq.fold max report.Longest counts.Values

        Ok
            { Report = report
              Distinct = distinct
              Atom = atom
              Asymmetries =
                if subject.IsSymmetric then
                    Some(WordPasses.asymmetries evaluate 0L (1L <<< 31))
                else
                    None
              Moments =
                if subject.HasMoments then
                    Some(Array.map2 (-) report.Moments exact)
                else
                    None }

/// What of a result breaks a promise.
let faults (subject: Subject) (dtype: DType) (result: Result) : string list =
    let report = result.Report
    let reach = max (abs report.Least) (abs report.Greatest)

    // A narrower dtype rounds once more, and its values keep inside the interval.
    let allowed, measured =
        match subject.Accuracy, dtype with
        | Ulps ulps, DType.Float32 -> ulps, report.Ulps
        | Absolute error, DType.Float32 -> error, report.Error
        | Ulps ulps, _ -> lastPlace dtype reach + ulps * Enumeration.lastPlace reach, report.Error
        | Absolute error, _ -> lastPlace dtype reach + error, report.Error

    [ if not (Single.IsFinite report.Least && Single.IsFinite report.Greatest) then
          "a value is not finite"
      if not (float report.Least > subject.Low && float report.Greatest < subject.High) then
          "a value is outside its interval"
      if not (report.Back <= subject.Back) then
          $"a step back of {report.Back} units of the last place"
      if report.Decreases > int64 Enumeration.mostBacks then
          $"{report.Decreases} steps back"
      if not (measured <= allowed) then
          $"an error of {measured}, allowed is {allowed}"
      if result.Asymmetries |> Option.exists (fun found -> found <> 0L) then
          $"{result.Asymmetries.Value} pairs of words are not negations" ]
