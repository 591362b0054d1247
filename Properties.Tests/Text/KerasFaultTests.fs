/// Keras models that cannot be read: coded faults, and no exception.
module Initializers.Properties.KerasFaultTests

open System
open FsCheck.Xunit
open Xunit
open Initializers.FSharp
open Initializers.Properties.KerasJson

let private faults json =
    match load json with
    | Ok _ -> []
    | Error faults -> faults |> List.map (fun fault -> InitError.code fault, InitError.message fault)

[<Fact>]
let ``every layer that cannot be read is named, all at once`` () =
    let json =
        sequential
            [ layer "Dense" "first" "\"units\": 4" ""
              layer "Wavelet" "mine" "" ""
              layer "Conv2D" "conv" "\"filters\": \"many\", \"kernel_size\": [3]" "[null, 8, 8, 3]"
              layer
                  "Dense"
                  "known"
                  "\"units\": 2, \"kernel_initializer\": {\"class_name\": \"Wild\", \"config\": {}}"
                  "[null, 4]"
              layer "Dense" "a*b" "\"units\": 2" "[null, 4]"
              layer "Embedding" "e" "" ""
              "3" ]

    let found = faults json

    Assert.Equal<string list>(
        [ "layer-shape-unknown"
          "layer-unknown"
          "json-field"
          "json-field"
          "keras-unknown"
          "json-field"
          "json-field"
          "json-field"
          "json-field" ],
        List.map fst found
    )

    Assert.Contains("the layer 'first' (Dense)", snd found[0])
    Assert.Contains("model.build(input_shape) before model.to_json()", snd found[0])
    Assert.Contains("the layer 'mine' is a Wavelet", snd found[1])
    Assert.Contains("config.layers[2].config.kernel_size", snd found[2] + snd found[3])
    Assert.Contains("config.layers[3].config.kernel_initializer", snd found[4])

    // A class of a user's package is not Keras's, whatever its name.
    let foreign =
        (sequential [ layer "Dense" "d" "\"units\": 2" "[null, 4]" ]).Replace("keras.layers", "mine.layers")

    Assert.Equal<string list>([ "layer-unknown" ], faults foreign |> List.map fst)
    Assert.Equal<string list>([ "tensors-missing" ], faults (sequential [ input "[null, 3]" ]) |> List.map fst)

    for equation, shape in
        [ "ab->c", "[3]"
          "ab,b1->a", "[3]"
          "ab,bc->ac", "[]"
          "ab,bz->ac", "[3]"
          "", "[3]" ] do
        let json =
            sequential
                [ layer "EinsumDense" "e" $"\"equation\": \"{equation}\", \"output_shape\": {shape}" "[null, 4]" ]

        Assert.Equal<string list>([ "json-field" ], faults json |> List.map fst)

    // An operation of a graph has no variables.
    let sum =
        (layer "Wavelet" "sum" "" "").Replace("keras.layers", "keras.src.ops.numpy")

    Assert.Empty(faults (sequential [ sum; layer "Dense" "d" "\"units\": 2" "[null, 4]" ]))

    let twice =
        let dense = layer "Dense" "d" "\"units\": 2" "[null, 4]"
        sequential [ dense; dense ]

    Assert.Equal<string list>([ "tensor-duplicate"; "tensor-duplicate" ], faults twice |> List.map fst)

let private model =
    sequential
        [ input "[null, 8, 8, 3]"
          layer "Conv2D" "conv" "\"filters\": 4, \"kernel_size\": [3, 3], \"strides\": [1, 1], \"padding\": \"same\"" ""
          layer "MaxPooling2D" "pool" "\"pool_size\": [2, 2]" ""
          layer "Flatten" "flat" "" ""
          layer "Reshape" "shape" "\"target_shape\": [4, 16]" ""
          layer "Bidirectional" "bi" ("\"layer\": " + layer "LSTM" "l" "\"units\": 3" "") ""
          layer "MultiHeadAttention" "mha" "\"num_heads\": 2, \"key_dim\": 3" "[[null, 4, 6], [null, 4, 6]]" ]

[<Property(MaxTest = 400)>]
let ``a model with other values, or cut, is read or refused with codes`` (seed: int) =
    let random = Random seed

    let values =
        [| "null"
           "-1"
           "0"
           "1e400"
           "2147483648"
           "9223372036854775807"
           "\"\\ud800\""
           "\"x\""
           "[]"
           "{}"
           "[null]"
           "[[[[]]]]"
           "true" |]

    // The end of any value, with the text before it that begins after a colon, a comma or a bracket.
    let replaced (text: string) =
        let places =
            [ for i in 0 .. text.Length - 2 -> i ] |> List.filter (fun i -> text[i] = ':')

        let at = places[random.Next places.Length]
        let ending = text.IndexOfAny([| ','; '}'; ']' |], at)

        text.Substring(0, at + 1)
        + values[random.Next values.Length]
        + text.Substring ending

    let cut = model.Substring(0, random.Next model.Length)
    let many = (model, [ 1..4 ]) ||> List.fold (fun text _ -> replaced text)

    for text in [ cut; replaced model; many ] do
        Assert.True(TensorFiles.coded (load text))
        Assert.True(TensorFiles.coded (load text |> Result.bind (Blueprint.plan None None)))

[<Fact>]
let ``a model nested in models is read as deep as JSON is`` () =
    let nest (inner: string) = sequential [ inner ]

    for depth in [ 1; 20; 49; 60; 1000 ] do
        let text =
            (layer "Embedding" "e" "\"input_dim\": 2, \"output_dim\": 3" "", [ 1..depth ])
            ||> List.fold (fun inner _ -> nest inner)

        Assert.True(TensorFiles.coded (load text))

[<Fact>]
let ``a wrapper of a layer without axes is a fault`` () =
    for shape in [ "[]"; "[null]"; "[null, 5]"; "[null, 5, 6]" ] do
        for inner in
            [ layer "Dense" "d" "\"units\": 2" ""
              sequential [ layer "InputLayer" "i" "\"batch_shape\": []" "" ] ] do
            let text =
                sequential
                    [ layer "InputLayer" "input" $"\"batch_shape\": {shape}" ""
                      layer "TimeDistributed" "td" $"\"layer\": {inner}" "" ]

            Assert.True(TensorFiles.coded (load text))
