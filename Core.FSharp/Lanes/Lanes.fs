namespace Initializers.Kernels

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop
open ILGPU

// The lane types: what one GPU thread, or the tail of nothing at all, sees as a word and an AVX-512 core sees as
// sixteen. Every width has the same operators, so Philox and the transforms are written once and resolved by the
// compiler. Operators that touch memory take native pointers; only the scalar lane runs on a GPU, where kernels load
// and store through views themselves.
//
//   Wide<n>  n Philox blocks, one 32-bit word of each kept in a 64-bit element whose upper half may hold anything
//   Word<n>  n 32-bit words
//   Real<n>  n float32

/// The octave table as the wide lanes see it: a 64-byte aligned pointer to 8 coefficients of 32 octaves each.
[<Struct>]
type PointerTable = { Base: nativeptr<float32> }

/// The octave table as a GPU thread sees it.
[<Struct>]
type ViewTable = { View: ArrayView<float32> }

// ---------------------------------------------------------------------------------------------------------------
// one lane

[<Struct>]
type Real1 =
    { F: float32 }

    static member inline Splat(x: float32) : Real1 = { F = x }

    static member inline Fma(a: Real1, b: Real1, c: Real1) : Real1 = { F = Instructions.Fma(a.F, b.F, c.F) }

    static member inline Mul(a: Real1, b: Real1) : Real1 = { F = a.F * b.F }
    static member inline AtLeast(a: Real1, least: Real1) : Real1 = if a.F < least.F then least else a

    static member inline AtMost(a: Real1, greatest: Real1) : Real1 =
        if a.F > greatest.F then greatest else a

    static member inline Store(a: Real1, p: nativeptr<float32>) : unit = NativePtr.write p a.F

[<Struct>]
type Word1 =
    { U: uint32 }

    static member inline Splat(x: uint32) : Word1 = { U = x }
    static member inline And(a: Word1, b: Word1) : Word1 = { U = a.U &&& b.U }
    static member inline Or(a: Word1, b: Word1) : Word1 = { U = a.U ||| b.U }
    static member inline Xor(a: Word1, b: Word1) : Word1 = { U = a.U ^^^ b.U }
    static member inline Add(a: Word1, b: Word1) : Word1 = { U = a.U + b.U }
    static member inline Sub(a: Word1, b: Word1) : Word1 = { U = a.U - b.U }
    static member inline Min(a: Word1, b: Word1) : Word1 = if b.U < a.U then b else a
    static member inline ShiftLeft(a: Word1, n: int) : Word1 = { U = a.U <<< n }
    static member inline ShiftRight(a: Word1, n: int) : Word1 = { U = a.U >>> n }
    static member inline SignMask(a: Word1) : Word1 = { U = uint32 (int32 a.U >>> 31) }
    static member inline ShiftLeftBy(a: Word1, n: Word1) : Word1 = { U = a.U <<< int n.U }
    static member inline LeadingZeros(a: Word1) : Word1 = { U = Instructions.LeadingZeros a.U }

    static member inline UnsignedToReal(a: Word1) : Real1 =
        { F = Instructions.UnsignedToSingle a.U }

    static member inline SignedToReal(a: Word1) : Real1 =
        { F = Instructions.SignedToSingle(int32 a.U) }

    static member inline OfReal(a: Real1) : Word1 = { U = Interop.FloatAsInt a.F }
    static member inline ToReal(a: Word1) : Real1 = { F = Interop.IntAsFloat a.U }
    static member inline Load(p: nativeptr<uint32>, _: Word1) : Word1 = { U = NativePtr.read p }
    static member inline StoreHalf(a: Word1, p: nativeptr<uint16>) : unit = NativePtr.write p (uint16 a.U)

    static member inline Lookup(t: PointerTable, power: int, octave: Word1) : Real1 =
        { F = NativePtr.get t.Base (power * 32 + int octave.U) }

    static member inline Lookup(t: ViewTable, power: int, octave: Word1) : Real1 =
        { F = t.View[int64 (uint32 (power * 32) + octave.U)] }

[<Struct>]
type Wide1 =
    { L: uint64 }

    static member inline Multiply(a: Wide1, m: uint32) : Wide1 =
        { L = Instructions.MultiplyWide(uint32 a.L, m) }

    static member inline HighXor(p: Wide1, a: Wide1, k: uint32) : Wide1 =
        { L = (p.L >>> 32) ^^^ a.L ^^^ uint64 k }

    static member inline Blocks(first: uint64, _: Wide1) : Wide1 = { L = first }
    static member inline Splat(x: uint64, _: Wide1) : Wide1 = { L = x }
    static member inline Upper(a: Wide1) : Wide1 = { L = a.L >>> 32 }

    static member inline Store(x: Wide1, y: Wide1, z: Wide1, w: Wide1, p: nativeptr<uint32>) : unit =
        NativePtr.set p 0 (uint32 x.L)
        NativePtr.set p 1 (uint32 y.L)
        NativePtr.set p 2 (uint32 z.L)
        NativePtr.set p 3 (uint32 w.L)

// ---------------------------------------------------------------------------------------------------------------
// 128 bits

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

[<Struct>]
type Word4 =
    { U4: Vector128<uint32> }

    static member inline Splat(x: uint32) : Word4 = { U4 = Vector128.Create x }

    static member inline And(a: Word4, b: Word4) : Word4 =
        { U4 = Vector128.BitwiseAnd(a.U4, b.U4) }

    static member inline Or(a: Word4, b: Word4) : Word4 =
        { U4 = Vector128.BitwiseOr(a.U4, b.U4) }

    static member inline Xor(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Xor(a.U4, b.U4) }
    static member inline Add(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Add(a.U4, b.U4) }
    static member inline Sub(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Subtract(a.U4, b.U4) }
    static member inline Min(a: Word4, b: Word4) : Word4 = { U4 = Vector128.Min(a.U4, b.U4) }
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

    static member inline UnsignedToReal(a: Word4) : Real4 = { F4 = Vector128.ConvertToSingle a.U4 }

    static member inline SignedToReal(a: Word4) : Real4 =
        { F4 = Vector128.ConvertToSingle(a.U4.AsInt32()) }

    static member inline OfReal(a: Real4) : Word4 = { U4 = a.F4.AsUInt32() }
    static member inline ToReal(a: Word4) : Real4 = { F4 = a.U4.AsSingle() }
    static member inline Load(p: nativeptr<uint32>, _: Word4) : Word4 = { U4 = Vector128.Load p }

    static member inline StoreHalf(a: Word4, p: nativeptr<uint16>) : unit =
        Vector128.Narrow(a.U4, a.U4).GetLower().Store p

    static member inline Lookup(t: PointerTable, power: int, octave: Word4) : Real4 =
        { F4 = Avx2.GatherVector128(NativePtr.add t.Base (power * 32), octave.U4.AsInt32(), 4uy) }

[<Struct>]
type Wide2 =
    { L2: Vector128<uint64> }

    static member inline Multiply(a: Wide2, m: uint32) : Wide2 =
        { L2 = Sse2.Multiply(a.L2.AsUInt32(), Vector128.Create(uint64 m).AsUInt32()) }

    static member inline HighXor(p: Wide2, a: Wide2, k: uint32) : Wide2 =
        { L2 = Vector128.Xor(Vector128.Xor(Vector128.ShiftRightLogical(p.L2, 32), a.L2), Vector128.Create(uint64 k)) }

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

// ---------------------------------------------------------------------------------------------------------------
// 256 bits

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

[<Struct>]
type Word8 =
    { U8: Vector256<uint32> }

    static member inline Splat(x: uint32) : Word8 = { U8 = Vector256.Create x }

    static member inline And(a: Word8, b: Word8) : Word8 =
        { U8 = Vector256.BitwiseAnd(a.U8, b.U8) }

    static member inline Or(a: Word8, b: Word8) : Word8 =
        { U8 = Vector256.BitwiseOr(a.U8, b.U8) }

    static member inline Xor(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Xor(a.U8, b.U8) }
    static member inline Add(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Add(a.U8, b.U8) }
    static member inline Sub(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Subtract(a.U8, b.U8) }
    static member inline Min(a: Word8, b: Word8) : Word8 = { U8 = Vector256.Min(a.U8, b.U8) }
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

    static member inline UnsignedToReal(a: Word8) : Real8 = { F8 = Vector256.ConvertToSingle a.U8 }

    static member inline SignedToReal(a: Word8) : Real8 =
        { F8 = Vector256.ConvertToSingle(a.U8.AsInt32()) }

    static member inline OfReal(a: Real8) : Word8 = { U8 = a.F8.AsUInt32() }
    static member inline ToReal(a: Word8) : Real8 = { F8 = a.U8.AsSingle() }
    static member inline Load(p: nativeptr<uint32>, _: Word8) : Word8 = { U8 = Vector256.Load p }

    static member inline StoreHalf(a: Word8, p: nativeptr<uint16>) : unit =
        Vector128.Store(Vector128.Narrow(a.U8.GetLower(), a.U8.GetUpper()), p)

    static member inline Lookup(t: PointerTable, power: int, octave: Word8) : Real8 =
        { F8 = Avx2.GatherVector256(NativePtr.add t.Base (power * 32), octave.U8.AsInt32(), 4uy) }

[<Struct>]
type Wide4 =
    { L4: Vector256<uint64> }

    static member inline Multiply(a: Wide4, m: uint32) : Wide4 =
        { L4 = Avx2.Multiply(a.L4.AsUInt32(), Vector256.Create(uint64 m).AsUInt32()) }

    static member inline HighXor(p: Wide4, a: Wide4, k: uint32) : Wide4 =
        { L4 = Vector256.Xor(Vector256.Xor(Vector256.ShiftRightLogical(p.L4, 32), a.L4), Vector256.Create(uint64 k)) }

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

// ---------------------------------------------------------------------------------------------------------------
// 512 bits

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

[<Struct>]
type Word16 =
    { U16: Vector512<uint32> }

    static member inline Splat(x: uint32) : Word16 = { U16 = Vector512.Create x }

    static member inline And(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.BitwiseAnd(a.U16, b.U16) }

    static member inline Or(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.BitwiseOr(a.U16, b.U16) }

    static member inline Xor(a: Word16, b: Word16) : Word16 = { U16 = Vector512.Xor(a.U16, b.U16) }
    static member inline Add(a: Word16, b: Word16) : Word16 = { U16 = Vector512.Add(a.U16, b.U16) }

    static member inline Sub(a: Word16, b: Word16) : Word16 =
        { U16 = Vector512.Subtract(a.U16, b.U16) }

    static member inline Min(a: Word16, b: Word16) : Word16 = { U16 = Vector512.Min(a.U16, b.U16) }
    static member inline ShiftLeft(a: Word16, n: int) : Word16 = { U16 = Vector512.ShiftLeft(a.U16, n) }

    static member inline ShiftRight(a: Word16, n: int) : Word16 =
        { U16 = Vector512.ShiftRightLogical(a.U16, n) }

    static member inline SignMask(a: Word16) : Word16 =
        { U16 = Vector512.ShiftRightArithmetic(a.U16.AsInt32(), 31).AsUInt32() }

    static member inline ShiftLeftBy(a: Word16, n: Word16) : Word16 =
        { U16 = Avx512F.ShiftLeftLogicalVariable(a.U16, n.U16) }

    static member inline LeadingZeros(a: Word16) : Word16 =
        { U16 = Avx512CD.LeadingZeroCount a.U16 }

    static member inline UnsignedToReal(a: Word16) : Real16 =
        { F16 = Avx512F.ConvertToVector512Single a.U16 }

    static member inline SignedToReal(a: Word16) : Real16 =
        { F16 = Avx512F.ConvertToVector512Single(a.U16.AsInt32()) }

    static member inline OfReal(a: Real16) : Word16 = { U16 = a.F16.AsUInt32() }
    static member inline ToReal(a: Word16) : Real16 = { F16 = a.U16.AsSingle() }
    static member inline Load(p: nativeptr<uint32>, _: Word16) : Word16 = { U16 = Vector512.Load p }

    static member inline StoreHalf(a: Word16, p: nativeptr<uint16>) : unit =
        // A permutation, since vpmovdw to memory is microcoded and stalls the table's loads behind it (Zen 5: 3 times slower).
        let even =
            Vector512.Create(
                Vector256.Create(
                    0us,
                    2us,
                    4us,
                    6us,
                    8us,
                    10us,
                    12us,
                    14us,
                    16us,
                    18us,
                    20us,
                    22us,
                    24us,
                    26us,
                    28us,
                    30us
                ),
                Vector256<uint16>.Zero
            )

        Vector256.Store(Avx512BW.PermuteVar32x16(a.U16.AsUInt16(), even).GetLower(), p)

    static member inline Lookup(t: PointerTable, power: int, octave: Word16) : Real16 =
        let p = NativePtr.add t.Base (power * 32)
        { F16 = Avx512F.PermuteVar16x32x2(Vector512.Load p, octave.U16.AsInt32(), Vector512.Load(NativePtr.add p 16)) }

[<Struct>]
type Wide8 =
    { L8: Vector512<uint64> }

    static member inline Multiply(a: Wide8, m: uint32) : Wide8 =
        { L8 = Avx512F.Multiply(a.L8.AsUInt32(), Vector512.Create(uint64 m).AsUInt32()) }

    static member inline HighXor(p: Wide8, a: Wide8, k: uint32) : Wide8 =
        { L8 = Avx512F.TernaryLogic(Vector512.ShiftRightLogical(p.L8, 32), a.L8, Vector512.Create(uint64 k), 0x96uy) }

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

/// The operators by name, for code that is written once.
module Lane =
    let inline and' (a: ^W) (b: ^W) : ^W =
        (^W: (static member And: ^W * ^W -> ^W) (a, b))

    let inline or' (a: ^W) (b: ^W) : ^W =
        (^W: (static member Or: ^W * ^W -> ^W) (a, b))

    let inline xor (a: ^W) (b: ^W) : ^W =
        (^W: (static member Xor: ^W * ^W -> ^W) (a, b))

    let inline add (a: ^W) (b: ^W) : ^W =
        (^W: (static member Add: ^W * ^W -> ^W) (a, b))

    let inline sub (a: ^W) (b: ^W) : ^W =
        (^W: (static member Sub: ^W * ^W -> ^W) (a, b))

    let inline min (a: ^W) (b: ^W) : ^W =
        (^W: (static member Min: ^W * ^W -> ^W) (a, b))

    let inline shiftLeft (a: ^W) (n: int) : ^W =
        (^W: (static member ShiftLeft: ^W * int -> ^W) (a, n))

    let inline shiftRight (a: ^W) (n: int) : ^W =
        (^W: (static member ShiftRight: ^W * int -> ^W) (a, n))

    let inline signMask (a: ^W) : ^W =
        (^W: (static member SignMask: ^W -> ^W) a)

    let inline shiftLeftBy (a: ^W) (n: ^W) : ^W =
        (^W: (static member ShiftLeftBy: ^W * ^W -> ^W) (a, n))

    let inline leadingZeros (a: ^W) : ^W =
        (^W: (static member LeadingZeros: ^W -> ^W) a)

    let inline unsignedToReal (a: ^W) : ^R =
        (^W: (static member UnsignedToReal: ^W -> ^R) a)

    let inline signedToReal (a: ^W) : ^R =
        (^W: (static member SignedToReal: ^W -> ^R) a)

    let inline bits (a: ^R) : ^W =
        (^W: (static member OfReal: ^R -> ^W) a)

    let inline real (a: ^W) : ^R =
        (^W: (static member ToReal: ^W -> ^R) a)

    let inline word (x: uint32) : ^W =
        (^W: (static member Splat: uint32 -> ^W) x)

    let inline splat (x: float32) : ^R =
        (^R: (static member Splat: float32 -> ^R) x)

    let inline fma (a: ^R) (b: ^R) (c: ^R) : ^R =
        (^R: (static member Fma: ^R * ^R * ^R -> ^R) (a, b, c))

    let inline mul (a: ^R) (b: ^R) : ^R =
        (^R: (static member Mul: ^R * ^R -> ^R) (a, b))

    let inline atLeast (least: ^R) (a: ^R) : ^R =
        (^R: (static member AtLeast: ^R * ^R -> ^R) (a, least))

    let inline atMost (greatest: ^R) (a: ^R) : ^R =
        (^R: (static member AtMost: ^R * ^R -> ^R) (a, greatest))

    let inline lookup (table: ^T) (power: int) (octave: ^W) : ^R =
        (^W: (static member Lookup: ^T * int * ^W -> ^R) (table, power, octave))

    let inline load (p: nativeptr<uint32>) : ^W =
        (^W: (static member Load: nativeptr<uint32> * ^W -> ^W) (p, Unchecked.defaultof< ^W>))

    let inline storeReal (p: nativeptr<float32>) (a: ^R) : unit =
        (^R: (static member Store: ^R * nativeptr<float32> -> unit) (a, p))

    let inline storeHalf (p: nativeptr<uint16>) (a: ^W) : unit =
        (^W: (static member StoreHalf: ^W * nativeptr<uint16> -> unit) (a, p))
