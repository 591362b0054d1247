namespace Initializers.FSharp

open System.Collections.Generic

/// <summary>The faults of a request as a report lists them.</summary>
[<RequireQualifiedAccess>]
module FaultReport =
    /// <summary>The most faults that a report lists: 100.</summary>
    [<Literal>]
    let Limit = 100

    /// <summary>The faults without repetitions, in order: the first 100, and <c>FaultsOmitted</c> with the number of the
    /// others. What reads a text or a file ends with it, so that a report is short whatever was read.</summary>
    [<CompiledName "OfFaults">]
    let ofFaults (faults: InitError list) : InitError list =
        // The set's comparison takes NaN for NaN, which = does not.
        let seen = HashSet<InitError>()
        let listed = ResizeArray<InitError>()
        let mutable omitted = 0

        for fault in faults do
            match fault with
            | InitError.FaultsOmitted count -> omitted <- omitted + count
            | fault when seen.Add fault ->
                if listed.Count < Limit then
                    listed.Add fault
                else
                    omitted <- omitted + 1
            | _ -> ()

        if omitted > 0 then
            listed.Add(InitError.FaultsOmitted omitted)

        List.ofSeq listed

    /// The result with its faults as a report lists them.
    let internal result (result: Result<'a, InitError list>) : Result<'a, InitError list> =
        Result.mapError ofFaults result
