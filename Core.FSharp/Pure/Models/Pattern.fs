namespace Initializers.FSharp

open System
open System.Text.RegularExpressions

[<RequireQualifiedAccess>]
type Pattern =
    | Glob of string
    | Regex of string

[<RequireQualifiedAccess>]
module Pattern =
    // Linear time whatever the expression is, so that a file of a stranger cannot hang a program.
    let private options = RegexOptions.NonBacktracking ||| RegexOptions.CultureInvariant

    // Building takes more than linear time in the expression.
    let private longest = 1000

    let private invalid text reason =
        Error [ InitError.PatternInvalid(text, reason) ]

    /// The name of a fault of syntax, such as QuantifierAfterNothing, as words.
    let private words (fault: RegexParseError) =
        Regex.Replace(string fault, "(?<!^)[A-Z]", " $0").ToLowerInvariant()

    /// Why linear time excludes an expression: for what it holds, which .NET names between quotes, or for its size.
    let private excluded (message: string) =
        match message.Split '\'' with
        | parts when parts.Length > 2 && parts[0].Contains "containing" ->
            $"matching in linear time excludes a {parts[1]}."
        | _ -> "matching it in linear time would take too much memory; its repetitions are too many."

    [<CompiledName "Compile">]
    let compile (pattern: Pattern) : Result<string -> bool, InitError list> =
        match pattern with
        | Pattern.Glob glob ->
            match Glob.compile glob with
            | Some matches -> Ok matches
            | None -> invalid glob $"a ? may stand among at most {Glob.WildLimit} characters between two stars."
        | Pattern.Regex text when text.Length > longest -> invalid text $"it is longer than {longest} characters."
        | Pattern.Regex text ->
            try
                Ok(Regex(text, options).IsMatch)
            with
            | :? RegexParseException as e -> invalid text $"{words e.Error} at column {e.Offset + 1}."
            | :? NotSupportedException as e -> invalid text (excluded e.Message)
            | :? ArgumentException as e -> invalid text e.Message

    [<CompiledName "ToText">]
    let toText (pattern: Pattern) : string =
        match pattern with
        | Pattern.Glob glob -> glob
        | Pattern.Regex text -> $"/{text}/"
