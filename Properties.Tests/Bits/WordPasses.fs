/// Passes over words that Enumeration does not make: which words share values, and which are no mirror images.
[<RequireQualifiedAccess>]
module Initializers.Properties.WordPasses

open System
open System.Numerics
open System.Runtime.Intrinsics
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop

/// How many words have each value of some closed intervals, which hold what decreases, and the number of runs of those values,
/// among words [first, last).
let counted (evaluate: Enumeration.Evaluator) (intervals: (float32 * float32) list) (first: int64) (last: int64) =
    let counts = Collections.Concurrent.ConcurrentDictionary<float32, int64>()
    let mutable runs = 0L

    Parallel.ForEach(
        Enumeration.chunks first last,
        fun (start, stop) ->
            let words = Array.zeroCreate<uint32>(Enumeration.block + 16)
            let values = Array.zeroCreate<float32>(Enumeration.block + 16)
            use p = fixed words
            use q = fixed values

            let at (word: int64) =
                words[0] <- uint32 word
                evaluate p 1 q
                values[0]

            let mutable before = if start = first then nanf else at (start - 1L)
            let ends = [ at start; at (stop - 1L) ]

            let near =
                intervals
                |> List.filter (fun (low, high) -> low <= List.max ends && high >= List.min ends)

            let mutable length = 0L

            let close () =
                if length > 0L then
                    let added = length
                    counts.AddOrUpdate(before, added, (fun _ count -> count + added)) |> ignore

                length <- 0L

            // A chunk whose ends are outside has nothing inside.
            if not near.IsEmpty then
                let mutable position = start

                while position < stop do
                    let n = int (min (int64 Enumeration.block) (stop - position))
                    Enumeration.fill (uint32 position) words
                    evaluate p n q

                    for i in 0 .. n - 1 do
                        let value = values[i]

                        if value <> before then
                            close ()

                        if near |> List.exists (fun (low, high) -> low <= value && value <= high) then
                            if value <> before then
                                Threading.Interlocked.Increment(&runs) |> ignore

                            length <- length + 1L

                        before <- value

                    position <- position + int64 n

                close ()
    )
    |> ignore

    struct (counts, runs)

/// Words w of [first, last), all below 2^31, whose complement's value is not -value(w). 0 is the negation of 0.
let asymmetries (evaluate: Enumeration.Evaluator) (first: int64) (last: int64) : int64 =
    let mutable total = 0L

    Parallel.ForEach(
        Enumeration.chunks first last,
        fun (start, stop) ->
            let words = Array.zeroCreate<uint32>(Enumeration.block + 16)
            let lower = Array.zeroCreate<float32>(Enumeration.block + 16)
            let upper = Array.zeroCreate<float32>(Enumeration.block + 16)
            use p = fixed words
            use q = fixed lower
            use r = fixed upper
            let mutable position = start
            let mutable found = 0L

            while position < stop do
                let n = int (min (int64 Enumeration.block) (stop - position))

                Enumeration.fill (uint32 position) words
                evaluate p n q

                for i in 0 .. n - 1 do
                    words[i] <- ~~~words[i]

                evaluate p n r

                for group in 0..8 .. n - 1 do
                    let a = Vector256.Load(NativePtr.add q group)
                    let b = Vector256.Load(NativePtr.add r group)

                    let differ =
                        ~~~(Vector256.Equals(a, Vector256.Negate b).ExtractMostSignificantBits())
                        &&& (if n - group >= 8 then 0xFFu else (1u <<< (n - group)) - 1u)

                    if differ <> 0u then
                        found <- found + int64 (BitOperations.PopCount differ)

                position <- position + int64 n

            Threading.Interlocked.Add(&total, found) |> ignore
    )
    |> ignore

    total
