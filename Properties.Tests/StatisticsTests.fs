/// Theorems about the shipped samplers, and the wrong ones that the checks must reject.
module Initializers.Properties.StatisticsTests

open System
open Xunit
open Xunit.Abstractions
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MathNet.Numerics.Distributions
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics

let private shapeOfLength n = shapeOf [ int64 n ]

/// The shipped sampler.
let private shipped dtype spec fan : Sampler =
    fun n seed ->
        use tensor =
            ok (Initialize.tensor { Device = Device.Cpu; DType = dtype } (shapeOfLength n) fan seed spec)

        Values.ofTensor tensor

let private promise dtype spec fan =
    Promise.of' dtype (ok (Law.resolve spec Shape.scalar fan))

let private specs: (string * Spec * Fan) list =
    let fan = Fan.Of(256.0, 1024.0)

    [ "uniform(0, 1)", Spec.uniform 0.0 1.0, Fan.Unknown
      "uniform(-0.1, 0.3)", Spec.uniform -0.1 0.3, Fan.Unknown
      "normal(0, 1)", Spec.normal 0.0 1.0, Fan.Unknown
      "normal(0.5, 0.02)", Spec.normal 0.5 0.02, Fan.Unknown
      "glorot_uniform", Spec.glorotUniform, fan
      "glorot_normal", Spec.glorotNormal, fan
      "he_normal(fan_out)", Spec.kaiming 0.0 FanMode.FanOut Distribution.Normal, fan
      "variance_scaling(fan_geo, uniform)", Spec.varianceScaling 1.0 FanMode.FanGeo Distribution.Uniform, fan
      "siren", Spec.siren 30.0, fan
      "first_layer_siren", Spec.firstLayerSiren, fan ]

/// n of the theorems over selected specs: 8 checks a case, 30 cases, so a false alarm in all of them once in 4,000
/// choices of seeds.
let private large = 1 <<< 20

/// Samplers that are wrong in one way each, for a zero-mean spec and its fan.
let private wrong spec (fan: Fan) : (string * Sampler) list =
    let law = ok (Law.resolve spec Shape.scalar fan)
    let stddev = Law.stddev law
    let right = shipped DType.Float32 spec fan

    let map f : Sampler =
        fun n seed -> right n seed |> Array.map f

    let instead spec fan : Sampler = shipped DType.Float32 spec fan

    let swapped =
        match fan with
        | Fan.Of(i, o) -> Fan.Of(o, i)
        | other -> other

    [ "uniform for normal, normal for uniform",
      (if law.Kurtosis = 3.0 then
           instead (Spec.uniform (-(sqrt 3.0) * stddev) (sqrt 3.0 * stddev)) Fan.Unknown
       else
           instead (Spec.normal 0.0 stddev) Fan.Unknown)
      "constant", (fun n _ -> Array.create n law.Mean)
      "all zero", (fun n _ -> Array.zeroCreate n)
      "stddev 2 % too large", map (fun x -> 1.02 * x)
      "stddev 2 % too small", map (fun x -> 0.98 * x)
      "mean off by 2 % of the stddev", map (fun x -> x + 0.02 * stddev)
      "fan_in and fan_out exchanged", instead spec swapped
      "each word twice",
      (fun n seed ->
          let half = right ((n + 1) / 2) seed
          Array.init n (fun i -> half[i / 2]))
      "one word of four for all of its block",
      (fun n seed ->
          let x = right n seed
          Array.init n (fun i -> x[i / 4 * 4]))
      "a running mean of two",
      (fun n seed ->
          let x = right (n + 1) seed
          Array.init n (fun i -> (x[i] + x[i + 1]) / sqrt 2.0))
      "the stream's name ignored", (fun n seed -> right n (Seed.ofUInt64 seed.Key))
      "the lower 16 bits of each float stuck",
      map (fun x ->
          BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(float32 x) &&& 0xFFFF0000u)
          |> float)
      "16 bits of randomness",
      (fun n seed ->
          let words = Array.zeroCreate<uint32> n
          Initialize.words (Span words, 0L, seed) |> ok
          words |> Array.map (fun w -> law.Quantile((float (w >>> 16) + 0.5) / 65536.0)))
      "clipped at two stddev", map (max (-2.0 * stddev) >> min (2.0 * stddev))
      "truncated at two stddev",
      (fun n seed ->
          right (2 * n) seed
          |> Array.filter (fun x -> abs x < 2.0 * stddev)
          |> Array.take n)
      "each block of four words twice",
      (fun n seed ->
          let x = right n seed
          Array.init n (fun i -> x[i / 8 * 4 + i % 4]))
      "the negative side missing", map abs
      "one NaN",
      (fun n seed ->
          let x = right n seed
          x[n / 2] <- nan
          x) ]

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
            Checks.rejecting (promise dtype spec fan) (shipped dtype spec fan) large

        for check, verdict in verdicts do
            output.WriteLine $"%-20s{check} {describe verdict}"

        Assert.Empty(
            verdicts
            |> List.filter (fun (_, v) -> not v.Accepts)
            |> List.map (fun (check, v) -> $"{check}: {describe v}")
        )

    [<Fact>]
    member _.``every wrong sampler is rejected by some check, and every check rejects some wrong sampler``() =
        let fan = Fan.Of(256.0, 1024.0)

        let table =
            [ for spec in [ Spec.heNormal; Spec.heUniform ] do
                  let promise = promise DType.Float32 spec fan

                  for name, sampler in wrong spec fan do
                      let verdicts = Checks.rejecting promise sampler (1 <<< 18)

                      let rejecting =
                          verdicts |> List.filter (fun (_, v) -> not v.Accepts) |> List.map fst

                      SpecText.toText spec, name, rejecting ]

        for spec, name, rejecting in table do
            let by = String.Join(", ", rejecting)
            output.WriteLine $"%-62s{spec} %-42s{name} {by}"

        // Two stddev lie outside a uniform's support, so that cutting there changes nothing: the one true sampler here.
        let harmless spec (name: string) =
            spec = SpecText.toText Spec.heUniform
            && name.EndsWith("at two stddev", StringComparison.Ordinal)

        let undetected =
            table
            |> List.filter (fun (spec, name, rejecting) -> rejecting.IsEmpty <> harmless spec name)

        Assert.Empty undetected

        for check in Checks.all do
            Assert.True(
                table
                |> List.exists (fun (_, _, rejecting) -> List.contains check.Name rejecting),
                $"{check.Name} rejects nothing"
            )

    [<Fact>]
    member _.``a check computes Kolmogorov's quantiles``() =
        // Smirnov's table (1948): P(sqrt n D > 1.3581) = 0.05, > 1.6276 = 0.01, > 1.9495 = 0.001.
        for level, expected in [ 0.05, 1.3581; 0.01, 1.6276; 0.001, 1.9495 ] do
            Assert.Equal(expected, Checks.kolmogorovQuantile level, 4)

/// A request whose law varies, on a layout that fills with some thousand values.
[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Theorems =
    [<Property(MaxTest = 300)>]
    let ``every value lies strictly inside the law's support`` (r: Request) =
        use tensor =
            ok (Initialize.tensor { Device = Device.Cpu; DType = r.DType } r.Shape r.Fan r.Seed r.Spec)

        let law = ok (Law.resolve r.Spec r.Shape r.Fan)
        let struct (low, high) = law.Support
        let values = Values.ofTensor tensor

        match r.Spec with
        | _ when law.Variance = 0.0 -> values |> Array.forall (fun x -> abs (x - low) <= 0.004 * abs low + 6.0e-8)
        | _ -> values |> Array.forall (fun x -> low < x && x < high)

    /// 60 specs at n = 2^14, 8 checks each: a false alarm once in 2,000 choices of the replayed seed.
    [<Property(MaxTest = 60, Replay = "20260727,9973")>]
    let ``generated specs pass every check of their law`` (r: Request) =
        let law = ok (Law.resolve r.Spec r.Shape r.Fan)

        // A spread below the dtype's spacing at the mean leaves too few values for moments to speak.
        let coarse = Law.stddev law < 4.0 * Values.spacing r.DType (abs law.Mean)

        let fan =
            match r.Fan with
            | Fan.From layout -> Fan.Of(ok (Fan.ofShape layout r.Shape))
            | other -> other

        coarse
        || Checks.rejecting (Promise.of' r.DType law) (shipped r.DType r.Spec fan) (1 <<< 14)
           |> List.forall (fun (_, verdict) -> verdict.Accepts)
