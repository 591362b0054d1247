/// Saved tensors that pass through several buffers, change meanwhile, or are on a device.
module Initializers.Properties.SavedBufferTests

open System
open System.IO
open System.Threading
open Xunit
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles
open Initializers.Properties.SavedTensorTests

[<Fact>]
let ``tensors larger than the buffers are compared through them`` () =
    use matrix = tensor (Spec.orthogonal 1.0) [ 1500L; 1500L ] "matrix"

    use batch =
        tensor (Spec.batched 1 (Spec.orthogonal 1.0)) [ 30L; 300L; 300L ] "batch"

    use large = tensor Spec.heNormal [ 7_000_003L ] "large"
    use small = tensor Spec.ones [ 3L ] "small"

    let named =
        [ "small", small
          "matrix", matrix
          "large", large
          "batch", batch
          "s2", small ]

    let mutable last = 0L, 0L
    let bytes = saveWith (fun written total -> last <- written, total) named
    Assert.True(holds named bytes)
    ok (Verification.equal (ok (verify bytes)))
    let total = named |> List.sumBy (fun (_, t) -> t.Length * 4L)
    Assert.Equal((total, total), last)

    // The last elements are seen, too.
    for tensor in [ matrix; large; batch ] do
        let values = tensor.AsSpan<float32>()
        values[values.Length - 1] <- values[values.Length - 1] + 1f

    let bytes = save named
    Assert.True(holds named bytes)
    Assert.Equal<string list>([ "matrix"; "large"; "batch" ], names (ok (verify bytes)).NotGenerated)

[<Fact>]
let ``memory is bounded, whatever the tensor`` () =
    use large = tensor Spec.heNormal [ 12_000_000L ] "large"

    let bytes, spent =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "w.safetensors")

            allocated (fun () ->
                ok (Output.tensors path false [ "large", large ] silent CancellationToken.None)
                FileInfo(path).Length))

    Assert.InRange(bytes, 48_000_000L, 48_001_000L)
    Assert.InRange(spent, 0L, 26L <<< 20)

[<Fact>]
let ``a tensor that changes while it is saved is compared as it is written`` () =
    use large = tensor Spec.heNormal [ 12_000_000L ] "large"

    for at, expected in [ 0, []; 11_999_999, [ "origin-unknown" ] ] do
        let values = large.ToArray<float32>()

        let bytes =
            saveWith
                (fun written _ ->
                    if written > 0L then
                        large.AsSpan<float32>()[at] <- 9f)
                [ "large", large ]

        Assert.Equal<string list>(expected, codes (verify bytes |> Result.bind Verification.equal))
        values.CopyTo(large.AsSpan<float32>())

[<Fact>]
let ``a tensor that is disposed while it is saved is saved`` () =
    let large = tensor Spec.heNormal [ 6_000_000L ] "large"
    let bytes = saveWith (fun _ _ -> large.Dispose()) [ "large", large ]
    ok (Verification.equal (ok (verify bytes)))

/// Tensors of a device, whole and changed.
let private ofDevice (device: Device) =
    let requests: TensorRequest list =
        [ { Name = "w"
            Spec = Spec.heNormal
            Dims = [ 1500L; 1501L ]
            Fan = Fan.From Layout.OutIn }
          { Name = "q"
            Spec = Spec.orthogonal 1.0
            Dims = [ 40L; 30L ]
            Fan = Fan.Unknown }
          { Name = "b"
            Spec = Spec.zeros
            Dims = [ 1L ]
            Fan = Fan.Unknown } ]

    let tensors =
        ok (Initialize.tensors { Target.cpu with Device = device } seed requests)

    let named = List.zip (requests |> List.map _.Name) tensors
    Assert.True(isEqual named)
    Assert.Equal<string list>([ "b"; "q"; "w" ], named |> List.map fst |> List.sort)
    let view = tensors.Head.View<float32>()
    view.SubView(1500L, 1L).MemSetToZero()
    (view.GetAccelerator()).Synchronize()
    let bytes = save named
    Assert.True(holds named bytes)
    Assert.Equal<string list>([ "w" ], names (ok (verify bytes)).NotGenerated)
    tensors |> List.iter _.Dispose()

[<Fact>]
let ``tensors of the caller's accelerator are copied`` () =
    use context =
        Context.Create(fun b -> (b.EnableInitializers()).CPU(CPUDevice(2, 1, 1)) |> ignore)

    use accelerator = context.CreateCPUAccelerator 0
    ofDevice (Device.OfAccelerator accelerator)

[<OpenClTests.OpenClFact; Trait("Category", "OpenCL")>]
let ``tensors of an OpenCL device are copied`` () = ofDevice (Device OpenClTests.Name)
