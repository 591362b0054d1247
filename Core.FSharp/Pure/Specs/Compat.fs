namespace Initializers.FSharp

open Initializers

[<RequireQualifiedAccess>]
module Compat =
    [<RequireQualifiedAccess>]
    module Torch =
        [<CompiledName "Fans">]
        let fans (shape: Shape) = Fan.ofShape Layout.OutInSpatial shape

        let private kaiming family nonlinearity mode =
            Gain.torch nonlinearity
            |> Result.map (fun gain ->
                match nonlinearity with
                // The square of a root is not its radicand to the last digit.
                | Nonlinearity.Relu -> Spec.kaiming 0.0 mode family
                | Nonlinearity.LeakyRelu a -> Spec.kaiming a mode family
                | _ -> Spec.varianceScaling (gain * gain) mode family)

        [<CompiledName "KaimingUniform">]
        let kaimingUniform (nonlinearity: Nonlinearity) (mode: FanMode) =
            kaiming DistributionFamily.Uniform nonlinearity mode

        [<CompiledName "KaimingNormal">]
        let kaimingNormal (nonlinearity: Nonlinearity) (mode: FanMode) =
            kaiming DistributionFamily.Normal nonlinearity mode

        let private xavier family (gain: float) =
            Spec.varianceScaling (gain * gain) FanMode.FanAvg family

        [<CompiledName "XavierUniform">]
        let xavierUniform (gain: float) = xavier DistributionFamily.Uniform gain

        [<CompiledName "XavierNormal">]
        let xavierNormal (gain: float) = xavier DistributionFamily.Normal gain

        [<CompiledName "TruncNormal">]
        let truncNormal (mean: float) (std: float) (a: float) (b: float) =
            Spec.truncatedNormal mean std (Bounds.Absolute(a, b))

        [<CompiledName "LayerDefault">]
        let layerDefault = Spec.FanUniform(1.0, FanMode.FanIn, 0.5, 1.0)

    [<RequireQualifiedAccess>]
    module Jax =
        [<CompiledName "Fans">]
        let fans (shape: Shape) = Fan.ofShape Layout.SpatialInOut shape

        [<CompiledName "FansOf">]
        let fansOf (inAxis: int list) (outAxis: int list) (batchAxis: int list) (shape: Shape) =
            validation {
                let! () =
                    Validation.check (InitError.LayoutRank(Layout.SpatialInOut, shape.Rank)) (shape.Rank >= 2)

                and! axes = FanAxes.ofAxes inAxis outAxis batchAxis shape.Rank
                return! Fan.ofAxes axes shape
            }

        [<CompiledName "TruncatedNormal">]
        let truncatedNormal (stddev: float) (lower: float) (upper: float) =
            Spec.truncatedNormal 0.0 stddev (Bounds.Sigmas(lower, upper))

        [<CompiledName "GlorotUniform">]
        let glorotUniform = Spec.glorotUniform

        [<CompiledName "GlorotNormal">]
        let glorotNormal =
            Spec.varianceScaling 1.0 FanMode.FanAvg DistributionFamily.TruncatedNormal

        [<CompiledName "HeUniform">]
        let heUniform = Spec.heUniform

        [<CompiledName "HeNormal">]
        let heNormal =
            Spec.varianceScaling 2.0 FanMode.FanIn DistributionFamily.TruncatedNormal

        [<CompiledName "LecunUniform">]
        let lecunUniform = Spec.lecunUniform

        [<CompiledName "LecunNormal">]
        let lecunNormal =
            Spec.varianceScaling 1.0 FanMode.FanIn DistributionFamily.TruncatedNormal

    [<RequireQualifiedAccess>]
    module Keras =
        [<CompiledName "Fans">]
        let fans (shape: Shape) =
            match shape.Dims with
            | [] -> Ok(1.0, 1.0)
            | [ size ] -> Ok(float size, float size)
            | _ -> Jax.fans shape

        [<CompiledName "FansOf">]
        let fansOf (inputAxes: int list) (outputAxes: int list) (shape: Shape) =
            Fan.ofAxisLists inputAxes outputAxes shape

        [<CompiledName "TruncatedNormal">]
        let truncatedNormal (mean: float) (stddev: float) =
            Spec.truncatedNormal mean stddev (Bounds.Sigmas(-2.0, 2.0))

        [<CompiledName "GlorotUniform">]
        let glorotUniform = Jax.glorotUniform

        [<CompiledName "GlorotNormal">]
        let glorotNormal = Jax.glorotNormal

        [<CompiledName "HeUniform">]
        let heUniform = Jax.heUniform

        [<CompiledName "HeNormal">]
        let heNormal = Jax.heNormal

        [<CompiledName "LecunUniform">]
        let lecunUniform = Jax.lecunUniform

        [<CompiledName "LecunNormal">]
        let lecunNormal = Jax.lecunNormal

    [<RequireQualifiedAccess>]
    module Timm =
        [<CompiledName "TruncNormal">]
        let truncNormal (mean: float) (std: float) (a: float) (b: float) = Torch.truncNormal mean std a b

        [<CompiledName "TruncNormalTf">]
        let truncNormalTf (mean: float) (std: float) (a: float) (b: float) =
            Spec.truncatedNormal mean std (Bounds.Sigmas(a, b))

        [<CompiledName "LecunNormal">]
        let lecunNormal = Jax.lecunNormal
