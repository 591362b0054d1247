/// What the test suites of PyTorch, JAX and Keras check, at least as tightly. Those that other modules have:
///
/// | check | where |
/// |---|---|
/// | gains exact to the last digit | GainTests, "PyTorch's table is met to the last digit" |
/// | QᵀQ = gain²·I to 1e-6, a size of 0 | SingularValueTests |
/// | dirac passes its input through a convolution, in each group | CompositeTests, "dirac passes its input through, in each group" |
/// | zeros of a sparse column counted | CompositeTests, "sparse has ceil (sparsity rows) zeros in every column", and WrongSamplersTests |
/// | compute_fans((512, 8, 64), [0], [1, 2]) = (512, 512) | CompatTests, "fans that the libraries publish" |
/// | a Keras config read and written again | SpecJsonTests, "Keras configs are read and written" |
/// | values inside the bounds, of any spec and dtype | StatisticsTests, "every value lies strictly inside the distribution's support" |
/// | equal seeds repeat, in any slicing and on any device | InitializeTests, DeviceTests |
///
/// PyTorch's Kolmogorov-Smirnov tests accept p > 1e-4 of some hundred to some thousand values; these have n = 2^12 and 2^14 and the
/// false-alarm rate Statistics.alpha, and StatisticsTests n = 2^20.
module Initializers.Properties.PeerChecksTests

open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

/// stddev of a standard normal cut at 2.
let private cut = 0.87962566103423978

let private fanOf mode (fanIn: float) (fanOut: float) =
    match mode with
    | FanMode.FanIn -> fanIn
    | FanMode.FanOut -> fanOut
    | FanMode.FanSum -> fanIn + fanOut
    | FanMode.FanAvg -> (fanIn + fanOut) / 2.0
    | _ -> sqrt (fanIn * fanOut)

/// The spec of a family with mean 0 and a given variance.
let private ofVariance distribution variance =
    let stddev = sqrt variance

    match distribution with
    | DistributionFamily.Normal -> Spec.normal 0.0 stddev
    | DistributionFamily.Uniform -> Spec.uniform (-(sqrt 3.0) * stddev) (sqrt 3.0 * stddev)
    | _ -> Spec.truncatedNormal 0.0 (stddev / cut) (Bounds.Sigmas(-2.0, 2.0))

let private ofLimit limit = Spec.uniform -limit limit

/// Every random initializer of independent elements, and its law in numbers for a fan_in and a fan_out, written again here.
let private initializers: (Spec * (float -> float -> Spec)) list =
    let same spec = spec, (fun _ _ -> spec)

    [ for spec in
          [ Spec.uniform -0.3 1.7
            Spec.normal 0.5 2.0
            Spec.truncatedNormal 0.1 0.5 (Bounds.Sigmas(-2.0, 2.0))
            Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(0.5, infinity))
            Spec.logistic 1.0 0.5
            Spec.laplace -1.0 0.5
            Spec.gumbel 0.0 2.0
            Spec.triangular -1.0 0.5 2.0 ] do
          same spec

      Spec.truncatedNormal 0.0 0.5 (Bounds.Absolute(-0.25, 1.5)),
      (fun _ _ -> Spec.truncatedNormal 0.0 0.5 (Bounds.Sigmas(-0.5, 3.0)))
      Spec.quantileFromEnds "logit" (fun t -> log t - log (1.0 - t)) (fun t -> log (1.0 - t) - log t),
      (fun _ _ -> Spec.logistic 0.0 1.0)
      Spec.normal 0.0 1.0 |> Spec.scale -2.0 |> Spec.shift 3.0, (fun _ _ -> Spec.normal 3.0 2.0)

      for distribution in distributions do
          for gain in [ 1.0; 2.5 ] do
              Spec.glorot gain distribution, (fun i o -> ofVariance distribution (gain * gain * 2.0 / (i + o)))

          for mode in [ FanMode.FanIn; FanMode.FanOut ] do
              for slope in [ 0.0; 0.2; sqrt 5.0 ] do
                  Spec.kaiming slope mode distribution,
                  (fun i o -> ofVariance distribution (2.0 / (1.0 + slope * slope) / fanOf mode i o))

          for mode in modes do
              Spec.varianceScaling 0.7 mode distribution, (fun i o -> ofVariance distribution (0.7 / fanOf mode i o))

      Spec.lecunNormal, (fun i _ -> Spec.normal 0.0 (1.0 / sqrt i))
      Spec.lecunUniform, (fun i _ -> ofLimit (sqrt (3.0 / i)))
      Spec.kaimingWithMean 0.5 0.0 FanMode.FanIn DistributionFamily.Normal,
      (fun i _ -> Spec.normal 0.5 (sqrt (2.0 / i)))
      Spec.siren 30.0, (fun i _ -> ofLimit (sqrt (6.0 / i) / 30.0))
      Spec.firstLayerSiren, (fun i _ -> ofLimit (1.0 / i))
      Spec.FanUniform(6.0, FanMode.FanSum, 0.5, 1.0), (fun i o -> ofLimit (sqrt (6.0 / (i + o))))
      Spec.FanUniform(2.0, FanMode.FanAvg, 0.25, 3.0), (fun i o -> ofLimit (3.0 * (4.0 / (i + o)) ** 0.25)) ]

/// Shapes of rank 1, 2 and 4, where their fans are read, and what PyTorch reads.
let private shapes =
    [ [ 4096L ], Fan.Of(48.0, 96.0), (48.0, 96.0)
      [ 64L; 256L ], Fan.From Layout.OutIn, (256.0, 64.0)
      [ 32L; 8L; 4L; 4L ], Fan.From Layout.OutInSpatial, (128.0, 512.0)
      [ 4L; 4L; 8L; 32L ], Fan.From Layout.SpatialInOut, (128.0, 512.0) ]

let private drawn dtype spec dims fan seed =
    use tensor =
        ok (Initialize.tensor { Device = Device.Cpu; DType = dtype } (shapeOf dims) fan (Seed.ofUInt64 seed) spec)

    Values.ofTensor tensor

/// The verdicts of the two checks that reject.
let private faults dtype spec expected (dims, fan, (fanIn, fanOut)) =
    let promise = promise dtype (expected fanIn fanOut) Fan.Unknown
    let sample = drawn dtype spec dims fan 20264UL

    [ Checks.support; Checks.kolmogorovSmirnov ]
    |> List.map (fun check -> check.Name, check.Run promise sample [||])
    |> List.filter (fun (_, verdict) -> not verdict.Accepts)
    |> List.map (fun (check, verdict) -> $"{SpecText.toText spec} of {dims}, {dtype}: {check} {verdict.Statistic}")

[<Fact>]
let ``every random initializer has its law in ranks 1, 2 and 4, by Kolmogorov and Smirnov`` () =
    Assert.Empty(
        [ for spec, expected in initializers do
              for shape in shapes do
                  yield! faults DType.Float32 spec expected shape ]
    )

[<Fact>]
let ``random initializers have their law in 16 and 64 bits`` () =
    Assert.Empty(
        [ for spec, expected in
              initializers
              |> List.indexed
              |> List.filter (fun (i, _) -> i % 3 = 0)
              |> List.map snd do
              for dtype in [ DType.Float16; DType.BFloat16; DType.Float64 ] do
                  yield! faults dtype spec expected shapes[1] ]
    )

/// fan_in for fan_out, gain by its root, a slope left out, and a cut that does not widen: by 4 % of the stddev or more.
[<Fact>]
let ``another distribution than the initializer's is rejected`` () =
    for spec, expected in
        [ Spec.kaiming 0.0 FanMode.FanIn DistributionFamily.Normal, (fun _ o -> Spec.normal 0.0 (sqrt (2.0 / o)))
          Spec.glorot 2.5 DistributionFamily.Uniform,
          (fun i o -> ofVariance DistributionFamily.Uniform (2.5 * 2.0 / (i + o)))
          Spec.kaiming 0.5 FanMode.FanOut DistributionFamily.Uniform,
          (fun _ o -> ofVariance DistributionFamily.Uniform (2.0 / o))
          Spec.varianceScaling 1.0 FanMode.FanIn DistributionFamily.TruncatedNormal,
          (fun i _ -> Spec.truncatedNormal 0.0 (1.0 / sqrt i) (Bounds.Sigmas(-2.0, 2.0))) ] do
        Assert.NotEmpty(faults DType.Float32 spec expected shapes[1])

/// n = 10^6. Bounds that a dtype does not have are rounded inwards, and no value is a bound itself.
[<Fact>]
let ``truncated values lie inside the bounds, with no mass at them, and come near`` () =
    for dtype in dtypes do
        for spec, low, high in
            [ Spec.truncatedNormal 0.0 1.0 (Bounds.Absolute(-2.0, 2.0)), -2.0, 2.0
              Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-0.04, 0.04)), -0.04, 0.04
              Spec.truncatedNormal 1.0 1.0 (Bounds.Absolute(0.1, 0.7)), 0.1, 0.7
              Spec.truncatedNormal 0.0 1.0 (Bounds.Absolute(3.0, 4.0)), 3.0, 4.0
              Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0)), -0.04, 0.04
              Spec.uniform -0.1 0.3, -0.1, 0.3 ] do
            let values = drawn dtype spec [ 1_000_000L ] Fan.Unknown 20265UL
            let least, greatest = Array.min values, Array.max values
            Assert.True(low < least && greatest < high, $"{dtype} {SpecText.toText spec}: [{least}, {greatest}]")
            // The far end of [3, 4], where the density is a thirtieth of the near end's, is met to 1e-3, all others nearer.
            let near =
                2.0e-3 * (high - low) + 2.0 * Values.spacing dtype (max (abs low) (abs high))

            Assert.True(
                least - low < near && high - greatest < near,
                $"{dtype} {SpecText.toText spec}: [{least}, {greatest}]"
            )

/// PyTorch's own number, and what words of bfloat16's precision would give, 128 at most.
[<Fact>]
let ``10,000 normals in bfloat16 have more than 1000 values`` () =
    let count spec =
        drawn DType.BFloat16 spec [ 10_000L ] Fan.Unknown 20266UL
        |> Array.distinct
        |> Array.length

    Assert.InRange(count (Spec.normal 0.0 1.0), 1001, 10_000)
    Assert.InRange(count (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))), 1001, 10_000)

[<Fact>]
let ``equal whole-number seeds repeat every initializer, and another seed does not`` () =
    for spec, _ in initializers do
        let values seed =
            drawn DType.Float32 spec [ 6L; 7L ] (Fan.From Layout.InOut) seed

        Assert.Equal<float[]>(values 1337UL, values 1337UL)
        Assert.NotEqual<float[]>(values 1337UL, values 1338UL)

[<Fact>]
let ``a Keras config of every initializer that Keras has is read back with its law`` () =
    let written =
        [ for spec, _ in initializers do
              match SpecJson.toKeras spec with
              | Ok json ->
                  let again = ok (SpecJson.parse json)

                  let law spec =
                      ok (Distribution.resolve spec Shape.scalar (Fan.Of(48.0, 96.0)))

                  let a, b = law spec, law again
                  Assert.Equal(a.Mean, b.Mean)
                  Assert.Equal(a.Variance, b.Variance, 1.0e-15)
                  Assert.Equal(a.Support, b.Support)
                  // What was read is written the same.
                  Assert.Equal(Ok json, SpecJson.toKeras again)
                  json
              | Error _ -> () ]

    Assert.True(written.Length >= 20, $"{written.Length}")

[<Fact>]
let ``a scale of 0 or less is refused`` () =
    for scale in [ 0.0; -0.0; -1.0; -1.0e-300 ] do
        for distribution in distributions do
            for mode in modes do
                let spec = Spec.varianceScaling scale mode distribution

                Assert.Equal<string list>(
                    [ "scale-not-positive" ],
                    codes (Plan.resolve spec (shapeOf [ 3L; 4L ]) (Fan.From Layout.OutIn) DType.Float32)
                )

    let config =
        """{"class_name": "VarianceScaling", "config": {"scale": -1.0, "mode": "fan_in", "distribution": "normal"}}"""

    // Keras refuses it where it is read, we at the latest where it is resolved.
    match SpecJson.parse config with
    | Ok spec -> Assert.NotEmpty(codes (Plan.resolve spec (shapeOf [ 3L; 4L ]) (Fan.From Layout.InOut) DType.Float32))
    | Error faults -> Assert.NotEmpty faults

/// PyTorch: fans, orthogonal from rank 2, dirac of rank 3 to 5, sparse of rank 2 alone. Ours has dirac of rank 3 and more.
[<Fact>]
let ``ranks that PyTorch refuses are refused`` () =
    let faults spec dims fan =
        codes (Plan.resolve spec (shapeOf dims) fan DType.Float32)

    for dims in [ []; [ 5L ] ] do
        for spec in [ Spec.glorotUniform; Spec.glorotNormal; Spec.heUniform; Spec.heNormal ] do
            Assert.Equal<string list>([ "layout-rank" ], faults spec dims (Fan.From Layout.OutInSpatial))

        Assert.Equal<string list>([ "rank-unsupported" ], faults (Spec.orthogonal 1.0) dims Fan.Unknown)

    for dims in [ []; [ 5L ]; [ 4L; 4L ] ] do
        Assert.Equal<string list>([ "rank-unsupported" ], faults (Spec.dirac 1L) dims Fan.Unknown)

    for dims in [ []; [ 5L ]; [ 4L; 4L; 4L ] ] do
        Assert.Equal<string list>(
            [ "rank-unsupported" ],
            faults (Spec.sparse 0.1 (Spec.normal 0.0 0.01)) dims Fan.Unknown
        )
