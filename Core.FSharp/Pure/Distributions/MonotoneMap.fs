namespace Initializers.FSharp

open System

/// <summary>A monotone function that maps elements one by one. All rise, except the reciprocal, which falls.</summary>
[<RequireQualifiedAccess>]
type MonotoneMap =
    /// <summary>The natural logarithm, of numbers above 0.</summary>
    | Log
    /// <summary>e^x.</summary>
    | Exp
    /// <summary>The square root, of numbers of 0 or more.</summary>
    | Sqrt
    /// <summary>1/x, of numbers of one sign.</summary>
    | Reciprocal
    /// <summary>log(1 + e^x).</summary>
    | Softplus
    /// <summary>log(e^x - 1), of numbers above 0: the number whose softplus is x.</summary>
    | InverseSoftplus
    /// <summary>log(x/(1 - x)), of numbers between 0 and 1.</summary>
    | Logit
    /// <summary>1/(1 + e^-x).</summary>
    | Sigmoid
    /// <summary>The hyperbolic tangent.</summary>
    | Tanh

[<RequireQualifiedAccess>]
module internal MonotoneMap =
    let all =
        [ MonotoneMap.Log
          MonotoneMap.Exp
          MonotoneMap.Sqrt
          MonotoneMap.Reciprocal
          MonotoneMap.Softplus
          MonotoneMap.InverseSoftplus
          MonotoneMap.Logit
          MonotoneMap.Sigmoid
          MonotoneMap.Tanh ]

    /// The name in texts.
    let name (map: MonotoneMap) =
        match map with
        | MonotoneMap.Log -> "log"
        | MonotoneMap.Exp -> "exp"
        | MonotoneMap.Sqrt -> "sqrt"
        | MonotoneMap.Reciprocal -> "reciprocal"
        | MonotoneMap.Softplus -> "softplus"
        | MonotoneMap.InverseSoftplus -> "inverse_softplus"
        | MonotoneMap.Logit -> "logit"
        | MonotoneMap.Sigmoid -> "sigmoid"
        | MonotoneMap.Tanh -> "tanh"

    let falls (map: MonotoneMap) = map = MonotoneMap.Reciprocal

    /// Where the map has values, in words, and whether all numbers strictly between two ends lie there.
    let domain (map: MonotoneMap) : struct (string * (float -> float -> bool)) =
        match map with
        | MonotoneMap.Log
        | MonotoneMap.InverseSoftplus -> struct ("above 0", (fun low _ -> low >= 0.0))
        | MonotoneMap.Sqrt -> struct ("of 0 or more", (fun low _ -> low >= 0.0))
        | MonotoneMap.Reciprocal -> struct ("above 0, or below 0 alone", (fun low high -> low >= 0.0 || high <= 0.0))
        | MonotoneMap.Logit -> struct ("between 0 and 1", (fun low high -> low >= 0.0 && high <= 1.0))
        | MonotoneMap.Exp
        | MonotoneMap.Softplus
        | MonotoneMap.Sigmoid
        | MonotoneMap.Tanh -> struct ("that are finite", (fun _ _ -> true))

    /// Whether the map has a finite value at a finite number.
    let contains (map: MonotoneMap) (x: float) =
        match map with
        | MonotoneMap.Log
        | MonotoneMap.InverseSoftplus -> x > 0.0
        | MonotoneMap.Sqrt -> x >= 0.0
        | MonotoneMap.Reciprocal -> x <> 0.0
        | MonotoneMap.Logit -> x > 0.0 && x < 1.0
        | MonotoneMap.Exp
        | MonotoneMap.Softplus
        | MonotoneMap.Sigmoid
        | MonotoneMap.Tanh -> true

    open DoubleDouble

    let private one = ofFloat 1.0
    let private minusAbs x = if x.Hi > 0.0 then negate x else x

    /// The map of a double-double, whose distance from an end keeps its digits.
    let pair (map: MonotoneMap) (x: DoubleDouble) : DoubleDouble =
        match map with
        | MonotoneMap.Log -> ExactPairs.log x
        | MonotoneMap.Exp -> ExactPairs.exp x
        | MonotoneMap.Sqrt -> ExactPairs.sqrt x
        | MonotoneMap.Reciprocal -> ExactPairs.div one x
        | MonotoneMap.Softplus ->
            // What exceeds the larger of 0 and x.
            let rest = ExactPairs.log1p (ExactPairs.exp (minusAbs x))
            if x.Hi > 0.0 then ExactPairs.add x rest else rest
        | MonotoneMap.InverseSoftplus ->
            if x.Hi > 1.0 then
                ExactPairs.add x (ExactPairs.log1p (negate (ExactPairs.exp (negate x))))
            else
                ExactPairs.log (ExactPairs.expm1 x)
        | MonotoneMap.Logit -> ExactPairs.subtract (ExactPairs.log x) (ExactPairs.log1p (negate x))
        | MonotoneMap.Sigmoid ->
            let e = ExactPairs.exp (minusAbs x)
            let upper = ExactPairs.div one (ExactPairs.add one e)
            if x.Hi >= 0.0 then upper else ExactPairs.mul e upper
        | MonotoneMap.Tanh ->
            let e = ExactPairs.expm1 (scale 1 (minusAbs x))
            let upper = ExactPairs.div (negate e) (ExactPairs.add e (ofFloat 2.0))
            if x.Hi >= 0.0 then upper else negate upper

    /// The map of a number, rounded once.
    let value (map: MonotoneMap) (x: float) : float = round (pair map (ofFloat x))

    /// The image of an open interval inside the domain. Ends may be infinite, and ends of the domain.
    let interval (map: MonotoneMap) (low: float) (high: float) : struct (float * float) =
        match map with
        | MonotoneMap.Reciprocal ->
            // 0 is an end from which numbers of one sign go.
            let lower = if high = 0.0 then Double.NegativeInfinity else 1.0 / high
            let upper = if low = 0.0 then Double.PositiveInfinity else 1.0 / low
            struct (lower, upper)
        | _ -> struct (value map low, value map high)

    /// The number that the map takes to a value, for reading.
    let inverse (map: MonotoneMap) (y: float) : float =
        match map with
        | MonotoneMap.Log -> value MonotoneMap.Exp y
        | MonotoneMap.Exp -> value MonotoneMap.Log y
        | MonotoneMap.Sqrt -> y * y
        | MonotoneMap.Reciprocal -> 1.0 / y
        | MonotoneMap.Softplus -> value MonotoneMap.InverseSoftplus y
        | MonotoneMap.InverseSoftplus -> value MonotoneMap.Softplus y
        | MonotoneMap.Logit -> value MonotoneMap.Sigmoid y
        | MonotoneMap.Sigmoid -> value MonotoneMap.Logit y
        | MonotoneMap.Tanh -> 0.5 * Exact.log1p (2.0 * y / (1.0 - y))

    /// The absolute slope at a number, for reading.
    let slope (map: MonotoneMap) (x: float) : float =
        match map with
        | MonotoneMap.Log -> 1.0 / x
        | MonotoneMap.Exp -> Exact.exp x
        | MonotoneMap.Sqrt -> 0.5 / Math.Sqrt x
        | MonotoneMap.Reciprocal -> 1.0 / (x * x)
        | MonotoneMap.Softplus -> value MonotoneMap.Sigmoid x
        | MonotoneMap.InverseSoftplus -> 1.0 / -(round (ExactPairs.expm1 (ofFloat -x)))
        | MonotoneMap.Logit -> 1.0 / (x * (1.0 - x))
        | MonotoneMap.Sigmoid -> value MonotoneMap.Sigmoid x * value MonotoneMap.Sigmoid -x
        | MonotoneMap.Tanh -> 4.0 * value MonotoneMap.Sigmoid (2.0 * x) * value MonotoneMap.Sigmoid (-2.0 * x)
