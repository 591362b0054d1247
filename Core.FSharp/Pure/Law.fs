namespace Initializers.FSharp

open System
open MathNet.Numerics.Distributions

type Law =
    { Support: struct (float * float)
      Mean: float
      Variance: float
      Kurtosis: float
      Cdf: float -> float
      Quantile: float -> float }

[<RequireQualifiedAccess>]
module Law =
    let private constant value =
        { Support = struct (value, value)
          Mean = value
          Variance = 0.0
          Kurtosis = nan
          Cdf = fun x -> if x < value then 0.0 else 1.0
          Quantile = fun _ -> value }

    [<CompiledName "OfResolved">]
    let ofResolved (resolved: Resolved) : Law =
        match resolved with
        | Resolved.Constant value -> constant value
        | Resolved.Normal(mean, 0.0) -> constant mean
        | Resolved.Uniform(low, high) ->
            let law = ContinuousUniform(low, high)

            { Support = struct (low, high)
              Mean = law.Mean
              Variance = law.Variance
              Kurtosis = 9.0 / 5.0
              Cdf = law.CumulativeDistribution
              Quantile = law.InverseCumulativeDistribution }
        | Resolved.Normal(mean, stddev) ->
            let law = Normal(mean, stddev)

            { Support = struct (Double.NegativeInfinity, Double.PositiveInfinity)
              Mean = law.Mean
              Variance = law.Variance
              Kurtosis = 3.0
              Cdf = law.CumulativeDistribution
              Quantile = law.InverseCumulativeDistribution }
        | Resolved.TruncatedNormal(mean, stddev, lower, upper, low, high) ->
            let law = Truncated.law lower upper
            let struct (m1, variance, kurtosis) = Truncated.moments lower upper

            let cdf x =
                if x <= low then 0.0
                elif x >= high then 1.0
                else Truncated.cdf lower upper ((x - mean) / stddev)

            { Support = struct (low, high)
              Mean = mean + stddev * m1
              Variance = stddev * stddev * variance
              Kurtosis = kurtosis
              Cdf = cdf
              Quantile = fun p -> mean + stddev * law.Quantile p }

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) =
        Plan.distribution spec shape fan |> Result.map ofResolved

    [<CompiledName "Stddev">]
    let stddev (law: Law) = sqrt law.Variance
