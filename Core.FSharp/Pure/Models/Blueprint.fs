namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json
open Initializers

[<RequireQualifiedAccess>]
type RuleSource =
    | Rules of Recipe
    | Recipe of name: string
    | Initializers of Recipe
    | NoRules

type Blueprint =
    { Source: string
      Tensors: TensorEntry list
      Layouts: Map<string, Fan>
      Elsewhere: Result<string list, InitError list>
      Rules: RuleSource }

[<RequireQualifiedAccess>]
type Content =
    | Floats of Plan
    | Integers of bits: uint64
    | Whole of plan: Plan

type PlannedTensor =
    { Entry: TensorEntry
      Rule: Rule
      Spec: Spec
      Content: Content
      Tie: Tie option }

type Explanation =
    { Entry: TensorEntry
      Rule: Rule
      Spec: Spec
      Fan: string
      Distribution: string
      Mean: float
      Stddev: float
      Tie: Tie option }

type internal OtherFiles =
    { Recipe: string -> Result<Recipe, InitError list>
      Tensors: string -> Result<TensorEntry list * Result<string list, InitError list>, InitError list>
      Shards: ShardIndex -> Result<TensorEntry list, InitError list> }

[<RequireQualifiedAccess>]
module Blueprint =
    let private ruleSource
        (recipe: string -> Result<Recipe, InitError list>)
        source
        (fields: Map<string, JsonElement>)
        : Result<RuleSource, InitError list> =
        let has name = Map.containsKey name fields

        match Map.tryFind "recipe" fields with
        | Some _ when has "rules" ->
            Json.field
                source
                "the file"
                "give either \"rules\" or \"recipe\", not both; rules before those of a recipe name it as their \"base\"."
        | Some _ when has "base" -> Json.field source "the file" "give either \"base\" or \"recipe\", not both."
        | Some name when has "let" || has "tie" || has "tied" ->
            fields
            |> Map.add "base" name
            |> Recipe.ofFields recipe source
            |> Result.map RuleSource.Rules
        | Some name ->
            Json.text source "recipe" name
            |> Result.bind (fun name ->
                match recipe name with
                | _ when List.contains name Recipe.names -> Ok(RuleSource.Recipe name)
                | Ok found -> Ok(RuleSource.Rules(Recipe.inherited found))
                // Another recipe may be asked for instead.
                | Error [ InitError.RecipeUnknown _ ] -> Ok(RuleSource.Recipe name)
                | Error faults -> Error faults |> Json.at source "recipe")
        | None when has "rules" || has "base" -> Recipe.ofFields recipe source fields |> Result.map RuleSource.Rules
        | None when has "let" -> Json.field source "let" "there are no rules that could read it."
        | None when has "tie" || has "tied" -> Json.field source "tie" "it needs \"rules\", a \"base\" or a \"recipe\"."
        | None -> Ok RuleSource.NoRules

    /// Tensors alone, without rules.
    let private architecture source (layouts: Map<string, Fan>) (tensors: TensorEntry list) : Blueprint =
        { Source = source
          Tensors = tensors
          Layouts = layouts
          Elsewhere = Ok []
          Rules = RuleSource.NoRules }

    let private read (files: OtherFiles) source (root: JsonElement) : Result<Blueprint, InitError list> =
        if ShardIndex.isIndex root then
            ShardIndex.read source root
            |> Result.bind files.Shards
            |> Result.map (architecture source Map.empty)
        elif KerasModel.isModel root then
            KerasModel.read source root
            |> Result.map (fun variables ->
                { architecture source Map.empty (List.map fst variables) with
                    Rules = RuleSource.Initializers(Recipe.ofRules (List.map snd variables)) })
        elif BlueprintJson.isBlueprint root then
            Json.record source "the file" (Recipe.members @ [ "tensors"; "recipe" ]) root (fun fields ->
                let list =
                    Json.required source "the file" "tensors" fields
                    |> Result.bind (fun value ->
                        match value.ValueKind with
                        | JsonValueKind.String ->
                            Json.text source "tensors" value
                            |> Result.bind (files.Tensors >> Json.at source "tensors")
                            |> Result.map (fun (tensors, elsewhere) -> tensors, Map.empty, elsewhere)
                        | JsonValueKind.Object ->
                            BlueprintJson.tensors source "tensors" value
                            |> Result.map (fun (tensors, layouts) -> tensors, layouts, Ok [])
                        | _ -> Json.field source "tensors" "expected an object, {…}, or a file's name.")

                let text name =
                    fields |> Json.optional (Json.text source name) name

                validation {
                    let! _ = text "name"
                    and! _ = text "description"
                    and! tensors, layouts, elsewhere = list
                    and! rules = ruleSource files.Recipe source fields

                    return
                        { Source = source
                          Tensors = tensors
                          Layouts = layouts
                          Elsewhere = elsewhere
                          Rules = rules }
                })
        else
            match BlueprintJson.kindWithoutTensors root with
            | Some kind -> Error [ InitError.Architecture(ArchitectureFault.NotArchitecture(source, kind)) ]
            | None ->
                BlueprintJson.tensors source "the file" root
                |> Result.map (fun (tensors, layouts) -> architecture source layouts tensors)

    let parseWith
        (files: OtherFiles)
        (source: string)
        (utf8: ReadOnlyMemory<byte>)
        : Result<Blueprint, InitError list> =
        Json.parse source utf8 (read files source) |> FaultReport.result

    let private noFiles source : OtherFiles =
        { Recipe = Recipe.find
          Tensors =
            fun _ ->
                Json.field source "tensors" "expected an object, {…}; only a blueprint that is a file can name another."
          Shards = ShardIndex.alone }

    [<CompiledName "Parse">]
    let parse (source: string) (utf8: ReadOnlyMemory<byte>) : Result<Blueprint, InitError list> =
        parseWith (noFiles source) source utf8

    [<CompiledName "ParseText">]
    let parseText (source: string) (json: string) : Result<Blueprint, InitError list> =
        Json.ofText source json (read (noFiles source) source) |> FaultReport.result

    let private folder = "models"

    [<CompiledName "Models">]
    let models = Embedded.names folder

    [<CompiledName "OfModel">]
    let ofModel (name: string) : Result<Blueprint, InitError list> =
        match Embedded.find folder name with
        | Some utf8 -> parse name utf8
        | None -> Error [ InitError.FileMissing name ]

    [<CompiledName "KnownModels">]
    let knownModels () = Embedded.descriptions folder

    let private recipeOf (recipe: Recipe option) (blueprint: Blueprint) : Result<Recipe, InitError list> =
        match recipe, blueprint.Rules with
        | Some _, RuleSource.Rules _ ->
            Error [ InitError.ArgumentConflict $"{blueprint.Source} has rules, which a recipe cannot replace." ]
        | Some recipe, _ -> Ok recipe
        | None, RuleSource.Recipe name -> Recipe.find name
        | None, RuleSource.Rules recipe
        | None, RuleSource.Initializers recipe -> Ok recipe
        | None, RuleSource.NoRules -> Error [ InitError.RecipeMissing blueprint.Source ]

    let private unmatched (entry: TensorEntry) =
        InitError.TensorUnmatched(entry.Name, Storage.toText entry.Storage)

    let content (spec: Spec) (fan: Fan) (shape: Shape) (storage: Storage) : Result<Content, InitError list> option =
        match storage, spec with
        | Storage.Float dtype, _ -> Plan.resolve spec shape fan dtype |> Result.map Content.Floats |> Some
        | Storage.Float8 format, _ -> Float8Numbers.plan format spec shape fan |> Result.map Content.Floats |> Some
        | Storage.Integer integer, Spec.Constant value ->
            Storage.bits integer value |> Result.map Content.Integers |> Some
        | Storage.Integer integer, _ when WholeNumbers.accepts spec ->
            WholeNumbers.plan integer spec shape fan |> Result.map Content.Whole |> Some
        | Storage.Integer _, _ -> None

    /// A tensor in the dtype in which it is filled.
    let private inDType (storage: Storage option) (entry: TensorEntry) =
        match entry.Storage, storage with
        | (Storage.Float _ | Storage.Float8 _), Some storage -> { entry with Storage = storage }
        | _ -> entry

    /// The tensor's content by the rule that decides it.
    let private fill storage (decision: Decision) (entry: TensorEntry) : Result<PlannedTensor, InitError list> =
        let entry = inDType storage entry

        decision.Spec
        |> Result.bind (fun spec ->
            content spec decision.Rule.Fan entry.Shape entry.Storage
            |> Option.defaultValue (Error [ unmatched entry ])
            |> Result.map (fun content ->
                { Entry = entry
                  Rule = decision.Rule
                  Spec = spec
                  Content = content
                  Tie = None }))

    /// All tensors in the model's order, of which the tied ones have the plans of their targets.
    let private withTied (tied: Map<string, Tie>) (planned: PlannedTensor list) (tensors: TensorEntry list) =
        let known = Dictionary<string, PlannedTensor>(StringComparer.Ordinal)

        for tensor in planned do
            known[tensor.Entry.Name] <- tensor

        [ for entry in tensors do
              let tie = Map.tryFind entry.Name tied
              let source = tie |> Option.map _.Target |> Option.defaultValue entry.Name

              // A tensor that is kept as it is has no plan.
              match known.TryGetValue source with
              | true, plan ->
                  { plan with
                      Entry = { plan.Entry with Name = entry.Name }
                      Tie = tie }
              | _ -> () ]

    let private planBy
        (keep: bool)
        (own: bool)
        (isWanted: Map<string, Tie> -> TensorEntry -> bool)
        storage
        (blueprint: Blueprint)
        (recipe: Recipe)
        (rules: RuleFinder)
        =
        let model =
            ModelTensors.scope recipe.Expressions blueprint.Tensors blueprint.Layouts blueprint.Elsewhere

        let used = HashSet<int>()

        // A fault of the model is one fault, however many tensors meet it.
        let ofRule rule (entry: TensorEntry) fault =
            match InitErrorCode.inner fault, blueprint.Elsewhere with
            | InitError.TensorUnmatched _ as inner, _
            | (InitError.BlocksMissing _ as inner), _ -> PlanFault.OfModel inner
            | inner, Error faults when List.contains inner faults -> PlanFault.OfModel inner
            | _ -> PlanFault.OfRule(rule, entry.Name, fault)

        let one (entry: TensorEntry) =
            match rules.Find model entry with
            | Error faults -> Error(faults |> List.map PlanFault.OfModel)
            | Ok None when keep -> Ok None
            | Ok None -> Error [ PlanFault.OfModel(unmatched entry) ]
            | Ok(Some decision) ->
                used.Add decision.RuleIndex |> ignore

                fill storage decision entry
                |> Result.map Some
                |> Result.mapError (List.map (ofRule decision.RuleIndex entry))

        /// A rule of the blueprint, or of the recipe that it comes from.
        let place index =
            let source, number = recipe.Place index
            let text = Names.excerpt (Rule.toText recipe.Rules[index])

            if source = "" || (own && index < recipe.Own) then
                $"rules[{number}] ({text})"
            else
                $"rules[{number}] ({text}) of recipe {source}"

        let isTied, tied =
            blueprint.Tensors
            |> List.map (inDType storage)
            |> Ties.resolve own recipe.TieRules

        let wanted =
            blueprint.Tensors
            |> List.filter (tied |> Result.map isWanted |> Result.defaultValue (fun _ -> true))

        let planned =
            wanted
            |> List.filter (isTied >> not)
            |> Validation.traverse one
            |> Result.map (List.choose id)
            |> Result.mapError (RuleFaults.joined place)

        let integers = blueprint.Tensors |> List.filter _.Storage.IsInteger

        /// A rule that decides no tensor, with a tensor of integers that it names and passes by for its spec. A report shows
        /// the first rules alone, so that the others are not tried again.
        let unusedRule (place: int) (index: int, rule: Rule) =
            let passedBy =
                if place >= FaultReport.Limit || WholeNumbers.accepts rule.Spec then
                    None
                else
                    integers |> List.tryFind (fun entry -> rules.Takes(model, index, entry))

            InitError.RuleUnused(Rule.toText rule, passedBy |> Option.map _.Name)

        // Where the search was ended or ties are wrong, rules seem to be unused that are not.
        let isEnded =
            Validation.faults planned
            |> List.exists (function
                | InitError.Expression(ExpressionFault.RulesTooMany _) -> true
                | _ -> false)

        // A recipe serves models that lack some of its tensors; a file's own rule that decides nothing is a slip.
        let unused =
            if own && not isEnded && tied.IsOk then
                recipe.Rules
                |> List.truncate recipe.Own
                |> List.indexed
                |> List.filter (fun (i, _) -> not (used.Contains i))
                |> List.mapi unusedRule
            else
                []

        validation {
            let! planned = planned
            and! tied = tied
            and! () = unused
            return withTied tied planned wanted, tied
        }

    let private planned keep own isWanted (recipe: Recipe option) (storage: Storage option) (blueprint: Blueprint) =
        let floats =
            storage
            |> Option.filter _.IsInteger
            |> Option.map (Storage.toText >> InitError.DTypeUnknown)
            |> Option.toList

        validation {
            let! recipe = recipeOf recipe blueprint
            and! () = floats
            let! rules = RuleFinder.Create recipe.Rules
            return! planBy keep own isWanted storage blueprint recipe rules
        }

    let planWith keep recipe storage (blueprint: Blueprint) =
        planned keep blueprint.Rules.IsRules (fun _ _ -> true) recipe storage blueprint
        |> Result.map fst
        |> Result.bind (function
            // A recipe that matches nothing is that of another model.
            | [] when keep -> Error(blueprint.Tensors |> List.map unmatched)
            | planned -> Ok planned)

    [<CompiledName "Plan">]
    let plan
        (recipe: Recipe option)
        (storage: Storage option)
        (blueprint: Blueprint)
        : Result<PlannedTensor list, InitError list> =
        planWith false recipe storage blueprint

    let planSome isWanted recipe storage blueprint =
        planned false false isWanted recipe storage blueprint

    [<CompiledName "Explain">]
    let explain (tensor: PlannedTensor) : Result<Explanation, InitError list> =
        let entry, rule = tensor.Entry, tensor.Rule

        let spec = tensor.Spec

        let fans =
            match Spec.modes spec with
            | [ mode ] when not (Spec.hasParts spec) ->
                Plan.fanOf spec entry.Shape rule.Fan
                |> Result.bind (Fan.denominator mode entry.Shape)
                |> Result.map (fun fan -> $"{Names.fanMode mode}={Names.number fan}")
            // The fans of parts differ.
            | _ -> Ok ""

        validation {
            let! fans = fans
            and! resolved = Plan.distribution spec entry.Shape rule.Fan
            let text, mean, stddev = ExplanationText.described spec entry.Shape resolved

            return
                { Entry = entry
                  Rule = rule
                  Spec = spec
                  Fan = fans
                  Distribution = text
                  Mean = mean
                  Stddev = stddev
                  Tie = tensor.Tie }
        }
