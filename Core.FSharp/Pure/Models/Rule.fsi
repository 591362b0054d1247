namespace Initializers.FSharp

/// <summary>A tensor in a model's list.</summary>
type TensorEntry =
    {
        /// The name, unique in its model; it also names the tensor's random stream.
        Name: string
        /// The sizes of its axes.
        Shape: Shape
        /// The element type in which it is stored.
        Storage: Storage
    }

/// <summary>Assigns a spec to the tensors that match all conditions. Integer and boolean tensors accept specs of whole
/// numbers only.</summary>
type Rule =
    {
        /// The names that the rule matches.
        Pattern: Pattern
        /// The number of axes; None for any.
        Rank: int option
        /// The element type in the model's file, before a requested dtype replaces it; None for any.
        Storage: Storage option
        /// An expression of the match that is not 0 where the rule applies, such as <c>has("{m}.weight")</c>; None for always.
        Condition: string option
        /// The spec that fills the tensors; it may be a function of the match.
        Spec: Spec
        /// The source of the fans; Unknown if the spec needs none.
        Fan: Fan
        /// Where the rule was taken from, such as a section of a paper or a line of code.
        Source: string option
    }

/// <summary>Creates, compiles and writes rules.</summary>
[<RequireQualifiedAccess>]
module Rule =
    /// <summary>Creates a rule that matches names only, without fans.</summary>
    /// <example><code>Rule.ofGlob "*.bias" Spec.zeros</code></example>
    [<CompiledName "OfGlob">]
    val ofGlob: glob: string -> spec: Spec -> Rule

    /// <summary>Creates a rule whose spec is a function of the match: of its captures, shape, dtype and model.</summary>
    /// <example><code>Rule.ofMatch "layers.{i}.wo.weight" (fun m ->
    ///     m.Evaluate "0.02/sqrt(2*(i+1))" |> Result.map (Spec.normal 0.0))</code></example>
    [<CompiledName "OfMatch">]
    val ofMatch: glob: string -> spec: (TensorMatch -> Result<Spec, InitError list>) -> Rule

    /// <summary>Writes the conditions, such as <c>*.weight, rank 4</c>.</summary>
    [<CompiledName "ToText">]
    val toText: rule: Rule -> string

/// A rule whose texts have been read.
type internal CompiledRule =
    {
        Rule: Rule
        /// What the pattern captures of a name.
        Captures: string -> Map<string, string> option
        Condition: Expression option
    }

/// The rule that decides a tensor.
type internal Decision =
    {
        /// The number of the rule in its list.
        RuleIndex: int
        /// With the fans that it has for the tensor.
        Rule: Rule
        /// The rule's spec for the tensor, without functions, or why it has none; the faults of a condition that has no value.
        Spec: Result<Spec, InitError list>
    }

/// Finds the first of many rules that applies to a tensor.
[<Sealed>]
type internal RuleFinder =
    /// Reads rules, or reports the faults of their patterns and conditions.
    static member Create: rules: Rule list -> Result<RuleFinder, InitError list>

    /// The decision for a tensor; None where no rule applies, and rules-too-many where the patterns would be tried too often in
    /// all.
    member Find: model: ModelScope -> entry: TensorEntry -> Result<Decision option, InitError list>

    /// Whether a rule's pattern and conditions take a tensor, whatever its spec is.
    member Takes: model: ModelScope * index: int * entry: TensorEntry -> bool
