namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json
open Initializers

[<RequireQualifiedAccess>]
type RuleSource =
    | Rules of Rule list
    | Recipe of name: string
    | NoRules

type Blueprint =
    { Source: string
      Tensors: TensorEntry list
      Elsewhere: Result<string list, InitError list>
      Rules: RuleSource }

[<RequireQualifiedAccess>]
type Content =
    | Floats of Plan
    | Integers of bits: uint64

type PlannedTensor =
    { Entry: TensorEntry
      Rule: Rule
      Content: Content }

type Explanation =
    { Entry: TensorEntry
      Rule: Rule
      Fan: string
      Distribution: string
      Mean: float
      Stddev: float }

[<RequireQualifiedAccess>]
module Blueprint =
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

    let private tensors source path (value: JsonElement) : Result<TensorEntry list, InitError list> =
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

    let private rule source (i: int, value: JsonElement) : Result<Rule, InitError list> =
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

    let private ruleSource source (fields: Map<string, JsonElement>) : Result<RuleSource, InitError list> =
        match Map.tryFind "rules" fields, Map.tryFind "recipe" fields with
        | Some _, Some _ -> Json.field source "the file" "give either \"rules\" or \"recipe\", not both."
        | Some rules, None ->
            Json.items source "rules" rules
            |> Result.bind (List.indexed >> Validation.traverse (rule source))
            |> Result.map RuleSource.Rules
        | None, Some recipe -> Json.text source "recipe" recipe |> Result.map RuleSource.Recipe
        | None, None -> Ok RuleSource.NoRules

    /// A blueprint has its tensors under "tensors", one of which may be named "shape"; an architecture may have a tensor
    /// named "tensors", whose shape is a list. Without "tensors", a list of rules or a recipe's name, which are no
    /// tensors, are those of a blueprint that lacks them.
    let private isBlueprint (root: JsonElement) =
        match Json.tryFind "tensors" root with
        | None ->
            let isA kind name =
                match Json.tryFind name root with
                | Some value -> value.ValueKind = kind
                | None -> false

            isA JsonValueKind.Array "rules" || isA JsonValueKind.String "recipe"
        | Some inner ->
            let isTensor =
                match Json.tryFind "shape" inner with
                | Some shape -> shape.ValueKind = JsonValueKind.Array
                | None -> false

            not isTensor
            || [ "rules"; "recipe" ]
               |> List.exists (fun name -> (Json.tryFind name root).IsSome)

    /// Hugging Face's list of which of several safetensors files holds which tensor. It has no shapes.
    let private isIndex (root: JsonElement) =
        match Json.tryFind "weight_map" root with
        | Some map -> map.ValueKind = JsonValueKind.Object && (Json.tryFind "shape" map).IsNone
        | None -> false

    /// The kind of a JSON object that lists no tensor at all; None where one member looks like a tensor.
    let private kindWithoutTensors (root: JsonElement) : string option =
        let isTensor (value: JsonElement) =
            (Json.tryFind "dtype" value).IsSome || (Json.tryFind "shape" value).IsSome

        let text name =
            match Json.tryFind name root with
            | Some value when value.ValueKind = JsonValueKind.String -> Json.text "" "" value |> Result.toOption
            | _ -> None

        if
            root.ValueKind <> JsonValueKind.Object
            || root.EnumerateObject() |> Seq.exists (fun p -> isTensor p.Value)
        then
            None
        else
            match FileKinds.ofKeys text (fun name -> (Json.tryFind name root).IsSome) with
            | Some kind -> Some kind
            // A file with metadata only has no kind.
            | None when Seq.length (root.EnumerateObject()) = Option.count (Json.tryFind "__metadata__" root) -> None
            | None -> Some "JSON in which no entry has a dtype and a shape"

    let private read named source (root: JsonElement) : Result<Blueprint, InitError list> =
        if isIndex root then
            Json.field
                source
                "weight_map"
                "the file is the index of a model in several files, and has no shapes; give one of the files, or an architecture in JSON."
        elif isBlueprint root then
            Json.record source "the file" [ "name"; "description"; "tensors"; "rules"; "recipe" ] root (fun fields ->
                let list =
                    Json.required source "the file" "tensors" fields
                    |> Result.bind (fun value ->
                        match value.ValueKind with
                        | JsonValueKind.String ->
                            Json.text source "tensors" value
                            |> Result.bind (named >> Json.at source "tensors")
                        | JsonValueKind.Object ->
                            tensors source "tensors" value |> Result.map (fun tensors -> tensors, Ok [])
                        | _ -> Json.field source "tensors" "expected an object, {…}, or a file's name.")

                let text name =
                    fields |> Json.optional (Json.text source name) name

                validation {
                    let! _ = text "name"
                    and! _ = text "description"
                    and! tensors, elsewhere = list
                    and! rules = ruleSource source fields

                    return
                        { Source = source
                          Tensors = tensors
                          Elsewhere = elsewhere
                          Rules = rules }
                })
        else
            match kindWithoutTensors root with
            | Some kind -> Error [ InitError.NotArchitecture(source, kind) ]
            | None -> tensors source "the file" root
            |> Result.map (fun tensors ->
                { Source = source
                  Tensors = tensors
                  Elsewhere = Ok []
                  Rules = RuleSource.NoRules })

    let parseWith named (source: string) (utf8: ReadOnlyMemory<byte>) : Result<Blueprint, InitError list> =
        Json.parse source utf8 (read named source) |> FaultReport.result

    let private noFile source _ =
        Json.field source "tensors" "expected an object, {…}; only a blueprint that is a file can name another."

    [<CompiledName "Parse">]
    let parse (source: string) (utf8: ReadOnlyMemory<byte>) : Result<Blueprint, InitError list> =
        parseWith (noFile source) source utf8

    [<CompiledName "ParseText">]
    let parseText (source: string) (json: string) : Result<Blueprint, InitError list> =
        Json.ofText source json (read (noFile source) source) |> FaultReport.result

    let private rulesOf (recipe: string option) (blueprint: Blueprint) =
        match recipe, blueprint.Rules with
        | Some _, RuleSource.Rules _ ->
            Error [ InitError.ArgumentConflict $"{blueprint.Source} has rules, which a recipe cannot replace." ]
        | Some name, _
        | None, RuleSource.Recipe name ->
            Recipe.rulesOf name blueprint.Tensors blueprint.Elsewhere
            |> Result.map (fun rules -> rules, false)
        | None, RuleSource.Rules rules -> Ok(rules, true)
        | None, RuleSource.NoRules -> Error [ InitError.RecipeMissing blueprint.Source ]

    let private unmatched (entry: TensorEntry) =
        InitError.TensorUnmatched(entry.Name, Storage.toText entry.Storage)

    /// A rule that decides no tensor, with a tensor of integers that it names and passes by for its spec.
    let private unusedRule (tensors: TensorEntry list) (rule: Rule) =
        let passedBy =
            Rule.compile { rule with Spec = Spec.zeros }
            |> Result.toOption
            |> Option.bind (fun names ->
                tensors
                |> List.tryFind (fun entry -> entry.Storage.IsInteger && not rule.Spec.IsConstant && names entry))

        InitError.RuleUnused(Rule.toText rule, passedBy |> Option.map _.Name)

    let content (spec: Spec) (fan: Fan) (shape: Shape) (storage: Storage) : Result<Content, InitError list> option =
        match storage, spec with
        | Storage.Float dtype, _ -> Plan.resolve spec shape fan dtype |> Result.map Content.Floats |> Some
        | Storage.Integer integer, Spec.Constant value ->
            Storage.bits integer value |> Result.map Content.Integers |> Some
        | Storage.Integer _, _ -> None

    /// The tensor's content by a rule that matches it.
    let private fill (dtype: DType option) (rule: Rule) (entry: TensorEntry) : Result<PlannedTensor, InitError list> =
        let entry =
            match entry.Storage, dtype with
            | Storage.Float _, Some dtype ->
                { entry with
                    Storage = Storage.Float dtype }
            | _ -> entry

        content rule.Spec rule.Fan entry.Shape entry.Storage
        |> Option.defaultValue (Error [ unmatched entry ])
        |> Result.map (fun content ->
            { Entry = entry
              Rule = rule
              Content = content })

    [<CompiledName "Plan">]
    let plan
        (recipe: string option)
        (dtype: DType option)
        (blueprint: Blueprint)
        : Result<PlannedTensor list, InitError list> =
        rulesOf recipe blueprint
        |> Result.bind (fun (rules, hasRules) ->
            rules
            |> Validation.traverse Rule.compile
            |> Result.map (fun tests -> rules, tests, hasRules))
        |> Result.bind (fun (rules, tests, hasRules) ->
            let rules = Array.ofList rules
            let used = HashSet<int>()

            let one (entry: TensorEntry) =
                match tests |> List.tryFindIndex (fun test -> test entry) with
                | None -> Error [ unmatched entry ]
                | Some index ->
                    used.Add index |> ignore

                    fill dtype rules[index] entry
                    |> Result.mapError (List.map (fun e -> InitError.InTensor(entry.Name, e)))

            let planned = blueprint.Tensors |> Validation.traverse one

            // A recipe serves models that lack some of its tensors; a file's own rule that decides nothing is a slip.
            let unused =
                rules
                |> List.ofArray
                |> List.indexed
                |> List.filter (fun (i, _) -> hasRules && not (used.Contains i))
                |> List.map (fun (_, r) -> unusedRule blueprint.Tensors r)

            validation {
                let! planned = planned
                and! () = unused
                return planned
            })

    [<CompiledName "Explain">]
    let explain (tensor: PlannedTensor) : Result<Explanation, InitError list> =
        let entry, rule = tensor.Entry, tensor.Rule

        let fans =
            match Spec.modes rule.Spec with
            | [ mode ] when not (Spec.hasParts rule.Spec) ->
                Plan.fanOf rule.Spec entry.Shape rule.Fan
                |> Result.bind (Fan.denominator mode entry.Shape)
                |> Result.map (fun fan -> $"{Names.fanMode mode}={Names.number fan}")
            // The fans of parts differ.
            | _ -> Ok ""

        validation {
            let! fans = fans
            and! resolved = Plan.distribution rule.Spec entry.Shape rule.Fan
            let text, mean, stddev = ExplanationText.described rule.Spec entry.Shape resolved

            return
                { Entry = entry
                  Rule = rule
                  Fan = fans
                  Distribution = text
                  Mean = mean
                  Stddev = stddev }
        }
