/// Laws by fitted tables over all 2^32 words, each against its distribution function in closed form, and the tables of a
/// caller's own quantile.
module Initializers.Properties.FittedTests

open System
open MathNet.Numerics
open MathNet.Numerics.Distributions
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties

let all = 1L <<< 32

let scan (output: ITestOutputHelper) spec law first last =
    let report = Enumeration.scan (Enumeration.ofSpec spec) (Some law) first last

    output.WriteLine
        $"{SpecText.toText spec}: {report.Distinct} runs in [{report.Least:R}, {report.Greatest:R}], {report.Decreases} steps back of at most {report.Back} ulp, {report.Ulps:F3} ulp at word {report.UlpsAt}, error {report.Error:E3}, sup|F_n - F| = 2^{Math.Log2 report.Distance:F3}"

    report

/// Part of the line of words around a word, for the everyday run.
let around (word: int64) =
    max 0L (word - (1L <<< 26)), min all (word + (1L <<< 26))

type Words(output: ITestOutputHelper) =
    let checkLogistic first last =
        let report = scan output (Spec.logistic 0.0 1.0) ClosedForms.logistic first last
        Assert.True(report.Back <= 1.0, $"a step back of {report.Back} ulp")
        Assert.True(report.Ulps <= 4.5, $"{report.Ulps} ulp at word {report.UlpsAt}")

    let checkAbsolute spec law allowed first last =
        let report = scan output spec law first last
        Assert.True(report.Back <= 1.0, $"a step back of {report.Back} ulp")
        Assert.True(report.Error <= allowed, $"an error of {report.Error}")

    // Values reach 22.2 - ln 2, where a last place is 2^-19; c0 and the result round by half of it each.
    let checkLaplace =
        checkAbsolute (Spec.laplace 0.0 1.0) ClosedForms.laplace (1.1 * Math.ScaleB(1.0, -19))

    let checkGumbel =
        checkAbsolute (Spec.gumbel 0.0 1.0) ClosedForms.gumbel (1.1 * Math.ScaleB(1.0, -19))

    // No polynomial of degree 7 is nearer to 1/t than 1.5e-6 of it over an octave; least squares are within 5e-6.
    let checkCauchy first last =
        let report = scan output (Spec.cauchy 0.0 1.0) ClosedForms.cauchy first last
        Assert.True(report.Back <= 1.0, $"a step back of {report.Back} ulp")
        Assert.True(report.Ulps <= 52.0, $"{report.Ulps} ulp at word {report.UlpsAt}")

    let checkExponential =
        checkAbsolute (Spec.exponential 0.0 1.0) ClosedForms.exponential (1.1 * Math.ScaleB(1.0, -19))

    let checkTriangular mode =
        checkAbsolute (Spec.triangular 0.0 mode 1.0) (ClosedForms.triangular mode) (Math.ScaleB(1.0, -23))

    [<Fact>]
    member _.``words near the ends and the median keep the bounds of their law``() =
        for first, last in [ around 0L; around (all / 2L); around all ] do
            checkLogistic first last
            checkLaplace first last
            checkGumbel first last
            checkCauchy first last
            checkExponential first last

    [<Theory>]
    [<InlineData(0.0)>]
    [<InlineData(0.3)>]
    [<InlineData(0.5)>]
    [<InlineData(0.9)>]
    [<InlineData(1.0)>]
    member _.``words near the ends and the peak keep the bounds of a triangular``(mode: float) =
        for first, last in [ around 0L; around (int64 (mode * float all)); around all ] do
            checkTriangular mode first last

    [<Theory; Trait("Category", "Long")>]
    [<InlineData(0.0)>]
    [<InlineData(0.5)>]
    [<InlineData(0.625)>]
    [<InlineData(0.999)>]
    [<InlineData(1.0)>]
    member _.``all words of a triangular keep its bounds``(mode: float) = checkTriangular mode 0L all

    [<Fact>]
    member _.``a logistic of a word's complement is its negation``() =
        let evaluate = Enumeration.ofSpec (Spec.logistic 0.0 1.0)
        Assert.Equal(0L, WordPasses.asymmetries evaluate 0L (all / 16L))
        Assert.Equal(0L, WordPasses.asymmetries evaluate (all / 2L - all / 16L) (all / 2L))

    [<Fact>]
    member _.``tables whose sides are mirror images give a word's complement the opposite value``() =
        for standard in [ StandardForm.Family Families.laplace; StandardForm.Triangular 0.5 ] do
            match StandardForm.table standard with
            | Error faults -> Assert.Fail $"{faults}"
            | Ok table ->
                for i in 0u .. 1000u do
                    for word in [ i; i * 2147483u; 0x7FFFFFFFu - i ] do
                        // 0 has no sign to compare.
                        Assert.Equal(
                            -(float (QuantileTable.evaluate table word)) + 0.0,
                            float (QuantileTable.evaluate table ~~~word) + 0.0
                        )

    [<Fact>]
    member _.``a table of another peak breaks the bounds``() =
        let report =
            Enumeration.scan
                (Enumeration.ofSpec (Spec.triangular 0.0 0.301 1.0))
                (Some(ClosedForms.triangular 0.3))
                0L
                (1L <<< 24)

        Assert.True(report.Error > 1.0e-6)

type Laws() =
    let law spec =
        match Distribution.resolve spec Shape.scalar Fan.Unknown with
        | Ok law -> law
        | Error faults -> failwith $"{faults}"

    let near expected (actual: float) = Assert.Equal(expected, actual, 9)

    [<Fact>]
    member _.``cdf and quantile are MathNet's``() =
        let pairs: (Spec * IContinuousDistribution) list =
            [ Spec.laplace 0.5 2.0, Laplace(0.5, 2.0)
              Spec.logistic -1.0 0.5, Logistic(-1.0, 0.5)
              Spec.triangular -1.0 0.25 3.0, Triangular(-1.0, 3.0, 0.25)
              Spec.exponential 0.0 0.5, Exponential 2.0 ]

        for spec, oracle in pairs do
            let law = law spec
            near oracle.Mean law.Mean
            near oracle.Variance law.Variance

            for p in [ 1.0e-6; 0.01; 0.3; 0.5; 0.75; 0.999 ] do
                let x = law.Quantile p
                near p (oracle.CumulativeDistribution x)
                near p (law.Cdf x)

    [<Fact>]
    member _.``a Cauchy has MathNet's cdf and quantile, and neither mean nor variance``() =
        let law, oracle = law (Spec.cauchy 0.5 2.0), Cauchy(0.5, 2.0)
        Assert.True(Double.IsNaN law.Mean && Double.IsNaN law.Variance && Double.IsNaN law.Kurtosis)

        for p in [ 1.0e-6; 0.01; 0.3; 0.5; 0.75; 0.999 ] do
            let x = law.Quantile p
            Assert.Equal(1.0, oracle.InverseCumulativeDistribution p / x, 9)
            near p (oracle.CumulativeDistribution x)
            near p (law.Cdf x)

    [<Fact>]
    member _.``a Gumbel's moments and functions are those of its definition``() =
        let law = law (Spec.gumbel 2.0 3.0)
        near (2.0 + 3.0 * Constants.EulerMascheroni) law.Mean
        near (9.0 * Math.PI * Math.PI / 6.0) law.Variance

        for p in [ 1.0e-6; 0.01; 0.3; 0.5; 0.75; 0.999 ] do
            near (2.0 - 3.0 * log -(log p)) (law.Quantile p)
            near p (law.Cdf(law.Quantile p))

    [<Fact>]
    member _.``the closed moments are the quadrature of the quantile``() =
        // An own law has the quadrature, the built-in one the closed form.
        for spec, quantile in
            [ Spec.logistic 0.0 1.0, (fun p -> log (p / (1.0 - p)))
              Spec.laplace 0.0 1.0, (fun p -> if p < 0.5 then log (2.0 * p) else -(log (2.0 - 2.0 * p)))
              Spec.gumbel 0.0 1.0, (fun p -> -(log -(log p))) ] do
            let closed, own = law spec, law (Spec.quantile "own" quantile)
            Assert.Equal(closed.Mean, own.Mean, 6)
            Assert.Equal(closed.Variance, own.Variance, 5)
            Assert.Equal(closed.Kurtosis, own.Kurtosis, 3)

/// What resolve says of a caller's own quantile.
let private resolve spec =
    Plan.resolve spec Shape.scalar Fan.Unknown DType.Float32

let private codes spec =
    match resolve spec with
    | Ok _ -> []
    | Error faults -> faults |> List.map InitError.code

type Own() =
    [<Fact>]
    member _.``smooth quantiles are taken, and their words are the function's``() =
        for name, f, upper in
            [ "exponential", (fun p -> -(log (1.0 - p))), Some(fun t -> -(log t))
              "rayleigh", (fun p -> sqrt (-2.0 * log (1.0 - p))), None
              "cauchy", (fun p -> tan (Math.PI * (p - 0.5))), Some(fun t -> tan (Math.PI * (0.5 - t)))
              "weibull", (fun p -> -(log (1.0 - p)) ** 0.5), None
              "arcsine", (fun p -> sin (Math.PI * p / 2.0) ** 2.0), None
              "kumaraswamy(2, 3)", (fun p -> sqrt (1.0 - (1.0 - p) ** (1.0 / 3.0))), None
              "affine", (fun p -> 3.0 * p - 7.0), None
              "one value", (fun _ -> 2.5), None ] do
            let spec =
                match upper with
                | None -> Spec.quantile name f
                | Some g -> Spec.quantileFromEnds name f g

            match resolve spec with
            | Error faults -> Assert.Fail $"{name}: {faults |> List.map InitError.message}"
            | Ok _ ->
                let evaluate = Enumeration.ofSpec spec
                let words = Array.init 4096 (fun i -> uint32 i * 1048573u)
                let values = Array.zeroCreate<float32> words.Length
                let usual = max (abs (f 0.25)) (abs (f 0.75))
                use p = fixed words
                use q = fixed values
                evaluate p words.Length q

                for w, x in Seq.zip words values do
                    let p = (float w + 0.5) / float all
                    let exact = f p
                    Assert.True(abs (float x - exact) <= 1.0e-5 * max (abs exact) usual, $"{name} at {w}: {x}, {exact}")

    [<Fact>]
    member _.``what is no smooth quantile is refused with what was found``() =
        let refused =
            [ "jump", (fun p -> if p < 0.3 then 0.0 else 1.0), "quantile-not-smooth"
              "kink", (fun p -> max p 0.3), "quantile-not-smooth"
              "steps", (fun p -> Math.Floor(p * 10.0)), "quantile-not-smooth"
              "decreasing", (fun p -> -p), "quantile-decreases"
              "wave", (fun p -> sin (20.0 * p)), "quantile-decreases"
              "infinite", (fun p -> if p > 0.999 then infinity else p), "quantile-undefined"
              "not a number", (fun p -> sqrt (p - 0.1)), "quantile-undefined"
              "throws", (fun p -> if p > 0.9 then failwith "out of range" else p), "quantile-undefined"
              "too large", (fun p -> 1.0e39 * p), "overflows-dtype" ]

        for name, f, code in refused do
            Assert.Equal<string list>([ code ], codes (Spec.quantile name f))

    [<Fact>]
    member _.``the measured error is reported``() =
        match resolve (Spec.quantile "kink" (fun p -> max p 0.3)) with
        | Error [ InitError.QuantileNotSmooth("kink", p, error, allowed) ] ->
            Assert.InRange(p, 0.25, 0.5)
            Assert.InRange(error, 1.0e-3, 0.1)
            Assert.Equal(1.0e-5, allowed)
        | other -> Assert.Fail $"{other}"

    [<Fact>]
    member _.``a kink at the median is no harm``() =
        Assert.Empty(codes (Spec.quantile "two slopes" (fun p -> if p < 0.5 then 4.0 * (p - 0.5) else p - 0.5)))

    [<Fact>]
    member _.``equal functions under one name are equal, others are not``() =
        let f p = 2.0 * p
        let boxed: float -> float = f
        Assert.Equal(Spec.quantile "a" boxed, Spec.quantile "a" boxed)
        Assert.NotEqual(Spec.quantile "a" boxed, Spec.quantile "b" boxed)
        Assert.NotEqual(Spec.quantile "a" boxed, Spec.quantile "a" (fun p -> 3.0 * p))
        Assert.NotEqual(Spec.quantile "a" boxed, Spec.quantileFromEnds "a" boxed boxed)

    [<Fact>]
    member _.``a custom quantile cannot be parsed back, and its text is refused with the reason``() =
        let text = SpecText.toText (Spec.quantile "mine" id)
        Assert.Equal("quantile(name=mine)", text)

        for read in
            [ SpecText.parse text
              SpecJson.parse (SpecJson.toJson (Spec.quantile "mine" id)) ] do
            match read with
            | Error [ fault ] -> Assert.Equal("quantile-not-serializable", InitError.code fault)
            | other -> Assert.Fail $"{other}"

    [<Fact>]
    member _.``the numbers of the other distributions are checked``() =
        for spec, code in
            [ Spec.logistic nan 1.0, [ "not-finite" ]
              Spec.laplace 0.0 0.0, [ "scale-not-positive" ]
              Spec.gumbel infinity -1.0, [ "not-finite"; "scale-not-positive" ]
              Spec.triangular 0.0 2.0 1.0, [ "mode-out-of-range" ]
              Spec.triangular 1.0 0.0 1.0, [ "low-not-below-high" ]
              Spec.triangular 0.0 nan 1.0, [ "not-finite" ]
              Spec.logistic 0.0 1.0e38, [ "overflows-dtype" ] ] do
            Assert.Equal<string list>(code, codes spec)
