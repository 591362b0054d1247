namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Tensors of a blueprint's JSON.
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
