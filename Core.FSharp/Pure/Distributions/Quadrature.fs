namespace Initializers.FSharp

open System

/// Means, variances and fourth standardized moments by numerical integration: for reading, never for bits.
[<RequireQualifiedAccess>]
module internal Quadrature =
    /// Ten-point Gauss-Legendre rule on (-1, 1), positive half (Abramowitz, Stegun 1964, table 25.4).
    let rule =
        [ 0.148874338981631211, 0.295524224714752870
          0.433395394129247191, 0.269266719309996355
          0.679409568299024406, 0.219086362515982044
          0.865063366688984511, 0.149451349150580593
          0.973906528517171720, 0.066671344308688138 ]

    /// Values with their weights and octaves; each side has `octaves` of them.
    let private points octaves (quantile: QuantileForm) =
        let split =
            match quantile with
            | QuantileForm.Symmetric _ -> 0.5
            | QuantileForm.TwoSided(split, _) -> split

        [| for side in 0..1 do
               let limit = if side = 0 then split else 1.0 - split

               for octave in 0 .. octaves - 1 do
                   // Probabilities t in (limit 2^-1-octave, limit 2^-octave).
                   let quarter = Math.ScaleB(limit, -2 - octave)

                   for x, weight in rule do
                       for sign in [ -1.0; 1.0 ] do
                           yield struct (octave, weight * quarter, quantile.At(side, quarter * (3.0 + sign * x))) |]

    let private moments points =
        let mean = points |> Array.sumBy (fun (struct (_, w, z)) -> w * z)

        let central k =
            points |> Array.sumBy (fun (struct (_, w, z)) -> w * pown (z - mean) k)

        let variance = central 2
        struct (mean, variance, central 4 / (variance * variance))

    /// Computes moments by quadrature of the quantile over octaves of the tail, to probability 2^-45. No digits cancel,
    /// however far from 0 the distribution lies.
    let ofQuantile (quantile: QuantileForm) = points 44 quantile |> moments

    /// The same to probability 2^-160. A moment of which the outermost octave has more than 1e-6 is NaN: it is infinite, or
    /// too near to that.
    let convergent (quantile: QuantileForm) =
        let octaves = 160
        let points = points octaves quantile
        let struct (mean, variance, kurtosis) = moments points

        let power isCounted k centre =
            points
            |> Array.sumBy (fun (struct (octave, w, z)) ->
                if isCounted octave then
                    w * pown (abs (z - centre)) k
                else
                    0.0)

        let whole = power (fun _ -> true)
        let outermost = power (fun octave -> octave = octaves - 1)

        let ifFinite k centre x =
            if outermost k centre <= 1.0e-6 * whole k centre then
                x
            else
                nan

        // What the sides leave of each other is the quadrature's.
        let isCancelled = abs mean <= 1.0e-12 * Math.Sqrt(whole 2 0.0)

        struct (ifFinite 1 0.0 (if isCancelled then 0.0 else mean), ifFinite 2 mean variance, ifFinite 4 mean kurtosis)

    /// The moments of mode + s, s in (-left, right) with a density proportional to exp(-(slope |s| + curvature s^2)), by the
    /// rule over 24 panels on each side, as far as the density is above exp(-60) of its largest. For reading, never for bits.
    let ofNormal (mode: float) (slope: float) (curvature: float) (left: float) (right: float) =
        let reach = 120.0 / (slope + Math.Sqrt(slope * slope + 240.0 * curvature))

        let points =
            [| for sign, extent in [ -1.0, min left reach; 1.0, min right reach ] do
                   let half = extent / 48.0

                   for panel in 0..23 do
                       for x, weight in rule do
                           for side in [ -1.0; 1.0 ] do
                               let s = half * (2.0 * float panel + 1.0 + side * x)
                               yield struct (half * weight * Exact.exp (-s * (slope + curvature * s)), sign * s) |]

        let total = points |> Array.sumBy (fun (struct (w, _)) -> w)
        let mean = (points |> Array.sumBy (fun (struct (w, s)) -> w * s)) / total

        let central k =
            (points |> Array.sumBy (fun (struct (w, s)) -> w * pown (s - mean) k)) / total

        let variance = central 2
        struct (mode + mean, variance, central 4 / (variance * variance))
