namespace Initializers.FSharp

open System.Text.Json

[<RequireQualifiedAccess>]
module SpecJson =
    /// The field that names the initializer; no parameter has this name.
    let private key = "initializer"

    let private parameter source path (name: string, value: JsonElement) =
        let at = $"{path}.{name}"

        match value.ValueKind with
        | JsonValueKind.Number -> Json.number source at value |> Result.map (fun x -> name, SpecText.Number x)
        | JsonValueKind.String -> Json.text source at value |> Result.map (fun t -> name, SpecText.Word t)
        | _ -> Json.field source at "expected a number or a text."

    let private own source path name (given: (string * JsonElement) list) =
        let values = given |> List.map (parameter source path)

        // A parameter that cannot be read stands, so that it does not seem to be missing too.
        let readable =
            List.zip given values
            |> List.map (fun ((name, _), value) ->
                match value with
                | Ok pair -> pair, false
                | Error _ -> (name, SpecText.Word ""), true)

        let broken = readable |> List.filter snd |> List.map (fst >> fst)

        let spec =
            match SpecText.build name (readable |> List.map fst) with
            | Ok spec -> Ok spec
            | Error faults ->
                faults
                |> List.filter (fun (parameter, fault) ->
                    match parameter, fault with
                    | _, InitError.ParameterUnknown _ -> true
                    | Some p, _ -> not (List.contains p broken)
                    | None, _ -> true)
                |> List.map (fun (parameter, fault) ->
                    let at =
                        match parameter, fault with
                        | Some p, _ -> $"{path}.{p}"
                        | None, InitError.SpecUnknown _ -> $"{path}.{key}"
                        | None, _ -> path

                    InitError.AtPath(source, at, fault))
                |> Error

        let unread = values |> List.collect Validation.faults

        match spec, unread with
        | Ok spec, [] -> Ok spec
        | other, faults -> Error(faults @ Validation.faults other)

    let read source path (value: JsonElement) : Result<Spec, InitError list> =
        Json.members
            source
            path
            (fun name -> InitError.JsonField(source, $"{path}.{name}", "given twice."))
            value
            (fun members ->
                match members |> List.partition (fun (name, _) -> name = key) with
                | [ _, name ], parameters ->
                    Json.text source $"{path}.{key}" name
                    |> Result.bind (fun name -> own source path name parameters)
                | _ when members |> List.exists (fun (name, _) -> name = "class_name") -> Keras.read source path value
                | _ ->
                    Json.field
                        source
                        path
                        $"expected \"{key}\" with a name such as \"normal\", or a Keras config with \"class_name\".")

    [<CompiledName "Parse">]
    let parse (json: string) : Result<Spec, InitError list> =
        Json.ofText "the JSON" json (read "the JSON" "spec")

    [<CompiledName "ToJson">]
    let toJson (spec: Spec) : string =
        let name, parameters = SpecText.parts spec
        $"{{{Names.list (Json.fields ((key, SpecText.Word name) :: parameters))}}}"

    [<CompiledName "ToKeras">]
    let toKeras (spec: Spec) : Result<string, InitError list> = Keras.write spec
