/// Tied tensors: planned as their targets, written once or copied, and verified.
module Initializers.Properties.TieTests

open System
open System.IO
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private seed = Seed.ofUInt64 42UL

/// A model with an embedding, an output of the same shape and two positions, and more members of the file.
let private blueprint (more: string) =
    """{"tensors": {
         "m.head.weight": {"dtype": "F32", "shape": [30, 8]}, "m.wte.weight": {"dtype": "F32", "shape": [30, 8]},
         "m.ids": {"dtype": "I64", "shape": [6]}, "m.pos": {"dtype": "I64", "shape": [6]},
         "m.h.0.weight": {"dtype": "BF16", "shape": [8, 8]}, "m.bias": {"dtype": "F32", "shape": [8]}},
       "rules": [
         {"pattern": "*.wte.weight", "spec": "normal(stddev=0.02)"},
         {"pattern": "*.bias", "spec": "zeros"},
         {"pattern": "*.ids", "spec": "permutation"},
         {"pattern": "*", "spec": "kaiming_normal", "layout": "oi"}]MORE}"""
        .Replace("MORE", more)

let private ties =
    """, "tie": {"{p*}head.weight": "{p}wte.weight", "m.pos": "m.ids"}"""

let private plan (json: string) =
    Blueprint.parseText "m" json |> Result.bind (Blueprint.plan None None)

let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

/// The metadata of a file and its tensors' bytes by name.
let private contents (path: string) =
    let bytes = File.ReadAllBytes path
    use stream = new MemoryStream(bytes)
    let header = ok (SafetensorsReader.header stream)

    Map.ofList header.Metadata,
    Map.ofList [ for t in header.Tensors -> t.Name, bytes[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1] ]

let private write (tensors: PlannedTensor list) (path: string) =
    ok (Output.model path false Device.Cpu seed tensors (fun _ _ -> ()) CancellationToken.None)
    contents path

let private verified (path: string) =
    let file =
        ok (Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None)

    Assert.Equal(Ok(), Verification.equal file)
    file

let private expectedTies = [ "m.head.weight", "m.wte.weight"; "m.pos", "m.ids" ]

[<Theory; InlineData("once"); InlineData("copy"); InlineData("default")>]
let ``a tied tensor has the target's bytes, or is named in the metadata`` (tied: string) =
    inFolder (fun folder ->
        let choice = if tied = "default" then "" else $", \"tied\": \"{tied}\""

        let tensors = ok (plan (blueprint (ties + choice)))
        Assert.Equal(6, tensors.Length)
        let metadata, bytes = write tensors (Path.Combine(folder, "tied.safetensors"))

        let separate =
            blueprint ""
            |> _.Replace("\"*.ids\"", "\"*\", \"dtype\": \"I64\"")
            |> plan
            |> ok

        let _, others = write separate (Path.Combine(folder, "separate.safetensors"))
        let file = verified (Path.Combine(folder, "tied.safetensors"))
        Assert.Equal<(string * string) list>(expectedTies, List.sort file.Ties)

        for name, target in expectedTies do
            Assert.Equal(target, metadata[$"tie:{name}"])
            // Other tensors do not depend on ties.
            Assert.Equal<byte[]>(others[target], bytes[target])

            if tied = "copy" then
                Assert.Equal<byte[]>(bytes[target], bytes[name])
                Assert.Equal(metadata[$"spec:{target}"], metadata[$"spec:{name}"])
                Assert.NotEqual<byte[]>(others[name], bytes[name])
            else
                Assert.False(bytes.ContainsKey name)
                Assert.False(metadata.ContainsKey $"spec:{name}"))

[<Property(MaxTest = 20)>]
let ``shards of any size have the bytes of one file, and name each tie once`` (PositiveInt size) (copied: bool) =
    inFolder (fun folder ->
        let tensors =
            ok (plan (blueprint (ties + (if copied then ", \"tied\": \"copy\"" else ""))))

        let _, one = write tensors (Path.Combine(folder, "one.safetensors"))
        let shards = Path.Combine(folder, "shards")
        let most = int64 (1 + size * 97 % 3000)

        let written =
            Output.shards
                (FolderModels.request shards most Existing.Refuse None)
                tensors
                (fun _ _ -> ())
                CancellationToken.None

        let all =
            (ok written).Files
            |> List.filter (fun file -> file.EndsWith(".safetensors", StringComparison.Ordinal))
            |> List.map (fun file -> contents (Path.Combine(shards, file)))

        let bytes = all |> List.collect (snd >> Map.toList)
        Assert.Equal<(string * byte[]) list>(Map.toList one, List.sortBy fst bytes)
        let file = verified shards
        Assert.Equal<(string * string) list>(expectedTies, List.sort file.Ties)

        if not copied then
            for name, target in expectedTies do
                let _, data =
                    all |> List.find (fun (metadata, _) -> metadata.ContainsKey $"tie:{name}")

                Assert.True(data.ContainsKey target))

[<Fact>]
let ``a chain of ties ends at the tensor that is not tied`` () =
    let tensors =
        [ for name in [ "c"; "a"; "b"; "d" ] -> $"\"{name}\": {{\"dtype\": \"F32\", \"shape\": [4]}}" ]
        |> String.concat ", "

    let json =
        """{"tensors": {TENSORS}, "rules": [{"pattern": "*", "spec": "normal"}], "tie": {"a": "b", "b": "c", "?": "c"}}"""
            .Replace("TENSORS", tensors)

    // The last tie would tie c to itself.
    Assert.Equal(
        Error [ InitError.Architecture(ArchitectureFault.TieCircular [ "c"; "c" ]) ],
        plan json |> Result.map ignore
    )

    let planned = ok (plan (json.Replace("\"?\"", "\"d\"")))

    Assert.Equal<(string * string option) list>(
        [ "c", None; "a", Some "c"; "b", Some "c"; "d", Some "c" ],
        planned |> List.map (fun t -> t.Entry.Name, t.Tie |> Option.map _.Target)
    )

    // What expressions count does not depend on ties.
    let counted =
        json.Replace("\"?\"", "\"d\"").Replace("\"normal\"", "\"constant(count('*'))\"")
        |> plan
        |> ok

    Assert.All(counted, (fun tensor -> Assert.Equal(Spec.constant 4.0, tensor.Spec)))

[<Fact>]
let ``an explanation names the target, and has its distribution`` () =
    let explained = ok (plan (blueprint ties)) |> List.map (Blueprint.explain >> ok)

    let explanationOf name =
        explained |> List.find (fun e -> e.Entry.Name = name)

    Assert.Equal(Some "m.wte.weight", (explanationOf "m.head.weight").Tie |> Option.map _.Target)
    Assert.Equal((explanationOf "m.wte.weight").Distribution, (explanationOf "m.head.weight").Distribution)
    Assert.Equal(None, (explanationOf "m.wte.weight").Tie)

[<Fact>]
let ``wrong ties are reported together, before any work`` () =
    let tie =
        """, "tie": {"m.head.weight": "m.absent", "m.pos": "m.bias", "m.ids": "m.h.0.weight",
             "m.h.0.weight": "m.ids", "m.bias": "m.bias", "m.typo": "m.ids"}"""

    let faults = Validation.faults (plan (blueprint tie))

    let expected =
        [ ArchitectureFault.TieCircular [ "m.h.0.weight"; "m.ids"; "m.h.0.weight" ]
          ArchitectureFault.TieCircular [ "m.bias"; "m.bias" ]
          ArchitectureFault.TieTargetMissing("m.head.weight", "m.absent")
          ArchitectureFault.TieMismatch("m.ids", "I64 6", "m.h.0.weight", "BF16 8,8")
          ArchitectureFault.TieMismatch("m.pos", "I64 6", "m.bias", "F32 8")
          ArchitectureFault.TieMismatch("m.h.0.weight", "BF16 8,8", "m.ids", "I64 6")
          ArchitectureFault.TieUnused "m.typo" ]
        |> List.map InitError.Architecture

    for fault in expected do
        Assert.Contains(fault, faults)

    let isOfTie fault =
        match fault with
        | InitError.Architecture _ -> true
        | _ -> false

    Assert.Equal(expected.Length, faults |> List.filter isOfTie |> List.length)
    Assert.DoesNotContain(faults, fun fault -> InitError.code fault = "tensor-unmatched")

[<Fact>]
let ``a dtype for all tensors makes tied ones equal, and other dtypes are refused`` () =
    let json =
        blueprint ties
        |> _.Replace("\"m.head.weight\": {\"dtype\": \"F32\"", "\"m.head.weight\": {\"dtype\": \"BF16\"")

    let expected =
        ArchitectureFault.TieMismatch("m.head.weight", "BF16 30,8", "m.wte.weight", "F32 30,8")

    Assert.Equal(Error [ InitError.Architecture expected ], plan json |> Result.map ignore)

    let planned =
        Blueprint.parseText "m" json
        |> Result.bind (Blueprint.plan None (Some(Storage.Float DType.Float16)))
        |> ok

    Assert.Equal(Storage.Float DType.Float16, planned.Head.Entry.Storage)

[<Theory>]
[<InlineData(""", "tie": {"{a": "b"}""", "pattern-invalid")>]
[<InlineData(""", "tie": {"{a}.weight": "{b}.weight"}""", "name-unknown")>]
[<InlineData(""", "tie": {"a": 1}""", "json-field")>]
[<InlineData(""", "tie": []""", "json-field")>]
[<InlineData(""", "tie": {"a": "b", "a": "c"}""", "json-field")>]
[<InlineData(""", "tie": {"m.pos": "m.ids"}, "tied": "twice" """, "json-field")>]
[<InlineData(""", "tied": "once" """, "json-field")>]
let ``members that are no ties are refused`` (more: string) (code: string) =
    let faults = Validation.faults (Blueprint.parseText "m" (blueprint more))
    Assert.Equal<string list>([ code ], faults |> List.map InitError.code)

[<Fact>]
let ``ties need rules, and at most 256 are read`` () =
    let codes json =
        Blueprint.parseText "m" json |> Validation.faults |> List.map InitError.code

    let alone =
        """{"tensors": {"a": {"dtype": "F32", "shape": []}}, "tie": {"a": "a"}}"""

    Assert.Equal<string list>([ "json-field" ], codes alone)

    let many count =
        String.Join(", ", Seq.init count (fun i -> $"\"a{i}\": \"m.ids\""))

    Assert.Equal<string list>([ "json-field" ], codes (blueprint (""", "tie": {""" + many 257 + "}")))
    Assert.Equal<string list>([], codes (blueprint (""", "tie": {""" + many 256 + "}")))

[<Fact>]
let ``a recipe's ties serve the models that have the tensors`` () =
    let recipe =
        """{"base": "gpt2_hf", "tie": {"{p*}lm_head.weight": "{p}transformer.wte.weight"}, "tied": "copy"}"""
        |> Text.Encoding.UTF8.GetBytes
        |> ReadOnlyMemory
        |> Recipe.parse "mine.json"
        |> ok

    Assert.Equal<(string * string) list>([ "{p*}lm_head.weight", "{p}transformer.wte.weight" ], recipe.Ties)

    let planned names =
        let tensors =
            [ for name in names -> $"\"{name}\": {{\"dtype\": \"F32\", \"shape\": [30, 8]}}" ]
            |> String.concat ", "

        Blueprint.parseText "m" $"{{{tensors}}}"
        |> Result.bind (Blueprint.plan (Some recipe) None)

    Assert.Equal<Tie option list>(
        [ None
          Some
              { Target = "transformer.wte.weight"
                IsCopied = true } ],
        ok (planned [ "transformer.wte.weight"; "lm_head.weight" ]) |> List.map _.Tie
    )

    Assert.Equal<Tie option list>([ None ], ok (planned [ "transformer.wte.weight" ]) |> List.map _.Tie)

    // A target that the model lacks is a fault, also of a recipe.
    Assert.Equal<string list>(
        [ "tie-target-missing" ],
        planned [ "lm_head.weight" ] |> Validation.faults |> List.map InitError.code
    )

[<Fact>]
let ``verify refuses ties that the file's tensors contradict`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a.safetensors")
        write (ok (plan (blueprint (ties + ", \"tied\": \"copy\"")))) path |> ignore
        let whole = Text.Encoding.Latin1.GetString(File.ReadAllBytes path)

        let codes (text: string) =
            Assert.Equal(whole.Length, text.Length)
            use stream = new MemoryStream(Text.Encoding.Latin1.GetBytes text)

            Verification.ofStream "a" stream Device.Cpu (fun _ _ -> ()) CancellationToken.None
            |> Validation.faults
            |> List.map InitError.code

        Assert.Equal<string list>([], codes whole)

        // Another spec than the target's.
        Assert.Equal<string list>(
            [ "metadata-invalid" ],
            codes (whole.Replace("\"spec:m.pos\":\"permutation\"", "\"spec:m.pos\":\"zeros\"      "))
        ))

[<Fact>]
let ``verify refuses a tie of which the file has neither tensor`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a.safetensors")
        write (ok (plan (blueprint ties))) path |> ignore

        let other =
            Text.Encoding.Latin1.GetString(File.ReadAllBytes path).Replace("\"m.ids\",", "\"m.idx\",")
            |> Text.Encoding.Latin1.GetBytes

        File.WriteAllBytes(path, other)

        Assert.Equal(
            Error [ InitError.TensorAbsent "m.idx" ],
            Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None
            |> Result.map ignore
            |> Result.mapError (List.map InitErrorCode.inner)
        ))
