namespace Initializers.Stateful;

/// <summary>Fills with uniform values on the open interval (low, high); mean (low + high)/2, variance (high - low)²/12.</summary>
/// <remarks>Neither end is drawn. Keras's RandomUniform has -0.05 and 0.05, PyTorch's uniform_ 0 and 1.</remarks>
/// <example><code>using Tensor w = new RandomUniform(-0.1, 0.1).CreateVariables([512]);</code></example>
public sealed class RandomUniform : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="low">The end below, finite.</param>
    /// <param name="high">The end above, finite; a call reports one that is not above low as <c>low-not-below-high</c>.</param>
    public RandomUniform(double low = -0.05, double high = 0.05) => Spec = InitializerSpec.Uniform(low, high);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with normal values inside an open interval whose ends are in standard deviations from the mean, as in JAX and Keras, and as timm's trunc_normal_tf_.</summary>
/// <remarks>stddev is the standard deviation before the cut; with bounds ±2 it is 0.8796 of that after the cut.</remarks>
/// <example><code>using Tensor w = new TruncatedNormal(0, 0.02).CreateVariables([768, 768]);</code></example>
public sealed class TruncatedNormal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="mean">The mean, finite.</param>
    /// <param name="stddev">The standard deviation before the cut, finite and above 0.</param>
    /// <param name="lower">The lower bound in standard deviations; may be negative infinity.</param>
    /// <param name="upper">The upper bound, above the lower; may be infinity.</param>
    public TruncatedNormal(double mean = 0, double stddev = 0.05, double lower = -2, double upper = 2) =>
        Spec = InitializerSpec.TruncatedNormal(mean, stddev, lower, upper);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with normal values inside the open interval (a, b), as PyTorch's and timm's trunc_normal_.</summary>
/// <remarks>The bounds are absolute: with stddev 0.02 and the defaults nothing is cut.</remarks>
/// <example><code>using Tensor w = new TruncNormal(0, 0.02, -0.04, 0.04).CreateVariables([768, 768]);</code></example>
public sealed class TruncNormal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="mean">The mean, finite.</param>
    /// <param name="stddev">The standard deviation before the cut, finite and above 0.</param>
    /// <param name="a">The lower end; may be negative infinity.</param>
    /// <param name="b">The upper end, above the lower; may be infinity.</param>
    public TruncNormal(double mean = 0, double stddev = 1, double a = -2, double b = 2) =>
        Spec = InitializerSpec.TruncNormal(mean, stddev, a, b);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with logistic values; mean loc, variance (π·scale)²/3.</summary>
/// <example><code>using Tensor w = new Logistic(0, 0.1).CreateVariables([512]);</code></example>
public sealed class Logistic : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="loc">The mean, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    public Logistic(double loc = 0, double scale = 1) => Spec = InitializerSpec.Logistic(loc, scale);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with Laplace (double exponential) values; mean loc, variance 2·scale².</summary>
/// <example><code>using Tensor w = new Laplace(0, 0.1).CreateVariables([512]);</code></example>
public sealed class Laplace : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="loc">The mean, finite.</param>
    /// <param name="scale">The mean distance from it, finite and above 0.</param>
    public Laplace(double loc = 0, double scale = 1) => Spec = InitializerSpec.Laplace(loc, scale);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with Gumbel values, the distribution of maxima; mean loc + 0.5772·scale, variance (π·scale)²/6.</summary>
/// <example><code>using Tensor w = new Gumbel(0, 0.1).CreateVariables([512]);</code></example>
public sealed class Gumbel : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="loc">The mode, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    public Gumbel(double loc = 0, double scale = 1) => Spec = InitializerSpec.Gumbel(loc, scale);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with Cauchy values: median loc, quartiles loc ± scale, neither mean nor variance.</summary>
/// <remarks>float16 cannot hold what a scale above 2.3e-5 draws (<c>overflows-dtype</c>); clipped values fit, <c>InitializerSpec.Cauchy().Clipped(-1, 1)</c>.</remarks>
/// <example><code>using Tensor w = new Cauchy(0, 0.1).CreateVariables([512]);</code></example>
public sealed class Cauchy : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="loc">The median, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    public Cauchy(double loc = 0, double scale = 1) => Spec = InitializerSpec.Cauchy(loc, scale);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with exponential values on the open interval (loc, ∞): mean loc + scale, standard deviation scale.</summary>
/// <example><code>using Tensor w = new Exponential(0, 0.1).CreateVariables([512]);</code></example>
public sealed class Exponential : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="loc">The lower end, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    public Exponential(double loc = 0, double scale = 1) => Spec = InitializerSpec.Exponential(loc, scale);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with triangular values on the open interval (low, high) with their peak at mode; mean (low + mode + high)/3.</summary>
/// <example><code>using Tensor w = new Triangular(-0.1, 0, 0.1).CreateVariables([512]);</code></example>
public sealed class Triangular : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="low">The end below, finite.</param>
    /// <param name="mode">The peak, from low to high.</param>
    /// <param name="high">The end above, finite.</param>
    public Triangular(double low = -1, double mode = 0, double high = 1) =>
        Spec = InitializerSpec.Triangular(low, mode, high);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with log-uniform values on the open interval (low, high); mean (high - low)/log(high/low).</summary>
/// <example><code>using Tensor w = new LogUniform(0.001, 0.1).CreateVariables([512]);</code></example>
public sealed class LogUniform : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="low">The end below, finite and above 0.</param>
    /// <param name="high">The end above, finite.</param>
    public LogUniform(double low, double high) => Spec = InitializerSpec.LogUniform(low, high);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}
