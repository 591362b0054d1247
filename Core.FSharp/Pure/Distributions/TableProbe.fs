namespace Initializers.FSharp

open System

/// Measures what a fitted table misses of its quantile.
[<RequireQualifiedAccess>]
module internal TableProbe =
    /// The largest error of a table, as a part of the largest value of its octave. Smooth distributions reach 1e-7,
    /// those with a pole at their end a few 1e-6, kinks and jumps 1e-3 and more.
    let private allowed = 1.0e-5

    /// The same for a float64 table. Smooth distributions reach 5e-15, one with a pole at both ends 1e-13; the function's
    /// rounding is included.
    let private allowed64 = 1.0e-12

    /// Up to 64 words of this many bits of every octave, counted from a side's own end.
    let private probes (bits: int) : uint64[][] =
        Array.init bits (fun octave ->
            let first =
                if octave = bits - 1 then
                    0UL
                else
                    1UL <<< (bits - 2 - octave)

            let count = max 1UL first
            let taken = min count 64UL

            Array.init (int taken) (fun i -> first + count / taken * uint64 i))

    let probability (bits: int) (n: uint64) = Math.ScaleB(float n + 0.5, -bits)

    /// The words probed, from the lowest to the highest, with the side and octave of each.
    let private wordsOf (bits: int) =
        let probes = probes bits

        [| for octave in bits - 1 .. -1 .. 0 do
               for n in probes[octave] do
                   struct (0, octave, n)
           for octave in 0 .. bits - 1 do
               for n in Array.rev probes[octave] do
                   struct (1, octave, n) |]

    let private words32 = wordsOf 32
    let private words64 = LazyValue(fun () -> wordsOf 64)

    let words bits =
        if bits = 32 then words32 else words64.Value

    /// Where a word lies, as a probability.
    let place bits side n =
        if side = 0 then
            probability bits n
        else
            1.0 - probability bits n

    /// What a table's values at the words probed miss, or nothing if it is little.
    let misfit bits name (values: float[]) (evaluate: uint64 -> float) : InitError list =
        let allowed = if bits = 32 then allowed else allowed64
        let words = words bits

        let errors =
            Seq.zip words values
            |> Seq.groupBy (fun (struct (side, octave, _), _) -> side, octave)
            |> Seq.collect (fun (_, points) ->
                let largest = points |> Seq.map (fun (_, x) -> abs x) |> Seq.max

                points
                |> Seq.map (fun (struct (side, _, n), x) ->
                    let word = if side = 0 then n else ~~~n
                    let error = abs (evaluate word - x)
                    // An octave of zeros allows no error at all.
                    place bits side n, (if error = 0.0 then 0.0 else error / largest)))

        let p, error =
            errors |> Seq.maxBy (fun (_, e) -> if Double.IsNaN e then infinity else e)

        Validation.check (InitError.QuantileNotSmooth(name, p, error, allowed)) (error <= allowed)
