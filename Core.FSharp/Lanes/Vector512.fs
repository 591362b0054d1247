namespace Initializers.Kernels

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

[<Struct>]
type Real16 =
    { F16: Vector512<float32> }

    static member inline Splat(x: float32) : Real16 = { F16 = Vector512.Create x }

    static member inline Fma(a: Real16, b: Real16, c: Real16) : Real16 =
        { F16 = Avx512F.FusedMultiplyAdd(a.F16, b.F16, c.F16) }

    static member inline Mul(a: Real16, b: Real16) : Real16 =
        { F16 = Avx512F.Multiply(a.F16, b.F16) }

    static member inline AtLeast(a: Real16, least: Real16) : Real16 = { F16 = Avx512F.Max(least.F16, a.F16) }

    static member inline AtMost(a: Real16, greatest: Real16) : Real16 =
        { F16 = Avx512F.Min(greatest.F16, a.F16) }

    static member inline Store(a: Real16, p: nativeptr<float32>) : unit = Vector512.Store(a.F16, p)
    static member inline Load(p: nativeptr<float32>, _: Real16) : Real16 = { F16 = Vector512.Load p }

[<Struct>]
type Word16 =
    { U16: Vector512<uint32> }

    static member inline Splat(x: uint32) : Word16 = { U16 = Vector512.Create x }

    static member inline And(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.BitwiseAnd(a.U16, b.U16) }

    static member inline Or(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.BitwiseOr(a.U16, b.U16) }

    static member inline Xor(a: Word16, b: Word16) : Word16 = { U16 = Vector512.Xor(a.U16, b.U16) }

    static member inline Select(mask: Word16, yes: Word16, no: Word16) : Word16 =
        { U16 = Avx512F.TernaryLogic(mask.U16, yes.U16, no.U16, 0xCAuy) }

    static member inline OrAnd(a: Word16, b: Word16, c: Word16) : Word16 =
        { U16 = Avx512F.TernaryLogic(a.U16, b.U16, c.U16, 0xF8uy) }

    static member inline Add(a: Word16, b: Word16) : Word16 = { U16 = Vector512.Add(a.U16, b.U16) }

    static member inline Sub(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.Subtract(a.U16, b.U16) }

    static member inline Min(a: Word16, b: Word16) : Word16 = { U16 = Vector512.Min(a.U16, b.U16) }

    static member inline NotBelow(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.GreaterThanOrEqual(a.U16, b.U16) }

    static member inline ShiftLeft(a: Word16, n: int) : Word16 = { U16 = Vector512.ShiftLeft(a.U16, n) }

    static member inline ShiftRight(a: Word16, n: int) : Word16 =
        { U16 = Vector512.ShiftRightLogical(a.U16, n) }

    static member inline SignMask(a: Word16) : Word16 =
        { U16 = Vector512.ShiftRightArithmetic(a.U16.AsInt32(), 31).AsUInt32() }

    static member inline ShiftLeftBy(a: Word16, n: Word16) : Word16 =
        { U16 = Avx512F.ShiftLeftLogicalVariable(a.U16, n.U16) }

    static member inline LeadingZeros(a: Word16) : Word16 =
        { U16 = Avx512CD.LeadingZeroCount a.U16 }

    static member inline NearLeadingZeros(a: Word16) : Word16 = Word16.LeadingZeros a

    static member inline UnsignedToReal(a: Word16) : Real16 =
        { F16 = Avx512F.ConvertToVector512Single a.U16 }

    static member inline SignedToReal(a: Word16) : Real16 =
        { F16 = Avx512F.ConvertToVector512Single(a.U16.AsInt32()) }

    static member inline OfReal(a: Real16) : Word16 = { U16 = a.F16.AsUInt32() }
    static member inline ToReal(a: Word16) : Real16 = { F16 = a.U16.AsSingle() }
    static member inline Load(p: nativeptr<uint32>, _: Word16) : Word16 = { U16 = Vector512.Load p }

    // A permutation, since vpmovdw to memory is microcoded and stalls the table's loads behind it (Zen 5: 3 times slower).
    static member inline StoreLowerHalves(a: Word16, b: Word16, p: nativeptr<uint16>) : unit =
        let even =
            Vector512.Create(0x0002_0000u)
            + Vector512<uint32>.Indices * Vector512.Create(0x0004_0004u)

        Vector512.Store(Avx512BW.PermuteVar32x16x2(a.U16.AsUInt16(), even.AsUInt16(), b.U16.AsUInt16()), p)

    static member inline StoreUpperHalves(a: Word16, b: Word16, p: nativeptr<uint16>) : unit =
        let odd =
            Vector512.Create(0x0003_0001u)
            + Vector512<uint32>.Indices * Vector512.Create(0x0004_0004u)

        Vector512.Store(Avx512BW.PermuteVar32x16x2(a.U16.AsUInt16(), odd.AsUInt16(), b.U16.AsUInt16()), p)

    static member inline Lookup(t: PointerTable, power: int, octave: Word16) : Real16 =
        let p = NativePtr.add t.Base (power * 32)
        { F16 = Avx512F.PermuteVar16x32x2(Vector512.Load p, octave.U16.AsInt32(), Vector512.Load(NativePtr.add p 16)) }

    static member inline LookupSided(t: PointerTable, power: int, octave: Word16, side: Word16) : Real16 =
        let lower = Word16.Lookup(t, power, octave)
        let upper = Word16.Lookup({ Base = NativePtr.add t.Base 256 }, power, octave)
        { F16 = Vector512.ConditionalSelect(side.U16.AsSingle(), upper.F16, lower.F16) }

[<Struct>]
type Wide8 =
    { L8: Vector512<uint64> }

    static member inline Multiply(a: Wide8, m: uint32) : Wide8 =
        { L8 = Avx512F.Multiply(a.L8.AsUInt32(), Vector512.Create(uint64 m).AsUInt32()) }

    static member inline HighXor(p: Wide8, a: Wide8, k: Wide8) : Wide8 =
        { L8 = Avx512F.TernaryLogic(Vector512.ShiftRightLogical(p.L8, 32), a.L8, k.L8, 0x96uy) }

    static member inline Blocks(first: uint64, _: Wide8) : Wide8 =
        { L8 = Vector512.Add(Vector512.Create first, Vector512.Create(0UL, 4UL, 1UL, 5UL, 2UL, 6UL, 3UL, 7UL)) }

    static member inline Splat(x: uint64, _: Wide8) : Wide8 = { L8 = Vector512.Create x }

    static member inline Upper(a: Wide8) : Wide8 =
        { L8 = Vector512.ShiftRightLogical(a.L8, 32) }

    static member inline Store(x: Wide8, y: Wide8, z: Wide8, w: Wide8, p: nativeptr<uint32>) : unit =
        let low = Vector512.Create 0xFFFFFFFFUL
        let a = Avx512F.TernaryLogic(low, x.L8, Vector512.ShiftLeft(y.L8, 32), 0xCAuy)
        let b = Avx512F.TernaryLogic(low, z.L8, Vector512.ShiftLeft(w.L8, 32), 0xCAuy)
        Vector512.Store(Avx512F.UnpackLow(a, b).AsUInt32(), p)
        Vector512.Store(Avx512F.UnpackHigh(a, b).AsUInt32(), NativePtr.add p 16)
