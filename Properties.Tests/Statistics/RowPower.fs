/// Effects on rows that should be independent: rows of a matrix, tensors of a model, seeds and streams next to each other.
module internal Initializers.Properties.RowPower

open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

/// A way to make rows of standard normals from a seed: the number of rows and of columns.
type Rows = int -> int -> Seed -> float[][]

let private normal = Spec.normal 0.0 1.0

let private target =
    { Device = Device.Cpu
      DType = DType.Float32 }

/// The rows of a matrix with a number of columns.
let rowsOf cols (values: 'a[]) : 'a[][] = Array.chunkBySize cols values

let ofShape (spec: Spec) dims seed : float[] =
    use tensor = ok (Initialize.tensor target (shapeOf dims) Fan.Unknown seed spec)
    Values.ofTensor tensor

let private ofMatrix: Rows =
    fun rows cols seed -> ofShape normal [ int64 rows; int64 cols ] seed |> rowsOf cols

/// Tensors of one call, whose names differ in a number.
let private ofTensors: Rows =
    fun rows cols seed ->
        let tensors =
            [ for i in 0 .. rows - 1 ->
                  { Name = $"h.{i}.weight"
                    Spec = normal
                    Dims = [ int64 cols ]
                    Fan = Fan.Unknown } ]
            |> Initialize.tensors target seed
            |> ok

        let values = tensors |> List.map Values.ofTensor |> Array.ofList

        for tensor in tensors do
            (tensor :> System.IDisposable).Dispose()

        values

/// Tensors of a seed each.
let private ofSeeds (seedAt: Seed -> int -> Seed) : Rows =
    fun rows cols seed -> Array.init rows (fun i -> shipped DType.Float32 normal Fan.Unknown cols (seedAt seed i))

/// The seed itself, then those that differ from it in one of the 128 bits of key and stream.
let private withBit (seed: Seed) i =
    match i with
    | 0 -> seed
    | i when i <= 64 -> Seed(seed.Key ^^^ (1UL <<< (i - 1)), seed.Stream)
    | i -> Seed(seed.Key, seed.Stream ^^^ (1UL <<< (i - 65)))

/// The ways with their names; each makes at most 129 rows.
let samplers: (string * Rows) list =
    [ "rows of a normal matrix", ofMatrix
      "tensors of a model, normal", ofTensors
      "sequential keys, normal", ofSeeds (fun seed i -> Seed(seed.Key + uint64 i, seed.Stream))
      "sequential streams, normal", ofSeeds (fun seed i -> Seed(seed.Key, seed.Stream + uint64 i))
      "seeds of which one bit differs, normal", ofSeeds withBit
      "matrices of a batch, normal",
      (fun rows cols seed -> ofShape (Spec.batched 1 normal) [ int64 rows; int64 cols ] seed |> rowsOf cols) ]

type private Change = float -> Seed -> float[][] -> float[][]

/// A row from the row before it and itself. The first row has none before.
let private following (change: float -> float[] -> float[] -> float[]) : Change =
    fun e _ rows -> Array.init rows.Length (fun i -> if i = 0 then rows[0] else change e rows[i - 1] rows[i])

let private mixed shift : Change =
    following (fun e before x ->
        Array.init x.Length (fun j -> (x[j] + e * before[(j + shift) % x.Length]) / sqrt (1.0 + e * e)))

/// Another number of each row, standard normal.
let private perRow (change: float -> float -> float) : Change =
    fun e seed rows ->
        let z =
            shipped DType.Float32 normal Fan.Unknown rows.Length (Seed.child "rows" seed)

        rows |> Array.mapi (fun i -> Array.map (change (e * z[i])))

let private elementsOf (from: int -> int -> int) : Change =
    fun e seed rows ->
        let cols = rows[0].Length
        let chosen = chosen e (rows.Length * cols) seed

        rows
        |> Array.mapi (fun i x ->
            Array.init cols (fun j ->
                if chosen[i * cols + j] then
                    rows[from rows.Length i][j]
                else
                    x[j]))

let private changes: (string * Change) list =
    [ "a row has e of the one before", mixed 0
      "a row has e of the one before, moved by one", mixed 1
      "rows have a share e of their variance in common",
      (fun e seed rows ->
          let common =
              shipped DType.Float32 normal Fan.Unknown rows[0].Length (Seed.child "common" seed)

          rows
          |> Array.map (Array.map2 (fun y x -> sqrt (1.0 - e) * x + sqrt e * y) common))
      "a share e of the rows is the one before",
      (fun e seed rows ->
          let chosen = chosen e rows.Length seed
          rows |> Array.mapi (fun i x -> if chosen[i] then rows[max 0 (i - 1)] else x))
      "a share e of the elements is that of the row before", elementsOf (fun _ i -> max 0 (i - 1))
      "a share e of a row is the end of the row before: streams that overlap",
      following (fun e before x ->
          let overlap = int (e * float x.Length)
          Array.append before[x.Length - overlap ..] x[overlap..])
      "the last row has e of the first",
      (fun e _ rows ->
          Array.updateAt
              (rows.Length - 1)
              (Array.map2 (fun y x -> (x + e * y) / sqrt (1.0 + e * e)) rows[0] (Array.last rows))
              rows)
      "means of rows off by e stddev, times a normal number", perRow (fun z x -> x + z)
      "stddevs of rows off by the factor exp of e times a normal number", perRow (fun z x -> exp z * x) ]

let private effect subject (sampler: Rows) name : Power.Effect =
    let change = changes |> List.find (fst >> (=) name) |> snd

    { Subject = subject
      Name = name
      Verdicts =
        fun n amount seed ->
            let cols = 256
            sampler (n / cols) cols seed |> change amount seed |> RowStatistics.verdicts }

/// Every effect on rows of a matrix, and on other rows those that their way to be made could have.
let table: Power.Table =
    let all = changes |> List.map fst

    let some =
        [ "a row has e of the one before"
          "rows have a share e of their variance in common"
          "a share e of the elements is that of the row before" ]

    { Title = "Rows, tensors and seeds"
      Sizes = [ 1 <<< 12; 1 <<< 14 ]
      Size = fun n -> $"{n / 256} rows of 256"
      Effects =
        [ for name, sampler in samplers do
              let names = if name = fst samplers.Head then all else some
              yield! names |> List.map (effect name sampler) ] }
