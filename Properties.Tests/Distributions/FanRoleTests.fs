/// Fans by a role for each axis, against a count of the connections of grouped, strided and transposed convolutions.
module Initializers.Properties.FanRoleTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// Roles, each with a size.
type Roles = Roles of (FanAxis * int64) list

/// A convolution along one axis: channels of one group, groups, taps and stride.
type Convolution =
    { Ins: int
      Outs: int
      Groups: int
      Taps: int
      Stride: int }

type RoleGenerators =
    static member Roles() =
        Gen.zip (Gen.elements (Enum.GetValues<FanAxis>())) (Gen.choose (1, 9) |> Gen.map int64)
        |> Gen.listOf
        |> Gen.map (List.truncate 6 >> Roles)
        |> Arb.fromGen

    static member Convolution() =
        gen {
            let! ins = Gen.choose (1, 4)
            let! outs = Gen.choose (1, 4)
            let! groups = Gen.choose (1, 4)
            let! taps = Gen.choose (1, 5)
            let! stride = Gen.choose (1, 4)

            return
                { Ins = ins
                  Outs = outs
                  Groups = groups
                  Taps = taps
                  Stride = stride }
        }
        |> Arb.fromGen

    static member FanAxes() =
        gen {
            let! roles = Gen.nonEmptyListOf (Gen.elements (Enum.GetValues<FanAxis>()))
            let! groups = Gen.choose (-2, 9)
            let! stride = Gen.choose (-2, 9)
            let! transposed = Gen.elements [ true; false ]
            let axes = (FanAxes.ofRoles roles).WithGroups(int64 groups).WithStride(int64 stride)
            return if transposed then axes.Transposed() else axes
        }
        |> Arb.fromGen

/// The mean numbers of connections of an output and of an input, far from the ends of the signal. Output p of a
/// convolution reads the inputs stride*p + t for every tap t, within its group.
let private connections (c: Convolution) =
    let edges =
        [ for group in 0 .. c.Groups - 1 do
              for i in 0 .. c.Ins - 1 do
                  for o in 0 .. c.Outs - 1 do
                      for p in 0..40 do
                          for t in 0 .. c.Taps - 1 -> (group, i, c.Stride * p + t), (group, o, p) ]

    // A period of stride inputs has every phase once.
    let period = [ for phase in 0 .. c.Stride - 1 -> c.Stride * 20 + phase ]

    let ofOutput =
        edges
        |> List.filter (fun (_, output) -> output = (0, 0, 20))
        |> List.length
        |> float

    let ofInput =
        period
        |> List.averageBy (fun x ->
            edges
            |> List.filter (fun (input, _) -> input = (0, 0, x))
            |> List.length
            |> float)

    ofOutput, ofInput

let private same (a: float, b: float) (c: float, d: float) =
    abs (a - c) < 1.0e-12 * c && abs (b - d) < 1.0e-12 * d

[<Properties(Arbitrary = [| typeof<Generators>; typeof<RoleGenerators> |])>]
module Roles =
    [<Property>]
    let ``fans are the products of In and Spatial axes, and of Out and Spatial axes`` (Roles roles) =
        let product wanted =
            roles
            |> List.filter (fun (role, _) -> List.contains role wanted)
            |> List.fold (fun p (_, size) -> p * float size) 1.0

        let shape = shapeOf (List.map snd roles)

        Fan.ofAxes (FanAxes.ofRoles (List.map fst roles)) shape =
            Ok(product [ FanAxis.In; FanAxis.Spatial ], product [ FanAxis.Out; FanAxis.Spatial ])

    [<Property(MaxTest = 60)>]
    let ``a convolution's fans count its connections`` (c: Convolution) =
        let axes = FanAxes.ofRoles [ FanAxis.Out; FanAxis.In; FanAxis.Spatial ]

        let shape = shapeOf [ int64 (c.Outs * c.Groups); int64 c.Ins; int64 c.Taps ]

        let fans =
            Fan.ofAxes (axes.WithGroups(int64 c.Groups).WithStride(int64 c.Stride)) shape

        same (connections c) (ok fans)

    [<Property(MaxTest = 60)>]
    let ``a transposed convolution's fans are those of the convolution whose gradient it is, swapped``
        (c: Convolution)
        =
        let axes = FanAxes.ofRoles [ FanAxis.In; FanAxis.Out; FanAxis.Spatial ]

        let shape = shapeOf [ int64 (c.Outs * c.Groups); int64 c.Ins; int64 c.Taps ]

        let fans =
            Fan.ofAxes (axes.WithGroups(int64 c.Groups).WithStride(int64 c.Stride).Transposed()) shape

        let ofOutput, ofInput = connections c
        same (ofInput, ofOutput) (ok fans)

    [<Property>]
    let ``a layout is its roles`` (LayoutShape(layout, shape)) =
        let spatial = List.replicate (shape.Rank - 2) FanAxis.Spatial

        let roles =
            match layout with
            | Layout.OutIn
            | Layout.OutInSpatial -> FanAxis.Out :: FanAxis.In :: spatial
            | _ -> spatial @ [ FanAxis.In; FanAxis.Out ]

        Fan.ofShape layout shape = Fan.ofAxes (FanAxes.ofRoles roles) shape

    [<Property>]
    let ``stacking copies changes no fan`` (Roles roles) (copies: PositiveInt) =
        let fans roles =
            Fan.ofAxes (FanAxes.ofRoles (List.map fst roles)) (shapeOf (List.map snd roles))

        fans ((FanAxis.Stack, int64 copies.Get) :: roles) = fans roles

    [<Property>]
    let ``roles are read as they are written, and are values`` (axes: FanAxes) =
        FanAxes.parse (FanAxes.toText axes) = Ok axes
        && Fan.ofLayoutText (FanAxes.toText axes) = Ok(Fan.Axes axes)
        && axes.Equals(box axes)
        && axes.GetHashCode() = (FanAxes.parse (FanAxes.toText axes) |> ok).GetHashCode()
        && compare axes axes = 0

    [<Property>]
    let ``no text makes the readers throw`` (AnyText text) =
        match Fan.ofLayoutText text with
        | Ok _ -> true
        | Error faults -> faults = [ InitError.LayoutUnknown text ]

    [<Property>]
    let ``a text of a layout is that layout`` (layout: Layout) =
        Fan.ofLayoutText (Layout.toText layout) = Ok(Fan.From layout)

let private fans (text: string) dims =
    FanAxes.parse text |> Result.bind (fun axes -> Fan.ofAxes axes (shapeOf dims))

[<Fact>]
let ``fans of layers as they are`` () =
    for text, dims, expected in
        [ "stack,in,out", [ 8L; 256L; 1024L ], (256.0, 1024.0)
          "in,out,out", [ 768L; 12L; 64L ], (768.0, 768.0)
          "out,out,in", [ 12L; 64L; 768L ], (768.0, 768.0)
          // Depthwise: PyTorch's [64, 1, 3, 3], and Keras's [3, 3, 64, 1], whose third axis is no input of one output.
          "out,in,spatial,spatial,groups:64", [ 64L; 1L; 3L; 3L ], (9.0, 9.0)
          "spatial,spatial,stack,out", [ 3L; 3L; 64L; 1L ], (9.0, 9.0)
          // A 4 x 4 kernel of stride 2 along both axes: four taps meet in one output.
          "in,out,spatial,spatial,transposed,stride:4", [ 128L; 64L; 4L; 4L ], (512.0, 1024.0)
          "in,out,spatial,transposed,groups:4", [ 8L; 3L; 5L ], (10.0, 15.0)
          "out", [ 7L ], (1.0, 7.0) ] do
        Assert.Equal(Ok expected, fans text dims)

    let rankless: FanAxes = Unchecked.defaultof<FanAxes>
    Assert.Equal(Ok(1.0, 1.0), Fan.ofAxes rankless Shape.scalar)

[<Fact>]
let ``every fault of the form comes at once`` () =
    let codesOf text dims = fans text dims |> codes
    Assert.Equal<string list>([ "axes-rank" ], codesOf "out,in" [ 2L; 3L; 4L ])

    Assert.Equal<string list>(
        [ "axes-rank"; "not-positive"; "not-positive" ],
        codesOf "out,in,groups:0,stride:-1" [ 2L; 3L; 4L ]
    )

    Assert.Equal<string list>([ "groups-not-dividing" ], codesOf "out,in,groups:3" [ 8L; 3L ])
    Assert.Equal<string list>([ "groups-not-dividing" ], codesOf "in,out,transposed,groups:3" [ 8L; 3L ])
    Assert.Equal<string list>([], codesOf "out,in,groups:3" [ 0L; 3L ])

    for text in
        [ "outs"
          "out,,in"
          "out,groups:2,in"
          "out,in,groups:2,groups:3"
          "transposed"
          "out,in,groups:x"
          "out,in,groups"
          "" ] do
        Assert.Equal<string list>([ "layout-unknown" ], codes (FanAxes.parse text))

    Assert.Equal<string list>([ "layout-unknown" ], codes (Fan.ofAxes (FanAxes.Of(enum<FanAxis> 9)) (shapeOf [ 2L ])))

[<Fact>]
let ``a tensor by roles has the bits of one by its fans`` () =
    let tensor fan =
        use t =
            ok (Initialize.tensor Target.cpu (shapeOf [ 4L; 6L; 8L ]) fan (Seed.ofUInt64 7UL) Spec.heNormal)

        t.ToArray<float32>()

    Assert.Equal<float32[]>(tensor (Fan.In 6.0), tensor (Fan.Axes(FanAxes.Of(FanAxis.Stack, FanAxis.In, FanAxis.Out))))
