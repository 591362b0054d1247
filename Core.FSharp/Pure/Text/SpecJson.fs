namespace Initializers.FSharp

open System.Text.Json

[<RequireQualifiedAccess>]
module SpecJson =
    /// The field that names the initializer; no parameter has this name.
    let private key = "initializer"

    /// A number as it is written, or a word for one that JSON lacks.
    let private numeral source path (value: JsonElement) =
        match value.ValueKind with
        | JsonValueKind.Number -> Ok(value.GetRawText())
        // An expression, or a word for a number that JSON lacks.
        | JsonValueKind.String -> Json.text source path value
        | _ -> Json.field source path "expected a number."

    let private size source path (value: JsonElement) =
        match value.ValueKind with
        | JsonValueKind.String -> Json.text source path value
        | JsonValueKind.Number ->
            match SpecSyntax.whole (value.GetRawText()) with
            | Some n when n >= 0L -> Ok(string n)
            | _ ->
                Json.field
                    source
                    path
                    $"expected a size, a whole number from 0 to 2^63 - 1; it is {Names.excerpt (value.GetRawText())}."
        | _ -> Json.field source path "expected a size, a whole number from 0 to 2^63 - 1."

    /// A spec in a list: an initializer, a Keras config, or among parts a text. Other texts are expressions.
    let private isSpec (name: string) (item: JsonElement) =
        match item.ValueKind with
        | JsonValueKind.Object ->
            [ key; "class_name" ]
            |> List.exists (fun name -> (Json.tryFind name item).IsSome)
        | JsonValueKind.String -> name = "parts"
        | _ -> false

    /// A list of numbers, of specs, or of sizes with specs.
    let private list
        source
        at
        (name: string)
        (nested: string -> JsonElement -> Result<Spec, InitError list>)
        (value: JsonElement)
        =
        let items = value.EnumerateArray() |> List.ofSeq |> List.indexed

        if items |> List.exists (snd >> isSpec name) then
            items
            |> Validation.traverse (fun (i, item) -> nested (Json.itemPath at i) item)
            |> Result.map SpecSyntax.Value.Specs
        elif items |> List.exists (fun (_, item) -> item.ValueKind = JsonValueKind.Object) then
            items
            |> Validation.traverse (fun (i, item) ->
                let place = Json.itemPath at i

                Json.record source place [ "size"; "inner" ] item (fun fields ->
                    let part name read =
                        Json.required source place name fields
                        |> Result.bind (read (Json.memberPath place name))

                    validation {
                        let! size = part "size" (size source)
                        and! inner = part "inner" nested
                        return size, inner
                    }))
            |> Result.map SpecSyntax.Value.Sections
        else
            items
            |> Validation.traverse (fun (i, item) -> numeral source (Json.itemPath at i) item)
            |> Result.map SpecSyntax.Value.Numerals

    let private parameter source path nested (name: string, value: JsonElement) =
        let at = Json.memberPath path name

        match value.ValueKind with
        | JsonValueKind.Number -> Ok(name, SpecSyntax.Value.Numeral(value.GetRawText()))
        | JsonValueKind.String -> Json.text source at value |> Result.map (fun t -> name, SpecSyntax.Value.Word t)
        | JsonValueKind.Object -> nested at value |> Result.map (fun spec -> name, SpecSyntax.Value.Nested spec)
        | JsonValueKind.Array -> list source at name nested value |> Result.map (fun all -> name, all)
        | JsonValueKind.True
        | JsonValueKind.False -> Ok(name, SpecSyntax.Value.Flag(value.ValueKind = JsonValueKind.True))
        | _ -> Json.field source at "expected a number, a text, true or false, a spec or a list."

    let private ofEntry context depth source path nested name (given: (string * JsonElement) list) =
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
            match SpecText.build context depth name (readable |> List.map fst) with
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
                        | Some p, _ -> Json.memberPath path p
                        | None, InitError.SpecUnknown _ -> Json.memberPath path key
                        | None, _ -> path

                    InitError.AtPath(source, at, fault))
                |> Error

        let unread = values |> List.collect Validation.faults

        match spec, unread with
        | Ok spec, [] -> Ok spec
        | other, faults -> Error(faults @ Validation.faults other)

    let ofText context source at (text: string) : Result<Spec, InitError list> =
        match SpecText.parseIn context 1 text, Keras.ofName text with
        | Error [ InitError.SpecUnknown _ ], Some spec -> Ok spec
        | spec, _ -> Json.at source at spec

    let rec private readAt context depth source path (value: JsonElement) : Result<Spec, InitError list> =
        let nested at (inner: JsonElement) =
            if inner.ValueKind = JsonValueKind.String then
                Json.text source at inner
                |> Result.bind (SpecText.parseIn context (depth + 1) >> Json.at source at)
            else
                readAt context (depth + 1) source at inner

        let known (members: (string * JsonElement) list) =
            match members |> List.partition (fun (name, _) -> name = key) with
            | [ _, name ], parameters ->
                Json.text source (Json.memberPath path key) name
                |> Result.bind (fun name -> ofEntry context depth source path nested name parameters)
            | _ when members |> List.exists (fun (name, _) -> name = "class_name") -> Keras.read source path value
            | _ ->
                Json.field
                    source
                    path
                    $"expected \"{key}\" with a name such as \"normal\", or a Keras config with \"class_name\"."

        if depth > Spec.NestingLimit then
            Error [ InitError.SpecTooDeep Spec.NestingLimit ]
        else
            Json.members
                source
                path
                (fun name -> InitError.JsonField(source, Json.memberPath path name, "given twice."))
                value
                known

    let read context source path (value: JsonElement) : Result<Spec, InitError list> =
        readAt context 1 source path value

    /// Reads a text that is a whole document. It may be a Keras identifier, and some of those name other distributions
    /// here.
    let private alone source path (text: string) : Result<Spec, InitError list> =
        match SpecText.parse text, Keras.ofName text with
        | Ok here, Some keras when here <> keras ->
            Json.field
                source
                path
                $"'{text}' is one distribution here and another in Keras; write {{\"{key}\": \"{text}\"}} or {{\"class_name\": \"{text}\"}}."
        | _ -> ofText NumberContext.alone source path text

    [<CompiledName "Parse">]
    let parse (json: string) : Result<Spec, InitError list> =
        let source, path = "the JSON", "spec"

        Json.ofText source json (fun value ->
            match value.ValueKind with
            | JsonValueKind.String -> Json.text source path value |> Result.bind (alone source path)
            | _ -> read NumberContext.alone source path value)
        |> FaultReport.result

    [<CompiledName "ToJson">]
    let toJson (spec: Spec) : string =
        let ofEntry spec =
            match spec with
            | Spec.Function f -> Json.pieces (SpecSyntax.Value.Word f.Text)
            | _ ->

                let name, parameters = Catalogue.written spec

                let fields =
                    (key, SpecSyntax.Value.Word name) :: parameters
                    |> List.map (fun (name, value) -> SpecSyntax.Piece.Text $"{Json.quote name}: " :: Json.pieces value)

                [ SpecSyntax.Piece.Text "{" ]
                @ SpecSyntax.separated ", " fields
                @ [ SpecSyntax.Piece.Text "}" ]

        SpecSyntax.written ofEntry spec

    [<CompiledName "ToKeras">]
    let toKeras (spec: Spec) : Result<string, InitError list> = Keras.write spec
