namespace Initializers.FSharp

open System.IO
open System.Threading
open Initializers

/// <summary>The words of a request for one tensor, as a command line has them; null where absent.</summary>
type ArrayText =
    { Spec: string | null
      Shape: string | null
      Seed: string | null
      Stream: string | null
      DType: string | null
      Device: string | null
      FanIn: string | null
      FanOut: string | null
      Layout: string | null
      Offset: string | null
      Count: string | null }

/// <summary>The words of a request for a model, as a command line has them; null where absent.</summary>
type ModelText =
    { Blueprint: string | null
      Recipe: string | null
      Seed: string | null
      DType: string | null
      Device: string | null
      Out: string | null
      Overwrite: bool }

/// <summary>A model that has been read and planned, and where it goes.</summary>
type ModelRequest =
    { Tensors: PlannedTensor list
      Device: Device
      Seed: Seed
      Out: string
      Overwrite: bool }

/// <summary>Requests in words, read so that every fault is reported at once and before any work.</summary>
[<RequireQualifiedAccess>]
module Request =
    /// <summary>Reads a blueprint or architecture file.</summary>
    [<CompiledName "Load">]
    val load: path: string -> Result<Blueprint, InitError list>

    /// <summary>Reads a seed's key: a decimal number, or 0x and hexadecimal digits, below 2^64.</summary>
    [<CompiledName "Seed">]
    val seed: text: string -> Result<Seed, InitError list>

    /// <summary>Reads a request for one tensor. Without a seed the key is 0.</summary>
    [<CompiledName "Array">]
    val array: text: ArrayText -> Result<ArrayRequest, InitError list>

    /// <summary>A request for one tensor and the file it goes to ('-' for a stream), or every fault of both.</summary>
    [<CompiledName "CheckArray">]
    val checkArray:
        path: (string | null) -> overwrite: bool -> text: ArrayText -> Result<ArrayRequest * string, InitError list>

    /// <summary>Writes one tensor to a file; faults of the words and of the path come together.</summary>
    [<CompiledName "WriteArray">]
    val writeArray:
        path: (string | null) ->
        overwrite: bool ->
        text: ArrayText ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<int64, InitError list>

    /// <summary>Reads a request for a model.</summary>
    [<CompiledName "Model">]
    val model: text: ModelText -> Result<ModelRequest, InitError list>

    /// <summary>What will fill each tensor of a model; seed, device and file are not looked at.</summary>
    [<CompiledName "Explain">]
    val explain: text: ModelText -> Result<Explanation list, InitError list>

    /// <summary>A request for Philox words, its stream's seed and count, or every fault of it.</summary>
    [<CompiledName "CheckWords">]
    val checkWords:
        seed: (string | null) ->
        name: (string | null) ->
        count: (string | null) ->
            Result<Seed * int64 option, InitError list>

    /// <summary>Writes Philox words to a stream.</summary>
    [<CompiledName "Words">]
    val words:
        stream: Stream ->
        seed: (string | null) ->
        name: (string | null) ->
        count: (string | null) ->
        token: CancellationToken ->
            Result<unit, InitError list>
