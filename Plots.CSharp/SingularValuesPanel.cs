using Initializers.Models;
using ScottPlot;

namespace Initializers.Plots;

/// <summary>The singular values of a tensor as a matrix, largest first.</summary>
internal static class SingularValuesPanel
{
    internal static Plot? Draw(TensorSample tensor, TensorSample? other)
    {
        if (Block.Of(tensor, Spectrum.Most) is not { } block || HasNonFinite(block))
            return null;
        var values = Spectrum.Of(block);
        var plot = Theme.Plot(
            $"singular values{block.Part(tensor)}: {Theme.Number(values[^1])} to {Theme.Number(values[0])}",
            "index",
            "singular value"
        );
        if (tensor.Expected is { Stddev: > 0 } law && Math.Abs(law.Mean) < 1e-6 * law.Stddev)
        {
            var expected = Spectrum.OfIndependent(block.Rows, block.Columns, law.Stddev);
            double[] xs = [.. expected.Select((_, i) => (double)i)];
            var line = plot.Add.ScatterLine(xs, expected, Theme.Law);
            line.LineWidth = 4;
            line.LegendText = "independent elements";
        }

        Points(plot, values, Theme.Data, "values");
        if (other is not null && Block.Of(other, Spectrum.Most) is { } compared && !HasNonFinite(compared))
            Points(plot, Spectrum.Of(compared), Theme.Other, "compared");
        plot.ShowLegend(Alignment.UpperRight);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, Math.Max(plot.Axes.GetLimits().Top, double.Epsilon));
        return plot;
    }

    private static void Points(Plot plot, double[] values, Color color, string label)
    {
        double[] xs = [.. values.Select((_, i) => (double)i)];
        var points = plot.Add.ScatterPoints(xs, values, color);
        points.MarkerSize = 2;
        points.LegendText = label;
    }

    private static bool HasNonFinite(Block block)
    {
        for (var i = 0; i < block.Rows; i++)
        for (var j = 0; j < block.Columns; j++)
        {
            if (!Sorted.IsDrawn(block[i, j]))
                return true;
        }

        return false;
    }
}
