/// Normals in float64 against quantiles of 106 bits, and what a word of 64 bits owes to its float32.
module Initializers.Properties.Float64Tests

open System
open System.Numerics
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties

/// The values of words by a tile of this processor.
let evaluate (spec: Spec) : uint64[] -> float[] =
    let body = Draws.resolve spec DType.Float64

    fun words ->
        // A group reads up to 7 words behind the last.
        let high = Array.zeroCreate<uint32>(words.Length + 8)
        let low = Array.zeroCreate<uint32>(words.Length + 8)
        words |> Array.iteri (fun i w -> high[i] <- uint32 (w >>> 32))
        words |> Array.iteri (fun i w -> low[i] <- uint32 w)
        let values = Array.zeroCreate<float> words.Length
        use p = fixed high
        use q = fixed low
        use target = fixed values

        Tiles64.Transform(PhiloxTiles.Widest, Formula.ofDraw body, p, q, words.Length, NativePtr.toNativeInt target)

        GC.KeepAlive body
        values

/// The values of words' upper halves in float32.
let private evaluate32 (spec: Spec) (words: uint64[]) : float32[] =
    let body = Draws.resolve spec DType.Float32
    let high = Array.zeroCreate<uint32>(words.Length + 16)
    words |> Array.iteri (fun i w -> high[i] <- uint32 (w >>> 32))
    let values = Array.zeroCreate<float32> words.Length
    use p = fixed high
    use target = fixed values

    Tiles.Transform(
        PhiloxTiles.Widest,
        DType.Float32,
        Formula.ofDraw body,
        p,
        words.Length,
        NativePtr.toNativeInt target
    )

    GC.KeepAlive body
    values

/// Words of Philox's, so that a failure can be repeated.
let random (count: int) : uint64[] =
    let words = ReferenceWords.words 64UL 0UL 0L (2 * count)
    Array.init count (fun i -> (uint64 words[2 * i] <<< 32) ||| uint64 words[2 * i + 1])

/// As many words from each octave of both tails as from any other.
let tails (count: int) : uint64[] =
    random count
    |> Array.mapi (fun i w ->
        let m = (w >>> 1 ||| 0x4000000000000000UL) >>> (i / 2 % 64)
        if i % 2 = 0 then m else ~~~m)

/// Words at which octaves, sides and halves meet, with neighbours.
let seams: uint64[] =
    [| for k in 0..63 do
           for step in [ -2L; -1L; 0L; 1L ] do
               let n = (1UL <<< k) + uint64 step
               n
               ~~~n |]
    |> Array.distinct
    |> Array.sort

let private million = 1_000_000

type Normal(output: ITestOutputHelper) =
    let normal = evaluate (Spec.normal 0.0 1.0)

    /// The largest relative error over words, and where.
    let worst (words: uint64[]) =
        let values = normal words
        let errors = Array.zeroCreate<float> words.Length

        Parallel.For(0, words.Length, fun i -> errors[i] <- Precise.relative values[i] (Precise.normal words[i]))
        |> ignore

        let error = Array.max errors
        error, words[Array.IndexOf(errors, error)]

    [<Fact>]
    member _.``the reference has 100 bits at each word of the committed table``() =
        let table = Precise.words.Value
        Assert.True(table.Length > 2500)

        let miss =
            table
            |> Array.map (fun (word, exact) ->
                let got = Precise.normal word
                abs ((got.Hi - exact.Hi) + (got.Lo - exact.Lo)) / abs exact.Hi)
            |> Array.max

        output.WriteLine $"the reference misses at most 2^{Math.Log2 miss:F1} of the table"
        Assert.True(miss < Math.ScaleB(1.0, -100))

    [<Fact>]
    member _.``10^6 words and both tails are within 1e-14 of the quantile``() =
        for name, words in
            [ "random", random million
              "every octave equally", tails million
              "where octaves meet", seams
              "the committed table", Precise.words.Value |> Array.map fst ] do
            let error, word = worst words
            output.WriteLine $"{words.Length} words, {name}: relative error {error:E3} at {word:x16}"
            Assert.True(error <= 1.0e-14)

    [<Fact>]
    member _.``the committed table by itself gives the bound``() =
        let table = Precise.words.Value
        let values = normal (table |> Array.map fst)
        let error = Seq.map2 Precise.relative values (table |> Seq.map snd) |> Seq.max
        Assert.True(error <= 1.0e-14, $"{error}")

    [<Fact>]
    member _.``a coefficient's change in its 46th bit breaks the bound``() =
        // The check sees what it looks for: c0 of the octave next to the median, moved by 2^-45 of itself.
        let words =
            random 1000 |> Array.filter (fun w -> min w ~~~w >= 0x4000000000000000UL)

        let moved = normal words |> Array.map (fun z -> z * (1.0 + Math.ScaleB(1.0, -45)))

        let error =
            Seq.map2 Precise.relative moved (words |> Seq.map Precise.normal) |> Seq.max

        Assert.True(error > 1.0e-14)

    [<Fact>]
    member _.``a word's complement has the opposite value``() =
        let words = Array.concat [ random 100_000; tails 100_000; seams ]
        let values = normal words
        let opposite = normal (words |> Array.map (~~~))
        Assert.Equal<float>(values |> Array.map (~-), opposite)

    [<Fact>]
    member _.``words in order have values in order``() =
        let check name (words: uint64[]) =
            let values = normal words

            let backs =
                Array.pairwise values |> Array.filter (fun (x, y) -> x > y) |> Array.length

            output.WriteLine $"{name}: {words.Length} words, {backs} steps back"
            Assert.Equal(0, backs)

        check "seams" seams
        check "random" (Array.sort (random million))

        // Neighbours as the conversion to float64 tells them apart: the next a is 2^11 words away in an octave that has as
        // many, and the next word elsewhere.
        let step (w: uint64) =
            let v = 2UL * min w ~~~w + 1UL
            max 1UL (1UL <<< max 0 (10 - BitOperations.LeadingZeroCount v))

        for name, chosen in [ "random", random million; "tails", tails million ] do
            let chosen = chosen |> Array.filter (fun w -> w < UInt64.MaxValue - 4096UL)
            let here = normal chosen
            let next = normal (chosen |> Array.map (fun w -> w + step w))
            let backs = Seq.zip here next |> Seq.filter (fun (x, y) -> x > y) |> Seq.length
            output.WriteLine $"{name}: {chosen.Length} pairs of neighbours, {backs} steps back"
            Assert.Equal(0, backs)

    [<Fact>]
    member _.``a float64 lies between the quantiles of its float32's cell``() =
        let words = Array.concat [ random 100_000; tails 100_000; seams ]
        let values = normal words

        // A cell's ends are at w 2^-32 and (w + 1) 2^-32, which lie between two words of 64 bits.
        let lower =
            words |> Array.map (fun w -> Precise.normal (w &&& 0xFFFFFFFF00000000UL))

        let upper = words |> Array.map (fun w -> Precise.normal (w ||| 0xFFFFFFFFUL))

        for i in 0 .. words.Length - 1 do
            let slack = 1.0e-14 * abs values[i]
            Assert.True(values[i] >= lower[i].Hi - slack, $"{words[i]:x16}")
            Assert.True(values[i] <= upper[i].Hi + slack, $"{words[i]:x16}")

    [<Fact>]
    member _.``a float64 rounds to its float32 or to a value near it``() =
        let words = random million
        let values = normal words
        let single = evaluate32 (Spec.normal 0.0 1.0) words
        let mutable equal = 0

        for i in 0 .. words.Length - 1 do
            let w = words[i]

            // Half of the cell's width, by the density, plus the error of float32.
            let half =
                Math.ScaleB(1.0, -33)
                * Math.Sqrt(2.0 * Math.PI)
                * exp (0.5 * values[i] * values[i])

            let miss = abs (values[i] - float single[i])
            let place = float (MathF.BitIncrement(abs single[i]) - abs single[i])

            Assert.True(miss <= 1.01 * half + 3.0 * place || abs values[i] > 6.0, $"{w:x16}: {values[i]}, {single[i]}")

            if float32 values[i] = single[i] then
                equal <- equal + 1

        output.WriteLine $"{equal} of {million} round to the float32 itself"
        Assert.True(equal > million / 2)

    [<Fact>]
    member _.``the reach is the value of the outermost words``() =
        Assert.Equal<float>([| -NormalTable64.reach; NormalTable64.reach |], normal [| 0UL; UInt64.MaxValue |])
