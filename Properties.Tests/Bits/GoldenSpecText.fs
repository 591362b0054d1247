/// Texts of specs in golden files. Golden.Tool and the GPU tool compile this file, which uses the public core alone.
module Initializers.Properties.GoldenSpecText

open System
open Initializers
open Initializers.FSharp

/// The text of a spec as the files have it, from before presets were written by their names.
let rec general (spec: Spec) : string =
    let number (x: float) =
        x.ToString("R", Globalization.CultureInfo.InvariantCulture)

    match spec with
    | Spec.VarianceScaling(scale, mode, family, mean) ->
        let name =
            match family with
            | DistributionFamily.Normal -> "normal"
            | DistributionFamily.Uniform -> "uniform"
            | _ -> "truncated_normal"

        let mean = if mean = 0.0 then "" else $", mean={number mean}"
        $"variance_scaling(scale={number scale}, mode={FanMode.toText mode}, distribution={name}{mean})"
    | Spec.FanUniform(numerator, mode, power, gain) ->
        $"fan_uniform(numerator={number numerator}, mode={FanMode.toText mode}, power={number power}, gain={number gain})"
    | Spec.Scale(factor, inner) -> $"scale(factor={number factor}, inner={general inner})"
    | Spec.Stacked(axis, parts) ->
        let parts =
            parts
            |> List.map (fun (size, part) -> $"{size}: {general part}")
            |> String.concat ", "

        $"stacked(axis={axis}, parts=[{parts}])"
    | other -> SpecText.toText other
