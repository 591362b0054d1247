namespace Initializers.FSharp

open System
open System.Text.Json

/// <summary>Rules for a family of models, with the names that they define. A recipe is a blueprint without tensors.</summary>
[<Sealed>]
type Recipe =
    /// <summary>The name. A recipe in a file has the file's.</summary>
    member Name: string
    /// <summary>One sentence on what it fills models with; empty if the file has none.</summary>
    member Description: string
    /// <summary>Where the recipe was taken from.</summary>
    member Source: string option
    /// <summary>The recipes whose rules follow its own, the nearest first.</summary>
    member Bases: string list
    /// <summary>The names under "let" with their expressions, those of the bases included.</summary>
    member Definitions: (string * string) list
    /// <summary>Every rule, its own before those of its bases. The first that matches a tensor decides.</summary>
    member Rules: Rule list
    /// <summary>The number of rules that are the recipe's, before those of its bases.</summary>
    member Own: int
    /// The names of the recipe and of its bases, each with the number of rules that it has in the list.
    member internal Sections: (string * int) list
    /// The recipe that a rule of the list comes from, and the rule's number there, counted from 0.
    member internal Place: index: int -> string * int
    /// <summary>The tied tensors, by patterns of their names, with the tensors whose elements they have; the recipe's before
    /// those of its bases.</summary>
    member Ties: (string * string) list
    /// The ties, as plans read them.
    member internal TieRules: Ties
    /// The definitions, read.
    member internal Expressions: Map<string, Expression>
    /// <summary>Equal names, descriptions, definitions and rules.</summary>
    override Equals: other: (obj | null) -> bool
    /// <summary>A hash code of the name.</summary>
    override GetHashCode: unit -> int

/// <summary>Reads recipes, and lists those of well-known models.</summary>
[<RequireQualifiedAccess>]
module Recipe =
    /// <summary>The names of the recipes that come with the library.</summary>
    [<CompiledName "Names">]
    val names: string list

    /// <summary>The names of the recipes that come with the library, with descriptions.</summary>
    [<CompiledName "Known">]
    val known: unit -> (string * string) list

    /// <summary>A recipe that comes with the library.</summary>
    /// <returns>recipe-unknown for another name.</returns>
    /// <example><code>Recipe.find "gpt2" |> Result.map _.Rules</code></example>
    [<CompiledName "Find">]
    val find: name: string -> Result<Recipe, InitError list>

    /// <summary>Reads a recipe: <c>{"base": "llama_hf", "let": {"L": "blocks(…)"}, "rules": [{"pattern": "*.bias", "spec":
    /// "zeros", "source": "…"}]}</c>. Tensors that the file may list are not read.</summary>
    /// <param name="source">The recipe's name, and the file's in messages.</param>
    /// <param name="utf8">The JSON.</param>
    /// <returns>Every fault, with its path and, in an expression, its column.</returns>
    [<CompiledName "Parse">]
    val parse: source: string -> utf8: ReadOnlyMemory<byte> -> Result<Recipe, InitError list>

    /// <summary>A recipe of rules without definitions.</summary>
    [<CompiledName "OfRules">]
    val ofRules: rules: Rule list -> Recipe

    /// The recipe as a base without further rules.
    val internal inherited: recipe: Recipe -> Recipe

    /// <summary>The JSON of a recipe that comes with the library.</summary>
    /// <returns>recipe-unknown for another name.</returns>
    [<CompiledName "Json">]
    val json: name: string -> Result<string, InitError list>

    /// The members of a file that belong to its recipe.
    val internal members: string list

    /// Reads the members of a recipe. `find` makes recipes of the names of bases.
    val internal ofFields:
        find: (string -> Result<Recipe, InitError list>) ->
        source: string ->
        fields: Map<string, JsonElement> ->
            Result<Recipe, InitError list>

    /// Reads a recipe from a document whose tensors are not read. `find` makes recipes of the names of bases.
    val internal parseWith:
        find: (string -> Result<Recipe, InitError list>) ->
        source: string ->
        utf8: ReadOnlyMemory<byte> ->
            Result<Recipe, InitError list>
