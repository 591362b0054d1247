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

    let private words bits = TableProbe.words bits
    let private place bits side n = TableProbe.place bits side n

    /// A caller's function at the words probed, or why it is no quantile.
    let private probe bits (f: QuantileFunction) : Result<float[], InitError list> =
        let words = words bits
        let probability = TableProbe.probability bits
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

                Validation.ofFaults (TableProbe.misfit 32 f.Name values evaluate) table)

        tables.GetValue(f, fun f -> LazyValue(fun () -> fit f)).Value

    /// The float64 table, checked against the function.
    let table64 (f: QuantileFunction) : Result<QuantileTable64, InitError list> =
        let fit (f: QuantileFunction) =
            values64 f
            |> Result.bind (fun values ->
                let table = QuantileTable64.fit (quantile f)
                Validation.ofFaults (TableProbe.misfit 64 f.Name values (QuantileTable64.evaluate table)) table)

        tables64.GetValue(f, fun f -> LazyValue(fun () -> fit f)).Value
