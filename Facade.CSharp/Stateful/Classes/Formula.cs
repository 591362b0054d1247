namespace Initializers.Stateful;

public sealed partial class InitializerSpec
{
    /// <summary>Each element a function of its indices i0, i1, … and of the sizes d0, d1, …, in float64 and rounded once. j0 is the
    /// index of the last axis, j1 of the one before.</summary>
    /// <param name="expression">The expression; a call reports what is wrong with it, such as <c>expression-syntax</c> or
    /// <c>name-unknown</c>, with its column.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="expression"/> is null.</exception>
    /// <example><code>InitializerSpec.Formula("10000^(-i0/d0)")</code></example>
    public static InitializerSpec Formula(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return new(FSharp.SpecModule.Formula(expression));
    }
}

/// <summary>Fills with a function of each element's indices, such as rotary frequencies, a causal mask or a state matrix.</summary>
/// <remarks>The seed has no effect. A value beyond the dtype's range is the error <c>overflows-dtype</c>, and an operation without
/// a finite value <c>expression-undefined</c>.</remarks>
/// <example><code>using Tensor mask = new Formula("where(j0 &lt;= j1, 0, -inf)").CreateVariables([128, 128]);</code></example>
public sealed class Formula : Initializer
{
    /// <summary>Creates an initializer with this expression.</summary>
    /// <param name="expression">An expression of i0, i1, …, j0, j1, …, d0, d1, …, rank and size.</param>
    /// <exception cref="ArgumentNullException"><paramref name="expression"/> is null.</exception>
    public Formula(string expression) => Spec = InitializerSpec.Formula(expression);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}
