namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess>]
type Resolved =
    | Constant of value: float
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float

[<RequireQualifiedAccess>]
type Body =
    | Fill of bits: uint32
    | Uniform of mid: float32 * half: float32 * least: float32 * greatest: float32
    | Normal of mean: float32 * stddev: float32

type Plan =
    { DType: DType
      Length: int64
      Body: Body }

/// The values of a dtype on the real line: rounding, neighbours, and the outermost ones inside an open interval.
module private Grid =
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

[<RequireQualifiedAccess>]
module Plan =
    [<CompiledName "BitsVersion">]
    let bitsVersion = 1

    [<CompiledName "Spread">]
    let spread (gain: float) (numerator: float) (power: float) (fan: float) =
        let width = gain * Exact.pow (numerator / fan) power

        Validation.ofFaults
            (Validation.check (InitError.SpreadNotFinite(numerator, fan, power, gain)) (Double.IsFinite width))
            width

    let private finite spec parameters =
        parameters
        |> List.collect (fun (name, value) ->
            Validation.check (InitError.NotFinite(spec, name, value)) (Double.IsFinite value))

    let private interval low high =
        Validation.ofFaults
            (Validation.check (InitError.LowNotBelowHigh(low, high)) (low < high))
            (Resolved.Uniform(low, high))

    [<CompiledName "Distribution">]
    let distribution (spec: Spec) (shape: Shape) (fan: Fan) : Result<Resolved, InitError list> =
        match spec with
        | Spec.Constant value -> Validation.ofFaults (finite "constant" [ "value", value ]) (Resolved.Constant value)
        | Spec.Uniform(low, high) ->
            match finite "uniform" [ "low", low; "high", high ] with
            | [] -> interval low high
            | faults -> Error faults
        | Spec.Normal(mean, stddev) ->
            let sign =
                Validation.check (InitError.StddevNegative stddev) (not (Double.IsFinite stddev) || stddev >= 0.0)

            Validation.ofFaults
                (finite "normal" [ "mean", mean; "stddev", stddev ] @ sign)
                (Resolved.Normal(mean, stddev))
        | Spec.VarianceScaling(scale, mode, family, mean) ->
            let faults =
                finite "variance_scaling" [ "scale", scale; "mean", mean ]
                @ Validation.check (InitError.ScaleNotPositive scale) (not (Double.IsFinite scale) || scale > 0.0)

            Validation.both (Validation.ofFaults faults ()) (Fan.denominator mode shape fan)
            |> Result.bind (fun ((), fan) ->
                match family with
                | Distribution.Normal ->
                    spread 1.0 scale 0.5 fan
                    |> Result.map (fun stddev -> Resolved.Normal(mean, stddev))
                | Distribution.Uniform ->
                    spread 1.0 (3.0 * scale) 0.5 fan
                    |> Result.bind (fun limit -> interval (mean - limit) (mean + limit)))
        | Spec.FanUniform(numerator, mode, power, gain) ->
            let faults =
                finite "fan_uniform" [ "numerator", numerator; "power", power; "gain", gain ]

            Validation.both (Validation.ofFaults faults ()) (Fan.denominator mode shape fan)
            |> Result.bind (fun ((), fan) -> spread gain numerator power fan)
            |> Result.bind (fun limit -> interval -limit limit)

    let private body dtype resolved =
        let within reach =
            Validation.check (InitError.OverflowsDType(reach, dtype)) (reach <= DType.largest dtype)

        match resolved with
        | Resolved.Constant value ->
            Validation.ofFaults (within (abs value)) (Body.Fill(Grid.nearest dtype (float32 value)))
        | Resolved.Normal(mean, stddev) ->
            // The outermost quantile is finite, so a normal tensor has a reach although the law has none. Mean and stddev
            // rounded to float32 may reach further than they did, and past the largest float32 that would be infinity.
            let center = float32 mean
            let scale = float32 stddev

            let outermost = MathF.FusedMultiplyAdd(float32 NormalTable.reach, scale, abs center)

            let faults =
                match within (abs mean + NormalTable.reach * stddev) with
                | [] -> within (float outermost)
                | faults -> faults

            Validation.ofFaults faults (Body.Normal(center, scale))
        | Resolved.Uniform(low, high) ->
            match within (max (abs low) (abs high)) with
            | [] ->
                let least = Grid.leastAbove dtype low
                let greatest = Grid.greatestBelow dtype high

                Validation.ofFaults
                    (Validation.check (InitError.NothingInside(low, high, dtype)) (least <= greatest))
                    (Body.Uniform(float32 ((low + high) / 2.0), float32 ((high - low) / 2.0), least, greatest))
            | faults -> Error faults

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) (dtype: DType) : Result<Plan, InitError list> =
        let known =
            Validation.ofFaults (Validation.check (InitError.DTypeUnknown(Names.dtype dtype)) (Enum.IsDefined dtype)) ()

        Validation.both known (distribution spec shape fan)
        |> Result.bind (fun ((), resolved) -> body dtype resolved)
        |> Result.map (fun body ->
            { DType = dtype
              Length = shape.Length
              Body = body })
