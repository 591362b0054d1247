namespace Initializers.FSharp

open System.IO
open System.Threading
open Initializers

/// <summary>The words of a request for one tensor, as given on a command line; null if absent.</summary>
type ArrayText =
    {
        /// The initializer, such as normal(stddev=0.02).
        Spec: string | null
        /// The sizes, such as 1024,256.
        Shape: string | null
        /// The seed's key.
        Seed: string | null
        /// The name of the seed's stream.
        Stream: string | null
        /// The element type, float32 by default.
        DType: string | null
        /// Where it is generated, the CPU by default.
        Device: string | null
        /// The number of inputs that reach one output.
        FanIn: string | null
        /// The number of outputs that one input reaches.
        FanOut: string | null
        /// The layout that reads the fans from the shape.
        Layout: string | null
        /// The first element of a slice.
        Offset: string | null
        /// The number of elements of a slice.
        Count: string | null
        /// A range along each axis, such as 0:512,128:256, instead of a slice.
        Box: string | null
    }

/// <summary>The words of a request for a model, as given on a command line; null if absent.</summary>
type ModelText =
    {
        /// The blueprint or architecture: JSON, or a safetensors file.
        Blueprint: string | null
        /// A recipe that replaces the file's.
        Recipe: string | null
        /// The seed's key.
        Seed: string | null
        /// An element type that replaces that of all tensors.
        DType: string | null
        /// Where the tensors are generated, the CPU by default.
        Device: string | null
        /// The file to write, or the folder where there is a shard size.
        Out: string | null
        /// The largest number of bytes of one file in a folder, such as 5GB.
        MaxShardSize: string | null
        /// The number of this process, of several that write the model together, from 0 on; then the size of files is 5GB by
        /// default.
        Rank: string | null
        /// The number of these processes. One writes all files.
        WorldSize: string | null
        /// Whether, in place of an absent rank, the variables of torchrun, Open MPI, PMI or Slurm are read. A file is written
        /// whole by each process.
        Launched: bool
        /// "keep" leaves the tensors of an ONNX model that no rule matches as they are; absent, each is a fault.
        Unmatched: string | null
        /// Whether an existing file is replaced.
        Overwrite: bool
        /// Whether what an interrupted run wrote into the folder is kept.
        Resume: bool
    }

/// <summary>The words of a request for random words, as given on a command line; null if absent.</summary>
type WordsText =
    {
        /// The seed's key.
        Seed: string | null
        /// The name of the seed's stream.
        Stream: string | null
        /// The name of their kind, elements by default.
        Kind: string | null
        /// The number of words.
        Count: string | null
    }

/// <summary>A request for random words.</summary>
type WordsRequest =
    {
        /// Which words: those of one stream, or of many in turn.
        Kind: WordKind
        /// The key and the stream that they begin with.
        Seed: Seed
        /// The number of words; None for as many as are read.
        Count: int64 option
    }

/// <summary>A model that has been read and planned, with the file to write.</summary>
type ModelRequest =
    {
        /// The tensors with their plans.
        Tensors: PlannedTensor list
        /// Where they are generated.
        Device: Device
        /// The seed.
        Seed: Seed
        /// The file to write, or the folder where there is a shard size.
        Out: string
        /// The files in a folder; None for one file.
        Shards: ShardsRequest option
        /// The launcher whose variables gave the rank.
        Launcher: string option
        /// Whether an existing file is replaced.
        Overwrite: bool
    }

/// <summary>Reads requests in words; every fault is reported at once and before any work.</summary>
[<RequireQualifiedAccess>]
module Request =
    /// <summary>Reads a blueprint or an architecture from a JSON file or any safetensors file.</summary>
    /// <remarks>Only the header of a safetensors file is read; it lists the tensors in the order of their data. A file is
    /// read as safetensors if its name ends in .safetensors, or if its bytes 5 to 8 are 0, which no JSON has.</remarks>
    /// <returns>Every fault of the file; those of a safetensors file's header are
    /// <see cref="M:Initializers.FSharp.SafetensorsReader.Header"/>'s, with the file's name.</returns>
    /// <example><code>Request.load "model.safetensors" |> Result.bind (Blueprint.plan (Some "gpt2") None)</code></example>
    [<CompiledName "Load">]
    val load: path: string -> Result<Blueprint, InitError list>

    /// <summary>A recipe that comes with the library, or one from a JSON file.</summary>
    /// <param name="name">The recipe's name, or the file's path.</param>
    /// <returns>recipe-unknown; every fault of the file.</returns>
    [<CompiledName "Recipe">]
    val recipe: name: string -> Result<Recipe, InitError list>

    /// <summary>Reads a blueprint or an architecture like <c>load</c>, and lists the files that were read: this one and,
    /// if it names a file of its tensors, that one. <c>Output.faultsOfInputs</c> prevents overwriting them.</summary>
    [<CompiledName "LoadWithFiles">]
    val loadWithFiles: path: string -> Result<Blueprint * string list, InitError list>

    /// <summary>Reads a seed's key: a decimal number, or 0x and hexadecimal digits, below 2^64.</summary>
    [<CompiledName "Seed">]
    val seed: text: string -> Result<Seed, InitError list>

    /// <summary>Returns the name that a word was meant to be: with a slip in at most a third of its letters, or of which it is the
    /// beginning, or the name and more.</summary>
    /// <example><code>Request.nearest [ "he_normal"; "he_uniform" ] "he_norml" // Some "he_normal"</code></example>
    [<CompiledName "Nearest">]
    val nearest: names: string list -> word: string -> string option

    /// <summary>Reads a request for one tensor. Without a seed the key is 0.</summary>
    [<CompiledName "Array">]
    val array: text: ArrayText -> Result<ArrayRequest, InitError list>

    /// <summary>Reads a request for one tensor and its output file ('-' for a stream), or returns every fault of both.</summary>
    [<CompiledName "ValidateArray">]
    val validateArray:
        path: (string | null) -> overwrite: bool -> text: ArrayText -> Result<ArrayRequest * string, InitError list>

    /// <summary>Writes one tensor to a file; faults of the words and of the path are reported together.</summary>
    [<CompiledName "WriteArray">]
    val writeArray:
        path: (string | null) ->
        overwrite: bool ->
        text: ArrayText ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<int64, InitError list>

    /// <summary>Writes the raw elements of the tensor that words ask for to a stream.</summary>
    /// <returns>The number of elements, or every fault.</returns>
    [<CompiledName "WriteArrayTo">]
    val writeArrayTo: stream: Stream -> text: ArrayText -> token: CancellationToken -> Result<int64, InitError list>

    /// <summary>Reads a request for a model.</summary>
    [<CompiledName "Model">]
    val model: text: ModelText -> Result<ModelRequest, InitError list>

    /// <summary>Writes the requested model's file, and returns the request.</summary>
    [<CompiledName "WriteModel">]
    val writeModel:
        text: ModelText ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<ModelRequest * WrittenModel, InitError list>

    /// <summary>Returns how each tensor of a model will be filled. Seed, device and file are not read.</summary>
    [<CompiledName "Explain">]
    val explain: text: ModelText -> Result<Explanation list, InitError list>

    /// <summary>Reads a request for words, or returns every fault.</summary>
    [<CompiledName "ValidateWords">]
    val validateWords: text: WordsText -> Result<WordsRequest, InitError list>

    /// <summary>Writes Philox words to a stream.</summary>
    [<CompiledName "Words">]
    val words: stream: Stream -> text: WordsText -> token: CancellationToken -> Result<unit, InitError list>
