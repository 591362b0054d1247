using System.Globalization;
using System.Net;
using System.Text;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>A report of the doctor as one HTML page that needs no other file: findings, and tensors with histograms.</summary>
internal static class DoctorPage
{
    /// <summary>The most tensors that are drawn; those with findings come first.</summary>
    private const int MostTensors = 500;

    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Report on initial weights</title>
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem; color: #1b1f24; background: #fff; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
        .fault { border-left: 4px solid #b42318; } .note { border-left: 4px solid #8a6d00; }
        .fault, .note { padding: .3rem .8rem; margin: .6rem 0; background: #f6f7f8; }
        code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; } .scroll { overflow-x: auto; } td { white-space: nowrap; }
        th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #d8dce0; vertical-align: middle; }
        td.number { text-align: right; font-variant-numeric: tabular-nums; }
        svg { display: block; } rect { fill: #4a6fa5; } .bad rect { fill: #b42318; }
        @media (prefers-color-scheme: dark) {
        body { color: #e6e8ea; background: #15181b; } .fault, .note { background: #1f2428; } th, td { border-color: #363c42; }
        rect { fill: #8fb3e8; } .bad rect { fill: #f0776c; } }
        </style>
        </head>
        <body>

        """;

    internal static string Html(Diagnosis diagnosis)
    {
        var page = new StringBuilder(Head);
        page.Append(CultureInfo.InvariantCulture, $"<h1><code>{Text(diagnosis.Path)}</code></h1>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p><strong>{Text(DoctorReport.Verdict(diagnosis))}</strong></p>\n");
        foreach (var line in DoctorReport.Lines(diagnosis))
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(line)}</p>\n");
        Findings(page, "Faults", "fault", diagnosis.Findings.Where(finding => finding.IsFault));
        Findings(page, "Notes", "note", diagnosis.Findings.Where(finding => !finding.IsFault));
        Tensors(page, diagnosis);
        page.Append("</body>\n</html>\n");
        return page.ToString();
    }

    private static void Findings(StringBuilder page, string title, string style, IEnumerable<Finding> findings)
    {
        var all = findings.ToList();
        if (all.Count == 0)
            return;
        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n");
        foreach (var finding in all)
        {
            var name = finding.Tensor.Length == 0 ? "the file" : finding.Tensor;
            page.Append(
                CultureInfo.InvariantCulture,
                $"<div class=\"{style}\"><strong>{finding.Code}</strong> <code>{Text(name)}</code><br>{Text(finding.Message)}<br><em>{Text(finding.Advice)}</em></div>\n"
            );
        }
    }

    private static void Tensors(StringBuilder page, Diagnosis diagnosis)
    {
        var faulty = diagnosis.Faults.Select(fault => fault.Tensor).ToHashSet(StringComparer.Ordinal);
        var shown = diagnosis
            .Tensors.OrderBy(tensor => faulty.Contains(tensor.Name) ? 0 : 1)
            .Take(MostTensors)
            .ToList();
        page.Append(
            "<h2>Tensors</h2>\n<div class=\"scroll\"><table>\n<tr><th>tensor</th><th>shape</th><th>histogram</th>"
        );
        page.Append("<th>mean</th><th>stddev</th><th>looks like</th><th>expected</th></tr>\n");
        foreach (var tensor in shown)
        {
            var look = tensor.Scale.Length == 0 ? tensor.Looks : $"{tensor.Looks}, {tensor.Scale}";
            page.Append(
                CultureInfo.InvariantCulture,
                $"<tr{(faulty.Contains(tensor.Name) ? " class=\"bad\"" : "")}><td><code>{Text(tensor.Name)}</code></td><td>{tensor.DType} [{string.Join(", ", tensor.Shape)}]</td><td>{Histogram(tensor)}</td>"
            );
            page.Append(
                CultureInfo.InvariantCulture,
                $"<td class=\"number\">{Number(tensor.Statistics?.Mean)}</td><td class=\"number\">{Number(tensor.Statistics?.Stddev)}</td><td>{Text(look)}</td><td>{Text(tensor.Expected)}</td></tr>\n"
            );
        }

        page.Append("</table></div>\n");
        if (diagnosis.Tensors.Count > shown.Count)
            page.Append(
                CultureInfo.InvariantCulture,
                $"<p>and {Display.Many(diagnosis.Tensors.Count - shown.Count, "more tensor")}</p>\n"
            );
    }

    private static string Histogram(ExaminedTensor tensor)
    {
        if (tensor.Histogram.Count == 0)
            return "";
        const int Height = 32;
        const int Width = 4;
        var most = Math.Max(1, tensor.Histogram.Max());
        var bars = tensor.Histogram.Select(
            (count, i) =>
            {
                var height = (double)Height * count / most;
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"<rect x=\"{Width * i}\" y=\"{Height - height:F1}\" width=\"{Width - 1}\" height=\"{height:F1}\"/>"
                );
            }
        );
        return $"<svg width=\"{Width * tensor.Histogram.Count}\" height=\"{Height}\" role=\"img\" aria-label=\"histogram from "
            + $"{Number(tensor.Statistics?.Min)} to {Number(tensor.Statistics?.Max)}\">{string.Concat(bars)}</svg>";
    }

    private static string Number(double? value) => value is { } x && double.IsFinite(x) ? Display.Number(x) : "-";

    /// <summary>A text that cannot be markup, with escapes for what would deceive a reader.</summary>
    private static string Text(string text) => WebUtility.HtmlEncode(Display.Line(text));
}
