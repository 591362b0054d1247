/// Keras models as texts, for the tests that read them.
module Initializers.Properties.KerasJson

open System
open Initializers.FSharp

/// A layer as Keras 3 writes it.
let layer kind name (config: string) (build: string) =
    let more = if config = "" then "" else ", " + config

    let built =
        if build = "" then
            ""
        else
            $", \"build_config\": {{\"input_shape\": {build}}}"

    $"{{\"module\": \"keras.layers\", \"class_name\": \"{kind}\", \"config\": {{\"name\": \"{name}\", \"trainable\": true, "
    + $"\"dtype\": {{\"module\": \"keras\", \"class_name\": \"DTypePolicy\", \"config\": {{\"name\": \"float32\"}}, \"registered_name\": null}}{more}}}, "
    + $"\"registered_name\": null{built}}}"

let sequential (layers: string list) =
    let all = String.Join(", ", layers)

    "{\"module\": \"keras\", \"class_name\": \"Sequential\", \"config\": {\"name\": \"sequential\", \"trainable\": true, \"dtype\": {}, "
    + $"\"layers\": [{all}]}}, \"registered_name\": \"Sequential\"}}"

let input (shape: string) =
    $"{{\"module\": \"keras.layers\", \"class_name\": \"InputLayer\", \"config\": {{\"batch_shape\": {shape}, \"dtype\": \"float32\", \"sparse\": false, \"name\": \"input_layer\"}}, \"registered_name\": null}}"

let load json = Blueprint.parseText "m.json" json
