namespace Initializers.Stateful;

/// <summary>Fills with one value.</summary>
/// <remarks>Every element is the value rounded to the dtype; no random word is read, so the seed changes nothing.</remarks>
/// <example><code>using Tensor b = new Constant(0.01).CreateVariables([512]);</code></example>
public class Constant : Initializer
{
    /// <summary>Creates an initializer for one value.</summary>
    /// <param name="constant">The value, finite and within the dtype's range. A call reports another as <c>not-finite</c>
    /// or <c>overflows-dtype</c>.</param>
    public Constant(double constant) => Spec = InitializerSpec.Constant(constant);

    /// <inheritdoc/>
    public sealed override InitializerSpec Spec { get; }
}

/// <summary>Fills with 0.</summary>
/// <example><code>using Tensor b = new Zeros().CreateVariables([512]);</code></example>
public sealed class Zeros : Constant
{
    /// <summary>Creates an initializer for 0.</summary>
    public Zeros()
        : base(0) { }
}

/// <summary>Fills with 1.</summary>
/// <example><code>using Tensor scale = new Ones().CreateVariables([512]);</code></example>
public sealed class Ones : Constant
{
    /// <summary>Creates an initializer for 1.</summary>
    public Ones()
        : base(1) { }
}
