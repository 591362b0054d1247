using System.Globalization;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>An inspection for people: metadata, a line for each tensor in aligned columns, and a summary.</summary>
internal static class InspectionTable
{
    private const int LongestMetadata = 60;

    private static readonly string[] Titles =
    [
        "tensor",
        "dtype",
        "shape",
        "mean",
        "stddev",
        "min",
        "max",
        "zeros",
        "non-finite",
        "same as",
    ];

    /// <summary>Metadata that is about one tensor: GROUP:NAME.</summary>
    private static readonly string[] Groups = ["spec", "fan", "stream", "stream_name", "shape", "offset", "tie"];

    // Names and shapes are left-aligned, numbers right-aligned.
    private static readonly bool[] Right = [false, false, false, true, true, true, true, true, true, false];

    /// <summary>The columns of a narrow table that are left out first, if lines are longer than the terminal.</summary>
    private static readonly string[] Least = ["zeros", "min", "max"];

    /// <summary>Writes a line for each tensor; or, in at most this many columns, one for all tensors of a shape whose names differ
    /// in numbers alone, with the statistics of all their elements.</summary>
    internal static void Write(TextWriter output, Inspection inspection, int? columns)
    {
        Metadata(output, inspection.Metadata);
        if (columns is { } width)
            Narrow(output, inspection, width);
        else
            Display.Columns(output, [Titles, .. inspection.Tensors.Select(Row)], Right);
        output.WriteLine();
        output.WriteLine(
            $"{Display.Many(inspection.Tensors.Count, "tensor")}, {Display.Many(inspection.Values, "value")}, "
                + $"{Display.Bytes(inspection.Bytes)}, {Duplicates(inspection)}"
        );
    }

    private static void Narrow(TextWriter output, Inspection inspection, int width)
    {
        var folds = NameFold.Of(
            inspection.Tensors,
            tensor => tensor.Name,
            tensor => $"{tensor.DType} {string.Join(',', tensor.Shape)} {tensor.Statistics is null}"
        );
        List<string> titles = [.. Titles.Take(9)];
        List<List<string>> rows = [titles, .. folds.Select(Row)];
        // Without any, as is usual, there is no column of them.
        string[] absent = inspection.Tensors.All(tensor => tensor.Statistics is null or { NonFinite: 0 })
            ? ["non-finite"]
            : [];
        foreach (var title in absent)
            Remove(title);
        foreach (var title in Least.Where(_ => Length() > width))
            Remove(title);
        // A name without its middle still says where it begins and ends.
        var longest = rows.Max(row => row[0].Length) - Math.Max(0, Length() - width);
        foreach (var row in rows.Where(row => row[0].Length > Math.Max(longest, 16)))
            row[0] = $"{row[0][..(Math.Max(longest, 16) / 2)]}…{row[0][^(Math.Max(longest, 16) / 2 - 1)..]}";
        Display.Columns(
            output,
            [.. rows.Select(row => row.ToArray())],
            [.. titles.Select(t => Right[Array.IndexOf(Titles, t)])]
        );
        var left = Titles.Except(titles).Except(absent).Where(t => t != Titles[^1] || inspection.Duplicates > 0);
        if (left.Any())
            output.WriteLine($"(--wide shows {string.Join(", ", left)}, too)");

        int Length() => Enumerable.Range(0, titles.Count).Sum(i => rows.Max(row => row[i].Length) + 2) - 2;

        void Remove(string title)
        {
            var at = titles.IndexOf(title);
            foreach (var row in rows)
                row.RemoveAt(at);
        }
    }

    private static List<string> Row(NameFold<InspectedTensor> fold)
    {
        List<TensorStatistics> all = [.. fold.Members.Select(tensor => tensor.Statistics).OfType<TensorStatistics>()];
        List<TensorStatistics> finite = [.. all.Where(s => !double.IsNaN(s.Mean))];
        // Tensors of one shape have equal parts in the mean.
        var mean = finite.Count == 0 ? double.NaN : finite.Average(s => s.Mean);
        var variance =
            finite.Count == 0
                ? double.NaN
                : finite.Average(s => s.Stddev * s.Stddev + (s.Mean - mean) * (s.Mean - mean));
        var isCounted = all.Count > 0;
        return
        [
            Display.Name(fold.Name) + (fold.Count == 1 ? "" : $" ×{Display.Count(fold.Count)}"),
            fold.First.DType,
            $"[{string.Join(',', fold.First.Shape)}]",
            Short(mean),
            Short(Math.Sqrt(variance)),
            Short(finite.Count == 0 ? double.NaN : finite.Min(s => s.Min)),
            Short(finite.Count == 0 ? double.NaN : finite.Max(s => s.Max)),
            Count(isCounted ? all.Sum(s => s.Zeros) : null),
            Count(isCounted ? all.Sum(s => s.NonFinite) : null),
        ];
    }

    /// <summary>Four digits, and a dash where there is no value.</summary>
    private static string Short(double value) =>
        double.IsNaN(value) ? "-" : (value + 0.0).ToString("g4", CultureInfo.InvariantCulture);

    private static string[] Row(InspectedTensor tensor) =>
        [
            Display.Name(tensor.Name),
            tensor.DType,
            $"[{string.Join(',', tensor.Shape)}]",
            Number(tensor.Statistics?.Mean),
            Number(tensor.Statistics?.Stddev),
            Number(tensor.Statistics?.Min),
            Number(tensor.Statistics?.Max),
            Count(tensor.Statistics?.Zeros),
            Count(tensor.Statistics?.NonFinite),
            tensor.DuplicateOf is { } first ? Display.Name(first) : "",
        ];

    /// <summary>A dash where there is no value.</summary>
    private static string Number(double? value) => value is { } x && !double.IsNaN(x) ? Display.Number(x) : "-";

    private static string Count(long? value) => value is { } n ? Display.Count(n) : "-";

    private static string Duplicates(Inspection inspection)
    {
        var constant = inspection.ConstantDuplicates;
        return Display.Many(inspection.Duplicates, "duplicate")
            + (constant == 0 ? "" : $" ({Count(constant)} constant)");
    }

    /// <summary>What is said of the whole file or of one tensor alone; what is said of each of many would hide it, and is
    /// counted.</summary>
    private static void Metadata(TextWriter output, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        var groups = metadata
            .GroupBy(pair => Group(pair.Key))
            .Where(group => group.Key is not null && group.Count() > 1)
            .ToList();
        foreach (var (key, value) in metadata.Where(pair => groups.All(group => group.Key != Group(pair.Key))))
        {
            var text = Display.Line(value);
            output.WriteLine($"{Display.Line(key)}: {Beginning(text)}");
        }

        foreach (var group in groups)
            output.WriteLine($"{group.Key}:*: {Display.Count(group.Count())}, which --json shows");

        if (metadata.Count > 0)
            output.WriteLine();
    }

    /// <summary>A text, or its beginning, which does not part a surrogate pair.</summary>
    private static string Beginning(string text) =>
        text.Length <= LongestMetadata ? text
        : char.IsHighSurrogate(text[LongestMetadata - 1]) ? text[..(LongestMetadata - 1)] + "…"
        : text[..LongestMetadata] + "…";

    private static string? Group(string key) =>
        Groups.FirstOrDefault(group => key.StartsWith(group + ":", StringComparison.Ordinal));
}
