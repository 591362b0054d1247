/// Checks of rows of standard normals that should be independent of each other: rows of a matrix, tensors, seeds, streams.
///
/// n is the number of elements, and each check has the false-alarm rate `alpha`. Thresholds are exact for normal elements,
/// except those of products, whose mean is normal as n grows.
module internal Initializers.Properties.RowStatistics

open MathNet.Numerics
open MathNet.Numerics.Distributions
open Initializers
open Initializers.FSharp
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.Tails

type RowCheck =
    { Name: string
      Run: float[][] -> Verdict }

let private squares (x: float[]) = Array.sumBy (fun x -> x * x) x

/// The sum of (x - mean)^2.
let private spread (x: float[]) =
    let mean = Array.average x
    x |> Array.sumBy (fun x -> (x - mean) ** 2.0)

let private means name (vectors: float[][] -> float[][]) =
    { Name = name
      Run =
        fun rows ->
            vectors rows
            |> Array.map (fun x -> sqrt (float x.Length) * Array.average x)
            |> hasUnitSquares }

let private spreads name (vectors: float[][] -> float[][]) =
    { Name = name
      Run =
        fun rows ->
            let all = vectors rows
            let freedom = float (all[0].Length - 1)
            [ all |> Array.map spread ] |> haveLaw (fun x -> ChiSquared.CDF(freedom, x)) }

/// Products of elements of neighbouring rows, of which the second is some columns further on.
let private products shift (rows: float[][]) =
    let cols = rows[0].Length

    rows
    |> Array.pairwise
    |> Array.collect (fun (a, b) -> Array.init (cols - abs shift) (fun j -> a[j + max 0 -shift] * b[j + max 0 shift]))

let private neighbours =
    { Name = "neighbouring rows"
      Run = products 0 >> hasMean 0.0 1.0 }

/// Rows that are moved by up to a block of words; each distance has a share of the false-alarm rate.
let private moved =
    { Name = "neighbouring rows, moved"
      Run =
        fun rows ->
            let shifts = [ -4 .. -1 ] @ [ 1..4 ]

            shifts
            |> List.map (fun shift ->
                let x = products shift rows
                abs (Array.average x) * sqrt (float x.Length))
            |> List.max
            |> within 0.0 (Checks.twoSidedAt (alpha / float shifts.Length)) }

/// The largest correlation r of any two rows of c elements: r^2 has the distribution Beta(1/2, (c - 2)/2), and each pair has a share
/// of the false-alarm rate.
let private pairs =
    { Name = "any two rows"
      Run =
        fun rows ->
            let units =
                rows
                |> Array.map (fun x ->
                    let mean, norm = Array.average x, sqrt (spread x)
                    x |> Array.map (fun x -> (x - mean) / norm))

            let largest =
                [| for i in 1 .. rows.Length - 1 do
                       for j in 0 .. i - 1 do
                           let mutable r = 0.0

                           for k in 0 .. units[i].Length - 1 do
                               r <- r + units[i][k] * units[j][k]

                           r * r |]
                |> Array.max
                |> min 1.0

            SpecialFunctions.BetaRegularized(float (rows[0].Length - 2) / 2.0, 0.5, 1.0 - largest)
            |> within (alpha / float (rows.Length * (rows.Length - 1) / 2)) 1.0 }

/// The checks of Statistics for all elements.
let private elements =
    let promise = promise DType.Float32 (Spec.normal 0.0 1.0) Fan.Unknown

    [ Checks.mean
      Checks.variance
      Checks.kolmogorovSmirnov
      Checks.extremes
      Checks.repeats ]
    |> List.map (fun check ->
        { Name = check.Name
          Run = fun rows -> check.Run promise (Array.concat rows) [||] })

/// The checks of two rows or more, of five elements or more.
let checks =
    [ means "means of rows" id
      spreads "variances of rows" id
      means "means of columns" Array.transpose
      spreads "variances of columns" Array.transpose
      neighbours
      moved
      pairs ]
    @ elements

let verdicts (rows: float[][]) =
    checks |> List.map (fun check -> check.Name, check.Run rows)
