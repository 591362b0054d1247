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

    internal static void Write(TextWriter output, Inspection inspection)
    {
        Metadata(output, inspection.Metadata);
        Display.Columns(output, [Titles, .. inspection.Tensors.Select(Row)], Right);
        output.WriteLine();
        output.WriteLine(
            $"{Display.Many(inspection.Tensors.Count, "tensor")}, {Display.Many(inspection.Values, "value")}, "
                + $"{Display.Bytes(inspection.Bytes)}, {Duplicates(inspection)}"
        );
    }

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
