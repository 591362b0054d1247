namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Keras's initializer configs, {"class_name": "HeUniform", "config": {"seed": null}}, as Keras 3's
/// keras/src/initializers/*.py write and read them: names, fields and defaults are theirs.
///
/// A seed is read and left out: it is no part of a spec, and Keras's generator gives other bits in any case.
module internal Keras =
    /// What a config's builder asks of its fields.
    type private Config(source: string, path: string, fields: Map<string, JsonElement>) =
        let faults = ResizeArray<InitError>()

        let ask name (read: string -> JsonElement -> Result<'a, InitError list>) (fallback: 'a) =
            match Map.tryFind name fields with
            | None -> fallback
            | Some value ->
                match read $"{path}.{name}" value with
                | Ok value -> value
                | Error es ->
                    faults.AddRange es
                    fallback

        let choice (known: (string * 'a) list) at value =
            Json.text source at value
            |> Result.bind (fun text ->
                match known |> List.tryFind (fun (name, _) -> name = text) with
                | Some(_, value) -> Ok value
                | None -> Json.field source at $"expected one of {Names.list (List.map fst known)}.")

        member _.Number name fallback = ask name (Json.number source) fallback
        member _.Choice name known fallback = ask name (choice known) fallback

        /// One of these words, or null for what is absent.
        member _.Nullable name known absent fallback =
            let read at (value: JsonElement) =
                if value.ValueKind = JsonValueKind.Null then
                    Ok absent
                else
                    choice (known |> List.filter (fun (_, own) -> own <> absent)) at value

            ask name read fallback

        member _.Flag name fallback =
            let read at (value: JsonElement) =
                match value.ValueKind with
                | JsonValueKind.True -> Ok true
                | JsonValueKind.False -> Ok false
                | _ -> Json.field source at "expected true or false."

            ask name read fallback

        /// null, an integer, or the config of a generator.
        member _.Seed() =
            let read at (value: JsonElement) =
                match value.ValueKind with
                | JsonValueKind.Null
                | JsonValueKind.Number
                | JsonValueKind.Object -> Ok()
                | _ -> Json.field source at "expected null, an integer or a generator's config."

            ask "seed" read ()

        member _.Faults = List.ofSeq faults

    type private Entry =
        { Name: string
          Fields: string list
          Build: Config -> Result<Spec, InitError list> }

    let private entry name fields (build: Config -> Result<Spec, InitError list>) =
        { Name = name
          Fields = fields
          Build = build }

    let private modes =
        [ FanMode.FanIn; FanMode.FanOut; FanMode.FanAvg ]
        |> List.map (fun mode -> Names.fanMode mode, mode)

    let private presets =
        [ "GlorotNormal", Compat.Keras.glorotNormal
          "GlorotUniform", Compat.Keras.glorotUniform
          "HeNormal", Compat.Keras.heNormal
          "HeUniform", Compat.Keras.heUniform
          "LecunNormal", Compat.Keras.lecunNormal
          "LecunUniform", Compat.Keras.lecunUniform ]

    let private distributions =
        [ "truncated_normal", Distribution.TruncatedNormal
          "untruncated_normal", Distribution.Normal
          "uniform", Distribution.Uniform ]

    let private stft (c: Config) =
        let side = c.Choice "side" StftNames.sides StftSide.Real
        let window = c.Nullable "window" StftNames.windows StftWindow.None StftWindow.Hann

        let scaling =
            c.Nullable "scaling" StftNames.scalings StftScaling.None StftScaling.Density

        Ok(Spec.stft side window scaling (c.Flag "periodic" false))

    let private entries =
        [ entry "Zeros" [] (fun _ -> Ok Spec.zeros)
          entry "Ones" [] (fun _ -> Ok Spec.ones)
          entry "Constant" [ "value" ] (fun c -> Ok(Spec.constant (c.Number "value" 0.0)))
          entry "RandomUniform" [ "minval"; "maxval"; "seed" ] (fun c ->
              Ok(Spec.uniform (c.Number "minval" -0.05) (c.Number "maxval" 0.05)))
          entry "RandomNormal" [ "mean"; "stddev"; "seed" ] (fun c ->
              Ok(Spec.normal (c.Number "mean" 0.0) (c.Number "stddev" 0.05)))
          entry "TruncatedNormal" [ "mean"; "stddev"; "seed" ] (fun c ->
              Ok(Compat.Keras.truncatedNormal (c.Number "mean" 0.0) (c.Number "stddev" 0.05)))
          entry "Orthogonal" [ "gain"; "seed" ] (fun c -> Ok(Spec.orthogonal (c.Number "gain" 1.0)))
          entry "Identity" [ "gain" ] (fun c -> Ok(Spec.identity (c.Number "gain" 1.0)))
          entry "VarianceScaling" [ "scale"; "mode"; "distribution"; "seed" ] (fun c ->
              let scale = c.Number "scale" 1.0
              let mode = c.Choice "mode" modes FanMode.FanIn
              Ok(Spec.varianceScaling scale mode (c.Choice "distribution" distributions Distribution.TruncatedNormal))) ]
        @ (presets
           |> List.map (fun (name, spec) -> entry name [ "seed" ] (fun _ -> Ok spec)))
        // The second is the class's name in earlier releases of Keras 3, which later ones read too.
        @ ([ "STFT"; "STFTInitializer" ]
           |> List.map (fun name -> entry name [ "side"; "window"; "periodic"; "scaling" ] stft))

    let private known = entries |> List.map _.Name |> List.sort

    /// A class of Keras's own; a user's package may have others under the same names.
    let private home source path (fields: Map<string, JsonElement>) name =
        let text field accept =
            match Map.tryFind field fields with
            | None -> []
            | Some value when value.ValueKind = JsonValueKind.Null -> []
            | Some value ->
                match Json.text source $"{path}.{field}" value with
                | Error faults -> faults
                | Ok text ->
                    Validation.check
                        (InitError.AtPath(source, $"{path}.{field}", InitError.KerasUnknown(text, known)))
                        (accept text)

        text "module" (fun m ->
            [ "keras"; "tf_keras"; "tensorflow" ]
            |> List.exists (fun k -> m = k || m.StartsWith(k + ".", StringComparison.Ordinal)))
        @ text "registered_name" (fun n -> n = name)

    /// Reads an object that has "class_name".
    let read source path (value: JsonElement) : Result<Spec, InitError list> =
        Json.record source path [ "module"; "class_name"; "config"; "registered_name" ] value (fun fields ->
            let name =
                Json.required source path "class_name" fields
                |> Result.bind (Json.text source $"{path}.class_name")

            let find name =
                match entries |> List.tryFind (fun e -> e.Name = name) with
                | Some entry -> Ok entry
                | None -> Error [ InitError.AtPath(source, $"{path}.class_name", InitError.KerasUnknown(name, known)) ]

            let at = $"{path}.config"

            let spec =
                name
                |> Result.bind find
                |> Result.bind (fun entry ->
                    let build config =
                        let asked = Config(source, at, config)
                        asked.Seed()

                        match entry.Build asked, asked.Faults with
                        | result, [] -> Json.at source path result
                        | _, faults -> Error faults

                    match Map.tryFind "config" fields with
                    | None -> build Map.empty
                    | Some config -> Json.record source at entry.Fields config build)

            let foreign = name |> Result.map (home source path fields) |> Result.defaultValue []
            Validation.both spec (Validation.ofFaults foreign ()) |> Result.map fst)

    /// The class and config that give a spec's law.
    let private parts (spec: Spec) : Result<string * (string * SpecSyntax.Value) list, InitError list> =
        let number name x = name, SpecSyntax.Value.Number x

        let lacks reason =
            Error [ InitError.KerasLacks(SpecText.toText spec, reason) ]

        let scaling scale mode distribution =
            match mode with
            | FanMode.FanSum
            | FanMode.FanGeo -> lacks $"its modes are {Names.list (List.map fst modes)}."
            | mode ->
                let family =
                    distributions |> List.find (fun (_, family) -> family = distribution) |> fst

                let own =
                    presets
                    |> List.tryFind (fun (_, preset) -> preset = Spec.varianceScaling scale mode distribution)

                match own with
                | Some(name, _) -> Ok(name, [])
                | None ->
                    Ok(
                        "VarianceScaling",
                        [ number "scale" scale
                          "mode", SpecSyntax.Value.Word(Names.fanMode mode)
                          "distribution", SpecSyntax.Value.Word family ]
                    )

        // scale/(in + out) is (scale/2)/((in + out)/2).
        let averaged scale mode distribution =
            match mode with
            | FanMode.FanSum -> scaling (scale / 2.0) FanMode.FanAvg distribution
            | _ -> scaling scale mode distribution

        match spec with
        | Spec.Constant 0.0 when SpecText.toText spec = "zeros" -> Ok("Zeros", []) // -0 is Constant(-0)
        | Spec.Constant 1.0 -> Ok("Ones", [])
        | Spec.Constant value -> Ok("Constant", [ number "value" value ])
        | Spec.Uniform(low, high) -> Ok("RandomUniform", [ number "minval" low; number "maxval" high ])
        | Spec.Normal(mean, stddev) -> Ok("RandomNormal", [ number "mean" mean; number "stddev" stddev ])
        | Spec.TruncatedNormal(mean, stddev, -2.0, 2.0) ->
            Ok("TruncatedNormal", [ number "mean" mean; number "stddev" stddev ])
        | Spec.TruncatedNormal _
        | Spec.TruncNormal _ -> lacks "its truncated normal is cut at 2 standard deviations."
        | Spec.Logistic _
        | Spec.Laplace _
        | Spec.Gumbel _
        | Spec.Triangular _
        | Spec.Quantile _ -> lacks "it has no initializer of this law."
        | Spec.VarianceScaling(scale, mode, distribution, 0.0) -> averaged scale mode distribution
        | Spec.VarianceScaling _ -> lacks "its variance scaling has mean 0."
        | Spec.Orthogonal gain -> Ok("Orthogonal", [ number "gain" gain ])
        | Spec.Identity gain -> Ok("Identity", [ number "gain" gain ])
        | Spec.Stft(side, window, scaling, periodic) ->
            let optional names absent value =
                if value = absent then
                    SpecSyntax.Value.Null
                else
                    SpecSyntax.Value.Word(StftNames.text names value)

            Ok(
                "STFT",
                [ "side", SpecSyntax.Value.Word(StftNames.text StftNames.sides side)
                  "window", optional StftNames.windows StftWindow.None window
                  "periodic", SpecSyntax.Value.Flag periodic
                  "scaling", optional StftNames.scalings StftScaling.None scaling ]
            )
        | Spec.DeltaOrthogonal _
        | Spec.Dirac _
        | Spec.Sparse _
        | Spec.Bilinear
        | Spec.LstmBias _
        | Spec.Literal _
        | Spec.Scale _
        | Spec.Shift _
        | Spec.Clip _
        | Spec.Mask _
        | Spec.Stacked _
        | Spec.Batched _ -> lacks "it has no initializer of this kind."
        // gain * sqrt(numerator/fan) is sqrt(3 * scale/fan) for scale = gain² * numerator/3.
        | Spec.FanUniform(numerator, mode, 0.5, gain) when gain > 0.0 ->
            averaged (gain * gain * numerator / 3.0) mode Distribution.Uniform
        | Spec.FanUniform _ -> lacks "its uniform limit is a square root of 1/fan, with a gain above 0."

    /// Writes the config that Keras's `deserialize` reads.
    let write (spec: Spec) : Result<string, InitError list> =
        parts spec
        |> Result.bind (fun (name, config) ->
            let finite =
                config
                |> List.forall (function
                    | _, SpecSyntax.Value.Number x -> Double.IsFinite x
                    | _ -> true)

            let fields = (entries |> List.find (fun e -> e.Name = name)).Fields

            let config =
                Json.fields SpecText.toText config
                @ (if List.contains "seed" fields then
                       [ "\"seed\": null" ]
                   else
                       [])
                |> Names.list

            Validation.ofFaults
                (Validation.check
                    (InitError.KerasLacks(SpecText.toText spec, "JSON has neither NaN nor infinity."))
                    finite)
                $"{{\"module\": \"keras.initializers\", \"class_name\": \"{name}\", \"config\": {{{config}}}, \"registered_name\": null}}")
