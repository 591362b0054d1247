/// The page of recipes, from the recipes themselves: docs/recipes.md.
[<RequireQualifiedAccess>]
module Initializers.Properties.RecipePage

open System
open System.Text
open Initializers.FSharp

let file = "docs/recipes.md"

let private get (result: Result<'a, InitError list>) =
    match result with
    | Ok value -> value
    | Error faults -> failwith $"%A{faults}"

/// A text in a cell of a table.
let private cell (text: string) =
    let quoted = text.Replace("|", "\\|")
    $"`{quoted}`"

let private escaped (text: string) =
    text.Replace("|", "\\|").Replace("*", "\\*").Replace("_", "\\_")

let render () : string =
    let page = StringBuilder()

    let line (text: string) =
        page.Append(text).Append('\n') |> ignore

    line "# Recipes"

    line
        "A recipe is a set of rules for one family of models, with the source of each rule. The first rule that matches a tensor"

    line
        "decides. [blueprints.md](blueprints.md) explains patterns, conditions and expressions, and how to write your own recipe."

    line ""
    line "    initializers list recipes"
    line "    initializers list recipe gpt2"
    line "    initializers init architecture.json --recipe gpt2 --explain"
    line ""
    line "This page is generated from `recipes/*.json`."
    line ""

    for name in Recipe.names do
        let recipe = get (Recipe.find name)
        line $"## {name}"
        line (escaped recipe.Description)

        match recipe.Source with
        | Some source ->
            line ""
            line $"Source: {escaped source}."
        | None -> ()

        if not recipe.Bases.IsEmpty then
            let bases =
                recipe.Bases
                |> List.map (fun name -> $"[{name}](#{name})")
                |> String.concat ", "

            line ""
            line $"Base: {bases}."

        if not recipe.Definitions.IsEmpty then
            line ""
            line "| name | value |"
            line "|---|---|"

            for name, text in recipe.Definitions do
                line $"| `{name}` | {cell text} |"

        let own = List.truncate recipe.Own recipe.Rules

        if not own.IsEmpty then
            line ""
            line "| tensors | filled with | source |"
            line "|---|---|---|"

            for rule in own do
                let source = rule.Source |> Option.map escaped |> Option.defaultValue ""
                line $"| {cell (Rule.toText rule)} | {cell (Spec.toText rule.Spec)} | {source} |"

        line ""

    page.ToString().TrimEnd('\n') + "\n"
