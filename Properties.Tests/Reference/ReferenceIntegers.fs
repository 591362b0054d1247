/// Naive whole numbers, computed one at a time in integers of any size.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.ReferenceIntegers

open System.Collections.Generic
open System.Numerics
open Initializers
open Initializers.FSharp

let private auxiliaryKind = 0x4000000000000000UL
let private companionKind = 0x8000000000000000UL

/// The word of an element above its companion, of the element's own words or of the auxiliary ones.
let private pair (seed: Seed) kind (i: int64) : BigInteger =
    let word kind =
        (ReferenceWords.block seed.Key seed.Stream (kind + uint64 (i / 4L)))[int (i % 4L)]

    BigInteger(word kind) * BigInteger 0x100000000UL
    + BigInteger(word (kind + companionKind))

let private two n = BigInteger.Pow(BigInteger 2, n)

/// The random order of 0 to count - 1.
let order (seed: Seed) (count: int64) : int64[] =
    if count <= 65536L then
        let numbers = List<int64>(seq { 0L .. count - 1L })

        for i in count - 1L .. -1L .. 1L do
            let j = int (pair seed auxiliaryKind i * BigInteger(i + 1L) / two 64)
            let last = numbers[int i]
            numbers[int i] <- numbers[j]
            numbers[j] <- last

        numbers.ToArray()
    else
        let keys = [| for i in 0L .. 11L -> uint64 (pair seed auxiliaryKind i) |]
        let mutable bits = 0

        while (1L <<< bits) < count do
            bits <- bits + 1

        let lower = 1UL <<< (bits - bits / 2)
        let upper = 1UL <<< (bits / 2)

        let mix (x: uint64) =
            let a = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
            let b = (a ^^^ (a >>> 27)) * 0x94D049BB133111EBUL
            b ^^^ (b >>> 31)

        let cipher x =
            ((x / lower, x % lower), Array.indexed keys)
            ||> Array.fold (fun (high, low) (round, key) ->
                if round % 2 = 0 then
                    high ^^^ (mix (low + key) % upper), low
                else
                    high, low ^^^ (mix (high + key) % lower))
            |> fun (high, low) -> high * lower + low

        let rec walked x =
            let y = cipher x
            if y < uint64 count then int64 y else walked y

        [| for i in 0L .. count - 1L -> walked (uint64 i) |]

/// The number at an index of the whole tensor, of a draw from the element's words.
let ofWords (seed: Seed) (draw: IntegerDraw) (i: int64) : int64 =
    match draw with
    | IntegerDraw.Range(low, count) when count <= 4294967296L ->
        low + int64 (pair seed 0UL i * BigInteger count / two 64)
    | IntegerDraw.Range(low, count) ->
        low
        + int64 (
            (pair seed 0UL i * two 64 + pair seed auxiliaryKind i) * BigInteger count
            / two 128
        )
    | IntegerDraw.Bernoulli p ->
        // 2^1074 p is whole, whatever p.
        let scaled =
            if p = 0.0 then
                BigInteger.Zero
            else
                let power = System.Math.ILogB p - 52
                let fraction = BigInteger(System.Math.ScaleB(p, -power))
                fraction * two (1200 + power)

        if pair seed 0UL i * two (1200 - 64) < scaled then
            1L
        else
            0L
    | IntegerDraw.Permutation count -> (order seed count)[int i]
