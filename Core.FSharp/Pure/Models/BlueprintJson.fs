namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Tensors and rules of a blueprint's JSON.
[<RequireQualifiedAccess>]
module internal BlueprintJson =
    let private entry source path (name: string) (value: JsonElement) : Result<TensorEntry, InitError list> =
        Json.record source path [ "dtype"; "shape"; "data_offsets" ] value (fun fields ->
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

            validation {
                let! dtype = dtype
                and! shape = shape

                return
                    { Name = name
                      Shape = shape
                      Storage = dtype }
            })
        |> Result.mapError (
            List.map (fun e ->
                match e with
                | InitError.JsonField _ -> e
                | other -> InitError.InTensor(name, other))
        )

    let tensors source path (value: JsonElement) : Result<TensorEntry list, InitError list> =
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
            Validation.ofFaults (Validation.check (InitError.TensorsMissing source) (not tensors.IsEmpty)) tensors)

    let rule source (i: int, value: JsonElement) : Result<Rule, InitError list> =
        let path = $"rules[{i}]"

        Json.record
            source
            path
            [ "pattern"; "regex"; "rank"; "dtype"; "spec"; "layout"; "fan_in"; "fan_out" ]
            value
            (fun fields ->
                let text name =
                    fields |> Json.optional (Json.text source $"{path}.{name}") name

                let pattern =
                    Validation.both (text "pattern") (text "regex")
                    |> Result.bind (fun patterns ->
                        match patterns with
                        | Some glob, None -> Ok(Pattern.Glob glob)
                        | None, Some regex ->
                            let pattern = Pattern.Regex regex

                            Pattern.compile pattern
                            |> Result.map (fun _ -> pattern)
                            |> Json.at source $"{path}.regex"
                        | _ -> Json.field source path "give either a \"pattern\" or a \"regex\".")

                let rank =
                    let read (value: JsonElement) =
                        match value.ValueKind, value with
                        | JsonValueKind.Number, v when fst (v.TryGetInt32()) && v.GetInt32() >= 0 -> Ok(v.GetInt32())
                        | _ -> Json.field source $"{path}.rank" "expected a number of axes, 0 or more."

                    fields |> Json.optional read "rank"

                let dtype =
                    let read (value: JsonElement) =
                        Json.text source $"{path}.dtype" value
                        |> Result.bind (Storage.parse >> Json.at source $"{path}.dtype")

                    fields |> Json.optional read "dtype"

                let spec =
                    let at = $"{path}.spec"

                    Json.required source path "spec" fields
                    |> Result.bind (fun value ->
                        match value.ValueKind with
                        | JsonValueKind.Object -> SpecJson.read source at value
                        | JsonValueKind.String -> Json.text source at value |> Result.bind (SpecJson.ofText source at)
                        | _ -> Json.field source at "expected an initializer, as a text or an object.")

                let layout =
                    fields
                    |> Json.optional
                        (Json.text source $"{path}.layout"
                         >> Result.bind (Fan.ofLayoutText >> Json.at source $"{path}.layout"))
                        "layout"

                let fan name =
                    let at = $"{path}.{name}"

                    fields
                    |> Json.optional
                        (Json.number source at >> Result.bind (Fan.positive name >> Json.at source at))
                        name

                let where =
                    validation {
                        let! layout = layout
                        and! fanIn = fan "fan_in"
                        and! fanOut = fan "fan_out"

                        return!
                            match layout, fanIn, fanOut with
                            | Some known, None, None -> Ok known
                            | None, i, o -> Ok(Fan.ofOptions i o)
                            | _ -> Json.field source path "give either a layout or fans, not both."
                    }

                validation {
                    let! pattern = pattern
                    and! rank = rank
                    and! dtype = dtype
                    and! spec = spec
                    and! fan = where

                    return
                        { Pattern = pattern
                          Rank = rank
                          Storage = dtype
                          Spec = spec
                          Fan = fan }
                })
