/// Thresholds of statistics whose distribution is known, each for the false-alarm rate `alpha`.
module internal Initializers.Properties.Tails

open MathNet.Numerics
open MathNet.Numerics.Distributions
open Initializers.Properties.Statistics

let within low high statistic =
    { Statistic = statistic
      Low = low
      High = high }

/// The number of violations of what always holds. False-alarm rate 0.
let never (count: int) : Verdict = float count |> within 0.0 0.0

/// The mean of a sample whose mean and variance are known: normal as n grows.
let hasMean (mean: float) (variance: float) (sample: float[]) =
    let bound = Checks.twoSidedAt alpha * sqrt (variance / float sample.Length)
    Array.average sample |> within (mean - bound) (mean + bound)

/// The largest distance of some samples from a continuous distribution; each has a share of the false-alarm rate.
let haveLaw (cdf: float -> float) (samples: float[] list) =
    let distance (sample: float[]) =
        let n = float sample.Length

        if sample.Length = 0 then
            infinity
        else
            Array.sort sample
            |> Array.mapi (fun i x ->
                let at = cdf x
                max (at - float i / n) (float (i + 1) / n - at))
            |> Array.max
            |> (*) (sqrt n)

    samples
    |> List.map distance
    |> List.max
    |> within 0.0 (Checks.kolmogorovQuantile (alpha / float samples.Length))

/// A chi-squared statistic, from both sides.
let chiSquared (freedom: float) (statistic: float) =
    statistic
    |> within (ChiSquared.InvCDF(freedom, alpha / 2.0)) (ChiSquared.InvCDF(freedom, 1.0 - alpha / 2.0))

/// The mean of squares of n numbers whose moments are those of a standard normal.
let hasUnitSquares (sample: float[]) =
    sample |> Array.sumBy (fun x -> x * x) |> chiSquared (float sample.Length)

/// The smaller of the two probabilities that a count is as small or as large; exact.
let private tails atMost atLeast =
    min atMost atLeast |> within (alpha / 2.0) 1.0

/// A count of a Poisson distribution.
let poisson (mean: float) (count: int) =
    let k = float count

    tails
        (SpecialFunctions.GammaUpperRegularized(k + 1.0, mean))
        (if count = 0 then
             1.0
         else
             SpecialFunctions.GammaLowerRegularized(k, mean))

/// A count of n trials with probability p.
let binomial (n: int) (p: float) (count: int) =
    tails
        (if count = n then
             1.0
         else
             SpecialFunctions.BetaRegularized(float (n - count), float (count + 1), 1.0 - p))
        (if count = 0 then
             1.0
         else
             SpecialFunctions.BetaRegularized(float count, float (n - count + 1), p))

/// Pearson's statistic of items of equally likely kinds; n is so large that each kind expects 5 or more.
let evenly kinds (items: int seq) =
    let counts = Array.zeroCreate<float> kinds

    for item in items do
        counts[item] <- counts[item] + 1.0

    let expected = Array.sum counts / float kinds

    counts
    |> Array.sumBy (fun seen -> (seen - expected) ** 2.0 / expected)
    |> within 0.0 (ChiSquared.InvCDF(float (kinds - 1), 1.0 - alpha))
