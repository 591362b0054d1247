/// Keras configs of every generation: the names, fields and modules that releases of Keras, tf.keras and TensorFlow.js have
/// written, and what is written for Keras.
module Initializers.Properties.KerasConfigTests

open System
open System.Text.Json
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private read json = SpecJson.parse json

let private config name fields =
    $"{{\"class_name\": \"{name}\", \"config\": {{{fields}}}}}"

let private presets =
    [ "GlorotNormal", Compat.Keras.glorotNormal
      "GlorotUniform", Compat.Keras.glorotUniform
      "HeNormal", Compat.Keras.heNormal
      "HeUniform", Compat.Keras.heUniform
      "LecunNormal", Compat.Keras.lecunNormal
      "LecunUniform", Compat.Keras.lecunUniform ]

let private orthogonal =
    Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.SpatialInOut

let private identity = Spec.identity 1.0 |> Spec.defaultLayout Layout.SpatialInOut

let private stft = Spec.stft StftSide.Real StftWindow.Hann StftScaling.Density false

[<Fact>]
let ``presets and variance scaling of Keras 3.15 have axes, null or lists`` () =
    for name, spec in ("VarianceScaling", Compat.Keras.lecunNormal) :: presets do
        for axes in
            [ "\"input_axes\": null, \"output_axes\": null"
              // Keras takes its default axes unless both are given.
              "\"input_axes\": [0], \"output_axes\": null"
              "\"output_axes\": [0]" ] do
            Assert.Equal(Ok spec, read (config name $"\"seed\": null, {axes}"))

        let json =
            config name "\"input_axes\": [0, -2], \"output_axes\": [1, 1], \"seed\": 3"

        let expected = spec |> Spec.axisFans [ 0; -2 ] [ 1; 1 ]
        Assert.Equal(Ok expected, read json)
        Assert.Equal(Ok expected, SpecJson.toKeras expected |> Result.bind read)

    for axes in [ "0"; "\"0\""; "[0.5]"; "[null]"; "[4294967296]"; "{}" ] do
        Assert.Equal<string list>(
            [ "json-field" ],
            codes (read (config "HeNormal" $"\"input_axes\": {axes}, \"output_axes\": [0]"))
        )

    // Constants have no fans.
    Assert.Equal<string list>([ "json-field" ], codes (read (config "RandomNormal" "\"input_axes\": null")))

/// fan_in and fan_out of lists are products of the listed sizes alone.
[<Fact>]
let ``lists of axes are the fans' axes, whatever layout is given`` () =
    let spec =
        ok (read (config "GlorotUniform" "\"input_axes\": [0], \"output_axes\": [1, 2]"))

    for fan in [ Fan.Unknown; Fan.From Layout.SpatialInOut; Fan.In 3.0 ] do
        Assert.Equal(
            Ok(Resolved.Uniform(-sqrt(6.0 / 1024.0), sqrt (6.0 / 1024.0))),
            Plan.distribution spec (shapeOf [ 512L; 8L; 64L ]) fan
        )

    let experts = Compat.Keras.heUniform |> Spec.axisFans [ 1 ] [ 2 ]

    Assert.Equal(
        Ok(Resolved.Uniform(-sqrt(6.0 / 256.0), sqrt (6.0 / 256.0))),
        Plan.distribution experts (shapeOf [ 8L; 256L; 1024L ]) Fan.Unknown
    )

    Assert.Equal<string list>([ "axis-outside" ], codes (Plan.distribution experts (shapeOf [ 8L; 256L ]) Fan.Unknown))

let private names: (string list * Spec) list =
    [ [ "Zeros"; "zeros"; "zero"; "ZerosV2"; "zerosV2" ], Spec.zeros
      [ "Ones"; "ones"; "one"; "OnesV2" ], Spec.ones
      [ "Constant"; "constant"; "ConstantV2" ], Spec.zeros
      [ "RandomUniform"
        "random_uniform"
        "uniform"
        "RandomUniformV2"
        "randomUniform" ],
      Spec.uniform -0.05 0.05
      [ "RandomNormal"; "random_normal"; "normal"; "RandomNormalV2"; "randomNormal" ], Spec.normal 0.0 0.05
      [ "TruncatedNormal"; "truncated_normal"; "TruncatedNormalV2" ], Spec.truncatedNormal 0.0 0.05 -2.0 2.0
      [ "VarianceScaling"; "variance_scaling"; "VarianceScalingV2" ], Compat.Keras.lecunNormal
      [ "GlorotUniform"
        "glorot_uniform"
        "GlorotUniformV2"
        "glorot_uniformV2"
        "glorotUniform" ],
      Compat.Keras.glorotUniform
      [ "GlorotNormal"; "glorot_normal"; "GlorotNormalV2"; "glorot_normalV2" ], Compat.Keras.glorotNormal
      [ "HeUniform"; "he_uniform"; "HeUniformV2"; "he_uniformV2" ], Compat.Keras.heUniform
      [ "HeNormal"; "he_normal"; "HeNormalV2"; "he_normalV2"; "heNormal" ], Compat.Keras.heNormal
      [ "LecunUniform"
        "lecun_uniform"
        "LecunUniformV2"
        "LeCunUniform"
        "leCunUniform" ],
      Compat.Keras.lecunUniform
      [ "LecunNormal"
        "lecun_normal"
        "lecun_normalV2"
        "LeCunNormal"
        "leCunNormal" ],
      Compat.Keras.lecunNormal
      [ "Orthogonal"
        "orthogonal"
        "OrthogonalV2"
        "OrthogonalInitializer"
        "orthogonal_initializer" ],
      orthogonal
      [ "Identity"
        "identity"
        "IdentityV2"
        "IdentityInitializer"
        "identity_initializer" ],
      identity
      [ "STFT"; "stft"; "STFTInitializer"; "stft_initializer" ], stft ]

[<Fact>]
let ``names of every generation are read`` () =
    for names, spec in names do
        for name in names do
            Assert.Equal((name, Ok spec), (name, read (config name "")))
            Assert.Equal((name, Ok spec), (name, read $"{{\"class_name\": \"{name}\", \"config\": null}}"))

    for name in
        [ "GLOROTUNIFORM"
          "glorot"
          "HeNormalV3"
          "ConvolutionDeltaOrthogonal"
          ""
          "function" ] do
        Assert.Equal<string list>([ "keras-unknown" ], codes (read (config name "")))

[<Fact>]
let ``modules of every generation are Keras's own, and no others`` () =
    let json m =
        $"{{\"module\": \"{m}\", \"class_name\": \"Zeros\", \"config\": {{}}, \"registered_name\": null}}"

    for m in
        [ "keras.initializers"
          "keras.src.initializers.constant_initializers"
          "keras.initializers.initializers_v2"
          "keras.initializers.initializers_v1"
          "keras_core.src.initializers.random_initializers"
          "tf_keras.src.initializers.initializers"
          "tensorflow.python.ops.init_ops"
          "tensorflow.python.ops.init_ops_v2"
          "tensorflow.python.keras.initializers.initializers_v2"
          "tensorflow.keras.initializers"
          "tensorflow_core.python.ops.init_ops"
          "tf.keras.initializers" ] do
        Assert.Equal((m, Ok Spec.zeros), (m, read (json m)))

    for m in
        [ "mine"
          "kerasish.initializers"
          "tensorflow_probability.python"
          "my.keras.initializers"
          "" ] do
        Assert.Equal<string list>([ "keras-unknown" ], codes (read (json m)))

[<Fact>]
let ``what Keras keeps beside a config is read and left out`` () =
    let json members =
        $"{{\"class_name\": \"HeNormal\", \"config\": {{\"seed\": null}}, {members}}}"

    for members in
        [ "\"shared_object_id\": 140201"
          "\"shared_object_id\": null"
          "\"registered_name\": \"HeNormal\""
          "\"registered_name\": \"he_normal\""
          "\"registered_name\": \"\""
          "\"build_config\": {\"input_shape\": [1, 2]}"
          "\"module\": \"keras.initializers\", \"shared_object_id\": 99999999999999999999, \"compile_config\": null" ] do
        Assert.Equal((members, Ok Compat.Keras.heNormal), (members, read (json members)))

    for members, expected in
        [ "\"shared_object_id\": \"x\"", "json-field"
          "\"shared_object_id\": 1.5", "json-field"
          "\"registered_name\": \"HeUniform\"", "keras-unknown"
          "\"registered_name\": \"mine>HeNormal\"", "keras-unknown"
          "\"name\": \"x\"", "json-field" ] do
        Assert.Equal<string * string list>((members, [ expected ]), (members, codes (read (json members))))

[<Fact>]
let ``a seed is null, an integer or a generator, and tf.keras's dtype is left out`` () =
    for seed in
        [ "null"
          "0"
          "-1"
          "1e3"
          "7.0"
          String('9', 400)
          """{"class_name": "SeedGenerator", "module": "keras.random", "config": {"seed": 1}, "registered_name": null}""" ] do
        Assert.Equal(Ok Compat.Keras.heNormal, read (config "HeNormal" $"\"seed\": {seed}"))

    for seed in
        [ "1.5"
          "\"x\""
          "\"1\""
          "true"
          "[1]"
          "{}"
          """{"class_name": "HeNormal"}"""
          "1e-3"
          "1e400" ] do
        Assert.Equal<string * string list>(
            (seed, [ "json-field" ]),
            (seed, codes (read (config "HeNormal" $"\"seed\": {seed}")))
        )

    for name, spec in
        [ "Zeros", Spec.zeros
          "HeNormal", Compat.Keras.heNormal
          "Orthogonal", orthogonal ] do
        for dtype in
            [ "\"float32\""
              "null"
              """{"class_name": "DTypePolicy", "config": {"name": "float32"}}""" ] do
            Assert.Equal(Ok spec, read (config name $"\"dtype\": {dtype}"))

        Assert.Equal<string list>([ "json-field" ], codes (read (config name "\"dtype\": 3")))

[<Fact>]
let ``distributions and modes are read in any case, and Keras 2's normal is truncated`` () =
    for word, family in
        [ "normal", Distribution.TruncatedNormal
          "Normal", Distribution.TruncatedNormal
          "TRUNCATED_NORMAL", Distribution.TruncatedNormal
          "Untruncated_Normal", Distribution.Normal
          "UNIFORM", Distribution.Uniform ] do
        let fields = $"\"scale\": 3.0, \"mode\": \"FAN_Out\", \"distribution\": \"{word}\""
        Assert.Equal(Ok(Spec.varianceScaling 3.0 FanMode.FanOut family), read (config "VarianceScaling" fields))

[<Fact>]
let ``a constant may be an array`` () =
    for value, spec in
        [ "[1, 2.5, -3]", Spec.literal [ 3L ] [ 1.0; 2.5; -3.0 ]
          "[[1, 2, 3], [4, 5, 6]]", Spec.literal [ 2L; 3L ] [ 1.0 .. 6.0 ]
          "[[[1], [2]]]", Spec.literal [ 1L; 2L; 1L ] [ 1.0; 2.0 ]
          // One number is that number everywhere, as in Keras.
          "[0.5]", Spec.constant 0.5
          "[[-0.0]]", Spec.constant -0.0
          """{"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "float32"}}""",
          Spec.literal [ 2L ] [ 1.0; 2.0 ]
          """{"class_name": "__tensor__", "config": {"value": 0.25, "dtype": "float32"}}""", Spec.constant 0.25 ] do
        Assert.Equal((value, Ok spec), (value, read (config "Constant" $"\"value\": {value}")))

        if value.StartsWith('[') then
            Assert.Equal((value, Ok spec), (value, SpecJson.toKeras spec |> Result.bind read))

    for value in
        [ "[1, [2]]"
          "[[1, 2], [3]]"
          "[[], 1]"
          "[\"1\"]"
          "[null]"
          "\"0\""
          "null"
          "true"
          """{"class_name": "__numpy__", "config": {}}""" ] do
        Assert.Equal<string * string list>(
            (value, [ "json-field" ]),
            (value, codes (read (config "Constant" $"\"value\": {value}")))
        )

    Assert.Equal<string list>(
        [ "literal-shape" ],
        codes (Plan.distribution (Spec.literal [ 3L ] [ 1.0; 2.0; 3.0 ]) (shapeOf [ 2L; 3L ]) Fan.Unknown)
    )

    // Numbers of laws may be tensors without axes.
    Assert.Equal(
        Ok(Spec.normal 0.5 0.05),
        read (
            config
                "RandomNormal"
                """ "mean": {"class_name": "__tensor__", "config": {"value": 0.5, "dtype": "float32"}} """
        )
    )

[<Fact>]
let ``a name alone is a Keras class unless it is an initializer of another law here`` () =
    for name, spec in
        [ "HeNormal", Compat.Keras.heNormal
          "random_normal", Spec.normal 0.0 0.05
          "GlorotUniform", Compat.Keras.glorotUniform
          "glorot_uniform", Spec.glorotUniform
          "zeros", Spec.zeros
          "zero", Spec.zeros
          "OrthogonalInitializer", orthogonal ] do
        Assert.Equal((name, Ok spec), (name, read $"\"{name}\""))

    // Here these are not cut, or have other parameters.
    for name in
        [ "he_normal"
          "glorot_normal"
          "lecun_normal"
          "truncated_normal"
          "normal"
          "uniform"
          "orthogonal" ] do
        match read $"\"{name}\"" with
        | Error [ InitError.JsonField _ as fault ] ->
            Assert.Contains($"{{\"class_name\": \"{name}\"}}", InitError.message fault)
        | other -> failwith $"%A{other}"

    // In a blueprint a text is this library's first.
    let rule text =
        Blueprint.parseText
            "m"
            $"{{\"tensors\": {{\"w\": {{\"dtype\": \"F32\", \"shape\": [2]}}}}, \"rules\": [{{\"pattern\": \"*\", \"spec\": \"{text}\"}}]}}"
        |> Result.map (fun b ->
            match b.Rules with
            | RuleSource.Rules [ rule ] -> rule.Spec
            | other -> failwith $"%A{other}")

    Assert.Equal(Ok Spec.heNormal, rule "he_normal")
    Assert.Equal(Ok Compat.Keras.heNormal, rule "HeNormal")
    Assert.Equal<string list>([ "spec-unknown" ], codes (rule "HeSquared"))

    // Inside of a spec a text is this library's.
    Assert.Equal<string list>(
        [ "spec-unknown" ],
        codes (read """{"initializer": "scale", "factor": 2, "inner": "HeNormal"}""")
    )

/// Rows, columns and elements of a kernel as Keras flattens it: all axes but the last are rows.
let private gram (dims: int64 list) (values: float32[]) =
    let columns = int (List.last dims)
    let rows = values.Length / columns
    let at r c = float values[r * columns + c]
    let short = min rows columns

    [ for i in 0 .. short - 1 do
          for j in 0 .. short - 1 do
              let dot =
                  if rows >= columns then
                      Seq.sum (seq { for r in 0 .. rows - 1 -> at r i * at r j })
                  else
                      Seq.sum (seq { for c in 0 .. columns - 1 -> at i c * at j c })

              abs (dot - (if i = j then 1.0 else 0.0)) ]
    |> List.max

let private values dims fan spec =
    use tensor =
        ok (Initialize.tensor Target.cpu (shapeOf dims) fan (Seed.ofUInt64 1UL) spec)

    tensor.ToArray<float32>()

[<Fact>]
let ``Keras's Orthogonal flattens all axes but the last, unless a layout is given`` () =
    let spec = ok (read (config "Orthogonal" "\"gain\": 1.0, \"seed\": null"))

    for dims in
        [ [ 3L; 3L; 2L; 4L ]
          [ 3L; 2L; 4L ]
          [ 2L; 3L; 3L; 2L; 5L ]
          [ 1L; 2L; 8L ]
          [ 5L; 3L ]
          [ 3L; 5L ] ] do
        for fan in [ Fan.Unknown; Fan.In 7.0; Fan.From Layout.SpatialInOut ] do
            Assert.True(gram dims (values dims fan spec) < 1.0e-5)

        // The bits of the same matrix by a layout.
        Assert.Equal<float32[]>(
            values dims (Fan.From Layout.SpatialInOut) (Spec.orthogonal 1.0),
            values dims Fan.Unknown spec
        )

        // PyTorch's order is still there for who says so.
        Assert.Equal<float32[]>(
            values dims (Fan.From Layout.OutInSpatial) (Spec.orthogonal 1.0),
            values dims (Fan.From Layout.OutInSpatial) spec
        )

    Assert.Equal<string list>([ "rank-outside" ], codes (Plan.distribution spec (shapeOf [ 4L ]) Fan.Unknown))

[<Fact>]
let ``Keras's Identity has its ones on the diagonal of the last two axes`` () =
    let spec = ok (read (config "IdentityInitializer" "\"gain\": 2.0"))
    Assert.Equal<float32[]>([| 2.0f; 0.0f; 0.0f; 0.0f; 2.0f; 0.0f |], values [ 2L; 3L ] Fan.Unknown spec)

    let kernel = values [ 3L; 2L; 2L ] Fan.Unknown spec
    Assert.Equal<float32[]>([| 2.0f; 0.0f; 0.0f; 2.0f |], kernel[4..7])
    Assert.Equal(4.0f, Array.sum kernel)

[<Fact>]
let ``what is written for Keras is read back with its law`` () =
    for spec, expected in
        [ Spec.constant -0.0, config "Constant" "\"value\": -0.0"
          Spec.truncNormal 0.0 0.02 -0.04 0.04, config "TruncatedNormal" "\"mean\": 0, \"stddev\": 0.02, \"seed\": null"
          Spec.truncNormal 0.1 0.02 0.06 0.14,
          config "TruncatedNormal" "\"mean\": 0.1, \"stddev\": 0.02, \"seed\": null"
          Spec.truncatedNormal 1.0 0.5 -2.0 2.0, config "TruncatedNormal" "\"mean\": 1, \"stddev\": 0.5, \"seed\": null"
          Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.SpatialInOut,
          config "Orthogonal" "\"gain\": 1, \"seed\": null"
          Spec.literal [ 2L; 2L ] [ 1.0; -0.0; 0.5; 2.0 ], config "Constant" "\"value\": [[1, -0.0], [0.5, 2]]"
          Spec.heUniform |> Spec.axisFans [ 0 ] [ -1 ],
          config "HeUniform" "\"input_axes\": [0], \"output_axes\": [-1], \"seed\": null"
          Spec.constant 3.0 |> Spec.axisFans [ 0 ] [ -1 ], config "Constant" "\"value\": 3" ] do
        let written = ok (SpecJson.toKeras spec)

        Assert.Equal(
            expected.Replace("{\"class_name", "{\"module\": \"keras.initializers\", \"class_name").TrimEnd('}')
            + "}, \"registered_name\": null}",
            written
        )

        Assert.True((read written).IsOk)

    for spec in
        [ Spec.truncNormal 0.0 0.02 -2.0 2.0
          Spec.truncNormal 0.0 0.02 -0.04 0.0400001
          Spec.truncatedNormal 0.0 1.0 -2.0 3.0
          Spec.truncNormal 0.0 nan -2.0 2.0
          Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.OutInSpatial
          Spec.literal [ 3L ] [ 1.0 ]
          Spec.literal [ 0L ] []
          Spec.literal [ 1L ] [ nan ] ] do
        Assert.Equal<string list>([ "keras-lacks" ], codes (SpecJson.toKeras spec))

[<Fact>]
let ``minus zero keeps its sign and its point in texts and JSON`` () =
    let bits (spec: Spec) =
        match spec with
        | Spec.Constant x -> BitConverter.DoubleToInt64Bits x
        | other -> failwith $"%A{other}"

    let zero = Spec.constant -0.0
    Assert.Equal("constant(value=-0.0)", SpecText.toText zero)
    Assert.Equal("""{"initializer": "constant", "value": -0.0}""", SpecJson.toJson zero)

    for read in
        [ SpecText.parse (SpecText.toText zero)
          SpecJson.parse (SpecJson.toJson zero)
          SpecJson.toKeras zero |> Result.bind SpecJson.parse ] do
        Assert.Equal(bits zero, bits (ok read))
