namespace Initializers.FSharp

open System
open Initializers

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

    [<CompiledName "Distribution">]
    let rec distribution (spec: Spec) (shape: Shape) (fan: Fan) : Result<Resolved, InitError list> =
        let inner spec = distribution spec shape fan
        let part spec shape = distribution spec shape fan

        match spec with
        | Spec.Orthogonal gain -> Matrices.orthogonal gain shape fan
        | Spec.DeltaOrthogonal gain -> Matrices.deltaOrthogonal gain shape fan
        | Spec.Dirac groups -> Matrices.dirac groups shape fan
        | Spec.Identity gain -> Matrices.identity gain shape fan
        | Spec.Sparse(sparsity, law) -> Composite.sparse sparsity (inner law) shape
        | Spec.Bilinear -> Matrices.bilinear shape fan
        | Spec.LstmBias forget -> Composite.lstmBias forget shape
        | Spec.Stft(side, window, scaling, periodic) -> Fourier.stft side window scaling periodic shape
        | Spec.Literal numbers -> Composite.literal numbers shape
        | Spec.Scale(factor, law) -> Composite.mapped (Composite.scaleFaults factor) (Affine.scale factor) (inner law)
        | Spec.Shift(offset, law) -> Composite.mapped (Composite.shiftFaults offset) (Affine.shift offset) (inner law)
        | Spec.Clip(low, high, law) ->
            Composite.mapped (Composite.clipFaults low high) (Affine.clip low high) (inner law)
        | Spec.Mask(keep, law) -> Composite.mask keep (inner law) shape
        | Spec.Stacked(axis, parts) -> Composite.stacked axis parts shape part
        | Spec.Batched(axes, law) ->
            Composite.batched axes shape (fun own -> distribution law own (Fan.behind axes shape.Rank fan))
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

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) (dtype: DType) : Result<Plan, InitError list> =
        let known =
            Validation.ofFaults (Validation.check (InitError.DTypeUnknown(Names.dtype dtype)) (Enum.IsDefined dtype)) ()

        Validation.both known (distribution spec shape fan)
        |> Result.bind (fun ((), resolved) -> Bodies.ofLaw dtype resolved)
        |> Result.map (fun body ->
            { DType = dtype
              Length = shape.Length
              Body = body })
