using Initializers.Stateful;

namespace Initializers;

/// <summary>The distribution of the elements that an initializer fills a tensor with, in float64: for reading, never for
/// bits.</summary>
/// <remarks>For matrices and other composites it is the distribution of an element at a random index: an orthogonal
/// matrix's elements are not independent, and an identity's are not random. A clipped distribution's moments are integrals
/// by quadrature, within 1e-9.</remarks>
/// <example>
/// <code>
/// Distribution he = new KaimingNormal().Distribution([512, 256], Layout.OutIn);
/// double stddev = he.Stddev; // 0.08838834764831845
/// double beyond = 2 * he.Cdf(-0.25); // the share of weights beyond ±0.25
/// </code>
/// </example>
public sealed class Distribution
{
    private readonly FSharp.Distribution _core;

    internal Distribution(FSharp.Distribution core)
    {
        _core = core;
        Support = core.Support.ToTuple().ToValueTuple();
    }

    /// <summary>The ends of the open interval outside which no value falls: infinite for a normal distribution, twice the
    /// same number for a constant. A clip includes its ends.</summary>
    public (double Low, double High) Support { get; }

    /// <summary>The mean; NaN for a tensor without elements.</summary>
    public double Mean => _core.Mean;

    /// <summary>The standard deviation, 0 for a constant; NaN for a tensor without elements.</summary>
    public double Stddev => FSharp.DistributionModule.Stddev(_core);

    /// <summary>The variance, 0 for a constant.</summary>
    public double Variance => _core.Variance;

    /// <summary>The fourth standardized moment: 3 for a normal distribution, 9/5 for a uniform one, NaN for a
    /// constant.</summary>
    public double Kurtosis => _core.Kurtosis;

    /// <summary>Returns the probability of a value of at most <paramref name="x"/>.</summary>
    /// <param name="x">Any number, not NaN.</param>
    /// <returns>A probability in the closed interval [0, 1].</returns>
    /// <example><code>double p = new RandomNormal(0, 1).Distribution([8]).Cdf(0); // 0.5</code></example>
    public double Cdf(double x) => _core.Cdf.Invoke(x);

    /// <summary>Returns the probability density at <paramref name="x"/>.</summary>
    /// <param name="x">Any number.</param>
    /// <returns>The density, 0 outside the support. NaN at a value of positive probability, such as a constant's or a clip's end,
    /// and inside the support of a custom quantile and of a kernel of more than 2^22 computed numbers.</returns>
    /// <example><code>double d = new RandomNormal(0, 1).Distribution([8]).Density(0); // 0.3989</code></example>
    public double Density(double x) => _core.Density.Invoke(x);

    /// <summary>Returns the smallest value x with a probability of at least <paramref name="p"/> of at most x.</summary>
    /// <param name="p">A probability in the open interval (0, 1).</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in the open interval (0, 1).</exception>
    /// <example><code>double x = new RandomNormal(0, 1).Distribution([8]).Quantile(0.975); // 1.96</code></example>
    public double Quantile(double p) =>
        p is > 0 and < 1
            ? _core.Quantile.Invoke(p)
            : throw new ArgumentOutOfRangeException(nameof(p), p, "must be in the open interval (0, 1).");

    /// <summary>Compares values with the distribution: support, mean, standard deviation, smallest and largest value, repeated
    /// values, and the distribution function by Kolmogorov and Smirnov's distance.</summary>
    /// <remarks>The distance has the bound of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990), which holds for every
    /// number of values. A value counts as any number between its two neighbours in its type, so that rounded values pass. Values
    /// are assumed to be independent, as those of an orthogonal matrix are not.</remarks>
    /// <param name="values">The values, in any order.</param>
    /// <param name="falseAlarmRate">The probability, at most, that values of the distribution fail, in the open interval (0, 1).
    /// A fifth of it is the share of each statistical check.</param>
    /// <returns>Every check.</returns>
    /// <exception cref="InitializerException"><c>argument-invalid</c>: another rate.</exception>
    /// <example>
    /// <code>
    /// Distribution he = new KaimingNormal().Distribution([512, 256], Layout.OutIn);
    /// bool isRight = he.Check(weights, 1e-6).IsPassed;
    /// </code>
    /// </example>
    public DistributionCheck Check(ReadOnlySpan<float> values, double falseAlarmRate = 1e-6) =>
        Checked(values, falseAlarmRate);

    /// <inheritdoc cref="Check(ReadOnlySpan{float}, double)"/>
    public DistributionCheck Check(ReadOnlySpan<double> values, double falseAlarmRate = 1e-6) =>
        Checked(values, falseAlarmRate);

    /// <inheritdoc cref="Check(ReadOnlySpan{float}, double)"/>
    public DistributionCheck Check(ReadOnlySpan<Half> values, double falseAlarmRate = 1e-6) =>
        Checked(values, falseAlarmRate);

    /// <inheritdoc cref="Check(ReadOnlySpan{float}, double)"/>
    public DistributionCheck Check(ReadOnlySpan<BFloat16> values, double falseAlarmRate = 1e-6) =>
        Checked(values, falseAlarmRate);

    /// <summary>Writes the support and the first two moments, the same in every culture.</summary>
    /// <returns>Such as <c>(-Infinity, Infinity), mean 0, stddev 0.05</c>.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"({Support.Low}, {Support.High}), mean {Mean}, stddev {Stddev}");

    private DistributionCheck Checked<T>(ReadOnlySpan<T> values, double falseAlarmRate)
        where T : unmanaged => new(CoreResults.Unwrap(FSharp.DistributionModule.Check(values, falseAlarmRate, _core)));
}
