namespace Initializers.FSharp

open System

/// A distribution from which every element is drawn independently. Its parameters are numbers: fans have been read.
[<RequireQualifiedAccess>]
type internal Element =
    /// Uniform on the open interval (low, high).
    | Uniform of low: float * high: float
    /// Normal with mean and standard deviation.
    | Normal of mean: float * stddev: float
    /// Normal with mean and standard deviation, restricted to the open interval (low, high); the ends also in standard
    /// deviations from the mean, and the interval's width in standard deviations, which far from the mean has more digits than
    /// their difference.
    | TruncatedNormal of
        mean: float *
        stddev: float *
        lower: float *
        upper: float *
        low: float *
        high: float *
        width: float

    /// A location-scale family with location and scale.
    | LocationScale of family: LocationScaleFamily * loc: float * scale: float
    /// Triangular on the open interval (low, high) with its peak at mode.
    | Triangular of low: float * mode: float * high: float
    /// A caller's quantile function.
    | Quantile of QuantileFunction
    /// Uniform in the logarithm, on the open interval (low, high) above 0.
    | LogUniform of low: float * high: float
    /// A map of factor times a distribution, plus offset; negated where that falls, so that elements rise with their words.
    | Mapped of map: MonotoneMap * factor: float * offset: float * inner: Element

[<RequireQualifiedAccess>]
module internal Element =
    /// From this many standard deviations a truncated normal is sampled from its near end, in units in which it is nearly
    /// exponential.
    let private far = 32.0

    /// Below this width times distance from the mean, in standard deviations, the distribution is uniform to the last place of a
    /// float64.
    let private flat = 1.0e-17

    /// Below this width, in standard deviations, a truncated normal is sampled by the distance from an end.
    let private narrow = 0.001

    /// From this many widths between the mean and the nearer bound, a truncated normal is sampled by the distance from an end,
    /// too. Up to there the table of a float32 has at most 0.62 of the allowed error.
    let private distant = 2.0

    /// Whether a truncated normal is sampled by the distance from an end, in halves of its width: whether the rounding of its
    /// quantile's table, relative to the distance from the mean, exceeds what the width allows; and where the unit would be
    /// below the normal numbers of float32.
    let isCounted (stddev: float) (lower: float) (upper: float) (width: float) =
        let near = max 0.0 (max lower -upper)
        let isFar = near >= far
        let unit = if isFar then stddev / near else stddev
        let isRounded = not isFar && (width < narrow || near > distant * width)
        not (Double.IsPositiveInfinity width) && (isRounded || unit < 1.17549435e-38)

    /// A truncated normal sampled by the distance from the end that is nearest to 0, where its values have most digits; one
    /// that is symmetric about 0 is sampled from there.
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
            SamplingForm.Fitted(standard, location, half, low, high)

        if lower = -upper && low = -high then
            form (StandardForm.Centre(if isFlat then 0.0 else upper)) mean
        elif abs low <= abs high then
            form (StandardForm.LowEnd(key lower)) low
        else
            form (StandardForm.HighEnd(key -upper)) high

    let private supportOf (form: SamplingForm) : struct (float * float) =
        match form with
        | SamplingForm.Uniform(low, high)
        | SamplingForm.Fitted(low = low; high = high) -> struct (low, high)
        | SamplingForm.Normal _ -> struct (Double.NegativeInfinity, Double.PositiveInfinity)

    /// The open interval in which factor times a distribution, plus offset, lies. A custom quantile's is that of its words.
    let argument factor offset (form: SamplingForm) : struct (float * float) =
        let struct (low, high) =
            match form with
            | SamplingForm.Fitted(standard = StandardForm.Custom _ as standard) -> StandardForm.reach 32 standard
            | _ -> supportOf form

        Affine.interval
            { Affine.identity with
                Factor = factor
                Offset = offset }
            low
            high

    /// How a distribution is sampled.
    let rec form (element: Element) : SamplingForm =
        let fitted standard location scale low high =
            SamplingForm.Fitted(standard, location, scale, low, high)

        match element with
        | Element.Uniform(low, high) -> SamplingForm.Uniform(low, high)
        | Element.Normal(mean, stddev) -> SamplingForm.Normal(mean, stddev)
        | Element.TruncatedNormal(mean, stddev, lower, upper, low, high, width) ->
            // Far out, a value that is measured from the mean is all cancellation.
            if isCounted stddev lower upper width then
                counted mean stddev lower upper low high width
            elif lower >= far then
                fitted (StandardForm.TailAbove(lower, lower * width)) low (stddev / lower) low high
            elif upper <= -far then
                fitted (StandardForm.TailBelow(-upper, -upper * width)) high (stddev / -upper) low high
            else
                fitted (StandardForm.TruncatedNormal(lower, upper)) mean stddev low high
        | Element.LocationScale(family, loc, scale) ->
            let struct (low, high) = family.Support
            // A scale of 0, to which a map may round one, moves no infinite end.
            let at x =
                if Double.IsInfinity x then x else loc + scale * x

            fitted (StandardForm.Family family) loc scale (at low) (at high)
        | Element.Triangular(low, mode, high) ->
            let width = high - low
            fitted (StandardForm.Triangular((mode - low) / width)) mode width low high
        | Element.Quantile f -> fitted (StandardForm.Custom f) 0.0 1.0 Double.NegativeInfinity Double.PositiveInfinity
        | Element.LogUniform(low, high) -> fitted (StandardForm.LogUniform(low, high)) 0.0 1.0 low high
        | Element.Mapped(map, factor, offset, inner) ->
            let inner = form inner
            let struct (low, high) = argument factor offset inner
            let struct (low, high) = MonotoneMap.interval map low high
            let standard = StandardForm.Mapped(map, factor, offset, inner)

            if StandardForm.falls map factor then
                fitted standard 0.0 1.0 -high -low
            else
                fitted standard 0.0 1.0 low high

    /// The open interval in which all values lie.
    let support (element: Element) : struct (float * float) = supportOf (form element)

    /// Applies a map with a positive factor and without a clip to a distribution's parameters, so that half of normal(0, 1)
    /// has the bits of normal(0, 0.5). Quantiles and maps have no such parameters.
    let line (m: Affine) (element: Element) : Element voption =
        let f = m.Factor
        let line = Affine.line m

        match element with
        | Element.Uniform(low, high) -> ValueSome(Element.Uniform(line low, line high))
        | Element.Normal(mean, stddev) -> ValueSome(Element.Normal(line mean, f * stddev))
        | Element.TruncatedNormal(mean, stddev, lower, upper, low, high, width) ->
            ValueSome(Element.TruncatedNormal(line mean, f * stddev, lower, upper, line low, line high, width))
        | Element.LocationScale(family, loc, scale) -> ValueSome(Element.LocationScale(family, line loc, f * scale))
        | Element.Triangular(low, mode, high) -> ValueSome(Element.Triangular(line low, line mode, line high))
        | Element.Quantile _
        | Element.LogUniform _
        | Element.Mapped _ -> ValueNone
