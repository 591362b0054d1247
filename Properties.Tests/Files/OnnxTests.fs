/// ONNX models whose float initializers are filled.
module Initializers.Properties.OnnxTests

open System
open System.IO
open System.Text
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.OnnxFiles

let internal inFolder (work: (string -> string) -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work (fun name -> Path.Combine(folder, name))
    finally
        Directory.Delete(folder, true)

let private rules =
    """{"rules": [{"pattern": "*", "spec": "normal(stddev=0.02)"}]}"""

let internal weightRules =
    """{"rules": [{"pattern": "*.w", "spec": "normal(stddev=0.02)"}]}"""

let internal request (at: string -> string) source out : ModelText =
    { Blueprint = at source
      Recipe = at "r.json"
      Seed = "42"
      DType = null
      Device = null
      Out = at out
      MaxShardSize = null
      Rank = null
      WorldSize = null
      Launched = false
      Unmatched = null
      Overwrite = false
      Resume = false }

let internal write (text: ModelText) =
    Request.writeModel text (fun _ _ -> ()) CancellationToken.None
    |> Result.map ignore

let internal codes (result: Result<unit, InitError list>) =
    match result with
    | Ok() -> []
    | Error faults -> faults |> List.map InitError.code

/// The elements that safetensors files have, by name.
let private expected (at: string -> string) (text: ModelText) : Map<string, byte[]> =
    ok (
        write
            { text with
                Out = at "expected.safetensors" }
    )

    use file = File.OpenRead(at "expected.safetensors")
    let header = ok (SafetensorsReader.header file)
    let bytes = File.ReadAllBytes(at "expected.safetensors")
    Map.ofList [ for t in header.Tensors -> t.Name, bytes[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1] ]

let private shape = tensor "shape" 7L [ 2L ] [ raw (Array.zeroCreate 16) ]

/// Elements in each field that has them; one tensor without any, one larger than a buffer, one scalar.
let private embedded =
    model
        [ node "MatMul" [ "x"; "raw.w" ] [ "y" ]
          tensor "raw.w" 1L [ 4L; 3L ] [ raw (Array.create 48 1uy) ]
          shape
          tensor "float.w" 1L [ 2L; 2L ] [ field 4 (Array.zeroCreate 16) ]
          tensor "half.w" 10L [ 3L ] [ field 5 [| 1uy; 2uy; 3uy |] ]
          node "Relu" [ "y" ] [ "z" ]
          tensor "double.w" 11L [ 5L ] [ field 10 (Array.zeroCreate 40) ]
          tensor "bfloat.w" 16L [ 7L ] [ raw (Array.zeroCreate 14) ]
          tensor "wide.w" 1L [ 1500L; 1500L ] [ raw (Array.zeroCreate 9000000) ]
          tensor "none.w" 1L [ 0L; 4L ] []
          tensor "scalar" 1L [] [ raw [| 1uy; 2uy; 3uy; 4uy |] ]
          text 10 "a comment" ]
        [ pair 14 "author" "somebody" ]

[<Fact>]
let ``float initializers get the elements of the safetensors file, and every other field keeps its bytes`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", embedded)
        File.WriteAllText(at "r.json", rules)
        let text = request at "m.onnx" "new.onnx"
        ok (write text)
        let made = File.ReadAllBytes(at "new.onnx")
        let elements = expected at text

        for KeyValue(name, fields) in initializers made do
            let old = (initializers embedded)[name]
            let others = List.filter (fun (number, _) -> List.contains number [ 1; 2; 8; 12 ])

            if name = "shape" then
                Assert.Equal<(int * byte[]) list>(old, fields)
            else
                Assert.Equal<(int * byte[]) list>(others old, others fields)
                Assert.Equal(others fields |> List.length, fields.Length - 1)
                Assert.Equal<byte[]>(elements[name], rawOf fields)

        let rest number = List.filter (fst >> (<>) number)
        Assert.Equal<(int * byte[]) list>(rest 5 (graphOf embedded), rest 5 (graphOf made))
        Assert.Equal<int list>(List.map fst (graphOf embedded), List.map fst (graphOf made))

        Assert.Equal<(int * byte[]) list>(fields embedded |> rest 14 |> rest 7, fields made |> rest 14 |> rest 7)

        let metadata = pairs 14 (fields made) |> Map.ofList
        Assert.Equal("somebody", metadata["author"])
        Assert.Equal("42", metadata["seed"])
        Assert.Equal("normal(mean=0, stddev=0.02)", metadata["spec:half.w"])
        Assert.False(metadata.ContainsKey "format"))

[<Fact>]
let ``a model that was filled is filled again in the same way`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", embedded)
        File.WriteAllText(at "r.json", rules)
        ok (write (request at "m.onnx" "a.onnx"))

        ok (
            write
                { request at "a.onnx" "b.onnx" with
                    Seed = "43" }
        )

        ok (write (request at "b.onnx" "c.onnx"))

        let seeds =
            pairs 14 (fields (File.ReadAllBytes(at "b.onnx")))
            |> List.filter (fst >> (=) "seed")

        Assert.Equal<(string * string) list>([ "seed", "43" ], seeds)
        Assert.Equal<byte[]>(File.ReadAllBytes(at "a.onnx"), File.ReadAllBytes(at "c.onnx")))

[<Fact>]
let ``initializers without a rule are faults, or kept if that is asked for`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", embedded)
        File.WriteAllText(at "r.json", weightRules)
        let text = request at "m.onnx" "new.onnx"
        Assert.Equal<string list>([ "tensor-unmatched" ], codes (write text))
        ok (write { text with Unmatched = "keep" })
        let made = File.ReadAllBytes(at "new.onnx")
        Assert.Equal<(int * byte[]) list>((initializers embedded)["scalar"], (initializers made)["scalar"])
        Assert.Equal("none", (pairs 14 (fields made) |> Map.ofList)["spec:scalar"])

        let rawIn file =
            rawOf (Map.find "raw.w" (initializers file))

        Assert.False((rawIn embedded = rawIn made))
        let wrong = { text with Out = at "other.onnx" }
        Assert.Equal<string list>([ "argument-invalid" ], codes (write { wrong with Unmatched = "drop" }))

        Assert.Equal<string list>(
            [ "argument-conflict" ],
            codes (
                write
                    { wrong with
                        Unmatched = "keep"
                        Out = at "w.npz" }
            )
            |> List.distinct
            |> List.filter ((<>) "tensor-unmatched")
        )

        File.WriteAllText(at "r.json", """{"rules": [{"pattern": "absent", "spec": "zeros"}]}""")
        Assert.Contains("tensor-unmatched", codes (write { wrong with Unmatched = "keep" })))

/// Weights and an integer tensor in a file of external data, and a small one in the model.
let internal external =
    model
        [ tensor "a.w" 1L [ 600L; 500L ] (OnnxFiles.external "m.onnx.data" 0L 1200000L)
          tensor "ids" 7L [ 3L ] (OnnxFiles.external "m.onnx.data" 1200000L 24L)
          tensor "b.w" 10L [ 5L ] (OnnxFiles.external "m.onnx.data" 1200024L 10L)
          tensor "kept" 1L [ 2L ] (OnnxFiles.external "m.onnx.data" 1200034L 8L)
          tensor "c.w" 1L [ 2L; 2L ] [ raw (Array.zeroCreate 16) ] ]
        []

let internal externalData = Array.init 1200042 (fun i -> byte (i * 7 + i / 251))

[<Fact>]
let ``external data go to a new file, those that are kept too`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", external)
        File.WriteAllBytes(at "m.onnx.data", externalData)
        File.WriteAllText(at "r.json", weightRules)
        Directory.CreateDirectory(at "out") |> ignore

        let text =
            { request at "m.onnx" "out/new.onnx" with
                Unmatched = "keep" }

        ok (write text)
        let data = File.ReadAllBytes(at "out/new.onnx.data")
        let made = initializers (File.ReadAllBytes(at "out/new.onnx"))

        let elements =
            File.WriteAllText(at "r.json", rules)
            expected at { text with Unmatched = null }

        let bytesOf name =
            let entries = pairs 13 made[name] |> Map.ofList
            Assert.Equal("new.onnx.data", entries["location"])
            Assert.Empty(rawOf made[name])
            let offset = int entries["offset"]
            Assert.Equal(0, offset % (if name = "a.w" then 65536 else 4096))
            data[offset .. offset + int entries["length"] - 1]

        Assert.Equal<byte[]>(elements["a.w"], bytesOf "a.w")
        Assert.Equal<byte[]>(elements["b.w"], bytesOf "b.w")
        Assert.Equal<byte[]>(externalData[1200000..1200023], bytesOf "ids")
        Assert.Equal<byte[]>(externalData[1200034..], bytesOf "kept")
        Assert.Equal<byte[]>(elements["c.w"], rawOf made["c.w"])
        Assert.Equal<string list>([ "file-exists"; "file-exists" ], codes (write text)))

[<Fact>]
let ``files of external data that are read are never written, and their faults come before any work`` () =
    inFolder (fun at ->
        File.WriteAllText(at "r.json", weightRules)

        let text =
            { request at "m.onnx" "new.onnx" with
                Unmatched = "keep"
                Overwrite = true }

        let use' location = OnnxFiles.external location 0L 8L

        let refused code location =
            File.WriteAllBytes(
                at "m.onnx",
                model
                    [ tensor "a.w" 1L [ 2L ] (use' location)
                      tensor "kept" 1L [ 2L ] (use' location) ]
                    []
            )

            Assert.Equal<string list>([ code ], codes (write text))
            Assert.False(File.Exists(at "new.onnx"))

        refused "file-missing" "absent.data"
        refused "onnx-malformed" "../m.data"
        File.WriteAllBytes(at "short.data", [| 1uy |])
        refused "file-truncated" "short.data"
        File.WriteAllBytes(at "new.onnx.data", Array.zeroCreate 8)
        refused "output-is-input" "new.onnx.data"
        Assert.Equal<byte[]>(Array.zeroCreate 8, File.ReadAllBytes(at "new.onnx.data")))

/// Models that are refused, with the code.
let private refusals: (string * byte[]) list =
    let weight = tensor "a.w" 1L [ 2L ] [ raw (Array.zeroCreate 8) ]

    [ "onnx-without-initializers", model [ node "Relu" [ "x" ] [ "y" ] ] []
      "onnx-without-initializers", model [ shape ] []
      "onnx-without-initializers", [||]
      "onnx-quantized", model [ weight; node "DequantizeLinear" [ "q" ] [ "w" ] ] []
      "onnx-quantized", model [ weight; node "QLinearMatMul" [ "q" ] [ "w" ] ] []
      "onnx-quantized", model [ weight; node "MatMulNBits" [ "q" ] [ "w" ] ] []
      "onnx-quantized", model [ weight; tensor "q" 17L [ 2L ] [ raw [| 1uy; 2uy |] ] ] []
      "onnx-quantized", model [ weight; tensor "q" 22L [ 2L ] [ raw [| 1uy |] ] ] []
      "tensor-duplicate", model [ weight; weight ] []
      "shape-negative", model [ tensor "a.w" 1L [ -2L ] [] ] []
      "onnx-too-large", model [ tensor "a.w" 1L [ 600000000L ] [] ] []
      "onnx-malformed", embedded[.. embedded.Length - 30]
      "onnx-malformed", Encoding.UTF8.GetBytes "this is a text, and no model" ]

[<Fact>]
let ``models that cannot be filled are refused with a code, and nothing is written`` () =
    inFolder (fun at ->
        File.WriteAllText(at "r.json", rules)

        for code, bytes in refusals do
            File.WriteAllBytes(at "m.onnx", bytes)
            Assert.Equal<string list>([ code ], codes (write (request at "m.onnx" "new.onnx")))
            Assert.Equal(2, Directory.GetFileSystemEntries(at ".").Length))

[<Fact>]
let ``a model that is cut anywhere is read or refused`` () =
    inFolder (fun at ->
        let small =
            model [ tensor "a.w" 1L [ 2L ] [ raw (Array.zeroCreate 8) ]; shape ] [ pair 14 "k" "v" ]

        for length in 0 .. small.Length - 1 do
            File.WriteAllBytes(at "m.onnx", small[.. length - 1])

            match Request.load (at "m.onnx") with
            | Ok blueprint -> Assert.Equal("a.w", blueprint.Tensors.Head.Name)
            | Error faults ->
                Assert.All(
                    faults,
                    fun fault ->
                        Assert.Contains(InitError.code fault, [ "onnx-malformed"; "onnx-without-initializers" ])
                ))

[<Fact>]
let ``other types, other sources and the given file are no targets`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", embedded)
        File.WriteAllText(at "r.json", rules)
        let text = request at "m.onnx" "new.onnx"
        let differs = codes (write { text with DType = "float64" }) |> List.distinct
        Assert.Equal<string list>([ "onnx-tensor-differs" ], differs)

        Assert.Equal<string list>(
            [ "output-is-input" ],
            codes (
                write
                    { text with
                        Out = at "m.onnx"
                        Overwrite = true }
            )
        )

        Assert.Equal<string list>(
            [ "onnx-without-model" ],
            codes (
                write
                    { text with
                        Blueprint = "resnet18"
                        Recipe = null }
            )
        )

        Assert.Equal<byte[]>(embedded, File.ReadAllBytes(at "m.onnx"))
        Assert.False(File.Exists(at "new.onnx")))

[<Fact>]
let ``a filled model is inspected and verified, and a changed element is found`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", embedded)
        File.WriteAllText(at "r.json", rules)
        ok (write (request at "m.onnx" "new.onnx"))

        let verified () =
            ok (Verification.ofFile (at "new.onnx") Device.Cpu (fun _ _ -> ()) CancellationToken.None)

        Assert.Equal(8, (verified ()).Tensors.Length)
        Assert.Empty((verified ()).Different)

        let inspected =
            ok (Inspection.ofFile (at "new.onnx") (fun _ _ -> ()) CancellationToken.None)

        let wide = inspected.Tensors |> List.find (fun t -> t.Header.Name = "wide.w")
        // The mean of 2,250,000 normals has a standard deviation of 0.02/1500: ten of these are never seen.
        Assert.InRange(wide.Statistics.Value.Mean, -1.4e-4, 1.4e-4)

        use file = File.Open(at "new.onnx", FileMode.Open)
        let half = inspected.Tensors |> List.find (fun t -> t.Header.Name = "half.w")
        file.Position <- half.Header.Offset + 2L
        file.WriteByte 0x55uy
        file.Dispose()
        Assert.Equal<string list>([ "half.w" ], (verified ()).Different |> List.map _.Header.Name))

[<Fact>]
let ``elements that are not raw data of the file are refused by inspect and verify`` () =
    inFolder (fun at ->
        let refused (bytes: byte[]) =
            File.WriteAllBytes(at "m.onnx", bytes)

            match Inspection.ofFile (at "m.onnx") (fun _ _ -> ()) CancellationToken.None with
            | Error faults -> faults |> List.map InitError.code
            | Ok _ -> []

        Assert.Equal<string list>(List.replicate 3 "onnx-data-elsewhere", refused embedded)
        Assert.Equal<string list>(List.replicate 3 "onnx-data-elsewhere", refused external)

        Assert.Equal<string list>(
            [ "bytes-mismatch" ],
            refused (model [ tensor "a.w" 1L [ 2L ] [ raw [| 1uy; 2uy |] ] ] [])
        ))
