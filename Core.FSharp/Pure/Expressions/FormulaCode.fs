namespace Initializers.FSharp

open System

/// What an instruction of a formula does with the stack of numbers.
type internal FormulaAction =
    /// Pushes a number.
    | Constant = 0
    /// Pushes the element's index along an axis.
    | Index = 1
    /// Pushes the entry of a table at the element's index along an axis.
    | Table = 2
    | Unary = 3
    | Binary = 4
    | Fold = 5
    | JumpIfZero = 6
    | Jump = 7

/// A step of an expression in the form that runs fast: once for each element of a tensor.
[<Struct; NoEquality; NoComparison>]
type internal Instruction =
    {
        Action: FormulaAction
        Number: float
        /// From one index of the axis to the next, in elements, and the size of the axis.
        Stride: int64
        Size: int64
        /// The instruction that a jump leads to, or the operands of a fold.
        Target: int
        Table: float[]
        Unary: float -> float
        Binary: OptimizedClosures.FSharpFunc<float, float, float>
    }

[<RequireQualifiedAccess>]
module internal FormulaCode =
    let private none =
        { Action = FormulaAction.Constant
          Number = 0.0
          Stride = 1L
          Size = 1L
          Target = 0
          Table = [||]
          Unary = id
          Binary = OptimizedClosures.FSharpFunc<_, _, _>.Adapt (+) }

    let constant x = { none with Number = x }

    /// Elements from one index of an axis to the next.
    let stride (dims: int64[]) axis =
        let mutable product = 1L

        for later in axis + 1 .. dims.Length - 1 do
            product <- product * dims[later]

        product

    let table (dims: int64[]) axis (entries: float[]) =
        { none with
            Action = FormulaAction.Table
            Stride = stride dims axis
            Size = dims[axis]
            Table = entries }

    let jump action target =
        { none with
            Action = action
            Target = target }

    let private ofStep (dims: int64[]) (step: Step) =
        match step with
        | Step.Number x -> constant x
        | Step.Index axis ->
            { none with
                Action = FormulaAction.Index
                Stride = stride dims axis
                Size = dims[axis] }
        | Step.Apply(operation, count) ->
            match operation.Compute with
            | Compute.Unary f ->
                { none with
                    Action = FormulaAction.Unary
                    Unary = f }
            | Compute.Binary f ->
                { none with
                    Action = FormulaAction.Binary
                    Binary = OptimizedClosures.FSharpFunc<_, _, _>.Adapt f }
            | Compute.Fold f ->
                { none with
                    Action = FormulaAction.Fold
                    Target = count
                    Binary = OptimizedClosures.FSharpFunc<_, _, _>.Adapt f }
        | Step.JumpIfZero target -> jump FormulaAction.JumpIfZero target
        | Step.Jump target -> jump FormulaAction.Jump target
        // Names and questions have become numbers and indices.
        | Step.Name _
        | Step.Ask _ -> constant nan

    /// The instructions of the steps of a formula for tensors of these sizes, one for each step.
    let ofSteps (dims: int64[]) (steps: Step[]) : Instruction[] = steps |> Array.map (ofStep dims)

    /// A quotient of numbers from 0 on; most are below 2^32, whose division is faster.
    let inline private quotient (a: int64) (b: int64) =
        if (a ||| b) >>> 32 = 0L then
            int64 (uint32 a / uint32 b)
        else
            a / b

    let inline private indexOf (instruction: inref<Instruction>) (element: int64) =
        let q = quotient element instruction.Stride
        q - quotient q instruction.Size * instruction.Size

    /// The value of instructions [first, last) for an element; NaN where an operation has no value. The stack has a number
    /// for each instruction.
    let run (code: Instruction[]) (first: int) (last: int) (stack: float[]) (element: int64) : float =
        let mutable depth = 0
        let mutable at = first

        while at < last do
            let instruction = &code[at]
            at <- at + 1

            match instruction.Action with
            | FormulaAction.Constant ->
                stack[depth] <- instruction.Number
                depth <- depth + 1
            | FormulaAction.Index ->
                stack[depth] <- float (indexOf &instruction element)
                depth <- depth + 1
            | FormulaAction.Table ->
                let value = instruction.Table[int (indexOf &instruction element)]
                stack[depth] <- value
                depth <- depth + 1

                if Double.IsNaN value then
                    at <- Int32.MaxValue
            | FormulaAction.Unary ->
                let x = stack[depth - 1]
                let value = instruction.Unary x
                stack[depth - 1] <- value

                if not (Double.IsFinite value) && (Double.IsNaN value || Double.IsFinite x) then
                    at <- Int32.MaxValue
            | FormulaAction.Binary ->
                let x = stack[depth - 2]
                let y = stack[depth - 1]
                let value = instruction.Binary.Invoke(x, y)
                depth <- depth - 1
                stack[depth - 1] <- value

                if
                    not (Double.IsFinite value)
                    && (Double.IsNaN value || (Double.IsFinite x && Double.IsFinite y))
                then
                    at <- Int32.MaxValue
            | FormulaAction.Fold ->
                depth <- depth - instruction.Target
                let mutable total = stack[depth]

                for i in 1 .. instruction.Target - 1 do
                    total <- instruction.Binary.Invoke(total, stack[depth + i])

                // The least and the greatest of numbers are among them.
                stack[depth] <- total
                depth <- depth + 1
            | FormulaAction.JumpIfZero ->
                depth <- depth - 1

                if stack[depth] = 0.0 then
                    at <- instruction.Target
            | _ -> at <- instruction.Target

        if at = Int32.MaxValue then nan else stack[0]
