namespace Initializers.Stateful;

/// <summary>Fills with normal values of a given mean and standard deviation, whatever the fans.</summary>
/// <remarks>Not truncated. Fans may be given, as to every initializer, and are not read.</remarks>
/// <example><code>using Tensor w = new RandomNormal(0, 0.02).CreateVariables([50257, 768]);</code></example>
public sealed class RandomNormal : Initializer
{
    /// <summary>Creates an initializer for a normal distribution.</summary>
    /// <param name="mean">The mean, finite. A call reports another as <c>not-finite</c>.</param>
    /// <param name="stddev">The standard deviation, finite, 0 or more. A call reports another as <c>not-finite</c> or
    /// <c>stddev-negative</c>.</param>
    /// <param name="seed">The seed of every call that gives none, so that they all repeat one another, as an integer seed
    /// does in Ivy and Keras; null to take the ambient generator's next each time.</param>
    public RandomNormal(double mean = 0, double stddev = 0.05, Seed? seed = null)
    {
        Mean = mean;
        Stddev = stddev;
        Seed = seed;
        Spec = InitializerSpec.Normal(mean, stddev);
    }

    /// <summary>The mean.</summary>
    public double Mean { get; }

    /// <summary>The standard deviation.</summary>
    public double Stddev { get; }

    /// <summary>The seed of every call that gives none, or null.</summary>
    public Seed? Seed { get; }

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }

    /// <inheritdoc/>
    protected override Seed NextSeed() => Seed ?? base.NextSeed();
}
