namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json
open Initializers

/// Architectures that Keras's model.to_json() writes. Variables are named by their layers, and have the initializers of the
/// layers' configs.
[<RequireQualifiedAccess>]
module internal KerasModel =
    /// What layers have given so far.
    type private Found =
        { Variables: (TensorEntry * Rule) list
          Faults: InitError list
          Output: KerasShape option }

    let private nothing output =
        { Variables = []
          Faults = []
          Output = output }

    let private failed faults =
        { Variables = []
          Faults = faults
          Output = None }

    let private isList name (value: JsonElement) =
        match Json.tryFind name value with
        | Some inner -> inner.ValueKind = JsonValueKind.Array
        | None -> false

    /// Whether an object is a model: a class with a config that lists layers. Keras 1's Sequential had the list itself.
    let isModel (value: JsonElement) =
        match KerasGraph.text "class_name" value, Json.tryFind "config" value with
        | Some _, Some config when config.ValueKind = JsonValueKind.Object -> isList "layers" config
        | Some "Sequential", Some config -> config.ValueKind = JsonValueKind.Array
        | _ -> false

    /// A layer of a known class.
    let private known (place: KerasPlace) (layer: KerasLayer) (config: JsonElement) (kind: KerasClass) : Found =
        let found = KerasVariables.ofLayer place layer config kind
        let output = kind.Output layer

        { Variables = Result.defaultValue [] found
          // What a missing shape makes wrong is that fault alone.
          Faults = layer.Faults @ (if layer.Faults.IsEmpty then Validation.faults found else [])
          Output = output }

    /// A name that rules would read as a pattern.
    let private isPattern (name: string) =
        name.IndexOfAny [| '*'; '?'; '{'; '}' |] >= 0

    let private without (prefix: string) (name: string) =
        if name.StartsWith(prefix, StringComparison.Ordinal) then
            name.Substring prefix.Length
        else
            name

    let private packages =
        [ "keras"
          "keras_core"
          "tf_keras"
          "tensorflow"
          "tensorflow_core"
          "builtins" ]

    /// A class of another package is not Keras's, whatever its name.
    let private isForeign (value: JsonElement) =
        match KerasGraph.text "module" value with
        | Some m -> not (List.contains (m.Split('.')[0]) packages)
        | None -> false

    /// An operation of a graph, such as the sum of x + y, has no variables.
    let private isOperation (value: JsonElement) =
        match KerasGraph.text "module" value with
        | Some m -> m.StartsWith("keras.src.ops.", StringComparison.Ordinal) || m = "keras.ops"
        | None -> false

    let rec private layer outputs before (name: string option) (place: KerasPlace) (value: JsonElement) : Found =
        match KerasGraph.text "class_name" value, Json.tryFind "config" value with
        | Some _, Some config when isModel value ->
            model (KerasGraph.inputs outputs before value config) name place value
        | Some kind, Some config when config.ValueKind = JsonValueKind.Object ->
            let own =
                KerasGraph.text "name" config |> Option.orElse (KerasGraph.text "name" value)

            let name = name |> Option.orElse own |> Option.defaultValue kind
            let inputs = KerasGraph.inputs outputs before value config

            let unknown =
                InitError.Architecture(ArchitectureFault.LayerUnknown(place.Source, name, kind))

            if isPattern name then
                failed (
                    Validation.faults (
                        Json.field place.Source place.Path "the name of a layer has none of the characters * ? { }."
                    )
                )
            else
                let inner = place.At "config"

                let twice field =
                    InitError.JsonField(place.Source, Json.memberPath inner.Path field, "given twice.")

                let found =
                    Json.members place.Source inner.Path twice config (fun fields ->
                        let asked =
                            KerasLayer(place.Source, inner.Path, name, kind, Map.ofList fields, inputs)

                        match kind, KerasClasses.tryFind kind with
                        | _ when isOperation value -> Ok(nothing None)
                        | "InputLayer", _ -> Ok(nothing (List.tryHead inputs))
                        | ("Bidirectional" | "TimeDistributed" | "RNN"), _ when not (isForeign value) ->
                            Ok(wrapper place asked config)
                        | _, Some kind when not (isForeign value) -> Ok(known inner asked config kind)
                        | _ -> Error [ unknown ])

                match found with
                | Ok found -> found
                | Error faults -> failed faults
        | _ ->
            failed (
                Validation.faults (Json.field place.Source place.Path "expected a layer, with class_name and config.")
            )

    /// A layer of other layers.
    and private wrapper (place: KerasPlace) (asked: KerasLayer) (config: JsonElement) : Found =
        let inside field rename before =
            match Json.tryFind field config with
            | Some inner when inner.ValueKind = JsonValueKind.Object ->
                let name =
                    Json.tryFind "config" inner
                    |> Option.bind (KerasGraph.text "name")
                    |> Option.map rename

                let place =
                    { place.At $"config.{field}" with
                        Prefix = $"{place.Prefix}{asked.Name}/" }

                layer (Dictionary()) before name place inner
            | _ ->
                failed (
                    Validation.faults (
                        Json.field place.Source $"{place.Path}.config" $"the field \"{field}\" with a layer is missing."
                    )
                )

        match asked.Kind, asked.Input with
        | "TimeDistributed", Some(batch :: steps :: rest) ->
            let inner = inside "layer" id [ batch :: rest ]

            { inner with
                Output =
                    inner.Output
                    |> Option.bind (function
                        | _ :: rest -> Some(batch :: steps :: rest)
                        | [] -> None) }
        | "Bidirectional", _ ->
            let forward =
                inside "layer" (fun name -> "forward_" + without "forward_" name) asked.Inputs

            let field =
                match Json.tryFind "backward_layer" config with
                | Some inner when inner.ValueKind = JsonValueKind.Object -> "backward_layer"
                | _ -> "layer"

            let backward =
                inside field (fun name -> "backward_" + without "backward_" (without "forward_" name)) asked.Inputs

            let merged =
                match asked.Word("merge_mode", "concat"), forward.Output with
                | "concat", Some shape when not shape.IsEmpty ->
                    let last = List.last shape |> Option.map ((*) 2L)
                    Some(List.take (shape.Length - 1) shape @ [ last ])
                | _, output -> output

            { Variables = forward.Variables @ backward.Variables
              Faults = List.distinct (forward.Faults @ backward.Faults @ asked.Faults)
              Output = merged }
        | "RNN", _ ->
            let cell = inside "cell" id asked.Inputs

            match asked.Flag("return_sequences", false), asked.Input, cell.Output with
            | true, Some(batch :: steps :: _), Some state when not state.IsEmpty ->
                { cell with
                    Output = Some [ batch; steps; List.last state ] }
            | _ -> cell
        | _ -> inside "layer" id []

    /// A model's layers in their order, which is that of their graph.
    and private model (given: KerasShape list) (name: string option) (place: KerasPlace) (value: JsonElement) : Found =
        let config = Json.tryFind "config" value

        let layers, path =
            match config with
            | Some config when config.ValueKind = JsonValueKind.Array -> config, "config"
            | Some config ->
                match Json.tryFind "layers" config with
                | Some layers -> layers, "config.layers"
                | None -> config, "config"
            | None -> value, "config"

        let name =
            name
            |> Option.orElse (config |> Option.bind (KerasGraph.text "name"))
            |> Option.orElse (KerasGraph.text "name" value)
            |> Option.defaultValue "model"

        let place =
            { place.At path with
                // The whole model's name is left out.
                Prefix = (if place.Path = "" then "" else $"{place.Prefix}{name}/") }

        let outputs = Dictionary<string, KerasShape option>(StringComparer.Ordinal)

        let isSequential =
            layers.EnumerateArray()
            |> Seq.forall (fun l -> (Json.tryFind "inbound_nodes" l).IsNone)

        let step (found: Found) (index: int, item: JsonElement) =
            let before = if isSequential then Option.toList found.Output else []

            let inner =
                layer
                    outputs
                    before
                    None
                    { place with
                        Path = Json.itemPath place.Path index }
                    item

            let name =
                KerasGraph.text "name" item
                |> Option.orElse (Json.tryFind "config" item |> Option.bind (KerasGraph.text "name"))

            match name with
            | Some name -> outputs[name] <- inner.Output
            | None -> ()

            { Variables = List.rev inner.Variables @ found.Variables
              Faults = List.rev inner.Faults @ found.Faults
              Output = inner.Output }

        let all =
            layers.EnumerateArray()
            |> Seq.indexed
            |> Seq.fold step (nothing (List.tryHead given))

        // A graph's first output.
        let output =
            config
            |> Option.bind (Json.tryFind "output_layers")
            |> Option.map KerasGraph.references
            |> Option.bind List.tryHead
            |> Option.bind (function
                | Choice1Of2 shape -> Some shape
                | Choice2Of2 name ->
                    match outputs.TryGetValue name with
                    | true, shape -> shape
                    | _ -> None)

        { Variables = List.rev all.Variables
          Faults = List.rev all.Faults
          Output = if isSequential then all.Output else output }

    /// Whether the fans of an einsum are those of a convolution: before Keras 3.15, as far as the file says it.
    let private isOld (root: JsonElement) =
        match KerasGraph.text "keras_version" root |> Option.map (fun v -> v.Split('.', '-')) with
        | None -> false
        | Some parts ->
            match NumberText.index parts[0], Array.tryItem 1 parts |> Option.bind NumberText.index with
            | Some major, _ when major < 3L -> true
            | Some 3L, Some minor -> minor < 15L
            | _ -> false

    /// A model's variables in the order of its layers, each with the rule of its initializer.
    let read source (root: JsonElement) : Result<(TensorEntry * Rule) list, InitError list> =
        let found =
            model
                []
                None
                { Source = source
                  Einsum = not (isOld root)
                  Path = ""
                  Prefix = "" }
                root

        let twice =
            found.Variables
            |> List.countBy (fun (entry, _) -> entry.Name)
            |> List.filter (fun (_, count) -> count > 1)
            |> List.map (fst >> InitError.TensorDuplicate)

        let missing =
            Validation.check (InitError.TensorsMissing source) (not (found.Variables.IsEmpty && found.Faults.IsEmpty))

        Validation.ofFaults (found.Faults @ twice @ missing) found.Variables
