namespace Initializers.FSharp

open System
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.Kernels

[<RequireQualifiedAccess>]
type WordKind =
    | Elements
    | Companions
    | Auxiliary
    | Children
    | Keys
    | Streams
    | KeyBits
    | Normals

[<RequireQualifiedAccess>]
module WordKind =
    [<CompiledName "Known">]
    let known =
        [ "elements", WordKind.Elements
          "companions", WordKind.Companions
          "auxiliary", WordKind.Auxiliary
          "children", WordKind.Children
          "keys", WordKind.Keys
          "streams", WordKind.Streams
          "key_bits", WordKind.KeyBits
          "normals", WordKind.Normals ]

    [<CompiledName "Parse">]
    let parse (text: string) : Result<WordKind, InitError list> =
        match known |> List.tryFind (fun (name, _) -> name = text) with
        | Some(_, kind) -> Ok kind
        | None ->
            let names = String.Join(", ", List.map fst known)
            Error [ InitError.ArgumentInvalid("kind", text, $"one of {names}") ]

    /// Words of element indices from `offset` on, of several seeds in turn.
    let private interleaved (seeds: Seed[]) (offset: int64) (words: uint32[]) : Result<unit, InitError list> =
        let count = int64 seeds.Length
        let first = offset / count
        let rows = int ((offset + int64 words.Length + count - 1L) / count - first)
        let column = Array.zeroCreate<uint32> rows

        let take (number: int) (seed: Seed) =
            Initialize.words (Span column, first, seed)
            |> Result.map (fun () ->
                for row in 0 .. rows - 1 do
                    let i = (first + int64 row) * count + int64 number - offset

                    if i >= 0L && i < int64 words.Length then
                        words[int i] <- column[row])

        seeds
        |> Seq.indexed
        |> Seq.fold (fun result (number, seed) -> result |> Result.bind (fun () -> take number seed)) (Ok())

    /// The first block of each of consecutive seeds.
    let private blocks (seedOf: uint64 -> Seed) (offset: int64) (words: uint32[]) : Result<unit, InitError list> =
        let block = Array.zeroCreate<uint32>(4 + TileBlocks.Slack)
        use p = fixed block
        let mutable position = 0

        while position < words.Length do
            let index = offset + int64 position
            let seed = seedOf (uint64 (index >>> 2))
            PhiloxTiles.Write(PhiloxTiles.Widest, seed.Key, seed.Stream, 0UL, 4, p)
            let head = int (index &&& 3L)
            let count = min (4 - head) (words.Length - position)
            Array.blit block head words position count
            position <- position + count

        Ok()

    /// A half of the pairs of an element's word and its companion.
    let private halves space shift (seed: Seed) (offset: int64) (words: uint32[]) : Result<unit, InitError list> =
        let pairs = Array.zeroCreate<uint64> words.Length
        WordPairs.Read(seed, space, offset, Span pairs)

        for i in 0 .. words.Length - 1 do
            words[i] <- uint32 (pairs[i] >>> shift)

        Ok()

    /// The normal quantiles at k/2^16 for k = 1 … 2^16 - 1: as many as are at most z are floor(2^16 Φ(z)).
    let private quantiles =
        LazyValue(fun () -> Array.init 65535 (fun i -> StandardNormal.quantile (Math.ScaleB(float (i + 1), -16))))

    let private normals (seed: Seed) (offset: int64) (words: uint32[]) : Result<unit, InitError list> =
        let values = Array.zeroCreate<float32>(2 * words.Length)

        let uniform (i: int) : uint32 =
            match Array.BinarySearch(quantiles.Value, float values[i]) with
            | found when found >= 0 -> uint32 (found + 1)
            | next -> uint32 ~~~next

        validation {
            // As long as any tensor may be, so that every slice is inside.
            let! shape = Shape.ofList [ Int64.MaxValue ]
            return! Initialize.fill (Memory values) (2L * offset) shape Fan.Unknown seed (Spec.Normal(0.0, 1.0))
        }
        |> Result.map (fun () ->
            for i in 0 .. words.Length - 1 do
                words[i] <- (uniform (2 * i) <<< 16) ||| uniform (2 * i + 1))

    let private children (seed: Seed) =
        Array.init 1000 (fun i -> Seed.child (string i) seed)

    let private neighbours (seed: Seed) =
        [| seed
           for bit in 0..63 do
               Seed(seed.Key ^^^ (1UL <<< bit), seed.Stream) |]

    [<CompiledName "Fill">]
    let fill (kind: WordKind) (seed: Seed) (offset: int64) (words: uint32[]) : Result<unit, InitError list> =
        // Two normals of each word have an index below 2^63 - 1.
        let limit = (1L <<< 62) - 1L

        if offset < 0L || offset > limit - int64 words.Length then
            Error [ InitError.SliceOutOfRange(offset, int64 words.Length, limit) ]
        else
            match kind with
            | WordKind.Elements -> Initialize.words (Span words, offset, seed)
            | WordKind.Companions -> halves 0UL 0 seed offset words
            | WordKind.Auxiliary -> halves Philox.Auxiliary 32 seed offset words
            | WordKind.Children -> interleaved (children seed) offset words
            | WordKind.Keys -> blocks (fun n -> Seed(seed.Key + n, seed.Stream)) offset words
            | WordKind.Streams -> blocks (fun n -> Seed(seed.Key, seed.Stream + n)) offset words
            | WordKind.KeyBits -> interleaved (neighbours seed) offset words
            | WordKind.Normals -> normals seed offset words
