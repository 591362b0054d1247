using Initializers.FSharp;
using Initializers.Stateful;

namespace Initializers.Models;

/// <summary>
/// A request for one tensor in words, as a command line has them; null where absent. Reading it reports every fault at
/// once and before any work.
/// </summary>
/// <example>
/// <code>
/// new ArrayRequest { Initializer = "kaiming_normal", Shape = "512,256", Layout = "oi", Seed = "42" }.Write("w.npy");
/// </code>
/// </example>
public sealed record ArrayRequest
{
    /// <summary>The initializer, such as <c>normal(mean=0, stddev=0.02)</c>.</summary>
    public string? Initializer { get; init; }

    /// <summary>The sizes of the axes, such as <c>1024,256</c>; empty for a scalar.</summary>
    public string? Shape { get; init; }

    /// <summary>The seed's key, decimal or 0x and hexadecimal; 0 by default.</summary>
    public string? Seed { get; init; }

    /// <summary>The name of the seed's stream: <c>Seed.Child(name)</c>.</summary>
    public string? Stream { get; init; }

    /// <summary>float32 (the default), float16, bfloat16, float64, or a float8 type such as float8_e4m3fn; for whole numbers
    /// bool, int8 to int64 or uint8 to uint64.</summary>
    public string? DType { get; init; }

    /// <summary>cpu (the default), cuda:N, gpu:N or opencl:N.</summary>
    public string? Device { get; init; }

    /// <summary>The number of inputs that reach one output.</summary>
    public string? FanIn { get; init; }

    /// <summary>The number of outputs that one input reaches.</summary>
    public string? FanOut { get; init; }

    /// <summary>oi, io, oihw, hwio, or a role for each axis, such as stack,in,out: fans from the shape.</summary>
    public string? Layout { get; init; }

    /// <summary>The first element of a slice, in row-major order.</summary>
    public string? Offset { get; init; }

    /// <summary>The number of elements of a slice.</summary>
    public string? Count { get; init; }

    /// <summary>A range along each axis instead of a slice, such as <c>0:512,128:256</c>; the written tensor has the box's
    /// shape.</summary>
    public string? Box { get; init; }

    /// <summary>Writes the tensor to a .npy, .safetensors or .bin file, which is whole or absent.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="progress">Receives the bytes written.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>The number of elements.</returns>
    /// <exception cref="InitializerException">The request is wrong, or the disk or device failed.</exception>
    public long Write(
        string? path,
        bool overwrite = false,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    ) => CoreResults.Unwrap(Request.WriteArray(path, overwrite, Words(), Report.To(progress), token));

    /// <summary>Writes the tensor's raw little-endian elements to a stream.</summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>The number of elements.</returns>
    /// <exception cref="InitializerException">The request is wrong, or the stream or device failed.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    public long WriteTo(Stream stream, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return CoreResults.Unwrap(Request.WriteArrayTo(stream, Words(), token));
    }

    /// <summary>Every fault of the request and of the file it is to go to, found before any work.</summary>
    /// <param name="path">The file; - for a stream.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    public IReadOnlyList<Fault> Faults(string? path, bool overwrite = false) =>
        CoreResults.Faults(Request.ValidateArray(path, overwrite, Words()));

    private ArrayText Words() =>
        new(Initializer, Shape, Seed, Stream, DType, Device, FanIn, FanOut, Layout, Offset, Count, Box);
}

/// <summary>A request for a model's file in words, as a command line has them; null where absent.</summary>
public sealed record ModelRequest
{
    /// <summary>The blueprint or architecture: JSON, a safetensors file, the index of several, their folder, or an ONNX
    /// model.</summary>
    public string? Blueprint { get; init; }

    /// <summary>A recipe that takes the place of the file's.</summary>
    public string? Recipe { get; init; }

    /// <summary>The seed's key, decimal or 0x and hexadecimal.</summary>
    public string? Seed { get; init; }

    /// <summary>An element type that replaces that of all float tensors, also one of float8.</summary>
    public string? DType { get; init; }

    /// <summary>cpu (the default), cuda:N, gpu:N or opencl:N.</summary>
    public string? Device { get; init; }

    /// <summary>The file to write, which ends in .safetensors, .npz, .dat or .onnx, or the folder where there is a shard
    /// size.</summary>
    public string? Out { get; init; }

    /// <summary>
    /// The largest number of bytes of data in one file, such as 500MB, 5GB or 2GiB: the model is written into a folder,
    /// as files with an index by Hugging Face's convention. Null writes one file.
    /// </summary>
    public string? MaxShardSize { get; init; }

    /// <summary>
    /// <c>keep</c> leaves the tensors of an ONNX model that no rule matches as they are; null makes each a fault.
    /// </summary>
    public string? Unmatched { get; init; }

    /// <summary>
    /// The number of this process, from 0 on, of several that write the model together: each writes its part of the bytes
    /// into the folder, and <see cref="WrittenFiles.Finish"/> makes the model of all parts. The size of files is then 5GB
    /// by default.
    /// </summary>
    public string? Rank { get; init; }

    /// <summary>The number of these processes. One writes all files.</summary>
    public string? WorldSize { get; init; }

    /// <summary>
    /// Whether, in place of an absent rank, the variables of a launcher are read: of torchrun, Open MPI, PMI or Slurm. They
    /// are for folders; a file is written whole by each process.
    /// </summary>
    public bool Launched { get; init; }

    /// <summary>Whether an existing file is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Whether what an interrupted run of the same request wrote into the folder is kept where its checksums are right; the
    /// rest is written. What is written remains in place if this run fails.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Every fault of the request, found before any work.</summary>
    public IReadOnlyList<Fault> Faults() => CoreResults.Faults(Request.Model(Words()));

    /// <summary>Writes the model's file, which is whole or absent, or its files, of which the index is the last.</summary>
    /// <param name="progress">Receives the bytes written.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>The tensors of the files with their initializers, and the files.</returns>
    /// <exception cref="InitializerException">The request is wrong, or the disk or device failed.</exception>
    public WrittenModel Write(IProgress<WriteProgress>? progress = null, CancellationToken token = default)
    {
        var (request, written) = CoreResults.Unwrap(Request.WriteModel(Words(), Report.To(progress), token));
        var rank = request.Shards?.Value.Rank?.Value;
        return new WrittenModel(
            [.. request.Tensors.Where(t => t.Tie is not { Value.IsCopied: false }).Select(Models.Blueprint.Ruled)],
            WrittenFiles.Of(written),
            rank?.Index ?? 0,
            rank?.World ?? 1,
            request.Launcher?.Value
        );
    }

    /// <summary>
    /// Begins to write the model together with other processes, which share units of work as they like.
    /// <see cref="Rank"/> and <see cref="WorldSize"/> say which process this is; the one of rank 0 makes the files.
    /// </summary>
    /// <param name="unitBytes">The largest number of bytes of a unit.</param>
    /// <returns>The model's units.</returns>
    /// <exception cref="InitializerException">The request is wrong, or the disk failed.</exception>
    public SharedModel Share(long unitBytes = 256L << 20)
    {
        var request = CoreResults.Unwrap(Request.Model(Words()));
        if (request.Shards is not { Value: var shards })
            throw new InitializerException([Fault.ArgumentMissing("max_shard_size", "5GB")], isFailure: false);
        return new SharedModel(CoreResults.Unwrap(FSharp.SharedModel.Start(shards, unitBytes, request.Tensors)));
    }

    /// <summary>Says what will fill each tensor, without filling anything. Seed, device and file are not looked
    /// at.</summary>
    /// <returns>Each tensor with its rule, initializer, fan and expected moments.</returns>
    /// <exception cref="InitializerException">The request is wrong.</exception>
    public IReadOnlyList<TensorExplanation> Explain() =>
        [.. CoreResults.Unwrap(Request.Explain(Words())).Select(Models.Blueprint.Explained)];

    /// <summary>Every fault of a request to explain.</summary>
    public IReadOnlyList<Fault> ExplainFaults() => CoreResults.Faults(Request.Explain(Words()));

    private ModelText Words() =>
        new(
            Blueprint,
            Recipe,
            Seed,
            DType,
            Device,
            Out,
            MaxShardSize,
            Rank,
            WorldSize,
            Launched,
            Unmatched,
            Overwrite,
            Resume
        );
}

/// <summary>The random words themselves, for test batteries and other generators.</summary>
public static class RandomWords
{
    /// <summary>The names of the kinds of words: <c>elements</c>, the words of one stream; <c>companions</c> and
    /// <c>auxiliary</c>, the other words of the stream; <c>children</c>, 1,000 child streams in turn; <c>keys</c> and
    /// <c>streams</c>, the first words of consecutive keys or streams; <c>key_bits</c>, the key and the 64 keys that differ from
    /// it in one bit in turn; <c>normals</c>, 16 bits each of float32 normals mapped through the normal distribution
    /// function.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. WordKindModule.Known.Select(kind => kind.Item1)];

    /// <summary>Writes little-endian 32-bit words of Philox4x32-10 to a stream.</summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="seed">The seed's key, decimal or 0x and hexadecimal.</param>
    /// <param name="name">The name of the seed's stream: <c>Seed.Child(name)</c>; null for stream 0.</param>
    /// <param name="count">The number of words; null writes until cancelled.</param>
    /// <param name="kind">One of <see cref="Kinds"/>; null for <c>elements</c>.</param>
    /// <param name="token">Ends it.</param>
    /// <exception cref="InitializerException">The request is wrong, or the stream failed.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    public static void Write(
        Stream stream,
        string? seed,
        string? name = null,
        string? count = null,
        string? kind = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        CoreResults.Unwrap(Request.Words(stream, new WordsText(seed, name, kind, count), token));
    }

    /// <summary>Every fault of a request for words, found before any work.</summary>
    /// <param name="seed">The seed's key.</param>
    /// <param name="name">The name of the seed's stream; null for stream 0.</param>
    /// <param name="count">The number of words; null writes until cancelled.</param>
    /// <param name="kind">One of <see cref="Kinds"/>; null for <c>elements</c>.</param>
    public static IReadOnlyList<Fault> Faults(
        string? seed,
        string? name = null,
        string? count = null,
        string? kind = null
    ) => CoreResults.Faults(Request.ValidateWords(new WordsText(seed, name, kind, count)));
}
