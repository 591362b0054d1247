namespace Initializers.FSharp

open System

/// Elementary functions of double-doubles, to about 100 bits: a chain of them is rounded once, at its end. Results beyond the
/// largest float64 are infinite, with Lo 0.
[<RequireQualifiedAccess>]
module internal ExactPairs =
    open DoubleDouble

    let private one = ofFloat 1.0

    /// A pair whose high part is finite; another one's low part may be NaN.
    let private finite p =
        if Double.IsFinite p.Hi then p else ofFloat p.Hi

    let add a b =
        if Double.IsFinite(a.Hi + b.Hi) then
            add a b
        else
            ofFloat (a.Hi + b.Hi)

    let mul a b =
        let product = a.Hi * b.Hi

        if Double.IsFinite product then mul a b else ofFloat product

    let subtract a b = add a (negate b)

    /// a / b; the high parts' quotient where that is infinite or 0.
    let div a b =
        let quotient = a.Hi / b.Hi

        if Double.IsFinite quotient && quotient <> 0.0 && Double.IsFinite b.Hi then
            finite (div a b)
        else
            ofFloat quotient

    let exp x = finite (Exact.expPair x)

    /// e^x - 1, with its relative digits near 0.
    let expm1 x =
        if abs x.Hi < 0.34 then
            Exact.expm1Small x
        else
            subtract (exp x) one

    /// log of a pair above 0; -infinity at 0.
    let log x =
        if x.Hi <= 0.0 then
            ofFloat (Exact.log x.Hi)
        elif Double.IsFinite x.Hi then
            // The square of Lo / Hi is below 2^-106.
            add (Exact.logPair x.Hi) (ofFloat (x.Lo / x.Hi))
        else
            x

    /// log(1 + x), with its relative digits near 0.
    let log1p x =
        if abs x.Hi < 1.0e-12 then
            // x - x^2/2 + x^3/3
            let third = mul x (ofFloat (1.0 / 3.0))
            mul x (add one (mul x (add (ofFloat -0.5) third)))
        else
            log (add one x)

    let sqrt x =
        let root = Math.Sqrt x.Hi

        if root > 0.0 && Double.IsFinite root then
            let rest = subtract x (mul (ofFloat root) (ofFloat root))
            quick root (rest.Hi / (2.0 * root))
        else
            ofFloat root
