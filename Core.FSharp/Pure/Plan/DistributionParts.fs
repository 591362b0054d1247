namespace Initializers.FSharp

open System
open MathNet.Numerics
open MathNet.Numerics.Distributions
open MathNet.Numerics.Integration

/// <summary>The distribution of a resolved spec's elements, in float64. It is for reading and testing, and never determines
/// bits.</summary>
/// <remarks>For a matrix, a kernel or a combinator it is the distribution of an element at a uniformly random position. The
/// elements of an orthogonal matrix are not independent, and those of an identity are not random. A mask over different
/// parts is treated as independent of them. The moments of a clipped distribution are computed by quadrature, to
/// 1e-9.</remarks>
type Distribution =
    {
        /// The smallest interval that holds all values; its ends are infinite for a normal distribution, and equal for a
        /// constant. An end is excluded for a uniform or truncated distribution, and may be a value for a clip or for given
        /// numbers.
        Support: struct (float * float)
        /// The mean.
        Mean: float
        /// The variance, 0 for a constant.
        Variance: float
        /// The fourth standardized moment: 3 for a normal distribution, 9/5 for a uniform one, NaN for a constant.
        Kurtosis: float
        /// P(X <= x).
        Cdf: float -> float
        /// The probability density: 0 outside the support. NaN at a value of positive probability, such as a constant or
        /// the end of a clip. Also NaN inside the support of a custom quantile, and of an STFT or bilinear kernel of more
        /// than 2^22 numbers.
        Density: float -> float
        /// The smallest x with P(X <= x) >= p, for p in (0, 1).
        Quantile: float -> float
    }

/// What distributions of tensors are made of.
module internal DistributionParts =
    let constant value =
        { Support = struct (value, value)
          Mean = value
          Variance = 0.0
          Kurtosis = nan
          Cdf = fun x -> if x < value then 0.0 else 1.0
          Density = fun x -> if x < value || x > value then 0.0 else nan
          Quantile = fun _ -> value }

    let ofElement (element: Element) : Distribution =
        match Element.form element with
        | SamplingForm.Normal(mean, 0.0) -> constant mean
        | SamplingForm.Uniform(low, high) ->
            let distribution = ContinuousUniform(low, high)

            { Support = struct (low, high)
              Mean = distribution.Mean
              Variance = distribution.Variance
              Kurtosis = 9.0 / 5.0
              Cdf = distribution.CumulativeDistribution
              Density = fun x -> if x > low && x < high then 1.0 / (high - low) else 0.0
              Quantile = distribution.InverseCumulativeDistribution }
        | SamplingForm.Normal(mean, stddev) ->
            let distribution = Normal(mean, stddev)

            { Support = struct (Double.NegativeInfinity, Double.PositiveInfinity)
              Mean = distribution.Mean
              Variance = distribution.Variance
              Kurtosis = 3.0
              Cdf = distribution.CumulativeDistribution
              Density = distribution.Density
              Quantile = distribution.InverseCumulativeDistribution }
        | SamplingForm.Fitted(standard, location, scale, low, high) ->
            let quantile = StandardForm.quantile standard
            let cdf = StandardForm.cdf standard
            let density = StandardDensity.density standard
            let struct (computed, variance, kurtosis) = StandardForm.moments standard

            // A quadrature leaves some 1e-16 of the spread where the sides cancel.
            let m1 =
                match quantile with
                | QuantileForm.Symmetric _ when not (Double.IsNaN computed) -> 0.0
                | _ -> computed

            { Support = struct (low, high)
              Mean = location + scale * m1
              Variance = scale * scale * variance
              Kurtosis = kurtosis
              Cdf =
                fun x ->
                    if x <= low then 0.0
                    elif x >= high then 1.0
                    else cdf ((x - location) / scale)
              Density =
                fun x ->
                    if x > low && x < high then
                        density ((x - location) / scale) / scale
                    else
                        0.0
              Quantile = fun p -> location + scale * quantile.Quantile p }

    /// Integrals over (low, high), whose ends may be poles.
    let integral (f: float -> float) low high =
        if low < high then
            // At probability 0 or 1 the quantile may be infinite.
            let inside p =
                max Double.Epsilon (min (1.0 - 1.0e-16) p)

            DoubleExponentialTransformation.Integrate((fun p -> f (inside p)), low, high, 1.0e-10)
        else
            0.0

    /// E (X - centre)^power.
    let moment (distribution: Distribution) power centre =
        integral (fun p -> pown (distribution.Quantile p - centre) power) 0.0 1.0

    /// factor * x + offset, factor not 0, of a distribution without atoms.
    let line factor offset (distribution: Distribution) =
        let at x = factor * x + offset
        let struct (low, high) = distribution.Support

        if factor = 1.0 && offset = 0.0 then
            distribution
        else
            { Support = struct (min (at low) (at high), max (at low) (at high))
              Mean = at distribution.Mean
              Variance = factor * factor * distribution.Variance
              Kurtosis = distribution.Kurtosis
              Cdf =
                fun x ->
                    let p = distribution.Cdf((x - offset) / factor)
                    if factor > 0.0 then p else 1.0 - p
              Density = fun x -> distribution.Density((x - offset) / factor) / abs factor
              Quantile = fun p -> at (distribution.Quantile(if factor > 0.0 then p else 1.0 - p)) }

    /// A distribution without atoms, clipped to two ends.
    let clipped low high (distribution: Distribution) =
        if Double.IsNegativeInfinity low && Double.IsPositiveInfinity high then
            distribution
        else
            let inside x = max low (min high x)
            let struct (least, greatest) = distribution.Support
            let below, above = distribution.Cdf low, distribution.Cdf high

            let about power centre =
                let end' x weight =
                    if weight > 0.0 then
                        weight * pown (x - centre) power
                    else
                        0.0

                end' low below
                + end' high (1.0 - above)
                + integral (fun p -> pown (inside (distribution.Quantile p) - centre) power) below above

            let mean =
                let computed = about 1 0.0
                // What the sides leave of each other is the quadrature's.
                if abs computed <= 1.0e-12 * sqrt (about 2 0.0) then
                    0.0
                else
                    computed

            let variance = about 2 mean

            { Support = struct (inside least, inside greatest)
              Mean = mean
              Variance = variance
              Kurtosis = about 4 mean / (variance * variance)
              Cdf =
                fun x ->
                    if x < low then 0.0
                    elif x >= high then 1.0
                    else distribution.Cdf x
              Density =
                fun x ->
                    if x < low || x > high then
                        0.0
                    elif (x = low && below > 0.0) || (x = high && above < 1.0) then
                        nan
                    else
                        distribution.Density x
              Quantile = distribution.Quantile >> inside }

    /// E (X - mean)^3.
    let third (distribution: Distribution) =
        if distribution.Variance = 0.0 then 0.0
        elif Double.IsNaN distribution.Variance then nan
        else moment distribution 3 distribution.Mean

    /// A mixture of distributions, each with its weight and its third central moment.
    let mixtureOf (shares: (float * Distribution * Lazy<float>) list) : Distribution =
        match shares with
        | [] -> constant nan
        | [ _, distribution, _ ] -> distribution
        | _ ->
            let total = shares |> List.sumBy (fun (weight, _, _) -> weight)

            let thirds = shares |> List.map (fun (_, _, third) -> third)

            let shares =
                shares
                |> List.map (fun (weight, distribution, _) -> weight / total, distribution)

            let sum f =
                shares |> List.sumBy (fun (w, distribution) -> w * f distribution)

            let mean = sum _.Mean

            let variance =
                sum (fun distribution -> distribution.Variance + pown (distribution.Mean - mean) 2)

            let fourth (_, distribution: Distribution) (third: Lazy<float>) =
                let d = distribution.Mean - mean

                if distribution.Variance = 0.0 then
                    pown d 4
                else
                    distribution.Kurtosis * distribution.Variance * distribution.Variance
                    + (if d = 0.0 then 0.0 else 4.0 * d * third.Value)
                    + 6.0 * d * d * distribution.Variance
                    + pown d 4

            let fourths =
                (shares, thirds)
                ||> List.map2 (fun share third -> fst share * fourth share third)
                |> List.sum

            let cdf x =
                sum (fun distribution -> distribution.Cdf x)

            let ends pick =
                shares |> List.map (fun (_, distribution) -> pick distribution.Support)

            { Support =
                struct (ends (fun struct (low, _) -> low) |> List.min, ends (fun struct (_, high) -> high) |> List.max)
              Mean = mean
              Variance = variance
              Kurtosis = fourths / (variance * variance)
              Cdf = cdf
              Density = fun x -> sum (fun distribution -> distribution.Density x)
              Quantile =
                fun p ->
                    let at = shares |> List.map (fun (_, distribution) -> distribution.Quantile p)
                    Bisection.search cdf p (Math.BitDecrement(List.min at)) (List.max at) }

    let mixture (shares: (float * Distribution) list) : Distribution =
        shares
        |> List.map (fun (weight, distribution) -> weight, distribution, lazy (third distribution))
        |> mixtureOf

    /// Given numbers, each as likely as another.
    let empirical (numbers: float[]) : Distribution =
        let values = Array.sort numbers
        let count = values.Length
        let n = float count

        if count = 0 then
            constant nan
        elif values[0] = values[count - 1] then
            constant values[0]
        else
            let mean = Array.average values

            let central power =
                values |> Array.averageBy (fun x -> pown (x - mean) power)

            let variance = central 2

            // How many are x or less.
            let upTo x =
                let mutable low = 0
                let mutable high = count

                while low < high do
                    let middle = low + (high - low) / 2

                    if values[middle] <= x then
                        low <- middle + 1
                    else
                        high <- middle

                low

            { Support = struct (values[0], values[count - 1])
              Mean = mean
              Variance = variance
              Kurtosis = central 4 / (variance * variance)
              Cdf = fun x -> float (upTo x) / n
              Density = fun x -> if Array.BinarySearch(values, x) >= 0 then nan else 0.0
              Quantile =
                fun p ->
                    let mutable i = max 1 (min count (int (Math.Ceiling(p * n))))

                    // The product may have been rounded over a whole number.
                    if i > 1 && float (i - 1) / n >= p then
                        i <- i - 1

                    values[i - 1] }
