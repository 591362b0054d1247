/// Tensors of models in memory of the caller: the bytes of the model's file, and no other byte.
module Initializers.Properties.ModelMemoryTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.FolderModels

let private plan (json: string) =
    Blueprint.parseText "m" json |> Result.bind (Blueprint.plan None None)

let private blueprint =
    """{"tensors": {
         "head.weight": {"dtype": "F32", "shape": [30, 8]}, "wte.weight": {"dtype": "F32", "shape": [30, 8]},
         "ids": {"dtype": "I64", "shape": [6]}, "steps": {"dtype": "U8", "shape": []},
         "up.weight": {"dtype": "F32", "shape": [6, 2, 3, 3], "layout": "in,out,spatial,spatial,transposed"},
         "h.weight": {"dtype": "BF16", "shape": [8, 8], "layout": "oi"}, "e.weight": {"dtype": "F8_E4M3", "shape": [40]},
         "q.weight": {"dtype": "F64", "shape": [12, 12]}, "none": {"dtype": "F16", "shape": [0, 4], "layout": "oi"}},
       "tie": {"head.weight": "wte.weight"}, "tied": "copy",
       "rules": [
         {"pattern": "wte.weight", "spec": "normal(stddev=0.02)"},
         {"pattern": "ids", "spec": "permutation"},
         {"pattern": "steps", "spec": "constant(7)"},
         {"pattern": "e.*", "spec": "uniform(low=-1, high=1)"},
         {"pattern": "q.weight", "spec": "orthogonal"},
         {"pattern": "*", "spec": "kaiming_normal"}]}"""

let private sizeOf (tensor: PlannedTensor) =
    int tensor.Entry.Shape.Length * Storage.size tensor.Entry.Storage

/// The tensors of a model in its file, by their names.
let private written (tensors: PlannedTensor list) =
    let mutable found = Map.empty

    inFolder (fun folder ->
        let path = Path.Combine(folder, "m.safetensors")
        ok (Output.model path false Device.Cpu seed tensors (fun _ _ -> ()) CancellationToken.None)
        let bytes = File.ReadAllBytes path
        use stream = new MemoryStream(bytes)
        let header = ok (SafetensorsReader.header stream)

        found <-
            Map.ofList
                [ for t in header.Tensors -> t.Name, bytes[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1] ])

    found

[<Fact>]
let ``memories have the bytes of the file, and nothing around them is written`` () =
    let tensors = ok (plan blueprint)
    let guard = 16

    let arrays =
        [ for t in tensors -> t.Entry.Name, Array.create<byte> (sizeOf t + 2 * guard) 0xA5uy ]

    let memories =
        [ for t, (name, bytes) in List.zip tensors arrays -> name, HostMemory.Of(Memory(bytes, guard, sizeOf t)) ]

    Assert.Empty(ModelMemory.faults memories tensors)
    Assert.Equal(Ok(), ModelMemory.fill seed memories tensors)
    let file = written tensors

    for name, bytes in arrays do
        let inner = bytes[guard .. bytes.Length - guard - 1]
        Assert.Equal<byte[]>(file[name], inner)
        Assert.All(Array.append bytes[.. guard - 1] bytes[bytes.Length - guard ..], (fun b -> Assert.Equal(0xA5uy, b)))

[<Fact>]
let ``memories of the tensors' own types have the bytes of the file, wherever they are`` () =
    let tensors = ok (plan blueprint)
    let file = written tensors
    let raw = Array.zeroCreate<byte> 512
    let pin = GCHandle.Alloc(raw, GCHandleType.Pinned)

    try
        let shared = Array.zeroCreate<float32> 240

        let ids, steps, codes =
            Array.zeroCreate<int64> 6, Array.zeroCreate<byte> 1, Array.zeroCreate<sbyte> 40

        let up, h, q =
            Array.zeroCreate<float32> 108, Array.zeroCreate<BFloat16> 64, Array.zeroCreate<float> 144

        let memories =
            [ "head.weight", HostMemory.Of(Memory shared)
              "wte.weight", HostMemory.Of(Memory shared)
              "ids", HostMemory.Of(Memory ids)
              "steps", HostMemory.Of(Memory steps)
              "e.weight", HostMemory.Of(Memory codes)
              "up.weight", HostMemory.At(pin.AddrOfPinnedObject() + 16n, 108L, DType.Float32)
              "h.weight", HostMemory.Of(Memory h)
              "q.weight", HostMemory.AtBytes(Marshal.UnsafeAddrOfPinnedArrayElement(q, 0), 8L * 144L)
              "none", HostMemory.AtBytes(0n, 0L) ]

        let keep = GCHandle.Alloc(q, GCHandleType.Pinned)
        Assert.Equal(Ok(), ModelMemory.fill seed memories tensors)
        keep.Free()

        let bytes (values: 'T[]) =
            MemoryMarshal.AsBytes(values.AsSpan()).ToArray()

        Buffer.BlockCopy(raw, 16, up, 0, 432)
        Assert.Equal<byte[]>(file["wte.weight"], bytes shared)
        Assert.Equal<byte[]>(file["ids"], bytes ids)
        Assert.Equal<byte[]>([| 7uy |], steps)
        Assert.Equal<byte[]>(file["e.weight"], bytes codes)
        Assert.Equal<byte[]>(file["up.weight"], bytes up)
        Assert.Equal<byte[]>(file["h.weight"], bytes h)
        Assert.Equal<byte[]>(file["q.weight"], bytes q)
    finally
        pin.Free()

[<Fact>]
let ``a tensor's layout gives the fans where its rule has none`` () =
    let tensors = ok (plan blueprint)

    let stddev name =
        let tensor = tensors |> List.find (fun t -> t.Entry.Name = name)
        (ok (Blueprint.explain tensor)).Fan

    // in,out,kh,kw of a transposed convolution: 6 · 9 inputs reach an output
    Assert.Equal("fan_in=54", stddev "up.weight")
    Assert.Equal("fan_in=8", stddev "h.weight")

    let ruled =
        ok (
            plan
                """{"tensors": {"w": {"dtype": "F32", "shape": [3, 5], "layout": "oi"}},
                    "rules": [{"pattern": "w", "spec": "he_normal", "layout": "io"}]}"""
        )

    Assert.Equal("fan_in=3", (ok (Blueprint.explain ruled.Head)).Fan)

    let computed =
        ok (
            plan
                """{"tensors": {"w": {"dtype": "F32", "shape": [3, 5], "layout": "io"}},
                    "rules": [{"pattern": "w", "spec": "normal(stddev=1/fan_in)"}]}"""
        )

    Assert.Equal(Spec.normal 0.0 (1.0 / 3.0), computed.Head.Spec)

    let wrong layout =
        plan
            $"""{{"tensors": {{"w": {{"dtype": "F32", "shape": [3, 5], "layout": %s{layout}}}}},
                 "rules": [{{"pattern": "w", "spec": "he_normal"}}]}}"""
        |> Validation.faults
        |> List.map InitError.code

    Assert.Equal<string list>([ "json-field" ], wrong "3")
    Assert.Equal<string list>([ "layout-unknown" ], wrong "\"of\"")
    Assert.Equal<string list>([ "axes-rank" ], wrong "\"out,in,spatial\"")

[<Fact>]
let ``every fault of the memories is reported, and nothing is written`` () =
    let tensors = ok (plan blueprint)
    let shared = Array.zeroCreate<byte> 2000
    let rest = Array.zeroCreate<float32> 9

    let memories =
        [ "head.weight", HostMemory.Of(Memory shared)
          "ids", HostMemory.Of(Memory(shared, 0, 48))
          "steps", HostMemory.Of(Memory rest)
          "h.weight", HostMemory.Of(Memory rest)
          "e.weight", HostMemory.Of(Memory(shared, 40, 40))
          "other", HostMemory.Of(Memory rest)
          "wte.weight", HostMemory.Of(Memory(Array.zeroCreate<byte> 960))
          "wte.weight", HostMemory.Of(Memory(Array.zeroCreate<byte> 960))
          "up.weight", HostMemory.Of(Memory(Array.zeroCreate<int32> 108))
          "none", HostMemory.AtBytes(0n, 0L) ]

    let codes memories =
        let faults = ModelMemory.faults memories tensors
        Assert.Equal(Error faults, ModelMemory.fill seed memories tensors)
        faults |> List.map InitError.code |> List.countBy id |> List.sort

    Assert.Equal<(string * int) list>(
        [ "memory-missing", 1; "memory-unknown", 1; "tensor-duplicate", 1 ],
        codes memories
    )

    let named =
        ("q.weight", HostMemory.Of(Memory(Array.zeroCreate<float> 144)))
        :: (memories
            |> List.filter (fun (name, _) -> name <> "other")
            |> List.distinctBy fst)

    // head.weight has 2000 bytes of 960; steps and h.weight have float32 elements, up.weight has int32 ones
    Assert.Equal<(string * int) list>([ "memories-overlap", 3; "memory-length", 1; "memory-type", 3 ], codes named)
    Assert.All(shared, (fun b -> Assert.Equal(0uy, b)))
    Assert.All(rest, (fun x -> Assert.Equal(0f, x)))
