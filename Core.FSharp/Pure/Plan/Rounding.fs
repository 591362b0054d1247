namespace Initializers.FSharp

open System
open Initializers

/// The values of a dtype on the real line: rounding, neighbours, and the outermost ones inside an open interval. A float64's
/// neighbours are Math.BitIncrement's and BitDecrement's.
module internal Rounding =
    /// A 16- or 32-bit pattern's neighbour above, in the order of the values. -0 is a value below +0 here only in that
    /// its neighbour above is the smallest positive one, as Math.BitIncrement has it.
    let private above (signBit: uint32) (bits: uint32) =
        if bits = signBit then 1u
        elif bits &&& signBit <> 0u then bits - 1u
        else bits + 1u

    let private below signBit bits =
        (above signBit (bits ^^^ signBit)) ^^^ signBit

    let signBit dtype =
        if DType.size dtype = 2 then 0x8000u else 0x80000000u

    let value (dtype: DType) (bits: uint32) : float32 =
        match dtype with
        | DType.Float16 -> float32 (BitConverter.UInt16BitsToHalf(uint16 bits))
        | DType.BFloat16 -> BFloat16.FromBits(uint16 bits).ToSingle()
        | _ -> BitConverter.UInt32BitsToSingle bits

    /// The bits of the nearest value, ties to even, by way of float32 as the contract narrows.
    let nearest (dtype: DType) (x: float32) : uint32 =
        match dtype with
        | DType.Float16 -> uint32 (BitConverter.HalfToUInt16Bits(Half.op_Explicit x: Half))
        | DType.BFloat16 -> uint32 (BFloat16.FromSingle x).Bits
        | _ -> BitConverter.SingleToUInt32Bits x

    /// The float32 next to a float64 towards 0, with a last bit of 1 where it is another number: what is rounded from it to a
    /// narrower dtype is rounded as from the float64 (Boldo and Melquiond 2008).
    let private oddSingle (x: float) : float32 =
        let single = float32 x

        if float single = x || not (Single.IsFinite single) then
            single
        else
            let bits = BitConverter.SingleToUInt32Bits single
            let cut = if abs (float single) > abs x then bits - 1u else bits
            BitConverter.UInt32BitsToSingle(cut ||| 1u)

    /// The bits of the value nearest to a float64, ties to even, rounded once.
    let once (dtype: DType) (x: float) : uint64 =
        match dtype with
        | DType.Float64 -> BitConverter.DoubleToUInt64Bits x
        | DType.Float32 -> uint64 (nearest dtype (float32 x))
        | _ -> uint64 (nearest dtype (oddSingle x))

    /// The smallest value strictly above a float64 that is within the dtype's range.
    let leastAbove dtype (x: float) =
        let sign = signBit dtype
        let mutable bits = nearest dtype (float32 x)

        while float (value dtype bits) > x do
            bits <- below sign bits

        while float (value dtype bits) <= x do
            bits <- above sign bits

        value dtype bits

    /// The largest value strictly below; the mirror image, so there is one search.
    let greatestBelow dtype (x: float) = -(leastAbove dtype -x)
