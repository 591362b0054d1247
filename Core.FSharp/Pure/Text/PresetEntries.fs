namespace Initializers.FSharp

open System
open System.Globalization
open Initializers
open Initializers.FSharp.EntryParts

/// Entries of named settings of other initializers, which are written by their names: `glorot_uniform`, `siren(w0=30)`.
///
/// A name is written where it is read back to the same bits, with the shortest parameter that does so. Equal specs have
/// equal texts, so one name of several is written: `glorot` for `xavier`; `he` without parameters and `kaiming` with them.
[<RequireQualifiedAccess>]
module internal PresetEntries =
    let private slope = "negative_slope", Some "0"
    let private layers = "layers", None

    /// The significant digits of a number's shortest text.
    let private digits (x: float) =
        (Names.number x).Split('E')[0]
        |> String.filter Char.IsAsciiDigit
        |> fun all -> all.Trim('0').Length

    /// The number near `x` with the fewest significant digits, up to `limit`, that `holds`.
    let private shortest limit (x: float) (holds: float -> bool) : float option =
        seq { 1..limit }
        |> Seq.map (fun count ->
            let text = x.ToString($"E{count - 1}", CultureInfo.InvariantCulture)
            Double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture))
        |> Seq.tryFind holds

    /// The most digits of a parameter that replaces a number of the general form: 6, or one more than the number has. A
    /// number of few digits was given as it is: `fan_uniform(…, gain=0.3)` is not `siren(w0=3.3333333333333335)`.
    let private digitsFor (number: float) = max 6 (digits number + 1)

    /// Whether a parameter without faults makes the spec.
    let private makes (faultsOf: string -> float -> InitError list) (make: float -> Spec) (spec: Spec) (x: float) =
        List.isEmpty (faultsOf "" x) && make x = spec

    let private siren =
        entry
            "siren"
            [ "w0", Some "30" ]
            "uniform on ± sqrt(6/fan_in)/w0 (Sitzmann et al. 2020)"
            (fun a -> Spec.siren (a.Checked PresetFaults.sirenFaults "w0"))
            (function
             | Spec.FanUniform(6.0, FanMode.FanIn, 0.5, gain) as spec ->
                 makes PresetFaults.sirenFaults Spec.siren spec
                 |> shortest (digitsFor gain) (1.0 / gain)
                 |> Option.map (fun w0 -> [ number "w0" w0 ])
             | _ -> None)

    let private lecun name summary (preset: Spec) =
        constant name summary preset (function
            | Spec.VarianceScaling(_, _, _, mean) as spec -> spec = preset && isZero mean
            | _ -> false)

    /// Glorot's names, the first of which is written.
    let private glorot names summary family =
        let read (a: SpecArguments) =
            Spec.glorot (a.CheckedBy(a.Gain, PresetFaults.gainFaults, "gain")) family

        let write spec =
            match spec with
            | Spec.VarianceScaling(scale, FanMode.FanAvg, _, mean) when isZero mean ->
                makes PresetFaults.gainFaults (fun gain -> Spec.glorot gain family) spec
                |> shortest (digitsFor scale) (sqrt scale)
                |> Option.map (fun gain ->
                    [ if gain <> 1.0 then
                          number "gain" gain ])
            | _ -> None

        entry (List.head names) [ gain ] summary read write
        :: (List.tail names |> List.map (fun name -> alias name [ gain ] summary read))

    /// He's names: the first is written without parameters, the second with some.
    let private kaiming (he, kaiming) summary family =
        let read (a: SpecArguments) =
            let slope = a.Checked PresetFaults.kaimingFaults "negative_slope"
            let mode = a.Mode "mode"
            Spec.kaimingWithMean (a.Number "mean") slope mode family

        // With fan_avg a variance is Glorot's. A slope has fewer digits than its scale: a scale of 1 is no slope of 1.
        let slopeOf spec =
            match spec with
            | Spec.VarianceScaling(scale, mode, _, mean) when mode <> FanMode.FanAvg ->
                let holds =
                    makes PresetFaults.kaimingFaults (fun slope -> Spec.kaimingWithMean mean slope mode family) spec

                if holds 0.0 then
                    Some 0.0
                else
                    shortest (digits scale - 1) (sqrt (2.0 / scale - 1.0)) holds
            | _ -> None

        let arguments spec =
            match spec, slopeOf spec with
            | Spec.VarianceScaling(_, mode, _, mean), Some slope ->
                Some
                    [ if mode <> FanMode.FanIn then
                          modeWord mode
                      if slope <> 0.0 then
                          number "negative_slope" slope
                      if not (isZero mean) then
                          number "mean" mean ]
            | _ -> None

        let parameters = [ mode; slope; mean ]

        [ entry he parameters summary read (arguments >> Option.filter List.isEmpty)
          entry kaiming parameters summary read (arguments >> Option.filter (List.isEmpty >> not)) ]

    let private fanScaled =
        [ siren
          constant "first_layer_siren" "uniform on ± 1/fan_in (Sitzmann et al. 2020)" Spec.firstLayerSiren (fun spec ->
              spec = Spec.firstLayerSiren)
          lecun "lecun_normal" "normal, variance 1/fan_in (LeCun et al. 1998)" Spec.lecunNormal
          lecun "lecun_uniform" "uniform, variance 1/fan_in (LeCun et al. 1998)" Spec.lecunUniform
          yield!
              glorot
                  [ "glorot_normal"; "xavier_normal" ]
                  "normal, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
                  DistributionFamily.Normal
          yield!
              glorot
                  [ "glorot_uniform"; "xavier_uniform" ]
                  "uniform, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
                  DistributionFamily.Uniform
          yield!
              kaiming
                  ("he_normal", "kaiming_normal")
                  "normal, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
                  DistributionFamily.Normal
          yield!
              kaiming
                  ("he_uniform", "kaiming_uniform")
                  "uniform, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
                  DistributionFamily.Uniform ]

    /// A scale that a number of layers decides.
    let private layered (scale: int -> Spec -> Spec) (a: SpecArguments) =
        let before = a.Faults.Length
        let count = a.Int "layers"

        if a.Faults.Length = before then
            a.Refuse("layers", PresetFaults.countFaults a.Name "layers" (float count))

        scale (max 1 count) (a.Spec "inner")

    /// Factors that a rule decides. They are written as `scale`: a factor of 0.5 may be that of 2 layers or of a width of 4.
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
