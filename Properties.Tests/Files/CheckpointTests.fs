/// Checkpoints of other programs: npz of NumPy, PyTorch's zip archives and TorchSharp's .dat. The files of
/// Properties.Tests/checkpoints are those of PyTorch and NumPy (make.py).
module Initializers.Properties.CheckpointTests

open System
open System.IO
open System.IO.Compression
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles
open Initializers.Properties.CheckpointFiles
open Initializers.Properties.DoctorModels

let private fixture name =
    File.ReadAllBytes(Repository.path $"Properties.Tests/checkpoints/{name}")

/// Sizes and elements of each tensor, by name; no elements for complex ones.
let private elementsOf (name: string) (bytes: byte[]) : Map<string, int64 list * float list> =
    use stream = new MemoryStream(bytes)
    let file = ok (TensorFormats.read name stream)

    Map.ofList
        [ for located in file.Tensors do
              let tensor = located.Tensor
              let content: byte[] = Array.zeroCreate (int tensor.Bytes)
              (ElementPlaces.opened stream tensor located.Place).ReadExactly content

              if located.Place.BigEndian then
                  ElementDecoding.reverse tensor.DType (Span content)

              let values: float[] = Array.zeroCreate (int tensor.Shape.Length)

              if ElementDecoding.isRead tensor.DType then
                  ElementDecoding.toFloats tensor.DType (ReadOnlySpan content) (Span values)

              tensor.Name,
              (tensor.Shape.Dims,
               if ElementDecoding.isRead tensor.DType then
                   List.ofArray values
               else
                   []) ]

let private inspect (name: string) (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Inspection.ofStream name stream (fun _ _ -> ()) CancellationToken.None

let private ramp n = List.init n float
let private matrix = [ 3L; 4L ], ramp 12

[<Fact>]
let ``tensors of PyTorch have their elements, with offsets, strides and every type`` () =
    let expected =
        [ "matrix", matrix
          "transposed",
          ([ 4L; 3L ],
           [ for j in 0..3 do
                 for i in 0..2 do
                     float (4 * i + j) ])
          "part", ([ 6L ], [ 10.0 .. 15.0 ])
          "step", ([ 5L ], [ 5.0; 14.0; 23.0; 32.0; 41.0 ])
          "block",
          ([ 2L; 2L; 3L ],
           [ for k in 1..2 do
                 for i in 0..1 do
                     for j in 0..2 do
                         float (12 * i + 4 * j + k) ])
          "expanded", ([ 3L; 2L ], List.replicate 6 1.0)
          "tied", matrix
          "parameter", ([ 2L; 2L ], ramp 4)
          "scalar", ([], [ 3.0 ])
          "empty", ([ 0L; 3L ], [])
          "bool", ([ 2L ], [ 1.0; 0.0 ])
          "complex", ([ 2L ], [])
          for name in [ "float64"; "float16"; "bfloat16"; "int64"; "int32"; "int16"; "int8"; "uint8" ] do
              name, ([ 5L ], ramp 5) ]

    Assert.Equal<Map<_, _>>(Map.ofList expected, elementsOf "kinds.pt" (fixture "kinds.pt"))
    Assert.Equal<Map<_, _>>(Map.ofList [ "alone", matrix ], elementsOf "alone.pth" (fixture "alone.pth"))

[<Fact>]
let ``containers give names with dots, and plain values are passed over`` () =
    let found = elementsOf "training.pt" (fixture "training.pt")

    Assert.Equal<Set<string>>(
        set
            [ "model.weight"
              "model.bias"
              for i in 0..1 do
                  for name in [ "step"; "exp_avg"; "exp_avg_sq" ] do
                      $"optimizer.state.{i}.{name}"
              "losses.0"
              "losses.1.0" ],
        found |> Map.keys |> set
    )

    Assert.Equal(([ 1L ], [ 1.0 ]), found["losses.0"])

[<Fact>]
let ``arrays of NumPy have their elements, stored and deflated, in either order of bytes and axes`` () =
    let expected =
        Map.ofList
            [ "h/0/matrix", matrix
              "fortran", matrix
              "big", matrix
              "scalar", ([], [ 3.0 ])
              "empty", ([ 0L; 3L ], [])
              "int64", ([ 5L ], ramp 5) ]

    for name in [ "stored.npz"; "deflated.npz" ] do
        Assert.Equal<Map<_, _>>(expected, elementsOf name (fixture name))

let private everything =
    """{"rules": [{"pattern": "*", "spec": "normal(stddev=0.02)"}]}"""
    |> Text.Encoding.UTF8.GetBytes
    |> ReadOnlyMemory
    |> Recipe.parse "r"
    |> ok

[<Fact>]
let ``files that this library writes as npz and dat are read`` () =
    let planned =
        Blueprint.parseText
            "m"
            """{"h.0.w": {"dtype": "F32", "shape": [30, 20]}, "h/b": {"dtype": "F64", "shape": []}, "none": {"dtype": "F16", "shape": [0, 3]}}"""
        |> Result.bind (Blueprint.plan (Some everything) None)
        |> ok

    withFiles [] (fun path ->
        let written (name: string) =
            ok (
                Output.model
                    (path name)
                    false
                    Device.Cpu
                    (Seed.ofUInt64 1UL)
                    planned
                    (fun _ _ -> ())
                    CancellationToken.None
            )

            elementsOf (path name) (File.ReadAllBytes(path name))

        let expected = written "m.safetensors"
        Assert.Equal(3, expected.Count)

        for name in [ "m.npz"; "m.dat" ] do
            Assert.Equal<Map<_, _>>(expected, written name)

            match Verification.ofFile (path name) Device.Cpu (fun _ _ -> ()) CancellationToken.None with
            | Error faults -> Assert.Equal<string list>([ "metadata-unsupported" ], faults |> List.map InitError.code)
            | Ok _ -> Assert.Fail name)

/// Files that are refused: name, bytes, codes, and a part of the message.
let private refused: (string * byte[] * string * string) list =
    let two = rebuilt "0" 12L 0L [ 3L; 4L ] [ 4L; 1L ]
    let elements = Array.init 12 float32

    let oneTensor made =
        checkpoint (dict [ "w", made ]) elements

    let array =
        npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" (zeros 24)

    let cycle = "]q\000h\000a"
    let nested = String.replicate 200 "](" + two + String.replicate 200 "e"

    /// Each list holds the one before twice.
    let laughs =
        "](" + two + "eq\000" + String.Concat(Seq.replicate 60 "](h\000h\000eq\000")

    let lying = stored [ "w.npy", array ]

    [ "module.pt", fixture "module.pt", "pickle-refused", "torch.nn.modules.linear.Linear"
      "script.pt", fixture "script.pt", "pickle-refused", "TorchScript"
      "sparse.pt", fixture "sparse.pt", "pickle-refused", "to_dense"
      "legacy.pt", fixture "legacy.pt", "format-not-read", "torch.save"
      "system.pt", checkpoint (globalName "os" "system" + text "true" + "\133R") elements, "pickle-refused", "os.system"
      "stack.pt",
      checkpoint (text "os" + text "system" + "\147" + text "true" + "\133R") elements,
      "pickle-refused",
      "os.system"
      "model.weights.h5",
      Array.append [| 0x89uy; byte 'H'; byte 'D'; byte 'F' |] (zeros 60),
      "format-not-read",
      "numpy.savez"
      "model.keras", stored [ "metadata.json", zeros 2; "model.weights.h5", zeros 9 ], "format-not-read", "numpy.savez"
      "a.zip", stored [ "readme", zeros 9 ], "format-not-read", "torch.save"
      "none.pt", checkpoint "N" elements, "tensors-missing", ""
      "cycle.pt", checkpoint cycle elements, "pickle-malformed", "each other"
      "nested.pt", checkpoint nested elements, "pickle-malformed", "each other"
      "laughs.pt", checkpoint laughs elements, "pickle-malformed", "each other"
      "twice.pt", checkpoint (dict [ "w", two; "w", two ]) elements, "tensor-duplicate", "w"
      "dots.pt", checkpoint (dict [ "a.w", two; "a", dict [ "w", two ] ]) elements, "tensor-duplicate", "a.w"
      "beyond.pt", oneTensor (rebuilt "0" 12L 1L [ 3L; 4L ] [ 4L; 1L ]), "file-truncated", "storage '0'"
      "stride.pt", oneTensor (rebuilt "0" 12L 0L [ 3L; 4L ] [ 5L; 1L ]), "file-truncated", "storage '0'"
      "far.pt", oneTensor (rebuilt "0" 12L (1L <<< 61) [ 1L ] [ 1L ]), "pickle-malformed", "too large"
      "wide.pt", oneTensor (rebuilt "0" 12L 0L [ 2L; 2L ] [ Int64.MaxValue; 1L ]), "file-truncated", "storage '0'"
      "negative.pt", oneTensor (rebuilt "0" 12L 4L [ 2L ] [ -1L ]), "pickle-malformed", "negative"
      "ranks.pt", oneTensor (rebuilt "0" 12L 0L [ 2L ] []), "pickle-malformed", "strides"
      "absent.pt", oneTensor (rebuilt "1" 12L 0L [ 2L ] [ 1L ]), "pickle-malformed", "'1' is not in"
      "expanded.pt", oneTensor (rebuilt "0" 12L 0L [ 1L <<< 30; 4L ] [ 0L; 1L ]), "elements-exceed-file", "expanded"
      "overflow.pt", oneTensor (rebuilt "0" 12L 0L [ 1L <<< 40; 1L <<< 40 ] [ 0L; 0L ]), "shape-overflow", ""
      "stop.pt", checkpoint "(" elements, "pickle-malformed", "missing on the stack"
      "memo.pt", checkpoint "h\005" elements, "pickle-malformed", "remembered"
      "operation.pt", checkpoint "I1\n" elements, "pickle-malformed", "0x49"
      "text.pt", checkpoint "X\255\255\255\127" elements, "pickle-malformed", "ends within"
      "cut.npz", lying[.. lying.Length - 2], "zip-malformed", "end of the directory"
      "object.npz",
      stored [ "w.npy", npy 1uy "{'descr': '|O', 'fortran_order': False, 'shape': (), }" (zeros 4) ],
      "stored-type-unsupported",
      "pickled"
      "short.npz", stored [ "w.npy", array[.. array.Length - 2] ], "file-truncated", "24 bytes"
      "long.npz", stored [ "w.npy", Array.append array [| 0uy |] ], "bytes-unclaimed", ""
      "counts.dat", [| 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy; 0x0Fuy |], "file-truncated", "length of a name"
      "sizes.dat",
      Array.concat [ [| 1uy; 1uy; byte 'w'; 6uy; 1uy |]; Array.create 8 0xFFuy; [| 0x3Fuy |] ],
      "shape-overflow",
      ""
      "types.dat", [| 1uy; 1uy; byte 'w'; 12uy; 0uy |], "stored-type-unsupported", "12"
      "after.dat", [| 1uy; 1uy; byte 'w'; 0uy; 0uy; 7uy; 8uy |], "bytes-unclaimed", "" ]

[<Fact>]
let ``files that cannot be read are refused with a code and what to do, in bounded memory`` () =
    for name, bytes, code, part in refused do
        let result, spent = allocated (fun () -> inspect name bytes)

        match result with
        | Error faults ->
            Assert.True([ code ] = List.map InitError.code faults, $"{name}: %A{faults}")
            let message = faults |> List.map InitError.message |> String.concat " "
            Assert.True(message.Contains part, $"{name}: {message}")
            Assert.InRange(spent, 0L, 1_000_000L + 400L * int64 bytes.Length)
        | Ok file -> Assert.Fail $"{name}: %A{file}"

/// The directory's entry of an archive's first file, and a place in it.
let private directoryAt (archive: byte[]) (offset: int) =
    let signature = [| 0x50uy; 0x4Buy; 1uy; 2uy |]

    Seq.init (archive.Length - 4) id
    |> Seq.find (fun i -> archive[i .. i + 3] = signature)
    |> (+) offset

let private with' (at: int) (part: byte[]) (bytes: byte[]) =
    let copy = Array.copy bytes
    Array.blit part 0 copy at part.Length
    copy

[<Fact>]
let ``an archive whose sizes lie is refused`` () =
    let array =
        npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" (zeros 24)

    let both = stored [ "a.npy", array; "b.npy", array ]
    let small = deflated [ "a.npy", array ]
    let second = directoryAt both 0 + 46 + 5

    let cases =
        [ "sizes of a stored entry", both |> with' (directoryAt both 24) (BitConverter.GetBytes 1000), "zip-malformed"
          "a negative size of zip64", both |> with' (directoryAt both 20) (BitConverter.GetBytes -1), "zip-malformed"
          "more than deflate reaches",
          small |> with' (directoryAt small 24) (BitConverter.GetBytes 2_000_000_000),
          "zip-malformed"
          "encrypted", both |> with' (directoryAt both 8) [| 1uy |], "zip-unsupported"
          "another method", both |> with' (directoryAt both 10) [| 12uy |], "zip-unsupported"
          "an entry elsewhere", both |> with' (directoryAt both 42) (BitConverter.GetBytes 7), "zip-malformed"
          "two entries in one place", both |> with' (second + 42) (BitConverter.GetBytes 0), "zip-malformed"
          "two entries of one name", both |> with' (second + 46) [| byte 'a' |], "zip-malformed"
          // No block of deflated data begins so.
          "damaged deflated bytes", small |> with' 35 [| 0xFFuy |], "zip-malformed" ]

    for name, bytes, code in cases do
        let found = codes (inspect "a.npz" bytes)
        Assert.True([ code ] = found, $"{name}: %A{found}")

[<Fact>]
let ``a checkpoint that is cut anywhere is refused with a code`` () =
    for name in [ "alone.pth"; "deflated.npz" ] do
        let bytes = fixture name

        for length in 0 .. bytes.Length - 1 do
            Assert.NotEmpty(codes (inspect name bytes[.. length - 1]))

/// A checkpoint of the model, with a tensor of each storage.
let private torch (names: (string * string) list) (tensors: Planted list) : byte[] =
    let storages = tensors |> List.indexed

    let find name =
        storages |> List.find (fun (_, t) -> t.Entry.Name = name)

    let entries =
        [ for key, name in names do
              let number, planted = find name
              let dims = planted.Entry.Shape.Dims
              key, rebuilt (string number) planted.Values.LongLength 0L dims (ElementPlaces.rowMajor dims) ]

    deflated (
        ("m/data.pkl", pickle (dict [ "state_dict", dict entries ]))
        :: [ for number, planted in storages ->
                 $"m/data/{number}", planted.Values |> Array.collect BitConverter.GetBytes ]
    )

[<Fact>]
let ``the doctor finds faults in a checkpoint of PyTorch, and tensors of one storage are tied`` () =
    let right = model 1UL
    let names = right |> List.map (fun t -> t.Entry.Name, t.Entry.Name)
    let weight = "h.0.attn.weight"

    let report names tensors =
        withFiles [ "m.pt", torch names tensors ] (fun path -> examined (words (path "m.pt") null null))

    Assert.Empty((report names right).Findings)

    let broken =
        right
        |> changed weight (fun values ->
            values[77] <- nanf
            values)

    Assert.Equal<(string * string) list>([ "non-finite", $"state_dict.{weight}" ], codesOf (report names broken).Faults)
    let tied = report (names @ [ "copy.weight", weight ]) right
    Assert.Empty(tied.Faults)
    Assert.Equal<(string * string) list>([ "tied", $"state_dict.{weight}" ], codesOf tied.Notes)

    let copied =
        report
            (names @ [ "copy.weight", "copy.weight" ])
            (right
             @ [ { Entry =
                     { right[1].Entry with
                         Name = "copy.weight" }
                   Values = right[1].Values } ])

    Assert.Equal<(string * string) list>([ "equal-tensors", $"state_dict.{weight}" ], codesOf copied.Faults)

[<Fact>]
let ``the index of PyTorch's shards is read as one model`` () =
    let second =
        checkpoint (dict [ "w", rebuilt "0" 12L 0L [ 3L; 4L ] [ 4L; 1L ] ]) (Array.init 12 float32)

    let shard number =
        $"pytorch_model-0000{number}-of-00002.bin"

    let index first =
        $$$"""{"weight_map": {"{{{first}}}": "{{{shard 1}}}", "w": "{{{shard 2}}}"}}"""
        |> Text.Encoding.UTF8.GetBytes

    let inspected first' =
        withFiles
            [ shard 1, checkpoint (dict [ "v", rebuilt "0" 12L 0L [ 4L ] [ 3L ] ]) (Array.init 12 float32)
              shard 2, second
              "pytorch_model.bin.index.json", index first' ]
            (fun path -> Inspection.ofFile (path "pytorch_model.bin.index.json") (fun _ _ -> ()) CancellationToken.None)

    Assert.Equal<string list>([ "v"; "w" ], (ok (inspected "v")).Tensors |> List.map _.Header.Name)
    Assert.NotEmpty(codes (inspected "u"))
