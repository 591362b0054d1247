namespace Initializers.Stateful;

/// <content>Monotone functions of elements. A call that fills a tensor refuses elements outside of a map's domain
/// (<c>map-domain</c>) and matrices that are computed as a whole (<c>map-unsupported</c>).</content>
public sealed partial class InitializerSpec
{
    /// <summary>Log-uniform on the open interval (low, high): e^u for a uniform u, like SciPy's loguniform.</summary>
    /// <param name="low">The end below, finite and above 0; never drawn.</param>
    /// <param name="high">The end above, finite and above <paramref name="low"/>; never drawn.</param>
    /// <returns>The spec.</returns>
    /// <example><code>InitializerSpec.LogUniform(0.001, 0.1).InverseSoftplus() // Mamba's dt_bias</code></example>
    public static InitializerSpec LogUniform(double low, double high) => new(FSharp.Spec.NewLogUniform(low, high));

    /// <summary>The natural logarithm of these elements, which lie above 0.</summary>
    /// <returns>The spec.</returns>
    /// <example><code>InitializerSpec.Uniform(1, 16).Log() // Mamba-2's A_log</code></example>
    public InitializerSpec Log() => Changed(FSharp.SpecModule.Log);

    /// <summary>e^x of these elements x.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Exp() => Changed(FSharp.SpecModule.Exp);

    /// <summary>The square root of these elements, which are 0 or more.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Sqrt() => Changed(FSharp.SpecModule.Sqrt);

    /// <summary>1/x of these elements x, which have one sign.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Reciprocal() => Changed(FSharp.SpecModule.Reciprocal);

    /// <summary>log(1 + e^x) of these elements x.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Softplus() => Changed(FSharp.SpecModule.Softplus);

    /// <summary>log(e^x - 1) of these elements x, which lie above 0: softplus of it is x.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec InverseSoftplus() => Changed(FSharp.SpecModule.InverseSoftplus);

    /// <summary>log(x/(1 - x)) of these elements x, which lie between 0 and 1.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Logit() => Changed(FSharp.SpecModule.Logit);

    /// <summary>1/(1 + e^-x) of these elements x.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Sigmoid() => Changed(FSharp.SpecModule.Sigmoid);

    /// <summary>The hyperbolic tangent of these elements.</summary>
    /// <returns>The spec.</returns>
    public InitializerSpec Tanh() => Changed(FSharp.SpecModule.Tanh);
}
