namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Tensors of a blueprint's JSON.
[<RequireQualifiedAccess>]
module internal BlueprintJson =
    /// A tensor, and the roles of its axes where its entry has them.
    let private entry
        source
        path
        (name: string)
        (value: JsonElement)
        : Result<TensorEntry * Fan option, InitError list> =
        Json.record source path [ "dtype"; "shape"; "layout"; "data_offsets" ] value (fun fields ->
            let dtype =
                Json.required source path "dtype" fields
                |> Result.bind (Json.text source $"{path}.dtype")
                |> Result.bind Storage.parse

            let size i (v: JsonElement) =
                match v.ValueKind with
                | JsonValueKind.Number ->
                    match v.TryGetInt64() with
                    | true, n -> Ok n
                    | _ -> Json.field source $"{path}.shape[{i}]" "expected an integer that fits 64 bits."
                | _ -> Json.field source $"{path}.shape[{i}]" "expected an integer."

            let shape =
                Json.required source path "shape" fields
                |> Result.bind (fun value ->
                    match value.ValueKind with
                    | JsonValueKind.Array when value.GetArrayLength() > Shape.RankLimit ->
                        Error(Shape.rankFaults (value.GetArrayLength()))
                    | _ -> Json.items source $"{path}.shape" value)
                |> Result.bind (fun items -> items |> List.indexed |> Validation.traverse (fun (i, v) -> size i v))
                |> Result.bind Shape.ofList

            let layout = fields |> Json.optional (Json.layout source $"{path}.layout") "layout"

            validation {
                let! dtype = dtype
                and! shape = shape
                and! layout = layout

                return
                    { Name = name
                      Shape = shape
                      Storage = dtype },
                    layout
            })
        |> Result.mapError (
            List.map (fun e ->
                match e with
                | InitError.JsonField _ -> e
                | other -> InitError.InTensor(name, other))
        )

    /// The tensors, and the roles of their axes by name.
    let tensors source path (value: JsonElement) : Result<TensorEntry list * Map<string, Fan>, InitError list> =
        Json.members
            source
            path
            InitError.TensorDuplicate
            value
            (Validation.traverse (fun (name, value) ->
                match name, path with
                // A safetensors header's metadata is no tensor.
                | "__metadata__", "the file" -> Ok []
                | "__metadata__", _ -> Json.field source path "\"__metadata__\" cannot name a tensor."
                | _ ->
                    entry source (Json.quote (Names.excerpt name)) name value
                    |> Result.map List.singleton))
        |> Result.map List.concat
        |> Result.bind (fun tensors ->
            let layouts =
                tensors
                |> List.choose (fun (entry, layout) -> layout |> Option.map (fun fan -> entry.Name, fan))

            Validation.ofFaults
                (Validation.check (InitError.TensorsMissing source) (not tensors.IsEmpty))
                (List.map fst tensors, Map.ofList layouts))

    /// A blueprint has its tensors under "tensors", one of which may be named "shape"; an architecture may have a tensor
    /// named "tensors", whose shape is a list. Without "tensors", a list of rules or a recipe's name, which are no
    /// tensors, are those of a blueprint that lacks them.
    let isBlueprint (root: JsonElement) =
        match Json.tryFind "tensors" root with
        | None ->
            let isA kind name =
                match Json.tryFind name root with
                | Some value -> value.ValueKind = kind
                | None -> false

            isA JsonValueKind.Array "rules"
            || isA JsonValueKind.String "recipe"
            || isA JsonValueKind.String "base"
        | Some inner ->
            let isTensor =
                match Json.tryFind "shape" inner with
                | Some shape -> shape.ValueKind = JsonValueKind.Array
                | None -> false

            not isTensor
            || [ "rules"; "recipe"; "base"; "let" ]
               |> List.exists (fun name -> (Json.tryFind name root).IsSome)

    /// The kind of a JSON object that lists no tensor at all; None where one member looks like a tensor.
    let kindWithoutTensors (root: JsonElement) : string option =
        let hasShape (value: JsonElement) =
            match Json.tryFind "shape" value with
            | Some shape -> shape.ValueKind = JsonValueKind.Array
            | None -> false

        let isTensor (value: JsonElement) =
            (Json.tryFind "dtype" value).IsSome || (Json.tryFind "shape" value).IsSome

        let text name =
            match Json.tryFind name root with
            | Some value when value.ValueKind = JsonValueKind.String -> Json.text "" "" value |> Result.toOption
            | _ -> None

        if root.ValueKind <> JsonValueKind.Object then
            None
        else
            let none isTensor =
                root.EnumerateObject() |> Seq.forall (fun p -> not (isTensor p.Value))

            match FileKinds.ofKeys text (fun name -> (Json.tryFind name root).IsSome) with
            // A part of a configuration may have a dtype.
            | Some kind when none hasShape -> Some kind
            | _ when not (none isTensor) -> None
            // A file with metadata only has no kind.
            | _ when Seq.length (root.EnumerateObject()) = Option.count (Json.tryFind "__metadata__" root) -> None
            | _ -> Some "JSON in which no entry has a dtype and a shape"
