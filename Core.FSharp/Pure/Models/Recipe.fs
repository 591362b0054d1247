namespace Initializers.FSharp

open System
open System.Text
open System.Text.Json

[<Sealed>]
type Recipe
    (
        name: string,
        description: string,
        source: string option,
        bases: string list,
        expressions: Map<string, Expression>,
        rules: Rule list,
        sections: (string * int) list,
        ties: Ties
    ) =
    let own =
        match sections with
        | (_, count) :: _ -> count
        | [] -> 0

    member _.Name = name
    member _.Description = description
    member _.Source = source
    member _.Bases = bases

    member _.Definitions =
        [ for KeyValue(name, expression) in expressions -> name, expression.Text ]

    member _.Rules = rules
    member _.Own = own
    member _.Sections = sections

    member _.Place(index: int) : string * int =
        let rec find index sections =
            match sections with
            | (_, count) :: others when index >= count && not (List.isEmpty others) -> find (index - count) others
            | (recipe, _) :: _ -> recipe, index
            | [] -> name, index

        find index sections

    member _.Ties = ties.Pairs
    member _.TieRules = ties
    member _.Expressions = expressions

    member private this.Parts =
        struct (name, description, source, bases, this.Definitions, rules, struct (own, ties))

    override this.Equals(other: obj | null) =
        match other with
        | :? Recipe as o -> o.Parts = this.Parts
        | _ -> false

    override _.GetHashCode() = name.GetHashCode()

[<RequireQualifiedAccess>]
module Recipe =
    let private folder = "recipes"

    [<CompiledName "Names">]
    let names = Embedded.names folder

    let members =
        [ "name"; "description"; "source"; "base"; "let"; "rules" ] @ Ties.members

    [<CompiledName "OfRules">]
    let ofRules (rules: Rule list) =
        Recipe("", "", None, [], Map.empty, rules, [ "", rules.Length ], Ties.none)

    let inherited (recipe: Recipe) =
        Recipe(
            recipe.Name,
            recipe.Description,
            recipe.Source,
            recipe.Bases,
            recipe.Expressions,
            recipe.Rules,
            (recipe.Name, 0) :: recipe.Sections,
            { recipe.TieRules with Own = 0 }
        )

    let ofFields
        (find: string -> Result<Recipe, InitError list>)
        source
        (fields: Map<string, JsonElement>)
        : Result<Recipe, InitError list> =
        let text name =
            fields |> Json.optional (Json.text source name) name

        let inherited =
            text "base"
            |> Result.bind (function
                | Some name -> find name |> Json.at source "base" |> Result.map Some
                | None -> Ok None)

        let own = fields |> Json.optional (RecipeJson.definitions source) "let"

        let definitions =
            Validation.both own inherited
            |> Result.bind (fun (own, inherited) ->
                let own = Option.defaultValue Map.empty own

                let all =
                    match inherited with
                    | Some before ->
                        (before.Expressions, own)
                        ||> Map.fold (fun all name value -> Map.add name value all)
                    | None -> own

                Validation.ofFaults (RecipeJson.definitionFaults source all) all)

        let given =
            match Map.tryFind "let" fields with
            | Some value -> Json.names value
            | None -> []

        let before =
            match inherited with
            | Ok(Some before) -> List.ofSeq (Map.keys before.Expressions)
            | _ -> []

        // Rules are read although definitions or the base have faults; names that a base may define are unknown then.
        let rules =
            fields
            |> Json.optional
                (Json.items source "rules"
                 >> Result.bind (
                     List.indexed
                     >> Validation.traverse (RecipeJson.rule source (List.distinct (given @ before)))
                 ))
                "rules"
            |> Result.mapError (RecipeJson.withoutNames inherited.IsOk)

        let unused =
            match definitions, Map.tryFind "rules" fields with
            | Ok all, rules -> RecipeJson.unusedFaults source given before all rules
            | Error _, _ -> []

        let ties =
            match inherited with
            | Ok(Some before) -> before.TieRules
            | _ -> Ties.none
            |> Ties.ofFields source fields

        validation {
            let! _ = text "name"
            and! description = text "description"
            and! origin = text "source"
            and! inherited = inherited
            and! definitions = definitions
            and! rules = rules
            and! ties = ties
            and! () = unused

            let own = Option.defaultValue [] rules

            return
                Recipe(
                    source,
                    Option.defaultValue "" description,
                    origin,
                    (match inherited with
                     | Some before -> before.Name :: before.Bases
                     | None -> []),
                    definitions,
                    (match inherited with
                     | Some before -> own @ before.Rules
                     | None -> own),
                    (source, own.Length)
                    :: (match inherited with
                        | Some before -> before.Sections
                        | None -> []),
                    ties
                )
        }

    let parseWith
        (find: string -> Result<Recipe, InitError list>)
        source
        (utf8: ReadOnlyMemory<byte>)
        : Result<Recipe, InitError list> =
        Json.parse source utf8 (fun root ->
            Json.record source "the file" (members @ [ "tensors"; "recipe" ]) root (fun fields ->
                if fields.ContainsKey "rules" || fields.ContainsKey "base" then
                    ofFields find source fields
                else
                    Json.field source "the file" "a recipe has \"rules\", or a \"base\" whose rules it takes."))
        |> FaultReport.result

    /// A recipe of the library, on the way from those before, whose bases lead to it.
    let rec private read (before: string list) (name: string) : Result<Recipe, InitError list> =
        if List.contains name before then
            Error [ InitError.Expression(ExpressionFault.BaseRecursive(List.rev (name :: before))) ]
        else
            match Embedded.find folder name with
            | Some utf8 -> parseWith (read (name :: before)) name utf8
            | None -> Error [ InitError.RecipeUnknown(name, names) ]

    let private recipes =
        names
        |> List.map (fun name -> name, LazyValue(fun () -> read [] name))
        |> Map.ofList

    [<CompiledName "Find">]
    let find (name: string) : Result<Recipe, InitError list> =
        match Map.tryFind name recipes with
        | Some recipe -> recipe.Value
        | None -> Error [ InitError.RecipeUnknown(name, names) ]

    [<CompiledName "Known">]
    let known () = Embedded.descriptions folder

    [<CompiledName "Parse">]
    let parse (source: string) (utf8: ReadOnlyMemory<byte>) : Result<Recipe, InitError list> =
        parseWith find source utf8

    [<CompiledName "Json">]
    let json (name: string) : Result<string, InitError list> =
        match Embedded.find folder name with
        | Some utf8 -> Ok(Encoding.UTF8.GetString utf8.Span)
        | None -> Error [ InitError.RecipeUnknown(name, names) ]
