/// Specs as text: what is written is read back, whatever the culture; what is not a spec is refused with every fault.
module Initializers.Properties.SpecTextTests

open System
open System.Globalization
open System.Threading
open Microsoft.FSharp.Reflection
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// The bits of a value: NaN equals NaN, and -0 differs from 0.
let rec private bitsOf (value: obj | null) : obj | null =
    let bits (x: float) =
        if Double.IsNaN x then
            0x7FF8000000000000L
        else
            BitConverter.DoubleToInt64Bits x

    match value with
    | null -> null
    | :? float as x -> box (bits x)
    | :? NumberArray as all -> box (all.Dims, all.Numbers.ToArray() |> List.ofArray |> List.map bits)
    | value when FSharpType.IsUnion(value.GetType()) ->
        let case, fields = FSharpValue.GetUnionFields(value, value.GetType())
        box (case.Name, fields |> List.ofArray |> List.map bitsOf)
    | value when FSharpType.IsTuple(value.GetType()) ->
        FSharpValue.GetTupleFields value |> List.ofArray |> List.map bitsOf |> box
    | value -> value

/// Equality of every bit.
let same (a: Spec) (b: Spec) = bitsOf a = bitsOf b

let private reads spec text =
    match SpecText.parse text with
    | Ok read -> same read spec
    | Error _ -> false

/// Runs on this thread under a culture that writes 0,1 for 0.1. Invariant globalization has no such culture, so
/// the culture is made by hand.
let underGerman work =
    let before = Thread.CurrentThread.CurrentCulture

    let german = downcast CultureInfo.InvariantCulture.Clone(): CultureInfo

    german.NumberFormat.NumberDecimalSeparator <- ","
    german.NumberFormat.NumberGroupSeparator <- "."
    german.NumberFormat.NegativeSign <- "~"

    try
        Thread.CurrentThread.CurrentCulture <- german
        work ()
    finally
        Thread.CurrentThread.CurrentCulture <- before

/// A valid text with up to three characters replaced, removed or inserted.
type MutatedText = MutatedText of string

type TextGenerators =
    static member MutatedText() =
        let letter = Gen.elements (List.ofSeq "(),= .-+0159aenx_\u0000é\n")

        let mutate (text: string) =
            gen {
                let! at = Gen.choose (0, text.Length)
                let! c = letter
                let! kind = Gen.choose (0, 2)

                return
                    match kind with
                    | 0 -> text.Insert(at, string c)
                    | 1 when at < text.Length -> text.Remove(at, 1)
                    | _ when at < text.Length -> text.Remove(at, 1).Insert(at, string c)
                    | _ -> text
            }

        gen {
            let! spec = anySpec

            let! start =
                Gen.elements
                    [ SpecText.toText spec
                      "kaiming_normal(mode=fan_out, negative_slope=0.1)"
                      "uniform(-1, 1)"
                      "zeros" ]

            let! once = mutate start
            let! twice = mutate once
            let! thrice = mutate twice
            return! Gen.elements [ once; twice; thrice ]
        }
        |> Gen.map MutatedText
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Generators>; typeof<TextGenerators> |])>]
module RoundTrips =
    [<Property(MaxTest = 1000)>]
    let ``reading what was written gives every bit of the spec`` (AnySpec spec) = reads spec (SpecText.toText spec)

    [<Property(MaxTest = 300)>]
    let ``a culture with decimal commas changes neither writing nor reading`` (AnySpec spec) =
        let text = SpecText.toText spec
        underGerman (fun () -> SpecText.toText spec = text && reads spec text)

    [<Property>]
    let ``blanks around every token do not matter`` (AnySpec spec) =
        let spaced =
            (SpecText.toText spec).Replace("(", "  ( ").Replace(")", " ) ").Replace("=", " = ").Replace(",", "\t,  ")

        reads spec (" " + spaced)

    [<Property>]
    let ``arguments in order are the arguments by name`` (AnySpec spec) =
        let text = SpecText.toText spec

        // Kaiming's texts leave out parameters before those that they have.
        text.Contains("kaiming_", StringComparison.Ordinal)
        || reads spec (Text.RegularExpressions.Regex.Replace(text, "[a-z_]+=", ""))

    [<Property>]
    let ``arguments by name may come in any order`` (a: NormalFloat) (b: NormalFloat) =
        let n (x: NormalFloat) =
            x.Get.ToString("R", CultureInfo.InvariantCulture)

        SpecText.parse $"normal(stddev={n b}, mean={n a})" = SpecText.parse $"normal(mean={n a}, stddev={n b})"

    [<Property(MaxTest = 1000)>]
    let ``no text makes parse throw, and a refusal has reasons`` (AnyText text) =
        match SpecText.parse text with
        | Ok _ -> true
        | Error faults -> not faults.IsEmpty && faults |> List.forall (fun f -> InitError.message f <> "")

    [<Property(MaxTest = 2000)>]
    let ``no slip in a text makes parse throw, and what is still read is written and read again`` (MutatedText text) =
        match SpecText.parse text with
        | Ok spec -> reads spec (SpecText.toText spec)
        | Error faults -> not faults.IsEmpty

[<Fact>]
let ``each name of the catalogue is read with its defaults, and no name stands twice`` () =
    let names = SpecText.catalogue |> List.map _.Name
    Assert.Equal<string list>(List.sort names |> List.distinct, names)

    for entry in SpecText.catalogue do
        let arguments =
            entry.Parameters
            |> List.filter (fun (_, value) -> value.IsNone)
            |> List.map (fun (name, _) -> $"{name}={fst (sampleOf entry.Name name)}")
            |> String.concat ", "

        Assert.True((SpecText.parse $"{entry.Name}({arguments})").IsOk, entry.Name)
        Assert.NotEqual<string>("", entry.Summary)

let private presets: (string * Spec) list =
    let he family = Spec.kaiming 0.1 FanMode.FanOut family

    [ "zeros", Spec.zeros
      "zeros()", Spec.zeros
      "ones", Spec.ones
      "constant(3.5)", Spec.constant 3.5
      "constant(value=-0)", Spec.constant -0.0
      "uniform", Spec.uniform 0.0 1.0
      "uniform(low=-0.1, high=0.1)", Spec.uniform -0.1 0.1
      "uniform(-0.1,0.1)", Spec.uniform -0.1 0.1
      "uniform(-0.1, high=0.1)", Spec.uniform -0.1 0.1
      "normal", Spec.normal 0.0 1.0
      "normal(stddev=2e-2)", Spec.normal 0.0 0.02
      "normal(0, 0.02)", Spec.normal 0.0 0.02
      "  normal ( 0 , 0.02 ) ", Spec.normal 0.0 0.02
      "glorot_uniform", Spec.glorotUniform
      "xavier_uniform", Spec.glorotUniform
      "glorot_normal", Spec.glorotNormal
      "xavier_normal()", Spec.glorotNormal
      "trunc_normal_tf(stddev=0.02)", Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))
      "trunc_normal_(0, 0.02, -0.04, 0.04)", Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-0.04, 0.04))
      "kaiming_uniform_", Spec.heUniform
      "xavier_normal(gain=tanh)",
      Spec.varianceScaling ((5.0 / 3.0) * (5.0 / 3.0)) FanMode.FanAvg DistributionFamily.Normal
      "glorot_uniform(leaky_relu(3))",
      Spec.varianceScaling (sqrt 0.2 * sqrt 0.2) FanMode.FanAvg DistributionFamily.Uniform
      "xavier_normal(gain=2)", Spec.varianceScaling 4.0 FanMode.FanAvg DistributionFamily.Normal
      "he_uniform", Spec.heUniform
      "kaiming_uniform", Spec.heUniform
      "he_normal", Spec.heNormal
      "kaiming_normal", Spec.heNormal
      "kaiming_normal(mode=fan_out, negative_slope=0.1)", he DistributionFamily.Normal
      "kaiming_uniform(fan_out, 0.1)", he DistributionFamily.Uniform
      "kaiming_normal(mean=0.5)", Spec.VarianceScaling(2.0, FanMode.FanIn, DistributionFamily.Normal, 0.5)
      "lecun_uniform", Spec.lecunUniform
      "lecun_normal", Spec.lecunNormal
      "siren", Spec.siren 30.0
      "siren(w0=1)", Spec.siren 1.0
      "first_layer_siren", Spec.firstLayerSiren
      "variance_scaling", Spec.varianceScaling 1.0 FanMode.FanIn DistributionFamily.TruncatedNormal
      "truncated_normal", Spec.truncatedNormal 0.0 0.05 (Bounds.Sigmas(-2.0, 2.0))
      "trunc_normal", Spec.truncatedNormal 0.0 1.0 (Bounds.Absolute(-2.0, 2.0))
      "variance_scaling(2, fan_geo_avg, uniform)", Spec.varianceScaling 2.0 FanMode.FanGeo DistributionFamily.Uniform
      "fan_uniform(6, fan_sum, 0.5)", Spec.FanUniform(6.0, FanMode.FanSum, 0.5, 1.0)
      "fan_uniform(numerator=6, mode=fan_sum, power=0.5, gain=2)", Spec.FanUniform(6.0, FanMode.FanSum, 0.5, 2.0) ]

[<Fact>]
let ``presets have their names`` () =
    for text, spec in presets do
        Assert.True(reads spec text, text)

let private refused: (string * string list) list =
    [ "", [ "spec-syntax" ]
      "   ", [ "spec-syntax" ]
      "(1)", [ "spec-syntax" ]
      "1normal", [ "spec-syntax" ]
      "normal(", [ "spec-syntax" ]
      "normal(0, 1", [ "spec-syntax" ]
      "normal)", [ "spec-syntax" ]
      "normal(0, 1) x", [ "spec-syntax" ]
      "normal(,)", [ "spec-syntax"; "spec-syntax" ]
      "normal(mean=)", [ "spec-syntax" ]
      "normal(=1)", [ "spec-syntax" ]
      "normal(a=b=1)", [ "spec-syntax" ]
      "Normal", [ "spec-unknown" ]
      "gaussian(0, 1)", [ "spec-unknown" ]
      "normal(mu=0)", [ "parameter-unknown" ]
      "zeros(1)", [ "parameter-unknown" ]
      "normal(0, 1, 2)", [ "parameter-unknown" ]
      "normal(mean=0, mean=1)", [ "parameter-duplicate" ]
      "normal(1, mean=2)", [ "parameter-duplicate" ]
      "normal(stddev=1, std=2)", [ "parameter-duplicate" ]
      "constant(std=2)", [ "parameter-unknown"; "parameter-missing" ]
      "constant", [ "parameter-missing" ]
      "fan_uniform", [ "parameter-missing"; "parameter-missing"; "parameter-missing" ]
      "normal(mean=x)", [ "parameter-not-number" ]
      "normal(mean=1_000)", [ "parameter-not-number" ]
      "normal(mean=0x10)", [ "parameter-not-number" ]
      "normal(mean=1.5f)", [ "parameter-not-number" ]
      "normal(mean=(1)", [ "spec-syntax" ]
      "normal(mean=1/0)", [ "expression-undefined" ]
      "normal(mean=1/x)", [ "name-unknown" ]
      "normal(mean=d0*)", [ "expression-syntax" ]
      "he_normal(mode=in)", [ "fan-mode-unknown" ]
      "variance_scaling(distribution=cauchy)", [ "distribution-unknown" ]
      "siren(w0=0)", [ "not-positive" ]
      "siren(w0=-30)", [ "not-positive" ]
      "siren(w0=inf)", [ "not-finite" ]
      "siren(w0=nan)", [ "not-finite" ]
      "siren(w0=1e-320)", [ "not-finite" ]
      "siren(w0=x)", [ "parameter-not-number" ]
      "kaiming_normal(negative_slope=nan)", [ "not-finite" ]
      "kaiming_uniform(negative_slope=-inf)", [ "not-finite" ]
      "he_normal(negative_slope=1e200)", [ "not-finite" ]
      "glorot_normal(gain=1e200)", [ "not-finite" ]
      "glorot_uniform(gain=1e-200)", [ "not-positive" ]
      "xavier_normal(gain=-1)", [ "not-positive" ]
      "xavier_uniform(gain=0)", [ "not-positive" ]
      "xavier_uniform(gain=rellu)", [ "nonlinearity-unknown" ]
      "xavier_uniform(gain=leaky_relu(nan))", [ "not-finite" ]
      "xavier_uniform(gain=inf)", [ "not-finite" ]
      // Several faults of one text, all at once.
      "normal(mu=0, sigma=1)", [ "parameter-unknown"; "parameter-unknown" ]
      "normal(mean=x, stddev=y)", [ "parameter-not-number"; "parameter-not-number" ]
      "normal(mu=0, mean=x, mean=y)", [ "parameter-unknown"; "parameter-duplicate"; "parameter-not-number" ]
      "variance_scaling(scale=x, mode=m, distribution=d, mean=z, foo=1)",
      [ "parameter-unknown"
        "parameter-not-number"
        "fan-mode-unknown"
        "distribution-unknown"
        "parameter-not-number" ]
      "gaussian(mean=)", [ "spec-unknown"; "spec-syntax" ]
      "normal(=3, mu=1, stddev=x)", [ "spec-syntax"; "parameter-unknown"; "parameter-not-number" ]
      "fan_uniform(numerator=, power=x)", [ "spec-syntax"; "parameter-not-number" ] ]

[<Fact>]
let ``each fault of a text has its code, and all of a text come at once`` () =
    for text, expected in refused do
        Assert.Equal<string * string list>((text, expected), (text, codes (SpecText.parse text)))

[<Fact>]
let ``a fault of a preset's parameter names that parameter and that preset`` () =
    for text, spec, parameter in
        [ "siren(w0=0)", "siren", "w0"
          "siren(w0=1e-320)", "siren", "1/w0"
          "he_uniform(negative_slope=inf)", "he_uniform", "negative_slope"
          "kaiming_normal(negative_slope=1e200)", "kaiming_normal", "1 + negative_slope²"
          "glorot_normal(gain=-1)", "glorot_normal", "gain"
          "glorot_normal(gain=1e200)", "glorot_normal", "gain²" ] do
        match SpecText.parse text with
        | Error [ fault ] -> Assert.StartsWith($"{parameter} of {spec} is ", InitError.message fault)
        | other -> failwith $"%A{other}"

[<Fact>]
let ``PyTorch's names of parameters are read`` () =
    for text, plain in
        [ "normal_(mean=0, std=0.02)", "normal(mean=0, stddev=0.02)"
          "trunc_normal_(std=0.02, a=-1, b=1)", "trunc_normal(mean=0, stddev=0.02, a=-1, b=1)"
          "kaiming_uniform_(a=2.23606797749979)", "kaiming_uniform(negative_slope=2.23606797749979)" ] do
        Assert.Equal((text, SpecText.parse plain), (text, SpecText.parse text))

    Assert.Equal(SpecText.parse "normal(stddev=0.02)", SpecJson.parse "{\"initializer\": \"normal\", \"std\": 0.02}")

[<Fact>]
let ``a decimal comma that makes arguments clash is named`` () =
    for text in
        [ "normal(stddev=0,5)"
          "normal(0, 0,1)"
          "uniform(low=-0,1, high=0,1)"
          "normal(mean=0,5)"
          "truncated_normal(mean=0,5, lower=-1, upper=1)"
          "constant(0,1)" ] do
        match SpecText.parse text with
        | Error faults ->
            Assert.Contains(faults, fun f -> (InitError.message f).Contains "a decimal point, never a comma")
        | other -> failwith $"%A{other}"

    for text in [ "normal(mean=0.5, mean=1)"; "normal(mu=0)" ] do
        match SpecText.parse text with
        | Error faults -> Assert.DoesNotContain(faults, fun f -> (InitError.message f).Contains "comma")
        | other -> failwith $"%A{other}"

[<Fact>]
let ``a decimal comma is refused, under any culture`` () =
    for text in
        [ "normal(0, 0,1)"
          "normal(mean=0,5)"
          "uniform(low=-0,1, high=0,1)"
          "constant(0,1)" ] do
        Assert.True((SpecText.parse text).IsError, text)
        Assert.True(underGerman (fun () -> (SpecText.parse text).IsError), text)

[<Fact>]
let ``columns of syntax faults count from 1 in the text as given`` () =
    let column text =
        match SpecText.parse text with
        | Error(InitError.SpecSyntax(_, column, _) :: _) -> column
        | other -> failwith $"%A{other}"

    Assert.Equal(1, column "")
    Assert.Equal(3, column "  1x")
    Assert.Equal(8, column "normal(")
    Assert.Equal(8, column " normal)")
    Assert.Equal(7, column "normal stddev=1")
    Assert.Equal(15, column "normal(mean=0,5)")
    Assert.Equal(None, SpecText.parse "normal(0, stddev=5)" |> codes |> List.tryHead)
    Assert.Equal(8, column "normal(=1)")
    Assert.Equal(10, column "normal(0,=1)")
    Assert.Equal(11, column " normal(0,=1)")
