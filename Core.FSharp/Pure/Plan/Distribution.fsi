namespace Initializers.FSharp

/// <summary>The distribution that a resolved spec promises, in float64: for reading and testing, never for bits.</summary>
/// <remarks>Of a spec that puts a tensor together it is the distribution of an element at a place chosen at random: an orthogonal
/// matrix's elements are not independent, an identity's not random at all. A mask over parts that are not alike is taken as
/// independent of them. A clipped law's moments are integrals by quadrature, to 1e-9.</remarks>
type Distribution =
    {
        /// The open interval outside which no value falls; infinite ends for a normal law, one point for a constant.
        Support: struct (float * float)
        /// The mean.
        Mean: float
        /// The variance, 0 for a constant.
        Variance: float
        /// The fourth standardized moment: 3 for a normal law, 9/5 for a uniform one, NaN for a constant.
        Kurtosis: float
        /// P(X <= x).
        Cdf: float -> float
        /// The probability density: 0 outside the support. NaN at a value of positive probability, such as a constant's or a
        /// clip's end, everywhere inside the support of a custom quantile, and of an STFT or bilinear kernel of more than 2^22
        /// numbers.
        Density: float -> float
        /// The smallest x with P(X <= x) >= p, for p in (0, 1).
        Quantile: float -> float
    }

/// <summary>Laws of specs.</summary>
[<RequireQualifiedAccess>]
module Distribution =
    /// The law of a spec whose fans are numbers.
    val internal ofResolved: resolved: Resolved -> Distribution

    /// <summary>The law of a spec for a shape and fan.</summary>
    /// <example><code>Distribution.resolve Spec.heNormal shape (Fan.In 256.0) // Variance = 2/256</code></example>
    [<CompiledName "Resolve">]
    val resolve: spec: Spec -> shape: Shape -> fan: Fan -> Result<Distribution, InitError list>

    /// <summary>The standard deviation.</summary>
    [<CompiledName "Stddev">]
    val stddev: law: Distribution -> float
