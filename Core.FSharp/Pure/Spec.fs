namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess>]
type Distribution =
    | Normal
    | Uniform
    | TruncatedNormal

[<Sealed>]
type QuantileFunction(name: string, fromLower: float -> float, fromUpper: (float -> float) option) =
    member _.Name = name
    member private _.Lower = fromLower
    member private _.Upper = fromUpper

    /// The one place where an exception of the caller's own code ends.
    member _.Evaluate(side: int, t: float) : Result<float, string> =
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

[<RequireQualifiedAccess>]
type Spec =
    | Constant of value: float
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float
    | TruncatedNormal of mean: float * stddev: float * lower: float * upper: float
    | TruncNormal of mean: float * stddev: float * a: float * b: float
    | Logistic of loc: float * scale: float
    | Laplace of loc: float * scale: float
    | Gumbel of loc: float * scale: float
    | Triangular of low: float * mode: float * high: float
    | Quantile of QuantileFunction
    | VarianceScaling of scale: float * mode: FanMode * distribution: Distribution * mean: float
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

[<RequireQualifiedAccess>]
module Spec =
    let rec modes (spec: Spec) : FanMode list =
        match spec with
        | Spec.VarianceScaling(_, mode, _, _)
        | Spec.FanUniform(_, mode, _, _) -> [ mode ]
        | Spec.Scale(_, inner)
        | Spec.Shift(_, inner)
        | Spec.Clip(_, _, inner)
        | Spec.Mask(_, inner)
        | Spec.Sparse(_, inner)
        | Spec.Batched(_, inner)
        | Spec.DefaultLayout(_, inner)
        | Spec.AxisFans(_, _, inner) -> modes inner
        | Spec.Stacked(_, parts) -> parts |> List.collect (snd >> modes) |> List.distinct
        | Spec.Constant _
        | Spec.Uniform _
        | Spec.Normal _
        | Spec.TruncatedNormal _
        | Spec.TruncNormal _
        | Spec.Logistic _
        | Spec.Laplace _
        | Spec.Gumbel _
        | Spec.Triangular _
        | Spec.Quantile _
        | Spec.Orthogonal _
        | Spec.DeltaOrthogonal _
        | Spec.Dirac _
        | Spec.Identity _
        | Spec.Bilinear
        | Spec.LstmBias _
        | Spec.Stft _
        | Spec.Literal _ -> []

    let rec hasParts (spec: Spec) =
        match spec with
        | Spec.Stacked _
        | Spec.Batched _ -> true
        | Spec.Scale(_, inner)
        | Spec.Shift(_, inner)
        | Spec.Clip(_, _, inner)
        | Spec.Mask(_, inner)
        | Spec.Sparse(_, inner)
        | Spec.DefaultLayout(_, inner)
        | Spec.AxisFans(_, _, inner) -> hasParts inner
        | _ -> false

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
    let truncatedNormal mean stddev lower upper =
        Spec.TruncatedNormal(mean, stddev, lower, upper)

    [<CompiledName "TruncNormal">]
    let truncNormal mean stddev a b = Spec.TruncNormal(mean, stddev, a, b)

    [<CompiledName "Logistic">]
    let logistic loc scale = Spec.Logistic(loc, scale)

    [<CompiledName "Laplace">]
    let laplace loc scale = Spec.Laplace(loc, scale)

    [<CompiledName "Gumbel">]
    let gumbel loc scale = Spec.Gumbel(loc, scale)

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
    let glorotUniform = glorot 1.0 Distribution.Uniform

    [<CompiledName "GlorotNormal">]
    let glorotNormal = glorot 1.0 Distribution.Normal

    let leakyScale negativeSlope =
        2.0 / (1.0 + negativeSlope * negativeSlope)

    [<CompiledName "KaimingAround">]
    let kaimingAround mean negativeSlope mode distribution =
        Spec.VarianceScaling(leakyScale negativeSlope, mode, distribution, mean)

    [<CompiledName "Kaiming">]
    let kaiming negativeSlope mode distribution =
        kaimingAround 0.0 negativeSlope mode distribution

    [<CompiledName "HeUniform">]
    let heUniform = kaiming 0.0 FanMode.FanIn Distribution.Uniform

    [<CompiledName "HeNormal">]
    let heNormal = kaiming 0.0 FanMode.FanIn Distribution.Normal

    [<CompiledName "LecunUniform">]
    let lecunUniform = varianceScaling 1.0 FanMode.FanIn Distribution.Uniform

    [<CompiledName "LecunNormal">]
    let lecunNormal = varianceScaling 1.0 FanMode.FanIn Distribution.Normal

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

    /// A finite number, and a finite number above 0 that is made of it.
    let private positive spec (name: string, value: float) (derived: string, result: float) =
        if not (Double.IsFinite value) then
            [ InitError.NotFinite(spec, name, value) ]
        elif not (Double.IsFinite result) then
            [ InitError.NotFinite(spec, derived, result) ]
        else
            Validation.check (InitError.NotPositive(spec, derived, result)) (result > 0.0)

    [<CompiledName "SirenFaults">]
    let sirenFaults (spec: string) (w0: float) =
        if Double.IsFinite w0 && w0 <= 0.0 then
            [ InitError.NotPositive(spec, "w0", w0) ]
        else
            positive spec ("w0", w0) ("1/w0", 1.0 / w0)

    [<CompiledName "KaimingFaults">]
    let kaimingFaults (spec: string) (negativeSlope: float) =
        positive spec ("negative_slope", negativeSlope) ("1 + negative_slope²", 1.0 + negativeSlope * negativeSlope)

    [<CompiledName "GainFaults">]
    let gainFaults (spec: string) (gain: float) =
        if Double.IsFinite gain && gain <= 0.0 then
            [ InitError.NotPositive(spec, "gain", gain) ]
        else
            positive spec ("gain", gain) ("gain²", gain * gain)

    [<CompiledName "CountFaults">]
    let countFaults (spec: string) (parameter: string) (value: float) =
        if Double.IsFinite value then
            Validation.check (InitError.NotPositive(spec, parameter, value)) (value > 0.0)
        else
            [ InitError.NotFinite(spec, parameter, value) ]
