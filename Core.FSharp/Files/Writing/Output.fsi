namespace Initializers.FSharp

open System.IO
open System.Threading
open Initializers

/// <summary>One tensor, or a slice or box of one, to be written.</summary>
type ArrayRequest =
    {
        /// The spec that fills the tensor.
        Spec: Spec
        /// The sizes of the whole tensor.
        Shape: Shape
        /// Its fans, or where to read them.
        Fan: Fan
        /// The element type. Integers and bool take specs of whole numbers.
        Storage: Storage
        /// Where it is generated.
        Device: Device
        /// The seed.
        Seed: Seed
        /// The name of the seed's stream: the seed used is <c>Seed.child name seed</c>.
        Stream: string option
        /// Offset and count of a slice in row-major order; the file then has one axis.
        Slice: (int64 * int64) option
        /// A range along each axis; the file then has the box's shape. Not together with a slice.
        Box: Box option
    }

/// <summary>Writes models and tensors to files and streams, in bounded memory.</summary>
/// <remarks>A file is written under a temporary name in the target's folder and renamed when complete, so a fault leaves nothing
/// behind.</remarks>
[<RequireQualifiedAccess>]
module Output =
    /// <summary>Writes a model as one file, in the format that its name ends with. Tensor N is filled from
    /// <c>Seed.child N seed</c>.</summary>
    /// <remarks><para>.safetensors: the metadata hold <c>seed</c>, <c>bits</c> (the version of the bit contract) and for each
    /// tensor <c>spec:NAME</c> and, where fans are given, <c>fan:NAME</c>; <c>Verification</c> generates the tensors again from
    /// it. A tied tensor has <c>tie:NAME</c>, the tensor whose elements it has; the file has it only if it is copied. Tensors are
    /// stored in the model's order, wider dtypes first.</para>
    /// <para>.npz: NumPy's archive of one .npy file a tensor, stored and not compressed. .dat: the file that TorchSharp's
    /// <c>Module.load</c> reads. Both have the model's order and no metadata, so tied tensors are copied.</para></remarks>
    /// <param name="path">The file, which ends in .safetensors, .npz or .dat.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="device">Where the tensors are generated.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="tensors">The model's tensors with their plans.</param>
    /// <param name="progress">Called with the bytes written and the total bytes.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    [<CompiledName "Model">]
    val model:
        path: string ->
        overwrite: bool ->
        device: Device ->
        seed: Seed ->
        tensors: PlannedTensor list ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<unit, InitError list>

    /// <summary>Writes an ONNX model with new elements of its float initializers. Tensor N is filled from <c>Seed.child N
    /// seed</c>. Every other field keeps its bytes: nodes, operator sets, integer initializers, and float ones that are not in
    /// the list. <c>metadata_props</c> get the keys of a safetensors file, in the place of those that a former run left.</summary>
    /// <remarks>Elements are raw_data of the model's file where they were in it. Where the given model has external data, all of
    /// these go to PATH.data, at multiples of 4 KiB, and of 64 KiB from 1 MiB on; this file is written first, and removed if
    /// the model's cannot be written.</remarks>
    /// <param name="source">The given model's .onnx file.</param>
    /// <param name="path">The file to write, which ends in .onnx.</param>
    /// <param name="overwrite">Whether existing files are replaced.</param>
    /// <param name="device">Where the tensors are generated.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="tensors">Tensors with the names, shapes and types of initializers, with their plans.</param>
    /// <param name="progress">Called with the bytes written and the total bytes.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>Every fault: onnx-malformed, onnx-quantized, onnx-without-initializers, onnx-without-model,
    /// onnx-tensor-differs, onnx-too-large, and those of the files.</returns>
    /// <example><code>Output.onnx "mlp.onnx" "fresh.onnx" false Device.Cpu seed tensors (fun _ _ -> ()) CancellationToken.None</code></example>
    [<CompiledName "Onnx">]
    val onnx:
        source: string ->
        path: string ->
        overwrite: bool ->
        device: Device ->
        seed: Seed ->
        tensors: PlannedTensor list ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<unit, InitError list>

    /// <summary>Returns every fault of an ONNX model's output that can be found before any work.</summary>
    [<CompiledName "FaultsOfOnnx">]
    val faultsOfOnnx:
        source: string ->
        path: string ->
        overwrite: bool ->
        device: Device ->
        tensors: PlannedTensor list ->
            InitError list

    /// <summary>Writes a model into a folder as safetensors files of at most <c>MaxShardSize</c> bytes of data each, and
    /// model.safetensors.index.json, which says which file has which tensor, as Hugging Face's libraries read and write
    /// them: model-00001-of-00003.safetensors; a model that fits into one file is model.safetensors, without an
    /// index. Tensors are split in the model's order; a larger one is alone in its file. Bits depend on the tensors' names
    /// alone. Beyond a model's metadata each file has <c>sha256</c>, the checksum of its data.</summary>
    /// <remarks>Files are whole or absent, and the index is written last. While a run writes, the folder is locked, and a second
    /// run gets <c>folder-in-use</c>; on Linux alone. What a run that was killed has finished is a fault
    /// (<c>run-unfinished</c>), or is kept or removed, as <c>Existing</c> says. Without <c>Resume</c>, a failure or a
    /// cancellation removes what the run wrote.
    /// With a rank, the bytes of all files are divided evenly among the ranks, large tensors in parts, without a word between
    /// them: each writes its bytes into files that end in .incomplete, and a list of its parts with their checksums. When all
    /// ranks have ended, <c>finish</c> makes the model of them. Its files do not depend on the number of ranks.</remarks>
    /// <param name="request">The folder, the size of files, the rank, the device and the seed.</param>
    /// <param name="tensors">The model's tensors with their plans.</param>
    /// <param name="progress">Called with the bytes written and the total bytes, of a rank its own.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>The names of the files; or <c>file-exists</c>, <c>run-unfinished</c>, <c>run-differs</c>,
    /// <c>folder-in-use</c>, <c>rank-outside-world</c> and the faults of tensors, folder and device.</returns>
    /// <example><code>
    /// let request =
    ///     { Folder = "gpt2"
    ///       MaxShardSize = 100_000_000L
    ///       Existing = Existing.Resume
    ///       Rank = None
    ///       Device = Device.Cpu
    ///       Seed = Seed.ofUInt64 42UL }
    /// Output.shards request tensors (fun _ _ -> ()) CancellationToken.None
    /// // Ok { Files = [ "model-00001-of-00006.safetensors"; …; "model.safetensors.index.json" ]; … }
    /// </code></example>
    [<CompiledName "Shards">]
    val shards:
        request: ShardsRequest ->
        tensors: PlannedTensor list ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<WrittenModel, InitError list>

    /// <summary>Makes a model of the parts that ranks wrote: compares the checksums of all parts, writes those of the files into
    /// their headers, gives the files their names, and writes the index last.</summary>
    /// <remarks>If it is killed, it can be run again. A folder whose model is whole already has its checksums compared once
    /// more.</remarks>
    /// <param name="folder">The folder into which the ranks wrote.</param>
    /// <param name="overwrite">Whether the files of an old model in the folder are replaced.</param>
    /// <param name="progress">Called with the bytes compared and the total bytes.</param>
    /// <param name="token">Cancels before the first file gets its name.</param>
    /// <returns>The names of the files; or <c>ranks-missing</c>, <c>checksum-differs</c>, <c>run-differs</c>,
    /// <c>nothing-to-finish</c>, <c>folder-in-use</c>, <c>file-exists</c>.</returns>
    /// <example><code>Output.finish "gpt2" false (fun _ _ -> ()) CancellationToken.None</code></example>
    [<CompiledName "Finish">]
    val finish:
        folder: string ->
        overwrite: bool ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<WrittenModel, InitError list>

    /// <summary>Returns every fault of a model's output into a folder that can be found before any work. None of its files may
    /// be one of the inputs, neither those that are written nor those of an old model, which are removed.</summary>
    [<CompiledName "FaultsOfShards">]
    val faultsOfShards: request: ShardsRequest -> inputs: string list -> tensors: PlannedTensor list -> InitError list

    /// <summary>Returns every fault of a model's output that can be found before any work.</summary>
    [<CompiledName "FaultsOfModel">]
    val faultsOfModel:
        path: string -> overwrite: bool -> device: Device -> tensors: PlannedTensor list -> InitError list

    /// <summary>Returns <c>output-is-input</c> if the output path leads to one of the input files: through links, as a hard
    /// link or in another spelling.</summary>
    /// <example><code>
    /// Output.faultsOfInputs "trained.safetensors" [ "./trained.safetensors" ] // [ InitError.OutputIsInput … ]
    /// </code></example>
    [<CompiledName "FaultsOfInputs">]
    val faultsOfInputs: path: string -> inputs: string list -> InitError list

    /// <summary>Returns the fault of a spec with fractions for an integer type.</summary>
    val internal notWhole: spec: Spec -> storage: Storage -> InitError

    /// <summary>Returns what fills a tensor, and its spec with numbers instead of functions.</summary>
    val internal content:
        spec: Spec -> shape: Shape -> fan: Fan -> storage: Storage -> Result<Spec * Content, InitError list>

    /// <summary>Writes one tensor as .npy, .safetensors or .bin (raw little-endian elements). A safetensors file has
    /// a model's metadata, <c>stream:NAME</c> (the stream as 16 hexadecimal digits), <c>stream_name:NAME</c> if the request
    /// names a stream, and for a slice <c>shape:NAME</c> (the whole tensor's shape) and <c>offset:NAME</c>.</summary>
    /// <returns>The number of elements, or every fault of path and request.</returns>
    [<CompiledName "Array">]
    val array:
        path: string ->
        overwrite: bool ->
        request: ArrayRequest ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<int64, InitError list>

    /// <summary>Returns every fault of a path as the output of an array of this element type and stream. The request is
    /// not validated.</summary>
    [<CompiledName "FaultsOfArrayPath">]
    val faultsOfArrayPath:
        path: string -> overwrite: bool -> storage: Storage -> stream: string option -> InitError list

    /// <summary>Writes one tensor's raw little-endian elements to a stream.</summary>
    [<CompiledName "Raw">]
    val raw: stream: Stream -> request: ArrayRequest -> token: CancellationToken -> Result<int64, InitError list>

    /// <summary>Writes little-endian 32-bit Philox words to a stream. Without a count it writes until it is
    /// cancelled.</summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="kind">Which words: those of one stream, or of many in turn.</param>
    /// <param name="count">The number of words.</param>
    /// <param name="seed">The key and the stream that they begin with.</param>
    /// <param name="token">Ends it.</param>
    [<CompiledName "Words">]
    val words:
        stream: Stream ->
        kind: WordKind ->
        count: int64 option ->
        seed: Seed ->
        token: CancellationToken ->
            Result<unit, InitError list>

    /// <summary>Saves tensors that are in memory as a safetensors file. The file has the bytes of the memory, whatever changed
    /// them. A tensor that still has the elements that it was made with is saved with its spec, fans, seed and place, from which
    /// <c>Verification</c> generates it again.</summary>
    /// <remarks><para>Each element is compared with the one that is generated as it is written, until the first that differs. A
    /// changed tensor has <c>spec:NAME</c> <c>none</c> in the metadata; so has one of a custom quantile, and one whose spec is
    /// longer than 1,000,000 characters as text. Where no tensor is as it was made, the metadata have no seed and no
    /// spec.</para>
    /// <para>Tensors are stored in the order of the list, wider dtypes first. Those on a GPU are copied. Memory is bounded by three
    /// buffers of 8 MiB and, one at a time, a matrix that is made as a whole.</para></remarks>
    /// <param name="path">The file, which ends in .safetensors.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="named">The tensors with their names, each once.</param>
    /// <param name="progress">Called with the bytes written and the total bytes.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>Every fault of path and names at once. A tensor that has been disposed throws
    /// <see cref="T:System.ObjectDisposedException"/>, as its own members do.</returns>
    /// <example><code>Output.tensors "mlp.safetensors" false [ "up", up; "down", down ] (fun _ _ -> ()) CancellationToken.None</code></example>
    [<CompiledName "Tensors">]
    val tensors:
        path: string ->
        overwrite: bool ->
        named: (string * Tensor) list ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<unit, InitError list>
