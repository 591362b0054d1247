namespace Initializers.FSharp

open System

/// A distribution in the form that a table is fitted to; elements are location + scale times its value.
[<RequireQualifiedAccess>]
type internal StandardForm =
    /// The standard normal on (lower, upper).
    | TruncatedNormal of lower: float * upper: float
    /// The standard normal beyond `near`, 32 or more, as its distance from there times `near`, up to `width`.
    | TailAbove of near: float * width: float
    /// The mirror image.
    | TailBelow of near: float * width: float
    /// The standard normal on (lower, lower + width), as the distance from the low end in halves of the width.
    | LowEnd of lower: float * width: float
    /// The mirror image: the negative of that distance, which is the position below the high end -lower.
    | HighEnd of lower: float * width: float
    /// The standard normal on (-half, half), in units of half.
    | Centre of half: float
    /// The standard distribution of a location-scale family.
    | Family of LocationScaleFamily
    /// Triangular on an interval of width 1 with the peak at 0, which lies at this part of it.
    | Triangular of mode: float
    | Custom of QuantileFunction

[<RequireQualifiedAccess>]
module internal StandardForm =
    /// The negative of a distribution whose sides meet at 1/2.
    let private mirror (quantile: QuantileForm) =
        QuantileForm.TwoSided(0.5, (fun side t -> -(quantile.At(1 - side, t))))

    let quantile (standard: StandardForm) : QuantileForm =
        match standard with
        | StandardForm.TruncatedNormal(lower, upper) -> TruncatedNormal.quantile lower upper
        | StandardForm.TailAbove(near, width) -> TruncatedNormal.farQuantile near width
        | StandardForm.TailBelow(near, width) -> mirror (TruncatedNormal.farQuantile near width)
        | StandardForm.LowEnd(lower, width) -> BoundedNormal.quantile lower width
        | StandardForm.HighEnd(lower, width) -> mirror (BoundedNormal.quantile lower width)
        | StandardForm.Centre half -> BoundedNormal.centralQuantile half
        | StandardForm.Family family -> family.Quantile
        | StandardForm.Triangular mode ->
            // sqrt(t w) - w from the end at -w, without the difference, which loses digits near the peak.
            let below w t =
                if w = 0.0 then
                    0.0
                else
                    w * (t - w) / (w + Math.Sqrt(t * w))

            QuantileForm.TwoSided(mode, fun side t -> if side = 0 then below mode t else -(below (1.0 - mode) t))
        | StandardForm.Custom f -> CustomQuantile.quantile f

    /// The distribution that float64 tables are fitted to. If words of 64 bits reach the cut of a far tail, the tail is
    /// computed from both of its ends, since differences from the whole tail have too few digits there.
    let quantile64 (standard: StandardForm) : QuantileForm =
        let cut near width =
            BoundedNormal.scaledQuantile (0.5 * width) near (width / near)

        match standard with
        | StandardForm.TailAbove(near, width) when width > 0.5 && width < 60.0 -> cut near width
        | StandardForm.TailBelow(near, width) when width > 0.5 && width < 60.0 -> mirror (cut near width)
        | _ -> quantile standard

    /// The number of distributions whose tables are kept for the next request: 2 MB of tables, in float64 18 MB.
    let kept = 1024

    let private tables = Cache<StandardForm, QuantileTable>(kept)
    let private tables64 = Cache<StandardForm, QuantileTable64>(kept)

    /// The faults of a custom quantile that is not a distribution. Other forms have none.
    let faults (standard: StandardForm) : InitError list =
        match standard with
        | StandardForm.Custom f -> CustomQuantile.faults f
        | _ -> []

    /// The same at the words of a float64, which go further out.
    let faults64 (standard: StandardForm) : InitError list =
        match standard with
        | StandardForm.Custom f -> CustomQuantile.faults64 f
        | _ -> []

    /// The table of a distribution, fitted at its first use. A custom quantile's is fitted now and checked against its
    /// function.
    let table (standard: StandardForm) : Result<QuantileTable, InitError list> =
        match standard with
        | StandardForm.Custom f -> CustomQuantile.table f
        | _ -> Ok(tables.GetOrAdd(standard, quantile >> QuantileTable.fit))

    /// The float64 table of a distribution, fitted and checked likewise.
    let table64 (standard: StandardForm) : Result<QuantileTable64, InitError list> =
        match standard with
        | StandardForm.Custom f -> CustomQuantile.table64 f
        | _ -> Ok(tables64.GetOrAdd(standard, quantile64 >> QuantileTable64.fit))

    /// The values of the outermost words of this many bits, which bound what can be drawn.
    let reach (bits: int) (standard: StandardForm) : struct (float * float) =
        let quantile = if bits = 64 then quantile64 standard else quantile standard
        let t = Math.ScaleB(1.0, -bits - 1)

        match standard with
        | StandardForm.Triangular mode -> struct (-mode, 1.0 - mode)
        | _ -> struct (quantile.At(0, t), quantile.At(1, t))

    /// P(X <= x) as a function of x.
    let cdf (standard: StandardForm) : float -> float =
        match standard with
        | StandardForm.TruncatedNormal(lower, upper) -> TruncatedNormal.cdf lower upper
        | StandardForm.TailAbove(near, width) -> TruncatedNormal.farCdf near width
        | StandardForm.TailBelow(near, width) -> fun x -> 1.0 - TruncatedNormal.farCdf near width -x
        | StandardForm.LowEnd(lower, width) -> BoundedNormal.cdf lower width
        | StandardForm.HighEnd(lower, width) ->
            let above = BoundedNormal.cdf lower width
            fun x -> 1.0 - above -x
        | StandardForm.Centre half -> BoundedNormal.centralCdf half
        | StandardForm.Family family -> family.Cdf
        | StandardForm.Triangular mode ->
            let below w y =
                if y <= -w then 0.0 else (y + w) * (y + w) / w

            fun x ->
                if x < 0.0 then below mode x
                elif x > 0.0 then 1.0 - below (1.0 - mode) -x
                else mode
        | StandardForm.Custom _ ->
            // The quantile turned round, by halving.
            let quantile = quantile standard

            let rec halve (x: float) (low: float) (high: float) =
                let middle = 0.5 * (low + high)

                if middle <= low || middle >= high then middle
                elif quantile.Quantile middle <= x then halve x middle high
                else halve x low middle

            fun x -> halve x 0.0 1.0

    let private negative (struct (mean: float, variance: float, kurtosis: float)) = struct (-mean, variance, kurtosis)

    /// Mean, variance and fourth standardized moment.
    let rec moments (standard: StandardForm) : struct (float * float * float) =
        match standard with
        | StandardForm.Family family -> family.Moments
        | StandardForm.Triangular mode -> struct ((1.0 - 2.0 * mode) / 3.0, (1.0 - mode + mode * mode) / 18.0, 2.4)
        | StandardForm.TruncatedNormal(lower, upper) ->
            let mode = max lower (min upper 0.0)
            Quadrature.ofNormal mode (abs mode) 0.5 (mode - lower) (upper - mode)
        | StandardForm.TailAbove(near, width) -> Quadrature.ofNormal 0.0 1.0 (0.5 / (near * near)) 0.0 width
        | StandardForm.TailBelow(near, width) -> negative (moments (StandardForm.TailAbove(near, width)))
        | StandardForm.LowEnd(lower, width) ->
            // In halves of the width.
            let unit = 0.5 * width

            let mode =
                if width = 0.0 then
                    0.0
                else
                    max 0.0 (min 2.0 (-lower / unit))

            Quadrature.ofNormal mode (abs (lower + unit * mode) * unit) (0.5 * unit * unit) mode (2.0 - mode)
        | StandardForm.HighEnd(lower, width) -> negative (moments (StandardForm.LowEnd(lower, width)))
        | StandardForm.Centre half -> Quadrature.ofNormal 0.0 0.0 (0.5 * half * half) 1.0 1.0
        | StandardForm.Custom _ -> Quadrature.ofQuantile (quantile standard)
