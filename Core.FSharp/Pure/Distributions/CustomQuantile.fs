namespace Initializers.FSharp

open System
open System.Runtime.CompilerServices

/// Checks and tables of a caller's quantile function. What was found of a function is kept as long as the function.
[<RequireQualifiedAccess>]
module internal CustomQuantile =
    /// The value of a caller's function, NaN where it has none.
    let private valueOf (f: QuantileFunction) side t =
        match f.Evaluate(side, t) with
        | Ok x -> x
        | Error _ -> nan

    /// The quantile as tables are fitted to it.
    let quantile (f: QuantileFunction) : QuantileForm = QuantileForm.TwoSided(0.5, valueOf f)

    /// The largest error of a custom table, as a part of the largest value of its octave. Smooth distributions reach 1e-7,
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

    let private probability (bits: int) (n: uint64) = Math.ScaleB(float n + 0.5, -bits)

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

    let private words bits =
        if bits = 32 then words32 else words64.Value

    /// Where a word lies, as a probability.
    let private place bits side n =
        if side = 0 then
            probability bits n
        else
            1.0 - probability bits n

    /// A caller's function at the words probed, or why it is no quantile.
    let private probe bits (f: QuantileFunction) : Result<float[], InitError list> =
        let words = words bits
        let probability = probability bits
        let place = place bits

        let read (struct (side, _, n)) =
            match f.Evaluate(side, probability n) with
            | Ok x when Double.IsFinite x -> Ok x
            | Ok x -> Error(InitError.QuantileUndefined(f.Name, place side n, $"it gives {Names.number x}"))
            | Error reason -> Error(InitError.QuantileUndefined(f.Name, place side n, $"it throws '{reason}'"))

        let values = words |> Array.map read

        let undefined =
            values
            |> Array.tryPick (function
                | Error fault -> Some fault
                | Ok _ -> None)

        match undefined with
        | Some fault -> Error [ fault ]
        | None ->
            let values = values |> Array.choose Result.toOption

            match
                Seq.zip words values
                |> Seq.pairwise
                |> Seq.tryFind (fun ((_, x), (_, y)) -> x > y)
            with
            | None -> Ok values
            | Some((struct (s1, _, n1), _), (struct (s2, _, n2), _)) ->
                Error [ InitError.QuantileDecreases(f.Name, place s1 n1, place s2 n2) ]

    /// What a table's values at the words probed miss, or nothing if it is little.
    let private misfit
        bits
        allowed
        (f: QuantileFunction)
        (values: float[])
        (evaluate: uint64 -> float)
        : InitError list =
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

        Validation.check (InitError.QuantileNotSmooth(f.Name, p, error, allowed)) (error <= allowed)

    let private probed =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<float[], InitError list>>>()

    let private probed64 =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<float[], InitError list>>>()

    let private tables =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<QuantileTable, InitError list>>>()

    let private tables64 =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<QuantileTable64, InitError list>>>()

    let private values (f: QuantileFunction) =
        probed.GetValue(f, fun f -> LazyValue(fun () -> probe 32 f)).Value

    let private values64 (f: QuantileFunction) =
        probed64.GetValue(f, fun f -> LazyValue(fun () -> probe 64 f)).Value

    /// Why a function is no quantile, at the words of a float32.
    let faults (f: QuantileFunction) : InitError list = Validation.faults (values f)

    /// The same at the words of a float64, which go further out.
    let faults64 (f: QuantileFunction) : InitError list = Validation.faults (values64 f)

    /// The float32 table, checked against the function.
    let table (f: QuantileFunction) : Result<QuantileTable, InitError list> =
        let fit (f: QuantileFunction) =
            values f
            |> Result.bind (fun values ->
                let table = QuantileTable.fit (quantile f)

                let evaluate (word: uint64) =
                    float (QuantileTable.evaluate table (uint32 word))

                Validation.ofFaults (misfit 32 allowed f values evaluate) table)

        tables.GetValue(f, fun f -> LazyValue(fun () -> fit f)).Value

    /// The float64 table, checked against the function.
    let table64 (f: QuantileFunction) : Result<QuantileTable64, InitError list> =
        let fit (f: QuantileFunction) =
            values64 f
            |> Result.bind (fun values ->
                let table = QuantileTable64.fit (quantile f)
                Validation.ofFaults (misfit 64 allowed64 f values (QuantileTable64.evaluate table)) table)

        tables64.GetValue(f, fun f -> LazyValue(fun () -> fit f)).Value
