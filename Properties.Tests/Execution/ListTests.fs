/// Several tensors in one call, and views of the caller's accelerator: the same bits as one by one, in memory that is shared.
module Initializers.Properties.ListTests

open System
open System.Collections.Generic
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private on dtype = { Device = Device.Cpu; DType = dtype }

/// Requests under distinct names.
let private named (requests: Request list) : TensorRequest list =
    requests
    |> List.mapi (fun i r ->
        { Name = $"tensor {i}"
          Spec = r.Spec
          Dims = Shape.dims r.Shape
          Fan = r.Fan })

let private bytesOf (tensors: Tensor list) =
    [ for tensor in tensors do
          let bytes = tensor.ToArray<byte>()
          tensor.Dispose()
          bytes ]

let private seed = Seed.ofUInt64 42UL

/// What all of one list can be made in: a narrow dtype may be too narrow for some of its laws.
let private makes (requests: TensorRequest list) dtype =
    List.isEmpty (Initialize.faultsOfTensors (on dtype) requests)

[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Theorems =
    [<Property(MaxTest = 100)>]
    let ``tensors of a list are those made one by one from the seed's children`` (requests: Request list) =
        let requests = named requests

        [ for dtype in dtypes do
              if makes requests dtype then
                  let together = ok (Initialize.tensors (on dtype) seed requests)

                  let apart =
                      [ for r in requests ->
                            ok (Initialize.tensor (on dtype) (shapeOf r.Dims) r.Fan (Seed.child r.Name seed) r.Spec) ]

                  List.map (fun (t: Tensor) -> t.Shape) together = List.map (fun (t: Tensor) -> t.Shape) apart
                  && bytesOf together = bytesOf apart ]
        |> List.forall id

    [<Property(MaxTest = 50)>]
    let ``the order of a list changes nothing but the order`` (requests: Request list) =
        let requests = named requests

        not (makes requests DType.Float64)
        || bytesOf (ok (Initialize.tensors (on DType.Float64) seed (List.rev requests))) =
            List.rev (bytesOf (ok (Initialize.tensors (on DType.Float64) seed requests)))

let private request name spec dims =
    { Name = name
      Spec = spec
      Dims = dims
      Fan = Fan.Unknown }

[<Fact>]
let ``a list of a thousand large and small tensors has the bits of each`` () =
    let requests =
        [ for i in 0..999 -> request $"{i}" (Spec.normal 0.0 1.0) [ (if i % 100 = 0 then 70001L else int64 (i % 7)) ] ]

    let together = bytesOf (ok (Initialize.tensors (on DType.Float32) seed requests))

    for r, bytes in List.zip requests together do
        use one =
            ok (Initialize.tensor (on DType.Float32) (shapeOf r.Dims) r.Fan (Seed.child r.Name seed) r.Spec)

        Assert.Equal<IEnumerable<byte>>(one.ToArray<byte>(), bytes)

[<Fact>]
let ``no requests make no tensors`` () =
    Assert.Empty(ok (Initialize.tensors Target.cpu seed []))

[<Fact>]
let ``every fault of a list is reported at once, each in its tensor`` () =
    let target =
        { Device = Device "tpu"
          DType = DType.Float32 }

    let unpaired = String('\ud800', 1)

    let requests =
        [ request "a" Spec.heNormal [ -1L ]
          request "b" (Spec.normal 0.0 -1.0) [ 4L ]
          request "b" Spec.ones [ 4L ]
          request unpaired Spec.ones [ 4L ] ]

    let found = Initialize.faultsOfTensors target requests

    let inside name =
        [ for fault in found do
              match fault with
              | InitError.InTensor(n, inner) when n = name -> InitError.code inner
              | _ -> () ]

    Assert.Equal<string list>([ "shape-negative"; "fan-missing" ], inside "a")
    Assert.Equal<string list>([ "stddev-negative" ], inside "b")
    Assert.Contains(InitError.TensorDuplicate "b", found)
    Assert.Contains(InitError.NameMalformed unpaired, found)
    Assert.Contains(InitError.DeviceUnknown "tpu", found)
    Assert.Equal(6, found.Length)

    match Initialize.tensors target seed requests with
    | Error faults -> Assert.Equal<InitError list>(found, faults)
    | Ok _ -> failwith "made"

[<Fact>]
let ``a list that no memory holds is refused`` () =
    let large = [ for i in 1..3 -> request $"{i}" Spec.ones [ Int64.MaxValue / 8L ] ]
    Assert.Equal<string list>([ "shape-overflow" ], codes (Initialize.tensors (on DType.Float64) seed large))

[<Fact>]
let ``tensors of a list live until each is disposed`` () =
    let requests = [ for i in 1..3 -> request $"{i}" (Spec.constant (float i)) [ 5L ] ]
    let tensors = ok (Initialize.tensors Target.cpu seed requests)

    match tensors with
    | [ one; two; three ] ->
        one.Dispose()
        one.Dispose()
        two.Dispose()

        Assert.Throws<ObjectDisposedException>(fun () -> one.ToArray<float32>() |> ignore)
        |> ignore
        // Disposed three times by now, of which the second changed nothing.
        Assert.Equal<IEnumerable<float32>>(Array.create 5 3.0f, three.ToArray<float32>())
        three.Dispose()
    | _ -> failwith $"{tensors.Length} tensors"

/// An accelerator of the caller's own, which runs on the CPU.
let private withAccelerator enabled (act: Accelerator -> unit) =
    use context =
        Context.Create(fun builder ->
            (if enabled then builder.EnableInitializers() else builder).CPU(CPUDevice(2, 1, 1))
            |> ignore)

    use accelerator = context.GetCPUDevice(0).CreateAccelerator context
    act accelerator

/// Fills views that begin anywhere in a buffer, and checks that nothing outside a view changes.
let private intoViews<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    dtype
    (accelerator: Accelerator)
    =
    let size = DType.size dtype
    let shape = shapeOf [ 200_000L ]
    use buffer = accelerator.Allocate1D<byte>(int64 (100_000 * size))

    for spec in
        [ Spec.normal 0.0 1.0
          Spec.uniform -1.0 1.0
          Spec.gumbel 0.0 1.0
          Spec.constant 0.1 ] do
        for start, offset, count in [ 0, 0L, 100_000; 1, 0L, 7; 5, 3L, 4099; 4, 8L, 0; 99_999, 99_999L, 1 ] do
            buffer.MemSetToZero()

            Initialize.fillView
                (buffer.View.AsContiguous().Cast<'T>().SubView(int64 start, int64 count))
                offset
                shape
                Fan.Unknown
                seed
                spec
            |> ok

            use whole = ok (Initialize.tensor (on dtype) shape Fan.Unknown seed spec)
            let expected = Array.zeroCreate<byte>(100_000 * size)
            Array.blit (whole.ToArray<byte>()) (int offset * size) expected (start * size) (count * size)

            Assert.True(
                expected.AsSpan().SequenceEqual(buffer.GetAsArray1D()),
                $"{spec} {dtype} {start} {offset} {count}"
            )

[<Fact>]
let ``a caller's view gets the slice, and nothing outside it is touched`` () =
    withAccelerator true (fun accelerator ->
        intoViews<float32> DType.Float32 accelerator
        intoViews<System.Half> DType.Float16 accelerator
        intoViews<ILGPU.Half> DType.Float16 accelerator
        intoViews<BFloat16> DType.BFloat16 accelerator
        intoViews<float> DType.Float64 accelerator)

[<Fact>]
let ``a view of other elements is refused with every other fault`` () =
    withAccelerator true (fun accelerator ->
        use buffer = accelerator.Allocate1D<int> 4L

        Assert.Equal<string list>(
            [ "element-type"; "stddev-negative"; "slice-out-of-range" ],
            codes (
                Initialize.fillView
                    (buffer.View.AsContiguous())
                    2L
                    (shapeOf [ 4L ])
                    Fan.Unknown
                    seed
                    (Spec.normal 0.0 -1.0)
            )
        ))

[<Fact>]
let ``a view of other elements in such a context has both faults`` () =
    withAccelerator false (fun accelerator ->
        use buffer = accelerator.Allocate1D<int> 4L

        Assert.Equal<string list>(
            [ "element-type"; "context-not-enabled" ],
            codes (Initialize.fillView (buffer.View.AsContiguous()) 0L (shapeOf [ 4L ]) Fan.Unknown seed Spec.ones)
        ))

[<Fact>]
let ``a view of a context that cannot compute exactly is refused, and untouched`` () =
    withAccelerator false (fun accelerator ->
        use buffer = accelerator.Allocate1D<float32>(Array.create 4 7.0f)

        Assert.Equal<string list>(
            [ "context-not-enabled" ],
            codes (Initialize.fillView (buffer.View.AsContiguous()) 0L (shapeOf [ 4L ]) Fan.Unknown seed Spec.ones)
        )

        Assert.Equal<IEnumerable<float32>>(Array.create 4 7.0f, buffer.GetAsArray1D()))

[<Fact>]
let ``a view of no elements needs no accelerator, and its request is checked`` () =
    let empty = ArrayView<float32>.Empty

    let into spec =
        Initialize.fillView empty 0L (shapeOf [ 0L ]) Fan.Unknown seed spec

    Assert.Equal(Ok(), into Spec.ones)
    Assert.Equal<string list>([ "fan-missing" ], codes (into Spec.heNormal))
