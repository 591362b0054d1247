namespace Initializers.Files

open System
open System.Buffers.Binary
open System.Globalization
open System.Runtime.InteropServices
open Initializers.FSharp

/// Stored elements as float64. Exact, but for integers beyond 2^53, which are rounded to nearest even.
module internal ElementDecoding =
    /// The value of a small float: one bit of sign, then the exponent and the fraction, with subnormals.
    let private small (exponentBits: int) (bias: int) (fractionBits: int) (code: int) =
        let fraction = float (code &&& ((1 <<< fractionBits) - 1))
        let exponent = (code >>> fractionBits) &&& ((1 <<< exponentBits) - 1)
        let unit = Math.ScaleB(1.0, -fractionBits)

        let magnitude =
            if exponent = 0 then
                Math.ScaleB(fraction * unit, 1 - bias)
            else
                Math.ScaleB(1.0 + fraction * unit, exponent - bias)

        if code &&& 0x80 <> 0 then -magnitude else magnitude

    /// OCP's E4M3: no infinities, and one NaN a sign.
    let private e4m3 =
        lazy Array.init 256 (fun code -> if code &&& 0x7F = 0x7F then nan else small 4 7 3 code)

    /// OCP's E5M2: infinities and NaNs as in IEEE 754.
    let private e5m2 =
        lazy
            Array.init 256 (fun code ->
                match code &&& 0x7F with
                | 0x7C -> if code = 0x7C then infinity else -infinity
                | c when c > 0x7C -> nan
                | _ -> small 5 15 2 code)

    /// Noune et al. 2022 (arXiv:2206.02915): a bias greater by one, the code of -0 is the one NaN, and no infinities.
    let private fnuz exponentBits bias fractionBits =
        lazy
            Array.init 256 (fun code ->
                if code = 0x80 then
                    nan
                else
                    small exponentBits bias fractionBits code)

    let private e4m3fnuz = fnuz 4 8 3
    let private e5m2fnuz = fnuz 5 16 2

    /// OCP's E8M0: powers of two, and one NaN.
    let private e8m0 =
        lazy Array.init 256 (fun code -> if code = 255 then nan else Math.ScaleB(1.0, code - 127))

    /// All halves, which is faster than converting each.
    let private halves =
        lazy Array.init 65536 (fun code -> float32 (BitConverter.UInt16BitsToHalf(uint16 code)))

    /// Whether elements of a type have values on a line; complex ones have not, and those narrower than a byte are not
    /// unpacked.
    let isRead (stored: StoredType) =
        match stored with
        | StoredType.C64
        | StoredType.C128
        | StoredType.F4
        | StoredType.F6E2M3
        | StoredType.F6E3M2 -> false
        | _ -> true

    /// Turns elements with the most significant byte first round, in place.
    let reverse (stored: StoredType) (bytes: Span<byte>) =
        match StoredType.bits stored with
        | 16 ->
            let words = MemoryMarshal.Cast<byte, uint16> bytes
            BinaryPrimitives.ReverseEndianness(Span<uint16>.op_Implicit words, words)
        | 32 ->
            let words = MemoryMarshal.Cast<byte, uint32> bytes
            BinaryPrimitives.ReverseEndianness(Span<uint32>.op_Implicit words, words)
        | 64 ->
            let words = MemoryMarshal.Cast<byte, uint64> bytes
            BinaryPrimitives.ReverseEndianness(Span<uint64>.op_Implicit words, words)
        | _ -> ()

    /// Converts little-endian elements; `target` is as long as `bytes` has elements.
    let toFloats (stored: StoredType) (bytes: ReadOnlySpan<byte>) (target: Span<float>) =
        match stored with
        | StoredType.F64 -> MemoryMarshal.Cast<byte, float>(bytes).CopyTo target
        | StoredType.F32 ->
            let source = MemoryMarshal.Cast<byte, float32> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.F16 ->
            let source = MemoryMarshal.Cast<byte, uint16> bytes
            let table = halves.Value

            for i in 0 .. target.Length - 1 do
                target[i] <- float table[int source[i]]
        | StoredType.BF16 ->
            let source = MemoryMarshal.Cast<byte, uint16> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float (BitConverter.UInt32BitsToSingle(uint32 source[i] <<< 16))
        | StoredType.F8E4M3
        | StoredType.F8E5M2
        | StoredType.F8E4M3FNUZ
        | StoredType.F8E5M2FNUZ
        | StoredType.F8E8M0 ->
            let table =
                match stored with
                | StoredType.F8E4M3 -> e4m3.Value
                | StoredType.F8E5M2 -> e5m2.Value
                | StoredType.F8E4M3FNUZ -> e4m3fnuz.Value
                | StoredType.F8E5M2FNUZ -> e5m2fnuz.Value
                | _ -> e8m0.Value

            for i in 0 .. target.Length - 1 do
                target[i] <- table[int bytes[i]]
        | StoredType.I64 ->
            let source = MemoryMarshal.Cast<byte, int64> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.I32 ->
            let source = MemoryMarshal.Cast<byte, int32> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.I16 ->
            let source = MemoryMarshal.Cast<byte, int16> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.I8 ->
            for i in 0 .. target.Length - 1 do
                target[i] <- float (sbyte bytes[i])
        | StoredType.U64 ->
            let source = MemoryMarshal.Cast<byte, uint64> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.U32 ->
            let source = MemoryMarshal.Cast<byte, uint32> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.U16 ->
            let source = MemoryMarshal.Cast<byte, uint16> bytes

            for i in 0 .. target.Length - 1 do
                target[i] <- float source[i]
        | StoredType.U8 ->
            for i in 0 .. target.Length - 1 do
                target[i] <- float bytes[i]
        | StoredType.Bool ->
            for i in 0 .. target.Length - 1 do
                target[i] <- if bytes[i] = 0uy then 0.0 else 1.0
        | StoredType.C64
        | StoredType.C128
        | StoredType.F4
        | StoredType.F6E2M3
        | StoredType.F6E3M2 -> invalidArg (nameof stored) "elements without values on a line"

    /// The shortest text that reads back as the same element, for types that have values on a line.
    let text (stored: StoredType) (bytes: ReadOnlySpan<byte>) : string =
        let invariant = CultureInfo.InvariantCulture

        match stored with
        | StoredType.F64 -> MemoryMarshal.Read<float>(bytes).ToString invariant
        | StoredType.F32 -> MemoryMarshal.Read<float32>(bytes).ToString invariant
        | StoredType.F16 -> MemoryMarshal.Read<Half>(bytes).ToString invariant
        | StoredType.BF16 -> MemoryMarshal.Read<Initializers.BFloat16>(bytes).ToString()
        | StoredType.I64 -> MemoryMarshal.Read<int64>(bytes).ToString invariant
        | StoredType.U64 -> MemoryMarshal.Read<uint64>(bytes).ToString invariant
        // Also a byte that is no truth value.
        | StoredType.Bool -> bytes[0].ToString invariant
        | _ ->
            let value = [| 0.0 |]
            toFloats stored bytes (Span value)
            value[0].ToString invariant
