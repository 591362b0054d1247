namespace Initializers.FSharp

open System

/// Elementary functions in float64 from + - * / sqrt and fma alone.
///
/// The platform's Math.Exp, Log and Pow give other last bits when the C library picks another variant for the
/// processor, so a number that ends in a tensor's bits comes from here. Everything is computed on unevaluated sums
/// of two float64 (about 106 bits; Dekker 1971, Knuth 1969 for the error-free sum) and rounded once, so results are
/// correctly rounded save for near-ties below 2^-95 (subnormal results: within 1 ulp). Speed does not matter: a tensor asks once.
[<RequireQualifiedAccess>]
module Exact =

    /// An unevaluated sum Hi + Lo with |Lo| at most half a unit in the last place of Hi.
    [<Struct>]
    type private Pair = { Hi: float; Lo: float }

    let private fma (a: float) (b: float) (c: float) = Math.FusedMultiplyAdd(a, b, c)

    let private quick (a: float) (b: float) =
        let s = a + b
        { Hi = s; Lo = b - (s - a) }

    let private sum (a: float) (b: float) =
        let s = a + b
        let bb = s - a

        { Hi = s
          Lo = (a - (s - bb)) + (b - bb) }

    let private ofFloat x = { Hi = x; Lo = 0.0 }
    let private round p = p.Hi + p.Lo
    let private negate p = { Hi = -p.Hi; Lo = -p.Lo }

    let private add a b =
        let s = sum a.Hi b.Hi
        let t = sum a.Lo b.Lo
        let u = quick s.Hi (s.Lo + t.Hi)
        quick u.Hi (u.Lo + t.Lo)

    let private mul a b =
        let p = a.Hi * b.Hi
        quick p (fma a.Hi b.Hi -p + fma a.Hi b.Lo (a.Lo * b.Hi))

    let private div a b =
        let q0 = a.Hi / b.Hi
        let r = add a (negate (mul b (ofFloat q0)))
        let q1 = r.Hi / b.Hi
        let r = add r (negate (mul b (ofFloat q1)))
        add (quick q0 q1) (ofFloat (r.Hi / b.Hi))

    /// p * 2^k, exact unless the result is subnormal.
    let private scale (k: int) p =
        let power (j: int) =
            BitConverter.Int64BitsToDouble(int64 (j + 1023) <<< 52)

        let a = k / 2
        let b = k - a

        { Hi = p.Hi * power a * power b
          Lo = p.Lo * power a * power b }

    let private ln2 =
        { Hi = 0.69314718055994530942
          Lo = 2.3190468138462996e-17 }

    let private pi =
        { Hi = 3.141592653589793116
          Lo = 1.2246467991473532e-16 }

    /// exp of a pair with |hi| < 1100: reduce by ln 2, then by 2^-6, sum Taylor's series and square back.
    /// The exponent is returned apart so that a caller may still multiply before it overflows.
    let private expParts x =
        let k = Math.Round(x.Hi / ln2.Hi)
        let r = add x (negate (mul ln2 (ofFloat k)))
        let r = scale -6 r

        // expm1 keeps the small part's bits through the six squarings: (1 + e)^2 - 1 = e (2 + e).
        let mutable term = r
        let mutable total = r

        for i in 2..14 do
            term <- div (mul term r) (ofFloat (float i))
            total <- add total term

        for _ in 1..6 do
            total <- mul total (add total (ofFloat 2.0))

        struct (add total (ofFloat 1.0), int k)

    let private expPair x =
        if x.Hi > 709.79 then
            ofFloat Double.PositiveInfinity
        elif x.Hi < -745.2 then
            ofFloat 0.0
        else
            let struct (m, k) = expParts x
            // Round before scaling into the subnormals, so that there is one rounding in the normal range.
            scale k m

    /// log of a positive finite float64: m in [sqrt 1/2, sqrt 2), log m = 2 atanh((m - 1) / (m + 1)).
    let private logPair (x: float) =
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
            series <- add (mul series s2) (div (ofFloat 1.0) (ofFloat (float (2 * i + 1))))

        add (mul ln2 (ofFloat (float e))) (scale 1 (mul s series))

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

    /// 2^shift exp(-x^2/2) / sqrt(2 pi) as a pair, for |x| <= 38.6. A shift keeps the far tail's low part away from the
    /// subnormals, where it would lose its bits.
    let private density (shift: int) (x: float) =
        let square = { Hi = x * x; Lo = fma x x -(x * x) }
        let root = Math.Sqrt(2.0 * pi.Hi)
        // One Newton step on sqrt(2 pi) brings the pair to full length.
        let residue = add (scale 1 pi) (negate (mul (ofFloat root) (ofFloat root)))
        let rootPair = quick root (residue.Hi / (2.0 * root))
        let struct (m, k) = expParts (scale -1 (negate square))
        div (scale (k + shift) m) rootPair

    /// The shift that a tail beyond x needs.
    let private shiftAt (x: float) = if x > 30.0 then 512 else 0

    /// P(0 < Z < x) for x in [0, 5]: phi(x) (x + x^3/3 + x^5/15 + ...), all terms positive (Marsaglia 2004).
    let private central (x: float) =
        let square = mul (ofFloat x) (ofFloat x)
        let mutable term = ofFloat x
        let mutable total = ofFloat x
        let mutable i = 1

        while term.Hi > 1.0e-33 * total.Hi do
            term <- div (mul term square) (ofFloat (float (2 * i + 1)))
            total <- add total term
            i <- i + 1

        mul (density 0 x) total

    /// The lower tail 2^shift P(Z < -x) for x >= 0; shift 0 for x <= 5.
    let private tail (shift: int) (x: float) =
        if x > 38.6 then
            ofFloat 0.0
        elif x <= 5.0 then
            // The pair's 106 bits leave more than 80 after the cancellation at x = 5.
            add (ofFloat 0.5) (negate (central x))
        else
            // Laplace's continued fraction of Mills' ratio, from the back: x + 1/(x + 2/(x + 3/(x + ...))).
            let mutable f = ofFloat x

            for i in 160..-1..1 do
                f <- add (ofFloat x) (div (ofFloat (float i)) f)

            div (density shift x) f

    /// The standard normal distribution function P(Z <= x), with full relative precision in the lower tail.
    [<CompiledName "NormalCdf">]
    let normalCdf (x: float) : float =
        if Double.IsNaN x then
            x
        elif x <= 0.0 then
            let shift = shiftAt -x
            Math.ScaleB(round (tail shift -x), -shift)
        else
            round (add (ofFloat 1.0) (negate (tail 0 x)))

    /// The polynomial of an octave of the normal's float64 table.
    let private tableValue (octave: int) (y: float) =
        let mutable q = NormalTable64.coefficients[17 * NormalTable64.octaves + octave]

        for power in 16..-1..0 do
            q <- fma q y NormalTable64.coefficients[power * NormalTable64.octaves + octave]

        q

    /// 2^-65, the smallest tail probability that the normal's float64 table serves.
    let private smallestTail = 2.710505431213761e-20

    /// -z for z the standard normal quantile at p in (0, 1/2): within 2e-15 of it by the table, below its last octave within
    /// 4.5e-4 (Hastings' 26.2.23).
    let private quantileStart (p: float) =
        if p >= 0.25 then
            let a = 4.0 * (0.5 - p)
            a * tableValue 0 (a * a - 0.5)
        elif p >= smallestTail then
            // a in [1, 2).
            let exponent = int (BitConverter.DoubleToInt64Bits p >>> 52) - 1023
            let octave = -2 - exponent
            tableValue octave (Math.ScaleB(p, octave + 2) - 1.5)
        else
            let t = Math.Sqrt(-2.0 * log p)

            t
            - (2.515517 + t * (0.802853 + t * 0.010328))
              / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))

    /// The standard normal quantile: the x with P(Z <= x) = p. Infinite at 0 and 1, NaN outside [0, 1].
    [<CompiledName "NormalQuantile">]
    let rec normalQuantile (p: float) : float =
        if Double.IsNaN p || p < 0.0 || p > 1.0 then
            Double.NaN
        elif p = 0.0 then
            Double.NegativeInfinity
        elif p = 1.0 then
            Double.PositiveInfinity
        elif p > 0.5 then
            // 1 - p is exact here (Sterbenz 1974).
            -(normalQuantile (1.0 - p))
        elif p = 0.5 then
            0.0
        else
            let start = quantileStart p
            let shift = shiftAt start
            let scaled = Math.ScaleB(p, shift)

            // Halley's step triples the digits (Abramowitz, Stegun 1964).
            let step (x: float) =
                let d = density shift x
                let u = round (div (add (tail shift x) (ofFloat -scaled)) d)
                x + u / (1.0 - 0.5 * x * u)

            if p >= smallestTail then
                -(step start)
            else
                -(start |> step |> step |> step)

    /// P(0 < Z < x) for x in [0, 5], with full relative precision near 0.
    [<CompiledName "NormalCentralCdf">]
    let normalCentralCdf (x: float) : float = round (central x)

    /// The standard normal quantile at 1/2 + d for d in [0, 1/4], with full relative precision near 0.
    [<CompiledName "NormalCentralQuantile">]
    let normalCentralQuantile (d: float) : float =
        let step (x: float) =
            let u = round (div (add (central x) (ofFloat -d)) (density 0 x))
            x - u / (1.0 + 0.5 * x * u)

        let a = 4.0 * d
        step (a * tableValue 0 (a * a - 0.5))

    /// log(1 + x) for x > -1, with full relative precision near 0.
    [<CompiledName "Log1p">]
    let log1p (x: float) : float =
        let y = 1.0 + x
        // The rounding of 1 + x is undone to first order.
        if y = 1.0 then x else log y + (x - (y - 1.0)) / y

    /// cos and sin of d/(4q) of a turn, |d| <= q/2, by Taylor's series of the angle.
    let private eighth (d: int64) (q: int64) : struct (float * float) =
        let x = mul (scale -1 pi) (div (ofFloat (float d)) (ofFloat (float q)))
        let square = mul x x

        // The angle is at most pi/4, so 15 terms after the first leave less than 2^-110.
        let series first (factor: int -> int) =
            let mutable term = first
            let mutable total = first

            for i in 1..15 do
                term <- negate (div (mul term square) (ofFloat (float (factor i))))
                total <- add total term

            round total

        struct (series (ofFloat 1.0) (fun i -> (2 * i - 1) * (2 * i)), series x (fun i -> (2 * i) * (2 * i + 1)))

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
