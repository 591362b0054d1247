namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Threading
open Initializers.Files

type TensorStatistics =
    { Mean: float
      Stddev: float
      Min: float
      Max: float
      Zeros: int64
      NonFinite: int64 }

type InspectedTensor =
    { Header: TensorHeader
      Statistics: TensorStatistics option
      DuplicateOf: string option }

    member this.IsConstant =
        match this.Statistics with
        | Some s -> s.NonFinite = 0L && s.Min = s.Max
        | None -> false

type InspectedFile =
    { Source: string
      Format: string
      Metadata: (string * string) list
      Tensors: InspectedTensor list }

    member this.Values = this.Tensors |> List.sumBy (fun t -> t.Header.Shape.Length)
    member this.Bytes = this.Tensors |> List.sumBy _.Header.Bytes

    member this.Duplicates =
        this.Tensors |> List.filter _.DuplicateOf.IsSome |> List.length

    member this.ConstantDuplicates =
        this.Tensors
        |> List.filter (fun t -> t.DuplicateOf.IsSome && t.IsConstant)
        |> List.length

[<RequireQualifiedAccess>]
module Inspection =
    /// Elements that are converted at a time; with their float64 copies they stay in a core's own cache.
    let private blockElements = 2048

    /// One reading of the files of one model: the buffers that all tensors share, and how far it has come.
    [<Sealed>]
    type private Reading(all: TensorHeader list, progress, token: CancellationToken) =
        let total = all |> List.sumBy _.Bytes

        let buffer: byte[] =
            GC.AllocateUninitializedArray(int (min (int64 FileBuffer.Bytes) (max 1L total)))

        let block: float[] = Array.zeroCreate blockElements
        let mutable read = 0L

        // A tensor can only be the same as one of its dtype and shape; others need no hash.
        let twins =
            all
            |> List.countBy (fun t -> t.DType, t.Shape.Dims)
            |> List.filter (fun (_, n) -> n > 1)
            |> List.map fst
            |> HashSet

        let firsts = Dictionary<struct (StoredType * int64 list * string), string>()

        let survey (moments: Moments) bigEndian (stored: StoredType) (bytes: Span<byte>) =
            if bigEndian then
                ElementDecoding.reverse stored bytes

            let width = StoredType.bits stored / 8
            let mutable at = 0

            while at < bytes.Length do
                let taken = min (blockElements * width) (bytes.Length - at)
                let values = Span(block, 0, taken / width)
                ElementDecoding.toFloats stored (Span.op_Implicit (bytes.Slice(at, taken))) values
                moments.Add values
                at <- at + taken

        /// Reads a tensor's bytes through the buffer. Its length is a multiple of every element's width.
        let pass
            (stream: Stream)
            bigEndian
            (tensor: TensorHeader)
            (hash: IncrementalHash option)
            (moments: Moments option)
            =
            let mutable left = tensor.Bytes

            while left > 0L do
                token.ThrowIfCancellationRequested()
                let part = Span(buffer, 0, int (min (int64 buffer.Length) left))
                stream.ReadExactly part

                match hash with
                | Some hash -> hash.AppendData(Span<byte>.op_Implicit part)
                | None -> ()

                match moments with
                | Some moments -> survey moments bigEndian tensor.DType part
                | None -> ()

                left <- left - int64 part.Length
                read <- read + int64 part.Length
                progress read total

        let duplicate (tensor: TensorHeader) (hash: IncrementalHash option) =
            match hash with
            | None -> None
            | Some hash ->
                let key =
                    struct (tensor.DType, tensor.Shape.Dims, Convert.ToHexString(hash.GetHashAndReset()))

                match firsts.TryGetValue key with
                | true, first -> Some first
                | _ ->
                    firsts[key] <- tensor.Name
                    None

        let inspect (stream: Stream) (located: LocatedTensor) : InspectedTensor =
            let tensor, place = located.Tensor, located.Place
            let elements = ElementPlaces.opened stream tensor place
            use hasher = IncrementalHash.CreateHash HashAlgorithmName.SHA256

            let hash =
                if tensor.Bytes > 0L && twins.Contains((tensor.DType, tensor.Shape.Dims)) then
                    Some hasher
                else
                    None

            let moments =
                if ElementDecoding.isRead tensor.DType then
                    Some(Moments())
                else
                    None

            pass elements place.BigEndian tensor hash moments

            { Header = tensor
              Statistics =
                moments
                |> Option.map (fun m ->
                    { Mean = m.Mean
                      Stddev = m.Stddev
                      Min = m.Min
                      Max = m.Max
                      Zeros = m.Zeros
                      NonFinite = m.NonFinite })
              DuplicateOf = duplicate tensor hash }

        /// A file's tensors and metadata.
        member _.File(source: string, stream: Stream, file: TensorFile) : InspectedFile =
            { Source = source
              Format = file.Format
              Metadata = file.Metadata
              Tensors = ElementPlaces.sorted file |> List.map (inspect stream) }

    let private headers (file: TensorFile) = file.Tensors |> List.map _.Tensor

    let reading
        (source: string)
        (stream: Stream)
        (token: CancellationToken)
        (work: unit -> Result<'a, InitError list>)
        : Result<'a, InitError list> =
        try
            if not stream.CanRead then
                Error [ InitError.FileUnreadable(source, "the stream is closed or can only be written.") ]
            elif not stream.CanSeek then
                Error [ InitError.FileUnreadable(source, "it is a pipe; save its bytes as a file.") ]
            else
                Cancellation.Request(token, work)
        with
        | :? OperationCanceledException -> Error [ InitError.Cancelled ]
        | :? IOException as e -> Error [ InitError.FileUnreadable(source, e.Message) ]
        | :? NotSupportedException as e -> Error [ InitError.FileUnreadable(source, e.Message) ]
        | :? InvalidDataException as e -> Error [ InitError.Format(FormatFault.ZipMalformed e.Message) ]
        // Another thread closed it.
        | :? ObjectDisposedException -> Error [ InitError.FileUnreadable(source, "the stream is closed.") ]

    [<CompiledName "OfStream">]
    let ofStream (source: string) (stream: Stream) progress token : Result<InspectedFile, InitError list> =
        reading source stream token (fun () ->
            TensorFormats.read source stream
            |> Result.map (fun file -> Reading(headers file, progress, token).File(source, stream, file))
            |> Result.mapError (List.map (fun fault -> InitError.InFile(source, fault))))

    [<CompiledName "Validate">]
    let validate (path: string | null) : Result<string, InitError list> =
        match path with
        | null -> Error [ InitError.ArgumentMissing("file", "model.safetensors") ]
        | path ->
            let regular (file: string) =
                // A pipe that nothing is written to would never open.
                match InputFile.validate file, SystemCalls.kind file true with
                | [], FileKind.Special name ->
                    Error [ InitError.FileUnreadable(file, $"it is {name}; save its bytes as a file.") ]
                | faults, _ -> Validation.ofFaults faults file

            ModelFiles.find path
            |> Result.bind (Validation.traverse regular)
            |> Result.map (fun _ -> path)

    /// Metadata that no two files contradict, in order.
    let private common (files: InspectedFile list) : (string * string) list =
        let all = files |> List.collect _.Metadata |> List.distinct

        let several =
            all
            |> List.countBy fst
            |> List.filter (fun (_, n) -> n > 1)
            |> List.map fst
            |> set

        all |> List.filter (fst >> several.Contains >> not)

    /// The files of a model as one.
    let private ofFiles (source: string) (paths: string list) progress token : Result<InspectedFile, InitError list> =
        let opened work (path: string) =
            InputFile.opened path (fun stream ->
                reading path stream token (fun () ->
                    TensorFormats.read path stream
                    |> Result.mapError (List.map (fun fault -> InitError.InFile(path, fault)))
                    |> Result.map (work path stream)))

        paths
        |> Validation.traverse (opened (fun _ _ file -> headers file))
        |> Result.bind (fun tensors ->
            let reading = Reading(List.concat tensors, progress, token)

            paths
            |> Validation.traverse (opened (fun path stream file -> reading.File(path, stream, file)))
            |> Result.map (fun files ->
                { Source = source
                  Format = files.Head.Format
                  Metadata = common files
                  Tensors = files |> List.collect _.Tensors }))
        |> FaultReport.result

    [<CompiledName "OfFile">]
    let ofFile (path: string | null) progress token : Result<InspectedFile, InitError list> =
        validate path
        |> Result.bind ModelFiles.find
        |> Result.bind (function
            | [ file ] -> InputFile.opened file (fun stream -> ofStream file stream progress token)
            | files -> ofFiles (string path) files progress token)
