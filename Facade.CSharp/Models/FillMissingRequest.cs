using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;

namespace Initializers.Models;

/// <summary>A tensor that is copied from a checkpoint.</summary>
/// <param name="Name">The name in the completed checkpoint.</param>
/// <param name="Source">The name in the checkpoint: another one for the copy of a tied tensor.</param>
/// <param name="DType">The element type by its name in safetensors, which stays the same.</param>
/// <param name="Shape">The sizes of the axes, outermost first.</param>
/// <param name="Bytes">The bytes that are copied.</param>
/// <param name="File">The file of the checkpoint.</param>
public sealed record CopiedTensor(
    string Name,
    string Source,
    string DType,
    IReadOnlyList<long> Shape,
    long Bytes,
    string File
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Name), Name),
            (nameof(Source), Source),
            (nameof(DType), DType),
            (nameof(Shape), Shape),
            (nameof(Bytes), Bytes),
            (nameof(File), File)
        );
}

/// <summary>The tensors of a completed checkpoint.</summary>
public sealed class FilledModel
{
    internal FilledModel(FSharp.FilledModel core)
    {
        Made =
        [
            .. core
                .Tensors.OfType<FilledTensor.Made>()
                .Select(made => Blueprint.Explained(CoreResults.Unwrap(BlueprintModule.Explain(made.tensor)))),
        ];
        Copied =
        [
            .. core
                .Tensors.OfType<FilledTensor.Copied>()
                .Select(copied => new CopiedTensor(
                    copied.name,
                    copied.source.Name,
                    StoredTypeModule.ToText(copied.source.DType),
                    [.. copied.source.Shape.Dims],
                    copied.source.Bytes,
                    copied.file
                )),
        ];
        Ties = core.Ties.ToDictionary(tie => tie.Item1, tie => tie.Item2);
        Dropped = [.. core.Dropped];
    }

    /// <summary>The tensors that the checkpoint lacks, each with its rule, initializer and expected moments.</summary>
    public IReadOnlyList<TensorExplanation> Made { get; }

    /// <summary>The tensors that are copied byte for byte.</summary>
    public IReadOnlyList<CopiedTensor> Copied { get; }

    /// <summary>The names of tied tensors with the tensors whose elements they have.</summary>
    public IReadOnlyDictionary<string, string> Ties { get; }

    /// <summary>The tensors of the checkpoint that the file does not have.</summary>
    public IReadOnlyList<string> Dropped { get; }
}

/// <summary>
/// A request to complete a checkpoint, in words, null where absent: tensors that an architecture has and a checkpoint lacks are
/// initialized, such as a new head, and the others are copied byte for byte.
/// </summary>
/// <example>
/// <code>
/// new FillMissingRequest
/// {
///     Architecture = "classifier.json",
///     Checkpoint = "bert.safetensors",
///     Recipe = "bert",
///     Seed = "42",
///     Out = "start.safetensors",
/// }.Write();
/// </code>
/// </example>
public sealed record FillMissingRequest
{
    /// <summary>The architecture or blueprint that lists all tensors, as for <see cref="ModelRequest.Blueprint"/>.</summary>
    public string? Architecture { get; init; }

    /// <summary>The checkpoint: a .safetensors file, or the index, the folder or one shard of several.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>A recipe for the missing tensors, which takes the place of the architecture's.</summary>
    public string? Recipe { get; init; }

    /// <summary>The seed's key, decimal or 0x and hexadecimal.</summary>
    public string? Seed { get; init; }

    /// <summary>An element type of the tensors that are made; copied ones keep theirs.</summary>
    public string? DType { get; init; }

    /// <summary>cpu (the default), cuda:N, gpu:N or opencl:N.</summary>
    public string? Device { get; init; }

    /// <summary>The file to write, which ends in .safetensors.</summary>
    public string? Out { get; init; }

    /// <summary>keep or drop: what happens to tensors of the checkpoint that the architecture lacks. Null makes them
    /// faults.</summary>
    public string? Extra { get; init; }

    /// <summary>Whether an existing file is replaced. The files of the checkpoint never are.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Every fault of the request, found before any work.</summary>
    public IReadOnlyList<Fault> Faults() => CoreResults.Faults(FillMissing.Validate(Words()));

    /// <summary>Every fault of a request to explain.</summary>
    public IReadOnlyList<Fault> ExplainFaults() => CoreResults.Faults(FillMissing.Plan(Words()));

    /// <summary>Returns the tensors that would be made and copied, without writing any. Seed, device and file are not
    /// read.</summary>
    /// <exception cref="InitializerException">The request is wrong.</exception>
    public FilledModel Explain() => new(CoreResults.Unwrap(FillMissing.Plan(Words())));

    /// <summary>Writes the completed checkpoint, in bounded memory; the file is whole or absent.</summary>
    /// <remarks>A made tensor has the bits that <see cref="ModelRequest"/> gives it in the whole architecture.
    /// <see cref="Verification"/> generates the made tensors again, and lists the copied ones as not generated.</remarks>
    /// <param name="progress">Receives the bytes written.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>The tensors that were made and copied.</returns>
    /// <exception cref="InitializerException">The request is wrong: <c>checkpoint-shape</c>, <c>checkpoint-extra</c>,
    /// <c>nothing-missing</c>, and the codes of <see cref="ModelRequest"/> and <see cref="Inspection"/>; or the disk or device
    /// failed.</exception>
    public FilledModel Write(IProgress<WriteProgress>? progress = null, CancellationToken token = default) =>
        new(CoreResults.Unwrap(FillMissing.Write(Words(), Report.To(progress), token)));

    private FillMissingText Words() =>
        new(Architecture, Checkpoint, Recipe, Seed, DType, Device, Out, Extra, Overwrite);
}
