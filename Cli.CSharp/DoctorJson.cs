using System.Text.Json;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>A report of the doctor as one JSON document. NaN and infinities are null.</summary>
internal static class DoctorJson
{
    internal static void Write(Stream stream, Diagnosis diagnosis) =>
        Display.Json(
            stream,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("file", diagnosis.Path);
                json.WriteString("format", diagnosis.Format);
                json.WriteBoolean("right", diagnosis.IsRight);
                json.WriteNumber("false_alarm_rate", diagnosis.FalseAlarmRate);
                json.WriteString("recipe", diagnosis.Recipe);
                Write(json, diagnosis.Guess);
                Write(json, diagnosis.Comparison);
                json.WriteStartArray("findings");
                foreach (var finding in diagnosis.Findings)
                    Write(json, finding);
                json.WriteEndArray();
                json.WriteStartArray("tensors");
                foreach (var tensor in diagnosis.Tensors)
                    Write(json, tensor);
                json.WriteEndArray();
                json.WriteStartObject("summary");
                json.WriteNumber("tensors", diagnosis.Tensors.Count);
                json.WriteNumber("faults", diagnosis.Faults.Count());
                json.WriteNumber("notes", diagnosis.Findings.Count - diagnosis.Faults.Count());
                json.WriteEndObject();
                json.WriteEndObject();
            }
        );

    private static void Write(Utf8JsonWriter json, RecipeGuess? guess)
    {
        if (guess is null)
        {
            json.WriteNull("guess");
            return;
        }

        json.WriteStartObject("guess");
        json.WriteString("recipe", guess.Recipe);
        json.WriteNumber("tensors", guess.Tensors);
        json.WriteNumber("matched", guess.Matched);
        json.WriteNumber("passed", guess.Passed);
        json.WriteNumber("sureness", guess.Sureness);
        json.WriteNumber("unknown", guess.Unknown);
        if (guess.Next is { } next)
        {
            json.WriteStartObject("next");
            json.WriteString("recipe", next.Recipe);
            json.WriteNumber("passed", next.Passed);
            json.WriteNumber("only_first", next.OnlyFirst);
            json.WriteNumber("only_next", next.OnlyNext);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("next");
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FileComparison? comparison)
    {
        if (comparison is null)
        {
            json.WriteNull("against");
            return;
        }

        json.WriteStartObject("against");
        json.WriteString("file", comparison.Path);
        json.WriteString("descent", comparison.Descent);
        json.WriteNumber("compared", comparison.Compared);
        json.WriteNumber("correlated", comparison.Correlated);
        json.WriteStartArray("changes");
        foreach (var change in comparison.Changes)
        {
            json.WriteStartObject();
            json.WriteString("name", change.Name);
            json.WriteString("fate", change.Fate);
            Number(json, "relative", change.Relative);
            Number(json, "correlation", change.Correlation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("code", finding.Code);
        json.WriteString("severity", finding.IsFault ? "fault" : "note");
        json.WriteString("tensor", finding.Tensor);
        json.WriteStartArray("others");
        foreach (var other in finding.Others)
            json.WriteStringValue(other);
        json.WriteEndArray();
        json.WriteString("message", finding.Message);
        json.WriteString("advice", finding.Advice);
        Number(json, "p_value", finding.PValue);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ExaminedTensor tensor)
    {
        json.WriteStartObject();
        Display.Tensor(json, tensor.Name, tensor.DType, tensor.Shape);
        Number(json, "mean", (tensor.Statistics?.Mean ?? double.NaN) + 0.0);
        Number(json, "stddev", tensor.Statistics?.Stddev ?? double.NaN);
        Number(json, "min", tensor.Statistics?.Min ?? double.NaN);
        Number(json, "max", tensor.Statistics?.Max ?? double.NaN);
        json.WriteString("looks", tensor.Looks);
        json.WriteString("scale", tensor.Scale);
        json.WriteString("expected", tensor.Expected);
        json.WriteStartArray("checks");
        foreach (var check in tensor.Checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            Number(json, "statistic", check.Statistic);
            Number(json, "p_value", check.PValue);
            json.WriteBoolean("passed", check.IsPassed);
            json.WriteString("skipped", check.Skipped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
