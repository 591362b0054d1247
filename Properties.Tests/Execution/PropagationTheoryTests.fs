/// Signals of random networks against mean-field theory.
///
/// Statistical tests state n and their false-alarm rate. Seeds are fixed, so that a test that passes keeps passing.
module Initializers.Properties.PropagationTheoryTests

open System
open System.Threading
open Xunit
open MathNet.Numerics.Distributions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Generators

/// A network whose tests are quick.
let internal small =
    { Propagation.defaults with
        Depth = 3
        Width = 12
        Batch = 6
        Seeds = 1
        Seed = Seed.ofUInt64 5UL
        Activation = Nonlinearity.Tanh }

let internal run settings =
    ok (Propagation.run settings CancellationToken.None)

/// A number of layers of which each has `width` outputs and the inputs of the one before it.
let private chained activation spec (widths: int list) : Network =
    let stages =
        List.pairwise widths
        |> List.mapi (fun index (inputs, outputs) ->
            let named = ok (Stages.tensor [ int64 outputs; int64 inputs ] spec)
            Stages.layer activation Block.dense index $"layer.{index}" (named $"layer.{index}.weight") None)

    { Title = SpecText.toText spec
      Stages = stages
      Features = widths.Head
      Positions = 1
      Theory = fun () -> Stages.theory stages 1 None activation 0.5 }

/// The probability, at most, that a right theory is rejected at one layer, in one direction. The test has 56 comparisons, and
/// one false alarm in 1,700.
let private rate = 1.0e-5

/// Whether Student's test takes the mean of the seeds' squared curve for the squared prediction.
let private isTaken (seeds: float list) (predicted: float) =
    let squares = seeds |> List.map (fun x -> x * x)
    let n = float squares.Length
    let mean = List.average squares

    let variance =
        (squares |> List.sumBy (fun x -> (x - mean) * (x - mean))) / (n - 1.0)

    let bound = -StudentT.InvCDF(0.0, 1.0, n - 1.0, rate / 2.0)
    // A stddev about the mean of few positive correlations is smaller by up to 1/width, of 256 and more.
    abs (mean - predicted * predicted)
    <= bound * sqrt (variance / n) + predicted * predicted / 200.0

/// The signals of 30 networks.
let private drawn (settings: PropagationSettings) (network: Network) =
    [ for seed in 0UL .. 29UL -> ok (Signals.ofSeed settings network (Seed.ofUInt64 (seed + 1000UL))) ]

/// The layers and directions in which networks differ from a theory.
let private rejected (seeds: SeedSignals list) (theory: MeanFieldCurves) =
    let compare name (read: SeedSignals -> float[]) (predicted: float list) =
        predicted
        |> List.mapi (fun layer predicted ->
            let values = seeds |> List.map (fun seed -> (read seed)[layer])

            if isTaken values predicted then
                []
            else
                [ $"{name} {layer}" ])
        |> List.concat

    compare "forward" _.Forward theory.Forward
    @ compare "backward" _.Backward theory.Backward

let private theoryOf (network: Network) =
    match ok (network.Theory()) with
    | Ok curves -> curves
    | Error reason -> failwith reason

let private networks =
    let settings =
        { Propagation.defaults with
            Depth = 4
            Width = 256
            Batch = 16 }

    let equal stack activation spec =
        let settings =
            { settings with
                Stack = stack
                Activation = activation }

        settings, ok (Stages.network settings spec)

    [ equal Stack.Mlp Nonlinearity.Relu Spec.heNormal
      equal Stack.Mlp Nonlinearity.Tanh Spec.glorotUniform
      equal Stack.Mlp Nonlinearity.Tanh (Spec.Orthogonal 1.2)
      equal Stack.Mlp Nonlinearity.Gelu (Spec.normal 0.0 0.1)
      equal (Stack.Residual 0.5) Nonlinearity.Relu Spec.heNormal
      equal (Stack.Residual 1.0) Nonlinearity.Tanh Spec.lecunNormal
      { settings with
          Activation = Nonlinearity.Relu },
      chained Nonlinearity.Relu Spec.heNormal [ 256; 512; 256; 384; 256 ] ]

let private cases =
    lazy
        (networks
         |> List.map (fun (settings, network) -> settings, network, drawn settings network))

[<Fact>]
let ``thirty networks agree with mean-field theory`` () =
    // 7 networks of 4 layers, forward and backward.
    for _, network, seeds in cases.Value do
        Assert.Empty(rejected seeds (theoryOf network))

[<Fact>]
let ``wrong theories are rejected`` () =
    for settings, network, seeds in cases.Value do
        let stages =
            network.Stages
            |> List.map (fun stage ->
                let weight = stage.Weights.Head
                float weight.Inputs, float weight.Outputs, weight.Variance)

        let scale =
            match settings.Stack with
            | Stack.Residual scale -> Some scale
            | _ -> None

        let theory scale layers =
            ok (MeanField.curves layers scale settings.Activation 0.5)

        let layers factor =
            stages
            |> List.map (fun (inputs, outputs, variance) ->
                { Forward = inputs * variance * factor
                  Backward = outputs * variance * factor
                  Bias = 0.0 })

        // Without a gain, or with too large a one, by a quarter of the variance.
        Assert.NotEmpty(rejected seeds (theory scale (layers 0.75)))
        Assert.NotEmpty(rejected seeds (theory scale (layers 1.25)))
        // A stack without the stream, or with one.
        Assert.NotEmpty(rejected seeds (theory (if scale.IsSome then None else Some 1.0) (layers 1.0)))

    // fan_out for fan_in.
    let _, network, seeds = List.last cases.Value

    let exchanged =
        network.Stages
        |> List.map (fun stage ->
            let weight = stage.Weights.Head

            { Forward = float weight.Outputs * weight.Variance
              Backward = float weight.Inputs * weight.Variance
              Bias = 0.0 })

    Assert.NotEmpty(rejected seeds (ok (MeanField.curves exchanged None Nonlinearity.Relu 0.5)))

[<Fact>]
let ``correlations of real networks are those of the map`` () =
    // tanh at a width of 512: a network's correlation is off by about 1/sqrt(512) a layer, and the mean of 3 by less.
    let report =
        (run
            { Propagation.defaults with
                Depth = 8
                Batch = 32
                Activation = Nonlinearity.Tanh
                Specs = [ Spec.lecunNormal ] })
            .Specs.Head

    match report.Theory with
    | Error reason -> failwith reason
    | Ok theory ->
        List.iter2
            (fun expected found -> Assert.InRange(found, expected - 0.06, expected + 0.06))
            theory.Correlation
            report.Correlation.Mean

/// E[f'(sqrt(q) Z)^k] of tanh by the trapezoid rule.
let private slopes k q =
    let step = 1.0 / 256.0

    seq { -9 * 256 .. 9 * 256 }
    |> Seq.sumBy (fun i ->
        let z = float i * step
        let t = tanh (sqrt q * z)
        step * Normal.PDF(0.0, 1.0, z) * Math.Pow(1.0 - t * t, float k))

[<Fact>]
let ``Jacobians of orthogonal and Gaussian tanh networks have the spectra of Pennington and others`` () =
    // Pennington et al. 2017, equation 22: the relative variance of the squared singular values grows by mu2/mu1² - 1 a
    // nonlinearity, and by 1 more for a Gaussian matrix, 0 for an orthogonal one. 20 networks of width 64 and 6 matrices with 5
    // nonlinearities between; a correction of order 1/64 a factor is allowed, and 6 standard errors.
    let settings =
        { small with
            Depth = 6
            Width = 64
            Batch = 2
            Jacobian = true }

    let weight = 1.1 * 1.1

    let check spec perMatrix =
        let network = ok (Stages.network settings spec)
        let lengths = (theoryOf network).Forward |> List.map (fun x -> x * x)

        let nonlinear =
            lengths[..4]
            |> List.sumBy (fun q -> slopes 4 q / (slopes 2 q * slopes 2 q) - 1.0)

        let expected = nonlinear + 6.0 * perMatrix

        let square =
            weight
            * (lengths[..4] |> List.map (fun q -> weight * slopes 2 q) |> List.reduce (*))

        let spectra =
            [ for seed in 0UL .. 19UL -> ok (Signals.jacobian network settings (Seed.ofUInt64 seed)) |> List.last ]

        let isNear (read: JacobianSpectrum -> float) expected =
            let values = spectra |> List.map read
            let mean = List.average values

            let error =
                sqrt ((values |> List.averageBy (fun x -> (x - mean) * (x - mean))) / 20.0)

            abs (mean - expected) <= 6.0 * error + 11.0 / 64.0 * expected

        Assert.True(isNear _.MeanSquare square, SpecText.toText spec)
        Assert.True(isNear _.RelativeVariance expected, SpecText.toText spec)
        // Wrong theories: the other matrices, and no nonlinearity.
        Assert.False(isNear _.RelativeVariance (nonlinear + 6.0 * (1.0 - perMatrix)))
        Assert.False(isNear _.MeanSquare (Math.Pow(weight, 6.0)))

    check (Spec.Orthogonal 1.1) 0.0
    check (Spec.VarianceScaling(weight, FanMode.FanIn, DistributionFamily.Normal, 0.0)) 1.0

[<Fact>]
let ``an orthogonal linear network is an isometry, and a Gaussian one is not`` () =
    let spectrum spec =
        (run
            { small with
                Activation = Nonlinearity.Linear
                Depth = 20
                Specs = [ spec ]
                Jacobian = true })
            .Specs.Head.Jacobian

    Assert.Equal<int list>([ 1; 4; 16; 20 ], spectrum (Spec.Orthogonal 1.0) |> List.map _.Depth)

    for values in spectrum (Spec.Orthogonal 1.0) do
        Assert.InRange(values.Smallest, 0.99999, 1.0)
        Assert.InRange(values.Largest, 1.0 - 1.0e-6, 1.00001)

    Assert.True((List.last (spectrum Spec.lecunNormal)).RelativeVariance > 1.0)

[<Fact>]
let ``Jacobians of every stack keep lengths if its layer does`` () =
    // One linear layer. Residual streams pass their inputs unchanged, and each output of an orthogonal matrix or kernel has a
    // gradient of length 1.
    for stack in
        [ Stack.Mlp
          Stack.Residual 0.0
          Stack.Convolution(3, 3)
          Stack.Transformer(2, 3, Normalization.None, 0.0) ] do
        let settings =
            { small with
                Stack = stack
                Depth = 1
                Width = 4
                Activation = Nonlinearity.Linear
                Specs = [ Spec.Orthogonal 1.0 ]
                Jacobian = true }

        let found = List.exactlyOne (run settings).Specs.Head.Jacobian
        Assert.InRange(found.MeanSquare, 0.99999, 1.00001)
