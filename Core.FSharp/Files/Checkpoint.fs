namespace Initializers.Files

open System
open System.Collections.Generic
open System.IO
open System.Runtime.InteropServices
open Initializers.FSharp

/// One of the files of a checkpoint, open to be copied.
type internal CheckpointFile =
    { Path: string
      Header: FileHeader
      Stream: FileStream }

/// The tensors of a model's safetensors files, copied byte for byte.
module internal Checkpoint =
    let private opened (streams: List<FileStream>) (path: string) : Result<CheckpointFile, InitError list> =
        let inFile result =
            result
            |> Result.mapError (List.map (fun fault -> InitError.InFile(path, fault)))

        try
            match InputFile.validate path, SystemCalls.kind path true with
            | [], FileKind.Special name ->
                Error [ InitError.FileUnreadable(path, $"it is {name}; save its bytes as a file.") ]
            | [], _ ->
                let stream =
                    new FileStream(path, FileStreamOptions(BufferSize = 0, Options = FileOptions.SequentialScan))

                streams.Add stream

                SafetensorsReader.header stream
                |> inFile
                |> Result.map (fun header ->
                    { Path = path
                      Header = header
                      Stream = stream })
            | faults, _ -> Error faults
        with
        | :? IOException as e -> Error [ InitError.FileUnreadable(path, e.Message) ]
        | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnreadable(path, e.Message) ]

    /// The files that a path leads to. One shard of several means all: the tensors of the others are not missing.
    let private find (path: string) : Result<string list, InitError list> =
        match Shards.series path with
        | Some series when File.Exists path -> Shards.filesOf path series
        | _ -> ModelFiles.find path

    /// Work with the files that a path leads to, which stay open until it ends; or with their faults.
    let withFiles (path: string) (work: Result<CheckpointFile list, InitError list> -> 'a) : 'a =
        let streams = List<FileStream>()

        try
            find path |> Result.bind (Validation.traverse (opened streams)) |> work
        finally
            for stream in streams do
                stream.Dispose()

    /// Bytes of a file. One that has become shorter since its header was read is a fault.
    let private copy (file: CheckpointFile) (first: int64) : Fill =
        fun offset count address ->
            let rec next (at: int64) =
                if at = count then
                    Ok()
                else
                    let target =
                        MemoryMarshal.CreateSpan(
                            &System.Runtime.CompilerServices.Unsafe.AsRef<byte>((address + nativeint at).ToPointer()),
                            int (count - at)
                        )

                    match RandomAccess.Read(file.Stream.SafeFileHandle, target, first + offset + at) with
                    | 0 ->
                        let last =
                            file.Header.Tensors
                            |> List.fold (fun most t -> max most (t.Offset + t.Bytes)) 0L

                        let have =
                            max 0L (RandomAccess.GetLength file.Stream.SafeFileHandle - file.Header.DataStart)

                        Error [ InitError.InFile(file.Path, InitError.FileTruncated("the data", last, have)) ]
                    | read -> next (at + int64 read)

            try
                next 0L
            with
            | :? IOException as e -> Error [ InitError.FileUnreadable(file.Path, e.Message) ]
            | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnreadable(file.Path, e.Message) ]

    /// All bytes of a tensor.
    let piece (file: CheckpointFile) (tensor: TensorHeader) : Piece =
        { Source = Source.Given(1, (fun _ -> copy file (file.Header.DataStart + tensor.Offset), None))
          Offset = 0L
          Count = tensor.Bytes }

    /// Metadata of the files that no two of them contradict, in order.
    let metadata (files: CheckpointFile list) : (string * string) list =
        let all = files |> List.collect _.Header.Metadata |> List.distinct

        let several =
            all
            |> List.countBy fst
            |> List.filter (fun (_, n) -> n > 1)
            |> List.map fst
            |> set

        all |> List.filter (fst >> several.Contains >> not)
