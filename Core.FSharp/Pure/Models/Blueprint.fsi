namespace Initializers.FSharp

open System
open Initializers

/// <summary>Where a blueprint's rules come from.</summary>
[<RequireQualifiedAccess>]
type RuleSource =
    /// <summary>Rules of the blueprint's own; the first that matches decides.</summary>
    | Rules of Rule list
    /// <summary>The rules of a well-known model.</summary>
    | Recipe of name: string
    /// <summary>An architecture: tensors without rules.</summary>
    | NoRules

/// <summary>Named tensors and rules: all of a model's initialization.</summary>
type Blueprint =
    {
        /// The file it was read from, for messages.
        Source: string
        /// The tensors, in the file's order.
        Tensors: TensorEntry list
        /// The names of the model's tensors that other files hold, where the file is one of several shards, or why they are
        /// unknown. Recipes that count a model's blocks need them.
        Elsewhere: Result<string list, InitError list>
        /// What decides how they are filled.
        Rules: RuleSource
    }

/// <summary>What a tensor of a model holds.</summary>
[<RequireQualifiedAccess>]
type Content =
    /// <summary>Elements of a float dtype.</summary>
    | Floats of Plan
    /// <summary>The same integer everywhere: its bits in the low end of a word.</summary>
    | Integers of bits: uint64

/// <summary>A tensor of a model with the rule that decides it and what it holds.</summary>
type PlannedTensor =
    {
        /// The tensor, with the dtype that it gets.
        Entry: TensorEntry
        /// The rule that decides it.
        Rule: Rule
        /// What it holds.
        Content: Content
    }

/// <summary>What will fill a tensor, in words and numbers.</summary>
type Explanation =
    {
        /// The tensor, with the dtype that it gets.
        Entry: TensorEntry
        /// The rule that decides it.
        Rule: Rule
        /// The fan that the spec divides by, such as fan_in=147; empty where it needs none.
        Fan: string
        /// The law that the spec comes to with that fan, as a spec's text with numbers to six digits, such as
        /// normal(mean=0, stddev=0.116642); for a tensor without elements the spec itself.
        Distribution: string
        /// The expected mean; NaN for a tensor without elements.
        Mean: float
        /// The expected standard deviation; NaN for a tensor without elements.
        Stddev: float
    }

/// <summary>Blueprints.</summary>
[<RequireQualifiedAccess>]
module Blueprint =
    /// Reads a blueprint or an architecture; `named` reads the tensors of the file that a text in the place of
    /// "tensors" names, and the names of those that its model has elsewhere.
    val internal parseWith:
        named: (string -> Result<TensorEntry list * Result<string list, InitError list>, InitError list>) ->
        source: string ->
        utf8: ReadOnlyMemory<byte> ->
            Result<Blueprint, InitError list>

    /// <summary>Reads a blueprint, <c>{"tensors": {NAME: {"dtype": "F32", "shape": [768, 2304]}, …}, "rules":
    /// [{"pattern": "*.bias", "spec": "zeros"}, …]}</c> (or <c>"recipe": "gpt2"</c> instead of rules), or an
    /// architecture, which is the value of <c>"tensors"</c> alone. A rule has a <c>"pattern"</c> or a <c>"regex"</c>;
    /// it may have conditions, <c>"rank"</c> and <c>"dtype"</c>, and fans, a <c>"layout"</c> or <c>"fan_in"</c> and
    /// <c>"fan_out"</c>; its <c>"spec"</c> is text or JSON.</summary>
    /// <returns>Every fault of the file; a fault of syntax with line and column.</returns>
    [<CompiledName "Parse">]
    val parse: source: string -> utf8: ReadOnlyMemory<byte> -> Result<Blueprint, InitError list>

    /// <summary>Reads a blueprint or an architecture from a string, as <c>parse</c> does from bytes.</summary>
    /// <returns>Every fault; half of a surrogate pair, which has no UTF-8, is one of syntax.</returns>
    [<CompiledName "ParseText">]
    val parseText: source: string -> json: string -> Result<Blueprint, InitError list>

    /// What a spec makes of a tensor; None of one of integers or bool, which take constants alone, by another law.
    val internal content:
        spec: Spec -> fan: Fan -> shape: Shape -> storage: Storage -> Result<Content, InitError list> option

    /// <summary>Finds each tensor's rule and resolves it.</summary>
    /// <param name="recipe">A recipe that takes the place of the file's.</param>
    /// <param name="dtype">A dtype for all float tensors instead of their own.</param>
    /// <param name="blueprint">The blueprint.</param>
    /// <returns>Every fault: tensors that no rule matches, rules that decide no tensor, specs that do not resolve,
    /// constants that an integer type does not hold.</returns>
    [<CompiledName "Plan">]
    val plan:
        recipe: string option ->
        dtype: DType option ->
        blueprint: Blueprint ->
            Result<PlannedTensor list, InitError list>

    /// <summary>What a plan will fill a tensor with.</summary>
    [<CompiledName "Explain">]
    val explain: tensor: PlannedTensor -> Result<Explanation, InitError list>
