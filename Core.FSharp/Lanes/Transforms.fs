namespace Initializers.Kernels

open Lane

/// Maps words to values, with each formula written once for every lane width. Uses only operations that every device rounds
/// in the same way: fma, products that no addition follows, integer operations, comparisons and selects.
module Transforms =
    /// s = (2 (w >> 8) + 1 - 2^24) 2^-24, an odd multiple of 2^-24 in (-1, 1): smallest -1 + 2^-24, largest 1 - 2^-24.
    /// Exact, and s(~w) = -s(w). Uses the upper 24 bits of the word.
    let inline symmetric (w: ^W) : ^R =
        let odd = or' (shiftRight w 7) (word 1u)
        mul (signedToReal (sub odd (word 0x1000000u))) (splat 5.9604644775390625e-08f)

    /// A word's tail: v = 2 m + 1 for m = min(w, ~w), so that the tail probability is v 2^-33; its leading zeros, which
    /// are the octave (on lanes that look up the near ones alone, of those); and ~w, whose highest bit is the side.
    let inline private tail (w: ^W) : struct (^W * ^W * ^W) =
        let complement = xor w (word 0xFFFFFFFFu)
        let v = or' (shiftLeft (min w complement) 1) (word 1u)
        struct (v, nearLeadingZeros v, complement)

    /// c7 y^6 + ... + c1 by Horner's rule.
    let inline private horner (y: ^R) ([<InlineIfLambda>] coefficient: int -> ^R) : ^R =
        fma (coefficient 7) y (coefficient 6)
        |> fun q -> fma q y (coefficient 5)
        |> fun q -> fma q y (coefficient 4)
        |> fun q -> fma q y (coefficient 3)
        |> fun q -> fma q y (coefficient 2)
        |> fun q -> fma q y (coefficient 1)

    /// The quantile at (w + 1/2) 2^-32 of a distribution symmetric about 0, by octaves of the tail probability. Uses no
    /// logarithm, root, division or branch.
    ///
    /// In octave e >= 1 the variable is y = v 2^e / 2^31 - 3/2 in (-1/2, 1/2) and r = 1; next to the median (e = 0) it is
    /// y = a^2 - 1/2 with a = (2^32 - v) 2^-31 the distance from the median, and r = a. Then |z| = r c0 + r y q(y), q of
    /// degree 6, and the side gives the sign, so z(~w) = -z(w).
    ///
    /// `coefficient` looks one up by power and octave.
    let inline symmetricQuantile ([<InlineIfLambda>] coefficient: int -> ^W -> ^R) (w: ^W) : ^R =
        let struct (v, e, complement) = tail w
        // All ones in the octave next to the median.
        let median = signMask v
        let g = sub (xor (shiftLeftBy v e) median) median
        let a: ^R = mul (unsignedToReal g) (splat 4.656612873077392578125e-10f)
        // a where the median's octave is, else 1.
        let r: ^R = real (select median (bits a) (word 0x3F800000u))
        // -1/2 or -3/2.
        let y = fma a r (real (select median (word 0xBF000000u) (word 0xBFC00000u)))
        let q = horner y (fun power -> coefficient power e)
        let z: ^R = fma r (coefficient 0 e) (mul (mul r y) q)
        real (orAnd (bits z) complement (word 0x80000000u))

    /// The quantile at (w + 1/2) 2^-32 of any distribution whose sides meet at word `split`. On a side n counts the words
    /// from that side's end. Below 2^31 the slot is the octave of v = 2 n + 1, the last two octaves' words sharing slot 30;
    /// from 2^31 on it is slot 31. There y = v 2^e / 2^31 - 3/2, or n / 2^31 - 3/2, and the value is c0 + y q(y), signs
    /// included.
    ///
    /// `coefficient` looks one up by power, slot and side.
    let inline twoSidedQuantile ([<InlineIfLambda>] coefficient: int -> ^W -> ^W -> ^R) (split: ^W) (w: ^W) : ^R =
        let side = notBelow w split
        let n = xor w side
        let beyondHalf = signMask n
        let v = or' (shiftLeft n 1) (word 1u)
        let e = min (leadingZeros v) (word 30u)
        let slot = orAnd e beyondHalf (word 31u)
        let g = select beyondHalf n (shiftLeftBy v e)
        let a: ^R = mul (unsignedToReal g) (splat 4.656612873077392578125e-10f)
        let y = fma a (splat 1.0f) (splat -1.5f)
        let q = horner y (fun power -> coefficient power slot side)
        fma y q (coefficient 0 slot side)

    /// A distribution by the quantile of its standard form: value * scale + location.
    let inline scaled (location: ^R) (scale: ^R) (value: ^R) : ^R = fma value scale location

    /// As scaled, on the open interval that `least` and `greatest` bound from inside.
    let inline bounded (location: ^R) (scale: ^R) (least: ^R) (greatest: ^R) (value: ^R) : ^R =
        scaled location scale value |> atLeast least |> atMost greatest

    /// float32 bits to a word whose upper half is bfloat16 bits, to nearest even. Finite values only.
    let inline toBFloat16Above (x: ^W) : ^W =
        let odd = and' (shiftRight x 16) (word 1u)
        add x (add odd (word 0x7FFFu))

    /// float32 bits to bfloat16 bits, to nearest even. Finite values only.
    let inline toBFloat16 (x: ^W) : ^W = shiftRight (toBFloat16Above x) 16

    /// float32 bits to float16 bits, to nearest even, subnormals included. For |x| up to 65504.
    let inline toFloat16 (x: ^W) (_: ^R) : ^W =
        let a = and' x (word 0x7FFFFFFFu)
        // Exponent 127 becomes 15; half of the last kept place, less one for an even last place.
        let odd = and' (shiftRight a 13) (word 1u)
        let normal = shiftRight (add a (add odd (word 0xC8000FFFu))) 13
        // Below 2^-14 the last place is 2^-24, which is the last place of a float32 in [1/2, 1).
        let shifted: ^R = fma (real a) (splat 1.0f) (splat 0.5f)
        let subnormal = sub (bits shifted) (word 0x3F000000u)
        let small = signMask (sub a (word 0x38800000u))
        orAnd (select small subnormal normal) (shiftRight x 16) (word 0x8000u)
