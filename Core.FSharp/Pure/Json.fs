namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json

/// JSON values, each read with the path at which a fault is reported.
module internal Json =
    let quote (name: string) = $"\"{name}\""

    let field source path reason =
        Error [ InitError.JsonField(source, path, reason) ]

    let text source path (value: JsonElement) : Result<string, InitError list> =
        if value.ValueKind <> JsonValueKind.String then
            field source path "expected a text."
        else
            try
                match value.GetString() with
                | null -> field source path "expected a text."
                | s -> Ok s
            with :? InvalidOperationException ->
                // System.Text.Json refuses lone surrogates only when the text is asked for.
                field source path "the text is not valid Unicode."

    let number source path (value: JsonElement) : Result<float, InitError list> =
        match value.ValueKind with
        | JsonValueKind.Number ->
            match value.TryGetDouble() with
            | true, x -> Ok x
            | _ -> field source path "expected a number."
        | _ -> field source path "expected a number."

    /// The members of an object; a name that stands twice is a fault, made by `twice`.
    let members source path twice (value: JsonElement) : Result<(string * JsonElement) list, InitError list> =
        if value.ValueKind <> JsonValueKind.Object then
            field source path "expected an object, {…}."
        else
            let seen = HashSet<string>(StringComparer.Ordinal)

            let read (p: JsonProperty) =
                try
                    if seen.Add p.Name then
                        Ok(p.Name, p.Value)
                    else
                        Error [ twice p.Name ]
                with :? InvalidOperationException ->
                    field source path "a name is not valid Unicode."

            value.EnumerateObject() |> List.ofSeq |> Validation.traverse read

    let items source path (value: JsonElement) : Result<JsonElement list, InitError list> =
        if value.ValueKind <> JsonValueKind.Array then
            field source path "expected a list, […]."
        else
            Ok(value.EnumerateArray() |> List.ofSeq)

    /// An object with these members and no others.
    let record
        source
        path
        (known: string list)
        (value: JsonElement)
        : Result<Map<string, JsonElement>, InitError list> =
        members source path (fun name -> InitError.JsonField(source, $"{path}.{name}", "given twice.")) value
        |> Result.bind (fun members ->
            let unknown =
                members
                |> List.filter (fun (name, _) -> not (List.contains name known))
                |> List.map (fun (name, _) ->
                    InitError.JsonField(source, $"{path}.{name}", $"unknown field; known are {Names.list known}."))

            Validation.ofFaults unknown (Map.ofList members))

    let required source path (name: string) (fields: Map<string, JsonElement>) =
        match Map.tryFind name fields with
        | Some value -> Ok value
        | None -> field source path $"the field \"{name}\" is missing."

    let optional (read: JsonElement -> Result<'a, InitError list>) name (fields: Map<string, JsonElement>) =
        match Map.tryFind name fields with
        | Some value -> read value |> Result.map Some
        | None -> Ok None

    /// Faults of a value's content, told with its path.
    let at source path (result: Result<'a, InitError list>) =
        result
        |> Result.mapError (
            List.map (fun e ->
                match e with
                | InitError.JsonField _
                | InitError.AtPath _ -> e
                | other -> InitError.AtPath(source, path, other))
        )

    /// Reads a document; a fault of syntax has line and column, counted from 1, columns in bytes.
    let parse
        source
        (utf8: ReadOnlyMemory<byte>)
        (read: JsonElement -> Result<'a, InitError list>)
        : Result<'a, InitError list> =
        try
            use document = JsonDocument.Parse utf8
            read document.RootElement
        with :? JsonException as e ->
            let place (index: Nullable<int64>) =
                if index.HasValue then index.Value + 1L else 1L

            let message = e.Message

            // System.Text.Json repeats the position at the end of its message.
            let reason =
                match message.IndexOf(" LineNumber:", StringComparison.Ordinal) with
                | -1 -> message
                | i -> message.Substring(0, i)

            Error [ InitError.JsonSyntax(source, place e.LineNumber, place e.BytePositionInLine, reason) ]

    /// Members of an object with the values of a spec, whose words need no escapes.
    let fields (parameters: (string * SpecText.Value) list) : string list =
        parameters
        |> List.map (fun (name, value) ->
            let text =
                match value with
                | SpecText.Number x when Double.IsFinite x -> Names.number x
                | SpecText.Number x -> quote (Names.number x)
                | SpecText.Bare text
                | SpecText.Word text -> quote text

            $"{quote name}: {text}")
