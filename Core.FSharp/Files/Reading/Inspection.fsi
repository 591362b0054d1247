namespace Initializers.FSharp

open System.IO
open System.Threading

/// <summary>Statistics of a tensor's values. Values that are not finite are counted, and left out of the rest.</summary>
type TensorStatistics =
    {
        /// NaN for a tensor without finite values, like the three below.
        Mean: float
        /// The root of the mean square deviation from the mean: divided by n, not by n - 1.
        Stddev: float
        /// The smallest finite value.
        Min: float
        /// The largest finite value.
        Max: float
        /// Elements that are 0 or -0.
        Zeros: int64
        /// Infinities and NaNs.
        NonFinite: int64
    }

/// <summary>One tensor of a file.</summary>
type InspectedTensor =
    {
        /// Its entry in the file's header.
        Header: TensorHeader
        /// None for complex elements and for those narrower than a byte.
        Statistics: TensorStatistics option
        /// The first tensor before it, in the order of the data, with the same dtype, shape and bytes. Empty tensors
        /// duplicate nothing.
        DuplicateOf: string option
    }

    /// <summary>Whether all values are finite and the same, as those of a bias before training are.</summary>
    member IsConstant: bool

/// <summary>The header of a tensor file and the statistics of its tensors.</summary>
type InspectedFile =
    {
        /// The file's path, or the stream's name in messages.
        Source: string
        /// "safetensors", "npy", "npz", "onnx", "pytorch" or "torchsharp".
        Format: string
        /// In the file's order.
        Metadata: (string * string) list
        /// In the order of their data.
        Tensors: InspectedTensor list
    }

    /// <summary>The number of elements in all tensors.</summary>
    member Values: int64

    /// <summary>The bytes of all tensors.</summary>
    member Bytes: int64

    /// <summary>How many tensors duplicate an earlier one.</summary>
    member Duplicates: int

    /// <summary>How many of the duplicates are constant. Constant tensors can have equal bytes by chance.</summary>
    member ConstantDuplicates: int

/// <summary>Inspects safetensors, npy, npz and ONNX files, PyTorch's checkpoints and TorchSharp's .dat files. ONNX and TorchSharp's
/// files are known by their names, and others by their first bytes.</summary>
/// <remarks>Each tensor is read once, through a buffer of 8 MiB; duplicates are found by SHA-256. A tensor with strides, such as
/// a transposed one of PyTorch, is in memory while it is read. No pickle runs code: objects other than tensors, containers,
/// numbers and texts are <c>pickle-refused</c>.</remarks>
[<RequireQualifiedAccess>]
module Inspection =
    /// <summary>Inspects a seekable stream from its position to its end.</summary>
    /// <param name="source">The stream's name in faults. Without folder and extension it is the name of an npy file's
    /// array. Its ending says whether it is an ONNX model or TorchSharp's file.</param>
    /// <param name="stream">The stream, which stays open. Its IOExceptions become <c>file-unreadable</c>.</param>
    /// <param name="progress">Called with the bytes read and the total bytes.</param>
    /// <param name="token">Cancels.</param>
    [<CompiledName "OfStream">]
    val ofStream:
        source: string ->
        stream: Stream ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<InspectedFile, InitError list>

    /// <summary>Returns the path, or every fault that can be found before any work: a missing path, a missing file, or a
    /// folder, pipe or device.</summary>
    [<CompiledName "Validate">]
    val validate: path: (string | null) -> Result<string, InitError list>

    /// Work on a stream that can be read again from its start, and the faults of reading it.
    val internal reading:
        source: string ->
        stream: Stream ->
        token: CancellationToken ->
        work: (unit -> Result<'a, InitError list>) ->
            Result<'a, InitError list>

    /// <summary>Inspects a file; or the files of a model, whose index or folder the path is, as one.</summary>
    /// <remarks>Metadata in which files differ are left out; duplicates are found across files.</remarks>
    [<CompiledName "OfFile">]
    val ofFile:
        path: (string | null) ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<InspectedFile, InitError list>
