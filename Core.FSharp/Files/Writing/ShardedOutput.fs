namespace Initializers.Files

open System
open System.IO
open System.Security.Cryptography
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// A model written into a folder, in files up to a number of bytes.
module internal ShardedOutput =
    open ModelParts

    let pathIn (folder: string) (name: string) = Path.Combine(folder, name)

    let private noChecksum = Array.zeroCreate<byte> SHA256.HashSizeInBytes

    /// The header of a shard whose checksum is not known yet.
    let headerBefore layout shard =
        ShardLayout.header layout shard noChecksum

    /// Bytes of the data of a file, in blocks.
    let private hashRest (stream: Stream) (progress: int64 -> unit) : byte[] =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        let buffer = GC.AllocateUninitializedArray<byte> FileBuffer.Bytes
        let mutable read = stream.Read buffer
        let mutable total = 0L

        while read > 0 do
            hash.AppendData(ReadOnlySpan(buffer, 0, read))
            total <- total + int64 read
            progress total
            Cancellation.Check()
            read <- stream.Read buffer

        hash.GetHashAndReset()

    /// Whether a file has the header of a shard, whatever its checksum.
    let private hasHeader layout (shard: Shard) (stream: Stream) =
        let expected = headerBefore layout shard
        let other = ShardLayout.header layout shard (Array.create noChecksum.Length 0xFFuy)
        let found = Array.zeroCreate<byte> expected.Length

        stream.ReadAtLeast(found, found.Length, false) = found.Length
        && Array.forall2 (fun (e, o) f -> e = f || e <> o) (Array.zip expected other) found

    let private opened (path: string) (work: Stream -> 'a) : 'a =
        use stream = File.OpenRead path
        work stream

    /// Whether a file is this shard, of these bytes or of damaged ones.
    let isSameShard folder layout (shard: Shard) =
        opened (pathIn folder shard.Name) (hasHeader layout shard)

    /// Whether a file is this shard, with its data.
    let private isFinished folder layout (shard: Shard) progress =
        let path = pathIn folder shard.Name
        let expected = headerBefore layout shard

        File.Exists path
        && opened path (fun stream ->
            stream.Length = expected.LongLength + shard.Bytes
            && (stream.Position <- expected.LongLength
                let header = ShardLayout.header layout shard (hashRest stream progress)
                let found = Array.zeroCreate<byte> header.Length
                stream.Position <- 0L
                stream.ReadExactly found
                header = found))

    /// The files of a model in a folder that are those of another request than this one.
    let foreign folder layout (present: string list) =
        let names = ShardLayout.names layout

        let others = present |> List.filter (fun name -> not (List.contains name names))

        match others with
        | [] ->
            layout.Shards
            |> List.filter (fun shard -> List.contains shard.Name present && not (isSameShard folder layout shard))
            |> List.map _.Name
        | others -> others

    /// Whether a name is that of a file rather than of a folder, which may have a dot.
    let endsLikeFile (folder: string) =
        [ ".safetensors"; ".npz"; ".npy"; ".bin"; ".dat"; ".onnx"; ".json" ]
        |> List.exists (fun ending -> folder.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

    let private outputFault fault = [ InitError.Output fault ]

    /// The faults of a folder that is there: files in the way, and what cannot be written or removed.
    let private faultsOfExisting (request: ShardsRequest) inputs layout =
        let folder, existing = request.Folder, request.Existing
        let old = Sharding.present folder
        let names = ShardLayout.names layout
        let touched = List.distinct (names @ old) |> List.map (pathIn folder)

        let input =
            inputs
            |> List.tryFind (fun input -> touched |> List.exists (AtomicFile.isSame input))
            |> Option.map (fun input -> InitError.OutputIsInput(folder, input))
            |> Option.toList

        let bytes =
            match existing with
            | Existing.Resume ->
                layout.Shards
                |> List.filter (fun shard -> not (List.contains shard.Name old))
                |> List.sumBy _.Bytes
            | Existing.Refuse
            | Existing.Replace -> ShardLayout.bytes layout

        let room = AtomicFile.check (pathIn folder Sharding.indexName) true bytes

        let kinds =
            if room.IsEmpty then
                touched |> List.collect (fun path -> AtomicFile.check path true 0L)
            else
                []

        let kept =
            match existing with
            | _ when not (input.IsEmpty && room.IsEmpty && kinds.IsEmpty) || old.IsEmpty -> []
            | Existing.Replace -> []
            | Existing.Refuse when Sharding.isWhole old -> [ InitError.FileExists(pathIn folder old.Head) ]
            | Existing.Refuse -> outputFault (OutputFault.RunUnfinished(folder, old))
            | Existing.Resume ->
                match foreign folder layout old with
                | [] -> []
                | files -> outputFault (OutputFault.RunDiffers(folder, files))

        input @ kept @ room @ kinds

    /// The faults of a folder, whose files are checked by `ofExisting` where it is there.
    let faultsOfFolder (folder: string) bytes (ofExisting: unit -> InitError list) =
        AtomicFile.guard folder (fun () ->
            if Directory.Exists folder then
                Error(ofExisting ())
            elif File.Exists folder then
                Error [ InitError.FileUnwritable(folder, "it is a file; give a folder for the files of a model.") ]
            elif endsLikeFile folder then
                Error
                    [ InitError.FileUnwritable(
                          folder,
                          "it is the name of a file; give a folder for the files of a model."
                      ) ]
            else
                Error(AtomicFile.check (Path.TrimEndingDirectorySeparator folder) true bytes))
        |> Validation.faults

    /// The faults of a size of shards, and of the tensors in them.
    let faultsOfTensors (request: ShardsRequest) (tensors: PlannedTensor list) =
        Validation.check
            (InitError.ArgumentInvalid("max_shard_size", string request.MaxShardSize, "a number of bytes, 1 or more"))
            (request.MaxShardSize >= 1L)
        @ faultsOfTensors tensors
        @ Backends.faults request.Device

    /// The files of a request, whose size of files may be wrong.
    let layoutOf (request: ShardsRequest) tensors =
        ShardLayout.create request.Seed (max 1L request.MaxShardSize) tensors

    /// All faults of the folder and the tensors that can be found before any work.
    let faults (request: ShardsRequest) (inputs: string list) (tensors: PlannedTensor list) =
        faultsOfTensors request tensors
        @ faultsOfFolder request.Folder (bytesOf tensors) (fun () ->
            faultsOfExisting request inputs (layoutOf request tensors))

    /// Writes bytes of pieces, with the checksum of their data.
    let hashed device (stream: Stream) pieces progress token : Result<byte[], InitError list> =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        ElementStream.through
            device
            (fun bytes ->
                // A disk and a checksum each take about as long as the elements.
                let hashing = ThreadWork(fun () -> hash.AppendData bytes.Span)

                try
                    SystemCalls.writeThrough stream bytes.Span
                finally
                    hashing.Join()

                hashing.Finish())
            pieces
            progress
            token
        |> Result.map (fun () -> hash.GetHashAndReset())

    /// Writes one file of a model, with the checksum of its data.
    let private shard path device layout (shard: Shard) progress token =
        AtomicFile.write path true (fun stream ->
            // The checksum is known at the end, and its place now.
            stream.Write(ReadOnlySpan(headerBefore layout shard))

            hashed device stream (ShardLayout.pieces layout shard) progress token
            |> Result.map (fun checksum ->
                stream.Position <- 0L
                stream.Write(ReadOnlySpan(ShardLayout.header layout shard checksum))))

    /// Writes the index of shards, unless it is there.
    let index path (layout: ShardLayout) =
        let tensors = layout.Shards |> List.collect (fun shard -> stored shard.Tensors)

        let bytes =
            layout.Shards
            |> List.map (fun shard -> shard.Name, stored shard.Tensors |> List.map _.Entry.Name)
            |> Sharding.index
                (Provenance.root layout.Seed)
                (ShardLayout.bytes layout)
                (tensors |> List.sumBy _.Entry.Shape.Length)

        if File.Exists path && File.ReadAllBytes path = bytes then
            Ok()
        else
            AtomicFile.write path true (fun stream -> Ok(stream.Write(ReadOnlySpan bytes)))

    let remove folder names =
        for name in names do
            File.Delete(pathIn folder name)

    /// Makes the folder, and does something while no other run may write into it.
    let inFolder folder shared (work: bool -> Result<'a, InitError list>) : Result<'a, InitError list> =
        AtomicFile.guard folder (fun () ->
            let isNew = not (Directory.Exists folder)
            Directory.CreateDirectory folder |> ignore

            match SystemCalls.tryLockFolder shared folder with
            | None -> Error(outputFault (OutputFault.FolderInUse folder))
            | Some held ->
                use _ = held
                work isNew)

    /// Writes all files. An old model's are removed before the first, or kept if they are this model's, and after a failure
    /// those that were written are removed, unless the run may be resumed.
    let write (request: ShardsRequest) (tensors: PlannedTensor list) progress token =
        let folder, existing = request.Folder, request.Existing
        let layout = layoutOf request tensors
        let names = ShardLayout.names layout
        let total = ShardLayout.bytes layout
        let mutable kept = []

        let file (before: int64) (s: Shard) =
            let report written = progress (before + written) total

            if existing = Existing.Resume && isFinished folder layout s report then
                kept <- s.Name :: kept
                Ok()
            else
                shard (pathIn folder s.Name) request.Device layout s report token
            |> Result.map (fun () -> before + s.Bytes)

        let all () =
            (Ok 0L, layout.Shards)
            ||> List.fold (fun before shard -> before |> Result.bind (fun before -> file before shard))
            |> Result.bind (fun _ ->
                if layout.Shards.Length = 1 then
                    Ok()
                else
                    index (pathIn folder Sharding.indexName) layout)

        // Another run may have ended since the faults were asked for.
        let unchanged isNew =
            if isNew then [] else faultsOfExisting request [] layout

        let work isNew =
            let stale = Partials.removeStale folder

            if existing <> Existing.Resume then
                // A folder with files of two runs would look whole.
                remove folder (List.rev (Sharding.present folder))

            match AtomicFile.guard folder all with
            | Ok() ->
                Ok
                    { Files = names
                      Bytes = total
                      Kept = List.rev kept
                      Removed = stale }
            | Error faults when existing = Existing.Resume -> Error faults
            | Error faults ->
                remove folder (List.rev names)

                if isNew && Seq.isEmpty (Directory.EnumerateFileSystemEntries folder) then
                    Directory.Delete folder

                Error faults

        inFolder folder false (fun isNew ->
            Validation.ofFaults (unchanged isNew) () |> Result.bind (fun () -> work isNew))
