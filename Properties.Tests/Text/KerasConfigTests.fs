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
            Ok(Resolved.element (Element.Uniform(-sqrt(6.0 / 1024.0), sqrt (6.0 / 1024.0)))),
            Plan.distribution spec (shapeOf [ 512L; 8L; 64L ]) fan
        )

    let experts = Compat.Keras.heUniform |> Spec.axisFans [ 1 ] [ 2 ]

    Assert.Equal(
        Ok(Resolved.element (Element.Uniform(-sqrt(6.0 / 256.0), sqrt (6.0 / 256.0)))),
        Plan.distribution experts (shapeOf [ 8L; 256L; 1024L ]) Fan.Unknown
    )

    Assert.Equal<string list>(
        [ "axis-out-of-range" ],
        codes (Plan.distribution experts (shapeOf [ 8L; 256L ]) Fan.Unknown)
    )

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
      [ "TruncatedNormal"; "truncated_normal"; "TruncatedNormalV2" ],
      Spec.truncatedNormal 0.0 0.05 (Bounds.Sigmas(-2.0, 2.0))
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
let ``what Keras keeps next to a config is read and left out`` () =
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
        [ "normal", DistributionFamily.TruncatedNormal
          "Normal", DistributionFamily.TruncatedNormal
          "TRUNCATED_NORMAL", DistributionFamily.TruncatedNormal
          "Untruncated_Normal", DistributionFamily.Normal
          "UNIFORM", DistributionFamily.Uniform ] do
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
        codes (Plan.distribution (Spec.literal [ 3L ] [ 1.0; 2.0; 3.0 ]) (shapeOf [ 2L; 4L ]) Fan.Unknown)
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
let ``a name alone is a Keras class unless it is an initializer of another distribution here`` () =
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
            | RuleSource.Rules recipe -> (List.exactlyOne recipe.Rules).Spec
            | other -> failwith $"%A{other}")

    Assert.Equal(Ok Spec.heNormal, rule "he_normal")
    Assert.Equal(Ok Compat.Keras.heNormal, rule "HeNormal")
    Assert.Equal<string list>([ "spec-unknown" ], codes (rule "HeSquared"))

    // Inside of a spec a text is this library's.
    Assert.Equal<string list>(
        [ "spec-unknown" ],
        codes (read """{"initializer": "scale", "factor": 2, "inner": "HeNormal"}""")
    )
