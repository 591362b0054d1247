/// Texts made to hurt: every kind of JSON in every place, many faults, long words, many axes.
module Initializers.Properties.HostileTextTests

open System
open System.Text.Json
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// A value of each kind of JSON, the ends of its ranges included.
let private kinds =
    [ "null"
      "true"
      "false"
      "0"
      "-0"
      "-1"
      "1.5"
      "4.0"
      "1e400"
      "-1e400"
      "1e-400"
      "2147483648"
      "9007199254740993"
      "9223372036854775807"
      "9223372036854775808"
      "123456789012345678901234567890"
      "\"\""
      "\"1\""
      "\"inf\""
      "\"zeros\""
      "\"normal(\""
      "\"\\ud800\""
      "\"\\u0000\""
      "[]"
      "[1]"
      "[null]"
      "[true]"
      "[\"\\ud800\"]"
      "[\"inf\"]"
      "[[1]]"
      "[{}]"
      "[1, {}]"
      "[{\"size\": 1, \"inner\": \"zeros\"}]"
      "{}"
      "{\"\\ud800\": 1}"
      "{\"initializer\": \"zeros\"}"
      "{\"initializer\": null}"
      "{\"class_name\": \"Zeros\"}"
      "{\"class_name\": [], \"config\": 1}"
      "{\"class_name\": \"\\ud800\", \"config\": {\"\\ud800\": \"\\ud800\"}}"
      "{\"class_name\": \"SeedGener\\ud800ator\"}"
      "{\"class_name\": \"__num\\ud800py__\", \"config\": {\"value\": \"\\ud800\"}}" ]

/// A refusal has codes and messages, and what is read is written and read again.
let private answers json =
    match SpecJson.parse json with
    | Ok spec -> Assert.Equal(Ok spec, SpecJson.parse (SpecJson.toJson spec))
    | Error faults ->
        Assert.NotEmpty faults

        for fault in faults do
            Assert.NotEqual<string>("", InitError.code fault)
            Assert.NotEqual<string>("", InitError.message fault)

[<Fact>]
let ``every kind of JSON in every parameter of every initializer is read or refused with codes`` () =
    for entry in SpecText.catalogue do
        for parameter, _ in entry.Parameters do
            for value in kinds do
                let others =
                    entry.Parameters
                    |> List.filter (fun (name, fallback) -> name <> parameter && fallback.IsNone)
                    |> List.map (fun (name, _) -> $", \"{name}\": {snd (sampleOf entry.Name name)}")
                    |> String.concat ""

                answers $"{{\"initializer\": \"{entry.Name}\", \"{parameter}\": {value}{others}}}"

[<Fact>]
let ``every kind of JSON in every field of a stack's parts, of a Keras config and of a blueprint is read or refused``
    ()
    =
    for value in kinds do
        answers value
        answers $"{{\"initializer\": {value}}}"

        for size, inner in [ value, "\"zeros\""; "1", value ] do
            answers $"{{\"initializer\": \"stacked\", \"parts\": [{{\"size\": {size}, \"inner\": {inner}}}]}}"

        for field in
            [ "class_name"
              "module"
              "registered_name"
              "config"
              "build_config"
              "shared_object_id" ] do
            answers $"{{\"class_name\": \"HeNormal\", \"{field}\": {value}}}"
            answers $"{{\"{field}\": {value}}}"

        for name in
            [ "Constant"
              "RandomNormal"
              "VarianceScaling"
              "Orthogonal"
              "STFT"
              "Identity" ] do
            for field in
                [ "value"
                  "mean"
                  "stddev"
                  "scale"
                  "mode"
                  "distribution"
                  "gain"
                  "seed"
                  "side"
                  "window"
                  "dtype" ] do
                answers $"{{\"class_name\": \"{name}\", \"config\": {{\"{field}\": {value}}}}}"

        for rule in [ "pattern"; "regex"; "rank"; "dtype"; "spec"; "layout"; "fan_in"; "fan_out" ] do
            let others =
                if rule = "pattern" || rule = "regex" then
                    ""
                else
                    ", \"pattern\": \"*\""

            for tensors in [ "{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}"; value ] do
                let json =
                    $"{{\"tensors\": {tensors}, \"rules\": [{{\"spec\": \"zeros\"{others}, \"{rule}\": {value}}}]}}"

                Assert.True(TensorFiles.coded (Blueprint.parseText "b" json))

        for field in [ "name"; "description"; "tensors"; "rules"; "recipe"; "weight_map" ] do
            Assert.True(TensorFiles.coded (Blueprint.parseText "b" $"{{\"{field}\": {value}}}"))

        for field in [ "dtype"; "shape"; "data_offsets" ] do
            Assert.True(TensorFiles.coded (Blueprint.parseText "b" $"{{\"a\": {{\"{field}\": {value}}}}}"))

[<Fact>]
let ``an empty text is reported as empty`` () =
    for text in [ ""; " \r\n\t"; "\uFEFF" ] do
        for faults in
            [ Validation.faults (SpecJson.parse text)
              Validation.faults (Blueprint.parseText "b" text) ] do
            match faults with
            | [ InitError.JsonSyntax(_, 1L, 1L, reason) ] -> Assert.Equal("there is nothing in it.", reason)
            | other -> failwith $"%A{other}"

[<Fact>]
let ``whole numbers are exact to 64 bits, in text and in JSON, and others are refused with the number given`` () =
    for groups in [ 9007199254740993L; Int64.MaxValue; Int64.MinValue; -1L; 0L ] do
        let spec = Spec.dirac groups
        Assert.Equal(Ok spec, SpecText.parse $"dirac(groups={groups})")
        Assert.Equal(Ok spec, SpecText.parse (SpecText.toText spec))
        Assert.Equal(Ok spec, SpecJson.parse (SpecJson.toJson spec))

    for text, expected in
        [ "4.0", 4L
          "1e3", 1000L
          "1e18", 1000000000000000000L
          "9007199254740993.0", 9007199254740993L ] do
        Assert.Equal(Ok(Spec.dirac expected), SpecText.parse $"dirac(groups={text})")
        Assert.Equal(Ok(Spec.dirac expected), SpecJson.parse $"{{\"initializer\": \"dirac\", \"groups\": {text}}}")

    for name, given, code in
        [ "dirac(groups=X)", "9223372036854775808", "parameter-not-whole"
          "dirac(groups=X)", "1e30", "parameter-not-whole"
          "dirac(groups=X)", "1e-30", "parameter-not-whole"
          "dirac(groups=X)", "1.00000000000000000001", "parameter-not-whole"
          "residual(layers=X, inner=ones)", "3000000000", "parameter-out-of-range"
          "residual(layers=X, inner=ones)", "-9223372036854775808", "parameter-out-of-range"
          "tfixup_encoder(layers=X, inner=ones)", "9223372036854775807", "parameter-out-of-range"
          "stacked(axis=X, parts=[1: ones])", "5000000000", "parameter-out-of-range"
          "batched(axes=X, inner=ones)", "9007199254740993", "parameter-out-of-range"
          "literal(values=[1], shape=[X])", "1.5", "parameter-not-whole" ] do
        match SpecText.parse (name.Replace("X", given)) with
        | Error [ fault ] ->
            Assert.Equal((name, given, code), (name, given, InitError.code fault))
            Assert.Contains(given, InitError.message fault)
        | other -> failwith $"%A{other}"

    match SpecJson.parse """{"initializer": "dirac", "groups": 9223372036854775808}""" with
    | Error [ fault ] -> Assert.Contains("'9223372036854775808'", InitError.message fault)
    | other -> failwith $"%A{other}"

    match
        SpecJson.parse """{"initializer": "stacked", "parts": [{"size": 9223372036854775808, "inner": "ones"}]}"""
    with
    | Error [ fault ] -> Assert.Contains("9223372036854775808", InitError.message fault)
    | other -> failwith $"%A{other}"

[<Fact>]
let ``layers and axes are those given`` () =
    Assert.Equal(Ok(Spec.scale (1.0 / sqrt 4000000.0) Spec.ones), SpecText.parse "residual(layers=2000000, inner=ones)")

    match
        Plan.resolve
            (ok (SpecText.parse "stacked(axis=5000000, parts=[4: ones])"))
            (shapeOf [ 4L ])
            Fan.Unknown
            DType.Float32
    with
    | Error [ fault ] -> Assert.Contains("5000000", InitError.message fault)
    | other -> failwith $"%A{other}"

/// The messages of a report together.
let private size (result: Result<'a, InitError list>) =
    match result with
    | Ok _ -> failwith "a text of faults was read"
    | Error faults -> faults |> List.sumBy (fun fault -> (InitError.message fault).Length)

[<Fact>]
let ``a report is short however many faults a text has and however long its words are`` () =
    let n = 20_000
    let x = String('x', n)

    let many (separator: string) (item: string) =
        String.Join(separator, Array.create n item)

    let texts =
        [ "normal(" + String(',', n) + ")"
          "normal(" + many "," "=" + ")"
          "stacked(parts=[" + many "," "x" + "])"
          "stacked(parts=[" + many "," "1: y" + "])"
          "literal(values=[" + many "," "y" + "])"
          "normal(" + many "," "a=1" + ")"
          "normal(" + many "," "mean=1" + ")"
          x
          $"normal(mean={x})"
          $"normal({x}=1)"
          $"he_normal(mode={x})"
          $"variance_scaling(distribution={x})"
          $"glorot_normal(gain={x})"
          $"dirac(groups={x})"
          $"stft(window={x})"
          x + "(" + x
          "scale(1, " + x + "(" ]

    for text in texts do
        Assert.InRange(size (SpecText.parse text), 1, 200_000)

    let nulls = many "," "null"
    let ones = many "," "1"
    let objects = many "," "{}"

    let jsons =
        [ "[" + many "," "1" + "]"
          $"{{\"initializer\": \"{x}\"}}"
          $"{{\"initializer\": \"normal\", \"{x}\": 1}}"
          $"{{\"initializer\": \"normal\", \"{x}\": [{nulls}]}}"
          $"{{\"initializer\": \"literal\", \"values\": [{nulls}]}}"
          $"{{\"initializer\": \"stacked\", \"parts\": [{objects}]}}"
          "{\"initializer\": \"normal\", " + many "," "\"a\": 1" + "}"
          $"{{\"class_name\": \"{x}\"}}"
          $"{{\"class_name\": \"Zeros\", \"{x}\": 1}}"
          $"{{\"class_name\": \"Zeros\", \"module\": \"{x}\"}}" ]

    for json in jsons do
        Assert.InRange(size (SpecJson.parse json), 1, 200_000)
        Assert.InRange(size (Blueprint.parseText "b" json), 1, 200_000)

    let blueprints =
        [ "{" + String.Join(",", Array.init n (fun i -> $"\"{i}\": 1")) + "}"
          "{" + many "," "\"a\": 1" + "}"
          $"{{\"{x}\": {{\"dtype\": \"{x}\", \"shape\": [{ones}]}}}}"
          $"{{\"{x}\": {{\"dtype\": \"F32\", \"shape\": [-1], \"{x}\": 1}}}}"
          $"{{\"tensors\": {{\"a\": {{\"dtype\": \"F32\", \"shape\": []}}}}, \"rules\": [{objects}]}}" ]

    for json in blueprints do
        Assert.InRange(size (Blueprint.parseText "b" json), 1, 200_000)

[<Fact>]
let ``a report lists each fault once, the first hundred of them, and counts the others`` () =
    let fault i = InitError.TensorDuplicate $"{i}"

    let report =
        FaultReport.ofFaults ([ for i in 1..150 -> fault i ] @ [ fault 1; fault 150 ])

    Assert.Equal<InitError list>([ for i in 1..100 -> fault i ] @ [ InitError.FaultsOmitted 50 ], report)
    Assert.Equal<InitError list>(report, FaultReport.ofFaults report)
    let nan' = InitError.NotFinite("normal", "mean", nan)
    Assert.Single(FaultReport.ofFaults [ nan'; nan' ]) |> ignore

/// Time and memory of reading a text of n parts and of one ten times as long.
let private growth (read: string -> unit) (text: int -> string) =
    let measured n =
        let given = text n
        read given
        let before = GC.GetAllocatedBytesForCurrentThread()
        read given
        float (GC.GetAllocatedBytesForCurrentThread() - before)

    measured 20_000 / measured 2_000

[<Fact>]
let ``memory of reading a text grows with its length`` () =
    let many (separator: string) (item: string) n =
        String.Join(separator, Array.create n item)

    let text = SpecText.parse >> ignore
    let json = SpecJson.parse >> ignore
    let blueprint = Blueprint.parseText "b" >> ignore

    for read, make in
        [ text, (fun n -> "stacked(parts=[" + many "," "1: zeros" n + "])")
          text, (fun n -> "literal(values=[" + many "," "1" n + "])")
          text, (fun n -> "normal(" + String(',', n) + ")")
          text,
          (fun n ->
              String.replicate 60 "scale(1, "
              + "constant("
              + String(' ', n)
              + "1)"
              + String.replicate 60 ")")
          json, (fun n -> "{\"initializer\": \"literal\", \"values\": [" + many "," "1" n + "]}")
          json,
          (fun n ->
              "{\"initializer\": \"literal\", \""
              + String('k', n)
              + "\": ["
              + many "," "null" n
              + "]}")
          json,
          (fun n ->
              "{\"initializer\": \"stacked\", \"parts\": ["
              + many "," "{\"size\":1,\"inner\":\"ones\"}" n
              + "]}")
          blueprint,
          (fun n ->
              "{"
              + String.Join(",", Array.init n (fun i -> $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[{i}]}}"))
              + "}") ] do
        Assert.InRange(growth read make, 1.0, 20.0)

[<Theory>]
[<InlineData(1001)>]
[<InlineData(200_000)>]
let ``a shape of more axes than the limit is one fault in every entry point`` (rank: int) =
    let dims = List.replicate rank 1L
    let sizes = String.Join(",", dims)
    let expected = [ "shape-rank" ]
    Assert.Equal<string list>(expected, codes (Shape.ofList dims))
    Assert.Equal<string list>(expected, codes (Shape.parse sizes))
    Assert.Equal<string list>(expected, codes (Shape.ofList (List.replicate rank -1L)))
    let model = $"{{\"a\": {{\"dtype\": \"F32\", \"shape\": [{sizes}]}}}}"
    Assert.Equal<string list>(expected, codes (Blueprint.parseText "b" model))

    let request: TensorRequest =
        { Name = "a"
          Spec = Spec.normal 0.0 -1.0
          Dims = dims
          Fan = Fan.From Layout.OutIn }

    Assert.Equal<string list>(
        [ "shape-rank"; "stddev-negative" ],
        Initialize.faultsOfTensors Target.cpu [ request ] |> List.map InitError.code
    )

    let roles = Array.create rank FanAxis.Out

    Assert.Equal<string list>(
        [ "axes-rank" ],
        codes (Plan.resolve Spec.heNormal (shapeOf [ 4L ]) (Fan.Axes(FanAxes.Of roles)) DType.Float32)
    )

    Assert.Equal<string list>(
        [ "literal-shape" ],
        codes (Plan.resolve (Spec.literal dims [ 1.0 ]) (shapeOf [ 1L ]) Fan.Unknown DType.Float32)
    )

    Assert.Equal<string list>(expected, codes (FanAxes.ofAxes [ 0 ] [ 1 ] [] rank))

[<Fact>]
let ``a shape of as many axes as the limit is a shape`` () =
    Assert.Equal(Shape.RankLimit, (shapeOf (List.replicate Shape.RankLimit 1L)).Rank)

[<Fact>]
let ``a custom quantile with any name is written as valid JSON`` () =
    let spec = Spec.quantile ("a\"\\\n" + string '\ud800') id
    use document = JsonDocument.Parse(SpecJson.toJson spec)
    Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind)

[<Fact>]
let ``a factor that makes a distribution degenerate is reported by the name and the number given`` () =
    let message spec =
        match Plan.resolve spec (shapeOf [ 4L ]) (Fan.Of(4.0, 4.0)) DType.Float32 with
        | Error faults -> faults |> List.map InitError.message |> String.concat " "
        | Ok _ -> failwith "resolved"

    for spec, start in
        [ Spec.FanUniform(6.0, FanMode.FanSum, 0.5, 0.0), "gain of fan_uniform is 0;"
          Spec.FanUniform(6.0, FanMode.FanIn, 0.25, -1.0), "gain of fan_uniform is -1;"
          Spec.FanUniform(0.0, FanMode.FanIn, 0.5, 1.0), "numerator of fan_uniform is 0;"
          Spec.FanUniform(-6.0, FanMode.FanIn, 1.0, 1.0), "numerator of fan_uniform is -6;"
          Spec.siren 0.0, "1/w0 (the gain) of siren is inf;"
          Spec.siren -0.5, "1/w0 (the gain) of siren is -2;"
          Spec.FanUniform(1.0, FanMode.FanIn, 1e6, 1.0), "1 * (1 / 4)^1000000 is not" ] do
        Assert.StartsWith(start, message spec)
