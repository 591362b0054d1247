/// Files that list a model's tensors: safetensors by their headers alone, JSON, and blueprints that name another file.
module Initializers.Properties.BlueprintFileTests

open System
open System.IO
open System.Text
open System.Threading
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

let private read source (stream: Stream) =
    BlueprintFile.ofStream noFiles source stream

let private entries (blueprint: Blueprint) =
    blueprint.Tensors
    |> List.map (fun t -> t.Name, Storage.toText t.Storage, t.Shape.Dims)

/// A folder of the test's own, gone afterwards.
let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

let private write folder name (bytes: byte[]) =
    let path = Path.Combine(folder, name)
    File.WriteAllBytes(path, bytes)
    path

let private text (json: string) = Encoding.UTF8.GetBytes json

/// Every reading answers, and allocates no more than a small multiple of the bytes that are there.
let private answers (bytes: byte[]) =
    let limit = 1_000_000L + 400L * int64 bytes.Length

    [ "x.safetensors"; "x.json" ]
    |> List.forall (fun source ->
        [ new MemoryStream(bytes) :> Stream; new Pipe(bytes) ]
        |> List.forall (fun stream ->
            let result, spent = allocated (fun () -> read source stream)
            coded result && spent <= limit))

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 2000)>]
let ``nonsense is answered with a blueprint or coded faults, in bounded memory`` (Nonsense bytes) = answers bytes

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 3000)>]
let ``a mutated file is answered with a blueprint or coded faults, in bounded memory`` (Mutated bytes) = answers bytes

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 2000)>]
let ``a file that inspection refuses is refused as an architecture, with the same codes`` (Mutated bytes) =
    let inspected =
        Inspection.ofStream "x.safetensors" (new MemoryStream(bytes)) (fun _ _ -> ()) CancellationToken.None

    NpyReader.isNpy (ReadOnlyMemory bytes)
    || Result.isOk inspected
    || codes (read "x.safetensors" (new MemoryStream(bytes))) = codes inspected

[<Fact>]
let ``tensors are in the order of their data, whatever the header's`` () =
    let bytes =
        file
            [ entry "steps" "I64" "" 12 20
              "\"__metadata__\":{\"format\":\"pt\"}"
              entry "none" "F32" "0,7" 12 12
              entry "h.0.w" "BF16" "2,3" 0 12
              entry "mask" "BOOL" "4" 20 24 ]
            24

    let expected =
        [ "h.0.w", "BF16", [ 2L; 3L ]
          "none", "F32", [ 0L; 7L ]
          "steps", "I64", []
          "mask", "BOOL", [ 4L ] ]

    for stream in [ new MemoryStream(bytes) :> Stream; new Pipe(bytes) ] do
        let blueprint = ok (read "x" stream)
        Assert.Equal<(string * string * int64 list) list>(expected, entries blueprint)
        Assert.Equal(RuleSource.NoRules, blueprint.Rules)

[<Fact>]
let ``a file is taken for safetensors by its name or by its first bytes`` () =
    let header = file [ entry "a" "F32" "1" 0 4 ] 4
    let json = text """{"a": {"dtype": "F32", "shape": [1]}}"""

    let source name bytes =
        codes (read name (new MemoryStream(bytes: byte[])))

    for name in [ "a.safetensors"; "A.SAFETENSORS"; "blob"; "a.json" ] do
        Assert.Equal<string list>([], source name header)

    Assert.Equal<string list>([], source "a.json" json)
    Assert.Equal<string list>([], source "blob" json)
    Assert.Equal<string list>([ "header-length" ], source "a.safetensors" json)
    Assert.Equal<string list>([ "file-truncated" ], source "a.safetensors" [||])
    Assert.Equal<string list>([ "file-truncated" ], source "a.safetensors" header[..6])
    Assert.Equal<string list>([ "file-truncated" ], source "blob" header[..7])
    Assert.Equal<string list>([ "json-syntax" ], source "blob" [||])
    Assert.Equal<string list>([ "not-an-architecture" ], source "a.npy" (npy 1uy "{}" [||]))
    // The shortest JSON, and the one that is longest before its bytes 5 to 8.
    Assert.Equal<string list>([ "tensors-missing" ], source "a.json" (text "{}"))
    Assert.Equal<string list>([ "tensors-missing" ], source "a.json" (text "   \n\t  {}"))

[<Fact>]
let ``the data is never read`` () =
    inFolder (fun folder ->
        // A sparse file: 64 GiB that take no room on the disk.
        let header =
            text """{"a":{"dtype":"F32","shape":[131072,131072],"data_offsets":[0,68719476736]}}"""

        let path =
            write folder "big.safetensors" (withLength (uint64 header.Length) header [||])

        (use stream = File.OpenWrite path
         stream.SetLength(8L + int64 header.Length + 68719476736L))

        Request.load path |> ignore
        let blueprint, spent = allocated (fun () -> Request.load path)
        Assert.Equal<int64 list>([ 131072L; 131072L ], (ok blueprint).Tensors.Head.Shape.Dims)
        Assert.InRange(spent, 0L, 300_000L)

        // One byte less, and the header lies.
        (use stream = File.OpenWrite path
         stream.SetLength(8L + int64 header.Length + 68719476735L))

        Assert.Equal<string list>([ "file-truncated" ], codes (Request.load path)))

[<Fact>]
let ``faults of a header are failures with the file's name, faults of its tensors wrong requests`` () =
    let faults bytes =
        match read "x.safetensors" (new MemoryStream(bytes: byte[])) with
        | Ok _ -> []
        | Error faults -> faults

    let lying =
        faults (file [ entry "a" "F31" "-1" 0 4; entry "b" "F32" "2" 0 4; entry "b" "F32" "1" 4 8 ] 8)

    Assert.Equal<string list>([ "tensor-duplicate" ], lying |> List.map InitError.code)

    Assert.All(lying, fun f -> Assert.True(InitError.isFailure f))
    Assert.All(lying, fun f -> Assert.StartsWith("'x.safetensors': ", InitError.message f))

    let foreign =
        faults (file [ entry "a" "F6_E2M3" "4" 0 3; entry "b" "C64" "1" 3 11 ] 11)

    Assert.Equal<string list>([ "dtype-unknown"; "dtype-unknown" ], foreign |> List.map InitError.code)
    Assert.All(foreign, fun f -> Assert.False(InitError.isFailure f))
    Assert.Equal<string list>([ "tensors-missing" ], faults (file [] 0) |> List.map InitError.code)

[<Fact>]
let ``a blueprint takes the tensors of the file in its folder that it names`` () =
    inFolder (fun folder ->
        Directory.CreateDirectory(Path.Combine(folder, "data")) |> ignore

        let listed =
            """{"a.weight": {"dtype": "F32", "shape": [3, 4]}, "steps": {"dtype": "I64", "shape": []}}"""

        write folder "data/m.json" (text listed) |> ignore

        write folder "data/ruled.json" (text $$"""{"tensors": {{listed}}, "recipe": "gpt9"}""")
        |> ignore

        write folder "data/m.safetensors" (file [ entry "a.weight" "F32" "3,4" 0 48; entry "steps" "I64" "" 48 56 ] 56)
        |> ignore

        let rules =
            """"rules": [{"pattern": "*", "spec": "he_normal", "layout": "oi"}, {"pattern": "*", "spec": "zeros"}]}"""

        let expected =
            ok (Blueprint.parse "m" (ReadOnlyMemory(text $$"""{"tensors": {{listed}}, {{rules}}""")))

        let rulesOf (blueprint: Blueprint) =
            match blueprint.Rules with
            | RuleSource.Rules recipe -> recipe.Rules
            | other -> failwith $"%A{other}"

        for name in
            [ "data/m.json"
              "data/ruled.json"
              "data/m.safetensors"
              "./data/../data/m.json" ] do
            let path = write folder "b.json" (text $$"""{"tensors": "{{name}}", {{rules}}""")
            let read = ok (Request.load path)
            Assert.Equal<TensorEntry list>(expected.Tensors, read.Tensors)
            Assert.Equal<Rule list>(rulesOf expected, rulesOf read)
            Assert.Equal(path, read.Source))

[<Fact>]
let ``a blueprint that names a file with faults has them, at the place of the name`` () =
    inFolder (fun folder ->
        write folder "broken.safetensors" (withLength 50UL (text "{}") [||]) |> ignore
        write folder "broken.json" (text "{") |> ignore

        write folder "chain.json" (text """{"tensors": "broken.json", "rules": []}""")
        |> ignore

        write folder "self.json" (text """{"tensors": "self.json", "rules": []}""")
        |> ignore

        write folder "none.json" (text "{}") |> ignore

        let load name =
            let path =
                write
                    folder
                    "b.json"
                    (text $$"""{"tensors": "{{name}}", "rules": [{"pattern": "*", "spec": "zerros"}]}""")

            match Request.load path with
            | Ok _ -> failwith name
            | Error faults -> faults

        for name, code, failure in
            [ "broken.safetensors", "file-truncated", true
              "broken.json", "json-syntax", false
              "chain.json", "json-field", false
              "self.json", "json-field", false
              "none.json", "tensors-missing", false
              "absent.json", "file-missing", false
              ".", "file-truncated", true
              "", "file-missing", false
              "\\u0000", "file-missing", false ] do
            let faults = load name
            // The faults of the blueprint's rules are reported too.
            Assert.Equal<string list>([ code; "spec-unknown" ], faults |> List.map InitError.code)
            Assert.Equal((name, failure), (name, InitError.isFailure faults.Head))

        Assert.StartsWith(
            Path.Combine(folder, "b.json") + ", tensors: the file '",
            InitError.message (load "absent.json").Head
        )

        // A text that was not read from a file has no folder.
        let text = text """{"tensors": "m.json", "rules": []}"""
        Assert.Equal<string list>([ "json-field" ], codes (Blueprint.parse "text" (ReadOnlyMemory text))))

[<Fact>]
let ``what is longer than any blueprint is refused before it is read`` () =
    inFolder (fun folder ->
        let path = write folder "big.json" (text "{\"a\": 1}")

        (use stream = File.OpenWrite path
         stream.SetLength 100_000_001L)

        let result, spent = allocated (fun () -> Request.load path)
        Assert.Equal<string list>([ "file-unreadable" ], codes result)
        Assert.InRange(spent, 0L, 300_000L)

        if OperatingSystem.IsLinux() then
            Assert.Equal<string list>([ "header-length" ], codes (Request.load "/dev/zero"))
            Assert.Equal<string list>([ "json-syntax" ], codes (Request.load "/dev/null")))
