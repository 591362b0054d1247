using System.Globalization;
using System.Text.RegularExpressions;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>A report of the doctor as a page of 80 columns: faults, notes, what the tensors look like, and a summary.</summary>
internal static partial class DoctorReport
{
    private const int Columns = 80;

    /// <summary>The most tensors that are named for one code, and the most kinds of tensors that are listed.</summary>
    private const int MostNamed = 3;
    private const int MostKinds = 16;

    private static readonly bool[] Right = [false, true, false, true, false];

    internal static void Write(TextWriter output, Diagnosis diagnosis, TimeSpan elapsed)
    {
        Section(output, "FAULTS", diagnosis.Findings.Where(finding => finding.IsFault));
        Section(output, "NOTES", diagnosis.Findings.Where(finding => !finding.IsFault));
        Kinds(output, diagnosis);
        foreach (var line in Lines(diagnosis))
            Display.Wrapped(output, Display.Line(line), 0, Columns);
        var values = diagnosis.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
        output.WriteLine(
            $"{Display.Many(diagnosis.Tensors.Count, "tensor")}, {Display.Many(values, "value")}, {elapsed.TotalSeconds:F1} s"
        );
        Display.Wrapped(output, $"{Display.Line(diagnosis.Path)}: {Verdict(diagnosis)}", 0, Columns);
    }

    /// <summary>Whether the file is right, in a few words.</summary>
    internal static string Verdict(Diagnosis diagnosis)
    {
        var faults = diagnosis.Faults.Count();
        var rate = diagnosis.FalseAlarmRate.ToString("g3", CultureInfo.InvariantCulture);
        return faults == 0
            ? $"no fault (false-alarm rate {rate})"
            : $"{Display.Many(faults, "fault")} in {Display.Many(diagnosis.Faults.DistinctBy(fault => fault.Tensor).Count(), "tensor")} (false-alarm rate {rate})";
    }

    /// <summary>What is said of the recipe and of the earlier file.</summary>
    internal static IEnumerable<string> Lines(Diagnosis diagnosis)
    {
        if (diagnosis.Recipe is { } recipe)
        {
            var having = diagnosis.Tensors.Count(tensor => tensor.Expected.Length > 0);
            yield return $"recipe {recipe}: rules for {Display.Count(having)} of {Display.Many(diagnosis.Tensors.Count, "tensor")}";
        }
        else if (diagnosis.Guess is { } guess)
        {
            // Nothing is 100 % sure.
            var sure =
                guess.Sureness > 0.99
                    ? "over 99"
                    : (100.0 * guess.Sureness).ToString("F0", CultureInfo.InvariantCulture);
            yield return $"recipe {guess.Recipe} (guessed, {sure} % sure): {Display.Count(guess.Passed)} of "
                + $"{Display.Many(guess.Tensors, "float tensor")} have its distributions";
            if (guess.Next is { } next)
            {
                yield return $"next is {next.Recipe} with {Display.Count(next.Passed)}: {Display.Many(next.OnlyFirst, "tensor")} "
                    + $"as only {guess.Recipe} has, {Display.Count(next.OnlyNext)} as only {next.Recipe} has";
            }

            if (guess.Passed < guess.Tensors)
            {
                yield return $"--recipe {guess.Recipe} says what is wrong with the other {Display.Count(guess.Tensors - guess.Passed)}";
            }
        }
        else
        {
            yield return "recipe unknown: none explains half of the float tensors";
        }

        if (diagnosis.Comparison is { } comparison)
            yield return $"against {comparison.Path}: {Descent(comparison)}";
    }

    private static string Descent(FileComparison comparison)
    {
        var changed = comparison.Changes.Where(change => change.Fate == "changed").ToList();
        var most = changed.Where(change => double.IsFinite(change.Relative)).MaxBy(change => change.Relative);
        var largest = most is null
            ? ""
            : $"; the largest change is {Display.Number(most.Relative)} of the norm, of {most.Name}";
        var correlated =
            $"{Display.Count(comparison.Correlated)} of {Display.Many(comparison.Compared, "changed tensor")} correlated";
        return comparison.Descent switch
        {
            "same" => "equal in all tensors",
            "descends" => $"descends from it, {correlated}{largest}",
            "partly" => $"descends in part, {correlated}{largest}",
            "independent" => $"does not descend from it, {correlated}",
            _ => "too few random tensors to say whether it descends",
        };
    }

    private static void Section(TextWriter output, string title, IEnumerable<Finding> findings)
    {
        var groups = findings.GroupBy(finding => finding.Code).ToList();
        if (groups.Count == 0)
            return;
        output.WriteLine(title);
        foreach (var group in groups)
        {
            foreach (var finding in group.Take(MostNamed))
            {
                var name = finding.Tensor.Length == 0 ? "the file" : Display.Name(finding.Tensor);
                Display.Wrapped(output, $"  {finding.Code}  {name}", 4, Columns);
                Display.Wrapped(output, $"    {Display.Line(finding.Message)}", 4, Columns);
            }

            if (group.Count() > MostNamed)
                Display.Wrapped(
                    output,
                    $"    and {Display.Count(group.Count() - MostNamed)} more {group.Key}, which --json lists",
                    4,
                    Columns
                );
            Display.Wrapped(output, $"    -> {Display.Line(group.First().Advice)}", 7, Columns);
        }

        output.WriteLine();
    }

    /// <summary>Tensors of the same name in several blocks are one kind.</summary>
    private static void Kinds(TextWriter output, Diagnosis diagnosis)
    {
        var kinds = diagnosis
            .Tensors.GroupBy(tensor => Digits().Replace(Display.Name(tensor.Name), "*"))
            .Select(kind =>
                (Name: kind.Count() == 1 ? Display.Name(kind.First().Name) : kind.Key, Tensors: kind.ToList())
            )
            .ToList();
        string[][] rows =
        [
            ["tensors", "n", "look like", "stddev", "formula"],
            .. kinds
                .Take(MostKinds)
                .Select(kind =>
                    new[]
                    {
                        Shortened(kind.Name, 25),
                        Display.Count(kind.Tensors.Count),
                        Look(kind.Tensors[0]),
                        Spread(kind.Tensors[0]),
                        kind.Tensors[0].Scale,
                    }
                ),
        ];
        Display.Columns(output, rows, Right);
        if (kinds.Count > MostKinds)
            output.WriteLine($"and {Display.Many(kinds.Count - MostKinds, "more kind")}, which --json lists");
        output.WriteLine();
    }

    /// <summary>The family, whose parameters have another column, or the constant.</summary>
    private static string Look(ExaminedTensor tensor) =>
        tensor.Looks.Length == 0 ? "-" : Shortened(Display.Line(tensor.Looks.Split('(')[0]), 16);

    private static string Spread(ExaminedTensor tensor) =>
        tensor.Looks.Length > 0 && tensor.Statistics is { Stddev: > 0 and var stddev }
            ? stddev.ToString("g4", CultureInfo.InvariantCulture)
            : "-";

    private static string Shortened(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
