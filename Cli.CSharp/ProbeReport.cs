using System.Globalization;
using System.Text.Json;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>What became of signals, as tables of 80 columns or as one JSON document.</summary>
internal static class ProbeReport
{
    private const int Columns = 80;

    internal static void Write(TextWriter output, SignalReport report)
    {
        foreach (var spec in report.Specs)
            Write(output, spec);
        if (report.Suggested.Count == 0)
            return;
        output.WriteLine("SUGGESTION");
        if (report.SuggestedScale is { } scale)
            output.WriteLine($"  --scale {Short(scale, "g6")}");
        else
            foreach (var spec in report.Suggested)
                Display.Wrapped(output, $"  --spec \"{Display.Line(spec.Spec)}\"", 4, Columns);
        output.WriteLine();
        foreach (var spec in report.Suggested)
            Write(output, spec);
    }

    /// <summary>Numbers that are not finite are null.</summary>
    internal static void Json(Stream stream, SignalReport report) =>
        Display.Json(
            stream,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("layers");
                foreach (var layer in report.Layers)
                    json.WriteStringValue(layer);
                json.WriteEndArray();
                Write(json, "specs", report.Specs);
                if (report.Suggested.Count > 0)
                {
                    json.WriteStartObject("suggestion");
                    if (report.SuggestedScale is { } scale)
                        json.WriteNumber("scale", scale);
                    Write(json, "specs", report.Suggested);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }
        );

    private static void Write(TextWriter output, SpecSignals spec)
    {
        Display.Wrapped(
            output,
            $"{Display.Line(spec.Spec)}: signal {spec.ForwardVerdict}, gradient {spec.BackwardVerdict}",
            2,
            Columns
        );
        var theory = spec.Theory;
        string[][] rows =
        [
            ["layer", "stddev", "low", "high", "theory", "gradient", "theory", "chi", "corr"],
            .. Shown(spec.Forward.Mean.Count)
                .Select(i =>
                    new[]
                    {
                        (i + 1).ToString(CultureInfo.InvariantCulture),
                        Short(spec.Forward.Mean[i]),
                        Short(spec.Forward.Low[i]),
                        Short(spec.Forward.High[i]),
                        Short(theory?.Forward[i]),
                        Short(spec.Backward.Mean[i]),
                        Short(theory?.Backward[i]),
                        Short(theory?.Chi[i]),
                        Short(spec.Correlation.Mean[i], "f3"),
                    }
                ),
        ];
        Display.Columns(output, rows, [true, true, true, true, true, true, true, true, true]);
        if (spec.TheoryAbsent is { } reason)
            Display.Wrapped(output, $"no theory: {Display.Line(reason)}", 2, Columns);
        if (spec.Jacobian.Count > 0)
        {
            output.WriteLine("singular values of the input-output Jacobian");
            string[][] values =
            [
                ["depth", "largest", "smallest", "mean square", "rel. variance", "stddev of log"],
                .. spec.Jacobian.Select(j =>
                    new[]
                    {
                        j.Depth.ToString(CultureInfo.InvariantCulture),
                        Short(j.Largest),
                        Short(j.Smallest),
                        Short(j.MeanSquare),
                        Short(j.RelativeVariance),
                        Short(j.LogStddev),
                    }
                ),
            ];
            Display.Columns(output, values, [true, true, true, true, true, true]);
        }

        output.WriteLine();
    }

    /// <summary>Indices of the layers 1, 2, 4, 8 and so on, and of the last.</summary>
    private static IEnumerable<int> Shown(int count)
    {
        for (long layer = 1; layer < count; layer *= 2)
            yield return (int)layer - 1;
        yield return count - 1;
    }

    private static string Short(double? value, string format = "g3") =>
        value is not { } number || double.IsNaN(number) ? "-"
        : double.IsPositiveInfinity(number) ? "inf"
        : (number + 0.0).ToString(format, CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<SpecSignals> specs)
    {
        json.WriteStartArray(name);
        foreach (var spec in specs)
        {
            json.WriteStartObject();
            json.WriteString("spec", spec.Spec);
            json.WriteStartObject("verdict");
            json.WriteString("forward", spec.ForwardVerdict);
            json.WriteString("backward", spec.BackwardVerdict);
            json.WriteEndObject();
            Curve(json, "forward", spec.Forward);
            Curve(json, "backward", spec.Backward);
            Curve(json, "correlation", spec.Correlation);
            Write(json, spec.Theory);
            json.WriteString("theory_absent", spec.TheoryAbsent);
            json.WriteStartArray("jacobian");
            foreach (var values in spec.Jacobian)
            {
                json.WriteStartObject();
                json.WriteNumber("depth", values.Depth);
                Number(json, "largest", values.Largest);
                Number(json, "smallest", values.Smallest);
                Number(json, "mean_square", values.MeanSquare);
                Number(json, "relative_variance", values.RelativeVariance);
                Number(json, "log_stddev", values.LogStddev);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, SignalTheory? theory)
    {
        if (theory is null)
        {
            json.WriteNull("theory");
            return;
        }

        json.WriteStartObject("theory");
        Numbers(json, "forward", theory.Forward);
        Numbers(json, "backward", theory.Backward);
        Numbers(json, "chi", theory.Chi);
        Numbers(json, "correlation", theory.Correlation);
        json.WriteEndObject();
    }

    private static void Curve(Utf8JsonWriter json, string name, SignalCurve curve)
    {
        Numbers(json, name, curve.Mean);
        Numbers(json, name + "_low", curve.Low);
        Numbers(json, name + "_high", curve.High);
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            Value(json, number);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double number)
    {
        json.WritePropertyName(name);
        Value(json, number);
    }

    private static void Value(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }
}
