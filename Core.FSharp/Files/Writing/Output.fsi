namespace Initializers.FSharp

open System.IO
open System.Threading
open Initializers

/// <summary>One tensor, or a slice of one, to be written.</summary>
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
    }

/// <summary>Writes models and tensors to files and streams, in bounded memory.</summary>
/// <remarks>A file is written under a temporary name in the target's folder and renamed when complete, so a fault leaves nothing
/// behind.</remarks>
[<RequireQualifiedAccess>]
module Output =
    /// <summary>Writes a model as a safetensors file. Tensor N is filled from <c>Seed.child N seed</c>. The metadata
    /// holds <c>seed</c>, <c>bits</c> (the version of the bit contract) and for each tensor <c>spec:NAME</c> and, where
    /// fans are given, <c>fan:NAME</c>; <c>Verification</c> generates the tensors again from it.
    /// Tensors are stored in the model's order, wider dtypes first.</summary>
    /// <param name="path">The file, which ends in .safetensors.</param>
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

    /// <summary>Writes a model into a folder as safetensors files of at most <c>most</c> bytes of data each, and
    /// model.safetensors.index.json, which says which file has which tensor, as Hugging Face's libraries read and write
    /// them: model-00001-of-00003.safetensors; a model that fits into one file is model.safetensors, without an
    /// index. Tensors are split in the model's order; a larger one is alone in its file. Bits depend on the tensors' names
    /// alone. Beyond a model's metadata each file has <c>sha256</c>, the checksum of its data.</summary>
    /// <remarks>Files are whole or absent, and the index is written last. With <c>overwrite</c> the files of an old model in the
    /// folder are removed before the first is written: its index, model.safetensors and all model-N-of-M.safetensors.</remarks>
    /// <param name="folder">The folder, which is made if it is not there.</param>
    /// <param name="most">The largest number of bytes of data in one file.</param>
    /// <param name="overwrite">Whether the files of a model in the folder are replaced.</param>
    /// <param name="device">Where the tensors are generated.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="tensors">The model's tensors with their plans.</param>
    /// <param name="progress">Called with the bytes written and the total bytes.</param>
    /// <param name="token">Cancels; the files that were written are removed.</param>
    /// <returns>The names of the files.</returns>
    /// <example><code>
    /// Output.shards "gpt2" 100_000_000L false Device.Cpu (Seed.ofUInt64 42UL) tensors (fun _ _ -> ()) CancellationToken.None
    /// // Ok [ "model-00001-of-00006.safetensors"; …; "model.safetensors.index.json" ]
    /// </code></example>
    [<CompiledName "Shards">]
    val shards:
        folder: string ->
        most: int64 ->
        overwrite: bool ->
        device: Device ->
        seed: Seed ->
        tensors: PlannedTensor list ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<string list, InitError list>

    /// <summary>Returns every fault of a model's output into a folder that can be found before any work. None of its files may
    /// be one of the inputs, neither those that are written nor those of an old model, which are removed.</summary>
    [<CompiledName "FaultsOfShards">]
    val faultsOfShards:
        folder: string ->
        most: int64 ->
        overwrite: bool ->
        device: Device ->
        inputs: string list ->
        tensors: PlannedTensor list ->
            InitError list

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

    /// <summary>Writes little-endian 32-bit Philox words of a seed to a stream. Without a count it writes until it is
    /// cancelled.</summary>
    [<CompiledName "Words">]
    val words:
        stream: Stream -> count: int64 option -> seed: Seed -> token: CancellationToken -> Result<unit, InitError list>

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
