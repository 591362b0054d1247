namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess>]
type Distribution =
    | Normal
    | Uniform
    | TruncatedNormal

[<RequireQualifiedAccess>]
type Spec =
    | Constant of value: float
    | Uniform of low: float * high: float
    | Normal of mean: float * stddev: float
    | TruncatedNormal of mean: float * stddev: float * lower: float * upper: float
    | TruncNormal of mean: float * stddev: float * a: float * b: float
    | VarianceScaling of scale: float * mode: FanMode * distribution: Distribution * mean: float
    | FanUniform of numerator: float * mode: FanMode * power: float * gain: float

[<RequireQualifiedAccess>]
module Spec =
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

    [<CompiledName "VarianceScaling">]
    let varianceScaling scale mode distribution =
        Spec.VarianceScaling(scale, mode, distribution, 0.0)

    [<CompiledName "GlorotUniform">]
    let glorotUniform = varianceScaling 1.0 FanMode.FanAvg Distribution.Uniform

    [<CompiledName "GlorotNormal">]
    let glorotNormal = varianceScaling 1.0 FanMode.FanAvg Distribution.Normal

    [<CompiledName "KaimingAround">]
    let kaimingAround mean negativeSlope mode distribution =
        Spec.VarianceScaling(2.0 / (1.0 + negativeSlope * negativeSlope), mode, distribution, mean)

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
