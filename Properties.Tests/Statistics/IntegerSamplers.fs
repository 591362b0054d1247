/// Wrong samplers of whole numbers, and the checks that reject them. Each check has the false-alarm rate `alpha`.
module Initializers.Properties.IntegerSamplers

open System
open MathNet.Numerics.Distributions
open MathNet.Numerics.Random
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.WrongSamplers

/// A check of a sample.
type private SampleCheck<'sample> = string * ('sample -> Verdict)

let private kind name (checks: SampleCheck<'sample> list) (shipped: unit -> 'sample) wrong =
    let run (sample: unit -> 'sample) () =
        let sample = sample ()
        checks |> List.map (fun (name, check) -> name, check sample)

    { Name = name
      Checks = checks |> List.map fst
      Shipped = [ "shipped", run shipped ]
      Wrong = wrong |> List.map (fun (name, sample) -> name, run sample) }

let private n = 1 <<< 18

let private words count seed =
    let words = Array.zeroCreate<uint32> count
    Initialize.words (Span words, 0L, seed) |> ok
    words

let private seed = seedOf 20262UL

let private inside count (sample: int64[]) : Verdict =
    { Statistic = sample |> Array.filter (fun x -> x < 0L || x >= count) |> Array.length |> float
      Low = 0.0
      High = 0.0 }

/// n = 2^18 numbers below 7, and pairs of neighbours.
let private small =
    let right () =
        shipped DType.Float32 (Spec.randint 0L 7L) Fan.Unknown n seed |> Array.map int64

    let cell (x: int64) = int (max 0L (min 6L x))

    kind
        "randint(0, 7)"
        [ "range", inside 7L
          "numbers", Array.map cell >> Tails.evenly 7
          "neighbours",
          Array.chunkBySize 2
          >> Array.map (fun pair -> 7 * cell pair[0] + cell pair[1])
          >> Tails.evenly 49 ]
        right
        [ "high included", (fun () -> words n seed |> Array.map (fun w -> int64 w % 8L))
          "rounded to nearest",
          (fun () ->
              words n seed
              |> Array.map (fun w -> int64 (Math.Round(6.0 * float w / 4294967296.0))))
          "three bits modulo 7", (fun () -> words n seed |> Array.map (fun w -> int64 (w >>> 29) % 7L))
          "each number twice", (fun () -> let x = right () in Array.init n (fun i -> x[i / 2])) ]

/// n = 2^18 numbers below 3 2^30, in thirds: 32-bit words modulo this number have each number of the first third twice.
let private large =
    let count = 3L <<< 30

    let sample (spec: Spec) () =
        shipped DType.Float64 spec Fan.Unknown n seed |> Array.map int64

    kind
        "randint(0, 3 * 2^30)"
        [ "range", inside count
          "thirds", Array.map (fun x -> int (max 0L (min 2L (x >>> 30)))) >> Tails.evenly 3
          "low bits", Array.map (fun x -> int (x &&& 15L)) >> Tails.evenly 16 ]
        (sample (Spec.randint 0L count))
        [ "modulo", (fun () -> words n seed |> Array.map (fun w -> int64 w % count))
          "all 32 bits", (fun () -> words n seed |> Array.map int64)
          "24 bits scaled", (fun () -> words n seed |> Array.map (fun w -> int64 (w >>> 8) * 192L)) ]

/// n = 2^18 of probability 0.3: the number of ones, and of neighbours that are both one, is binomial and about normal.
let private coin =
    let p = 0.3

    let proportion p (hits: bool[]) : Verdict =
        let count = float hits.Length
        let bound = Checks.twoSidedAt alpha * sqrt (p * (1.0 - p) / count)

        { Statistic = float (hits |> Array.filter id).Length / count
          Low = p - bound
          High = p + bound }

    let right () =
        shipped DType.Float32 (Spec.bernoulli p) Fan.Unknown n seed
        |> Array.map (fun x -> x = 1.0)

    kind
        "bernoulli(0.3)"
        [ "ones", proportion p
          "neighbouring ones",
          Array.chunkBySize 2
          >> Array.map (fun pair -> pair[0] && pair[1])
          >> proportion (p * p) ]
        right
        [ "zero for one", (right >> Array.map not)
          "four bits of a word", (fun () -> words n seed |> Array.map (fun w -> float (w >>> 28) < 16.0 * p))
          "each twice", (fun () -> let x = right () in Array.init n (fun i -> x[i / 2])) ]

let private shippedOrders count size () : int[][] =
    Array.Parallel.init count (fun i ->
        shipped DType.Float32 Spec.permutation Fan.Unknown size (Seed.child (string i) seed)
        |> Array.map int)

let private ordersBy count (size: int) (swap: Random -> int -> int) () : int[][] =
    let random = MersenneTwister 1

    Array.init count (fun _ ->
        let order = [| 0 .. size - 1 |]

        for i in size - 1 .. -1 .. 0 do
            let j = swap random i
            let other = order[j]
            order[j] <- order[i]
            order[i] <- other

        order)

/// Orders of 2 to 6 numbers: 120,000 orders, each as likely as another.
let private orders size =
    let count = 120000

    kind
        $"permutation of {size}"
        [ let check = OrderStatistics.ranks size in check.Name, check.Run ]
        (shippedOrders count size)
        [ "swaps with any number", ordersBy count size (fun random _ -> random.Next size)
          "one cycle (Sattolo)", ordersBy count size (fun random i -> if i = 0 then 0 else random.Next i)
          "one order for all", (fun () -> Array.replicate count [| 0 .. size - 1 |]) ]

/// 50 orders of 70,000 numbers, from the cipher.
let private many =
    let size = 70000
    let count = 50
    let random = MersenneTwister 2

    kind
        "permutation of 70000"
        (OrderStatistics.checks |> List.map (fun check -> check.Name, check.Run))
        (shippedOrders count size)
        [ "with repetition", (fun () -> Array.init count (fun _ -> Array.init size (fun _ -> random.Next size)))
          "in order", (fun () -> Array.replicate count [| 0 .. size - 1 |])
          "multiples of a number",
          (fun () ->
              Array.init count (fun i -> Array.init size (fun k -> int ((int64 k * 39983L + int64 i) % int64 size))))
          "one order, rotated by one each time",
          (fun () ->
              let order = (ordersBy 1 size (fun random i -> random.Next(i + 1)) ())[0]
              Array.init count (fun i -> Array.init size (fun k -> order[(k + i) % size])))
          "rotated",
          (fun () ->
              Array.init count (fun _ ->
                  let first = random.Next(1, size)
                  Array.init size (fun k -> (k + first) % size))) ]

/// As WrongSamplers.tables.
let internal tables: (string * Lazy<Kind list>) list =
    [ "integers", lazy [ small; large; coin ]
      "orders",
      lazy
          [ yield! [ 2..6 ] |> List.filter (fun size -> size > 2) |> List.map orders
            many ] ]
