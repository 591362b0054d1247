namespace Initializers.FSharp

open System
open Initializers

/// <summary>The source of a blueprint's rules.</summary>
[<RequireQualifiedAccess>]
type RuleSource =
    /// <summary>Rules that the blueprint lists, with their definitions and bases; the first that matches decides.</summary>
    | Rules of Recipe
    /// <summary>The rules of a well-known model.</summary>
    | Recipe of name: string
    /// <summary>Rules that give each tensor the initializer that the file has for it, as a Keras model's layers do. A recipe
    /// may replace them.</summary>
    | Initializers of Recipe
    /// <summary>No rules: the file lists the tensors of an architecture only.</summary>
    | NoRules

/// <summary>The tensors of a model and the rules that initialize them.</summary>
type Blueprint =
    {
        /// The file that the blueprint was read from, for messages.
        Source: string
        /// The tensors, in the file's order.
        Tensors: TensorEntry list
        /// The roles of the axes of tensors, by their names: the fans where a rule gives none.
        Layouts: Map<string, Fan>
        /// The names of the model's tensors in other files if the file is one of several shards, or why they are unknown.
        /// Recipes that count a model's blocks need them.
        Elsewhere: Result<string list, InitError list>
        /// The rules that decide how the tensors are filled.
        Rules: RuleSource
    }

/// <summary>The content of a model's tensor.</summary>
[<RequireQualifiedAccess>]
type Content =
    /// <summary>Elements of a float dtype.</summary>
    | Floats of Plan
    /// <summary>The same integer in every element: its bits in the low end of a word.</summary>
    | Integers of bits: uint64
    /// <summary>Whole numbers of a float64 plan, in an integer type.</summary>
    | Whole of plan: Plan

/// <summary>A tensor of a model, the rule that decides it, and its content.</summary>
type PlannedTensor =
    {
        /// The tensor, with the dtype in which it is filled.
        Entry: TensorEntry
        /// The rule that decides it.
        Rule: Rule
        /// The rule's spec for this tensor: numbers, no functions.
        Spec: Spec
        /// The tensor's content.
        Content: Content
        /// The tensor whose elements it has, by a tie; its rule, spec and stream are that tensor's.
        Tie: Tie option
    }

/// <summary>A description of a tensor's content, in words and numbers.</summary>
type Explanation =
    {
        /// The tensor, with the dtype in which it is filled.
        Entry: TensorEntry
        /// The rule that decides it.
        Rule: Rule
        /// The rule's spec for this tensor: numbers, no functions.
        Spec: Spec
        /// The fan that the spec divides by, such as fan_in=147; empty if it needs none.
        Fan: string
        /// The distribution of the spec with that fan, as a spec's text with numbers to six digits, such as normal(mean=0,
        /// stddev=0.116642). For a tensor without elements, the spec itself.
        Distribution: string
        /// The expected mean; NaN for a tensor without elements.
        Mean: float
        /// The expected standard deviation; NaN for a tensor without elements.
        Stddev: float
        /// The tensor whose elements it has, by a tie.
        Tie: Tie option
    }

/// Reads the files that a blueprint or an index names.
type internal OtherFiles =
    {
        /// A recipe by its name.
        Recipe: string -> Result<Recipe, InitError list>
        /// The tensors of a file, and the names of the model's tensors in other files.
        Tensors: string -> Result<TensorEntry list * Result<string list, InitError list>, InitError list>
        /// The tensors of an index's shards.
        Shards: ShardIndex -> Result<TensorEntry list, InitError list>
    }

/// <summary>Reads, plans and explains blueprints.</summary>
[<RequireQualifiedAccess>]
module Blueprint =
    /// Reads a blueprint or an architecture, which may name other files.
    val internal parseWith:
        files: OtherFiles -> source: string -> utf8: ReadOnlyMemory<byte> -> Result<Blueprint, InitError list>

    /// <summary>Reads a blueprint or an architecture. A blueprint is
    /// <c>{"tensors": {NAME: {"dtype": "F32", "shape": [768, 2304]}, …}, "rules":
    /// [{"pattern": "*.bias", "spec": "zeros"}, …]}</c>, or has <c>"recipe": "gpt2"</c> instead of rules. Rules may name their <c>"base"</c>, a recipe whose
    /// rules follow, define numbers under <c>"let"</c>, and tie tensors: <c>"tie": {NAME: TARGET}</c>.
    /// An architecture is the value of <c>"tensors"</c>, or a Keras model as <c>model.to_json()</c> writes it, which has its
    /// initializers. A rule has a
    /// <c>"pattern"</c> or a <c>"regex"</c>, and a <c>"spec"</c> as text or JSON. Its conditions <c>"rank"</c>,
    /// <c>"dtype"</c> and <c>"if"</c> are optional, and so are its fans: a <c>"layout"</c>, or <c>"fan_in"</c> and
    /// <c>"fan_out"</c>.</summary>
    /// <returns>Every fault of the file; a fault of syntax with line and column.</returns>
    [<CompiledName "Parse">]
    val parse: source: string -> utf8: ReadOnlyMemory<byte> -> Result<Blueprint, InitError list>

    /// <summary>Reads a blueprint or an architecture from a string, like <c>parse</c>.</summary>
    /// <returns>Every fault. Half of a surrogate pair, which UTF-8 cannot encode, is a fault of syntax.</returns>
    [<CompiledName "ParseText">]
    val parseText: source: string -> json: string -> Result<Blueprint, InitError list>

    /// <summary>The names of the models that come with the library, such as gpt2.</summary>
    [<CompiledName "Models">]
    val models: string list

    /// <summary>A model that comes with the library: its tensors and recipe.</summary>
    /// <returns>file-missing for another name.</returns>
    /// <example><code>Blueprint.ofModel "gpt2" |> Result.bind (Blueprint.plan None None)</code></example>
    [<CompiledName "OfModel">]
    val ofModel: name: string -> Result<Blueprint, InitError list>

    /// <summary>The names of these models, with descriptions.</summary>
    [<CompiledName "KnownModels">]
    val knownModels: unit -> (string * string) list

    /// Resolves a spec for a tensor. None if the tensor holds integers or bool and the spec is not made of whole numbers.
    val internal content:
        spec: Spec -> fan: Fan -> shape: Shape -> storage: Storage -> Result<Content, InitError list> option

    /// <summary>Finds each tensor's rule and resolves it.</summary>
    /// <param name="recipe">A recipe that replaces the file's.</param>
    /// <param name="storage">An element type of floats that replaces those of all float tensors; an integer type is
    /// dtype-unknown.</param>
    /// <param name="blueprint">The blueprint.</param>
    /// <returns>Every fault: tensors that no rule matches, rules that decide no tensor, specs that cannot be resolved,
    /// numbers that an element type cannot hold, ties that lead nowhere. A tied tensor has rule, spec and content of its
    /// target.</returns>
    /// <example><code>Blueprint.ofModel "gpt2" |> Result.bind (Blueprint.plan None (Some(Storage.Float8 Float8Type.E4M3)))</code></example>
    [<CompiledName "Plan">]
    val plan:
        recipe: Recipe option ->
        storage: Storage option ->
        blueprint: Blueprint ->
            Result<PlannedTensor list, InitError list>

    /// Plans the tensors of a model that `isWanted` takes, which is asked with the ties of all; and returns these. Rules and
    /// ties may decide no tensor.
    val internal planSome:
        isWanted: (Map<string, Tie> -> TensorEntry -> bool) ->
        recipe: Recipe option ->
        storage: Storage option ->
        blueprint: Blueprint ->
            Result<PlannedTensor list * Map<string, Tie>, InitError list>

    /// Plans like <c>plan</c>, and leaves out tensors that no rule matches where these are to be kept.
    val internal planWith:
        keep: bool ->
        recipe: Recipe option ->
        storage: Storage option ->
        blueprint: Blueprint ->
            Result<PlannedTensor list, InitError list>

    /// <summary>Describes the content of a planned tensor.</summary>
    [<CompiledName "Explain">]
    val explain: tensor: PlannedTensor -> Result<Explanation, InitError list>
