namespace Initializers.FSharp

open System
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Threading
open Initializers
open Initializers.Files
open Initializers.Kernels

type ArrayRequest =
    { Spec: Spec
      Shape: Shape
      Fan: Fan
      Storage: Storage
      Device: Device
      Seed: Seed
      Stream: string option
      Slice: (int64 * int64) option }

[<RequireQualifiedAccess>]
module Output =
    /// The seed with the stream of its name.
    let private seedOf (request: ArrayRequest) =
        match request.Stream with
        | Some name -> Seed.child name request.Seed
        | None -> request.Seed

    /// Of a slice the whole tensor's shape, and where in it the slice begins.
    let private whole (request: ArrayRequest) =
        request.Slice |> Option.map (fun (offset, _) -> request.Shape, offset)

    let private extension (path: string) =
        match Path.GetExtension path with
        | null -> ""
        | e -> e.ToLowerInvariant()

    /// Wider dtypes first, so that every tensor is aligned to its elements; otherwise in the model's order.
    let private inOrder (tensors: PlannedTensor list) =
        tensors |> List.sortBy (fun t -> -(Storage.size t.Entry.Storage))

    let private bytesOf (tensors: PlannedTensor list) =
        (0L, tensors)
        ||> List.fold (fun total t ->
            let bytes = Math.BigMul(t.Entry.Shape.Length, int64 (Storage.size t.Entry.Storage))

            if Int128.op_Implicit total + bytes > Int128.op_Implicit Int64.MaxValue then
                Int64.MaxValue
            else
                total + Int128.op_Explicit bytes)

    /// Faults of names, in formats with names: one that the format reserves, one that is not Unicode.
    let private nameFaults (format: string) (names: string list) =
        names
        |> List.collect (fun name ->
            Validation.check
                (InitError.NameReserved(name, ".safetensors"))
                (format <> ".safetensors" || name <> "__metadata__")
            @ Validation.check (InitError.NameMalformed name) (Names.isUnicode name))

    /// All of a tensor of a model.
    let private pieceOf (seed: Seed) (tensor: PlannedTensor) : Piece =
        { Source = Source.OfContent(tensor.Content, tensor.Entry.Storage, seed)
          Offset = 0L
          Count = tensor.Entry.Shape.Length }

    /// Faults of tensors as those of a file: their names, and the memory that they take.
    let private faultsOfTensors (tensors: PlannedTensor list) =
        nameFaults ".safetensors" (tensors |> List.map _.Entry.Name)
        @ (tensors
           |> List.collect (fun t ->
               ElementStream.faults (pieceOf (Seed.ofUInt64 0UL) t)
               |> List.map (fun fault -> InitError.InTensor(t.Entry.Name, fault))))

    /// The header of a file with these tensors, in their order.
    let private headerOf seed more (tensors: PlannedTensor list) =
        tensors
        |> List.map (fun t -> t.Entry.Name, t.Entry.Storage, t.Entry.Shape)
        |> Safetensors.header (
            Provenance.model seed (tensors |> List.map (fun t -> t.Entry.Name, t.Spec, t.Rule.Fan))
            @ more
        )

    [<CompiledName "FaultsOfModel">]
    let faultsOfModel (path: string) (overwrite: bool) (device: Device) (tensors: PlannedTensor list) =
        Validation.check (InitError.FormatUnknown(path, [ ".safetensors" ])) (extension path = ".safetensors")
        @ faultsOfTensors tensors
        @ AtomicFile.check path overwrite (bytesOf tensors)
        @ Backends.faults device

    [<CompiledName "Model">]
    let model path overwrite device (seed: Seed) (tensors: PlannedTensor list) progress token =
        Cancellation.Request(
            token,
            fun () ->
                let tensors = inOrder tensors

                match faultsOfModel path overwrite device tensors with
                | [] ->
                    let header = headerOf seed [] tensors
                    let pieces = tensors |> Seq.map (fun t -> pieceOf (Seed.child t.Entry.Name seed) t)

                    let total = bytesOf tensors

                    AtomicFile.write path overwrite (fun stream ->
                        stream.Write(ReadOnlySpan header)
                        ElementStream.write device stream pieces (fun written -> progress written total) token)
                | faults -> Error faults
        )

    let notWhole (spec: Spec) (storage: Storage) =
        InitError.SpecNotWhole(SpecText.toText spec, Storage.toText storage)

    /// What fills a tensor, and its spec with numbers instead of functions.
    let content (spec: Spec) (shape: Shape) (fan: Fan) (storage: Storage) : Result<Spec * Content, InitError list> =
        Plan.plain spec shape fan
        |> Result.bind (fun spec ->
            Blueprint.content spec fan shape storage
            |> Option.defaultValue (Error [ notWhole spec storage ])
            |> Result.map (fun content -> spec, content))

    [<CompiledName "FaultsOfInputs">]
    let faultsOfInputs (path: string) (inputs: string list) : InitError list =
        inputs
        |> List.tryFind (AtomicFile.isSame path)
        |> Option.map (fun input -> InitError.OutputIsInput(path, input))
        |> Option.toList

    let private pathsOf (folder: string) (count: int) =
        [ for number in 1..count -> Path.Combine(folder, Sharding.name number count) ]
        @ (if count = 1 then
               []
           else
               [ Path.Combine(folder, Sharding.indexName) ])

    let private sharded (most: int64) (tensors: PlannedTensor list) =
        tensors |> Sharding.split most (fun tensor -> bytesOf [ tensor ])

    /// The faults of a folder as the place of a model's files, old ones of which are in the way or are replaced.
    let private faultsOfFolder (folder: string) (overwrite: bool) (bytes: int64) =
        // A folder that is still to be made has the room of the folder around it.
        let place =
            if Directory.Exists folder then
                Path.Combine(folder, Sharding.indexName)
            else
                Path.TrimEndingDirectorySeparator folder

        match AtomicFile.check place true bytes with
        | [] when not overwrite ->
            Sharding.present folder
            |> List.truncate 1
            |> List.map (fun name -> InitError.FileExists(Path.Combine(folder, name)))
        | [] when File.Exists place && not (Directory.Exists folder) ->
            [ InitError.FileUnwritable(folder, "it is a file; give a folder for the files of a model.") ]
        | faults -> faults

    [<CompiledName "FaultsOfShards">]
    let faultsOfShards
        (folder: string)
        (most: int64)
        (overwrite: bool)
        (device: Device)
        (inputs: string list)
        (tensors: PlannedTensor list)
        =
        Validation.check
            (InitError.ArgumentInvalid("max_shard_size", string most, "a number of bytes, 1 or more"))
            (most >= 1L)
        @ faultsOfTensors tensors
        @ (pathsOf folder (sharded most tensors).Length
           |> List.collect (fun path -> faultsOfInputs path inputs))
        @ faultsOfFolder folder overwrite (bytesOf tensors)
        @ Backends.faults device

    /// Writes one file of a model, with the checksum of its data.
    let private shard path device (seed: Seed) (tensors: PlannedTensor list) progress token =
        let tensors = inOrder tensors
        let pieces = tensors |> Seq.map (fun t -> pieceOf (Seed.child t.Entry.Name seed) t)

        let header (hash: byte[]) =
            headerOf seed (Provenance.checksum hash) tensors

        AtomicFile.write path true (fun stream ->
            use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
            // The checksum is known at the end, and its place now.
            stream.Write(ReadOnlySpan(header (Array.zeroCreate SHA256.HashSizeInBytes)))

            ElementStream.through
                device
                (fun bytes ->
                    hash.AppendData bytes.Span
                    stream.Write bytes.Span)
                pieces
                progress
                token
            |> Result.map (fun () ->
                stream.Position <- 0L
                stream.Write(ReadOnlySpan(header (hash.GetHashAndReset())))))

    [<CompiledName "Shards">]
    let shards folder (most: int64) overwrite device (seed: Seed) (tensors: PlannedTensor list) progress token =
        Cancellation.Request(
            token,
            fun () ->
                match faultsOfShards folder most overwrite device [] tensors with
                | [] ->
                    let shards = sharded most tensors
                    let count = shards.Length
                    let total = bytesOf tensors
                    let names = [ for number in 1..count -> Sharding.name number count ]

                    let index () =
                        let bytes =
                            List.zip names (shards |> List.map (List.map _.Entry.Name))
                            |> Sharding.index (Provenance.root seed) total (tensors |> List.sumBy _.Entry.Shape.Length)

                        AtomicFile.write (Path.Combine(folder, Sharding.indexName)) true (fun stream ->
                            Ok(stream.Write(ReadOnlySpan bytes)))

                    let write (before: int64) (name: string, tensors) =
                        shard
                            (Path.Combine(folder, name))
                            device
                            seed
                            tensors
                            (fun written -> progress (before + written) total)
                            token

                    let starts = shards |> List.map bytesOf |> List.scan (+) 0L |> List.take count

                    AtomicFile.guard folder (fun () ->
                        Directory.CreateDirectory folder |> ignore
                        // Without an index a folder with files of two runs looks complete to nobody.
                        File.Delete(Path.Combine(folder, Sharding.indexName))

                        let written =
                            (Ok(), List.zip starts (List.zip names shards))
                            ||> List.fold (fun result (start, shard) ->
                                result |> Result.bind (fun () -> write start shard))
                            |> Result.bind (fun () -> if count = 1 then Ok() else index ())

                        written
                        |> Result.map (fun () ->
                            let files = if count = 1 then names else names @ [ Sharding.indexName ]

                            for old in List.except files (Sharding.present folder) do
                                File.Delete(Path.Combine(folder, old))

                            files))
                | faults -> Error faults
        )

    /// The piece that a request asks for, with the shape that it has in a file and the spec of its metadata, which has numbers
    /// instead of functions.
    let private resolve (request: ArrayRequest) =
        let outside =
            match request.Slice with
            | Some(offset, count) -> Shape.sliceFaults offset count request.Shape.Length
            | None -> []

        // A name that is not Unicode has no stream.
        let stream = nameFaults "" (Option.toList request.Stream)

        validation {
            let! spec, content = content request.Spec request.Shape request.Fan request.Storage
            and! () = outside @ stream @ Backends.faults request.Device
            return spec, content
        }
        |> Result.bind (fun (spec, content) ->
            let offset, count = request.Slice |> Option.defaultValue (0L, request.Shape.Length)

            let shape =
                match request.Slice with
                | Some _ -> Shape.ofList [ count ]
                | None -> Ok request.Shape

            shape
            |> Result.bind (fun shape ->
                if shape.Length > Int64.MaxValue / int64 (Storage.size request.Storage) then
                    Error [ InitError.ShapeOverflow shape.Dims ]
                else
                    let piece =
                        { Source = Source.OfContent(content, request.Storage, seedOf request)
                          Offset = offset
                          Count = count }

                    Validation.ofFaults (ElementStream.faults piece) (piece, shape, spec)))

    let private formats = [ ".npy"; ".safetensors"; ".bin" ]

    [<CompiledName "FaultsOfArrayPath">]
    let faultsOfArrayPath (path: string) (overwrite: bool) (storage: Storage) (stream: string option) =
        let format = extension path

        Validation.check (InitError.FormatUnknown(path, formats)) (List.contains format formats)
        @ Validation.check
            (InitError.DTypeUnsupported(".npy", DType.BFloat16, [ ".safetensors"; ".bin" ]))
            (not (format = ".npy" && storage = Storage.Float DType.BFloat16))
        @ nameFaults format (Option.toList stream)
        @ AtomicFile.check path overwrite 0L

    [<CompiledName "Array">]
    let array (path: string) (overwrite: bool) (request: ArrayRequest) progress token =
        Cancellation.Request(
            token,
            fun () ->
                validation {
                    let! resolved = resolve request
                    and! () = faultsOfArrayPath path overwrite request.Storage request.Stream
                    return resolved
                }
                // The stream's name is checked with the path, too.
                |> FaultReport.result
                |> Result.bind (fun (piece, shape, spec) ->
                    Validation.ofFaults (AtomicFile.check path overwrite piece.Bytes) (piece, shape, spec))
                |> Result.bind (fun (piece, shape, spec) ->
                    let header =
                        match extension path with
                        | ".npy" -> Npy.header request.Storage shape
                        | ".safetensors" ->
                            let name = request.Stream |> Option.defaultValue "tensor"

                            Safetensors.header
                                (Provenance.model request.Seed [ name, spec, request.Fan ]
                                 @ Provenance.place name (seedOf request) request.Stream (whole request))
                                [ name, request.Storage, shape ]
                        | _ -> [||]

                    AtomicFile.write path overwrite (fun stream ->
                        stream.Write(ReadOnlySpan header)

                        ElementStream.write
                            request.Device
                            stream
                            [ piece ]
                            (fun written -> progress written piece.Bytes)
                            token)
                    |> Result.map (fun () -> piece.Count))
        )

    /// EPIPE, and Windows' ERROR_BROKEN_PIPE and ERROR_NO_DATA.
    let private isBrokenPipe (e: IOException) =
        List.contains e.HResult [ 32; 0x8007006D; 0x800700E8 ]

    /// Turns the exceptions of a caller's stream into faults: a reader that has left, a cancellation, a stream that is
    /// closed or cannot be written.
    let private guardStream token (work: unit -> Result<'a, InitError list>) =
        try
            Cancellation.Request(token, work)
        with
        | :? OperationCanceledException -> Error [ InitError.Cancelled ]
        | :? IOException as e when isBrokenPipe e -> Error [ InitError.BrokenPipe ]
        | :? IOException as e -> Error [ InitError.FileUnwritable("-", e.Message) ]
        | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnwritable("-", e.Message) ]
        | :? NotSupportedException as e -> Error [ InitError.FileUnwritable("-", e.Message) ]
        | :? ObjectDisposedException -> Error [ InitError.FileUnwritable("-", "the stream is closed.") ]

    [<CompiledName "Raw">]
    let raw (stream: Stream) (request: ArrayRequest) token =
        guardStream token (fun () ->
            resolve request
            |> Result.bind (fun (piece, _, _) ->
                ElementStream.write request.Device stream [ piece ] ignore token
                |> Result.map (fun () -> piece.Count)))

    [<CompiledName "Words">]
    let words (stream: Stream) (count: int64 option) (seed: Seed) (token: CancellationToken) =
        let mutable position = 0L

        let left () =
            match count with
            | Some n -> n - position
            | None -> Int64.MaxValue

        guardStream token (fun () ->
            let buffer = Array.zeroCreate<uint32>(1 <<< 18)
            let mutable result = Ok()

            while Result.isOk result && left () > 0L do
                token.ThrowIfCancellationRequested()
                let n = int (min (int64 buffer.Length) (left ()))
                result <- Initialize.words (buffer.AsSpan(0, n), position, seed)

                if Result.isOk result then
                    stream.Write(MemoryMarshal.AsBytes(ReadOnlySpan(buffer, 0, n)))
                    position <- position + int64 n

            result)

    [<CompiledName "Tensors">]
    let tensors (path: string) (overwrite: bool) (named: (string * Tensor) list) progress token =
        SavedTensors.write path overwrite named progress token
