namespace Initializers.FSharp

/// <summary>The names of tensors to which a rule applies.</summary>
[<RequireQualifiedAccess>]
type Pattern =
    /// <summary>A glob over the whole name: * matches any run of characters, dots included, and ? any one character (a code
    /// point). {i} captures one segment of the name, without dots, and {m*} any run of characters; expressions read them by
    /// these names. Where a name matches in several ways, runs from the left on are as short as can be. A glob with captures
    /// has at most 1000 characters. In one without, at most 1000 characters may lie between two stars if a ? is among
    /// them.</summary>
    | Glob of string
    /// <summary>A .NET regular expression, found anywhere in the name; ^ and $ anchor it. Named groups are captures. Matching
    /// takes time linear in the name, so look-around and back-references are not supported. At most 1000
    /// characters.</summary>
    | Regex of string

/// <summary>Compiles and writes patterns of names.</summary>
[<RequireQualifiedAccess>]
module Pattern =
    /// <summary>Compiles a pattern to a test of names.</summary>
    /// <returns>An error for a pattern that is malformed, or that cannot be matched in linear time.</returns>
    [<CompiledName "Compile">]
    val compile: pattern: Pattern -> Result<string -> bool, InitError list>

    /// <summary>Compiles a pattern to what it captures of a name: texts by the captures' names, or None where the name does
    /// not match.</summary>
    /// <returns>An error as of <c>compile</c>; name-taken for a capture whose name expressions use otherwise.</returns>
    /// <example><code>Pattern.capture (Pattern.Glob "layers.{i}.wo.weight")
    /// // Ok f; f "layers.3.wo.weight" = Some (Map [ "i", "3" ])</code></example>
    [<CompiledName "Capture">]
    val capture: pattern: Pattern -> Result<string -> Map<string, string> option, InitError list>

    /// The most regular expressions of a model's rules.
    [<Literal>]
    val internal RegexLimit: int = 1000

    /// The names of the captures; none of a faulty pattern.
    val internal names: pattern: Pattern -> string list

    /// The characters with which every matching name begins and ends.
    val internal ends: pattern: Pattern -> struct (string * string)

    /// <summary>Writes a glob unchanged and a regular expression between slashes.</summary>
    [<CompiledName "ToText">]
    val toText: pattern: Pattern -> string
