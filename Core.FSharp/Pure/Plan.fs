namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess>]
type Resolved =
    | Constant of value: float
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float
    | TruncatedNormal of
        mean: float *
        stddev: float *
        lower: float *
        upper: float *
        low: float *
        high: float *
        width: float
    | Logistic of loc: float * scale: float
    | Laplace of loc: float * scale: float
    | Gumbel of loc: float * scale: float
    | Triangular of low: float * mode: float * high: float
    | Quantile of QuantileFunction

[<RequireQualifiedAccess>]
type Body =
    | Fill of bits: uint64
    | Uniform of mid: float32 * half: float32 * least: float32 * greatest: float32
    | Normal of mean: float32 * stddev: float32
    | Quantile of table: QuantileTable * location: float32 * scale: float32 * least: float32 * greatest: float32
    | Uniform64 of mid: float * half: float * least: float * greatest: float
    | Normal64 of mean: float * stddev: float
    | Quantile64 of table: QuantileTable64 * location: float * scale: float * least: float * greatest: float

type Plan =
    { DType: DType
      Length: int64
      Body: Body }

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

    /// The standard deviation of a standard normal law cut at -2 and 2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)).
    let private truncatedStddev = 0.87962566103423978

    /// A truncated normal by its ends, given in one unit and wanted in both.
    let private truncation spec mean stddev (lowName, low) (highName, high) absolute standard width =
        let ends =
            [ lowName, low; highName, high ]
            |> List.collect (fun (name, value) ->
                Validation.check (InitError.NotFinite(spec, name, value)) (not (Double.IsNaN value)))

        let faults =
            finite spec [ "mean", mean; "stddev", stddev ]
            @ Validation.check (InitError.StddevNotPositive stddev) (not (Double.IsFinite stddev) || stddev > 0.0)
            @ ends
            @ Validation.check (InitError.LowNotBelowHigh(low, high)) (not (low >= high))

        Validation.ofFaults faults ()
        |> Result.bind (fun () ->
            let lower, upper = standard low, standard high
            // An absolute interval may be narrower than its bounds in standard deviations can tell.
            Validation.ofFaults
                (Validation.check (InitError.LowNotBelowHigh(lower, upper)) (lower < upper))
                (Resolved.TruncatedNormal(mean, stddev, lower, upper, absolute low, absolute high, width (high - low))))

    let private locationScale spec (make: float * float -> Resolved) loc scale =
        Validation.ofFaults
            (finite spec [ "loc", loc; "scale", scale ]
             @ Validation.check (InitError.ScaleNotPositive scale) (not (Double.IsFinite scale) || scale > 0.0))
            (make (loc, scale))

    let private triangle low mode high =
        match finite "triangular" [ "low", low; "mode", mode; "high", high ] with
        | [] ->
            Validation.ofFaults
                (Validation.check (InitError.LowNotBelowHigh(low, high)) (low < high)
                 @ Validation.check
                     (InitError.ModeOutside(low, mode, high))
                     (low <= mode && mode <= high || low >= high))
                (Resolved.Triangular(low, mode, high))
        | faults -> Error faults

    /// From how many standard deviations on a truncated normal is counted from its near end.
    let private far = 32.0

    let form (resolved: Resolved) : Form =
        let everywhere standard loc scale =
            Form.Fitted(standard, loc, scale, Double.NegativeInfinity, Double.PositiveInfinity)

        match resolved with
        | Resolved.Constant value -> Form.Constant value
        | Resolved.Uniform(low, high) -> Form.Uniform(low, high)
        | Resolved.Normal(mean, stddev) -> Form.Normal(mean, stddev)
        | Resolved.TruncatedNormal(mean, stddev, lower, upper, low, high, width) ->
            // Far out, a value that is counted from the mean is all cancellation.
            if lower >= far then
                Form.Fitted(Standard.TailAbove(lower, lower * width), low, stddev / lower, low, high)
            elif upper <= -far then
                Form.Fitted(Standard.TailBelow(-upper, -upper * width), high, stddev / -upper, low, high)
            else
                Form.Fitted(Standard.TruncatedNormal(lower, upper), mean, stddev, low, high)
        | Resolved.Logistic(loc, scale) -> everywhere Standard.Logistic loc scale
        | Resolved.Laplace(loc, scale) -> everywhere Standard.Laplace loc scale
        | Resolved.Gumbel(loc, scale) -> everywhere Standard.Gumbel loc scale
        | Resolved.Triangular(low, mode, high) ->
            let width = high - low
            Form.Fitted(Standard.Triangular((mode - low) / width), mode, width, low, high)
        | Resolved.Quantile f -> everywhere (Standard.Own f) 0.0 1.0

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
        | Spec.TruncatedNormal(mean, stddev, lower, upper) ->
            truncation
                "truncated_normal"
                mean
                stddev
                ("lower", lower)
                ("upper", upper)
                (fun x -> mean + x * stddev)
                id
                id
        | Spec.TruncNormal(mean, stddev, a, b) ->
            truncation "trunc_normal" mean stddev ("a", a) ("b", b) id (fun x -> (x - mean) / stddev) (fun x ->
                x / stddev)
        | Spec.Logistic(loc, scale) -> locationScale "logistic" Resolved.Logistic loc scale
        | Spec.Laplace(loc, scale) -> locationScale "laplace" Resolved.Laplace loc scale
        | Spec.Gumbel(loc, scale) -> locationScale "gumbel" Resolved.Gumbel loc scale
        | Spec.Triangular(low, mode, high) -> triangle low mode high
        | Spec.Quantile f -> Validation.ofFaults (Standard.faults (Standard.Own f)) (Resolved.Quantile f)
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
                | Distribution.TruncatedNormal ->
                    // JAX's and Keras's: the stddev after the cut at 2 is sqrt(scale/fan).
                    spread 1.0 scale 0.5 fan
                    |> Result.map (fun spread ->
                        let stddev = spread / truncatedStddev

                        Resolved.TruncatedNormal(
                            mean,
                            stddev,
                            -2.0,
                            2.0,
                            mean - 2.0 * stddev,
                            mean + 2.0 * stddev,
                            4.0
                        ))
                | Distribution.Uniform ->
                    spread 1.0 (3.0 * scale) 0.5 fan
                    |> Result.bind (fun limit -> interval (mean - limit) (mean + limit)))
        | Spec.FanUniform(numerator, mode, power, gain) ->
            let faults =
                finite "fan_uniform" [ "numerator", numerator; "power", power; "gain", gain ]

            Validation.both (Validation.ofFaults faults ()) (Fan.denominator mode shape fan)
            |> Result.bind (fun ((), fan) -> spread gain numerator power fan)
            |> Result.bind (fun limit -> interval -limit limit)

    let private within dtype reach =
        Validation.check (InitError.OverflowsDType(reach, dtype)) (reach <= DType.largest dtype)

    /// A law by its table, on the open interval (low, high).
    let private fitted dtype standard (location: float) (scale: float) low high =
        let within = within dtype
        let single, scale32 = float32 location, float32 scale
        let inside x = max low (min high x)

        let reach =
            let struct (least, greatest) = Standard.reach 32 standard
            let end' location scale z = abs (inside (location + scale * z))

            [ end' location scale least
              end' location scale greatest
              end' (float single) (float scale32) least
              end' (float single) (float scale32) greatest ]
            |> List.max

        let largest = DType.largest dtype

        // The kernel computes in float32, so location and scale must be finite there, whatever the interval.
        let numbers =
            Validation.check
                (InitError.OverflowsDType(max (abs location) scale, DType.Float32))
                (Single.IsFinite single && Single.IsFinite scale32)

        match (if numbers.IsEmpty then within reach else numbers) with
        | [] ->
            // Beyond the dtype's range an end bounds nothing.
            let least =
                if low < -largest then
                    float32 -largest
                else
                    Grid.leastAbove dtype low

            let greatest =
                if high > largest then
                    float32 largest
                else
                    Grid.greatestBelow dtype high

            Validation.both
                (Validation.ofFaults
                    (Validation.check (InitError.NothingInside(low, high, dtype)) (least <= greatest))
                    ())
                (Standard.table standard)
            |> Result.map (fun ((), table) -> Body.Quantile(table, single, scale32, least, greatest))
        | faults -> Error faults

    /// The same in float64, whose tables are others and whose numbers need no rounding.
    let private fitted64 standard (location: float) (scale: float) low high =
        let within = within DType.Float64

        let reach () =
            let struct (least, greatest) = Standard.reach 64 standard
            let inside x = max low (min high x)

            let end' z =
                abs (inside (Math.FusedMultiplyAdd(z, scale, location)))

            max (end' least) (end' greatest)

        let faults =
            match Standard.faults64 standard with
            // A triangle may be wider than the largest float64.
            | [] when Double.IsFinite scale -> within (reach ())
            | [] -> within scale
            | faults -> faults

        match faults with
        | [] ->
            let least = Math.BitIncrement low
            let greatest = Math.BitDecrement high

            Validation.both
                (Validation.ofFaults
                    (Validation.check (InitError.NothingInside(low, high, DType.Float64)) (least <= greatest))
                    ())
                (Standard.table64 standard)
            |> Result.map (fun ((), table) -> Body.Quantile64(table, location, scale, least, greatest))
        | faults -> Error faults

    let private body64 resolved =
        let within = within DType.Float64

        match form resolved with
        | Form.Constant value -> Ok(Body.Fill(BitConverter.DoubleToUInt64Bits value))
        | Form.Normal(mean, stddev) ->
            // The kernel's own operation, so that what is let through stays finite.
            let reach = Math.FusedMultiplyAdd(NormalTable64.reach, stddev, abs mean)
            Validation.ofFaults (within reach) (Body.Normal64(mean, stddev))
        | Form.Uniform(low, high) ->
            let least = Math.BitIncrement low
            let greatest = Math.BitDecrement high
            // Half of a sum that overflows is the sum of halves, without another rounding.
            let half (x: float) y =
                if Double.IsFinite(x + y) then
                    (x + y) / 2.0
                else
                    x / 2.0 + y / 2.0

            Validation.ofFaults
                (Validation.check (InitError.NothingInside(low, high, DType.Float64)) (least <= greatest))
                (Body.Uniform64(half low high, half high -low, least, greatest))
        | Form.Fitted(standard, location, scale, low, high) -> fitted64 standard location scale low high

    let private body dtype resolved =
        let within = within dtype

        match form resolved with
        | Form.Constant value ->
            Validation.ofFaults (within (abs value)) (Body.Fill(uint64 (Grid.nearest dtype (float32 value))))
        | Form.Normal(mean, stddev) ->
            // The outermost quantile is finite, so a normal tensor has a reach although the law has none. The kernel's
            // rounded numbers may reach further than the law's.
            let reach (mean: float) (stddev: float) = abs mean + NormalTable.reach * stddev
            let body = Body.Normal(float32 mean, float32 stddev)

            Validation.ofFaults
                (within (max (reach mean stddev) (reach (float (float32 mean)) (float (float32 stddev)))))
                body
        | Form.Uniform(low, high) ->
            match within (max (abs low) (abs high)) with
            | [] ->
                let least = Grid.leastAbove dtype low
                let greatest = Grid.greatestBelow dtype high

                Validation.ofFaults
                    (Validation.check (InitError.NothingInside(low, high, dtype)) (least <= greatest))
                    (Body.Uniform(float32 ((low + high) / 2.0), float32 ((high - low) / 2.0), least, greatest))
            | faults -> Error faults
        | Form.Fitted(standard, location, scale, low, high) -> fitted dtype standard location scale low high

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) (dtype: DType) : Result<Plan, InitError list> =
        let known =
            Validation.ofFaults (Validation.check (InitError.DTypeUnknown(Names.dtype dtype)) (Enum.IsDefined dtype)) ()

        Validation.both known (distribution spec shape fan)
        |> Result.bind (fun ((), resolved) ->
            if dtype = DType.Float64 then
                body64 resolved
            else
                body dtype resolved)
        |> Result.map (fun body ->
            { DType = dtype
              Length = shape.Length
              Body = body })
