/// Tensors without elements: nothing is drawn, so a fan of 0 is allowed; all other faults are reported.
module Initializers.Properties.EmptyTensorTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// A shape of 2 to 5 axes of which one at least is 0, with a layout that reads it.
type EmptyShape = EmptyShape of Shape * Layout

/// A spec that divides by a fan, or that fills a matrix or a kernel.
type Filler = Filler of Spec

type EmptyGenerators =
    static member EmptyShape() =
        gen {
            let! rank = Gen.choose (2, 5)
            let! dims = Gen.listOfLength rank (Gen.choose (0, 4) |> Gen.map int64)
            let! empty = Gen.choose (0, rank - 1)

            let! layout =
                Gen.elements
                    [ if rank = 2 then
                          Layout.OutIn
                          Layout.InOut
                      Layout.OutInSpatial
                      Layout.SpatialInOut ]

            return EmptyShape(shapeOf (List.updateAt empty 0L dims), layout)
        }
        |> Arb.fromGen

    static member Filler() =
        gen {
            let! mode = Gen.elements modes
            let! family = Gen.elements distributions

            return!
                Gen.elements
                    [ Spec.varianceScaling 2.0 mode family
                      Spec.FanUniform(6.0, mode, 0.5, 1.0)
                      Spec.FanUniform(1.0e9, mode, -1.0, 1.0)
                      Spec.siren 30.0
                      Spec.firstLayerSiren
                      Spec.glorot 2.0 family |> Spec.scale 0.5 |> Spec.clip -1.0 1.0
                      Spec.orthogonal 1.0
                      Spec.identity 1.0
                      Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.SpatialInOut
                      Spec.varianceScaling 2.0 mode family |> Spec.axisFans [ 0 ] [ -1 ] ]
        }
        |> Gen.map Filler
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<Generators>; typeof<EmptyGenerators> |], MaxTest = 500)>]
let ``every fan law and matrix takes a shape without elements, in every layout and dtype``
    (EmptyShape(shape, layout))
    (Filler spec)
    (dtype: DType)
    =
    use tensor =
        Initialize.tensor { Target.cpu with DType = dtype } shape (Fan.From layout) (Seed.ofUInt64 1UL) spec
        |> ok

    tensor.Length = 0L

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``a batch of no tensors may have a fan of 0 in each, and one of some may not`` (mode: FanMode) (dtype: DType) =
    let law = Spec.batched 1 (Spec.varianceScaling 2.0 mode DistributionFamily.Normal)
    let axes = law |> Spec.axisFans [ 0 ] [ 0 ] |> Spec.scale 1.0

    let resolve spec fan dims =
        Plan.resolve spec (shapeOf dims) fan dtype

    (resolve axes Fan.Unknown [ 0L; 3L; 2L ]).IsOk
    && (resolve law (Fan.Of(0.0, 0.0)) [ 0L; 3L; 2L ]).IsOk
    && (resolve law (Fan.Of(0.0, 0.0)) [ 1L; 3L; 2L ]).IsError

[<Property(Arbitrary = [| typeof<Generators>; typeof<EmptyGenerators> |])>]
let ``roles of axes and fans as numbers may be 0 too`` (EmptyShape(shape, _)) (Filler spec) =
    let roles =
        FanAxes.ofRoles (
            List.init shape.Rank (fun i ->
                if i = 0 then FanAxis.In
                elif i = 1 then FanAxis.Out
                else FanAxis.Stack)
        )

    [ Fan.Axes roles; Fan.Of(0.0, 3.0); Fan.Of(0.0, 0.0) ]
    |> List.forall (fun fan -> (Plan.resolve spec shape fan DType.Float16).IsOk)

let private resolve spec dims fan =
    Plan.resolve spec (shapeOf dims) fan DType.Float32

[<Fact>]
let ``a delta-orthogonal kernel without outputs has no more inputs than it can have`` () =
    let kernel = Spec.deltaOrthogonal 1.0

    for dims, fan in
        [ [ 0L; 3L; 3L ], Fan.Unknown
          [ 0L; 0L; 3L ], Fan.Unknown
          [ 3L; 3L; 0L ], Fan.From Layout.SpatialInOut
          [ 3L; 2L; 0L ], Fan.Unknown ] do
        Assert.True((resolve kernel dims fan).IsOk)

    // These inputs exceed the outputs whatever the field is.
    Assert.Equal<string list>([ "inputs-exceed-outputs" ], codes (resolve kernel [ 2L; 3L; 0L ] Fan.Unknown))

[<Fact>]
let ``a tensor without elements excuses no other fault`` () =
    for spec, dims, fan, expected in
        [ Spec.heNormal, [ 5L; 0L ], Fan.Unknown, [ "fan-missing" ]
          Spec.heNormal, [ 5L; 0L ], Fan.Out 5.0, [ "fan-missing" ]
          Spec.heNormal, [ 5L; 0L ], Fan.In -1.0, [ "fan-not-positive" ]
          Spec.heNormal, [ 5L; 0L ], Fan.In nan, [ "fan-not-positive" ]
          Spec.heNormal, [ 5L; 0L; 2L ], Fan.From Layout.OutIn, [ "layout-rank" ]
          Spec.heNormal, [ 5L; 1L ], Fan.In 0.0, [ "fan-not-positive" ]
          Spec.varianceScaling -1.0 FanMode.FanIn DistributionFamily.Normal,
          [ 5L; 0L ],
          Fan.From Layout.OutIn,
          [ "scale-not-positive" ]
          Spec.FanUniform(nan, FanMode.FanIn, 0.5, 1.0), [ 5L; 0L ], Fan.From Layout.OutIn, [ "not-finite" ]
          Spec.orthogonal nan, [ 5L; 0L ], Fan.Unknown, [ "not-finite" ]
          Spec.orthogonal 1.0, [ 0L ], Fan.Unknown, [ "rank-unsupported" ]
          Spec.heNormal |> Spec.axisFans [ 2 ] [ 0 ], [ 5L; 0L ], Fan.Unknown, [ "axis-out-of-range" ]
          Spec.dirac 2L, [ 5L; 0L; 3L ], Fan.Unknown, [ "not-a-multiple" ] ] do
        Assert.Equal<string * string list>(
            (SpecText.toText spec, expected),
            (SpecText.toText spec, codes (resolve spec dims fan))
        )

/// Mean and stddev are printed as -, and the distribution as the spec, since there are no elements.
[<Fact>]
let ``an explanation of a tensor without elements has no moments, and the spec as its law`` () =
    let json =
        """{"tensors": {"a": {"dtype": "F32", "shape": [0, 3, 3]}, "b": {"dtype": "BF16", "shape": [0, 3]},
                        "c": {"dtype": "F32", "shape": [0]}, "e": {"dtype": "F64", "shape": [5, 0]},
                        "i": {"dtype": "I64", "shape": [0]}},
            "rules": [{"pattern": "a", "spec": "dirac"}, {"pattern": "b", "spec": "sparse(sparsity=0.5)"},
                      {"pattern": "c", "spec": "lstm_bias"}, {"pattern": "i", "spec": "ones"},
                      {"pattern": "e", "layout": "oi", "spec": "kaiming_uniform(a=2)"}]}"""

    let explained =
        Blueprint.parseText "m" json
        |> Result.bind (Blueprint.plan None None)
        |> Result.bind (List.map Blueprint.explain >> fun all -> Ok(all |> List.map ok))
        |> ok

    for e in explained do
        Assert.True(Double.IsNaN e.Mean && Double.IsNaN e.Stddev, e.Entry.Name)

    Assert.Equal<(string * string) list>(
        [ "", "dirac(groups=1)"
          "", "sparse(sparsity=0.5, inner=normal(mean=0, stddev=0.01))"
          "", "lstm_bias(forget=1)"
          "fan_in=0", "variance_scaling(scale=0.4, mode=fan_in, distribution=uniform)"
          "", "ones" ],
        explained |> List.map (fun e -> e.Fan, e.Distribution)
    )

[<Fact>]
let ``dirac in groups is no identity, in any map`` () =
    let law (spec: Spec) =
        let tensor =
            { Entry =
                { Name = "w"
                  Shape = shapeOf [ 4L; 2L; 3L ]
                  Storage = Storage.Float DType.Float32 }
              Rule = Rule.ofGlob "*" spec
              Spec = spec
              Content = Content.Integers 0UL
              Tie = None }

        (ok (Blueprint.explain tensor)).Distribution

    Assert.Equal("dirac(groups=2)", law (Spec.dirac 2L))
    Assert.Equal("identity(gain=1)", law (Spec.dirac 1L))
    Assert.Equal("scale(factor=0.5, inner=dirac(groups=2))", law (Spec.dirac 2L |> Spec.scale 0.5))

    Assert.Equal(
        "shift(offset=1, inner=scale(factor=0.5, inner=dirac(groups=2)))",
        law (Spec.dirac 2L |> Spec.scale 0.5 |> Spec.shift 1.0)
    )

    Assert.Equal("shift(offset=1, inner=identity(gain=2))", law (Spec.identity 2.0 |> Spec.shift 1.0))
