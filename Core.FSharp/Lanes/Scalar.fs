namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop
open ILGPU

// The lane types. A word is one element of a GPU thread, or sixteen of an AVX-512 core. Every width has the same operators,
// so Philox and the transforms are written once and resolved by the compiler. Operators that touch memory take native
// pointers; only the scalar lane runs on a GPU, where kernels load and store through views.
//
//   Wide<n>  n Philox blocks, one 32-bit word of each kept in a 64-bit element whose upper half may hold anything
//   Word<n>  n 32-bit words
//   Real<n>  n float32

/// An octave table as the wide lanes see it: a 64-byte aligned pointer to 8 coefficients of 32 octaves each, then, if it
/// is two-sided, those of the other side.
[<Struct>]
type PointerTable = { Base: nativeptr<float32> }

/// An octave table as a GPU thread sees it.
[<Struct>]
type ViewTable = { View: ArrayView<float32> }

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
    static member inline Load(p: nativeptr<float32>, _: Real1) : Real1 = { F = NativePtr.read p }

[<Struct>]
type Word1 =
    { U: uint32 }

    static member inline Splat(x: uint32) : Word1 = { U = x }
    static member inline And(a: Word1, b: Word1) : Word1 = { U = a.U &&& b.U }
    static member inline Or(a: Word1, b: Word1) : Word1 = { U = a.U ||| b.U }
    static member inline Xor(a: Word1, b: Word1) : Word1 = { U = a.U ^^^ b.U }

    static member inline Select(mask: Word1, yes: Word1, no: Word1) : Word1 =
        { U = no.U ^^^ (mask.U &&& (yes.U ^^^ no.U)) }

    static member inline OrAnd(a: Word1, b: Word1, c: Word1) : Word1 = { U = a.U ||| (b.U &&& c.U) }
    static member inline Add(a: Word1, b: Word1) : Word1 = { U = a.U + b.U }
    static member inline Sub(a: Word1, b: Word1) : Word1 = { U = a.U - b.U }
    static member inline Min(a: Word1, b: Word1) : Word1 = if b.U < a.U then b else a

    /// All ones where a is not below b.
    static member inline NotBelow(a: Word1, b: Word1) : Word1 =
        { U = if a.U < b.U then 0u else 0xFFFFFFFFu }

    static member inline ShiftLeft(a: Word1, n: int) : Word1 = { U = a.U <<< n }
    static member inline ShiftRight(a: Word1, n: int) : Word1 = { U = a.U >>> n }
    static member inline SignMask(a: Word1) : Word1 = { U = uint32 (int32 a.U >>> 31) }
    static member inline ShiftLeftBy(a: Word1, n: Word1) : Word1 = { U = a.U <<< int n.U }
    static member inline LeadingZeros(a: Word1) : Word1 = { U = Instructions.LeadingZeros a.U }

    static member inline NearLeadingZeros(a: Word1) : Word1 = Word1.LeadingZeros a

    static member inline UnsignedToReal(a: Word1) : Real1 =
        { F = Instructions.UnsignedToSingle a.U }

    static member inline SignedToReal(a: Word1) : Real1 =
        { F = Instructions.SignedToSingle(int32 a.U) }

    static member inline OfReal(a: Real1) : Word1 = { U = Interop.FloatAsInt a.F }
    static member inline ToReal(a: Word1) : Real1 = { F = Interop.IntAsFloat a.U }
    static member inline Load(p: nativeptr<uint32>, _: Word1) : Word1 = { U = NativePtr.read p }

    static member inline StoreLowerHalves(a: Word1, b: Word1, p: nativeptr<uint16>) : unit =
        NativePtr.set p 0 (uint16 a.U)
        NativePtr.set p 1 (uint16 b.U)

    static member inline StoreUpperHalves(a: Word1, b: Word1, p: nativeptr<uint16>) : unit =
        Word1.StoreLowerHalves({ U = a.U >>> 16 }, { U = b.U >>> 16 }, p)

    /// Whether a word is among the 2^23 from an end, which octaves 0 to 7 do not hold.
    static member inline IsFar(a: Word1) : bool = (min a.U ~~~a.U) >>> 23 = 0u

    static member inline Lookup(t: PointerTable, power: int, octave: Word1) : Real1 =
        { F = NativePtr.get t.Base (power * 32 + int octave.U) }

    static member inline Lookup(t: ViewTable, power: int, octave: Word1) : Real1 =
        { F = t.View[int64 (uint32 (power * 32) + octave.U)] }

    static member inline LookupSided(t: PointerTable, power: int, octave: Word1, side: Word1) : Real1 =
        Word1.Lookup(t, power, { U = octave.U + (side.U &&& 256u) })

    static member inline LookupSided(t: ViewTable, power: int, octave: Word1, side: Word1) : Real1 =
        Word1.Lookup(t, power, { U = octave.U + (side.U &&& 256u) })

[<Struct>]
type Wide1 =
    { L: uint64 }

    static member inline Multiply(a: Wide1, m: uint32) : Wide1 =
        { L = Instructions.MultiplyWide(uint32 a.L, m) }

    static member inline HighXor(p: Wide1, a: Wide1, k: Wide1) : Wide1 = { L = (p.L >>> 32) ^^^ (a.L ^^^ k.L) }

    static member inline Blocks(first: uint64, _: Wide1) : Wide1 = { L = first }
    static member inline Splat(x: uint64, _: Wide1) : Wide1 = { L = x }
    static member inline Upper(a: Wide1) : Wide1 = { L = a.L >>> 32 }

    static member inline Store(x: Wide1, y: Wide1, z: Wide1, w: Wide1, p: nativeptr<uint32>) : unit =
        NativePtr.set p 0 (uint32 x.L)
        NativePtr.set p 1 (uint32 y.L)
        NativePtr.set p 2 (uint32 z.L)
        NativePtr.set p 3 (uint32 w.L)
