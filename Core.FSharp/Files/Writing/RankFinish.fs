namespace Initializers.Files

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open Initializers
open Initializers.FSharp

/// The files of a model from the parts that ranks wrote: every checksum is compared, and then the files get their names.
module internal RankFinish =
    open ShardedOutput

    let private fault fault = [ InitError.Output fault ]

    let private shardName (count: int) (shard: int) = Sharding.name (shard + 1) count

    /// A shard's file: under its final name if it was finished before, else the one that has the parts.
    let private fileOf folder count shard =
        let name = shardName count shard
        let parts = pathIn folder (Sharding.incompleteName name)
        if File.Exists parts then parts else pathIn folder name

    /// A file's header: its bytes with a checksum of zeros, where in them the checksum is, and what they say.
    type private Begun =
        { Path: string
          Header: byte[]
          Place: int
          Content: FileHeader }

    let private key = "\"sha256\":\""

    let private begun (path: string) : Begun option =
        use stream = File.OpenRead path

        match SafetensorsReader.beginning stream with
        | Error _ -> None
        | Ok content ->
            let header = Array.zeroCreate<byte>(int content.DataStart)
            stream.Position <- 0L
            stream.ReadExactly header

            let place =
                header.AsSpan().IndexOf(ReadOnlySpan(Encoding.ASCII.GetBytes key)) + key.Length

            let digits = 2 * SHA256.HashSizeInBytes

            if place < key.Length || place + digits > header.Length then
                None
            else
                header.AsSpan(place, digits).Fill(byte '0')

                Some
                    { Path = path
                      Header = header
                      Place = place
                      Content = content }

    let private dataOf (begun: Begun) =
        begun.Content.Tensors |> List.sumBy _.Bytes

    /// The parts of a shard in order, each place once; None where bytes of the shard are in no part.
    let private covering (bytes: int64) (parts: (int64 * WrittenPart) list) =
        // The part that ends at a place to which parts lead from the beginning. Runs with other units of work may have left
        // parts of other sizes.
        let ending = Dictionary<int64, int64 * WrittenPart>()

        for rank, written in parts |> List.sortBy (fun (_, written) -> written.Part.Offset) do
            let part = written.Part

            if part.Offset = 0L || ending.ContainsKey part.Offset then
                ending.TryAdd(part.Offset + part.Bytes, (rank, written)) |> ignore

        let rec back position found =
            if position = 0L then
                Some found
            else
                match ending.TryGetValue position with
                | true, (rank, written) when written.Part.Bytes > 0L ->
                    back written.Part.Offset ((rank, written) :: found)
                | _ -> None

        back bytes []

    /// The checksum of a shard's data, which are those of its parts.
    let private check (begun: Begun) parts progress : Result<byte[], InitError list> =
        use stream = File.OpenRead begun.Path
        use whole = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        let start = begun.Header.LongLength

        let differing =
            parts
            |> List.choose (fun (rank, written: WrittenPart) ->
                use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
                let part = written.Part

                RankOutput.checksumOf stream (start + part.Offset) part.Bytes [ hash; whole ] (fun done' ->
                    progress (part.Offset + done'))

                if Convert.ToHexStringLower(hash.GetHashAndReset()) = written.Checksum then
                    None
                else
                    Some(
                        InitError.Output(OutputFault.ChecksumDiffers(string (Path.GetFileName begun.Path), Some rank))
                    ))

        Validation.ofFaults differing () |> Result.map whole.GetHashAndReset

    /// A shard that has its name already.
    let private checkNamed (begun: Begun) progress : Result<byte[], InitError list> =
        use stream = File.OpenRead begun.Path
        use whole = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        RankOutput.checksumOf stream begun.Header.LongLength (dataOf begun) [ whole ] progress
        let found = whole.GetHashAndReset()

        if List.contains ("sha256", Convert.ToHexStringLower found) begun.Content.Metadata then
            Ok found
        else
            Error(fault (OutputFault.ChecksumDiffers(string (Path.GetFileName begun.Path), None)))

    /// Writes the checksum into a shard and gives it its name.
    let private name folder count shard (begun: Begun) (checksum: byte[]) =
        let final = pathIn folder (shardName count shard)

        if begun.Path <> final then
            let digits = Encoding.ASCII.GetBytes(Convert.ToHexStringLower checksum)

            do
                use stream = new FileStream(begun.Path, FileMode.Open, FileAccess.Write)
                stream.Position <- int64 begun.Place
                stream.Write(ReadOnlySpan digits)
                stream.Flush true

            File.Move(begun.Path, final, true)

    let private index folder count (shards: Begun list) =
        // Keys of one tensor have a colon; the checksum is of one file.
        let root =
            shards.Head.Content.Metadata
            |> List.filter (fun (key, _) -> not (key.Contains ':') && key <> "sha256")

        let tensors =
            shards
            |> List.map (fun s -> s.Content.Tensors |> List.sortBy (fun t -> struct (t.Offset, t.Bytes)))

        let bytes =
            Sharding.index
                root
                (shards |> List.sumBy dataOf)
                (tensors |> List.concat |> List.sumBy _.Shape.Length)
                (tensors
                 |> List.mapi (fun i tensors -> shardName count i, tensors |> List.map _.Name))

        AtomicFile.write (pathIn folder Sharding.indexName) true (fun stream -> Ok(stream.Write(ReadOnlySpan bytes)))

    /// A model without parts: its checksums are compared once more.
    let private finished folder (present: string list) progress =
        let shards = present |> List.filter (fun name -> name <> Sharding.indexName)

        match shards |> List.map (fun name -> begun (pathIn folder name)) with
        | all when not (Sharding.isWhole present) || List.contains None all ->
            Error(fault (OutputFault.NothingToFinish folder))
        | all ->
            let all = List.choose id all
            let total = all |> List.sumBy dataOf

            ((0L, []), all)
            ||> List.fold (fun (before, faults) shard ->
                let found = checkNamed shard (fun read -> progress (before + read) total)
                before + dataOf shard, faults @ Validation.faults found)
            |> fun (_, faults) ->
                Validation.ofFaults
                    faults
                    { Files = shards @ (present |> List.filter ((=) Sharding.indexName))
                      Bytes = total
                      Kept = shards
                      Removed = [] }

    /// The shards of a run of which every rank has ended.
    let private ofLists folder overwrite (lists: PartsList list) progress =
        let count = PartsList.shards lists.Head
        let shards = [ 0 .. count - 1 ] |> List.map (fileOf folder count)

        let all =
            shards |> List.map (fun path -> if File.Exists path then begun path else None)

        let ours =
            (if count > 1 then [ Sharding.indexName ] else [])
            @ (lists |> List.map _.Name)
            @ ([ 0 .. count - 1 ]
               |> List.collect (fun i -> [ shardName count i; Sharding.incompleteName (shardName count i) ]))

        let old =
            Sharding.present folder
            |> List.filter (fun name ->
                not (List.contains name ours)
                // Of a run that ended while it was finished, or of an old model?
                || (name <> Sharding.indexName
                    && not (name.EndsWith ".parts")
                    && not (name.EndsWith ".incomplete")
                    && File.Exists(pathIn folder (Sharding.incompleteName name))))

        let unreadable =
            List.zip shards all
            |> List.filter (fun (path, begun) -> File.Exists path && begun.IsNone)
            |> List.map (fun (path, _) ->
                InitError.Output(OutputFault.ChecksumDiffers(string (Path.GetFileName path), Some 0L)))

        // What cannot be replaced, such as a folder of a file's name.
        let inWay =
            Sharding.indexName :: ([ 0 .. count - 1 ] |> List.map (shardName count))
            |> List.collect (fun name -> AtomicFile.check (pathIn folder name) true 0L)

        match List.choose id all with
        | _ when not inWay.IsEmpty -> Error inWay
        | _ when not unreadable.IsEmpty -> Error unreadable
        | known when
            known.Length < count
            || RankOutput.modelText (known |> Seq.map _.Header) (known |> List.sumBy dataOf)
               <> lists.Head.Model
            ->
            // The first rank writes the headers.
            Error(fault (OutputFault.RanksMissing(folder, int64 lists.Head.Rank.World, [ 0L ])))
        | _ when not (overwrite || old.IsEmpty) -> Error [ InitError.FileExists(pathIn folder old.Head) ]
        | known ->
            let total = known |> List.sumBy dataOf

            let partsOf shard =
                [ for list in lists do
                      for written in list.Parts do
                          if written.Part.Shard = shard then
                              int64 list.Rank.Index, written ]

            let checkedOf (before, found) (shard, begun: Begun) =
                let report read = progress (before + read) total

                let result =
                    if begun.Path.EndsWith ".incomplete" then
                        match covering (dataOf begun) (partsOf shard) with
                        | Some parts -> check begun parts report
                        | None -> Error(fault (OutputFault.RunDiffers(folder, lists |> List.map _.Name)))
                    else
                        checkNamed begun report

                before + dataOf begun, found @ [ result ]

            ((0L, []), List.indexed known)
            ||> List.fold checkedOf
            |> snd
            |> Validation.traverse id
            |> Result.bind (fun checksums ->
                // Without its index a folder with files of two runs does not look whole.
                if count > 1 then
                    remove folder [ Sharding.indexName ]

                remove folder (old |> List.filter (fun name -> not (List.contains name ours)))

                for shard, (begun, checksum) in List.indexed (List.zip known checksums) do
                    name folder count shard begun checksum

                SystemCalls.flushFolder folder

                (if count = 1 then Ok() else index folder count known)
                |> Result.map (fun () ->
                    remove folder (lists |> List.map _.Name)

                    { Files =
                        [ for i in 0 .. count - 1 do
                              shardName count i
                          if count > 1 then
                              Sharding.indexName ]
                      Bytes = total
                      Kept = []
                      Removed = [] }))

    /// Whether an earlier run finished the model of lists, and was killed before it had removed them.
    let private isFinished folder (lists: PartsList list) =
        let count = PartsList.shards lists.Head
        let names = [ 0 .. count - 1 ] |> List.map (shardName count)

        (count = 1 || File.Exists(pathIn folder Sharding.indexName))
        && names
           |> List.forall (fun name ->
               File.Exists(pathIn folder name)
               && not (File.Exists(pathIn folder (Sharding.incompleteName name))))
        && (let all = names |> List.choose (fun name -> begun (pathIn folder name))

            all.Length = count
            && RankOutput.modelText (all |> Seq.map _.Header) (all |> List.sumBy dataOf) = lists.Head.Model)

    /// Compares all checksums, and writes what makes the files a model.
    let finish folder overwrite progress : Result<WrittenModel, InitError list> =
        let work _ =
            let present = Sharding.present folder

            let kinds =
                present
                |> List.collect (fun name -> AtomicFile.check (pathIn folder name) true 0L)

            let lists = RankOutput.lists folder

            let known = lists |> List.choose snd

            match
                known
                |> List.map (fun (list: PartsList) -> list.Model, list.Rank.World)
                |> List.distinct
            with
            | _ when not kinds.IsEmpty -> Error kinds
            | [] when lists.IsEmpty -> finished folder present progress
            | [] -> Error(fault (OutputFault.RunDiffers(folder, lists |> List.map fst)))
            | [ _ ] when isFinished folder known ->
                finished folder (present |> List.except (known |> List.map _.Name)) progress
                |> Result.map (fun written ->
                    remove folder (known |> List.map _.Name)
                    written)
            | [ _, world ] ->
                let ready = known |> List.filter _.IsDone |> List.map _.Rank.Index |> Set.ofList

                match [ 0 .. world - 1 ] |> List.filter (ready.Contains >> not) |> List.map int64 with
                | [] -> ofLists folder overwrite known progress
                | missing -> Error(fault (OutputFault.RanksMissing(folder, int64 world, missing)))
            | _ -> Error(fault (OutputFault.RunDiffers(folder, known |> List.map _.Name)))

        if Directory.Exists folder then
            inFolder folder false work
        else
            Error [ InitError.FileUnreadable(folder, "there is no such folder.") ]
