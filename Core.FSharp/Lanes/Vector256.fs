namespace Initializers.Kernels

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

[<Struct>]
type Real8 =
    { F8: Vector256<float32> }

    static member inline Splat(x: float32) : Real8 = { F8 = Vector256.Create x }

    static member inline Fma(a: Real8, b: Real8, c: Real8) : Real8 =
        { F8 = Fma.MultiplyAdd(a.F8, b.F8, c.F8) }

    static member inline Mul(a: Real8, b: Real8) : Real8 = { F8 = Avx.Multiply(a.F8, b.F8) }
    static member inline AtLeast(a: Real8, least: Real8) : Real8 = { F8 = Avx.Max(least.F8, a.F8) }
    static member inline AtMost(a: Real8, greatest: Real8) : Real8 = { F8 = Avx.Min(greatest.F8, a.F8) }
    static member inline Store(a: Real8, p: nativeptr<float32>) : unit = Vector256.Store(a.F8, p)
    static member inline Load(p: nativeptr<float32>, _: Real8) : Real8 = { F8 = Vector256.Load p }

[<Struct>]
type Word8 =
    { U8: Vector256<uint32> }

    static member inline Splat(x: uint32) : Word8 = { U8 = Vector256.Create x }

    static member inline And(a: Word8, b: Word8) : Word8 =
        { U8 = Vector256.BitwiseAnd(a.U8, b.U8) }

    static member inline Or(a: Word8, b: Word8) : Word8 =
        { U8 = Vector256.BitwiseOr(a.U8, b.U8) }

    static member inline Xor(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Xor(a.U8, b.U8) }

    static member inline Select(mask: Word8, yes: Word8, no: Word8) : Word8 =
        { U8 = Avx.BlendVariable(no.U8.AsSingle(), yes.U8.AsSingle(), mask.U8.AsSingle()).AsUInt32() }

    static member inline OrAnd(a: Word8, b: Word8, c: Word8) : Word8 =
        { U8 = Vector256.BitwiseOr(a.U8, Vector256.BitwiseAnd(b.U8, c.U8)) }

    static member inline Add(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Add(a.U8, b.U8) }
    static member inline Sub(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Subtract(a.U8, b.U8) }
    static member inline Min(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Min(a.U8, b.U8) }

    static member inline NotBelow(a: Word8, b: Word8) : Word8 =
        { U8 = Vector256.GreaterThanOrEqual(a.U8, b.U8) }

    static member inline ShiftLeft(a: Word8, n: int) : Word8 = { U8 = Vector256.ShiftLeft(a.U8, n) }

    static member inline ShiftRight(a: Word8, n: int) : Word8 =
        { U8 = Vector256.ShiftRightLogical(a.U8, n) }

    static member inline SignMask(a: Word8) : Word8 =
        { U8 = Vector256.ShiftRightArithmetic(a.U8.AsInt32(), 31).AsUInt32() }

    static member inline ShiftLeftBy(a: Word8, n: Word8) : Word8 =
        { U8 = Avx2.ShiftLeftLogicalVariable(a.U8, n.U8) }

    /// As for 128 bits.
    static member inline LeadingZeros(a: Word8) : Word8 =
        let clear = Vector256.AndNot(a.U8, Vector256.ShiftRightLogical(a.U8, 1))

        let exponent =
            Vector256.ShiftRightLogical(Avx.ConvertToVector256Single(clear.AsInt32()).AsUInt32(), 23)

        { U8 = Vector256.AndNot(Vector256.Subtract(Vector256.Create 158u, exponent), (Word8.SignMask a).U8) }

    /// Leading zeros of a word from 2^24 on, by an exact conversion of its upper 24 bits; the octaves that Lookup has.
    static member inline NearLeadingZeros(a: Word8) : Word8 =
        let upper = Vector256.ShiftRightLogical(a.U8, 8)

        let exponent =
            Vector256.ShiftRightLogical(Avx.ConvertToVector256Single(upper.AsInt32()).AsUInt32(), 23)

        { U8 = Vector256.Subtract(Vector256.Create 150u, exponent) }

    static member inline UnsignedToReal(a: Word8) : Real8 = { F8 = Vector256.ConvertToSingle a.U8 }

    static member inline SignedToReal(a: Word8) : Real8 =
        { F8 = Vector256.ConvertToSingle(a.U8.AsInt32()) }

    static member inline OfReal(a: Real8) : Word8 = { U8 = a.F8.AsUInt32() }
    static member inline ToReal(a: Word8) : Real8 = { F8 = a.U8.AsSingle() }
    static member inline Load(p: nativeptr<uint32>, _: Word8) : Word8 = { U8 = Vector256.Load p }

    static member inline StoreLowerHalves(a: Word8, b: Word8, p: nativeptr<uint16>) : unit =
        Vector256.Store(Vector256.Narrow(a.U8, b.U8), p)

    static member inline StoreUpperHalves(a: Word8, b: Word8, p: nativeptr<uint16>) : unit =
        Word8.StoreLowerHalves(Word8.ShiftRight(a, 16), Word8.ShiftRight(b, 16), p)

    /// Whether any word is among the 2^23 from an end, which octaves 0 to 7 do not hold.
    static member inline IsFar(a: Word8) : bool =
        let fromEnd = Vector256.Min(a.U8, Vector256.OnesComplement a.U8)
        Vector256.EqualsAny(Vector256.ShiftRightLogical(fromEnd, 23), Vector256<uint32>.Zero)

    /// Of octaves 0 to 7.
    static member inline Lookup(t: PointerTable, power: int, octave: Word8) : Real8 =
        { F8 = Avx2.PermuteVar8x32(Vector256.Load(NativePtr.add t.Base (power * 32)), octave.U8.AsInt32()) }

    static member inline LookupFar(t: PointerTable, power: int, octave: Word8) : Real8 =
        { F8 = Avx2.GatherVector256(NativePtr.add t.Base (power * 32), octave.U8.AsInt32(), 4uy) }

    static member inline LookupSided(t: PointerTable, power: int, octave: Word8, side: Word8) : Real8 =
        Word8.LookupFar(t, power, Word8.Or(octave, Word8.And(side, Word8.Splat 256u)))

[<Struct>]
type Wide4 =
    { L4: Vector256<uint64> }

    static member inline Multiply(a: Wide4, m: uint32) : Wide4 =
        { L4 = Avx2.Multiply(a.L4.AsUInt32(), Vector256.Create(uint64 m).AsUInt32()) }

    static member inline HighXor(p: Wide4, a: Wide4, k: Wide4) : Wide4 =
        { L4 = Vector256.Xor(Vector256.ShiftRightLogical(p.L4, 32), Vector256.Xor(a.L4, k.L4)) }

    /// Blocks in the order that one unpack of 128-bit lanes turns into the natural one.
    static member inline Blocks(first: uint64, _: Wide4) : Wide4 =
        { L4 = Vector256.Add(Vector256.Create first, Vector256.Create(0UL, 2UL, 1UL, 3UL)) }

    static member inline Splat(x: uint64, _: Wide4) : Wide4 = { L4 = Vector256.Create x }

    static member inline Upper(a: Wide4) : Wide4 =
        { L4 = Vector256.ShiftRightLogical(a.L4, 32) }

    static member inline Store(x: Wide4, y: Wide4, z: Wide4, w: Wide4, p: nativeptr<uint32>) : unit =
        let low = Vector256.Create 0xFFFFFFFFUL
        let a = Vector256.ConditionalSelect(low, x.L4, Vector256.ShiftLeft(y.L4, 32))
        let b = Vector256.ConditionalSelect(low, z.L4, Vector256.ShiftLeft(w.L4, 32))
        Vector256.Store(Avx2.UnpackLow(a, b).AsUInt32(), p)
        Vector256.Store(Avx2.UnpackHigh(a, b).AsUInt32(), NativePtr.add p 8)
