namespace Initializers.Files

open System
open System.IO
open System.Security.Cryptography
open Initializers
open Initializers.FSharp

/// Parts of a model that several processes write into one folder, without a word between them: each knows from the request
/// which bytes of which files are its own.
module internal RankOutput =
    open ShardedOutput

    let private fault fault = [ InitError.Output fault ]

    /// What all ranks of a run agree on: the number of files, the bytes of their data, and a digest of their headers.
    let modelText (headers: byte[] seq) (bytes: int64) : string =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        let mutable count = 0

        for header in headers do
            hash.AppendData(ReadOnlySpan header)
            count <- count + 1

        $"{count} {bytes} {Convert.ToHexStringLower(hash.GetHashAndReset())}"

    let private model (layout: ShardLayout) =
        modelText (layout.Shards |> Seq.map (headerBefore layout)) (ShardLayout.bytes layout)

    let private incomplete folder (shard: Shard) =
        pathIn folder (Sharding.incompleteName shard.Name)

    /// A file that several processes write at once.
    let private openShared (path: string) access =
        new FileStream(
            path,
            FileStreamOptions(
                Mode = FileMode.OpenOrCreate,
                Access = access,
                Share = (FileShare.ReadWrite ||| FileShare.Delete),
                BufferSize = 0
            )
        )

    /// Opens a rank's list, so that no second process of this rank writes it; None where one does.
    let private openList (path: string) : FileStream option =
        try
            let stream = openShared path FileAccess.ReadWrite

            match SystemCalls.tryLock false stream.SafeFileHandle with
            | FileLock.Elsewhere ->
                stream.Dispose()
                None
            | FileLock.Taken
            | FileLock.Unavailable -> Some stream
        with
        // .NET asks for a shared lock when it opens a file.
        | :? IOException as e when e.HResult = SystemCalls.EAGAIN ->
            None

    /// The lists of a folder; None for a file of another content.
    let lists (folder: string) : (string * PartsList option) list =
        Sharding.partsIn folder
        |> List.map (fun name ->
            use stream = SystemCalls.openUnlocked (pathIn folder name)
            name, PartsList.read stream name)

    /// The files in the way of a rank: those of a whole model, and lists of another run or, unless they are resumed, of this
    /// rank.
    let private faultsOfExisting (request: ShardsRequest) (rank: Rank) bytes inputs (layout: ShardLayout) =
        let folder, existing = request.Folder, request.Existing
        let old = Sharding.present folder
        let text = model layout

        let inWay () =
            match existing with
            | Existing.Replace -> []
            | Existing.Refuse when Sharding.isWhole old -> [ InitError.FileExists(pathIn folder old.Head) ]
            | Existing.Refuse
            | Existing.Resume ->
                let differing =
                    lists folder
                    |> List.filter (fun (_, list) ->
                        match list with
                        | Some list -> list.Model <> text || list.Rank.World <> rank.World
                        // A list of which the process was killed while it began.
                        | None -> false)
                    |> List.map fst

                match differing with
                | [] when existing = Existing.Refuse && List.contains (Sharding.partsName rank) old ->
                    fault (OutputFault.RunUnfinished(folder, [ Sharding.partsName rank ]))
                | [] -> []
                | names -> fault (OutputFault.RunDiffers(folder, names))

        let input =
            inputs
            |> List.tryFind (fun input -> old |> List.exists (fun name -> AtomicFile.isSame input (pathIn folder name)))
            |> Option.map (fun input -> InitError.OutputIsInput(folder, input))
            |> Option.toList

        match input @ AtomicFile.check (pathIn folder (Sharding.partsName rank)) true bytes with
        | [] -> inWay ()
        | faults -> faults

    /// All faults of a rank's work that can be found before it.
    let faults (request: ShardsRequest) (rank: Rank) inputs (tensors: PlannedTensor list) =
        let isRank = rank.World >= 1 && rank.Index >= 0 && rank.Index < rank.World

        Validation.check (InitError.Output(OutputFault.RankOutside(int64 rank.Index, int64 rank.World))) isRank
        @ faultsOfTensors request tensors
        @ (if isRank then
               let layout = layoutOf request tensors
               let bytes = ShardLayout.ofRank layout rank |> List.sumBy _.Bytes
               faultsOfFolder request.Folder bytes (fun () -> faultsOfExisting request rank bytes inputs layout)
           else
               [])

    /// Makes the files that ranks write parts of, with their headers.
    let private startFiles folder (layout: ShardLayout) =
        for shard in layout.Shards do
            use stream = openShared (incomplete folder shard) FileAccess.Write
            stream.Write(ReadOnlySpan(headerBefore layout shard))
            stream.Flush true

    /// Hashes bytes of a file, or those that it has.
    let checksumOf
        (stream: Stream)
        (start: int64)
        (bytes: int64)
        (hashes: IncrementalHash list)
        (progress: int64 -> unit)
        =
        let buffer =
            GC.AllocateUninitializedArray<byte>(int (min bytes (int64 FileBuffer.Bytes)))

        stream.Position <- start
        let mutable left = bytes
        let mutable more = true

        while more && left > 0L do
            Cancellation.Check()
            let read = stream.Read(buffer, 0, int (min left buffer.LongLength))

            for hash in hashes do
                hash.AppendData(ReadOnlySpan(buffer, 0, read))

            left <- left - int64 read
            more <- read > 0
            progress (bytes - left)

    /// Whether the bytes of a part are those that were written.
    let private isWritten folder (layout: ShardLayout) (written: WrittenPart) progress =
        let shard = layout.Shards[written.Part.Shard]
        let path = incomplete folder shard

        File.Exists path
        && (use stream = SystemCalls.openUnlocked path
            use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
            let start = (headerBefore layout shard).LongLength + written.Part.Offset
            checksumOf stream start written.Part.Bytes [ hash ] progress
            Convert.ToHexStringLower(hash.GetHashAndReset()) = written.Checksum)

    /// Writes a part at its place in its file.
    let private writePart folder device (layout: ShardLayout) (part: ShardPart) progress token =
        let shard = layout.Shards[part.Shard]
        let start = (headerBefore layout shard).LongLength
        use stream = openShared (incomplete folder shard) FileAccess.Write
        // Equal for all ranks, so that it does not matter which is first.
        stream.SetLength(start + shard.Bytes)
        stream.Position <- start + part.Offset

        hashed device stream (ShardLayout.piecesIn layout part) progress token
        |> Result.map (fun checksum ->
            stream.Flush true

            { Part = part
              Checksum = Convert.ToHexStringLower checksum })

    /// A rank's list and the lock of its folder, while the rank writes.
    [<Sealed>]
    type Writer
        internal (folder, device, layout: ShardLayout, list: FileStream, held: IDisposable, earlier: WrittenPart list) =
        member _.Layout = layout

        /// Writes a part and lists it when it is on disk, unless an earlier run did; then true.
        member _.Write(part: ShardPart, progress, token) : Result<bool, InitError list> =
            match earlier |> List.tryFind (fun written -> written.Part = part) with
            | Some written when isWritten folder layout written progress -> Ok true
            | listed ->
                writePart folder device layout part progress token
                |> Result.map (fun written ->
                    // Written again, a part has the bytes of its line.
                    if listed.IsNone then
                        PartsList.add list written

                    false)

        member _.Complete() = PartsList.finish list

        interface IDisposable with
            member _.Dispose() =
                list.Dispose()
                held.Dispose()

    /// The list of a rank: that of an earlier run of the same request if it is resumed, else a new one.
    let private listed (request: ShardsRequest) rank layout (list: FileStream) =
        let text = model layout

        match PartsList.read list "" with
        | Some earlier when request.Existing = Existing.Resume && earlier.Model = text ->
            PartsList.resume list earlier
            earlier.Parts
        | _ ->
            PartsList.start list rank text
            []

    /// Removes the lists of other runs.
    let private removeOthers folder layout (rank: Rank) =
        for name, other in lists folder do
            if
                other
                |> Option.exists (fun o -> o.Model <> model layout || o.Rank.World <> rank.World)
            then
                File.Delete(pathIn folder name)

    /// Begins the work of a rank, in which no second process of this rank can be.
    let start (request: ShardsRequest) (rank: Rank) (tensors: PlannedTensor list) : Result<Writer, InitError list> =
        let folder = request.Folder
        let layout = layoutOf request tensors

        AtomicFile.guard folder (fun () ->
            Directory.CreateDirectory folder |> ignore

            match SystemCalls.tryLockFolder true folder with
            | None -> Error(fault (OutputFault.FolderInUse folder))
            | Some held ->
                match openList (pathIn folder (Sharding.partsName rank)) with
                | None ->
                    held.Dispose()
                    Error(fault (OutputFault.FolderInUse folder))
                | Some list ->
                    let earlier = listed request rank layout list
                    let writer = new Writer(folder, request.Device, layout, list, held, earlier)

                    if request.Existing = Existing.Replace then
                        removeOthers folder layout rank

                    if rank.Index = 0 then
                        startFiles folder layout

                    Ok writer)

    /// Writes the parts of a rank.
    let write (request: ShardsRequest) (rank: Rank) (tensors: PlannedTensor list) progress token =
        start request rank tensors
        |> Result.bind (fun writer ->
            use writer = writer
            let layout = writer.Layout
            let parts = ShardLayout.ofRank layout rank
            let total = parts |> List.sumBy _.Bytes

            let one (before, kept) (part: ShardPart) =
                writer.Write(part, (fun written -> progress (before + written) total), token)
                |> Result.map (fun isKept -> before + part.Bytes, (if isKept then part :: kept else kept))

            AtomicFile.guard request.Folder (fun () ->
                (Ok(0L, []), parts)
                ||> List.fold (fun state part -> state |> Result.bind (fun state -> one state part))
                |> Result.map (fun (_, kept) ->
                    writer.Complete()

                    let nameOf (part: ShardPart) = layout.Shards[part.Shard].Name
                    let written = parts |> List.except kept |> List.map nameOf
                    let names = parts |> List.map nameOf |> List.distinct

                    { Files = names
                      Bytes = total
                      Kept = names |> List.except written
                      Removed = [] })))
