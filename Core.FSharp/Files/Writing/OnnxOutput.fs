namespace Initializers.Files

open System
open System.IO
open Microsoft.Win32.SafeHandles
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// Copies ranges of an old file between the tensors of a new one.
[<Sealed>]
type private OnnxFrames(stream: Stream, source: Stream, chunks: OnnxChunk list) =
    inherit TensorFrames(stream)
    let buffer: byte[] = Array.zeroCreate 65536
    let mutable rest = chunks

    let copy (range: ByteRange) =
        source.Position <- range.Start
        let mutable left = range.Length

        while left > 0L do
            let part = Span(buffer, 0, int (min left buffer.LongLength))
            source.ReadExactly part
            stream.Write(Span<byte>.op_Implicit part)
            left <- left - int64 part.Length

    /// Writes chunks up to and with the next that has elements.
    let rec next () =
        match rest with
        | chunk :: others ->
            rest <- others

            match chunk with
            | OnnxChunk.Elements _ -> ()
            | OnnxChunk.Written bytes ->
                stream.Write(ReadOnlySpan bytes)
                next ()
            | OnnxChunk.Copied range ->
                copy range
                next ()
        | [] -> ()

    override _.Begin _ = next ()
    override _.Finish() = next ()

/// Puts tensors at offsets of a file of external data.
[<Sealed>]
type private ExternalFrames(stream: Stream, offsets: int64[]) =
    inherit TensorFrames(stream)

    override _.Begin index =
        stream.Write(ReadOnlySpan(Array.zeroCreate<byte>(int (offsets[index] - stream.Position))))

/// An initializer whose elements go to the new file of external data.
type private ExternalTensor =
    { Initializer: OnnxInitializer
      Piece: Piece
      Offset: int64 }

/// A model and what its new files will be.
type private OnnxPlan =
    { External: ExternalTensor list
      Embedded: Piece list
      Chunks: OnnxChunk list }

/// Writes ONNX models with new elements of their float initializers.
module internal OnnxOutput =
    open ModelParts

    /// The file of external data next to a model's.
    let dataPath (path: string) = path + ".data"

    let private nameOf (path: string) =
        match Path.GetFileName path with
        | null -> path
        | name -> name

    /// The largest message of protocol buffers.
    let private longest = int64 Int32.MaxValue

    let private read (source: string) (work: Stream -> OnnxPart list -> Result<'a, InitError list>) =
        InputFile.opened source (fun stream -> OnnxReader.parts source stream |> Result.bind (work stream))

    /// Offsets of external data, as onnx.proto3 recommends: multiples of a page, and for large tensors of Windows' allocation
    /// granularity, so that they can be mapped.
    let private aligned (position: int64) (bytes: int64) =
        let unit = if bytes >= 1048576L then 65536L else 4096L
        (position + unit - 1L) / unit * unit

    /// Where old external data are.
    let private externalPath (source: string) (location: string) =
        match Path.GetDirectoryName(Path.GetFullPath source) with
        | null -> location
        | folder -> Path.Combine(folder, location)

    /// Bytes of another file, as a piece.
    let private copied (path: string) (start: int64) (bytes: int64) : Piece =
        let fill (handle: SafeFileHandle) : Fill =
            fun offset count address ->
                let mutable filled = 0L
                let mutable isEnded = false

                while filled < count && not isEnded do
                    let target = address + nativeint filled
                    let part = Span<byte>(target.ToPointer(), int (count - filled))
                    let got = RandomAccess.Read(handle, part, start + offset + filled)
                    filled <- filled + int64 got
                    isEnded <- got = 0

                if isEnded then
                    Error
                        [ InitError.InFile(
                              path,
                              InitError.FileTruncated("the data", start + bytes, start + offset + filled)
                          ) ]
                else
                    Ok()

        let opened _ =
            let handle = File.OpenHandle path
            fill handle, Some(handle :> IDisposable)

        { Source = Source.Given(1, opened)
          Offset = 0L
          Count = bytes }

    /// A path without links.
    let rec private withoutLinks (path: string) : string =
        match Path.GetDirectoryName path with
        | null -> path
        | parent ->
            let full = Path.Combine(withoutLinks parent, nameOf path)

            match File.ResolveLinkTarget(full, false) with
            | null -> full
            | target -> withoutLinks target.FullName

    /// Whether a file is in the model's folder, through links too.
    let private isBeside (source: string) (path: string) =
        match Path.GetDirectoryName(Path.GetFullPath source) with
        | null -> true
        | folder ->
            let folder = Path.TrimEndingDirectorySeparator(withoutLinks folder)
            (withoutLinks path).StartsWith($"{folder}{Path.DirectorySeparatorChar}", StringComparison.Ordinal)

    /// The bytes that a file of external data has for an initializer.
    let private keptBytes
        (initializer: OnnxInitializer)
        (offset: int64)
        (length: int64 option)
        : Result<int64, string> =
        let bytes =
            OnnxReader.elementSize initializer.DataType
            |> Option.map (fun size ->
                List.fold (fun (product: bigint) (n: int64) -> product * bigint n) (bigint size) initializer.Dims)

        match bytes, length with
        | None, _ -> Error $"have data type {initializer.DataType}, which cannot be in another file"
        | Some _, _ when initializer.Dims |> List.exists (fun size -> size < 0L) -> Error "have a negative size"
        | Some bytes, Some length when bytes <> bigint length ->
            Error $"take {bytes} bytes, and their length is {length}"
        | Some bytes, _ when offset < 0L || bigint offset + bytes > bigint Int64.MaxValue ->
            Error $"take {bytes} bytes from offset {offset}, which no file has"
        | Some bytes, _ -> Ok(int64 bytes)

    /// The bytes of an initializer that is kept in a file of external data.
    let private keptPiece (source: string) (initializer: OnnxInitializer) : Result<Piece, InitError list> =
        let malformed reason =
            let reason = $"the data of '{Names.excerpt initializer.Name}' {reason}."
            Error [ InitError.Architecture(ArchitectureFault.OnnxMalformed(source, reason)) ]

        match initializer.Data with
        | OnnxData.External(location, offset, length) ->
            let path = externalPath source location

            let outside () =
                malformed $"are outside of its folder, at '{Names.excerpt location}'"

            let isInside =
                not (Path.IsPathRooted location || Array.contains ".." (location.Split('/', '\\')))

            match keptBytes initializer offset length with
            | _ when location = "" -> malformed "have no location"
            | _ when not isInside -> outside ()
            | Error reason -> malformed reason
            | Ok _ when not (File.Exists path) -> Error [ InitError.FileMissing path ]
            | Ok _ when not (isBeside source path) -> outside ()
            | Ok bytes ->
                // A link's length is that of its text.
                let have = FileInfo(withoutLinks path).Length

                if offset + bytes > have then
                    Error [ InitError.InFile(path, InitError.FileTruncated("the data", offset + bytes, have)) ]
                else
                    Ok(copied path offset bytes)
        | OnnxData.Raw _
        | OnnxData.Numbers -> Ok(copied source 0L 0L)

    let private isExternal (initializer: OnnxInitializer) =
        match initializer.Data with
        | OnnxData.External _ -> true
        | OnnxData.Raw _
        | OnnxData.Numbers -> false

    /// What the new files will be. Tensors are those of the model, in any order.
    let private planned source path (seed: Seed) (tensors: PlannedTensor list) (parts: OnnxPart list) =
        let byName = Map.ofList [ for tensor in tensors -> tensor.Entry.Name, tensor ]
        let initializers = OnnxReader.initializers parts

        let generated (tensor: PlannedTensor) = pieceOf (streamOf seed tensor) tensor

        let external =
            initializers
            |> List.filter isExternal
            |> Validation.traverse (fun initializer ->
                match Map.tryFind initializer.Name byName with
                | Some tensor -> Ok(initializer, generated tensor)
                | None -> keptPiece source initializer |> Result.map (fun piece -> initializer, piece))
            |> Result.map (
                List.mapFold
                    (fun position (initializer, piece: Piece) ->
                        let offset = aligned position piece.Bytes

                        { Initializer = initializer
                          Piece = piece
                          Offset = offset },
                        offset + piece.Bytes)
                    0L
                >> fst
            )

        let embedded =
            initializers
            |> List.filter (isExternal >> not)
            |> List.choose (fun initializer -> Map.tryFind initializer.Name byName |> Option.map generated)

        external
        |> Result.map (fun external ->
            let places =
                Map.ofList [ for tensor in external -> tensor.Initializer.Name, (tensor.Offset, tensor.Piece.Bytes) ]

            let placeOf (initializer: OnnxInitializer) =
                match Map.tryFind initializer.Name places, Map.tryFind initializer.Name byName with
                | Some(offset, bytes), _ -> OnnxPlace.External(nameOf (dataPath path), offset, bytes)
                | None, Some tensor -> OnnxPlace.Embedded (generated tensor).Bytes
                | None, None -> OnnxPlace.Kept

            let kept =
                initializers
                |> List.filter (fun t -> (OnnxReader.floatType t.DataType).IsSome && not (byName.ContainsKey t.Name))
                |> List.map _.Name

            let metadata =
                Provenance.partly seed (tensors |> List.map (fun t -> t.Entry.Name, t.Spec, t.Rule.Fan)) kept
                @ Provenance.ties (
                    tensors
                    |> List.choose (fun t -> t.Tie |> Option.map (fun tie -> t.Entry.Name, tie.Target))
                )

            { External = external
              Embedded = embedded
              Chunks = OnnxWriter.layout placeOf Provenance.isOurs metadata parts })

    /// Tensors that are not those of the model.
    let private different (entries: TensorEntry list) (tensors: PlannedTensor list) : InitError list =
        let known = Map.ofList [ for entry in entries -> entry.Name, entry ]

        let fault name reason =
            InitError.Output(OutputFault.OnnxTensorDiffers(name, reason))

        tensors
        |> List.collect (fun tensor ->
            match Map.tryFind tensor.Entry.Name known with
            | None -> [ fault tensor.Entry.Name "the model has no float initializer of this name" ]
            | Some entry when entry.Shape <> tensor.Entry.Shape ->
                [ fault entry.Name $"the graph has it in shape [{Shape.toText entry.Shape}]" ]
            | Some entry when entry.Storage <> tensor.Entry.Storage ->
                [ fault entry.Name $"the graph has it as {Storage.toText entry.Storage}" ]
            | Some _ -> [])

    let private faultsOfPlan (source: string) path overwrite (parts: OnnxPart list) (plan: OnnxPlan) =
        let data = dataPath path

        let bytes =
            plan.External
            |> List.fold (fun last tensor -> max last (tensor.Offset + tensor.Piece.Bytes)) 0L

        let length = OnnxWriter.lengthOf plan.Chunks

        let isRead location =
            AtomicFile.isSame data (externalPath source location)
            || AtomicFile.isSame path (externalPath source location)

        let inputs =
            OnnxReader.initializers parts
            |> List.choose (fun t ->
                match t.Data with
                | OnnxData.External(location, _, _) -> Some location
                | OnnxData.Raw _
                | OnnxData.Numbers -> None)
            |> List.distinct
            |> List.filter isRead
            |> List.map (fun location -> InitError.OutputIsInput(data, externalPath source location))

        Validation.check (InitError.Output(OutputFault.OnnxTooLarge(path, length))) (length <= longest)
        @ inputs
        @ AtomicFile.check path overwrite (length + bytes)
        @ (if plan.External.IsEmpty || not inputs.IsEmpty then
               []
           else
               AtomicFile.check data overwrite 0L)

    /// The faults of a model as the source of a new one. Those of its file are faults of the tensors, which come from it.
    let faults (source: string) path overwrite device (tensors: PlannedTensor list) : InitError list =
        let ofModel () =
            read source (fun _ parts ->
                OnnxReader.entries source parts
                |> Result.bind (fun entries ->
                    match different entries tensors with
                    | [] ->
                        planned source path (Seed.ofUInt64 0UL) tensors parts
                        |> Result.bind (fun plan ->
                            Validation.ofFaults (faultsOfPlan source path overwrite parts plan) ())
                    | faults -> Error faults))
            |> Validation.faults

        let own =
            if not (OnnxReader.isName source) then
                [ InitError.Output(OutputFault.OnnxWithoutModel(path, source)) ]
            elif tensors.IsEmpty then
                AtomicFile.check path overwrite 0L
            else
                ofModel ()

        faultsOfTensorsIn ".onnx" tensors @ own @ Backends.faults device

    /// Writes the model, and with it the file of its external data, if it has any.
    let write source path overwrite device (seed: Seed) (tensors: PlannedTensor list) progress token =
        read source (fun stream parts ->
            planned source path seed tensors parts
            |> Result.bind (fun plan ->
                let external = plan.External |> List.map _.Piece
                let ofExternal = external |> List.sumBy _.Bytes
                let total = ofExternal + (plan.Embedded |> List.sumBy _.Bytes)

                let writeData target =
                    let frames =
                        ExternalFrames(target, [| for tensor in plan.External -> tensor.Offset |])

                    FramedTensors.write device frames external (fun written -> progress written total) token

                let writeModel target =
                    let frames = OnnxFrames(target, stream, plan.Chunks)

                    FramedTensors.write
                        device
                        frames
                        plan.Embedded
                        (fun written -> progress (ofExternal + written) total)
                        token

                if external.IsEmpty then
                    AtomicFile.write path overwrite writeModel
                else
                    AtomicFile.writePair overwrite (dataPath path, writeData) (path, writeModel)))
