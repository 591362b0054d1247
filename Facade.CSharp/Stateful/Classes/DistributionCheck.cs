namespace Initializers;

/// <summary>One comparison of values with a distribution.</summary>
/// <param name="Name">support, mean, stddev, extremes, atoms or Kolmogorov-Smirnov.</param>
/// <param name="Statistic">Support: how far the outermost value is beyond an end. Mean: its z-score. Stddev: the z-score of the
/// variance. Extremes: the larger magnitude of smallest and largest value, in standard deviations from the mean. Atoms: how
/// often the most surprising value occurs. Kolmogorov-Smirnov: the largest distance of the two distribution functions. NaN for
/// a check that was not made.</param>
/// <param name="PValue">A bound on the probability of a statistic at least as far out in values of the distribution, in [0, 1];
/// 1 for a check that was not made.</param>
/// <param name="IsPassed">Whether the p-value is at least the check's share of the false-alarm rate.</param>
/// <param name="Skipped">Why the check was not made; null for one that was made.</param>
public sealed record SampleCheck(string Name, double Statistic, double PValue, bool IsPassed, string? Skipped)
{
    internal static SampleCheck Of(FSharp.SampleCheck core) =>
        new(core.Name, core.Statistic, core.PValue, core.IsPassed, core.Skipped.Length == 0 ? null : core.Skipped);
}

/// <summary>The comparison of values with a distribution, by <see cref="Distribution"/>.</summary>
/// <example>
/// <code>
/// foreach (SampleCheck check in new RandomNormal(0, 1).Distribution([8]).Check(values).Failed)
///     Console.WriteLine($"{check.Name}: {check.Statistic}, p &lt; {check.PValue}");
/// </code>
/// </example>
public sealed class DistributionCheck
{
    internal DistributionCheck(FSharp.DistributionCheck core)
    {
        Count = core.Count;
        FalseAlarmRate = core.FalseAlarmRate;
        Share = core.Share;
        Checks = [.. core.Checks.Select(SampleCheck.Of)];
    }

    /// <summary>The number of values.</summary>
    public long Count { get; }

    /// <summary>The probability, at most, that values of the distribution fail.</summary>
    public double FalseAlarmRate { get; }

    /// <summary>Each statistical check fails below this p-value. The check of the support has no false alarms.</summary>
    public double Share { get; }

    /// <summary>The checks, in a fixed order.</summary>
    public IReadOnlyList<SampleCheck> Checks { get; }

    /// <summary>Whether every check passed.</summary>
    public bool IsPassed => Checks.All(check => check.IsPassed);

    /// <summary>The checks that failed.</summary>
    public IEnumerable<SampleCheck> Failed => Checks.Where(check => !check.IsPassed);
}
