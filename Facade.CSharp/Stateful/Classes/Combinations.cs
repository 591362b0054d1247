namespace Initializers.Stateful;

/// <summary>Fills with the sum of the elements of several initializers, each of the tensor's shape. They are independent.</summary>
/// <example><code>using Tensor w = new Sum(new Identity(), new RandomNormal(0, 0.01)).CreateVariables([256, 256]);</code></example>
public sealed class Sum : Initializer
{
    private readonly Initializer[] _initializers;

    /// <summary>Creates an initializer of these parts.</summary>
    /// <param name="parts">The initializers; a call reports none as <c>parameter-missing</c>.</param>
    /// <exception cref="ArgumentNullException">The parts or one of them is null.</exception>
    public Sum(params Initializer[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        foreach (Initializer initializer in parts)
        {
            ArgumentNullException.ThrowIfNull(initializer, nameof(parts));
        }

        _initializers = [.. parts];
    }

    /// <inheritdoc/>
    public override InitializerSpec Spec => Compose(this);

    private protected override IReadOnlyList<Initializer> Parts => _initializers;

    private protected override InitializerSpec Composed(IReadOnlyList<InitializerSpec> parts) =>
        InitializerSpec.Sum([.. parts]);
}

/// <summary>Fills with the numbers 0 to n - 1 of a tensor of n elements, in a random order.</summary>
/// <remarks>A dtype that lacks one of the numbers is reported as <c>not-exact</c>.</remarks>
/// <example><code>using Tensor order = new Permutation().CreateVariables([1000]);</code></example>
public sealed class Permutation : Initializer
{
    /// <inheritdoc/>
    public override InitializerSpec Spec => InitializerSpec.Permutation;
}

/// <summary>Fills with whole numbers from low to high - 1, each equally likely.</summary>
/// <remarks>A dtype that lacks one of the numbers is reported as <c>not-exact</c>.</remarks>
/// <example><code>using Tensor ids = new Randint(0, 50257).CreateVariables([8, 1024]);</code></example>
public sealed class Randint : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="low">The least number.</param>
    /// <param name="high">The number after the greatest; a call reports one that is not above low as
    /// <c>low-not-below-high</c>.</param>
    public Randint(long low, long high) => Spec = InitializerSpec.Randint(low, high);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with 1 with a probability, and 0 otherwise.</summary>
/// <example><code>using Tensor keep = new Bernoulli(0.9).CreateVariables([512, 256]);</code></example>
public sealed class Bernoulli : Initializer
{
    /// <summary>Creates an initializer with this parameter.</summary>
    /// <param name="p">The probability, from 0 to 1; a call reports another as <c>out-of-range</c>.</param>
    public Bernoulli(double p = 0.5) => Spec = InitializerSpec.Bernoulli(p);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}
