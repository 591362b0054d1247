namespace Initializers.FSharp

open System

/// Densities of standard forms, in their units.
[<RequireQualifiedAccess>]
module internal StandardDensity =
    /// The density; NaN for a custom quantile, which has no closed form.
    let rec density (standard: StandardForm) : float -> float =
        match standard with
        | StandardForm.TruncatedNormal(lower, upper) -> TruncatedNormal.density lower upper
        | StandardForm.TailAbove(near, width) -> TruncatedNormal.farDensity near width
        | StandardForm.TailBelow(near, width) -> fun x -> TruncatedNormal.farDensity near width -x
        | StandardForm.LowEnd(lower, width) -> BoundedNormal.density lower width
        | StandardForm.HighEnd(lower, width) ->
            let mirrored = BoundedNormal.density lower width
            fun x -> mirrored -x
        | StandardForm.Centre half -> BoundedNormal.centralDensity half
        | StandardForm.Family family -> family.Density
        | StandardForm.Triangular mode ->
            let below w y =
                if y <= -w then 0.0 else 2.0 * (y + w) / w

            fun x ->
                if x < 0.0 then below mode x
                elif x > 0.0 then below (1.0 - mode) -x
                else 2.0
        | StandardForm.Custom _ -> fun _ -> nan
        | StandardForm.LogUniform(low, high) ->
            let width = Exact.log high - Exact.log low
            fun x -> 1.0 / (x * width)
        | StandardForm.Mapped(map, factor, offset, inner) ->
            let inner = densityOf inner

            let sign = if StandardForm.falls map factor then -1.0 else 1.0

            fun y ->
                let x = MonotoneMap.inverse map (sign * y)
                inner ((x - offset) / factor) / (abs factor * MonotoneMap.slope map x)

    /// The same of a sampling form.
    and private densityOf (form: SamplingForm) : float -> float =
        match form with
        | SamplingForm.Uniform(low, high) -> fun x -> if x > low && x < high then 1.0 / (high - low) else 0.0
        | SamplingForm.Normal(mean, stddev) ->
            fun x ->
                let z = (x - mean) / stddev
                Exact.exp (-0.5 * z * z) / (stddev * Math.Sqrt(2.0 * Math.PI))
        | SamplingForm.Fitted(standard, location, scale, low, high) ->
            let density = density standard

            fun x ->
                if x > low && x < high then
                    density ((x - location) / scale) / scale
                else
                    0.0
