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
    | Scale of factor: float * inner: Spec
    | Shift of offset: float * inner: Spec
    | Clip of low: float * high: float * inner: Spec
    | Mask of keep: NumberArray * inner: Spec
    | Stacked of axis: int * parts: (int64 * Spec) list
    | Batched of axes: int * inner: Spec
    | DefaultLayout of layout: Layout * inner: Spec
    | AxisFans of inputAxes: int list * outputAxes: int list * inner: Spec

    /// The specs directly inside, in order.
    member this.Inner: Spec list =
        match this with
        | Spec.Scale(_, inner)
        | Spec.Shift(_, inner)
        | Spec.Clip(_, _, inner)
        | Spec.Mask(_, inner)
        | Spec.Sparse(_, inner)
        | Spec.Batched(_, inner)
        | Spec.DefaultLayout(_, inner)
        | Spec.AxisFans(_, _, inner) -> [ inner ]
        | Spec.Stacked(_, parts) -> parts |> List.map snd
        | _ -> []

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

[<RequireQualifiedAccess>]
module Spec =
    [<Literal>]
    let NestingLimit = 64

    [<Literal>]
    let SizeLimit = 1_000_000

    /// The specs of each depth, down to just below the limit, with their numbers of occurrences. A shared spec may occur
    /// many times.
    let private levels (spec: Spec) : Dictionary<Spec, int64> list =
        let first = Dictionary<Spec, int64>(HashIdentity.Reference)
        first[spec] <- 1L

        (1, first)
        |> List.unfold (fun (depth, level) ->
            if level.Count = 0 || depth > NestingLimit + 1 then
                None
            else
                let next = Dictionary<Spec, int64>(HashIdentity.Reference)

                for KeyValue(spec, times) in level do
                    for inner in spec.Inner do
                        let before =
                            match next.TryGetValue inner with
                            | true, before -> before
                            | _ -> 0L

                        // No number grows beyond what is too many, nor do their sums.
                        next[inner] <- min (int64 SizeLimit + 1L) (before + times)

                Some(level, (depth + 1, next)))

    let nestingFaults (spec: Spec) : InitError list =
        // Most specs have no inner spec, and small tensors should cost no more than their elements.
        if spec.Inner.IsEmpty then
            []
        else
            let levels = levels spec

            Validation.check (InitError.SpecTooDeep NestingLimit) (levels.Length <= NestingLimit)
            @ Validation.check
                (InitError.SpecTooLarge SizeLimit)
                ((levels |> List.sumBy (fun level -> Seq.sum level.Values)) <= int64 SizeLimit)

    /// The specs inside a spec and itself, each once in a depth.
    let private inside (spec: Spec) : Spec seq = levels spec |> Seq.collect _.Keys

    let modes (spec: Spec) : FanMode list =
        inside spec
        |> Seq.choose (function
            | Spec.VarianceScaling(_, mode, _, _)
            | Spec.FanUniform(_, mode, _, _) -> Some mode
            | _ -> None)
        |> Seq.distinct
        |> List.ofSeq

    let hasParts (spec: Spec) =
        inside spec
        |> Seq.exists (function
            | Spec.Stacked _
            | Spec.Batched _ -> true
            | _ -> false)

    [<CompiledName "Zeros">]
    let zeros = Spec.Constant 0.0

    [<CompiledName "Ones">]
    let ones = Spec.Constant 1.0

    [<CompiledName "Constant">]
    let constant value = Spec.Constant value

    [<CompiledName "Uniform">]
    let uniform low high = Spec.Uniform(low, high)

    [<CompiledName "Normal">]
    let normal mean stddev = Spec.Normal(mean, stddev)

    [<CompiledName "TruncatedNormal">]
    let truncatedNormal mean stddev bounds =
        Spec.TruncatedNormal(mean, stddev, bounds)

    [<CompiledName "Logistic">]
    let logistic loc scale =
        Spec.LocationScale(Families.logistic, loc, scale)

    [<CompiledName "Laplace">]
    let laplace loc scale =
        Spec.LocationScale(Families.laplace, loc, scale)

    [<CompiledName "Gumbel">]
    let gumbel loc scale =
        Spec.LocationScale(Families.gumbel, loc, scale)

    [<CompiledName "Cauchy">]
    let cauchy loc scale =
        Spec.LocationScale(Families.cauchy, loc, scale)

    [<CompiledName "Exponential">]
    let exponential loc scale =
        Spec.LocationScale(Families.exponential, loc, scale)

    [<CompiledName "Triangular">]
    let triangular low mode high = Spec.Triangular(low, mode, high)

    [<CompiledName "Quantile">]
    let quantile name f =
        Spec.Quantile(QuantileFunction(name, f, None))

    [<CompiledName "QuantileFromEnds">]
    let quantileFromEnds name fromLower fromUpper =
        Spec.Quantile(QuantileFunction(name, fromLower, Some fromUpper))

    [<CompiledName "VarianceScaling">]
    let varianceScaling scale mode distribution =
        Spec.VarianceScaling(scale, mode, distribution, 0.0)

    [<CompiledName "Glorot">]
    let glorot gain distribution =
        varianceScaling (gain * gain) FanMode.FanAvg distribution

    [<CompiledName "GlorotUniform">]
    let glorotUniform = glorot 1.0 DistributionFamily.Uniform

    [<CompiledName "GlorotNormal">]
    let glorotNormal = glorot 1.0 DistributionFamily.Normal

    [<CompiledName "KaimingWithMean">]
    let kaimingWithMean mean negativeSlope mode distribution =
        Spec.VarianceScaling(PresetFaults.leakyScale negativeSlope, mode, distribution, mean)

    [<CompiledName "Kaiming">]
    let kaiming negativeSlope mode distribution =
        kaimingWithMean 0.0 negativeSlope mode distribution

    [<CompiledName "HeUniform">]
    let heUniform = kaiming 0.0 FanMode.FanIn DistributionFamily.Uniform

    [<CompiledName "HeNormal">]
    let heNormal = kaiming 0.0 FanMode.FanIn DistributionFamily.Normal

    [<CompiledName "LecunUniform">]
    let lecunUniform = varianceScaling 1.0 FanMode.FanIn DistributionFamily.Uniform

    [<CompiledName "LecunNormal">]
    let lecunNormal = varianceScaling 1.0 FanMode.FanIn DistributionFamily.Normal

    [<CompiledName "Siren">]
    let siren w0 =
        Spec.FanUniform(6.0, FanMode.FanIn, 0.5, 1.0 / w0)

    [<CompiledName "FirstLayerSiren">]
    let firstLayerSiren = Spec.FanUniform(1.0, FanMode.FanIn, 1.0, 1.0)

    [<CompiledName "Orthogonal">]
    let orthogonal gain = Spec.Orthogonal gain

    [<CompiledName "DeltaOrthogonal">]
    let deltaOrthogonal gain = Spec.DeltaOrthogonal gain

    [<CompiledName "Dirac">]
    let dirac groups = Spec.Dirac groups

    [<CompiledName "Identity">]
    let identity gain = Spec.Identity gain

    [<CompiledName "Sparse">]
    let sparse sparsity inner = Spec.Sparse(sparsity, inner)

    [<CompiledName "Bilinear">]
    let bilinear = Spec.Bilinear

    [<CompiledName "LstmBias">]
    let lstmBias forget = Spec.LstmBias forget

    [<CompiledName "Stft">]
    let stft side window scaling periodic =
        Spec.Stft(side, window, scaling, periodic)

    [<CompiledName "Literal">]
    let literal dims (numbers: float seq) =
        Spec.Literal(NumberArray(dims, numbers))

    [<CompiledName "Scale">]
    let scale factor inner = Spec.Scale(factor, inner)

    [<CompiledName "Shift">]
    let shift offset inner = Spec.Shift(offset, inner)

    [<CompiledName "Clip">]
    let clip low high inner = Spec.Clip(low, high, inner)

    [<CompiledName "Mask">]
    let mask dims (keep: float seq) inner =
        Spec.Mask(NumberArray(dims, keep), inner)

    [<CompiledName "Stacked">]
    let stacked axis parts = Spec.Stacked(axis, parts)

    [<CompiledName "Batched">]
    let batched axes inner = Spec.Batched(axes, inner)

    [<CompiledName "DefaultLayout">]
    let defaultLayout layout inner = Spec.DefaultLayout(layout, inner)

    [<CompiledName "AxisFans">]
    let axisFans inputAxes outputAxes inner =
        Spec.AxisFans(inputAxes, outputAxes, inner)

    /// factor * count^power.
    let private scaledByCount factor (count: float) power inner =
        scale (factor * Exact.pow count power) inner

    [<CompiledName "Residual">]
    let residual (layers: int) inner =
        scaledByCount 1.0 (2.0 * float layers) -0.5 inner

    [<CompiledName "DeepNorm">]
    let deepNorm (layers: int) inner =
        scaledByCount 1.0 (8.0 * float layers) -0.25 inner

    [<CompiledName "TFixupEncoder">]
    let tFixupEncoder (layers: int) inner =
        scaledByCount 0.67 (float layers) -0.25 inner

    [<CompiledName "TFixupDecoder">]
    let tFixupDecoder (layers: int) inner =
        scaledByCount 1.0 (9.0 * float layers) -0.25 inner

    [<CompiledName "WidthScaled">]
    let widthScaled multiplier inner = scaledByCount 1.0 multiplier -0.5 inner
