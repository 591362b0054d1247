/// Parts of networks against finite differences, naive products and Math.NET.
module Initializers.Properties.PropagationBlockTests

open System
open Xunit
open MathNet.Numerics.LinearAlgebra
open Initializers.FSharp
open Initializers.Kernels

let private numbers seed count =
    let random = Random(seed: int)
    Array.init count (fun _ -> 2.0 * random.NextDouble() - 1.0)

let private weight seed rows columns : Weight =
    { Elements = numbers seed (rows * columns)
      Rows = rows
      Columns = columns }

let private blocks: (string * int * int * Block) list =
    [ "dense", 5, 7, Block.dense (weight 1 3 5) (Some [| 1.0; 2.0; 3.0 |])
      "activation", 5, 7, Block.activation Nonlinearity.Gelu
      "elu", 5, 7, Block.activation (Nonlinearity.Elu 0.7)
      "residual", 5, 7, Block.residual 0.3 (Block.dense (weight 2 5 5) None)
      "layer norm", 6, 7, Block.normalization true
      "RMS norm", 6, 7, Block.normalization false
      "attention", 6, 8, Block.attention 2 4 (weight 3 6 6) (weight 4 6 6) (weight 5 6 6) (weight 6 6 6)
      "convolution", 3, 18, Block.convolution 3 3 (weight 7 4 27) (Some [| 1.0; 2.0; 3.0; 4.0 |])
      "even kernel", 3, 18, Block.convolution 2 3 (weight 8 4 12) None ]

[<Fact>]
let ``gradients are those of finite differences`` () =
    for name, features, columns, block in blocks do
        let signal = numbers 11 (features * columns)
        let struct (output, back) = block.Forward(2, columns, signal)
        let gradient = numbers 12 output.Length
        let found = back gradient

        for i in 0 .. signal.Length - 1 do
            let at step =
                let moved = Array.copy signal
                moved[i] <- moved[i] + step
                let struct (output, _) = block.Forward(2, columns, moved)
                Array.fold2 (fun sum x g -> sum + x * g) 0.0 output gradient

            let expected = (at 1.0e-5 - at -1.0e-5) / 2.0e-5
            Assert.True(abs (found[i] - expected) < 1.0e-8, $"{name}, {i}: {found[i]} and not {expected}")

[<Fact>]
let ``a convolution reads neighbours around the edges`` () =
    // One channel, an image of 3 by 3, and a kernel that takes the pixel above and to the left.
    let kernel = Array.zeroCreate<float> 9
    kernel[0] <- 1.0

    let block =
        Block.convolution
            3
            3
            { Elements = kernel
              Rows = 1
              Columns = 9 }
            None

    let struct (output, _) = block.Forward(1, 9, Array.init 9 float)
    Assert.Equal<float[]>([| 8.0; 6.0; 7.0; 2.0; 0.0; 1.0; 5.0; 3.0; 4.0 |], output)

[<Fact>]
let ``products are those of fma chains, with any number of threads`` () =
    for rows, count, columns in [ 1, 1, 1; 4, 8, 8; 5, 3, 17; 33, 40, 65 ] do
        let a, b = numbers 21 (rows * count), numbers 22 (count * columns)

        let naive =
            Array.init (rows * columns) (fun i ->
                Seq.fold
                    (fun sum t -> Math.FusedMultiplyAdd(a[i / columns * count + t], b[t * columns + i % columns], sum))
                    0.0
                    [ 0 .. count - 1 ])

        for threads in [ 1; 3 ] do
            let view =
                { Elements = a
                  RowStep = count
                  ColumnStep = 1 }

            Assert.Equal<float[]>(naive, Products.Multiply(threads, view, rows, count, b, columns))
            let transposed = Array.init (rows * count) (fun i -> a[i % rows * count + i / rows])

            let view =
                { Elements = transposed
                  RowStep = 1
                  ColumnStep = rows }

            Assert.Equal<float[]>(naive, Products.Multiply(threads, view, rows, count, b, columns))

[<Fact>]
let ``singular values are those of Math.NET, and of graded matrices to their last digits`` () =
    for rows, columns in [ 1, 1; 2, 2; 5, 5; 8, 8; 7, 12 ] do
        let m = numbers 31 (rows * columns)
        let expected = (Matrix<float>.Build.DenseOfRowMajor(rows, columns, m)).Svd(false).S
        let found = Products.SingularValues(2, m, rows, columns)
        Assert.Equal(rows, found.Length)
        Array.iteri (fun i s -> Assert.True(abs (s - expected[i]) < 1.0e-12, $"{rows}, {i}")) found
        Assert.Equal<float[]>(found, Products.SingularValues(1, m, rows, columns))

    // Orthogonal rows of lengths from 1 to 1e-40.
    let graded = [| 1.0; 1.0; 1.0e-40; -1.0e-40 |]
    let found = Products.SingularValues(1, graded, 2, 2)
    Assert.True(abs (found[0] / sqrt 2.0 - 1.0) < 1.0e-14)
    Assert.True(abs (found[1] / (1.0e-40 * sqrt 2.0) - 1.0) < 1.0e-14)
