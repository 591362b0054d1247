namespace Initializers.FSharp

open System

/// Elementary functions in float64 from + - * / sqrt and fma alone.
///
/// The platform's Math.Exp, Log and Pow give other last bits when the C library picks another variant for the
/// processor, so a number that ends in a tensor's bits comes from here. Everything is computed in double-double
/// arithmetic and rounded once, so results are correctly rounded except for near-ties below 2^-95 (subnormal results: within
/// 1 ulp). Speed does not matter: a tensor asks once.
[<RequireQualifiedAccess>]
module internal Exact =
    open DoubleDouble

    let private ln2 =
        { Hi = 0.69314718055994530942
          Lo = 2.3190468138462996e-17 }

    let pi =
        { Hi = 3.141592653589793116
          Lo = 1.2246467991473532e-16 }

    /// exp - 1 of a small pair, |hi| below 0.35: divide by 2^6, sum Taylor's series and square back.
    let expm1Small x =
        let r = scale -6 x

        // expm1 keeps the small part's bits through the six squarings: (1 + e)^2 - 1 = e (2 + e).
        let mutable term = r
        let mutable total = r

        for i in 2..14 do
            term <- div (mul term r) (ofFloat (float i))
            total <- add total term

        for _ in 1..6 do
            total <- mul total (add total (ofFloat 2.0))

        total

    /// exp of a pair with |hi| < 1100: reduce by ln 2, then take the series.
    /// The exponent is returned apart so that a caller may still multiply before it overflows.
    let expParts x =
        let k = Math.Round(x.Hi / ln2.Hi)
        let r = add x (negate (mul ln2 (ofFloat k)))
        struct (add (expm1Small r) (ofFloat 1.0), int k)

    /// exp of a pair.
    let expPair x =
        if x.Hi > 709.79 then
            ofFloat Double.PositiveInfinity
        elif x.Hi < -745.2 then
            ofFloat 0.0
        else
            let struct (m, k) = expParts x
            // Round before scaling into the subnormals, so that there is one rounding in the normal range.
            scale k m

    /// 1, 1/3, 1/5 and so on.
    let private oddInverses =
        Array.init 22 (fun i -> div (ofFloat 1.0) (ofFloat (float (2 * i + 1))))

    /// A positive finite float64 as 2^e m, m in [sqrt 1/2, sqrt 2): e, and log m = 2 atanh((m - 1) / (m + 1)).
    let private logParts (x: float) : struct (float * DoubleDouble) =
        let bits0 = BitConverter.DoubleToInt64Bits x
        let subnormal = (bits0 >>> 52) = 0L
        let y = if subnormal then x * 18014398509481984.0 else x // 2^54
        let bits = BitConverter.DoubleToInt64Bits y
        let e0 = int (bits >>> 52) - 1023 - (if subnormal then 54 else 0)

        let m0 =
            BitConverter.Int64BitsToDouble((bits &&& 0x000FFFFFFFFFFFFFL) ||| 0x3FF0000000000000L)

        let high = m0 > 1.4142135623730951
        let m = if high then 0.5 * m0 else m0
        let e = if high then e0 + 1 else e0
        let s = div (ofFloat (m - 1.0)) (sum m 1.0)
        let s2 = mul s s

        // |s| < 0.1716, so 21 terms leave less than 2^-110.
        let mutable series = ofFloat 0.0

        for i in 21..-1..0 do
            series <- add (mul series s2) oddInverses[i]

        struct (float e, scale 1 (mul s series))

    let logPair (x: float) : DoubleDouble =
        let struct (e, log) = logParts x
        add (mul ln2 (ofFloat e)) log

    /// e^x. Overflows to infinity above 709.79, underflows to 0 below -745.2; NaN stays NaN.
    [<CompiledName "Exp">]
    let exp (x: float) : float =
        if Double.IsNaN x then x
        elif Double.IsInfinity x then (if x > 0.0 then x else 0.0)
        else round (expPair (ofFloat x))

    /// The natural logarithm. log 0 = -infinity; NaN below 0.
    [<CompiledName "Log">]
    let log (x: float) : float =
        if Double.IsNaN x || x < 0.0 then Double.NaN
        elif x = 0.0 then Double.NegativeInfinity
        elif Double.IsPositiveInfinity x then x
        else round (logPair x)

    /// The logarithm to base 2, a whole number for a power of two. log2 0 = -infinity; NaN below 0.
    [<CompiledName "Log2">]
    let log2 (x: float) : float =
        if Double.IsNaN x || x < 0.0 then
            Double.NaN
        elif x = 0.0 then
            Double.NegativeInfinity
        elif Double.IsPositiveInfinity x then
            x
        else
            let struct (e, log) = logParts x
            round (add (ofFloat e) (div log ln2))

    /// x^y. x^0 = 1, 0^y = 0 for y > 0 and infinity for y < 0; NaN for x < 0 unless y is whole, or for a NaN operand.
    /// y = 1, 2 and 1/2 use the correctly rounded operation itself.
    [<CompiledName "Pow">]
    let rec pow (x: float) (y: float) : float =
        if Double.IsNaN x || Double.IsNaN y then
            Double.NaN
        elif x < 0.0 then
            // A whole power of a negative number has the sign of the power's parity.
            if Math.Truncate y <> y || Double.IsInfinity y then
                Double.NaN
            elif Math.IEEERemainder(y, 2.0) = 0.0 then
                pow -x y
            else
                -(pow -x y)
        elif y = 0.0 || x = 1.0 then
            1.0
        elif y = 1.0 then
            x
        elif y = 2.0 then
            x * x
        elif y = 0.5 then
            Math.Sqrt x
        elif x = 0.0 then
            (if y > 0.0 then 0.0 else Double.PositiveInfinity)
        elif Double.IsPositiveInfinity x then
            (if y > 0.0 then x else 0.0)
        elif Double.IsInfinity y then
            (if (x > 1.0) = (y > 0.0) then
                 Double.PositiveInfinity
             else
                 0.0)
        else
            let l = logPair x

            if abs (l.Hi * y) > 1.0e4 then
                (if (l.Hi > 0.0) = (y > 0.0) then
                     Double.PositiveInfinity
                 else
                     0.0)
            else
                round (expPair (mul l (ofFloat y)))

    /// log(1 + x) for x > -1, with full relative precision near 0.
    [<CompiledName "Log1p">]
    let log1p (x: float) : float =
        let y = 1.0 + x
        // The rounding of 1 + x is undone to first order.
        if y = 1.0 then x else log y + (x - (y - 1.0)) / y

    /// The sine of x radians; NaN for an infinite x.
    [<CompiledName "Sin">]
    let sin (x: float) : float = ExactAngles.sin x

    /// The cosine of x radians; NaN for an infinite x.
    [<CompiledName "Cos">]
    let cos (x: float) : float = ExactAngles.cos x

    /// cos and sin of an angle of at most pi/4, by Taylor's series. Bits of STFT kernels come from its very operations.
    let private cosSin (x: DoubleDouble) : struct (DoubleDouble * DoubleDouble) =
        let square = mul x x

        // 15 terms after the first leave less than 2^-110.
        let series first (factor: int -> int) =
            let mutable term = first
            let mutable total = first

            for i in 1..15 do
                term <- negate (div (mul term square) (ofFloat (float (factor i))))
                total <- add total term

            total

        struct (series (ofFloat 1.0) (fun i -> (2 * i - 1) * (2 * i)), series x (fun i -> (2 * i) * (2 * i + 1)))

    /// cos and sin of d/(4q) of a turn, |d| <= q/2.
    let private eighth (d: int64) (q: int64) : struct (float * float) =
        let struct (c, s) =
            cosSin (mul (scale -1 pi) (div (ofFloat (float d)) (ofFloat (float q))))

        struct (round c, round s)

    /// cos and sin of p/q of a turn. What is left of the nearest quarter is an integer, so that symmetries are exact.
    let private turn (p: int64) (q: int64) : struct (float * float) =
        if q < 1L || q > 9007199254740992L then
            struct (Double.NaN, Double.NaN)
        else
            let r = (p % q + q) % q
            let quarter = (8L * r + q) / (2L * q)
            let struct (c, s) = eighth (4L * r - quarter * q) q

            match quarter % 4L with
            | 0L -> struct (c, s)
            | 1L -> struct (-s, c)
            | 2L -> struct (-c, -s)
            | _ -> struct (s, -c)

    /// The cosine of p/q of a turn, 2 pi p/q, for q from 1 to 2^53; NaN for another q. A zero is +0.
    [<CompiledName "CosTurn">]
    let cosTurn (p: int64) (q: int64) : float =
        let struct (c, _) = turn p q
        c + 0.0

    /// The sine of p/q of a turn, 2 pi p/q, for q from 1 to 2^53; NaN for another q. A zero is +0.
    [<CompiledName "SinTurn">]
    let sinTurn (p: int64) (q: int64) : float =
        let struct (_, s) = turn p q
        s + 0.0

    /// The tangent of pi x as a double-double, |x| <= 1/4.
    let private tanPiPair (x: float) : DoubleDouble =
        let struct (c, s) = cosSin (mul pi (ofFloat x))
        div s c

    /// The tangent of pi x for x in [-1/2, 1/2]: infinite at the ends, NaN outside.
    let tanPi (x: float) : float =
        let away = 0.5 - abs x

        if not (away >= 0.0) then
            Double.NaN
        elif away >= 0.25 then
            round (tanPiPair x)
        elif away = 0.0 then
            Math.CopySign(Double.PositiveInfinity, x)
        else
            // 1/2 - |x| is exact here (Sterbenz 1974).
            Math.CopySign(round (div (ofFloat 1.0) (tanPiPair away)), x)

    /// The angle in half turns whose tangent is x, atan(x)/pi, in [-1/2, 1/2], by Newton's steps.
    let rec atanPi (x: float) : float =
        if Double.IsNaN x then
            x
        elif abs x > 1.0 then
            Math.CopySign(0.5, x) - atanPi (1.0 / x)
        else
            let mutable angle = 0.25 * x

            for _ in 1..6 do
                let t = tanPi angle
                angle <- angle - (t - x) / (pi.Hi * (1.0 + t * t))

            angle
