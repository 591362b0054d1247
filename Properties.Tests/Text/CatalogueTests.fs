/// The catalogue has an entry for every spec that texts can hold, and what an entry writes it reads back.
module Initializers.Properties.CatalogueTests

open System
open System.Globalization
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.SpecGenerators
open Initializers.Properties.SpecTextTests

let private writersOf (entries: InitializerEntry list) spec =
    entries
    |> List.filter (fun entry -> (entry.Write spec).IsSome)
    |> List.map _.Info.Name

let private reads spec result =
    match result with
    | Ok read -> same read spec
    | Error _ -> false

/// Exactly one entry with all numbers writes the spec, and one preset at most, which comes first.
let private isWrittenOnce spec =
    match
        writersOf PresetEntries.all spec,
        writersOf
            (ElementEntries.all
             @ StructureEntries.all
             @ MapEntries.all
             @ CombinationEntries.all)
            spec
    with
    | [], [ name ]
    | [ name ], [ _ ] -> fst (Catalogue.written spec) = name
    | _ -> false

let private isReadBack spec =
    reads spec (SpecText.parse (SpecText.toText spec))
    && reads spec (SpecJson.parse (SpecJson.toJson spec))

[<Fact>]
let ``each case of the union is written by one entry, and read back equal from text and JSON`` () =
    for case in textCases do
        for spec in Gen.sample 50 (textSpecOf 1 case) do
            Assert.True(isWrittenOnce spec, $"{case.Name}: {SpecText.toText spec}")
            Assert.True(isReadBack spec, $"{case.Name}: {SpecText.toText spec}")

[<Properties(Arbitrary = [| typeof<SpecGenerators> |])>]
module Properties =
    [<Property(MaxTest = 1000)>]
    let ``a spec of any depth is read back equal from text and JSON`` (TextSpec spec) = isReadBack spec

    [<Property(MaxTest = 1000)>]
    let ``every spec inside a spec is written by one entry`` (TextSpec spec) =
        let rec all (spec: Spec) = spec :: List.collect all spec.Inner
        all spec |> List.forall isWrittenOnce

[<Fact>]
let ``a custom quantile is written by no entry, and its text is refused`` () =
    let spec = Spec.quantile "logit" (fun p -> log (p / (1.0 - p)))
    Assert.Empty(writersOf Catalogue.all spec)
    Assert.Equal<string list>([ "quantile-not-serializable" ], codes (SpecText.parse (SpecText.toText spec)))
    Assert.Equal<string list>([ "quantile-not-serializable" ], codes (SpecJson.parse (SpecJson.toJson spec)))

/// Texts as they are given, and as the spec is written.
let private names: (string * string) list =
    [ "zeros", "zeros"
      "constant(0)", "zeros"
      "constant(-0.0)", "constant(value=-0.0)"
      "constant(1)", "ones"
      "lstm_bias", "lstm_bias(forget=1)"
      "xavier_uniform", "glorot_uniform"
      "xavier_normal(gain=2)", "glorot_normal(gain=2)"
      "glorot_uniform(gain=relu)", "glorot_uniform(gain=1.4142135623730951)"
      "glorot_normal(gain=tanh)", "glorot_normal(gain=1.6666666666666667)"
      "variance_scaling(1, fan_avg, uniform)", "glorot_uniform"
      "variance_scaling(2, fan_avg, uniform)", "variance_scaling(scale=2, mode=fan_avg, distribution=uniform)"
      "variance_scaling(1, fan_avg, uniform, 0.5)",
      "variance_scaling(scale=1, mode=fan_avg, distribution=uniform, mean=0.5)"
      "variance_scaling(1, fan_avg, truncated_normal)",
      "variance_scaling(scale=1, mode=fan_avg, distribution=truncated_normal)"
      "kaiming_normal", "he_normal"
      "he_normal(negative_slope=0.1)", "kaiming_normal(negative_slope=0.1)"
      "kaiming_normal(mode=fan_out, negative_slope=0.1)", "kaiming_normal(mode=fan_out, negative_slope=0.1)"
      "he_uniform(fan_out)", "kaiming_uniform(mode=fan_out)"
      "he_uniform(mean=0.5)", "kaiming_uniform(mean=0.5)"
      "he_uniform(mean=-0.0)", "kaiming_uniform(mean=-0.0)"
      "kaiming_uniform(a=2.23606797749979)", "kaiming_uniform(negative_slope=2.23606797749979)"
      "kaiming_normal(negative_slope=-0.1)", "kaiming_normal(negative_slope=0.1)"
      "kaiming_normal(negative_slope=1)", "lecun_normal"
      "variance_scaling(1, fan_out, normal)", "variance_scaling(scale=1, mode=fan_out, distribution=normal)"
      "variance_scaling(0.4, fan_in, normal)", "variance_scaling(scale=0.4, mode=fan_in, distribution=normal)"
      "variance_scaling(2, fan_geo, normal)", "kaiming_normal(mode=fan_geo)"
      "variance_scaling(distribution=normal)", "lecun_normal"
      "variance_scaling", "variance_scaling(scale=1, mode=fan_in, distribution=truncated_normal)"
      "variance_scaling(-1)", "variance_scaling(scale=-1, mode=fan_in, distribution=truncated_normal)"
      "variance_scaling(nan)", "variance_scaling(scale=nan, mode=fan_in, distribution=truncated_normal)"
      "variance_scaling(inf, fan_avg)", "variance_scaling(scale=inf, mode=fan_avg, distribution=truncated_normal)"
      "variance_scaling(mean=-0.0)", "variance_scaling(scale=1, mode=fan_in, distribution=truncated_normal, mean=-0.0)"
      "lecun_uniform", "lecun_uniform"
      "siren", "siren(w0=30)"
      "siren(25)", "siren(w0=25)"
      "siren(0.5)", "siren(w0=0.5)"
      "fan_uniform(6, fan_in, 0.5, 0.3)", "fan_uniform(numerator=6, mode=fan_in, power=0.5, gain=0.3)"
      "fan_uniform(6, fan_in, 0.5, -1)", "fan_uniform(numerator=6, mode=fan_in, power=0.5, gain=-1)"
      "fan_uniform(6, fan_in, 0.5, inf)", "fan_uniform(numerator=6, mode=fan_in, power=0.5, gain=inf)"
      "fan_uniform(6, fan_sum, 0.5)", "fan_uniform(numerator=6, mode=fan_sum, power=0.5, gain=1)"
      "first_layer_siren", "first_layer_siren"
      "fan_uniform(1, fan_in, 1)", "first_layer_siren"
      "fan_uniform(1, fan_in, 0.5)", "fan_uniform(numerator=1, mode=fan_in, power=0.5, gain=1)"
      "residual(2, he_normal)", "scale(factor=0.5, inner=he_normal)" ]

[<Fact>]
let ``presets are written by their names`` () =
    for given, expected in names do
        let spec = ok (SpecText.parse given)
        Assert.Equal<string * string>((given, expected), (given, SpecText.toText spec))
        Assert.True(isReadBack spec, given)

/// A number above 0 with up to 6 significant digits.
let private short =
    Gen.map2
        (fun (digits: int) (exponent: int) -> Double.Parse($"{digits}e{exponent}", CultureInfo.InvariantCulture))
        (Gen.choose (1, 999_999))
        (Gen.choose (-9, 3))

[<Property(MaxTest = 1000)>]
let ``a frequency and a gain of up to six digits keep their names`` () =
    Prop.forAll (Arb.fromGen short) (fun x ->
        let number = Names.number x

        SpecText.toText (Spec.siren x) = $"siren(w0={number})"
        && (x = 1.0
            || SpecText.toText (Spec.glorot x DistributionFamily.Normal) = $"glorot_normal(gain={number})"))

[<Property(MaxTest = 1000)>]
let ``a slope from 0.001 to 1 of up to three digits keeps its name`` () =
    Prop.forAll (Arb.fromGen (Gen.choose (1, 999))) (fun thousandths ->
        let slope = float thousandths / 1000.0
        let spec = Spec.kaiming slope FanMode.FanOut DistributionFamily.Uniform
        SpecText.toText spec = $"kaiming_uniform(mode=fan_out, negative_slope={Names.number slope})")
