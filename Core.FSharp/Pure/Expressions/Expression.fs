namespace Initializers.FSharp

open System

/// What an expression asks of a model about tensors that it names.
[<RequireQualifiedAccess>]
type internal Question =
    /// The number of tensors that match a pattern; of distinct values of its captures where it has any.
    | Count
    /// The same, where the captured numbers are 0, 1, … without gaps; 0 where no tensor matches.
    | Blocks
    /// Whether any tensor matches a pattern.
    | Any
    /// The size of an axis.
    | Dim
    | Rank
    | Size
    /// Whether there is such a tensor.
    | Has
    | FanIn
    | FanOut

[<RequireQualifiedAccess>]
module internal Question =
    /// Each with its name, the number of texts that it takes, and its arguments in words. An axis comes after the texts.
    let known =
        [ "count", Question.Count, 1, "a pattern of names in quotes"
          "blocks", Question.Blocks, 1, "a pattern of names in quotes"
          "any", Question.Any, 1, "a pattern of names in quotes"
          "dim", Question.Dim, 1, "a tensor's name in quotes, and an axis such as 0 or -1"
          "rank", Question.Rank, 1, "a tensor's name in quotes"
          "size", Question.Size, 1, "a tensor's name in quotes"
          "has", Question.Has, 1, "a tensor's name in quotes"
          "fan_in", Question.FanIn, 2, "a tensor's name and a layout such as oi, both in quotes"
          "fan_out", Question.FanOut, 2, "a tensor's name and a layout such as oi, both in quotes" ]

    let name (question: Question) =
        known
        |> List.pick (fun (name, q, _, _) -> if q = question then Some name else None)

/// A step of an expression, which takes numbers from a stack and leaves one.
[<RequireQualifiedAccess>]
type internal Step =
    | Number of float
    | Name of string
    /// The index of an axis, in what formulas compute.
    | Index of axis: int
    /// A question about tensors or patterns; the axis is 0 where the question has none.
    | Ask of Question * texts: string list * axis: float
    | Apply of Operation * count: int
    /// Takes a number and continues at another step where it is 0.
    | JumpIfZero of target: int
    | Jump of target: int

/// Steps of an expression, each with its place in the text.
[<Sealed>]
type internal Expression(source: string, text: string, column: int, steps: Step[], places: struct (int * int)[]) =
    /// The text without the blanks around it.
    member _.Text = text
    /// The text of which it is a part, and the column at which it begins there, counted from 1.
    member _.Source = source
    member _.Column = column
    /// The steps in order.
    member _.Steps = steps
    /// Where the text of each step begins and ends in the expression's own.
    member _.Places = places

    /// A fault at a place, counted from where the expression begins.
    member _.FaultAt(place: int, fault: InitError) =
        let at = column + place
        InitError.InExpression(Names.excerptAt at source, at, fault)

    /// A fault at a step.
    member this.Fault(step: int, fault: InitError) =
        let struct (start, _) = places[step]
        this.FaultAt(start, fault)

    /// Names that the expression reads, each once.
    member _.Names =
        steps
        |> Seq.choose (function
            | Step.Name name -> Some name
            | _ -> None)
        |> Seq.distinct
        |> List.ofSeq

    /// Whether it asks a model.
    member _.Asks =
        steps
        |> Array.exists (function
            | Step.Ask _ -> true
            | _ -> false)

    override _.Equals(other: obj | null) =
        match other with
        | :? Expression as o -> o.Text = text
        | _ -> false

    override _.GetHashCode() = text.GetHashCode()
    override _.ToString() = text

/// What names and questions come to.
type internal Scope =
    {
        /// The value of a name.
        Value: string -> Result<float, InitError>
        /// The answer to a question about texts and an axis.
        Ask: Question -> string list -> float -> Result<float, InitError>
    }

/// Names that expressions have for a tensor.
module internal TensorNames =
    /// The name of an index, an index from the end or a size, with its number: i0, j0, d1.
    let (|Numbered|_|) (name: string) : (char * int) option =
        match NumberText.index (name.Substring(min 1 name.Length)) with
        | Some n when n < 1000L && "ijd".Contains name[0] && name = $"{name[0]}{n}" -> Some(name[0], int n)
        | _ -> None

    let tensorNames = [ "fan_in"; "fan_out"; "rank"; "size" ]

[<RequireQualifiedAccess>]
module internal Expression =
    open TensorNames

    let private undefined (operation: Operation) (numbers: float list) =
        let texts = numbers |> List.map Names.number

        let shown =
            match operation.Compute, texts with
            | Compute.Binary _, [ x; y ] when not (Char.IsAsciiLetter operation.Name[0]) ->
                let first = if x[0] = '-' then $"({x})" else x
                $"{first}{operation.Name}{y}"
            | _ ->
                let all = Names.list texts
                $"{operation.Name}({all})"

        InitError.Expression(ExpressionFault.Undefined shown)

    /// The value of an operation. One that is not finite is a fault unless an operand is infinite; NaN always is.
    let private applied (operation: Operation) (stack: float[]) (first: int) (count: int) : Result<float, InitError> =
        let value = Operation.apply operation (ReadOnlySpan(stack, first, count))

        if
            Double.IsFinite value
            || (not (Double.IsNaN value)
                && Array.exists Double.IsInfinity (Array.sub stack first count))
        then
            Ok value
        else
            Error(undefined operation (List.ofArray (Array.sub stack first count)))

    /// The value at indices of a tensor's element.
    let evaluateAt (scope: Scope) (indices: int64[]) (expression: Expression) : Result<float, InitError> =
        let steps = expression.Steps
        let stack = Array.zeroCreate<float>(steps.Length + 1)
        let mutable depth = 0
        let mutable step = 0
        let mutable fault = ValueNone

        while fault.IsNone && step < steps.Length do
            let result =
                match steps[step] with
                | Step.Number x -> ValueSome(Ok x)
                | Step.Index axis -> ValueSome(Ok(float indices[axis]))
                | Step.Name name -> ValueSome(scope.Value name)
                | Step.Ask(question, texts, axis) -> ValueSome(scope.Ask question texts axis)
                | Step.Apply(operation, count) ->
                    depth <- depth - count
                    ValueSome(applied operation stack depth count)
                | Step.JumpIfZero target ->
                    depth <- depth - 1

                    if stack[depth] = 0.0 then
                        step <- target - 1

                    ValueNone
                | Step.Jump target ->
                    step <- target - 1
                    ValueNone

            match result with
            | ValueSome(Ok x) ->
                stack[depth] <- x
                depth <- depth + 1
            | ValueSome(Error wrong) -> fault <- ValueSome(expression.Fault(step, wrong))
            | ValueNone -> ()

            step <- step + 1

        match fault with
        | ValueSome wrong -> Error wrong
        | ValueNone -> Ok stack[0]

    /// The value of an expression without indices.
    let evaluate (scope: Scope) (expression: Expression) : Result<float, InitError> = evaluateAt scope [||] expression

    /// The expression with other steps for names and questions, as many steps as before; the first fault that `change`
    /// reports.
    let private replace (change: int -> Step -> Result<Step, InitError>) (expression: Expression) =
        let steps = expression.Steps |> Array.mapi change

        match
            steps
            |> Array.tryPick (function
                | Error fault -> Some fault
                | Ok _ -> None)
        with
        | Some fault -> Error fault
        | None ->
            Ok(
                Expression(
                    expression.Source,
                    expression.Text,
                    expression.Column,
                    steps |> Array.choose Result.toOption,
                    expression.Places
                )
            )

    /// A formula for tensors of these sizes: indices are steps, sizes are numbers. Any other name is a fault.
    let ofIndices (dims: int64 list) (expression: Expression) : Result<Expression, InitError> =
        let sizes = Array.ofList dims
        let rank = sizes.Length

        let known =
            [ yield! List.init rank (fun axis -> $"i{axis}")
              yield! List.init rank (fun axis -> $"j{axis}")
              yield! List.init rank (fun axis -> $"d{axis}")
              "rank"
              "size" ]

        let unknown step name =
            Error(expression.Fault(step, InitError.Expression(ExpressionFault.NameUnknown(name, known))))

        expression
        |> replace (fun index step ->
            match step with
            | Step.Name(Numbered(kind, axis) as name) ->
                if axis >= rank then unknown index name
                elif kind = 'i' then Ok(Step.Index axis)
                elif kind = 'j' then Ok(Step.Index(rank - 1 - axis))
                else Ok(Step.Number(float sizes[axis]))
            | Step.Name "rank" -> Ok(Step.Number(float rank))
            | Step.Name "size" -> Ok(Step.Number(float (Shape.product dims)))
            | Step.Name name -> unknown index name
            | Step.Ask(question, _, _) ->
                Error(
                    expression.Fault(index, InitError.Expression(ExpressionFault.ModelMissing(Question.name question)))
                )
            | other -> Ok other)

    /// What a formula may read without a match: indices and sizes.
    let isFormulaName (name: string) =
        match name with
        | "rank"
        | "size"
        | Numbered _ -> true
        | _ -> false
