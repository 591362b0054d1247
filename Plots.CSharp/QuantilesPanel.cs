using Initializers.Models;
using MathNet.Numerics.Distributions;
using ScottPlot;

namespace Initializers.Plots;

/// <summary>Quantiles of a tensor over those of a distribution, or of another tensor.</summary>
internal static class QuantilesPanel
{
    /// <summary>As many values are all drawn.</summary>
    private const int MostPoints = 400;

    private const int Between = 150;

    /// <summary>Ranks from an end on whose quantiles have a normal limit.</summary>
    private const int Ends = 50;

    /// <summary>The probability that a quantile is within the band.</summary>
    private const double Band = 0.99;

    internal static Plot? Draw(TensorSample tensor, TensorSample? other)
    {
        var sorted = Sorted.Of(tensor);
        if (sorted.Length < 2 || sorted[0] == sorted[^1])
            return null;
        var others = other is null ? null : Sorted.Of(other);
        if (others is { Length: 0 })
            return null;
        if (others is null && tensor.Expected is { Stddev: 0 })
            return null;

        var (quantile, axis) = Reference(tensor, sorted, others);
        var plot = Theme.Plot("quantiles", axis, "quantiles of the values");
        var (xs, ys) = Points(sorted, quantile);
        double[] ends = [Math.Min(xs[0], ys[0]), Math.Max(xs[^1], ys[^1])];
        if (others is null)
            Bands(plot, sorted.Length, quantile);
        var line = plot.Add.ScatterLine(ends, ends, Theme.Law);
        line.LineWidth = 1.5f;
        line.LegendText = "equal quantiles";
        var points = plot.Add.ScatterPoints(xs, ys, Theme.Data);
        points.MarkerSize = 4;
        points.LegendText = "values";
        plot.ShowLegend(Alignment.LowerRight);
        // The band of heavy tails is wider than all values.
        var margin = 0.05 * (ends[1] - ends[0]);
        plot.Axes.SetLimits(ends[0] - margin, ends[1] + margin, ends[0] - margin, ends[1] + margin);
        return plot;
    }

    private static (Func<double, double> Quantile, string Axis) Reference(
        TensorSample tensor,
        double[] sorted,
        double[]? others
    )
    {
        if (others is not null)
            return (
                p => others[Math.Min(others.Length - 1, (int)(p * others.Length))],
                "quantiles of the compared values"
            );
        if (tensor.Expected is { } law)
            return (law.Quantile, "quantiles of the expected distribution");
        var mean = sorted.Average();
        var stddev = Math.Sqrt(sorted.Average(x => (x - mean) * (x - mean)));
        return (
            p => Normal.InvCDF(mean, stddev, p),
            $"normal quantiles, mean {Theme.Number(mean)}, stddev {Theme.Number(stddev)}"
        );
    }

    /// <summary>Places among the sorted values: all of few, and of many those whose distances from an end grow by a tenth, with
    /// others at equal distances.</summary>
    private static int[] Places(int count)
    {
        if (count <= MostPoints)
            return [.. Enumerable.Range(0, count)];
        SortedSet<int> places = [.. Enumerable.Range(0, Between).Select(i => (int)((long)i * count / Between))];
        for (var distance = 1.0; distance <= count / 2; distance *= 1.1)
        {
            places.Add((int)distance - 1);
            places.Add(count - (int)distance);
        }

        return [.. places];
    }

    private static (double[] Xs, double[] Ys) Points(double[] sorted, Func<double, double> quantile)
    {
        var places = Places(sorted.Length);
        return ([.. places.Select(i => quantile((i + 0.5) / sorted.Length))], [.. places.Select(i => sorted[i])]);
    }

    /// <summary>The ends of the band of each quantile: the i-th smallest of n uniforms has the beta distribution of i and n + 1 -
    /// i.</summary>
    private static void Bands(Plot plot, int count, Func<double, double> quantile)
    {
        var places = Places(count);
        double[] xs = [.. places.Select(i => quantile((i + 0.5) / count))];
        foreach (var p in new[] { (1 - Band) / 2, (1 + Band) / 2 })
        {
            double[] ys = [.. places.Select(i => quantile(Within(Edge(i, count, p))))];
            var band = plot.Add.ScatterLine(xs, ys, Theme.Law.WithAlpha(0.6));
            band.LinePattern = LinePattern.Dotted;
            if (p < 0.5)
                band.LegendText = $"{100 * Band:F0} % of each quantile";
        }
    }

    /// <summary>A quantile of the beta distribution: exact at the ends, where it is skewed, and by its normal limit
    /// elsewhere.</summary>
    private static double Edge(int i, int count, double p)
    {
        double a = i + 1;
        double b = count - i;
        if (a < Ends || b < Ends)
            return Beta.InvCDF(a, b, p);
        var mean = a / (a + b);
        return mean + Normal.InvCDF(0, 1, p) * Math.Sqrt(mean * (1 - mean) / (a + b + 1));
    }

    private static double Within(double p) => Math.Clamp(p, 1e-300, 1 - 1e-16);
}
