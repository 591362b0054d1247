/// Orthogonal tensors through the door, by MathNet's singular values: no product of this suite's own.
module Initializers.Properties.SingularValueTests

open System
open MathNet.Numerics.LinearAlgebra
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

let private drawn dtype spec fan (dims: int64 list) : float[] =
    use tensor =
        ok (Initialize.tensor { Device = Device.Cpu; DType = dtype } (shapeOf dims) fan (Seed.ofUInt64 20263UL) spec)

    Values.ofTensor tensor

/// Rows and columns as layouts have them: PyTorch flattens to [first, rest], Keras to [rest, last].
let private matrix fan (dims: int64 list) (values: float[]) =
    let cols =
        match fan with
        | Fan.From Layout.SpatialInOut -> List.last dims
        | _ -> dims |> List.tail |> List.fold (*) 1L

    dense (values.Length / int cols) (int cols) (fun r c -> values[r * int cols + c])

/// Peers' own shapes, and some that are larger.
let private shapes =
    [ [ 3L; 4L ]
      [ 4L; 3L ]
      [ 20L; 2L; 3L; 4L ]
      [ 2L; 3L; 4L; 5L ]
      [ 1L; 1L ]
      [ 1L; 7L ]
      [ 65L; 130L ]
      [ 96L; 96L ] ]

let private gains = [ 1.0; sqrt 2.0; 0.02; -3.0 ]

/// How far a singular value, by the gain, may lie from 1. Rounding to u relatively, and by half of a float16's least step at worst,
/// moves a matrix by at most u·sqrt p + sqrt(rows·cols)·2^-25/gain in the Frobenius norm, p its rank, and no singular value moves
/// further than that (Weyl).
let private tolerance dtype gain rows cols =
    let rank = sqrt (float (min rows cols))

    match dtype with
    | DType.Float64 -> 1.0e-13
    | DType.Float32 -> 1.0e-6
    | DType.Float16 ->
        1.0e-6
        + Math.ScaleB(rank, -11)
        + Math.ScaleB(sqrt (float (rows * cols)), -25) / abs gain
    | _ -> 1.0e-6 + Math.ScaleB(rank, -8)

let private worst (gain: float) (matrix: Matrix<float>) =
    matrix.Svd(false).S |> Seq.map (fun s -> abs (s / abs gain - 1.0)) |> Seq.max

[<Fact>]
let ``all singular values of an orthogonal tensor are its gain`` () =
    for fan in [ Fan.Unknown; Fan.From Layout.OutInSpatial; Fan.From Layout.SpatialInOut ] do
        for dims in shapes do
            for dtype in dtypes do
                for gain in gains do
                    let q = drawn dtype (Spec.orthogonal gain) fan dims |> matrix fan dims
                    let worst = worst gain q
                    let most = tolerance dtype gain q.RowCount q.ColumnCount
                    Assert.True(worst <= most, $"{dims} {fan} {dtype} gain {gain}: {worst}, not {most}")

[<Fact>]
let ``QᵀQ is gain²·I to 1e-6 in PyTorch's shapes`` () =
    for dims in List.truncate 4 shapes do
        for gain in [ 1.0; sqrt 2.0; 2.0 ] do
            let q =
                drawn DType.Float32 (Spec.orthogonal gain) Fan.Unknown dims
                |> matrix Fan.Unknown dims

            let product =
                if q.RowCount < q.ColumnCount then
                    q * q.Transpose()
                else
                    q.Transpose() * q

            let identity = Matrix<float>.Build.DenseIdentity product.RowCount

            Assert.All(
                (product - gain * gain * identity).Enumerate(),
                (fun x -> Assert.InRange(abs x, 0.0, 1.0e-6 * max 1.0 (gain * gain)))
            )

[<Fact>]
let ``the centre of a delta-orthogonal kernel has the gain as its singular values, and the rest is 0`` () =
    for dtype in dtypes do
        let dims = [ 7L; 5L; 3L; 4L ]
        let gain = sqrt 2.0
        let values = drawn dtype (Spec.deltaOrthogonal gain) Fan.Unknown dims
        // Rows 7, columns 5, at place (1, 1) of 3 x 4.
        let at o i place = values[(o * 5 + i) * 12 + place]
        Assert.True(worst gain (dense 7 5 (fun o i -> at o i 5)) <= tolerance dtype gain 7 5)

        for place in [ 0..11 ] |> List.except [ 5 ] do
            for o in 0..6 do
                for i in 0..4 do
                    Assert.Equal(0.0, at o i place)

[<Fact>]
let ``each matrix of a batch is orthogonal, and no two are equal`` () =
    let values =
        drawn DType.Float32 (Spec.orthogonal 1.0 |> Spec.batched 1) Fan.Unknown [ 4L; 6L; 5L ]

    let matrices =
        Array.init 4 (fun b -> dense 6 5 (fun r c -> values[(b * 6 + r) * 5 + c]))

    Assert.All(matrices, (fun q -> Assert.InRange(worst 1.0 q, 0.0, 1.0e-6)))

    for a, b in Array.allPairs [| 0..3 |] [| 0..3 |] do
        Assert.Equal((a = b), (matrices[a] - matrices[b]).L2Norm() < 0.1)

[<Fact>]
let ``a size of 0 gives no elements and no fault`` () =
    for dims in [ [ 0L; 4L ]; [ 4L; 0L ]; [ 0L; 0L ]; [ 3L; 0L; 2L ]; [ 0L; 2L; 3L; 4L ] ] do
        for dtype in dtypes do
            Assert.Empty(drawn dtype (Spec.orthogonal (sqrt 2.0)) Fan.Unknown dims)

[<Fact>]
let ``a Gaussian matrix of the same variances breaks the bounds`` () =
    for dims in List.truncate 4 shapes do
        for dtype in dtypes do
            let shape =
                matrix Fan.Unknown dims (drawn dtype (Spec.normal 0.0 1.0) Fan.Unknown dims)

            let scale = sqrt (float (max shape.RowCount shape.ColumnCount))
            Assert.True(worst 1.0 (shape / scale) > 2.0 * tolerance dtype 1.0 shape.RowCount shape.ColumnCount)
