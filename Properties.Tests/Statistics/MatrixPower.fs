/// Effects on orthogonal and on sparse matrices.
module internal Initializers.Properties.MatrixPower

open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Factorization
open Initializers
open Initializers.FSharp
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.MatrixStatistics

type private Sample = Matrix<float>[]

/// Changes a share of the matrices: all matrices, and the index of one.
let private share (change: Sample -> int -> Matrix<float>) (e: float) (seed: Seed) (all: Sample) : Sample =
    let chosen = chosen e all.Length seed
    Array.Parallel.init all.Length (fun i -> if chosen[i] then change all i else all[i])

let private map f : float -> Seed -> Sample -> Sample = fun e _ -> Array.Parallel.map (f e)

let private effect subject (checks: MatrixCheck list) (right: int -> Seed -> Sample) (name, wrong) : Power.Effect =
    { Subject = subject
      Name = name
      Verdicts =
        fun n amount seed ->
            let sample = Matrices(right n seed |> wrong amount seed)
            checks |> List.map (fun check -> check.Name, check.Run sample) }

// ---------------------------------------------------------------------------------------------------------------
// orthogonal matrices of order 8

let private order = 8

/// Without the spacing of eigenvalues, whose decomposition takes far longer than all others.
let private haarChecks =
    Haar.shaped DType.Float64 order order @ Haar.square order
    |> List.filter (fun check -> check.Name <> "eigen-angle spacing")

let private orthogonal n seed =
    batch DType.Float64 (Spec.orthogonal 1.0) order order n seed

/// A matrix of independent normals, of matrix i of a named stream.
let private normals (seed: Seed) i =
    (batch DType.Float64 (Spec.normal 0.0 1.0) order order 1 (Seed.child $"normals {i}" seed))[0]

let private haar: (string * (float -> Seed -> Sample -> Sample)) list =
    [ "gain too large by e", map (fun e q -> (1.0 + e) * q)
      "an entry has a normal error of e stddev", (fun e seed -> Array.Parallel.mapi (fun i q -> q + e * normals seed i))
      "a share e of the matrices is LAPACK's QR, without R's signs",
      (fun e seed -> share (fun _ i -> (normals seed i).QR(QRMethod.Full).Q) e seed)
      "a share e of the matrices has a first entry above 0",
      share (fun all i -> let q = all[i] in signed q 0 (if q[0, 0] < 0.0 then -1.0 else 1.0))
      "a share e of the matrices is a rotation",
      share (fun all i -> let q = all[i] in signed q (order - 1) (if q.Determinant() < 0.0 then -1.0 else 1.0))
      "a share e of the matrices has a trace above 0",
      share (fun all i -> let q = all[i] in if q.Trace() < 0.0 then -q else q)
      "a share e of the matrices is a Haar matrix squared", share (fun all i -> all[i] * all[i])
      "a share e of the matrices is a product of two reflections",
      (fun e seed ->
          share
              (fun _ i ->
                  let v = normals seed i

                  let reflection (x: Vector<float>) =
                      Matrix<float>.Build.DenseIdentity order
                      - 2.0 / x.DotProduct x * x.OuterProduct x

                  reflection (v.Column 0) * reflection (v.Column 1))
              e
              seed)
      "a share e of the matrices has entries of 1 and 0 alone, with signs",
      share (fun all i ->
          // The signs of the entries of column c, moved by c rows of a cycle that the matrix chooses.
          let q = all[i]
          let first = q.Column(0).AbsoluteMaximumIndex()

          dense order order (fun r c ->
              if r = (c + first) % order then
                  float (sign q[0, c])
              else
                  0.0))
      "a share e of the matrices is that before it", share (fun all i -> all[max 0 (i - 1)])
      "a share e of the matrices is that half of the batch away",
      share (fun all i -> all[(i + all.Length / 2) % all.Length]) ]

let orthogonalTable: Power.Table =
    { Title = "Orthogonal matrices"
      Sizes = [ 256; 1024 ]
      Size = fun n -> $"{n} matrices"
      Effects = haar |> List.map (effect "orthogonal, order 8, float64" haarChecks orthogonal) }

// ---------------------------------------------------------------------------------------------------------------
// sparse matrices of 40 x 16, with 12 zeros in a column

let private rows, cols, zeros, sparsity = 40, 16, 12, 0.3
let private inner = Spec.normal 0.0 1.0

let private sparse n seed =
    batch DType.Float32 (Spec.sparse sparsity inner) rows cols n seed

let private zeroRows (q: Matrix<float>) c =
    [| for r in 0 .. rows - 1 do
           if q[r, c] = 0.0 then
               r |]

/// The matrix with other rows of zeros in a column: the elements at old zeros are those of the new ones.
let private withZeros (q: Matrix<float>) c (wanted: int[]) =
    let before = zeroRows q c
    let vacated = before |> Array.except wanted
    let taken = wanted |> Array.except before

    for old, fresh in Array.zip vacated taken do
        q[old, c] <- q[fresh, c]
        q[fresh, c] <- 0.0

/// Changes a share of the columns: all matrices, a copy of matrix i, and the index of its column.
let private columns
    (change: Sample -> int -> Matrix<float> -> int -> unit)
    (e: float)
    (seed: Seed)
    (all: Sample)
    : Sample =
    let chosen = chosen e (all.Length * cols) seed

    all
    |> Array.Parallel.mapi (fun i q ->
        let q = q.Clone()

        for c in 0 .. cols - 1 do
            if chosen[i * cols + c] then
                change all i q c

        q)

let private nonzero f : float -> Seed -> Sample -> Sample =
    map (fun e q -> q.Map((fun x -> if x = 0.0 then 0.0 else f e x), Zeros.Include))

let private choices: (string * (float -> Seed -> Sample -> Sample)) list =
    [ "a share e of the columns has a zero too few", columns (fun _ _ q c -> q[(zeroRows q c)[0], c] <- 0.5)
      "a share e of the columns has its zeros in one run",
      columns (fun _ _ q c ->
          let first = (zeroRows q c)[0]
          withZeros q c (Array.init zeros (fun i -> (first + i) % rows)))
      "a share e of the columns has none of its zeros in the last row",
      columns (fun _ _ q c ->
          if q[rows - 1, c] = 0.0 then
              let free = [| 0 .. rows - 1 |] |> Array.find (fun r -> q[r, c] <> 0.0)
              withZeros q c (zeroRows q c |> Array.map (fun r -> if r = rows - 1 then free else r)))
      "a share e of the columns has the zeros of the column before it",
      columns (fun all i q c -> withZeros q c (zeroRows all[i] (max 0 (c - 1))))
      "a share e of the columns has the zeros of the matrix before it",
      columns (fun all i q c -> withZeros q c (zeroRows all[max 0 (i - 1)] c))
      "a share e of the columns has zeros in place of the smallest elements, as in pruning",
      (fun e seed all ->
          let dense = batch DType.Float32 inner rows cols all.Length (Seed.child "dense" seed)

          columns
              (fun _ i q c ->
                  let x = dense[i].Column c

                  let pruned =
                      Array.init rows id |> Array.sortBy (fun r -> abs x[r]) |> Array.truncate zeros

                  q.SetColumn(c, x)
                  pruned |> Array.iter (fun r -> q[r, c] <- 0.0))
              e
              seed
              all)
      "stddev of the other elements too large by e", nonzero (fun e x -> (1.0 + e) * x)
      "mean of the other elements off by e stddev", nonzero (fun e x -> x + e) ]

let sparseTable: Power.Table =
    { Title = "Sparse matrices"
      Sizes = [ 32; 128 ]
      Size = fun n -> $"{n} matrices"
      Effects =
        choices
        |> List.map (
            effect
                "sparse(0.3) of normal, 40 x 16, float32"
                (Sparse.checks DType.Float32 sparsity inner rows cols zeros)
                sparse
        ) }
