/// A model that several processes write into one folder.
module Initializers.Properties.RankTests

open System
open System.IO
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators
open Initializers.Properties.FolderModels

[<Property(MaxTest = 30)>]
let ``files of ranks in any number and order are those of one process`` (PositiveInt size) (PositiveInt world) =
    let most = int64 (1 + size * 97 % int (total + 50L))
    let world = 1 + world % 40

    inFolder (fun folder ->
        // Some other order.
        let order = [ 0 .. world - 1 ] |> List.sortBy (fun i -> (i * 7 + size) % world)

        for index in order do
            ok (write (request folder most Existing.Refuse (rank index world))) |> ignore

        ok (finish folder false) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole most, contents folder)
        // Once more changes nothing.
        ok (finish folder false) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole most, contents folder))

[<Property(MaxTest = 30)>]
let ``units that processes take in any order are the files of one process`` (PositiveInt size) (choices: uint8 list) =
    let most = int64 (1 + size * 97 % int (total + 50L))
    let unitBytes = int64 (1 + size * 31 % 3000)
    let world = 3

    inFolder (fun folder ->
        let models =
            [ for index in 0 .. world - 1 ->
                  ok (SharedModel.Start(request folder most Existing.Refuse (rank index world), unitBytes, tensors)) ]

        for unit in 0 .. models.Head.Units.Length - 1 do
            let chosen = List.tryItem unit choices |> Option.defaultValue 0uy |> int

            Assert.False(ok (models[chosen % world].Write(unit, CancellationToken.None)))

        Assert.Equal<string list>([ "folder-in-use" ], codes (finish folder false))

        for model in models do
            ok (model.Complete())
            (model :> IDisposable).Dispose()

        ok (finish folder false) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole most, contents folder))

[<Properties(MaxTest = 100)>]
module Division =
    [<Property>]
    let ``parts of ranks are all bytes once, of nearly equal size, and cut no matrix``
        (PositiveInt size)
        (PositiveInt world)
        =
        let world = 1 + world % 50
        let layout = ShardLayout.create seed (int64 (1 + size % int total)) tensors

        let parts =
            [ for index in 0 .. world - 1 -> ShardLayout.ofRank layout { Index = index; World = world } ]

        let ranges =
            [ for shard, parts in parts |> List.concat |> List.groupBy _.Shard -> shard, parts |> List.sortBy _.Offset ]

        for shard, parts in ranges do
            let last =
                (0L, parts)
                ||> List.fold (fun position part ->
                    Assert.Equal(position, part.Offset)
                    position + part.Bytes)

            Assert.Equal(layout.Shards[shard].Bytes, last)

        Assert.Equal(total, parts |> List.concat |> List.sumBy _.Bytes)

        for part in List.concat parts do
            for piece in ShardLayout.piecesIn layout part do
                match piece.Source with
                | Source.Drawn(plan, _) when ElementStream.together piece > 1L ->
                    let matrix = if plan.Length = 256L then 256L else 64L
                    Assert.Equal(0L, piece.Offset % matrix)
                    Assert.Equal(0L, piece.Count % matrix)
                | _ -> ()

        // A matrix of 1 KiB moves a cut by at most half of it.
        for parts in parts do
            let bytes = parts |> List.sumBy _.Bytes
            Assert.True(abs (bytes - total / int64 world) <= 1024L + 16L, $"{bytes} of {total} by {world}")

[<Fact>]
let ``ranks that do not fit are refused`` () =
    inFolder (fun folder ->
        let of' index world =
            codes (write (request folder 700L Existing.Refuse (rank index world)))

        for index, world in [ 2, 2; -1, 2; 0, 0; 5, -1 ] do
            Assert.Equal<string list>([ "rank-outside-world" ], of' index world)

        Assert.Equal<string list>([ "nothing-to-finish" ], codes (finish folder false))
        Assert.Equal<string list>([ "file-unreadable" ], codes (finish (Path.Combine(folder, "absent")) false))
        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``finish names ranks that are missing, damaged or of another run`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)

        let part index world =
            write (request folder 700L Existing.Refuse (rank index world))

        ok (part 1 4) |> ignore

        let missing () =
            match finish folder false with
            | Error [ InitError.Output(OutputFault.RanksMissing(_, 4L, ranks)) ] -> ranks
            | other -> failwith (string other)

        Assert.Equal<int64 list>([ 0L; 2L; 3L ], missing ())
        Assert.Equal<string list>([ "run-unfinished" ], codes (part 1 4))
        Assert.Equal<string list>([ "run-differs" ], codes (part 0 3))
        ok (part 0 4) |> ignore
        ok (part 3 4) |> ignore
        // The rank was killed before its last line.
        let list = path (Sharding.partsName { Index = 3; World = 4 })
        let text = File.ReadAllText list
        File.WriteAllText(list, text[.. text.Length - 8])
        Assert.Equal<int64 list>([ 2L; 3L ], missing ())
        ok (part 2 4) |> ignore
        let resumed = ok (write (request folder 700L Existing.Resume (rank 3 4)))
        Assert.NotEmpty resumed.Kept
        Assert.Equal(text, File.ReadAllText list)

        let damage file =
            let bytes = File.ReadAllBytes file
            bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 1uy
            File.WriteAllBytes(file, bytes)
            string (Path.GetFileName file)

        let last pattern =
            Directory.GetFiles(folder, pattern) |> Array.sort |> Array.last

        let damaged = damage (last "*.incomplete")

        match finish folder false with
        | Error [ InitError.Output(OutputFault.ChecksumDiffers(name, Some 3L)) ] -> Assert.Equal(damaged, name)
        | other -> Assert.Fail(string other)

        ok (write (request folder 700L Existing.Resume (rank 3 4))) |> ignore
        // Of another run: of other ranks, and of another seed.
        let foreign = path (Sharding.partsName { Index = 0; World = 5 })
        File.WriteAllText(foreign, (File.ReadAllText list).Replace("world 4 rank 3", "world 5 rank 0"))
        Assert.Equal<string list>([ "run-differs" ], codes (finish folder false))
        File.Delete foreign
        ok (finish folder false) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole 700L, contents folder)

        // A whole model of which one bit is wrong.
        let damaged = damage (last "*.safetensors")

        match finish folder false with
        | Error [ InitError.Output(OutputFault.ChecksumDiffers(name, None)) ] -> Assert.Equal(damaged, name)
        | other -> Assert.Fail(string other))

[<Fact>]
let ``ranks leave an old model alone, and finish replaces it`` () =
    inFolder (fun folder ->
        ok (write (request folder 5000L Existing.Refuse None)) |> ignore
        Assert.Equal<string list>([ "file-exists" ], codes (write (request folder 700L Existing.Refuse (rank 0 2))))

        for index in 0..1 do
            ok (write (request folder 700L Existing.Replace (rank index 2))) |> ignore

        ok (
            Verification.ofFile
                (Path.Combine(folder, Sharding.indexName))
                Device.Cpu
                (fun _ _ -> ())
                CancellationToken.None
        )
        |> Verification.equal
        |> ok

        Assert.Equal<string list>([ "file-exists" ], codes (finish folder false))
        ok (finish folder true) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole 700L, contents folder))

[<Fact>]
let ``the rank of a launcher is read from its variables`` () =
    let launched variables =
        let lookup name : string | null =
            match Map.tryFind name (Map.ofList variables) with
            | Some text -> text
            | None -> null

        FolderWords.launched lookup

    for launcher, rankName, worldName in
        [ "torchrun", "RANK", "WORLD_SIZE"
          "Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"
          "PMI", "PMI_RANK", "PMI_SIZE"
          "Slurm", "SLURM_PROCID", "SLURM_NTASKS" ] do
        Assert.Equal(
            Some({ Index = 1; World = 4 }, launcher),
            ok (launched [ rankName, "1"; worldName, "4"; "SLURM_PROCID", "1"; "SLURM_NTASKS", "4" ])
        )

        Assert.Equal<string list>([ "rank-alone" ], codes (launched [ rankName, "1" ]))
        Assert.Equal<string list>([ "rank-alone" ], codes (launched [ worldName, "4" ]))
        Assert.Equal<string list>([ "rank-outside-world" ], codes (launched [ rankName, "4"; worldName, "4" ]))

        Assert.Equal<string list>(
            [ "argument-invalid"; "argument-invalid" ],
            codes (launched [ rankName, "x"; worldName, "0" ])
        )

    Assert.Equal(None, ok (launched []))

[<Fact>]
let ``words about folders`` () =
    let read out most rank world overwrite resume =
        FolderWords.read out most rank world None overwrite resume

    Assert.Equal(None, ok (read "w.safetensors" null null null false false))

    Assert.Equal(
        Some(5_000_000_000L, Existing.Refuse, Some({ Index = 0; World = 2 }, "")),
        ok (read "w" null "0" "2" false false)
    )

    Assert.Equal(Some(1000L, Existing.Resume, None), ok (read "w" "1kB" "0" "1" false true))
    Assert.Equal(Some(5_000_000_000L, Existing.Resume, None), ok (read "w" null null null false true))
    Assert.Equal<string list>([ "argument-missing" ], codes (read "w" null "0" null false false))
    Assert.Equal<string list>([ "argument-missing" ], codes (read "w" null null "2" false false))
    Assert.Equal<string list>([ "argument-conflict" ], codes (read "w" "1kB" null null true true))

    Assert.Equal<string list>(
        [ "argument-invalid"; "argument-invalid"; "argument-conflict" ],
        codes (read "w" "x" "-1" "2" true true)
    )

    let launched name : string | null =
        Map.ofList [ "RANK", "1"; "WORLD_SIZE", "2" ]
        |> Map.tryFind name
        |> Option.toObj

    // A file is written whole by each process.
    Assert.Equal(None, ok (FolderWords.read "w.safetensors" null null null (Some launched) false false))

    Assert.Equal(
        Some(5_000_000_000L, Existing.Refuse, Some({ Index = 1; World = 2 }, "torchrun")),
        ok (FolderWords.read "w" null null null (Some launched) false false)
    )

[<Property(MaxTest = 20)>]
let ``finish continues where it was killed`` (named: bool list) =
    let most = 700L
    let expected = whole most

    inFolder (fun folder ->
        for index in 0..2 do
            ok (write (request folder most Existing.Refuse (rank index 3))) |> ignore

        // Some files have their names already.
        for i, (name, bytes) in expected |> Map.remove Sharding.indexName |> Map.toList |> List.indexed do
            if List.tryItem i named = Some true then
                File.WriteAllBytes(Path.Combine(folder, name), bytes)
                File.Delete(Path.Combine(folder, Sharding.incompleteName name))

        ok (finish folder false) |> ignore
        Assert.Equal<Map<string, byte[]>>(expected, contents folder))
