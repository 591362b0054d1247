/// Densities against distribution functions: an integral of the one is a difference of the other.
module Initializers.Properties.DensityTests

open System
open MathNet.Numerics.Integration
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private of' spec dims fan =
    ok (Distribution.resolve spec (shapeOf dims) fan)

/// Cells between quantiles: every 1/50, each tail's 1e-6, and the probabilities at which a density has a kink.
let private cells kinks (law: Distribution) =
    [ yield! [ 1..49 ] |> List.map (fun i -> float i / 50.0)
      1.0e-6
      1.0e-3
      1.0 - 1.0e-3
      1.0 - 1.0e-6
      yield! kinks ]
    |> List.sort
    |> List.map law.Quantile
    |> List.distinct
    |> List.pairwise

let private agrees kinks (law: Distribution) =
    for low, high in cells kinks law do
        let integral = GaussLegendreRule.Integrate(law.Density, low, high, 32)
        Assert.Equal(law.Cdf high - law.Cdf low, integral, 1.0e-9)

let private truncated mean stddev lower upper =
    Spec.truncatedNormal mean stddev (Bounds.Sigmas(lower, upper))

let private smooth =
    [ Spec.uniform -1.0 3.0
      Spec.normal 1.0 0.25
      truncated 0.5 2.0 -2.0 2.0
      truncated 0.0 1.0 -1.0 infinity
      truncated 0.0 1.0 1.0 2.5
      // A narrow interval, both tails from 5 and from 32 standard deviations on, and a cut tail.
      truncated 0.0 1.0 0.5 0.5001
      truncated 0.0 1.0 -0.0005 0.0005
      truncated 0.0 1.0 6.0 infinity
      truncated 0.0 1.0 -7.0 -6.5
      truncated 0.0 1.0 40.0 infinity
      truncated 0.0 1.0 -infinity -40.0
      truncated 0.0 1.0 1000.0 1000.001
      Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-2.0, 2.0))
      Spec.logistic 1.0 2.0
      Spec.gumbel -1.0 0.5
      Spec.exponential 2.0 0.5
      Spec.logUniform 0.001 0.1
      GoldenMaps.aLog
      Spec.exp (Spec.normal 0.5 0.5)
      Spec.sqrt (Spec.uniform 1.0 2.0)
      Spec.reciprocal (Spec.uniform -2.0 -1.0)
      Spec.softplus (Spec.normal 0.0 1.0)
      Spec.inverseSoftplus (Spec.uniform 1.0 2.0)
      Spec.logit (Spec.truncatedNormal 0.5 0.25 (Bounds.Absolute(0.0, 1.0)))
      Spec.sigmoid (Spec.normal 0.0 2.0)
      Spec.tanh (Spec.scale -2.0 (Spec.normal 0.0 0.2))
      Spec.scale -0.5 (Spec.gumbel 0.0 1.0)
      Spec.shift 3.0 (Spec.scale 2.0 (Spec.logistic 0.0 1.0)) ]

[<Fact>]
let ``an integral of the density is a difference of the distribution function`` () =
    for spec in smooth do
        agrees [] (of' spec [ 8L ] Fan.Unknown)

    // A Cauchy's tails are too long for cells of a millionth.
    let cauchy = of' (Spec.cauchy 1.0 2.0) [ 8L ] Fan.Unknown
    let low, high = cauchy.Quantile 0.1, cauchy.Quantile 0.8
    Assert.Equal(0.7, GaussLegendreRule.Integrate(cauchy.Density, low, high, 256), 1.0e-9)

    agrees [ 0.5 ] (of' (Spec.laplace 0.0 1.0) [ 8L ] Fan.Unknown)
    // The peak of a triangle lies at its own part of the interval.
    agrees [ 0.625 ] (of' (Spec.triangular -1.0 0.25 1.0) [ 8L ] Fan.Unknown)
    agrees [] (of' (Spec.triangular 0.0 0.0 1.0) [ 8L ] Fan.Unknown)

[<Theory>]
[<InlineData(3L)>]
[<InlineData(4L)>]
[<InlineData(50L)>]
[<InlineData(999L)>]
[<InlineData(1003L)>]
[<InlineData(100000L)>]
let ``the density of an orthogonal matrix's elements is that of a unit vector's`` size =
    let law = of' (Spec.orthogonal 2.0) [ 2L; size ] (Fan.From Layout.OutIn)

    agrees [] law

[<Fact>]
let ``the density of a mixture is the mean of the densities`` () =
    let parts = [ 2L, Spec.normal 0.0 1.0; 6L, Spec.logistic 1.0 2.0 ]
    let law = of' (Spec.stacked 0 parts) [ 8L ] Fan.Unknown
    agrees [] law

    let density spec =
        (of' spec [ 8L ] Fan.Unknown).Density 0.75

    Assert.Equal(0.25 * density (snd parts[0]) + 0.75 * density (snd parts[1]), law.Density 0.75, 1.0e-15)

[<Fact>]
let ``a value of positive probability has no density, and one that is never drawn the density 0`` () =
    let constant = of' (Spec.constant 2.0) [ 8L ] Fan.Unknown
    Assert.Equal<float list>([ 0.0; nan; 0.0 ], [ 1.0; 2.0; 3.0 ] |> List.map constant.Density)

    let clipped = of' (Spec.clip -1.0 2.0 (Spec.normal 0.0 1.0)) [ 8L ] Fan.Unknown
    let normal = of' (Spec.normal 0.0 1.0) [ 8L ] Fan.Unknown

    Assert.Equal<float list>(
        [ 0.0; nan; normal.Density 0.5; nan; 0.0 ],
        [ -1.5; -1.0; 0.5; 2.0; 2.5 ] |> List.map clipped.Density
    )

    let sparse = of' (Spec.sparse 0.25 (Spec.normal 0.0 1.0)) [ 8L; 3L ] Fan.Unknown
    Assert.Equal<float list>([ nan; 0.75 * normal.Density 1.0 ], [ 0.0; 1.0 ] |> List.map sparse.Density)

    let literal = of' (Spec.literal [ 3L ] [ 1.0; 2.0; 2.0 ]) [ 3L ] Fan.Unknown
    Assert.Equal<float list>([ 0.0; nan; 0.0; nan ], [ 0.5; 1.0; 1.5; 2.0 ] |> List.map literal.Density)

    let uniform = of' (Spec.uniform 0.0 1.0) [ 8L ] Fan.Unknown
    Assert.Equal<float list>([ 0.0; 1.0; 0.0 ], [ 0.0; 0.5; 1.0 ] |> List.map uniform.Density)

    let custom = of' (Spec.quantile "square" (fun p -> p * p)) [ 8L ] Fan.Unknown
    Assert.True(Double.IsNaN(custom.Density 0.25))
