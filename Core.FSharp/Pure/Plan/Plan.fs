namespace Initializers.FSharp

open System
open Initializers

type Plan =
    internal
        { DType: DType
          Length: int64
          Body: Body }

[<RequireQualifiedAccess>]
module Plan =
    [<CompiledName "BitsVersion">]
    let bitsVersion = 1

    let spread (gain: float) (numerator: float) (power: float) (fan: float) =
        let width = gain * Exact.pow (numerator / fan) power

        Validation.ofFaults
            (Validation.check (InitError.SpreadNotFinite(numerator, fan, power, gain)) (Double.IsFinite width))
            width

    let private interval low high =
        Validation.ofFaults
            (Validation.check (InitError.LowNotBelowHigh(low, high)) (low < high))
            (Element.Uniform(low, high))

    /// The standard deviation of a standard normal cut at -2 and 2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)).
    let private truncatedStddev = 0.87962566103423978

    /// A bound in standard deviations from the mean; a finite one stays finite.
    let private standardized (mean: float) (stddev: float) (x: float) =
        if Double.IsInfinity x then
            x
        else
            let distance = x - mean

            let z =
                if Double.IsFinite distance then
                    distance / stddev
                else
                    (0.5 * x - 0.5 * mean) / stddev * 2.0

            max -1.0e300 (min 1.0e300 z)

    /// A truncated normal by its ends, given in one unit and wanted in both.
    let private truncation spec mean stddev (lowName, low) (highName, high) make =
        let faults =
            Validation.finite spec [ "mean", mean; "stddev", stddev ]
            @ Validation.check (InitError.StddevNotPositive stddev) (not (Double.IsFinite stddev) || stddev > 0.0)
            @ Validation.notNaN spec [ lowName, low; highName, high ]
            @ Validation.check (InitError.LowNotBelowHigh(low, high)) (not (low >= high))

        Validation.ofFaults faults () |> Result.map (make low high)

    let private locationScale (family: LocationScaleFamily) loc scale =
        Validation.ofFaults
            (Validation.finite family.Name [ "loc", loc; "scale", scale ]
             @ Validation.check (InitError.ScaleNotPositive scale) (not (Double.IsFinite scale) || scale > 0.0))
            (Element.LocationScale(family, loc, scale))

    let private logUniform low high =
        match Validation.finite "log_uniform" [ "low", low; "high", high ] with
        | [] ->
            Validation.ofFaults
                (Validation.check (InitError.NotPositive("log_uniform", "low", low)) (low > 0.0)
                 @ Validation.check (InitError.LowNotBelowHigh(low, high)) (low < high))
                (Element.LogUniform(low, high))
        | faults -> Error faults

    let private triangle low mode high =
        match Validation.finite "triangular" [ "low", low; "mode", mode; "high", high ] with
        | [] ->
            Validation.ofFaults
                (Validation.check (InitError.LowNotBelowHigh(low, high)) (low < high)
                 @ Validation.check
                     (InitError.ModeOutOfRange(low, mode, high))
                     (low <= mode && mode <= high || low >= high))
                (Element.Triangular(low, mode, high))
        | faults -> Error faults

    /// Faults of the numbers of Ivy's Uniform, which are above 0. Those of siren are named by the w0 that they are made of.
    let private fanUniformFaults (numerator: float) mode (power: float) (gain: float) =
        let name, gainName =
            if numerator = 6.0 && mode = FanMode.FanIn && power = 0.5 then
                "siren", "1/w0 (the gain)"
            else
                "fan_uniform", "gain"

        Validation.finite name [ "numerator", numerator; "power", power; gainName, gain ]
        @ ([ "numerator", numerator; gainName, gain ]
           |> List.collect (fun (parameter, value) ->
               Validation.check
                   (InitError.NotPositive(name, parameter, value))
                   (not (Double.IsFinite value) || value > 0.0)))

    /// What the specs around a spec say of its axes and fans.
    [<Struct>]
    type private Reading =
        {
            /// The layout where the request gives none.
            Layout: Layout voption
            /// fan_in and fan_out whatever the request gives.
            Fans: struct (float * float) voption
            /// Whether the tensor has no elements, however many one of its batch has.
            IsEmpty: bool
        }

    /// Layouts read 2 axes or more.
    let private defaultOf (reading: Reading) (shape: Shape) =
        if shape.Rank >= 2 then reading.Layout else ValueNone

    /// Where a matrix or a kernel reads the roles of its axes.
    let private roles reading shape (fan: Fan) =
        match fan, defaultOf reading shape with
        | (Fan.From _ | Fan.Axes _), _
        | _, ValueNone -> fan
        | _, ValueSome layout -> Fan.From layout

    /// The fan source that a distribution reads.
    let private fans reading shape (fan: Fan) =
        match reading.Fans, fan, defaultOf reading shape with
        | ValueSome(struct (fanIn, fanOut)), _, _ -> Fan.Of(fanIn, fanOut)
        | _, Fan.Unknown, ValueSome layout -> Fan.From layout
        | _ -> fan

    let private requested (shape: Shape) =
        { Layout = ValueNone
          Fans = ValueNone
          IsEmpty = (shape.Length = 0L) }

    let private readBy layout reading =
        match reading.Layout with
        | ValueNone ->
            { reading with
                Layout = ValueSome layout }
        | _ -> reading

    let private withFans (fanIn, fanOut) reading =
        { reading with
            Fans = ValueSome(struct (fanIn, fanOut)) }

    let fanOf (spec: Spec) (shape: Shape) (fan: Fan) : Result<Fan, InitError list> =
        let rec within reading spec =
            match spec with
            | Spec.Scale(_, inner)
            | Spec.Shift(_, inner)
            | Spec.Clip(_, _, inner)
            | Spec.Mask(_, inner)
            | Spec.Normalized(_, inner)
            | Spec.Padding(_, inner)
            | Spec.Sparse(_, inner) -> within reading inner
            | Spec.DefaultLayout(layout, inner) -> within (readBy layout reading) inner
            | Spec.AxisFans(inputAxes, outputAxes, inner) ->
                Fan.ofAxisLists inputAxes outputAxes shape
                |> Result.bind (fun fans -> within (withFans fans reading) inner)
            | _ -> Ok(fans reading shape fan)

        Validation.ofFaults (Spec.nestingFaults spec) ()
        |> Result.bind (fun () -> within (requested shape) spec)

    /// Scales a distribution by a fan. A tensor without elements may have a fan of 0, and draws nothing.
    let private byFan reading (shape: Shape) fan mode (element: float -> Result<Element, InitError list>) faults =
        let isEmpty = reading.IsEmpty || shape.Length = 0L

        validation {
            let! () = faults
            and! fan = Fan.denominatorOf isEmpty mode shape (fans reading shape fan)

            return!
                if fan = 0.0 then
                    Ok(Resolved.constant 0.0)
                else
                    element fan |> Result.map Resolved.element
        }

    /// The spec without functions, for a tensor outside a model. Most specs have none, and small tensors should cost no more
    /// than their elements.
    let plain (spec: Spec) (shape: Shape) (fan: Fan) : Result<Spec, InitError list> =
        if Spec.hasFunctions spec then
            Spec.evaluate (TensorMatch("", Map.empty, shape, "", fan, None)) spec
        else
            Ok spec

    let rec private resolveIn
        (reading: Reading)
        (spec: Spec)
        (shape: Shape)
        (fan: Fan)
        : Result<Resolved, InitError list> =
        let inline inner spec = resolveIn reading spec shape fan

        match spec with
        | Spec.Orthogonal gain -> Matrices.orthogonal gain shape (roles reading shape fan)
        | Spec.DeltaOrthogonal gain -> Matrices.deltaOrthogonal gain shape (roles reading shape fan)
        | Spec.Dirac groups -> Matrices.dirac groups shape (roles reading shape fan)
        | Spec.Identity gain -> Matrices.identity gain shape (roles reading shape fan)
        | Spec.Sparse(sparsity, nested) -> Combinators.sparse sparsity (inner nested) shape
        | Spec.Bilinear -> Matrices.bilinear shape (roles reading shape fan)
        | Spec.LstmBias forget -> Combinators.lstmBias forget shape
        | Spec.Stft(side, window, scaling, periodic) -> StftKernel.stft side window scaling periodic shape
        | Spec.Formula expression -> Combinators.formula expression shape
        | Spec.Literal numbers -> Combinators.literal numbers shape
        | Spec.Scale(factor, nested) ->
            Combinators.mapped (Combinators.scaleFaults factor) (Affine.scale factor) (inner nested)
        | Spec.Shift(offset, nested) ->
            Combinators.mapped (Combinators.shiftFaults offset) (Affine.shift offset) (inner nested)
        | Spec.Clip(low, high, nested) ->
            Combinators.mapped (Combinators.clipFaults low high) (Affine.clip low high) (inner nested)
        | Spec.Map(map, nested) -> inner nested |> Result.bind (Resolved.monotone map)
        | Spec.Mask(keep, nested) -> Combinators.mask keep (inner nested) shape
        | Spec.Stacked(axis, parts) ->
            Combinators.stacked axis parts shape (fun spec shape -> resolveIn reading spec shape fan)
        | Spec.Batched(axes, nested) ->
            Combinators.batched axes shape (fun one -> resolveIn reading nested one (Fan.behind axes shape.Rank fan))
        | Spec.Function _ -> plain spec shape fan |> Result.bind inner
        | Spec.Sum parts -> Combinators.sum parts inner
        | Spec.Repeat(axis, times, nested) ->
            Combinators.repeat axis times shape (fun one -> resolveIn reading nested one fan)
        | Spec.Normalized(axis, nested) -> Combinators.normalized axis shape (inner nested)
        | Spec.Padding(index, nested) -> Combinators.padding index shape (inner nested)
        | Spec.Permutation -> Ok(Combinators.permutation shape)
        | Spec.Randint(low, high) -> Combinators.randint low high
        | Spec.Bernoulli p -> Combinators.bernoulli p
        | Spec.DefaultLayout(layout, nested) -> resolveIn (readBy layout reading) nested shape fan
        | Spec.AxisFans(inputAxes, outputAxes, nested) ->
            match Fan.ofAxisLists inputAxes outputAxes shape with
            | Ok fans -> resolveIn (withFans fans reading) nested shape fan
            | Error faults ->
                // Any fans find the inner spec's other faults.
                Error(
                    faults
                    @ Validation.faults (resolveIn (withFans (1.0, 1.0) reading) nested shape fan)
                )
        | Spec.Constant value ->
            Validation.ofFaults (Validation.notNaN "constant" [ "value", value ]) (Resolved.constant value)
        | Spec.Uniform(low, high) ->
            match Validation.finite "uniform" [ "low", low; "high", high ] with
            | [] -> interval low high |> Result.map Resolved.element
            | faults -> Error faults
        | Spec.Normal(mean, stddev) ->
            let sign =
                Validation.check (InitError.StddevNegative stddev) (not (Double.IsFinite stddev) || stddev >= 0.0)

            Validation.ofFaults
                (Validation.finite "normal" [ "mean", mean; "stddev", stddev ] @ sign)
                (Resolved.element (Element.Normal(mean, stddev)))
        | Spec.TruncatedNormal(mean, stddev, Bounds.Sigmas(lower, upper)) ->
            truncation "truncated_normal" mean stddev ("lower", lower) ("upper", upper) (fun lower upper () ->
                let width = upper - lower

                // An end that values are counted from is rounded once.
                let absolute x =
                    if Element.isCounted stddev lower upper width then
                        Math.FusedMultiplyAdd(x, stddev, mean)
                    else
                        mean + x * stddev

                Element.TruncatedNormal(mean, stddev, lower, upper, absolute lower, absolute upper, width))
            |> Result.map Resolved.element
        | Spec.TruncatedNormal(mean, stddev, Bounds.Absolute(a, b)) ->
            truncation "trunc_normal" mean stddev ("a", a) ("b", b) (fun a b () ->
                // An absolute interval may be narrower than its bounds in standard deviations can tell.
                Element.TruncatedNormal(
                    mean,
                    stddev,
                    standardized mean stddev a,
                    standardized mean stddev b,
                    a,
                    b,
                    (b - a) / stddev
                ))
            |> Result.map Resolved.element
        | Spec.LocationScale(family, loc, scale) -> locationScale family loc scale |> Result.map Resolved.element
        | Spec.LogUniform(low, high) -> logUniform low high |> Result.map Resolved.element
        | Spec.Triangular(low, mode, high) -> triangle low mode high |> Result.map Resolved.element
        | Spec.Quantile f -> Validation.ofFaults (CustomQuantile.faults f) (Resolved.element (Element.Quantile f))
        | Spec.VarianceScaling(scale, mode, family, mean) ->
            let faults =
                Validation.finite "variance_scaling" [ "scale", scale; "mean", mean ]
                @ Validation.check (InitError.ScaleNotPositive scale) (not (Double.IsFinite scale) || scale > 0.0)
                @ Validation.check
                    (InitError.DistributionUnknown(EnumText.text EnumText.families family))
                    (Enum.IsDefined family)

            faults
            |> byFan reading shape fan mode (fun fan ->
                match family with
                | DistributionFamily.Normal ->
                    spread 1.0 scale 0.5 fan
                    |> Result.map (fun stddev -> Element.Normal(mean, stddev))
                | DistributionFamily.TruncatedNormal ->
                    // JAX's and Keras's: the stddev after the cut at 2 is sqrt(scale/fan).
                    spread 1.0 scale 0.5 fan
                    |> Result.map (fun spread ->
                        let stddev = spread / truncatedStddev

                        Element.TruncatedNormal(
                            mean,
                            stddev,
                            -2.0,
                            2.0,
                            mean - 2.0 * stddev,
                            mean + 2.0 * stddev,
                            4.0
                        ))
                | _ ->
                    // Uniform: another value of the enum is a fault.
                    spread 1.0 (3.0 * scale) 0.5 fan
                    |> Result.bind (fun limit ->
                        let low, high = mean - limit, mean + limit

                        Validation.ofFaults
                            (Validation.check (InitError.SpreadLost(mean, scale, fan)) (low < high))
                            (Element.Uniform(low, high))))
        | Spec.FanUniform(numerator, mode, power, gain) ->
            fanUniformFaults numerator mode power gain
            |> byFan reading shape fan mode (fun fan ->
                spread gain numerator power fan
                |> Result.bind (fun limit ->
                    // A power may make 0 of numbers above 0.
                    Validation.ofFaults
                        (Validation.check (InitError.SpreadNotFinite(numerator, fan, power, gain)) (limit > 0.0))
                        (Element.Uniform(-limit, limit))))

    let distribution (spec: Spec) (shape: Shape) (fan: Fan) : Result<Resolved, InitError list> =
        plain spec shape fan
        |> Result.bind (fun spec -> Validation.ofFaults (Spec.nestingFaults spec) spec)
        |> Result.bind (fun spec -> resolveIn (requested shape) spec shape fan)

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) (dtype: DType) : Result<Plan, InitError list> =
        try
            validation {
                let! () =
                    Validation.check (InitError.DTypeUnknown(Names.dtype dtype)) (Enum.IsDefined dtype)

                and! resolved = distribution spec shape fan
                let! body = Body.ofResolved dtype resolved

                return
                    { DType = dtype
                      Length = shape.Length
                      Body = body }
            }
        with :? OutOfMemoryException ->
            Error [ InitError.MemoryExhausted ]

    [<CompiledName "DType">]
    let dtype (plan: Plan) = plan.DType

    [<CompiledName "Length">]
    let length (plan: Plan) = plan.Length
