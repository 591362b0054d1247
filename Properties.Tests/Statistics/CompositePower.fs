/// Effects on tensors that are made of parts, and on maps of distributions.
module internal Initializers.Properties.CompositePower

open MathNet.Numerics.Distributions
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.Tails

let private cols = 256

let private effect subject (verdicts: int -> float -> Seed -> (string * Verdict) list) name : Power.Effect =
    { Subject = subject
      Name = name
      Verdicts = verdicts }

let private normal = Spec.normal 0.0 1.0

let private values (spec: Spec) dims fan seed : float[] =
    use tensor =
        ok (
            Initialize.tensor
                { Device = Device.Cpu
                  DType = DType.Float32 }
                (shapeOf dims)
                fan
                seed
                spec
        )

    Values.ofTensor tensor

// ---------------------------------------------------------------------------------------------------------------
// a stack of two parts of equal size, whose fans are those of the part's shape

/// The rows of the parts, each divided by the standard deviation of its part: independent standard normals.
let private stackChecks (first: float[][]) (second: float[][]) =
    let products =
        Array.map2 (Array.map2 (*)) first second |> Array.concat |> hasMean 0.0 1.0

    let boundary = Array.append (Array.last first) second[0] |> hasUnitSquares

    let variances =
        [ "variance of the first part", first; "variance of the second part", second ]
        |> List.map (fun (name, part) -> name, Array.concat part |> hasUnitSquares)

    [ "two parts", products; "rows at the boundary", boundary ]
    @ variances
    @ RowStatistics.verdicts (Array.append first second)

/// he_normal above glorot_normal: fan_in is the number of columns, and fan_avg depends on the rows of the part.
let private stack (wrong: float -> Seed -> float[][] -> float[][] -> float[][] * float[][]) n amount seed =
    let rows = n / cols / 2

    let parts =
        Spec.stacked 0 [ int64 rows, Spec.heNormal; int64 rows, Spec.glorotNormal ]

    let all =
        values parts [ 2L * int64 rows; int64 cols ] (Fan.From Layout.OutIn) seed
        |> Array.chunkBySize cols

    let unit variance =
        Array.map (Array.map (fun x -> x / sqrt variance))

    (all[.. rows - 1] |> unit (2.0 / float cols), all[rows..] |> unit (2.0 / float (rows + cols)))
    ||> wrong amount seed
    ||> stackChecks

let private stacks =
    [ "the fan of the second part too large by e of it",
      (fun e _ first second -> first, second |> Array.map (Array.map (fun x -> x / sqrt (1.0 + e))))
      "the parts have a share e of their variance in common",
      (fun e _ first second -> first, Array.map2 (Array.map2 (fun x y -> sqrt e * x + sqrt (1.0 - e) * y)) first second)
      "a share e of the second part's elements is that of the first",
      (fun e seed first second ->
          let chosen = chosen e (cols * Array.length second) seed

          first,
          Array.mapi2
              (fun i x y ->
                  Array.init cols (fun j ->
                      if chosen[i * cols + j] then
                          Array.item j x
                      else
                          Array.item j y))
              first
              second)
      "a share e of the row behind the boundary is twice as large: the boundary is off",
      (fun e _ first second ->
          let count = int (e * float cols)

          first, Array.updateAt 0 (second[0] |> Array.mapi (fun j x -> if j < count then 2.0 * x else x)) second) ]
    |> List.map (fun (name, wrong) -> effect "stacked(he_normal, glorot_normal)" (stack wrong) name)

// ---------------------------------------------------------------------------------------------------------------
// a sum, a mixture, a chain of maps: elements

let private sums =
    let parts = [ Spec.normal 0.0 0.6; Spec.normal 0.0 0.8 ]

    /// The first part, which is drawn from the tensor's stream, and the other.
    let split (right: Sampler) n seed =
        let first = shipped DType.Float32 parts[0] Fan.Unknown n seed
        first, Array.map2 (-) (right n seed) first

    [ "the parts have a share e of their variance in common",
      (fun (_: Promise) right e ->
          fun n seed ->
              split right n seed
              ||> Array.map2 (fun x y -> x + sqrt (1.0 - e) * y + sqrt e * x / 0.6 * 0.8))
      "stddev of the second part too large by e of it",
      (fun _ right e -> fun n seed -> split right n seed ||> Array.map2 (fun x y -> x + (1.0 + e) * y))
      "a share e of the elements lacks the second part",
      (fun _ right e ->
          fun n seed ->
              let first, second = split right n seed

              (chosen e n seed, first, second)
              |||> Array.map3 (fun lacking x y -> if lacking then x else x + y)) ]
    |> List.map (fun (name, apply) ->
        // Written again: the stddevs are 0.6 and 0.8.
        let promise = promise DType.Float32 normal Fan.Unknown
        ElementPower.promised promise name (Spec.sum parts) DType.Float32 apply)

let private maps =
    let inner = 0.5
    let spec = Spec.tanh (Spec.normal 0.0 inner)

    // The distribution function of the inner normal, which is quicker, and written again.
    let promise =
        { ok (Distribution.resolve spec Shape.scalar Fan.Unknown) with
            Cdf = System.Math.Atanh >> fun x -> Normal.CDF(0.0, inner, x) }
        |> Promise.of' DType.Float32

    let through f : Promise -> Sampler -> float -> Sampler =
        fun _ right e -> fun n seed -> right n seed |> Array.map (System.Math.Atanh >> f e >> tanh)

    [ "stddev of the inner distribution too large by e of it", through (fun e x -> (1.0 + e) * x)
      "mean of the inner distribution off by e stddev", through (fun e x -> x + e * inner)
      "a share e of the elements is not mapped",
      (fun _ right e ->
          fun n seed ->
              Array.map2 (fun skipped x -> if skipped then System.Math.Atanh x else x) (chosen e n seed) (right n seed)) ]
    |> List.map (fun (name, apply) -> ElementPower.promised promise name spec DType.Float32 apply)

// ---------------------------------------------------------------------------------------------------------------
// rows that occur four times, and rows of length 1

/// Each row of the inner tensor, and how many copies differ from it.
let private repeats (wrong: float -> Seed -> float[][] -> float[][]) n amount seed =
    let rows =
        values (Spec.repeat 0 4L normal) [ int64 (n / cols); int64 cols ] Fan.Unknown seed
        |> Array.chunkBySize cols
        |> wrong amount seed

    let differing =
        rows
        |> Array.mapi (fun i row ->
            Array.fold2 (fun count x y -> if x = y then count else count + 1) 0 row rows[i / 4 * 4])
        |> Array.sum

    ("copies are equal", never differing)
    :: RowStatistics.verdicts (rows |> Array.indexed |> Array.filter (fun (i, _) -> i % 4 = 0) |> Array.map snd)

let private repeated =
    [ "a share e of the elements is drawn again",
      (fun e seed rows ->
          let chosen = chosen e (cols * Array.length rows) seed

          let other =
              shipped DType.Float32 normal Fan.Unknown chosen.Length (Seed.child "other" seed)

          rows
          |> Array.mapi (fun i -> Array.mapi (fun j x -> let k = i * cols + j in if chosen[k] then other[k] else x)))
      "an inner row has e of the one before",
      (fun e _ rows ->
          rows
          |> Array.mapi (fun i row ->
              if i < 4 then
                  row
              else
                  Array.map2 (fun before x -> (x + e * before) / sqrt (1.0 + e * e)) rows[i - 4] row)) ]
    |> List.map (fun (name, wrong) -> effect "repeat(axis=0, times=4) of normal" (repeats wrong) name)

/// Vectors that are uniform on the sphere: those of one column of an orthogonal matrix.
let private sphere (wrong: float -> Seed -> float[][] -> float[][]) =
    let dimension = 16
    let spec = Spec.normalized -1 normal

    let promise =
        Distribution.resolve spec (shapeOf [ 1L; int64 dimension ]) Fan.Unknown
        |> ok
        |> Promise.of' DType.Float32

    fun n amount seed ->
        let vectors =
            values spec [ int64 (n / dimension); int64 dimension ] Fan.Unknown seed
            |> Array.chunkBySize dimension
            |> wrong amount seed

        let product x y =
            Array.fold2 (fun sum x y -> sum + x * y) 0.0 x y

        let longer =
            vectors
            |> Array.filter (fun x -> abs (product x x - 1.0) > 1.0e-6)
            |> Array.length

        let entry k = vectors |> Array.map (Array.item k)

        // Moments of entries on the sphere of d dimensions (Weyl): E x^4 = 3/(d (d + 2)), E x^8 = 105/p and E x^4 y^4 = 9/p,
        // p = d (d + 2)(d + 4)(d + 6).
        let d = float dimension
        let fourth = 3.0 / (d + 2.0)
        let square = (105.0 + 9.0 * (d - 1.0)) / ((d + 2.0) * (d + 4.0) * (d + 6.0))

        // The product of two vectors is distributed like an entry, with variance 1/d.
        [ "vectors have length 1", never longer
          "fourth powers",
          vectors
          |> Array.map (Array.sumBy (fun x -> x ** 4.0))
          |> hasMean fourth (square - fourth * fourth)
          "successive vectors",
          vectors
          |> Array.pairwise
          |> Array.map (fun (x, y) -> product x y)
          |> hasMean 0.0 (1.0 / float dimension) ]
        @ ([ Checks.support; Checks.mean; Checks.kolmogorovSmirnov; Checks.repeats ]
           |> List.map (fun check -> $"entries: {check.Name}", check.Run promise (entry 0) (entry 1)))

let private scaled (x: float[]) =
    let norm = sqrt (x |> Array.sumBy (fun x -> x * x))
    x |> Array.map (fun x -> x / norm)

let private spheres =
    [ "length too large by e", (fun e _ -> Array.map (Array.map (fun x -> (1.0 + e) * x)))
      "a vector has e of the one before",
      (fun e _ vectors ->
          vectors
          |> Array.mapi (fun i x -> Array.map2 (fun before x -> x + e * before) vectors[max 0 (i - 1)] x |> scaled))
      "a share e of the vectors is that half of the tensor away",
      (fun e seed vectors ->
          let count = Array.length vectors

          Array.map2
              (fun i copied ->
                  if copied then
                      vectors[(i + count / 2) % count]
                  else
                      vectors[i])
              [| 0 .. count - 1 |]
              (chosen e count seed))
      "a share e of the vectors is that of uniform numbers, which favour the corners",
      (fun e seed vectors ->
          let dimension = Array.length vectors[0]
          let count = Array.length vectors

          let uniform =
              shipped DType.Float32 (Spec.uniform -1.0 1.0) Fan.Unknown (count * dimension) (Seed.child "other" seed)
              |> Array.chunkBySize dimension

          (chosen e count seed, vectors, uniform)
          |||> Array.map3 (fun other x y -> if other then scaled y else x)) ]
    |> List.map (fun (name, wrong) -> effect "normalized(axis=-1) of normal, vectors of 16" (sphere wrong) name)

let table: Power.Table =
    { Title = "Tensors of parts, and maps"
      Sizes = [ 1 <<< 12; 1 <<< 14 ]
      Size = fun n -> $"2^{System.Numerics.BitOperations.Log2(uint32 n)} elements"
      Effects = stacks @ sums @ maps @ repeated @ spheres }
