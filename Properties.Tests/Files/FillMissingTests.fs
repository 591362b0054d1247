/// Checkpoints that are completed: made tensors have the bits of the whole architecture, and copied ones every byte.
module Initializers.Properties.FillMissingTests

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
open Initializers.Properties.TensorFiles

let internal inFolder (work: (string -> string) -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work (fun name -> Path.Combine(folder, name))
    finally
        Directory.Delete(folder, true)

/// A model of two blocks and a head, whose rules count the blocks, with more members.
let internal architecture (more: string) =
    """{"tensors": {
         "wte": {"dtype": "F32", "shape": [12, 8]},
         "h.0.w": {"dtype": "F32", "shape": [8, 8]}, "h.1.w": {"dtype": "F32", "shape": [8, 8]},
         "ids": {"dtype": "I64", "shape": [5]}, "norm": {"dtype": "F64", "shape": [3]},
         "score.w": {"dtype": "BF16", "shape": [3, 8]}, "score.b": {"dtype": "F32", "shape": [3]},
         "lm_head": {"dtype": "F32", "shape": [12, 8]}},
       "rules": [
         {"pattern": "ids", "spec": "permutation"}, {"pattern": "*.b", "spec": "zeros"},
         {"pattern": "score.w", "spec": "kaiming_normal", "layout": "oi"},
         {"pattern": "*", "spec": "normal(stddev=1/count('h.{i}.w'))"}]MORE}"""
        .Replace("MORE", more)

let internal names =
    [ "wte"; "h.0.w"; "h.1.w"; "ids"; "norm"; "score.w"; "score.b"; "lm_head" ]

/// A checkpoint's file: metadata as JSON, and tensors with dtype, shape and data.
let internal checkpoint (metadata: string) (tensors: (string * string * int64 list * byte[]) list) =
    let entries, data =
        (([], [||]), tensors)
        ||> List.fold (fun (entries, data) (name, dtype, shape, bytes) ->
            let sizes = String.Join(",", shape)
            entries @ [ entry name dtype sizes data.Length (data.Length + bytes.Length) ], Array.append data bytes)

    safetensors ("{" + String.concat "," ($"\"__metadata__\":{metadata}" :: entries) + "}") data

let internal words (at: string -> string) : FillMissingText =
    { Architecture = at "model.json"
      Checkpoint = at "old.safetensors"
      Recipe = null
      Seed = "42"
      DType = null
      Device = null
      Out = at "new.safetensors"
      Extra = null
      Overwrite = false }

let internal fill words =
    FillMissing.write words (fun _ _ -> ()) CancellationToken.None

let private header (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    ok (SafetensorsReader.header stream)

/// The tensors of a file with dtype, shape and bytes, and its metadata.
let internal contents (path: string) =
    let bytes = File.ReadAllBytes path
    let header = header bytes

    Map.ofList
        [ for t in header.Tensors ->
              t.Name,
              (StoredType.toText t.DType, t.Shape.Dims, bytes[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1]) ],
    Map.ofList header.Metadata

/// The whole architecture as init writes it.
let internal whole (at: string -> string) (json: string) =
    File.WriteAllText(at "model.json", json)

    let tensors =
        Blueprint.parseText "m" json |> Result.bind (Blueprint.plan None None) |> ok

    ok (
        Output.model
            (at "whole.safetensors")
            true
            Device.Cpu
            (Seed.ofUInt64 42UL)
            tensors
            (fun _ _ -> ())
            CancellationToken.None
    )

    fst (contents (at "whole.safetensors"))

let internal noise (seed: int) (count: int) =
    let bytes = Array.zeroCreate<byte> count
    Random(seed).NextBytes bytes
    bytes

/// A tensor of the architecture with other elements.
let internal trained (model: Map<string, string * int64 list * byte[]>) (name: string) =
    let dtype, shape, bytes = model[name]
    name, dtype, shape, noise name.Length bytes.Length

let internal codes result =
    Validation.faults result |> List.map InitError.code

[<Property(MaxTest = 30)>]
let ``made tensors have the bits of init, and copied ones every byte`` (choice: uint8) =
    inFolder (fun at ->
        let model = whole at (architecture "")

        let isKept index = int choice >>> index &&& 1 = 1
        let kept = names |> List.indexed |> List.filter (fst >> isKept) |> List.map snd
        let old = kept |> List.map (trained model)
        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" old)

        if kept.Length = names.Length then
            Assert.Equal<string list>([ "nothing-missing" ], codes (fill (words at)))
        else
            let filled = ok (fill (words at))
            Assert.Equal(names.Length, filled.Tensors.Length)
            let found, metadata = contents (at "new.safetensors")

            let given =
                Map.ofList [ for name, dtype, shape, bytes in old -> name, (dtype, shape, bytes) ]

            for name in names do
                Assert.Equal(Map.tryFind name given |> Option.defaultValue model[name], found[name])
                Assert.Equal(given.ContainsKey name, (metadata[$"spec:{name}"] = "none"))

            let file =
                ok (Verification.ofFile (at "new.safetensors") Device.Cpu (fun _ _ -> ()) CancellationToken.None)

            Assert.Empty file.Different
            Assert.Equal(kept.Length, file.NotGenerated.Length)
            Assert.Empty(codes (Verification.equal file)))

[<Fact>]
let ``dtypes, metadata and tensors that are kept stay the checkpoint's`` () =
    inFolder (fun at ->
        let model = whole at (architecture "")

        let others =
            names |> List.except [ "score.w"; "wte"; "norm" ] |> List.map (trained model)

        let old =
            ("wte", "F8_E4M3", [ 12L; 8L ], noise 1 96)
            :: ("norm", "F16", [ 3L ], noise 2 6)
            :: ("q", "F4", [ 2L; 2L ], noise 3 2)
            :: others

        let metadata =
            """{"format":"tf","author":"me","seed":"7","spec:old":"zeros","generator":"x","sha256":"00"}"""

        File.WriteAllBytes(at "old.safetensors", checkpoint metadata old)
        let request = { words at with Extra = "keep" }
        let filled = ok (fill request)
        Assert.Empty filled.Dropped
        let found, metadata = contents (at "new.safetensors")

        for name, dtype, shape, bytes in old do
            Assert.Equal((dtype, shape, bytes), found[name])

        Assert.Equal(model["score.w"], found["score.w"])
        Assert.Equal("tf", metadata["format"])
        Assert.Equal("me", metadata["author"])
        Assert.Equal("42", metadata["seed"])
        Assert.Equal("Initializers", metadata["generator"])
        Assert.False(metadata.ContainsKey "spec:old" || metadata.ContainsKey "sha256")

        let dropped =
            ok (
                fill
                    { request with
                        Extra = "drop"
                        Overwrite = true }
            )

        Assert.Equal<string list>([ "q" ], dropped.Dropped)
        Assert.False((fst (contents (at "new.safetensors"))).ContainsKey "q")
        // The new tensors may have another dtype.
        let half =
            ok (
                FillMissing.plan
                    { request with
                        DType = "float16"
                        Seed = null
                        Out = null }
            )

        let made =
            half.Tensors
            |> List.choose (function
                | FilledTensor.Made tensor -> Some tensor.Entry.Storage
                | FilledTensor.Copied _ -> None)

        Assert.Equal<Storage list>([ Storage.Float DType.Float16 ], made))

[<Fact>]
let ``a folder of shards is one checkpoint`` () =
    inFolder (fun at ->
        let model = whole at (architecture "")

        let given =
            names |> List.except [ "score.w"; "score.b" ] |> List.map (trained model)

        let first, second = given |> List.splitAt 3
        Directory.CreateDirectory(at "old") |> ignore

        for number, tensors in [ 1, first; 2, second ] do
            File.WriteAllBytes(
                at $"old/model-0000{number}-of-00002.safetensors",
                checkpoint ("{\"same\":\"1\",\"shard\":\"" + string number + "\"}") tensors
            )

        let filled = ok (fill { words at with Checkpoint = at "old" })
        Assert.Equal(8, filled.Tensors.Length)
        let found, metadata = contents (at "new.safetensors")

        for name, dtype, shape, bytes in given do
            Assert.Equal((dtype, shape, bytes), found[name])

        Assert.Equal("1", metadata["same"])
        Assert.False(metadata.ContainsKey "shard")

        // So is one of the shards: the tensors of the others are not missing.
        let second =
            { words at with
                Checkpoint = at "old/model-00002-of-00002.safetensors"
                Overwrite = true }

        let ofShard = ok (fill second)
        Assert.Equal(filled.Tensors.Length, ofShard.Tensors.Length)
        Assert.Equal<Map<string, string * int64 list * byte[]>>(found, fst (contents (at "new.safetensors")))
        File.Delete(at "old/model-00001-of-00002.safetensors")
        Assert.Equal<string list>([ "shards-missing" ], codes (fill second)))

[<Fact>]
let ``rules of tensors that the checkpoint has are not asked`` () =
    inFolder (fun at ->
        File.WriteAllText(
            at "model.json",
            """{"tensors": {"a": {"dtype": "F32", "shape": [2]}, "b": {"dtype": "F32", "shape": [2]}},
                "rules": [{"pattern": "b", "spec": "ones"}]}"""
        )

        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" [ "a", "F32", [ 2L ], noise 1 8 ])
        Assert.Equal(2, (ok (fill (words at))).Tensors.Length))

[<Fact>]
let ``faults of a request are reported together, and nothing is written`` () =
    inFolder (fun at ->
        let model = whole at (architecture "")

        let old =
            [ "wte", "F32", [ 8L; 12L ], noise 1 384
              "h.0.w", "F32", [ 1L ], noise 1 4
              "more", "F32", [ 1L ], noise 1 4 ]

        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" old)
        let before = Directory.GetFiles(at "") |> Array.sort

        let request =
            { words at with
                Seed = "x"
                Device = "tpu"
                DType = "f1"
                Out = at "new.bin" }

        Assert.Equal<string list>(
            [ "argument-invalid"
              "checkpoint-extra"
              "checkpoint-shape"
              "checkpoint-shape"
              "device-unknown"
              "dtype-unknown"
              "format-unknown" ],
            codes (fill request) |> List.sort
        )

        Assert.Equal<string list>(codes (fill request), codes (FillMissing.validate request))

        // Neither the checkpoint nor the architecture is replaced.
        for input in [ "old.safetensors"; "model.json" ] do
            let request =
                { words at with
                    Out = at input
                    Extra = "drop"
                    Overwrite = true }

            Assert.Contains("output-is-input", codes (fill request))

        let rest =
            { words at with
                Extra = "both"
                Checkpoint = at "absent.safetensors"
                Seed = null
                Out = null }

        Assert.Equal<string list>(
            [ "argument-invalid"; "argument-missing"; "argument-missing"; "file-missing" ],
            codes (fill rest) |> List.sort
        )

        File.WriteAllBytes(at "old.safetensors", [| 1uy |])
        Assert.Equal<string list>([ "file-truncated" ], codes (FillMissing.plan (words at)))
        File.WriteAllText(at "new.safetensors", "")
        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" [ trained model "wte" ])
        Assert.Equal<string list>([ "file-exists" ], codes (fill (words at)))
        File.Delete(at "new.safetensors")
        Assert.Equal<string[]>(before, Directory.GetFiles(at "") |> Array.sort))

[<Fact>]
let ``a checkpoint that becomes shorter while it is copied is a fault, and so is a cancellation`` () =
    inFolder (fun at ->
        let count = 10_000_000L // more than the buffers

        File.WriteAllText(
            at "model.json",
            """{"tensors": {"a": {"dtype": "F32", "shape": [COUNT]}, "b": {"dtype": "F32", "shape": [1]}},
                "rules": [{"pattern": "b", "spec": "zeros"}]}"""
                .Replace("COUNT", string count)
        )

        let entryOfA = entry "a" "F32" (string count) 0 (int count * 4)
        let bytes = safetensors ("{" + entryOfA + "}") (zeros (int count * 4))
        File.WriteAllBytes(at "old.safetensors", bytes)
        let before = Directory.GetFiles(at "")
        let mutable isCut = false

        let cut (written: int64) (_: int64) =
            if written > 0L && not isCut then
                isCut <- true

                use file =
                    new FileStream(at "old.safetensors", FileMode.Open, FileAccess.Write, FileShare.ReadWrite)

                file.SetLength(int64 bytes.Length / 2L)

        Assert.Equal<string list>(
            [ "file-truncated" ],
            codes (FillMissing.write (words at) cut CancellationToken.None)
        )

        File.WriteAllBytes(at "old.safetensors", bytes)
        use source = new CancellationTokenSource()

        let cancel (written: int64) (_: int64) =
            if written > 0L then
                source.Cancel()

        Assert.Equal<string list>([ "cancelled" ], codes (FillMissing.write (words at) cancel source.Token))
        Assert.Equal<string[]>(before, Directory.GetFiles(at "")))
