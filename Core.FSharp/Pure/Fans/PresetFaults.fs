namespace Initializers.FSharp

open System

/// <summary>Faults of the parameters of presets, which their specs no longer hold: a gain becomes a variance.</summary>
[<RequireQualifiedAccess>]
module PresetFaults =
    /// The square of a leaky rectifier's gain, 2 / (1 + a²) for slope a on its negative side.
    let internal leakyScale negativeSlope =
        2.0 / (1.0 + negativeSlope * negativeSlope)

    /// A finite number, and a finite number above 0 that is made of it.
    let private positive spec (name: string, value: float) (derived: string, result: float) =
        if not (Double.IsFinite value) then
            [ InitError.NotFinite(spec, name, value) ]
        elif not (Double.IsFinite result) then
            [ InitError.NotFinite(spec, derived, result) ]
        else
            Validation.check (InitError.NotPositive(spec, derived, result)) (result > 0.0)

    /// <summary>Faults of a w0 of <c>siren</c>, which must be finite and above 0, like 1/w0.</summary>
    /// <param name="spec">The initializer's name in messages.</param>
    /// <param name="w0">The frequency factor.</param>
    [<CompiledName "SirenFaults">]
    let sirenFaults (spec: string) (w0: float) =
        if Double.IsFinite w0 && w0 <= 0.0 then
            [ InitError.NotPositive(spec, "w0", w0) ]
        else
            positive spec ("w0", w0) ("1/w0", 1.0 / w0)

    /// <summary>Faults of a slope of <c>kaiming</c>, which must be finite, like its square.</summary>
    /// <param name="spec">The initializer's name in messages.</param>
    /// <param name="negativeSlope">The slope.</param>
    [<CompiledName "KaimingFaults">]
    let kaimingFaults (spec: string) (negativeSlope: float) =
        positive spec ("negative_slope", negativeSlope) ("1 + negative_slope²", 1.0 + negativeSlope * negativeSlope)

    /// <summary>Faults of a gain whose square scales a variance: it must be finite and above 0, like its square.</summary>
    /// <param name="spec">The initializer's name in messages.</param>
    /// <param name="gain">The gain.</param>
    [<CompiledName "GainFaults">]
    let gainFaults (spec: string) (gain: float) =
        if Double.IsFinite gain && gain <= 0.0 then
            [ InitError.NotPositive(spec, "gain", gain) ]
        else
            positive spec ("gain", gain) ("gain²", gain * gain)

    /// <summary>Faults of a number of layers or a width multiplier, which must be finite and above 0.</summary>
    /// <param name="spec">The initializer's name in messages.</param>
    /// <param name="parameter">The number's name in messages.</param>
    /// <param name="value">The number.</param>
    [<CompiledName "CountFaults">]
    let countFaults (spec: string) (parameter: string) (value: float) =
        if Double.IsFinite value then
            Validation.check (InitError.NotPositive(spec, parameter, value)) (value > 0.0)
        else
            [ InitError.NotFinite(spec, parameter, value) ]
