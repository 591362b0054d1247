using Microsoft.FSharp.Core;

namespace Initializers.Stateful;

/// <summary>Gains: the factor of a layer's stddev that compensates for its activation's effect on a signal.</summary>
/// <remarks>Weights of stddev gain/√fan_in keep the second moment of the signal when gain = E[f(z)²]^-½ for z ~ N(0, 1), and
/// with fan_out that of the gradient when gain = E[f'(z)²]^-½ (He et al. 2015). Computed gains are within 1e-10 of the
/// expectation's, relatively, for functions that are smooth between finitely many kinks.</remarks>
/// <example>
/// <code>
/// double table = Gains.Recommended(Nonlinearity.LeakyRelu(0.2)); // PyTorch's calculate_gain
/// double gelu = Gains.Forward(Nonlinearity.Gelu);
/// double sine = Gains.Forward(Math.Sin, "sine");
/// var spec = InitializerSpec.VarianceScaling(gelu * gelu, FanMode.FanIn, DistributionFamily.Normal);
/// </code>
/// </example>
public static class Gains
{
    /// <summary>Returns PyTorch's gain if its table has one, and the forward gain otherwise.</summary>
    /// <param name="nonlinearity">The function, or its name.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException">As <see cref="Torch"/> and <see cref="Forward(Nonlinearity)"/>, but for
    /// <c>gain-not-tabulated</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>double gain = Gains.Recommended("relu"); // √2</code></example>
    public static double Recommended(Nonlinearity nonlinearity)
    {
        ArgumentNullException.ThrowIfNull(nonlinearity);
        return CoreResults.Unwrap(FSharp.Gain.Recommended(nonlinearity.Function));
    }

    /// <summary>Returns the gain of PyTorch's <c>torch.nn.init.calculate_gain</c>, to the last digit: 1 for linear, convolutions
    /// and sigmoid, 5/3 for tanh, √2 for relu, √(2/(1 + a²)) for leaky_relu, 3/4 for selu.</summary>
    /// <param name="nonlinearity">The function, or its name.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException"><c>gain-not-tabulated</c>: the table has none; <c>not-finite</c>: the
    /// slope, or 1 + a², is not finite.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>double gain = Gains.Torch(Nonlinearity.Tanh); // 1.6666666666666667</code></example>
    public static double Torch(Nonlinearity nonlinearity)
    {
        ArgumentNullException.ThrowIfNull(nonlinearity);
        return CoreResults.Unwrap(FSharp.Gain.Torch(nonlinearity.Function));
    }

    /// <summary>Returns the gain that keeps the signal's second moment, E[f(z)²]^-½ for z ~ N(0, 1); the same bits on every
    /// machine.</summary>
    /// <param name="nonlinearity">The function, or its name.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException"><c>not-finite</c>: the function's number is not; <c>gain-not-finite</c>: the
    /// expectation is 0 or infinite.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>double gain = Gains.Forward("gelu");</code></example>
    public static double Forward(Nonlinearity nonlinearity)
    {
        ArgumentNullException.ThrowIfNull(nonlinearity);
        return CoreResults.Unwrap(FSharp.Gain.Forward(nonlinearity.Function));
    }

    /// <summary>Returns the gain that keeps the signal's second moment, for a custom function. For a derivative it is the
    /// backward gain.</summary>
    /// <param name="function">A pure function, evaluated on [-16, 16]. The bits are as portable as the function's.</param>
    /// <param name="name">The function's name in messages.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException"><c>activation-undefined</c>: a value is not finite, or the function throws;
    /// <c>activation-not-smooth</c>; <c>gain-not-finite</c>: the expectation is 0 or infinite.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>double gain = Gains.Forward(x => Math.Sin(30 * x), "siren");</code></example>
    public static double Forward(Func<double, double> function, string name = "function")
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(name);
        return CoreResults.Unwrap(FSharp.Gain.ForwardOf(name, FuncConvert.FromFunc(function)));
    }

    /// <summary>Returns the gain that keeps the gradient's second moment, E[f'(z)²]^-½ for z ~ N(0, 1); the same bits on every
    /// machine.</summary>
    /// <param name="nonlinearity">The function, or its name.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException">As <see cref="Forward(Nonlinearity)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>double gain = Gains.Backward(Nonlinearity.Silu);</code></example>
    public static double Backward(Nonlinearity nonlinearity)
    {
        ArgumentNullException.ThrowIfNull(nonlinearity);
        return CoreResults.Unwrap(FSharp.Gain.Backward(nonlinearity.Function));
    }

    /// <summary>Returns the gain that keeps the gradient's second moment, for a custom function. The derivative is that of a
    /// polynomial through the function's values.</summary>
    /// <param name="function">A pure function, evaluated on [-16, 16]. The bits are as portable as the function's.</param>
    /// <param name="name">The function's name in messages.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException">As <see cref="Forward(Func{double, double}, string)"/>. A function that jumps,
    /// or whose values are large compared with its slopes, is not smooth: pass its derivative to that overload
    /// instead.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>double gain = Gains.Backward(x => Math.Max(x, 0)); // √2 within 1e-10</code></example>
    public static double Backward(Func<double, double> function, string name = "function")
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(name);
        return CoreResults.Unwrap(FSharp.Gain.BackwardOf(name, FuncConvert.FromFunc(function)));
    }
}
