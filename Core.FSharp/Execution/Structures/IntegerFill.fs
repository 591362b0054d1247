namespace Initializers.Kernels

open System
open Initializers
open Initializers.FSharp

/// Fills tensors of whole numbers that are drawn.
[<RequireQualifiedAccess>]
module internal IntegerFill =
    /// Elements whose words are in memory at once.
    let private share = 4096

    /// The bits of numbers, by a table where they are few.
    let private bitsOf dtype maps (low: int64) (count: int64) : int64 -> uint64 =
        let value = NumberFormulas.mapped maps

        let bits (number: int64) =
            Body.pattern dtype (value (float number))

        if count <= 4096L then
            let table = Array.init (int count) (fun i -> bits (low + int64 i))
            fun number -> table[int (number - low)]
        else
            bits

    let private write (region: SubTensor) index (bits: uint64) =
        TensorWindow.set region.Window.Size bits (TensorWindow.address region index)

    /// Elements by their 64-bit words; `extra` words follow them where a number needs more bits.
    let private drawn (region: SubTensor) (seed: Seed) needsExtra (bits: uint64 -> uint64 -> uint64) =
        TensorWindow.all region (fun _ index count ->
            let words = Array.zeroCreate<uint64>(int (min count (int64 share)))

            let extra =
                if needsExtra then
                    Array.zeroCreate<uint64> words.Length
                else
                    [||]

            let mutable position = 0L

            while position < count do
                let n = int (min (count - position) (int64 words.Length))
                let first = index + position
                WordPairs.Read(seed, 0UL, first, Span(words, 0, n))

                if needsExtra then
                    WordPairs.Read(seed, Philox.Auxiliary, first, Span(extra, 0, n))

                for i in 0 .. n - 1 do
                    write region (first + int64 i) (bits words[i] (if needsExtra then extra[i] else 0UL))

                position <- position + int64 n)

    /// floor(word * count / 2^128) of a word of 128 bits, given by its halves.
    let private scaled (high: uint64) (low: uint64) (count: uint64) : uint64 =
        let upper = Math.BigMul(high, count)
        let carry = Math.BigMul(low, count) >>> 64
        uint64 ((upper + carry) >>> 64)

    let fill (region: SubTensor) (seed: Seed) (drawSeed: Seed) (draw: IntegerDraw) (maps: Affine list) =
        let dtype = region.Window.DType

        match draw with
        | IntegerDraw.Range(low, count) ->
            let bits = bitsOf dtype maps low count

            drawn region seed (count > (1L <<< 32)) (fun word extra ->
                bits (low + int64 (scaled word extra (uint64 count))))
        | IntegerDraw.Bernoulli p ->
            let zero, one = bitsOf dtype maps 0L 2L 0L, bitsOf dtype maps 0L 2L 1L
            // Below 1, p 2^64 is below 2^64 also when it is rounded up.
            let threshold =
                if p < 1.0 then
                    uint64 (Math.Ceiling(Math.ScaleB(p, 64)))
                else
                    0UL

            drawn region seed false (fun word _ -> if p >= 1.0 || word < threshold then one else zero)
        | IntegerDraw.Permutation count ->
            let order = RandomOrder(drawSeed, count)
            let bits = bitsOf dtype maps 0L count

            TensorWindow.all region (fun s index run ->
                for i in 0L .. run - 1L do
                    write region (index + i) (bits (order.Number(s + i))))
