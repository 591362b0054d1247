/// What interrupted runs leave in a folder, and what later ones make of it.
module Initializers.Properties.ResumeTests

open System
open System.IO
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators
open Initializers.Properties.FolderModels

[<Fact>]
let ``an interrupted run is a fault, and is resumed or replaced`` () =
    let most = 700L
    let expected = whole most

    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        let files = (ok (write (request folder most Existing.Refuse None))).Files
        // What a run that was killed between two files leaves.
        File.Delete(path Sharding.indexName)
        File.Delete(path files[2])
        File.WriteAllText(path ".initializers-00000000-dead.partial", "x")
        File.SetLastWriteTimeUtc(path ".initializers-00000000-dead.partial", DateTime.UtcNow.AddDays -2.0)

        match write (request folder most Existing.Refuse None) with
        | Error [ InitError.Output(OutputFault.RunUnfinished(_, there)) ] ->
            Assert.Equal<string list>(files |> List.filter (fun f -> f <> files[2] && f <> Sharding.indexName), there)
        | other -> Assert.Fail(string other)

        let stamps =
            [ for name in Directory.GetFiles folder -> name, File.GetLastWriteTimeUtc name ]
        // A bit of one file is wrong.
        let bytes = File.ReadAllBytes(path files[0])
        bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 1uy
        File.WriteAllBytes(path files[0], bytes)
        let resumed = ok (write (request folder most Existing.Resume None))
        Assert.Equal<Map<string, byte[]>>(expected, contents folder)
        Assert.Equal<string list>([ ".initializers-00000000-dead.partial" ], resumed.Removed)

        Assert.Equal<string list>(
            files
            |> List.filter (fun f -> f <> files[0] && f <> files[2] && f <> Sharding.indexName),
            resumed.Kept
        )

        // Finished files were not written again.
        for name, stamp in stamps do
            if List.contains (string (Path.GetFileName name)) resumed.Kept then
                Assert.Equal(stamp, File.GetLastWriteTimeUtc name)

        // All of a whole model is kept.
        Assert.Equal(files.Length - 1, (ok (write (request folder most Existing.Resume None))).Kept.Length)

        // Other requests are no continuation.
        for other in
            [ { request folder most Existing.Resume None with
                  Seed = Seed.ofUInt64 43UL }
              request folder 701L Existing.Resume None
              request folder total Existing.Resume None ] do
            if
                ShardLayout.names (ShardedOutput.layoutOf other tensors) <> files
                || other.Seed <> seed
            then
                Assert.Equal<string list>([ "run-differs" ], codes (write other))

        Assert.Equal<Map<string, byte[]>>(expected, contents folder)

        ok (
            write
                { request folder 5000L Existing.Replace None with
                    Seed = Seed.ofUInt64 43UL }
        )
        |> ignore

        Assert.NotEqual<Map<string, byte[]>>(expected, contents folder))

[<Fact>]
let ``a run that is resumed and fails keeps what it finished`` () =
    inFolder (fun folder ->
        use source = new CancellationTokenSource()

        let progress written _ =
            if written > 6000L then
                source.Cancel()

        let first =
            Output.shards (request folder 700L Existing.Resume None) tensors progress source.Token

        Assert.Equal<string list>([ "cancelled" ], codes first)
        let there = Sharding.present folder
        Assert.NotEmpty there
        Assert.False(Sharding.isWhole there)
        Assert.Equal<string list>(there, (ok (write (request folder 700L Existing.Resume None))).Kept)
        Assert.Equal<Map<string, byte[]>>(whole 700L, contents folder))

[<Fact>]
let ``two runs do not write into one folder`` () =
    if OperatingSystem.IsLinux() then
        inFolder (fun folder ->
            let mutable second = []

            let progress _ _ =
                second <-
                    [ codes (write (request folder 700L Existing.Replace None))
                      codes (write (request folder 700L Existing.Replace (rank 0 2)))
                      codes (finish folder true) ]

            ok (Output.shards (request folder total Existing.Refuse None) tensors progress CancellationToken.None)
            |> ignore

            Assert.Equal<string list list>(List.replicate 3 [ "folder-in-use" ], second)

            let sameRank _ _ =
                second <- [ codes (write (request folder 700L Existing.Replace (rank 1 2))) ]

            Output.shards (request folder 700L Existing.Replace (rank 1 2)) tensors sameRank CancellationToken.None
            |> ok
            |> ignore

            Assert.Equal<string list list>([ [ "folder-in-use" ] ], second))

[<Fact>]
let ``a folder that vanishes or cannot be written is a fault`` () =
    inFolder (fun folder ->
        let place = Path.Combine(folder, "gone")

        for rank in [ None; rank 0 2 ] do
            for existing in [ Existing.Refuse; Existing.Resume ] do
                let progress _ _ =
                    if Directory.Exists place then
                        Directory.Delete(place, true)

                let result =
                    Output.shards (request place 700L existing rank) tensors progress CancellationToken.None

                Assert.Equal<string list>([ "file-unwritable" ], codes result)
                Assert.False(Directory.Exists place))

/// The lists of two ranks that have ended, in a folder that is not finished.
let private ranksIn folder =
    for index in 0..1 do
        ok (write (request folder 700L Existing.Refuse (rank index 2))) |> ignore

[<Fact>]
let ``lists that a killed finish left are removed, and a rank that is resumed then writes nothing`` () =
    inFolder (fun folder ->
        ranksIn folder
        let path = Path.Combine(folder, Sharding.partsName { Index = 1; World = 2 })
        let list = File.ReadAllBytes path
        ok (finish folder false) |> ignore
        File.WriteAllBytes(path, list)
        let again = ok (write (request folder 700L Existing.Resume (rank 0 2)))
        Assert.Equal<string list>(again.Files, again.Kept)
        ok (finish folder false) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole 700L, contents folder))

[<Fact>]
let ``a finish that cannot name a file leaves the old model`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)

        ok (
            write
                { request folder 700L Existing.Refuse None with
                    Seed = Seed.ofUInt64 1UL }
        )
        |> ignore

        for index in 0..1 do
            ok (write (request folder 700L Existing.Replace (rank index 2))) |> ignore

        let second = Sharding.name 2 (Directory.GetFiles(folder, "*.incomplete").Length)
        File.Delete(path second)
        Directory.CreateDirectory(Path.Combine(path second, "x")) |> ignore
        Assert.Equal<string list>([ "file-unwritable" ], codes (finish folder true))
        Assert.True(File.Exists(path Sharding.indexName))
        Directory.Delete(path second, true)
        ok (finish folder true) |> ignore
        Assert.Equal<Map<string, byte[]>>(whole 700L, contents folder))

[<Fact>]
let ``lists of other contents, and files of other kinds, are faults`` () =
    for text in
        [ ""
          "no list"
          "initializers-parts 1 abc 1 d world 1 rank 0\ndone\n"
          "initializers-parts 1 0 0 " + String('a', 64) + " world 1 rank 0\ndone\n"
          "initializers-parts 1 999999999 0 "
          + String('a', 64)
          + " world 1 rank 0\ndone\n"
          "initializers-parts 1 1 0 "
          + String('a', 64)
          + " world 2147483647 rank 0\ndone\n" ] do
        inFolder (fun folder ->
            File.WriteAllText(Path.Combine(folder, "model-rank-00000-of-00001.parts"), text)
            Assert.Equal<string list>([ "run-differs" ], codes (finish folder false)))

    inFolder (fun folder ->
        let count = (ShardLayout.create seed 700L tensors).Shards.Length

        Directory.CreateDirectory(Path.Combine(folder, Sharding.incompleteName (Sharding.name 1 count)))
        |> ignore

        Assert.Equal<string list>(
            [ "file-unwritable" ],
            codes (write (request folder 700L Existing.Replace (rank 0 2)))
        ))

[<Fact>]
let ``a rank of another run does not remove the list of one that writes`` () =
    if OperatingSystem.IsLinux() then
        inFolder (fun folder ->
            let mutable second = []

            let other _ _ =
                if second.IsEmpty then
                    second <-
                        codes (
                            write
                                { request folder 700L Existing.Replace (rank 0 2) with
                                    Seed = Seed.ofUInt64 1UL }
                        )

            Output.shards (request folder 700L Existing.Refuse (rank 1 2)) tensors other CancellationToken.None
            |> ok
            |> ignore

            Assert.Equal<string list>([ "folder-in-use" ], second)
            ok (write (request folder 700L Existing.Resume (rank 0 2))) |> ignore
            ok (finish folder false) |> ignore
            Assert.Equal<Map<string, byte[]>>(whole 700L, contents folder))
