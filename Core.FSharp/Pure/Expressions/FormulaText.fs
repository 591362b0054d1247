namespace Initializers.FSharp

open System

/// A part of a text: where it begins, and where the text that it was made of begins in the source.
[<Struct>]
type internal TextPiece =
    {
        First: int
        Origin: int
        /// Whether its characters are those of the source, rather than a number for a name.
        IsCopied: bool
    }

/// <summary>The text of a formula of indices. One that was read knows where, so that a fault of an element names the column in the
/// text that was given.</summary>
/// <remarks>A value: two are equal when their texts are, wherever they were read.</remarks>
/// <example><code>FormulaText "10000^(-i0/d0)"</code></example>
[<Sealed; AllowNullLiteral(false)>]
type FormulaText internal (text: string, source: string, column: int, pieces: TextPiece list) =
    /// Where a character of the text is in the source, counted from the formula's beginning.
    let origin (place: int) =
        match pieces |> List.tryFindBack (fun piece -> piece.First <= place) with
        | Some piece when piece.IsCopied -> piece.Origin + place - piece.First
        | Some piece -> piece.Origin
        | None -> place

    /// <summary>The formula, without blanks around it.</summary>
    new(text: string) =
        let body = text.Trim()
        FormulaText(body, body, 1, [])

    /// <summary>The formula.</summary>
    member _.Text = text

    /// The steps, with places in the source.
    member internal _.Read() : Result<Expression, InitError> =
        match ExpressionReader.read text text 1 with
        | Ok read ->
            let places =
                read.Places
                |> Array.map (fun (struct (first, last)) -> struct (origin first, origin last))

            Ok(Expression(source, text, column, read.Steps, places))
        | Error(InitError.InExpression(_, at, fault)) ->
            let at = column + origin (at - 1)
            Error(InitError.InExpression(Names.excerptAt at source, at, fault))
        | Error fault -> Error fault

    /// <summary>Equal texts.</summary>
    override _.Equals(other: obj | null) =
        match other with
        | :? FormulaText as o -> o.Text = text
        | _ -> false

    /// <summary>A hash code of the text.</summary>
    override _.GetHashCode() = text.GetHashCode()

    /// <summary>The formula.</summary>
    override _.ToString() = text

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal FormulaText =
    /// The text of an expression that was read.
    let ofExpression (expression: Expression) : FormulaText =
        FormulaText(expression.Text, expression.Source, expression.Column, [])

    /// The text with numbers for questions and for the names that `isKept` does not keep.
    let substituted
        (scope: Scope)
        (isKept: string -> bool)
        (expression: Expression)
        : Result<FormulaText, InitError list> =
        let number (index: int, (step: Step, place)) =
            let found value =
                value
                |> Result.map (fun (x: float) -> place, x)
                |> Result.mapError (fun fault -> [ expression.Fault(index, fault) ])

            match step with
            | Step.Name name when not (isKept name) -> Some(found (scope.Value name))
            | Step.Ask(question, texts, axis) -> Some(found (scope.Ask question texts axis))
            | _ -> None

        Array.zip expression.Steps expression.Places
        |> Array.indexed
        |> Array.choose number
        |> Validation.traverseArray id
        |> Result.map (fun numbers ->
            let text = Text.StringBuilder()
            let pieces = ResizeArray<TextPiece>()
            let mutable from = 0

            let piece origin isCopied (part: string) =
                pieces.Add
                    { First = text.Length
                      Origin = origin
                      IsCopied = isCopied }

                text.Append part |> ignore

            for struct (first, last), x in numbers do
                let number = Names.number x
                piece from true (expression.Text.Substring(from, first - from))
                // A negative number is in parentheses, so that a power of it stays one.
                piece first false (if number[0] = '-' then $"({number})" else number)
                from <- last

            piece from true (expression.Text.Substring from)
            FormulaText(string text, expression.Source, expression.Column, List.ofSeq pieces))
