namespace Initializers.FSharp

open System
open System.Globalization
open Initializers

[<RequireQualifiedAccess>]
module SpecText =
    type Entry =
        { Name: string
          Parameters: (string * string option) list
          Summary: string }

    /// What an initializer's builder asks of its arguments; each question may add faults.
    type private Arguments(spec: string, values: Map<string, string>) =
        let faults = ResizeArray<InitError>()

        let ask name (read: string -> Result<'a, InitError list>) (fallback: 'a) =
            match Map.tryFind name values with
            | None ->
                faults.Add(InitError.ParameterMissing(spec, name))
                fallback
            | Some text ->
                match read text with
                | Ok value -> value
                | Error es ->
                    faults.AddRange es
                    fallback

        member _.Number name =
            let read (text: string) =
                match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
                | true, value -> Ok value
                | _ ->
                    match text.ToLowerInvariant() with
                    | "inf"
                    | "+inf" -> Ok Double.PositiveInfinity
                    | "-inf" -> Ok Double.NegativeInfinity
                    | "nan" -> Ok Double.NaN
                    | _ -> Error [ InitError.ParameterNotNumber(spec, name, text) ]

            ask name read 0.0

        member _.Mode name = ask name FanMode.parse FanMode.FanIn

        member _.Distribution name =
            let read text =
                match text with
                | "normal" -> Ok Distribution.Normal
                | "uniform" -> Ok Distribution.Uniform
                | other -> Error [ InitError.DistributionUnknown other ]

            ask name read Distribution.Normal

        member _.Faults = List.ofSeq faults

    let private entry name parameters summary (build: Arguments -> Spec) =
        { Name = name
          Parameters = parameters
          Summary = summary },
        build

    let private mean = "mean", Some "0"
    let private mode = "mode", Some "fan_in"
    let private slope = "negative_slope", Some "0"
    let private gain = "gain", Some "1"

    let private scaled family scale mode (a: Arguments) =
        let gain = a.Number "gain"
        Spec.varianceScaling (scale * gain * gain) mode family

    let private kaiming family (a: Arguments) =
        match Spec.kaiming (a.Number "negative_slope") (a.Mode "mode") family with
        | Spec.VarianceScaling(scale, mode, family, _) -> Spec.VarianceScaling(scale, mode, family, a.Number "mean")
        | other -> other

    let private aliases names parameters summary (build: Arguments -> Spec) =
        names |> List.map (fun name -> entry name parameters summary build)

    let private entries: (Entry * (Arguments -> Spec)) list =
        [ entry "zeros" [] "every element 0" (fun _ -> Spec.zeros)
          entry "ones" [] "every element 1" (fun _ -> Spec.ones)
          entry "constant" [ "value", None ] "every element value" (fun a -> Spec.constant (a.Number "value"))
          entry "uniform" [ "low", Some "0"; "high", Some "1" ] "uniform on the open interval (low, high)" (fun a ->
              Spec.uniform (a.Number "low") (a.Number "high"))
          entry "normal" [ mean; "stddev", Some "1" ] "normal with mean and stddev" (fun a ->
              Spec.normal (a.Number "mean") (a.Number "stddev"))
          entry
              "variance_scaling"
              [ "scale", Some "1"; mode; "distribution", Some "normal"; mean ]
              "variance scale/fan, normal or uniform"
              (fun a ->
                  Spec.VarianceScaling(a.Number "scale", a.Mode "mode", a.Distribution "distribution", a.Number "mean"))
          entry
              "fan_uniform"
              [ "numerator", None; "mode", None; "power", None; gain ]
              "Ivy's Uniform: uniform on ± gain*(numerator/fan)^power"
              (fun a -> Spec.FanUniform(a.Number "numerator", a.Mode "mode", a.Number "power", a.Number "gain"))
          entry "siren" [ "w0", Some "30" ] "uniform on ± sqrt(6/fan_in)/w0 (Sitzmann et al. 2020)" (fun a ->
              Spec.siren (a.Number "w0"))
          entry "first_layer_siren" [] "uniform on ± 1/fan_in (Sitzmann et al. 2020)" (fun _ -> Spec.firstLayerSiren)
          entry "lecun_normal" [] "normal, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunNormal)
          entry "lecun_uniform" [] "uniform, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunUniform) ]
        @ aliases
            [ "glorot_normal"; "xavier_normal" ]
            [ gain ]
            "normal, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (scaled Distribution.Normal 1.0 FanMode.FanAvg)
        @ aliases
            [ "glorot_uniform"; "xavier_uniform" ]
            [ gain ]
            "uniform, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (scaled Distribution.Uniform 1.0 FanMode.FanAvg)
        @ aliases
            [ "he_normal"; "kaiming_normal" ]
            [ mode; slope; mean ]
            "normal, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
            (kaiming Distribution.Normal)
        @ aliases
            [ "he_uniform"; "kaiming_uniform" ]
            [ mode; slope; mean ]
            "uniform, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
            (kaiming Distribution.Uniform)
        |> List.sortBy (fun (e, _) -> e.Name)

    [<CompiledName "Catalogue">]
    let catalogue = entries |> List.map fst

    /// An argument as it stands in the text: a value, with or without the parameter's name, or a fault of form.
    type private Argument = Result<string option * string, InitError>

    /// Splits "name(a=1, 2)" into its name and arguments, or says where the form breaks. A broken argument keeps its
    /// place, so that the others' faults are found too.
    let private split (text: string) : Result<string * Argument list, InitError list> =
        let isName (s: string) =
            s <> ""
            && s |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '_')
            && not (Char.IsAsciiDigit s[0])

        let fault column expected =
            Error [ InitError.SpecSyntax(text, column, expected) ]

        let body = text.Trim()
        let opening = body.IndexOf '('
        let name = (if opening < 0 then body else body.Substring(0, opening)).Trim()
        // Columns are counted from 1 in the text as given.
        let lead = text.Length - text.TrimStart().Length + 1

        if not (isName name) then
            fault lead "a name such as normal or kaiming_normal"
        elif opening < 0 then
            Ok(name, [])
        elif not (body.EndsWith ')') then
            fault (lead + body.Length) "a closing parenthesis at the end"
        else
            let inner = body.Substring(opening + 1, body.Length - opening - 2)

            if String.IsNullOrWhiteSpace inner then
                Ok(name, [])
            else
                let folder column (part: string) =
                    let argument =
                        match part.Split '=' |> Array.map (fun p -> p.Trim()) with
                        | [| value |] when value <> "" -> Ok(None, value)
                        | [| key; value |] when isName key && value <> "" -> Ok(Some key, value)
                        | _ -> Error(InitError.SpecSyntax(text, column, "an argument such as stddev=0.02"))

                    argument, column + part.Length + 1

                let arguments, _ =
                    inner.Split ',' |> List.ofArray |> List.mapFold folder (lead + opening + 1)

                Ok(name, arguments)

    /// Gives each argument its parameter's name; a value without a name takes the parameter of its position.
    let private bind (entry: Entry) (arguments: Argument list) =
        let names = entry.Parameters |> List.map fst

        let named =
            arguments
            |> List.mapi (fun i argument ->
                match argument with
                | Error fault -> Error fault
                | Ok(Some k, value) when List.contains k names -> Ok(k, value)
                | Ok(Some k, _) -> Error(InitError.ParameterUnknown(entry.Name, k, names))
                | Ok(None, value) ->
                    match List.tryItem i names with
                    | Some k -> Ok(k, value)
                    | None -> Error(InitError.ParameterUnknown(entry.Name, value, names)))

        let given = named |> List.choose Result.toOption

        let wrong =
            named
            |> List.choose (function
                | Ok _ -> None
                | Error e -> Some e)

        let twice =
            given
            |> List.countBy fst
            |> List.filter (fun (_, count) -> count > 1)
            |> List.map (fun (name, _) -> InitError.ParameterTwice(entry.Name, name))

        let defaults =
            entry.Parameters
            |> List.choose (fun (name, value) -> value |> Option.map (fun v -> name, v))

        wrong @ twice, Map.ofList (defaults @ given)

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Spec, InitError list> =
        split text
        |> Result.bind (fun (name, arguments) ->
            let broken =
                arguments
                |> List.choose (function
                    | Ok _ -> None
                    | Error e -> Some e)

            match entries |> List.tryFind (fun (e, _) -> e.Name = name) with
            | None -> Error(InitError.SpecUnknown(name, catalogue |> List.map _.Name) :: broken)
            | Some(entry, build) ->
                let faults, values = bind entry arguments
                let asked = Arguments(entry.Name, values)
                let spec = build asked
                // A broken argument may be the one that seems to be missing.
                let missing =
                    function
                    | InitError.ParameterMissing _ -> not broken.IsEmpty
                    | _ -> false

                Validation.ofFaults (faults @ (asked.Faults |> List.filter (missing >> not))) spec)

    [<CompiledName "ToText">]
    let toText (spec: Spec) : string =
        let n = Names.number

        match spec with
        | Spec.Constant value when value = 0.0 && not (Double.IsNegative value) -> "zeros"
        | Spec.Constant 1.0 -> "ones"
        | Spec.Constant value -> $"constant(value={n value})"
        | Spec.Uniform(low, high) -> $"uniform(low={n low}, high={n high})"
        | Spec.Normal(mean, stddev) -> $"normal(mean={n mean}, stddev={n stddev})"
        | Spec.VarianceScaling(scale, mode, family, mean) ->
            let distribution =
                match family with
                | Distribution.Normal -> "normal"
                | Distribution.Uniform -> "uniform"

            let head =
                $"variance_scaling(scale={n scale}, mode={Names.fanMode mode}, distribution={distribution}"

            if mean = 0.0 && not (Double.IsNegative mean) then
                head + ")"
            else
                $"{head}, mean={n mean})"
        | Spec.FanUniform(numerator, mode, power, gain) ->
            $"fan_uniform(numerator={n numerator}, mode={Names.fanMode mode}, power={n power}, gain={n gain})"
