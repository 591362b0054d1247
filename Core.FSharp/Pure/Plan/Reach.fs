namespace Initializers.FSharp

open System
open Initializers

/// The outermost elements that a tensor can have: found from its distributions before anything is drawn.
[<RequireQualifiedAccess>]
module internal Reach =
    let private apply (m: Affine) (struct (low, high)) : struct (float * float) =
        let a, b = Affine.apply m low, Affine.apply m high
        struct (min a b, max a b)

    let private applyAll (maps: Affine list) ends =
        (ends, maps) ||> List.fold (fun ends m -> apply m ends)

    let private both (struct (a, b)) (struct (c, d)) : struct (float * float) = struct (min a c, max b d)

    let private one (x: float) : struct (float * float) = struct (x, x)

    /// Draws do not reach the ends of an open interval.
    let private above (x: float) =
        if Double.IsInfinity x then x else Math.BitIncrement x

    let private below (x: float) = -(above -x)

    /// At the outermost words of draws in a dtype.
    let private ofElement (dtype: DType) (element: Element) : struct (float * float) =
        let isWide = dtype = DType.Float64

        match Element.form element with
        | SamplingForm.Normal(mean, stddev) ->
            let far = (if isWide then NormalTable64.reach else NormalTable.reach) * abs stddev
            struct (mean - far, mean + far)
        | SamplingForm.Uniform(low, high) -> struct (above low, below high)
        | SamplingForm.Fitted(standard, location, scale, low, high) ->
            let struct (least, greatest) =
                StandardForm.reach (if isWide then 64 else 32) standard

            let inside z =
                max (above low) (min (below high) (location + scale * z))

            struct (inside least, inside greatest)

    /// The least and the greatest element, or bounds of them; 0 and 0 of a tensor without elements.
    let rec ends (dtype: DType) (tensor: Resolved) : struct (float * float) =
        match tensor with
        | Structure.Elements(Leaf.Constant number) -> one number.Value
        | Structure.Elements(Leaf.Element(element, map)) -> ofElement dtype element |> apply map
        | Structure.Stacked [] -> one 0.0
        | Structure.Stacked parts -> parts |> List.map (fun part -> ends dtype part.Inner) |> List.reduce both
        | Structure.Pattern(numbers, _) when numbers.Length = 0 -> one 0.0
        | Structure.Pattern(numbers, _) -> numbers |> Array.map (fun number -> one number.Value) |> Array.reduce both
        | Structure.Computed(Computed.Formula(formula, _, maps)) -> NumberFormulas.bounds formula |> applyAll maps
        | Structure.Computed(Computed.Orthogonal(_, _, gain, map)) ->
            apply { map with Factor = map.Factor * gain } (struct (-1.0, 1.0))
        | Structure.Computed(Computed.Integers(draw, maps)) -> IntegerNumbers.ends draw |> applyAll maps
        | Structure.Points(_, value, elsewhere) -> both (one value.Value) (one elsewhere.Value)
        | Structure.Sparse(_, _, _, value, inner)
        | Structure.Masked(_, value, inner)
        | Structure.Padded(_, _, value, _, inner) -> both (one value.Value) (ends dtype inner)
        | Structure.Combined(Combination.Normalized _, maps, _) -> applyAll maps (struct (-1.0, 1.0))
        | Structure.Combined(Combination.Sum _, maps, parts) ->
            parts
            |> List.map (ends dtype)
            |> List.fold (fun (struct (a, b)) (struct (c, d)) -> struct (a + c, b + d)) (one 0.0)
            |> applyAll maps
        | Structure.Batched(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Permuted(inner = inner) -> ends dtype inner

    /// The largest magnitude of an element.
    let magnitude (dtype: DType) (tensor: Resolved) : float =
        let struct (low, high) = ends dtype tensor
        max (abs low) (abs high)
