/// Checks of permutations. n is the number of orders, and each check has the false-alarm rate `alpha`.
module internal Initializers.Properties.OrderStatistics

open System.Collections.Generic
open MathNet.Numerics.Distributions
open Initializers.Properties.Statistics
open Initializers.Properties.Tails

type OrderCheck =
    { Name: string
      Run: int[][] -> Verdict }

let private check name run = { Name = name; Run = run }

/// How many places of an order are as `matters` says: the place and its number.
let private count (matters: int -> int -> bool) (order: int[]) =
    let mutable count = 0

    for i in 0 .. order.Length - 1 do
        if matters i order[i] then
            count <- count + 1

    count

/// 1 for an even permutation, -1 for an odd one: by its cycles.
let sign (order: int[]) =
    let seen = Array.create order.Length false
    let mutable sign = 1

    for first in 0 .. order.Length - 1 do
        let mutable i = first
        let mutable length = 0

        while not seen[i] do
            seen[i] <- true
            i <- order[i]
            length <- length + 1

        if length > 0 && length % 2 = 0 then
            sign <- -sign

    sign

/// Every number below the size occurs once.
let isOrder: OrderCheck =
    check "is an order" (fun orders ->
        orders
        |> Array.filter (fun order ->
            let seen = Array.create order.Length false

            for x in order do
                if 0 <= x && x < order.Length then
                    seen[x] <- true

            Array.contains false seen)
        |> Array.length
        |> never)

/// Cells of places and numbers, in k parts each: (k - 1)^2 degrees of freedom, and those of all orders together add up. A cell
/// expects 64 numbers or more.
let private places =
    check "places" (fun orders ->
        let size = orders[0].Length
        let k = min 16 (int (sqrt (float size / 64.0)))
        let bin x = int (int64 x * int64 k / int64 size)
        let part = Array.init size bin |> Array.countBy id |> Array.map (snd >> float)

        let statistic (order: int[]) =
            let counts = Array.zeroCreate<float>(k * k)

            order
            |> Array.iteri (fun i x ->
                let cell = k * bin i + bin x
                counts[cell] <- counts[cell] + 1.0)

            counts
            |> Array.mapi (fun cell seen ->
                let expected = part[cell / k] * part[cell % k] / float size
                (seen - expected) ** 2.0 / expected)
            |> Array.sum
            // Without replacement, the variances of cells are larger by n/(n - 1).
            |> (*) (float (size - 1) / float size)

        let freedom = float (k - 1) * float (k - 1) * float orders.Length

        orders
        |> Array.Parallel.map statistic
        |> Array.sum
        |> within 0.0 (ChiSquared.InvCDF(freedom, 1.0 - alpha)))

/// Numbers at their own index: Poisson with mean 1 in each order.
let private fixedPoints =
    check "fixed points" (fun orders -> orders |> Array.sumBy (count (=)) |> poisson (float orders.Length))

/// Neighbours that differ by 1: about Poisson, with mean 2(n - 1)/n in each order.
let private neighbours =
    check "neighbours" (fun orders ->
        let size = float orders[0].Length

        orders
        |> Array.sumBy (fun order -> order |> count (fun i x -> i > 0 && abs (x - order[i - 1]) = 1))
        |> poisson (2.0 * (size - 1.0) / size * float orders.Length))

/// Differences of neighbours modulo the size, in 64 parts: about multinomial.
let private differences =
    check "differences" (fun orders ->
        let size = orders[0].Length
        let counts = Array.zeroCreate<float> 64
        let expected = Array.zeroCreate<float> 64
        let bin d = int (int64 d * 64L / int64 size)

        for d in 1 .. size - 1 do
            expected[bin d] <- expected[bin d] + float orders.Length

        for order in orders do
            for a, b in Array.pairwise order do
                let cell = bin ((b - a + size) % size)
                counts[cell] <- counts[cell] + 1.0

        Array.map2 (fun seen expected -> (seen - expected) ** 2.0 / expected) counts expected
        |> Array.sum
        |> within 0.0 (ChiSquared.InvCDF(63.0, 1.0 - alpha)))

/// The correlation of place and number: variance 1/(n - 1) in each order.
let private correlation =
    check "correlation of place and number" (fun orders ->
        let size = float orders[0].Length
        let centre = (size - 1.0) / 2.0
        let square = size * (size * size - 1.0) / 12.0

        orders
        |> Array.map (fun order ->
            let mutable sum = 0.0

            order
            |> Array.iteri (fun i x -> sum <- sum + (float i - centre) * (float x - centre))

            sum / square)
        |> hasMean 0.0 (1.0 / (size - 1.0)))

/// Whether every order of this size is even. More than 65,536 numbers are ordered by a Feistel cipher, whose rounds are even
/// permutations of all numbers of b bits. Where fewer than 2^b are ordered, the numbers left out make even and odd ones.
let private isEven (size: int) =
    size > 65536 && System.Numerics.BitOperations.IsPow2 size

/// Even and odd orders are equally likely, except where all are even.
let private parity =
    check "even orders" (fun orders ->
        let even = orders |> Array.filter (fun order -> sign order = 1) |> Array.length

        if isEven orders[0].Length then
            never (orders.Length - even)
        else
            even |> binomial orders.Length 0.5)

/// Places of successive orders that have the same number, some places further on in the first: with each distance, the fixed points of
/// the one after the inverse of the other, and these are independent. Those of two distances are about Poisson together.
let private agreeing name (distances: int list) =
    check name (fun orders ->
        orders
        |> Array.pairwise
        |> Array.sumBy (fun (a, b) ->
            distances
            |> List.sumBy (fun distance -> b |> count (fun i x -> a[(i + distance + a.Length) % a.Length] = x)))
        |> poisson (float (distances.Length * (orders.Length - 1))))

let private successive = agreeing "successive orders" [ 0 ]
let private moved = agreeing "successive orders, moved" [ -1; 1 ]

/// Orders that occur before: of n numbers, the probability is below m^2/n! for m orders.
let private repeated =
    check "equal orders" (fun orders ->
        let seen =
            HashSet<string>(
                orders
                |> Seq.map (fun order -> System.String.Join(",", Array.truncate 32 order))
            )

        never (orders.Length - seen.Count))

/// Checks of orders of 256 numbers or more.
let checks =
    [ isOrder
      places
      fixedPoints
      neighbours
      differences
      correlation
      parity
      successive
      moved
      repeated ]

/// The rank of an order of a few numbers among all orders.
let rank (order: int[]) =
    (0, [ 0 .. order.Length - 1 ])
    ||> List.fold (fun rank i ->
        let smaller = order[i + 1 ..] |> Array.filter (fun x -> x < order[i])
        rank * (order.Length - i) + smaller.Length)

let private kinds size = List.reduce (*) [ 1..size ]

/// Orders of a few numbers, each as likely as another.
let ranks (size: int) : OrderCheck =
    check $"orders of {size}" (fun orders -> orders |> Seq.map rank |> evenly (kinds size))

/// From an order to the next: the one after the inverse of the other, also independent, and each as likely as another.
let steps (size: int) : OrderCheck =
    check $"steps between orders of {size}" (fun orders ->
        orders
        |> Seq.pairwise
        |> Seq.map (fun (a, b) ->
            let step = Array.zeroCreate size
            a |> Array.iteri (fun i x -> step[x] <- b[i])
            rank step)
        |> evenly (kinds size))
