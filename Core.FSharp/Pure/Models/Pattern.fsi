namespace Initializers.FSharp

/// <summary>The names of tensors to which a rule applies.</summary>
[<RequireQualifiedAccess>]
type Pattern =
    /// <summary>A glob over the whole name: * matches any run of characters, dots included, and ? any one character (a code
    /// point). Matching takes time linear in the name. For this reason at most 1000 characters may lie between two stars if
    /// a ? is among them.</summary>
    | Glob of string
    /// <summary>A .NET regular expression, found anywhere in the name; ^ and $ anchor it. Matching takes time linear in the
    /// name, so look-around and back-references are not supported. At most 1000 characters.</summary>
    | Regex of string

/// <summary>Compiles and writes patterns of names.</summary>
[<RequireQualifiedAccess>]
module Pattern =
    /// <summary>Compiles a pattern to a test of names.</summary>
    /// <returns>An error for a pattern that is malformed, or that cannot be matched in linear time.</returns>
    [<CompiledName "Compile">]
    val compile: pattern: Pattern -> Result<string -> bool, InitError list>

    /// <summary>Writes a glob unchanged and a regular expression between slashes.</summary>
    [<CompiledName "ToText">]
    val toText: pattern: Pattern -> string
