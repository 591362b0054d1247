/// Integer and boolean tensors of model files.
module Initializers.Properties.IntegerTensorTests

open System
open System.IO
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private blueprint =
    """{"tensors": {
         "ids": {"dtype": "I64", "shape": [300, 70]},
         "order": {"dtype": "I32", "shape": [1000]},
         "small": {"dtype": "U8", "shape": [16, 16]},
         "keep": {"dtype": "BOOL", "shape": [33, 65]},
         "signs": {"dtype": "I8", "shape": [64, 3]},
         "groups": {"dtype": "I16", "shape": [6, 4]},
         "wide": {"dtype": "U64", "shape": [50]},
         "table": {"dtype": "I64", "shape": [4, 3]},
         "weight": {"dtype": "F32", "shape": [8, 8]}},
       "rules": [
         {"pattern": "*", "spec": "normal(stddev=0.02)"},
         {"pattern": "ids", "spec": "padding(index=2, inner=randint(-5, 50257))"},
         {"pattern": "order", "spec": "permutation"},
         {"pattern": "small", "spec": "permutation"},
         {"pattern": "keep", "spec": "bernoulli(0.25)"},
         {"pattern": "signs", "spec": "shift(-1, scale(2, bernoulli(0.5)))"},
         {"pattern": "groups", "spec": "repeat(axis=0, times=2, inner=sum([randint(0, 10), constant(-3)]))"},
         {"pattern": "wide", "spec": "randint(0, 9007199254740992)"},
         {"pattern": "table", "spec": "literal([1, 2, 3])"}]}"""

let private planned text =
    Blueprint.parseText "the test" text |> Result.bind (Blueprint.plan None None)

/// The elements of a tensor of a file, as float64.
let private elements (path: string) (header: FileHeader) name : float[] =
    let tensor = header.Tensors |> List.find (fun t -> t.Name = name)

    let bytes =
        (File.ReadAllBytes path).AsSpan(int (header.DataStart + tensor.Offset), int tensor.Bytes)

    let values = Array.zeroCreate<float>(int tensor.Shape.Length)
    Initializers.Files.ElementDecoding.toFloats tensor.DType (Span.op_Implicit bytes) (Span values)
    values

[<Fact>]
let ``integer tensors have the numbers of their specs in float64, and files of them verify`` () =
    let path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors")

    try
        let tensors = ok (planned blueprint)
        let seed = Seed.ofUInt64 42UL
        ok (Output.model path false Device.Cpu seed tensors (fun _ _ -> ()) CancellationToken.None)

        let header =
            use file = File.OpenRead path
            ok (SafetensorsReader.header file)

        for tensor in tensors |> List.filter _.Entry.Storage.IsInteger do
            let name = tensor.Entry.Name

            use expected =
                ok (
                    Initialize.tensor
                        { Device = Device.Cpu
                          DType = DType.Float64 }
                        tensor.Entry.Shape
                        Fan.Unknown
                        (Seed.child name seed)
                        tensor.Rule.Spec
                )

            Assert.Equal<float[]>(expected.ToArray<float>(), elements path header name)

        Assert.Equal<float[]>([| 0.0 .. 999.0 |], Array.sort (elements path header "order"))

        Assert.Equal<float list>(
            [ -1.0; 1.0 ],
            elements path header "signs" |> Array.distinct |> Array.sort |> List.ofArray
        )

        let verified =
            ok (Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None)

        ok (Verification.equal verified)
    finally
        File.Delete path

let private one storage spec =
    $"{{\"tensors\": {{\"t\": {{\"dtype\": \"{storage}\", \"shape\": [300]}}}}, \"rules\": [{{\"pattern\": \"t\", \"spec\": \"{spec}\"}}]}}"

[<Fact>]
let ``numbers that an integer type does not hold are refused, and distributions are passed by`` () =
    for storage, spec, expected in
        [ "U8", "permutation", "not-exact"
          "U8", "randint(-1, 5)", "not-exact"
          "I8", "randint(0, 129)", "not-exact"
          "BOOL", "randint(0, 3)", "not-exact"
          "I32", "scale(0.5, randint(0, 4))", "not-exact"
          "I32", "scale(0.5, randint(0, 1000000))", "not-exact"
          "I32", "literal([0.5], shape=[1])", "literal-shape"
          "U8", "sum([constant(200), bernoulli, constant(55)])", "not-exact"
          "I32", "constant(-inf)", "not-exact"
          "I64", "clip(0.5, 3, permutation)", "not-exact"
          "I64", "normal", "tensor-unmatched"
          "I64", "normalized(inner=ones)", "tensor-unmatched"
          "I64", "sum([permutation, uniform])", "tensor-unmatched" ] do
        Assert.Equal<string * string>((spec, expected), (spec, codes (planned (one storage spec)) |> List.head))

    for storage, spec in
        [ "U8", "randint(0, 256)"
          "I16", "permutation"
          "BOOL", "bernoulli(0.1)"
          "I32", "scale(0.5, scale(2, randint(0, 4)))"
          "U8", "sum([constant(200), bernoulli, constant(54)])"
          "I64", "clip(-3, 3, randint(-100, 100))" ] do
        ok (planned (one storage spec)) |> ignore

[<Fact>]
let ``integer tensors are explained`` () =
    let explained = ok (planned blueprint) |> List.map (Blueprint.explain >> ok)

    let text name =
        (explained |> List.find (fun e -> e.Entry.Name = name)).Distribution

    Assert.Equal("padding(index=2, inner=randint(low=-5, high=50257))", text "ids")
    Assert.Equal("shift(offset=-1, inner=scale(factor=2, inner=bernoulli(p=0.5)))", text "signs")
    Assert.Equal(499.5, (explained |> List.find (fun e -> e.Entry.Name = "order")).Mean, 9)

/// Integer types with a spec that each holds.
let private fills =
    [ IntegerType.Bool, Spec.bernoulli 0.3
      IntegerType.I8, Spec.randint -128L 128L
      IntegerType.U8, Spec.formula "mod(3*j0 + j1, 256)"
      IntegerType.I16, Spec.permutation
      IntegerType.U16, Spec.constant 65535.0
      IntegerType.I32, Spec.permutation
      IntegerType.U32, Spec.identity 4294967295.0
      IntegerType.I64, Spec.randint -9007199254740991L 9007199254740991L
      IntegerType.U64, Spec.repeat 0 7L Spec.permutation ]

[<Fact>]
let ``an array of integers has a model's bytes, whole and in slices, in every format`` () =
    let folder = Directory.CreateTempSubdirectory().FullName
    let shape = shapeOf [ 70L; 40L ]
    let seed = Seed.ofUInt64 42UL

    try
        for integer, spec in fills do
            let storage = Storage.Integer integer

            let request: Initializers.FSharp.ArrayRequest =
                { Spec = spec
                  Shape = shape
                  Fan = Fan.Unknown
                  Storage = storage
                  Device = Device.Cpu
                  Seed = seed
                  Stream = Some "t"
                  Slice = None
                  Box = None }

            let write extension request =
                let path = Path.Combine(folder, $"{Guid.NewGuid()}{extension}")

                ok (Output.array path false request (fun _ -> ignore) CancellationToken.None)
                |> ignore

                path

            let size = Storage.size storage
            let count = int shape.Length

            let data (path: string) count =
                let bytes = File.ReadAllBytes path
                bytes[bytes.Length - count * size ..]

            let model =
                Blueprint.parseText
                    "m"
                    $"""{{"tensors": {{"t": {{"dtype": "{Storage.toText storage}", "shape": [70, 40]}}}}, "rules": [{{"pattern": "t", "spec": {SpecJson.toJson spec}}}]}}"""
                |> Result.bind (Blueprint.plan None None)
                |> ok

            let path = Path.Combine(folder, $"{Guid.NewGuid()}.safetensors")
            ok (Output.model path false Device.Cpu seed model (fun _ _ -> ()) CancellationToken.None)
            let expected = data path count

            for extension in [ ".npy"; ".safetensors"; ".bin" ] do
                Assert.Equal<byte[]>(expected, data (write extension request) count)

                let part =
                    write
                        extension
                        { request with
                            Slice = Some(1234L, 999L)
                            Box = None }

                Assert.Equal<byte[]>(expected[1234 * size .. 2233 * size - 1], data part 999)

                if extension = ".safetensors" then
                    Verification.ofFile part Device.Cpu (fun _ _ -> ()) CancellationToken.None
                    |> Result.bind Verification.equal
                    |> ok
    finally
        Directory.Delete(folder, true)
