/// Mean-field theory against closed forms, published points and another rule of integration.
module Initializers.Properties.MeanFieldTests

open System
open Xunit
open MathNet.Numerics.Distributions
open Initializers.FSharp
open Initializers.Properties.Generators

/// Every case, with the default number where it has one.
let private everyCase =
    Nonlinearity.known |> List.map (fst >> Nonlinearity.parse >> ok)

let private near (tolerance: float) name (expected: float) (actual: float) =
    Assert.True(abs (actual - expected) <= tolerance * (1.0 + abs expected), $"{name}: {actual:R} and not {expected:R}")

/// Nodes of the trapezoid rule with steps of 1/512, with the density.
let private nodes =
    [| for i in -9 * 512 .. 9 * 512 -> struct (float i / 512.0, Normal.PDF(0.0, 1.0, float i / 512.0) / 512.0) |]

/// E[g(Z)] by this rule, which a kink puts off by about 1e-6.
let private mean (g: float -> float) =
    nodes |> Array.sumBy (fun (struct (z, density)) -> density * g z)

let private slope nonlinearity x =
    let struct (_, slope) = Nonlinearity.applyWithSlope nonlinearity x
    slope

[<Fact>]
let ``derivatives are those of the values`` () =
    // Places without a kink. A centred difference is off by 1e-5² times a third derivative.
    for f in everyCase do
        for x in -7.93 .. 0.1..8.0 do
            let struct (value, slope) = Nonlinearity.applyWithSlope f x
            let apply = Nonlinearity.apply f
            near 1.0e-15 $"{f} at {x}" (apply x) value
            near 2.0e-9 $"{f}' at {x}" ((apply (x + 1.0e-5) - apply (x - 1.0e-5)) / 2.0e-5) slope

[<Fact>]
let ``tables of cubic pieces are the functions`` () =
    for f in everyCase do
        let table = CubicTable.nonlinearity f

        let errors =
            [ for i in -8_000 .. 8_000 do
                  let x = float i / 222.2
                  let struct (value, slope) = Nonlinearity.applyWithSlope f x
                  let struct (read, readSlope) = table x
                  struct (abs (read - value) / (1.0 + abs value), abs (readSlope - slope)) ]

        let largest part = errors |> List.map part |> List.max
        Assert.InRange(largest (fun (struct (value, _)) -> value), 0.0, 3.0e-12)
        Assert.InRange(largest (fun (struct (_, slope)) -> slope), 0.0, 3.0e-9)

[<Fact>]
let ``moments at length 1 are those of the gains`` () =
    for f in everyCase do
        let ofGain gain = 1.0 / (gain * gain)
        near 3.0e-10 $"E {f}²" (ofGain (ok (Gain.forward f))) (ok (MeanField.activity f 1.0))
        near 3.0e-10 $"E {f}'²" (ofGain (ok (Gain.backward f))) (ok (MeanField.sensitivity f 1.0))

[<Fact>]
let ``moments at other lengths are those of another rule`` () =
    for f in everyCase do
        for q in [ 0.01; 0.3; 4.0; 30.0 ] do
            let square x = x * x

            near
                1.0e-5
                $"E {f}², {q}"
                (mean (fun z -> square (Nonlinearity.apply f (sqrt q * z))))
                (ok (MeanField.activity f q))
            // A jump within a step is off by the step's part of the density.
            near 2.0e-3 $"E {f}'², {q}" (mean (fun z -> square (slope f (sqrt q * z)))) (ok (MeanField.sensitivity f q))

[<Fact>]
let ``relu's covariance is the arc-cosine kernel of degree 1`` () =
    // Cho and Saul 2009, equation 6: E f(u) f(v) = q (sin t + (pi - t) cos t)/(2 pi) with cos t = c.
    for c in [ -0.999; -0.7; 0.0; 0.3; 0.9; 0.999; 0.999999; 1.0 ] do
        for q in [ 1.0e-8; 0.5; 1.0; 50.0 ] do
            let angle = Math.Acos c
            let kernel = (Math.Sin angle + (Math.PI - angle) * c) / (2.0 * Math.PI)
            Assert.True(abs (MeanField.covariance Nonlinearity.Relu q c / (q * kernel) - 1.0) < 1.0e-8, $"{c}, {q}")

[<Fact>]
let ``equal signals have the second moment, and independent ones the squared mean`` () =
    for f in everyCase do
        for q in [ 1.0e-4; 0.1; 1.0; 7.0; 100.0 ] do
            let moment = ok (MeanField.activity f q)
            Assert.True(abs (MeanField.covariance f q 1.0 / moment - 1.0) < 1.0e-9, $"{f}, {q}")
            let first = mean (fun z -> Nonlinearity.apply f (sqrt q * z))
            near 1.0e-5 $"{f}, {q}" (first * first) (MeanField.covariance f q 0.0)

[<Fact>]
let ``relu is critical at a weight of 2 without biases, at every length`` () =
    // He et al. 2015: sigma_w² = 2, exactly.
    for q in [ 0.1; 1.0; 7.0 ] do
        Assert.Equal(struct (2.0, 0.0), ok (MeanField.critical Nonlinearity.Relu q))

    let layer =
        { Forward = 2.0
          Backward = 2.0
          Bias = 0.0 }

    let curves =
        ok (MeanField.curves (List.replicate 50 layer) None Nonlinearity.Relu 0.5)

    Assert.All(curves.Chi, fun chi -> Assert.Equal(1.0, chi))
    Assert.All(curves.Forward, fun length -> Assert.Equal(sqrt 2.0, length))

/// The weight of tanh's critical line for a variance of biases, by bisection over the length.
let private criticalTanh bias =
    let rec halve low high steps =
        let middle = (low + high) / 2.0
        let struct (weight, found) = ok (MeanField.critical Nonlinearity.Tanh middle)

        if steps = 0 then weight
        elif found < bias then halve middle high (steps - 1)
        else halve low middle (steps - 1)

    halve 0.0 10.0 60

[<Fact>]
let ``tanh is critical at the published points`` () =
    // Without biases at 1, and with biases of variance 0.05 at 1.76 (Schoenholz et al. 2017; Pennington et al. 2017).
    let struct (weight, bias) = ok (MeanField.critical Nonlinearity.Tanh 0.0)
    Assert.Equal(1.0, weight, 1.0e-12)
    Assert.Equal(0.0, bias)
    Assert.Equal(1.76, Math.Round(criticalTanh 0.05, 2))
    // The wrong theory with E f² in place of E f'² is elsewhere.
    let struct (weight, _) = ok (MeanField.critical Nonlinearity.Tanh 0.57)

    Assert.NotEqual(
        1.76,
        Math.Round(
            weight * ok (MeanField.sensitivity Nonlinearity.Tanh 0.57)
            / ok (MeanField.activity Nonlinearity.Tanh 0.57),
            2
        )
    )

/// 1 - c of two signals of tanh layers, by layer.
let private decorrelation weight bias correlation layers =
    let layer =
        { Forward = weight
          Backward = weight
          Bias = bias }

    ok (MeanField.curves (List.replicate layers layer) None Nonlinearity.Tanh correlation)

[<Fact>]
let ``in the ordered phase, signals become equal at the rate chi`` () =
    // Schoenholz et al. 2017, section 3: 1 - c falls by chi a layer, exp(-1/xi), where chi is below 1.
    for weight in [ 0.8; 1.3; 1.6 ] do
        let curves = decorrelation weight 0.05 0.9 25
        let rate = (1.0 - curves.Correlation[24]) / (1.0 - curves.Correlation[23])
        Assert.InRange(curves.Chi[23], 0.5, 0.97)
        Assert.InRange(rate / curves.Chi[23], 0.99, 1.01)

[<Fact>]
let ``in the chaotic phase, signals go to a correlation below 1`` () =
    for weight in [ 2.5; 4.0 ] do
        let above = decorrelation weight 0.05 0.99 100
        let below = decorrelation weight 0.05 0.1 100
        Assert.True(List.last above.Chi > 1.05)
        Assert.InRange(List.last above.Correlation, 0.01, 0.95)
        near 2.0e-3 "the limit" (List.last below.Correlation) (List.last above.Correlation)

[<Fact>]
let ``lengths of residual relu networks grow exponentially, and of tanh linearly`` () =
    // Yang and Schoenholz 2017: with one matrix in a branch, a factor of 1 + sigma_w²/2 a layer for relu; at most sigma_w² is
    // added by a layer for tanh, and in the limit all of it.
    let layer =
        { Forward = 1.5
          Backward = 1.5
          Bias = 0.0 }

    let relu =
        ok (MeanField.curves (List.replicate 40 layer) (Some 1.0) Nonlinearity.Relu 0.5)

    relu.Forward
    |> List.iteri (fun l length -> near 1.0e-12 $"layer {l}" (Math.Pow(1.75, float (l + 1))) (length * length))

    Assert.All(relu.Chi, fun chi -> Assert.Equal(1.75, chi))

    let tanh =
        ok (MeanField.curves (List.replicate 300 layer) (Some 1.0) Nonlinearity.Tanh 1.0)

    let squares = tanh.Forward |> List.map (fun x -> x * x)
    Assert.All(List.pairwise squares, fun (a, b) -> Assert.InRange(b - a, 0.5, 1.5))
    Assert.InRange(squares[299] - squares[298], 1.42, 1.5)

[<Fact>]
let ``a prediction ends where lengths leave float64`` () =
    let layer =
        { Forward = 1.0e30
          Backward = 1.0e30
          Bias = 0.0 }

    let curves =
        ok (MeanField.curves (List.replicate 20 layer) None Nonlinearity.Gelu 0.5)

    Assert.Equal(20, curves.Forward.Length)
    Assert.Equal(infinity, List.last curves.Forward)
    Assert.True(Double.IsFinite curves.Forward[2])
