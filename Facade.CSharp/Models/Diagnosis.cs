using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;
using CoreDoctor = Initializers.FSharp.Doctor;

namespace Initializers.Models;

/// <summary>One finding of <see cref="Doctor"/>.</summary>
/// <param name="Code">The kind: never-written, non-finite, constant, repeated-pages, clipped, low-precision, equal-rows,
/// scaled-rows, equal-tensors, shifted-copy, padding-row, tied, wrong-buffer, wrong-mean, wrong-stddev, wrong-distribution,
/// outside-support, wrong-numbers, not-in-recipe, not-in-both or not-descended.</param>
/// <param name="IsFault">Whether it makes the file wrong. Others are notes, which are right in many models.</param>
/// <param name="Tensor">The tensor; empty for the whole file.</param>
/// <param name="Others">Other tensors that it concerns.</param>
/// <param name="Message">One sentence on what was found, with numbers.</param>
/// <param name="Advice">One sentence on what to do.</param>
/// <param name="PValue">A bound on the probability of the finding in a right tensor; 0 for one without chance.</param>
public sealed record Finding(
    string Code,
    bool IsFault,
    string Tensor,
    IReadOnlyList<string> Others,
    string Message,
    string Advice,
    double PValue
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Code), Code),
            (nameof(IsFault), IsFault),
            (nameof(Tensor), Tensor),
            (nameof(Others), Others),
            (nameof(Message), Message),
            (nameof(Advice), Advice),
            (nameof(PValue), PValue)
        );
}

/// <summary>A tensor as <see cref="Doctor"/> saw it.</summary>
/// <param name="Name">The name.</param>
/// <param name="DType">The element type by its name in safetensors, such as F32 or BF16.</param>
/// <param name="Shape">The sizes of the axes, outermost first.</param>
/// <param name="Statistics">Its statistics; null for elements without values on a line.</param>
/// <param name="Looks">The nearest of the normal, uniform and truncated normal distributions, such as normal(stddev=0.02);
/// "other" or a constant; empty for fewer than 100 elements and for integers.</param>
/// <param name="Scale">A formula that gives its standard deviation, such as sqrt(2/fan_in), by the axes [out, in, spatial...];
/// empty where none does.</param>
/// <param name="Expected">The distribution of the recipe that was given; empty without one.</param>
/// <param name="MeanZ">The z-score of the mean against the recipe; NaN where it was not checked.</param>
/// <param name="StddevZ">The z-score of the variance against the recipe; NaN where it was not checked.</param>
/// <param name="Checks">The checks against the recipe; empty without one.</param>
/// <param name="Histogram">How many of the sampled elements are in each of 32 equal intervals from the smallest to the largest
/// value; empty for a constant.</param>
public sealed record ExaminedTensor(
    string Name,
    string DType,
    IReadOnlyList<long> Shape,
    TensorStatistics? Statistics,
    string Looks,
    string Scale,
    string Expected,
    double MeanZ,
    double StddevZ,
    IReadOnlyList<SampleCheck> Checks,
    IReadOnlyList<long> Histogram
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Name), Name),
            (nameof(DType), DType),
            (nameof(Shape), Shape),
            (nameof(Looks), Looks),
            (nameof(Scale), Scale),
            (nameof(Expected), Expected),
            (nameof(MeanZ), MeanZ),
            (nameof(StddevZ), StddevZ),
            (nameof(Checks), Checks),
            (nameof(Histogram), Histogram)
        );
}

/// <summary>The recipe that explains a file next best, compared with the best.</summary>
/// <param name="Recipe">Its name.</param>
/// <param name="Passed">The float tensors that have its distributions.</param>
/// <param name="OnlyFirst">Tensors that have the distribution of the best recipe, and not that of this one.</param>
/// <param name="OnlyNext">Tensors that have the distribution of this recipe, and not that of the best one.</param>
public sealed record NextRecipe(string Recipe, int Passed, int OnlyFirst, int OnlyNext);

/// <summary>The recipe that explains a file best.</summary>
/// <param name="Recipe">Its name.</param>
/// <param name="Tensors">The float tensors of the file.</param>
/// <param name="Matched">Those that a rule of the recipe matches.</param>
/// <param name="Passed">Those that also have the distribution.</param>
/// <param name="Sureness">The probability of the recipe given the file, in [0, 1], among the library's recipes and none of them,
/// which are equally probable before. By its recipe a kind of tensors has its distribution with probability 19/20; without,
/// computed numbers have it with probability 1/2, and drawn ones with 1/10.</param>
/// <param name="Unknown">The probability of none of the library's recipes.</param>
/// <param name="Next">The next best recipe; null without one.</param>
public sealed record RecipeGuess(
    string Recipe,
    int Tensors,
    int Matched,
    int Passed,
    double Sureness,
    double Unknown,
    NextRecipe? Next
);

/// <summary>A tensor in two files.</summary>
/// <param name="Name">The name.</param>
/// <param name="Fate">same, changed, reshaped, missing (from the later file) or added.</param>
/// <param name="Relative">The norm of the difference divided by the norm of the earlier tensor; NaN where they were not
/// compared.</param>
/// <param name="Correlation">The correlation of the elements; NaN where it is not defined.</param>
public sealed record TensorChange(string Name, string Fate, double Relative, double Correlation);

/// <summary>A file compared with an earlier one.</summary>
/// <param name="Path">The earlier file.</param>
/// <param name="Descent">same, descends, partly, independent or unknown.</param>
/// <param name="Compared">Changed tensors whose correlation tells.</param>
/// <param name="Correlated">Those of them that are correlated.</param>
/// <param name="Changes">Tensors of both files.</param>
public sealed record FileComparison(
    string Path,
    string Descent,
    int Compared,
    int Correlated,
    IReadOnlyList<TensorChange> Changes
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Path), Path),
            (nameof(Descent), Descent),
            (nameof(Compared), Compared),
            (nameof(Correlated), Correlated),
            (nameof(Changes), Changes)
        );
}

/// <summary>The report of <see cref="Doctor"/> on a file.</summary>
public sealed class Diagnosis
{
    private readonly FSharp.Diagnosis core;

    internal Diagnosis(FSharp.Diagnosis core)
    {
        this.core = core;
        Findings = [.. core.Findings.Select(Listed)];
        Tensors = [.. core.Tensors.Select(Listed)];
        Recipe = core.Recipe?.Value;
        Guess = core.Guess is { Value: var guess }
            ? new(
                guess.Recipe,
                guess.Tensors,
                guess.Matched,
                guess.Passed,
                guess.Sureness,
                guess.Unknown,
                guess.Next is { Value: var next } ? new(next.Recipe, next.Passed, next.OnlyFirst, next.OnlyNext) : null
            )
            : null;
        Comparison = core.Comparison is { Value: var comparison } ? Listed(comparison) : null;
    }

    /// <summary>The file.</summary>
    public string Path => core.Source;

    /// <summary>safetensors, npy, npz, onnx, pytorch or torchsharp.</summary>
    public string Format => core.Format;

    /// <summary>The probability, at most, that a right file has a fault here.</summary>
    public double FalseAlarmRate => core.FalseAlarmRate;

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<ExaminedTensor> Tensors { get; }

    /// <summary>The findings, faults before notes.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>The findings that make the file wrong.</summary>
    public IEnumerable<Finding> Faults => Findings.Where(finding => finding.IsFault);

    /// <summary>Whether there are no faults.</summary>
    public bool IsRight => core.IsRight;

    /// <summary>The recipe that was given; null without one.</summary>
    public string? Recipe { get; }

    /// <summary>The recipe that was guessed; null where one was given or none explains half of the tensors.</summary>
    public RecipeGuess? Guess { get; }

    /// <summary>The comparison with an earlier file; null without one.</summary>
    public FileComparison? Comparison { get; }

    /// <summary>Does nothing if the file has no faults. Notes are no faults.</summary>
    /// <exception cref="InitializerException"><c>faults-found</c>.</exception>
    public void EnsureRight() => CoreResults.Unwrap(CoreDoctor.Right(core));

    private static Finding Listed(FSharp.Finding finding) =>
        new(
            FindingKindModule.Code(finding.Kind),
            finding.Severity.IsFault,
            finding.Tensor,
            [.. finding.Others],
            finding.Message,
            finding.Advice,
            finding.PValue
        );

    private static ExaminedTensor Listed(FSharp.ExaminedTensor tensor) =>
        new(
            tensor.Header.Name,
            StoredTypeModule.ToText(tensor.Header.DType),
            [.. tensor.Header.Shape.Dims],
            tensor.Statistics?.Value is { } s ? TensorStatistics.Of(s) : null,
            tensor.Looks,
            tensor.Scale,
            tensor.Expected,
            tensor.MeanZ,
            tensor.StddevZ,
            tensor.Check is { Value: var check } ? [.. check.Checks.Select(SampleCheck.Of)] : [],
            [.. tensor.Histogram]
        );

    private static FileComparison Listed(FSharp.FileComparison comparison) =>
        new(
            comparison.Path,
            Lower(comparison.Descent),
            comparison.Compared,
            comparison.Correlated,
            [
                .. comparison.Changes.Select(change => new TensorChange(
                    change.Name,
                    Lower(change.Fate),
                    change.Relative,
                    change.Correlation
                )),
            ]
        );

    // Cases of the core's unions are words.
    private static string Lower(Descent descent) =>
        descent.IsSame ? "same"
        : descent.IsDescends ? "descends"
        : descent.IsPartly ? "partly"
        : descent.IsIndependent ? "independent"
        : "unknown";

    private static string Lower(TensorFate fate) =>
        fate.IsSame ? "same"
        : fate.IsChanged ? "changed"
        : fate.IsReshaped ? "reshaped"
        : fate.IsMissing ? "missing"
        : "added";
}
