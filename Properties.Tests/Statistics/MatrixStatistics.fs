/// Checks of many matrices: orthogonal ones against the Haar measure, and sparse ones against theirs.
///
/// As in Statistics, n, the number of matrices, is the sample's, and each check has the false-alarm rate Statistics.alpha and a
/// threshold from exact moments or laws.
module Initializers.Properties.MatrixStatistics

open System
open MathNet.Numerics.Distributions
open MathNet.Numerics.LinearAlgebra
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.Tails

/// The sum of a_ij·b_ij, and of a_ij·b_ji, the trace of the product: a product itself would take far longer.
let private inner (a: Matrix<float>) (b: Matrix<float>) =
    Array.fold2 (fun sum x y -> sum + x * y) 0.0 (a.AsColumnMajorArray()) (b.AsColumnMajorArray())

let private traceOfProduct (a: Matrix<float>) (b: Matrix<float>) = inner a (b.Transpose())

/// A sample, and the traces of its powers, which several checks read.
type internal Matrices(all: Matrix<float>[]) =
    let traces =
        lazy
            (all
             |> Array.Parallel.map (fun q ->
                 let square = q * q

                 [| q.Trace()
                    square.Trace()
                    traceOfProduct square q
                    traceOfProduct square square |]))

    member _.All = all
    member _.Rows = all[0].RowCount
    member _.Cols = all[0].ColumnCount

    /// Traces of the power k <= 4.
    member _.Traces k =
        traces.Value |> Array.map (fun t -> t[k - 1])

    member _.Entry(r, c) =
        all |> Array.map (fun (q: Matrix<float>) -> q[r, c])

type internal MatrixCheck =
    { Name: string
      Run: Matrices -> Verdict }

/// The checks of Statistics for entries, and the streams' for others.
let private entryChecks dtype spec rows cols entries others (checks: Check list) : MatrixCheck list =
    let promise =
        Promise.of' dtype (ok (Distribution.resolve spec (shapeOf [ int64 rows; int64 cols ]) Fan.Unknown))

    checks
    |> List.map (fun check ->
        { Name = $"entries: {check.Name}"
          Run = fun m -> check.Run promise (entries m) (others m) })

/// Orthogonal matrices. An integral over O(n) of a product of traces of powers, of degree d in all, is the number of pairings
/// of d points that a permutation with these powers as its cycles leaves alone, if d <= 2n (Diaconis and Shahshahani, "On the
/// eigenvalues of random matrices", 1994; Rains, 1997): the moments of independent normal laws, that of power k with variance k
/// and mean 1 for even k and 0 for odd.
module internal Haar =
    /// An entry of a column that is uniform on the sphere of n dimensions: its square is Beta(1/2, (n - 1)/2).
    let private entryCdf (n: int) (x: float) =
        let inside = Beta.CDF(0.5, float (n - 1) / 2.0, min 1.0 (x * x))
        if x < 0.0 then 0.5 - 0.5 * inside else 0.5 + 0.5 * inside

    /// The smallest angle above 0 and below pi of an eigenvalue exp(i angle) of order n: the spacing of it and its conjugate. The
    /// angles are determinantal with the projection on cosines or sines of these frequencies (Weyl's integration formula; Katz and
    /// Sarnak, "Random matrices, Frobenius eigenvalues, and monodromy", 1999), so P(none in (0, s)) is a small determinant.
    /// For n = 3 and a rotation it is 1 - (s - sin s)/pi.
    let smallestAngleCdf (n: int) (rotation: bool) (s: float) =
        let frequencies, sign =
            match n % 2, rotation with
            | 0, true -> [| for j in 0 .. n / 2 - 1 -> float j |], 1.0
            | 0, false -> [| for j in 1 .. n / 2 - 1 -> float j |], -1.0
            | _, true -> [| for j in 1 .. n / 2 -> float j - 0.5 |], -1.0
            | _, false -> [| for j in 1 .. n / 2 -> float j - 0.5 |], 1.0

        let integral w = if w = 0.0 then s else sin (w * s) / w
        let weight a = if a = 0.0 then sqrt 0.5 else 1.0

        let none =
            dense frequencies.Length frequencies.Length (fun i j ->
                let a, b = frequencies[i], frequencies[j]

                (if i = j then 1.0 else 0.0)
                - weight a * weight b * (integral (a - b) + sign * integral (a + b)) / Math.PI)

        1.0 - none.Determinant()

    /// The smallest rotation angle, from the symmetric part. Its eigenvalues are each angle's cosine, twice, and the
    /// fixed 1 and -1.
    let private smallestAngle (q: Matrix<float>) =
        let n = q.RowCount
        let rotation = q.Determinant() > 0.0
        let part = (q + q.Transpose()).Multiply 0.5

        let cosines =
            part.Evd(Symmetricity.Symmetric).EigenValues
            |> Seq.map _.Real
            |> Seq.sortDescending
            |> Array.ofSeq

        let fixedOne = (n % 2 = 1) = rotation
        rotation, acos (max -1.0 (min 1.0 cosines[if fixedOne then 1 else 0]))

    let private largest (m: Matrices) (fault: Matrix<float> -> float) =
        m.All |> Array.Parallel.map fault |> Array.max

    /// Deterministic, so that the false-alarm rate is 0: the bound of docs/bits.md for float32.
    let private orthonormal =
        { Name = "columns, or rows, are orthonormal"
          Run =
            fun m ->
                largest m (fun q ->
                    let product =
                        if m.Rows < m.Cols then
                            q * q.Transpose()
                        else
                            q.Transpose() * q

                    let p = product.RowCount
                    let all = product.AsColumnMajorArray()
                    let mutable worst = 0.0

                    for i in 0 .. all.Length - 1 do
                        worst <- max worst (abs (all[i] - (if i / p = i % p then 1.0 else 0.0)))

                    worst)
                |> within 0.0 2.0e-6 }

    /// Some entries, of many rows and columns, the first and the last among them.
    let private entries (m: Matrices) =
        let last = m.Rows * m.Cols - 1

        0 :: last :: [ m.Cols - 1 .. (m.Cols - 1) * max 1 (m.Rows / 10) .. last - 1 ]
        |> List.map (fun i -> m.Entry(i / m.Cols, i % m.Cols))

    let private entriesLaw =
        { Name = "entries have the sphere's law"
          Run = fun m -> entries m |> haveLaw (entryCdf (max m.Rows m.Cols)) }

    let private entriesMean =
        { Name = "entries have mean 0"
          Run =
            fun m ->
                let all = entries m
                let scale = sqrt (float (max m.Rows m.Cols) * float m.All.Length)

                all
                |> List.map (fun x -> scale * abs (Array.average x))
                |> List.max
                |> within 0.0 (Checks.twoSidedAt (alpha / float all.Length)) }

    let private successive =
        { Name = "successive matrices"
          Run =
            fun m ->
                // tr(AᵀB) is distributed like the sum of p diagonal entries of one matrix, uncorrelated and of variance 1/n.
                Array.pairwise m.All
                |> Array.Parallel.map (fun (a, b) -> inner a b)
                |> hasMean 0.0 (float (min m.Rows m.Cols) / float (max m.Rows m.Cols)) }

    /// Checks of any shape.
    let shaped dtype rows cols =
        [ orthonormal; entriesLaw; entriesMean; successive ]
        @ entryChecks dtype (Spec.orthogonal 1.0) rows cols _.Entry(1, 0) _.Entry(rows - 1, cols - 1) (Checks.all dtype)

    /// Checks of square matrices of order 3 or more, by their eigenvalues and under a fixed rotation.
    let square n : MatrixCheck list =
        let reflection (v: float[]) =
            let square = v |> Array.sumBy (fun x -> x * x)
            dense n n (fun i j -> (if i = j then 1.0 else 0.0) - 2.0 * v[i] * v[j] / square)

        let turn =
            reflection (Array.create n 1.0)
            * reflection (Array.init n (fun i -> float (i + 1)))

        let entry name (vectors: Matrix<float> -> Vector<float> * Vector<float>) =
            { Name = $"a rotation from the {name} leaves the first entry's law"
              Run =
                fun m ->
                    [ m.All
                      |> Array.Parallel.map (fun q ->
                          let a, b = vectors q
                          a.DotProduct b) ]
                    |> haveLaw (entryCdf n) }

        let power k =
            let mean = float ((k + 1) % 2)
            let variance = float k

            [ { Name = $"the trace of power {k}: mean"
                Run = fun m -> m.Traces k |> hasMean mean variance }
              { Name = $"the trace of power {k}: spread"
                Run =
                  fun m ->
                      // The fourth moment is a normal distribution's where the degree allows it, or the sample's.
                      if 4 * k <= 2 * n then
                          m.Traces k |> Array.map (fun t -> (t - mean) / sqrt variance) |> hasUnitSquares
                      else
                          let squares = m.Traces k |> Array.map (fun t -> t * t)

                          squares
                          |> hasMean (variance + mean) (MathNet.Numerics.Statistics.Statistics.Variance squares) } ]

        [ { Name = "the determinant is 1 as often as -1"
            Run =
              fun m ->
                  m.All
                  |> Array.Parallel.map (fun q -> float (sign (q.Determinant())))
                  |> hasMean 0.0 1.0 }
          // From the left and from the right it is one number.
          { Name = "a rotation leaves the trace's mean 0"
            Run = fun m -> m.All |> Array.Parallel.map (traceOfProduct turn) |> hasMean 0.0 1.0 }
          entry "left" (fun q -> turn.Row 0, q.Column 0)
          entry "right" (fun q -> q.Row 0, turn.Column 0)
          yield! [ 1 .. min n 4 ] |> List.collect power
          { Name = "eigen-angle spacing"
            Run =
              fun m ->
                  // As many as take about as long as those of order 8.
                  let some = m.All[.. min m.All.Length (40_000 / n) - 1]

                  [ some
                    |> Array.Parallel.map (fun q ->
                        let rotation, angle = smallestAngle q
                        smallestAngleCdf n rotation angle) ]
                  |> haveLaw id } ]

/// Matrices whose columns have k zeros among R elements, all choices with equal probability, and inner values elsewhere.
module internal Sparse =
    /// How many rows are as `matters` says.
    let private count (m: Matrix<float>) (matters: int -> bool) =
        let mutable count = 0

        for r in 0 .. m.RowCount - 1 do
            if matters r then
                count <- count + 1

        float count

    let private columns (m: Matrices) (f: Matrix<float> -> int -> float) =
        m.All |> Array.collect (fun q -> Array.init m.Cols (f q))

    let private common (a: Matrix<float>) i (b: Matrix<float>) j =
        count a (fun r -> a[r, i] = 0.0 && b[r, j] = 0.0)

    /// A row of each matrix, whose entries are independent: n times as many as matrices.
    let private row r (m: Matrices) =
        m.All |> Array.collect (fun q -> q.Row(r).AsArray())

    /// Columns of two independent choices have k²/R rows in common, a hypergeometric number.
    let private overlap rows zeros =
        let r, k = float rows, float zeros
        hasMean (k * k / r) (k * k * (r - k) * (r - k) / (r * r * (r - 1.0)))

    let checks dtype sparsity inner rows cols zeros : MatrixCheck list =
        let r, k = float rows, float zeros

        [ { Name = "zeros of a column"
            // Exact, so that the false-alarm rate is 0.
            Run =
              fun m ->
                  columns m (fun q c -> count q (fun r -> q[r, c] = 0.0))
                  |> Array.filter (fun count -> count <> k)
                  |> Array.length
                  |> never }
          { Name = "zeros of a row"
            // Counts of rows, of which any two have the covariance of a choice without replacement: chi-squared.
            Run =
              fun m ->
                  let columns = float (m.All.Length * m.Cols)
                  let p = k / r

                  Array.init rows (fun row ->
                      let count =
                          m.All
                          |> Array.sumBy (fun q ->
                              q.Row(row).AsArray() |> Array.sumBy (fun x -> if x = 0.0 then 1.0 else 0.0))

                      (count - columns * p) ** 2.0)
                  |> Array.sum
                  |> fun sum -> sum / (columns * p * (1.0 - p)) * (r - 1.0) / r
                  |> chiSquared (r - 1.0) }
          { Name = "runs of zeros down a column"
            // Hypergeometric: k draws, of which R - k + 1 gaps of R places begin a run (Stevens, 1939).
            Run =
              fun m ->
                  let gaps = r - k + 1.0

                  columns m (fun q c -> count q (fun r -> q[r, c] = 0.0 && (r = 0 || q[r - 1, c] <> 0.0)))
                  |> hasMean (k * gaps / r) (k * (k - 1.0) * gaps * (gaps - 1.0) / (r * r * (r - 1.0))) }
          { Name = "zeros that neighbouring columns share"
            Run =
              fun m ->
                  m.All
                  |> Array.collect (fun q -> Array.init (m.Cols - 1) (fun c -> common q c q (c + 1)))
                  |> overlap rows zeros }
          { Name = "zeros that successive matrices share"
            Run =
              fun m ->
                  Array.pairwise m.All
                  |> Array.collect (fun (a, b) -> Array.init m.Cols (fun c -> common a c b c))
                  |> overlap rows zeros }
          { Name = "the inner law elsewhere"
            Run =
              fun m ->
                  let law =
                      ok (Distribution.resolve inner (shapeOf [ int64 rows; int64 cols ]) Fan.Unknown)

                  [ m.All
                    |> Array.collect (fun q -> q.AsColumnMajorArray() |> Array.filter (fun x -> x <> 0.0)) ]
                  |> haveLaw law.Cdf } ]
        // Of entries the mixture of both is promised; that equal values are few is not.
        @ entryChecks
            dtype
            (Spec.sparse sparsity inner)
            rows
            cols
            (row 1)
            (row (rows - 1))
            [ Checks.support
              Checks.mean
              Checks.variance
              Checks.kolmogorovSmirnov
              Checks.extremes
              Checks.lag 1
              Checks.lag 4
              Checks.streams ]
