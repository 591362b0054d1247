/// Models written into a folder, in files up to a number of bytes.
module Initializers.Properties.ShardedOutputTests

open System
open System.IO
open System.Security.Cryptography
open System.Text.Json
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

let private seed = Seed.ofUInt64 42UL

/// Tensors of several widths, one without elements, one of integers.
let private tensors: PlannedTensor list =
    """{"tensors": {
         "h.0.w": {"dtype": "F32", "shape": [30, 40]}, "h.0.b": {"dtype": "F16", "shape": [7]},
         "h.1.w": {"dtype": "BF16", "shape": [40, 30]}, "h.1.b": {"dtype": "F64", "shape": [3]},
         "empty": {"dtype": "F32", "shape": [0, 4]}, "ids": {"dtype": "I64", "shape": [50]},
         "q": {"dtype": "F32", "shape": [16, 16]}},
       "rules": [
         {"pattern": "ids", "spec": "permutation"},
         {"pattern": "q", "spec": "orthogonal"},
         {"pattern": "*", "spec": "normal(stddev=0.02)"}]}"""
    |> Blueprint.parseText "m"
    |> Result.bind (Blueprint.plan None None)
    |> ok

let private total =
    tensors
    |> List.sumBy (fun t -> t.Entry.Shape.Length * int64 (Storage.size t.Entry.Storage))

let private request overwrite folder most : ShardsRequest =
    { Folder = folder
      MaxShardSize = most
      Existing = (if overwrite then Existing.Replace else Existing.Refuse)
      Rank = None
      Device = Device.Cpu
      Seed = seed }

let private write overwrite folder most tensors =
    Output.shards (request overwrite folder most) tensors (fun _ _ -> ()) CancellationToken.None
    |> Result.map _.Files

/// The header of a file and its data by the tensors' names.
let private contents (path: string) =
    let header =
        use file = File.OpenRead path
        ok (SafetensorsReader.header file)

    let bytes = File.ReadAllBytes path

    header,
    Map.ofList [ for t in header.Tensors -> t.Name, bytes[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1] ],
    bytes[int header.DataStart ..]

let private expected =
    lazy
        (let path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors")

         try
             ok (Output.model path false Device.Cpu seed tensors (fun _ _ -> ()) CancellationToken.None)
             let _, data, _ = contents path
             data
         finally
             File.Delete path)

[<Property(MaxTest = 20)>]
let ``shards have the bits of one file, sizes as asked for, checksums and an index`` (PositiveInt size) (order: uint8) =
    let most = int64 (1 + size * 97 % int total)

    let tensors =
        tensors
        |> List.indexed
        |> List.sortBy (fun (i, _) -> (i * int order + int order) % 7)
        |> List.map snd

    inFolder (fun folder ->
        let files = ok (write false folder most tensors)

        Assert.Equal<string list>(
            files |> List.sort,
            Directory.GetFiles folder
            |> Seq.map (Path.GetFileName >> string)
            |> Seq.sort
            |> List.ofSeq
        )

        let shards = files |> List.filter (fun name -> name.EndsWith ".safetensors")

        let all =
            shards |> List.map (fun name -> name, contents (Path.Combine(folder, name)))

        for name, (header, data, bytes) in all do
            Assert.True(bytes.LongLength <= most || data.Count = 1, $"{name}: {bytes.Length} of {most}")

            Assert.Equal(
                Convert.ToHexStringLower(SHA256.HashData bytes),
                header.Metadata |> List.find (fun (key, _) -> key = "sha256") |> snd
            )

            ok (
                Verification.ofFile (Path.Combine(folder, name)) Device.Cpu (fun _ _ -> ()) CancellationToken.None
                |> Result.bind Verification.equal
            )

        Assert.Equal<Map<string, byte[]>>(
            expected.Value,
            all |> List.collect (fun (_, (_, data, _)) -> Map.toList data) |> Map.ofList
        )

        if shards.Length = 1 then
            Assert.Equal<string list>([ "model.safetensors" ], files)
        else
            for i, name in List.indexed shards do
                Assert.Equal($"model-{i + 1:D5}-of-{shards.Length:D5}.safetensors", name)

            use index =
                JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "model.safetensors.index.json")))

            Assert.Equal(total, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64())

            let map =
                [ for p in index.RootElement.GetProperty("weight_map").EnumerateObject() -> p.Name, string p.Value ]

            Assert.Equal<(string * string) list>(
                [ for name, (_, data, _) in all do
                      for tensor in Map.keys data -> tensor, name ]
                |> List.sort,
                map
            )

            // What was written is read as one architecture again.
            let again = ok (Request.load folder)

            Assert.Equal<Set<string>>(
                tensors |> List.map (fun t -> t.Entry.Name) |> set,
                again.Tensors |> List.map (fun t -> t.Name) |> set
            ))

[<Fact>]
let ``files of a model in the folder are in the way, and are replaced with the shards that are left of them`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        File.WriteAllText(path "notes.txt", "kept")
        File.WriteAllText(path "model-final.safetensors", "kept")
        let first = ok (write false folder 700L tensors)
        Assert.True(first.Length > 4)
        Assert.Equal<string list>([ "file-exists" ], codes (write false folder 5000L tensors))
        Assert.Equal<string list>([ "file-exists" ], codes (write false folder total tensors))
        let second = ok (write true folder 5000L tensors)
        Assert.True(second.Length < first.Length)

        Assert.Equal<Set<string>>(
            set ("notes.txt" :: "model-final.safetensors" :: second),
            Directory.GetFiles folder |> Seq.map (Path.GetFileName >> string) |> set
        )

        Assert.Equal<string list>([ "model.safetensors" ], ok (write true folder total tensors))
        Assert.False(File.Exists(path "model.safetensors.index.json"))
        Assert.Equal<string list>([ "file-exists" ], codes (write false folder 5000L tensors)))

[<Fact>]
let ``a folder is made, and what is no folder is a fault`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        ok (write false (path "new") 5000L tensors) |> ignore
        ok (write false (path "slash" + "/") 5000L tensors) |> ignore
        File.WriteAllText(path "file", "")
        Assert.Equal<string list>([ "file-unwritable" ], codes (write true (path "file") 5000L tensors))
        Assert.Equal<string list>([ "file-unwritable" ], codes (write true (path "absent/new") 5000L tensors))
        Assert.Equal<string list>([ "file-unwritable" ], codes (write false (path "file") 5000L tensors))
        Assert.Equal<string list>([ "file-unwritable" ], codes (write false (path "m.safetensors") 5000L tensors))
        Assert.Equal<string list>([ "argument-invalid" ], codes (write true (path "x") 0L tensors))
        Assert.False(Directory.Exists(path "x")))

[<Fact>]
let ``a cancelled write leaves nothing of either run`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        ok (write false folder 700L tensors) |> ignore
        File.WriteAllText(path "notes.txt", "kept")

        for place in [ folder; path "new" ] do
            use source = new CancellationTokenSource()

            let progress written _ =
                if written > 3000L then
                    source.Cancel()

            let result =
                let request =
                    { request true place 700L with
                        Seed = Seed.ofUInt64 1UL }

                Output.shards request tensors progress source.Token

            Assert.Equal<string list>([ "cancelled" ], codes result)

        Assert.Equal<string list>([ path "notes.txt" ], List.ofArray (Directory.GetFileSystemEntries folder)))

[<Fact>]
let ``what cannot be replaced is a fault before the old model is touched`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        let files = ok (write false folder 700L tensors)
        File.Delete(path files[2])
        Directory.CreateDirectory(path files[2]) |> ignore
        let before = files |> List.map (path >> File.Exists)
        Assert.Equal<string list>([ "file-unwritable" ], codes (write true folder 700L tensors))
        Assert.Equal<bool list>(before, files |> List.map (path >> File.Exists))

        // A file that is read is neither replaced nor removed, whatever the number of new files.
        for most in [ 700L; 5000L; total ] do
            for input in [ files[0]; files[1]; "model.safetensors.index.json" ] do
                Directory.Delete(path files[2])
                File.WriteAllText(path files[2], "")

                Assert.Equal<string list>(
                    [ "output-is-input" ],
                    Output.faultsOfShards (request true folder most) [ path input ] tensors
                    |> List.map InitError.code
                )

                File.Delete(path files[2])
                Directory.CreateDirectory(path files[2]) |> ignore)

[<Fact>]
let ``shards without an index have each tensor once`` () =
    inFolder (fun folder ->
        let files = ok (write false folder 5000L tensors)
        let path name = Path.Combine(folder, name)
        File.Delete(path "model.safetensors.index.json")

        ok (
            Verification.ofFile folder Device.Cpu (fun _ _ -> ()) CancellationToken.None
            |> Result.bind Verification.equal
        )

        File.Copy(path files[0], path files[1], true)

        let expected = codes (Request.load folder)
        Assert.Equal("tensor-duplicate", expected.Head)

        Assert.Equal<string list>(
            expected,
            codes (Verification.ofFile folder Device.Cpu (fun _ _ -> ()) CancellationToken.None)
        )

        Assert.Equal<string list>(expected, codes (Inspection.ofFile folder (fun _ _ -> ()) CancellationToken.None)))

[<Fact>]
let ``sizes of shards are read with their units`` () =
    for text, bytes in
        [ "1", 1L
          "500MB", 500_000_000L
          "5GB", 5_000_000_000L
          "2GiB", 2_147_483_648L
          "1.5 kb", 1500L
          "100 MiB", 104_857_600L
          "1e6", 1_000_000L
          "7B", 7L ] do
        Assert.Equal(bytes, ok (Sharding.bytes text))

    for text in [ ""; "GB"; "-1GB"; "0"; "0.5B"; "nan"; "inf"; "5XB"; "1e30GB"; "5 G B" ] do
        Assert.Equal<string * string list>((text, [ "argument-invalid" ]), (text, codes (Sharding.bytes text)))

[<Properties(MaxTest = 200)>]
module Splits =
    [<Property>]
    let ``runs keep the order, and only one item alone is larger than the limit`` (sizes: uint8 list) (most: uint8) =
        let most = int64 most + 1L
        let runs = Sharding.split most int64 sizes
        Assert.Equal<uint8 list>(sizes, List.concat runs)

        for run in runs do
            Assert.True(run.Length = 1 || List.sumBy int64 run <= most)

        // No run could take the first item of the next one.
        for before, next in List.pairwise runs do
            Assert.True(List.sumBy int64 before + int64 (List.head next) > most)

let private verify path =
    Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None

[<Fact>]
let ``a folder and an index are verified and inspected as one model`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        let files = ok (write false folder 2000L tensors)
        Assert.True(files.Length > 3)

        File.Copy(path "model.safetensors.index.json", path "list.json")

        for place in [ folder; path "model.safetensors.index.json"; path "list.json" ] do
            let verified = ok (verify place)
            ok (Verification.equal verified)
            Assert.Equal(place, verified.Source)
            Assert.Equal(seed, verified.Seed)
            Assert.Equal(tensors.Length, verified.Tensors.Length)
            let inspected = ok (Inspection.ofFile place (fun _ _ -> ()) CancellationToken.None)
            Assert.Equal(total, inspected.Bytes)
            Assert.Contains(("seed", "42"), inspected.Metadata)
            Assert.DoesNotContain("sha256", inspected.Metadata |> List.map fst)

        // One bit of one shard.
        let shard = path files[1]
        let bytes = File.ReadAllBytes shard
        bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 1uy
        File.WriteAllBytes(shard, bytes)
        let damaged = ok (verify folder)
        Assert.Equal(1L, damaged.DifferentValues)
        Assert.Equal<string list>([ "weights-differ" ], codes (Verification.equal damaged))

        // A shard of another run.
        let other = path "other"

        ok (
            Output.shards
                { request false other 2000L with
                    Seed = Seed.ofUInt64 43UL }
                tensors
                (fun _ _ -> ())
                CancellationToken.None
        )
        |> ignore

        File.Copy(Path.Combine(other, files[1]), shard, true)
        Assert.Equal<string list>([ "shards-mixed" ], codes (verify folder))

        // A shard that is not there.
        File.Delete shard
        Assert.Equal<string list>([ "shards-missing" ], codes (verify folder))

        Assert.Equal<string list>(
            [ "shards-missing" ],
            codes (Inspection.ofFile folder (fun _ _ -> ()) CancellationToken.None)
        ))

[<Fact>]
let ``duplicates are found across the files of a model`` () =
    inFolder (fun folder ->
        let same =
            """{"tensors": {"a": {"dtype": "F32", "shape": [100]}, "b": {"dtype": "F32", "shape": [100]}},
                "rules": [{"pattern": "*", "spec": "formula(j0)"}]}"""
            |> Blueprint.parseText "m"
            |> Result.bind (Blueprint.plan None None)
            |> ok

        Assert.Equal(3, (ok (write false folder 400L same)).Length)
        let inspected = ok (Inspection.ofFile folder (fun _ _ -> ()) CancellationToken.None)
        Assert.Equal<string option list>([ None; Some "a" ], inspected.Tensors |> List.map _.DuplicateOf))
