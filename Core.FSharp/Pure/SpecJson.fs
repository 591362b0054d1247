namespace Initializers.FSharp

open System.Text.Json

[<RequireQualifiedAccess>]
module SpecJson =
    /// The field that names the initializer; no parameter has this name.
    let private key = "initializer"

    /// A number, or a word for one that JSON lacks.
    let private numberOf source path (value: JsonElement) =
        match value.ValueKind with
        | JsonValueKind.String ->
            match value.GetString() with
            | "inf" -> Ok System.Double.PositiveInfinity
            | "-inf" -> Ok System.Double.NegativeInfinity
            | "nan" -> Ok System.Double.NaN
            | _ -> Json.field source path "expected a number."
        | _ -> Json.number source path value

    /// A list of numbers, or of sizes with specs.
    let private list source at (nested: string -> JsonElement -> Result<Spec, InitError list>) (value: JsonElement) =
        let items = value.EnumerateArray() |> List.ofSeq
        let place i = $"{at}[{i}]"

        if items |> List.exists (fun item -> item.ValueKind = JsonValueKind.Object) then
            items
            |> List.indexed
            |> Validation.traverse (fun (i, item) ->
                Json.record source (place i) [ "size"; "inner" ] item (fun fields ->
                    let size =
                        Json.required source (place i) "size" fields
                        |> Result.bind (fun size ->
                            match size.ValueKind, size.TryGetInt64() with
                            | JsonValueKind.Number, (true, n) when n >= 0L -> Ok n
                            | _ -> Json.field source $"{place i}.size" "expected a size of 0 or more.")

                    let inner =
                        Json.required source (place i) "inner" fields
                        |> Result.bind (nested $"{place i}.inner")

                    Validation.both size inner))
            |> Result.map SpecSyntax.Value.Parts
        else
            items
            |> List.indexed
            |> Validation.traverse (fun (i, item) -> numberOf source (place i) item)
            |> Result.map SpecSyntax.Value.Numbers

    let private parameter source path nested (name: string, value: JsonElement) =
        let at = $"{path}.{name}"

        match value.ValueKind with
        | JsonValueKind.Number ->
            Json.number source at value
            |> Result.map (fun x -> name, SpecSyntax.Value.Number x)
        | JsonValueKind.String -> Json.text source at value |> Result.map (fun t -> name, SpecSyntax.Value.Word t)
        | JsonValueKind.Object -> nested at value |> Result.map (fun spec -> name, SpecSyntax.Value.Nested spec)
        | JsonValueKind.Array -> list source at nested value |> Result.map (fun all -> name, all)
        | JsonValueKind.True
        | JsonValueKind.False -> Ok(name, SpecSyntax.Value.Flag(value.ValueKind = JsonValueKind.True))
        | _ -> Json.field source at "expected a number, a text, true or false, a spec or a list."

    let private own source path nested name (given: (string * JsonElement) list) =
        let values = given |> List.map (parameter source path nested)

        // A parameter that cannot be read stands, so that it does not seem to be missing too.
        let readable =
            List.zip given values
            |> List.map (fun ((name, _), value) ->
                match value with
                | Ok pair -> pair, false
                | Error _ -> (name, SpecSyntax.Value.Word ""), true)

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

    let ofText source at (text: string) : Result<Spec, InitError list> =
        match SpecText.parse text, Keras.ofName text with
        | Error [ InitError.SpecUnknown _ ], Some spec -> Ok spec
        | spec, _ -> Json.at source at spec

    let rec read source path (value: JsonElement) : Result<Spec, InitError list> =
        let nested at (inner: JsonElement) =
            if inner.ValueKind = JsonValueKind.String then
                Json.text source at inner |> Result.bind (SpecText.parse >> Json.at source at)
            else
                read source at inner

        Json.members
            source
            path
            (fun name -> InitError.JsonField(source, $"{path}.{name}", "given twice."))
            value
            (fun members ->
                match members |> List.partition (fun (name, _) -> name = key) with
                | [ _, name ], parameters ->
                    Json.text source $"{path}.{key}" name
                    |> Result.bind (fun name -> own source path nested name parameters)
                | _ when members |> List.exists (fun (name, _) -> name = "class_name") -> Keras.read source path value
                | _ ->
                    Json.field
                        source
                        path
                        $"expected \"{key}\" with a name such as \"normal\", or a Keras config with \"class_name\".")

    /// A text that is a whole document may be one of Keras's identifiers, some of which are names of other laws here.
    let private alone source path (text: string) : Result<Spec, InitError list> =
        match SpecText.parse text, Keras.ofName text with
        | Ok here, Some keras when here <> keras ->
            Json.field
                source
                path
                $"'{text}' is one law here and another in Keras; write {{\"{key}\": \"{text}\"}} or {{\"class_name\": \"{text}\"}}."
        | _ -> ofText source path text

    [<CompiledName "Parse">]
    let parse (json: string) : Result<Spec, InitError list> =
        let source, path = "the JSON", "spec"

        Json.ofText source json (fun value ->
            match value.ValueKind with
            | JsonValueKind.String -> Json.text source path value |> Result.bind (alone source path)
            | _ -> read source path value)

    [<CompiledName "ToJson">]
    let rec toJson (spec: Spec) : string =
        let name, parameters = SpecText.parts spec
        $"{{{Names.list (Json.fields toJson ((key, SpecSyntax.Value.Word name) :: parameters))}}}"

    [<CompiledName "ToKeras">]
    let toKeras (spec: Spec) : Result<string, InitError list> = Keras.write spec
