namespace Initializers.Stateful;

/// <summary>Fills with values of mean 0 and variance scale/fan.</summary>
/// <remarks>The one formula of LeCun et al. 1998 (scale 1, fan_in), Glorot and Bengio 2010 (1, fan_avg) and He et al. 2015 (2, fan_in). JAX's and Keras's "truncated_normal" is <c>DistributionFamily.TruncatedNormal</c>: cut at 2 of its standard deviations and widened so that the variance is the same.</remarks>
/// <example><code>using Tensor w = new VarianceScaling(2, FanMode.FanOut).CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class VarianceScaling : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="scale">The numerator of the variance, finite and above 0.</param>
    /// <param name="mode">The fan to divide by: fan_in keeps the scale of activations, fan_out that of gradients.</param>
    /// <param name="family">Normal, truncated normal or uniform.</param>
    public VarianceScaling(
        double scale = 1,
        FanMode mode = FanMode.FanIn,
        DistributionFamily family = DistributionFamily.TruncatedNormal
    ) => Spec = InitializerSpec.VarianceScaling(scale, mode, family);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with normal values of variance 2·gain²/(fan_in + fan_out). Glorot and Bengio 2010.</summary>
/// <remarks>Not truncated, as in PyTorch (xavier_normal_); JAX and Keras truncate theirs.</remarks>
/// <example><code>using Tensor w = new GlorotNormal().CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class GlorotNormal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="gain">The gain, finite and above 0; a call reports another as <c>not-finite</c> or <c>not-positive</c>.</param>
    public GlorotNormal(double gain = 1) => Spec = InitializerSpec.Glorot(gain, DistributionFamily.Normal);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Another name of <see cref="GlorotNormal"/>, PyTorch's: normal values of variance 2·gain²/(fan_in + fan_out). Glorot and Bengio 2010.</summary>
/// <example><code>using Tensor w = new XavierNormal(5.0 / 3).CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class XavierNormal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="gain">The gain, finite and above 0; a call reports another as <c>not-finite</c> or <c>not-positive</c>.</param>
    public XavierNormal(double gain = 1) => Spec = InitializerSpec.Glorot(gain, DistributionFamily.Normal);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with uniform values on ±gain·√(6/(fan_in + fan_out)), PyTorch's name of Glorot's uniform. Glorot and Bengio 2010.</summary>
/// <remarks>Without a gain it draws what <see cref="GlorotUniform"/>, Ivy's, draws.</remarks>
/// <example><code>using Tensor w = new XavierUniform(5.0 / 3).CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class XavierUniform : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="gain">The gain, finite and above 0; a call reports another as <c>not-finite</c> or <c>not-positive</c>.</param>
    public XavierUniform(double gain = 1) => Spec = InitializerSpec.Glorot(gain, DistributionFamily.Uniform);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with uniform values on ±√(6/((1 + a²)·fan)), a the slope. He et al. 2015, section 2.2.</summary>
/// <remarks>PyTorch's Linear and convolutions begin with a = √5, which makes ±1/√fan_in.</remarks>
/// <example><code>using Tensor w = new KaimingUniform(negativeSlope: Math.Sqrt(5)).CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class KaimingUniform : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="mode">The fan to divide by: fan_in keeps the scale of activations, fan_out that of gradients.</param>
    /// <param name="negativeSlope">The slope on the negative side, finite; 0 for a plain rectifier.</param>
    /// <param name="mean">The mean, finite.</param>
    public KaimingUniform(FanMode mode = FanMode.FanIn, double negativeSlope = 0, double mean = 0) =>
        Spec = InitializerSpec.Kaiming(negativeSlope, mode, DistributionFamily.Uniform, mean);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with normal values of variance 2/((1 + a²)·fan), a the slope. He et al. 2015, section 2.2.</summary>
/// <remarks>Not truncated, as PyTorch's kaiming_normal_ and Ivy's <see cref="KaimingNormal"/>; JAX and Keras truncate theirs.</remarks>
/// <example><code>using Tensor w = new HeNormal().CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class HeNormal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="mode">The fan to divide by: fan_in keeps the scale of activations, fan_out that of gradients.</param>
    /// <param name="negativeSlope">The slope on the negative side, finite; 0 for a plain rectifier.</param>
    /// <param name="mean">The mean, finite.</param>
    public HeNormal(FanMode mode = FanMode.FanIn, double negativeSlope = 0, double mean = 0) =>
        Spec = InitializerSpec.Kaiming(negativeSlope, mode, DistributionFamily.Normal, mean);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Another name of <see cref="KaimingUniform"/>, Keras's and JAX's: uniform values on ±√(6/((1 + a²)·fan)). He et al. 2015, section 2.2.</summary>
/// <example><code>using Tensor w = new HeUniform().CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class HeUniform : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="mode">The fan to divide by: fan_in keeps the scale of activations, fan_out that of gradients.</param>
    /// <param name="negativeSlope">The slope on the negative side, finite; 0 for a plain rectifier.</param>
    /// <param name="mean">The mean, finite.</param>
    public HeUniform(FanMode mode = FanMode.FanIn, double negativeSlope = 0, double mean = 0) =>
        Spec = InitializerSpec.Kaiming(negativeSlope, mode, DistributionFamily.Uniform, mean);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with normal values of variance 1/fan_in. LeCun et al. 1998, section 4.6; for SELU, Klambauer et al. 2017.</summary>
/// <remarks>Not truncated; JAX and Keras truncate theirs.</remarks>
/// <example><code>using Tensor w = new LecunNormal().CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class LecunNormal : Initializer
{
    /// <summary>Creates an initializer.</summary>
    public LecunNormal() => Spec = InitializerSpec.VarianceScaling(1, FanMode.FanIn, DistributionFamily.Normal);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with uniform values on ±√(3/fan_in). LeCun et al. 1998, section 4.6.</summary>
/// <example><code>using Tensor w = new LecunUniform().CreateVariables([512, 256], Layout.OutIn);</code></example>
public sealed class LecunUniform : Initializer
{
    /// <summary>Creates an initializer.</summary>
    public LecunUniform() => Spec = InitializerSpec.VarianceScaling(1, FanMode.FanIn, DistributionFamily.Uniform);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}
