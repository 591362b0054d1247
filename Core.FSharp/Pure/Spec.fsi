namespace Initializers.FSharp

open Initializers

/// <summary>The family that variance scaling draws from.</summary>
[<RequireQualifiedAccess>]
type Distribution =
    /// <summary>Normal, not truncated.</summary>
    | Normal
    /// <summary>Uniform on the open interval of the same variance.</summary>
    | Uniform
    /// <summary>Normal, cut at 2 of its standard deviations and widened so that the variance after the cut is the same:
    /// what JAX and Keras call (truncated) normal.</summary>
    | TruncatedNormal

/// <summary>A law of the caller's own: its quantile function, from the lower end and, where 1 - t would lose digits, from
/// the upper one.</summary>
/// <remarks>Two are equal when their names are and they hold the same functions. A function must be pure: it is called when
/// a spec is resolved, from any thread.</remarks>
[<Sealed>]
type QuantileFunction =
    /// <summary>A quantile function, and the same law's from the upper end if there is one.</summary>
    /// <param name="name">What texts and messages call it.</param>
    /// <param name="fromLower">The value at probability t in (0, 1), finite and non-decreasing.</param>
    /// <param name="fromUpper">The value at probability 1 - t, as SciPy's isf.</param>
    new: name: string * fromLower: (float -> float) * fromUpper: (float -> float) option -> QuantileFunction

    /// <summary>What texts and messages call it.</summary>
    member Name: string

    /// <summary>The value at probability t from the lower end (side 0) or the upper end (side 1), or why there is
    /// none.</summary>
    member internal Evaluate: side: int * t: float -> Result<float, string>

/// <summary>How a tensor is to be filled. A value: build it, compare it, match on it, write it as text.</summary>
/// <remarks>Nothing is checked here. <c>Plan.resolve</c> reports every fault of a spec with its shape, fan and dtype at
/// once.</remarks>
[<RequireQualifiedAccess>]
type Spec =
    /// <summary>Every element is <c>value</c>, rounded to the dtype.</summary>
    | Constant of value: float
    /// <summary>Uniform on the open interval (low, high), low below high.</summary>
    | Uniform of low: float * high: float
    /// <summary>Normal with mean and standard deviation, stddev 0 or more.</summary>
    | Normal of mean: float * stddev: float
    /// <summary>Normal restricted to the open interval between bounds in standard deviations from the mean, as in JAX and
    /// Keras; a bound may be infinite. stddev, above 0, is the law's before the restriction.</summary>
    | TruncatedNormal of mean: float * stddev: float * lower: float * upper: float
    /// <summary>As TruncatedNormal with absolute bounds, as in PyTorch's trunc_normal_.</summary>
    | TruncNormal of mean: float * stddev: float * a: float * b: float
    /// <summary>Logistic with density 1/(4 scale) sech²((x - loc)/(2 scale)), scale above 0: variance
    /// (pi scale)²/3.</summary>
    | Logistic of loc: float * scale: float
    /// <summary>Laplace (double exponential) with density exp(-|x - loc|/scale)/(2 scale), scale above 0: variance
    /// 2 scale².</summary>
    | Laplace of loc: float * scale: float
    /// <summary>Gumbel (of maxima) with distribution function exp(-exp(-(x - loc)/scale)), scale above 0: mean
    /// loc + 0.5772 scale, variance (pi scale)²/6.</summary>
    | Gumbel of loc: float * scale: float
    /// <summary>Triangular on the open interval (low, high) with its peak at mode, low &lt;= mode &lt;= high and low below
    /// high.</summary>
    | Triangular of low: float * mode: float * high: float
    /// <summary>A law of the caller's own, by its quantile function. The fit of its table is checked when the spec is
    /// resolved.</summary>
    | Quantile of QuantileFunction
    /// <summary>Mean <c>mean</c> and variance scale/fan, where mode chooses the fan and scale is above 0: stddev
    /// sqrt(scale/fan), or a uniform on mean ± sqrt(3 scale/fan). He et al. 2015, section 2.2; Glorot and Bengio
    /// 2010, equation 16; LeCun et al. 1998 are special cases.</summary>
    | VarianceScaling of scale: float * mode: FanMode * distribution: Distribution * mean: float
    /// <summary>Ivy's Uniform: on the open interval (-w, w), w = gain * (numerator/fan)^power.</summary>
    | FanUniform of numerator: float * mode: FanMode * power: float * gain: float

/// <summary>Presets, each a value or one call of a union case.</summary>
[<RequireQualifiedAccess>]
module Spec =
    /// <summary>All elements 0.</summary>
    [<CompiledName "Zeros">]
    val zeros: Spec

    /// <summary>All elements 1.</summary>
    [<CompiledName "Ones">]
    val ones: Spec

    /// <summary>Every element <paramref name="value"/>.</summary>
    [<CompiledName "Constant">]
    val constant: value: float -> Spec

    /// <summary>Uniform on the open interval (low, high).</summary>
    [<CompiledName "Uniform">]
    val uniform: low: float -> high: float -> Spec

    /// <summary>Normal with mean and standard deviation.</summary>
    [<CompiledName "Normal">]
    val normal: mean: float -> stddev: float -> Spec

    /// <summary>Normal restricted to the open interval between bounds in standard deviations from the mean.</summary>
    [<CompiledName "TruncatedNormal">]
    val truncatedNormal: mean: float -> stddev: float -> lower: float -> upper: float -> Spec

    /// <summary>Normal restricted to the open interval (a, b), as in PyTorch's trunc_normal_.</summary>
    [<CompiledName "TruncNormal">]
    val truncNormal: mean: float -> stddev: float -> a: float -> b: float -> Spec

    /// <summary>Logistic with location and scale.</summary>
    [<CompiledName "Logistic">]
    val logistic: loc: float -> scale: float -> Spec

    /// <summary>Laplace with location and scale.</summary>
    [<CompiledName "Laplace">]
    val laplace: loc: float -> scale: float -> Spec

    /// <summary>Gumbel, of maxima, with location and scale.</summary>
    [<CompiledName "Gumbel">]
    val gumbel: loc: float -> scale: float -> Spec

    /// <summary>Triangular on the open interval (low, high) with its peak at mode.</summary>
    [<CompiledName "Triangular">]
    val triangular: low: float -> mode: float -> high: float -> Spec

    /// <summary>A law of the caller's own: <paramref name="f"/> gives the value at a probability in (0, 1), finite and
    /// non-decreasing. A table is fitted to it and checked when the spec is resolved; a function that is not smooth enough
    /// is refused with the error that was reached. A kink at 1/2 is no harm.</summary>
    /// <remarks>Above 1/2 it is asked at 1 - t, which has fewer digits than a small t has: for a law with an upper tail
    /// in float64 give the tail's own function to <c>quantileFromEnds</c>.</remarks>
    /// <example><code>Spec.quantile "rayleigh" (fun p -> sqrt (-2.0 * log (1.0 - p)))</code></example>
    [<CompiledName "Quantile">]
    val quantile: name: string -> f: (float -> float) -> Spec

    /// <summary>As <c>quantile</c>, with the values at probability t from the lower end and from the upper one (SciPy's ppf
    /// and isf), t in (0, 1).</summary>
    /// <example><code>Spec.quantileFromEnds "exponential" (fun t -> -log1p -t) (fun t -> -log t)</code></example>
    [<CompiledName "QuantileFromEnds">]
    val quantileFromEnds: name: string -> fromLower: (float -> float) -> fromUpper: (float -> float) -> Spec

    /// <summary>Mean 0 and variance scale/fan.</summary>
    /// <example><code>Spec.varianceScaling 2.0 FanMode.FanIn Distribution.Normal // He</code></example>
    [<CompiledName "VarianceScaling">]
    val varianceScaling: scale: float -> mode: FanMode -> distribution: Distribution -> Spec

    /// <summary>Uniform on ± sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010, also called Xavier.</summary>
    [<CompiledName "GlorotUniform">]
    val glorotUniform: Spec

    /// <summary>Normal with stddev sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010, also called Xavier.</summary>
    [<CompiledName "GlorotNormal">]
    val glorotNormal: Spec

    /// <summary>Uniform on ± sqrt(6 / fan_in). He et al. 2015, also called Kaiming.</summary>
    [<CompiledName "HeUniform">]
    val heUniform: Spec

    /// <summary>Normal with stddev sqrt(2 / fan_in). He et al. 2015, also called Kaiming.</summary>
    [<CompiledName "HeNormal">]
    val heNormal: Spec

    /// <summary>The square of a leaky rectifier's gain, 2 / (1 + a²) for slope a on its negative side.</summary>
    val internal leakyScale: negativeSlope: float -> float

    /// <summary>He's variance 2 / ((1 + a²) fan) for a leaky rectifier of slope a on its negative side.</summary>
    [<CompiledName "Kaiming">]
    val kaiming: negativeSlope: float -> mode: FanMode -> distribution: Distribution -> Spec

    /// <summary>As <c>kaiming</c>, with a mean.</summary>
    [<CompiledName "KaimingAround">]
    val kaimingAround: mean: float -> negativeSlope: float -> mode: FanMode -> distribution: Distribution -> Spec

    /// <summary>Uniform on ± sqrt(3 / fan_in). LeCun et al. 1998.</summary>
    [<CompiledName "LecunUniform">]
    val lecunUniform: Spec

    /// <summary>Normal with stddev sqrt(1 / fan_in). LeCun et al. 1998.</summary>
    [<CompiledName "LecunNormal">]
    val lecunNormal: Spec

    /// <summary>Uniform on ± sqrt(6 / fan_in) / w0, for the hidden layers of a sine network. Sitzmann et al. 2020;
    /// their w0 is 30.</summary>
    [<CompiledName "Siren">]
    val siren: w0: float -> Spec

    /// <summary>Uniform on ± 1 / fan_in, for the first layer of a sine network. Sitzmann et al. 2020.</summary>
    [<CompiledName "FirstLayerSiren">]
    val firstLayerSiren: Spec

    /// <summary>What is wrong with a w0 of <c>siren</c>, which is finite and above 0, as is 1/w0.</summary>
    /// <param name="spec">What faults call the initializer.</param>
    /// <param name="w0">The frequency factor.</param>
    [<CompiledName "SirenFaults">]
    val sirenFaults: spec: string -> w0: float -> InitError list

    /// <summary>What is wrong with a slope of <c>kaiming</c>, which is finite, as is its square.</summary>
    /// <param name="spec">What faults call the initializer.</param>
    /// <param name="negativeSlope">The slope.</param>
    [<CompiledName "KaimingFaults">]
    val kaimingFaults: spec: string -> negativeSlope: float -> InitError list

    /// <summary>What is wrong with a gain whose square scales a variance: it is finite and above 0, as is its square.</summary>
    /// <param name="spec">What faults call the initializer.</param>
    /// <param name="gain">The gain.</param>
    [<CompiledName "GainFaults">]
    val gainFaults: spec: string -> gain: float -> InitError list
