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
