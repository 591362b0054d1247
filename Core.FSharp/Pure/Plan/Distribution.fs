namespace Initializers.FSharp

open System
open MathNet.Numerics
open MathNet.Numerics.Distributions
open MathNet.Numerics.Integration

type Distribution =
    { Support: struct (float * float)
      Mean: float
      Variance: float
      Kurtosis: float
      Cdf: float -> float
      Density: float -> float
      Quantile: float -> float }

[<RequireQualifiedAccess>]
module Distribution =
    let private constant value =
        { Support = struct (value, value)
          Mean = value
          Variance = 0.0
          Kurtosis = nan
          Cdf = fun x -> if x < value then 0.0 else 1.0
          Density = fun x -> if x < value || x > value then 0.0 else nan
          Quantile = fun _ -> value }

    let private ofElement (element: Element) : Distribution =
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
    let private integral (f: float -> float) low high =
        if low < high then
            // At probability 0 or 1 the quantile may be infinite.
            let inside p =
                max Double.Epsilon (min (1.0 - 1.0e-16) p)

            DoubleExponentialTransformation.Integrate((fun p -> f (inside p)), low, high, 1.0e-10)
        else
            0.0

    /// E (X - centre)^power.
    let private moment (distribution: Distribution) power centre =
        integral (fun p -> pown (distribution.Quantile p - centre) power) 0.0 1.0

    /// factor * x + offset, factor not 0, of a distribution without atoms.
    let private line factor offset (distribution: Distribution) =
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
    let private clipped low high (distribution: Distribution) =
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

    /// A mixture of distributions, each with its weight.
    let private mixture (shares: (float * Distribution) list) : Distribution =
        match shares with
        | [] -> constant nan
        | [ _, distribution ] -> distribution
        | _ ->
            let total = shares |> List.sumBy fst

            let shares =
                shares |> List.map (fun (weight, distribution) -> weight / total, distribution)

            let sum f =
                shares |> List.sumBy (fun (w, distribution) -> w * f distribution)

            let mean = sum _.Mean

            let variance =
                sum (fun distribution -> distribution.Variance + pown (distribution.Mean - mean) 2)

            let fourth (distribution: Distribution) =
                let d = distribution.Mean - mean

                if distribution.Variance = 0.0 then
                    pown d 4
                else
                    let third =
                        if d = 0.0 then
                            0.0
                        else
                            moment distribution 3 distribution.Mean

                    distribution.Kurtosis * distribution.Variance * distribution.Variance
                    + 4.0 * d * third
                    + 6.0 * d * d * distribution.Variance
                    + pown d 4

            let cdf x =
                sum (fun distribution -> distribution.Cdf x)

            let ends pick =
                shares |> List.map (fun (_, distribution) -> pick distribution.Support)

            { Support =
                struct (ends (fun struct (low, _) -> low) |> List.min, ends (fun struct (_, high) -> high) |> List.max)
              Mean = mean
              Variance = variance
              Kurtosis = sum fourth / (variance * variance)
              Cdf = cdf
              Density = fun x -> sum (fun distribution -> distribution.Density x)
              Quantile =
                fun p ->
                    let at = shares |> List.map (fun (_, distribution) -> distribution.Quantile p)
                    Bisection.search cdf p (Math.BitDecrement(List.min at)) (List.max at) }

    /// Given numbers, each as likely as another.
    let private empirical (numbers: float[]) : Distribution =
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

    /// Numbers of a formula under maps. Of more than 2^22 the distribution is that of 2^20 of them, spread evenly, and so are
    /// the moments under a clip; other moments are those of all numbers.
    let private ofFormula (formula: NumberFormula) (maps: Affine list) : Distribution =
        let count = NumberFormulas.count formula

        let chosen (most: int64) (index: int64 -> int64) =
            let number = NumberFormulas.number most formula >> NumberFormulas.mapped maps
            empirical (Array.init (int most) (int64 >> index >> number))

        if count <= (1L <<< 22) then
            chosen count id
        else
            // Multiples of the golden ratio, modulo 1.
            let spread (i: int64) =
                Math.BigMul(uint64 i * 0x9E3779B97F4A7C15UL, uint64 count) >>> 64 |> int64

            let sample = lazy (chosen (1L <<< 20) spread)

            let isLinear = not (List.exists Affine.isClip maps)

            if not isLinear then
                sample.Value
            else
                let value = NumberFormulas.mapped maps
                let struct (low, high) = NumberFormulas.bounds formula
                let powers = NumberFormulas.powers formula
                let mean = powers[0]
                let variance = powers[1] - mean * mean

                let fourth =
                    powers[3] - 4.0 * mean * powers[2] + 6.0 * mean * mean * powers[1]
                    - 3.0 * pown mean 4

                let factor = maps |> List.fold (fun product m -> product * m.Factor) 1.0

                let least, greatest = min (value low) (value high), max (value low) (value high)

                { Support = struct (least, greatest)
                  Mean = value mean
                  Variance = factor * factor * variance
                  Kurtosis = fourth / (variance * variance)
                  Cdf = fun x -> sample.Value.Cdf x
                  Density = fun x -> if x < least || x > greatest then 0.0 else nan
                  Quantile = fun p -> sample.Value.Quantile p }

    /// An element of a unit vector of `size` numbers of no preferred direction: its square is Beta(1/2, (size - 1)/2).
    let private ofUnitVector (size: int64) =
        match size with
        | 1L -> mixture [ 0.5, constant -1.0; 0.5, constant 1.0 ]
        | _ ->
            let n = float size
            let other = (n - 1.0) / 2.0

            let upper (x: float) =
                0.5 * SpecialFunctions.BetaRegularized(0.5, other, min 1.0 (x * x))

            let cdf x =
                if x <= -1.0 then 0.0
                elif x >= 1.0 then 1.0
                elif x < 0.0 then 0.5 - upper x
                else 0.5 + upper x

            // 1/Beta(1/2, other) as sqrt(other/pi) by its asymptotic series where the logarithms of gamma functions would lose
            // digits.
            let scale =
                if other < 500.0 then
                    exp -(SpecialFunctions.BetaLn(0.5, other))
                else
                    let q = 1.0 / other

                    sqrt (other / Math.PI)
                    * (1.0 - q / 8.0 + q * q / 128.0 + 5.0 * q * q * q / 1024.0)

            { Support = struct (-1.0, 1.0)
              Mean = 0.0
              Variance = 1.0 / n
              Kurtosis = 3.0 * n / (n + 2.0)
              Cdf = cdf
              Density =
                fun x ->
                    if x > -1.0 && x < 1.0 then
                        scale * exp ((other - 1.0) * SpecialFunctions.Log1p(-x * x))
                    else
                        0.0
              Quantile = fun p -> Bisection.search cdf p -1.0 1.0 }

    let rec ofResolved (resolved: Resolved) : Distribution =
        /// Some elements of one value, the others of a distribution.
        let parts (shares: (float * Distribution) list) =
            shares |> List.filter (fun (weight, _) -> weight > 0.0) |> mixture

        match resolved with
        | Structure.Elements(Leaf.Constant number) -> constant number.Value
        | Structure.Elements(Leaf.Element(element, map)) ->
            ofElement element |> line map.Factor map.Offset |> clipped map.Low map.High
        | Structure.Stacked parts ->
            parts
            |> List.groupBy _.Inner
            |> List.map (fun (inner, equal) -> equal |> List.sumBy (fun part -> float part.Run), ofResolved inner)
            |> mixture
        | Structure.Batched(inner = inner) -> ofResolved inner
        | Structure.Pattern(numbers, _) -> numbers |> Array.map _.Value |> empirical
        | Structure.Computed(Computed.Formula(formula, _, maps)) -> ofFormula formula maps
        | Structure.Computed(Computed.Orthogonal(_, _, 0.0, map)) -> constant (Affine.apply map 0.0)
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) ->
            ofUnitVector (max rows columns)
            |> line gain 0.0
            |> line map.Factor map.Offset
            |> clipped map.Low map.High
        | Structure.Points(blocks, value, elsewhere) ->
            let count = Shape.product [ blocks.Groups; blocks.Count ]

            parts
                [ float count, constant value.Value
                  float (max 0L (blocks.Length - count)), constant elsewhere.Value ]
        | Structure.Sparse(rows, _, zeros, value, inner) ->
            parts [ float zeros, constant value.Value; float (rows - zeros), ofResolved inner ]
        // The same elements in another order.
        | Structure.Permuted(inner = inner) -> ofResolved inner
        | Structure.Masked(keep, value, inner) ->
            let kept = keep.Flags |> Array.sumBy (fun flag -> if flag then 1.0 else 0.0)
            parts [ kept, ofResolved inner; float keep.Flags.Length - kept, constant value.Value ]

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) =
        Plan.distribution spec shape fan |> Result.map ofResolved

    [<CompiledName "Stddev">]
    let stddev (distribution: Distribution) = sqrt distribution.Variance
