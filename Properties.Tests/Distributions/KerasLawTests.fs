/// What Keras configs come to: kernels flattened as Keras does, and what is written for Keras.
module Initializers.Properties.KerasLawTests

open System
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private read json = SpecJson.parse json

let private config name fields =
    $"{{\"class_name\": \"{name}\", \"config\": {{{fields}}}}}"

/// Rows, columns and elements of a kernel as Keras flattens it: all axes but the last are rows.
let private gram (dims: int64 list) (values: float32[]) =
    let columns = int (List.last dims)
    let rows = values.Length / columns
    let at r c = float values[r * columns + c]
    let short = min rows columns

    [ for i in 0 .. short - 1 do
          for j in 0 .. short - 1 do
              let dot =
                  if rows >= columns then
                      Seq.sum (seq { for r in 0 .. rows - 1 -> at r i * at r j })
                  else
                      Seq.sum (seq { for c in 0 .. columns - 1 -> at i c * at j c })

              abs (dot - (if i = j then 1.0 else 0.0)) ]
    |> List.max

let private values dims fan spec =
    use tensor =
        ok (Initialize.tensor Target.cpu (shapeOf dims) fan (Seed.ofUInt64 1UL) spec)

    tensor.ToArray<float32>()

[<Fact>]
let ``Keras's Orthogonal flattens all axes but the last, unless a layout is given`` () =
    let spec = ok (read (config "Orthogonal" "\"gain\": 1.0, \"seed\": null"))

    for dims in
        [ [ 3L; 3L; 2L; 4L ]
          [ 3L; 2L; 4L ]
          [ 2L; 3L; 3L; 2L; 5L ]
          [ 1L; 2L; 8L ]
          [ 5L; 3L ]
          [ 3L; 5L ] ] do
        for fan in [ Fan.Unknown; Fan.In 7.0; Fan.From Layout.SpatialInOut ] do
            Assert.True(gram dims (values dims fan spec) < 1.0e-5)

        // The bits of the same matrix by a layout.
        Assert.Equal<float32[]>(
            values dims (Fan.From Layout.SpatialInOut) (Spec.orthogonal 1.0),
            values dims Fan.Unknown spec
        )

        // PyTorch's order is still there for who says so.
        Assert.Equal<float32[]>(
            values dims (Fan.From Layout.OutInSpatial) (Spec.orthogonal 1.0),
            values dims (Fan.From Layout.OutInSpatial) spec
        )

    Assert.Equal<string list>([ "rank-unsupported" ], codes (Plan.distribution spec (shapeOf [ 4L ]) Fan.Unknown))

[<Fact>]
let ``Keras's Identity has its ones on the diagonal of the last two axes`` () =
    let spec = ok (read (config "IdentityInitializer" "\"gain\": 2.0"))
    Assert.Equal<float32[]>([| 2.0f; 0.0f; 0.0f; 0.0f; 2.0f; 0.0f |], values [ 2L; 3L ] Fan.Unknown spec)

    let kernel = values [ 3L; 2L; 2L ] Fan.Unknown spec
    Assert.Equal<float32[]>([| 2.0f; 0.0f; 0.0f; 2.0f |], kernel[4..7])
    Assert.Equal(4.0f, Array.sum kernel)

[<Fact>]
let ``what is written for Keras is read back with its law`` () =
    for spec, expected in
        [ Spec.constant -0.0, config "Constant" "\"value\": -0.0"
          Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-0.04, 0.04)),
          config "TruncatedNormal" "\"mean\": 0, \"stddev\": 0.02, \"seed\": null"
          Spec.truncatedNormal 0.1 0.02 (Bounds.Absolute(0.06, 0.14)),
          config "TruncatedNormal" "\"mean\": 0.1, \"stddev\": 0.02, \"seed\": null"
          Spec.truncatedNormal 1.0 0.5 (Bounds.Sigmas(-2.0, 2.0)),
          config "TruncatedNormal" "\"mean\": 1, \"stddev\": 0.5, \"seed\": null"
          Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.SpatialInOut,
          config "Orthogonal" "\"gain\": 1, \"seed\": null"
          Spec.literal [ 2L; 2L ] [ 1.0; -0.0; 0.5; 2.0 ], config "Constant" "\"value\": [[1, -0.0], [0.5, 2]]"
          Spec.heUniform |> Spec.axisFans [ 0 ] [ -1 ],
          config "HeUniform" "\"input_axes\": [0], \"output_axes\": [-1], \"seed\": null"
          Spec.constant 3.0 |> Spec.axisFans [ 0 ] [ -1 ], config "Constant" "\"value\": 3" ] do
        let written = ok (SpecJson.toKeras spec)

        Assert.Equal(
            expected.Replace("{\"class_name", "{\"module\": \"keras.initializers\", \"class_name").TrimEnd('}')
            + "}, \"registered_name\": null}",
            written
        )

        Assert.True((read written).IsOk)

    for spec in
        [ Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-2.0, 2.0))
          Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-0.04, 0.0400001))
          Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(-2.0, 3.0))
          Spec.truncatedNormal 0.0 nan (Bounds.Absolute(-2.0, 2.0))
          Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.OutInSpatial
          Spec.literal [ 3L ] [ 1.0 ]
          Spec.literal [ 0L ] []
          Spec.literal [ 1L ] [ nan ] ] do
        Assert.Equal<string list>([ "keras-unsupported" ], codes (SpecJson.toKeras spec))

[<Fact>]
let ``minus zero keeps its sign and its point in texts and JSON`` () =
    let bits (spec: Spec) =
        match spec with
        | Spec.Constant x -> BitConverter.DoubleToInt64Bits x
        | other -> failwith $"%A{other}"

    let zero = Spec.constant -0.0
    Assert.Equal("constant(value=-0.0)", SpecText.toText zero)
    Assert.Equal("""{"initializer": "constant", "value": -0.0}""", SpecJson.toJson zero)

    for read in
        [ SpecText.parse (SpecText.toText zero)
          SpecJson.parse (SpecJson.toJson zero)
          SpecJson.toKeras zero |> Result.bind SpecJson.parse ] do
        Assert.Equal(bits zero, bits (ok read))
