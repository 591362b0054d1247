namespace Initializers.Kernels

open Lane

/// 64-bit words to float64 values, each formula written once for every lane width, of the operations that Transforms
/// keeps to. A word W is an element's usual word above its companion, W = w 2^32 + w', so that a float64 is the float32 of
/// the same element with more digits.
module Transforms64 =
    /// s = (2 (W >> 11) + 1 - 2^53) 2^-53, an odd multiple of 2^-53 in (-1, 1). Exact, and s(~W) = -s(W).
    let inline symmetric (w: ^W) : ^R =
        let odd = or' (shiftRight w 10) (word64 1UL)
        mul (signedToReal (sub odd (word64 0x20000000000000UL))) (splat64 1.1102230246251565e-16)

    /// c17 y^16 + ... + c1 by Horner's rule.
    let inline private horner (y: ^R) ([<InlineIfLambda>] coefficient: int -> ^R) : ^R =
        fma (coefficient 17) y (coefficient 16)
        |> fun q -> fma q y (coefficient 15)
        |> fun q -> fma q y (coefficient 14)
        |> fun q -> fma q y (coefficient 13)
        |> fun q -> fma q y (coefficient 12)
        |> fun q -> fma q y (coefficient 11)
        |> fun q -> fma q y (coefficient 10)
        |> fun q -> fma q y (coefficient 9)
        |> fun q -> fma q y (coefficient 8)
        |> fun q -> fma q y (coefficient 7)
        |> fun q -> fma q y (coefficient 6)
        |> fun q -> fma q y (coefficient 5)
        |> fun q -> fma q y (coefficient 4)
        |> fun q -> fma q y (coefficient 3)
        |> fun q -> fma q y (coefficient 2)
        |> fun q -> fma q y (coefficient 1)

    /// The quantile at (W + 1/2) 2^-64 of a distribution symmetric about 0: Transforms.symmetricQuantile in 64 octaves of
    /// degree 17. The variable's only rounding is the conversion of v 2^e (next to the median 2^64 - v) to float64, to
    /// nearest: a = v 2^e / 2^63 is within 2^-53 of its value, and a - 3/2 is exact.
    ///
    /// `coefficient` looks one up by power and octave.
    let inline symmetricQuantile ([<InlineIfLambda>] coefficient: int -> ^W -> ^R) (w: ^W) : ^R =
        let complement = xor w (word64 0xFFFFFFFFFFFFFFFFUL)
        let v = or' (shiftLeft (min w complement) 1) (word64 1UL)
        let e = leadingZeros v
        // All ones in the octave next to the median.
        let median = signMask v
        let g = sub (xor (shiftLeftBy v e) median) median
        let a: ^R = mul (unsignedToReal g) (splat64 1.0842021724855044e-19)

        // a where the median's octave is, else 1.
        let r: ^R = real (select median (bits a) (word64 0x3FF0000000000000UL))
        // -1/2 or -3/2.
        let y =
            fma a r (real (select median (word64 0xBFE0000000000000UL) (word64 0xBFF8000000000000UL)))

        let q = horner y (fun power -> coefficient power e)
        let z = fma r (coefficient 0 e) (mul (mul r y) q)
        real (orAnd (bits z) complement (word64 0x8000000000000000UL))

    /// The quantile at (W + 1/2) 2^-64 of any distribution whose sides meet at word `split`: Transforms.twoSidedQuantile
    /// with slots 0 to 61 for octaves, 62 for the two outermost words, and 63 for tail probabilities above 1/2.
    /// `coefficient` looks one up by power, slot and side.
    let inline twoSidedQuantile ([<InlineIfLambda>] coefficient: int -> ^W -> ^W -> ^R) (split: ^W) (w: ^W) : ^R =
        let side = notBelow w split
        let n = xor w side
        let beyondHalf = signMask n
        let v = or' (shiftLeft n 1) (word64 1UL)
        let e = min (leadingZeros v) (word64 62UL)
        let slot = orAnd e beyondHalf (word64 63UL)
        let g = select beyondHalf n (shiftLeftBy v e)
        let a: ^R = mul (unsignedToReal g) (splat64 1.0842021724855044e-19)
        let y = fma a (splat64 1.0) (splat64 -1.5)
        let q = horner y (fun power -> coefficient power slot side)
        fma y q (coefficient 0 slot side)
