namespace Initializers.FSharp

open System

/// An unevaluated sum Hi + Lo with |Lo| at most half a unit in the last place of Hi: about 106 bits (Dekker 1971; Knuth 1969
/// for the error-free sum).
[<Struct>]
type internal DoubleDouble = { Hi: float; Lo: float }

/// Arithmetic on double-doubles from + - * / and fma.
module internal DoubleDouble =
    let fma (a: float) (b: float) (c: float) = Math.FusedMultiplyAdd(a, b, c)

    let quick (a: float) (b: float) =
        let s = a + b
        { Hi = s; Lo = b - (s - a) }

    let sum (a: float) (b: float) =
        let s = a + b
        let bb = s - a

        { Hi = s
          Lo = (a - (s - bb)) + (b - bb) }

    let ofFloat x = { Hi = x; Lo = 0.0 }
    let round p = p.Hi + p.Lo
    let negate p = { Hi = -p.Hi; Lo = -p.Lo }

    let add a b =
        let s = sum a.Hi b.Hi
        let t = sum a.Lo b.Lo
        let u = quick s.Hi (s.Lo + t.Hi)
        quick u.Hi (u.Lo + t.Lo)

    let mul a b =
        let p = a.Hi * b.Hi
        quick p (fma a.Hi b.Hi -p + fma a.Hi b.Lo (a.Lo * b.Hi))

    let div a b =
        let q0 = a.Hi / b.Hi
        let r = add a (negate (mul b (ofFloat q0)))
        let q1 = r.Hi / b.Hi
        let r = add r (negate (mul b (ofFloat q1)))
        add (quick q0 q1) (ofFloat (r.Hi / b.Hi))

    /// p * 2^k, exact unless the result is subnormal.
    let scale (k: int) p =
        let power (j: int) =
            BitConverter.Int64BitsToDouble(int64 (j + 1023) <<< 52)

        let a = k / 2
        let b = k - a

        { Hi = p.Hi * power a * power b
          Lo = p.Lo * power a * power b }
