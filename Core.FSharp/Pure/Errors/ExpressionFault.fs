namespace Initializers.FSharp

/// <summary>Every way in which an expression can be wrong.</summary>
[<RequireQualifiedAccess>]
type ExpressionFault =
    /// <summary>A text is not an expression.</summary>
    /// <remarks>Give what the message expects at this column, such as 0.02/sqrt(2*L).</remarks>
    | Syntax of expected: string
    /// <summary>An expression has more characters than the limit of 131072.</summary>
    /// <remarks>Give a part of it a name under "let".</remarks>
    | TooLong of length: int * most: int
    /// <summary>An expression has a name that nothing defines.</summary>
    /// <remarks>Take a name that the message lists, or define it under "let" or as a capture of the pattern.</remarks>
    | NameUnknown of name: string * known: string list
    /// <summary>An expression calls a function that does not exist.</summary>
    /// <remarks>Take a function that the message lists.</remarks>
    | FunctionUnknown of name: string * known: string list
    /// <summary>A function has too many or too few arguments, or a text instead of a number.</summary>
    /// <remarks>Give the arguments that the message lists.</remarks>
    | ArgumentsWrong of name: string * expected: string
    /// <summary>An operation has no finite value, such as a division by zero.</summary>
    /// <remarks>Change the expression, or guard it by where(condition, value, other).</remarks>
    | Undefined of operation: string
    /// <summary>An expression reads a capture that is not a number.</summary>
    /// <remarks>Use the capture in the name of another tensor, or capture digits.</remarks>
    | CaptureNotNumber of name: string * text: string
    /// <summary>Definitions under "let" need each other.</summary>
    /// <remarks>Break the circle.</remarks>
    | LetRecursive of names: string list
    /// <summary>A capture or a definition has a name that expressions use for something else, or is not a name at all.</summary>
    /// <remarks>Choose another name of letters, digits and _, that begins with a letter.</remarks>
    | NameReserved of name: string
    /// <summary>An expression asks a model, which is missing: only rules of a model's file know their model.</summary>
    /// <remarks>Write the number, or use the expression in a rule.</remarks>
    | ModelMissing of name: string
    /// <summary>An expression asks for a tensor that the model lacks.</summary>
    /// <remarks>Check the name, or ask with has("…") before.</remarks>
    | TensorMissing of name: string
    /// <summary>No tensor of the model matches the pattern of a count.</summary>
    /// <remarks>Check the pattern.</remarks>
    | CountEmpty of pattern: string
    /// <summary>A call of PyTorch has no counterpart here.</summary>
    /// <remarks>Write the initializer that the message shows.</remarks>
    | CallUnsupported of call: string * reason: string * instead: string
    /// <summary>A definition under "let" is used by no rule and replaces none of a base.</summary>
    /// <remarks>Check the name, or remove the definition.</remarks>
    | LetUnused of name: string * known: string list
    /// <summary>Rules have more regular expressions than the limit of 1000.</summary>
    /// <remarks>Write globs, which take less memory.</remarks>
    | RegexesTooMany of count: int * most: int
    /// <summary>The patterns of a model's rules would be tried too often.</summary>
    /// <remarks>Begin or end patterns with characters rather than with * or a capture.</remarks>
    | RulesTooMany of rules: int * most: int64
    /// <summary>A name is neither that of a file nor of a model of the library.</summary>
    /// <remarks>Give a file, or take a name that the message lists.</remarks>
    | ModelUnknown of name: string * known: string list
    /// <summary>Recipes name each other as their base.</summary>
    /// <remarks>Break the circle.</remarks>
    | BaseRecursive of names: string list
