namespace Initializers.FSharp

open System
open System.Collections.Generic
open Initializers

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
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
            | Spec.Sum _
            | Spec.Repeat _
            | Spec.Batched _ -> true
            | _ -> false)

    [<CompiledName "OfMatch">]
    let ofMatch (text: string) (f: TensorMatch -> Result<Spec, InitError list>) =
        Spec.Function(SpecFunction(text, false, f))

    let hasFunctions (spec: Spec) =
        spec.IsFunction
        || (not spec.Inner.IsEmpty && inside spec |> Seq.exists _.IsFunction)

    [<CompiledName "Evaluate">]
    let evaluate (tensor: TensorMatch) (spec: Spec) : Result<Spec, InitError list> =
        let rec valueOf depth (spec: Spec) =
            match spec with
            | _ when depth > NestingLimit -> Error [ InitError.SpecTooDeep NestingLimit ]
            | Spec.Function f -> f.Apply tensor |> Result.bind (valueOf (depth + 1))
            | _ when spec.Inner.IsEmpty -> Ok spec
            | _ ->
                spec.Inner
                |> Validation.traverse (valueOf (depth + 1))
                |> Result.map spec.WithInner

        match nestingFaults spec with
        | [] when hasFunctions spec -> valueOf 1 spec
        | faults -> Validation.ofFaults faults spec

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

    [<CompiledName "LogUniform">]
    let logUniform low high = Spec.LogUniform(low, high)

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

    [<CompiledName "Formula">]
    let formula (expression: string) = Spec.Formula(FormulaText expression)

    [<CompiledName "Scale">]
    let scale factor inner = Spec.Scale(factor, inner)

    [<CompiledName "Shift">]
    let shift offset inner = Spec.Shift(offset, inner)

    [<CompiledName "Clip">]
    let clip low high inner = Spec.Clip(low, high, inner)

    [<CompiledName "Log">]
    let log inner = Spec.Map(MonotoneMap.Log, inner)

    [<CompiledName "Exp">]
    let exp inner = Spec.Map(MonotoneMap.Exp, inner)

    [<CompiledName "Sqrt">]
    let sqrt inner = Spec.Map(MonotoneMap.Sqrt, inner)

    [<CompiledName "Reciprocal">]
    let reciprocal inner = Spec.Map(MonotoneMap.Reciprocal, inner)

    [<CompiledName "Softplus">]
    let softplus inner = Spec.Map(MonotoneMap.Softplus, inner)

    [<CompiledName "InverseSoftplus">]
    let inverseSoftplus inner =
        Spec.Map(MonotoneMap.InverseSoftplus, inner)

    [<CompiledName "Logit">]
    let logit inner = Spec.Map(MonotoneMap.Logit, inner)

    [<CompiledName "Sigmoid">]
    let sigmoid inner = Spec.Map(MonotoneMap.Sigmoid, inner)

    [<CompiledName "Tanh">]
    let tanh inner = Spec.Map(MonotoneMap.Tanh, inner)

    [<CompiledName "Mask">]
    let mask dims (keep: float seq) inner =
        Spec.Mask(NumberArray(dims, keep), inner)

    [<CompiledName "Stacked">]
    let stacked axis parts = Spec.Stacked(axis, parts)

    [<CompiledName "Batched">]
    let batched axes inner = Spec.Batched(axes, inner)

    [<CompiledName "Sum">]
    let sum parts = Spec.Sum parts

    [<CompiledName "Repeat">]
    let repeat axis times inner = Spec.Repeat(axis, times, inner)

    [<CompiledName "Normalized">]
    let normalized axis inner = Spec.Normalized(axis, inner)

    [<CompiledName "Padding">]
    let padding index inner = Spec.Padding(index, inner)

    [<CompiledName "Permutation">]
    let permutation = Spec.Permutation

    [<CompiledName "Randint">]
    let randint low high = Spec.Randint(low, high)

    [<CompiledName "Bernoulli">]
    let bernoulli p = Spec.Bernoulli p

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
