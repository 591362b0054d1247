namespace Initializers.FSharp

open System

/// The form of a spec's text: a name, then arguments in parentheses, whose values are words, numbers, specs and lists.
module internal SpecSyntax =
    /// A value of a parameter.
    [<RequireQualifiedAccess>]
    type Value =
        /// The text of a source that begins at this column.
        | Bare of source: string * text: string * column: int
        /// A number as JSON has it, or its word for one that JSON lacks.
        | Numeral of text: string
        | Numerals of texts: string list
        | Number of float
        | Whole of int64
        /// A word that is not a number.
        | Word of string
        | Flag of bool
        /// Keras's None; nothing else is read or written so.
        | Null
        | Nested of Spec
        | Numbers of float list
        | Sizes of int64 list
        | Parts of (int64 * Spec) list
        /// Parts whose sizes are numbers or expressions.
        | Sections of (string * Spec) list
        | Specs of Spec list

    /// An argument in the text: a value, with or without the parameter's name, and its column; or a fault of form.
    type Argument = Result<string option * string * int, InitError>

    /// A fault of form, with as much of the source as a message repeats: a source may have as many faults as characters.
    let fault source column expected =
        InitError.SpecSyntax(Names.excerptAt column source, column, expected)

    /// A whole number of 64 bits as the text has it; 4.0 and 1e3 are whole too. None where it is not whole or not exact.
    let whole (text: string) : int64 option =
        match NumberText.signed text with
        | Some n -> Some n
        | None ->
            match NumberText.real text, NumberText.exact text with
            // A decimal has 28 digits and rounds smaller numbers to 0, which a float64 tells apart.
            | Some x, Some d when
                Double.IsInteger x
                && Decimal.IsInteger d
                && d >= decimal Int64.MinValue
                && d <= decimal Int64.MaxValue
                ->
                Some(int64 d)
            | _ -> None

    /// A text without the quotes that Python writes around words.
    let unquoted (text: string) =
        if
            text.Length >= 2
            && (text[0] = '"' || text[0] = '\'')
            && text[text.Length - 1] = text[0]
        then
            text.Substring(1, text.Length - 2)
        else
            text

    /// Whether a text begins as a number does.
    let startsNumber (text: string) =
        (NumberText.real text).IsSome
        || text.Length > 0
           && not (Char.IsAsciiLetter text[0] || text[0] = '\'' || text[0] = '"')

    /// A piece of a spec's written form: a text, or a spec inside it.
    [<RequireQualifiedAccess>]
    type Piece =
        | Text of string
        | Inner of Spec

    /// The texts with others between them.
    let separated (separator: string) (items: Piece list list) : Piece list =
        items
        |> List.mapi (fun i item -> if i = 0 then item else Piece.Text separator :: item)
        |> List.concat

    /// The written form of a spec whose own pieces are `pieces`. A spec may be nested deeper than a thread's stack is, so
    /// that the pieces wait in a list.
    let written (pieces: Spec -> Piece list) (spec: Spec) : string =
        let text = Text.StringBuilder()
        let waiting = Collections.Generic.Stack<Piece>()
        waiting.Push(Piece.Inner spec)

        while waiting.Count > 0 do
            match waiting.Pop() with
            | Piece.Text part -> text.Append part |> ignore
            | Piece.Inner spec ->
                for piece in List.rev (pieces spec) do
                    waiting.Push piece

        string text

    let private isName (s: string) =
        s <> ""
        && s |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '_')
        && not (Char.IsAsciiDigit s[0])

    /// A name, or names and indices of Python with dots between them.
    let private isDotted (s: string) =
        // Most have no index, and to load regular expressions takes longer than to read all else.
        let names =
            if s.Contains '[' then
                Text.RegularExpressions.Regex.Replace(s, @"\[[^\]]*\]", "")
            else
                s

        names.Split '.' |> Array.forall isName

    /// The index after a text in quotes that begins at `start`; `start` itself where none does.
    let private quoted (text: string) (start: int) =
        match text[start] with
        | '"'
        | '\'' -> text.IndexOf(text[start], start + 1) + 1 |> max start
        | _ -> start

    /// Characters outside of all quotes, each with its index and the number of brackets that are open before it.
    let private outside (text: string) : (int * int) seq =
        seq {
            let mutable depth = 0
            let mutable i = 0

            while i < text.Length do
                match quoted text i with
                | next when next > i -> i <- next
                | _ ->
                    match text[i] with
                    | ')'
                    | ']' -> depth <- depth - 1
                    | _ -> ()

                    yield i, depth

                    match text[i] with
                    | '('
                    | '[' -> depth <- depth + 1
                    | _ -> ()

                    i <- i + 1
        }

    /// The parts of a text between separators outside of all brackets and quotes, each with the column at which it begins.
    let private between (separator: char) (text: string) (column: int) : (string * int) list =
        // Of ==, !=, <= and >= none is the sign after a parameter's name.
        let isPart i =
            separator = '='
            && ((i > 0 && "=!<>".Contains text[i - 1])
                || (i + 1 < text.Length && text[i + 1] = '='))

        let ends =
            [ for i, depth in outside text do
                  if depth = 0 && text[i] = separator && not (isPart i) then
                      i
              text.Length ]

        (-1 :: ends)
        |> List.pairwise
        |> List.map (fun (before, ended) -> text.Substring(before + 1, ended - before - 1), column + before + 1)

    /// Where the bracket that begins at `opening` closes; -1 where it does not.
    let private closing (text: string) (opening: int) =
        outside text
        |> Seq.tryFind (fun (i, depth) -> i > opening && depth = 0 && (text[i] = ')' || text[i] = ']'))
        |> Option.map fst
        |> Option.defaultValue -1

    /// A text without the blanks around it, and its column.
    let private trimmed (text: string) (column: int) =
        text.Trim(), column + text.Length - text.TrimStart().Length

    /// Splits "name(a=1, 2)", which begins at a column of a source, into its name and arguments, or reports where the form
    /// breaks. A broken argument keeps its position, so that the others' faults are found too.
    let split (source: string) (text: string) (column: int) : Result<string * Argument list, InitError list> =
        let refuse column expected = Error [ fault source column expected ]
        // A line of Python may end in a semicolon.
        let body, lead = trimmed (text.TrimEnd().TrimEnd ';') column
        let opening = body.IndexOf '('
        let name = (if opening < 0 then body else body.Substring(0, opening)).Trim()

        if not (isDotted name) then
            match name |> Seq.tryFindIndex (fun c -> not (isName $"a{c}")) with
            | Some i when isName (name.Substring(0, i)) ->
                refuse (lead + i) "nothing, or arguments in parentheses, after the name"
            | _ -> refuse lead "a name such as normal or kaiming_normal"
        elif opening < 0 then
            Ok(name, [])
        else
            match closing body opening with
            | -1 -> refuse (lead + body.Length) "a closing parenthesis at the end"
            | last when body[last] <> ')' || last < body.Length - 1 ->
                refuse
                    (lead + last + (if body[last] = ')' then 1 else 0))
                    (if body[last] = ')' then
                         "nothing after the closing parenthesis"
                     else
                         "a closing parenthesis")
            | last ->
                let inner = body.Substring(opening + 1, last - opening - 1)

                if String.IsNullOrWhiteSpace inner then
                    Ok(name, [])
                else
                    let argument (part: string, column: int) : Argument =
                        match between '=' part column |> List.map (fun (text, place) -> trimmed text place) with
                        | [ value, place ] when value <> "" -> Ok(None, value, place)
                        | [ key, _; value, place ] when isName key && value <> "" -> Ok(Some key, value, place)
                        | _ -> Error(fault source column "an argument such as stddev=0.02")

                    Ok(name, between ',' inner (lead + opening + 1) |> List.map argument)

    /// The items of "[a, b]", each with its column.
    let items (source: string) (text: string) (column: int) : Result<(string * int) list, InitError list> =
        let body, lead = trimmed text column

        if
            not (body.StartsWith '[')
            || closing body 0 <> body.Length - 1
            || not (body.EndsWith ']')
        then
            Error [ fault source lead "a list in brackets, such as [1, 2]" ]
        else
            let inner = body.Substring(1, body.Length - 2)

            if String.IsNullOrWhiteSpace inner then
                Ok []
            else
                between ',' inner (lead + 1)
                |> List.map (fun (item, column) -> trimmed item column)
                |> Ok

    /// A size and the spec after its colon, each with its column.
    let sized (source: string) (item: string) (column: int) : Result<(string * int) * (string * int), InitError list> =
        match between ':' item column with
        | [ size, at; spec, place ] -> Ok(trimmed size at, (spec, place))
        | _ -> Error [ fault source column "a size and a spec, such as 256: normal(stddev=0.02)" ]
