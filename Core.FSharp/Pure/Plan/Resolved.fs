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
                  High = m.High }

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

    let private computed (m: Affine) (numbers: Computed) : Resolved =
        match numbers with
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
            |> Structure.map (leaf m >> Ok) (Array.map (Number.apply m) >> Ok) (computed m >> Ok)

    /// Whether elements are drawn independently, by one leaf.
    let isElements (tensor: Resolved) =
        match tensor with
        | Structure.Elements _ -> true
        | _ -> false
