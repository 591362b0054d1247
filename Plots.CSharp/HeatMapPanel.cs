using Initializers.Models;
using ScottPlot;
using ScottPlot.Colormaps;

namespace Initializers.Plots;

/// <summary>Elements in colours, where they lie, or their differences from another tensor's. A vector has points.</summary>
internal static class HeatMapPanel
{
    /// <summary>The most rows and columns that are drawn.</summary>
    private const int Most = 256;

    /// <summary>The most elements of a vector.</summary>
    private const int MostOfVector = 1000;

    internal static Plot Draw(TensorSample tensor, TensorSample? other)
    {
        if (other is null || !other.Shape.SequenceEqual(tensor.Shape))
            return Draw(tensor, "elements");
        var values = tensor.Values.ToArray();
        for (var i = 0; i < values.Length; i++)
            values[i] -= other.Values.Span[i];
        return Draw(tensor with { Values = values }, "differences from the compared");
    }

    private static Plot Draw(TensorSample tensor, string what)
    {
        if (Block.Of(tensor, Most) is not { } block)
            return Vector(tensor, what);
        var plot = Theme.Plot($"{what}{block.Part(tensor)}", "column", "row");
        var values = new double[block.Rows, block.Columns];
        for (var i = 0; i < block.Rows; i++)
        for (var j = 0; j < block.Columns; j++)
            values[i, j] = Sorted.IsDrawn(block[i, j]) ? block[i, j] : double.NaN;

        if (values.Cast<double>().All(double.IsNaN))
            return Theme.Empty(plot);
        var map = plot.Add.Heatmap(values);
        map.Colormap = new Balance();
        map.Extent = new CoordinateRect(0, block.Columns, 0, block.Rows);
        map.NaNCellColor = Colors.Black;
        var bound = Bound(values);
        map.ManualRange = new ScottPlot.Range(-bound, bound);
        var bar = plot.Add.ColorBar(map);
        bar.Axis.TickLabelStyle.FontSize = 11;
        // Row 0 is at the top.
        plot.Axes.SetLimits(0, block.Columns, block.Rows, 0);
        map.FlipVertically = true;
        plot.HideGrid();
        return plot;
    }

    /// <summary>The magnitude that has the last colour: that of all but one of 200 elements.</summary>
    private static double Bound(double[,] values)
    {
        double[] magnitudes = [.. values.Cast<double>().Select(Math.Abs).Where(Sorted.IsDrawn).Order()];
        var bound = magnitudes.Length == 0 ? 0 : magnitudes[(int)(0.995 * (magnitudes.Length - 1))];
        return bound > 0 ? bound
            : magnitudes.Length > 0 && magnitudes[^1] > 0 ? magnitudes[^1]
            : 1;
    }

    private static Plot Vector(TensorSample tensor, string what)
    {
        var shown = Math.Min(MostOfVector, tensor.Values.Length);
        var part = shown == tensor.Values.Length ? "" : $", first {shown}";
        var plot = Theme.Plot($"{what}{part}", "index", "value");
        double[] ys = [.. tensor.Values[..shown].ToArray().Select(y => Sorted.IsDrawn(y) ? y : double.NaN)];
        double[] xs = [.. Enumerable.Range(0, shown).Select(i => (double)i)];
        if (!ys.Any(double.IsFinite))
            return Theme.Empty(plot);
        plot.Add.ScatterPoints(xs, ys, Theme.Data).MarkerSize = 4;
        plot.Axes.AutoScale();
        return plot;
    }
}
