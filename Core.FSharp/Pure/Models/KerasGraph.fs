namespace Initializers.FSharp

open System.Collections.Generic
open System.Text.Json

/// The shapes of layers' inputs in Keras's JSON.
[<RequireQualifiedAccess>]
module internal KerasGraph =
    /// A member that is a text.
    let text name (value: JsonElement) =
        match Json.tryFind name value with
        | Some inner when inner.ValueKind = JsonValueKind.String -> Json.text "" "" inner |> Result.toOption
        | _ -> None

    /// The tensors in a node of a graph: their shapes where it has them, or the names of their layers.
    let rec references (value: JsonElement) : Choice<KerasShape, string> list =
        match value.ValueKind with
        | JsonValueKind.Array ->
            let items = List.ofSeq (value.EnumerateArray())

            match items with
            // ["dense", 0, 0, {…}], as Keras 2 writes it.
            | first :: second :: _ when
                first.ValueKind = JsonValueKind.String
                && second.ValueKind = JsonValueKind.Number
                ->
                match Json.text "" "" first with
                | Ok name ->
                    Choice2Of2 name
                    :: (items
                        |> List.filter (fun i -> i.ValueKind = JsonValueKind.Object)
                        |> List.collect references)
                | Error _ -> []
            | _ -> items |> List.collect references
        | JsonValueKind.Object when text "class_name" value = Some "__keras_tensor__" ->
            Json.tryFind "config" value
            |> Option.bind (Json.tryFind "shape")
            |> Option.bind KerasShape.tryRead
            |> Option.map Choice1Of2
            |> Option.toList
        | JsonValueKind.Object ->
            value.EnumerateObject()
            |> Seq.collect (fun p -> references p.Value)
            |> List.ofSeq
        | _ -> []

    /// The shapes of a layer's inputs: those with which it was built, of its first use, or of the layer before it.
    let inputs
        (outputs: Dictionary<string, KerasShape option>)
        (before: KerasShape list)
        (value: JsonElement)
        (config: JsonElement)
        : KerasShape list =
        let field name (value: JsonElement) =
            Json.tryFind name value |> Option.map KerasShape.many |> Option.defaultValue []

        let built =
            match Json.tryFind "build_config" value with
            | Some built ->
                match Json.tryFind "shapes_dict" built with
                | Some shapes ->
                    match
                        [ "query_shape"; "value_shape"; "key_shape" ]
                        |> List.collect (fun n -> field n shapes)
                    with
                    | [] -> KerasShape.many shapes
                    | shapes -> shapes
                | None -> field "input_shape" built
            | None -> []

        let used =
            match Json.tryFind "inbound_nodes" value with
            | Some nodes when nodes.ValueKind = JsonValueKind.Array && nodes.GetArrayLength() > 0 ->
                let shapes =
                    references nodes[0]
                    |> List.map (function
                        | Choice1Of2 shape -> Some shape
                        | Choice2Of2 name ->
                            match outputs.TryGetValue name with
                            | true, shape -> shape
                            | _ -> None)

                if List.forall Option.isSome shapes then
                    List.choose id shapes
                else
                    []
            | _ -> []

        [ built
          used
          field "batch_input_shape" config
          field "batch_shape" config
          before ]
        |> List.tryFind (List.isEmpty >> not)
        |> Option.defaultValue []
