/// Keras models as model.to_json() writes them: variables, shapes, initializers and faults.
module Initializers.Properties.KerasModelTests

open System
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.KerasJson

let private listed (json: string) =
    (ok (load json)).Tensors
    |> List.map (fun t -> t.Name, t.Shape.Dims, Storage.toText t.Storage)

let private shapes json =
    listed json |> List.map (fun (name, dims, _) -> name, dims)

let private planned json =
    ok (load json |> Result.bind (Blueprint.plan None None))
    |> List.map (fun t -> t.Entry.Name, t)
    |> Map.ofList

let private stddev json name =
    (ok (Blueprint.explain (planned json).[name])).Stddev

let private near expected (actual: float) = Assert.Equal(expected, actual, 1e-6)

[<Fact>]
let ``a Sequential model has the variables and initializers of its layers, without a recipe`` () =
    let json =
        sequential
            [ input "[null, 28, 28, 1]"
              layer
                  "Conv2D"
                  "conv2d"
                  "\"filters\": 32, \"kernel_size\": [3, 3], \"groups\": 1, \"kernel_initializer\": {\"module\": \"keras.initializers\", \"class_name\": \"HeNormal\", \"config\": {\"seed\": null}, \"registered_name\": null}"
                  "[null, 28, 28, 1]"
              layer "BatchNormalization" "batch_normalization" "\"axis\": -1, \"scale\": false" "[null, 26, 26, 32]"
              layer "MaxPooling2D" "max_pooling2d" "\"pool_size\": [2, 2]" ""
              layer "Flatten" "flatten" "" "[null, 13, 13, 32]"
              layer
                  "Dense"
                  "dense"
                  "\"units\": 10, \"use_bias\": true, \"bias_initializer\": {\"class_name\": \"Constant\", \"config\": {\"value\": 0.5}}"
                  "[null, 5408]" ]

    Assert.Equal<(string * int64 list) list>(
        [ "conv2d/kernel", [ 3L; 3L; 1L; 32L ]
          "conv2d/bias", [ 32L ]
          "batch_normalization/beta", [ 32L ]
          "batch_normalization/moving_mean", [ 32L ]
          "batch_normalization/moving_variance", [ 32L ]
          "dense/kernel", [ 5408L; 10L ]
          "dense/bias", [ 10L ] ],
        shapes json
    )

    let plan = planned json
    Assert.Equal(Compat.Keras.heNormal, plan["conv2d/kernel"].Spec)
    Assert.Equal(Spec.glorotUniform, plan["dense/kernel"].Spec)
    Assert.Equal(Spec.constant 0.5, plan["dense/bias"].Spec)
    Assert.Equal(Spec.ones, plan["batch_normalization/moving_variance"].Spec)
    Assert.Equal(Some "kernel_initializer of layer conv2d (Conv2D)", plan["conv2d/kernel"].Rule.Source)
    // fan_in = 3*3*1; Keras divides by the standard deviation of a normal cut at 2, too.
    Assert.Equal("fan_in=9", (ok (Blueprint.explain plan["conv2d/kernel"])).Fan)
    near (sqrt (2.0 / (5408.0 + 10.0))) (stddev json "dense/kernel")

    // A recipe overrides the file's initializers.
    let recipe = Recipe.ofRules [ Rule.ofGlob "*" Spec.ones ]

    for tensor in ok (load json |> Result.bind (Blueprint.plan (Some recipe) None)) do
        Assert.Equal(Spec.ones, tensor.Spec)

[<Fact>]
let ``the variables of each class have the shapes of Keras`` () =
    for kind, config, build, expected in
        [ "Conv1D", "\"filters\": 4, \"kernel_size\": 5", "[null, 9, 6]", [ "kernel", [ 5; 6; 4 ]; "bias", [ 4 ] ]
          "Conv2D",
          "\"filters\": 8, \"kernel_size\": [3, 2], \"groups\": 2, \"data_format\": \"channels_first\", \"use_bias\": false",
          "[null, 6, 9, 9]",
          [ "kernel", [ 3; 2; 3; 8 ] ]
          "Conv3D",
          "\"filters\": 8, \"kernel_size\": 3",
          "[1, 4, 4, 4, 2]",
          [ "kernel", [ 3; 3; 3; 2; 8 ]; "bias", [ 8 ] ]
          "Conv2DTranspose",
          "\"filters\": 8, \"kernel_size\": [3, 2]",
          "[null, 9, 9, 6]",
          [ "kernel", [ 3; 2; 8; 6 ]; "bias", [ 8 ] ]
          "DepthwiseConv2D",
          "\"kernel_size\": 3, \"depth_multiplier\": 2",
          "[null, 9, 9, 6]",
          [ "kernel", [ 3; 3; 6; 2 ]; "bias", [ 12 ] ]
          "SeparableConv1D",
          "\"filters\": 5, \"kernel_size\": 3, \"depth_multiplier\": 2",
          "[null, 9, 6]",
          [ "depthwise_kernel", [ 3; 6; 2 ]
            "pointwise_kernel", [ 1; 12; 5 ]
            "bias", [ 5 ] ]
          "Embedding", "\"input_dim\": 100, \"output_dim\": 7", "", [ "embeddings", [ 100; 7 ] ]
          "LayerNormalization", "\"axis\": [-2, -1]", "[null, 3, 4]", [ "gamma", [ 3; 4 ]; "beta", [ 3; 4 ] ]
          "LayerNormalization", "\"rms_scaling\": true", "[null, 3, 4]", [ "gamma", [ 4 ] ]
          "GroupNormalization", "\"groups\": 2, \"center\": false", "[null, 3, 4]", [ "gamma", [ 4 ] ]
          "RMSNormalization", "", "[null, 3, 4]", [ "scale", [ 4 ] ]
          "PReLU", "\"shared_axes\": [1]", "[null, 3, 4]", [ "alpha", [ 1; 4 ] ]
          "EinsumDense",
          "\"equation\": \"abc,cd->abd\", \"output_shape\": [null, 64], \"bias_axes\": \"d\"",
          "[null, 32, 128]",
          [ "kernel", [ 128; 64 ]; "bias", [ 64 ] ]
          "EinsumDense",
          "\"equation\": \"...x,xyz->...yz\", \"output_shape\": [3, 5], \"bias_axes\": \"y\"",
          "[null, 7, 4]",
          [ "kernel", [ 4; 3; 5 ]; "bias", [ 3; 1 ] ]
          "EinsumDense",
          "\"equation\": \"ab...,bd->ad...\", \"output_shape\": 6, \"bias_axes\": \"d\"",
          "[null, 4, 9, 9]",
          [ "kernel", [ 4; 6 ]; "bias", [ 6; 1; 1 ] ]
          "EinsumDense", "\"equation\": \"ab,bc->ac\", \"output_shape\": [6]", "[null, 4]", [ "kernel", [ 4; 6 ] ]
          "SimpleRNN",
          "\"units\": 5",
          "[null, 9, 6]",
          [ "simple_rnn_cell/kernel", [ 6; 5 ]
            "simple_rnn_cell/recurrent_kernel", [ 5; 5 ]
            "simple_rnn_cell/bias", [ 5 ] ]
          "GRU",
          "\"units\": 5, \"reset_after\": true",
          "[null, 9, 6]",
          [ "gru_cell/kernel", [ 6; 15 ]
            "gru_cell/recurrent_kernel", [ 5; 15 ]
            "gru_cell/bias", [ 2; 15 ] ]
          "LSTM",
          "\"units\": 5",
          "[null, 9, 6]",
          [ "lstm_cell/kernel", [ 6; 20 ]
            "lstm_cell/recurrent_kernel", [ 5; 20 ]
            "lstm_cell/bias", [ 20 ] ]
          "GroupQueryAttention",
          "\"head_dim\": 4, \"num_query_heads\": 6, \"num_key_value_heads\": 2, \"use_bias\": false",
          "[[null, 9, 8], [null, 7, 8]]",
          [ "query/kernel", [ 8; 6; 4 ]
            "key/kernel", [ 8; 2; 4 ]
            "value/kernel", [ 8; 2; 4 ]
            "attention_output/kernel", [ 6; 4; 8 ] ]
          "MultiHeadAttention",
          "\"num_heads\": 2, \"key_dim\": 4, \"value_dim\": 3",
          "[[null, 9, 8], [null, 7, 6]]",
          [ "query/kernel", [ 8; 2; 4 ]
            "query/bias", [ 2; 4 ]
            "key/kernel", [ 6; 2; 4 ]
            "key/bias", [ 2; 4 ]
            "value/kernel", [ 6; 2; 3 ]
            "value/bias", [ 2; 3 ]
            "attention_output/kernel", [ 2; 3; 8 ]
            "attention_output/bias", [ 8 ] ] ] do
        let json = sequential [ layer kind "x" config build ]

        Assert.Equal<(string * int64 list) list>(
            expected |> List.map (fun (name, dims) -> $"x/{name}", List.map int64 dims),
            shapes json
        )

        Assert.Equal(expected.Length, (planned json).Count)

[<Fact>]
let ``fans and bits of initializers are those of Keras`` () =
    let attention =
        sequential
            [ layer "MultiHeadAttention" "mha" "\"num_heads\": 2, \"key_dim\": 4" "[[null, 9, 8], [null, 9, 8]]" ]

    near (sqrt (2.0 / (8.0 + 8.0))) (stddev attention "mha/query/kernel")
    near (sqrt (2.0 / (8.0 + 8.0))) (stddev attention "mha/attention_output/kernel")
    // Before Keras 3.15 the fans of a kernel [8,2,4] were those of a convolution: 8*2 and 8*4.
    let old = "{\"keras_version\": \"2.15.0\", " + attention.Substring 1
    near (sqrt (2.0 / (16.0 + 32.0))) (stddev old "mha/query/kernel")

    let einsum =
        sequential
            [ layer "EinsumDense" "e" "\"equation\": \"abc,cde->abde\", \"output_shape\": [null, 2, 4]" "[null, 9, 8]" ]

    near (sqrt (2.0 / (8.0 + 8.0))) (stddev einsum "e/kernel")

    let lstm config =
        (planned (sequential [ layer "LSTM" "l" ("\"units\": 2" + config) "[null, 9, 6]" ])).["l/lstm_cell/bias"].Spec

    Assert.Equal(Spec.lstmBias 1.0, lstm "")
    Assert.Equal(Spec.zeros, lstm ", \"unit_forget_bias\": false")

    Assert.Equal(
        Spec.stacked 0 [ 2L, Spec.constant 3.0; 2L, Spec.ones; 4L, Spec.constant 3.0 ],
        lstm ", \"bias_initializer\": {\"class_name\": \"Constant\", \"config\": {\"value\": 3}}"
    )

[<Fact>]
let ``shapes go from layer to layer where the file has only that of the input`` () =
    // Keras 2's form: no build_config.
    let old kind name config =
        $"{{\"class_name\": \"{kind}\", \"config\": {{\"name\": \"{name}\", \"dtype\": \"float32\", {config}}}}}"

    let json =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": ["
        + String.Join(
            ", ",
            [ old
                  "Conv2D"
                  "conv"
                  "\"batch_input_shape\": [null, 32, 32, 3], \"filters\": 8, \"kernel_size\": [3, 3], \"padding\": \"same\", \"strides\": [2, 2]"
              old "Activation" "act" "\"activation\": \"relu\""
              old "AveragePooling2D" "pool" "\"pool_size\": [3, 3], \"strides\": null, \"padding\": \"valid\""
              old "Flatten" "flatten" "\"data_format\": \"channels_last\""
              old "Reshape" "reshape" "\"target_shape\": [-1, 10]"
              old
                  "Bidirectional"
                  "bi"
                  ("\"merge_mode\": \"concat\", \"layer\": "
                   + old "LSTM" "lstm" "\"units\": 4, \"return_sequences\": true")
              old "TimeDistributed" "td" ("\"layer\": " + old "Dense" "inner" "\"units\": 6")
              old "GRU" "gru" "\"units\": 3"
              old "Dense" "head" "\"units\": 2" ]
        )
        + "]}, \"keras_version\": \"2.11.0\", \"backend\": \"tensorflow\"}"

    Assert.Equal<(string * int64 list) list>(
        [ "conv/kernel", [ 3L; 3L; 3L; 8L ]
          "conv/bias", [ 8L ]
          "bi/forward_lstm/lstm_cell/kernel", [ 10L; 16L ]
          "bi/forward_lstm/lstm_cell/recurrent_kernel", [ 4L; 16L ]
          "bi/forward_lstm/lstm_cell/bias", [ 16L ]
          "bi/backward_lstm/lstm_cell/kernel", [ 10L; 16L ]
          "bi/backward_lstm/lstm_cell/recurrent_kernel", [ 4L; 16L ]
          "bi/backward_lstm/lstm_cell/bias", [ 16L ]
          "td/inner/kernel", [ 8L; 6L ]
          "td/inner/bias", [ 6L ]
          "gru/gru_cell/kernel", [ 6L; 9L ]
          "gru/gru_cell/recurrent_kernel", [ 3L; 9L ]
          "gru/gru_cell/bias", [ 9L ]
          "head/kernel", [ 3L; 2L ]
          "head/bias", [ 2L ] ],
        shapes json
    )

[<Fact>]
let ``a graph gives its layers the shapes of the layers before them, in both forms`` () =
    let old nodes kind name config =
        $"{{\"class_name\": \"{kind}\", \"name\": \"{name}\", \"config\": {{\"name\": \"{name}\", {config}}}, \"inbound_nodes\": [{nodes}]}}"

    let from (names: string list) =
        let all =
            String.Join(", ", names |> List.map (fun name -> $"[\"{name}\", 0, 0, {{}}]"))

        $"[{all}]"

    let graph (layers: string list) =
        let all = String.Join(", ", layers)
        $"{{\"class_name\": \"Functional\", \"config\": {{\"name\": \"model\", \"layers\": [{all}], \"input_layers\": [[\"a\", 0, 0]], \"output_layers\": [[\"sum\", 0, 0]]}}}}"

    let expected =
        [ "left/kernel", [ 3L; 4L ]
          "left/bias", [ 4L ]
          "right/kernel", [ 3L; 5L ]
          "right/bias", [ 5L ]
          "sum/kernel", [ 9L; 2L ]
          "sum/bias", [ 2L ] ]

    let keras2 =
        graph
            [ old "" "InputLayer" "a" "\"batch_input_shape\": [null, 3]"
              old (from [ "a" ]) "Dense" "left" "\"units\": 4"
              old (from [ "a" ]) "Dense" "right" "\"units\": 5"
              old (from [ "left"; "right" ]) "Concatenate" "cat" "\"axis\": -1"
              old (from [ "cat" ]) "Dense" "sum" "\"units\": 2" ]

    Assert.Equal<(string * int64 list) list>(expected, shapes keras2)

    let tensor (shape: string) name =
        $"{{\"class_name\": \"__keras_tensor__\", \"config\": {{\"shape\": {shape}, \"dtype\": \"float32\", \"keras_history\": [\"{name}\", 0, 0]}}}}"

    let node (tensors: string list) =
        let all = String.Join(", ", tensors)
        $"{{\"args\": [[{all}]], \"kwargs\": {{}}}}"

    let keras3 =
        graph
            [ old "" "InputLayer" "a" "\"batch_shape\": [null, 3]"
              old (node [ tensor "[null, 3]" "a" ]) "Dense" "left" "\"units\": 4"
              old (node [ tensor "[null, 3]" "a" ]) "Dense" "right" "\"units\": 5"
              old (node [ tensor "[null, 4]" "left"; tensor "[null, 5]" "right" ]) "Concatenate" "cat" "\"axis\": -1"
              old (node [ tensor "[null, 9]" "cat" ]) "Dense" "sum" "\"units\": 2" ]

    Assert.Equal<(string * int64 list) list>(expected, shapes keras3)

    // A model inside of a model has its name in those of its variables.
    let nested = sequential [ keras2; layer "Dense" "last" "\"units\": 7" "" ]

    Assert.Equal<(string * int64 list) list>(
        (expected |> List.map (fun (name, dims) -> "model/" + name, dims))
        @ [ "last/kernel", [ 2L; 7L ]; "last/bias", [ 7L ] ],
        shapes nested
    )

[<Fact>]
let ``dtypes are those of the variables`` () =
    for policy, expected in
        [ "\"float16\"", "F16"
          "\"mixed_bfloat16\"", "F32"
          "null", "F32"
          """{"class_name": "DTypePolicy", "config": {"name": "bfloat16"}}""", "BF16" ] do
        let json =
            sequential [ layer "Embedding" "e" "\"input_dim\": 2, \"output_dim\": 3" "" ]

        let standard =
            """{"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}"""

        Assert.Contains(standard, json)

        Assert.Equal<(string * int64 list * string) list>(
            [ "e/embeddings", [ 2L; 3L ], expected ],
            listed (json.Replace(standard, policy))
        )
