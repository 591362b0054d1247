namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json
open Initializers

[<RequireQualifiedAccess>]
type RuleSource =
    | Rules of Rule list
    | Recipe of name: string
    | Nothing

type Blueprint =
    { Source: string
      Tensors: TensorEntry list
      Rules: RuleSource }

type PlannedTensor =
    { Entry: TensorEntry
      Rule: Rule
      Plan: Plan }

/// JSON values, each read with the path at which a fault is reported.
module private Json =
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

[<RequireQualifiedAccess>]
module Blueprint =
    /// Faults of a name's content, told with its path.
    let private at source path (result: Result<'a, InitError list>) =
        result
        |> Result.mapError (
            List.map (fun e ->
                match e with
                | InitError.JsonField _ -> e
                | other -> InitError.JsonField(source, path, InitError.message other))
        )

    let private entry source path (name: string) (value: JsonElement) : Result<TensorEntry, InitError list> =
        Json.record source path [ "dtype"; "shape"; "data_offsets" ] value
        |> Result.bind (fun fields ->
            let dtype =
                Json.required source path "dtype" fields
                |> Result.bind (Json.text source $"{path}.dtype")
                |> Result.bind DType.parse

            let size i (v: JsonElement) =
                match v.ValueKind with
                | JsonValueKind.Number ->
                    match v.TryGetInt64() with
                    | true, n -> Ok n
                    | _ -> Json.field source $"{path}.shape[{i}]" "expected an integer that fits 64 bits."
                | _ -> Json.field source $"{path}.shape[{i}]" "expected an integer."

            let shape =
                Json.required source path "shape" fields
                |> Result.bind (Json.items source $"{path}.shape")
                |> Result.bind (fun items -> items |> List.indexed |> Validation.traverse (fun (i, v) -> size i v))
                |> Result.bind Shape.ofList

            Validation.both dtype shape
            |> Result.map (fun (dtype, shape) ->
                { Name = name
                  Shape = shape
                  DType = dtype }))
        |> Result.mapError (
            List.map (fun e ->
                match e with
                | InitError.JsonField _ -> e
                | other -> InitError.InTensor(name, other))
        )

    let private tensors source path (value: JsonElement) : Result<TensorEntry list, InitError list> =
        Json.members source path InitError.TensorTwice value
        |> Result.bind (
            Validation.traverse (fun (name, value) ->
                match name, path with
                // A safetensors header's metadata is no tensor.
                | "__metadata__", "the file" -> Ok []
                | "__metadata__", _ -> Json.field source path "\"__metadata__\" cannot name a tensor."
                | _ -> entry source (Json.quote name) name value |> Result.map List.singleton)
        )
        |> Result.map List.concat

    let private rule source (i: int, value: JsonElement) : Result<Rule, InitError list> =
        let path = $"rules[{i}]"

        Json.record source path [ "pattern"; "spec"; "layout"; "fan_in"; "fan_out" ] value
        |> Result.bind (fun fields ->
            let pattern =
                Json.required source path "pattern" fields
                |> Result.bind (Json.text source $"{path}.pattern")

            let spec =
                Json.required source path "spec" fields
                |> Result.bind (Json.text source $"{path}.spec")
                |> Result.bind (SpecText.parse >> at source $"{path}.spec")

            let layout =
                fields
                |> Json.optional
                    (Json.text source $"{path}.layout"
                     >> Result.bind (Layout.parse >> at source $"{path}.layout"))
                    "layout"

            let fan name =
                fields |> Json.optional (Json.number source $"{path}.{name}") name

            let where =
                Validation.both layout (Validation.both (fan "fan_in") (fan "fan_out"))
                |> Result.bind (fun (layout, (fanIn, fanOut)) ->
                    match layout, fanIn, fanOut with
                    | Some layout, None, None -> Ok(Fan.From layout)
                    | None, i, o -> Ok(Fan.ofOptions i o)
                    | _ -> Json.field source path "give either a layout or fans, not both.")

            Validation.both pattern (Validation.both spec where)
            |> Result.map (fun (pattern, (spec, fan)) ->
                { Pattern = pattern
                  Spec = spec
                  Fan = fan }))

    let private ruleSource source (fields: Map<string, JsonElement>) : Result<RuleSource, InitError list> =
        match Map.tryFind "rules" fields, Map.tryFind "recipe" fields with
        | Some _, Some _ -> Json.field source "the file" "give either \"rules\" or \"recipe\", not both."
        | Some rules, None ->
            Json.items source "rules" rules
            |> Result.bind (List.indexed >> Validation.traverse (rule source))
            |> Result.map RuleSource.Rules
        | None, Some recipe -> Json.text source "recipe" recipe |> Result.map RuleSource.Recipe
        | None, None -> Ok RuleSource.Nothing

    /// A blueprint has its tensors under "tensors"; an architecture may have a tensor of that name, with a shape.
    let private isBlueprint (root: JsonElement) =
        root.ValueKind = JsonValueKind.Object
        && (match root.TryGetProperty "tensors" with
            | true, inner ->
                inner.ValueKind <> JsonValueKind.Object
                || not (fst (inner.TryGetProperty "shape"))
            | _ -> false)

    let private read source (root: JsonElement) : Result<Blueprint, InitError list> =
        if isBlueprint root then
            Json.record source "the file" [ "name"; "description"; "tensors"; "rules"; "recipe" ] root
            |> Result.bind (fun fields ->
                let list =
                    Json.required source "the file" "tensors" fields
                    |> Result.bind (tensors source "tensors")

                Validation.both list (ruleSource source fields))
            |> Result.map (fun (tensors, rules) ->
                { Source = source
                  Tensors = tensors
                  Rules = rules })
        else
            tensors source "the file" root
            |> Result.map (fun tensors ->
                { Source = source
                  Tensors = tensors
                  Rules = RuleSource.Nothing })

    [<CompiledName "Parse">]
    let parse (source: string) (utf8: ReadOnlyMemory<byte>) : Result<Blueprint, InitError list> =
        try
            use document = JsonDocument.Parse utf8
            read source document.RootElement
        with :? JsonException as e ->
            let line =
                if e.LineNumber.HasValue then
                    e.LineNumber.Value + 1L
                else
                    1L

            let column =
                if e.BytePositionInLine.HasValue then
                    e.BytePositionInLine.Value + 1L
                else
                    1L

            let message = e.Message

            // System.Text.Json repeats the position at the end of its message.
            let reason =
                match message.IndexOf(" LineNumber:", StringComparison.Ordinal) with
                | -1 -> message
                | i -> message.Substring(0, i)

            Error [ InitError.JsonSyntax(source, line, column, reason) ]

    let private rulesOf (recipe: string option) (blueprint: Blueprint) =
        match recipe, blueprint.Rules with
        | Some _, RuleSource.Rules _ ->
            Error
                [ InitError.ArgumentConflict
                      $"{blueprint.Source} has rules of its own, which a recipe cannot take the place of." ]
        | Some name, _
        | None, RuleSource.Recipe name -> Recipe.rules name blueprint.Tensors |> Result.map (fun rules -> rules, false)
        | None, RuleSource.Rules rules -> Ok(rules, true)
        | None, RuleSource.Nothing -> Error [ InitError.RecipeMissing blueprint.Source ]

    [<CompiledName "Plan">]
    let plan
        (recipe: string option)
        (dtype: DType option)
        (blueprint: Blueprint)
        : Result<PlannedTensor list, InitError list> =
        rulesOf recipe blueprint
        |> Result.bind (fun (rules, own) ->
            let used = HashSet<int>()

            let one (entry: TensorEntry) =
                match rules |> List.tryFindIndex (fun r -> Glob.matches r.Pattern entry.Name) with
                | None -> Error [ InitError.TensorUnmatched entry.Name ]
                | Some index ->
                    used.Add index |> ignore
                    let rule = List.item index rules

                    let entry =
                        { entry with
                            DType = Option.defaultValue entry.DType dtype }

                    Plan.resolve rule.Spec entry.Shape rule.Fan entry.DType
                    |> Result.map (fun plan ->
                        { Entry = entry
                          Rule = rule
                          Plan = plan })
                    |> Result.mapError (List.map (fun e -> InitError.InTensor(entry.Name, e)))

            let planned = blueprint.Tensors |> Validation.traverse one

            // A recipe serves models that lack some of its tensors; a file's own rule that decides nothing is a slip.
            let unused =
                rules
                |> List.indexed
                |> List.filter (fun (i, _) -> own && not (used.Contains i))
                |> List.map (fun (_, r) -> InitError.RuleUnused r.Pattern)

            Validation.both planned (Validation.ofFaults unused ()) |> Result.map fst)
