namespace Initializers.FSharp

open System
open System.Numerics

/// What an operator or a function computes, in float64.
[<RequireQualifiedAccess>]
type internal Compute =
    | Unary of (float -> float)
    | Binary of (float -> float -> float)
    /// Of one number or more, from the first on.
    | Fold of (float -> float -> float)

/// An operator or a function of expressions.
[<CustomEquality; NoComparison>]
type internal Operation =
    {
        Name: string
        /// Numbers that it takes, for messages.
        Takes: string
        Compute: Compute
    }

    override this.Equals(other: obj | null) =
        match other with
        | :? Operation as o -> o.Name = this.Name
        | _ -> false

    override this.GetHashCode() = this.Name.GetHashCode()

[<RequireQualifiedAccess>]
module internal Operation =
    let private truth condition = if condition then 1.0 else 0.0

    /// Of whole numbers of magnitude up to 2^53, bit by bit in two's complement; NaN for others.
    let private bitwise (combine: int64 -> int64 -> int64) (x: float) (y: float) =
        let isWhole (x: float) =
            Double.IsInteger x && abs x <= 9007199254740992.0

        if isWhole x && isWhole y then
            float (combine (int64 x) (int64 y))
        else
            nan

    /// Python's %, which has the sign of y.
    let private modulo (x: float) (y: float) =
        let r = x % y

        if r <> 0.0 && (r < 0.0) <> (y < 0.0) then
            r + y
        else
            r + 0.0

    let private unary name compute =
        { Name = name
          Takes = "one number"
          Compute = Compute.Unary compute }

    let private binary name compute =
        { Name = name
          Takes = "two numbers"
          Compute = Compute.Binary compute }

    let private fold name compute =
        { Name = name
          Takes = "one number or more"
          Compute = Compute.Fold compute }

    let negate = unary "-" (fun x -> -x)
    let identity = unary "+" id

    /// Operators between two numbers.
    let operators =
        [ binary "+" (+)
          binary "-" (-)
          binary "*" (*)
          binary "/" (/)
          binary "^" Exact.pow
          binary "==" (fun x y -> truth (x = y))
          binary "!=" (fun x y -> truth (x <> y))
          binary "<" (fun x y -> truth (x < y))
          binary "<=" (fun x y -> truth (x <= y))
          binary ">" (fun x y -> truth (x > y))
          binary ">=" (fun x y -> truth (x >= y)) ]
        |> List.map (fun operation -> operation.Name, operation)
        |> Map.ofList

    /// Functions of numbers.
    let functions =
        [ unary "sqrt" Math.Sqrt
          unary "log" Exact.log
          unary "log2" Exact.log2
          unary "exp" Exact.exp
          unary "sin" Exact.sin
          unary "cos" Exact.cos
          unary "abs" abs
          unary "floor" Math.Floor
          unary "ceil" Math.Ceiling
          unary "round" (fun x -> Math.Round(x, MidpointRounding.ToEven))
          binary "pow" Exact.pow
          binary "mod" modulo
          binary "and" (bitwise (&&&))
          binary "or" (bitwise (|||))
          binary "xor" (bitwise (^^^))
          unary "parity" (fun x -> bitwise (fun n _ -> int64 (BitOperations.PopCount(uint64 n) &&& 1)) x x)
          fold "min" min
          fold "max" max ]

    /// The value for numbers in order; NaN where it is undefined.
    let apply (operation: Operation) (numbers: ReadOnlySpan<float>) : float =
        match operation.Compute with
        | Compute.Unary f -> f numbers[0]
        | Compute.Binary f -> f numbers[0] numbers[1]
        | Compute.Fold f ->
            let mutable total = numbers[0]

            for i in 1 .. numbers.Length - 1 do
                total <- f total numbers[i]

            total

    /// Whether an operation takes this many numbers.
    let takes (operation: Operation) (count: int) =
        match operation.Compute with
        | Compute.Unary _ -> count = 1
        | Compute.Binary _ -> count = 2
        | Compute.Fold _ -> count >= 1
