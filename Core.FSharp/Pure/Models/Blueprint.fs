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
    let private ruleSource source (fields: Map<string, JsonElement>) : Result<RuleSource, InitError list> =
        match Map.tryFind "rules" fields, Map.tryFind "recipe" fields with
        | Some _, Some _ -> Json.field source "the file" "give either \"rules\" or \"recipe\", not both."
        | Some rules, None ->
            Json.items source "rules" rules
            |> Result.bind (List.indexed >> Validation.traverse (BlueprintJson.rule source))
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
                            BlueprintJson.tensors source "tensors" value
                            |> Result.map (fun tensors -> tensors, Ok [])
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
            | None -> BlueprintJson.tensors source "the file" root
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
