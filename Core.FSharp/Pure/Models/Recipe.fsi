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

/// <summary>Assigns a spec to the tensors that match all conditions. Integer and boolean tensors accept constant specs
/// only.</summary>
type Rule =
    {
        /// The names that the rule matches.
        Pattern: Pattern
        /// The number of axes; None for any.
        Rank: int option
        /// The element type in the model's file, before a requested dtype replaces it; None for any.
        Storage: Storage option
        /// The spec that fills the tensors.
        Spec: Spec
        /// The source of the fans; Unknown if the spec needs none.
        Fan: Fan
    }

/// <summary>Creates, compiles and writes rules.</summary>
[<RequireQualifiedAccess>]
module Rule =
    /// <summary>Creates a rule that matches names only, without fans.</summary>
    /// <example><code>Rule.ofGlob "*.bias" Spec.zeros</code></example>
    [<CompiledName "OfGlob">]
    val ofGlob: glob: string -> spec: Spec -> Rule

    /// <summary>Compiles a rule to a test of tensors.</summary>
    /// <returns>An error for a faulty regular expression.</returns>
    [<CompiledName "Compile">]
    val compile: rule: Rule -> Result<TensorEntry -> bool, InitError list>

    /// <summary>Writes the conditions, such as <c>*.weight, rank 4</c>.</summary>
    [<CompiledName "ToText">]
    val toText: rule: Rule -> string

/// <summary>Rules of well-known models.</summary>
[<RequireQualifiedAccess>]
module Recipe =
    /// <summary>The names of the recipes, with descriptions.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// The rules for the tensors of one of a model's files. `elsewhere` has the names in the model's other files, or why
    /// they are unknown. The latter is a fault only of recipes that need them.
    val internal rulesOf:
        name: string ->
        tensors: TensorEntry list ->
        elsewhere: Result<string list, InitError list> ->
            Result<Rule list, InitError list>

    /// <summary>The rules of a recipe for all tensors of a model.</summary>
    /// <returns>recipe-unknown; blocks-missing where the numbers of a transformer's blocks have gaps or do not begin at
    /// 0.</returns>
    [<CompiledName "Rules">]
    val rules: name: string -> tensors: TensorEntry list -> Result<Rule list, InitError list>
