/// Matrices and kernels by a role for each axis, in any order of the axes.
module Initializers.Properties.ArrangementTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.CompositeGenerators

/// A spec that reads roles, roles of a shape that it fills, with sizes, and a part of the tensor.
type Arranged =
    { Spec: Spec
      Axes: (FanAxis * int64) list
      DType: DType
      Seed: Seed
      Part: float * float }

type ArrangedGenerators =
    static member Arranged() =
        gen {
            let! spec =
                Gen.elements
                    [ Spec.orthogonal 1.5
                      Spec.deltaOrthogonal 1.0
                      Spec.dirac 1L
                      Spec.dirac 2L
                      Spec.identity -0.5
                      Spec.bilinear
                      Spec.orthogonal 1.0 |> Spec.scale 2.0 |> Spec.shift 0.25 ]

            let size = Gen.choose (1, 3) |> Gen.map int64

            let axes role most =
                Gen.choose (0, most)
                |> Gen.bind (fun n -> Gen.listOfLength n (size |> Gen.map (fun d -> role, d)))

            let! stacks = axes FanAxis.Stack 2
            let! outs = axes FanAxis.Out 1
            let! ins = axes FanAxis.In 1
            // Five axes are delta_orthogonal's most, stacks aside.
            let! field = axes FanAxis.Spatial (if outs.Length + ins.Length > 1 then 0 else 1)
            // As many outputs as delta_orthogonal's inputs and dirac's groups want, and axes enough for all.
            let! outs = Gen.constant ((FanAxis.Out, 6L) :: outs)

            let! all =
                Gen.shuffle (stacks @ outs @ (FanAxis.In, 2L) :: ins @ (FanAxis.Spatial, 3L) :: field)

            let! dtype = Gen.elements dtypes
            let! seed = seed
            let! a = Gen.choose (0, 100)
            let! b = Gen.choose (0, 100)

            return
                { Spec = spec
                  Axes = List.ofArray all
                  DType = dtype
                  Seed = seed
                  Part = float a / 100.0, float b / 100.0 }
        }
        |> Arb.fromGen

/// Elements [offset, offset + count) as bytes.
let private bytes (dtype: DType) seed (axes: (FanAxis * int64) list) spec offset count =
    let bytes = Array.zeroCreate<byte>(int count * DType.size dtype)

    Initialize.fillBytes (
        Span bytes,
        dtype,
        offset,
        shapeOf (List.map snd axes),
        Fan.Axes(FanAxes.ofRoles (List.map fst axes)),
        seed,
        spec
    )
    |> ok

    bytes

let private whole (r: Arranged) axes =
    bytes r.DType r.Seed axes r.Spec 0L (axes |> List.fold (fun n (_, d) -> n * d) 1L)

/// Elements of a tensor whose axis j is axis order[j] of the one that is wanted.
let private transposed size (dims: int64 list) (order: int list) (made: byte[]) : byte[] =
    let dims, order = Array.ofList dims, Array.ofList order
    let inner = order |> Array.map (fun axis -> dims[axis])

    let coordinates (sizes: int64[]) (s: int64) =
        Array.mapFoldBack (fun d left -> left % d, left / d) sizes s |> fst

    let result = Array.zeroCreate<byte> made.Length

    for s in 0L .. int64 (made.Length / size) - 1L do
        let from = coordinates inner s
        let at = Array.zeroCreate<int64> dims.Length
        order |> Array.iteri (fun j axis -> at[axis] <- from[j])
        let target = Array.fold2 (fun sum d c -> sum * d + c) 0L dims at
        Array.blit made (int s * size) result (int target * size) size

    result

let private isOrthogonal spec =
    match spec with
    | Spec.Orthogonal _
    | Spec.Shift _ -> true
    | _ -> false

/// The order in which docs/bits.md says that a tensor is made.
let private made spec (axes: (FanAxis * int64) list) : int list =
    let places keep =
        axes
        |> List.indexed
        |> List.filter (fun (_, (role, _)) -> keep role)
        |> List.map fst

    let stacks, outs = places ((=) FanAxis.Stack), places ((=) FanAxis.Out)
    let ins, field = places ((=) FanAxis.In), places ((=) FanAxis.Spatial)

    if isOrthogonal spec then
        let rest = places (fun role -> role = FanAxis.In || role = FanAxis.Spatial)

        stacks
        @ (if List.max rest < List.min outs then
               rest @ outs
           else
               outs @ rest)
    elif List.max field < List.min ins && List.max ins < List.min outs then
        stacks @ field @ ins @ outs
    else
        stacks @ outs @ ins @ field

[<Properties(Arbitrary = [| typeof<ArrangedGenerators> |], MaxTest = 300)>]
module Properties =
    [<Property>]
    let ``axes in another order are the same tensor, transposed`` (r: Arranged) =
        let order = made r.Spec r.Axes
        let canonical = order |> List.map (fun axis -> r.Axes[axis])

        whole r r.Axes = transposed (DType.size r.DType) (List.map snd r.Axes) order (whole r canonical)

    [<Property>]
    let ``a part is that of the whole`` (r: Arranged) =
        let all = whole r r.Axes
        let size = DType.size r.DType
        let length = all.Length / size
        let a, b = r.Part
        let offset = int (a * float length)
        let count = int (b * float (length - offset))

        bytes r.DType r.Seed r.Axes r.Spec (int64 offset) (int64 count) = Array.sub all (offset * size) (count * size)

    [<Property>]
    let ``leading stack axes are a batch`` (r: Arranged) =
        let stacks, own = r.Axes |> List.partition (fun (role, _) -> role = FanAxis.Stack)
        let axes = stacks @ own

        stacks.IsEmpty
        || whole r axes =
            whole
                { r with
                    Spec = Spec.batched stacks.Length r.Spec }
                axes

    [<Property>]
    let ``text and moments are there for any order`` (r: Arranged) =
        let law axes =
            Distribution.resolve r.Spec (shapeOf (List.map snd axes)) (Fan.Axes(FanAxes.ofRoles (List.map fst axes)))
            |> ok

        let one = law r.Axes
        let other = law (made r.Spec r.Axes |> List.map (fun axis -> r.Axes[axis]))

        abs (one.Mean - other.Mean) < 1.0e-12
        && abs (one.Variance - other.Variance) < 1.0e-12

[<Fact>]
let ``a layout has the bits of its roles`` () =
    for layout, text, dims in
        [ Layout.OutIn, "out,in", [ 6L; 4L ]
          Layout.InOut, "in,out", [ 6L; 6L ]
          Layout.OutInSpatial, "out,in,spatial,spatial", [ 6L; 4L; 3L; 2L ]
          Layout.SpatialInOut, "spatial,spatial,in,out", [ 3L; 2L; 4L; 6L ] ] do
        for spec in
            [ Spec.orthogonal 1.0
              Spec.identity 2.0
              if dims.Length > 2 then
                  Spec.deltaOrthogonal 1.0
                  Spec.dirac 2L
                  Spec.bilinear ] do
            Assert.Equal<float32[]>(
                floats spec dims (Fan.From layout),
                floats spec dims (Fan.Axes(ok (FanAxes.parse text)))
            )

[<Fact>]
let ``heads multiply to one side of an orthogonal matrix`` () =
    // [heads, head size, model] by rows, [model, heads, head size] by columns, [heads, model, head size] neither.
    for text, dims, row in
        [ "out,out,in", [ 4L; 8L; 32L ], (fun o i -> o * 32 + i)
          "in,out,out", [ 32L; 4L; 8L ], (fun o i -> i * 32 + o)
          "out,in,out", [ 4L; 32L; 8L ], (fun o i -> (o / 8 * 32 + i) * 8 + o % 8) ] do
        let values = floats (Spec.orthogonal 1.0) dims (Fan.Axes(ok (FanAxes.parse text)))

        for a in 0..31 do
            for b in 0..31 do
                let dot =
                    Seq.sum (seq { for i in 0..31 -> float values[row a i] * float values[row b i] })

                Assert.Equal((if a = b then 1.0 else 0.0), dot, 1.0e-6)

[<Fact>]
let ``a transposed convolution's dirac passes its input through`` () =
    // [in, out, k, k]: input i goes to output i by the centre alone.
    let axes = ok (FanAxes.parse "in,out,spatial,spatial,transposed")
    let values = floats (Spec.dirac 1L) [ 3L; 5L; 3L; 3L ] (Fan.Axes axes)

    for i in 0..2 do
        for o in 0..4 do
            for place in 0..8 do
                let expected = if i = o && place = 4 then 1.0f else 0.0f
                Assert.Equal(expected, values[(i * 5 + o) * 9 + place])

[<Fact>]
let ``Keras's depthwise kernels have an identity in each channel`` () =
    let values =
        floats (Spec.identity 1.0) [ 3L; 3L; 8L; 1L ] (Fan.Axes(ok (FanAxes.parse "spatial,spatial,stack,out")))

    Assert.Equal<float32[]>(Array.init (9 * 8) (fun i -> if i / 8 = 4 then 1.0f else 0.0f), values)

[<Fact>]
let ``faults of roles are reported together with the spec's`` () =
    for spec, dims, roles, expected in
        [ Spec.orthogonal nan, [ 2L; 2L ], "out,in,spatial", [ "not-finite"; "axes-rank" ]
          Spec.orthogonal 1.0, [ 2L; 2L ], "stack,out", [ "rank-unsupported" ]
          Spec.deltaOrthogonal 1.0, [ 2L; 2L; 2L ], "stack,out,in", [ "rank-unsupported" ]
          Spec.deltaOrthogonal 1.0, [ 2L; 3L; 2L ], "out,in,spatial", [ "inputs-exceed-outputs" ]
          Spec.dirac 3L, [ 3L; 2L; 2L ], "in,out,spatial", [ "not-a-multiple" ]
          Spec.dirac 0L, [ 3L; 2L; 2L ], "in,out,spatial,groups:-1", [ "not-positive"; "not-positive" ] ] do
        let faults =
            Plan.resolve spec (shapeOf dims) (Fan.Axes(ok (FanAxes.parse roles))) DType.Float32

        Assert.Equal<string list>(expected, codes faults)
