namespace Initializers.FSharp

open System.Collections.Generic
open System.Text
open System.Text.Json
open Initializers

/// Rules and definitions of a recipe's JSON.
[<RequireQualifiedAccess>]
module internal RecipeJson =
    /// The most definitions under "let". Each may need the one before it.
    [<Literal>]
    let DefinitionLimit = 256

    let private expression source path (value: JsonElement) : Result<Expression, InitError list> =
        match value.ValueKind with
        | JsonValueKind.Number -> Ok(value.GetRawText())
        | JsonValueKind.String -> Json.text source path value
        | _ -> Json.field source path "expected a number, or an expression as a text."
        |> Result.bind (fun text ->
            ExpressionReader.read text text 1
            |> Result.mapError List.singleton
            |> Json.at source path)

    /// The expressions of a member "let", by name.
    let definitions source (value: JsonElement) : Result<Map<string, Expression>, InitError list> =
        let twice name =
            InitError.JsonField(source, Json.memberPath "let" name, "given twice.")

        let one (name, value) =
            let path = Json.memberPath "let" name

            validation {
                let! () =
                    Validation.check
                        (InitError.AtPath(source, path, InitError.Expression(ExpressionFault.NameReserved name)))
                        (KnownNames.isFree name)

                and! expression = expression source path value
                return name, expression
            }

        Json.members source "let" twice value (fun members ->
            if members.Length > DefinitionLimit then
                Json.field source "let" $"at most {DefinitionLimit} definitions are read."
            else
                members |> Validation.traverse one |> Result.map Map.ofList)

    /// Faults of definitions that need names without a meaning, or each other.
    let definitionFaults source (all: Map<string, Expression>) : InitError list =
        let at name fault =
            InitError.AtPath(source, Json.memberPath "let" name, fault)

        let unknown =
            [ for KeyValue(name, expression) in all do
                  for index, step in Seq.indexed expression.Steps do
                      match step with
                      | Step.Name needed when not (all.ContainsKey needed) ->
                          let known = List.ofSeq (Map.keys all)

                          at
                              name
                              (expression.Fault(index, InitError.Expression(ExpressionFault.NameUnknown(needed, known))))
                      | _ -> () ]

        let finished = HashSet<string>()

        /// The definitions that lead from the first of `before` to it again, if `name` does.
        let rec circle (before: string list) (name: string) : string list option =
            if List.contains name before then
                Some(name :: List.takeWhile ((<>) name) before @ [ name ] |> List.rev)
            elif finished.Contains name then
                None
            else
                let found =
                    Map.tryFind name all
                    |> Option.bind (fun expression -> expression.Names |> List.tryPick (circle (name :: before)))

                if found.IsNone then
                    finished.Add name |> ignore

                found

        let circles =
            Map.keys all
            |> Seq.tryPick (fun name -> circle [] name)
            |> Option.map (fun names -> at names[0] (InitError.Expression(ExpressionFault.LetRecursive names)))

        unknown @ Option.toList circles

    /// Faults of definitions that no rule and no other definition uses, and that replace none of a base's.
    let unusedFaults
        source
        (given: string list)
        (before: string list)
        (all: Map<string, Expression>)
        (rules: JsonElement option)
        : InitError list =
        let text =
            match rules with
            | Some rules -> Json.rawText rules
            | None -> ""

        let words =
            HashSet<string>(
                RegularExpressions.Regex.Matches(text, @"[A-Za-z_]\w*", RegularExpressions.RegexOptions.NonBacktracking)
                |> Seq.map _.Value
            )

        for KeyValue(_, expression) in all do
            words.UnionWith expression.Names

        given
        |> List.filter (fun name -> not (words.Contains name || List.contains name before))
        |> List.map (fun name ->
            InitError.AtPath(
                source,
                Json.memberPath "let" name,
                InitError.Expression(ExpressionFault.LetUnused(name, before))
            ))

    /// The faults of a text whose names may be defined where there are other faults, unless all names are known.
    let withoutNames (isKnown: bool) (faults: InitError list) : InitError list =
        faults
        |> List.filter (fun fault -> isKnown || InitErrorCode.code fault <> "name-unknown")

    /// A rule; `defined` are the names under "let".
    let rule source (defined: string list) (i: int, value: JsonElement) : Result<Rule, InitError list> =
        let path = $"rules[{i}]"

        Json.record
            source
            path
            [ "pattern"
              "regex"
              "rank"
              "dtype"
              "if"
              "spec"
              "layout"
              "fan_in"
              "fan_out"
              "source" ]
            value
            (fun fields ->
                let text name =
                    fields |> Json.optional (Json.text source $"{path}.{name}") name

                let pattern =
                    Validation.both (text "pattern") (text "regex")
                    |> Result.bind (fun patterns ->
                        let compiled field pattern =
                            Pattern.capture pattern
                            |> Result.map (fun _ -> pattern)
                            |> Json.at source $"{path}.{field}"

                        match patterns with
                        | Some glob, None -> compiled "pattern" (Pattern.Glob glob)
                        | None, Some regex -> compiled "regex" (Pattern.Regex regex)
                        | _ -> Json.field source path "give either a \"pattern\" or a \"regex\".")

                let context =
                    { Known =
                        { Names = (pattern |> Result.map Pattern.names |> Result.defaultValue []) @ defined
                          HasModel = true }
                      Scope = None }

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

                let condition =
                    let at = $"{path}.if"

                    let read value =
                        expression source at value
                        |> Result.bind (fun condition ->
                            Validation.ofFaults (KnownNames.faults context.Known condition) condition.Text
                            |> Json.at source at)

                    fields |> Json.optional read "if" |> Result.mapError (withoutNames pattern.IsOk)

                let spec =
                    let at = $"{path}.spec"

                    Json.required source path "spec" fields
                    |> Result.bind (fun value ->
                        match value.ValueKind with
                        | JsonValueKind.Object -> SpecJson.read context source at value
                        | JsonValueKind.String ->
                            Json.text source at value |> Result.bind (SpecJson.ofText context source at)
                        | _ -> Json.field source at "expected an initializer, as a text or an object.")
                    |> Result.mapError (withoutNames pattern.IsOk)

                let layout = fields |> Json.optional (Json.layout source $"{path}.layout") "layout"

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
                    and! condition = condition
                    and! spec = spec
                    and! fan = where
                    and! origin = text "source"

                    return
                        { Pattern = pattern
                          Rank = rank
                          Storage = dtype
                          Condition = condition
                          Spec = spec
                          Fan = fan
                          Source = origin }
                })
