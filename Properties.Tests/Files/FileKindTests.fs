/// Files of other kinds than architectures. Each is refused in one sentence that names the kind.
module Initializers.Properties.FileKindTests

open System
open System.IO
open System.Text
open Xunit
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.TensorFiles

let private zip (name: string) =
    use buffer = new MemoryStream()

    (use archive =
        new Compression.ZipArchive(buffer, Compression.ZipArchiveMode.Create, true)

     use entry = archive.CreateEntry(name).Open()
     entry.Write(ReadOnlySpan(zeros 100)))

    buffer.ToArray()

/// Bytes as Latin-1 characters.
let private raw (text: string) = Encoding.Latin1.GetBytes text

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

/// A name, the content, and a part of the sentence.
let private files: (string * byte[] * string) list =
    [ "x.pth", zip "archive/data.pkl", "a PyTorch checkpoint (a zip archive)"
      "x.bin", zip "model/data.pkl", "a PyTorch checkpoint"
      "x.json", zip "archive/data.pkl", "a PyTorch checkpoint"
      "x.keras", zip "metadata.json", "a Keras model"
      "x.npz", zip "w.npy", "NumPy's .npz"
      "x.zip", zip "readme", "a zip archive"
      "x.pt", [| 0x80uy; 2uy; 0x8Auy; 0x0Auy; 0x6Cuy; 0xFCuy; 0x9Cuy; 0x46uy; 0xF9uy |], "a PyTorch checkpoint"
      "x.pkl", [| 0x80uy; 4uy; 0x95uy; 16uy; 0uy; 0uy; 0uy; 0uy; 0uy; 0uy; 0uy |], "a Python pickle"
      "x.ckpt", [| 0x80uy; 2uy; byte '}'; byte 'q' |], "a Python pickle"
      "x.h5", raw "\u0089HDF\r\n\u001a\n\000\000\000", "an HDF5 file"
      "x.gguf", raw "GGUF\003\000\000\000\000\000", "a GGUF file"
      "x.npy", npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (), }" (zeros 4), "a NumPy file"
      "saved_model.pb", raw "\b\001\u0012\u0080", "a TensorFlow SavedModel"
      "x.tflite", raw "\028\000\000\000TFL3", "a TensorFlow Lite model"
      "x.msgpack", raw "\u0081\u00a6params", "a MessagePack file"
      "x.safetensors.json", raw "version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"
      "x.json", utf8 "<!DOCTYPE html><html>", "an HTML page"
      "x.json.gz", [| 0x1Fuy; 0x8Buy; 8uy; 0uy; 0uy; 0uy; 0uy; 0uy |], "a gzip file"
      // Not known by the content, and no JSON.
      "x.pth", [| 1uy; 2uy; 3uy |], "a PyTorch checkpoint, by its name"
      "x.ckpt", [| 0xFFuy; 2uy; 3uy |], "a checkpoint, by its name"
      "config.json",
      utf8 """{"architectures": ["MixtralForCausalLM"], "hidden_size": 6144, "model_type": "mixtral"}""",
      "transformers"
      "config.json",
      utf8 """{"model_type": "gpt2", "quantization_config": {"bits": 4}, "n_layer": 12}""",
      "transformers"
      "generation_config.json",
      utf8 """{"_from_model_config": true, "transformers_version": "4.40.0"}""",
      "transformers"
      "model.json",
      utf8
          """{"module": "mine", "class_name": "MyModel", "config": {"width": 3, "dtype": {"class_name": "DTypePolicy"}}, "registered_name": "MyModel"}""",
      "a Keras model"
      "config.json",
      utf8
          """{"architectures": ["Gemma3"], "model_type": "gemma3", "text_config": {"dtype": "bfloat16"}, "vision_config": {"dtype": "bfloat16", "depth": 2}}""",
      "transformers"
      "preprocessor_config.json", utf8 """{"image_processor_type": "ViTImageProcessor"}""", "a processor"
      "trainer_state.json", utf8 """{"global_step": 10, "log_history": []}""", "a training state"
      "checkpoint", utf8 "model_checkpoint_path: \"model.ckpt-3\"\n", "a TensorFlow checkpoint"
      "model.ckpt-3.data-00000-of-00001", [| 1uy; 2uy; 3uy |], "a TensorFlow checkpoint"
      "model.yaml", utf8 "class_name: Sequential\nconfig: []\n", "a YAML file"
      "train.py", utf8 "import torch\n", "a Python program"
      "adapter_config.json",
      utf8 """{"peft_type": "LORA", "r": 8, "base_model_name_or_path": "x", "target_modules": ["q"]}""",
      "PEFT"
      "config.json",
      utf8 """{"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.30", "sample_size": 64}""",
      "diffusers"
      "tokenizer_config.json", utf8 """{"tokenizer_class": "GPT2Tokenizer", "model_max_length": 1024}""", "a tokenizer"
      "params.json", utf8 """{"dim": 4096, "n_layers": 32, "norm_eps": 1e-5}""", "no entry has a dtype and a shape"
      "params.json", utf8 "\uFEFF{\"dim\": 4096, \"\\ud800\": 3}", "no entry has a dtype and a shape" ]

[<Fact>]
let ``each is one fault that names the kind of file and says which file to give`` () =
    for name, bytes, expected in files do
        for stream in [ new MemoryStream(bytes) :> Stream; new Pipe(bytes) ] do
            match BlueprintFile.ofStream noFiles name stream with
            | Error [ InitError.Architecture(ArchitectureFault.NotArchitecture _) as fault ] ->
                let text = InitError.message fault
                Assert.Contains(expected, text)
                Assert.StartsWith(name, text)
                Assert.Contains(".safetensors", text)
                Assert.Equal("not-an-architecture", InitError.code fault)
                Assert.False(InitError.isFailure fault)
            | other -> failwith $"{name}, {expected}: {other}"

[<Fact>]
let ``the same is said of a file that a blueprint names`` () =
    let folder = Directory.CreateTempSubdirectory "initializers-"

    try
        let at name = Path.Combine(folder.FullName, name)

        for name, bytes, expected in files do
            File.WriteAllBytes(at name, bytes)
            File.WriteAllText(at "b.json", $$"""{"tensors": "{{name}}", "rules": []}""")

            match Request.load (at "b.json") with
            | Error [ fault ] ->
                Assert.Equal("not-an-architecture", InitError.code fault)
                Assert.Contains(expected, InitError.message fault)
            | other -> failwith $"{name}: {other}"
    finally
        folder.Delete true

[<Fact>]
let ``an architecture is read whatever its name`` () =
    let json = utf8 """{"model_type": {"dtype": "F32", "shape": [2]}}"""
    let header = file [ entry "a" "F32" "2" 0 8 ] 8

    for name in [ "x.pth"; "x.bin"; "config.json"; "x" ] do
        for bytes in [ json; header ] do
            for stream in [ new MemoryStream(bytes) :> Stream; new Pipe(bytes) ] do
                match BlueprintFile.ofStream noFiles name stream with
                | Ok blueprint -> Assert.Single blueprint.Tensors |> ignore
                | Error faults -> failwith $"{name}: {faults}"
