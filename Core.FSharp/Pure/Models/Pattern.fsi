namespace Initializers.FSharp

/// <summary>Which names a rule is for.</summary>
[<RequireQualifiedAccess>]
type Pattern =
    /// <summary>A glob over the whole name: * is any run of characters, dots included, ? any one character (a code
    /// point). Matching takes time linear in the name; so a ? may stand among at most 1000 characters between two
    /// stars.</summary>
    | Glob of string
    /// <summary>A .NET regular expression that is found anywhere in the name, in time linear in the name; so without
    /// look-around and back-references. ^ and $ anchor it. At most 1000 characters.</summary>
    | Regex of string

/// <summary>Patterns of names.</summary>
[<RequireQualifiedAccess>]
module Pattern =
    /// <summary>The pattern as a test of names.</summary>
    /// <returns>An error for a pattern that is malformed, or that linear time does not allow.</returns>
    [<CompiledName "Compile">]
    val compile: pattern: Pattern -> Result<string -> bool, InitError list>

    /// <summary>Writes a glob as it is and a regular expression between slashes.</summary>
    [<CompiledName "ToText">]
    val toText: pattern: Pattern -> string
