/// Distribution.check accepts the shipped samplers and samples of other generators, and rejects wrong ones.
///
/// n and the false-alarm rate are stated by each test. Seeds are fixed, so that a test that passes keeps passing.
module Initializers.Properties.DistributionCheckTests

open System
open MathNet.Numerics.Distributions
open MathNet.Numerics.Random
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Samplers

let private rate = 1.0e-6

let private distributionOf spec =
    ok (Distribution.resolve spec Shape.scalar (Fan.Of(64.0, 256.0)))

let private check (values: float32[]) spec =
    ok (Distribution.check (ReadOnlySpan values, rate, distributionOf spec))

let private failed (result: DistributionCheck) = result.Failed |> List.map _.Name

let private elements dtype spec n seed =
    shipped dtype spec (Fan.Of(64.0, 256.0)) n (Seed.ofUInt64 seed)

let private specs =
    [ Spec.normal 0.0 0.02
      Spec.normal 1.0 0.02
      Spec.uniform -0.1 0.1
      Spec.heNormal
      Spec.glorotUniform
      Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))
      Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(0.5, 4.0))
      Spec.clip -0.03 0.03 (Spec.normal 0.0 0.02)
      Spec.laplace 0.0 1.0
      Spec.exponential 1.0 2.0
      Spec.cauchy 0.0 2e-5
      Spec.triangular -1.0 0.5 1.0
      Spec.zeros ]

[<Fact>]
let ``elements of every distribution, dtype and count pass`` () =
    // 13 specs, 4 dtypes, 7 counts from 0 to 20,000: 364 samples, and one false alarm in 2,700 such tests.
    for spec in specs do
        for n in [ 0; 1; 2; 7; 50; 1000; 20_000 ] do
            let seed = uint64 n
            let distribution = distributionOf spec
            let name = $"{SpecText.toText spec}, {n}"

            for dtype, check in
                [ DType.Float32,
                  (fun (x: float[]) -> Distribution.check (ReadOnlySpan(Array.map float32 x), rate, distribution))
                  DType.Float64, (fun x -> Distribution.check (ReadOnlySpan x, rate, distribution))
                  DType.Float16,
                  (fun x ->
                      let halves = x |> Array.map (fun (v: float) -> Half.op_Explicit v: Half)
                      Distribution.check (ReadOnlySpan halves, rate, distribution))
                  DType.BFloat16,
                  (fun x ->
                      Distribution.check (
                          ReadOnlySpan(x |> Array.map (fun x -> BFloat16.FromSingle(float32 x))),
                          rate,
                          distribution
                      )) ] do
                let result = ok (check (elements dtype spec n seed))
                Assert.True(result.IsPassed, $"{name}, {dtype}: %A{result.Failed}")

/// Samples of MathNet, whose Mersenne Twister has steps of 2^-32.
let private mathNet (distribution: IContinuousDistribution) n seed =
    distribution.RandomSource <- MersenneTwister(seed: int)
    let values = Array.zeroCreate<float> n
    distribution.Samples values
    values |> Array.map float32

[<Fact>]
let ``samples of another generator pass`` () =
    // 60 samples of 10,000.
    for seed in 1..20 do
        Assert.Empty(failed (check (mathNet (Normal(0.0, 0.02)) 10_000 seed) (Spec.normal 0.0 0.02)))
        Assert.Empty(failed (check (mathNet (ContinuousUniform(-0.1, 0.1)) 10_000 seed) (Spec.uniform -0.1 0.1)))
        Assert.Empty(failed (check (mathNet (Laplace(0.0, 1.0)) 10_000 seed) (Spec.laplace 0.0 1.0)))

[<Fact>]
let ``uniform steps of 24 bits pass`` () =
    // As PyTorch's and NumPy's float32: 0 is a value, and 1 is not.
    let random = MersenneTwister 5

    let step () =
        float32 (random.NextFullRangeInt32() >>> 8 &&& 0xFFFFFF)
        * MathF.ScaleB(1.0f, -24)

    let values = Array.init 1_000_000 (fun _ -> step ())
    Assert.Empty(failed (check values (Spec.uniform 0.0 1.0)))

/// Each wrong sample, the spec that it is taken for, its size, and a check that rejects it.
let private wrong: (string * Spec * Spec * int * string) list =
    let normal = Spec.normal 0.0 0.02
    // A z-score of 4.9 is the bound at a rate of 2e-7; 10 is rejected but for one seed in 10^6.
    let off n k =
        0.02 * sqrt (1.0 + k * sqrt (2.0 / float n))

    [ "uniform for normal", Spec.uniform (-0.02 * sqrt 3.0) (0.02 * sqrt 3.0), normal, 600, "extremes"
      "uniform for normal by its function",
      Spec.uniform (-0.02 * sqrt 3.0) (0.02 * sqrt 3.0),
      normal,
      10_000,
      "Kolmogorov-Smirnov"
      "normal for uniform", normal, Spec.uniform (-0.02 * sqrt 3.0) (0.02 * sqrt 3.0), 200, "support"
      "stddev too large by 10 sigma of its estimate", Spec.normal 0.0 (off 100_000 11.0), normal, 100_000, "stddev"
      "stddev too small by 10 sigma of its estimate", Spec.normal 0.0 (off 100_000 -11.0), normal, 100_000, "stddev"
      "mean off by 10 sigma of its estimate", Spec.normal (0.02 * 11.0 / sqrt 1000.0) 0.02, normal, 1000, "mean"
      "fan_in for fan_out",
      Spec.VarianceScaling(2.0, FanMode.FanIn, DistributionFamily.Normal, 0.0),
      Spec.VarianceScaling(2.0, FanMode.FanOut, DistributionFamily.Normal, 0.0),
      64,
      "stddev"
      "truncated for normal", Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0)), normal, 1000, "extremes"
      "normal for truncated", normal, Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0)), 600, "support"
      "clipped for normal", Spec.clip -0.05 0.05 normal, normal, 5000, "atoms"
      "constant for normal", Spec.constant 0.02, normal, 30, "atoms"
      "normal for constant", normal, Spec.constant 0.02, 1, "support" ]

[<Fact>]
let ``wrong samples are rejected by the check that is meant to`` () =
    for name, drawn, spec, n, by in wrong do
        let values = elements DType.Float32 drawn n 7UL |> Array.map float32
        Assert.True(List.contains by (failed (check values spec)), $"{name}: {failed (check values spec)}")

[<Fact>]
let ``a stddev that is off by 6 sigma of its estimate is rejected as often as not`` () =
    // n = 10,000; z-scores are normal about 5.7 with stddev 1, and the bound is 5.7 at a fifth of the rate: half of 40 seeds,
    // from 6 to 34 with a false-alarm rate of 1e-5.
    let n = 10_000
    let spread = Spec.normal 0.0 (sqrt (1.0 + 5.7 * sqrt (2.0 / float n)))

    let rejected =
        [ 1UL .. 40UL ]
        |> List.filter (fun seed ->
            let values = elements DType.Float32 spread n seed |> Array.map float32
            List.contains "stddev" (failed (check values (Spec.normal 0.0 1.0))))

    Assert.InRange(rejected.Length, 6, 34)

[<Fact>]
let ``values that are not finite or beyond an end by two places fail`` () =
    let values =
        elements DType.Float32 (Spec.uniform -0.1 0.1) 100 3UL |> Array.map float32

    let failedWith x =
        failed (check (Array.append values [| x |]) (Spec.uniform -0.1 0.1))

    Assert.Empty(failedWith 0.1f)
    Assert.Contains("support", failedWith (MathF.BitIncrement(MathF.BitIncrement 0.1f)))
    Assert.Contains("support", failedWith nanf)
    Assert.Contains("support", failedWith infinityf)

[<Fact>]
let ``one value among normal ones is an atom from its ninth occurrence at the latest`` () =
    // n = 10,000 elements and a share of 2e-7.
    let values =
        elements DType.Float32 (Spec.normal 0.0 1.0) 10_000 3UL |> Array.map float32

    let failedWith times =
        failed (check (Array.append values (Array.replicate times 0.5f)) (Spec.normal 0.0 1.0))

    Assert.Empty(failedWith 2)
    Assert.Equal<string list>([ "atoms" ], failedWith 9)

[<Property(MaxTest = 50)>]
let ``the order of values does not matter`` (seed: uint64) =
    let values =
        elements DType.Float32 (Spec.normal 0.0 1.0) 500 seed |> Array.map float32

    check values (Spec.normal 0.0 1.0) = check (Array.rev values) (Spec.normal 0.0 1.0)

[<Fact>]
let ``a wrong rate and a type without a dtype are faults`` () =
    let normal = distributionOf (Spec.normal 0.0 1.0)

    let codesOf rate =
        codes (Distribution.check (ReadOnlySpan [| 0.0f |], rate, normal))

    for rate in [ 0.0; 1.0; -1.0; nan; infinity ] do
        Assert.Equal<string list>([ "argument-invalid" ], codesOf rate)

    Assert.Equal<string list>(
        [ "argument-invalid"; "element-type" ],
        codes (Distribution.check (ReadOnlySpan [| 0L |], 2.0, normal))
    )
