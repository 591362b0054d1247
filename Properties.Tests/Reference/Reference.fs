/// A naive reading of "Bits, version 1": one element at a time, in plain integers and scalar arithmetic. It opens nothing
/// of the lanes, tiles or kernels, so that an error there cannot be repeated here. From the core it takes types, and of the
/// normal law the coefficients, which are data of the contract; it evaluates them by itself.
///
/// Slow on purpose: about 50 ns an element.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.Reference

open System
open Initializers
open Initializers.FSharp

// ---------------------------------------------------------------------------------------------------------------
// dtypes

/// The value of a pattern of bits.
let value (dtype: DType) (bits: uint32) : float32 =
    match dtype with
    | DType.Float32 -> BitConverter.UInt32BitsToSingle bits
    | DType.Float16 -> float32 (BitConverter.UInt16BitsToHalf(uint16 bits))
    | DType.BFloat16 -> BitConverter.UInt32BitsToSingle(bits <<< 16)
    | other -> invalidArg (nameof dtype) (string other)

/// bfloat16 to nearest even, by comparing the distances to both neighbours. A value past the largest has infinity as its
/// upper neighbour, which counts as 2^128.
let private brain (x: float32) : uint32 =
    let bits = BitConverter.SingleToUInt32Bits x
    let inner = bits >>> 16

    let real pattern =
        let v = float (value DType.BFloat16 pattern)

        if Double.IsInfinity v then
            float (Math.Sign v) * Math.ScaleB(1.0, 128)
        else
            v

    let toInner = abs (float x - real inner)
    let toOuter = abs (real (inner + 1u) - float x)

    if toInner < toOuter then inner
    elif toInner > toOuter then inner + 1u
    elif inner % 2u = 0u then inner
    else inner + 1u

/// The bits of a finite float32 rounded to nearest even.
let narrow (dtype: DType) (x: float32) : uint32 =
    match dtype with
    | DType.Float32 -> BitConverter.SingleToUInt32Bits x
    | DType.Float16 -> uint32 (BitConverter.HalfToUInt16Bits(Half.op_Explicit x: Half))
    | DType.BFloat16 -> brain x
    | other -> invalidArg (nameof dtype) (string other)

/// The bits of the smallest and of the largest value strictly inside (low, high), or None: -0 comes before +0. A 16-bit
/// dtype's values are all tried; a float32 is walked from the bound.
let inside (dtype: DType) (low: float) (high: float) : (uint32 * uint32) option =
    let isInside x = float x > low && float x < high

    if dtype = DType.Float32 then
        let mutable least = float32 low

        while float least > low do
            least <- MathF.BitDecrement least

        while float least <= low do
            least <- MathF.BitIncrement least

        let mutable greatest = float32 high

        while float greatest < high do
            greatest <- MathF.BitIncrement greatest

        while float greatest >= high do
            greatest <- MathF.BitDecrement greatest

        if isInside least && isInside greatest then
            Some(BitConverter.SingleToUInt32Bits least, BitConverter.SingleToUInt32Bits greatest)
        else
            None
    else
        let order bits = value dtype bits, bits <> 0x8000u

        match Array.init 0x10000 uint32 |> Array.filter (value dtype >> isInside) with
        | [||] -> None
        | all -> Some(Array.minBy order all, Array.maxBy order all)

/// The bits of a value moved to the nearest one of the dtype in the closed interval [low, high].
let within (dtype: DType) (low: float) (high: float) (bits: uint64) : uint64 =
    let real =
        if dtype = DType.Float64 then
            BitConverter.UInt64BitsToDouble bits
        else
            float (value dtype (uint32 bits))

    if real >= low && real <= high then
        bits
    elif dtype = DType.Float64 then
        BitConverter.DoubleToUInt64Bits(if real < low then low else high)
    else
        // A closed interval is an open one between the float64 beyond its ends.
        match inside dtype (max (Math.BitDecrement low) -1.0e39) (min (Math.BitIncrement high) 1.0e39) with
        | Some(least, greatest) -> uint64 (if real < low then least else greatest)
        | None -> invalidArg (nameof low) "nothing inside"

// ---------------------------------------------------------------------------------------------------------------
// laws

/// (2 (w >> 8) + 1 - 2^24) 2^-24.
let symmetric (w: uint32) : float32 =
    float32 (float (2L * int64 (w >>> 8) + 1L - 16777216L) / 16777216.0)

/// The standard normal quantile of (w + 1/2) 2^-32 by the octave table.
let normal (w: uint32) : float32 =
    let upper = w >= 0x80000000u
    let m = if upper then ~~~w else w
    let v = 2L * int64 m + 1L
    let mutable octave = 0

    while (v <<< octave) < 0x80000000L do
        octave <- octave + 1

    let c power =
        NormalTable.coefficients[power * 32 + octave]

    // a and r are rounded once; y is one fma.
    let struct (r, y) =
        if octave = 0 then
            let a = float32 (float (0x100000000L - v) / 2147483648.0)
            struct (a, MathF.FusedMultiplyAdd(a, a, -0.5f))
        else
            let a = float32 (float (v <<< octave) / 2147483648.0)
            struct (1.0f, float32 (float a - 1.5))

    let mutable q = c 7

    for power in 6..-1..1 do
        q <- MathF.FusedMultiplyAdd(q, y, c power)

    let ry: float32 = r * y
    let z = MathF.FusedMultiplyAdd(r, c 0, ry * q)
    if upper then z else -z

/// The quantile of (w + 1/2) 2^-32 by a fitted table, which is data here: only its fit is the core's own.
let fitted (table: QuantileTable) (w: uint32) : float32 =
    let c side power slot =
        table.Coefficients.Span[(side * 8 + power) * 32 + slot]

    let horner side slot (y: float32) =
        let mutable q = c side 7 slot

        for power in 6..-1..1 do
            q <- MathF.FusedMultiplyAdd(q, y, c side power slot)

        q

    let side, n =
        if w < table.Split then
            0, int64 w
        else
            1, 0xFFFFFFFFL - int64 w

    /// Doublings of 2 n + 1 that stay below 2^32.
    let rec octave most (v: int64) =
        if most = 0 || v * 2L >= 0x100000000L then
            0
        else
            1 + octave (most - 1) (v * 2L)

    let v = 2L * n + 1L

    if table.IsSymmetric then
        let e = octave 31 v

        let struct (r, y) =
            if e = 0 then
                let a = float32 (float (0x100000000L - v) / 2147483648.0)
                struct (a, MathF.FusedMultiplyAdd(a, a, -0.5f))
            else
                struct (1.0f, float32 (float32 (float (v <<< e) / 2147483648.0)) - 1.5f)

        let ry: float32 = r * y
        let z = MathF.FusedMultiplyAdd(r, c 0 0 e, ry * horner 0 e y)
        if side = 1 then z else -z
    else
        let struct (slot, a) =
            if n >= 0x80000000L then
                struct (31, float32 (float n / 2147483648.0))
            else
                let e = octave 30 v
                struct (e, float32 (float (v <<< e) / 2147483648.0))

        let y = a - 1.5f
        MathF.FusedMultiplyAdd(y, horner side slot y, c side 0 slot)

/// Location, scale and open interval after factor * x + offset, kept in a closed interval. A closed end becomes an
/// open end at the next float64 outside.
let private placed (map: Affine) location scale (low: float) (high: float) =
    if map = Affine.identity then
        location, scale, low, high
    else
        let at x =
            Math.FusedMultiplyAdd(map.Factor, x, map.Offset)

        at location,
        map.Factor * scale,
        max (min (at low) (at high)) (Math.BitDecrement map.Low),
        min (max (at low) (at high)) (Math.BitIncrement map.High)

/// From a word to the bits of its element.
let element (leaf: Leaf) (dtype: DType) : uint32 -> uint32 =
    let draw (z: uint32 -> float32) (location, scale, low, high) =
        let location = float32 (location: float)
        let scale = float32 (scale: float)

        let bits w =
            narrow dtype (MathF.FusedMultiplyAdd(z w, scale, location))

        if Double.IsInfinity low && Double.IsInfinity high then
            bits
        else
            let largest = DType.largest dtype

            match inside dtype (max low (-2.0 * largest)) (min high (2.0 * largest)) with
            | Some(least, greatest) ->
                fun w ->
                    let bits = bits w

                    if value dtype bits < value dtype least then least
                    elif value dtype bits > value dtype greatest then greatest
                    else bits
            | None -> invalidArg (nameof leaf) "nothing inside"

    match leaf with
    | Leaf.Constant number ->
        let bits =
            narrow dtype (float32 number.Value)
            |> uint64
            |> within dtype number.Low number.High
            |> uint32

        fun _ -> bits
    | Leaf.Element(element, map) ->
        match Element.form element with
        | SamplingForm.Normal(mean, stddev) -> draw normal (placed map mean stddev -infinity infinity)
        | SamplingForm.Fitted(standard, location, scale, low, high) ->
            match StandardForm.table standard with
            | Ok table -> draw (fitted table) (placed map location scale low high)
            | Error _ -> invalidArg (nameof leaf) "no table"
        | SamplingForm.Uniform(low, high) ->
            draw symmetric (placed map ((low + high) / 2.0) ((high - low) / 2.0) low high)

// ---------------------------------------------------------------------------------------------------------------
// float64

/// (2 (W >> 11) + 1 - 2^53) 2^-53.
let symmetric64 (w: uint64) : float =
    float (2L * int64 (w >>> 11) + 1L - 9007199254740992L) / 9007199254740992.0

/// The quantile of (W + 1/2) 2^-64 by a table of 64 octaves.
let fitted64 (table: QuantileTable64) (w: uint64) : float =
    let c side power slot =
        table.Coefficients.Span[(side * 18 + power) * 64 + slot]

    let horner side slot (y: float) =
        let mutable q = c side 17 slot

        for power in 16..-1..1 do
            q <- Math.FusedMultiplyAdd(q, y, c side power slot)

        q

    let side, n = if w < table.Split then 0, w else 1, UInt64.MaxValue - w

    /// n 2^-63, the integer rounded once.
    let scaled (n: uint64) = float n / 9223372036854775808.0

    /// The number of doublings of v until it is 2^63 or more, at most `most`.
    let rec octave most (v: uint64) =
        if most = 0 || v >= 0x8000000000000000UL then
            0
        else
            1 + octave (most - 1) (2UL * v)

    // Below 2^64 for the n of a symmetric law, and of others where it is used.
    let v = 2UL * n + 1UL

    if table.IsSymmetric then
        let e = octave 63 v

        let struct (r, y) =
            if e = 0 then
                // 2^64 - v
                let a = scaled (UInt64.MaxValue - v + 1UL)
                struct (a, Math.FusedMultiplyAdd(a, a, -0.5))
            else
                struct (1.0, scaled (v <<< e) - 1.5)

        let ry: float = r * y
        let z = Math.FusedMultiplyAdd(r, c 0 0 e, ry * horner 0 e y)
        if side = 1 then z else -z
    else
        let struct (slot, a) =
            if n >= 0x8000000000000000UL then
                struct (63, scaled n)
            else
                let e = octave 62 v
                struct (e, scaled (v <<< e))

        let y = a - 1.5
        Math.FusedMultiplyAdd(y, horner side slot y, c side 0 slot)

/// From a word of 64 bits to its float64.
let element64 (leaf: Leaf) : uint64 -> float =
    let clamp (low: float) (high: float) (value: float) =
        let least = Math.BitIncrement low
        let greatest = Math.BitDecrement high

        if value < least then least
        elif value > greatest then greatest
        else value

    let draw (z: uint64 -> float) (location, scale, low, high) =
        fun w -> clamp low high (Math.FusedMultiplyAdd(z w, scale, location))

    match leaf with
    | Leaf.Constant number -> fun _ -> number.Value
    | Leaf.Element(element, map) ->
        match Element.form element with
        | SamplingForm.Normal(mean, stddev) ->
            draw (fitted64 QuantileTable64.normal) (placed map mean stddev -infinity infinity)
        | SamplingForm.Fitted(standard, location, scale, low, high) ->
            match StandardForm.table64 standard with
            | Ok table -> draw (fitted64 table) (placed map location scale low high)
            | Error _ -> invalidArg (nameof leaf) "no table"
        | SamplingForm.Uniform(low, high) ->
            let mid, half =
                if Double.IsFinite(high - low) && Double.IsFinite(high + low) then
                    (low + high) / 2.0, (high - low) / 2.0
                else
                    high / 2.0 + low / 2.0, high / 2.0 - low / 2.0

            draw symmetric64 (placed map mid half low high)

// ---------------------------------------------------------------------------------------------------------------
// tensors

/// The leaf of a tensor whose elements are independent.
let leafOf (law: Resolved) : Leaf =
    match law with
    | Structure.Elements leaf -> leaf
    | other -> invalidArg (nameof law) $"not an element-wise distribution: {other}"

/// The bits of elements [offset, offset + count) of a tensor, 16-bit ones in the low half of a word.
let elements (law: Resolved) (dtype: DType) (key: uint64) (stream: uint64) (offset: int64) (count: int) : uint32[] =
    ReferenceWords.words key stream offset count
    |> Array.map (element (leafOf law) dtype)

/// The same of any dtype, in the low end of 64 bits.
let patterns (law: Resolved) (dtype: DType) (key: uint64) (stream: uint64) (offset: int64) (count: int) : uint64[] =
    if dtype = DType.Float64 then
        ReferenceWords.pairs key stream offset count
        |> Array.Parallel.map (element64 (leafOf law) >> BitConverter.DoubleToUInt64Bits)
    else
        elements law dtype key stream offset count |> Array.map uint64

/// The same as little-endian bytes.
let bytes (law: Resolved) (dtype: DType) (key: uint64) (stream: uint64) (offset: int64) (count: int) : byte[] =
    let size = DType.size dtype
    let all = Array.zeroCreate<byte>(count * size)

    patterns law dtype key stream offset count
    |> Array.iteri (fun i bits ->
        for b in 0 .. size - 1 do
            all[i * size + b] <- byte ((bits >>> (8 * b)) &&& 0xFFUL))

    all
