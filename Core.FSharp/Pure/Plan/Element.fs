namespace Initializers.FSharp

open System

/// What a law's elements are made by.
[<RequireQualifiedAccess>]
type internal Form =
    | Constant of value: float
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float
    /// location + scale * z by a table, kept inside the open interval (low, high).
    | Fitted of standard: Standard * location: float * scale: float * low: float * high: float

/// Laws that each element of a tensor has for itself.
[<RequireQualifiedAccess>]
module internal Forms =
    /// From how many standard deviations on a truncated normal is counted from its near end, in units in which the law is
    /// nearly exponential.
    let private far = 32.0

    /// Below this width times distance from the mean, in standard deviations, the law is uniform to the last place of a float64.
    let private flat = 1.0e-17

    /// Below this width, in standard deviations, a truncated normal is counted from an end.
    let private narrow = 0.001

    /// From so many widths between the mean and the nearer bound on, it is counted from an end, too. Up to there the table of
    /// a float32 reaches at most 0.62 of the error that is allowed.
    let private beside = 2.0

    /// Whether a truncated normal is counted from an end in halves of its width: whether what its quantile's table rounds
    /// off, a part of the distance from the mean, is more than the width allows. Also where the unit that it would be counted
    /// in is below the normal numbers of float32.
    let isCounted (stddev: float) (lower: float) (upper: float) (width: float) =
        let near = max 0.0 (max lower -upper)
        let isFar = near >= far
        let unit = if isFar then stddev / near else stddev
        let isRounded = not isFar && (width < narrow || near > beside * width)
        not (Double.IsPositiveInfinity width) && (isRounded || unit < 1.17549435e-38)

    /// A truncated normal counted from the end that is nearest to 0, where its values have most digits; one that is symmetric
    /// about 0 is counted from there.
    let private counted mean stddev lower upper (low: float) (high: float) width =
        // The width in standard deviations may be too small for a float64.
        let half =
            if width < 1.0e-290 then
                0.5 * high - 0.5 * low
            else
                stddev * (0.5 * width)

        let isFlat = (max (abs lower) (abs upper) + width) * width < flat

        let key (lower: float) =
            if isFlat then 0.0, 0.0 else lower, width

        let form standard location =
            Form.Fitted(standard, location, half, low, high)

        if lower = -upper && low = -high then
            form (Standard.Centre(if isFlat then 0.0 else upper)) mean
        elif abs low <= abs high then
            form (Standard.LowEnd(key lower)) low
        else
            form (Standard.HighEnd(key -upper)) high

    /// How the elements of a law that each has for itself are made; none under a map, and none of what is put together.
    let form (resolved: Resolved) : Form voption =
        let fitted standard location scale low high =
            ValueSome(Form.Fitted(standard, location, scale, low, high))

        let everywhere standard loc scale =
            fitted standard loc scale Double.NegativeInfinity Double.PositiveInfinity

        match resolved with
        | Resolved.Constant value -> ValueSome(Form.Constant value)
        | Resolved.Uniform(low, high) -> ValueSome(Form.Uniform(low, high))
        | Resolved.Normal(mean, stddev) -> ValueSome(Form.Normal(mean, stddev))
        | Resolved.TruncatedNormal(mean, stddev, lower, upper, low, high, width) ->
            // Far out, a value that is counted from the mean is all cancellation.
            if isCounted stddev lower upper width then
                ValueSome(counted mean stddev lower upper low high width)
            elif lower >= far then
                fitted (Standard.TailAbove(lower, lower * width)) low (stddev / lower) low high
            elif upper <= -far then
                fitted (Standard.TailBelow(-upper, -upper * width)) high (stddev / -upper) low high
            else
                fitted (Standard.TruncatedNormal(lower, upper)) mean stddev low high
        | Resolved.Logistic(loc, scale) -> everywhere Standard.Logistic loc scale
        | Resolved.Laplace(loc, scale) -> everywhere Standard.Laplace loc scale
        | Resolved.Gumbel(loc, scale) -> everywhere Standard.Gumbel loc scale
        | Resolved.Triangular(low, mode, high) ->
            let width = high - low
            fitted (Standard.Triangular((mode - low) / width)) mode width low high
        | Resolved.Quantile f -> everywhere (Standard.Own f) 0.0 1.0
        | Resolved.Mapped _
        | Resolved.Stacked _
        | Resolved.Batched _
        | Resolved.Pattern _
        | Resolved.Computed _
        | Resolved.Points _
        | Resolved.Sparse _
        | Resolved.Orthogonal _
        | Resolved.Permuted _
        | Resolved.Masked _ -> ValueNone

    /// Whether elements are drawn each for itself, by one law.
    let rec isElements (law: Resolved) =
        match law with
        | Resolved.Mapped(inner = inner) -> isElements inner
        | other -> (form other).IsSome
