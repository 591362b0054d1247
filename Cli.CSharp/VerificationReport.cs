using System.Globalization;
using System.Text.Json;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>A verification for people, the tensors that differ and a summary, and as one JSON document.</summary>
internal static class VerificationReport
{
    private static readonly string[] Titles =
    [
        "tensor",
        "dtype",
        "shape",
        "different",
        "first at",
        "in the file",
        "generated",
    ];

    private static readonly bool[] Right = [false, false, false, true, false, true, true];

    internal static void Write(TextWriter output, Verification verification, TimeSpan elapsed)
    {
        var time = $"{elapsed.TotalSeconds:F1} s";
        var tied = verification.Ties.Count == 0 ? "" : $", {Display.Count(verification.Ties.Count)} tied";
        var source = $"seed {verification.Seed.Key}, bits version {verification.Bits}{tied}";
        var others = verification.NotGeneratedTensors;
        if (verification.DifferentTensors == 0 && others == 0)
        {
            output.WriteLine(
                $"{Display.Line(verification.Path)}: {Display.Many(verification.Tensors.Count, "tensor")}, "
                    + $"{Display.Many(verification.Values, "value")}, all equal to what is generated ({source}), {time}"
            );
            return;
        }

        Display.Columns(output, [Titles, .. verification.Tensors.SelectMany(Row)], Right);
        output.WriteLine();
        var all = Display.Many(verification.Tensors.Count, "tensor");
        var summary =
            verification.DifferentTensors == 0
                ? $"{Display.Count(others)} of {all} not generated"
                    + (others == verification.Tensors.Count ? "" : ", the others equal to what is generated")
                : $"{Display.Count(verification.DifferentTensors)} of {all}, {Display.Count(verification.DifferentValues)} of "
                    + $"{Display.Many(verification.Values, "value")} not equal to what is generated"
                    + (others == 0 ? "" : $", {Display.Count(others)} not generated");
        output.WriteLine($"{Display.Line(verification.Path)}: {summary} ({source}), {time}");
    }

    internal static void WriteJson(Stream stream, Verification verification) =>
        Display.Json(
            stream,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("file", verification.Path);
                json.WriteNumber("bits", verification.Bits);
                // Keys have 64 bits, and numbers of JSON are often read as float64.
                json.WriteString("seed", verification.Seed.Key.ToString(CultureInfo.InvariantCulture));
                json.WriteStartObject("ties");
                foreach (var (name, target) in verification.Ties)
                    json.WriteString(name, target);
                json.WriteEndObject();
                json.WriteStartArray("tensors");
                foreach (var tensor in verification.Tensors)
                    Write(json, tensor);
                json.WriteEndArray();
                json.WriteStartObject("summary");
                json.WriteNumber("tensors", verification.Tensors.Count);
                json.WriteNumber("different_tensors", verification.DifferentTensors);
                json.WriteNumber("not_generated_tensors", verification.NotGeneratedTensors);
                json.WriteNumber("values", verification.Values);
                json.WriteNumber("different_values", verification.DifferentValues);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        );

    private static void Write(Utf8JsonWriter json, VerifiedTensor tensor)
    {
        json.WriteStartObject();
        Display.Tensor(json, tensor.Name, tensor.DType, tensor.Shape);
        json.WriteNumber("values", tensor.Values);
        json.WriteString("initializer", tensor.Initializer);
        if (tensor.Initializer is null)
            json.WriteNull("different");
        else
            json.WriteNumber("different", tensor.Difference?.Count ?? 0);
        if (tensor.Difference is { } difference)
        {
            json.WriteStartObject("first");
            json.WriteNumber("index", difference.Index);
            Display.Indices(json, "at", Place(tensor.Shape, difference.Index));
            // Texts, since 64-bit integers and NaN are no numbers of JSON's readers.
            json.WriteString("found", difference.Found);
            json.WriteString("expected", difference.Expected);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("first");
        }

        json.WriteEndObject();
    }

    private static IEnumerable<string[]> Row(VerifiedTensor tensor)
    {
        string[] columns = [Display.Name(tensor.Name), tensor.DType, $"[{string.Join(',', tensor.Shape)}]"];
        if (tensor.Initializer is null)
            yield return [.. columns, "", "", "", "not generated"];
        if (tensor.Difference is { } difference)
            yield return
            [
                .. columns,
                Display.Count(difference.Count),
                $"[{string.Join(',', Place(tensor.Shape, difference.Index))}]",
                difference.Found,
                difference.Expected,
            ];
    }

    /// <summary>The place of an element along each axis.</summary>
    private static long[] Place(IReadOnlyList<long> shape, long index)
    {
        var place = new long[shape.Count];
        for (var axis = shape.Count - 1; axis >= 0; axis--)
            (index, place[axis]) = Math.DivRem(index, shape[axis]);
        return place;
    }
}
