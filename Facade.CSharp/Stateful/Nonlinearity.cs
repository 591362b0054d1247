namespace Initializers.Stateful;

/// <summary>The function that follows a layer's sum. <see cref="Gains"/> has the factor of the layer's stddev that compensates
/// it.</summary>
/// <remarks>A value: equal functions of equal numbers are equal, and <see cref="Parse"/> reads what <see cref="ToString"/>
/// wrote. A string converts, so that <c>Gains.Recommended("relu")</c> does.</remarks>
/// <example>
/// <code>
/// Nonlinearity leaky = Nonlinearity.LeakyRelu(0.2);
/// double gain = Gains.Recommended(leaky); // 1.3867504905630728
/// </code>
/// </example>
public sealed class Nonlinearity : IEquatable<Nonlinearity>
{
    private Nonlinearity(FSharp.Nonlinearity function) => Function = function;

    internal FSharp.Nonlinearity Function { get; }

    /// <summary>x itself: no activation; also PyTorch's names of convolutions.</summary>
    public static Nonlinearity Linear { get; } = new(FSharp.Nonlinearity.Linear);

    /// <summary>1/(1 + e^-x).</summary>
    public static Nonlinearity Sigmoid { get; } = new(FSharp.Nonlinearity.Sigmoid);

    /// <summary>The hyperbolic tangent.</summary>
    public static Nonlinearity Tanh { get; } = new(FSharp.Nonlinearity.Tanh);

    /// <summary>max(x, 0).</summary>
    public static Nonlinearity Relu { get; } = new(FSharp.Nonlinearity.Relu);

    /// <summary>1.0507…·elu(x, 1.6732…), for which a normal's second moment stays 1.</summary>
    public static Nonlinearity Selu { get; } = new(FSharp.Nonlinearity.Selu);

    /// <summary>x·P(Z ≤ x) for a standard normal Z, by the error function itself.</summary>
    public static Nonlinearity Gelu { get; } = new(FSharp.Nonlinearity.Gelu);

    /// <summary>Gelu's approximation by a tanh, as in GPT-2.</summary>
    public static Nonlinearity GeluTanh { get; } = new(FSharp.Nonlinearity.GeluTanh);

    /// <summary>x·sigmoid(1.702·x), as in CLIP.</summary>
    public static Nonlinearity QuickGelu { get; } = new(FSharp.Nonlinearity.QuickGelu);

    /// <summary>x·sigmoid(x), also called swish.</summary>
    public static Nonlinearity Silu { get; } = new(FSharp.Nonlinearity.Silu);

    /// <summary>x·tanh(softplus(x)).</summary>
    public static Nonlinearity Mish { get; } = new(FSharp.Nonlinearity.Mish);

    /// <summary>log(1 + e^x).</summary>
    public static Nonlinearity Softplus { get; } = new(FSharp.Nonlinearity.Softplus);

    /// <summary>log(sigmoid(x)).</summary>
    public static Nonlinearity LogSigmoid { get; } = new(FSharp.Nonlinearity.LogSigmoid);

    /// <summary>x/(1 + |x|).</summary>
    public static Nonlinearity Softsign { get; } = new(FSharp.Nonlinearity.Softsign);

    /// <summary>min(max(x, 0), 6).</summary>
    public static Nonlinearity Relu6 { get; } = new(FSharp.Nonlinearity.Relu6);

    /// <summary>x between -1 and 1, and the nearer of the two beyond.</summary>
    public static Nonlinearity HardTanh { get; } = new(FSharp.Nonlinearity.HardTanh);

    /// <summary>relu6(x + 3)/6.</summary>
    public static Nonlinearity HardSigmoid { get; } = new(FSharp.Nonlinearity.HardSigmoid);

    /// <summary>x·relu6(x + 3)/6.</summary>
    public static Nonlinearity HardSwish { get; } = new(FSharp.Nonlinearity.HardSwish);

    /// <summary>max(x, 0)².</summary>
    public static Nonlinearity ReluSquared { get; } = new(FSharp.Nonlinearity.ReluSquared);

    /// <summary>x above 0 and negativeSlope·x below.</summary>
    /// <param name="negativeSlope">The slope on the negative side, finite; PyTorch's default is 0.01.</param>
    /// <returns>The function.</returns>
    public static Nonlinearity LeakyRelu(double negativeSlope = 0.01) =>
        new(FSharp.Nonlinearity.NewLeakyRelu(negativeSlope));

    /// <summary>x above 0 and alpha·(e^x - 1) below.</summary>
    /// <param name="alpha">The depth of the negative side, finite.</param>
    /// <returns>The function.</returns>
    public static Nonlinearity Elu(double alpha = 1) => new(FSharp.Nonlinearity.NewElu(alpha));

    /// <summary>Reads PyTorch's names, in lower case; <c>leaky_relu</c> and <c>elu</c> take a number in
    /// parentheses.</summary>
    /// <param name="text">Such as <c>relu</c>, <c>conv2d</c> (linear), <c>gelu</c> or <c>leaky_relu(0.2)</c>.</param>
    /// <returns>The function.</returns>
    /// <exception cref="InitializerException"><c>nonlinearity-unknown</c>: another name; <c>parameter-not-number</c>,
    /// <c>parameter-unknown</c>: the text in parentheses is not a number, or the function takes no number.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <example><code>Nonlinearity swish = Nonlinearity.Parse("silu");</code></example>
    public static Nonlinearity Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(CoreResults.Unwrap(FSharp.NonlinearityModule.Parse(text)));
    }

    /// <summary>Converts a text that <see cref="Parse"/> reads.</summary>
    /// <param name="text">A name.</param>
    public static implicit operator Nonlinearity(string text) => Parse(text);

    /// <summary>Returns the function's value; the same bits on every machine.</summary>
    /// <param name="x">The argument.</param>
    /// <returns>f(x).</returns>
    /// <example><code>double y = Nonlinearity.Gelu.Apply(1); // 0.8413447460685429</code></example>
    public double Apply(double x) => FSharp.NonlinearityModule.Apply(Function, x);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    /// <returns>Such as <c>relu</c> or <c>leaky_relu(0.01)</c>.</returns>
    public override string ToString() => FSharp.NonlinearityModule.ToText(Function);

    /// <summary>Returns whether both are the same function.</summary>
    /// <param name="other">The other.</param>
    /// <returns>True for equal functions of equal numbers.</returns>
    public bool Equals(Nonlinearity? other) => other is not null && Function.Equals(other.Function);

    /// <summary>Returns whether the other is the same function.</summary>
    /// <param name="obj">The other object.</param>
    /// <returns>True for equal functions of equal numbers.</returns>
    public override bool Equals(object? obj) => Equals(obj as Nonlinearity);

    /// <summary>A hash code that agrees with equality.</summary>
    /// <returns>The code.</returns>
    public override int GetHashCode() => Function.GetHashCode();
}
