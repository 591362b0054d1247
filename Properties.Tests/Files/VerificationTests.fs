/// Files compared with what their own metadata generate.
module Initializers.Properties.VerificationTests

open System
open System.IO
open System.Threading
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

let private verify (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Verification.ofStream "x.safetensors" stream Device.Cpu (fun _ _ -> ()) CancellationToken.None

/// The bytes of a file that `write` makes under a path.
let private written (write: string -> Result<'a, InitError list>) =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        let path = Path.Combine(folder, "w.safetensors")
        ok (write path) |> ignore
        File.ReadAllBytes path
    finally
        Directory.Delete(folder, true)

let private array (request: Initializers.FSharp.ArrayRequest) =
    written (fun path -> Output.array path false request (fun _ -> ignore) CancellationToken.None)

let private model seed (json: string) =
    let tensors =
        Blueprint.parseText "m.json" json
        |> Result.bind (Blueprint.plan None None)
        |> ok

    written (fun path -> Output.model path false Device.Cpu seed tensors (fun _ -> ignore) CancellationToken.None)

let private requestOf (r: Request) stream slice : Initializers.FSharp.ArrayRequest =
    { Spec = r.Spec
      Shape = r.Shape
      Fan = r.Fan
      Storage = Storage.Float r.DType
      Device = Device.Cpu
      Seed = r.Seed
      Stream = stream
      Slice = slice
      Box = None }

/// Tensors of many dtypes and sizes, fans given in every way.
let private mixed =
    """{
      "tensors": {
        "conv.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]},
        "fc.weight": {"dtype": "F64", "shape": [5, 7]},
        "in.weight": {"dtype": "F16", "shape": [3, 2]},
        "out.weight": {"dtype": "BF16", "shape": [3, 3]},
        "empty": {"dtype": "F16", "shape": [0, 7]},
        "scalar": {"dtype": "F32", "shape": []},
        "steps": {"dtype": "I64", "shape": [3]},
        "mask": {"dtype": "BOOL", "shape": [5]}
      },
      "rules": [
        {"pattern": "conv.*", "spec": "kaiming_normal(mode=fan_out)", "layout": "oihw"},
        {"pattern": "fc.*", "spec": "glorot_uniform", "fan_in": 7, "fan_out": 0.1},
        {"pattern": "in.*", "spec": "he_normal", "fan_in": 2},
        {"pattern": "out.*", "spec": "kaiming_uniform(mode=fan_out)", "fan_out": 3},
        {"pattern": "scalar", "spec": "gumbel"},
        {"pattern": "steps", "spec": "constant(value=-3)"},
        {"pattern": "mask", "spec": "ones"},
        {"pattern": "*", "spec": "zeros"}
      ]
    }"""

let private seed = Seed.ofUInt64 0xFFFFFFFFFFFFFFFFUL

/// A file whose metadata are others.
let private edited (edit: Map<string, string> -> Map<string, string>) (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    let header = ok (SafetensorsReader.header stream)

    let tensors =
        header.Tensors
        |> List.map (fun t -> t.Name, ok (Storage.parse (StoredType.toText t.DType)), t.Shape)

    Array.append
        (Safetensors.header (Map.toList (edit (Map.ofList header.Metadata))) tensors)
        bytes[int header.DataStart ..]

let private dataStart (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    int (ok (SafetensorsReader.header stream)).DataStart

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 200)>]
let ``any tensor that is written verifies`` (r: Request) (named: bool) (StreamName name) =
    let request = requestOf r (if named then Some name else None) None
    let file = ok (verify (array request))
    let tensor = List.exactlyOne file.Tensors

    file.Different = []
    && file.Values = r.Shape.Length
    && file.Seed = r.Seed
    && file.Bits = Plan.bitsVersion
    && Option.map SpecText.toText tensor.Spec = Some(SpecText.toText r.Spec)

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 200)>]
let ``any slice that is written verifies`` (part: Part) =
    let bytes = array (requestOf part.Of (Some "a.b") (Some(part.Offset, part.Count)))
    let file = ok (verify bytes)
    file.Different = [] && file.Values = part.Count

[<Fact>]
let ``a slice does not verify as another of its tensor, of another stream or of another tensor`` () =
    let request: Request =
        { Spec = Spec.normal 0.0 1.0
          Shape = shapeOf [ 30L; 40L ]
          Fan = Fan.Unknown
          Seed = seed
          DType = DType.Float32 }

    let bytes = array (requestOf request (Some "a.b") (Some(7L, 1000L)))
    Assert.Empty((ok (verify bytes)).Different)
    let other = (Seed.child "a.c" seed).Stream.ToString "x16"

    // Of 1000 normal float32 values two are equal by chance once in thousands of files; the seed is fixed.
    for edit in
        [ Map.add "offset:a.b" "8"
          Map.add "seed" "3"
          Map.add "spec:a.b" "normal(mean=0, stddev=2)"
          Map.add "stream_name:a.b" "a.c" >> Map.add "stream:a.b" other ] do
        Assert.InRange((ok (verify (edited edit bytes))).DifferentValues, 999L, 1000L)

[<Fact>]
let ``a model of every dtype and kind of fan verifies, from any seed`` () =
    for root in [ seed; Seed.child "stage 2" seed ] do
        let file = ok (verify (model root mixed))
        Assert.Empty file.Different
        Assert.Equal((8, 347L, 0L), (file.Tensors.Length, file.Values, file.DifferentValues))
        Assert.Equal(root, file.Seed)
        Assert.Equal("fc.weight", file.Tensors.Head.Header.Name)
        ok (Verification.equal file)

[<Property(MaxTest = 300)>]
let ``a changed byte is found in its tensor, at its element, and nowhere else`` (place: uint32) (change: byte) =
    let bytes = model seed mixed
    let start = dataStart bytes
    let at = int (place % uint32 (bytes.Length - start))
    bytes[start + at] <- bytes[start + at] ^^^ (if change = 0uy then 1uy else change)
    let file = ok (verify bytes)

    let owner =
        file.Tensors
        |> List.find (fun t -> int64 at >= t.Header.Offset && int64 at < t.Header.Offset + t.Header.Bytes)

    let width = int64 (StoredType.bits owner.Header.DType / 8)

    match file.Different, owner.Difference with
    | [ different ], Some difference ->
        different.Header.Name = owner.Header.Name
        && difference.Count = 1L
        && file.DifferentValues = 1L
        && difference.Index = (int64 at - owner.Header.Offset) / width
        && difference.Found <> difference.Expected
        && codes (Verification.equal file) = [ "weights-differ" ]
    | _ -> false

[<Fact>]
let ``values are reported as texts that read back, for every dtype`` () =
    let shown dtype spec (bytes: byte[]) =
        let json =
            $"""{{"tensors": {{"a": {{"dtype": "{dtype}", "shape": [2]}}}}, "rules": [{{"pattern": "a", "spec": "{spec}"}}]}}"""

        let file = model seed json
        bytes.CopyTo(file, file.Length - bytes.Length)

        match (ok (verify file)).Tensors.Head.Difference with
        | Some d -> d.Index, d.Count, d.Found, d.Expected
        | None -> failwith $"{dtype} is equal"

    for dtype, spec, bytes, found, expected in
        [ "F64", "constant(value=0.1)", BitConverter.GetBytes 0.30000000000000004, "0.30000000000000004", "0.1"
          "F32", "constant(value=0.1)", BitConverter.GetBytes 0.2f, "0.2", "0.1"
          "F32", "zeros", BitConverter.GetBytes -0.0f, "-0", "0"
          "F32", "zeros", BitConverter.GetBytes nanf, "NaN", "0"
          "F16", "ones", [| 0x01uy; 0x3Cuy |], "1.001", "1"
          "BF16", "ones", [| 0x81uy; 0x3Fuy |], "1.0078125", "1"
          "I64", "zeros", BitConverter.GetBytes Int64.MinValue, "-9223372036854775808", "0"
          "U64", "zeros", BitConverter.GetBytes UInt64.MaxValue, "18446744073709551615", "0"
          "I16", "constant(value=-2)", BitConverter.GetBytes -3s, "-3", "-2"
          "U8", "constant(value=7)", [| 255uy |], "255", "7"
          "BOOL", "ones", [| 2uy |], "2", "1" ] do
        Assert.Equal((dtype, 1L, 1L, found, expected), (let i, n, f, e = shown dtype spec bytes in dtype, i, n, f, e))

[<Fact>]
let ``tensors larger than the buffers are compared through them, and every different element is counted`` () =
    let count = (8 <<< 20) / 8 * 3 + 5

    let json =
        $"""{{"tensors": {{"tiny": {{"dtype": "F64", "shape": [1]}}, "a": {{"dtype": "F64", "shape": [{count}]}}, "b": {{"dtype": "F16", "shape": [{count}]}}}},
            "rules": [{{"pattern": "*", "spec": "normal"}}]}}"""

    let bytes = model seed json
    let start = dataStart bytes
    let mutable last = 0L, 0L

    let equal, spent =
        allocated (fun () ->
            use stream = new MemoryStream(bytes)

            Verification.ofStream
                "x"
                stream
                Device.Cpu
                (fun done' total -> last <- done', total)
                CancellationToken.None)

    Assert.Empty((ok equal).Different)
    Assert.Equal((int64 (bytes.Length - start), int64 (bytes.Length - start)), last)
    Assert.InRange(spent, 0L, 26L <<< 20)

    // One element in each third of `a`, the first and the last of `b`.
    let a = start + 8
    let b = a + 8 * count

    for at in [ a + 8 * 17; a + 8 * (count / 2) + 3; b - 1; b; b + 2 * count - 1 ] do
        bytes[at] <- bytes[at] ^^^ 1uy

    let file = ok (verify bytes)

    Assert.Equal<(string * int64 * int64) list>(
        [ "a", 17L, 3L; "b", 0L, 2L ],
        file.Different
        |> List.map (fun t ->
            match t.Difference with
            | Some d -> t.Header.Name, d.Index, d.Count
            | None -> "", 0L, 0L)
    )

    // Another seed: all that is drawn differs, but for chance (float16 has few values).
    let other = ok (verify (edited (Map.add "seed" "1") bytes))
    Assert.Equal(3, other.Different.Length)
    Assert.InRange(other.DifferentValues, int64 count * 2L - int64 count / 100L, int64 count * 2L + 1L)

[<Fact>]
let ``weights of another version are not compared, and an invalid version is reported`` () =
    let bytes = model seed mixed

    for version, code in
        [ "2", "bits-version-unsupported"
          "9223372036854775807", "bits-version-unsupported"
          "0", "metadata-invalid"
          "-1", "metadata-invalid"
          "1.0", "metadata-invalid"
          "one", "metadata-invalid"
          "", "metadata-invalid" ] do
        // Even where nothing else of the metadata can be read.
        for edit in [ id; Map.map (fun key text -> if key = "seed" then text else text + "?") ] do
            let changed = bytes |> edited (edit >> Map.add "bits" version)
            let found = codes (verify changed)

            if code = "bits-version-unsupported" then
                Assert.Equal<string list>([ code ], found)
            else
                Assert.Equal(code, found.Head)

    match verify (edited (Map.add "bits" "2") bytes) with
    | Error [ fault ] ->
        Assert.Contains(
            "are of bits version 2, and this release generates version 1 only: it cannot verify them",
            InitError.message fault
        )
    | other -> Assert.Fail $"{other}"

[<Fact>]
let ``metadata that do not say how a file was made are reported completely`` () =
    let bytes = model seed mixed

    let reported edit =
        match verify (edited edit bytes) with
        | Ok _ -> []
        | Error faults -> faults |> List.map InitError.message

    let says (parts: string list) edit =
        let messages = reported edit
        Assert.Equal(parts.Length, messages.Length)

        for part, message in List.zip parts messages do
            Assert.Contains(part, message)

    // A trained model has metadata of others or none.
    says [ "bits, seed and spec:NAME are missing" ] (fun _ -> Map.empty)
    says [ "bits, seed and spec:NAME are missing" ] (fun _ -> Map.ofList [ "format", "pt" ])
    says [ "lack bits." ] (Map.remove "bits")
    says [ "lack seed." ] (Map.remove "seed")
    says [ "seed is '18446744073709551616'" ] (Map.add "seed" "18446744073709551616")
    says [ "stream is 'x'" ] (Map.add "stream" "x")
    says [ "lack fan:conv.weight." ] (Map.remove "fan:conv.weight")
    says [ "fan:conv.weight is 'layout=zz'" ] (Map.add "fan:conv.weight" "layout=zz")
    says [ "fan:in.weight is 'fan_in=0'" ] (Map.add "fan:in.weight" "fan_in=0")
    says [ "tensor 'in.weight': output_channels" ] (Map.add "spec:in.weight" "kaiming_normal(mode=fan_out)")
    says [ "tensor 'scalar': unknown initializer 'gumble'" ] (Map.add "spec:scalar" "gumble")
    says [ "tensor 'steps': the metadata's spec is 'normal(" ] (Map.add "spec:steps" "normal")
    says [ "tensor 'mask': BOOL cannot hold 2" ] (Map.add "spec:mask" "constant(value=2)")
    says [ "a tensor 'gone', which the file does not contain" ] (Map.add "spec:gone" "ones")
    says [ "lack shape:steps" ] (Map.add "offset:steps" "0")
    says [ "lack offset:steps" ] (Map.add "shape:steps" "9")

    says
        [ "tensor 'steps': the slice of 3 elements from offset 7" ]
        (Map.add "shape:steps" "9" >> Map.add "offset:steps" "7")

    says [ "offset:steps is '-1'" ] (Map.add "shape:steps" "9" >> Map.add "offset:steps" "-1")
    says [ "stream:in.weight is 'x'" ] (Map.add "stream:in.weight" "x")

    says
        [ "stream_name:in.weight is 'b'; expected the name of the stream" ]
        (Map.add "stream:in.weight" "0000000000000001"
         >> Map.add "stream_name:in.weight" "b")

    says
        [ "lack seed, fan:conv.weight, spec:in.weight."
          "a tensor 'gone'"
          "unknown initializer 'gumble'" ]
        (Map.remove "seed"
         >> Map.remove "spec:in.weight"
         >> Map.remove "fan:conv.weight"
         >> Map.add "spec:gone" "ones"
         >> Map.add "spec:scalar" "gumble")

    let many =
        $"""{{"tensors": {{{String.Join(",", [ for i in 1..30 -> $"\"t{i}\": {{\"dtype\": \"F32\", \"shape\": [1]}}" ])}}}, "rules": [{{"pattern": "*", "spec": "ones"}}]}}"""

    match verify (edited (Map.filter (fun key _ -> not (key.StartsWith "spec:"))) (model seed many)) with
    | Error [ fault ] -> Assert.EndsWith("spec:t10 and 20 more.", InitError.message fault)
    | other -> Assert.Fail $"{other}"

[<Fact>]
let ``formats without metadata, pipes, malformed files and absent devices are coded`` () =
    let bytes = model seed mixed

    let on (stream: Stream) device token =
        codes (Verification.ofStream "x" stream device (fun _ _ -> ()) token)

    let array =
        npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" (zeros 4)

    Assert.Equal<string list>([ "metadata-unsupported" ], codes (verify array))
    Assert.Equal<string list>([ "file-unreadable" ], on (new Pipe(bytes)) Device.Cpu CancellationToken.None)
    Assert.Equal<string list>([ "cancelled" ], on (new MemoryStream(bytes)) Device.Cpu (CancellationToken true))
    Assert.Equal<string list>([ "device-unknown" ], on (new MemoryStream(bytes)) (Device "tpu") CancellationToken.None)
    Assert.Equal<string list>([ "file-truncated" ], codes (verify bytes[.. bytes.Length - 2]))
    Assert.Equal<string list>([ "header-length" ], codes (verify (zeros 8)))

    Assert.Equal<string list>(
        [ "file-missing"; "device-unknown" ],
        codes (Verification.validate "absent.safetensors" (Device "tpu"))
    )

[<Fact>]
let ``a tensor of a custom quantile is not verified, since its text cannot be parsed back`` () =
    let request: Request =
        { Spec = Spec.quantile "own" (fun p -> p)
          Shape = shapeOf [ 9L ]
          Fan = Fan.Unknown
          Seed = seed
          DType = DType.Float32 }

    Assert.Equal<string list>([ "quantile-not-serializable" ], codes (verify (array (requestOf request None None))))

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 500)>]
let ``nonsense and mutated files are answered with coded faults or compared`` (Nonsense nonsense) (Mutated mutated) =
    coded (verify nonsense) && coded (verify mutated)

[<Property(MaxTest = 500)>]
let ``metadata with a character changed are answered with coded faults or compared``
    (which: uint32)
    (at: uint32)
    (by: char)
    =
    let change (metadata: Map<string, string>) =
        let key, text = Seq.item (int (which % uint32 metadata.Count)) (Map.toSeq metadata)
        let place = int (at % uint32 (text.Length + 1))
        let by = if Char.IsSurrogate by then "?" else string by
        Map.add key (text.Remove(place, min 1 (text.Length - place)).Insert(place, by)) metadata

    model seed mixed |> edited change |> verify |> coded
