namespace Initializers.Stateful;

/// <summary>Fills with values uniform on the open interval (-w, w), w = gain·(numerator/fan)^power.</summary>
/// <remarks>Mean 0 and variance w²/3. The ends are never drawn, in any dtype. The base class of
/// <see cref="GlorotUniform"/>, <see cref="FirstLayerSiren"/> and <see cref="Siren"/>, and of custom classes. A call reports a
/// numerator or gain that is 0 or negative as <c>not-positive</c>, and w that is 0 or not finite as
/// <c>spread-not-finite</c>.</remarks>
/// <example>
/// <code>
/// using Tensor w = new Uniform(6, FanMode.FanSum, 0.5, 1).CreateVariables([512, 256], fanOut: 512, fanIn: 256);
/// </code>
/// </example>
public class Uniform : Initializer
{
    /// <summary>Creates an initializer for a fan mode.</summary>
    /// <param name="numerator">What the fan divides, finite and above 0.</param>
    /// <param name="fanMode">The fan: of inputs, which keeps the scale of activations; of outputs, which keeps that of
    /// gradients; their sum, mean or geometric mean, which weigh both.</param>
    /// <param name="power">How fast w falls with the fan, finite.</param>
    /// <param name="gain">The factor, finite and above 0.</param>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: <paramref name="fanMode"/> is no value of its
    /// enum.</exception>
    public Uniform(double numerator, FanMode fanMode, double power, double gain)
    {
        Numerator = numerator;
        FanMode = fanMode;
        Power = power;
        Gain = gain;
        Spec = InitializerSpec.FanUniform(numerator, fanMode, power, gain);
    }

    /// <summary>Creates an initializer for a fan mode by its name.</summary>
    /// <param name="numerator">What the fan divides, finite and above 0.</param>
    /// <param name="fanMode"><c>fan_in</c>, <c>fan_out</c>, <c>fan_sum</c>, <c>fan_avg</c> or <c>fan_geo</c>.</param>
    /// <param name="power">How fast w falls with the fan, finite.</param>
    /// <param name="gain">The factor, finite and above 0.</param>
    /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: another name.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="fanMode"/> is null.</exception>
    /// <example><code>Initializer init = new Uniform(6, "fan_sum", 0.5, 1);</code></example>
    public Uniform(double numerator, string fanMode, double power, double gain)
        : this(numerator, FanModes.Parse(fanMode), power, gain) { }

    private protected Uniform(InitializerSpec spec)
    {
        var uniform = (FSharp.Spec.FanUniform)spec.Spec;
        (Numerator, FanMode, Power, Gain) = (uniform.numerator, uniform.mode, uniform.power, uniform.gain);
        Spec = spec;
    }

    /// <summary>The numerator over the fan.</summary>
    public double Numerator { get; }

    /// <summary>The fan.</summary>
    public FanMode FanMode { get; }

    /// <summary>The exponent of numerator/fan.</summary>
    public double Power { get; }

    /// <summary>The factor.</summary>
    public double Gain { get; }

    /// <inheritdoc/>
    public sealed override InitializerSpec Spec { get; }
}

/// <summary>Fills with values uniform on the open interval ± sqrt(6/(fan_in + fan_out)), also called Xavier
/// uniform.</summary>
/// <remarks>Variance 2/(fan_in + fan_out). Glorot and Bengio, "Understanding the difficulty of training deep feedforward
/// neural networks", AISTATS 2010, equation 16. A call without both fans is <c>fan-missing</c>.</remarks>
/// <example><code>using Tensor w = new GlorotUniform().CreateVariables([512, 256], fanOut: 512, fanIn: 256);</code></example>
public sealed class GlorotUniform : Uniform
{
    /// <summary>Uniform(6, fan_sum, 0.5, 1).</summary>
    public GlorotUniform()
        : base(6, FanMode.FanSum, 0.5, 1) { }
}

/// <summary>Fills the first layer of a sine network: uniform on the open interval ± 1/fan_in.</summary>
/// <remarks>Variance 1/(3·fan_in²). Sitzmann, Martel, Bergman, Lindell and Wetzstein, "Implicit neural representations
/// with periodic activation functions", NeurIPS 2020, and the code published with it. A call without fan_in is
/// <c>fan-missing</c>.</remarks>
/// <example><code>using Tensor w = new FirstLayerSiren().CreateVariables([256, 2], fanIn: 2);</code></example>
public sealed class FirstLayerSiren : Uniform
{
    /// <summary>Uniform(1, fan_in, 1, 1).</summary>
    public FirstLayerSiren()
        : base(1, FanMode.FanIn, 1, 1) { }
}

/// <summary>Fills the hidden layers of a sine network: uniform on the open interval ± sqrt(6/fan_in)/w0.</summary>
/// <remarks>Variance 2/(fan_in·w0²). Sitzmann, Martel, Bergman, Lindell and Wetzstein, "Implicit neural representations
/// with periodic activation functions", NeurIPS 2020, section 3.2 and supplement 1.5. A call without fan_in is
/// <c>fan-missing</c>.</remarks>
/// <example><code>using Tensor w = new Siren().CreateVariables([256, 256], fanIn: 256);</code></example>
public sealed class Siren : Uniform
{
    /// <summary>Uniform(6, fan_in, 0.5, 1/w0).</summary>
    /// <param name="w0">The frequency factor of the sine layers, above 0; the paper's is 30. A call reports another
    /// as <c>not-positive</c> or <c>not-finite</c>.</param>
    public Siren(double w0 = 30)
        : base(InitializerSpec.Siren(w0)) => W0 = w0;

    /// <summary>The frequency factor.</summary>
    public double W0 { get; }
}
