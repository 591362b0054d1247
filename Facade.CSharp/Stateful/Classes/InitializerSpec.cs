using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Initializers.Stateful;

/// <summary>The specification of how to fill a tensor, which an <see cref="Initializer"/> passes to the core.</summary>
/// <remarks>A value: specs with the same content are equal, and <see cref="Parse"/> reads the text that <see cref="ToString"/>
/// writes. Building one checks only texts and enums; a call that fills a tensor reports every fault of its spec
/// together with those of shape, fans, dtype and device. At most 64 specs may be nested in each other
/// (<c>spec-too-deep</c>).</remarks>
/// <example>
/// <code>
/// InitializerSpec he = InitializerSpec.Parse("he_uniform(mode=fan_out)");
/// using Tensor w = Initializer.FromSpec(he).CreateVariables([64, 3, 7, 7], Layout.OutInSpatial);
/// </code>
/// </example>
public sealed partial class InitializerSpec : IEquatable<InitializerSpec>
{
    internal InitializerSpec(FSharp.Spec spec)
        : this(spec, FSharpList<FSharp.InitError>.Empty, spec) { }

    private InitializerSpec(FSharp.Spec spec, FSharpList<FSharp.InitError> faults, FSharp.Spec right)
    {
        Spec = spec;
        Faults = faults;
        Right = faults.IsEmpty ? spec : right;
    }

    internal FSharp.Spec Spec { get; }

    /// <summary>The faults of the spec's numbers, under their parameter names, which a call reports.</summary>
    internal FSharpList<FSharp.InitError> Faults { get; }

    /// <summary>The spec, with valid numbers in the place of faulty ones, to find the other faults.</summary>
    internal FSharp.Spec Right { get; }

    /// <summary>Returns the faulty spec of an initializer whose <c>Spec</c> is null.</summary>
    internal static InitializerSpec Missing(Type initializer) =>
        new(
            FSharp.Spec.NewConstant(0),
            ListModule.OfSeq([FSharp.InitError.NewSpecMissing(initializer.Name)]),
            FSharp.Spec.NewConstant(0)
        );

    internal static InitializerSpec Siren(double w0) =>
        new(FSharp.SpecModule.Siren(w0), FSharp.PresetFaults.SirenFaults("siren", w0), FSharp.SpecModule.Siren(30));

    /// <summary>Every element <paramref name="value"/>, rounded to the dtype.</summary>
    /// <param name="value">Any finite number that the dtype reaches.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Constant(double value) => new(FSharp.Spec.NewConstant(value));

    /// <summary>Uniform on the open interval (low, high); variance (high - low)²/12.</summary>
    /// <param name="low">The end below, finite; never drawn.</param>
    /// <param name="high">The end above, finite and above <paramref name="low"/>; never drawn.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Uniform(double low, double high) => new(FSharp.Spec.NewUniform(low, high));

    /// <summary>Normal with mean and standard deviation.</summary>
    /// <param name="mean">The mean, finite.</param>
    /// <param name="stddev">The standard deviation, finite, 0 or more.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Normal(double mean, double stddev) => new(FSharp.Spec.NewNormal(mean, stddev));

    /// <summary>Normal restricted to the open interval between bounds in standard deviations from the mean, as in JAX
    /// and Keras.</summary>
    /// <param name="mean">The mean before the restriction, finite.</param>
    /// <param name="stddev">The standard deviation before the restriction, finite and above 0.</param>
    /// <param name="lower">The lower bound, in standard deviations; may be negative infinity.</param>
    /// <param name="upper">The upper bound, above <paramref name="lower"/>; may be infinity.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec TruncatedNormal(
        double mean = 0,
        double stddev = 0.05,
        double lower = -2,
        double upper = 2
    ) => new(FSharp.Spec.NewTruncatedNormal(mean, stddev, FSharp.Bounds.NewSigmas(lower, upper)));

    /// <summary>Normal restricted to the open interval (a, b), as in PyTorch's <c>trunc_normal_</c>.</summary>
    /// <param name="mean">The mean before the restriction, finite.</param>
    /// <param name="stddev">The standard deviation before the restriction, finite and above 0.</param>
    /// <param name="a">The lower end; may be negative infinity.</param>
    /// <param name="b">The upper end, above <paramref name="a"/>; may be infinity.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec TruncNormal(double mean = 0, double stddev = 1, double a = -2, double b = 2) =>
        new(FSharp.Spec.NewTruncatedNormal(mean, stddev, FSharp.Bounds.NewAbsolute(a, b)));

    /// <summary>Logistic; variance (π·scale)²/3.</summary>
    /// <param name="loc">The mean and median, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Logistic(double loc = 0, double scale = 1) =>
        new(FSharp.SpecModule.Logistic(loc, scale));

    /// <summary>Laplace (double exponential); variance 2·scale².</summary>
    /// <param name="loc">The mean and median, finite.</param>
    /// <param name="scale">The mean distance from <paramref name="loc"/>, finite and above 0.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Laplace(double loc = 0, double scale = 1) =>
        new(FSharp.SpecModule.Laplace(loc, scale));

    /// <summary>Gumbel, the distribution of maxima; mean loc + 0.5772·scale, variance (π·scale)²/6.</summary>
    /// <param name="loc">The mode, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Gumbel(double loc = 0, double scale = 1) => new(FSharp.SpecModule.Gumbel(loc, scale));

    /// <summary>Cauchy: median loc, quartiles loc ± scale, neither mean nor variance.</summary>
    /// <param name="loc">The median, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Cauchy(double loc = 0, double scale = 1) => new(FSharp.SpecModule.Cauchy(loc, scale));

    /// <summary>Exponential on the open interval (loc, ∞): mean loc + scale, standard deviation scale.</summary>
    /// <param name="loc">The lower end, finite.</param>
    /// <param name="scale">The scale, finite and above 0.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Exponential(double loc = 0, double scale = 1) =>
        new(FSharp.SpecModule.Exponential(loc, scale));

    /// <summary>Triangular on the open interval (low, high); mean (low + mode + high)/3.</summary>
    /// <param name="low">The end below, finite; never drawn.</param>
    /// <param name="mode">The peak, from <paramref name="low"/> to <paramref name="high"/>.</param>
    /// <param name="high">The end above, finite and above <paramref name="low"/>; never drawn.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Triangular(double low = -1, double mode = 0, double high = 1) =>
        new(FSharp.Spec.NewTriangular(low, mode, high));

    /// <summary>A custom distribution, given by its quantile function, to which a table is fitted.</summary>
    /// <remarks>A call that fills a tensor checks the fit. It refuses a function that is not smooth enough
    /// (<c>quantile-not-smooth</c>, with the error of the fit), that decreases (<c>quantile-decreases</c>), or that is not
    /// finite or throws (<c>quantile-undefined</c>, with the probability).</remarks>
    /// <param name="name">Its name in texts and messages.</param>
    /// <param name="quantile">The value at a probability in (0, 1); pure, since any thread may call it. A kink at 1/2 is
    /// allowed.</param>
    /// <param name="fromUpper">The value at probability 1 - t, like SciPy's <c>isf</c>; without it the quantile is evaluated at
    /// 1 - t, which has fewer digits than a small t.</param>
    /// <returns>The spec. <see cref="ToString"/> names it, but no text or JSON holds it.</returns>
    /// <exception cref="ArgumentNullException">The name or the quantile is null.</exception>
    /// <example><code>InitializerSpec.Quantile("rayleigh", p => Math.Sqrt(-2 * Math.Log(1 - p)))</code></example>
    public static InitializerSpec Quantile(
        string name,
        Func<double, double> quantile,
        Func<double, double>? fromUpper = null
    )
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(quantile);
        return new(
            fromUpper is null
                ? FSharp.SpecModule.Quantile(name, Function(quantile))
                : FSharp.SpecModule.QuantileFromEnds(name, Function(quantile), Function(fromUpper))
        );

        static FSharpFunc<double, double> Function(Func<double, double> f) =>
            FSharpFunc<double, double>.FromConverter(x => f(x));
    }

    /// <summary>Mean <paramref name="mean"/> and variance scale/fan: the one formula of LeCun et al. 1998 (scale 1,
    /// fan_in), Glorot and Bengio 2010 (1, fan_avg) and He et al. 2015 (2, fan_in).</summary>
    /// <param name="scale">The numerator of the variance, finite and above 0.</param>
    /// <param name="mode">The fan to divide by.</param>
    /// <param name="family">Normal, truncated normal or uniform.</param>
    /// <param name="mean">The mean, finite.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: <paramref name="mode"/> is no value of its enum;
    /// <c>distribution-unknown</c>: neither is <paramref name="family"/>.</exception>
    /// <example><code>InitializerSpec.VarianceScaling(2, FanMode.FanIn, DistributionFamily.Normal) // He</code></example>
    public static InitializerSpec VarianceScaling(
        double scale,
        FanMode mode,
        DistributionFamily family,
        double mean = 0
    ) => new(FSharp.Spec.NewVarianceScaling(scale, FanModes.Known(mode), Known(family), mean));

    /// <summary>He's variance 2/((1 + a²)·fan), which keeps the scale of activations through leaky rectifiers of slope a
    /// on their negative side. He et al. 2015, section 2.2.</summary>
    /// <param name="negativeSlope">The slope a, finite; 0 for a plain rectifier.</param>
    /// <param name="mode">The fan to divide by: fan_in keeps activations, fan_out gradients.</param>
    /// <param name="family">Normal, truncated normal or uniform.</param>
    /// <param name="mean">The mean, finite.</param>
    /// <returns>The spec, which reads as variance scaling.</returns>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: <paramref name="mode"/> is no value of its enum;
    /// <c>distribution-unknown</c>: neither is <paramref name="family"/>.</exception>
    public static InitializerSpec Kaiming(
        double negativeSlope = 0,
        FanMode mode = FanMode.FanIn,
        DistributionFamily family = DistributionFamily.Normal,
        double mean = 0
    )
    {
        FSharp.Spec Sloped(double slope) =>
            FSharp.SpecModule.KaimingWithMean(mean, slope, FanModes.Known(mode), Known(family));
        return new(
            Sloped(negativeSlope),
            FSharp.PresetFaults.KaimingFaults(Named("kaiming", family), negativeSlope),
            Sloped(0)
        );
    }

    /// <summary>Ivy's Uniform: on the open interval (-w, w), w = gain·(numerator/fan)^power; variance w²/3.</summary>
    /// <param name="numerator">The numerator over the fan, finite and above 0.</param>
    /// <param name="mode">The fan to divide by.</param>
    /// <param name="power">The exponent, finite.</param>
    /// <param name="gain">The factor, finite and above 0.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: <paramref name="mode"/> is no value of its
    /// enum.</exception>
    public static InitializerSpec FanUniform(double numerator, FanMode mode, double power, double gain = 1) =>
        new(FSharp.Spec.NewFanUniform(numerator, FanModes.Known(mode), power, gain));

    /// <summary>Reads one line of text in the invariant culture: a name, then arguments by name or in order. The
    /// command line's <c>list</c> shows every name.</summary>
    /// <param name="text">Such as <c>kaiming_normal(mode=fan_out, negative_slope=0.1)</c>.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="InitializerException">Every fault of the text: <c>spec-syntax</c>, <c>spec-unknown</c>,
    /// <c>parameter-unknown</c>, <c>parameter-duplicate</c>, <c>parameter-missing</c>, <c>parameter-not-number</c>,
    /// <c>parameter-not-whole</c>, <c>parameter-out-of-range</c>, <c>parameter-kind</c>, <c>spec-too-deep</c>, <c>fan-mode-unknown</c>, <c>distribution-unknown</c>,
    /// <c>choice-unknown</c>, <c>nonlinearity-unknown</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static InitializerSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(CoreResults.Unwrap(FSharp.SpecText.Parse(text)));
    }

    /// <summary>Reads JSON: an object with the initializer's name and the parameters of its text, or one of Keras's
    /// initializer configs, whose seed is no part of the spec.</summary>
    /// <param name="json">Such as <c>{"initializer": "normal", "mean": 0, "stddev": 0.02}</c> or
    /// <c>{"class_name": "HeUniform", "config": {"seed": null}}</c>.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="InitializerException">Every fault with its path: those of <see cref="Parse"/> and
    /// <c>json-field</c>; <c>json-syntax</c> with line and column; <c>keras-unknown</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    public static InitializerSpec ParseJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(CoreResults.Unwrap(FSharp.SpecJson.Parse(json)));
    }

    /// <summary>Returns the distribution of the elements that this spec fills a tensor with, without making a tensor.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more; none at all for a scalar.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. Read only by
    /// initializers that divide by a fan.</param>
    /// <returns>The distribution before elements are rounded to a dtype.</returns>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c> for shape, fans and numbers, every fault at
    /// once.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>double mean = InitializerSpec.Gumbel(0, 1).Distribution([8]).Mean; // 0.5772</code></example>
    public Distribution Distribution(long[] varShape, Fans fans = default)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        return CoreCalls.Distribution(this, varShape, fans);
    }

    /// <summary>Returns the JSON that <see cref="ParseJson"/> reads, such as
    /// <c>{"initializer": "normal", "mean": 0, "stddev": 0.02}</c>.</summary>
    /// <returns>One line.</returns>
    public string ToJson() => FSharp.SpecJson.ToJson(Spec);

    /// <summary>Returns Keras 3's config of the same distribution, such as <c>{"module": "keras.initializers", "class_name":
    /// "HeUniform", "config": {"seed": null}, "registered_name": null}</c>.</summary>
    /// <returns>One line.</returns>
    /// <exception cref="InitializerException"><c>keras-unsupported</c>: Keras has no such distribution.</exception>
    public string ToKerasJson() => CoreResults.Unwrap(FSharp.SpecJson.ToKeras(Spec));

    /// <summary>Returns the text that <see cref="Parse"/> reads, such as <c>normal(mean=0, stddev=0.02)</c>; the same in every
    /// culture.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => FSharp.SpecText.ToText(Spec);

    /// <summary>Returns whether both specs are equal.</summary>
    /// <param name="other">The other spec.</param>
    /// <returns>True for equal distributions and parameters.</returns>
    public bool Equals(InitializerSpec? other) => other is not null && Spec.Equals(other.Spec);

    /// <summary>Returns whether the other object is an equal spec.</summary>
    /// <param name="obj">The other object.</param>
    /// <returns>True for equal distributions and parameters.</returns>
    public override bool Equals(object? obj) => Equals(obj as InitializerSpec);

    /// <summary>A hash code that agrees with equality.</summary>
    /// <returns>The code.</returns>
    public override int GetHashCode() => Spec.GetHashCode();

    /// <summary>The name in faults of a spec that has a text for each family, such as <c>glorot_truncated_normal</c>.</summary>
    private static string Named(string preset, DistributionFamily family) =>
        family switch
        {
            DistributionFamily.Uniform => $"{preset}_uniform",
            DistributionFamily.TruncatedNormal => $"{preset}_truncated_normal",
            _ => $"{preset}_normal",
        };

    private static DistributionFamily Known(DistributionFamily family) =>
        Enum.IsDefined(family)
            ? family
            : throw CoreResults.Exception(FSharp.InitError.NewDistributionUnknown($"{(int)family}"));
}
