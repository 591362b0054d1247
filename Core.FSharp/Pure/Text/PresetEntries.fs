namespace Initializers.FSharp

open Initializers
open Initializers.FSharp.EntryParts

/// Entries of named settings of other initializers. Each makes a spec that an entry with all numbers makes too.
[<RequireQualifiedAccess>]
module internal PresetEntries =
    let private slope = "negative_slope", Some "0"
    let private layers = "layers", None

    let private aliases names parameters summary read =
        names |> List.map (fun name -> alias name parameters summary read)

    let private glorot family (a: SpecArguments) =
        Spec.glorot (a.CheckedBy(a.Gain, PresetFaults.gainFaults, "gain")) family

    let private kaiming family (a: SpecArguments) =
        let slope = a.Checked PresetFaults.kaimingFaults "negative_slope"
        let mode = a.Mode "mode"
        Spec.kaimingWithMean (a.Number "mean") slope mode family

    /// A scale that a number of layers decides.
    let private layered (scale: int -> Spec -> Spec) (a: SpecArguments) =
        let before = a.Faults.Length
        let count = a.Int "layers"

        if a.Faults.Length = before then
            a.Refuse("layers", PresetFaults.countFaults a.Name "layers" (float count))

        scale (max 1 count) (a.Spec "inner")

    let private fanScaled =
        [ alias "siren" [ "w0", Some "30" ] "uniform on ± sqrt(6/fan_in)/w0 (Sitzmann et al. 2020)" (fun a ->
              Spec.siren (a.Checked PresetFaults.sirenFaults "w0"))
          alias "first_layer_siren" [] "uniform on ± 1/fan_in (Sitzmann et al. 2020)" (fun _ -> Spec.firstLayerSiren)
          alias "lecun_normal" [] "normal, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunNormal)
          alias "lecun_uniform" [] "uniform, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunUniform) ]
        @ aliases
            [ "glorot_normal"; "xavier_normal" ]
            [ gain ]
            "normal, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (glorot DistributionFamily.Normal)
        @ aliases
            [ "glorot_uniform"; "xavier_uniform" ]
            [ gain ]
            "uniform, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (glorot DistributionFamily.Uniform)
        @ aliases
            [ "he_normal"; "kaiming_normal" ]
            [ mode; slope; mean ]
            "normal, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
            (kaiming DistributionFamily.Normal)
        @ aliases
            [ "he_uniform"; "kaiming_uniform" ]
            [ mode; slope; mean ]
            "uniform, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
            (kaiming DistributionFamily.Uniform)

    let private scales =
        [ alias
              "residual"
              [ layers; innerSpec ]
              "inner/sqrt(2*layers), for the ends of residual branches (GPT-2)"
              (layered Spec.residual)
          alias
              "deepnorm"
              [ layers; innerSpec ]
              "inner*(8*layers)^(-1/4), DeepNorm's beta (Wang et al. 2022)"
              (layered Spec.deepNorm)
          alias
              "tfixup_encoder"
              [ layers; innerSpec ]
              "inner*0.67*layers^(-1/4) (T-Fixup, Huang et al. 2020)"
              (layered Spec.tFixupEncoder)
          alias
              "tfixup_decoder"
              [ layers; innerSpec ]
              "inner*(9*layers)^(-1/4) (T-Fixup, Huang et al. 2020)"
              (layered Spec.tFixupDecoder)
          alias
              "width_scaled"
              [ "multiplier", None; innerSpec ]
              "inner/sqrt(multiplier), a hidden matrix under muP (Yang et al. 2022)"
              (fun a ->
                  let faultsOf spec =
                      PresetFaults.countFaults spec "multiplier"

                  Spec.widthScaled (a.Checked faultsOf "multiplier") (a.Spec "inner")) ]

    let all = fanScaled @ scales
