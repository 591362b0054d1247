namespace Initializers.FSharp

/// The quantile of a distribution in the form that tables are fitted to.
[<RequireQualifiedAccess>]
type internal QuantileForm =
    /// Symmetric about 0 and smooth there: the quantile at probability t in (0, 1/2], and that at 1/2 + d for d in
    /// [0, 1/4], which keeps its digits near 0.
    | Symmetric of below: (float -> float) * above: (float -> float)
    /// Any other: where its sides meet, as a probability, and the quantile at probability t from the lower end (side 0) or
    /// from the upper end (side 1), for every t of its side and the rest of that octave.
    | TwoSided of split: float * at: (int -> float -> float)

    /// The quantile at probability t from the lower end (side 0) or from the upper end (side 1), t up to where the sides
    /// meet.
    member this.At(side: int, t: float) =
        match this with
        | Symmetric(below, _) -> if side = 0 then below t else -(below t)
        | TwoSided(_, at) -> at side t

    /// The quantile at probability p in (0, 1).
    member this.Quantile(p: float) =
        match this with
        | TwoSided(split, _) when p > split -> this.At(1, 1.0 - p)
        | Symmetric _ when p > 0.5 -> this.At(1, 1.0 - p)
        | _ -> this.At(0, p)

/// Tables of polynomials, one for each octave of the tail probability.
[<RequireQualifiedAccess>]
module internal OctaveTable =
    /// Coefficients of sides, octaves and powers in one array: that of a power in an octave of a side is at index
    /// (side * powers + power) * octaves + octave.
    let flat (octaves: int) (powers: int) (sides: 'a array array array) : 'a array =
        Array.init (sides.Length * powers * octaves) (fun i ->
            sides[i / (powers * octaves)].[i % octaves].[i / octaves % powers])
