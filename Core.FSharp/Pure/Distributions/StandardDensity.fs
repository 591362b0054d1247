namespace Initializers.FSharp

/// Densities of standard forms, in their units.
[<RequireQualifiedAccess>]
module internal StandardDensity =
    /// The density; NaN for a custom quantile, which has no closed form.
    let density (standard: Standard) : float -> float =
        match standard with
        | Standard.TruncatedNormal(lower, upper) -> Truncated.density lower upper
        | Standard.TailAbove(near, width) -> Truncated.farDensity near width
        | Standard.TailBelow(near, width) -> fun x -> Truncated.farDensity near width -x
        | Standard.LowEnd(lower, width) -> BoundedNormal.density lower width
        | Standard.HighEnd(lower, width) ->
            let mirrored = BoundedNormal.density lower width
            fun x -> mirrored -x
        | Standard.Centre half -> BoundedNormal.centralDensity half
        | Standard.Family family -> family.Density
        | Standard.Triangular mode ->
            let below w y =
                if y <= -w then 0.0 else 2.0 * (y + w) / w

            fun x ->
                if x < 0.0 then below mode x
                elif x > 0.0 then below (1.0 - mode) -x
                else 2.0
        | Standard.Custom _ -> fun _ -> nan
