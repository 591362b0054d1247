using System.Text;
using Initializers.FSharp;
using Microsoft.FSharp.Collections;
using CoreTheory = Microsoft.FSharp.Core.FSharpResult<Initializers.FSharp.MeanFieldCurves, string>;

namespace Initializers.Models;

/// <summary>A number by layer, the first layer first, over several seeds.</summary>
/// <param name="Mean">The mean over the seeds.</param>
/// <param name="Low">The smallest value of a seed.</param>
/// <param name="High">The largest value of a seed.</param>
public sealed record SignalCurve(IReadOnlyList<double> Mean, IReadOnlyList<double> Low, IReadOnlyList<double> High)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(builder, (nameof(Mean), Mean), (nameof(Low), Low), (nameof(High), High));
}

/// <summary>The signals that mean-field theory predicts, by layer, the first layer first.</summary>
/// <param name="Forward">The standard deviation of the pre-activations.</param>
/// <param name="Backward">The standard deviation of the gradient, which is 1 at the last layer.</param>
/// <param name="Chi">The factor of the gradient's variance from the next layer to this one; at the last layer, from one more
/// like it.</param>
/// <param name="Correlation">The correlation of two inputs' pre-activations.</param>
public sealed record SignalTheory(
    IReadOnlyList<double> Forward,
    IReadOnlyList<double> Backward,
    IReadOnlyList<double> Chi,
    IReadOnlyList<double> Correlation
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Forward), Forward),
            (nameof(Backward), Backward),
            (nameof(Chi), Chi),
            (nameof(Correlation), Correlation)
        );
}

/// <summary>The singular values of a Jacobian of a layer's output by the input.</summary>
/// <param name="Depth">The number of layers.</param>
/// <param name="Largest">The largest singular value.</param>
/// <param name="Smallest">The smallest singular value.</param>
/// <param name="MeanSquare">The mean of the squared singular values.</param>
/// <param name="RelativeVariance">The variance of the squared singular values over the square of their mean: 0 for an
/// isometry.</param>
/// <param name="LogStddev">The standard deviation of the singular values' logarithms; infinite if one is 0.</param>
public sealed record JacobianValues(
    int Depth,
    double Largest,
    double Smallest,
    double MeanSquare,
    double RelativeVariance,
    double LogStddev
);

/// <summary>What became of signals in networks of one spec.</summary>
/// <param name="Spec">The spec's text, or the file whose rules were used.</param>
/// <param name="Forward">The standard deviation of the pre-activations, over features and inputs; in stacks with a residual
/// stream, that of the stream after each block.</param>
/// <param name="Backward">The standard deviation of the gradient; the last layer's is standard normal.</param>
/// <param name="Correlation">The correlation of the pre-activations of a pair of inputs.</param>
/// <param name="Theory">The prediction of mean-field theory; null where it is missing.</param>
/// <param name="TheoryAbsent">Why there is no prediction; null where there is one.</param>
/// <param name="Jacobian">The Jacobian's singular values for some depths; empty if they were not asked for.</param>
/// <param name="ForwardVerdict">vanishes, holds or explodes: the signal from the first layer to the last.</param>
/// <param name="BackwardVerdict">vanishes, holds or explodes: the gradient from the last layer to the first.</param>
public sealed record SpecSignals(
    string Spec,
    SignalCurve Forward,
    SignalCurve Backward,
    SignalCurve Correlation,
    SignalTheory? Theory,
    string? TheoryAbsent,
    IReadOnlyList<JacobianValues> Jacobian,
    string ForwardVerdict,
    string BackwardVerdict
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Spec), Spec),
            (nameof(Forward), Forward),
            (nameof(Backward), Backward),
            (nameof(Correlation), Correlation),
            (nameof(Theory), Theory),
            (nameof(TheoryAbsent), TheoryAbsent),
            (nameof(Jacobian), Jacobian),
            (nameof(ForwardVerdict), ForwardVerdict),
            (nameof(BackwardVerdict), BackwardVerdict)
        );
}

/// <summary>The report of <see cref="Propagation"/>.</summary>
public sealed class SignalReport
{
    internal SignalReport(PropagationAnswer core)
    {
        Layers = [.. core.Report.Layers];
        Specs = [.. core.Report.Specs.Select(Listed)];
        Suggested = [.. (core.Suggestion?.Value.Specs ?? ListModule.Empty<SpecPropagation>()).Select(Listed)];
        SuggestedScale = core.Scale?.Value;
    }

    /// <summary>The names of the layers.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>The results, in the order of the specs.</summary>
    public IReadOnlyList<SpecSignals> Specs { get; }

    /// <summary>The results of the suggested networks, with their specs; empty if they were not asked for.</summary>
    public IReadOnlyList<SpecSignals> Suggested { get; }

    /// <summary>The suggested scale of residual branches; null in stacks without.</summary>
    public double? SuggestedScale { get; }

    private static SpecSignals Listed(SpecPropagation core) =>
        new(
            core.Spec,
            Listed(core.Forward),
            Listed(core.Backward),
            Listed(core.Correlation),
            Listed(core.Theory),
            core.Theory.IsOk ? null : core.Theory.ErrorValue,
            [
                .. core.Jacobian.Select(j => new JacobianValues(
                    j.Depth,
                    j.Largest,
                    j.Smallest,
                    j.MeanSquare,
                    j.RelativeVariance,
                    j.LogStddev
                )),
            ],
            Verdict(core.ForwardVerdict),
            Verdict(core.BackwardVerdict)
        );

    private static SignalCurve Listed(FSharp.SignalCurve core) => new([.. core.Mean], [.. core.Low], [.. core.High]);

    private static SignalTheory? Listed(CoreTheory core) =>
        core.IsOk
            ? new(
                [.. core.ResultValue.Forward],
                [.. core.ResultValue.Backward],
                [.. core.ResultValue.Chi],
                [.. core.ResultValue.Correlation]
            )
            : null;

    private static string Verdict(SignalVerdict verdict) =>
        verdict.IsVanishes ? "vanishes"
        : verdict.IsExplodes ? "explodes"
        : "holds";
}
