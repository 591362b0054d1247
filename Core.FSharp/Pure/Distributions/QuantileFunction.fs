namespace Initializers.FSharp

open System

/// <summary>A caller's quantile function, from the lower end and, where 1 - t would lose digits, from the upper one.</summary>
/// <remarks>Two are equal when their names are equal and they hold the same functions. A function must be pure: it is called
/// when a spec is resolved, from any thread.</remarks>
/// <param name="name">The name in texts and messages.</param>
/// <param name="fromLower">The value at probability t in (0, 1), finite and non-decreasing.</param>
/// <param name="fromUpper">The value at probability 1 - t, like SciPy's isf.</param>
/// <example><code>QuantileFunction("exponential", (fun t -> -log1p -t), Some(fun t -> -log t))</code></example>
[<Sealed>]
type QuantileFunction(name: string, fromLower: float -> float, fromUpper: (float -> float) option) =
    /// <summary>The name in texts and messages.</summary>
    member _.Name = name
    member private _.Lower = fromLower
    member private _.Upper = fromUpper

    /// The value at probability t from the lower end (side 0) or the upper end (side 1). The one place where an exception of
    /// the caller's function is caught.
    member internal _.Evaluate(side: int, t: float) : Result<float, string> =
        Cancellation.Check()

        try
            match side, fromUpper with
            | 0, _ -> Ok(fromLower t)
            | _, Some f -> Ok(f t)
            | _, None -> Ok(fromLower (1.0 - t))
        with e ->
            Error(Names.exceptionText e)

    override _.Equals(other: obj | null) =
        match other with
        | :? QuantileFunction as o ->
            o.Name = name
            && obj.ReferenceEquals(o.Lower, fromLower)
            && match o.Upper, fromUpper with
               | Some a, Some b -> obj.ReferenceEquals(a, b)
               | a, b -> a.IsNone && b.IsNone
        | _ -> false

    override _.GetHashCode() =
        HashCode.Combine(name, System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode fromLower)

    override _.ToString() = name
