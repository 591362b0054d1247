/// Plans: every bad request is refused with its codes before a device is touched, and the numbers of good ones are the
/// field's closed forms.
module Initializers.Properties.PlanTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private resolve spec fan dtype =
    Plan.resolve spec (shapeOf [ 4L; 8L ]) fan dtype

let private fans = Fan.Of(8.0, 4.0)

/// The issue's list of bad input, as far as it concerns spec, fan and dtype.
let private refused: (string * Spec * Fan * DType * string list) list =
    let f32, f16, bf16 = DType.Float32, DType.Float16, DType.BFloat16
    let he = Spec.heNormal

    let ivy numerator power gain =
        Spec.FanUniform(numerator, FanMode.FanIn, power, gain)

    let scaled scale mean =
        Spec.VarianceScaling(scale, FanMode.FanIn, DistributionFamily.Normal, mean)

    let scaledUniform scale mean =
        Spec.VarianceScaling(scale, FanMode.FanIn, DistributionFamily.Uniform, mean)

    [ "constant NaN", Spec.constant nan, fans, f32, [ "not-finite" ]
      "scaled to infinity", Spec.constant 1.0e300 |> Spec.scale 1.0e300, fans, f32, [ "overflows-dtype" ]
      "constant beyond float16", Spec.constant 65505.0, fans, f16, [ "overflows-dtype" ]
      "constant beyond float32", Spec.constant 3.5e38, fans, f32, [ "overflows-dtype" ]
      "constant beyond bfloat16", Spec.constant 3.4e38, fans, bf16, [ "overflows-dtype" ]
      "uniform NaN", Spec.uniform nan nan, fans, f32, [ "not-finite"; "not-finite" ]
      "uniform infinite", Spec.uniform -infinity 1.0, fans, f32, [ "not-finite" ]
      "uniform low = high", Spec.uniform 1.0 1.0, fans, f32, [ "low-not-below-high" ]
      "uniform low > high", Spec.uniform 1.0 -1.0, fans, f32, [ "low-not-below-high" ]
      "uniform between neighbours", Spec.uniform 1.0 (1.0 + 1.1e-7), fans, f32, [ "interval-too-narrow" ]
      "uniform between halves", Spec.uniform 1.0 1.0009, fans, f16, [ "interval-too-narrow" ]
      "uniform between bfloat16", Spec.uniform 1000.0 1001.0, fans, bf16, [ "interval-too-narrow" ]
      "uniform between 0 and the smallest", Spec.uniform 0.0 1.0e-46, fans, f32, [ "interval-too-narrow" ]
      "uniform beyond float16", Spec.uniform 0.0 65505.0, fans, f16, [ "overflows-dtype" ]
      "uniform beyond float32", Spec.uniform -1.0e39 0.0, fans, f32, [ "overflows-dtype" ]
      "normal stddev < 0", Spec.normal 0.0 -1.0, fans, f32, [ "stddev-negative" ]
      "normal NaN", Spec.normal nan nan, fans, f32, [ "not-finite"; "not-finite" ]
      "normal infinite", Spec.normal 0.0 infinity, fans, f32, [ "not-finite" ]
      "normal -infinite", Spec.normal 0.0 -infinity, fans, f32, [ "not-finite" ]
      "normal both", Spec.normal nan -1.0, fans, f32, [ "not-finite"; "stddev-negative" ]
      "normal beyond float16", Spec.normal 0.0 11000.0, fans, f16, [ "overflows-dtype" ]
      "normal beyond float32", Spec.normal 3.4e38 1.0e37, fans, f32, [ "overflows-dtype" ]
      "he without fan_in", he, Fan.Unknown, f32, [ "fan-missing" ]
      "he with fan_out alone", he, Fan.Out 4.0, f32, [ "fan-missing" ]
      "glorot with fan_in alone", Spec.glorotUniform, Fan.In 4.0, f32, [ "fan-missing" ]
      "he with fan 0", he, Fan.Of(0.0, 4.0), f32, [ "fan-not-positive" ]
      "he with fan < 0", he, Fan.Of(-8.0, 4.0), f32, [ "fan-not-positive" ]
      "he with fan NaN", he, Fan.Of(nan, 4.0), f32, [ "fan-not-positive" ]
      "glorot with fans 0", Spec.glorotNormal, Fan.Of(0.0, 0.0), f32, [ "fan-not-positive"; "fan-not-positive" ]
      "he of a convolution's layout", he, Fan.From Layout.OutInSpatial, f32, []
      "unknown mode", Spec.varianceScaling 1.0 (enum 7) DistributionFamily.Normal, fans, f32, [ "fan-mode-unknown" ]
      "unknown layout", he, Fan.From(enum 7), f32, [ "layout-unknown" ]
      "unknown dtype", he, fans, enum 7, [ "dtype-unknown" ]
      "scale 0", scaled 0.0 0.0, fans, f32, [ "scale-not-positive" ]
      "scale < 0", scaled -1.0 0.0, fans, f32, [ "scale-not-positive" ]
      "scale NaN", scaled nan nan, fans, f32, [ "not-finite"; "not-finite" ]
      "scale infinite", scaled infinity 0.0, fans, f32, [ "not-finite" ]
      "scaled uniform next to its mean", scaledUniform 1.0 1.0e300, fans, f32, [ "spread-lost" ]
      "scaled beyond float32", scaled 1.0 1.0e300, fans, f32, [ "overflows-dtype" ]
      "3 scale overflows", scaledUniform 1.7e308 0.0, fans, f32, [ "spread-not-finite" ]
      "numerator < 0", ivy -6.0 0.5 1.0, fans, f32, [ "not-positive" ]
      "0 to a negative power", ivy 0.0 -1.0 1.0, fans, f32, [ "not-positive" ]
      "a power that overflows", ivy 6.0e9 400.0 1.0, fans, f32, [ "spread-not-finite" ]
      "a gain that overflows", ivy 1.0e308 1.0 1.0e308, fans, f32, [ "spread-not-finite" ]
      "numerator 0", ivy 0.0 0.5 1.0, fans, f32, [ "not-positive" ]
      "gain 0", ivy 6.0 0.5 0.0, fans, f32, [ "not-positive" ]
      "gain < 0", ivy 6.0 0.5 -1.0, fans, f32, [ "not-positive" ]
      "all NaN", ivy nan nan nan, fans, f32, [ "not-finite"; "not-finite"; "not-finite" ]
      "siren w0 = 0", Spec.siren 0.0, fans, f32, [ "not-finite" ]
      "siren beyond float16", Spec.siren 1.0e-6, fans, f16, [ "overflows-dtype" ]
      // Faults of spec, fan and dtype together.
      "dtype and fan", he, Fan.Unknown, enum 7, [ "dtype-unknown"; "fan-missing" ]
      "scale and fan", scaled -1.0 nan, Fan.In 0.0, f32, [ "not-finite"; "scale-not-positive"; "fan-not-positive" ]
      "all of Ivy's",
      ivy nan 1.0 infinity,
      Fan.Unknown,
      enum 9,
      [ "dtype-unknown"; "not-finite"; "not-finite"; "fan-missing" ] ]

[<Fact>]
let ``each bad request has its codes, all of them at once`` () =
    for name, spec, fan, dtype, expected in refused do
        Assert.Equal<string * string list>((name, expected), (name, codes (resolve spec fan dtype)))

[<Fact>]
let ``a layout that does not fit the rank is refused`` () =
    let resolved = Plan.resolve Spec.heNormal (shapeOf [ 4L ]) (Fan.From Layout.OutIn)
    Assert.Equal<string list>([ "layout-rank" ], codes (resolved DType.Float32))

[<Fact>]
let ``a number that is no value of an enum is refused`` () =
    let other = Spec.varianceScaling 1.0 FanMode.FanIn (enum<DistributionFamily> 9)
    Assert.Equal<string list>([ "distribution-unknown" ], codes (resolve other (Fan.Of(1.0, 1.0)) DType.Float32))
    Assert.Equal<string list>([ "distribution-unknown" ], codes (SpecText.parse (SpecText.toText other)))

    let other =
        Spec.stft (enum<StftSide> 9) (enum<StftWindow> -1) (enum<StftScaling> 9) false

    for dims in [ [ 16L; 1L; 9L ]; [ 16L ] ] do
        let faults = codes (Plan.resolve other (shapeOf dims) Fan.Unknown DType.Float32)
        Assert.Equal<string list>(List.replicate 3 "choice-unknown", List.truncate 3 faults)

    Assert.Equal<string list>(List.replicate 3 "choice-unknown", codes (SpecText.parse (SpecText.toText other)))

[<Fact>]
let ``a spec that needs no fan does not look at it`` () =
    for fan in [ Fan.Unknown; Fan.Of(nan, 0.0); Fan.From Layout.OutIn ] do
        for spec in [ Spec.zeros; Spec.uniform 0.0 1.0; Spec.normal 0.0 1.0 ] do
            Assert.True((Plan.resolve spec Shape.scalar fan DType.Float32).IsOk)

[<Fact>]
let ``a missing fan has Ivy's words`` () =
    let message mode =
        match resolve (Spec.varianceScaling 1.0 mode DistributionFamily.Normal) Fan.Unknown DType.Float32 with
        | Error [ fault ] -> InitError.message fault
        | other -> failwith $"%A{other}"

    Assert.Contains("input_channels must be specified for fan_in denominator mode", message FanMode.FanIn)
    Assert.Contains("output_channels must be specified for fan_out denominator mode", message FanMode.FanOut)

    for mode in [ FanMode.FanSum; FanMode.FanAvg; FanMode.FanGeo ] do
        Assert.Contains("input_channels and output_channels must both be", message mode)
        Assert.Contains(FanMode.toText mode, message mode)

/// All finite values of a 16-bit dtype.
let private allValues dtype =
    [| for bits in 0us .. 65535us do
           let x =
               match dtype with
               | DType.Float16 -> float (BitConverter.UInt16BitsToHalf bits)
               | _ -> float (BFloat16.FromBits(bits).ToSingle())

           if Double.IsFinite x then
               x |]
    |> Array.sort

let private halves = lazy allValues DType.Float16
let private bfloats = lazy allValues DType.BFloat16

/// A finite interval, often narrow or with ends on a 16-bit grid.
type Interval = Interval of low: float * high: float

type IntervalGenerators =
    static member Interval() =
        let end' =
            Gen.oneof
                [ signed (magnitude 1.0e-8 6.0e4)
                  Gen.elements [ 0.0; -0.0; 65504.0; -65504.0; 1.0; 5.960464477539063e-08 ]
                  Gen.choose (0, 63_000) |> Gen.map (fun i -> halves.Value[i]) ]

        gen {
            let! a = end'

            let! b =
                Gen.oneof [ end'; magnitude 1.0e-9 1.0 |> Gen.map (fun d -> a + d * (1.0 + abs a)) ]

            return Interval(min a b, max a b)
        }
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Generators>; typeof<IntervalGenerators> |])>]
module Theorems =
    let private near (expected: float) (actual: float) =
        abs (actual - expected) <= 6.0e-16 * abs expected

    let private spread spec fanIn fanOut =
        match Plan.distribution spec Shape.scalar (Fan.Of(fanIn, fanOut)) with
        | Ok(Structure.Elements(Leaf.Element(Element.Uniform(low, high), _))) when low = -high -> high
        | Ok(Structure.Elements(Leaf.Element(Element.Normal(0.0, stddev), _))) -> stddev
        | other -> failwith $"%A{other}"

    [<Property>]
    let ``presets are the papers' formulas`` (Fans(i, o)) =
        [ Spec.glorotUniform, sqrt (6.0 / (i + o))
          Spec.glorotNormal, sqrt (2.0 / (i + o))
          Spec.heUniform, sqrt (6.0 / i)
          Spec.heNormal, sqrt (2.0 / i)
          Spec.kaiming 0.2 FanMode.FanOut DistributionFamily.Normal, sqrt (2.0 / (1.04 * o))
          Spec.lecunUniform, sqrt (3.0 / i)
          Spec.lecunNormal, sqrt (1.0 / i)
          Spec.siren 30.0, sqrt (6.0 / i) / 30.0
          Spec.firstLayerSiren, 1.0 / i ]
        |> List.forall (fun (spec, expected) -> near expected (spread spec i o))

    [<Property>]
    let ``Ivy's Glorot is Glorot`` (Fans(i, o)) =
        near (spread Spec.glorotUniform i o) (spread (Spec.FanUniform(6.0, FanMode.FanSum, 0.5, 1.0)) i o)

    [<Property>]
    let ``Ivy's Uniform is gain (numerator/fan)^power`` (Fans(i, o)) (mode: FanMode) (Fans(a, b)) =
        let power = 1.0 / a
        let fan = ok (Fan.denominator mode Shape.scalar (Fan.Of(i, o)))

        abs (
            spread (Spec.FanUniform(a, mode, power, b)) i o / (b * Math.Pow(a / fan, power))
            - 1.0
        )
            <
            1.0e-14

    [<Property>]
    let ``every family of variance scaling has variance scale/fan`` (Fans(i, o)) (mode: FanMode) (Fans(scale, _)) =
        let variance family =
            Distribution.resolve (Spec.varianceScaling scale mode family) Shape.scalar (Fan.Of(i, o))
            |> ok
            |> _.Variance

        let expected = scale / ok (Fan.denominator mode Shape.scalar (Fan.Of(i, o)))

        distributions
        |> List.forall (fun f ->
            // A truncated law's variance is a quadrature.
            let tolerance =
                if f = DistributionFamily.TruncatedNormal then
                    1.0e-11
                else
                    2.0e-15

            abs (variance f / expected - 1.0) < tolerance)

    [<Property>]
    let ``a plan has the shape's length and the dtype asked for`` (r: Request) =
        let plan = ok (Plan.resolve r.Spec r.Shape r.Fan r.DType)
        plan.Length = r.Shape.Length && plan.DType = r.DType

    [<Property(MaxTest = 2000)>]
    let ``resolve never throws, and a plan's numbers are finite`` (AnySpec spec) (Fans(i, o)) (dtype: DType) =
        match Plan.resolve spec Shape.scalar (Fan.Of(i, o)) dtype with
        | Error faults -> not faults.IsEmpty
        | Ok plan ->
            match Draws.ofPlan plan with
            | ElementDraw.Constant _ -> true
            | ElementDraw.Single(Draw.Uniform(mid, half, least, greatest)) ->
                [ mid; half; least; greatest ] |> List.forall Single.IsFinite
                && least <= greatest
            | ElementDraw.Single(Draw.Normal(mean, stddev)) ->
                Single.IsFinite mean && Single.IsFinite stddev && stddev >= 0.0f
            | ElementDraw.Single(Draw.Quantile(_, location, scale, least, greatest)) ->
                [ location; scale; least; greatest ] |> List.forall Single.IsFinite
                && least <= greatest
            | ElementDraw.Double(Draw.Uniform(a, b, least, greatest))
            | ElementDraw.Double(Draw.Quantile(_, a, b, least, greatest)) ->
                [ a; b; least; greatest ] |> List.forall Double.IsFinite && least <= greatest
            | ElementDraw.Double(Draw.Normal(mean, stddev)) ->
                Double.IsFinite mean && Double.IsFinite stddev && stddev >= 0.0

    [<Property(MaxTest = 300)>]
    let ``least and greatest are the outermost 16-bit values strictly inside`` (Interval(low, high)) =
        [ DType.Float16, halves.Value; DType.BFloat16, bfloats.Value ]
        |> List.forall (fun (dtype, values) ->
            let inside = values |> Array.filter (fun x -> low < x && x < high)

            match resolve (Spec.uniform low high) Fan.Unknown dtype with
            | Ok { Body = Structure.Elements(ElementDraw.Single(Draw.Uniform(_, _, least, greatest))) } ->
                float least = inside[0] && float greatest = inside[inside.Length - 1]
            | Error [ InitError.IntervalTooNarrow _ ] -> low < high && inside.Length = 0
            | Error [ InitError.LowNotBelowHigh _ ] -> low >= high
            | Error [ InitError.OverflowsDType _ ] -> max (abs low) (abs high) > DType.largest dtype
            | _ -> false)

    [<Property(MaxTest = 300)>]
    let ``least and greatest are float32's neighbours of the ends`` (Interval(low, high)) =
        match resolve (Spec.uniform low high) Fan.Unknown DType.Float32 with
        | Ok { Body = Structure.Elements(ElementDraw.Single(Draw.Uniform(_, _, least, greatest))) } ->
            low < float least
            && float (MathF.BitDecrement least) <= low
            && float greatest < high
            && high <= float (MathF.BitIncrement greatest)
        | Ok _ -> false
        | Error faults ->
            codes (Error faults) =
                [ (if low < high then
                       "interval-too-narrow"
                   else
                       "low-not-below-high") ]

    [<Property(MaxTest = 300)>]
    let ``least and greatest are float64's neighbours of the ends`` (Interval(low, high)) =
        match resolve (Spec.uniform low high) Fan.Unknown DType.Float64 with
        | Ok { Body = Structure.Elements(ElementDraw.Double(Draw.Uniform(mid, half, least, greatest))) } ->
            least = Math.BitIncrement low
            && greatest = Math.BitDecrement high
            && mid = (low + high) / 2.0
            && half = (high - low) / 2.0
        | Ok _ -> false
        | Error faults ->
            codes (Error faults) =
                [ (if low < high then
                       "interval-too-narrow"
                   else
                       "low-not-below-high") ]

    /// The integral of f(Q(p)) over p in (0, 1), by the midpoint rule after p = t³(10 - 15t + 6t²), whose derivative
    /// 30t²(1-t)² quiets the ends. 4,000 points leave less than 1e-6 of a fourth moment.
    let private integrate (quantile: float -> float) (f: float -> float) =
        let n = 4000

        Seq.init n (fun k ->
            let t = (float k + 0.5) / float n
            let p = t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)
            30.0 * t * t * (1.0 - t) * (1.0 - t) * f (quantile p))
        |> Seq.sum
        |> fun total -> total / float n

    [<Property(MaxTest = 50)>]
    let ``mean, variance and kurtosis are the integrals of the quantile`` (r: Request) =
        let law = ok (Distribution.resolve r.Spec r.Shape r.Fan)

        let moment k =
            integrate law.Quantile (fun x -> Math.Pow(x - law.Mean, k))

        let stddev = Distribution.stddev law

        abs (integrate law.Quantile id - law.Mean) <= 1.0e-6 * (stddev + abs law.Mean)
        && abs (moment 2.0 - law.Variance) <= 1.0e-6 * law.Variance
        && (law.Variance = 0.0
            || abs (moment 4.0 / (law.Variance * law.Variance) - law.Kurtosis) < 1.0e-5)

    [<Property(MaxTest = 200)>]
    let ``the cdf undoes the quantile, inside the support`` (r: Request) =
        let law = ok (Distribution.resolve r.Spec r.Shape r.Fan)
        let struct (low, high) = law.Support

        law.Variance = 0.0
        || [ 1.0e-6; 0.01; 0.3; 0.5; 0.9; 0.999 ]
           |> List.forall (fun p ->
               let x = law.Quantile p
               abs (law.Cdf x - p) < 1.0e-9 && low < x && x < high)
           && (Double.IsInfinity low || (law.Cdf low = 0.0 && law.Cdf high = 1.0))

    [<Property>]
    let ``plan and law describe the same numbers`` (r: Request) =
        let plan = ok (Plan.resolve r.Spec r.Shape r.Fan r.DType)
        let law = ok (Distribution.resolve r.Spec r.Shape r.Fan)
        let struct (low, high) = law.Support

        let close (a: float) (b: float32) =
            abs (a - float b) <= 6.0e-8 * abs a + 1.0e-45

        match Draws.ofPlan plan with
        | ElementDraw.Single(Draw.Normal(mean, stddev)) ->
            close law.Mean mean
            && close (Distribution.stddev law) stddev
            && (stddev = 0.0f || Double.IsInfinity low)
        | ElementDraw.Single(Draw.Uniform(mid, half, least, greatest)) ->
            abs (law.Mean - float mid) <= 6.0e-8 * abs law.Mean + 1.0e-16 * high
            && close ((high - low) / 2.0) half
            && low < float least
            && float greatest < high
        | ElementDraw.Single(Draw.Quantile(_, _, _, least, greatest)) ->
            low < float least && float greatest < high && law.Variance > 0.0
        | ElementDraw.Constant _ -> law.Variance = 0.0 && low = high
        | ElementDraw.Double(Draw.Normal(mean, stddev)) ->
            law.Mean = mean && abs (Distribution.stddev law - stddev) <= 1.0e-15 * stddev
        | ElementDraw.Double(Draw.Uniform(mid, half, least, greatest)) ->
            abs (law.Mean - mid) <= 1.0e-15 * half + 1.0e-15 * abs mid
            && abs ((high - low) / 2.0 - half) <= 1.0e-15 * half
            && low < least
            && greatest < high
        | ElementDraw.Double(Draw.Quantile(_, _, _, least, greatest)) ->
            low < least && greatest < high && law.Variance > 0.0

[<Fact>]
let ``the reach of an accepted normal law does not round to infinity`` () =
    // Mean and stddev may both round up in float32, which carries word 0's value past the largest float32.
    let random = Random 1
    let reach = 6.33795786f

    let overflows (mean: float32) (stddev: float32) =
        Single.IsInfinity(MathF.FusedMultiplyAdd(reach, stddev, mean))

    let mutable close = 0

    for k in 0..2000 do
        let mean = float Single.MaxValue * random.NextDouble()

        let stddev = (float Single.MaxValue - mean) / float reach * (1.0 - 1.0e-12)

        if overflows (float32 mean) (float32 stddev) then
            close <- close + 1

        match resolve (Spec.normal mean stddev) Fan.Unknown DType.Float32 with
        | Ok { Body = Structure.Elements(ElementDraw.Single(Draw.Normal(mean, stddev))) } ->
            Assert.False(overflows mean stddev, $"{k}")
        | Ok _ -> failwith "not a normal law"
        | Error faults -> Assert.Equal<string list>([ "overflows-dtype" ], codes (Error faults))

    Assert.True(close > 0, "no case tried the limit")
