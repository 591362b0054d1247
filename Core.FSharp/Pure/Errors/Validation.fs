namespace Initializers.FSharp

/// <summary>Results that gather every fault of a request instead of stopping at the first.</summary>
[<RequireQualifiedAccess>]
module internal Validation =
    let check (error: InitError) (holds: bool) = if holds then [] else [ error ]

    let private numbers (isAllowed: float -> bool) (spec: string) (parameters: (string * float) list) : InitError list =
        parameters
        |> List.collect (fun (name, value) -> check (InitError.NotFinite(spec, name, value)) (isAllowed value))

    /// Faults of a spec's parameters, which have to be finite.
    let finite spec parameters =
        numbers System.Double.IsFinite spec parameters

    /// Faults of a spec's parameters, which may be infinite.
    let notNaN spec parameters =
        numbers (System.Double.IsNaN >> not) spec parameters

    let faults (result: Result<'a, 'fault list>) : 'fault list =
        match result with
        | Ok _ -> []
        | Error es -> es

    let both (a: Result<'a, InitError list>) (b: Result<'b, InitError list>) : Result<'a * 'b, InitError list> =
        match a, b with
        | Ok x, Ok y -> Ok(x, y)
        | _ -> Error(faults a @ faults b)

    /// The value when there are no faults.
    let ofFaults (faults: InitError list) (value: 'a) : Result<'a, InitError list> =
        match faults with
        | [] -> Ok value
        | es -> Error es

    /// All values, or all faults.
    let traverse (f: 'a -> Result<'b, 'fault list>) (items: 'a list) : Result<'b list, 'fault list> =
        let results = items |> List.map f

        match results |> List.collect faults with
        | [] ->
            Ok(
                results
                |> List.collect (function
                    | Ok x -> [ x ]
                    | Error _ -> [])
            )
        | es -> Error es

    /// All values, or the faults of the first that has any. The values share most of their checks.
    let traverseArray (f: 'a -> Result<'b, InitError list>) (items: 'a array) : Result<'b array, InitError list> =
        let values = Array.zeroCreate items.Length
        let mutable faults = []
        let mutable i = 0

        while faults.IsEmpty && i < items.Length do
            match f items[i] with
            | Ok value -> values[i] <- value
            | Error found -> faults <- found

            i <- i + 1

        ofFaults faults values
