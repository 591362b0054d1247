namespace Initializers.Kernels

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

[<Struct>]
type Real4 =
    { F4: Vector128<float32> }

    static member inline Splat(x: float32) : Real4 = { F4 = Vector128.Create x }

    static member inline Fma(a: Real4, b: Real4, c: Real4) : Real4 =
        { F4 = Fma.MultiplyAdd(a.F4, b.F4, c.F4) }

    static member inline Mul(a: Real4, b: Real4) : Real4 = { F4 = Sse.Multiply(a.F4, b.F4) }
    // maxps(x, y) is x > y ? x : y, so a bound goes first: what does not break it is kept as it is, sign of 0 included.
    static member inline AtLeast(a: Real4, least: Real4) : Real4 = { F4 = Sse.Max(least.F4, a.F4) }
    static member inline AtMost(a: Real4, greatest: Real4) : Real4 = { F4 = Sse.Min(greatest.F4, a.F4) }
    static member inline Store(a: Real4, p: nativeptr<float32>) : unit = Vector128.Store(a.F4, p)
    static member inline Load(p: nativeptr<float32>, _: Real4) : Real4 = { F4 = Vector128.Load p }

[<Struct>]
type Word4 =
    { U4: Vector128<uint32> }

    static member inline Splat(x: uint32) : Word4 = { U4 = Vector128.Create x }

    static member inline And(a: Word4, b: Word4) : Word4 =
        { U4 = Vector128.BitwiseAnd(a.U4, b.U4) }

    static member inline Or(a: Word4, b: Word4) : Word4 =
        { U4 = Vector128.BitwiseOr(a.U4, b.U4) }

    static member inline Xor(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Xor(a.U4, b.U4) }

    static member inline Select(mask: Word4, yes: Word4, no: Word4) : Word4 =
        { U4 = Sse41.BlendVariable(no.U4.AsSingle(), yes.U4.AsSingle(), mask.U4.AsSingle()).AsUInt32() }

    static member inline OrAnd(a: Word4, b: Word4, c: Word4) : Word4 =
        { U4 = Vector128.BitwiseOr(a.U4, Vector128.BitwiseAnd(b.U4, c.U4)) }

    static member inline Add(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Add(a.U4, b.U4) }
    static member inline Sub(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Subtract(a.U4, b.U4) }
    static member inline Min(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Min(a.U4, b.U4) }

    static member inline NotBelow(a: Word4, b: Word4) : Word4 =
        { U4 = Vector128.GreaterThanOrEqual(a.U4, b.U4) }

    static member inline ShiftLeft(a: Word4, n: int) : Word4 = { U4 = Vector128.ShiftLeft(a.U4, n) }

    static member inline ShiftRight(a: Word4, n: int) : Word4 =
        { U4 = Vector128.ShiftRightLogical(a.U4, n) }

    static member inline SignMask(a: Word4) : Word4 =
        { U4 = Vector128.ShiftRightArithmetic(a.U4.AsInt32(), 31).AsUInt32() }

    static member inline ShiftLeftBy(a: Word4, n: Word4) : Word4 =
        { U4 = Avx2.ShiftLeftLogicalVariable(a.U4, n.U4) }

    /// For a word that is not 0: the exponent of its conversion, once the bit below the highest is cleared so that
    /// rounding cannot carry into the next power of two. A word with bit 31 set is negative there and is masked to 0.
    static member inline LeadingZeros(a: Word4) : Word4 =
        let clear = Vector128.AndNot(a.U4, Vector128.ShiftRightLogical(a.U4, 1))

        let exponent =
            Vector128.ShiftRightLogical(Sse2.ConvertToVector128Single(clear.AsInt32()).AsUInt32(), 23)

        { U4 = Vector128.AndNot(Vector128.Subtract(Vector128.Create 158u, exponent), (Word4.SignMask a).U4) }

    static member inline NearLeadingZeros(a: Word4) : Word4 = Word4.LeadingZeros a

    static member inline UnsignedToReal(a: Word4) : Real4 = { F4 = Vector128.ConvertToSingle a.U4 }

    static member inline SignedToReal(a: Word4) : Real4 =
        { F4 = Vector128.ConvertToSingle(a.U4.AsInt32()) }

    static member inline OfReal(a: Real4) : Word4 = { U4 = a.F4.AsUInt32() }
    static member inline ToReal(a: Word4) : Real4 = { F4 = a.U4.AsSingle() }
    static member inline Load(p: nativeptr<uint32>, _: Word4) : Word4 = { U4 = Vector128.Load p }

    static member inline StoreLowerHalves(a: Word4, b: Word4, p: nativeptr<uint16>) : unit =
        Vector128.Store(Vector128.Narrow(a.U4, b.U4), p)

    static member inline StoreUpperHalves(a: Word4, b: Word4, p: nativeptr<uint16>) : unit =
        Word4.StoreLowerHalves(Word4.ShiftRight(a, 16), Word4.ShiftRight(b, 16), p)

    static member inline Lookup(t: PointerTable, power: int, octave: Word4) : Real4 =
        { F4 = Avx2.GatherVector128(NativePtr.add t.Base (power * 32), octave.U4.AsInt32(), 4uy) }

    static member inline LookupSided(t: PointerTable, power: int, octave: Word4, side: Word4) : Real4 =
        Word4.Lookup(t, power, Word4.Or(octave, Word4.And(side, Word4.Splat 256u)))

[<Struct>]
type Wide2 =
    { L2: Vector128<uint64> }

    static member inline Multiply(a: Wide2, m: uint32) : Wide2 =
        { L2 = Sse2.Multiply(a.L2.AsUInt32(), Vector128.Create(uint64 m).AsUInt32()) }

    static member inline HighXor(p: Wide2, a: Wide2, k: Wide2) : Wide2 =
        { L2 = Vector128.Xor(Vector128.ShiftRightLogical(p.L2, 32), Vector128.Xor(a.L2, k.L2)) }

    static member inline Blocks(first: uint64, _: Wide2) : Wide2 =
        { L2 = Vector128.Add(Vector128.Create first, Vector128.Create(0UL, 1UL)) }

    static member inline Splat(x: uint64, _: Wide2) : Wide2 = { L2 = Vector128.Create x }

    static member inline Upper(a: Wide2) : Wide2 =
        { L2 = Vector128.ShiftRightLogical(a.L2, 32) }

    static member inline Store(x: Wide2, y: Wide2, z: Wide2, w: Wide2, p: nativeptr<uint32>) : unit =
        let low = Vector128.Create 0xFFFFFFFFUL
        let a = Vector128.ConditionalSelect(low, x.L2, Vector128.ShiftLeft(y.L2, 32))
        let b = Vector128.ConditionalSelect(low, z.L2, Vector128.ShiftLeft(w.L2, 32))
        Vector128.Store(Sse2.UnpackLow(a, b).AsUInt32(), p)
        Vector128.Store(Sse2.UnpackHigh(a, b).AsUInt32(), NativePtr.add p 4)
