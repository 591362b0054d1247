namespace Initializers.FSharp

open System
open Initializers

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
    /// Uniform in the logarithm, on (low, high).
    | LogUniform of low: float * high: float
    /// A map of factor times a distribution, plus offset; negated where that falls, so that elements rise with their words.
    | Mapped of map: MonotoneMap * factor: float * offset: float * inner: SamplingForm

/// How the elements of a distribution are sampled.
and [<RequireQualifiedAccess>] internal SamplingForm =
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float
    /// location + scale * z with z from a fitted table, moved into the open interval (low, high).
    | Fitted of standard: StandardForm * location: float * scale: float * low: float * high: float

[<RequireQualifiedAccess>]
module internal StandardForm =
    /// The negative of a distribution whose sides meet at 1/2.
    let private mirror (quantile: QuantileForm) =
        QuantileForm.TwoSided(0.5, (fun side t -> -(quantile.At(1 - side, t))))

    /// low e^(t log(high/low)) from the low end, and the same from the high one.
    let private logUniform low high side t =
        let width = ExactPairs.subtract (Exact.logPair high) (Exact.logPair low)

        let part = ExactPairs.mul width (DoubleDouble.ofFloat (if side = 0 then t else -t))
        ExactPairs.mul (DoubleDouble.ofFloat (if side = 0 then low else high)) (ExactPairs.exp part)

    /// Whether a map of factor times x, plus a number, falls as x rises.
    let falls map factor = (factor < 0.0) <> MonotoneMap.falls map

    /// start + scale * distance.
    let private from (start: float) (scale: float) (distance: float) =
        ExactPairs.add
            (DoubleDouble.ofFloat start)
            (ExactPairs.mul (DoubleDouble.ofFloat scale) (DoubleDouble.ofFloat distance))

    let rec quantile (standard: StandardForm) : QuantileForm =
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
        | StandardForm.LogUniform(low, high) ->
            QuantileForm.TwoSided(0.5, (fun side t -> DoubleDouble.round (logUniform low high side t)))
        | StandardForm.Mapped(map, factor, offset, inner) ->
            let struct (split, at) = mapped map factor offset inner
            QuantileForm.TwoSided(split, (fun side t -> DoubleDouble.round (at side t)))

    /// The distribution that float64 tables are fitted to. If words of 64 bits reach the cut of a far tail, the tail is
    /// computed from both of its ends, since differences from the whole tail have too few digits there.
    and quantile64 (standard: StandardForm) : QuantileForm =
        let cut near width =
            BoundedNormal.scaledQuantile (0.5 * width) near (width / near)

        match standard with
        | StandardForm.TailAbove(near, width) when width > 0.5 && width < 60.0 -> cut near width
        | StandardForm.TailBelow(near, width) when width > 0.5 && width < 60.0 -> mirror (cut near width)
        | _ -> quantile standard

    /// Where the sides of a map's quantile meet, and its values as double-doubles.
    and private mapped map factor offset inner : struct (float * (int -> float -> DoubleDouble)) =
        let struct (split, at) = pairs inner
        let isNegated = falls map factor

        let line (x: DoubleDouble) =
            if factor = 1.0 && offset = 0.0 then
                x
            else
                ExactPairs.add (ExactPairs.mul (DoubleDouble.ofFloat factor) x) (DoubleDouble.ofFloat offset)

        struct (split,
                fun side t ->
                    let y = MonotoneMap.pair map (line (at side t))
                    if isNegated then DoubleDouble.negate y else y)

    /// The quantile of what a map is applied to, as double-doubles: the distance from a finite end keeps its digits, since a
    /// map may make it the value.
    and private pairs (form: SamplingForm) : struct (float * (int -> float -> DoubleDouble)) =
        match form with
        | SamplingForm.Uniform(low, high) ->
            let width =
                ExactPairs.subtract (DoubleDouble.ofFloat high) (DoubleDouble.ofFloat low)

            let part (t: float) =
                ExactPairs.mul width (DoubleDouble.ofFloat t)

            struct (0.5,
                    fun side t ->
                        if Double.IsInfinity width.Hi then
                            DoubleDouble.ofFloat (
                                if side = 0 then
                                    (1.0 - t) * low + t * high
                                else
                                    (1.0 - t) * high + t * low
                            )
                        elif side = 0 then
                            ExactPairs.add (DoubleDouble.ofFloat low) (part t)
                        else
                            ExactPairs.subtract (DoubleDouble.ofFloat high) (part t))
        | SamplingForm.Normal(mean, stddev) ->
            struct (0.5,
                    fun side t ->
                        let z = StandardNormal.quantile t
                        from mean stddev (if side = 0 then z else -z))
        | SamplingForm.Fitted(StandardForm.LogUniform(low, high), _, _, _, _) -> struct (0.5, logUniform low high)
        | SamplingForm.Fitted(StandardForm.Mapped(map, factor, offset, inner), _, _, _, _) ->
            mapped map factor offset inner
        | SamplingForm.Fitted(StandardForm.Triangular mode, _, scale, low, high) ->
            // A peak at an end leaves no kink.
            let distance share t =
                if share = 0.0 then
                    t / (1.0 + Math.Sqrt(1.0 - t))
                else
                    Math.Sqrt(t * share)

            struct ((if mode > 0.0 && mode < 1.0 then mode else 0.5),
                    fun side t ->
                        if side = 0 then
                            from low scale (distance mode t)
                        else
                            from high -scale (distance (1.0 - mode) t))
        | SamplingForm.Fitted(StandardForm.TruncatedNormal(lower, upper) as standard, mean, stddev, low, high) ->
            let quantile = quantile64 standard
            let above = TruncatedNormal.distance lower upper
            let below = TruncatedNormal.distance -upper -lower

            struct (0.5,
                    fun side t ->
                        match (if side = 0 then above t else below t) with
                        | ValueSome d -> from (if side = 0 then low else high) (if side = 0 then stddev else -stddev) d
                        | ValueNone -> from mean stddev (quantile.At(side, t)))
        | SamplingForm.Fitted(StandardForm.LowEnd(lower, width), _, half, low, high) -> ends lower width half low high
        | SamplingForm.Fitted(StandardForm.HighEnd(lower, width), _, half, low, high) ->
            ends -(lower + width) width half low high
        | SamplingForm.Fitted(standard, location, scale, _, _) ->
            let quantile = quantile64 standard

            let split =
                match quantile with
                | QuantileForm.Symmetric _ -> 0.5
                | QuantileForm.TwoSided(split, _) -> split

            struct (split, (fun side t -> from location scale (quantile.At(side, t))))

    /// A narrow truncated normal by the distance from the nearer end.
    and private ends lower width half low high : struct (float * (int -> float -> DoubleDouble)) =
        let above = BoundedNormal.quantile lower width
        let below = BoundedNormal.quantile -(lower + width) width

        struct (0.5,
                fun side t ->
                    if side = 0 then
                        from low half (above.At(0, t))
                    else
                        from high -half (below.At(0, t)))

    /// The number of distributions whose tables are kept for the next request: 2 MB of tables, in float64 18 MB.
    let kept = 1024

    let private tables = Cache<StandardForm, QuantileTable>(kept)
    let private tables64 = Cache<StandardForm, QuantileTable64>(kept)

    let private checkedTables =
        Cache<StandardForm, Result<QuantileTable, InitError list>>(kept)

    let private checkedTables64 =
        Cache<StandardForm, Result<QuantileTable64, InitError list>>(kept)

    /// The quantile at the words that are probed, which must be numbers of the table's dtype.
    let private probed bits (quantile: QuantileForm) : Result<float[], InitError list> =
        let struct (dtype, limit) =
            if bits = 32 then
                struct (DType.Float32, float Single.MaxValue)
            else
                struct (DType.Float64, Double.MaxValue)

        let values =
            TableProbe.words bits
            |> Array.map (fun (struct (side, _, n)) ->
                let t = TableProbe.probability bits n

                match quantile with
                | QuantileForm.TwoSided(split, at) when side = 0 && t > split -> at 1 (1.0 - t)
                | QuantileForm.TwoSided(split, at) when side = 1 && t > 1.0 - split -> at 0 (1.0 - t)
                | _ -> quantile.At(side, t))

        let largest = values |> Array.map abs |> Array.max

        Validation.ofFaults
            (Validation.check (InitError.OverflowsDType(largest, dtype)) (Double.IsNaN largest || largest <= limit))
            values

    let private checkedTable name (standard: StandardForm) =
        let fit standard =
            let quantile = quantile standard

            probed 32 quantile
            |> Result.bind (fun values ->
                let table = QuantileTable.fitFromZero quantile

                let evaluate (word: uint64) =
                    float (QuantileTable.evaluate table (uint32 word))

                Validation.ofFaults (TableProbe.misfit 32 name values evaluate) table)

        checkedTables.GetOrAdd(standard, fit)

    let private checkedTable64 name (standard: StandardForm) =
        let fit standard =
            let quantile = quantile64 standard

            probed 64 quantile
            |> Result.bind (fun values ->
                let table = QuantileTable64.fit quantile
                Validation.ofFaults (TableProbe.misfit 64 name values (QuantileTable64.evaluate table)) table)

        checkedTables64.GetOrAdd(standard, fit)

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

    /// The table of a distribution, fitted at its first use. Those of custom quantiles and of maps are fitted now and
    /// checked against their functions.
    let table (standard: StandardForm) : Result<QuantileTable, InitError list> =
        match standard with
        | StandardForm.Custom f -> CustomQuantile.table f
        | StandardForm.LogUniform _ -> checkedTable "log_uniform" standard
        | StandardForm.Mapped(map = map) -> checkedTable (MonotoneMap.name map) standard
        | _ -> Ok(tables.GetOrAdd(standard, quantile >> QuantileTable.fit))

    /// The float64 table of a distribution, fitted and checked likewise.
    let table64 (standard: StandardForm) : Result<QuantileTable64, InitError list> =
        match standard with
        | StandardForm.Custom f -> CustomQuantile.table64 f
        | StandardForm.LogUniform _ -> checkedTable64 "log_uniform" standard
        | StandardForm.Mapped(map = map) -> checkedTable64 (MonotoneMap.name map) standard
        | _ -> Ok(tables64.GetOrAdd(standard, quantile64 >> QuantileTable64.fit))

    /// The values of the outermost words of this many bits, which bound what can be drawn.
    let reach (bits: int) (standard: StandardForm) : struct (float * float) =
        let quantile = if bits = 64 then quantile64 standard else quantile standard
        let t = Math.ScaleB(1.0, -bits - 1)

        match standard with
        | StandardForm.Triangular mode -> struct (-mode, 1.0 - mode)
        | _ -> struct (quantile.At(0, t), quantile.At(1, t))

    /// P(X <= x) as a function of x.
    let rec cdf (standard: StandardForm) : float -> float =
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
        | StandardForm.LogUniform(low, high) ->
            let width = Exact.log high - Exact.log low
            fun x -> (Exact.log x - Exact.log low) / width
        | StandardForm.Mapped(map, factor, offset, inner) ->
            let inner = cdfOf inner
            let sign = if falls map factor then -1.0 else 1.0
            fun y -> inner ((MonotoneMap.inverse map (sign * y) - offset) / factor)

    /// The same of a sampling form.
    and cdfOf (form: SamplingForm) : float -> float =
        match form with
        | SamplingForm.Uniform(low, high) -> fun x -> max 0.0 (min 1.0 ((x - low) / (high - low)))
        | SamplingForm.Normal(mean, stddev) -> fun x -> StandardNormal.cdf ((x - mean) / stddev)
        | SamplingForm.Fitted(standard, location, scale, low, high) ->
            let cdf = cdf standard

            fun x ->
                if x <= low then 0.0
                elif x >= high then 1.0
                else cdf ((x - location) / scale)

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
        | StandardForm.LogUniform _
        | StandardForm.Mapped _ -> Quadrature.convergent (quantile standard)
