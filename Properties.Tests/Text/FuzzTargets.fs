/// Every reader and parser as a function of bytes that throws where an answer is wrong: FuzzTests gives them mutated inputs,
/// Fuzz.Tool those of AFL++.
module Initializers.Properties.FuzzTargets

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

/// A reader with well-formed inputs; it throws where an answer is wrong.
type FuzzTarget =
    {
        Name: string
        /// Whether inputs are bytes, which are characters below 256, instead of Unicode.
        IsBinary: bool
        Seeds: string[]
        Read: string -> unit
    }

let private bytesOf (text: string) =
    text |> Seq.map (fun c -> byte (int c &&& 255)) |> Array.ofSeq

let private textOf (bytes: byte[]) =
    String(bytes |> Array.map (fun b -> char b))

/// A target's input as the bytes of a file, and back.
let bytesOfInput (target: FuzzTarget) (input: string) : byte[] =
    if target.IsBinary then
        bytesOf input
    else
        Encoding.UTF8.GetBytes input

let inputOfBytes (target: FuzzTarget) (bytes: byte[]) : string =
    if target.IsBinary then
        textOf bytes
    else
        Encoding.UTF8.GetString bytes

/// Faults with codes, and a report that stays short.
let private refused (faults: InitError list) =
    if faults.IsEmpty then
        failwith "a refusal without a fault"

    let mutable length = 0

    for fault in faults do
        let message = InitError.message fault
        length <- length + message.Length

        if InitError.code fault = "" || message = "" then
            failwith "a fault without a code or message"

    if length > 400_000 then
        failwith $"a report of {length} characters"

let private answer (check: 'a -> unit) (result: Result<'a, InitError list>) =
    match result with
    | Ok value -> check value
    | Error faults -> refused faults

let private shapes =
    [ []; [ 4L ]; [ 4L; 3L ]; [ 2L; 3L; 3L ]; [ 4L; 2L; 3L; 3L ]; [ 0L; 2L ] ]
    |> List.map shapeOf

/// A spec that was read is written and read again, and resolved or refused.
let private specified (spec: Spec) =
    if SpecText.parse (SpecText.toText spec) <> Ok spec then
        failwith "the text that was written is another spec"

    if SpecJson.parse (SpecJson.toJson spec) <> Ok spec then
        failwith "the JSON that was written is another spec"

    answer (SpecJson.parse >> answer ignore) (SpecJson.toKeras spec)

    for shape in shapes do
        answer ignore (Plan.resolve spec shape (Fan.Of(3.0, 4.0)) DType.Float32)

let private blueprint (read: Blueprint) =
    if read.Tensors.Length < 100 then
        answer ignore (Blueprint.plan None None read)
        answer ignore (Blueprint.plan (Result.toOption (Recipe.find "gpt2")) (Some(Storage.Float DType.Float16)) read)

let private patterns (make: string -> Pattern) (text: string) =
    answer
        (fun matches ->
            [ ""; "a"; "h.0.attn.c_attn.weight"; String('a', 300) ]
            |> List.iter (matches >> ignore))
        (Pattern.compile (make text))

let private progress (_: int64) (_: int64) = ()

let private named (source: string) (text: string) =
    let bytes = bytesOf text
    let opened () = new MemoryStream(bytes)
    answer ignore (Inspection.ofStream source (opened ()) progress CancellationToken.None)
    answer ignore (Verification.ofStream source (opened ()) Device.Cpu progress CancellationToken.None)
    answer blueprint (BlueprintFile.ofStream TensorFiles.noFiles source (opened ()))

let private tensorFile (text: string) =
    let bytes = bytesOf text
    answer ignore (SafetensorsReader.header (new MemoryStream(bytes)))
    answer ignore (NpyReader.header "a" (new MemoryStream(bytes)))
    named "f" text

/// A model of ONNX, also as the one whose weights are replaced.
let private onnx (folder: Lazy<string>) (text: string) =
    let path = Path.Combine(folder.Value, "m.onnx")
    File.WriteAllBytes(path, bytesOf text)
    named "m.onnx" text

    Request.load path
    |> Result.bind (Blueprint.plan (Result.toOption (Recipe.find "torch")) None)
    |> answer (fun tensors ->
        match Output.faultsOfOnnx path (Path.Combine(folder.Value, "out.onnx")) true Device.Cpu tensors with
        | [] -> ()
        | faults -> refused faults)

/// A checkpoint of another program, also as the doctor reads it.
let private checkpoint (folder: Lazy<string>) (name: string) (text: string) =
    named name text
    let path = Path.Combine(folder.Value, name)
    File.WriteAllBytes(path, bytesOf text)

    let words: DoctorText =
        { File = path
          Recipe = null
          Against = null
          FalseAlarmRate = null
          Page = null
          Overwrite = false }

    answer ignore (Doctor.examine words progress CancellationToken.None)

/// The pickle of a checkpoint with one storage.
let private pickle (text: string) =
    named "m.pt" (textOf (CheckpointFiles.checkpoint text (Array.init 12 float32)))

let private shard name =
    TensorFiles.file [ TensorFiles.entry name "F32" "2" 0 8 ] 8

/// The index of a model in two files, which are in the folder.
let private index (folder: Lazy<string>) (text: string) =
    let path = Path.Combine(folder.Value, "model.safetensors.index.json")

    for number, name in [ 1, "a"; 2, "b" ] do
        let file = Path.Combine(folder.Value, $"model-0000{number}-of-00002.safetensors")

        if not (File.Exists file) then
            File.WriteAllBytes(file, shard name)

    File.WriteAllBytes(path, Encoding.UTF8.GetBytes text)
    answer ignore (Inspection.ofFile path progress CancellationToken.None)
    answer ignore (Verification.ofFile path Device.Cpu progress CancellationToken.None)
    answer blueprint (Request.load path)

/// The list of the parts of a model that several processes write.
let private partsList (text: string) =
    PartsList.read (new MemoryStream(bytesOf text)) "parts" |> ignore

/// An expression as a formula of indices, and as a number of a rule.
let private expression (text: string) =
    for spec in [ $"formula({text})"; $"normal(stddev={text})" ] do
        answer specified (SpecText.parse spec)

/// The words of a command line, one a line.
let private words (text: string) =
    let given = text.Split '\n'

    let word i : string | null =
        if i < given.Length && given[i] <> "" then
            given[i]
        else
            null

    let array: ArrayText =
        { Spec = word 0
          Shape = word 1
          Seed = word 2
          Stream = word 3
          DType = word 4
          Device = if isNull (word 5) then null else "cpu"
          FanIn = word 6
          FanOut = word 7
          Layout = word 8
          Offset = word 9
          Count = word 10
          Box = word 11 }

    answer ignore (Request.array array)

    let model: ModelText =
        { Blueprint = null
          Recipe = word 0
          Seed = word 2
          DType = word 4
          Device = null
          Out = null
          MaxShardSize = word 9
          Rank = word 7
          WorldSize = word 8
          Launched = false
          Unmatched = word 11
          Overwrite = false
          Resume = false }

    answer ignore (Request.explain model)

    let randomWords: WordsText =
        { Seed = word 2
          Stream = word 3
          Kind = word 5
          Count = word 10 }

    answer ignore (Request.validateWords randomWords)

let private specs =
    [ for entry in SpecText.catalogue do
          let given =
              entry.Parameters
              |> List.filter (fun (_, fallback) -> fallback.IsNone)
              |> List.map (fun (name, _) -> $"{name}={fst (sampleOf entry.Name name)}")

          $"{entry.Name}({Names.list given})"
      "kaiming_normal(mode=fan_out, negative_slope=0.1)"
      "truncated_normal(0, 0.02, -2, 2)"
      "stacked(axis=0, parts=[2: normal(stddev=0.02), 2: scale(0.5, orthogonal)])"
      "mask(keep=[1, 0, 1, 1], inner=clip(-1, 1, normal), shape=[2, 2])"
      "batched(axes=1, inner=sparse(0.5, uniform(-1, 1)))"
      "glorot_uniform(gain=leaky_relu(0.2))" ]

let private jsons =
    [ for text in specs do
          SpecJson.toJson (ok (SpecText.parse text)) ]

let private keras =
    [ """{"class_name": "HeNormal", "config": {"seed": null}}"""
      """{"module": "keras.initializers", "class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "distribution": "uniform", "seed": 7}, "registered_name": null}"""
      """{"class_name": "Constant", "config": {"value": 0.5}}"""
      """{"class_name": "TruncatedNormal", "config": {"mean": 0.0, "stddev": 0.05, "seed": {"class_name": "SeedGenerator"}}}"""
      """{"class_name": "STFT", "config": {"side": "imag", "window": null, "scaling": null, "periodic": true}}"""
      """{"class_name": "Orthogonal", "config": {"gain": 2}}""" ]

let private blueprints =
    [ for spec in jsons @ keras @ List.map (fun text -> $"\"{text}\"") specs do
          $"{{\"name\": \"m\", \"tensors\": {{\"a.weight\": {{\"dtype\": \"F32\", \"shape\": [4, 3]}}, \"b\": {{\"dtype\": \"I64\", \"shape\": []}}}}, \"rules\": [{{\"pattern\": \"*.weight\", \"rank\": 2, \"dtype\": \"F32\", \"spec\": {spec}, \"layout\": \"oi\"}}, {{\"regex\": \"^b$\", \"spec\": \"zeros\"}}]}}"
      """{"h.0.attn.c_proj.weight": {"dtype": "F32", "shape": [4, 4]}, "h.0.attn.bias": {"dtype": "BF16", "shape": [4]}}"""
      """{"tensors": {"a": {"dtype": "torch.float16", "shape": [2], "data_offsets": [0, 4]}}, "recipe": "gpt2"}""" ]

let private files =
    [ for file in TensorFiles.validFiles do
          textOf file
      let metadata spec =
          $"{{\"__metadata__\": {{\"bits\": \"1\", \"seed\": \"42\", \"spec:a\": \"{spec}\", \"fan:a\": \"layout=oi\", \"stream:a\": \"0000000000000001\", \"shape:a\": \"2,2\", \"offset:a\": \"0\"}}, \"a\": {{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 16]}}}}"

      for spec in specs do
          textOf (TensorFiles.safetensors (metadata spec) (TensorFiles.zeros 16))

      for text in blueprints do
          text ]

let private patternTexts =
    [ "*.weight"
      "h.?.attn.*"
      "*"
      "a*b*c?d*"
      "^h\\.[0-9]+\\.(attn|mlp)\\.c_proj\\.weight$"
      "(?i)bias|norm" ]

let private layouts =
    [ "oi"
      "hwio"
      "stack,in,out"
      "out,in,spatial,spatial,groups:8,stride:4,transposed" ]

let private expressions =
    [ "sqrt(2/fan_in)"
      "10000^(-2*i0/(2*d0))"
      "where(j0 <= j1, 0, -inf)"
      "0.02/sqrt(2*12)"
      "gain(relu)*log(1+exp(-abs(i1-3.5)))"
      "floor(i0/2)%2 == 0" ]

let private recipes =
    [ """{"base": "llama_hf", "let": {"L": "blocks(model.layers.*)", "s": "0.02/sqrt(2*L)"}, "rules": [{"pattern": "*.{k}.weight", "rank": 2, "spec": "normal(stddev=s)", "source": "a"}, {"pattern": "*.bias", "spec": "zeros"}]}"""
      """{"rules": [{"regex": "^(?<n>\\d+)$", "spec": {"initializer": "constant", "value": "n + 1"}}], "tie": {"a": "b"}}""" ]

let private kerasModels =
    [ KerasJson.sequential
          [ KerasJson.input "[null, 4]"
            KerasJson.layer
                "Dense"
                "dense"
                "\"units\": 3, \"use_bias\": true, \"kernel_initializer\": {\"class_name\": \"HeNormal\", \"config\": {}}"
                "[null, 4]" ] ]

let private indexes =
    [ """{"metadata": {"total_size": 16}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"""
      """{"metadata": {}, "weight_map": {"a": "x/model-00001-of-00002.safetensors", "weight_map": "../b.safetensors"}}""" ]

let private onnxFiles =
    let tensor name (dims: int64 list) =
        OnnxFiles.tensor name 1L dims [ OnnxFiles.raw (TensorFiles.zeros (4 * int (List.fold (*) 1L dims))) ]

    [ OnnxFiles.model
          [ OnnxFiles.node "Gemm" [ "x"; "fc.weight"; "fc.bias" ] [ "y" ]
            tensor "fc.weight" [ 3L; 2L ]
            tensor "fc.bias" [ 3L ]
            OnnxFiles.value 11 "x" [ 1L; 2L ] ]
          [ OnnxFiles.pair 14 "bits" "1"
            OnnxFiles.pair 14 "seed" "42"
            OnnxFiles.pair 14 "spec:fc.weight" "normal"
            OnnxFiles.pair 14 "spec:fc.bias" "zeros" ]
      OnnxFiles.model [ OnnxFiles.tensor "w" 1L [ 2L ] (OnnxFiles.external "m.data" 0L 8L) ] []
      OnnxFiles.model [ OnnxFiles.tensor "n" 7L [ 1L ] [ OnnxFiles.number 7 3L ] ] [] ]
    |> List.map textOf

let private partsLists =
    let digest = String('0', 64)

    [ $"initializers-parts 1 2 1000 {digest} world 2 rank 0\npart 0 0 500 {digest}\ndone\n"
      $"initializers-parts 1 1 10 {digest} world 1 rank 0\n" ]

/// A folder for targets that read paths, which is removed at the end of the process.
let private folder =
    lazy
        (let made = Directory.CreateTempSubdirectory("fuzz").FullName
         AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> Directory.Delete(made, true))
         made)

let private text name (seeds: string list) read =
    { Name = name
      IsBinary = false
      Seeds = Array.ofList seeds
      Read = read }

let private binary name seeds read =
    { text name seeds read with
        IsBinary = true }

let private begins (start: string) (file: string) =
    file.StartsWith(start, StringComparison.Ordinal)

let private npyStart = "\147NUMPY"

let private wordLines =
    [ for spec in specs do
          $"{spec}\n4,3\n42\nname\nfloat32\ncpu\n3\n4\n\n1\n2"
          $"{spec}\n4,3\n0x2A\n\nbf16\n\n\n\noi\n\n" ]

let private readFan =
    Fan.ofLayoutText
    >> answer (fun fan ->
        for shape in shapes do
            for mode in modes do
                answer ignore (Fan.denominator mode shape fan))

let private readShape =
    Shape.parse
    >> answer (fun shape -> answer ignore (Shape.parse (Shape.toText shape)))

let private readRecipe (json: string) =
    Recipe.parse "r" (ReadOnlyMemory(Encoding.UTF8.GetBytes json)) |> answer ignore

/// Every reader and parser.
let all: FuzzTarget list =
    [ text "text" specs (SpecText.parse >> answer specified)
      text "json" (jsons @ keras) (SpecJson.parse >> answer specified)
      text "expression" expressions expression
      text "blueprint" (blueprints @ kerasModels) (Blueprint.parseText "b" >> answer blueprint)
      text "recipe" recipes readRecipe
      text "glob" patternTexts (patterns Pattern.Glob)
      text "regex" patternTexts (patterns Pattern.Regex)
      text "shape" [ "1024,256"; ""; "4"; "2,3,3,3"; " 1 , 0 " ] readShape
      text "fans" layouts readFan
      text "seed" [ "42"; "0xFFFFFFFFFFFFFFFF"; "18446744073709551615" ] (Request.seed >> answer ignore)
      text
          "nonlinearity"
          [ "relu"; "leaky_relu(0.2)"; "gelu"; "elu(1)" ]
          (Nonlinearity.parse >> Result.bind Gain.recommended >> answer ignore)
      text "words" wordLines words
      text "index" indexes (index folder)
      binary "safetensors" (List.filter (begins npyStart >> not) files) tensorFile
      binary "npy" (List.filter (begins npyStart) files) tensorFile
      binary "onnx" onnxFiles (onnx folder)
      binary "checkpoint" (List.map textOf CheckpointFiles.archives) (checkpoint folder "m.pt")
      binary "pickle" CheckpointFiles.pickles pickle
      binary "dat" CheckpointFiles.datFiles (checkpoint folder "m.dat")
      binary "parts" partsLists partsList ]
