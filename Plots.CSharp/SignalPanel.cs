using Initializers.Models;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Initializers.Plots;

/// <summary>Standard deviations by layer on a logarithmic scale: those of networks with their band over seeds, and those that
/// theory predicts.</summary>
internal static class SignalPanel
{
    private static readonly Color[] Colours =
    [
        Theme.Data,
        Theme.Other,
        Theme.Law,
        .. new ScottPlot.Palettes.Category10().Colors,
    ];

    internal static Plot Draw(
        string title,
        IReadOnlyList<SpecSignals> specs,
        Func<SpecSignals, SignalCurve> measured,
        Func<SignalTheory, IReadOnlyList<double>> predicted
    )
    {
        var plot = Theme.Plot(title, "layer", "standard deviation");
        foreach (var (spec, i) in specs.Select((spec, i) => (spec, i)))
        {
            var colour = Colours[i % Colours.Length];
            var curve = measured(spec);
            var (xs, lows, highs) = Finite(curve.Low, curve.High);
            if (xs.Length > 1)
            {
                var band = plot.Add.FillY(xs, lows, highs);
                band.FillColor = colour.WithAlpha(0.2);
                band.LineWidth = 0;
            }

            var (ms, means, _) = Finite(curve.Mean, curve.Mean);
            if (ms.Length > 0)
            {
                var line = plot.Add.Scatter(ms, means, colour);
                line.MarkerSize = 3;
                line.LegendText = Theme.Fitted(spec.Spec, 40);
            }

            if (spec.Theory is not { } theory)
                continue;
            var (ts, values, _) = Finite(predicted(theory), predicted(theory));
            if (ts.Length > 0)
            {
                var line = plot.Add.ScatterLine(ts, values, colour);
                line.LinePattern = LinePattern.Dashed;
                line.LineWidth = 1.5f;
            }
        }

        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            MinorTickGenerator = new LogMinorTickGenerator(),
            LabelFormatter = exponent => $"1e{exponent:F0}",
        };
        plot.ShowLegend(Alignment.LowerLeft);
        plot.Axes.AutoScale();
        var limits = plot.Axes.GetLimits();
        // At least one decade, so that a signal that holds looks so.
        if (limits.Top - limits.Bottom < 1)
            plot.Axes.SetLimitsY((limits.Top + limits.Bottom) / 2 - 0.75, (limits.Top + limits.Bottom) / 2 + 0.75);
        return plot;
    }

    /// <summary>Layers from 1 on with the logarithms of numbers that have one.</summary>
    private static (double[] Layers, double[] Lows, double[] Highs) Finite(
        IReadOnlyList<double> lows,
        IReadOnlyList<double> highs
    )
    {
        int[] kept =
        [
            .. Enumerable
                .Range(0, lows.Count)
                .Where(i => lows[i] > 0 && highs[i] > 0 && double.IsFinite(lows[i]) && double.IsFinite(highs[i])),
        ];
        return (
            [.. kept.Select(i => i + 1.0)],
            [.. kept.Select(i => Math.Log10(lows[i]))],
            [.. kept.Select(i => Math.Log10(highs[i]))]
        );
    }
}
