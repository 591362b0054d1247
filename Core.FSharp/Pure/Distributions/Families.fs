namespace Initializers.FSharp

open System

/// <summary>A location-scale family of distributions: loc + scale z, z from the family's standard distribution.</summary>
/// <remarks>The families are the values of <c>Families</c>. Two are equal when their names are.</remarks>
[<CustomEquality; NoComparison>]
type LocationScaleFamily =
    internal
        {
            Id: string
            Sentence: string
            /// The open interval of the standard distribution.
            Support: struct (float * float)
            /// The standard quantile, by arithmetic that rounds in the same way on every machine, since it determines bits.
            Quantile: QuantileForm
            /// P(Z <= x), for reading.
            Cdf: float -> float
            /// The density inside the support, for reading.
            Density: float -> float
            /// Mean, variance and fourth standardized moment; NaN if undefined.
            Moments: struct (float * float * float)
        }

    /// <summary>The name in texts, such as <c>laplace</c>.</summary>
    member this.Name = this.Id

    /// <summary>The distribution in a sentence, with its mean or variance.</summary>
    member this.Summary = this.Sentence

    /// <summary>Equal names.</summary>
    override this.Equals(other: obj | null) =
        match other with
        | :? LocationScaleFamily as o -> o.Id = this.Id
        | _ -> false

    /// <summary>A hash code of the name.</summary>
    override this.GetHashCode() = this.Id.GetHashCode()

    /// <summary>The name.</summary>
    override this.ToString() = this.Id

    interface IEquatable<LocationScaleFamily> with
        member this.Equals(other: LocationScaleFamily | null) =
            match other with
            | null -> false
            | o -> o.Id = this.Id

/// <summary>The location-scale families. Each is one record; texts, JSON, checks and tests read the list.</summary>
[<RequireQualifiedAccess>]
module Families =
    let private everywhere = struct (Double.NegativeInfinity, Double.PositiveInfinity)

    /// <summary>Logistic, with density 1/(4 scale) sech²((x - loc)/(2 scale)): mean loc, variance (pi scale)²/3.</summary>
    [<CompiledName "Logistic">]
    let logistic =
        { Id = "logistic"
          Sentence = "logistic, variance (pi*scale)²/3"
          Support = everywhere
          // log(p/(1 - p)), at 1/2 + d log(1 + 4 d/(1 - 2 d)).
          Quantile =
            QuantileForm.Symmetric(
                (fun t -> Exact.log t - Exact.log1p -t),
                (fun d -> Exact.log1p (4.0 * d / (1.0 - 2.0 * d)))
            )
          Cdf = fun x -> 1.0 / (1.0 + Exact.exp -x)
          Density =
            fun x ->
                let e = Exact.exp -(abs x)
                e / ((1.0 + e) * (1.0 + e))
          Moments = struct (0.0, Math.PI * Math.PI / 3.0, 4.2) }

    /// <summary>Laplace (double exponential), with density exp(-|x - loc|/scale)/(2 scale): mean loc, variance
    /// 2 scale².</summary>
    [<CompiledName "Laplace">]
    let laplace =
        let below t = Exact.log (2.0 * t)

        { Id = "laplace"
          Sentence = "Laplace (double exponential), variance 2*scale²"
          Support = everywhere
          Quantile = QuantileForm.TwoSided(0.5, (fun side t -> if side = 0 then below t else -(below t)))
          Cdf =
            fun x ->
                let tail = 0.5 * Exact.exp -(abs x)
                if x < 0.0 then tail else 1.0 - tail
          Density = fun x -> 0.5 * Exact.exp -(abs x)
          Moments = struct (0.0, 2.0, 6.0) }

    /// <summary>Gumbel, of maxima, with distribution function exp(-exp(-(x - loc)/scale)): mean loc + 0.5772 scale, variance
    /// (pi scale)²/6.</summary>
    [<CompiledName "Gumbel">]
    let gumbel =
        { Id = "gumbel"
          Sentence = "Gumbel (of maxima), mean loc + 0.5772*scale, variance (pi*scale)²/6"
          Support = everywhere
          Quantile =
            QuantileForm.TwoSided(0.5, (fun side t -> -(Exact.log -(if side = 0 then Exact.log t else Exact.log1p -t))))
          Cdf = fun x -> Exact.exp -(Exact.exp -x)
          Density = fun x -> Exact.exp (-x - Exact.exp -x)
          Moments = struct (0.57721566490153286061, Math.PI * Math.PI / 6.0, 5.4) }

    /// <summary>Cauchy, with density 1/(pi scale (1 + ((x - loc)/scale)²)): median loc, quartiles loc ± scale, neither mean nor
    /// variance.</summary>
    /// <remarks>A float32 reaches 2.7e9 scales from loc and a float64 1.2e19: in float16 the scale is at most 2.3e-5, or the
    /// distribution is clipped.</remarks>
    [<CompiledName "Cauchy">]
    let cauchy =
        { Id = "cauchy"
          Sentence = "Cauchy, quartiles loc ± scale, without mean and variance"
          Support = everywhere
          // tan(pi (p - 1/2)), in the tails -1/tan(pi t).
          Quantile =
            QuantileForm.Symmetric(
                (fun t ->
                    if t <= 0.25 then
                        -1.0 / Exact.tanPi t
                    else
                        -(Exact.tanPi (0.5 - t))),
                Exact.tanPi
            )
          Cdf =
            fun x ->
                if x < 0.0 then
                    -(Exact.atanPi (1.0 / x))
                else
                    0.5 + Exact.atanPi x
          Density = fun x -> 1.0 / (Math.PI * (1.0 + x * x))
          Moments = struct (nan, nan, nan) }

    /// <summary>Exponential on (loc, infinity), with density exp(-(x - loc)/scale)/scale: mean loc + scale, variance scale²; scale
    /// is 1 over the rate.</summary>
    [<CompiledName "Exponential">]
    let exponential =
        { Id = "exponential"
          Sentence = "exponential on (loc, inf), mean loc + scale, variance scale²"
          Support = struct (0.0, Double.PositiveInfinity)
          Quantile = QuantileForm.TwoSided(0.5, (fun side t -> -(if side = 0 then Exact.log1p -t else Exact.log t)))
          Cdf = fun x -> 1.0 - Exact.exp -x
          Density = fun x -> Exact.exp -x
          Moments = struct (1.0, 1.0, 9.0) }

    /// <summary>Every family.</summary>
    [<CompiledName "All">]
    let all = [ logistic; laplace; gumbel; cauchy; exponential ]
