/// Specs as JSON and as Keras configs: what is written is read back; what is not a spec is refused with every fault.
module Initializers.Properties.SpecJsonTests

open System
open System.Globalization
open System.Text.Json
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.SpecTextTests

let private reads spec json =
    match SpecJson.parse json with
    | Ok read -> same read spec
    | Error _ -> false

/// A text with one to four characters replaced, removed, inserted, or a run of it doubled.
let mutations (starts: Gen<string>) =
    let letter =
        Gen.frequency
            [ 9, Gen.elements (List.ofSeq "{}[]\",: .-+0159enulltrueafsd_\\/\u0000é\n\t")
              1, Gen.choose (0, 0xFFFF) |> Gen.map char ]

    let mutate (text: string) =
        gen {
            let! at = Gen.choose (0, text.Length)
            let! c = letter
            let! kind = Gen.choose (0, 3)
            let! length = Gen.choose (0, min 12 (text.Length - at))

            return
                match kind with
                | 0 -> text.Insert(at, string c)
                | 1 when at < text.Length -> text.Remove(at, 1)
                | 2 when at < text.Length -> text.Remove(at, 1).Insert(at, string c)
                | _ -> text.Insert(at, text.Substring(at, length))
        }

    gen {
        let! start = starts
        let! once = mutate start
        let! twice = mutate once
        let! thrice = mutate twice
        let! last = mutate thrice
        return! Gen.elements [ once; twice; thrice; last ]
    }

/// JSON of a spec or a Keras config with slips.
type MutatedJson = MutatedJson of string

type JsonGenerators =
    static member MutatedJson() =
        gen {
            let! spec = anySpec

            return!
                Gen.elements
                    [ SpecJson.toJson spec
                      SpecJson.toKeras spec |> Result.defaultValue (SpecJson.toJson spec)
                      """{"initializer": "kaiming_normal", "mode": "fan_out", "negative_slope": 0.1}"""
                      """{"module": "keras.initializers", "class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "distribution": "uniform", "seed": null}, "registered_name": null}""" ]
        }
        |> mutations
        |> Gen.map MutatedJson
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Generators>; typeof<JsonGenerators> |])>]
module RoundTrips =
    [<Property(MaxTest = 1000)>]
    let ``reading what was written gives every bit of the spec`` (AnySpec spec) = reads spec (SpecJson.toJson spec)

    [<Property(MaxTest = 300)>]
    let ``a culture with decimal commas changes neither writing nor reading`` (AnySpec spec) =
        let json = SpecJson.toJson spec
        underGerman (fun () -> SpecJson.toJson spec = json && reads spec json)

    [<Property>]
    let ``fields may come in any order`` (AnySpec spec) =
        use document = JsonDocument.Parse(SpecJson.toJson spec)

        let fields =
            document.RootElement.EnumerateObject()
            |> Seq.map (fun p -> $"\"{p.Name}\": {p.Value.GetRawText()}")
            |> List.ofSeq

        reads spec ("{" + String.concat "," (List.rev fields) + "}")

    /// Specs with finite numbers, so that there is a distribution to compare.
    [<Property(MaxTest = 1000)>]
    let ``a Keras config that was written has the distribution of its spec`` (ValidSpec spec) (Fans(fanIn, fanOut)) =
        let law spec =
            ok (Plan.distribution spec (shapeOf [ 2L; 2L ]) (Fan.Of(fanIn, fanOut)))

        match SpecJson.toKeras spec, spec with
        | Ok json, Spec.FanUniform _ ->
            match law spec, law (ok (SpecJson.parse json)) with
            // The square root is split otherwise; its rounding may differ.
            | Structure.Elements(Leaf.Element(Element.Uniform(_, high), _)),
              Structure.Elements(Leaf.Element(Element.Uniform(_, read), _)) -> abs (high - read) <= 4.0e-16 * high
            | _ -> false
        | Ok json, _ -> law spec = law (ok (SpecJson.parse json))
        | Error [ InitError.KerasUnsupported _ ], _ -> true
        | Error _, _ -> false

    [<Property(MaxTest = 1000)>]
    let ``no spec makes the Keras writer throw, and what it writes is JSON that is read`` (AnySpec spec) =
        match SpecJson.toKeras spec with
        | Ok json -> (SpecJson.parse json).IsOk
        | Error faults -> faults |> List.map InitError.code = [ "keras-unsupported" ]

    [<Property(MaxTest = 1000)>]
    let ``no text makes parse throw, and a refusal has reasons`` (AnyText text) =
        match SpecJson.parse text with
        | Ok _ -> true
        | Error faults -> not faults.IsEmpty && faults |> List.forall (fun f -> InitError.message f <> "")

    [<Property(MaxTest = 5000)>]
    let ``no slip in JSON makes parse throw, and what is still read is written and read again`` (MutatedJson json) =
        match SpecJson.parse json with
        | Ok spec -> reads spec (SpecJson.toJson spec)
        | Error faults -> not faults.IsEmpty && faults |> List.forall (fun f -> InitError.message f <> "")

[<Fact>]
let ``the written form is the text's names and parameters`` () =
    Assert.Equal("""{"initializer": "zeros"}""", SpecJson.toJson Spec.zeros)

    Assert.Equal("""{"initializer": "normal", "mean": 0, "stddev": 0.02}""", SpecJson.toJson (Spec.normal 0.0 0.02))

    Assert.Equal(
        """{"initializer": "kaiming_normal", "mode": "fan_out"}""",
        SpecJson.toJson (Spec.kaiming 0.0 FanMode.FanOut DistributionFamily.Normal)
    )

    Assert.Equal(
        """{"initializer": "uniform", "low": "-inf", "high": "nan"}""",
        SpecJson.toJson (Spec.uniform -infinity nan)
    )

[<Fact>]
let ``each name and default of the text's catalogue is JSON's too`` () =
    for entry in SpecText.catalogue do
        let given =
            entry.Parameters |> List.filter (fun (_, value) -> value.IsNone) |> List.map fst

        let text =
            given
            |> List.map (fun name -> $"{name}={fst (sampleOf entry.Name name)}")
            |> String.concat ", "

        let json =
            given
            |> List.map (fun name -> $", \"{name}\": {snd (sampleOf entry.Name name)}")
            |> String.concat ""

        Assert.Equal(
            ok (SpecText.parse $"{entry.Name}({text})"),
            ok (SpecJson.parse $"{{\"initializer\": \"{entry.Name}\"{json}}}")
        )

let private refused: (string * string list) list =
    [ "", [ "json-syntax" ]
      "{", [ "json-syntax" ]
      "nonsense", [ "json-syntax" ]
      String('[', 1000), [ "json-syntax" ]
      "null", [ "json-field" ]
      "[]", [ "json-field" ]
      "\"he_normal\"", [ "json-field" ]
      "\"HeSquared\"", [ "spec-unknown" ]
      "{}", [ "json-field" ]
      """{"initializer": 3}""", [ "json-field" ]
      """{"initializer": "norml"}""", [ "spec-unknown" ]
      """{"initializer": "normal", "initializer": "zeros"}""", [ "json-field" ]
      """{"initializer": "normal", "mean": 0, "mean": 1}""", [ "json-field" ]
      """{"initializer": "normal", "mu": 0}""", [ "parameter-unknown" ]
      """{"initializer": "constant"}""", [ "parameter-missing" ]
      """{"initializer": "normal", "mean": "0.5f"}""", [ "parameter-not-number" ]
      """{"initializer": "normal", "mean": null}""", [ "json-field" ]
      """{"initializer": "constant", "value": [1]}""", [ "parameter-kind" ]
      """{"initializer": "constant", "value": true}""", [ "parameter-kind" ]
      """{"initializer": "he_normal", "mode": "in"}""", [ "fan-mode-unknown" ]
      """{"initializer": "he_normal", "mode": 1}""", [ "fan-mode-unknown" ]
      """{"initializer": "variance_scaling", "distribution": "cauchy"}""", [ "distribution-unknown" ]
      """{"initializer": "\ud800"}""", [ "json-field" ]
      """{"\ud800": 1, "initializer": "zeros"}""", [ "json-field" ]
      // Several faults at once.
      """{"initializer": "normal", "mu": 0, "mean": null, "stddev": "x"}""",
      [ "json-field"; "parameter-unknown"; "parameter-not-number" ]
      // Keras
      """{"class_name": "HeSquared", "config": {}}""", [ "keras-unknown" ]
      """{"class_name": 3}""", [ "json-field" ]
      """{"class_name": "Zeros", "config": 3}""", [ "json-field" ]
      """{"class_name": "Zeros", "config": {"seed": 1}}""", [ "json-field" ]
      """{"class_name": "Zeros", "name": "x"}""", [ "json-field" ]
      """{"class_name": "Zeros", "module": "mine.initializers"}""", [ "keras-unknown" ]
      """{"class_name": "Zeros", "module": "kerasish"}""", [ "keras-unknown" ]
      """{"class_name": "Zeros", "registered_name": "mine>Zeros"}""", [ "keras-unknown" ]
      """{"class_name": "RandomNormal", "config": {"mean": "0", "stddev": null, "seed": "1"}}""",
      [ "json-field"; "json-field"; "json-field" ]
      """{"class_name": "VarianceScaling", "config": {"mode": "fan_sum", "distribution": "cauchy"}}""",
      [ "json-field"; "json-field" ] ]

/// Keras's normal presets are truncated at 2 standard deviations and widened; its TruncatedNormal is not widened.
let private truncated: (string * Spec) list =
    let family = DistributionFamily.TruncatedNormal

    [ """{"class_name": "HeNormal", "config": {"seed": null}}""", Spec.varianceScaling 2.0 FanMode.FanIn family
      """{"class_name": "GlorotNormal"}""", Spec.varianceScaling 1.0 FanMode.FanAvg family
      """{"class_name": "LecunNormal"}""", Spec.varianceScaling 1.0 FanMode.FanIn family
      """{"class_name": "TruncatedNormal", "config": {"mean": 0.5, "stddev": 0.02, "seed": null}}""",
      Spec.truncatedNormal 0.5 0.02 (Bounds.Sigmas(-2.0, 2.0))
      """{"class_name": "VarianceScaling", "config": {"scale": 3.0, "mode": "fan_avg", "distribution": "truncated_normal"}}""",
      Spec.varianceScaling 3.0 FanMode.FanAvg family
      """{"class_name": "VarianceScaling"}""", Spec.varianceScaling 1.0 FanMode.FanIn family ]

[<Fact>]
let ``Keras's truncated laws are read as such, and written back`` () =
    for json, spec in truncated do
        Assert.Equal(Ok spec, SpecJson.parse json)
        Assert.Equal(Ok spec, SpecJson.toKeras spec |> Result.bind SpecJson.parse)

[<Fact>]
let ``each fault of JSON has its code, and all of a text come at once`` () =
    for json, expected in refused do
        Assert.Equal<string * string list>((json, expected), (json, codes (SpecJson.parse json)))

let private messages json =
    match SpecJson.parse json with
    | Error faults -> faults |> List.map InitError.message
    | Ok spec -> failwith $"%A{spec}"

[<Fact>]
let ``faults have their path, those of syntax line and column`` () =
    Assert.StartsWith(
        "the JSON, line 2, column 12: malformed JSON:",
        List.head (messages "{\"initializer\":\n \"normal\", }")
    )

    let paths =
        messages """{"initializer": "normal", "mu": 0, "mean": null, "stddev": "x"}"""
        |> List.map (fun m -> m.Substring(0, m.IndexOf ':'))

    Assert.Equal<string list>([ "the JSON, spec.mean"; "the JSON, spec.mu"; "the JSON, spec.stddev" ], paths)

/// A spec as its Keras config is read: Keras flattens all axes but the last.
let private asKeras spec =
    match spec with
    | Spec.Orthogonal _
    | Spec.Identity _ -> Spec.defaultLayout Layout.SpatialInOut spec
    | other -> other

let private keras: (string * string * Spec) list =
    [ "Zeros", "", Spec.zeros
      "Ones", "", Spec.ones
      "Constant", "\"value\": 0.5", Spec.constant 0.5
      "RandomUniform", "\"minval\": -0.1, \"maxval\": 0.1, \"seed\": null", Spec.uniform -0.1 0.1
      "RandomNormal", "\"mean\": 0, \"stddev\": 0.02, \"seed\": null", Spec.normal 0.0 0.02
      "Orthogonal", "\"gain\": 2, \"seed\": null", Spec.orthogonal 2.0
      "Identity", "\"gain\": 0.5", Spec.identity 0.5
      "GlorotUniform", "\"seed\": null", Spec.glorotUniform
      "HeUniform", "\"seed\": null", Spec.heUniform
      "LecunUniform", "\"seed\": null", Spec.lecunUniform
      "VarianceScaling",
      "\"scale\": 2, \"mode\": \"fan_in\", \"distribution\": \"untruncated_normal\", \"seed\": null",
      Spec.heNormal
      "VarianceScaling",
      "\"scale\": 3, \"mode\": \"fan_out\", \"distribution\": \"uniform\", \"seed\": null",
      Spec.varianceScaling 3.0 FanMode.FanOut DistributionFamily.Uniform ]

[<Fact>]
let ``Keras configs are read and written`` () =
    for name, config, spec in keras do
        let short = $"{{\"class_name\": \"{name}\", \"config\": {{{config}}}}}"

        let whole =
            $"{{\"module\": \"keras.initializers\", \"class_name\": \"{name}\", \"config\": {{{config}}}, \"registered_name\": null}}"

        Assert.True(reads (asKeras spec) short, short)
        Assert.True(reads (asKeras spec) whole, whole)
        Assert.Equal(whole, ok (SpecJson.toKeras spec))
        Assert.Equal(whole, ok (SpecJson.toKeras (asKeras spec)))

[<Fact>]
let ``Keras configs have Keras's defaults, and a seed is read and left out`` () =
    for json, spec in
        [ """{"class_name": "Constant"}""", Spec.zeros
          """{"class_name": "RandomNormal", "config": {"seed": 7}}""", Spec.normal 0.0 0.05
          """{"class_name": "RandomUniform", "config": {"seed": {"class_name": "SeedGenerator"}}}""",
          Spec.uniform -0.05 0.05
          """{"class_name": "VarianceScaling", "config": {"distribution": "uniform"}}""", Spec.lecunUniform ] do
        Assert.True(reads spec json, json)

[<Fact>]
let ``what Keras lacks is refused, and Ivy's GlorotUniform is Keras's`` () =
    for spec in
        [ Spec.FanUniform(1.0, FanMode.FanIn, 1.0, 1.0)
          Spec.varianceScaling 1.0 FanMode.FanGeo DistributionFamily.Uniform
          Spec.VarianceScaling(1.0, FanMode.FanIn, DistributionFamily.Normal, 0.5)
          Spec.normal nan 1.0 ] do
        Assert.Equal<string list>([ "keras-unsupported" ], codes (SpecJson.toKeras spec))

    Assert.Contains("\"GlorotUniform\"", ok (SpecJson.toKeras (Spec.FanUniform(6.0, FanMode.FanSum, 0.5, 1.0))))
