using System.Text.Json;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>What <c>init --explain</c> shows: repeated layers folded, or one line a tensor, or JSON.</summary>
internal static class ExplanationReport
{
    /// <summary>The width where a terminal does not tell its own.</summary>
    private const int DefaultWidth = 80;

    private const string Indent = "    ";

    /// <summary>Columns that are left out where all of their cells are empty.</summary>
    private static readonly string[] Rare = ["expression", "source"];

    /// <summary>One line a tensor, in columns; an empty cell is a dash, so that the columns can be cut.</summary>
    internal static void Table(IReadOnlyList<TensorExplanation> explanations)
    {
        List<string[]> rows =
        [
            [
                "tensor",
                "dtype",
                "shape",
                "rule",
                "initializer",
                "expression",
                "source",
                "fan",
                "distribution",
                "mean",
                "stddev",
            ],
            .. explanations.Select(e =>
                new[]
                {
                    Display.Name(e.Tensor.Name),
                    e.Tensor.Storage,
                    Shape(e.Tensor.Shape),
                    Display.Line(Rule(e)),
                    e.Tensor.Initializer ?? "",
                    Display.Line(e.Expression ?? ""),
                    Display.Line(e.Source ?? ""),
                    e.Fan,
                    e.Distribution,
                    Number(e.Mean),
                    Number(e.Stddev),
                }
            ),
        ];
        // Rules of a user's own file mostly have numbers and no sources.
        int[] columns =
        [
            .. Enumerable
                .Range(0, rows[0].Length)
                .Where(c => !Rare.Contains(rows[0][c]) || rows[1..].Any(r => r[c] != "")),
        ];
        using var output = new StreamWriter(StandardStreams.OpenReport());
        Display.Columns(
            output,
            [.. rows.Select(row => columns.Select(c => row[c].Length == 0 ? "-" : row[c]).ToArray())]
        );
    }

    /// <summary>One JSON document with a list of tensors.</summary>
    internal static void Json(IReadOnlyList<TensorExplanation> explanations)
    {
        using var output = StandardStreams.OpenReport();
        Display.Json(
            output,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("tensors");
                foreach (var e in explanations)
                {
                    json.WriteStartObject();
                    Display.Tensor(json, e.Tensor.Name, e.Tensor.Storage, e.Tensor.Shape);
                    json.WriteString("rule", e.Rule);
                    json.WriteString("initializer", e.Tensor.Initializer);
                    json.WriteString("fan", e.Fan);
                    json.WriteString("distribution", e.Distribution);
                    Moment(json, "mean", e.Mean);
                    Moment(json, "stddev", e.Stddev);
                    json.WriteString("expression", e.Expression);
                    json.WriteString("source", e.Source);
                    json.WriteString("tied_to", e.Tensor.TiedTo);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
    }

    /// <summary>A few lines for each tensor, layers that repeat in one entry, no wider than the terminal.</summary>
    internal static void Folded(IReadOnlyList<TensorExplanation> explanations)
    {
        var width = Display.Width(DefaultWidth);
        using var output = new StreamWriter(StandardStreams.OpenReport());
        foreach (var fold in NameFold.Of(explanations, e => e.Tensor.Name, Facts))
        {
            var e = fold.First;
            var count = fold.Count == 1 ? "" : $" ×{Display.Count(fold.Count)}";
            Wrapped(output, width, "", $"{Display.Name(fold.Name)}{count}  {e.Tensor.Storage} {Shape(e.Tensor.Shape)}");
            Wrapped(output, width, "", Spread(fold));
            Wrapped(output, width, "from", e.Expression ?? "");
            Wrapped(output, width, "fan", Varies(fold) ? "" : e.Fan);
            Wrapped(output, width, "rule", Rule(e));
            Wrapped(output, width, "source", e.Source ?? "");
        }
    }

    /// <summary>What tensors of one entry have in common: rule, type, shape, and either expression or distribution.</summary>
    private static string Facts(TensorExplanation e) =>
        string.Join(
            '\n',
            e.Rule,
            e.Tensor.TiedTo,
            e.Tensor.Storage,
            string.Join(',', e.Tensor.Shape),
            e.Expression ?? e.Distribution,
            e.Source
        );

    /// <summary>Whether an expression gives the layers different numbers.</summary>
    private static bool Varies(NameFold<TensorExplanation> fold) =>
        fold.Members.Any(m => m.Distribution != fold.First.Distribution);

    /// <summary>The distribution and its standard deviation, those of the first and the last layer where they
    /// differ.</summary>
    private static string Spread(NameFold<TensorExplanation> fold)
    {
        var first = fold.First;
        var moments = $"mean {Dash(Number(first.Mean))}, stddev {Dash(Number(first.Stddev))}";
        return Varies(fold)
            ? $"{Indent}{first.Distribution} … {fold.Last.Distribution}"
            : $"{Indent}{first.Distribution}; {moments}";
    }

    /// <summary>Writes a text after its label, in lines of a width, further ones indented.</summary>
    private static void Wrapped(TextWriter output, int width, string label, string text)
    {
        if (text.Length == 0)
            return;
        var lead = label.Length == 0 ? "" : Indent + label.PadRight(8);
        var line = lead + (label.Length == 0 ? text : Display.Line(text));
        Display.Wrapped(output, line, label.Length == 0 ? 2 * Indent.Length : lead.Length, width);
    }

    /// <summary>The rule that decides a tensor, or the tensor that it is tied to.</summary>
    private static string Rule(TensorExplanation e) => e.Tensor.TiedTo is { } target ? $"tied to {target}" : e.Rule;

    private static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(',', shape)}]";

    private static string Dash(string text) => text.Length == 0 ? "-" : text;

    private static string Number(double value) => double.IsNaN(value) ? "" : Display.Number(value);

    private static void Moment(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
