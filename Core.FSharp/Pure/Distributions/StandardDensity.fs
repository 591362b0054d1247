namespace Initializers.FSharp

/// Densities of standard forms, in their units.
[<RequireQualifiedAccess>]
module internal StandardDensity =
    /// The density; NaN for a custom quantile, which has no closed form.
    let density (standard: StandardForm) : float -> float =
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
