/// Faults of composite specs, and their texts.
module Initializers.Properties.CompositeFaultTests

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

let private refused: (Spec * int64 list * string list) list =
    [ Spec.orthogonal 1.0, [ 5L ], [ "rank-unsupported" ]
      Spec.orthogonal nan, [], [ "not-finite"; "rank-unsupported" ]
      Spec.deltaOrthogonal 1.0, [ 3L; 4L; 3L ], [ "inputs-exceed-outputs" ]
      Spec.deltaOrthogonal 1.0, [ 3L; 3L ], [ "rank-unsupported" ]
      Spec.deltaOrthogonal 1.0, [ 1L; 1L; 1L; 1L; 1L; 1L ], [ "rank-unsupported" ]
      Spec.dirac 3L, [ 4L; 4L; 3L ], [ "not-a-multiple" ]
      Spec.dirac 0L, [ 4L; 4L ], [ "not-positive"; "rank-unsupported" ]
      Spec.identity infinity, [ 2L; 2L ], [ "not-finite" ]
      Spec.sparse 1.5 (Spec.normal 0.0 -1.0), [ 2L; 2L ], [ "out-of-range"; "stddev-negative" ]
      Spec.sparse nan Spec.ones, [ 2L ], [ "out-of-range"; "rank-unsupported" ]
      Spec.bilinear, [ 2L; 2L ], [ "rank-unsupported" ]
      Spec.lstmBias 1.0, [ 6L ], [ "not-a-multiple" ]
      Spec.lstmBias nan, [ 2L; 4L ], [ "not-finite"; "rank-unsupported" ]
      Spec.literal [ 2L ] [ 1.0; 2.0 ], [ 3L ], [ "literal-shape" ]
      Spec.literal [ 2L ] [ 1.0 ], [ 2L ], [ "literal-length" ]
      Spec.literal [ 1L ] [ nan ], [ 1L ], [ "not-finite" ]
      Spec.mask [ 3L ] [ 1.0; 0.0; 1.0 ] Spec.ones, [ 2L; 2L ], [ "literal-shape" ]
      Spec.mask [ 2L ] [ nan; 0.0 ] Spec.ones, [ 2L; 2L ], [ "not-finite" ]
      Spec.scale infinity (Spec.uniform 1.0 0.0), [], [ "not-finite"; "low-not-below-high" ]
      Spec.shift nan Spec.ones, [], [ "not-finite" ]
      Spec.clip 1.0 -1.0 Spec.ones, [], [ "low-not-below-high" ]
      Spec.clip nan 1.0 Spec.ones, [], [ "not-finite" ]
      Spec.stacked 0 [ 2L, Spec.ones; 3L, Spec.zeros ], [ 6L ], [ "stacked-sizes" ]
      Spec.stacked 0 [ 7L, Spec.ones; -1L, Spec.zeros ], [ 6L ], [ "stacked-sizes" ]
      Spec.stacked 2 [ 2L, Spec.ones ], [ 2L; 2L ], [ "axis-out-of-range" ]
      Spec.stacked 0 [ 1L, Spec.normal 0.0 -1.0; 1L, Spec.heNormal ],
      [ 3L ],
      [ "stacked-sizes"; "stddev-negative"; "fan-missing" ]
      Spec.batched 3 Spec.ones, [ 2L; 2L ], [ "batch-axes-out-of-range" ]
      Spec.sum [], [ 2L ], [ "parameter-missing" ]
      Spec.sum [ Spec.ones; Spec.normal 0.0 -1.0; Spec.heNormal ], [ 2L ], [ "stddev-negative"; "fan-missing" ]
      Spec.repeat 0 4L Spec.ones, [ 6L ], [ "not-a-multiple" ]
      Spec.repeat 0 0L Spec.ones, [ 6L ], [ "not-positive" ]
      Spec.repeat 1 2L Spec.ones, [ 6L ], [ "axis-out-of-range" ]
      Spec.repeat 0 2L (Spec.normal 0.0 -1.0), [ 6L ], [ "stddev-negative" ]
      Spec.normalized -2 (Spec.normal nan 1.0), [ 6L ], [ "axis-out-of-range"; "not-finite" ]
      Spec.padding 3L Spec.ones, [ 3L; 2L ], [ "out-of-range" ]
      Spec.padding -4L Spec.ones, [ 3L; 2L ], [ "out-of-range" ]
      Spec.padding 0L (Spec.normal 0.0 -1.0), [], [ "rank-unsupported"; "stddev-negative" ]
      Spec.randint 3L 3L, [ 2L ], [ "low-not-below-high" ]
      Spec.randint 0L Int64.MaxValue, [ 2L ], [ "parameter-out-of-range" ]
      Spec.bernoulli 1.5, [ 2L ], [ "out-of-range" ]
      Spec.bernoulli nan, [ 2L ], [ "out-of-range" ]
      Spec.permutation, [ 4097L; 4097L ], [ "not-exact" ]
      Spec.literal [ 2L; 1L ] [ 1.0; 2.0 ], [ 2L; 2L ], [ "literal-shape" ]
      Spec.scale 1.0e300 (Spec.normal 0.0 1.0e300), [], [ "overflows-dtype" ]
      Spec.scale 1.0e30 (Spec.orthogonal 1.0e30), [ 2L; 2L ], [ "overflows-dtype" ] ]

[<Fact>]
let ``every fault of a composite is reported, with its code, before any work`` () =
    for spec, dims, expected in refused do
        Assert.Equal<string * string list>(
            (SpecText.toText spec, expected),
            (SpecText.toText spec, codes (Plan.resolve spec (shapeOf dims) Fan.Unknown DType.Float32))
        )

let private texts: (string * Spec) list =
    [ "orthogonal(gain=1)", Spec.orthogonal 1.0
      "delta_orthogonal(gain=1)", Spec.deltaOrthogonal 1.0
      "dirac(groups=2)", Spec.dirac 2L
      "identity(gain=1)", Spec.identity 1.0
      "sparse(sparsity=0.3, inner=normal(mean=0, stddev=0.01))", Spec.normal 0.0 0.01 |> Spec.sparse 0.3
      "scale(factor=0.5, inner=he_normal)", Spec.heNormal |> Spec.scale 0.5
      "stacked(axis=0, parts=[256: zeros, 512: scale(2, uniform(-1, 1))])",
      Spec.stacked 0 [ 256L, Spec.zeros; 512L, Spec.uniform -1.0 1.0 |> Spec.scale 2.0 ]
      " stacked ( axis = -1 , parts = [ 1 : ones ] ) ", Spec.stacked -1 [ 1L, Spec.ones ]
      "clip(low=-2, inner=normal)", Spec.normal 0.0 1.0 |> Spec.clip -2.0 infinity
      "mask(keep=[1, 0], inner=ones)", Spec.ones |> Spec.mask [ 2L ] [ 1.0; 0.0 ]
      "literal(values=[1, 2, 3, 4], shape=[2, 2])", Spec.literal [ 2L; 2L ] [ 1.0; 2.0; 3.0; 4.0 ]
      "sum([identity, normal(stddev=0.01)])", Spec.sum [ Spec.identity 1.0; Spec.normal 0.0 0.01 ]
      "repeat(times=4, inner=he_normal)", Spec.heNormal |> Spec.repeat 0 4L
      "normalized(inner=normal)", Spec.normal 0.0 1.0 |> Spec.normalized -1
      "padding(inner=normal)", Spec.normal 0.0 1.0 |> Spec.padding 0L
      "randint(high=10)", Spec.randint 0L 10L
      "bernoulli(0.1)", Spec.bernoulli 0.1
      "permutation", Spec.permutation
      "constant(-inf)", Spec.constant -infinity
      "batched(1, orthogonal)", Spec.orthogonal 1.0 |> Spec.batched 1
      "residual(layers=8, inner=normal(stddev=0.02))", Spec.normal 0.0 0.02 |> Spec.residual 8 ]

[<Fact>]
let ``texts of composites are read`` () =
    for text, spec in texts do
        Assert.Equal((text, Ok spec), (text, SpecText.parse text))

[<Fact>]
let ``faults of nested texts have their columns in the whole`` () =
    let messages text =
        match SpecText.parse text with
        | Ok spec -> failwith $"%A{spec}"
        | Error faults -> faults |> List.map InitError.message

    let one = "scale(factor=x, inner=normal(mean=, stddev=1))"

    Assert.Equal<string list>(
        [ "parameter 'factor' of scale is 'x', which is not a number such as 0.02 or -1e-3 (a point, never a comma)."
          $"'{one}', column 30: expected an argument such as stddev=0.02." ],
        messages one
    )

    let two = "stacked(axis=0, parts=[2: zeros, 3, x: ones])"

    Assert.Equal<string list>(
        [ $"'{two}', column 34: expected a size and a spec, such as 256: normal(stddev=0.02)."
          $"'{two}', column 37: expected a size of 0 or more before the colon." ],
        messages two
    )

    let deep = String.replicate 64 "scale(1, " + "ones" + String.replicate 64 ")"
    Assert.Contains("at most 64 specs may be nested in each other", List.head (messages deep))
    Assert.Equal<string list>([ "spec-syntax" ], codes (SpecText.parse "scale(1, normal(0, 1)"))
    Assert.Equal<string list>([ "spec-syntax" ], codes (SpecText.parse "normal(0, 1))"))
    Assert.Equal<string list>([ "parameter-not-whole" ], codes (SpecText.parse "dirac(groups=1.5)"))
