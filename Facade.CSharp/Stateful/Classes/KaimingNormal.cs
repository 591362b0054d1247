using System.Runtime.CompilerServices;

namespace Initializers.Stateful;

/// <summary>Fills with normal values of standard deviation sqrt(2/((1 + a²)·fan)), a the slope of the activation on its
/// negative side; also called He normal.</summary>
/// <remarks>Not truncated. He, Zhang, Ren and Sun, "Delving deep into rectifiers: surpassing human-level performance on
/// ImageNet classification", ICCV 2015, equations 10 and 15. A call without the fan that the mode needs is
/// <c>fan-missing</c>.</remarks>
/// <example>
/// <code>
/// using Tensor w = new KaimingNormal().CreateVariables([512, 256], fanIn: 256);
/// using Tensor leaky = new KaimingNormal().CreateVariables([512, 256], negativeSlope: 0.1, fanIn: 256);
/// using Tensor conv = new KaimingNormal { NegativeSlope = 0.1 }.CreateVariables([64, 3, 7, 7], Layout.OutInSpatial);
/// </code>
/// </example>
public sealed class KaimingNormal : Initializer
{
    /// <summary>Creates an initializer for a fan mode.</summary>
    /// <param name="mean">The mean of the distribution, finite.</param>
    /// <param name="fanMode">The fan: of inputs, which keeps the scale of activations; of outputs, which keeps that of
    /// gradients; their sum, mean or geometric mean, which weigh both.</param>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: <paramref name="fanMode"/> is no value of its
    /// enum.</exception>
    public KaimingNormal(double mean = 0, FanMode fanMode = FanMode.FanIn)
    {
        Mean = mean;
        FanMode = FanModes.Known(fanMode);
    }

    /// <summary>Creates an initializer for a fan mode by its name.</summary>
    /// <param name="mean">The mean of the distribution, finite.</param>
    /// <param name="fanMode"><c>fan_in</c>, <c>fan_out</c>, <c>fan_sum</c>, <c>fan_avg</c> or <c>fan_geo</c>.</param>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: another name.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="fanMode"/> is null.</exception>
    /// <example><code>Initializer init = new KaimingNormal(0, "fan_out");</code></example>
    public KaimingNormal(double mean, string fanMode)
        : this(mean, FanModes.Parse(fanMode)) { }

    /// <summary>Creates an initializer of mean 0 for a fan mode by its name.</summary>
    /// <param name="fanMode"><c>fan_in</c>, <c>fan_out</c>, <c>fan_sum</c>, <c>fan_avg</c> or <c>fan_geo</c>.</param>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: another name.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="fanMode"/> is null.</exception>
    /// <example><code>Initializer init = new KaimingNormal(fanMode: "fan_out");</code></example>
    public KaimingNormal(string fanMode)
        : this(0, fanMode) { }

    /// <summary>The mean of the distribution.</summary>
    public double Mean { get; }

    /// <summary>The fan.</summary>
    public FanMode FanMode { get; }

    /// <summary>The slope of calls that give none, and of <c>Fill</c>: finite, 0 for a plain rectifier.</summary>
    public double NegativeSlope { get; init; }

    /// <inheritdoc/>
    public override InitializerSpec Spec => Sloped(NegativeSlope);

    /// <summary>Makes and fills a tensor for an activation of a slope, with the fans as numbers.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="negativeSlope">The slope on the negative side, finite; 0.01 or 0.1 for usual leaky rectifiers.</param>
    /// <param name="device">Where to make it: 'cpu' (the default), 'cuda:0', 'gpu:0', 'opencl:0', ….</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0.</param>
    /// <param name="dtype">The element type. A narrower one gets the same weights, rounded to nearest even.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the ambient generator's next.
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <returns>The tensor, which the caller disposes.</returns>
    /// <exception cref="InitializerException">As <c>CreateVariables</c> of <see cref="Initializer"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>using Tensor w = new KaimingNormal().CreateVariables([512, 256], 0.1, "cpu", fanIn: 256);</code></example>
    [OverloadResolutionPriority(1)]
    public Tensor CreateVariables(
        long[] varShape,
        double negativeSlope,
        Device? device = null,
        double? fanOut = null,
        double? fanIn = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    ) => FromSpec(Sloped(negativeSlope)).CreateVariables(varShape, device, fanOut, fanIn, dtype, seed);

    /// <summary>Makes and fills a tensor for an activation of a slope, with the fans from a layout, from roles of the axes or
    /// as numbers.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="negativeSlope">The slope on the negative side, finite.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. A text needs the
    /// parameter's name: without it a text is the device of Ivy's overload.</param>
    /// <param name="device">Where to make it: 'cpu' (the default), 'cuda:0', 'gpu:0', 'opencl:0', ….</param>
    /// <param name="dtype">The element type. A narrower one gets the same weights, rounded to nearest even.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the ambient generator's next.
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <returns>The tensor, which the caller disposes.</returns>
    /// <exception cref="InitializerException">As <c>CreateVariables</c> of <see cref="Initializer"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>using Tensor w = new KaimingNormal().CreateVariables([512, 256], 0.1, Layout.OutIn);</code></example>
    public Tensor CreateVariables(
        long[] varShape,
        double negativeSlope,
        Fans fans,
        Device? device = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    ) => FromSpec(Sloped(negativeSlope)).CreateVariables(varShape, fans, device, dtype, seed);

    private InitializerSpec Sloped(double negativeSlope) =>
        InitializerSpec.Kaiming(negativeSlope, FanMode, DistributionFamily.Normal, Mean);
}
