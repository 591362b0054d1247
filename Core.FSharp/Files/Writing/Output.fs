namespace Initializers.FSharp

open System
open System.IO
open System.Runtime.InteropServices
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
      Slice: (int64 * int64) option
      Box: Box option }

[<RequireQualifiedAccess>]
module Output =
    open ModelParts

    [<CompiledName "FaultsOfInputs">]
    let faultsOfInputs (path: string) (inputs: string list) : InitError list =
        inputs
        |> List.tryFind (AtomicFile.isSame path)
        |> Option.map (fun input -> InitError.OutputIsInput(path, input))
        |> Option.toList

    let private extension (path: string) =
        match Path.GetExtension path with
        | null -> ""
        | e -> e.ToLowerInvariant()

    /// The seed with the stream of its name.
    let private seedOf (request: ArrayRequest) =
        match request.Stream with
        | Some name -> Seed.child name request.Seed
        | None -> request.Seed

    [<CompiledName "FaultsOfModel">]
    let faultsOfModel (path: string) (overwrite: bool) (device: Device) (tensors: PlannedTensor list) =
        let format = extension path

        Validation.check (InitError.FormatUnknown(path, ModelFormats.known)) (List.contains format ModelFormats.known)
        @ faultsOfTensorsIn format tensors
        @ ModelFormats.faults format tensors
        @ AtomicFile.check path overwrite (bytesOf (ModelFormats.tensorsIn format tensors))
        @ Backends.faults device

    [<CompiledName "Model">]
    let model path overwrite device (seed: Seed) (tensors: PlannedTensor list) progress token =
        Cancellation.Request(
            token,
            fun () ->
                match faultsOfModel path overwrite device tensors with
                | [] ->
                    ModelFormats.write (extension path) device seed tensors progress token
                    |> AtomicFile.write path overwrite
                | faults -> Error faults
        )

    [<CompiledName "FaultsOfOnnx">]
    let faultsOfOnnx (source: string) (path: string) overwrite device (tensors: PlannedTensor list) =
        Validation.check (InitError.FormatUnknown(path, [ ".onnx" ])) (extension path = ".onnx")
        @ match faultsOfInputs path [ source ] with
          | [] -> OnnxOutput.faults source path overwrite device tensors
          // An existing file is not replaced by overwriting either.
          | faults -> faults @ OnnxOutput.faults source path true device tensors

    [<CompiledName "Onnx">]
    let onnx source path overwrite device (seed: Seed) (tensors: PlannedTensor list) progress token =
        Cancellation.Request(
            token,
            fun () ->
                match faultsOfOnnx source path overwrite device tensors with
                | [] -> OnnxOutput.write source path overwrite device seed tensors progress token
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

    [<CompiledName "FaultsOfShards">]
    let faultsOfShards (request: ShardsRequest) inputs tensors =
        match request.Rank with
        | Some rank -> RankOutput.faults request rank inputs tensors
        | None -> ShardedOutput.faults request inputs tensors

    [<CompiledName "Shards">]
    let shards (request: ShardsRequest) (tensors: PlannedTensor list) progress token =
        Cancellation.Request(
            token,
            fun () ->
                match faultsOfShards request [] tensors, request.Rank with
                | [], Some rank -> RankOutput.write request rank tensors progress token
                | [], None -> ShardedOutput.write request tensors progress token
                | faults, _ -> Error faults
        )

    [<CompiledName "Finish">]
    let finish (folder: string) (overwrite: bool) progress (token: CancellationToken) =
        Cancellation.Request(token, (fun () -> RankFinish.finish folder overwrite progress))

    /// The part that a request asks for, with its shape.
    let private partOf (request: ArrayRequest) : Result<TensorPart * Shape, InitError list> =
        match request.Slice, request.Box with
        | None, None -> Ok(TensorPart.Slice 0L, request.Shape)
        | Some(offset, count), None ->
            validation {
                let! () = Shape.sliceFaults offset count request.Shape.Length
                let! shape = Shape.ofList [ count ]
                return TensorPart.Slice offset, shape
            }
        | None, Some box ->
            Box.within request.Shape box
            |> Result.map (fun bounded -> TensorPart.Box bounded, bounded.Part)
        | Some _, Some _ -> Error [ InitError.ArgumentConflict "give either a box or a slice, not both." ]

    /// The piece that a request asks for, with its part, the shape that it has in a file and the spec of its metadata, which
    /// has numbers instead of functions.
    let private resolve (request: ArrayRequest) =
        // A name that is not Unicode has no stream.
        let stream = nameFaults "" (Option.toList request.Stream)

        validation {
            let! spec, content = content request.Spec request.Shape request.Fan request.Storage
            and! part, shape = partOf request
            and! () = stream @ Backends.faults request.Device

            let! () =
                Validation.check
                    (InitError.ShapeOverflow shape.Dims)
                    (shape.Length <= Int64.MaxValue / int64 (Storage.size request.Storage))

            let! piece =
                PartPiece.ofContent content request.Storage (seedOf request) part shape.Length

            return piece, part, shape, spec
        }

    let private formats = [ ".npy"; ".safetensors"; ".bin" ]

    [<CompiledName "FaultsOfArrayPath">]
    let faultsOfArrayPath (path: string) (overwrite: bool) (storage: Storage) (stream: string option) =
        let format = extension path
        let others = List.tail formats

        Validation.check (InitError.FormatUnknown(path, formats)) (List.contains format formats)
        @ (match format, storage with
           | ".npy", Storage.Float DType.BFloat16 -> [ InitError.DTypeUnsupported(format, DType.BFloat16, others) ]
           | ".npy", Storage.Float8 _ ->
               [ InitError.Output(OutputFault.TypeUnsupported(format, Storage.toText storage, others)) ]
           | _ -> [])
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
                |> Result.bind (fun (piece, part, shape, spec) ->
                    Validation.ofFaults (AtomicFile.check path overwrite piece.Bytes) (piece, part, shape, spec))
                |> Result.bind (fun (piece, part, shape, spec) ->
                    let header =
                        match extension path with
                        | ".npy" -> Npy.header request.Storage shape
                        | ".safetensors" ->
                            let name = request.Stream |> Option.defaultValue "tensor"
                            let isWhole = request.Slice.IsNone && request.Box.IsNone
                            let part = if isWhole then None else Some(request.Shape, part)

                            Safetensors.header
                                (Provenance.model request.Seed [ name, spec, request.Fan ]
                                 @ Provenance.place name (seedOf request) request.Stream part)
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
            |> Result.bind (fun (piece, _, _, _) ->
                ElementStream.write request.Device stream [ piece ] ignore token
                |> Result.map (fun () -> piece.Count)))

    [<CompiledName "Words">]
    let words (stream: Stream) (kind: WordKind) (count: int64 option) (seed: Seed) (token: CancellationToken) =
        let mutable position = 0L

        let left () =
            match count with
            | Some n -> n - position
            | None -> Int64.MaxValue

        guardStream token (fun () ->
            let mutable buffer = Array.zeroCreate<uint32>(1 <<< 18)
            let mutable result = Ok()

            while Result.isOk result && left () > 0L do
                token.ThrowIfCancellationRequested()

                if left () < int64 buffer.Length then
                    buffer <- Array.zeroCreate<uint32>(int (left ()))

                result <- WordKind.fill kind seed position buffer

                if Result.isOk result then
                    stream.Write(MemoryMarshal.AsBytes(ReadOnlySpan buffer))
                    position <- position + buffer.LongLength

            result)

    [<CompiledName "Tensors">]
    let tensors (path: string) (overwrite: bool) (named: (string * Tensor) list) progress token =
        SavedTensors.write path overwrite named progress token
