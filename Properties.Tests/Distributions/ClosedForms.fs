/// Distributions in closed form, with MathNet's erf, erfc and log1p, for enumerations of all words. Each keeps its digits
/// wherever a difference of probabilities is small.
[<RequireQualifiedAccess>]
module Initializers.Properties.ClosedForms

open System
open MathNet.Numerics

/// The standard normal distribution in three pieces, by MathNet's erf and erfc. Each keeps about 15 digits, which is 10^-7
/// ulp of a float32; a test checks that against `Exact`.
let normal: Enumeration.Distribution =
    fun x ->
        let density = exp (-0.5 * x * x) * 0.39894228040143267794

        if x < -0.7 then
            struct (0.0, 0.5 * SpecialFunctions.Erfc(-x * Constants.Sqrt1Over2), density)
        elif x > 0.7 then
            struct (1.0, -0.5 * SpecialFunctions.Erfc(x * Constants.Sqrt1Over2), density)
        else
            struct (0.5, 0.5 * SpecialFunctions.Erf(x * Constants.Sqrt1Over2), density)

/// e^x - 1
let private expm1 (x: float) = 2.0 * sinh (x / 2.0) * exp (x / 2.0)

let logistic: Enumeration.Distribution =
    fun x ->
        let tail = 1.0 / (1.0 + exp (abs x))
        let density = tail * (1.0 - tail)

        if abs x < 1.0 then
            struct (0.5, 0.5 * tanh (x / 2.0), density)
        elif x < 0.0 then
            struct (0.0, tail, density)
        else
            struct (1.0, -tail, density)

let laplace: Enumeration.Distribution =
    fun x ->
        let tail = 0.5 * exp -(abs x)

        if abs x < 0.5 then
            struct (0.5, float (sign x) * -0.5 * expm1 -(abs x), tail)
        elif x < 0.0 then
            struct (0.0, tail, tail)
        else
            struct (1.0, -tail, tail)

let gumbel: Enumeration.Distribution =
    fun x ->
        let rate = exp -x
        let below = exp -rate

        if x < 1.0 then
            struct (0.0, below, rate * below)
        else
            struct (1.0, expm1 -rate, rate * below)

let cauchy: Enumeration.Distribution =
    fun x ->
        let density = 1.0 / (Math.PI * (1.0 + x * x))

        if abs x < 1.0 then
            struct (0.5, atan x / Math.PI, density)
        elif x < 0.0 then
            struct (0.0, atan (-1.0 / x) / Math.PI, density)
        else
            struct (1.0, -(atan (1.0 / x)) / Math.PI, density)

let exponential: Enumeration.Distribution =
    fun x ->
        let above = exp -x

        if x < 0.5 then
            struct (0.0, -(expm1 -x), above)
        else
            struct (1.0, -above, above)

/// On (0, 1) with the peak at `mode`.
let triangular mode : Enumeration.Distribution =
    fun x ->
        if x < mode then
            struct (0.0, x * x / mode, 2.0 * x / mode)
        else
            let rest = 1.0 - x
            struct (1.0, -rest * rest / (1.0 - mode), 2.0 * rest / (1.0 - mode))

let phi x =
    exp (-0.5 * x * x) * 0.39894228040143267794

/// P(Z > x), to about 13 significant digits for any x.
let tail x =
    if Double.IsPositiveInfinity x then
        0.0
    else
        0.5 * SpecialFunctions.Erfc(x * Constants.Sqrt1Over2)

/// The truncated law by MathNet's erfc, taken from the end that keeps the digits; independent of the table's own fit.
let truncatedNormal (lower: float) (upper: float) : Enumeration.Distribution =
    if lower >= 0.0 then
        let mass = tail lower - tail upper
        // From the upper end, which far out is where the digits are.
        fun x ->
            if tail x - tail upper < 0.5 * mass then
                struct (1.0, -(tail x - tail upper) / mass, phi x / mass)
            else
                struct (0.0, (tail lower - tail x) / mass, phi x / mass)
    else
        let mass = 1.0 - tail -lower - tail upper

        fun x ->
            if x < 0.0 then
                struct (0.0, (tail -x - tail -lower) / mass, phi x / mass)
            else
                struct (1.0, -(tail x - tail upper) / mass, phi x / mass)

/// Of log(uniform(1, 16)).
let aLog: Enumeration.Distribution =
    fun x ->
        let density = exp x / 15.0

        if x < 1.5 then
            struct (0.0, expm1 x / 15.0, density)
        else
            struct (1.0, expm1 (x - log 16.0) * 16.0 / 15.0, density)

/// Of inverse_softplus(log_uniform(0.001, 0.1)).
let dtBias: Enumeration.Distribution =
    fun x ->
        let step = SpecialFunctions.Log1p(exp x)
        let width = log 100.0
        let density = 1.0 / (1.0 + exp -x) / step / width
        struct (0.0, log (step / 0.001) / width, density)
