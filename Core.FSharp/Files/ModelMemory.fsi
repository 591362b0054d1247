namespace Initializers.FSharp

open System.Threading
open Initializers

/// <summary>Fills the tensors of a model in memory of the caller.</summary>
[<RequireQualifiedAccess>]
module ModelMemory =
    /// <summary>Returns the faults that <c>fill</c> would report, without writing anything.</summary>
    [<CompiledName "Faults">]
    val faults: memories: (string * HostMemory) seq -> tensors: PlannedTensor list -> InitError list

    /// <summary>Fills the tensors of a model in memory of the caller, on the CPU, with the bits that <c>Output.model</c>
    /// writes.</summary>
    /// <remarks>Tensor N is filled from <c>Seed.child N seed</c>, and a tied tensor with the elements of its target: the two may
    /// share their memory, or have one each. All memories are filled as one work list, so that small tensors cost no more than
    /// their elements.</remarks>
    /// <param name="seed">The model's seed.</param>
    /// <param name="memories">The memory of each tensor by its name: as many elements as its shape has, of its element type; or
    /// its bytes (<c>HostMemory.AtBytes</c>, or a memory of bytes), as for tensors of integers and float8.</param>
    /// <param name="tensors">The tensors, as <c>Blueprint.plan</c> returns them.</param>
    /// <returns>Every fault at once, before anything is written: <c>memory-missing</c>, <c>memory-unknown</c>,
    /// <c>memory-type</c>, <c>memory-length</c>, <c>memories-overlap</c>, <c>tensor-duplicate</c>. A formula whose elements have no value in the tensor's
    /// type is found where it is computed, when others may have been written.</returns>
    /// <example><code>
    /// init {
    ///     let! model = Blueprint.ofModel "gpt2"
    ///     let! tensors = Blueprint.plan None None model
    ///     let memories = tensors |> List.map (fun t -> t.Entry.Name, HostMemory.Of(Memory(Array.zeroCreate&lt;float32> (int t.Entry.Shape.Length))))
    ///     return! tensors |> ModelMemory.fill (Seed.ofUInt64 42UL) memories
    /// }
    /// </code></example>
    [<CompiledName "Fill">]
    val fill:
        seed: Seed -> memories: (string * HostMemory) seq -> tensors: PlannedTensor list -> Result<unit, InitError list>

    /// <summary>Saves tensors of a model from memory of the caller as a safetensors file. The file has the bytes of the memory,
    /// whatever changed them.</summary>
    /// <remarks>A tensor that has the elements that its plan generates is saved with its spec and fans, from which
    /// <c>Verification</c> generates it again. Another, and one without a plan, has <c>spec:NAME</c> <c>none</c> in the
    /// metadata. Where all tensors are as planned, the file is that of <c>Output.model</c> with copied ties.</remarks>
    /// <param name="path">The file, which ends in .safetensors.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="memories">Each tensor with its memory, as for <c>fill</c>.</param>
    /// <param name="tensors">The plans of some or all of them.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <returns>Every fault of path, names and memories at once.</returns>
    /// <example><code>ModelMemory.save "now.safetensors" false seed memories tensors CancellationToken.None</code></example>
    [<CompiledName "Save">]
    val save:
        path: string ->
        overwrite: bool ->
        seed: Seed ->
        memories: (TensorEntry * HostMemory) list ->
        tensors: PlannedTensor list ->
        token: CancellationToken ->
            Result<unit, InitError list>
