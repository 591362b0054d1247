using System.Globalization;
using ScottPlot;
using SkiaSharp;

namespace Initializers.Plots;

/// <summary>Colours, the font and numbers of all pictures.</summary>
internal static class Theme
{
    internal static readonly Color Data = Color.FromHex("#4a6fa5");
    internal static readonly Color Law = Color.FromHex("#c2410c");
    internal static readonly Color Other = Color.FromHex("#2f855a");
    private static readonly Color Ink = Color.FromHex("#1b1f24");
    private static readonly Color Lines = Color.FromHex("#e3e6e9");

    private const string Family = "DejaVu Sans";

    /// <summary>The font that the package brings, so that a machine without fonts draws the same.</summary>
    internal static readonly SKTypeface Typeface = Load();

    private static SKTypeface Load()
    {
        using var stream = typeof(Theme).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        var typeface = SKTypeface.FromStream(stream)!;
        Fonts.FontResolvers.Insert(0, new Shipped());
        Fonts.Default = Family;
        return typeface;
    }

    /// <summary>An empty plot with a title over it.</summary>
    internal static Plot Plot(string title, string x, string y, bool isSmall = false)
    {
        _ = Typeface;
        var plot = new Plot();
        plot.Font.Set(Family);
        // The other plots of the picture stay.
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.FigureBackground.Color = Colors.White;
        plot.Axes.Color(Ink);
        plot.Grid.MajorLineColor = Lines;
        plot.Title(title, isSmall ? 11 : 15);
        plot.Axes.Title.Label.Bold = false;
        if (!isSmall)
        {
            plot.XLabel(x, 13);
            plot.YLabel(y, 13);
            plot.Axes.Bottom.Label.Bold = false;
            plot.Axes.Left.Label.Bold = false;
        }

        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
            axis.TickLabelStyle.FontSize = isSmall ? 9 : 11;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.85);
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.OutlineColor = Lines;
        plot.Legend.FontSize = 11;
        return plot;
    }

    /// <summary>A plot that says that there is nothing to draw.</summary>
    internal static Plot Empty(Plot plot)
    {
        plot.Add.Text("no values that can be drawn", 0, 0).LabelFontSize = 12;
        plot.HideGrid();
        return plot;
    }

    /// <summary>Four significant digits.</summary>
    internal static string Number(double value) => (value + 0.0).ToString("g4", CultureInfo.InvariantCulture);

    /// <summary>A text of at most this many characters, without its middle where it is longer.</summary>
    internal static string Fitted(string text, int most)
    {
        var line = new string([.. text.Select(c => char.IsControl(c) ? '\uFFFD' : c)]);
        return line.Length <= most ? line : $"{line[..(most / 2)]}…{line[^(most - most / 2 - 1)..]}";
    }

    private sealed class Shipped : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
            fontName == Family ? Typeface : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
            fontName == Family ? Typeface : null;
    }
}
