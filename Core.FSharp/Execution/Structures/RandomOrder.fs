namespace Initializers.Kernels

open System
open System.Numerics
open Initializers

/// A random order of the numbers 0 to count - 1, from the auxiliary words of a seed. Up to `shuffled` numbers are shuffled
/// (Durstenfeld 1964), so that every order is equally likely. More are numbered through a Feistel cipher (Luby and Rackoff
/// 1988) of the least power of two that holds them, applied again until the result is below count (Black and Rogaway 2002):
/// a slice needs no other part of the order.
[<Sealed>]
type internal RandomOrder(seed: Seed, count: int64) =
    static let shuffled = 1L <<< 16

    /// Rounds of the cipher.
    static let rounds = 12

    static let pairs (seed: Seed) (count: int) =
        let pairs = Array.zeroCreate<uint64> count
        WordPairs.Read(seed, Philox.Auxiliary, 0L, Span pairs)
        pairs

    /// SplitMix64's finalizer (Steele, Lea and Flood 2014; Stafford's variant 13).
    static let mix (x: uint64) =
        let x = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
        let x = (x ^^^ (x >>> 27)) * 0x94D049BB133111EBUL
        x ^^^ (x >>> 31)

    let order: int[] =
        if count <= shuffled then
            let order = Array.init (int count) id
            let words = pairs seed (int count)

            for i in int count - 1 .. -1 .. 1 do
                let j = int (Math.BigMul(words[i], uint64 (i + 1)) >>> 64)
                let other = order[j]
                order[j] <- order[i]
                order[i] <- other

            order
        else
            [||]

    let keys = if count <= shuffled then [||] else pairs seed rounds
    let bits = 64 - BitOperations.LeadingZeroCount(uint64 (max 1L (count - 1L)))
    let lowBits = (bits + 1) / 2
    let lowMask = (1UL <<< lowBits) - 1UL
    let highMask = (1UL <<< (bits - lowBits)) - 1UL

    let cipher (x: uint64) =
        let mutable low = x &&& lowMask
        let mutable high = x >>> lowBits

        for round in 0 .. rounds - 1 do
            if round &&& 1 = 0 then
                high <- high ^^^ (mix (low + keys[round]) &&& highMask)
            else
                low <- low ^^^ (mix (high + keys[round]) &&& lowMask)

        (high <<< lowBits) ||| low

    /// The number at a position.
    member _.Number(position: int64) : int64 =
        if count <= shuffled then
            int64 order[int position]
        else
            let mutable x = cipher (uint64 position)

            while x >= uint64 count do
                x <- cipher x

            int64 x
