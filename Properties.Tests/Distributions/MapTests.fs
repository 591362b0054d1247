/// Distributions and numbers under monotone maps: what they mean, and what is refused.
module Initializers.Properties.MapTests

open System
open MathNet.Numerics
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Properties
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

let dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let read text = ok (SpecText.parse text)

let private resolveIn dims dtype spec =
    Plan.resolve spec (shapeOf dims) Fan.Unknown dtype

let private codes result =
    match result with
    | Ok _ -> []
    | Error faults -> faults |> List.map InitError.code

/// Elements of a tensor, as float64.
let draw dtype spec dims =
    use tensor =
        ok (
            Initialize.tensor { Device = Device.Cpu; DType = dtype } (shapeOf dims) Fan.Unknown (Seed.ofUInt64 3UL) spec
        )

    Values.ofTensor tensor

type Domains() =
    [<Fact>]
    member _.``a map outside its domain is refused in every dtype, with the interval that it is given``() =
        for text, low, high in
            [ "log(normal())", -infinity, infinity
              "log(uniform(-1, 1))", -1.0, 1.0
              "sqrt(uniform(-0.5, 1))", -0.5, 1.0
              "reciprocal(uniform(-1, 2))", -1.0, 2.0
              "logit(uniform(0, 2))", 0.0, 2.0
              "inverse_softplus(uniform(-1, 1))", -1.0, 1.0
              "log(clip(low=0.1, inner=normal()))", -infinity, infinity
              "log(shift(offset=-2, inner=exp(uniform(0, 1))))", -1.0, exp 1.0 - 2.0
              "log(scale(factor=-1, inner=exp(normal())))", -infinity, 0.0
              "log(0)", 0.0, 0.0
              "log(constant(0))", 0.0, 0.0
              "sqrt(constant(-1))", -1.0, -1.0
              "reciprocal(zeros)", 0.0, 0.0
              "logit(ones)", 1.0, 1.0
              "log(normal(mean=-2, stddev=0))", -2.0, -2.0
              "log(literal(values=[1, -3, 2]))", -3.0, -3.0 ] do
            if text <> "log(0)" then
                for dtype in dtypes do
                    match resolveIn [ 3L ] dtype (read text) with
                    | Error [ InitError.MapDomain(map, _, least, greatest) ] ->
                        Assert.StartsWith(map, text)
                        Assert.Equal(low, least, 1.0e-12)
                        Assert.Equal(high, greatest, 1.0e-12)
                    | other -> Assert.Fail $"{text}: {other}"

        Assert.Equal<string list>([ "map-domain" ], codes (resolveIn [ 3L; 3L ] DType.Float32 (read "log(identity())")))

        Assert.Equal<string list>(
            [ "map-domain" ],
            codes (resolveIn [ 4L; 4L ] DType.Float32 (read "log(sparse(sparsity=0.5, inner=uniform(1, 2)))"))
        )

    [<Fact>]
    member _.``a map of a matrix or kernel that is computed as a whole is refused``() =
        for text, dims in
            [ "exp(orthogonal())", [ 4L; 4L ]
              "exp(scale(2, orthogonal()))", [ 4L; 4L ]
              "exp(bilinear())", [ 4L; 1L; 4L; 4L ]
              "tanh(stft())", [ 16L; 1L; 9L ] ] do
            Assert.Equal<string list>([ "map-unsupported" ], codes (resolveIn dims DType.Float32 (read text)))

    [<Fact>]
    member _.``overflow is found before anything is drawn``() =
        for text, dtype in
            [ "exp(normal(mean=100))", DType.Float32
              "exp(normal(mean=10))", DType.Float16
              "exp(uniform(0, 800))", DType.Float64
              "clip(high=2, inner=exp(normal(mean=100)))", DType.Float32
              "reciprocal(uniform(0, 1))", DType.Float16
              "exp(constant(800))", DType.Float64
              "exp(constant(100))", DType.Float32 ] do
            Assert.Equal<string list>([ "overflows-dtype" ], codes (resolveIn [ 3L ] dtype (read text)))

    [<Fact>]
    member _.``what no table follows is refused with the measured error``() =
        for text, dtype in
            [ "log_uniform(1e-30, 1)", DType.Float32
              "log_uniform(1e-30, 1)", DType.Float64
              "sigmoid(normal(stddev=20))", DType.Float32
              "exp(normal(stddev=8))", DType.Float32 ] do
            Assert.Equal<string list>([ "quantile-not-smooth" ], codes (resolveIn [ 3L ] dtype (read text)))

    [<Fact>]
    member _.``the numbers of a log-uniform are checked``() =
        for spec, expected in
            [ Spec.logUniform nan 1.0, [ "not-finite" ]
              Spec.logUniform 0.0 1.0, [ "not-positive" ]
              Spec.logUniform -1.0 1.0, [ "not-positive" ]
              Spec.logUniform 1.0 1.0, [ "low-not-below-high" ]
              Spec.logUniform -1.0 -2.0, [ "not-positive"; "low-not-below-high" ]
              Spec.logUniform 1.0 infinity, [ "not-finite" ] ] do
            Assert.Equal<string list>(expected, codes (resolveIn [ 3L ] DType.Float32 spec))

type Meanings() =
    let distribution spec =
        ok (Distribution.resolve spec Shape.scalar Fan.Unknown)

    [<Fact>]
    member _.``a number under a map is the function's value``() =
        let one spec = (draw DType.Float64 spec [ 1L ])[0]
        Assert.Equal(Exact.log 8.0, one (Spec.log (Spec.constant 8.0)))
        Assert.Equal(Exact.exp 0.3, one (Spec.exp (Spec.constant 0.3)))
        Assert.Equal(sqrt 2.0, one (Spec.sqrt (Spec.constant 2.0)))
        Assert.Equal(0.125, one (Spec.reciprocal (Spec.constant 8.0)))

        for x in [ -800.0; -40.0; -1.0; -1.0e-9; 0.0; 1.0e-9; 0.5; 3.0; 40.0; 800.0 ] do
            let softplus = one (Spec.softplus (Spec.constant x))
            Assert.Equal(max x 0.0 + SpecialFunctions.Log1p(exp -(abs x)), softplus, 1.0e-15 * max 1.0 (abs x))
            Assert.Equal(tanh x, one (Spec.tanh (Spec.constant x)), 1.0e-15)
            Assert.Equal(1.0 / (1.0 + exp -x), one (Spec.sigmoid (Spec.constant x)), 1.0e-15)

            if abs x < 700.0 then
                let back = one (Spec.inverseSoftplus (Spec.softplus (Spec.constant x)))
                Assert.Equal(x, back, 1.0e-14 * max 1.0 (abs x) * (1.0 + exp (min 30.0 -x) * 0.0))

        for p in [ 1.0e-300; 1.0e-9; 0.25; 0.5; 0.75; 1.0 - 1.0e-9 ] do
            Assert.Equal(log (p / (1.0 - p)), one (Spec.logit (Spec.constant p)), 1.0e-6)

    [<Fact>]
    member _.``structures are mapped element by element``() =
        let values = draw DType.Float64 (Spec.sigmoid (Spec.identity 2.0)) [ 3L; 3L ]
        let diagonal = 1.0 / (1.0 + exp -2.0)

        for i in 0..8 do
            Assert.Equal((if i % 4 = 0 then diagonal else 0.5), values[i], 1.0e-15)

    [<Fact>]
    member _.``moments, distribution functions and quantiles are those of the definition``() =
        let logUniform = distribution (Spec.logUniform 0.001 0.1)
        Assert.Equal(0.099 / log 100.0, logUniform.Mean, 1.0e-12)
        Assert.Equal((0.01 - 1.0e-6) / (2.0 * log 100.0) - (0.099 / log 100.0) ** 2.0, logUniform.Variance, 1.0e-12)
        let lognormal = distribution (Spec.exp (Spec.normal 0.0 1.0))
        Assert.Equal(exp 0.5, lognormal.Mean, 1.0e-9)
        Assert.Equal((exp 1.0 - 1.0) * exp 1.0, lognormal.Variance, 1.0e-6)
        let pareto = distribution (Spec.reciprocal (Spec.uniform 0.0 1.0))
        Assert.True(Double.IsNaN pareto.Mean && Double.IsNaN pareto.Variance)

        for _, spec in GoldenMaps.elements do
            let law = distribution spec

            for p in [ 1.0e-6; 0.01; 0.3; 0.5; 0.6; 0.99 ] do
                let x = law.Quantile p

                if
                    x > (let struct (low, _) = law.Support in low)
                    && law.Cdf x < 1.0
                    && not (Double.IsNaN(law.Density x))
                then
                    Assert.Equal(p, law.Cdf x, 1.0e-9)

    [<Fact>]
    member _.``a map is applied to the inner spec's elements, also where it falls``() =
        for text, inner, f in
            [ "reciprocal(uniform(1, 2))", "uniform(1, 2)", (fun x -> 1.0 / x)
              "exp(scale(-1, uniform(0, 1)))", "uniform(0, 1)", (fun x -> exp -x)
              "reciprocal(scale(-1, uniform(1, 2)))", "uniform(1, 2)", (fun x -> -1.0 / x)
              "reciprocal(exp(scale(-2, uniform(1, 2))))", "uniform(1, 2)", (fun x -> exp (2.0 * x))
              "log(reciprocal(uniform(1, 2)))", "uniform(1, 2)", (fun x -> -(log x))
              "log(uniform(1, 2))", "uniform(1, 2)", log
              "tanh(normal())", "normal()", tanh
              "sqrt(triangular(0, 0.3, 1))", "triangular(0, 0.3, 1)", sqrt ] do
            let mapped = draw DType.Float64 (read text) [ 1000L ]
            let plain = draw DType.Float64 (read inner) [ 1000L ]

            for i in 0..999 do
                Assert.Equal(f plain[i], mapped[i], 1.0e-12)

    [<Fact>]
    member _.``a clip goes outwards through the map``() =
        let clipped =
            draw DType.Float64 (read "log(clip(low=0.1, high=0.7, inner=uniform(0, 1)))") [ 1000L ]

        let plain = draw DType.Float64 (read "log(uniform(0, 1))") [ 1000L ]
        let low, high = Exact.log 0.1, Exact.log 0.7
        Assert.Equal<float[]>(plain |> Array.map (fun x -> max low (min high x)), clipped)

        let falling =
            draw DType.Float64 (read "reciprocal(clip(low=1.25, high=1.75, inner=uniform(1, 2)))") [ 1000L ]

        let plain = draw DType.Float64 (read "reciprocal(uniform(1, 2))") [ 1000L ]
        Assert.Equal<float[]>(plain |> Array.map (fun x -> max (1.0 / 1.75) (min 0.8 x)), falling)

    [<Fact>]
    member _.``a slice is that part of the tensor``() =
        for name, spec in GoldenMaps.elements do
            for dtype in dtypes do
                let whole = draw dtype spec [ 1000L ]

                use slice =
                    ok (
                        Initialize.slice
                            333L
                            55L
                            { Device = Device.Cpu; DType = dtype }
                            (shapeOf [ 1000L ])
                            Fan.Unknown
                            (Seed.ofUInt64 3UL)
                            spec
                    )

                Assert.True((whole[333..387] = Values.ofTensor slice), $"{name} {dtype}")

    [<Fact>]
    member _.``texts and JSON are read and written``() =
        for text, written in
            [ "log(uniform(1, 16))", "log(inner=uniform(low=1, high=16))"
              "log(inner=uniform(low=1, high=16))", "log(inner=uniform(low=1, high=16))"
              "exp(log(uniform(1,2)))", "exp(inner=log(inner=uniform(low=1, high=2)))"
              "log_uniform(0.001, 0.1)", "log_uniform(low=0.001, high=0.1)" ] do
            let spec = read text
            Assert.Equal(written, SpecText.toText spec)
            Assert.Equal(spec, ok (SpecJson.parse (SpecJson.toJson spec)))

    /// 9 checks of 10 specs in 4 dtypes, at n = 2^16.
    [<Fact>]
    member _.``mapped distributions pass every check, and another sampler does not``() =
        let verdicts dtype promised drawn =
            Checks.verdicts
                (Checks.all dtype)
                (promise dtype promised Fan.Unknown)
                (shipped dtype drawn Fan.Unknown)
                (1 <<< 16)
            |> List.filter (fun (_, verdict) -> not verdict.Accepts)
            |> List.map fst

        let specs =
            [ GoldenMaps.aLog
              GoldenMaps.dtBias
              Spec.logUniform 0.001 0.1
              Spec.exp (Spec.normal 0.0 0.25)
              Spec.sqrt (Spec.uniform 0.0 1.0)
              Spec.reciprocal (Spec.uniform 1.0 2.0)
              Spec.softplus (Spec.normal 0.0 1.0)
              Spec.logit (Spec.uniform 0.0 1.0)
              Spec.sigmoid (Spec.normal 0.0 2.0)
              Spec.tanh (Spec.normal 0.0 1.0) ]

        for spec in specs do
            for dtype in dtypes do
                Assert.Empty(verdicts dtype spec spec)

        Assert.NotEmpty(verdicts DType.Float32 GoldenMaps.aLog (Spec.log (Spec.uniform 1.0 17.0)))

        // The map forgotten, and the uniform of the same ends.
        for wrong in [ Spec.uniform 1.0 16.0; Spec.uniform 0.0 (log 16.0) ] do
            Assert.Contains("Kolmogorov-Smirnov", verdicts DType.Float32 GoldenMaps.aLog wrong)

        for wrong in
            [ Spec.log (Spec.logUniform 0.001 0.12)
              Spec.inverseSoftplus (Spec.uniform 0.001 0.1) ] do
            Assert.Contains("Kolmogorov-Smirnov", verdicts DType.Float32 GoldenMaps.dtBias wrong)
