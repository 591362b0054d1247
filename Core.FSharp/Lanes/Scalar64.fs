namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop
open ILGPU

// Lanes of float64 elements, with the operators of the 32-bit ones:
//
//   Long<n>    n 64-bit words, each an element's word above its companion
//   Double<n>  n float64

/// A float64 octave table as the CPU's lanes see it: 18 coefficients of 64 octaves each, then, if it is two-sided, those of
/// the other side. `Near` has, 64-byte aligned, those of octaves 0 to 14 and of slot 63 alone, 16 a coefficient: what two
/// registers of eight hold, and all but one word in 2^15 need.
[<Struct>]
type PointerTable64 =
    { All: nativeptr<float>
      Near: nativeptr<float> }

/// A float64 octave table as a GPU thread sees it.
[<Struct>]
type ViewTable64 = { View64: ArrayView<float> }

[<Struct>]
type Double1 =
    { D: float }

    static member inline Splat(x: float) : Double1 = { D = x }

    static member inline Fma(a: Double1, b: Double1, c: Double1) : Double1 =
        { D = Instructions.FmaDouble(a.D, b.D, c.D) }

    static member inline Mul(a: Double1, b: Double1) : Double1 = { D = a.D * b.D }
    static member inline AtLeast(a: Double1, least: Double1) : Double1 = if a.D < least.D then least else a

    static member inline AtMost(a: Double1, greatest: Double1) : Double1 =
        if a.D > greatest.D then greatest else a

    static member inline Store(a: Double1, p: nativeptr<float>) : unit = NativePtr.write p a.D
    static member inline Load(p: nativeptr<float>, _: Double1) : Double1 = { D = NativePtr.read p }
    static member inline Widen(p: nativeptr<float32>, _: Double1) : Double1 = { D = float (NativePtr.read p) }

[<Struct>]
type Long1 =
    { V: uint64 }

    static member inline Splat(x: uint64) : Long1 = { V = x }
    static member inline And(a: Long1, b: Long1) : Long1 = { V = a.V &&& b.V }
    static member inline Or(a: Long1, b: Long1) : Long1 = { V = a.V ||| b.V }
    static member inline Xor(a: Long1, b: Long1) : Long1 = { V = a.V ^^^ b.V }

    static member inline Select(mask: Long1, yes: Long1, no: Long1) : Long1 =
        { V = no.V ^^^ (mask.V &&& (yes.V ^^^ no.V)) }

    static member inline OrAnd(a: Long1, b: Long1, c: Long1) : Long1 = { V = a.V ||| (b.V &&& c.V) }
    static member inline Sub(a: Long1, b: Long1) : Long1 = { V = a.V - b.V }
    static member inline Min(a: Long1, b: Long1) : Long1 = if b.V < a.V then b else a

    /// All ones where a is not below b.
    static member inline NotBelow(a: Long1, b: Long1) : Long1 =
        { V = if a.V < b.V then 0UL else 0xFFFFFFFFFFFFFFFFUL }

    static member inline ShiftLeft(a: Long1, n: int) : Long1 = { V = a.V <<< n }
    static member inline ShiftRight(a: Long1, n: int) : Long1 = { V = a.V >>> n }
    static member inline SignMask(a: Long1) : Long1 = { V = uint64 (int64 a.V >>> 63) }
    static member inline ShiftLeftBy(a: Long1, n: Long1) : Long1 = { V = a.V <<< int n.V }

    static member inline LeadingZeros(a: Long1) : Long1 =
        { V = uint64 (Instructions.LeadingZerosLong a.V) }

    static member inline UnsignedToReal(a: Long1) : Double1 =
        { D = Instructions.UnsignedToDouble a.V }

    static member inline SignedToReal(a: Long1) : Double1 =
        { D = Instructions.SignedToDouble(int64 a.V) }

    static member inline OfReal(a: Double1) : Long1 = { V = Interop.FloatAsInt a.D }
    static member inline ToReal(a: Long1) : Double1 = { D = Interop.IntAsFloat a.V }

    static member inline Load(p: nativeptr<uint32>, q: nativeptr<uint32>, _: Long1) : Long1 =
        { V = (uint64 (NativePtr.read p) <<< 32) ||| uint64 (NativePtr.read q) }

    static member inline Lookup(t: PointerTable64, power: int, octave: Long1) : Double1 =
        { D = NativePtr.get t.All (power * 64 + int octave.V) }

    static member inline Lookup(t: ViewTable64, power: int, octave: Long1) : Double1 =
        { D = t.View64[int64 (uint32 (power * 64) + uint32 octave.V)] }

    static member inline LookupSided(t: PointerTable64, power: int, octave: Long1, side: Long1) : Double1 =
        Long1.Lookup(t, power, { V = octave.V + (side.V &&& 1152UL) })

    static member inline LookupSided(t: ViewTable64, power: int, octave: Long1, side: Long1) : Double1 =
        Long1.Lookup(t, power, { V = octave.V + (side.V &&& 1152UL) })
