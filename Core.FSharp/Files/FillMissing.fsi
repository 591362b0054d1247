namespace Initializers.FSharp

open System.Threading
open Initializers

/// <summary>The words of a request to complete a checkpoint, as given on a command line; null if absent.</summary>
type FillMissingText =
    {
        /// The architecture or blueprint that lists all tensors, as for <c>ModelText</c>.
        Architecture: string | null
        /// The checkpoint: a safetensors file, or the index, the folder or one shard of several.
        Checkpoint: string | null
        /// A recipe for the missing tensors, which replaces the architecture's.
        Recipe: string | null
        /// The seed's key.
        Seed: string | null
        /// An element type of the tensors that are made; copied ones keep theirs.
        DType: string | null
        /// Where the missing tensors are generated, the CPU by default.
        Device: string | null
        /// The file to write.
        Out: string | null
        /// What happens to tensors that the architecture lacks: keep or drop. They are faults without it.
        Extra: string | null
        /// Whether an existing file is replaced.
        Overwrite: bool
    }

/// <summary>A tensor of a completed checkpoint.</summary>
[<RequireQualifiedAccess>]
type FilledTensor =
    /// <summary>A tensor that the checkpoint lacks, made as <c>Output.model</c> makes it.</summary>
    | Made of tensor: PlannedTensor
    /// <summary>A tensor with the bytes of the checkpoint's file. <c>source</c> is its header there, whose name is another for
    /// the copy of a tied tensor.</summary>
    | Copied of name: string * source: TensorHeader * file: string

/// <summary>The tensors of a completed checkpoint.</summary>
type FilledModel =
    {
        /// In the order of the file.
        Tensors: FilledTensor list
        /// Names of tied tensors with the tensors whose elements they have.
        Ties: (string * string) list
        /// Tensors of the checkpoint that the file does not have.
        Dropped: string list
    }

/// <summary>Completes checkpoints: tensors that an architecture has and a checkpoint lacks are initialized, such as a new
/// head, and the others are copied byte for byte.</summary>
[<RequireQualifiedAccess>]
module FillMissing =
    /// <summary>Returns the tensors that would be made and copied, without writing any. Seed, device and file are not
    /// read.</summary>
    /// <returns>Every fault of architecture, recipe and checkpoint: a tensor of another shape in each
    /// (<c>checkpoint-shape</c>), tensors that the architecture lacks (<c>checkpoint-extra</c>), a checkpoint that lacks
    /// nothing (<c>nothing-missing</c>), rules and files as for <c>Request.explain</c> and <c>Inspection</c>.</returns>
    [<CompiledName "Plan">]
    val plan: text: FillMissingText -> Result<FilledModel, InitError list>

    /// <summary>Returns the tensors like <c>plan</c>, or every fault of the whole request, before any work.</summary>
    [<CompiledName "Validate">]
    val validate: text: FillMissingText -> Result<FilledModel, InitError list>

    /// <summary>Writes the completed checkpoint as a safetensors file, in bounded memory; the file is whole or absent.</summary>
    /// <remarks><para>A made tensor has the bits that <c>Output.model</c> gives it in the whole architecture: they depend on seed,
    /// name, spec, shape and dtype. Recipes count the architecture's tensors. A copied tensor keeps its dtype, also one that the
    /// library cannot generate.</para>
    /// <para>The metadata are the checkpoint's, and for each made tensor those of <c>Output.model</c>, which replace the
    /// checkpoint's of the same names; copied tensors have <c>spec:NAME</c> <c>none</c>, so that <c>Verification</c> compares the
    /// made ones. A tensor that is tied to one of the checkpoint is not missing.</para></remarks>
    /// <param name="text">The request.</param>
    /// <param name="progress">Called with the bytes written and the total bytes.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>Every fault of the request, or <c>file-truncated</c> if a file of the checkpoint becomes shorter
    /// meanwhile.</returns>
    /// <example><code>
    /// let words =
    ///     { Architecture = "classifier.json"; Checkpoint = "bert.safetensors"; Recipe = "bert"; Seed = "42"; DType = null
    ///       Device = null; Out = "start.safetensors"; Extra = "drop"; Overwrite = false }
    ///
    /// FillMissing.write words (fun _ _ -> ()) CancellationToken.None
    /// </code></example>
    [<CompiledName "Write">]
    val write:
        text: FillMissingText ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<FilledModel, InitError list>
