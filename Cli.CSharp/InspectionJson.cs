using System.Text.Json;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>Writes an inspection as one JSON document. Numbers have all their digits; NaN and infinities become null.</summary>
internal static class InspectionJson
{
    /// <summary>The document of one file, or a list of those of several.</summary>
    internal static void Write(Stream stream, IReadOnlyList<Inspection> inspections) =>
        Display.Json(
            stream,
            json =>
            {
                if (inspections.Count > 1)
                    json.WriteStartArray();
                foreach (var inspection in inspections)
                    Write(json, inspection);
                if (inspections.Count > 1)
                    json.WriteEndArray();
            }
        );

    private static void Write(Utf8JsonWriter json, Inspection inspection)
    {
        json.WriteStartObject();
        json.WriteString("file", inspection.Path);
        json.WriteString("format", inspection.Format);
        json.WriteStartObject("metadata");
        foreach (var (key, value) in inspection.Metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteStartArray("tensors");
        foreach (var tensor in inspection.Tensors)
            Write(json, tensor);
        json.WriteEndArray();
        json.WriteStartObject("summary");
        json.WriteNumber("tensors", inspection.Tensors.Count);
        json.WriteNumber("values", inspection.Values);
        json.WriteNumber("bytes", inspection.Bytes);
        json.WriteNumber("duplicates", inspection.Duplicates);
        json.WriteNumber("constant_duplicates", inspection.ConstantDuplicates);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, InspectedTensor tensor)
    {
        json.WriteStartObject();
        Display.Tensor(json, tensor.Name, tensor.DType, tensor.Shape);
        json.WriteNumber("values", tensor.Values);
        json.WriteNumber("bytes", tensor.Bytes);
        // A mean of -0 is 0; the least and greatest are values of the tensor as they stand.
        Number(json, "mean", tensor.Statistics?.Mean + 0.0);
        Number(json, "stddev", tensor.Statistics?.Stddev);
        Number(json, "min", tensor.Statistics?.Min);
        Number(json, "max", tensor.Statistics?.Max);
        Number(json, "zeros", tensor.Statistics?.Zeros);
        Number(json, "non_finite", tensor.Statistics?.NonFinite);
        json.WriteString("duplicate_of", tensor.DuplicateOf);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } x && double.IsFinite(x))
            json.WriteNumber(name, x);
        else
            json.WriteNull(name);
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } n)
            json.WriteNumber(name, n);
        else
            json.WriteNull(name);
    }
}
