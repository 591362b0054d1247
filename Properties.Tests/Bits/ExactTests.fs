/// The elementary functions whose results end in bits, against three oracles: constants of 25 digits, the platform's
/// Math, and MathNet.
module Initializers.Properties.ExactTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open MathNet.Numerics.Distributions

/// Position on the line of all float64, so that neighbours differ by 1.
let private position (x: float) =
    let bits = BitConverter.DoubleToInt64Bits x
    if bits < 0L then Int64.MinValue - bits else bits

let private ulps (a: float) (b: float) =
    if Double.IsNaN a && Double.IsNaN b then 0L
    elif Double.IsNaN a || Double.IsNaN b then Int64.MaxValue
    else abs (position a - position b)

let private relative (a: float) (b: float) =
    if a = b then 0.0 else abs (a - b) / abs b

/// The largest distance in ulp over points, with the point.
let private worst (points: 'a seq) (distance: 'a -> int64) =
    points |> Seq.map (fun x -> distance x, x) |> Seq.maxBy fst

let private isWithin limit (distance: int64, point: 'a) =
    Assert.True(distance <= limit, $"%d{distance} ulp at %A{point}")

let private points count (seed: int) (draw: Random -> 'a) =
    let random = Random seed
    Seq.init count (fun _ -> draw random)

// The constants below were computed with mpmath 1.3.0 at 60 digits, at the float64 argument exactly; exp 1, log 2,
// Phi(-1) and Phi(-10) agree with Abramowitz and Stegun 1964, tables 1.1 and 26.1 and 26.2. Each is read by the
// compiler as the nearest float64, so equality says that the function rounds correctly there.

[<Fact>]
let ``exp equals known values rounded once`` () =
    for x, expected in
        [ 1.0, 2.718281828459045235360287
          -1.0, 0.3678794411714423215955238
          0.1, 1.105170918075647630946639
          0.5, 1.648721270700128146848651
          -0.5, 0.6065306597126334236037995
          1e-10, 1.000000000100000000005
          10.0, 22026.4657948067165169579
          -20.5, 1.250152866386742628937553e-9
          100.0, 2.688117141816135448412626e+43
          700.0, 1.01423205473500450945533e+304
          -700.0, 9.859676543759770856705373e-305
          709.5, 1.354986319314632830876632e+308
          3.141592653589793, 23.14069263277926617181157 ] do
        Assert.Equal(expected, Exact.exp x)

[<Fact>]
let ``log equals known values rounded once`` () =
    for x, expected in
        [ 2.0, 0.6931471805599453094172321
          3.0, 1.098612288668109691395245
          10.0, 2.302585092994045684017991
          0.1, -2.30258509299404562850684
          0.5, -0.6931471805599453094172321
          1.5, 0.4054651081081643819780131
          0.9999999999999999, -1.11022302462515660205339e-16
          1.0000000000000002, 2.22044604925031283432823e-16
          1e-300, -690.7755278982137051803383
          1e+300, 690.7755278982137052579022
          5e-324, -744.4400719213812623141073
          1.7976931348623157e+308, 709.7827128933839967322234
          1.4142135623730951, 0.3465735902799727230667026 ] do
        Assert.Equal(expected, Exact.log x)

[<Fact>]
let ``pow equals known values rounded once`` () =
    for x, y, expected in
        [ 2.0, 0.25, 1.1892071150027210667175
          10.0, 0.1, 1.258925411794167226515432
          3.0, 1.5, 5.196152422706631880582339
          0.1, 0.3, 0.5011872336272723061602635
          6.0, -0.5, 0.408248290463863016366214
          1e-10, 3.7, 9.999999999999960445863518e-38
          10000000000.0, -2.3, 1.000000000000004090212778e-23
          0.0078125, 0.7, 0.03349292070425916859849091
          1.0000000001, 1000000000.0, 1.105170927214346984989837
          123.456, 12.5, 1.39284413675378023368704e+26
          0.5, -1000.5, 1.515342004482324461532259e+301 ] do
        Assert.Equal(expected, Exact.pow x y)

[<Fact>]
let ``normalCdf equals known values rounded once`` () =
    for x, expected in
        [ -0.5, 0.3085375387259868963622954
          -1.0, 0.1586552539314570514147675
          -1.5, 0.06680720126885806600449404
          -2.0, 0.02275013194817920720028264
          -3.0, 0.001349898031630094526651815
          -4.999, 0.0000002881420141464136602864223
          -5.0, 0.0000002866515718791939116737523
          -5.001, 0.0000002851685632231761097860791
          -8.0, 6.220960574271784123515995e-16
          -10.0, 7.619853024160526065973343e-24
          -20.0, 2.753624118606233695075623e-89
          -30.0, 4.906713927148187059533809e-198
          -37.5, 4.605353009581954843827969e-308
          0.0, 0.5
          0.5, 0.6914624612740131036377046
          1.0, 0.8413447460685429485852325
          2.0, 0.9772498680518207927997174
          5.0, 0.9999997133484281208060883 ] do
        Assert.Equal(expected, StandardNormal.cdf x)

[<Fact>]
let ``normalQuantile is within 1 ulp of known values`` () =
    for p, expected in
        [ 0.975, 1.959963984540053855604431
          0.95, 1.644853626951472284276316
          0.9, 1.281551565544600593487448
          0.75, 0.674489750196081743202227
          0.6, 0.2533471031357997413246887
          0.4999999, -0.0000002506628274703106513497816
          0.25, -0.674489750196081743202227
          0.1, -1.281551565544600435334517
          0.01, -2.326347874040841093075096
          0.001, -3.090232306167813535358005
          1e-06, -4.753424308822898957338864
          1e-10, -6.361340902404056199100397
          1e-20, -9.262340089798407579572095
          1e-100, -21.27345356096532429417952
          1e-300, -37.04709629936119923654704
          1.1641532182693481e-10, -6.337957754553789252493251 ] do
        isWithin 1L (ulps (StandardNormal.quantile p) expected, p)

[<Fact>]
let ``exp is within 1 ulp of the platform at 200,000 points`` () =
    points 200_000 1 (fun r -> -745.0 + 1454.7 * r.NextDouble())
    |> Seq.append (points 20_000 2 (fun r -> r.NextDouble() - 0.5))
    |> fun xs -> worst xs (fun x -> ulps (Exact.exp x) (Math.Exp x)) |> isWithin 1L

[<Fact>]
let ``log is within 1 ulp of the platform at 200,000 points`` () =
    // Any positive bit pattern, and the neighbourhood of 1 where a logarithm cancels.
    points 180_000 3 (fun r -> BitConverter.Int64BitsToDouble(r.NextInt64(1L, 0x7FF0000000000000L)))
    |> Seq.append (points 20_000 4 (fun r -> 1.0 + (r.NextDouble() - 0.5) * Math.Pow(2.0, float (r.Next(-50, 0)))))
    |> fun xs -> worst xs (fun x -> ulps (Exact.log x) (Math.Log x)) |> isWithin 1L

[<Fact>]
let ``pow is within 1 ulp of the platform at 200,000 points`` () =
    points 200_000 5 (fun r ->
        let x = Math.Pow(10.0, 20.0 * r.NextDouble() - 10.0)
        x, 40.0 * r.NextDouble() - 20.0)
    |> fun xs -> worst xs (fun (x, y) -> ulps (Exact.pow x y) (Math.Pow(x, y))) |> isWithin 1L

[<Fact>]
let ``normalCdf is within 4e-13 of MathNet relatively, far into the lower tail`` () =
    for x in points 20_000 6 (fun r -> 45.0 * r.NextDouble() - 37.0) do
        let difference = relative (Normal.CDF(0.0, 1.0, x)) (StandardNormal.cdf x)
        Assert.True(difference < 4.0e-13, $"{difference} at {x}")

[<Fact>]
let ``normalQuantile is within 1e-13 of MathNet relatively`` () =
    // MathNet works on 2p, so its relative error grows next to the median: absolute there.
    for p in points 20_000 7 (fun r -> Math.Pow(10.0, -15.0 * r.NextDouble()) * 0.999) do
        let expected = Normal.InvCDF(0.0, 1.0, p)
        let difference = abs (StandardNormal.quantile p - expected) / max 1.0 (abs expected)
        Assert.True(difference < 1.0e-13, $"{difference} at {p}")

/// A float64 in (0, inf) of any magnitude.
type Positive = Positive of float

/// A float64 in (-300, 300).
type Moderate = Moderate of float

/// A probability in (0, 1/2], all orders of magnitude down to 1e-290.
type LowerTail = LowerTail of float

type ExactGenerators =
    static member Positive() =
        finiteFloat
        |> Gen.map (fun x -> Positive(if x = 0.0 then 1.0 else abs x))
        |> Arb.fromGen

    static member Moderate() =
        Gen.oneof [ between -300.0 300.0; signed (magnitude 1.0e-20 300.0) ]
        |> Gen.map Moderate
        |> Arb.fromGen

    static member LowerTail() =
        magnitude 1.0e-290 0.5 |> Gen.map LowerTail |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<ExactGenerators> |], MaxTest = 1000)>]
module Identities =
    [<Property>]
    let ``exp (log x) is x but for the digits that log rounds away`` (Positive x) =
        relative (Exact.exp (Exact.log x)) x <= 1.2e-16 * (2.0 + abs (Exact.log x))
        || x < 1.0e-300

    [<Property>]
    let ``log (exp x) is x but for the digits that exp rounds away`` (Moderate x) =
        abs (Exact.log (Exact.exp x) - x) <= 1.2e-16 * (1.0 + abs x)

    [<Property>]
    let ``exp a times exp b is exp (a + b)`` (Moderate a) (Moderate b) =
        // a + b rounds by up to 2^-53 |a + b|, which exp carries over to its relative error.
        relative (Exact.exp a * Exact.exp b) (Exact.exp (a + b))
        <= 1.2e-16 * (4.0 + abs (a + b))

    [<Property>]
    let ``exp and log do not decrease`` (Positive a) (Moderate b) =
        Exact.log a <= Exact.log (Math.BitIncrement a)
        && Exact.exp b <= Exact.exp (Math.BitIncrement b)

    [<Property>]
    let ``log (1/x) is -log x for powers of two`` (Moderate x) =
        let p = Math.ScaleB(1.0, int x)
        Exact.log (1.0 / p) = -(Exact.log p)

    [<Property>]
    let ``pow x 1, 2, 1/2 and 0 are x, x², the root and 1`` (Positive x) =
        [ Exact.pow x 1.0; Exact.pow x 2.0; Exact.pow x 0.5; Exact.pow x 0.0 ] = [ x; x * x; sqrt x; 1.0 ]

    [<Property>]
    let ``pow x 3 is x³ to 2 ulp`` (Moderate x) =
        let x = abs x
        relative (Exact.pow x 3.0) (x * x * x) <= 3.4e-16

    [<Property>]
    let ``normalCdf (-x) is 1 - normalCdf x`` (Moderate x) =
        let x = x / 30.0
        abs (StandardNormal.cdf -x + StandardNormal.cdf x - 1.0) <= 1.2e-16

    [<Property>]
    let ``normalCdf (normalQuantile p) is p but for the digits that the quantile rounds away`` (LowerTail p) =
        let x = StandardNormal.quantile p
        relative (StandardNormal.cdf x) p <= 1.2e-16 * (2.0 + x * x + abs x)

    [<Property>]
    let ``normalQuantile (normalCdf x) is x below the median`` (Moderate x) =
        let x = -(abs x) / 9.0

        abs (StandardNormal.quantile (StandardNormal.cdf x) - x)
        <= 4.0e-16 * (1.0 + abs x)

    [<Property>]
    let ``normalQuantile (1 - p) is -normalQuantile p`` (LowerTail p) =
        let p = Math.ScaleB(Math.Round(Math.ScaleB(p, 53)), -53)
        StandardNormal.quantile (1.0 - p) = -(StandardNormal.quantile p)

[<Fact>]
let ``special values are IEEE's`` () =
    let inf = Double.PositiveInfinity

    let cases =
        [ Exact.exp 0.0, 1.0
          Exact.exp -0.0, 1.0
          Exact.exp inf, inf
          Exact.exp -inf, 0.0
          Exact.exp nan, nan
          Exact.exp 709.79, inf
          Exact.exp -746.0, 0.0
          Exact.exp -745.1, Double.Epsilon
          Exact.log 1.0, 0.0
          Exact.log 0.0, -inf
          Exact.log -0.0, -inf
          Exact.log -1.0, nan
          Exact.log inf, inf
          Exact.log -inf, nan
          Exact.log nan, nan
          Exact.pow 0.0 0.0, 1.0
          Exact.pow 0.0 2.5, 0.0
          Exact.pow 0.0 -2.5, inf
          Exact.pow inf 0.3, inf
          Exact.pow inf -0.3, 0.0
          Exact.pow inf 0.0, 1.0
          Exact.pow 1.0 inf, 1.0
          Exact.pow 0.5 inf, 0.0
          Exact.pow 0.5 -inf, inf
          Exact.pow 2.0 inf, inf
          Exact.pow 2.0 -inf, 0.0
          Exact.pow 2.0 1024.0, inf
          Exact.pow 2.0 1023.0, 8.98846567431158e307
          Exact.pow 2.0 -1074.0, Double.Epsilon
          Exact.pow 2.0 -1076.0, 0.0
          Exact.pow -2.0 2.5, nan
          Exact.pow -2.0 3.0, -8.0
          Exact.pow -2.0 -2.0, 0.25
          Exact.pow -3.0 0.0, 1.0
          Exact.pow -2.0 infinity, nan
          Exact.pow nan 1.0, nan
          Exact.pow 1.0 nan, nan
          Exact.pow 1.0e300 1.0e300, inf
          Exact.pow 1.0e-300 1.0e300, 0.0
          StandardNormal.cdf -inf, 0.0
          StandardNormal.cdf inf, 1.0
          StandardNormal.cdf nan, nan
          StandardNormal.cdf -40.0, 0.0
          StandardNormal.cdf 40.0, 1.0
          StandardNormal.quantile 0.0, -inf
          StandardNormal.quantile 1.0, inf
          StandardNormal.quantile 0.5, 0.0
          StandardNormal.quantile -0.1, nan
          StandardNormal.quantile 1.1, nan
          StandardNormal.quantile nan, nan ]

    for i, (actual, expected) in List.indexed cases do
        Assert.True(ulps actual expected = 0L, $"case {i}: {actual}, expected {expected}")

[<Fact>]
let ``subnormal results are within 1 ulp`` () =
    // Phi(-38.4), Phi(-38) and the quantile of 1e-310, 5e-324: mpmath as above.
    isWithin 1L (ulps (Exact.exp -720.5) (Math.Exp -720.5), -720.5)
    isWithin 1L (ulps (StandardNormal.cdf -38.0) 2.88542836006878430835097e-316, -38.0)
    isWithin 1L (ulps (StandardNormal.cdf -38.4) 6.60159985432676802421869e-323, -38.4)
    isWithin 1L (ulps (StandardNormal.quantile 1.0e-310) -37.66306033194952373189098, 1.0e-310)
    isWithin 1L (ulps (StandardNormal.quantile Double.Epsilon) -38.46740561714434625078436, Double.Epsilon)
