/// Checks of tensors against the distributions that they promise.
///
/// A check computes its threshold from its sample size n and its false-alarm rate alpha, the probability that a true
/// sampler fails it. Seeds are fixed, so a passing test keeps passing; alpha says how surprising a failure after a
/// change of bits would be. Every check must accept the shipped sampler and reject some planted wrong one, and each
/// wrong one must be rejected: a check that cannot fail is no check (TorchSharp's tests pass although its
/// xavier_normal_ is uniform and its trunc_normal_ constant).
module Initializers.Properties.Statistics

open System
open MathNet.Numerics.Distributions
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// The values of a dtype as float64: read from a tensor, and the edge above a value's rounding cell.
module internal Values =
    let ofTensor (tensor: Tensor) =
        match tensor.DType with
        | DType.Float16 -> tensor.ToArray<Half>() |> Array.map float
        | DType.BFloat16 -> tensor.ToArray<BFloat16>() |> Array.map (fun x -> float (x.ToSingle()))
        | DType.Float64 -> tensor.ToArray<float>()
        | _ -> tensor.ToArray<float32>() |> Array.map float

    let next dtype (x: float) =
        match dtype with
        | DType.Float16 -> float (Half.BitIncrement(Half.op_Explicit x: Half))
        | DType.BFloat16 ->
            let bits = (BFloat16.FromSingle(float32 x)).Bits

            let above =
                if bits = 0x8000us then 1us
                elif bits > 0x8000us then bits - 1us
                else bits + 1us

            float (BFloat16.FromBits(above).ToSingle())
        | DType.Float64 -> Math.BitIncrement x
        | _ -> float (MathF.BitIncrement(float32 x))

    /// Everything below the edge rounds to x or less.
    let edge dtype x =
        let above = next dtype x

        if Double.IsInfinity above then
            infinity
        else
            0.5 * (x + above)

    /// Distance to the next value.
    let spacing dtype (x: float) =
        let x = abs x
        next dtype x - x

/// The distribution of a spec after rounding to a dtype, with the moments and bounds that the tests need.
type internal Promise =
    {
        Distribution: Distribution
        DType: DType
        /// The smallest and largest values of the dtype strictly inside the support.
        Least: float
        Greatest: float
        Mean: float
        Variance: float
        Kurtosis: float
        /// P(X <= x) at a value x of the dtype, by the cell's upper edge.
        CdfAt: float -> float
        /// Of a 16-bit dtype: the probability of each value inside the support, in order.
        Cells: float[]
        /// E[f(X) spacing(X)], f the density: the probability, about, that two values meet in one of the dtype.
        Meeting: Lazy<float>
    }

module internal Promise =
    /// Moments after rounding, by the probabilities of the cells of a 16-bit dtype. A float32's rounding changes no
    /// moment by more than 2^-24 relatively, far below any threshold here.
    let of' dtype (law: Distribution) =
        let struct (low, high) = law.Support

        let greatest =
            let mutable x =
                if Double.IsInfinity high then
                    DType.largest dtype
                else
                    match dtype with
                    | DType.Float16 -> float (Half.op_Explicit high: Half)
                    | DType.BFloat16 -> float (BFloat16.FromSingle(float32 high).ToSingle())
                    | DType.Float64 -> high
                    | _ -> float (float32 high)

            while x >= high do
                x <- -(Values.next dtype -x)

            x

        let least =
            let mutable x =
                if Double.IsInfinity low then
                    -(DType.largest dtype)
                else
                    match dtype with
                    | DType.Float16 -> float (Half.op_Explicit low: Half)
                    | DType.BFloat16 -> float (BFloat16.FromSingle(float32 low).ToSingle())
                    | DType.Float64 -> low
                    | _ -> float (float32 low)

            while x <= low do
                x <- Values.next dtype x

            x

        let cdfAt x =
            if x >= greatest then 1.0
            elif x < least then 0.0
            else law.Cdf(Values.edge dtype x)

        let cells =
            [| if DType.size dtype = 2 then
                   let mutable x = least
                   let mutable below = 0.0

                   while x <= greatest do
                       let upTo = cdfAt x
                       struct (x, upTo - below)
                       below <- upTo
                       x <- Values.next dtype x |]

        let mean, variance, kurtosis =
            if DType.size dtype > 2 then
                law.Mean, law.Variance, law.Kurtosis
            else
                let moment k centre =
                    cells |> Array.sumBy (fun struct (x, p) -> p * Math.Pow(x - centre, k))

                let mean = moment 1.0 0.0
                let variance = moment 2.0 mean
                mean, variance, moment 4.0 mean / (variance * variance)

        let meeting =
            lazy
                (let m = 1 <<< 12
                 let q k = law.Quantile(float k / float m)

                 [ 1 .. m - 2 ]
                 |> List.averageBy (fun k ->
                     let a, b = q k, q (k + 1)
                     Values.spacing dtype (max (abs a) (abs b)) / (float m * (b - a))))

        { Distribution = law
          DType = dtype
          Least = least
          Greatest = greatest
          Mean = mean
          Variance = variance
          Kurtosis = kurtosis
          CdfAt = cdfAt
          Cells = cells |> Array.map (fun struct (_, p) -> p)
          Meeting = meeting }

/// A way to make n values from a seed.
type internal Sampler = int -> Seed -> float[]

/// What a check saw: it accepts while the statistic lies in [low, high].
type internal Verdict =
    { Statistic: float
      Low: float
      High: float }

    member this.Accepts = this.Low <= this.Statistic && this.Statistic <= this.High

type internal Check =
    { Name: string
      Run: Promise -> float[] -> float[] -> Verdict }

module internal Checks =
    let private normalQuantile p = Normal.InvCDF(0.0, 1.0, p)

    /// The two-sided bound of a standard normal at a false-alarm rate.
    let twoSidedAt (alpha: float) = -(normalQuantile (alpha / 2.0))

    let private twoSided = twoSidedAt alpha

    /// All values between the outermost ones of the dtype inside the open support. False-alarm rate 0.
    let support =
        { Name = "support"
          Run =
            fun promise sample _ ->
                let outside =
                    sample
                    |> Array.filter (fun x -> not (promise.Least <= x && x <= promise.Greatest))

                { Statistic = float outside.Length
                  Low = 0.0
                  High = 0.0 } }

    /// The sample mean is normal with stddev sigma/sqrt n (central limit; exact for a normal law).
    let mean =
        { Name = "mean"
          Run =
            fun promise sample _ ->
                let bound = twoSided * sqrt (promise.Variance / float sample.Length)

                { Statistic = Array.average sample
                  Low = promise.Mean - bound
                  High = promise.Mean + bound } }

    /// For a normal distribution (n-1) s²/sigma² is chi-squared with n-1 degrees of freedom. For others, and for a normal
    /// one rounded, s²/sigma² is normal about 1 with variance (kurtosis - 1)/n as n grows; n is 10,000 or more.
    let variance =
        { Name = "variance"
          Run =
            fun promise sample _ ->
                let n = float sample.Length
                let centre = Array.average sample

                let s2 = (sample |> Array.sumBy (fun x -> (x - centre) * (x - centre))) / (n - 1.0)

                let low, high =
                    if promise.Kurtosis = 3.0 then
                        ChiSquared.InvCDF(n - 1.0, alpha / 2.0) / (n - 1.0),
                        ChiSquared.InvCDF(n - 1.0, 1.0 - alpha / 2.0) / (n - 1.0)
                    else
                        let bound = twoSided * sqrt ((promise.Kurtosis - 1.0) / n)
                        1.0 - bound, 1.0 + bound

                { Statistic = s2 / promise.Variance
                  Low = low
                  High = high } }

    /// The lambda with P(sqrt n D > lambda) = alpha for large n: 2 sum (-1)^(k-1) exp(-2 k² lambda²) (Kolmogorov 1933),
    /// by bisection.
    let kolmogorovQuantile (alpha: float) =
        let survival lambda =
            seq { 1..100 }
            |> Seq.sumBy (fun k -> (if k % 2 = 1 then 2.0 else -2.0) * exp (-2.0 * float (k * k) * lambda * lambda))

        let rec bisect low high i =
            let middle = 0.5 * (low + high)

            if i = 0 then middle
            elif survival middle > alpha then bisect middle high (i - 1)
            else bisect low middle (i - 1)

        bisect 0.2 10.0 60

    /// Kolmogorov-Smirnov against the distribution rounded to the dtype: since rounding is monotone, P(X <= x) at a value
    /// x is the unrounded one at the upper edge of x's cell, so a coarse dtype needs no allowance (and makes the test
    /// conservative). The words themselves step by 2^-24 (uniform) and the enumeration of all of them keeps
    /// sup|F_n - F| below 2^-24 (normal): allowed for.
    let kolmogorovSmirnov =
        { Name = "Kolmogorov-Smirnov"
          Run =
            fun promise sample _ ->
                let sorted = Array.sort sample
                let n = sorted.Length
                let mutable d = 0.0
                let mutable before = 0

                for i in 0 .. n - 1 do
                    let x = sorted[i]

                    if i = n - 1 || sorted[i + 1] <> x then
                        // Just below x the empirical function is still `before`, and the exact one is that of the value below.
                        let at = promise.CdfAt x
                        let below = promise.CdfAt(-(Values.next promise.DType -x))

                        d <-
                            d
                            |> max (abs (float (i + 1) / float n - at))
                            |> max (abs (float before / float n - below))

                        before <- i + 1

                { Statistic = d
                  Low = 0.0
                  High = kolmogorovQuantile alpha / sqrt (float n) + Math.ScaleB(1.0, -24) } }

    let private correlation (a: float[]) (b: float[]) =
        let ma, mb = Array.average a, Array.average b
        let covariance = Array.fold2 (fun s x y -> s + (x - ma) * (y - mb)) 0.0 a b

        let square m =
            Array.sumBy (fun x -> (x - m) * (x - m))

        covariance / sqrt (square ma a * square mb b)

    /// A correlation of independent values is normal with stddev 1/sqrt n as n grows.
    let private uncorrelated name pair =
        { Name = name
          Run =
            fun _ sample other ->
                let a, b = pair sample other
                let bound = twoSided / sqrt (float (Array.length a))

                { Statistic = correlation a b
                  Low = -bound
                  High = bound } }

    let lag k =
        uncorrelated $"lag-{k} correlation" (fun sample _ -> sample[.. sample.Length - 1 - k], sample[k..])

    let streams = uncorrelated "two named streams" (fun sample other -> sample, other)

    /// The largest and the smallest of n values: F(largest)^n and (1 - F(smallest))^n are uniform, and each of the four ends
    /// has a quarter of the false-alarm rate. Rounding makes it conservative, as an end takes the far edge of a value's cell.
    let extremes =
        { Name = "extremes"
          Run =
            fun promise sample _ ->
                let n = float sample.Length
                let greatest, least = Array.max sample, Array.min sample

                let below x =
                    promise.CdfAt(-(Values.next promise.DType -x))

                let none p = exp (n * Math.Log(1.0 - p))

                { Statistic =
                    [ none (1.0 - promise.CdfAt greatest)
                      1.0 - none (1.0 - below greatest)
                      none (below least)
                      1.0 - none (promise.CdfAt least) ]
                    |> List.min
                  Low = alpha / 4.0
                  High = 1.0 } }

    /// Pairs of equal values in a float32 sample are Poisson with mean at most C(n,2) (E[f(X) spacing(X)] + 2^-24), f
    /// the density and 2^-24 a uniform's own grid, in a float64 one 2^-53. (Pairs that share a value are dependent, which widens the count by
    /// less than a percent here; the bound's slack is larger.) For 16-bit types equal values are the rule: see `distinct`.
    let repeats =
        { Name = "equal pairs"
          Run =
            fun promise sample _ ->
                let n = float sample.Length

                let grid = Math.ScaleB(1.0, (if promise.DType = DType.Float64 then -53 else -24))

                let expected = 0.5 * n * (n - 1.0) * (promise.Meeting.Value + grid)

                let sorted = Array.sort sample
                let mutable pairs = 0.0
                let mutable run = 0.0

                // The k-th value of a run of equals meets the k - 1 before it.
                for i in 1 .. sorted.Length - 1 do
                    run <- if sorted[i] = sorted[i - 1] then run + 1.0 else 0.0
                    pairs <- pairs + run

                { Statistic = pairs
                  Low = 0.0
                  // A float64's one pair in some 10^4 samples is no alarm, two are.
                  High = max 1.0 (expected - normalQuantile alpha * sqrt expected) } }

    /// How many values of a 16-bit dtype n draws meet: value i with probability q = 1 - (1 - p)^n. Two values hinder each other, so
    /// the variance is at most the sum of q (1 - q), and the bound conservative; 1 more for a uniform's own grid at 0.
    let distinct =
        { Name = "distinct values"
          Run =
            fun promise sample _ ->
                let n = float sample.Length
                let met = promise.Cells |> Array.map (fun p -> 1.0 - exp (n * Math.Log(1.0 - p)))
                let bound = 1.0 + twoSided * sqrt (met |> Array.sumBy (fun q -> q * (1.0 - q)))

                { Statistic = float (Array.distinct sample).Length
                  Low = Array.sum met - bound
                  High = Array.sum met + bound } }

    /// The checks of a dtype's values.
    let all dtype =
        [ support
          mean
          variance
          kolmogorovSmirnov
          extremes
          lag 1
          lag 4
          streams
          (if DType.size dtype = 2 then distinct else repeats) ]

    /// What checks see of a sampler with a seed.
    let verdictsOf seed checks promise (sampler: Sampler) n =
        let sample = sampler n (Seed.child "a" seed)
        let other = sampler n (Seed.child "b" seed)

        checks |> List.map (fun check -> check.Name, check.Run promise sample other)

    /// What checks see of a sampler.
    let verdicts checks promise sampler n =
        verdictsOf (seedOf 20260UL) checks promise sampler n
