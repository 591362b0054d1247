using Initializers.Models;

namespace Initializers.Cli;

/// <summary>The tensors of a completed checkpoint: in columns and as one JSON document.</summary>
internal static class FilledModelReport
{
    private static readonly string[] Titles = ["tensor", "dtype", "shape", "origin", "initializer or file"];

    internal static string Summary(FilledModel model) =>
        $"{Display.Count(model.Made.Count)} made, {Display.Many(model.Copied.Count, "tensor")} copied"
        + (model.Ties.Count == 0 ? "" : $", {Display.Count(model.Ties.Count)} tied")
        + (model.Dropped.Count == 0 ? "" : $", {Display.Count(model.Dropped.Count)} dropped");

    internal static void Table(FilledModel model)
    {
        using var output = new StreamWriter(StandardStreams.OpenReport());
        List<string[]> rows =
        [
            Titles,
            .. model.Made.Select(e =>
                new[]
                {
                    Display.Name(e.Tensor.Name),
                    e.Tensor.Storage,
                    Shape(e.Tensor.Shape),
                    "made",
                    Display.Line(e.Distribution),
                }
            ),
            .. model.Copied.Select(c =>
                new[] { Display.Name(c.Name), c.DType, Shape(c.Shape), "copied", Display.Line(c.File) }
            ),
            .. model.Ties.Select(tie =>
                new[] { Display.Name(tie.Key), "-", "-", "tied", $"tied to {Display.Name(tie.Value)}" }
            ),
            .. model.Dropped.Select(name => new[] { Display.Name(name), "-", "-", "dropped", "-" }),
        ];
        Display.Columns(output, rows);
        output.WriteLine();
        output.WriteLine(Summary(model));
    }

    internal static void Json(FilledModel model)
    {
        using var output = StandardStreams.OpenReport();
        Display.Json(
            output,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("made");
                foreach (var e in model.Made)
                {
                    json.WriteStartObject();
                    Display.Tensor(json, e.Tensor.Name, e.Tensor.Storage, e.Tensor.Shape);
                    json.WriteString("rule", e.Rule);
                    json.WriteString("initializer", e.Tensor.Initializer);
                    json.WriteString("distribution", e.Distribution);
                    json.WriteString("tied_to", e.Tensor.TiedTo);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteStartArray("copied");
                foreach (var c in model.Copied)
                {
                    json.WriteStartObject();
                    Display.Tensor(json, c.Name, c.DType, c.Shape);
                    json.WriteString("source", c.Source);
                    json.WriteNumber("bytes", c.Bytes);
                    json.WriteString("file", c.File);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteStartObject("ties");
                foreach (var (name, target) in model.Ties)
                    json.WriteString(name, target);
                json.WriteEndObject();
                json.WriteStartArray("dropped");
                foreach (var name in model.Dropped)
                    json.WriteStringValue(name);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
    }

    private static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(',', shape)}]";
}
