namespace Initializers.FSharp

/// <summary>A tensor that a model lists.</summary>
type TensorEntry =
    {
        /// The name, unique in its model; it also names the tensor's random stream.
        Name: string
        /// The sizes of its axes.
        Shape: Shape
        /// How it is stored.
        Storage: Storage
    }

/// <summary>What to fill the tensors with that meet all of the rule's conditions. A rule whose spec is no constant is for
/// float tensors alone.</summary>
type Rule =
    {
        /// Which names it matches.
        Pattern: Pattern
        /// The number of axes; any when None.
        Rank: int option
        /// How the model stores the tensor, before a dtype is put in its place; any when None.
        Storage: Storage option
        /// What the tensors are filled with.
        Spec: Spec
        /// Where the fans come from; Unknown where the spec needs none.
        Fan: Fan
    }

/// <summary>Rules.</summary>
[<RequireQualifiedAccess>]
module Rule =
    /// <summary>A rule for names alone, without fans.</summary>
    /// <example><code>Rule.ofGlob "*.bias" Spec.zeros</code></example>
    [<CompiledName "OfGlob">]
    val ofGlob: glob: string -> spec: Spec -> Rule

    /// <summary>The rule as a test of tensors.</summary>
    /// <returns>An error for a faulty regular expression.</returns>
    [<CompiledName "Compile">]
    val compile: rule: Rule -> Result<TensorEntry -> bool, InitError list>

    /// <summary>Writes the conditions, such as <c>*.weight, rank 4</c>.</summary>
    [<CompiledName "ToText">]
    val toText: rule: Rule -> string

/// <summary>Rules of well-known models.</summary>
[<RequireQualifiedAccess>]
module Recipe =
    /// <summary>Names and descriptions.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// The rules for tensors of one of a model's files; `elsewhere` has the names in its other files, or why they are
    /// unknown, which is a fault only of recipes that need them.
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
