namespace Initializers.Files

open System
open System.IO
open System.Security.Cryptography
open System.Threading
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// A model written into a folder, in files up to a number of bytes.
module internal ShardedOutput =
    open ModelParts

    let private pathOf (folder: string) (name: string) = Path.Combine(folder, name)

    let private sharded (most: int64) (tensors: PlannedTensor list) =
        tensors |> Sharding.split most (fun tensor -> bytesOf [ tensor ])

    /// The names of the files that are written, of which the index is the last.
    let private namesOf (count: int) =
        [ for number in 1..count do
              Sharding.name number count
          if count > 1 then
              Sharding.indexName ]

    let private endsLikeFile (folder: string) =
        folder.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)

    /// The faults of a folder that is there: files in the way, and what cannot be written or removed.
    let private faultsOfExisting (folder: string) overwrite inputs bytes (names: string list) =
        let old = Sharding.present folder
        let touched = List.distinct (names @ old) |> List.map (pathOf folder)

        let input =
            inputs
            |> List.tryFind (fun input -> touched |> List.exists (AtomicFile.isSame input))
            |> Option.map (fun input -> InitError.OutputIsInput(folder, input))
            |> Option.toList

        let kept =
            if overwrite || not input.IsEmpty then
                []
            else
                old |> List.truncate 1 |> List.map (pathOf folder >> InitError.FileExists)

        let room = AtomicFile.check (pathOf folder Sharding.indexName) true bytes

        let kinds =
            if room.IsEmpty then
                touched |> List.collect (fun path -> AtomicFile.check path true 0L)
            else
                []

        input @ kept @ room @ kinds

    /// All faults of the folder and the tensors that can be found before any work.
    let faults (folder: string) (most: int64) overwrite device (inputs: string list) (tensors: PlannedTensor list) =
        let bytes = bytesOf tensors

        let ofFolder () =
            if Directory.Exists folder then
                faultsOfExisting folder overwrite inputs bytes (namesOf (sharded most tensors).Length)
            elif File.Exists folder then
                [ InitError.FileUnwritable(folder, "it is a file; give a folder for the files of a model.") ]
            elif endsLikeFile folder then
                [ InitError.FileUnwritable(folder, "it is the name of a file; give a folder for the files of a model.") ]
            else
                AtomicFile.check (Path.TrimEndingDirectorySeparator folder) true bytes

        Validation.check
            (InitError.ArgumentInvalid("max_shard_size", string most, "a number of bytes, 1 or more"))
            (most >= 1L)
        @ faultsOfTensors tensors
        @ ofFolder ()
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

    /// The index of the shards.
    let private index path (seed: Seed) (files: (string * PlannedTensor list) list) =
        let tensors = files |> List.collect snd

        let bytes =
            files
            |> List.map (fun (file, tensors) -> file, tensors |> List.map _.Entry.Name)
            |> Sharding.index (Provenance.root seed) (bytesOf tensors) (tensors |> List.sumBy _.Entry.Shape.Length)

        AtomicFile.write path true (fun stream -> Ok(stream.Write(ReadOnlySpan bytes)))

    /// Writes all files, removing the old model's before the first and, after a failure, those that were written.
    let write folder (most: int64) device (seed: Seed) (tensors: PlannedTensor list) progress token =
        let shards = sharded most tensors
        let names = namesOf shards.Length
        let files = List.zip (List.truncate shards.Length names) shards
        let total = bytesOf tensors

        let file (before: int64) (name, tensors) =
            shard (pathOf folder name) device seed tensors (fun written -> progress (before + written) total) token

        let all () =
            (Ok 0L, files)
            ||> List.fold (fun before (name, tensors) ->
                before
                |> Result.bind (fun before ->
                    file before (name, tensors) |> Result.map (fun () -> before + bytesOf tensors)))
            |> Result.bind (fun _ ->
                if shards.Length = 1 then
                    Ok()
                else
                    index (pathOf folder Sharding.indexName) seed files)

        let remove names =
            for name in names do
                File.Delete(pathOf folder name)

        AtomicFile.guard folder (fun () ->
            let isNew = not (Directory.Exists folder)
            Directory.CreateDirectory folder |> ignore
            // A folder with files of two runs would look whole.
            remove (List.rev (Sharding.present folder))

            match all () with
            | Ok() -> Ok names
            | Error faults ->
                remove (List.rev names)

                if isNew && Seq.isEmpty (Directory.EnumerateFileSystemEntries folder) then
                    Directory.Delete folder

                Error faults)
