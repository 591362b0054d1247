namespace Initializers.FSharp

open System

/// The standard normal distribution on a finite interval, by the distance from an end in interval widths.
///
/// With x = a + h t for t in [0, 1] the density is proportional to exp(-(tilt t + curvature t^2)), tilt = a h and
/// curvature = h^2/2. Both keep their digits however narrow the interval is and however far out it lies, and so do the
/// distances: they are never differences of quantiles.
[<RequireQualifiedAccess>]
module internal BoundedNormal =
    /// Terms of a panel's Taylor series. Its exponent changes by 2 at most, so those left out are below 1e-22.
    let private terms = 30

    /// The mass of exp(-(tilt x + curvature x^2)) from 0 to x, and the density itself, as power series.
    [<Struct>]
    type private Series = { Density: float[]; Integral: float[] }

    let private series (tilt: float) (curvature: float) : Series =
        let density = Array.zeroCreate terms
        density[0] <- 1.0
        density[1] <- -tilt

        // f' = -(tilt + 2 curvature x) f.
        for k in 1 .. terms - 2 do
            density[k + 1] <- -(tilt * density[k] + 2.0 * curvature * density[k - 1]) / float (k + 1)

        { Density = density
          Integral = density |> Array.mapi (fun k c -> c / float (k + 1)) }

    let private horner (coefficients: float[]) (x: float) =
        let mutable sum = 0.0

        for k in coefficients.Length - 1 .. -1 .. 0 do
            sum <- sum * x + coefficients[k]

        sum

    let private mass (s: Series) (x: float) = x * horner s.Integral x

    /// The x in [0, 1] whose mass is y, by Newton's steps.
    let private solve (s: Series) (y: float) =
        let mutable x = min 1.0 y
        let mutable steps = 8

        while steps > 0 do
            let next = min 1.0 (max 0.0 (x - (mass s x - y) / horner s.Density x))
            steps <- if next = x then 0 else steps - 1
            x <- next

        x

    /// A part of the interval in which the density changes little; positions are distances from the dense end.
    type private Panel =
        {
            Start: float
            End: float
            /// Width times the density at the start, and the series from there.
            FromStart: float
            Rising: Series
            /// Width times the density at the end, and the series back from there.
            FromEnd: float
            Falling: Series
        }

    /// The distribution with the dense end at 0.
    [<Sealed>]
    type private Panels(tilt: float, curvature: float) =
        // Beyond exp(-90) of the densest part there is nothing for a word of 64 bits.
        let cut = 90.0
        let fall = tilt + curvature

        let reach =
            if fall <= cut then
                1.0
            else
                2.0 * cut / (tilt + Math.Sqrt(tilt * tilt + 4.0 * curvature * cut))

        let count =
            if fall <= cut then
                int (max 1.0 (Math.Ceiling fall))
            else
                int cut

        let width = reach / float count
        let position j = reach * float j / float count

        let density (s: float) = Exact.exp -(s * (tilt + curvature * s))

        let panels =
            Array.init count (fun j ->
                let first, last = position j, position (j + 1)
                let slope s = width * (tilt + 2.0 * curvature * s)
                let bend = curvature * width * width

                { Start = first
                  End = last
                  FromStart = width * density first
                  Rising = series (slope first) bend
                  FromEnd = width * density last
                  Falling = series -(slope last) bend })

        let masses = panels |> Array.map (fun p -> p.FromStart * mass p.Rising 1.0)
        /// The mass before each panel.
        let before = Array.scan (+) 0.0 masses
        /// The mass from each panel to the far end.
        let behind = Array.scanBack (+) masses 0.0
        let total = behind[0]

        /// The panel, and the distance from its start in its widths, at a probability from the dense end.
        let fromDense (u: float) =
            let target = u * total
            let mutable j = 0

            while j < count - 1 && before[j + 1] < target do
                j <- j + 1

            let p = panels[j]
            struct (p, solve p.Rising ((target - before[j]) / p.FromStart))

        /// The panel, and the distance from its end in its widths, at a probability from the sparse end.
        let fromSparse (u: float) =
            let target = u * total
            let mutable j = count - 1

            while j > 0 && behind[j] < target do
                j <- j - 1

            let p = panels[j]
            struct (p, solve p.Falling ((target - behind[j + 1]) / p.FromEnd))

        /// The distance from the dense end at probability u from there.
        member _.Dense(u: float) =
            let struct (p, x) = fromDense u
            p.Start + width * x

        /// The distance from the dense end at probability u from the sparse end.
        member _.DenseAbove(u: float) =
            let struct (p, x) = fromSparse u
            p.End - width * x

        /// The distance from the sparse end at probability u from there.
        member _.Sparse(u: float) =
            let struct (p, x) = fromSparse u
            (1.0 - p.End) + width * x

        /// The density at a distance in [0, 1] from the dense end.
        member _.Density(x: float) = density x / total

        /// The probability of a distance below x from the dense end.
        member _.Cdf(x: float) =
            if x >= reach then
                1.0
            else
                let j = min (count - 1) (int (x / width))
                let p = panels[j]
                (before[j] + p.FromStart * mass p.Rising ((x - p.Start) / width)) / total

    /// Beyond this tilt or curvature a distance of 1 is out of reach by any word; its square is finite.
    let private steepest = 1.0e150

    /// The distribution on (lower, lower + width), and whether its dense end is the upper one.
    let private panels (lower: float) (width: float) =
        let curvature = min steepest (0.5 * width * width)
        let mirrored = lower + 0.5 * width < 0.0
        let nearest = if mirrored then -(lower + width) else lower
        struct (mirrored, Panels(min steepest (nearest * width), curvature))

    /// The distribution of the distance from the low end of (lower, lower + width), in halves of the width: in (0, 2).
    let quantile (lower: float) (width: float) : QuantileForm =
        let struct (mirrored, panels) = panels lower width

        QuantileForm.TwoSided(
            0.5,
            fun side t ->
                2.0
                * match mirrored, side with
                  | false, 0 -> panels.Dense t
                  | false, _ -> panels.DenseAbove t
                  | true, 0 -> panels.Sparse t
                  | true, _ -> 1.0 - panels.Dense t
        )

    /// The same times `scale`.
    let scaledQuantile (scale: float) (lower: float) (width: float) : QuantileForm =
        let quantile = quantile lower width
        QuantileForm.TwoSided(0.5, (fun side t -> scale * quantile.At(side, t)))

    /// P(distance <= x) for the same distribution.
    let cdf (lower: float) (width: float) : float -> float =
        let struct (mirrored, panels) = panels lower width

        fun x ->
            let t = 0.5 * x

            if t <= 0.0 then 0.0
            elif t >= 1.0 then 1.0
            elif mirrored then 1.0 - panels.Cdf(1.0 - t)
            else panels.Cdf t

    /// The distribution on (-half, half) in units of half: symmetric about 0.
    let centralQuantile (half: float) : QuantileForm =
        let panels = Panels(0.0, 0.5 * half * half)
        QuantileForm.Symmetric((fun t -> -(panels.DenseAbove(2.0 * t))), (fun d -> panels.Dense(2.0 * d)))

    /// P(Z <= x) for the same distribution.
    let centralCdf (half: float) : float -> float =
        let panels = Panels(0.0, 0.5 * half * half)

        fun x ->
            let upper = panels.Cdf(abs x)
            if x < 0.0 then 0.5 - 0.5 * upper else 0.5 + 0.5 * upper

    /// The density of `law`, 0 outside (0, 2).
    let density (lower: float) (width: float) : float -> float =
        let struct (mirrored, panels) = panels lower width

        fun x ->
            let t = 0.5 * x

            if t > 0.0 && t < 1.0 then
                0.5 * panels.Density(if mirrored then 1.0 - t else t)
            else
                0.0

    /// The density of `centralLaw`, 0 outside (-1, 1).
    let centralDensity (half: float) : float -> float =
        let panels = Panels(0.0, 0.5 * half * half)
        fun x -> if abs x < 1.0 then 0.5 * panels.Density(abs x) else 0.0
