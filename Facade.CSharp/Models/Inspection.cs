using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;
using CoreInspection = Initializers.FSharp.Inspection;

namespace Initializers.Models;

/// <summary>What the values of a tensor are like. Values that are not finite are counted, and left out of the rest.</summary>
/// <param name="Mean">The mean; NaN for a tensor without finite values, as the three below.</param>
/// <param name="Stddev">The root of the mean square deviation from the mean: divided by n, not by n - 1.</param>
/// <param name="Min">The smallest value.</param>
/// <param name="Max">The largest value.</param>
/// <param name="Zeros">How many elements are 0 or -0.</param>
/// <param name="NonFinite">How many elements are infinite or NaN.</param>
public sealed record TensorStatistics(double Mean, double Stddev, double Min, double Max, long Zeros, long NonFinite)
{
    internal static TensorStatistics Of(FSharp.TensorStatistics s) =>
        new(s.Mean, s.Stddev, s.Min, s.Max, s.Zeros, s.NonFinite);
}

/// <summary>One tensor of a file.</summary>
/// <param name="Name">The name; the file's name for the array of an npy file.</param>
/// <param name="DType">The element type by its name in safetensors, such as F32, BF16, F8_E4M3 or I64.</param>
/// <param name="Shape">The sizes of the axes, outermost first.</param>
/// <param name="Values">The number of elements.</param>
/// <param name="Bytes">The bytes that they take in the file.</param>
/// <param name="Statistics">What the values are like; null for complex elements and those narrower than a byte.</param>
/// <param name="DuplicateOf">The first earlier tensor with the same dtype, shape and bytes; null without one.</param>
public sealed record InspectedTensor(
    string Name,
    string DType,
    IReadOnlyList<long> Shape,
    long Values,
    long Bytes,
    TensorStatistics? Statistics,
    string? DuplicateOf
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Name), Name),
            (nameof(DType), DType),
            (nameof(Shape), Shape),
            (nameof(Values), Values),
            (nameof(Bytes), Bytes),
            (nameof(Statistics), Statistics),
            (nameof(DuplicateOf), DuplicateOf)
        );
}

/// <summary>
/// The contents of a file of tensors from any program (safetensors, npy, npz, ONNX, PyTorch, TorchSharp): its metadata, its
/// tensors and their statistics. The file is read once, in bounded memory, and nothing in it is run.
/// </summary>
/// <example>
/// <code>
/// foreach (var tensor in Inspection.Load("gpt2.safetensors").Tensors)
///     Console.WriteLine($"{tensor.Name} {tensor.Statistics?.Stddev}");
/// </code>
/// </example>
public sealed class Inspection
{
    private Inspection(InspectedFile core)
    {
        Path = core.Source;
        Format = core.Format;
        Metadata = [.. core.Metadata.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))];
        Tensors = [.. core.Tensors.Select(Listed)];
        Values = core.Values;
        Bytes = core.Bytes;
        Duplicates = core.Duplicates;
        ConstantDuplicates = core.ConstantDuplicates;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>safetensors, npy, npz, onnx, pytorch or torchsharp.</summary>
    public string Format { get; }

    /// <summary>The metadata, in the file's order; each key once. Files of this library have <c>seed</c>, <c>bits</c> and
    /// more.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<InspectedTensor> Tensors { get; }

    /// <summary>The number of elements in all tensors.</summary>
    public long Values { get; }

    /// <summary>The bytes of all tensors.</summary>
    public long Bytes { get; }

    /// <summary>How many tensors have the dtype, shape and bytes of an earlier one.</summary>
    public int Duplicates { get; }

    /// <summary>How many of the duplicates hold one value throughout, as biases do before training.</summary>
    public int ConstantDuplicates { get; }

    /// <summary>Inspects a file. Its first bytes say which format it has.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Receives the bytes read.</param>
    /// <param name="token">Cancels.</param>
    /// <exception cref="InitializerException"><c>file-missing</c>, <c>file-unreadable</c>, <c>cancelled</c>, or the file
    /// is malformed: <c>file-truncated</c>, <c>header-length</c>, <c>header-syntax</c>, <c>json-syntax</c>,
    /// <c>json-field</c>, <c>tensor-duplicate</c>, <c>stored-type-unknown</c>, <c>stored-type-unsupported</c>,
    /// <c>shape-negative</c>, <c>shape-overflow</c>, <c>bytes-mismatch</c>, <c>offsets-out-of-range</c>,
    /// <c>tensors-overlap</c>, <c>bytes-unclaimed</c>. Reports every fault that it can find.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    public static Inspection Load(
        string path,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(CoreResults.Unwrap(CoreInspection.OfFile(path, Report.To(progress), token)));
    }

    /// <summary>Inspects what a seekable stream holds from where it stands to its end.</summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="source">The stream's name in messages.</param>
    /// <param name="progress">Receives the bytes read.</param>
    /// <param name="token">Cancels.</param>
    /// <exception cref="InitializerException">As those of a file.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Inspection Read(
        Stream stream,
        string source = "stream",
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(source);
        return new(CoreResults.Unwrap(CoreInspection.OfStream(source, stream, Report.To(progress), token)));
    }

    /// <summary>Returns every fault that can be found before any work: a missing path or a missing file.</summary>
    /// <param name="path">The file.</param>
    public static IReadOnlyList<Fault> Faults(string? path) => CoreResults.Faults(CoreInspection.Validate(path));

    private static InspectedTensor Listed(FSharp.InspectedTensor tensor) =>
        new(
            tensor.Header.Name,
            StoredTypeModule.ToText(tensor.Header.DType),
            [.. tensor.Header.Shape.Dims],
            tensor.Header.Shape.Length,
            tensor.Header.Bytes,
            tensor.Statistics?.Value is { } s ? TensorStatistics.Of(s) : null,
            tensor.DuplicateOf?.Value
        );
}
