namespace Initializers.FSharp

open System
open MathNet.Numerics
open Initializers

/// <summary>One comparison of a sample with a distribution.</summary>
type SampleCheck =
    {
        /// "support", "mean", "stddev", "extremes", "atoms" or "Kolmogorov-Smirnov".
        Name: string
        /// Support: how far the outermost value is beyond an end. Mean: its z-score. Stddev: the z-score of the variance.
        /// Extremes: the larger magnitude of smallest and largest value, in standard deviations from the mean. Atoms: how
        /// often the most surprising value occurs. Kolmogorov-Smirnov: the largest distance of the two distribution
        /// functions. NaN for a check that was not made.
        Statistic: float
        /// A bound on the probability of a statistic at least as far out in a sample of the distribution, in [0, 1]; 1 for
        /// a check that was not made.
        PValue: float
        /// Whether the p-value is at least the check's share of the false-alarm rate.
        IsPassed: bool
        /// Why the check was not made; empty for one that was made.
        Skipped: string
    }

/// <summary>The comparison of a sample with a distribution.</summary>
type DistributionCheck =
    {
        /// The number of values.
        Count: int64
        /// The probability, at most, that a sample of the distribution fails.
        FalseAlarmRate: float
        /// Each statistical check fails below this p-value. The check of the support has no false alarms.
        Share: float
        /// The checks, in a fixed order.
        Checks: SampleCheck list
    }

    /// <summary>Whether every check passed.</summary>
    member this.IsPassed = this.Checks |> List.forall _.IsPassed

    /// <summary>The checks that failed.</summary>
    member this.Failed = this.Checks |> List.filter (fun check -> not check.IsPassed)

/// The values of a float type, as far as checks need them: bits of precision, and the smallest value above 0.
[<Struct>]
type internal Grid = { Digits: int; Tiny: float }

[<RequireQualifiedAccess>]
module internal Grid =
    let ofDType (dtype: DType) : Grid =
        match dtype with
        | DType.Float64 ->
            { Digits = 53
              Tiny = Math.ScaleB(1.0, -1074) }
        | DType.Float16 ->
            { Digits = 11
              Tiny = Math.ScaleB(1.0, -24) }
        | DType.BFloat16 ->
            { Digits = 8
              Tiny = Math.ScaleB(1.0, -133) }
        | _ ->
            { Digits = 24
              Tiny = Math.ScaleB(1.0, -149) }

    /// The distance from a value to the next one away from 0.
    let spacing (grid: Grid) (x: float) =
        if x = 0.0 || not (Double.IsFinite x) then
            grid.Tiny
        else
            max grid.Tiny (Math.ScaleB(1.0, Math.ILogB x - grid.Digits + 1))

    /// An end of the cell of numbers that any rounding may take to a value.
    let above grid x = x + spacing grid x
    let below grid x = x - spacing grid x

/// A sample, as the checks read it.
type internal Sample =
    {
        Grid: Grid
        /// All values, and those that are not finite.
        Count: int64
        NonFinite: int64
        /// Of the finite values; the variance is divided by n - 1.
        Mean: float
        Variance: float
        Least: float
        Greatest: float
        /// Finite values in order: all, or a random part.
        Sorted: float[]
        /// How many spacings beyond the rounded ends of the support are allowed, for generators that round otherwise.
        Slack: float
        /// The most values at which distribution functions are compared.
        Points: int
    }

/// Checks of a sample, each with a bound on its p-value.
///
/// All bounds hold for samples of independent values, and for those with a fixed number of values from each part of a
/// mixture, whose statistics vary less. Every check takes a value for any number of the cell between its two neighbours, so
/// that the way of rounding does not matter; and a value may have 2^-23 more probability, since generators that draw
/// 24 bits have coarser values near 0 than float32.
[<RequireQualifiedAccess>]
module internal Goodness =
    let private generatorStep = Math.ScaleB(1.0, -23)

    /// P(|Z| > |z|) of a standard normal.
    let twoSided (z: float) =
        if Double.IsNaN z then
            1.0
        else
            SpecialFunctions.Erfc(abs z / sqrt 2.0)

    /// Bounds P(Bin(n, p) >= m) by Chernoff's exp(-n KL(m/n || p)).
    let binomialTail (n: float) (p: float) (m: float) =
        let q = m / n

        if q <= p then
            1.0
        elif p <= 0.0 then
            0.0
        elif q >= 1.0 then
            exp (n * log p)
        else
            exp (-n * (q * log (q / p) + (1.0 - q) * log ((1.0 - q) / (1.0 - p))))

    /// Bounds P(Poisson(mean) >= m) by Chernoff's exp(-mean) (e mean/m)^m.
    let poissonTail (mean: float) (m: float) =
        if m <= mean then 1.0
        elif mean <= 0.0 then 0.0
        else exp (m - mean - m * log (m / mean))

    /// P(D > d) <= 2 exp(-2 n d^2) for every n and every distribution, with atoms or without: the inequality of Dvoretzky,
    /// Kiefer and Wolfowitz with the constant of Massart ("The Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality",
    /// 1990), which is also the first term of Kolmogorov's limit.
    let kolmogorov (n: float) (d: float) =
        if d <= 0.0 then
            1.0
        else
            min 1.0 (2.0 * exp (-2.0 * n * d * d))

    let private skipped name reason =
        { Name = name
          Statistic = nan
          PValue = 1.0
          IsPassed = true
          Skipped = reason }

    let private made share name statistic p =
        let p = if Double.IsNaN p then 1.0 else max 0.0 (min 1.0 p)

        { Name = name
          Statistic = statistic
          PValue = p
          IsPassed = p >= share
          Skipped = "" }

    let private support (distribution: Distribution) (sample: Sample) =
        let struct (low, high) = distribution.Support

        let allowed (x: float) =
            (0.5 + sample.Slack) * Grid.spacing sample.Grid x

        if Double.IsInfinity low && low = high then
            let isRight = sample.NonFinite = sample.Count
            made 0.5 "support" (if isRight then 0.0 else infinity) (if isRight then 1.0 else 0.0)
        elif sample.NonFinite > 0L then
            made 0.5 "support" infinity 0.0
        else
            let beyond = max 0.0 (max (low - sample.Least) (sample.Greatest - high))

            let isRight =
                sample.Least >= low - allowed low && sample.Greatest <= high + allowed high

            made 0.5 "support" (if isRight then 0.0 else beyond) (if isRight then 1.0 else 0.0)

    /// Whether sums of the values, and of their squares, have no heavier tails than those of a normal distribution: symmetric
    /// with a kurtosis of at most 3.
    let private isLight (distribution: Distribution) =
        distribution.Kurtosis <= 3.0 + 1.0e-9
        && [ 0.01; 0.1; 0.3 ]
           |> List.forall (fun p ->
               abs (
                   distribution.Quantile p + distribution.Quantile(1.0 - p)
                   - 2.0 * distribution.Mean
               )
               <= 1.0e-6 * sqrt distribution.Variance)

    /// Why a moment's limit distribution says nothing, if it does not.
    let private momentFault (distribution: Distribution) (n: float) =
        if not (Double.IsFinite distribution.Variance) then
            "the distribution has no variance"
        elif n < 2.0 then
            "one value has no spread"
        elif Double.IsNaN distribution.Kurtosis || Double.IsInfinity distribution.Kurtosis then
            "the distribution has no fourth moment"
        elif not (isLight distribution) && n < 1000.0 * max 3.0 distribution.Kurtosis then
            "too few values for the normal limit of a skewed or heavy-tailed distribution"
        else
            ""

    let private moments share (distribution: Distribution) (sample: Sample) =
        let n = float (sample.Count - sample.NonFinite)

        match momentFault distribution n with
        | "" ->
            let sigma = sqrt distribution.Variance
            // Rounding moves the mean by at most half a spacing, and adds a twelfth of its square to the variance.
            let centre = Grid.spacing sample.Grid distribution.Mean

            let coarse = Grid.spacing sample.Grid (max (abs distribution.Mean) sigma) / sigma

            let outside value slack =
                if abs value <= slack then 0.0
                elif value > 0.0 then value - slack
                else value + slack

            let z =
                outside ((sample.Mean - distribution.Mean) / sigma) (0.5 * centre / sigma)
                * sqrt n

            let mean = made share "mean" z (twoSided z)

            let spread =
                if distribution.Kurtosis < 1.05 then
                    skipped "stddev" "the distribution fixes the sum of squares"
                else
                    let ratio =
                        1.0
                        + outside (sample.Variance / distribution.Variance - 1.0) (0.25 * coarse * coarse)

                    let shape = (n - 1.0) / (distribution.Kurtosis - 1.0)
                    let z = (ratio - 1.0) * sqrt shape

                    // Exact but for Chernoff's factor for a normal distribution, whose variance is gamma distributed; the
                    // lower tail of others lies between that and the normal limit.
                    let gamma =
                        if ratio <= 0.0 then
                            0.0
                        else
                            2.0 * exp (-shape * (ratio - 1.0 - log ratio))

                    made share "stddev" z (max gamma (twoSided z))

            [ mean; spread ]
        | reason -> [ skipped "mean" reason; skipped "stddev" reason ]

    /// The largest and the smallest of n values: too near to the middle by P(X <= largest)^n, or too far out by
    /// n P(X >= largest), and so at the other end.
    let private extremes share (distribution: Distribution) (sample: Sample) =
        let n = float (sample.Count - sample.NonFinite)
        let cdf = distribution.Cdf

        let power p =
            exp (n * log (min 1.0 (p + generatorStep)))

        let top, bottom = sample.Greatest, sample.Least

        let p =
            [ power (cdf (Grid.above sample.Grid top))
              n * (1.0 - cdf (Grid.below sample.Grid top))
              power (1.0 - cdf (Grid.below sample.Grid bottom))
              n * cdf (Grid.above sample.Grid bottom) ]
            |> List.min

        let reach =
            max (abs (top - distribution.Mean)) (abs (bottom - distribution.Mean))
            / sqrt distribution.Variance

        made share "extremes" reach (4.0 * p)

    /// Runs of equal values in order: the first index and the length of each.
    let private runs (sorted: float[]) =
        let found = ResizeArray<struct (int * int)>()
        let mutable first = 0

        for i in 1 .. sorted.Length do
            if i = sorted.Length || sorted[i] <> sorted[first] then
                found.Add(struct (first, i - first))
                first <- i

        found

    /// The value that is the most surprising for its number of occurrences. The p-values of all values are weighted by
    /// their probabilities, which add to 6 at most: 4 for cells that overlap, and 2 for the generator's steps.
    let private atoms share (distribution: Distribution) (sample: Sample) =
        let n = float sample.Sorted.Length
        let mutable least = 1.0
        let mutable most = 1

        for struct (first, length) in runs sample.Sorted do
            most <- max most length

            if length > 2 then
                let x = sample.Sorted[first]

                let p =
                    distribution.Cdf(Grid.above sample.Grid x)
                    - distribution.Cdf(Grid.below sample.Grid x)
                    + generatorStep

                let tail = 6.0 / p * binomialTail n p (float length)

                if tail < least then
                    least <- tail
                    most <- length

        made share "atoms" (float most) least

    let private distance share (distribution: Distribution) (sample: Sample) =
        let sorted = sample.Sorted
        let n = float sorted.Length
        let step = max 1 (sorted.Length / sample.Points)
        let mutable d = 0.0
        let mutable i = 0

        // At some of the values the distance is a lower bound of that at all of them.
        while i < sorted.Length do
            let x = sorted[i]

            d <-
                d
                |> max (float (i + 1) / n - distribution.Cdf(Grid.above sample.Grid x))
                |> max (distribution.Cdf(Grid.below sample.Grid x) - float i / n)

            i <-
                if i = sorted.Length - 1 then
                    sorted.Length
                else
                    min (sorted.Length - 1) (i + step)

        made share "Kolmogorov-Smirnov" d (kolmogorov n (d - generatorStep))

    /// Compares a sample with a distribution.
    let run (rate: float) (distribution: Distribution) (sample: Sample) : DistributionCheck =
        let share = rate / 5.0
        let names = [ "extremes"; "atoms"; "Kolmogorov-Smirnov" ]
        let functions = [ extremes; atoms; distance ]

        let others reason =
            "mean" :: "stddev" :: names |> List.map (fun name -> skipped name reason)

        let checks =
            if sample.Count = 0L then
                skipped "support" "there are no values" :: others "there are no values"
            elif distribution.Variance = 0.0 then
                support distribution sample :: others "the distribution is one number"
            elif sample.NonFinite = sample.Count then
                support distribution sample :: others "no value is finite"
            elif Double.IsNaN(distribution.Cdf sample.Mean) then
                support distribution sample :: moments share distribution sample
                @ (names
                   |> List.map (fun name -> skipped name "the distribution function is not known"))
            else
                support distribution sample :: moments share distribution sample
                @ (functions |> List.map (fun check -> check share distribution sample))

        { Count = sample.Count
          FalseAlarmRate = rate
          Share = share
          Checks = checks }

    /// A sample of all values, which are changed: the finite ones are sorted.
    let sampleOf (grid: Grid) (values: float[]) : Sample =
        let sorted = values |> Array.filter Double.IsFinite
        Array.sortInPlace sorted
        let n = float sorted.Length
        let rough = if sorted.Length = 0 then nan else Array.average sorted
        // Corrected for the rounding of the first mean.
        let mean = rough + (sorted |> Array.sumBy (fun x -> x - rough)) / n

        { Grid = grid
          Count = values.LongLength
          NonFinite = values.LongLength - sorted.LongLength
          Mean = mean
          Variance = (sorted |> Array.sumBy (fun x -> (x - mean) * (x - mean))) / (n - 1.0)
          Least = if sorted.Length = 0 then nan else sorted[0]
          Greatest = if sorted.Length = 0 then nan else sorted[sorted.Length - 1]
          Sorted = sorted
          Slack = 0.0
          Points = Int32.MaxValue }
