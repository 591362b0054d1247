namespace Initializers.FSharp

open System

/// What the elements of a formula are like, or a sample of them where they are many.
type internal FormulaSurvey =
    {
        /// The least and the greatest finite value, or 0 where all are infinite.
        Least: float
        Greatest: float
    }

/// Raised where an element of a formula that was not checked as a whole turns out to have no value, or none of the dtype.
exception internal FormulaException of fault: InitError

/// A stack of numbers of the current thread.
[<AbstractClass; Sealed>]
type private FormulaStack private () =
    [<ThreadStatic; DefaultValue>]
    static val mutable private current: float[] | null

    static member OfLength(length: int) : float[] =
        match FormulaStack.current with
        | null -> FormulaStack.Grown(max 64 length)
        | kept when kept.Length < length -> FormulaStack.Grown length
        | kept -> kept

    static member private Grown(length: int) =
        let made = Array.zeroCreate<float> length
        FormulaStack.current <- made
        made

/// A formula of the indices of a tensor's elements, for a tensor of given sizes. Equal where text and sizes are.
[<Sealed>]
type internal IndexFormula private (expression: Expression, dims: int64[]) =
    /// The most entries of a table.
    static let longestTable = 1L <<< 20

    /// The most elements that are all computed before a tensor is made.
    static let mostChecked = 1L <<< 24

    /// The elements that are computed of a longer one, in addition to the ends of its axes.
    static let sampled = 1L <<< 16

    /// What formulas that were used lately have given; equal tensors of a model are computed once.
    static let surveys = Cache<IndexFormula, Result<FormulaSurvey, int64>> 64

    // All names and questions have become numbers and indices.
    static let scope =
        let missing = Error(InitError.Expression(ExpressionFault.NameUnknown("", [])))

        { Value = fun _ -> missing
          Ask = fun _ _ _ -> missing }

    let count = Shape.product (List.ofArray dims)

    /// The instruction of a part that many elements share: a number where it reads no index, and a table where it reads one of an
    /// axis that is shorter than half of the calls.
    let instruction (calls: int64) (plain: Instruction[]) (part: FormulaRange) : Instruction voption =
        let stack = FormulaStack.OfLength(plain.Length + 1)

        let value element =
            FormulaCode.run plain part.First part.Last stack element

        if part.Last - part.First = 1 then
            ValueNone
        elif part.Axis = FormulaRanges.NoAxis then
            let x = value 0L

            // A part without a value may lie in a branch that no element takes.
            if Double.IsNaN x then
                ValueNone
            else
                ValueSome(FormulaCode.constant x)
        elif dims[part.Axis] <= longestTable && dims[part.Axis] <= calls / 2L then
            let stride = FormulaCode.stride dims part.Axis
            let entries = Array.init (int dims[part.Axis]) (fun i -> value (int64 i * stride))
            ValueSome(FormulaCode.table dims part.Axis entries)
        else
            ValueNone

    /// The instructions for about as many calls.
    let code (calls: int64) : Instruction[] =
        let steps = expression.Steps
        let plain = FormulaCode.ofSteps dims steps
        // Where each step has gone; those of a part that is replaced have gone to one instruction.
        let places = Array.zeroCreate<int>(steps.Length + 1)
        let kept = ResizeArray<Instruction>()
        let mutable at = 0

        let keepUpTo last =
            while at < last do
                places[at] <- kept.Count
                kept.Add plain[at]
                at <- at + 1

        for part in FormulaRanges.shared steps do
            // A part may lie in another one that is replaced.
            if part.First >= at then
                match instruction calls plain part with
                | ValueSome one ->
                    keepUpTo part.First
                    Array.fill places part.First (part.Last - part.First) kept.Count
                    kept.Add one
                    at <- part.Last
                | ValueNone -> ()

        keepUpTo steps.Length
        places[steps.Length] <- kept.Count

        kept.ToArray()
        |> Array.map (fun one ->
            match one.Action with
            | FormulaAction.Jump
            | FormulaAction.JumpIfZero -> { one with Target = places[one.Target] }
            | _ -> one)

    /// Elements of a long tensor that show most faults: the ends of the first axes, and numbers spread evenly.
    let sample: int64 seq =
        let first, rest = dims |> Array.splitAt (min 10 dims.Length)
        let length = Array.fold (*) 1L rest

        let corners =
            (Seq.singleton 0L, first)
            ||> Array.fold (fun corners size ->
                corners
                |> Seq.collect (fun corner -> [ corner * size; corner * size + size - 1L ]))

        seq {
            for corner in corners do
                corner * length
                corner * length + length - 1L

            for i in 0L .. sampled - 1L do
                IndexFormula.Spread count i
        }

    /// Passes every element with its value, or of a long tensor a sample, until `take` returns false. A value is NaN where an
    /// operation has none.
    let examine (formula: IndexFormula) (take: int64 -> float -> bool) =
        let isComplete = count <= mostChecked
        let value = formula.Values(if isComplete then count else sampled)

        if isComplete then
            let mutable element = 0L

            while element < count && take element (value element) do
                element <- element + 1L

                if element % 65536L = 0L then
                    Cancellation.Check()
        else
            sample |> Seq.forall (fun element -> take element (value element)) |> ignore

    /// The number of an element is the error: equal formulas may have been read in different texts.
    let survey (formula: IndexFormula) : Result<FormulaSurvey, int64> =
        let ends = [| infinity; -infinity |]
        let undefined = ref ValueNone

        examine formula (fun element x ->
            if Double.IsNaN x then
                undefined.Value <- ValueSome element
            elif Double.IsFinite x then
                ends[0] <- min ends[0] x
                ends[1] <- max ends[1] x

            undefined.Value.IsNone)

        match undefined.Value with
        | ValueSome element -> Error element
        | ValueNone when ends[0] <= ends[1] -> Ok { Least = ends[0]; Greatest = ends[1] }
        | ValueNone -> Ok { Least = 0.0; Greatest = 0.0 }

    /// The indices of an element.
    let indicesOf (element: int64) : int64[] =
        let indices = Array.zeroCreate<int64> dims.Length
        let mutable left = element

        for axis in dims.Length - 1 .. -1 .. 0 do
            indices[axis] <- left % dims[axis]
            left <- left / dims[axis]

        indices

    /// Element i of as many as one likes that are spread evenly over `count`: multiples of the golden ratio, modulo 1.
    static member Spread (count: int64) (i: int64) : int64 =
        int64 (Math.BigMul(uint64 i * 0x9E3779B97F4A7C15UL, uint64 count) >>> 64)

    /// Reads a formula for a tensor of these sizes.
    static member Read (text: FormulaText) (dims: int64 list) : Result<IndexFormula, InitError> =
        text.Read()
        |> Result.bind (Expression.ofIndices dims)
        |> Result.map (fun expression -> IndexFormula(expression, Array.ofList dims))

    member _.Text = expression.Text
    member _.Dims = List.ofArray dims
    member _.Count = count

    /// The value of an element, or the fault of the operation that has none.
    member _.At(element: int64) : Result<float, InitError> =
        let indices = indicesOf element

        Expression.evaluateAt scope indices expression
        |> Result.mapError (function
            | InitError.InExpression(text, column, fault) ->
                InitError.InExpression(text, column, InitError.InElement(List.ofArray indices, fault))
            | other -> other)

    /// A fault of the value of an element.
    member _.Fault(element: int64, fault: InitError) : InitError =
        expression.FaultAt(0, InitError.InElement(List.ofArray (indicesOf element), fault))

    /// Values of elements by their numbers, for about as many calls; NaN where an operation has no value. Any thread may call it.
    member _.Values(calls: int64) : int64 -> float =
        let code = code calls

        fun element -> FormulaCode.run code 0 code.Length (FormulaStack.OfLength(code.Length + 1)) element

    /// The same, raising the fault of an element that has no value.
    member this.CheckedValues(calls: int64) : int64 -> float =
        let value = this.Values calls

        fun element ->
            let x = value element

            match (if Double.IsNaN x then this.At element else Ok x) with
            | Ok x -> x
            | Error fault -> raise (FormulaException fault)

    /// Computes every element, or of more than 2^24 a sample; the first fault where one has no value.
    member this.Survey() : Result<FormulaSurvey, InitError> =
        match surveys.GetOrAdd(this, survey) with
        | Ok found -> Ok found
        | Error element ->
            match this.At element with
            | Error fault -> Error fault
            | Ok x -> Ok { Least = x; Greatest = x }

    /// The fault that `test` has for the value of the first element, or of more than 2^24 the first of a sample.
    member this.FirstFault(test: float -> InitError voption) : InitError list =
        let fault = ref ValueNone

        examine this (fun element x ->
            fault.Value <- test x |> ValueOption.map (fun fault -> this.Fault(element, fault))
            fault.Value.IsNone)

        ValueOption.toList fault.Value

    override _.Equals(other: obj | null) =
        match other with
        | :? IndexFormula as o -> o.Text = expression.Text && o.Dims = List.ofArray dims
        | _ -> false

    override _.GetHashCode() =
        HashCode.Combine(expression.Text, count)
