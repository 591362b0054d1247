namespace Initializers.FSharp

open System

/// The standard normal distribution truncated to an interval, in float64.
[<RequireQualifiedAccess>]
module internal TruncatedNormal =
    /// Mills' ratio P(Z > x) / phi(x) for x >= 5, by Laplace's continued fraction from the back; relative error near 1e-16.
    let private mills (x: float) =
        let mutable f = x

        for i in 120..-1..1 do
            f <- x + float i / f

        1.0 / f

    /// log(P(Z > z) / P(Z > a)) for z >= a >= 5, without the tails themselves, which may be below the smallest float64.
    let private logRatio (a: float) (z: float) =
        let d = z - a
        -d * (a + 0.5 * d) + Exact.log (mills z / mills a)

    /// The z >= a with log(P(Z > z) / P(Z > a)) = l <= 0, by Newton's steps; the derivative is -1 / mills z.
    let private beyond (a: float) (l: float) =
        // Starts from the exponential tail, whose rate is a: -a d - d^2/2 = l.
        let mutable z = a + 2.0 * -l / (a + Math.Sqrt(a * a - 2.0 * l))

        for _ in 1..6 do
            z <- max a (z + (logRatio a z - l) * mills z)

        z

    let private tail (x: float) = StandardNormal.cdf -x

    /// The quantile at probability t from the lower end of [lower, upper].
    let rec private fromLower (lower: float) (upper: float) (t: float) =
        if lower >= 5.0 then
            let ratio =
                if Double.IsPositiveInfinity upper then
                    0.0
                else
                    Exact.exp (logRatio lower upper)

            beyond lower (Exact.log (1.0 - t * (1.0 - ratio)))
        elif upper <= -5.0 then
            // Mirrored, t is the probability from the far end.
            let near = -upper

            let ratio =
                if Double.IsNegativeInfinity lower then
                    0.0
                else
                    Exact.exp (logRatio near -lower)

            -(beyond near (Exact.log (ratio + t * (1.0 - ratio))))
        elif lower > 0.0 then
            -(StandardNormal.quantile ((1.0 - t) * tail lower + t * tail upper))
        else
            // Below the median from the lower tail, above it from the upper one, so that neither loses its digits.
            let below = (1.0 - t) * StandardNormal.cdf lower + t * StandardNormal.cdf upper

            if below <= 0.5 then
                StandardNormal.quantile below
            else
                -(StandardNormal.quantile ((1.0 - t) * tail lower + t * tail upper))

    /// The distribution on (lower, upper), in standard deviations from the mean.
    let quantile (lower: float) (upper: float) : QuantileForm =
        if lower = -upper then
            // Half the mass on each side of the median; beyond 5 it is 1/2 less the tail.
            let half =
                if upper <= 5.0 then
                    StandardNormal.centralCdf upper
                else
                    0.5 - tail upper

            QuantileForm.Symmetric(fromLower lower upper, fun d -> StandardNormal.centralQuantile (2.0 * d * half))
        else
            QuantileForm.TwoSided(
                0.5,
                fun side t ->
                    if side = 0 then
                        fromLower lower upper t
                    else
                        -(fromLower -upper -lower t)
            )

    /// e^x - 1 for x <= 0, to its own last places (Kahan).
    let private expm1 (x: float) =
        let e = Exact.exp x

        if e = 1.0 then x
        elif e < 0.5 then e - 1.0
        else (e - 1.0) * (x / Exact.log e)

    /// log(P(Z > a + d/a) / P(Z > a)) for a >= 32 and d >= 0, by the asymptotic series of Mills' ratio,
    /// log(x M(x)) = -q + 5/2 q^2 - 37/3 q^3 + ... in q = 1/x^2: every term has d as a factor, so a small one keeps its digits.
    let private logSurvival (a: float) (d: float) =
        if Double.IsPositiveInfinity d then
            Double.NegativeInfinity
        else
            let z = a + d / a
            let p, q = 1.0 / (a * a), 1.0 / (z * z)
            let coefficients = [| -1.0; 2.5; -37.0 / 3.0; 88.25; -816.2; 55205.0 / 6.0 |]
            // (q^k - p^k) / (q - p) is p^(k-1) + q times its like of k - 1.
            let mutable sum = 0.0
            let mutable quotient = 0.0
            let mutable power = 1.0

            for c in coefficients do
                quotient <- power + q * quotient
                power <- power * p
                sum <- sum + c * quotient

            let difference = -(d * p) * (2.0 + d * p) * q
            -d * (1.0 + 0.5 * (d * p)) - Exact.log1p (d * p) + difference * sum

    /// The d >= 0 with log(P(Z > a + d/a) / P(Z > a)) = l, by Newton's steps.
    let private beyondFar (a: float) (l: float) =
        let p = 1.0 / (a * a)
        let mutable d = -2.0 * l / (1.0 + Math.Sqrt(1.0 - 2.0 * l * p))

        for _ in 1..8 do
            d <- max 0.0 (d + (logSurvival a d - l) / (1.0 + d * p + p))

        d

    /// The part of the tail beyond a >= 32 that lies before a + width/a.
    let private mass (a: float) (width: float) = -(expm1 (logSurvival a width))

    /// The distribution of d = a (Z - a) for Z beyond a >= 32, up to d = width: nearly exponential. It has the digits of
    /// the distance from a, however large a is.
    let farQuantile (a: float) (width: float) : QuantileForm =
        let mass = mass a width

        QuantileForm.TwoSided(
            0.5,
            fun side t ->
                if side = 0 then
                    beyondFar a (Exact.log1p (-t * mass))
                elif mass < 0.5 then
                    min width (beyondFar a (Exact.log1p (-(1.0 - t) * mass)))
                else
                    min width (beyondFar a (Exact.log (1.0 - mass + t * mass)))
        )

    /// P(d <= x) for the same distribution.
    let farCdf (a: float) (width: float) (x: float) =
        if x <= 0.0 then 0.0
        elif x >= width then 1.0
        else mass a x / mass a width

    /// P(Z <= x) for the distribution on (lower, upper).
    let rec cdf (lower: float) (upper: float) (x: float) : float =
        if x <= lower then
            0.0
        elif x >= upper then
            1.0
        elif lower >= 5.0 then
            let beyond z =
                if Double.IsPositiveInfinity z then
                    0.0
                else
                    Exact.exp (logRatio lower z)

            (1.0 - beyond x) / (1.0 - beyond upper)
        elif upper <= -5.0 then
            1.0 - cdf -upper -lower -x
        elif lower > 0.0 then
            (tail lower - tail x) / (tail lower - tail upper)
        else
            let mass a b =
                if a > 0.0 then
                    tail a - tail b
                else
                    StandardNormal.cdf b - StandardNormal.cdf a

            mass lower x / mass lower upper

    /// The density of the normal on (lower, upper), in standard deviations from the mean; 0 outside.
    let rec density (lower: float) (upper: float) (x: float) : float =
        if not (x > lower && x < upper) then
            0.0
        elif upper <= -5.0 then
            density -upper -lower -x
        elif lower >= 5.0 then
            // Over the density at the near end, since both may be below the smallest float64.
            let d = x - lower

            let beyond =
                if Double.IsPositiveInfinity upper then
                    0.0
                else
                    Exact.exp (logRatio lower upper)

            Exact.exp -(d * (lower + 0.5 * d)) / (mills lower * (1.0 - beyond))
        else
            let mass =
                if lower > 0.0 then
                    tail lower - tail upper
                else
                    StandardNormal.cdf upper - StandardNormal.cdf lower

            // 1/sqrt(2 pi).
            0.398942280401432678 * Exact.exp (-0.5 * x * x) / mass

    /// The density of d = a (Z - a) for Z beyond a >= 32, up to d = width; 0 outside.
    let farDensity (a: float) (width: float) (d: float) : float =
        if d > 0.0 && d < width then
            Exact.exp -(d * (1.0 + 0.5 * (d / a / a))) / (a * mills a * mass a width)
        else
            0.0

    /// The distance from the lower end at probability t from there, with its relative digits. None where the end is infinite, or
    /// so far that differences of the quantile have enough digits.
    let distance (lower: float) (upper: float) : float -> float voption =
        if Double.IsInfinity lower then
            fun _ -> ValueNone
        else
            let start = density lower upper (Math.BitIncrement lower)

            /// The integral of exp(-(lower s + s^2/2)) over (0, d), by its power series.
            let mass (d: float) =
                let mutable before = 0.0
                let mutable coefficient = 1.0
                let mutable power = d
                let mutable sum = 0.0

                for k in 0..29 do
                    sum <- sum + coefficient * power / float (k + 1)
                    let next = -(lower * coefficient + before) / float (k + 1)
                    before <- coefficient
                    coefficient <- next
                    power <- power * d

                sum

            fun t ->
                let target = t / start
                let near = 0.25 / (1.0 + abs lower)

                if target < near && target < upper - lower then
                    let mutable d = target

                    for _ in 1..6 do
                        d <- d - (mass d - target) * Exact.exp (d * (lower + 0.5 * d))

                    ValueSome d
                else
                    ValueNone
