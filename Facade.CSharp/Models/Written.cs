using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;

namespace Initializers.Models;

/// <summary>The files of a model in a folder.</summary>
/// <param name="Files">Their names in order; the index is the last. A rank names those that it wrote a part of.</param>
/// <param name="Bytes">The bytes of their data. A rank counts its parts.</param>
/// <param name="Kept">Those that an earlier run had finished and that were kept.</param>
/// <param name="Removed">Temporary files of runs that were killed, which were removed.</param>
public sealed record WrittenFiles(
    IReadOnlyList<string> Files,
    long Bytes,
    IReadOnlyList<string> Kept,
    IReadOnlyList<string> Removed
)
{
    internal static WrittenFiles Of(FSharp.WrittenModel core) =>
        new([.. core.Files], core.Bytes, [.. core.Kept], [.. core.Removed]);

    /// <summary>
    /// Makes a model of the parts that ranks wrote into a folder: compares the checksums of all parts, gives the files
    /// their names, and writes the index last. A model that is whole already has its checksums compared once more.
    /// </summary>
    /// <param name="folder">The folder into which the ranks wrote.</param>
    /// <param name="overwrite">Whether the files of an old model in the folder are replaced.</param>
    /// <param name="progress">Receives the bytes compared.</param>
    /// <param name="token">Cancels before the first file gets its name.</param>
    /// <returns>The files.</returns>
    /// <exception cref="InitializerException">Parts are missing (<c>ranks-missing</c>), damaged
    /// (<c>checksum-differs</c>) or of several runs (<c>run-differs</c>), or ranks still write
    /// (<c>folder-in-use</c>).</exception>
    /// <exception cref="ArgumentNullException"><paramref name="folder"/> is null.</exception>
    /// <example>
    /// <code>
    /// WrittenFiles files = WrittenFiles.Finish("llama");
    /// </code>
    /// </example>
    public static WrittenFiles Finish(
        string folder,
        bool overwrite = false,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Of(CoreResults.Unwrap(Output.Finish(folder, overwrite, Report.To(progress), token)));
    }

    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Files), Files),
            (nameof(Bytes), Bytes),
            (nameof(Kept), Kept),
            (nameof(Removed), Removed)
        );
}

/// <summary>A model that was written.</summary>
/// <param name="Tensors">Its tensors with their initializers.</param>
/// <param name="Files">Its files.</param>
/// <param name="Rank">The number of this process among those that write the model together.</param>
/// <param name="WorldSize">The number of these processes; 1 where this one wrote all.</param>
/// <param name="Launcher">The launcher whose variables gave the rank, such as torchrun; null for a rank that was
/// given.</param>
public sealed record WrittenModel(
    IReadOnlyList<BlueprintTensor> Tensors,
    WrittenFiles Files,
    int Rank,
    int WorldSize,
    string? Launcher
)
{
    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Tensors), Tensors),
            (nameof(Files), Files),
            (nameof(Rank), Rank),
            (nameof(WorldSize), WorldSize),
            (nameof(Launcher), Launcher)
        );
}
