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

    /// The most regular expressions of a model's rules: each takes milliseconds and hundreds of kilobytes.
    [<Literal>]
    let RegexLimit = 1000

    let private compiledRegexes = Cache<string, Regex>(RegexLimit)

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

    /// Names of captures, and the function from a name to their texts, None where the name does not match.
    let private compiled
        (pattern: Pattern)
        : Result<string list * (string -> Map<string, string> option), InitError list> =
        let nothing isMatch =
            fun name -> if isMatch name then Some Map.empty else None

        match pattern with
        | Pattern.Glob glob when Captures.has glob ->
            match Captures.compile glob with
            | Ok found -> Ok found
            | Error reason -> invalid glob reason
        | Pattern.Glob glob ->
            match Glob.compile glob with
            | Some matches -> Ok([], nothing matches)
            | None -> invalid glob $"a ? may stand among at most {Glob.WildLimit} characters between two stars."
        | Pattern.Regex text when text.Length > longest -> invalid text $"it is longer than {longest} characters."
        | Pattern.Regex text ->
            try
                let regex = compiledRegexes.GetOrAdd(text, (fun text -> Regex(text, options)))

                match
                    regex.GetGroupNames()
                    |> Seq.filter (NumberText.index >> Option.isNone)
                    |> List.ofSeq
                with
                | [] -> Ok([], nothing regex.IsMatch)
                | names ->
                    Ok(
                        names,
                        fun name ->
                            match regex.Match name with
                            | found when found.Success ->
                                Some(Map.ofList [ for group in names -> group, found.Groups[group].Value ])
                            | _ -> None
                    )
            with
            | :? RegexParseException as e -> invalid text $"{words e.Error} at column {e.Offset + 1}."
            | :? NotSupportedException as e -> invalid text (excluded e.Message)
            | :? ArgumentException as e -> invalid text e.Message

    [<CompiledName "Capture">]
    let capture (pattern: Pattern) : Result<string -> Map<string, string> option, InitError list> =
        compiled pattern
        |> Result.bind (fun (names, found) ->
            let faults =
                names
                |> List.filter (KnownNames.isFree >> not)
                |> List.map (ExpressionFault.NameReserved >> InitError.Expression)

            Validation.ofFaults faults found)

    [<CompiledName "Compile">]
    let compile (pattern: Pattern) : Result<string -> bool, InitError list> =
        capture pattern |> Result.map (fun found -> found >> Option.isSome)

    let names (pattern: Pattern) : string list =
        match compiled pattern with
        | Ok(names, _) -> names
        | Error _ -> []

    let ends (pattern: Pattern) : struct (string * string) =
        match pattern with
        | Pattern.Glob glob ->
            let special = [| '*'; '?'; '{'; '}' |]

            match glob.IndexOfAny special with
            | -1 -> struct (glob, glob)
            | first -> struct (glob.Substring(0, first), glob.Substring(glob.LastIndexOfAny special + 1))
        | Pattern.Regex _ -> struct ("", "")

    [<CompiledName "ToText">]
    let toText (pattern: Pattern) : string =
        match pattern with
        | Pattern.Glob glob -> glob
        | Pattern.Regex text -> $"/{text}/"
