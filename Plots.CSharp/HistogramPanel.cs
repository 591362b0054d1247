using Initializers.Models;
using ScottPlot;

namespace Initializers.Plots;

/// <summary>How often values occur, as densities, with those of the expected distribution.</summary>
internal static class HistogramPanel
{
    internal static Plot Draw(TensorSample tensor, TensorSample? other, string title, bool isSmall)
    {
        var plot = Theme.Plot(title, "value", "density", isSmall);
        var sorted = Sorted.Of(tensor);
        var others = other is null ? null : Sorted.Of(other);
        if (sorted.Length == 0)
            return Theme.Empty(plot);
        if (sorted[0] == sorted[^1] && (others is null || others.All(x => x == sorted[0])))
            return Constant(plot, sorted[0], isSmall);

        var (low, high) = Range(sorted, others);
        var bins = Bins(sorted.Length, isSmall);
        if (IsWhole(sorted) && high - low < 1e6)
        {
            // Each bar has the same number of whole numbers.
            var numbers = Math.Ceiling((high - low + 1) / bins);
            (low, bins) = (Math.Floor(low) - 0.5, (int)Math.Ceiling((high - low + 1) / numbers));
            high = low + bins * numbers;
        }

        var width = (high - low) / bins;
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(i => low + i * width)];
        double[] centers = [.. Enumerable.Range(0, bins).Select(i => low + (i + 0.5) * width)];

        var bars = plot.Add.Bars(centers, Densities(sorted, edges));
        foreach (var bar in bars.Bars)
        {
            bar.Size = width;
            bar.FillColor = Theme.Data.WithAlpha(0.75);
            bar.LineWidth = 0;
        }

        if (!isSmall)
            bars.LegendText = Label("values", sorted, low, high);
        if (others is { Length: > 0 })
            Line(
                plot,
                edges,
                Densities(others, edges),
                Theme.Other,
                isSmall ? "" : Label("compared", others, low, high)
            );
        if (tensor.Expected is { } law && law.Support.Low < law.Support.High)
            Line(plot, edges, Densities(law, edges), Theme.Law, isSmall ? "" : "expected");
        plot.Axes.SetLimitsX(low - 0.02 * (high - low), high + 0.02 * (high - low));
        plot.Axes.AutoScaleY();
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        return plot;
    }

    private static Plot Constant(Plot plot, double value, bool isSmall)
    {
        var half = value == 0 ? 1 : Math.Abs(value);
        var bar = plot.Add.Bar(value, 1);
        bar.Bars[0].Size = half / 20;
        bar.Bars[0].FillColor = Theme.Data;
        bar.Bars[0].LineWidth = 0;
        if (!isSmall)
            bar.LegendText = $"all values are {Theme.Number(value)}";
        plot.Axes.SetLimits(value - half, value + half, 0, 1.2);
        return plot;
    }

    /// <summary>The ends of the bars: those of all values, or 12 interquartile ranges about the median of a distribution with far
    /// values.</summary>
    private static (double Low, double High) Range(double[] sorted, double[]? others)
    {
        var (low, high) = Inner(sorted);
        if (others is { Length: > 0 })
        {
            var (lower, higher) = Inner(others);
            (low, high) = (Math.Min(low, lower), Math.Max(high, higher));
        }

        return high > low ? (low, high) : (low - 1, high + 1);
    }

    private static (double Low, double High) Inner(double[] sorted)
    {
        var median = sorted[sorted.Length / 2];
        var spread = sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4];
        return spread == 0
            ? (sorted[0], sorted[^1])
            : (Math.Max(sorted[0], median - 6 * spread), Math.Min(sorted[^1], median + 6 * spread));
    }

    private static bool IsWhole(double[] sorted) => Array.TrueForAll(sorted, x => x == Math.Floor(x));

    private static int Bins(int count, bool isSmall) => (int)Math.Clamp(2 * Math.Cbrt(count), 8, isSmall ? 40 : 80);

    private static double[] Densities(double[] sorted, double[] edges)
    {
        var densities = new double[edges.Length - 1];
        var at = Sorted.First(sorted, edges[0]);
        for (var i = 0; i < densities.Length; i++)
        {
            var end = i == densities.Length - 1 ? Sorted.After(sorted, edges[^1]) : Sorted.First(sorted, edges[i + 1]);
            densities[i] = (end - at) / (sorted.Length * (edges[i + 1] - edges[i]));
            at = end;
        }

        return densities;
    }

    /// <summary>Probabilities of the bars over their widths, so that atoms have the height of their bars.</summary>
    private static double[] Densities(Distribution law, double[] edges) =>
        [
            .. Enumerable
                .Range(0, edges.Length - 1)
                .Select(i => (law.Cdf(edges[i + 1]) - law.Cdf(edges[i])) / (edges[i + 1] - edges[i])),
        ];

    private static void Line(Plot plot, double[] edges, double[] densities, Color color, string label)
    {
        double[] centers = [.. densities.Select((_, i) => (edges[i] + edges[i + 1]) / 2)];
        var line = plot.Add.ScatterLine(centers, densities, color);
        line.LineWidth = 2;
        line.LegendText = label;
    }

    private static string Label(string what, double[] sorted, double low, double high)
    {
        var beyond = Sorted.First(sorted, low) + sorted.Length - Sorted.After(sorted, high);
        return beyond == 0 ? what : $"{what}, {Theme.Number(100.0 * beyond / sorted.Length)} % are beyond";
    }
}
