/// The shipped samplers as the statistical checks take them, their promises, and what wrong ones are made of.
module Initializers.Properties.Samplers

open System
open MathNet.Numerics.Distributions
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Random
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics

/// The shipped sampler of a spec.
let internal shipped dtype spec fan : Sampler =
    fun n seed ->
        use tensor =
            ok (Initialize.tensor { Device = Device.Cpu; DType = dtype } (shapeOf [ int64 n ]) fan seed spec)

        Values.ofTensor tensor

/// The distribution itself, except for truncated normals: MathNet's distribution function is quicker, and independent.
let private quick spec (law: Distribution) : Distribution =
    match spec with
    | Spec.TruncatedNormal(mean, stddev, Bounds.Sigmas(lower, upper)) ->
        let phi x = Normal.CDF(0.0, 1.0, x)

        { law with
            Cdf =
                fun x ->
                    (phi (max lower (min upper ((x - mean) / stddev))) - phi lower)
                    / (phi upper - phi lower) }
    | _ -> law

let internal promise dtype spec fan =
    Distribution.resolve spec Shape.scalar fan
    |> ok
    |> quick spec
    |> Promise.of' dtype

/// Ways from a float32 to a bfloat16, as float64.
module internal Narrow =
    let nearest (x: float) =
        float (BFloat16.FromSingle(float32 x).ToSingle())

    let private upperHalf (x: float32) =
        BitConverter.SingleToUInt32Bits x &&& 0xFFFF0000u

    let towardsZero (x: float32) =
        float (BitConverter.UInt32BitsToSingle(upperHalf x))

    /// The upper half and 1 more in its last place, unless it is the value itself.
    let away (x: float32) =
        if towardsZero x = float x then
            float x
        else
            float (BitConverter.UInt32BitsToSingle(upperHalf x + 0x10000u))

let internal dense rows cols (value: int -> int -> float) : Matrix<float> =
    Matrix<float>.Build.Dense(rows, cols, Func<int, int, float> value)

/// n matrices of the shipped sampler, each from a different seed.
let internal shippedMatrices dtype spec rows cols n : Matrix<float>[] =
    let root = seedOf 20261UL
    let shape = shapeOf [ int64 rows; int64 cols ]
    let target = { Device = Device.Cpu; DType = dtype }

    Array.Parallel.init n (fun i ->
        use tensor =
            ok (Initialize.tensor target shape Fan.Unknown (root |> Seed.child (string i)) spec)

        let values = Values.ofTensor tensor
        dense rows cols (fun r c -> values[r * cols + c]))

/// Matrices of independent standard normals, by MathNet.
let internal gaussian rows cols count : Matrix<float>[] =
    Array.Parallel.init count (fun i ->
        let values = Array.zeroCreate<float>(rows * cols)
        Normal.Samples(MersenneTwister(i + 1), values, 0.0, 1.0)
        dense rows cols (fun r c -> values[r * cols + c]))

/// A matrix with one column times a sign.
let internal signed (q: Matrix<float>) column (sign: float) =
    let q = q.Clone()
    q.SetColumn(column, q.Column column * sign)
    q

/// n matrices of the shipped sampler in one batch.
let internal batch dtype spec rows cols n seed : Matrix<float>[] =
    use tensor =
        ok (
            Initialize.tensor
                { Device = Device.Cpu; DType = dtype }
                (shapeOf [ int64 n; int64 rows; int64 cols ])
                Fan.Unknown
                seed
                (Spec.batched 1 spec)
        )

    let values = Values.ofTensor tensor
    Array.Parallel.init n (fun i -> dense rows cols (fun r c -> values[(i * rows + r) * cols + c]))

/// A share of n indices, chosen by uniforms of a named stream.
let internal chosen (share: float) n seed : bool[] =
    shipped DType.Float64 (Spec.uniform 0.0 1.0) Fan.Unknown n (Seed.child "chosen" seed)
    |> Array.map (fun u -> u < share)
