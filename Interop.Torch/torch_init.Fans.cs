using System.Runtime.CompilerServices;
using Initializers.Stateful;

namespace Initializers.Torch;

using FanInOut = TorchSharp.torch.nn.init.FanInOut;
using Generator = TorchSharp.torch.Generator;
using NonlinearityType = TorchSharp.torch.nn.init.NonlinearityType;
using Tensor = TorchSharp.torch.Tensor;

public static partial class torch_init
{
    /// <summary>Fills a tensor uniformly on ± gain·√(6/(fan_in + fan_out)). Glorot and Bengio 2010.</summary>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="gain">The gain, finite and above 0.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>layout-rank</c>: fewer than 2 axes; <c>not-positive</c>, <c>not-finite</c>:
    /// the gain; the faults of <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.xavier_uniform_(linear.weight, gain: 5.0 / 3, seed: 42);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor xavier_uniform_(Tensor tensor, double gain = 1, Seed? seed = null) =>
        Fill(tensor, Xavier(gain, DistributionFamily.Uniform), Next(seed), Layout.OutInSpatial);

    /// <inheritdoc cref="xavier_uniform_(Tensor, double, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="gain">The gain, finite and above 0.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor xavier_uniform_(Tensor tensor, double gain = 1, Generator? generator = null) =>
        Fill(tensor, Xavier(gain, DistributionFamily.Uniform), Next(generator), Layout.OutInSpatial);

    /// <summary>Fills a tensor from a normal distribution of mean 0 and variance 2·gain²/(fan_in + fan_out). Glorot and Bengio
    /// 2010.</summary>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="gain">The gain, finite and above 0.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>layout-rank</c>: fewer than 2 axes; <c>not-positive</c>, <c>not-finite</c>:
    /// the gain; the faults of <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.xavier_normal_(linear.weight, gain: 5.0 / 3, seed: 42);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor xavier_normal_(Tensor tensor, double gain = 1, Seed? seed = null) =>
        Fill(tensor, Xavier(gain, DistributionFamily.Normal), Next(seed), Layout.OutInSpatial);

    /// <inheritdoc cref="xavier_normal_(Tensor, double, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="gain">The gain, finite and above 0.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor xavier_normal_(Tensor tensor, double gain = 1, Generator? generator = null) =>
        Fill(tensor, Xavier(gain, DistributionFamily.Normal), Next(generator), Layout.OutInSpatial);

    /// <inheritdoc cref="xavier_uniform_(Tensor, double, Seed?)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor glorot_uniform_(Tensor tensor, double gain = 1, Seed? seed = null) =>
        xavier_uniform_(tensor, gain, seed);

    /// <inheritdoc cref="xavier_uniform_(Tensor, double, Generator?)"/>
    public static Tensor glorot_uniform_(Tensor tensor, double gain = 1, Generator? generator = null) =>
        xavier_uniform_(tensor, gain, generator);

    /// <inheritdoc cref="xavier_normal_(Tensor, double, Seed?)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor glorot_normal_(Tensor tensor, double gain = 1, Seed? seed = null) =>
        xavier_normal_(tensor, gain, seed);

    /// <inheritdoc cref="xavier_normal_(Tensor, double, Generator?)"/>
    public static Tensor glorot_normal_(Tensor tensor, double gain = 1, Generator? generator = null) =>
        xavier_normal_(tensor, gain, generator);

    /// <summary>Fills a tensor uniformly on ± gain·√(3/fan). He et al. 2015.</summary>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode"><c>fan_in</c> or <c>fan_out</c>; also the core's <c>fan_avg</c>, <c>fan_sum</c> and
    /// <c>fan_geo</c>.</param>
    /// <param name="nonlinearity">PyTorch's name of the function behind the layer, such as <c>relu</c>; its gain is that of
    /// <c>calculate_gain</c>.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>layout-rank</c>: fewer than 2 axes; <c>fan-mode-unknown</c>;
    /// <c>nonlinearity-unknown</c>; <c>gain-not-tabulated</c>: PyTorch has no gain for it; <c>not-finite</c>: the slope; the
    /// faults of <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/>, <paramref name="mode"/> or
    /// <paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>torch_init.kaiming_uniform_(conv.weight, mode: "fan_out", nonlinearity: "relu", seed:
    /// 42);</code></example>
    [OverloadResolutionPriority(3)]
    public static Tensor kaiming_uniform_(
        Tensor tensor,
        double a = 0,
        string mode = "fan_in",
        string nonlinearity = "leaky_relu",
        Seed? seed = null
    ) => Kaiming(tensor, a, mode, nonlinearity, DistributionFamily.Uniform, Next(seed));

    /// <inheritdoc cref="kaiming_uniform_(Tensor, double, string, string, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode"><c>fan_in</c> or <c>fan_out</c>; also the core's <c>fan_avg</c>, <c>fan_sum</c> and
    /// <c>fan_geo</c>.</param>
    /// <param name="nonlinearity">PyTorch's name of the function behind the layer, such as <c>relu</c>; its gain is that of
    /// <c>calculate_gain</c>.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    [OverloadResolutionPriority(2)]
    public static Tensor kaiming_uniform_(
        Tensor tensor,
        double a = 0,
        string mode = "fan_in",
        string nonlinearity = "leaky_relu",
        Generator? generator = null
    ) => Kaiming(tensor, a, mode, nonlinearity, DistributionFamily.Uniform, Next(generator));

    /// <inheritdoc cref="kaiming_uniform_(Tensor, double, string, string, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode">The fan.</param>
    /// <param name="nonlinearity">The function behind the layer; its gain is that of <c>calculate_gain</c>.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    [OverloadResolutionPriority(1)]
    public static Tensor kaiming_uniform_(
        Tensor tensor,
        double a = 0,
        FanInOut mode = FanInOut.FanIn,
        NonlinearityType nonlinearity = NonlinearityType.LeakyReLU,
        Seed? seed = null
    ) => Kaiming(tensor, a, Name(mode), Name(nonlinearity), DistributionFamily.Uniform, Next(seed));

    /// <inheritdoc cref="kaiming_uniform_(Tensor, double, string, string, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode">The fan.</param>
    /// <param name="nonlinearity">The function behind the layer; its gain is that of <c>calculate_gain</c>.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor kaiming_uniform_(
        Tensor tensor,
        double a = 0,
        FanInOut mode = FanInOut.FanIn,
        NonlinearityType nonlinearity = NonlinearityType.LeakyReLU,
        Generator? generator = null
    ) => Kaiming(tensor, a, Name(mode), Name(nonlinearity), DistributionFamily.Uniform, Next(generator));

    /// <summary>Fills a tensor from a normal distribution of mean 0 and variance gain²/fan. He et al. 2015.</summary>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode"><c>fan_in</c> or <c>fan_out</c>; also the core's <c>fan_avg</c>, <c>fan_sum</c> and
    /// <c>fan_geo</c>.</param>
    /// <param name="nonlinearity">PyTorch's name of the function behind the layer, such as <c>relu</c>; its gain is that of
    /// <c>calculate_gain</c>.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>layout-rank</c>: fewer than 2 axes; <c>fan-mode-unknown</c>;
    /// <c>nonlinearity-unknown</c>; <c>gain-not-tabulated</c>: PyTorch has no gain for it; <c>not-finite</c>: the slope; the
    /// faults of <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/>, <paramref name="mode"/> or
    /// <paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>torch_init.kaiming_normal_(conv.weight, mode: "fan_out", nonlinearity: "relu", seed:
    /// 42);</code></example>
    [OverloadResolutionPriority(3)]
    public static Tensor kaiming_normal_(
        Tensor tensor,
        double a = 0,
        string mode = "fan_in",
        string nonlinearity = "leaky_relu",
        Seed? seed = null
    ) => Kaiming(tensor, a, mode, nonlinearity, DistributionFamily.Normal, Next(seed));

    /// <inheritdoc cref="kaiming_normal_(Tensor, double, string, string, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode"><c>fan_in</c> or <c>fan_out</c>; also the core's <c>fan_avg</c>, <c>fan_sum</c> and
    /// <c>fan_geo</c>.</param>
    /// <param name="nonlinearity">PyTorch's name of the function behind the layer, such as <c>relu</c>; its gain is that of
    /// <c>calculate_gain</c>.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    [OverloadResolutionPriority(2)]
    public static Tensor kaiming_normal_(
        Tensor tensor,
        double a = 0,
        string mode = "fan_in",
        string nonlinearity = "leaky_relu",
        Generator? generator = null
    ) => Kaiming(tensor, a, mode, nonlinearity, DistributionFamily.Normal, Next(generator));

    /// <inheritdoc cref="kaiming_normal_(Tensor, double, string, string, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode">The fan.</param>
    /// <param name="nonlinearity">The function behind the layer; its gain is that of <c>calculate_gain</c>.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    [OverloadResolutionPriority(1)]
    public static Tensor kaiming_normal_(
        Tensor tensor,
        double a = 0,
        FanInOut mode = FanInOut.FanIn,
        NonlinearityType nonlinearity = NonlinearityType.LeakyReLU,
        Seed? seed = null
    ) => Kaiming(tensor, a, Name(mode), Name(nonlinearity), DistributionFamily.Normal, Next(seed));

    /// <inheritdoc cref="kaiming_normal_(Tensor, double, string, string, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more: outputs, inputs, and a receptive field.</param>
    /// <param name="a">The slope of leaky_relu, finite; other nonlinearities ignore it.</param>
    /// <param name="mode">The fan.</param>
    /// <param name="nonlinearity">The function behind the layer; its gain is that of <c>calculate_gain</c>.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor kaiming_normal_(
        Tensor tensor,
        double a = 0,
        FanInOut mode = FanInOut.FanIn,
        NonlinearityType nonlinearity = NonlinearityType.LeakyReLU,
        Generator? generator = null
    ) => Kaiming(tensor, a, Name(mode), Name(nonlinearity), DistributionFamily.Normal, Next(generator));

    private static Initializer Xavier(double gain, DistributionFamily family) =>
        Initializer.FromSpec(InitializerSpec.Glorot(gain, family));

    private static Tensor Kaiming(
        Tensor tensor,
        double a,
        string mode,
        string nonlinearity,
        DistributionFamily family,
        Seed seed
    )
    {
        ArgumentNullException.ThrowIfNull(mode);
        ArgumentNullException.ThrowIfNull(nonlinearity);
        List<Fault> faults = [];
        FanMode fan = Read(() => FanMode.Parse(mode.ToLowerInvariant()), FanMode.FanIn, faults);
        Nonlinearity function = Read(() => Function(nonlinearity, a), Nonlinearity.Relu, faults);
        InitializerSpec spec = Read(
            () =>
                family == DistributionFamily.Uniform
                    ? Compat.Torch.KaimingUniform(function, fan)
                    : Compat.Torch.KaimingNormal(function, fan),
            InitializerSpec.Kaiming(),
            faults
        );
        return Fill(tensor, Initializer.FromSpec(spec), seed, Layout.OutInSpatial, faults);
    }

    /// <summary>A value, or another in its place whose faults are added to those of the request.</summary>
    private static T Read<T>(Func<T> read, T fallback, List<Fault> faults)
    {
        try
        {
            return read();
        }
        catch (InitializerException e)
        {
            faults.AddRange(e.Faults);
            return fallback;
        }
    }

    private static string Name(FanInOut mode) =>
        mode switch
        {
            FanInOut.FanIn => "fan_in",
            FanInOut.FanOut => "fan_out",
            _ => mode.ToString(),
        };
}
