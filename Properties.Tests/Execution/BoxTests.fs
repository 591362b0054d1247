/// Boxes of tensors: each has the bits of that part of the whole tensor.
module Initializers.Properties.BoxTests

open System
open System.Runtime.InteropServices
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Boxes

let private seed = Seed.ofUInt64 11UL
let private parsed = Box.parse >> ok

/// Work with a CPU accelerator of the caller's.
let private onAccelerator (work: Accelerator -> unit) =
    use context =
        Context.Create(fun b -> (b.EnableInitializers()).CPU(CPUDevice(2, 1, 1)) |> ignore)

    use accelerator = context.CreateCPUAccelerator 0
    work accelerator

[<Property(Arbitrary = [| typeof<BoxGenerators> |], MaxTest = 600)>]
let ``a box of any tensor is the cut out of the whole tensor`` (b: Boxed) = made b = expected b

/// Whether a tensor of a box on a device has the box's shape and elements.
let private agrees (device: Device) (b: Boxed) =
    use tensor =
        ok (Part.tensor b.Box { Device = device; DType = b.DType } (shapeOf b.Dims) b.Fan b.Seed b.Spec)

    List.ofSeq tensor.Shape = (b.Ranges |> List.map (fun (start, stop) -> stop - start))
    && tensor.ToArray<byte>() = expected b

[<Property(Arbitrary = [| typeof<BoxGenerators> |], MaxTest = 200)>]
let ``a tensor of a box has the box's shape and elements`` (b: Boxed) = agrees Device.Cpu b

let private all device (count: int) =
    let boxed = BoxGenerators.Boxed().Generator |> Gen.sample count

    for b in boxed do
        Assert.True(agrees device b, $"{SpecText.toText b.Spec} {b.DType} {b.Dims} {Box.toText b.Box}")

[<Fact>]
let ``a tensor of a box on an accelerator of the caller's has its elements`` () =
    onAccelerator (fun accelerator -> all (Device.OfAccelerator accelerator) 200)

[<OpenClTests.OpenClFact; Trait("Category", "OpenCL")>]
let ``a tensor of a box on an OpenCL device has its elements`` () = all (Device OpenClTests.Name) 200

/// Specs that are made in every way: drawn, computed, as matrices, and nested, with shapes of many work units and matrices.
let private large: (Spec * int64 list) list =
    [ Spec.normal 0.0 1.0, [ 300L; 700L ]
      Spec.heNormal, [ 20L; 30L; 10L; 50L ]
      Spec.orthogonal 1.0, [ 300L; 200L ]
      Spec.sparse 0.9 (Spec.normal 0.0 1.0), [ 300L; 700L ]
      Spec.batched 1 (Spec.orthogonal 1.0), [ 7L; 100L; 120L ]
      Spec.batched 2 (Spec.stacked 0 [ 50L, Spec.orthogonal 1.0; 14L, Spec.normal 0.0 1.0 ]), [ 2L; 3L; 64L; 40L ]
      Spec.stacked 1 [ 100L, Spec.normal 0.0 1.0; 5900L, Spec.uniform -1.0 1.0 ], [ 60L; 6000L ]
      Spec.normalized 0 (Spec.normal 0.0 1.0), [ 300L; 400L ]
      Spec.normalized 1 (Spec.normal 0.0 1.0), [ 300L; 4000L ]
      Spec.permutation, [ 300L; 500L ]
      Spec.permutation, [ 100L; 100L ]
      Spec.formula "sin(3*i0)*cos(i1/7)", [ 300L; 4000L ]
      Spec.sum [ Spec.identity 1.0; Spec.normal 0.0 0.01 ], [ 400L; 400L ]
      Spec.repeat 0 3L (Spec.normal 0.0 1.0), [ 300L; 400L ]
      Spec.padding 2L (Spec.normal 0.0 1.0), [ 300L; 4000L ]
      Spec.exp (Spec.normal 0.0 1.0), [ 300L; 400L ]
      Spec.literal [ 3L ] [ 1.0; 2.0; 3.0 ], [ 400L; 3L ]
      Spec.deltaOrthogonal 1.0, [ 40L; 30L; 3L; 3L ] ]

[<Fact>]
let ``boxes of large tensors are the cuts out of them, in every dtype`` () =
    let random = Random 3

    let fan = Fan.Of(30.0, 50.0)

    for spec, dims in large do
        // A narrow dtype does not hold the numbers of a long permutation.
        for dtype in
            (if spec = Spec.permutation then
                 [ DType.Float32; DType.Float64 ]
             else
                 dtypes) do

            let tensor: Boxed =
                { Spec = spec
                  Dims = dims
                  Fan = fan
                  DType = dtype
                  Seed = seed
                  Ranges = [] }

            let all = whole tensor

            for _ in 1..6 do
                let ranges =
                    dims
                    |> List.map (fun size ->
                        match random.Next 3 with
                        | 0 -> 0L, size
                        | _ ->
                            let start = random.NextInt64 size
                            start, start + random.NextInt64(size - start + 1L))

                let boxed = { tensor with Ranges = ranges }

                Assert.True(
                    (made boxed = cut (DType.size dtype) dims ranges all),
                    $"{SpecText.toText spec} {dtype} {Box.toText boxed.Box}"
                )

[<Fact>]
let ``the rows of more than one list of runs are all there`` () =
    // 40,000 runs of 3 elements.
    let boxed: Boxed =
        { Spec = Spec.normal 0.0 1.0
          Dims = [ 40000L; 8L ]
          Fan = Fan.Unknown
          DType = DType.Float32
          Seed = seed
          Ranges = [ 0L, 40000L; 2L, 5L ] }

    Assert.Equal<byte>(expected boxed, made boxed)

[<Fact>]
let ``a box of a tensor that no memory holds is made alone`` () =
    let huge = 1L <<< 30
    let shape = shapeOf [ huge; huge ]
    let ranges = [ huge - 3L, huge - 1L; 5L, 9L ]

    for spec in
        [ Spec.normal 0.0 1.0
          Spec.stacked 1 [ 7L, Spec.uniform 0.0 1.0; huge - 7L, Spec.normal 0.0 1.0 ]
          Spec.sum [ Spec.normal 0.0 1.0; Spec.identity 1.0 ]
          Spec.formula "sin(i0) + i1"
          Spec.padding 5L (Spec.normal 0.0 1.0)
          Spec.repeat 1 2L (Spec.normal 0.0 1.0)
          Spec.bernoulli 0.5
          Spec.log (Spec.uniform 1.0 16.0) ] do
        let made = Array.zeroCreate<float> 8

        Part.fill (Memory made) (Box.ofRanges ranges) shape Fan.Unknown seed spec |> ok

        let expected =
            [| for index in [ huge - 3L; huge - 2L ] do
                   let row = Array.zeroCreate<float> 4

                   Initialize.fill (Memory row) (index * huge + 5L) shape Fan.Unknown seed spec
                   |> ok

                   yield! row |]

        Assert.Equal<float>(expected, made)

[<Fact>]
let ``views, spans and memories of every type get the box`` () =
    let shape = shapeOf [ 30L; 40L ]
    let box = parsed "3:20,-7:"
    let spec = Spec.orthogonal 1.0

    let expected () : 'a[] =
        let whole = Array.zeroCreate<'a> 1200
        Initialize.fill (Memory whole) 0L shape Fan.Unknown seed spec |> ok
        [| for i in indices shape.Dims [ 3L, 20L; 33L, 40L ] -> whole[int i] |]

    onAccelerator (fun accelerator ->
        use buffer = accelerator.Allocate1D<float32> 119L

        Part.fillView (buffer.View.AsContiguous()) box shape Fan.Unknown seed spec |> ok

        Assert.Equal<float32>(expected (), buffer.GetAsArray1D()))

    let halves = Array.zeroCreate<Half> 119
    Part.fill (Memory halves) box shape Fan.Unknown seed spec |> ok
    Assert.Equal<Half>(expected (), halves)

    // A view without elements belongs to no accelerator.
    Part.fillView ArrayView<float32>.Empty (parsed "3:3,:") shape Fan.Unknown seed spec
    |> ok

[<Property>]
let ``a box's text reads as the box`` (ranges: (int64 option * int64 option) list) =
    let box =
        { Ranges = ranges |> List.map (fun (start, stop) -> { Start = start; Stop = stop }) }

    Box.parse (Box.toText box) = Ok box

[<Fact>]
let ``a box is written as NumPy's slices`` () =
    let shape = shapeOf [ 10L; 256L ]

    let sizes text =
        (ok (Box.shapeIn shape (parsed text))).Dims

    for text, dims in
        [ "0:5,128:256", [ 5L; 128L ]
          ":,3:", [ 10L; 253L ]
          ":5,", [ 5L; 256L ]
          ",", [ 10L; 256L ]
          " -2: , :-250 ", [ 2L; 6L ]
          "-10:10,-256:-256", [ 10L; 0L ]
          "10:,4:4", [ 0L; 0L ] ] do
        Assert.Equal<int64 list>(dims, sizes text)

    Assert.Equal<int64 list>([], (ok (Box.shapeIn Shape.scalar (parsed ""))).Dims)
    Assert.Equal<int64 list>([ 0L; 3L ], (ok (Box.shapeIn (shapeOf [ 0L; 9L ]) (parsed ":,2:5"))).Dims)

    for text in [ "3"; "1:2:3"; "a:b"; "1:2,3"; "0:5;1:2"; ":,1.5:"; "[0:5]" ] do
        Assert.Equal(Error [ InitError.Box(BoxFault.Syntax text) ], Box.parse text)

let private seventeen = Array.create 3 17.0f

[<Fact>]
let ``every fault of a box and its request is reported at once, and nothing is written`` () =
    let memory = Array.copy seventeen
    let shape = shapeOf [ 10L; 20L; 30L ]
    let stddev = Spec.normal 0.0 -1.0

    let faults spec text =
        Part.fill (Memory memory) (parsed text) shape Fan.Unknown seed spec
        |> function
            | Ok() -> []
            | Error faults -> faults

    Assert.Equal<InitError list>(
        [ InitError.StddevNegative -1.0
          InitError.Box(BoxFault.OutOfAxis(0, "0:11", 10L))
          InitError.Box(BoxFault.Reversed(1, "5:-16", 20L))
          InitError.Box(BoxFault.OutOfAxis(2, "-31:", 30L)) ],
        faults stddev "0:11,5:-16,-31:"
    )

    Assert.Equal<InitError list>([ InitError.Box(BoxFault.Rank(2, 3)) ], faults (Spec.normal 0.0 1.0) "0:1,0:3")

    Assert.Equal<InitError list>([ InitError.MemoryLength(3L, 4L) ], faults (Spec.normal 0.0 1.0) "0:1,0:2,0:2")

    Assert.Equal<string list>(
        [ "element-type"; "box-rank" ],
        codes (Part.fill (Memory [| 1; 2 |]) (parsed ":") shape Fan.Unknown seed (Spec.normal 0.0 1.0))
    )

    Assert.Equal<string list>(
        [ "stddev-negative"; "box-rank"; "device-unknown" ],
        codes (
            Part.tensor
                (parsed ":")
                { Device = Device "tpu"
                  DType = DType.Float32 }
                shape
                Fan.Unknown
                seed
                stddev
        )
    )

    Assert.Equal<string list>(
        [ "memory-length" ],
        codes (
            Part.fillBytes (
                Span(Array.zeroCreate<byte> 9),
                DType.Float32,
                parsed ":1,:1,:2",
                shape,
                Fan.Unknown,
                seed,
                Spec.normal 0.0 1.0
            )
        )
    )

    Assert.Equal<float32>(seventeen, memory)

[<Fact>]
let ``a box's message names the axis, the range and the size`` () =
    let message fault = InitError.message (InitError.Box fault)
    Assert.Contains("range 0:11 of axis 2", message (BoxFault.OutOfAxis(2, "0:11", 10L)))
    Assert.Contains("size is 10", message (BoxFault.OutOfAxis(2, "0:11", 10L)))
    Assert.Contains("5:-16 of axis 1", message (BoxFault.Reversed(1, "5:-16", 20L)))
    Assert.Contains("2 ranges and the shape 3 axes", message (BoxFault.Rank(2, 3)))

[<Fact>]
let ``a box whose matrix memory does not hold is refused`` () =
    let shape = shapeOf [ 200000L; 200000L ]
    let memory = Memory(Array.zeroCreate<float32> 4)

    Assert.Equal<string list>(
        [ "workspace-exceeded" ],
        codes (Part.fill memory (parsed ":2,:2") shape Fan.Unknown seed (Spec.orthogonal 1.0))
    )
