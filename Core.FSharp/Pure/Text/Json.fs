namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text
open System.Text.Json

/// JSON values, each read with the path at which a fault is reported.
module internal Json =
    let quote (name: string) = $"\"{name}\""

    /// The path of an object's member, short whatever the names in it are.
    let memberPath (path: string) (name: string) = Names.excerpt $"{path}.{name}"

    /// The path of a list's item.
    let itemPath (path: string) (index: int) = $"{path}[{index}]"

    /// Depth of JSON in which specs of the deepest nesting fit: a stack takes an object, a list and an object for each.
    let private options = JsonDocumentOptions(MaxDepth = 3 * Spec.NestingLimit + 16)

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

    /// Whether a value is this text. JsonElement.ValueEquals throws on a text that is not valid Unicode.
    let isText (expected: string) (value: JsonElement) = text "" "" value = Ok expected

    /// The JSON of a value, with U+FFFD for bytes that are not valid Unicode. JsonElement.GetRawText throws on them.
    let rawText (value: JsonElement) : string =
        Encoding.UTF8.GetString(Runtime.InteropServices.JsonMarshal.GetRawUtf8Value value)

    let number source path (value: JsonElement) : Result<float, InitError list> =
        match value.ValueKind with
        | JsonValueKind.Number ->
            match value.TryGetDouble() with
            | true, x -> Ok x
            | _ -> field source path "expected a number."
        | _ -> field source path "expected a number."

    /// A member's name, unless it is not valid Unicode, which System.Text.Json tells only to who asks for the name.
    let private nameOf (p: JsonProperty) =
        try
            Some p.Name
        with :? InvalidOperationException ->
            None

    /// The first member of a name, if the value is an object that has one. JsonElement.TryGetProperty throws if another
    /// name in the object is not valid Unicode.
    let tryFind name (value: JsonElement) =
        if value.ValueKind <> JsonValueKind.Object then
            None
        else
            value.EnumerateObject()
            |> Seq.tryPick (fun p -> if nameOf p = Some name then Some p.Value else None)

    /// Reads an object's members by `read`, and adds the faults of members that cannot be read. A name that occurs twice is
    /// a fault, made by `twice`.
    let members
        source
        path
        twice
        (value: JsonElement)
        (read: (string * JsonElement) list -> Result<'a, InitError list>)
        =
        if value.ValueKind <> JsonValueKind.Object then
            field source path "expected an object, {…}."
        else
            let seen = HashSet<string>(StringComparer.Ordinal)

            let one (p: JsonProperty) =
                match nameOf p with
                | Some name when seen.Add name -> Ok(name, p.Value)
                | Some name -> Error(twice name)
                | None -> Error(InitError.JsonField(source, path, "a name is not valid Unicode."))

            let all = value.EnumerateObject() |> Seq.map one |> List.ofSeq

            let faults =
                all
                |> List.choose (function
                    | Ok _ -> None
                    | Error fault -> Some fault)

            validation {
                let! () = faults
                and! value = read (List.choose Result.toOption all)
                return value
            }

    /// The names of an object's members; none of another value.
    let names (value: JsonElement) : string list =
        if value.ValueKind = JsonValueKind.Object then
            value.EnumerateObject() |> Seq.choose nameOf |> List.ofSeq
        else
            []

    let items source path (value: JsonElement) : Result<JsonElement list, InitError list> =
        if value.ValueKind <> JsonValueKind.Array then
            field source path "expected a list, […]."
        else
            Ok(value.EnumerateArray() |> List.ofSeq)

    /// Reads an object that may have these members by `read`. Other members are further faults.
    let record source path (known: string list) (value: JsonElement) (read: Map<string, JsonElement> -> Result<'a, _>) =
        members
            source
            path
            (fun name -> InitError.JsonField(source, memberPath path name, "given twice."))
            value
            (fun members ->
                let unknown =
                    members
                    |> List.filter (fun (name, _) -> not (List.contains name known))
                    |> List.map (fun (name, _) ->
                        InitError.JsonField(
                            source,
                            memberPath path name,
                            $"unknown field; known are {Names.list known}."
                        ))

                validation {
                    let! () = unknown
                    and! value = read (Map.ofList members)
                    return value
                })

    let required source path (name: string) (fields: Map<string, JsonElement>) =
        match Map.tryFind name fields with
        | Some value -> Ok value
        | None -> field source path $"the field \"{name}\" is missing."

    let optional (read: JsonElement -> Result<'a, InitError list>) name (fields: Map<string, JsonElement>) =
        match Map.tryFind name fields with
        | Some value -> read value |> Result.map Some
        | None -> Ok None

    /// Adds a value's path to the faults of its content.
    let at source path (result: Result<'a, InitError list>) =
        result
        |> Result.mapError (
            List.map (fun e ->
                match e with
                | InitError.JsonField _
                | InitError.AtPath _ -> e
                | other -> InitError.AtPath(source, path, other))
        )

    /// Roles of axes, such as oihw or stack,in,out.
    let layout source path (value: JsonElement) : Result<Fan, InitError list> =
        text source path value |> Result.bind (Fan.ofLayoutText >> at source path)

    /// A fault of syntax, with line and column counted from 1, columns in bytes.
    let malformed source (e: JsonException) =
        let place (index: Nullable<int64>) = index.GetValueOrDefault() + 1L

        // System.Text.Json repeats the position at the end of its message, and speaks to the program's author.
        let sentences = e.Message.Split(" LineNumber:")[0]
        let reason = sentences.Replace(" Change the reader options.", "")

        InitError.JsonSyntax(source, place e.LineNumber, place e.BytePositionInLine, reason)

    /// Reads a document; a fault of syntax has line and column, counted from 1, columns in bytes.
    let parse
        source
        (utf8: ReadOnlyMemory<byte>)
        (read: JsonElement -> Result<'a, InitError list>)
        : Result<'a, InitError list> =
        // RFC 8259 lets a reader ignore a byte order mark, which System.Text.Json does not.
        let utf8 =
            if utf8.Span.StartsWith(ReadOnlySpan [| 0xEFuy; 0xBBuy; 0xBFuy |]) then
                utf8.Slice 3
            else
                utf8

        if utf8.Span.TrimStart(ReadOnlySpan " \t\r\n"B).IsEmpty then
            // System.Text.Json tells that to the program's author.
            Error [ InitError.JsonSyntax(source, 1L, 1L, "there is nothing in it.") ]
        else
            try
                use document = JsonDocument.Parse(utf8, options)
                read document.RootElement
            with :? JsonException as e ->
                Error [ malformed source e ]

    /// Reads a document that is a .NET string, which may hold what is no Unicode and has no UTF-8.
    let ofText source (text: string) (read: JsonElement -> Result<'a, InitError list>) : Result<'a, InitError list> =
        try
            let utf8 = UTF8Encoding(false, true).GetBytes text
            parse source (ReadOnlyMemory utf8) read
        with :? EncoderFallbackException as e ->
            let before = text.Substring(0, e.Index)
            let lines = before.Split '\n'
            let column = 1 + Encoding.UTF8.GetByteCount(Array.last lines)

            Error
                [ InitError.JsonSyntax(
                      source,
                      int64 lines.Length,
                      int64 column,
                      "half of a surrogate pair is no character."
                  ) ]

    /// A text as JSON.
    let private escaped (text: string) =
        quote (Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode text)

    /// A value of a spec as JSON.
    let pieces (value: SpecSyntax.Value) : SpecSyntax.Piece list =
        let text t = [ SpecSyntax.Piece.Text t ]

        let number x =
            if Double.IsFinite x then
                Names.number x
            else
                quote (Names.number x)

        let list items =
            text "[" @ SpecSyntax.separated ", " items @ text "]"

        let part size spec =
            [ SpecSyntax.Piece.Text $"{{\"size\": {size}, \"inner\": "
              SpecSyntax.Piece.Inner spec
              SpecSyntax.Piece.Text "}" ]

        match value with
        | SpecSyntax.Value.Number x -> text (number x)
        | SpecSyntax.Value.Whole n -> text (string n)
        | SpecSyntax.Value.Flag flag -> text (if flag then "true" else "false")
        | SpecSyntax.Value.Null -> text "null"
        | SpecSyntax.Value.Bare(_, t, _)
        | SpecSyntax.Value.Numeral t
        | SpecSyntax.Value.Word t -> text (escaped t)
        | SpecSyntax.Value.Nested spec -> [ SpecSyntax.Piece.Inner spec ]
        | SpecSyntax.Value.Numbers all -> list (all |> List.map (number >> text))
        | SpecSyntax.Value.Numerals all -> list (all |> List.map (escaped >> text))
        | SpecSyntax.Value.Sizes all -> list (all |> List.map (string >> text))
        | SpecSyntax.Value.Parts all -> all |> List.map (fun (size, spec) -> part (string size) spec) |> list
        | SpecSyntax.Value.Sections all -> all |> List.map (fun (size, spec) -> part (escaped size) spec) |> list
        | SpecSyntax.Value.Specs all -> list (all |> List.map (fun spec -> [ SpecSyntax.Piece.Inner spec ]))
