namespace Initializers.FSharp

open Initializers

/// <summary>A spec whose fans have become numbers.</summary>
[<RequireQualifiedAccess>]
type Resolved =
    /// <summary>One value everywhere.</summary>
    | Constant of value: float
    /// <summary>Uniform on the open interval (low, high).</summary>
    | Uniform of low: float * high: float
    /// <summary>Normal with mean and standard deviation.</summary>
    | Normal of mean: float * stddev: float
    /// <summary>Normal with mean and standard deviation, restricted to the open interval (low, high); the ends also in
    /// standard deviations from the mean, and the interval's width in standard deviations, which far from the mean has more
    /// digits than their difference.</summary>
    | TruncatedNormal of
        mean: float *
        stddev: float *
        lower: float *
        upper: float *
        low: float *
        high: float *
        width: float

    /// <summary>Logistic with location and scale.</summary>
    | Logistic of loc: float * scale: float
    /// <summary>Laplace with location and scale.</summary>
    | Laplace of loc: float * scale: float
    /// <summary>Gumbel, of maxima, with location and scale.</summary>
    | Gumbel of loc: float * scale: float
    /// <summary>Triangular on the open interval (low, high) with its peak at mode.</summary>
    | Triangular of low: float * mode: float * high: float
    /// <summary>A law of the caller's own.</summary>
    | Quantile of QuantileFunction

/// <summary>What a kernel computes, as plain numbers of the arithmetic it uses.</summary>
[<RequireQualifiedAccess>]
type Body =
    /// <summary>The same element everywhere: the bits of the dtype in the low end of a word.</summary>
    | Fill of bits: uint64
    /// <summary>fma(s, half, mid) for s in (-1, 1), then moved between least and greatest, the outermost values of the
    /// dtype strictly inside the interval.</summary>
    | Uniform of mid: float32 * half: float32 * least: float32 * greatest: float32
    /// <summary>fma(z, stddev, mean) for z the standard normal quantile of the word.</summary>
    | Normal of mean: float32 * stddev: float32
    /// <summary>fma(z, scale, location) for z the quantile of the word by a table, then moved between least and
    /// greatest.</summary>
    | Quantile of table: QuantileTable * location: float32 * scale: float32 * least: float32 * greatest: float32
    /// <summary>Uniform in float64, of words with their companions.</summary>
    | Uniform64 of mid: float * half: float * least: float * greatest: float
    /// <summary>Normal in float64, of words with their companions.</summary>
    | Normal64 of mean: float * stddev: float
    /// <summary>Quantile in float64, of words with their companions.</summary>
    | Quantile64 of table: QuantileTable64 * location: float * scale: float * least: float * greatest: float

/// <summary>A spec resolved against shape, fan and dtype: all that a kernel needs besides the seed.</summary>
type Plan =
    {
        /// The element type.
        DType: DType
        /// The number of elements.
        Length: int64
        /// What the kernel computes.
        Body: Body
    }

/// <summary>Resolution of specs. The only owner of gain and fan arithmetic.</summary>
[<RequireQualifiedAccess>]
module Plan =
    /// <summary>The version of the bit contract that plans are executed under. Equal versions, specs, shapes, fans,
    /// dtypes and seeds give equal bits.</summary>
    [<CompiledName "BitsVersion">]
    val bitsVersion: int

    /// <summary>gain * (numerator/fan)^power in float64, by <c>Exact.pow</c>.</summary>
    /// <returns>An error when the result is NaN or infinite.</returns>
    [<CompiledName "Spread">]
    val spread: gain: float -> numerator: float -> power: float -> fan: float -> Result<float, InitError list>

    /// <summary>What makes the elements of a law.</summary>
    val internal form: resolved: Resolved -> Form

    /// <summary>The spec with its fans worked out, in float64.</summary>
    /// <returns>Every fault of spec, shape and fan.</returns>
    [<CompiledName "Distribution">]
    val distribution: spec: Spec -> shape: Shape -> fan: Fan -> Result<Resolved, InitError list>

    /// <summary>The plan for a tensor.</summary>
    /// <returns>Every fault of spec, shape, fan and dtype, found before a device is touched.</returns>
    /// <example><code>Plan.resolve Spec.heNormal shape (Fan.From Layout.OutIn) DType.Float32</code></example>
    [<CompiledName "Resolve">]
    val resolve: spec: Spec -> shape: Shape -> fan: Fan -> dtype: DType -> Result<Plan, InitError list>
