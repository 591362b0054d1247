/// Effects on permutations.
module internal Initializers.Properties.OrderPower

open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.OrderStatistics

/// Orders of one batch.
let shippedOrders size n seed : int[][] =
    RowPower.ofShape (Spec.batched 1 Spec.permutation) [ int64 n; int64 size ] seed
    |> Array.map int
    |> RowPower.rowsOf size

type private Change = float -> Seed -> int[][] -> int[][]

/// Changes a share of the orders: all orders, and the index of one.
let private orders (change: int[][] -> int -> int[]) : Change =
    fun e seed all ->
        let chosen = chosen e all.Length seed
        all |> Array.mapi (fun i order -> if chosen[i] then change all i else order)

/// Changes a copy of each order at a share of the places: the order before, the copy, and a place.
let private placesOf (change: int[] -> int[] -> int -> unit) : Change =
    fun e seed all ->
        let size = all[0].Length
        let chosen = chosen e (all.Length * size) seed

        all
        |> Array.Parallel.mapi (fun i order ->
            let order = Array.copy order

            for k in 0 .. size - 1 do
                if chosen[i * size + k] then
                    change all[max 0 (i - 1)] order k

            order)

let private exchange (order: int[]) i j =
    let x = order[i]
    order[i] <- order[j]
    order[j] <- x

/// Exchanges a number with the one at a place.
let private put (order: int[]) place x =
    exchange order place (Array.findIndex ((=) x) order)

let private changes: (string * Change) list =
    [ "a share e of the numbers is that of the place before",
      placesOf (fun _ order k -> order[k] <- order[max 0 (k - 1)])
      "a share e of the numbers is at its index", placesOf (fun _ order k -> put order k k)
      "a share e of the numbers follows the number below it",
      placesOf (fun _ order k ->
          if k > 0 && order[k - 1] + 1 < order.Length then
              put order k (order[k - 1] + 1))
      "a share e of the numbers is at its place in the order before",
      placesOf (fun before order k -> put order k before[k])
      "a share e of the pairs of places at equal distances from the ends is sorted",
      placesOf (fun _ order k ->
          let other = order.Length - 1 - k

          if k < other && order[k] > order[other] then
              exchange order k other)
      "a share e of the orders is even",
      orders (fun all i ->
          let order = Array.copy all[i]

          if sign order < 0 then
              exchange order 0 1

          order)
      "a share e of the orders is that half of the batch away",
      orders (fun all i -> all[(i + all.Length / 2) % all.Length])
      "a share e of the orders is the one before, rotated by one",
      orders (fun all i ->
          if i = 0 then
              all[0]
          else
              Array.append (all[i - 1][1..]) (all[i - 1][..0])) ]

let private effect subject size (checks: OrderCheck list) (name, change: Change) : Power.Effect =
    { Subject = subject
      Name = name
      Verdicts =
        fun n amount seed ->
            let sample = shippedOrders size n seed |> change amount seed
            checks |> List.map (fun check -> check.Name, check.Run sample) }

let table: Power.Table =
    { Title = "Permutations"
      Sizes = [ 64; 256 ]
      Size = fun n -> $"{n} orders"
      Effects = changes |> List.map (effect "permutation of 1024 numbers" 1024 checks) }

/// Fisher and Yates's exchanges with another choice of the partner, from a place and a word below 2^32.
let private exchanges (partner: int -> uint32 -> int) : Change =
    fun e seed all ->
        let size = all[0].Length
        let words = Array.zeroCreate<uint32>(all.Length * size)
        Initialize.words (System.Span words, 0L, Seed.child "words" seed) |> ok

        orders
            (fun _ i ->
                let order = [| 0 .. size - 1 |]

                for k in size - 1 .. -1 .. 1 do
                    exchange order k (partner k words[i * size + k])

                order)
            e
            seed
            all

let private below n (word: uint32) = int (uint64 word * uint64 n >>> 32)

/// Of a few numbers, whose orders can be counted.
let smallTable: Power.Table =
    let size = 5

    { Title = "Permutations of few numbers"
      Sizes = [ 1 <<< 12; 1 <<< 14 ]
      Size = fun n -> $"2^{System.Numerics.BitOperations.Log2(uint32 n)} orders"
      Effects =
        [ "a share e of the orders exchanges any two places", exchanges (fun _ word -> below size word)
          "a share e of the orders is one cycle (Sattolo)", exchanges below
          "a share e of the orders exchanges with words of 3 bits, modulo the number of places",
          exchanges (fun k word -> int (word >>> 29) % (k + 1))
          "a share e of the orders is that before it", orders (fun all i -> all[max 0 (i - 1)]) ]
        |> List.map (effect $"permutation of {size} numbers" size [ ranks size; steps size ]) }
