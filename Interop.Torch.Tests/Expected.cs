using MathNet.Numerics.Distributions;
using TorchSharp;

namespace Initializers.Torch.Tests;

/// <summary>A distribution as PyTorch documents it, computed without this library.</summary>
/// <param name="Cdf">The probability of a value of at most x.</param>
/// <param name="Kurtosis">The fourth standardized moment, which decides how much a sample's variance varies.</param>
internal sealed record Expected(Func<double, double> Cdf, double Mean, double Variance, double Kurtosis)
{
    internal static Expected Uniform(double a, double b) =>
        new(x => Math.Clamp((x - a) / (b - a), 0, 1), (a + b) / 2, (b - a) * (b - a) / 12, 1.8);

    internal static Expected Normal(double mean, double std) =>
        new(x => MathNet.Numerics.Distributions.Normal.CDF(mean, std, x), mean, std * std, 3);

    /// <summary>The normal distribution restricted to (a, b).</summary>
    internal static Expected TruncNormal(double mean, double std, double a, double b)
    {
        double low = (a - mean) / std;
        double high = (b - mean) / std;
        double below = MathNet.Numerics.Distributions.Normal.CDF(0, 1, low);
        double mass = MathNet.Numerics.Distributions.Normal.CDF(0, 1, high) - below;
        double Edge(double z, int power) => Math.Pow(z, power) * MathNet.Numerics.Distributions.Normal.PDF(0, 1, z);

        // Integration by parts: E[z^k] = (k - 1) E[z^(k-2)] - [z^(k-1) φ(z)] / mass between the ends.
        double[] raw = [1, 0, 0, 0, 0];
        for (int k = 1; k <= 4; k++)
        {
            raw[k] = (k > 1 ? (k - 1) * raw[k - 2] : 0) - (Edge(high, k - 1) - Edge(low, k - 1)) / mass;
        }

        double m = raw[1];
        double variance = raw[2] - m * m;
        double fourth = raw[4] - 4 * m * raw[3] + 6 * m * m * raw[2] - 3 * m * m * m * m;
        return new(
            x => Math.Clamp((MathNet.Numerics.Distributions.Normal.CDF(mean, std, x) - below) / mass, 0, 1),
            mean + std * m,
            std * std * variance,
            fourth / (variance * variance)
        );
    }
}

/// <summary>Checks of a tensor's elements against a expected. Each rejects a right sampler with a probability of 1e-6.</summary>
internal static class ExpectedChecks
{
    private const double FalseAlarms = 1e-6;

    /// <summary>The names of the checks that reject the sample: its largest distance from the cdf (Massart's bound, for any
    /// n), its mean and its variance (the central limit, for n above 10^4).</summary>
    internal static IReadOnlyList<string> Rejections(this Expected expected, torch.Tensor tensor) =>
        expected.Rejections(Array.ConvertAll(tensor.Floats(), x => (double)x));

    internal static IReadOnlyList<string> Rejections(this Expected expected, double[] sample)
    {
        double[] sorted = [.. sample.Order()];
        double n = sorted.Length;
        double distance = sorted
            .Select((x, i) => Math.Max(expected.Cdf(x) - i / n, (i + 1) / n - expected.Cdf(x)))
            .Max();
        double mean = sample.Average();
        double variance = sample.Average(x => (x - mean) * (x - mean));
        double z = Normal.InvCDF(0, 1, 1 - FalseAlarms / 2);
        List<string> rejections = [];
        void Check(string name, double deviation, double threshold)
        {
            // A NaN is rejected, too.
            if (!(deviation <= threshold))
            {
                rejections.Add(name);
            }
        }

        Check("distance", distance, Math.Sqrt(Math.Log(2 / FalseAlarms) / (2 * n)));
        Check("mean", Math.Abs(mean - expected.Mean), z * Math.Sqrt(expected.Variance / n));
        Check("variance", Math.Abs(variance / expected.Variance - 1), z * Math.Sqrt((expected.Kurtosis - 1) / n));
        return rejections;
    }
}
