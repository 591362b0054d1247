namespace Initializers.FSharp

open System
open System.Numerics
open System.Runtime.InteropServices

/// <summary>An element type of eight bits. Files have it, tensors in memory do not: an element is the float32 element of the
/// same seed, rounded to the nearest value.</summary>
/// <remarks>Numbers beyond the largest value are refused, and no NaN or infinity is written. E4M3 and E5M2 are those of OCP's
/// "8-bit Floating Point Specification" (2023), the FNUZ types those of Noune et al. 2022 (arXiv:2206.02915), and E8M0 is the scale
/// of OCP's "Microscaling Formats" (2023).</remarks>
[<RequireQualifiedAccess>]
type Float8Type =
    /// <summary>float8_e4m3fn: 4 bits of exponent with bias 7, 3 of fraction; from 2^-9 to 448.</summary>
    | E4M3
    /// <summary>float8_e5m2: 5 bits of exponent with bias 15, 2 of fraction; from 2^-16 to 57344.</summary>
    | E5M2
    /// <summary>float8_e4m3fnuz: 4 bits of exponent with bias 8, 3 of fraction; from 2^-10 to 240, without -0.</summary>
    | E4M3Fnuz
    /// <summary>float8_e5m2fnuz: 5 bits of exponent with bias 16, 2 of fraction; from 2^-17 to 57344, without -0.</summary>
    | E5M2Fnuz
    /// <summary>float8_e8m0fnu: the powers of two from 2^-127 to 2^127, without 0 and negative numbers.</summary>
    | E8M0

/// A format of sign, exponent and fraction. Codes without their sign are in the order of their values.
[<Struct>]
type private Float8Layout =
    { Fraction: int
      Bias: int
      LargestCode: uint32
      HasMinusZero: bool }

/// Names, ranges and rounding of element types of eight bits.
[<RequireQualifiedAccess>]
module internal Float8 =
    /// Name in safetensors, name in PyTorch, largest value, and a sentence on it.
    let private table =
        [ Float8Type.E4M3, "F8_E4M3", "float8_e4m3fn", 448.0, "4 bits of precision, from 2^-9 to 448"
          Float8Type.E5M2, "F8_E5M2", "float8_e5m2", 57344.0, "3 bits of precision, from 2^-16 to 57344"
          Float8Type.E4M3Fnuz, "F8_E4M3FNUZ", "float8_e4m3fnuz", 240.0, "4 bits of precision, from 2^-10 to 240"
          Float8Type.E5M2Fnuz, "F8_E5M2FNUZ", "float8_e5m2fnuz", 57344.0, "3 bits of precision, from 2^-17 to 57344"
          Float8Type.E8M0,
          "F8_E8M0",
          "float8_e8m0fnu",
          Math.ScaleB(1.0, 127),
          "powers of two from 2^-127 to 2^127, for scales" ]

    let private row (format: Float8Type) =
        table |> List.find (fun (known, _, _, _, _) -> known = format)

    /// The names of PyTorch, with a sentence on each.
    let known =
        [ for _, short, long, _, text in table -> long, $"{text}; not in .npy; also {short.ToLowerInvariant()}" ]

    let tryFind (name: string) : Float8Type option =
        let is (known: string) =
            known.Equals(name, StringComparison.OrdinalIgnoreCase)

        table
        |> List.tryPick (fun (format, short, long, _, _) -> if is short || is long then Some format else None)

    /// The name in safetensors files.
    let toText format =
        let _, short, _, _, _ = row format
        short

    let largest format =
        let _, _, _, largest, _ = row format
        largest

    let private layout fraction bias largestCode hasMinusZero =
        { Fraction = fraction
          Bias = bias
          LargestCode = largestCode
          HasMinusZero = hasMinusZero }

    /// Rounds to nearest, ties to even. A number below the normal ones is added to one whose last place is that of the
    /// subnormal ones, so that the addition rounds it.
    let private signed (layout: Float8Layout) (source: ReadOnlySpan<float32>) (target: Span<byte>) : int =
        let shift = 23 - layout.Fraction
        let belowHalf = (1u <<< (shift - 1)) - 1u
        let firstNormal = uint32 (128 - layout.Bias) <<< 23
        let biases = uint32 (127 - layout.Bias) <<< layout.Fraction
        let alignedBits = uint32 (151 - layout.Bias - layout.Fraction) <<< 23
        let aligned = BitConverter.UInt32BitsToSingle alignedBits
        let largest = layout.LargestCode
        let signOfZero = if layout.HasMinusZero then 0x80u else 0u
        let mutable i = 0
        let mutable isHeld = true

        // The same in vectors, up to one with a number that the type does not hold.
        let words = MemoryMarshal.Cast<float32, Vector<uint32>> source
        let bytes = MemoryMarshal.Cast<byte, Vector<byte>> target

        let inline codeOf (word: Vector<uint32>) =
            let magnitude = word &&& Vector 0x7FFFFFFFu

            let small =
                Vector.AsVectorUInt32(Vector.AsVectorSingle magnitude + Vector aligned)
                - Vector alignedBits

            let odd = Vector.ShiftRightLogical(magnitude, shift) &&& Vector 1u

            let normal =
                Vector.ShiftRightLogical(magnitude + Vector belowHalf + odd, shift)
                - Vector biases

            Vector.ConditionalSelect(Vector.LessThan(magnitude, Vector firstNormal), small, normal)

        let inline signOf (word: Vector<uint32>) (code: Vector<uint32>) =
            Vector.ShiftRightLogical(word, 24)
            &&& Vector.ConditionalSelect(Vector.Equals(code, Vector.Zero), Vector signOfZero, Vector 0x80u)

        while isHeld && i < min (words.Length / 4) bytes.Length do
            let a, b, c, d = words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]
            let codeA, codeB, codeC, codeD = codeOf a, codeOf b, codeOf c, codeOf d

            if
                Vector.GreaterThanAny(Vector.Max(Vector.Max(codeA, codeB), Vector.Max(codeC, codeD)), Vector largest)
            then
                isHeld <- false
            else
                bytes[i] <-
                    Vector.Narrow(
                        Vector.Narrow(codeA ||| signOf a codeA, codeB ||| signOf b codeB),
                        Vector.Narrow(codeC ||| signOf c codeC, codeD ||| signOf d codeD)
                    )

                i <- i + 1

        i <- i * Vector<byte>.Count
        isHeld <- true

        while isHeld && i < source.Length do
            let word = BitConverter.SingleToUInt32Bits source[i]
            let magnitude = word &&& 0x7FFFFFFFu

            let code =
                if magnitude < firstNormal then
                    BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle magnitude + aligned)
                    - alignedBits
                else
                    ((magnitude + belowHalf + ((magnitude >>> shift) &&& 1u)) >>> shift) - biases

            if code > largest then
                isHeld <- false
            else
                let sign = (word >>> 24) &&& (if code = 0u then signOfZero else 0x80u)
                target[i] <- byte (code ||| sign)
                i <- i + 1

        if isHeld then -1 else i

    /// Rounds to the nearest power of two, 1.5 * 2^n to 2^(n+1).
    let private powers (source: ReadOnlySpan<float32>) (target: Span<byte>) : int =
        let mutable i = 0
        let mutable isHeld = true

        while isHeld && i < source.Length do
            let word = BitConverter.SingleToUInt32Bits source[i]

            // Subnormal float32 begin below 2^-126, which is code 1.
            let code =
                if word < 0x00600000u then 0u
                elif word < 0x00800000u then 1u
                else ((word >>> 22) + 1u) >>> 1

            if word = 0u || code > 254u then
                isHeld <- false
            else
                target[i] <- byte code
                i <- i + 1

        if isHeld then -1 else i

    /// Writes the code of the value nearest to each number. Returns the index of the first number that the type does not
    /// hold, where it ends, or -1.
    let encode (format: Float8Type) (source: ReadOnlySpan<float32>) (target: Span<byte>) : int =
        match format with
        | Float8Type.E4M3 -> signed (layout 3 7 0x7Eu true) source target
        | Float8Type.E5M2 -> signed (layout 2 15 0x7Bu true) source target
        | Float8Type.E4M3Fnuz -> signed (layout 3 8 0x7Fu false) source target
        | Float8Type.E5M2Fnuz -> signed (layout 2 16 0x7Fu false) source target
        | Float8Type.E8M0 -> powers source target
