namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Keras's initializer configs, {"class_name": "HeUniform", "config": {"seed": null}}, as Keras 3's
/// keras/src/initializers/*.py write and read them: names, fields and defaults are theirs. Older names and fields are read
/// as later releases read them.
///
/// A seed is read and left out: it is no part of a spec, and Keras's generator gives other bits in any case.
module internal Keras =
    type private Entry =
        { Name: string
          Fields: string list
          Build: KerasFields -> Spec }

    let private entry name fields (build: KerasFields -> Spec) =
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
        [ "truncated_normal", DistributionFamily.TruncatedNormal
          "untruncated_normal", DistributionFamily.Normal
          "uniform", DistributionFamily.Uniform ]

    /// Keras 2's and TensorFlow.js's name, which Keras 3 reads too.
    let private readDistributions =
        ("normal", DistributionFamily.TruncatedNormal) :: distributions

    /// Keras flattens all axes but the last to rows, and multiplies them to fans likewise.
    let private keras (spec: Spec) =
        Spec.defaultLayout Layout.SpatialInOut spec

    let private stft (c: KerasFields) =
        let side = c.Choice "side" EnumText.stftSides StftSide.Real

        let window =
            c.Nullable "window" EnumText.stftWindows StftWindow.None StftWindow.Hann

        let scaling =
            c.Nullable "scaling" EnumText.stftScalings StftScaling.None StftScaling.Density

        Spec.stft side window scaling (c.Flag "periodic" false)

    let private fanFields = [ "input_axes"; "output_axes" ]

    /// Keras takes its default axes unless both lists are given.
    let private byAxes (spec: Spec) (c: KerasFields) =
        match c.Axes "input_axes", c.Axes "output_axes" with
        | Some inputs, Some outputs -> Spec.axisFans inputs outputs spec
        | _ -> spec

    let private varianceScaling (c: KerasFields) =
        let scale = c.Number "scale" 1.0
        let mode = c.Folded "mode" modes FanMode.FanIn

        let family =
            c.Folded "distribution" readDistributions DistributionFamily.TruncatedNormal

        Spec.varianceScaling scale mode family

    let private entries =
        [ entry "Zeros" [] (fun _ -> Spec.zeros)
          entry "Ones" [] (fun _ -> Spec.ones)
          entry "Constant" [ "value" ] (fun c -> c.Constant "value")
          entry "RandomUniform" [ "minval"; "maxval"; "seed" ] (fun c ->
              Spec.uniform (c.Number "minval" -0.05) (c.Number "maxval" 0.05))
          entry "RandomNormal" [ "mean"; "stddev"; "seed" ] (fun c ->
              Spec.normal (c.Number "mean" 0.0) (c.Number "stddev" 0.05))
          entry "TruncatedNormal" [ "mean"; "stddev"; "seed" ] (fun c ->
              Compat.Keras.truncatedNormal (c.Number "mean" 0.0) (c.Number "stddev" 0.05))
          entry "Orthogonal" [ "gain"; "seed" ] (fun c -> keras (Spec.orthogonal (c.Number "gain" 1.0)))
          entry "Identity" [ "gain" ] (fun c -> keras (Spec.identity (c.Number "gain" 1.0)))
          entry "VarianceScaling" ([ "scale"; "mode"; "distribution"; "seed" ] @ fanFields) (fun c ->
              byAxes (varianceScaling c) c)
          entry "STFT" [ "side"; "window"; "periodic"; "scaling" ] stft ]
        @ (presets
           |> List.map (fun (name, spec) -> entry name ("seed" :: fanFields) (byAxes spec)))

    let private known = entries |> List.map _.Name |> List.sort

    /// A class's name with an underscore before each capital that follows a small letter, in small letters.
    let private snake (name: string) =
        name
        |> Seq.mapi (fun i c ->
            let begins =
                i > 0 && Char.IsAsciiLetterUpper c && Char.IsAsciiLetterLower name[i - 1]

            (if begins then "_" else "") + string (Char.ToLowerInvariant c))
        |> String.concat ""

    /// Other names of classes: of Keras 1 and 2, of the first releases of Keras 3, and of TensorFlow.js.
    let private aliases =
        [ "zero", "Zeros"
          "one", "Ones"
          "uniform", "RandomUniform"
          "normal", "RandomNormal"
          "OrthogonalInitializer", "Orthogonal"
          "orthogonal_initializer", "Orthogonal"
          "IdentityInitializer", "Identity"
          "identity_initializer", "Identity"
          "STFTInitializer", "STFT"
          "stft_initializer", "STFT"
          "LeCunNormal", "LecunNormal"
          "leCunNormal", "LecunNormal"
          "LeCunUniform", "LecunUniform"
          "leCunUniform", "LecunUniform" ]

    /// Every name that is read, with its entry. TensorFlow's classes of both generations end in V2 where both are at hand.
    let private named =
        let known =
            entries
            |> List.collect (fun e ->
                let camel = string (Char.ToLowerInvariant e.Name[0]) + e.Name.Substring 1
                let names = [ e.Name; snake e.Name ]

                (names @ [ camel ] @ (names |> List.map (fun name -> name + "V2")))
                |> List.map (fun name -> name, e))

        let others =
            aliases
            |> List.map (fun (alias, name) -> alias, entries |> List.find (fun e -> e.Name = name))

        Map.ofList (others @ known)

    let ofName (name: string) : Spec option =
        Map.tryFind name named
        |> Option.map (fun e -> e.Build(KerasFields("", "", Map.empty)))

    /// The packages whose modules have had Keras's initializers.
    let private packages =
        [ "keras"; "keras_core"; "tf_keras"; "tf"; "tensorflow"; "tensorflow_core" ]

    /// A class of Keras's own; a user's package may have others under the same names.
    let private foreign source path (fields: Map<string, JsonElement>) (name: string) =
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

        let entryOf (name: string) =
            Map.tryFind name named |> Option.map _.Name

        text "module" (fun m ->
            packages
            |> List.exists (fun package -> m = package || m.StartsWith(package + ".", StringComparison.Ordinal)))
        @ text "registered_name" (fun n -> n = "" || n = name || ((entryOf n).IsSome && entryOf n = entryOf name))

    /// The faults of fields that Keras adds to an object's class and config; a spec has no such fields.
    let private sharedFields source path (fields: Map<string, JsonElement>) =
        match Map.tryFind "shared_object_id" fields with
        | None -> Ok()
        | Some value -> KerasValues.sharedId source $"{path}.shared_object_id" value

    /// Reads an object that has "class_name".
    let read source path (value: JsonElement) : Result<Spec, InitError list> =
        let members =
            [ "module"
              "class_name"
              "config"
              "registered_name"
              "shared_object_id"
              "build_config"
              "compile_config" ]

        Json.record source path members value (fun fields ->
            let name =
                Json.required source path "class_name" fields
                |> Result.bind (Json.text source $"{path}.class_name")

            let find name =
                match Map.tryFind name named with
                | Some entry -> Ok entry
                | None -> Error [ InitError.AtPath(source, $"{path}.class_name", InitError.KerasUnknown(name, known)) ]

            let at = $"{path}.config"

            let spec =
                name
                |> Result.bind find
                |> Result.bind (fun entry ->
                    let build config =
                        let asked = KerasFields(source, at, config)
                        asked.LeaveOut()
                        let spec = entry.Build asked
                        Validation.ofFaults asked.Faults spec

                    match Map.tryFind "config" fields with
                    | None -> build Map.empty
                    | Some config when config.ValueKind = JsonValueKind.Null -> build Map.empty
                    | Some config -> Json.record source at (entry.Fields @ [ "dtype" ]) config build)

            let wrong =
                (name |> Result.map (foreign source path fields) |> Result.defaultValue [])
                @ Validation.faults (sharedFields source path fields)

            validation {
                let! spec = spec
                and! () = wrong
                return spec
            })

    /// A value of a config that is written.
    [<RequireQualifiedAccess>]
    type private Value =
        | Number of float
        | Numbers of NumberArray
        | Axes of int list
        | Word of string
        | Flag of bool
        | Null

    let private isFinite value =
        match value with
        | Value.Number x -> Double.IsFinite x
        | Value.Numbers all -> all.Numbers.ToArray() |> Array.forall Double.IsFinite
        | _ -> true

    /// Numbers as lists inside each other, one for each axis.
    let private nested (all: NumberArray) =
        let list items = $"[{Names.list items}]"

        // From the last axis on, so that no list is built twice.
        (List.ofArray (all.Numbers.ToArray()) |> List.map Names.number, List.rev all.Dims)
        ||> List.fold (fun items size ->
            if size = 0L then
                []
            else
                items |> List.chunkBySize (int size) |> List.map list)
        |> List.tryHead

    let private json value =
        match value with
        | Value.Number x -> Names.number x
        | Value.Numbers all -> nested all |> Option.defaultValue "[]"
        | Value.Axes axes -> $"[{axes |> List.map string |> Names.list}]"
        | Value.Word text -> Json.quote text
        | Value.Flag flag -> if flag then "true" else "false"
        | Value.Null -> "null"

    /// Whether absolute bounds are 2 standard deviations from the mean, up to rounding.
    let private isCutAtTwo mean stddev a b =
        let near (x: float) y =
            abs (x - y)
            <= 4.0
               * (Math.BitIncrement(max (abs mean) (2.0 * stddev)) - max (abs mean) (2.0 * stddev))

        near a (mean - 2.0 * stddev) && near b (mean + 2.0 * stddev)

    /// The class and config of a spec's distribution.
    let rec private parts (spec: Spec) : Result<string * (string * Value) list, InitError list> =
        let number name x = name, Value.Number x

        let lacks reason =
            Error [ InitError.KerasUnsupported(SpecText.toText spec, reason) ]

        let scaling scale mode distribution =
            match mode with
            | FanMode.FanSum
            | FanMode.FanGeo -> lacks $"its modes are {Names.list (List.map fst modes)}."
            | mode ->
                let family =
                    distributions |> List.find (fun (_, family) -> family = distribution) |> fst

                let known =
                    presets
                    |> List.tryFind (fun (_, preset) -> preset = Spec.varianceScaling scale mode distribution)

                match known with
                | Some(name, _) -> Ok(name, [])
                | None ->
                    Ok(
                        "VarianceScaling",
                        [ number "scale" scale
                          "mode", Value.Word(Names.fanMode mode)
                          "distribution", Value.Word family ]
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
        | Spec.TruncatedNormal(mean, stddev, Bounds.Sigmas(-2.0, 2.0)) ->
            Ok("TruncatedNormal", [ number "mean" mean; number "stddev" stddev ])
        | Spec.TruncatedNormal(mean, stddev, Bounds.Absolute(a, b)) when isCutAtTwo mean stddev a b ->
            Ok("TruncatedNormal", [ number "mean" mean; number "stddev" stddev ])
        | Spec.TruncatedNormal _ -> lacks "its truncated normal is cut at 2 standard deviations from the mean."
        | Spec.LocationScale _
        | Spec.LogUniform _
        | Spec.Map _
        | Spec.Triangular _
        | Spec.Quantile _ -> lacks "it has no initializer of this distribution."
        | Spec.VarianceScaling(scale, mode, distribution, 0.0) -> averaged scale mode distribution
        | Spec.VarianceScaling _ -> lacks "its variance scaling has mean 0."
        | Spec.Orthogonal gain -> Ok("Orthogonal", [ number "gain" gain ])
        | Spec.Identity gain -> Ok("Identity", [ number "gain" gain ])
        | Spec.Stft(side, window, scaling, periodic) ->
            let optional names absent value =
                if value = absent then
                    Value.Null
                else
                    Value.Word(EnumText.text names value)

            Ok(
                "STFT",
                [ "side", Value.Word(EnumText.text EnumText.stftSides side)
                  "window", optional EnumText.stftWindows StftWindow.None window
                  "periodic", Value.Flag periodic
                  "scaling", optional EnumText.stftScalings StftScaling.None scaling ]
            )
        | Spec.Literal all when
            all.Numbers.Length > 0
            && List.forall (fun size -> size > 0L) all.Dims
            && (1.0, all.Dims) ||> List.fold (fun count size -> count * float size) = float all.Numbers.Length
            ->
            Ok("Constant", [ "value", Value.Numbers all ])
        | Spec.Literal _ -> lacks "an array of its Constant has a number for each element, and one at the least."
        | Spec.DefaultLayout(Layout.SpatialInOut, inner) -> parts inner
        | Spec.DefaultLayout _ -> lacks "it reads the axes of a shape as [spatial..., in, out]."
        | Spec.AxisFans(inputAxes, outputAxes, inner) ->
            parts inner
            |> Result.map (fun (name, config) ->
                let fields = (entries |> List.find (fun e -> e.Name = name)).Fields

                // Of lists inside each other the innermost hold.
                if
                    List.contains "input_axes" fields
                    && not (List.exists (fst >> (=) "input_axes") config)
                then
                    name,
                    config
                    @ [ "input_axes", Value.Axes inputAxes; "output_axes", Value.Axes outputAxes ]
                else
                    name, config)
        // gain * sqrt(numerator/fan) is sqrt(3 * scale/fan) for scale = gain² * numerator/3.
        | Spec.FanUniform(numerator, mode, 0.5, gain) when gain > 0.0 ->
            averaged (gain * gain * numerator / 3.0) mode DistributionFamily.Uniform
        | Spec.FanUniform _ -> lacks "its uniform limit is a square root of 1/fan, with a gain above 0."
        | _ -> lacks "it has no initializer of this kind."

    /// Writes the config that Keras's `deserialize` reads.
    let write (spec: Spec) : Result<string, InitError list> =
        Validation.ofFaults (Spec.nestingFaults spec) ()
        |> Result.bind (fun () -> parts spec)
        |> Result.bind (fun (name, config) ->
            let finite = config |> List.forall (snd >> isFinite)
            let fields = (entries |> List.find (fun e -> e.Name = name)).Fields

            let config =
                (config |> List.map (fun (name, value) -> $"{Json.quote name}: {json value}"))
                @ [ if List.contains "seed" fields then
                        "\"seed\": null" ]
                |> Names.list

            Validation.ofFaults
                (Validation.check
                    (InitError.KerasUnsupported(SpecText.toText spec, "JSON has neither NaN nor infinity."))
                    finite)
                $"{{\"module\": \"keras.initializers\", \"class_name\": \"{name}\", \"config\": {{{config}}}, \"registered_name\": null}}")
