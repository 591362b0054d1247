/// Specs that put tensors together: bits against a naive reading, laws, faults.
module Initializers.Properties.CompositeTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Generators
open Initializers.Properties.CompositeGenerators

/// A spec, a shape that it fills, and how.
type Composite =
    { Spec: Spec
      Dims: int64 list
      Fan: Fan
      DType: DType
      Seed: Seed }

/// Whether a clip holds a value of the dtype: nested clips and scales may leave an interval that has none.
let private isDrawable (c: Composite) =
    match Plan.resolve c.Spec (shapeOf c.Dims) c.Fan c.DType with
    | Error faults ->
        faults
        |> List.exists (function
            | InitError.ClipTooNarrow _
            | InitError.IntervalTooNarrow _ -> false
            | _ -> true)
    | Ok _ -> true

type Composites =
    static member Composite() =
        gen {
            let! depth = Gen.choose (0, 3)
            let! spec, dims = composite depth
            let! seed = seed
            let! dtype = Gen.elements dtypes

            return
                { Spec = spec
                  Dims = dims
                  Fan = Fan.Of(64.0, 16.0)
                  DType = dtype
                  Seed = seed }
        }
        |> Gen.where isDrawable
        |> Arb.fromGen

let private matrix dtype (seed: Seed) (rows: int64) (columns: int64) gain : uint64[] =
    let size = DType.size dtype
    let bytes = Array.zeroCreate<byte>(int (rows * columns) * size + 1)
    use p = fixed bytes
    Orthogonal.Write(dtype, seed, gain, rows, columns, NativePtr.toNativeInt p)

    Array.init (int (rows * columns)) (fun i ->
        match size with
        | 2 -> uint64 (BitConverter.ToUInt16(bytes, 2 * i))
        | 4 -> uint64 (BitConverter.ToUInt32(bytes, 4 * i))
        | _ -> BitConverter.ToUInt64(bytes, 8 * i))

/// Elements [offset, offset + count) as bits.
let private drawn (c: Composite) (offset: int64) (count: int64) : uint64[] =
    let size = DType.size c.DType
    let bytes = Array.zeroCreate<byte>(int count * size)

    Initialize.fillBytes (Span bytes, c.DType, offset, shapeOf c.Dims, c.Fan, c.Seed, c.Spec)
    |> ok

    Array.init (int count) (fun i ->
        match size with
        | 2 -> uint64 (BitConverter.ToUInt16(bytes, 2 * i))
        | 4 -> uint64 (BitConverter.ToUInt32(bytes, 4 * i))
        | _ -> BitConverter.ToUInt64(bytes, 8 * i))

[<Properties(Arbitrary = [| typeof<Composites> |], MaxTest = 400)>]
module Properties =
    [<Property>]
    let ``bits are those of a naive reading, whole and in any slice`` (c: Composite) (a: PositiveInt) (b: PositiveInt) =
        let shape = shapeOf c.Dims

        match Plan.distribution c.Spec shape c.Fan with
        | Error faults -> failwith $"%A{faults}"
        | Ok law ->
            let expected = ReferenceComposite.tensor matrix law c.DType c.Seed shape.Length
            let offset = int64 a.Get % (shape.Length + 1L)
            let count = int64 b.Get % (shape.Length - offset + 1L)

            drawn c 0L shape.Length = expected
            && drawn c offset count = Array.sub expected (int offset) (int count)

    [<Property>]
    let ``text and JSON give an equal spec`` (c: Composite) =
        SpecText.parse (SpecText.toText c.Spec) = Ok c.Spec
        && SpecJson.parse (SpecJson.toJson c.Spec) = Ok c.Spec

    /// Whether the whole distribution is known, and quick to compute: a sum's is an integral.
    let private isQuick (c: Composite) (law: Distribution) =
        not ((SpecText.toText c.Spec).Contains("sum(", StringComparison.Ordinal))
        && not (Double.IsNaN(law.Cdf 0.0))

    [<Property(MaxTest = 30)>]
    let ``mean and variance of a distribution are those of its quantile function`` (c: Composite) =
        let law = ok (Distribution.resolve c.Spec (shapeOf c.Dims) c.Fan)
        let n = 4000

        let points =
            if isQuick c law then
                Array.init n (fun i -> law.Quantile((float i + 0.5) / float n))
            else
                [| 0.0 |]

        let mean = Array.average points
        let variance = points |> Array.averageBy (fun x -> (x - mean) ** 2.0)
        // A point may fall to either side of a jump; each is 1/n of the whole.
        let struct (low, high) = law.Support

        let width = if Double.IsFinite(high - low) then high - low else 0.0

        let jump = width / float n

        // The midpoint rule misses what lies beyond the outermost points of an unbounded law.
        (shapeOf c.Dims).Length = 0L
        || not (isQuick c law)
        || abs (mean - law.Mean) <= 2.0e-3 * (1.0 + Distribution.stddev law) + 2.0 * jump
           && abs (variance - law.Variance)
              <= 3.0e-2 * law.Variance + 2.0 * jump * width + 1.0e-12

    [<Property(MaxTest = 100)>]
    let ``a quantile is the least value that the distribution function takes to p`` (c: Composite) (n: PositiveInt) =
        let law = ok (Distribution.resolve c.Spec (shapeOf c.Dims) c.Fan)
        let p = float (n.Get % 999 + 1) / 1000.0

        (shapeOf c.Dims).Length = 0L
        || not (isQuick c law)
        || (let x = law.Quantile p
            let slack = 1.0e-9

            law.Cdf(x + 1.0e-9 * (1.0 + abs x)) >= p - slack
            && law.Cdf(x - 1.0e-9 * (1.0 + abs x)) <= p + slack)

[<Fact>]
let ``scale, shift and clip of a distribution give the bits of the equivalent parameters`` () =
    let values spec = floats spec [ 1000L ] Fan.Unknown

    Assert.Equal<float32[]>(values (Spec.normal 0.0 0.5), values (Spec.normal 0.0 1.0 |> Spec.scale 0.5))

    Assert.Equal<float32[]>(
        values (Spec.uniform 1.0 2.0),
        values (Spec.uniform 0.0 1.0 |> Spec.scale 2.0 |> Spec.shift 2.0 |> Spec.scale 0.5)
    )

    let normal = values (Spec.normal 0.0 1.0)
    Assert.Equal<float32[]>(Array.map (~-) normal, values (Spec.normal 0.0 1.0 |> Spec.scale -1.0))

    Assert.Equal<float32[]>(
        normal |> Array.map (fun x -> max -0.5f (min 0.25f x)),
        values (Spec.normal 0.0 1.0 |> Spec.clip -0.5 0.25)
    )

[<Fact>]
let ``parts of a stack are the tensors of the parts' shapes, element for element where one distribution fills all`` () =
    let fused =
        Spec.stacked 0 [ 8L, Spec.heNormal; 4L, Spec.zeros; 4L, Spec.heNormal |> Spec.scale 0.5 ]

    let whole = floats fused [ 16L; 32L ] (Fan.From Layout.InOut)
    let first = floats Spec.heNormal [ 8L; 32L ] (Fan.From Layout.InOut)
    Assert.Equal<float32[]>(first, Array.sub whole 0 (8 * 32))
    Assert.All(Array.sub whole (8 * 32) (4 * 32), (fun x -> Assert.Equal(0.0f, x)))
    let last = Array.sub whole (12 * 32) (4 * 32)
    // fan_in is the part's own, 4, not the whole's 16: stddev 0.5 * sqrt(2/4); 128 values, 5 sigma.
    let stddev = sqrt (last |> Array.averageBy (fun x -> float x * float x))
    Assert.InRange(stddev, 0.354 * (1.0 - 5.0 / 16.0), 0.354 * (1.0 + 5.0 / 16.0))

/// A convolution of stride 1 with zeros around: output o at a place.
let private convolve (weights: float32[]) (dims: int64 list) (input: float32[,,]) groups o (y, x) =
    match dims |> List.map int with
    | [ outputs; inputs; h; w ] ->
        let group = o / (outputs / groups)
        let mutable sum = 0.0f

        for i in 0 .. inputs - 1 do
            for a in 0 .. h - 1 do
                for b in 0 .. w - 1 do
                    let row, column = y + a - h / 2, x + b - w / 2

                    if
                        row >= 0
                        && column >= 0
                        && row < Array3D.length2 input
                        && column < Array3D.length3 input
                    then
                        sum <-
                            sum
                            + weights[((o * inputs + i) * h + a) * w + b]
                              * input[group * inputs + i, row, column]

        sum
    | _ -> failwith "rank"

[<Theory>]
[<InlineData(1, 4, 4, 3, 3)>]
[<InlineData(2, 6, 3, 3, 5)>]
[<InlineData(4, 8, 2, 1, 4)>]
[<InlineData(3, 12, 4, 2, 2)>]
let ``dirac passes its input through, in each group`` (groups: int) (outputs: int) (inputs: int) (h: int) (w: int) =
    let dims = [ int64 outputs; int64 inputs; int64 h; int64 w ]
    let weights = floats (Spec.dirac (int64 groups)) dims Fan.Unknown
    let random = Random 5

    let input =
        Array3D.init (inputs * groups) 6 7 (fun _ _ _ -> float32 (random.NextDouble()))

    for o in 0 .. outputs - 1 do
        let perGroup = outputs / groups

        for place in [ 0, 0; 2, 3; 5, 6 ] do
            let expected =
                if o % perGroup < inputs then
                    input[o / perGroup * inputs + o % perGroup, fst place, snd place]
                else
                    0.0f

            Assert.Equal(expected, convolve weights dims input groups o place)

[<Fact>]
let ``layouts with channels last have the same kernels, transposed`` () =
    for spec in [ Spec.dirac 2L; Spec.identity 0.5; Spec.bilinear ] do
        let first = floats spec [ 4L; 3L; 5L; 2L ] (Fan.From Layout.OutInSpatial)
        let last = floats spec [ 5L; 2L; 3L; 4L ] (Fan.From Layout.SpatialInOut)

        for o in 0..3 do
            for i in 0..2 do
                for a in 0..4 do
                    for b in 0..1 do
                        Assert.Equal(first[((o * 3 + i) * 5 + a) * 2 + b], last[((a * 2 + b) * 3 + i) * 4 + o])

[<Theory>]
[<InlineData(10, 7, 0.1)>]
[<InlineData(100, 33, 0.3)>]
[<InlineData(5, 3, 0.5)>]
[<InlineData(1000, 200, 0.999)>]
[<InlineData(4, 1000, 1.0)>]
let ``sparse has ceil (sparsity rows) zeros in every column, and the inner law elsewhere``
    (rows: int)
    (columns: int)
    (sparsity: float)
    =
    let inner = Spec.normal 0.0 0.01
    let dims = [ int64 rows; int64 columns ]
    let values = floats (Spec.sparse sparsity inner) dims Fan.Unknown
    let dense = floats inner dims Fan.Unknown

    for c in 0 .. columns - 1 do
        let column = Array.init rows (fun r -> values[r * columns + c])

        Assert.Equal(
            int (Math.Ceiling(sparsity * float rows)),
            column |> Array.filter (fun x -> x = 0.0f) |> Array.length
        )

    Array.iter2 (fun v d -> Assert.True((v = 0.0f || v = d))) values dense

[<Fact>]
let ``bilinear kernels are those of MXNet and Caffe`` () =
    // weight[y][x] = (1 - |x/f - c|) (1 - |y/f - c|), f = ceil(k/2), c = (2f - 1 - f % 2)/(2f), by hand for k = 4.
    let row = [| 0.25f; 0.75f; 0.75f; 0.25f |]
    let kernel = floats Spec.bilinear [ 1L; 1L; 4L; 4L ] Fan.Unknown

    Assert.Equal<float32[]>(
        [| for y in row do
               for x in row -> y * x |],
        kernel
    )

[<Fact>]
let ``an LSTM's bias is forget in the second quarter`` () =
    Assert.Equal<float32[]>(
        [| 0.0f; 0.0f; 1.0f; 1.0f; 0.0f; 0.0f; 0.0f; 0.0f |],
        floats (Spec.lstmBias 1.0) [ 8L ] Fan.Unknown
    )

[<Fact>]
let ``depth and width scales are their papers'`` () =
    let factor spec =
        match spec with
        | Spec.Scale(factor, _) -> factor
        | _ -> nan

    Assert.Equal(1.0 / sqrt 24.0, factor (Spec.residual 12 Spec.ones), 15)
    Assert.Equal(Math.Pow(96.0, -0.25), factor (Spec.deepNorm 12 Spec.ones), 15)
    Assert.Equal(0.67 * Math.Pow(6.0, -0.25), factor (Spec.tFixupEncoder 6 Spec.ones), 15)
    Assert.Equal(Math.Pow(54.0, -0.25), factor (Spec.tFixupDecoder 6 Spec.ones), 15)
    Assert.Equal(0.25, factor (Spec.widthScaled 16.0 Spec.ones), 15)

[<Fact>]
let ``clips that meet leave the number where they do, if the dtype has it`` () =
    for spec in
        [ Spec.normal 0.0 1.0
          Spec.orthogonal 1.0
          Spec.stacked 0 [ 2L, Spec.ones; 2L, Spec.heNormal ] ] do
        Assert.Equal<float32[]>(
            Array.create 12 0.125f,
            floats (spec |> Spec.clip 0.125 0.7 |> Spec.clip -infinity 0.125) [ 4L; 3L ] (Fan.In 3.0)
        )

        match
            Plan.resolve
                (spec |> Spec.clip 0.1 0.7 |> Spec.clip -infinity 0.1)
                (shapeOf [ 4L; 3L ])
                (Fan.In 3.0)
                DType.Float32
        with
        | Error(InitError.ClipTooNarrow(0.1, 0.1, DType.Float32) :: _) -> ()
        | other -> failwith $"{other}"

[<Fact>]
let ``sparse does not reuse the words of its inner spec`` () =
    // The smallest of the same words would take the same elements, and of Gaussians the negative ones.
    let nested =
        floats (Spec.ones |> Spec.sparse 0.5 |> Spec.sparse 0.5) [ 1000L; 50L ] Fan.Unknown
    // 50,000 elements, a quarter of them left, but for each column's own counts: 20 standard deviations at least.
    Assert.InRange(Array.average nested, 0.21f, 0.29f)

    let column =
        floats (Spec.orthogonal 1.0 |> Spec.sparse 0.5) [ 200L; 1L ] Fan.Unknown

    let left = column |> Array.filter (fun x -> x <> 0.0f)
    Assert.Equal(100, left.Length)
    // Of 100 fair signs: 5 standard deviations.
    Assert.InRange(left |> Array.filter (fun x -> x > 0.0f) |> Array.length, 25, 75)

[<Fact>]
let ``a gain may be a nonlinearity`` () =
    for text, spec in
        [ "orthogonal(gain=relu)", Spec.orthogonal (sqrt 2.0)
          "identity(relu)", Spec.identity (sqrt 2.0)
          "delta_orthogonal(gain=linear)", Spec.deltaOrthogonal 1.0 ] do
        Assert.Equal((text, Ok spec), (text, SpecText.parse text))
