/// Shapes that only a text or a file claims: planning, explaining and slices cost what the slice does.
module Initializers.Properties.ClaimedShapeTests

open System
open System.IO
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Kernels
open Initializers.Properties.Generators
open Initializers.Properties.HugeShapes

/// Shapes of far more elements than memory holds, of specs that need few of them.
let private claimed =
    let axes (roles: FanAxis list) =
        Fan.Axes(FanAxes.Of(Array.ofList roles))

    let stft = Spec.stft StftSide.Imaginary StftWindow.Hann StftScaling.Density false

    [ Spec.batched 1 (Spec.orthogonal 1.0), [ 1000000000L; 2L; 2L ], Fan.Unknown
      Spec.batched 1 (Spec.batched 1 (Spec.sparse 0.5 Spec.ones)), [ 1000000000L; 1000000000L; 2L; 2L ], Fan.Unknown
      Spec.orthogonal 1.0, [ 2L; 2L; 1000000000L ], axes [ FanAxis.Out; FanAxis.In; FanAxis.Stack ]
      Spec.bilinear, [ 1L; 1L; 20000000L ], Fan.Unknown
      Spec.shift 1.0 Spec.bilinear, [ 2L; 2L; 1L <<< 30; 1L <<< 30 ], Fan.Unknown
      Spec.clip 0.25 0.5 Spec.bilinear, [ 1L <<< 30; 3L; 1L <<< 30 ], axes [ FanAxis.Spatial; FanAxis.Out; FanAxis.In ]
      Spec.identity 1.0, [ 3000000000L; 3000000000L ], Fan.Unknown
      Spec.dirac 1000L, [ 3000000000L; 3000000000L; 1L ], Fan.Unknown
      Spec.dirac 2L, [ 2097152L; 1048576L; 2097152L ], axes [ FanAxis.In; FanAxis.Spatial; FanAxis.Out ]
      Spec.deltaOrthogonal 1.0, [ 4L; 1L <<< 50; 4L ], axes [ FanAxis.In; FanAxis.Spatial; FanAxis.Out ]
      stft, [ 4096L; 1L <<< 20; 1L <<< 30 ], Fan.Unknown
      Spec.sparse 0.5 (Spec.normal 0.0 1.0), [ 300L; 1L <<< 54 ], Fan.Unknown
      Spec.stacked 1 [ 1L, Spec.zeros; (1L <<< 54) - 1L, Spec.sparse 0.5 Spec.ones ], [ 300L; 1L <<< 54 ], Fan.Unknown ]

/// Managed memory that this thread asks for, in bytes.
let private allocating (work: unit -> 'a) =
    let before = GC.GetAllocatedBytesForCurrentThread()
    let result = work ()
    struct (GC.GetAllocatedBytesForCurrentThread() - before, result)

[<Fact>]
let ``a plan and a slice of four take the memory of four, whatever the shape claims`` () =
    for spec, dims, fan in claimed do
        let length = (shapeOf dims).Length

        for dtype in [ DType.Float32; DType.Float64 ] do
            let h =
                { Spec = spec
                  Dims = dims
                  Fan = fan
                  DType = dtype
                  Offsets = [ 0L; length / 3L; length - 4L ] }

            let struct (bytes, _) =
                allocating (fun () -> h.Offsets |> List.map (fun offset -> slice h offset 4))

            Assert.True(bytes < (1L <<< 24), $"{SpecText.toText spec} of {dims}: {bytes} bytes")
            let plan = Plan.resolve spec (shapeOf dims) fan dtype |> ok

            for offset in h.Offsets do
                Assert.InRange(Workspace.bytes plan offset 4L, 0.0, 1.0e6)

            if dtype = DType.Float32 then
                agrees h

[<Fact>]
let ``the size of such shapes is computed without allocating them`` () =
    for spec, dims, fan in claimed do
        let struct (bytes, law) =
            allocating (fun () -> Distribution.resolve spec (shapeOf dims) fan |> ok)

        Assert.True(bytes < (1L <<< 26), $"{SpecText.toText spec} of {dims}: {bytes} bytes")
        Assert.True(Double.IsFinite law.Mean && Double.IsFinite(Distribution.stddev law))

[<Fact>]
let ``the moments of a formula's numbers are those of the numbers`` () =
    for formula in
        [ NumberFormula.Bilinear [ 1L ]
          NumberFormula.Bilinear [ 2L ]
          NumberFormula.Bilinear [ 7L; 4L ]
          NumberFormula.Bilinear [ 1000L; 33L ]
          for side in [ StftSide.Real; StftSide.Imaginary ] do
              for frame, bins in [ 1L, 2L; 16L, 9L; 37L, 12L; 100L, 3L ] do
                  NumberFormula.Stft(side, StftWindow.Hamming, true, 1.75, frame, 2L, bins) ] do
        let count = NumberFormulas.count formula
        let number = NumberFormulas.number 0L formula
        let numbers = Array.init (int count) (int64 >> number)
        let tabled = NumberFormulas.number count formula
        Assert.Equal<float[]>(numbers, Array.init (int count) (int64 >> tabled))

        NumberFormulas.powers formula
        |> Array.iteri (fun i power ->
            let expected = numbers |> Array.averageBy (fun x -> pown x (i + 1))
            Assert.Equal(expected, power, 1.0e-13))

        let struct (low, high) = NumberFormulas.bounds formula
        Assert.All(numbers, fun x -> Assert.InRange(x, low, high))

        match formula with
        | NumberFormula.Bilinear _ -> Assert.Equal(struct (low, high), struct (Array.min numbers, Array.max numbers))
        | NumberFormula.Stft _
        | NumberFormula.Indexed _ -> ()

[<Fact>]
let ``a batch is written a few matrices at a time, with the bits of one slice`` () =
    let dims = [ 9L; 400L; 400L ]
    let length = 9L * 400L * 400L

    let request: Initializers.FSharp.ArrayRequest =
        { Spec = Spec.batched 1 (Spec.orthogonal 1.0)
          Shape = shapeOf dims
          Fan = Fan.Unknown
          Storage = Storage.Float DType.Float64
          Device = Device.Cpu
          Seed = seed
          Stream = None
          Slice = Some(3L, length - 7L)
          Box = None }

    use stream = new MemoryStream()
    let written = Output.raw stream request CancellationToken.None |> ok
    Assert.Equal(length - 7L, written)
    let expected = Array.zeroCreate<byte>(int written * 8)

    Initialize.fillBytes (Span expected, DType.Float64, 3L, request.Shape, request.Fan, seed, request.Spec)
    |> ok

    Assert.True(stream.ToArray().AsSpan().SequenceEqual(ReadOnlySpan expected))

let private verify (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Verification.ofStream "x.safetensors" stream Device.Cpu (fun _ _ -> ()) CancellationToken.None

/// A file that claims to be a slice of a tensor of this shape.
let private claiming (spec: string) (shape: string) (fan: (string * string) list) =
    let metadata =
        [ "bits", string Plan.bitsVersion
          "seed", "1"
          "spec:w", spec
          "shape:w", shape
          "offset:w", "0" ]
        @ fan

    Array.append
        (Safetensors.header metadata [ "w", Storage.Float DType.Float32, shapeOf [ 4L ] ])
        (Array.zeroCreate 16)

[<Fact>]
let ``a small file that claims a huge tensor is verified, or refused, by its own size`` () =
    for spec, shape, fan in
        [ "dirac", "2097152,1048576,2097152", [ "fan:w", "layout=in,spatial,out" ]
          "batched(axes=1, inner=orthogonal)", "1000000000,2,2", []
          "bilinear", "1,1,20000000", []
          "identity", "3000000000,3000000000", []
          "sparse(sparsity=0.5, inner=ones)", "300,18014398509481984", [] ] do
        let file = ok (verify (claiming spec shape fan))
        Assert.Equal(4L, file.Values)

    for spec, shape in
        [ "orthogonal", "4611686018427387904,1"
          "orthogonal", "288230376151711744,16"
          "orthogonal", "100000000,1000000"
          "delta_orthogonal", "4611686018427387904,1,1" ] do
        Assert.Equal<string list>([ "workspace-exceeded" ], codes (verify (claiming spec shape [])))
