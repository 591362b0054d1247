/// Every reader on inputs that a fuzzer made of well-formed ones: each is read, or refused with coded faults, soon.
/// INITIALIZERS_FUZZ_MINUTES makes the run longer, INITIALIZERS_FUZZ_SEED makes it another.
module Initializers.Properties.FuzzTests

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

/// A reader with well-formed inputs; it throws where an answer is wrong. Bytes are characters below 256.
type private Reader =
    { Name: string
      Seeds: string[]
      Read: string -> unit }

let private bytesOf (text: string) =
    text |> Seq.map (fun c -> byte (int c &&& 255)) |> Array.ofSeq

let private textOf (bytes: byte[]) =
    String(bytes |> Array.map (fun b -> char b))

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

let private tensorFile (text: string) =
    let bytes = bytesOf text
    let open' () = new MemoryStream(bytes)
    answer ignore (SafetensorsReader.header (open' ()))
    answer ignore (NpyReader.header "a" (open' ()))
    answer ignore (Inspection.ofStream "f" (open' ()) progress CancellationToken.None)
    answer ignore (Verification.ofStream "f" (open' ()) Device.Cpu progress CancellationToken.None)

    answer blueprint (BlueprintFile.ofStream TensorFiles.noFiles "f" (open' ()))

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

let private readers =
    [ { Name = "spec text"
        Seeds = Array.ofList specs
        Read = SpecText.parse >> answer specified }
      { Name = "spec JSON"
        Seeds = Array.ofList jsons
        Read = SpecJson.parse >> answer specified }
      { Name = "Keras JSON"
        Seeds = Array.ofList keras
        Read = SpecJson.parse >> answer specified }
      { Name = "blueprint JSON"
        Seeds = Array.ofList blueprints
        Read = Blueprint.parseText "b" >> answer blueprint }
      { Name = "shape"
        Seeds = [| "1024,256"; ""; "4"; "2,3,3,3"; " 1 , 0 " |]
        Read =
          Shape.parse
          >> answer (fun shape -> answer ignore (Shape.parse (Shape.toText shape))) }
      { Name = "fans"
        Seeds = Array.ofList layouts
        Read =
          Fan.ofLayoutText
          >> answer (fun fan ->
              for shape in shapes do
                  for mode in modes do
                      answer ignore (Fan.denominator mode shape fan)) }
      { Name = "seed"
        Seeds = [| "42"; "0xFFFFFFFFFFFFFFFF"; "18446744073709551615" |]
        Read = Request.seed >> answer ignore }
      { Name = "glob"
        Seeds = Array.ofList patternTexts
        Read = patterns Pattern.Glob }
      { Name = "regex"
        Seeds = Array.ofList patternTexts
        Read = patterns Pattern.Regex }
      { Name = "nonlinearity"
        Seeds = [| "relu"; "leaky_relu(0.2)"; "gelu"; "elu(1)" |]
        Read = Nonlinearity.parse >> Result.bind Gain.recommended >> answer ignore }
      { Name = "file"
        Seeds = Array.ofList files
        Read = tensorFile }
      { Name = "words"
        Seeds =
          [| for spec in specs do
                 $"{spec}\n4,3\n42\nname\nfloat32\ncpu\n3\n4\n\n1\n2"
                 $"{spec}\n4,3\n0x2A\n\nbf16\n\n\n\noi\n\n" |]
        Read = words } ]

/// What an input took at the most; a longer one counts as hung.
let private limit = TimeSpan.FromSeconds 20.0

/// Reads one input. A failure names the reader, the seed, the number and the input.
let private run (reader: Reader) seed number =
    let text = Mutations.input reader.Seeds seed number

    let report (what: string) =
        let shown =
            if text.Length > 2000 then
                text.Substring(0, 2000) + "…"
            else
                text

        let exact = Convert.ToBase64String(Encoding.Unicode.GetBytes text)

        $"{reader.Name}, seed {seed}, number {number}: {what}\n{Json.quote shown}\nUTF-16 in base 64: {exact}"

    // A hang or a stack overflow cannot be caught, so a timer reports the input and ends the process.
    use _ =
        new Timer(
            (fun _ -> Environment.FailFast(report $"not answered in {limit}")),
            null,
            limit,
            Timeout.InfiniteTimeSpan
        )

    try
        reader.Read text
    with e ->
        failwith (report (string e))

let private variable (name: string) =
    match Environment.GetEnvironmentVariable name with
    | NonNull text when text <> "" -> Some(Double.Parse(text, Globalization.CultureInfo.InvariantCulture))
    | _ -> None

[<Fact>]
let ``every reader answers what a fuzzer makes, without an exception`` () =
    let seed =
        variable "INITIALIZERS_FUZZ_SEED" |> Option.map int |> Option.defaultValue 1

    let clock = Stopwatch.StartNew()

    let goesOn number =
        match variable "INITIALIZERS_FUZZ_MINUTES" with
        | Some minutes -> clock.Elapsed.TotalMinutes < minutes
        | None -> number < 300L

    let last = Path.Combine(AppContext.BaseDirectory, "fuzz-last.txt")

    let mutable number = 0L

    while goesOn number do
        for reader in readers do
            if (variable "INITIALIZERS_FUZZ_MINUTES").IsSome then
                File.WriteAllText(last, $"{reader.Name}, seed {seed}, number {number}")

            run reader seed number

        number <- number + 1L
