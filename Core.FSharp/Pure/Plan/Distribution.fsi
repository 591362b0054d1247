namespace Initializers.FSharp

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

/// <summary>Computes the distributions of specs.</summary>
[<RequireQualifiedAccess>]
module Distribution =
    /// The distribution of a resolved spec.
    val internal ofResolved: resolved: Resolved -> Distribution

    /// <summary>Computes the distribution of a spec's elements for a shape and fan.</summary>
    /// <example><code>Distribution.resolve Spec.heNormal shape (Fan.In 256.0) // Variance = 2/256</code></example>
    [<CompiledName "Resolve">]
    val resolve: spec: Spec -> shape: Shape -> fan: Fan -> Result<Distribution, InitError list>

    /// <summary>The standard deviation.</summary>
    [<CompiledName "Stddev">]
    val stddev: distribution: Distribution -> float
