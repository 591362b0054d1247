namespace Initializers.FSharp

open System

/// The pieces of an expression's text.
module internal ExpressionTokens =
    [<RequireQualifiedAccess>]
    type Token =
        | Number of float
        | Name of string
        | Text of string
        | Sign of string
        | End
        /// No token: what is expected there.
        | Broken of expected: string

    /// Python's modules before the names of functions, which have no meaning here.
    let private modules =
        [ "math."; "np."; "numpy."; "torch.nn.init."; "nn.init."; "init."; "torch." ]

    let private isWord (c: char) = Char.IsAsciiLetterOrDigit c || c = '_'

    /// The end of a run of characters.
    let run (holds: char -> bool) (text: string) (start: int) =
        let mutable at = start

        while at < text.Length && holds text[at] do
            at <- at + 1

        at

    /// A number without a sign: digits with a point and an exponent, or either.
    let private numberEnd (text: string) (start: int) =
        let whole = run Char.IsAsciiDigit text start

        let point =
            if whole < text.Length && text[whole] = '.' then
                run Char.IsAsciiDigit text (whole + 1)
            else
                whole

        let sign =
            if point < text.Length && (text[point] = 'e' || text[point] = 'E') then
                if point + 1 < text.Length && (text[point + 1] = '+' || text[point + 1] = '-') then
                    point + 2
                else
                    point + 1
            else
                point

        let exponent = run Char.IsAsciiDigit text sign
        if exponent > sign && sign > point then exponent else point

    let private constants = Map.ofList [ "pi", Math.PI; "inf", infinity ]

    /// The token at a place, and its end.
    let token (text: string) (start: int) : struct (Token * int) =
        let broken expected =
            struct (Token.Broken expected, text.Length)

        if start >= text.Length then
            struct (Token.End, start)
        else
            match text[start] with
            | c when Char.IsAsciiDigit c || c = '.' ->
                let ended = numberEnd text start

                match NumberText.real (text.Substring(start, ended - start)) with
                | Some x when ended >= text.Length || not (isWord text[ended]) -> struct (Token.Number x, ended)
                | _ -> broken "a number such as 0.02 or 1e-3"
            | c when Char.IsAsciiLetter c || c = '_' ->
                let start =
                    modules
                    |> List.tryPick (fun (prefix: string) ->
                        if String.CompareOrdinal(text, start, prefix, 0, prefix.Length) = 0 then
                            Some(start + prefix.Length)
                        else
                            None)
                    |> Option.defaultValue start

                let ended = run isWord text start
                let name = text.Substring(start, ended - start)

                match Map.tryFind name constants with
                | Some x -> struct (Token.Number x, ended)
                | None -> struct (Token.Name name, ended)
            | '"'
            | '\'' as quote ->
                match text.IndexOf(quote, start + 1) with
                | -1 -> broken "a text that ends in the quote with which it begins"
                | last -> struct (Token.Text(text.Substring(start + 1, last - start - 1)), last + 1)
            | c ->
                let two =
                    if start + 1 < text.Length then
                        text.Substring(start, 2)
                    else
                        ""

                match two with
                // Python's sign of a power
                | _ when two.Length = 2 && two[0] = '*' && two[1] = '*' -> struct (Token.Sign "^", start + 2)
                | "=="
                | "!="
                | "<="
                | ">=" -> struct (Token.Sign two, start + 2)
                | _ when "+-*/^(),<>".Contains c -> struct (Token.Sign(string c), start + 1)
                | _ -> broken "a number, a name, an operator or a parenthesis"
