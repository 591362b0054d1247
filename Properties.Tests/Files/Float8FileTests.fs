/// Tensors of eight bits in files.
module Initializers.Properties.Float8FileTests

open System
open System.IO
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

let private seed = Seed.ofUInt64 42UL
let private noProgress _ _ = ()

let private inFolder (work: (string -> string) -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work (fun name -> Path.Combine(folder, name))
    finally
        Directory.Delete(folder, true)

let private storageOf name = ok (Storage.parse name)

let private request spec dims storage : Initializers.FSharp.ArrayRequest =
    { Spec = spec
      Shape = shapeOf dims
      Fan = Fan.From Layout.OutIn
      Storage = storage
      Device = Device.Cpu
      Seed = seed
      Stream = Some "t"
      Slice = None
      Box = None }

let private write path request =
    Output.array path false request noProgress CancellationToken.None

/// The float32 elements of a request, rounded by the definition of the type.
let private expected name (request: Initializers.FSharp.ArrayRequest) : byte[] =
    use tensor =
        ok (Initialize.tensor Target.cpu request.Shape request.Fan (Seed.child "t" request.Seed) request.Spec)

    let round = ReferenceFloat8.rounder (ReferenceFloat8.find name)
    tensor.ToArray<float32>() |> Array.map (round >> Option.get)

let private text spec = ok (SpecText.parse spec)

/// Specs within the range of every signed type, and shapes. The last ones do not fit into the buffers in float32.
let private signedCases =
    [ "normal(mean=0, stddev=0.02)", [ 70L; 40L ]
      "normal(mean=-20, stddev=30)", [ 300L ]
      "uniform(low=-0.001, high=0.002)", [ 999L ]
      "he_normal", [ 64L; 32L ]
      "zeros", [ 5L ]
      "constant(-0.0)", [ 5L ]
      "constant(1.1)", [ 3L; 3L ]
      "sparse(sparsity=0.5, inner=normal)", [ 30L; 20L ]
      "formula(\"i0/7 - i1\")", [ 40L; 50L ]
      "randint(-16, 17)", [ 100L ]
      "sum([uniform, normal(stddev=0.1)])", [ 257L ]
      "orthogonal", [ 1460L; 1450L ]
      "batched(axes=1, inner=orthogonal)", [ 30L; 300L; 301L ]
      "normal(mean=0, stddev=1)", [ 3_000_000L ] ]

/// The same for powers of two.
let private scaleCases =
    [ "ones", [ 7L; 3L ]
      "uniform(low=0, high=1)", [ 1000L ]
      "scale(factor=-3, inner=uniform(low=-1, high=0))", [ 1000L ]
      "log_uniform(low=0.001, high=1000)", [ 2_200_000L ]
      "exponential", [ 1000L ] ]

let private cases =
    [ for format in ReferenceFloat8.all do
          for spec, dims in (if format.IsSigned then signedCases else scaleCases) do
              // One type has the large ones.
              if
                  Shape.length (shapeOf dims) < 1_000_000L
                  || format.Name.EndsWith "0"
                  || format.Name = "F8_E4M3"
              then
                  format.Name, text spec, dims ]

[<Fact>]
let ``an array of eight bits is the float32 array rounded, whole and in slices`` () =
    for name, spec, dims in cases do
        inFolder (fun path ->
            let request = request spec dims (storageOf name)
            let expected = expected name request

            let isLarge = expected.Length > 1_000_000

            for file in "w.safetensors" :: (if isLarge then [] else [ "w.bin" ]) do
                ok (write (path file) request) |> ignore
                let bytes = File.ReadAllBytes(path file)

                Assert.True(
                    expected.AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - expected.Length)),
                    $"{name} {spec}"
                )

            let first, count = expected.Length / 3, expected.Length / 2

            let part =
                { request with
                    Slice = Some(int64 first, int64 count) }

            ok (write (path "part.safetensors") part) |> ignore
            let bytes = File.ReadAllBytes(path "part.safetensors")

            Assert.True(
                expected.AsSpan(first, count).SequenceEqual(bytes.AsSpan(bytes.Length - count)),
                $"{name} {spec}"
            )

            for file in [ "w.safetensors"; "part.safetensors" ] do
                Verification.ofFile (path file) Device.Cpu noProgress CancellationToken.None
                |> Result.bind Verification.equal
                |> ok)

[<Fact>]
let ``the bytes of a known seed are these`` () =
    inFolder (fun path ->
        for name, digits in
            [ "F8_E4M3", "2dabb2c1b33434aeb4393fac322a3531"
              "F8_E5M2", "37b5b9c0b93a3ab7ba3d3fb639353b38"
              "F8_E4M3FNUZ", "35b3bac9bb3c3cb6bc4147b43a323d39"
              "F8_E5M2FNUZ", "3bb9bdc4bd3e3ebbbe4143ba3d393f3c" ] do
            ok (write (path $"{name}.bin") (request (text "normal") [ 16L ] (storageOf name)))
            |> ignore

            Assert.Equal<string>(digits, Convert.ToHexStringLower(File.ReadAllBytes(path $"{name}.bin"))))

[<Fact>]
let ``numbers that a type does not hold are refused before anything is written`` () =
    for name, spec, code in
        [ "F8_E4M3", "normal(mean=0, stddev=200)", "float8-overflow"
          "F8_E4M3", "uniform(low=-449, high=0)", "float8-overflow"
          "F8_E4M3", "constant(448.5)", "float8-overflow"
          "F8_E4M3", "formula(\"100*i0\")", "float8-overflow"
          "F8_E4M3", "constant(inf)", "float8-overflow"
          "F8_E4M3", "constant(1e39)", "overflows-dtype"
          "F8_E5M2", "constant(-inf)", "float8-overflow"
          "F8_E5M2",
          "mask(keep=[1, 0, 1, 0, 1, 0, 1, 0], shape=[8], inner=uniform(low=0, high=60000))",
          "float8-overflow"
          "F8_E4M3FNUZ", "constant(241)", "float8-overflow"
          "F8_E5M2FNUZ", "scale(factor=1000, inner=normal(stddev=10))", "float8-overflow"
          "F8_E8M0", "constant(1.8e38)", "float8-overflow"
          "F8_E8M0", "zeros", "float8-not-positive"
          "F8_E8M0", "normal(mean=1, stddev=0.5)", "float8-not-positive"
          "F8_E8M0", "uniform(low=-1, high=1)", "float8-not-positive"
          "F8_E8M0", "clip(low=0, high=2, inner=normal)", "float8-not-positive"
          "F8_E8M0", "formula(\"i0 - 3\")", "float8-not-positive" ] do
        inFolder (fun path ->
            let result = write (path "w.bin") (request (text spec) [ 8L; 8L ] (storageOf name))
            Assert.Equal<string * string list>((spec, [ code ]), (spec, codes result))
            Assert.Empty(Directory.GetFiles(path "")))

[<Fact>]
let ``the fault of a formula names the element, and one of a distribution the range`` () =
    let message name spec =
        Output.raw Stream.Null (request (text spec) [ 8L; 8L ] (storageOf name)) CancellationToken.None
        |> Validation.faults
        |> List.map InitError.message
        |> String.concat "\n"

    Assert.Contains("[5,0]", message "F8_E4M3" "formula(\"100*i0\")")
    Assert.Contains("500", message "F8_E4M3" "formula(\"100*i0\")")
    Assert.Contains("448", message "F8_E4M3" "normal(mean=0, stddev=200)")

[<Fact>]
let ``a clip saturates`` () =
    inFolder (fun path ->
        let spec = text "clip(low=-448, high=448, inner=normal(mean=0, stddev=200))"
        let request = request spec [ 10_000L ] (Storage.Float8 Float8Type.E4M3)
        ok (write (path "w.bin") request) |> ignore
        let bytes = File.ReadAllBytes(path "w.bin")
        Assert.Equal<byte[]>(expected "F8_E4M3" request, bytes)

        // P(|z| > 2.24) is 0.025, so that 10,000 elements have a clipped one at either end but for 1e-54 of the seeds.
        Assert.Contains(0x7Euy, bytes)
        Assert.Contains(0xFEuy, bytes))

[<Fact>]
let ``an npy file has no float8`` () =
    inFolder (fun path ->
        for format in ReferenceFloat8.all do
            let request = request Spec.ones [ 4L ] (storageOf format.Name)
            Assert.Equal<string list>([ "type-unsupported" ], codes (write (path "w.npy") request))
            Assert.Empty(Directory.GetFiles(path "")))

[<Fact>]
let ``names of safetensors and of PyTorch are read in any case`` () =
    for short, long in
        [ "F8_E4M3", "float8_e4m3fn"
          "F8_E5M2", "float8_e5m2"
          "F8_E4M3FNUZ", "float8_e4m3fnuz"
          "F8_E5M2FNUZ", "float8_e5m2fnuz"
          "F8_E8M0", "float8_e8m0fnu" ] do
        let storage = storageOf short
        Assert.Equal(short, Storage.toText storage)
        Assert.Equal(1, Storage.size storage)
        Assert.Contains(long, Storage.known |> List.map fst)

        for name in [ long; "torch." + long; short.ToLowerInvariant(); long.ToUpperInvariant() ] do
            Assert.Equal(storage, storageOf name)

/// The tensors of a small quantized model: weights of eight bits, each with scales of 32 rows, and norms.
let private quantized =
    [ for name, dims, storage in
          [ "model.embed_tokens.weight", [ 96L; 64L ], "BF16"
            "model.layers.0.self_attn.q_proj.weight", [ 64L; 64L ], "F8_E4M3"
            "model.layers.0.self_attn.q_proj.weight_scale", [ 2L; 64L ], "F8_E8M0"
            "model.layers.0.mlp.down_proj.weight", [ 64L; 160L ], "F8_E5M2"
            "model.layers.0.mlp.down_proj.weight_scale_inv", [ 1L ], "F32"
            "model.norm.weight", [ 64L ], "F32" ] do
          { Name = name
            Shape = shapeOf dims
            Storage = storageOf storage } ]

let private rules =
    ok (
        Recipe.parse
            "rules.json"
            (ReadOnlyMemory
                """{"rules": [
                 {"pattern": "*norm.weight", "spec": "ones"},
                 {"pattern": "*_scale", "spec": "log_uniform(low=0.001, high=0.01)"},
                 {"pattern": "*_scale_inv", "spec": "constant(0.0002)"},
                 {"pattern": "*.weight", "dtype": "F8_E5M2", "spec": "uniform(low=-1, high=1)"},
                 {"pattern": "*.weight", "spec": "normal(mean=0, stddev=0.5)"}]}"""B)
    )

/// The plan of a folder with an index and a shard that is cut after its header.
let private planned (path: string -> string) dtype =
    let folder = Directory.CreateDirectory(path "quantized").FullName
    let shard = "model-00001-of-00001.safetensors"

    let places =
        quantized
        |> List.map (fun tensor -> $"\"{tensor.Name}\": \"{shard}\"")
        |> String.concat ","

    File.WriteAllBytes(Path.Combine(folder, shard), headerOf quantized)
    File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), $"{{\"weight_map\": {{{places}}}}}")
    Request.load folder |> Result.bind (Blueprint.plan (Some rules) dtype)

[<Fact>]
let ``a quantized model is initialized from its header alone, whole and in shards`` () =
    inFolder (fun path ->
        let tensors = ok (planned path None)
        ok (Output.model (path "m.safetensors") false Device.Cpu seed tensors noProgress CancellationToken.None)

        let shards =
            { FolderModels.request (path "shards") 12000L Existing.Refuse None with
                Seed = seed }

        Output.shards shards tensors noProgress CancellationToken.None |> ok |> ignore

        for file in [ "m.safetensors"; "shards" ] do
            Verification.ofFile (path file) Device.Cpu noProgress CancellationToken.None
            |> Result.bind Verification.equal
            |> ok

            let inspected = ok (Inspection.ofFile (path file) noProgress CancellationToken.None)

            Assert.Equal(6, inspected.Tensors.Length)

            for tensor in inspected.Tensors do
                let statistics = Option.get tensor.Statistics
                Assert.Equal(0L, statistics.NonFinite)

                match StoredType.toText tensor.Header.DType with
                | "F8_E8M0" ->
                    Assert.InRange(statistics.Min, 0.0009765625, 0.0078125)
                    Assert.InRange(statistics.Max, 0.0009765625, 0.0078125)
                | "F8_E5M2" -> Assert.InRange(statistics.Max, 0.875, 1.0)
                | _ -> ())

[<Fact>]
let ``a dtype of eight bits replaces those of all float tensors, and another one those of eight bits`` () =
    inFolder (fun path ->
        for storage in [ Storage.Float8 Float8Type.E4M3; Storage.Float DType.BFloat16 ] do
            for tensor in ok (planned path (Some storage)) do
                Assert.Equal(storage, tensor.Entry.Storage)

        Assert.Equal<string list>([ "dtype-unknown" ], codes (planned path (Some(Storage.Integer IntegerType.I8)))))

    let text =
        """{"tensors": {"w": {"dtype": "F32", "shape": [4]}, "n": {"dtype": "I64", "shape": [4]}}, "rules": [
             {"pattern": "w", "spec": "normal(mean=0, stddev=200)"}, {"pattern": "n", "spec": "permutation"}]}"""

    let plan storage =
        Blueprint.parseText "m" text |> Result.bind (Blueprint.plan None storage)

    Assert.True((plan None).IsOk)
    let faults = plan (Some(Storage.Float8 Float8Type.E4M3))
    Assert.Equal<string list>([ "float8-overflow" ], codes faults)
    Assert.Contains("w", faults |> Validation.faults |> List.map InitError.message |> String.concat "")

[<Fact>]
let ``a request in words has its faults of eight bits with all others`` () =
    let words: ArrayText =
        { Spec = "normal(mean=0, stddev=200)"
          Shape = "8,8"
          Seed = "x"
          Stream = null
          DType = "float8_e4m3fn"
          Device = null
          FanIn = null
          FanOut = null
          Layout = null
          Offset = null
          Count = null
          Box = null }

    let faults = Request.validateArray "w.npy" false words

    Assert.Equal<string list>([ "argument-invalid"; "float8-overflow"; "type-unsupported" ], List.sort (codes faults))
