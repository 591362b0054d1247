namespace Initializers.FSharp

open System
open System.Collections.Generic
open Initializers

module private Pairs =
    /// Pairs of the same two objects.
    let byReference<'a when 'a: not struct> =
        HashIdentity.FromFunctions<struct ('a * 'a)>
            (fun struct (a, b) ->
                HashCode.Combine(
                    System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode a,
                    System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode b
                ))
            (fun (struct (a, b)) (struct (c, d)) -> obj.ReferenceEquals(a, c) && obj.ReferenceEquals(b, d))

[<RequireQualifiedAccess>]
type Bounds =
    | Sigmas of lower: float * upper: float
    | Absolute of a: float * b: float

[<RequireQualifiedAccess; CustomEquality; NoComparison; StructuredFormatDisplay "{Display}">]
type Spec =
    | Constant of value: float
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float
    | TruncatedNormal of mean: float * stddev: float * bounds: Bounds
    | LocationScale of family: LocationScaleFamily * loc: float * scale: float
    | Triangular of low: float * mode: float * high: float
    | Quantile of QuantileFunction
    | VarianceScaling of scale: float * mode: FanMode * distribution: DistributionFamily * mean: float
    | FanUniform of numerator: float * mode: FanMode * power: float * gain: float
    | Orthogonal of gain: float
    | DeltaOrthogonal of gain: float
    | Dirac of groups: int64
    | Identity of gain: float
    | Sparse of sparsity: float * inner: Spec
    | Bilinear
    | LstmBias of forget: float
    | Stft of side: StftSide * window: StftWindow * scaling: StftScaling * periodic: bool
    | Literal of NumberArray
    | Formula of expression: FormulaText
    | Permutation
    | Randint of low: int64 * high: int64
    | Bernoulli of p: float
    | Scale of factor: float * inner: Spec
    | Shift of offset: float * inner: Spec
    | Clip of low: float * high: float * inner: Spec
    | Mask of keep: NumberArray * inner: Spec
    | Stacked of axis: int * parts: (int64 * Spec) list
    | Batched of axes: int * inner: Spec
    | Sum of parts: Spec list
    | Repeat of axis: int * times: int64 * inner: Spec
    | Normalized of axis: int * inner: Spec
    | Padding of index: int64 * inner: Spec
    | DefaultLayout of layout: Layout * inner: Spec
    | AxisFans of inputAxes: int list * outputAxes: int list * inner: Spec
    | Map of map: MonotoneMap * inner: Spec
    | LogUniform of low: float * high: float
    | Function of SpecFunction

    /// The specs directly inside, in order.
    member this.Inner: Spec list =
        match this with
        | Spec.Scale(_, inner)
        | Spec.Shift(_, inner)
        | Spec.Clip(_, _, inner)
        | Spec.Mask(_, inner)
        | Spec.Sparse(_, inner)
        | Spec.Batched(_, inner)
        | Spec.Map(_, inner)
        | Spec.Repeat(_, _, inner)
        | Spec.Normalized(_, inner)
        | Spec.Padding(_, inner)
        | Spec.DefaultLayout(_, inner)
        | Spec.AxisFans(_, _, inner) -> [ inner ]
        | Spec.Stacked(_, parts) -> parts |> List.map snd
        | Spec.Sum parts -> parts
        | _ -> []

    /// The spec with others inside, as many as there are.
    member internal this.WithInner(inner: Spec list) : Spec =
        match this, inner with
        | Spec.Scale(factor, _), [ inner ] -> Spec.Scale(factor, inner)
        | Spec.Shift(offset, _), [ inner ] -> Spec.Shift(offset, inner)
        | Spec.Clip(low, high, _), [ inner ] -> Spec.Clip(low, high, inner)
        | Spec.Mask(keep, _), [ inner ] -> Spec.Mask(keep, inner)
        | Spec.Sparse(sparsity, _), [ inner ] -> Spec.Sparse(sparsity, inner)
        | Spec.Batched(axes, _), [ inner ] -> Spec.Batched(axes, inner)
        | Spec.DefaultLayout(layout, _), [ inner ] -> Spec.DefaultLayout(layout, inner)
        | Spec.AxisFans(inputs, outputs, _), [ inner ] -> Spec.AxisFans(inputs, outputs, inner)
        | Spec.Map(map, _), [ inner ] -> Spec.Map(map, inner)
        | Spec.Repeat(axis, times, _), [ inner ] -> Spec.Repeat(axis, times, inner)
        | Spec.Normalized(axis, _), [ inner ] -> Spec.Normalized(axis, inner)
        | Spec.Padding(index, _), [ inner ] -> Spec.Padding(index, inner)
        | Spec.Sum _, inner -> Spec.Sum inner
        | Spec.Stacked(axis, parts), inner ->
            Spec.Stacked(axis, List.map2 (fun (size, _) spec -> size, spec) parts inner)
        | other, _ -> other

    /// The case and its fields but for the specs inside.
    member private this.Head: obj | null =
        match this with
        | Spec.Constant value -> box (0, value)
        | Spec.Uniform(low, high) -> box (1, low, high)
        | Spec.Normal(mean, stddev) -> box (2, mean, stddev)
        | Spec.TruncatedNormal(mean, stddev, bounds) -> box (3, mean, stddev, bounds)
        | Spec.LocationScale(family, loc, scale) -> box (4, family, loc, scale)
        | Spec.Triangular(low, mode, high) -> box (8, low, mode, high)
        | Spec.Quantile f -> box (9, f)
        | Spec.VarianceScaling(scale, mode, distribution, mean) -> box (10, scale, mode, distribution, mean)
        | Spec.FanUniform(numerator, mode, power, gain) -> box (11, numerator, mode, power, gain)
        | Spec.Orthogonal gain -> box (12, gain)
        | Spec.DeltaOrthogonal gain -> box (13, gain)
        | Spec.Dirac groups -> box (14, groups)
        | Spec.Identity gain -> box (15, gain)
        | Spec.Sparse(sparsity, _) -> box (16, sparsity)
        | Spec.Bilinear -> box 17
        | Spec.LstmBias forget -> box (18, forget)
        | Spec.Stft(side, window, scaling, periodic) -> box (19, side, window, scaling, periodic)
        | Spec.Literal numbers -> box (20, numbers)
        | Spec.Scale(factor, _) -> box (21, factor)
        | Spec.Shift(offset, _) -> box (22, offset)
        | Spec.Clip(low, high, _) -> box (23, low, high)
        | Spec.Mask(keep, _) -> box (24, keep)
        | Spec.Stacked(axis, parts) -> box (25, axis, parts |> List.map fst)
        | Spec.Batched(axes, _) -> box (26, axes)
        | Spec.DefaultLayout(layout, _) -> box (27, layout)
        | Spec.AxisFans(inputAxes, outputAxes, _) -> box (28, inputAxes, outputAxes)
        | Spec.Map(map, _) -> box (30, map)
        | Spec.LogUniform(low, high) -> box (31, low, high)
        | Spec.Function f -> box (60, f)
        | Spec.Formula expression -> box (55, expression)
        | Spec.Permutation -> box 40
        | Spec.Randint(low, high) -> box (41, low, high)
        | Spec.Bernoulli p -> box (42, p)
        | Spec.Sum parts -> box (43, parts.Length)
        | Spec.Repeat(axis, times, _) -> box (44, axis, times)
        | Spec.Normalized(axis, _) -> box (45, axis)
        | Spec.Padding(index, _) -> box (46, index)

    /// Compares without recursion: specs may be nested deeper than a thread's stack is.
    member private this.Same(other: Spec) =
        let waiting = Stack<struct (Spec * Spec)>()
        waiting.Push(struct (this, other))
        // Shared specs, which occur more often than there are specs, are compared once.
        let compared = HashSet<struct (Spec * Spec)>(Pairs.byReference)
        let mutable same = true

        while same && waiting.Count > 0 do
            let struct (a, b) = waiting.Pop()

            if not (obj.ReferenceEquals(a, b)) then
                same <- obj.Equals(a.Head, b.Head)

                if same && not a.Inner.IsEmpty && compared.Add(struct (a, b)) then
                    for pair in List.zip a.Inner b.Inner do
                        waiting.Push(struct (fst pair, snd pair))

        same

    override this.Equals(other: obj | null) =
        match other with
        | :? Spec as o -> this.Same o
        | _ -> false

    /// Of the outermost specs, which differ in most that differ at all.
    override this.GetHashCode() =
        let mutable code = HashCode()
        let waiting = Queue<Spec>()
        waiting.Enqueue this
        let mutable left = 32

        while left > 0 && waiting.Count > 0 do
            let spec = waiting.Dequeue()
            left <- left - 1
            code.Add spec.Head

            for inner in List.truncate left spec.Inner do
                waiting.Enqueue inner

        code.ToHashCode()

    /// Texts are compiled after specs, so their writer is found by its name, which trimming and NativeAOT follow.
    override this.ToString() =
        let texts = nonNull (Type.GetType "Initializers.FSharp.SpecText")
        string ((nonNull (texts.GetMethod "ToText")).Invoke(null, [| this |]))

    /// What F#'s %A and its interactive console show.
    member this.Display =
        let text = this.ToString()

        if text.Length <= 2000 then
            text
        else
            text.Substring(0, 1999) + "…"

    interface IEquatable<Spec> with
        member this.Equals(other: Spec | null) =
            match other with
            | null -> false
            | o -> this.Same o

and [<Sealed>] SpecFunction internal (text: string, isRead: bool, apply: TensorMatch -> Result<Spec, InitError list>) =
    member _.Text = text
    member _.Apply(tensor: TensorMatch) = apply tensor
    member private _.IsRead = isRead
    member private _.Function = apply

    override _.Equals(other: obj | null) =
        match other with
        | :? SpecFunction as o ->
            o.Text = text
            && ((isRead && o.IsRead) || obj.ReferenceEquals(o.Function, apply))
        | _ -> false

    override _.GetHashCode() = text.GetHashCode()
    override _.ToString() = text
