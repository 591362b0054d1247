using System.Globalization;
using System.Text;
using Initializers.Models;
using ScottPlot;
using SkiaSharp;

namespace Initializers.Plots;

/// <summary>
/// A picture of initial weights: of one tensor its histogram, quantiles, elements and singular values, or of many tensors a
/// sheet of histograms.
/// </summary>
/// <remarks>Pictures have the font that comes with the package, and so the same letters on every machine.</remarks>
/// <example>
/// <code>
/// TensorSample weights = new SampleRequest { Subject = "he_normal", Shape = "512,256" }.Take()[0];
/// File.WriteAllBytes("he.png", Figure.Of(weights).Png());
/// </code>
/// </example>
public sealed class Figure
{
    /// <summary>The most tensors of a sheet.</summary>
    public const int MostOfSheet = 48;

    private const int TitleHeight = 44;
    private readonly IReadOnlyList<Plot> plots;
    private readonly int columns;
    private readonly string title;

    private Figure(string title, IReadOnlyList<Plot> plots, int columns, int width, int height)
    {
        this.title = title;
        this.plots = plots;
        this.columns = columns;
        Width = width;
        Height = height;
    }

    /// <summary>The width in pixels that suits what is drawn.</summary>
    public int Width { get; }

    /// <summary>The height in pixels that suits what is drawn.</summary>
    public int Height { get; }

    /// <summary>Draws one tensor.</summary>
    /// <param name="tensor">Its elements.</param>
    /// <param name="panels">What is drawn. A constant has no quantiles; a vector, and a matrix with infinities or NaNs, has no singular
    /// values. What a tensor does not have is left out, if a histogram or elements remain.</param>
    /// <param name="compared">Another tensor, laid over the first: its histogram and singular values, its quantiles in place of
    /// the distribution's, and of one with the same shape the differences of the elements.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="panels"/> has none of the panels.</exception>
    public static Figure Of(TensorSample tensor, Panels panels = Panels.All, TensorSample? compared = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if ((panels & Panels.All) == 0)
            throw new ArgumentOutOfRangeException(nameof(panels), panels, "names no panel.");
        List<Plot> plots = [];
        Plot Histogram()
        {
            var plot = HistogramPanel.Draw(tensor, compared, "histogram", false);
            plot.ShowLegend(Alignment.UpperRight);
            return plot;
        }

        if (panels.HasFlag(Panels.Histogram))
            plots.Add(Histogram());
        if (panels.HasFlag(Panels.Quantiles) && QuantilesPanel.Draw(tensor, compared) is { } quantiles)
            plots.Add(quantiles);
        if (panels.HasFlag(Panels.HeatMap))
            plots.Add(HeatMapPanel.Draw(tensor, compared));
        if (panels.HasFlag(Panels.SingularValues) && SingularValuesPanel.Draw(tensor, compared) is { } spectrum)
            plots.Add(spectrum);
        if (plots.Count == 0)
            plots.Add(Histogram());

        var name =
            compared is null || compared.Name == tensor.Name
                ? Titled(tensor, 70)
                : $"{Titled(tensor, 40)} · compared with {Theme.Fitted(compared.Name, 40)}";
        var columns = plots.Count == 1 ? 1 : 2;
        var rows = (plots.Count + columns - 1) / columns;
        return new(name, plots, columns, 620 * columns, TitleHeight + 420 * rows);
    }

    /// <summary>Draws the histograms of many tensors, each with its expected distribution.</summary>
    /// <param name="tensors">The tensors: the first 48 are drawn, and the title says how many there are.</param>
    /// <param name="title">The title, such as the model's name.</param>
    /// <param name="compared">Other tensors, of which the histogram is laid over that of the same name.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tensors"/> or <paramref name="title"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no tensor.</exception>
    public static Figure Sheet(
        IReadOnlyList<TensorSample> tensors,
        string title = "",
        IReadOnlyList<TensorSample>? compared = null
    )
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(title);
        if (tensors.Count == 0)
            throw new ArgumentException("There is no tensor.", nameof(tensors));
        var others = compared?.GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.First());
        Plot[] plots =
        [
            .. tensors
                .Take(MostOfSheet)
                .Select(tensor =>
                    HistogramPanel.Draw(tensor, others?.GetValueOrDefault(tensor.Name), SheetTitle(tensor), true)
                ),
        ];
        var columns = (int)Math.Ceiling(Math.Sqrt(plots.Length * 0.75));
        var rows = (plots.Length + columns - 1) / columns;
        var what = tensors.Any(tensor => tensor.Represented > 1) ? "kinds of tensors" : "tensors";
        var count =
            tensors.Count > MostOfSheet ? $"{MostOfSheet} of {tensors.Count} {what}"
            : tensors.Count == 1 ? "1 tensor"
            : $"{tensors.Count} {what}";
        return new(
            title.Length == 0 ? count : $"{Theme.Fitted(title, 60)} · {count}",
            plots,
            columns,
            330 * columns,
            TitleHeight + 220 * rows
        );
    }

    /// <summary>Draws what becomes of signals and gradients by layer: the mean over seeds with a band from the smallest to the largest,
    /// and a dashed line for mean-field theory, on a logarithmic scale.</summary>
    /// <param name="report">The report of <see cref="Propagation"/>. Suggested networks are drawn, too.</param>
    /// <param name="title">The title, such as the stack and its activation.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Figure Of(SignalReport report, string title = "")
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(title);
        IReadOnlyList<SpecSignals> specs = [.. report.Specs, .. report.Suggested];
        Plot[] plots =
        [
            SignalPanel.Draw("signal", specs, spec => spec.Forward, theory => theory.Forward),
            SignalPanel.Draw("gradient", specs, spec => spec.Backward, theory => theory.Backward),
        ];
        return new(Theme.Fitted(title, 60), plots, 2, 1240, TitleHeight + 420);
    }

    /// <summary>The picture as PNG.</summary>
    /// <param name="width">The width in pixels, above 0; <see cref="Width"/> by default.</param>
    /// <param name="height">The height in pixels, above 0; <see cref="Height"/> by default.</param>
    /// <returns>The bytes of the file.</returns>
    public byte[] Png(int? width = null, int? height = null)
    {
        var (w, h) = Size(width, height);
        using var surface = SKSurface.Create(new SKImageInfo(w, h));
        Draw(surface.Canvas, w, h);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>The picture as SVG.</summary>
    /// <param name="width">The width, above 0; <see cref="Width"/> by default.</param>
    /// <param name="height">The height, above 0; <see cref="Height"/> by default.</param>
    /// <returns>The text of the file.</returns>
    public string Svg(int? width = null, int? height = null)
    {
        var (w, h) = Size(width, height);
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(SKRect.Create(w, h), stream))
            Draw(canvas, w, h);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private (int Width, int Height) Size(int? width, int? height)
    {
        var (w, h) = (width ?? Width, height ?? Height);
        ArgumentOutOfRangeException.ThrowIfLessThan(w, 1, nameof(width));
        ArgumentOutOfRangeException.ThrowIfLessThan(h, 1, nameof(height));
        return (w, h);
    }

    private void Draw(SKCanvas canvas, int width, int height)
    {
        canvas.Clear(SKColors.White);
        using var font = new SKFont(Theme.Typeface, 17);
        using var paint = new SKPaint { Color = new SKColor(0x1b, 0x1f, 0x24), IsAntialias = true };
        var fitted = title;
        for (var most = title.Length; font.MeasureText(fitted) > width - 24 && most > 8; most -= 4)
            fitted = Theme.Fitted(title, most);
        canvas.DrawText(fitted, width / 2f, 29, SKTextAlign.Center, font, paint);
        var rows = (plots.Count + columns - 1) / columns;
        var cellWidth = (float)width / columns;
        var cellHeight = Math.Max(1, (float)(height - TitleHeight) / rows);
        for (var i = 0; i < plots.Count; i++)
        {
            var (left, top) = (i % columns * cellWidth, TitleHeight + i / columns * cellHeight);
            plots[i].Render(canvas, new PixelRect(left, left + cellWidth, top + cellHeight, top));
        }
    }

    private static string Titled(TensorSample tensor, int most)
    {
        var shape = string.Join(" × ", tensor.Shape);
        var part =
            tensor.Values.Length < tensor.Shape.Aggregate(1L, (a, b) => a * b)
                ? string.Create(CultureInfo.InvariantCulture, $", first {tensor.Values.Length:N0} values")
                : "";
        return $"{Theme.Fitted(tensor.Name, most)} · {tensor.DType} {shape}{part}";
    }

    private static string SheetTitle(TensorSample tensor)
    {
        var represented = tensor.Represented > 1 ? $" (1 of {tensor.Represented})" : "";
        return Theme.Fitted(tensor.Name, 40 - represented.Length) + represented;
    }
}
