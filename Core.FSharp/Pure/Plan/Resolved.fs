namespace Initializers.FSharp

open System
open Initializers

/// What fills elements independently: a number, or a distribution under a map.
[<RequireQualifiedAccess>]
type internal Leaf =
    | Constant of Number
    | Element of Element * map: Affine

/// A spec whose fans have become numbers.
type internal Resolved = Structure<Leaf, Number>

[<RequireQualifiedAccess>]
module internal Resolved =
    let constant (value: float) : Resolved =
        Structure.Elements(Leaf.Constant(Number.ofFloat value))

    let element (element: Element) : Resolved =
        Structure.Elements(Leaf.Element(element, Affine.identity))

    let formula (formula: NumberFormula) (repeat: int64) : Resolved =
        Structure.Computed(Computed.Formula(formula, repeat, []))

    let orthogonal rows columns gain : Resolved =
        Structure.Computed(Computed.Orthogonal(rows, columns, gain, Affine.identity))

    let pattern (numbers: float array) (repeat: int64) : Resolved =
        Structure.Pattern(Array.map Number.ofFloat numbers, repeat)

    /// The one number to which a map takes everything, if it does.
    let private collapsed (m: Affine) : Number voption =
        if m.Low = m.High || m.Factor = 0.0 then
            ValueSome(Number.apply m (Number.ofFloat 0.0))
        else
            ValueNone

    let private mapped (m: Affine) (element: Element) : Leaf =
        let ends value =
            Leaf.Constant
                { Value = value
                  Low = m.Low
                  High = m.High
                  IsInfinite = false }

        match collapsed m with
        | ValueSome number -> Leaf.Constant number
        | ValueNone when Affine.isClip m ->
            let struct (low, high) = Element.support element
            let a, b = Affine.line m low, Affine.line m high

            // A clip beyond which a distribution lies leaves one value.
            if m.High <= min a b then ends m.High
            elif m.Low >= max a b then ends m.Low
            else Leaf.Element(element, m)
        | ValueNone when m.Factor < 0.0 -> Leaf.Element(element, m)
        | ValueNone ->
            match Element.line m element with
            | ValueSome folded -> Leaf.Element(folded, Affine.identity)
            | ValueNone -> Leaf.Element(element, m)

    let private leaf (m: Affine) (leaf: Leaf) : Leaf =
        match leaf with
        | Leaf.Constant number -> Leaf.Constant(Number.apply m number)
        | Leaf.Element(element, first) ->
            let whole = Affine.compose m first

            if whole = Affine.identity then
                Leaf.Element(element, whole)
            else
                mapped whole element

    /// Numbers under maps and a further one: a constant where the maps leave one number.
    let private further (maps: Affine list) (m: Affine) (make: Affine list -> Resolved) : Resolved =
        let maps = maps @ [ m ]

        match collapsed ((Affine.identity, maps) ||> List.fold (fun inner m -> Affine.compose m inner)) with
        | ValueSome number -> Structure.Elements(Leaf.Constant number)
        | ValueNone -> make maps

    let private computed (m: Affine) (numbers: Computed) : Resolved =
        match numbers with
        | Computed.Integers(draw, maps) ->
            further maps m (fun maps -> Structure.Computed(Computed.Integers(draw, maps)))
        | Computed.Formula(formula, repeat, maps) -> Structure.Computed(Computed.Formula(formula, repeat, maps @ [ m ]))
        | Computed.Orthogonal(rows, columns, gain, first) ->
            let whole = Affine.compose m first

            match collapsed whole with
            | ValueSome number -> Structure.Elements(Leaf.Constant number)
            | ValueNone when Affine.isClip whole || whole.Offset <> 0.0 ->
                Structure.Computed(Computed.Orthogonal(rows, columns, gain, whole))
            | ValueNone ->
                // A gain keeps its bits where maps undo each other.
                let gain =
                    if whole = Affine.identity then
                        gain
                    else
                        whole.Factor * gain

                Structure.Computed(Computed.Orthogonal(rows, columns, gain, Affine.identity))

    /// A tensor under a map: in the parameters of its distributions where they express it.
    let apply (m: Affine) (tensor: Resolved) : Result<Resolved, InitError list> =
        if m = Affine.identity then
            Ok tensor
        elif m.Low = m.High then
            // The clip leaves one number.
            Ok(Structure.Elements(leaf m (Leaf.Constant(Number.ofFloat m.Low))))
        else
            tensor
            |> Structure.map
                (leaf m >> Ok)
                (Array.map (Number.apply m) >> Ok)
                (computed m >> Ok)
                (fun combination maps parts ->
                    Ok(further maps m (fun maps -> Structure.Combined(combination, maps, parts))))

    let private outside map low high =
        let struct (domain, _) = MonotoneMap.domain map
        InitError.MapDomain(MonotoneMap.name map, domain, low, high)

    /// The image of a closed interval. An end outside of the domain bounds nothing.
    let private clipOf (map: MonotoneMap) (low: float) (high: float) : Affine =
        let end' x unbounded =
            if Double.IsFinite x && MonotoneMap.contains map x then
                MonotoneMap.value map x
            else
                unbounded

        let lower, upper = if MonotoneMap.falls map then high, low else low, high
        Affine.clip (end' lower Double.NegativeInfinity) (end' upper Double.PositiveInfinity)

    let private numberUnder (map: MonotoneMap) (number: Number) : Result<Number, InitError list> =
        let clip = clipOf map number.Low number.High

        if MonotoneMap.contains map number.Value then
            Ok
                { Value = MonotoneMap.value map number.Value
                  Low = clip.Low
                  High = clip.High
                  IsInfinite = number.IsInfinite }
        else
            Error [ outside map number.Value number.Value ]

    let private leafUnder (map: MonotoneMap) (one: Leaf) : Result<Leaf, InitError list> =
        match one with
        | Leaf.Constant number -> numberUnder map number |> Result.map Leaf.Constant
        | Leaf.Element(Element.Normal(mean, 0.0), first) ->
            Number.apply first (Number.ofFloat mean)
            |> numberUnder map
            |> Result.map Leaf.Constant
        | Leaf.Element(element, first) ->
            let struct (low, high) =
                Element.argument first.Factor first.Offset (Element.form element)

            let struct (_, lies) = MonotoneMap.domain map

            // A clip goes outwards through a monotone map, so that no table has its kinks.
            if lies low high then
                let sign = if StandardForm.falls map first.Factor then -1.0 else 1.0

                Leaf.Element(Element.Mapped(map, first.Factor, first.Offset, element), Affine.identity)
                |> leaf (Affine.scale sign)
                |> leaf (clipOf map first.Low first.High)
                |> Ok
            else
                Error [ outside map low high ]

    /// A tensor whose elements go through a monotone map, one by one.
    let monotone (map: MonotoneMap) (tensor: Resolved) : Result<Resolved, InitError list> =
        let unsupported what =
            Error [ InitError.MapUnsupported(MonotoneMap.name map, what) ]

        let refuse (numbers: Computed) =
            match numbers with
            | Computed.Orthogonal _ -> unsupported "an orthogonal matrix"
            | Computed.Formula _ -> unsupported "a computed kernel"
            | Computed.Integers _ -> unsupported "an integer draw"

        let refuseCombined combination _ _ =
            match combination with
            | Combination.Sum _ -> unsupported "a sum"
            | Combination.Normalized _ -> unsupported "a normalized tensor"

        tensor
        |> Structure.map (leafUnder map) (Validation.traverseArray (numberUnder map)) refuse refuseCombined
        |> Result.mapError List.distinct

    /// Whether elements are drawn independently, by one leaf.
    let isElements (tensor: Resolved) =
        match tensor with
        | Structure.Elements _ -> true
        | _ -> false
