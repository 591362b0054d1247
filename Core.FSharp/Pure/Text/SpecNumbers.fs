namespace Initializers.FSharp

open System

/// Where the numbers of a spec's text come from that are expressions.
type internal NumberContext =
    {
        /// Names that they may have.
        Known: KnownNames
        /// What they mean; none where that waits for a tensor.
        Scope: Scope option
    }

[<RequireQualifiedAccess>]
module internal NumberContext =
    /// A text outside a model.
    let alone =
        { Known = KnownNames.ofTensor
          Scope = None }

    /// A text whose tensor is there.
    let ofMatch (tensor: TensorMatch) (context: NumberContext) =
        { context with
            Scope = Some tensor.Scope }

/// Reads the numbers of one initializer: those that are given, and expressions, which may have to wait for a tensor.
[<Sealed>]
type internal SpecNumbers(context: NumberContext) =
    let mutable waits = false

    let nothing: Scope =
        { Value = fun name -> Error(InitError.Expression(ExpressionFault.NameUnknown(name, [])))
          Ask = fun question _ _ -> Error(InitError.Expression(ExpressionFault.ModelMissing(Question.name question))) }

    /// Whether a number that was read waits for a tensor.
    member _.Waits = waits

    /// The value of an expression that begins at a column of a source; 1 for one that waits.
    member _.Read(source: string, text: string, column: int) : Result<float, InitError list> =
        let evaluated scope expression =
            Expression.evaluate scope expression |> Result.mapError List.singleton

        ExpressionReader.read source text column
        |> Result.mapError List.singleton
        |> Result.bind (fun expression ->
            match KnownNames.faults context.Known expression, context.Scope with
            | _ :: _ as faults, _ -> Error faults
            | [], Some scope -> evaluated scope expression
            | [], None when expression.Names.IsEmpty && not expression.Asks -> evaluated nothing expression
            | [], None ->
                waits <- true
                Ok 1.0)

    /// The text of a formula that begins at a column of a source, with numbers for everything except its indices and sizes; the
    /// text itself for one that waits.
    member _.Formula(source: string, text: string, column: int) : Result<FormulaText, InitError list> =
        ExpressionReader.read source text column
        |> Result.mapError List.singleton
        |> Result.bind (fun expression ->
            let kept, others = expression.Names |> List.partition Expression.isFormulaName

            let known =
                { context.Known with
                    Names = kept @ context.Known.Names }

            match KnownNames.faults known expression, context.Scope with
            | _ :: _ as faults, _ -> Error faults
            | [], _ when others.IsEmpty && not expression.Asks -> Ok(FormulaText.ofExpression expression)
            | [], Some scope -> FormulaText.substituted scope Expression.isFormulaName expression
            | [], None ->
                waits <- true
                Ok(FormulaText.ofExpression expression))

    /// Whether a text that is not a number may be an expression, rather than a number with a mistake in it. Outside a model
    /// a single word is one only if it names something of a tensor.
    member _.IsExpression(text: string) =
        let isWord = text |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '_')

        if text = "" then
            false
        elif isWord then
            Char.IsAsciiLetter text[0]
            && (context.Known.HasModel || KnownNames.isKnown context.Known text)
        else
            Char.IsAsciiLetter text[0]
            || text |> Seq.exists (fun c -> "+-*/^()<>=!\"'".Contains c || Char.IsWhiteSpace c)
