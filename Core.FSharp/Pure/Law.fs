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
        match Plan.form resolved with
        | Form.Constant value -> constant value
        | Form.Normal(mean, 0.0) -> constant mean
        | Form.Uniform(low, high) ->
            let law = ContinuousUniform(low, high)

            { Support = struct (low, high)
              Mean = law.Mean
              Variance = law.Variance
              Kurtosis = 9.0 / 5.0
              Cdf = law.CumulativeDistribution
              Quantile = law.InverseCumulativeDistribution }
        | Form.Normal(mean, stddev) ->
            let law = Normal(mean, stddev)

            { Support = struct (Double.NegativeInfinity, Double.PositiveInfinity)
              Mean = law.Mean
              Variance = law.Variance
              Kurtosis = 3.0
              Cdf = law.CumulativeDistribution
              Quantile = law.InverseCumulativeDistribution }
        | Form.Fitted(standard, location, scale, low, high) ->
            let law = Standard.law standard
            let struct (computed, variance, kurtosis) = Standard.moments standard

            // A quadrature leaves some 1e-16 of the spread where the sides cancel.
            let m1 =
                match law with
                | QuantileLaw.Symmetric _ -> 0.0
                | QuantileLaw.TwoSided _ -> computed

            { Support = struct (low, high)
              Mean = location + scale * m1
              Variance = scale * scale * variance
              Kurtosis = kurtosis
              Cdf =
                fun x ->
                    if x <= low then 0.0
                    elif x >= high then 1.0
                    else Standard.cdf standard ((x - location) / scale)
              Quantile = fun p -> location + scale * law.Quantile p }

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) =
        Plan.distribution spec shape fan |> Result.map ofResolved

    [<CompiledName "Stddev">]
    let stddev (law: Law) = sqrt law.Variance
