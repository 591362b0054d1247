namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop

// Two vectors as one lane type: while one waits, the other computes, and both share the loads of coefficients and
// constants.

[<Struct>]
type Real32 =
    { First: Real16
      Second: Real16 }

    static member inline Splat(x: float32) : Real32 =
        let both = Real16.Splat x
        { First = both; Second = both }

    static member inline Fma(a: Real32, b: Real32, c: Real32) : Real32 =
        { First = Real16.Fma(a.First, b.First, c.First)
          Second = Real16.Fma(a.Second, b.Second, c.Second) }

    static member inline Mul(a: Real32, b: Real32) : Real32 =
        { First = Real16.Mul(a.First, b.First)
          Second = Real16.Mul(a.Second, b.Second) }

    static member inline AtLeast(a: Real32, b: Real32) : Real32 =
        { First = Real16.AtLeast(a.First, b.First)
          Second = Real16.AtLeast(a.Second, b.Second) }

    static member inline AtMost(a: Real32, b: Real32) : Real32 =
        { First = Real16.AtMost(a.First, b.First)
          Second = Real16.AtMost(a.Second, b.Second) }

    static member inline Store(a: Real32, p: nativeptr<float32>) : unit =
        Real16.Store(a.First, p)
        Real16.Store(a.Second, NativePtr.add p 16)

[<Struct>]
type Word32 =
    { First: Word16
      Second: Word16 }

    static member inline Splat(x: uint32) : Word32 =
        let both = Word16.Splat x
        { First = both; Second = both }

    static member inline And(a: Word32, b: Word32) : Word32 =
        { First = Word16.And(a.First, b.First)
          Second = Word16.And(a.Second, b.Second) }

    static member inline Or(a: Word32, b: Word32) : Word32 =
        { First = Word16.Or(a.First, b.First)
          Second = Word16.Or(a.Second, b.Second) }

    static member inline Xor(a: Word32, b: Word32) : Word32 =
        { First = Word16.Xor(a.First, b.First)
          Second = Word16.Xor(a.Second, b.Second) }

    static member inline Add(a: Word32, b: Word32) : Word32 =
        { First = Word16.Add(a.First, b.First)
          Second = Word16.Add(a.Second, b.Second) }

    static member inline Sub(a: Word32, b: Word32) : Word32 =
        { First = Word16.Sub(a.First, b.First)
          Second = Word16.Sub(a.Second, b.Second) }

    static member inline Min(a: Word32, b: Word32) : Word32 =
        { First = Word16.Min(a.First, b.First)
          Second = Word16.Min(a.Second, b.Second) }

    static member inline NotBelow(a: Word32, b: Word32) : Word32 =
        { First = Word16.NotBelow(a.First, b.First)
          Second = Word16.NotBelow(a.Second, b.Second) }

    static member inline ShiftLeftBy(a: Word32, b: Word32) : Word32 =
        { First = Word16.ShiftLeftBy(a.First, b.First)
          Second = Word16.ShiftLeftBy(a.Second, b.Second) }

    static member inline Select(a: Word32, b: Word32, c: Word32) : Word32 =
        { First = Word16.Select(a.First, b.First, c.First)
          Second = Word16.Select(a.Second, b.Second, c.Second) }

    static member inline OrAnd(a: Word32, b: Word32, c: Word32) : Word32 =
        { First = Word16.OrAnd(a.First, b.First, c.First)
          Second = Word16.OrAnd(a.Second, b.Second, c.Second) }

    static member inline ShiftLeft(a: Word32, n: int) : Word32 =
        { First = Word16.ShiftLeft(a.First, n)
          Second = Word16.ShiftLeft(a.Second, n) }

    static member inline ShiftRight(a: Word32, n: int) : Word32 =
        { First = Word16.ShiftRight(a.First, n)
          Second = Word16.ShiftRight(a.Second, n) }

    static member inline SignMask(a: Word32) : Word32 =
        { First = Word16.SignMask a.First
          Second = Word16.SignMask a.Second }

    static member inline LeadingZeros(a: Word32) : Word32 =
        { First = Word16.LeadingZeros a.First
          Second = Word16.LeadingZeros a.Second }

    static member inline NearLeadingZeros(a: Word32) : Word32 =
        { First = Word16.NearLeadingZeros a.First
          Second = Word16.NearLeadingZeros a.Second }

    static member inline UnsignedToReal(a: Word32) : Real32 =
        { First = Word16.UnsignedToReal a.First
          Second = Word16.UnsignedToReal a.Second }

    static member inline SignedToReal(a: Word32) : Real32 =
        { First = Word16.SignedToReal a.First
          Second = Word16.SignedToReal a.Second }

    static member inline ToReal(a: Word32) : Real32 =
        { First = Word16.ToReal a.First
          Second = Word16.ToReal a.Second }

    static member inline OfReal(a: Real32) : Word32 =
        { First = Word16.OfReal a.First
          Second = Word16.OfReal a.Second }

    static member inline Load(p: nativeptr<uint32>, _: Word32) : Word32 =
        { First = Word16.Load(p, Unchecked.defaultof<Word16>)
          Second = Word16.Load(NativePtr.add p 16, Unchecked.defaultof<Word16>) }

    static member inline Lookup(t: PointerTable, power: int, octave: Word32) : Real32 =
        { First = Word16.Lookup(t, power, octave.First)
          Second = Word16.Lookup(t, power, octave.Second) }

    static member inline LookupSided(t: PointerTable, power: int, octave: Word32, side: Word32) : Real32 =
        { First = Word16.LookupSided(t, power, octave.First, side.First)
          Second = Word16.LookupSided(t, power, octave.Second, side.Second) }

[<Struct>]
type Double16 =
    { First: Double8
      Second: Double8 }

    static member inline Splat(x: float) : Double16 =
        let both = Double8.Splat x
        { First = both; Second = both }

    static member inline Fma(a: Double16, b: Double16, c: Double16) : Double16 =
        { First = Double8.Fma(a.First, b.First, c.First)
          Second = Double8.Fma(a.Second, b.Second, c.Second) }

    static member inline Mul(a: Double16, b: Double16) : Double16 =
        { First = Double8.Mul(a.First, b.First)
          Second = Double8.Mul(a.Second, b.Second) }

    static member inline AtLeast(a: Double16, b: Double16) : Double16 =
        { First = Double8.AtLeast(a.First, b.First)
          Second = Double8.AtLeast(a.Second, b.Second) }

    static member inline AtMost(a: Double16, b: Double16) : Double16 =
        { First = Double8.AtMost(a.First, b.First)
          Second = Double8.AtMost(a.Second, b.Second) }

    static member inline Store(a: Double16, p: nativeptr<float>) : unit =
        Double8.Store(a.First, p)
        Double8.Store(a.Second, NativePtr.add p 8)

[<Struct>]
type Long16 =
    { First: Long8
      Second: Long8 }

    static member inline Splat(x: uint64) : Long16 =
        let both = Long8.Splat x
        { First = both; Second = both }

    static member inline And(a: Long16, b: Long16) : Long16 =
        { First = Long8.And(a.First, b.First)
          Second = Long8.And(a.Second, b.Second) }

    static member inline Or(a: Long16, b: Long16) : Long16 =
        { First = Long8.Or(a.First, b.First)
          Second = Long8.Or(a.Second, b.Second) }

    static member inline Xor(a: Long16, b: Long16) : Long16 =
        { First = Long8.Xor(a.First, b.First)
          Second = Long8.Xor(a.Second, b.Second) }

    static member inline Sub(a: Long16, b: Long16) : Long16 =
        { First = Long8.Sub(a.First, b.First)
          Second = Long8.Sub(a.Second, b.Second) }

    static member inline Min(a: Long16, b: Long16) : Long16 =
        { First = Long8.Min(a.First, b.First)
          Second = Long8.Min(a.Second, b.Second) }

    static member inline NotBelow(a: Long16, b: Long16) : Long16 =
        { First = Long8.NotBelow(a.First, b.First)
          Second = Long8.NotBelow(a.Second, b.Second) }

    static member inline ShiftLeftBy(a: Long16, b: Long16) : Long16 =
        { First = Long8.ShiftLeftBy(a.First, b.First)
          Second = Long8.ShiftLeftBy(a.Second, b.Second) }

    static member inline Select(a: Long16, b: Long16, c: Long16) : Long16 =
        { First = Long8.Select(a.First, b.First, c.First)
          Second = Long8.Select(a.Second, b.Second, c.Second) }

    static member inline OrAnd(a: Long16, b: Long16, c: Long16) : Long16 =
        { First = Long8.OrAnd(a.First, b.First, c.First)
          Second = Long8.OrAnd(a.Second, b.Second, c.Second) }

    static member inline ShiftLeft(a: Long16, n: int) : Long16 =
        { First = Long8.ShiftLeft(a.First, n)
          Second = Long8.ShiftLeft(a.Second, n) }

    static member inline ShiftRight(a: Long16, n: int) : Long16 =
        { First = Long8.ShiftRight(a.First, n)
          Second = Long8.ShiftRight(a.Second, n) }

    static member inline SignMask(a: Long16) : Long16 =
        { First = Long8.SignMask a.First
          Second = Long8.SignMask a.Second }

    static member inline LeadingZeros(a: Long16) : Long16 =
        { First = Long8.LeadingZeros a.First
          Second = Long8.LeadingZeros a.Second }

    static member inline UnsignedToReal(a: Long16) : Double16 =
        { First = Long8.UnsignedToReal a.First
          Second = Long8.UnsignedToReal a.Second }

    static member inline SignedToReal(a: Long16) : Double16 =
        { First = Long8.SignedToReal a.First
          Second = Long8.SignedToReal a.Second }

    static member inline ToReal(a: Long16) : Double16 =
        { First = Long8.ToReal a.First
          Second = Long8.ToReal a.Second }

    static member inline OfReal(a: Double16) : Long16 =
        { First = Long8.OfReal a.First
          Second = Long8.OfReal a.Second }

    static member inline Load(p: nativeptr<uint32>, q: nativeptr<uint32>, _: Long16) : Long16 =
        { First = Long8.Load(p, q, Unchecked.defaultof<Long8>)
          Second = Long8.Load(NativePtr.add p 8, NativePtr.add q 8, Unchecked.defaultof<Long8>) }

    static member inline Lookup(t: PointerTable64, power: int, octave: Long16) : Double16 =
        { First = Long8.Lookup(t, power, octave.First)
          Second = Long8.Lookup(t, power, octave.Second) }

    static member inline LookupSided(t: PointerTable64, power: int, octave: Long16, side: Long16) : Double16 =
        { First = Long8.LookupSided(t, power, octave.First, side.First)
          Second = Long8.LookupSided(t, power, octave.Second, side.Second) }
