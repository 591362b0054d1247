/// Every wrong sampler and every statistical check of this suite, in one place.
///
/// A kind has checks, samplers that are shipped and wrong ones. Each check of a kind must reject some wrong sampler of it, each
/// wrong sampler must be rejected, and the shipped ones by no check (WrongSamplersTests, which prints the table). A check that
/// cannot fail checks nothing: a constant sampler passes many tests of means and variances with round tolerances.
module Initializers.Properties.WrongSamplers

open System
open MathNet.Numerics.Distributions
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Random
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.MatrixStatistics

type internal Kind =
    {
        Name: string
        Checks: string list
        /// Samplers, and what the kind's checks see of each.
        Shipped: (string * (unit -> (string * Verdict) list)) list
        Wrong: (string * (unit -> (string * Verdict) list)) list
    }

// ---------------------------------------------------------------------------------------------------------------
// elements

/// Samplers that are wrong in one way each, for any distribution with mean 0.
let private wrongAlways (promise: Promise) (right: Sampler) : (string * Sampler) list =
    let law = promise.Distribution
    let stddev = Distribution.stddev law

    let map f : Sampler =
        fun n seed -> right n seed |> Array.map f

    let pick index : Sampler =
        fun n seed ->
            let x = right n seed
            Array.init n (fun i -> x[index i])

    let set (value: float) : Sampler =
        fun n seed ->
            let x = right n seed
            x[n / 2] <- value
            x

    [ "constant", (fun n _ -> Array.create n stddev)
      "all zero", (fun n _ -> Array.zeroCreate n)
      "stddev 2 % too large", map (fun x -> 1.02 * x)
      "stddev 2 % too small", map (fun x -> 0.98 * x)
      "mean off by 2 % of the stddev", map (fun x -> x + 0.02 * stddev)
      "each word twice", pick (fun i -> i / 2)
      "one word of four for all of its block", pick (fun i -> i / 4 * 4)
      "each block of four words twice", pick (fun i -> i / 8 * 4 + i % 4)
      "the first half again", (fun n seed -> let half = right (n / 2) seed in Array.append half half)
      "a running mean of two",
      (fun n seed ->
          let x = right (n + 1) seed
          Array.init n (fun i -> (x[i] + x[i + 1]) / sqrt 2.0))
      "duplicated stream: its name ignored", (fun n seed -> right n (Seed.ofUInt64 seed.Key))
      "low bits stuck: the lower 16 of each float",
      map (fun x ->
          BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(float32 x) &&& 0xFFFF0000u)
          |> float)
      "16 bits of randomness",
      (fun n seed ->
          let words = Array.zeroCreate<uint32> n
          Initialize.words (Span words, 0L, seed) |> ok
          words |> Array.map (fun w -> law.Quantile((float (w >>> 16) + 0.5) / 65536.0)))
      "the negative side missing", map abs
      "one NaN", set nan
      "one value of ten stddev", set (10.0 * stddev) ]

let private fan = Fan.Of(256.0, 1024.0)
let private stddev = sqrt (2.0 / 256.0)

/// stddev of a standard normal cut at 2.
let private cut = 0.87962566103423978

let private instead spec : Sampler = shipped DType.Float32 spec Fan.Unknown

let private ofLaw dtype spec n checks (wrong: Promise -> Sampler -> (string * Sampler) list) =
    let promise = promise dtype spec fan
    let right = shipped dtype spec fan

    let run sampler () =
        Checks.verdicts checks promise sampler n

    { Name = $"{SpecText.toText spec}, {dtype}"
      Checks = checks |> List.map _.Name
      Shipped = [ "shipped", run right ]
      Wrong = wrong promise right |> List.map (fun (name, sampler) -> name, run sampler) }

/// n = 2^18.
let private elements dtype spec wrong =
    ofLaw dtype spec (1 <<< 18) (Checks.all dtype) wrong

let private heNormal =
    elements DType.Float32 Spec.heNormal (fun promise right ->
        wrongAlways promise right
        @ [ "uniform for normal", instead (Spec.uniform (-(sqrt 3.0) * stddev) (sqrt 3.0 * stddev))
            "Laplace for normal", instead (Spec.laplace 0.0 (stddev / sqrt 2.0))
            "fan_out for fan_in", shipped DType.Float32 Spec.heNormal (Fan.Of(1024.0, 256.0))
            "fan_avg for fan_in", shipped DType.Float32 (Spec.kaiming 0.0 FanMode.FanAvg DistributionFamily.Normal) fan
            "truncated at two stddev", instead (Spec.truncatedNormal 0.0 stddev (Bounds.Sigmas(-2.0, 2.0)))
            "truncated at two stddev, of the promised variance",
            instead (Spec.truncatedNormal 0.0 (stddev / cut) (Bounds.Sigmas(-2.0, 2.0)))
            "clipped at two stddev", instead (Spec.normal 0.0 stddev |> Spec.clip (-2.0 * stddev) (2.0 * stddev))
            "tails beyond 3.5 stddev missing", instead (Spec.truncatedNormal 0.0 stddev (Bounds.Sigmas(-3.5, 3.5))) ])

/// Cutting at two stddev is not in the list, as both lie outside a uniform's support.
let private heUniform =
    elements DType.Float32 Spec.heUniform (fun promise right ->
        let struct (low, high) = promise.Distribution.Support

        wrongAlways promise right
        @ [ "normal for uniform", instead (Spec.normal 0.0 stddev)
            "fan_out for fan_in", shipped DType.Float32 Spec.heUniform (Fan.Of(1024.0, 256.0))
            "fan_sum for fan_avg",
            shipped DType.Float32 (Spec.kaiming 0.0 FanMode.FanSum DistributionFamily.Uniform) fan
            "stddev for limit", instead (Spec.uniform -stddev stddev)
            "triangular for uniform", instead (Spec.triangular low 0.0 high)
            "one value at the closed end",
            (fun n seed -> right n seed |> Array.mapi (fun i x -> if i = n / 2 then low else x)) ])

let private truncated =
    let spec = Spec.truncatedNormal 0.0 stddev (Bounds.Sigmas(-2.0, 2.0))

    elements DType.Float32 spec (fun promise right ->
        wrongAlways promise right
        @ [ "untruncated, of the stddev that is cut", instead (Spec.normal 0.0 stddev)
            "untruncated, of the promised variance", instead (Spec.normal 0.0 (cut * stddev))
            "widened to the variance of the uncut",
            instead (Spec.truncatedNormal 0.0 (stddev / cut) (Bounds.Sigmas(-2.0, 2.0)))
            "bounds absolute instead of in stddev",
            instead (Spec.truncatedNormal 0.0 stddev (Bounds.Absolute(-2.0, 2.0)))
            "clipped: mass at the bounds", instead (Spec.normal 0.0 stddev |> Spec.clip (-2.0 * stddev) (2.0 * stddev))
            "drawn again once, then clipped",
            (fun n seed ->
                let inside (x: float) = abs x < 2.0 * stddev
                let first = instead (Spec.normal 0.0 stddev) n seed
                let second = instead (Spec.normal 0.0 stddev) n (Seed.child "again" seed)

                Array.map2
                    (fun x y ->
                        if inside x then
                            x
                        else
                            max (-2.0 * stddev) (min (2.0 * stddev) y))
                    first
                    second)
            "a constant, as TorchSharp's trunc_normal_", (fun n _ -> Array.create n (-2.0 * stddev)) ])

let private narrowed (round: float32 -> float) spec : Sampler =
    fun n seed -> instead spec n seed |> Array.Parallel.map (fun x -> round (float32 x))

/// bfloat16 of the right law but for how it is made.
let private bfloat16 =
    let spec = Spec.normal 0.0 0.02
    let promise = promise DType.BFloat16 spec Fan.Unknown

    elements DType.BFloat16 spec (fun _ right ->
        [ "stddev 2 % too large", narrowed (fun x -> Narrow.nearest (1.02 * float x)) spec
          "fraction of 6 bits",
          narrowed
              (fun x ->
                  Narrow.nearest (
                      float (BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits x &&& 0xFFFE0000u))
                  ))
              spec
          "128 values, of words of bfloat16's own precision",
          (fun n seed ->
              instead (Spec.uniform 0.0 1.0) n seed
              |> Array.map (fun u ->
                  Narrow.nearest (promise.Distribution.Quantile((floor (128.0 * u) + 0.5) / 128.0))))
          "tails beyond 3.5 stddev missing",
          narrowed (float >> Narrow.nearest) (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-3.5, 3.5)))
          "each word twice", (fun n seed -> let x = right n seed in Array.init n (fun i -> x[i / 2]))
          "duplicated stream: its name ignored", (fun n seed -> right n (Seed.ofUInt64 seed.Key))
          "through float16, whose small values are coarse",
          narrowed (fun x -> Narrow.nearest (float (Half.op_Explicit (x * 0.001f): Half) * 1000.0)) spec ])

/// n = 2 10^7, where a bias of a bfloat16's rounding is seen: its mean and variance by the exact law of rounded values.
let private rounded spec =
    ofLaw DType.BFloat16 spec 20_000_000 [ Checks.mean; Checks.variance ] (fun _ _ ->
        [ "rounded towards zero", narrowed Narrow.towardsZero spec
          "rounded down", narrowed (fun x -> if x < 0.0f then Narrow.away x else Narrow.towardsZero x) spec
          "rounded up", narrowed (fun x -> if x < 0.0f then Narrow.towardsZero x else Narrow.away x) spec ])

// ---------------------------------------------------------------------------------------------------------------
// matrices

let private ofMatrices name (checks: MatrixCheck list) shipped wrong =
    let run (sample: unit -> Matrix<float>[]) () =
        let sample = Matrices(sample ())
        checks |> List.map (fun check -> check.Name, check.Run sample)

    let runAll = List.map (fun (name, sample) -> name, run sample)

    { Name = name
      Checks = checks |> List.map _.Name
      Shipped = runAll shipped
      Wrong = runAll wrong }

/// Wrong for tall and square matrices. `right` is a sample of the shipped ones.
let private wrongColumns rows cols count (right: Lazy<Matrix<float>[]>) : (string * (unit -> Matrix<float>[])) list =
    let map f () = right.Value |> Array.Parallel.map f

    let mapi f () =
        right.Value |> Array.Parallel.mapi (fun i _ -> f i)

    let random i = MersenneTwister(i + 1)
    let gaussian () = gaussian rows cols count

    [ "QR without signs", gaussian >> Array.Parallel.map (fun g -> g.QR(Factorization.QRMethod.Thin).Q)
      "Gaussian by 1/sqrt n", gaussian >> Array.Parallel.map (fun g -> g / sqrt (float rows))
      "entries uniform, of variance 1/n",
      mapi (fun i ->
          let random = random i
          let limit = sqrt (3.0 / float rows)
          dense rows cols (fun _ _ -> limit * (2.0 * random.NextDouble() - 1.0)))
      "columns of length 1, not orthogonal", gaussian >> Array.Parallel.map _.NormalizeColumns(2.0)
      "first entry of one sign", map (fun q -> signed q 0 (float (sign q[0, 0])))
      "first column of the identity",
      mapi (fun i ->
          let q = right.Value[i]
          let rest = q.SubMatrix(1, rows - 1, 1, cols - 1).QR(Factorization.QRMethod.Thin).Q

          dense rows cols (fun r c ->
              if r = 0 || c = 0 then
                  (if r = c then 1.0 else 0.0)
              else
                  rest[r - 1, c - 1]))
      "the identity", map (fun _ -> dense rows cols (fun r c -> if r = c then 1.0 else 0.0))
      "a permuted identity, of random signs",
      mapi (fun i ->
          let random = random i
          let places = MathNet.Numerics.Combinatorics.GeneratePermutation(rows, random)

          let signs =
              Array.init cols (fun _ -> if random.NextDouble() < 0.5 then 1.0 else -1.0)

          dense rows cols (fun r c -> if places[c] = r then signs[c] else 0.0))
      "one matrix for all", map (fun _ -> right.Value[0])
      "each matrix twice", mapi (fun i -> right.Value[i / 2])
      "each four matrices twice", mapi (fun i -> right.Value[i / 8 * 4 + i % 4])
      "a gain of 1.00001", map (fun q -> q * 1.00001) ]

/// Wrong for square matrices, by their eigenvalues.
let private wrongSquares n count (right: Lazy<Matrix<float>[]>) : (string * (unit -> Matrix<float>[])) list =
    let mapi f () = right.Value |> Array.Parallel.mapi f

    [ "rotations only", mapi (fun _ q -> signed q (n - 1) (float (sign (q.Determinant()))))
      "biased trace: one negative one of ten turned", mapi (fun i q -> if i % 10 = 0 && q.Trace() < 0.0 then -q else q)
      "independent eigen-angles",
      mapi (fun i v ->
          let random = MersenneTwister(i + 1)
          let angles = Array.init n (fun _ -> 2.0 * Math.PI * random.NextDouble())

          let turns =
              dense n n (fun r c ->
                  let angle = angles[r / 2]

                  if r / 2 <> c / 2 then 0.0
                  elif n % 2 = 1 && r = n - 1 then 1.0
                  elif r = c then cos angle
                  elif r < c then -(sin angle)
                  else sin angle)

          v * turns * v.Transpose())
      "two reflections",
      (fun () ->
          let v = gaussian n 2 count

          v
          |> Array.Parallel.map (fun v ->
              let reflection (x: Vector<float>) =
                  Matrix<float>.Build.DenseIdentity n - 2.0 / x.DotProduct x * x.OuterProduct x

              reflection (v.Column 0) * reflection (v.Column 1)))
      "Cayley's transform of a skew Gaussian",
      (fun () ->
          gaussian n n count
          |> Array.Parallel.map (fun g ->
              let skew = (g - g.Transpose()) / sqrt (float n)
              let one = Matrix<float>.Build.DenseIdentity n
              (one - skew) * (one + skew).Inverse())) ]

/// n = 10,000 matrices.
let private haar order wrong =
    let count = 10_000

    let right =
        lazy (shippedMatrices DType.Float64 (Spec.orthogonal 1.0) order order count)

    ofMatrices
        $"orthogonal, order {order}"
        (Haar.shaped DType.Float64 order order @ Haar.square order)
        [ "shipped", (fun () -> right.Value) ]
        (wrong order count right)

/// n = 10,000 matrices.
let private tall =
    let count = 10_000
    let right = lazy (shippedMatrices DType.Float64 (Spec.orthogonal 1.0) 12 3 count)

    ofMatrices
        "orthogonal, 12 x 3"
        (Haar.shaped DType.Float64 12 3)
        [ "shipped", (fun () -> right.Value) ]
        (wrongColumns 12 3 count right)

/// n = 2,000 matrices of 40 x 16, of whose columns 12 elements are 0.
let private sparse =
    let count, rows, cols, zeros = 2_000, 40, 16, 12
    let inner = Spec.normal 0.0 0.01

    let right =
        lazy (shippedMatrices DType.Float32 (Spec.sparse 0.3 inner) rows cols count)

    /// A matrix of the inner law without the rows of each column that are given by a generator, the matrix and the column.
    let without (value: Random -> float) (choose: Random -> Matrix<float> -> int -> int seq) () =
        Array.Parallel.init count (fun i ->
            let random = MersenneTwister(i + 1)
            let q = dense rows cols (fun _ _ -> value random)

            // Chosen by the whole matrix, then put to 0.
            [ for c in 0 .. cols - 1 -> c, List.ofSeq (choose random q c) ]
            |> List.iter (fun (c, rows) -> rows |> List.iter (fun r -> q[r, c] <- 0.0))

            q)

    let normal random = Normal.Sample(random, 0.0, 0.01)

    let least k (key: int -> float) =
        Seq.init rows id |> Seq.sortBy key |> Seq.truncate k

    let chosen (random: Random) k = least k (fun _ -> random.NextDouble())
    let fixedRows = List.ofSeq (chosen (MersenneTwister 5) zeros)

    ofMatrices
        "sparse(0.3), 40 x 16"
        (Sparse.checks DType.Float32 0.3 inner rows cols zeros)
        [ "shipped", (fun () -> right.Value) ]
        [ "one zero too few", without normal (fun random _ _ -> chosen random (zeros - 1))
          "one zero too many", without normal (fun random _ _ -> chosen random (zeros + 1))
          "dense", without normal (fun _ _ _ -> Seq.empty)
          "all zero", (fun () -> Array.init count (fun _ -> dense rows cols (fun _ _ -> 0.0)))
          "each element by itself, as dropout",
          without normal (fun random _ _ -> seq { 0 .. rows - 1 } |> Seq.filter (fun _ -> random.NextDouble() < 0.3))
          "the first rows", without normal (fun _ _ _ -> seq { 0 .. zeros - 1 })
          "small rows favoured",
          without normal (fun random _ _ ->
              least zeros (fun r -> random.NextDouble() * (1.0 + 0.2 * float r / float rows)))
          "rows in one run",
          without normal (fun random _ _ ->
              let first = random.Next rows in Seq.init zeros (fun i -> (first + i) % rows))
          "the same rows in every matrix", without normal (fun _ _ _ -> fixedRows)
          "the same rows in every column",
          without normal (fun _ q _ -> chosen (MersenneTwister(q[0, 0].GetHashCode())) zeros)
          "the smallest values, as pruning", without normal (fun _ q c -> least zeros (fun r -> abs q[r, c]))
          "uniform for normal",
          without (fun random -> sqrt 3.0 * 0.01 * (2.0 * random.NextDouble() - 1.0)) (fun random _ _ ->
              chosen random zeros)
          "stddev 2 % too large", without (normal >> (*) 1.02) (fun random _ _ -> chosen random zeros)
          "widened to the variance of a dense matrix",
          without (normal >> (*) (1.0 / sqrt 0.7)) (fun random _ _ -> chosen random zeros)
          "mean off by 2 % of the stddev", without (normal >> (+) 0.0002) (fun random _ _ -> chosen random zeros)
          "each matrix twice", (fun () -> right.Value |> Array.mapi (fun i _ -> right.Value[i / 2]))
          "each four columns twice",
          (fun () ->
              right.Value
              |> Array.map (fun q -> dense rows cols (fun r c -> q[r, c / 8 * 4 + c % 4])))
          "one NaN",
          (fun () ->
              right.Value
              |> Array.map (fun q ->
                  let q = q.Clone()
                  q[1, 0] <- nan
                  q)) ]

/// Kinds that are in one table, by its name: a check of several kinds need reject in one of them.
let internal tables: (string * Lazy<Kind list>) list =
    [ "elements", lazy [ heNormal; heUniform; truncated; bfloat16 ]
      "rounding",
      lazy
          [ rounded (Spec.normal 0.0 0.02)
            rounded (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0)))
            rounded (Spec.uniform 0.0 1.0) ]
      "orthogonal",
      lazy
          [ haar 8 (fun n count right -> wrongColumns n n count right @ wrongSquares n count right)
            // The odd order for its eigenvalues.
            haar 3 wrongSquares
            tall ]
      "sparse", lazy [ sparse ] ]
