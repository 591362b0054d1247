/// Theorems about the shipped samplers. What the checks reject is in WrongSamplersTests.
module Initializers.Properties.StatisticsTests

open System
open Xunit
open Xunit.Abstractions
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

let private specs: (string * Spec * Fan) list =
    let fan = Fan.Of(256.0, 1024.0)

    [ "uniform(0, 1)", Spec.uniform 0.0 1.0, Fan.Unknown
      "uniform(-0.1, 0.3)", Spec.uniform -0.1 0.3, Fan.Unknown
      "normal(0, 1)", Spec.normal 0.0 1.0, Fan.Unknown
      "normal(0.5, 0.02)", Spec.normal 0.5 0.02, Fan.Unknown
      "glorot_uniform", Spec.glorotUniform, fan
      "glorot_normal", Spec.glorotNormal, fan
      "he_normal(fan_out)", Spec.kaiming 0.0 FanMode.FanOut DistributionFamily.Normal, fan
      "variance_scaling(fan_geo, uniform)", Spec.varianceScaling 1.0 FanMode.FanGeo DistributionFamily.Uniform, fan
      "siren", Spec.siren 30.0, fan
      "first_layer_siren", Spec.firstLayerSiren, fan ]

/// n of the theorems over selected specs: 9 checks a case, 40 cases.
let private large = 1 <<< 20

let private describe (verdict: Verdict) =
    $"%10.4g{verdict.Statistic} in [%.4g{verdict.Low}, %.4g{verdict.High}]"

type Samplers(output: ITestOutputHelper) =
    static member SpecsAndDTypes: TheoryData<string, DType> =
        let data = TheoryData<string, DType>()

        for name, _, _ in specs do
            for dtype in dtypes do
                data.Add(name, dtype)

        data

    [<Theory>]
    [<MemberData(nameof Samplers.SpecsAndDTypes)>]
    member _.``2^20 values pass every check of their law``(name: string, dtype: DType) =
        let _, spec, fan = specs |> List.find (fun (n, _, _) -> n = name)

        let verdicts =
            Checks.verdicts (Checks.all dtype) (promise dtype spec fan) (shipped dtype spec fan) large

        for check, verdict in verdicts do
            output.WriteLine $"%-20s{check} {describe verdict}"

        Assert.Empty(
            verdicts
            |> List.filter (fun (_, v) -> not v.Accepts)
            |> List.map (fun (check, v) -> $"{check}: {describe v}")
        )

    /// 5 of 9 checks need moments. The other 4 are made of n = 2^16 elements.
    [<Fact>]
    member _.``a Cauchy distribution passes every check that needs no moments, and another one does not``() =
        let withoutMoments =
            Checks.all DType.Float32
            |> List.filter (fun check ->
                List.contains check.Name [ "support"; "Kolmogorov-Smirnov"; "extremes"; "equal pairs" ])

        Assert.Equal(4, withoutMoments.Length)

        let verdicts drawn =
            let spec = Spec.cauchy 0.0 2.0e-5

            let promise =
                Promise.of' DType.Float32 (ok (Distribution.resolve spec Shape.scalar Fan.Unknown))

            Checks.verdicts withoutMoments promise (shipped DType.Float32 drawn Fan.Unknown) (1 <<< 16)
            |> List.filter (fun (_, verdict) -> not verdict.Accepts)
            |> List.map fst

        Assert.Empty(verdicts (Spec.cauchy 0.0 2.0e-5))
        Assert.Contains("Kolmogorov-Smirnov", verdicts (Spec.cauchy 0.0 2.2e-5))
        Assert.Contains("Kolmogorov-Smirnov", verdicts (Spec.logistic 0.0 2.0e-5))

    [<Fact>]
    member _.``a check computes Kolmogorov's quantiles``() =
        // Smirnov's table (1948): P(sqrt n D > 1.3581) = 0.05, > 1.6276 = 0.01, > 1.9495 = 0.001.
        for level, expected in [ 0.05, 1.3581; 0.01, 1.6276; 0.001, 1.9495 ] do
            Assert.Equal(expected, Checks.kolmogorovQuantile level, 4)

/// Requests whose distributions vary, filled with some thousand values.
[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Theorems =
    [<Property(MaxTest = 300)>]
    let ``every value lies strictly inside the distribution's support`` (r: Request) =
        use tensor =
            ok (Initialize.tensor { Device = Device.Cpu; DType = r.DType } r.Shape r.Fan r.Seed r.Spec)

        let law = ok (Distribution.resolve r.Spec r.Shape r.Fan)
        let struct (low, high) = law.Support
        let values = Values.ofTensor tensor

        match r.Spec with
        | _ when law.Variance = 0.0 -> values |> Array.forall (fun x -> abs (x - low) <= 0.004 * abs low + 6.0e-8)
        | _ -> values |> Array.forall (fun x -> low < x && x < high)

    /// 60 specs at n = 2^14, 9 checks each.
    [<Property(MaxTest = 60, Replay = "20260727,9973")>]
    let ``generated specs pass every check of their law`` (r: Request) =
        let law = ok (Distribution.resolve r.Spec r.Shape r.Fan)

        // A spread below the dtype's spacing at the mean leaves too few values for moments to speak.
        let coarse = Distribution.stddev law < 4.0 * Values.spacing r.DType (abs law.Mean)

        let fan =
            match r.Fan with
            | Fan.From layout -> Fan.Of(ok (Fan.ofShape layout r.Shape))
            | other -> other

        coarse
        || Checks.verdicts (Checks.all r.DType) (Promise.of' r.DType law) (shipped r.DType r.Spec fan) (1 <<< 14)
           |> List.forall (fun (_, verdict) -> verdict.Accepts)
