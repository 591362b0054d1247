namespace Initializers.Files

open System
open System.IO
open System.Security.Cryptography
open System.Threading
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
            let path = pathIn folder name

            // A pipe would wait for a writer.
            if SystemCalls.kind path true <> FileKind.Regular then
                name, None
            else
                use stream = SystemCalls.openUnlocked path
                name, PartsList.read stream name)

    /// The files that have their final names.
    let private named (present: string list) =
        let isMade (name: string) =
            name.EndsWith(".incomplete", StringComparison.Ordinal)
            || name.EndsWith(".parts", StringComparison.Ordinal)

        present |> List.filter (isMade >> not)

    /// The bytes of a rank's parts that are not on disk yet.
    let private missingBytes (request: ShardsRequest) (rank: Rank) layout =
        let listed =
            if request.Existing = Existing.Resume then
                lists request.Folder
                |> List.choose snd
                |> List.filter (fun list -> list.Rank = rank && list.Model = model layout)
                |> List.collect (fun list -> list.Parts |> List.map _.Part)
            else
                []

        ShardLayout.ofRank layout rank |> List.except listed |> List.sumBy _.Bytes

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
            | Existing.Resume when not (foreign folder layout (named old)).IsEmpty ->
                fault (OutputFault.RunDiffers(folder, foreign folder layout (named old)))
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

        let kinds () =
            layout.Shards
            |> List.collect (fun shard -> AtomicFile.check (incomplete folder shard) true 0L)

        match
            input
            @ AtomicFile.check (pathIn folder (Sharding.partsName rank)) true bytes
            @ kinds ()
        with
        | [] -> inWay ()
        | faults -> faults

    /// All faults of a rank's work that can be found before it.
    let faults (request: ShardsRequest) (rank: Rank) inputs (tensors: PlannedTensor list) =
        let isRank =
            rank.World >= 1
            && rank.World <= Rank.Most
            && rank.Index >= 0
            && rank.Index < rank.World

        Validation.check (InitError.Output(OutputFault.RankOutside(int64 rank.Index, int64 rank.World))) isRank
        @ faultsOfTensors request tensors
        @ (if isRank then
               let layout = layoutOf request tensors
               let bytes = missingBytes request rank layout
               faultsOfFolder request.Folder bytes (fun () -> faultsOfExisting request rank bytes inputs layout)
           else
               [])

    /// Whether a shard of this model has its name already: an earlier run was being finished.
    let private isNamed (request: ShardsRequest) layout (shard: Shard) =
        request.Existing = Existing.Resume
        && File.Exists(pathIn request.Folder shard.Name)
        && isSameShard request.Folder layout shard

    /// Makes the files that ranks write parts of, with their headers.
    let private startFiles (request: ShardsRequest) (layout: ShardLayout) =
        let folder = request.Folder

        for shard in layout.Shards |> List.filter (isNamed request layout >> not) do
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
        internal
        (request: ShardsRequest, layout: ShardLayout, list: FileStream, held: IDisposable, earlier: WrittenPart list) =
        member _.Layout = layout

        /// Writes a part and lists it when it is on disk, unless an earlier run did; then true.
        member _.Write(part: ShardPart, progress, token) : Result<bool, InitError list> =
            match earlier |> List.tryFind (fun written -> written.Part = part) with
            | _ when isNamed request layout layout.Shards[part.Shard] -> Ok true
            | Some written when isWritten request.Folder layout written progress -> Ok true
            | listed ->
                writePart request.Folder request.Device layout part progress token
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

    /// Removes the list of another run; false while it writes. Ranks of this run may remove it at the same moment.
    let rec private tryRemove (path: string) attempts : bool =
        match openList path with
        | Some list ->
            use _ = list
            File.Delete path
            true
        | None when attempts > 0 ->
            Thread.Sleep 10
            tryRemove path (attempts - 1)
        | None -> false

    /// Removes the lists of other runs, unless one of them still writes.
    let private removeOthers folder layout (rank: Rank) : InitError list =
        let isOther (list: PartsList) =
            list.Model <> model layout || list.Rank.World <> rank.World

        let removed =
            [ for name, list in lists folder do
                  if Option.exists isOther list then
                      tryRemove (pathIn folder name) 100 ]

        Validation.check (InitError.Output(OutputFault.FolderInUse folder)) (List.forall id removed)

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
                    let mutable isStarted = false

                    try
                        let others =
                            if request.Existing = Existing.Replace then
                                removeOthers folder layout rank
                            else
                                []

                        Validation.ofFaults others ()
                        |> Result.map (fun () ->
                            let earlier = listed request rank layout list

                            if rank.Index = 0 then
                                startFiles request layout

                            isStarted <- true
                            new Writer(request, layout, list, held, earlier))
                    finally
                        if not isStarted then
                            list.Dispose()
                            held.Dispose())

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
