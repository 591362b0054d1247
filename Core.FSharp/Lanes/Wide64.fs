namespace Initializers.Kernels

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

[<Struct>]
type Double8 =
    { D8: Vector512<float> }

    static member inline Splat(x: float) : Double8 = { D8 = Vector512.Create x }

    static member inline Fma(a: Double8, b: Double8, c: Double8) : Double8 =
        { D8 = Avx512F.FusedMultiplyAdd(a.D8, b.D8, c.D8) }

    static member inline Mul(a: Double8, b: Double8) : Double8 = { D8 = Avx512F.Multiply(a.D8, b.D8) }

    // A bound goes first, as with float32.
    static member inline AtLeast(a: Double8, least: Double8) : Double8 = { D8 = Avx512F.Max(least.D8, a.D8) }

    static member inline AtMost(a: Double8, greatest: Double8) : Double8 = { D8 = Avx512F.Min(greatest.D8, a.D8) }

    static member inline Store(a: Double8, p: nativeptr<float>) : unit = Vector512.Store(a.D8, p)
    static member inline Load(p: nativeptr<float>, _: Double8) : Double8 = { D8 = Vector512.Load p }

    static member inline Widen(p: nativeptr<float32>, _: Double8) : Double8 =
        { D8 = Avx512F.ConvertToVector512Double(Vector256.Load p) }

[<Struct>]
type Long8 =
    { V8: Vector512<uint64> }

    static member inline Splat(x: uint64) : Long8 = { V8 = Vector512.Create x }

    static member inline And(a: Long8, b: Long8) : Long8 =
        { V8 = Vector512.BitwiseAnd(a.V8, b.V8) }

    static member inline Or(a: Long8, b: Long8) : Long8 =
        { V8 = Vector512.BitwiseOr(a.V8, b.V8) }

    static member inline Xor(a: Long8, b: Long8) : Long8 = { V8 = Vector512.Xor(a.V8, b.V8) }

    static member inline Select(mask: Long8, yes: Long8, no: Long8) : Long8 =
        { V8 = Avx512F.TernaryLogic(mask.V8, yes.V8, no.V8, 0xCAuy) }

    static member inline OrAnd(a: Long8, b: Long8, c: Long8) : Long8 =
        { V8 = Avx512F.TernaryLogic(a.V8, b.V8, c.V8, 0xF8uy) }

    static member inline Sub(a: Long8, b: Long8) : Long8 = { V8 = Vector512.Subtract(a.V8, b.V8) }
    static member inline Min(a: Long8, b: Long8) : Long8 = { V8 = Avx512F.Min(a.V8, b.V8) }

    static member inline NotBelow(a: Long8, b: Long8) : Long8 =
        { V8 = Vector512.GreaterThanOrEqual(a.V8, b.V8) }

    static member inline ShiftLeft(a: Long8, n: int) : Long8 = { V8 = Vector512.ShiftLeft(a.V8, n) }

    static member inline ShiftRight(a: Long8, n: int) : Long8 =
        { V8 = Vector512.ShiftRightLogical(a.V8, n) }

    static member inline SignMask(a: Long8) : Long8 =
        { V8 = Vector512.ShiftRightArithmetic(a.V8.AsInt64(), 63).AsUInt64() }

    static member inline ShiftLeftBy(a: Long8, n: Long8) : Long8 =
        { V8 = Avx512F.ShiftLeftLogicalVariable(a.V8, n.V8) }

    static member inline LeadingZeros(a: Long8) : Long8 = { V8 = Avx512CD.LeadingZeroCount a.V8 }

    static member inline UnsignedToReal(a: Long8) : Double8 =
        { D8 = Avx512DQ.ConvertToVector512Double a.V8 }

    static member inline SignedToReal(a: Long8) : Double8 =
        { D8 = Avx512DQ.ConvertToVector512Double(a.V8.AsInt64()) }

    static member inline OfReal(a: Double8) : Long8 = { V8 = a.D8.AsUInt64() }
    static member inline ToReal(a: Long8) : Double8 = { D8 = a.V8.AsDouble() }

    static member inline Load(p: nativeptr<uint32>, q: nativeptr<uint32>, _: Long8) : Long8 =
        let words = Avx512F.ConvertToVector512UInt64(Vector256.Load p)
        let companions = Avx512F.ConvertToVector512UInt64(Vector256.Load q)
        { V8 = Vector512.BitwiseOr(Vector512.ShiftLeft(words, 32), companions) }

    /// Whether any word is among the 2^48 from an end, which octaves 0 to 14 do not hold.
    static member inline IsFar(a: Long8) : bool =
        let fromEnd = Avx512F.Min(a.V8, Vector512.OnesComplement a.V8)
        Vector512.LessThanAny(fromEnd, Vector512.Create 0x1000000000000UL)

    /// The low four bits of an octave are its place among the near ones; slot 63 takes the last.
    static member inline Lookup(t: PointerTable64, power: int, octave: Long8) : Double8 =
        let p = NativePtr.add t.Near (power * 16)
        { D8 = Avx512F.PermuteVar8x64x2(Vector512.Load p, octave.V8.AsInt64(), Vector512.Load(NativePtr.add p 8)) }

    static member inline LookupFar(t: PointerTable64, power: int, octave: Long8) : Double8 =
        let p = NativePtr.add t.All (power * 64)
        let index = octave.V8.AsInt64()

        { D8 =
            Vector512.Create(
                Avx2.GatherVector256(p, index.GetLower(), 8uy),
                Avx2.GatherVector256(p, index.GetUpper(), 8uy)
            ) }

    static member inline LookupSided(t: PointerTable64, power: int, octave: Long8, side: Long8) : Double8 =
        let lower = Long8.Lookup(t, power, octave)

        let other =
            { t with
                Near = NativePtr.add t.Near 288 }

        let upper = Long8.Lookup(other, power, octave)
        { D8 = Vector512.ConditionalSelect(side.V8.AsDouble(), upper.D8, lower.D8) }

    static member inline LookupSidedFar(t: PointerTable64, power: int, octave: Long8, side: Long8) : Double8 =
        Long8.LookupFar(t, power, Long8.Or(octave, Long8.And(side, Long8.Splat 1152UL)))

[<Struct>]
type Double4 =
    { D4: Vector256<float> }

    static member inline Splat(x: float) : Double4 = { D4 = Vector256.Create x }

    static member inline Fma(a: Double4, b: Double4, c: Double4) : Double4 =
        { D4 = Fma.MultiplyAdd(a.D4, b.D4, c.D4) }

    static member inline Mul(a: Double4, b: Double4) : Double4 = { D4 = Avx.Multiply(a.D4, b.D4) }
    static member inline AtLeast(a: Double4, least: Double4) : Double4 = { D4 = Avx.Max(least.D4, a.D4) }
    static member inline AtMost(a: Double4, greatest: Double4) : Double4 = { D4 = Avx.Min(greatest.D4, a.D4) }
    static member inline Store(a: Double4, p: nativeptr<float>) : unit = Vector256.Store(a.D4, p)
    static member inline Load(p: nativeptr<float>, _: Double4) : Double4 = { D4 = Vector256.Load p }

    static member inline Widen(p: nativeptr<float32>, _: Double4) : Double4 =
        { D4 = Avx.ConvertToVector256Double(Vector128.Load p) }

[<Struct>]
type Long4 =
    { V4: Vector256<uint64> }

    static member inline Splat(x: uint64) : Long4 = { V4 = Vector256.Create x }

    static member inline And(a: Long4, b: Long4) : Long4 =
        { V4 = Vector256.BitwiseAnd(a.V4, b.V4) }

    static member inline Or(a: Long4, b: Long4) : Long4 =
        { V4 = Vector256.BitwiseOr(a.V4, b.V4) }

    static member inline Xor(a: Long4, b: Long4) : Long4 = { V4 = Vector256.Xor(a.V4, b.V4) }

    static member inline Select(mask: Long4, yes: Long4, no: Long4) : Long4 =
        { V4 = Avx.BlendVariable(no.V4.AsDouble(), yes.V4.AsDouble(), mask.V4.AsDouble()).AsUInt64() }

    static member inline OrAnd(a: Long4, b: Long4, c: Long4) : Long4 =
        { V4 = Vector256.BitwiseOr(a.V4, Vector256.BitwiseAnd(b.V4, c.V4)) }

    static member inline Sub(a: Long4, b: Long4) : Long4 = { V4 = Vector256.Subtract(a.V4, b.V4) }
    static member inline Min(a: Long4, b: Long4) : Long4 = { V4 = Vector256.Min(a.V4, b.V4) }

    static member inline NotBelow(a: Long4, b: Long4) : Long4 =
        { V4 = Vector256.GreaterThanOrEqual(a.V4, b.V4) }

    static member inline ShiftLeft(a: Long4, n: int) : Long4 = { V4 = Vector256.ShiftLeft(a.V4, n) }

    static member inline ShiftRight(a: Long4, n: int) : Long4 =
        { V4 = Vector256.ShiftRightLogical(a.V4, n) }

    /// AVX2 has no arithmetic shift of 64 bits, but the comparison with 0.
    static member inline SignMask(a: Long4) : Long4 =
        { V4 = Vector256.LessThan(a.V4.AsInt64(), Vector256<int64>.Zero).AsUInt64() }

    static member inline ShiftLeftBy(a: Long4, n: Long4) : Long4 =
        { V4 = Avx2.ShiftLeftLogicalVariable(a.V4, n.V4) }

    /// Both halves are exact as the low digits of 2^84 + high 2^32 and 2^52 + low; the one rounding is that of their sum.
    static member inline UnsignedToReal(a: Long4) : Double4 =
        let high =
            Vector256.BitwiseOr(Vector256.ShiftRightLogical(a.V4, 32), Vector256.Create 0x4530000000000000UL)

        let low =
            Vector256.BitwiseOr(
                Vector256.BitwiseAnd(a.V4, Vector256.Create 0xFFFFFFFFUL),
                Vector256.Create 0x4330000000000000UL
            )

        // 2^84 + 2^52
        let both = Vector256.Create(0x4530000000100000UL).AsDouble()
        { D4 = Avx.Add(Avx.Subtract(high.AsDouble(), both), low.AsDouble()) }

    /// For a word that is not 0: the exponent of its conversion, once the bit below the highest is cleared so that
    /// rounding cannot carry into the next power of two.
    static member inline LeadingZeros(a: Long4) : Long4 =
        let clear = Vector256.AndNot(a.V4, Vector256.ShiftRightLogical(a.V4, 1))

        let exponent =
            Vector256.ShiftRightLogical((Long4.UnsignedToReal { V4 = clear }).D4.AsUInt64(), 52)

        { V4 = Vector256.Subtract(Vector256.Create 1086UL, exponent) }

    /// UnsignedToReal with the sign bit turned round, which adds 2^63.
    static member inline SignedToReal(a: Long4) : Double4 =
        let high =
            Vector256.BitwiseOr(
                Vector256.ShiftRightLogical(Vector256.Xor(a.V4, Vector256.Create 0x8000000000000000UL), 32),
                Vector256.Create 0x4530000000000000UL
            )

        let low =
            Vector256.BitwiseOr(
                Vector256.BitwiseAnd(a.V4, Vector256.Create 0xFFFFFFFFUL),
                Vector256.Create 0x4330000000000000UL
            )

        // 2^84 + 2^63 + 2^52
        let both = Vector256.Create(0x4530000080100000UL).AsDouble()
        { D4 = Avx.Add(Avx.Subtract(high.AsDouble(), both), low.AsDouble()) }

    static member inline OfReal(a: Double4) : Long4 = { V4 = a.D4.AsUInt64() }
    static member inline ToReal(a: Long4) : Double4 = { D4 = a.V4.AsDouble() }

    static member inline Load(p: nativeptr<uint32>, q: nativeptr<uint32>, _: Long4) : Long4 =
        let words = Avx2.ConvertToVector256Int64(Vector128.Load p).AsUInt64()
        let companions = Avx2.ConvertToVector256Int64(Vector128.Load q).AsUInt64()
        { V4 = Vector256.BitwiseOr(Vector256.ShiftLeft(words, 32), companions) }

    /// Four loads, since a gather takes longer (Zen 3: 1.7 times in all).
    static member inline Lookup(t: PointerTable64, power: int, octave: Long4) : Double4 =
        let p = NativePtr.add t.All (power * 64)
        let o = octave.V4.AsInt64()

        { D4 =
            Vector256.Create(
                NativePtr.get p (int (o.GetElement 0)),
                NativePtr.get p (int (o.GetElement 1)),
                NativePtr.get p (int (o.GetElement 2)),
                NativePtr.get p (int (o.GetElement 3))
            ) }

    static member inline LookupSided(t: PointerTable64, power: int, octave: Long4, side: Long4) : Double4 =
        Long4.Lookup(t, power, Long4.Or(octave, Long4.And(side, Long4.Splat 1152UL)))
