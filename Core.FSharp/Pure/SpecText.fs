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

    type Value =
        | Bare of string
        | Number of float
        | Word of string

    let private distributions =
        [ "normal", Distribution.Normal
          "truncated_normal", Distribution.TruncatedNormal
          "uniform", Distribution.Uniform ]

    let private valueText value =
        match value with
        | Bare text
        | Word text -> text
        | Number x -> Names.number x

    /// What an initializer's builder asks of its arguments; each question may add faults.
    type private Arguments(spec: string, values: Map<string, Value>) =
        let faults = ResizeArray<string option * InitError>()

        let ask name (read: Value -> Result<'a, InitError list>) (fallback: 'a) =
            match Map.tryFind name values with
            | None ->
                faults.Add(None, InitError.ParameterMissing(spec, name))
                fallback
            | Some value ->
                match read value with
                | Ok value -> value
                | Error es ->
                    faults.AddRange(es |> List.map (fun e -> Some name, e))
                    fallback

        let word (read: string -> Result<'a, InitError list>) (value: Value) =
            match value with
            | Bare text
            | Word text -> read text
            | Number x -> read (Names.number x)

        member _.Number name =
            let special (text: string) =
                match text.ToLowerInvariant() with
                | "inf"
                | "+inf" -> Ok Double.PositiveInfinity
                | "-inf" -> Ok Double.NegativeInfinity
                | "nan" -> Ok Double.NaN
                | _ -> Error [ InitError.ParameterNotNumber(spec, name, text) ]

            let read value =
                match value with
                | Number x -> Ok x
                | Word text -> special text
                | Bare text ->
                    match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
                    | true, value -> Ok value
                    | _ -> special text

            ask name read 0.0

        /// A gain: a number, or the nonlinearity that it makes up for.
        member this.Gain name =
            match Map.tryFind name values with
            | Some(Bare text | Word text) when
                Seq.exists Char.IsAsciiLetter (Seq.truncate 1 text)
                && not (List.contains (text.ToLowerInvariant()) [ "nan"; "inf" ])
                ->
                ask name (fun _ -> Nonlinearity.parse text |> Result.bind Gain.recommended) 0.0
            | _ -> this.Number name

        /// A number that has faults of its own under this initializer's name.
        member _.Checked (read: string -> float) (faultsOf: string -> float -> InitError list) name =
            let before = faults.Count
            let value = read name

            if faults.Count = before then
                faults.AddRange(faultsOf spec value |> List.map (fun fault -> Some name, fault))

            value

        member _.Mode name =
            ask name (word FanMode.parse) FanMode.FanIn

        member _.Distribution name =
            let read text =
                match distributions |> List.tryFind (fun (known, _) -> known = text) with
                | Some(_, family) -> Ok family
                | None -> Error [ InitError.DistributionUnknown text ]

            ask name (word read) Distribution.Normal

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
        let gain = a.Checked a.Gain Spec.gainFaults "gain"
        Spec.varianceScaling (scale * gain * gain) mode family

    let private kaiming family (a: Arguments) =
        let slope = a.Checked a.Number Spec.kaimingFaults "negative_slope"
        let mode = a.Mode "mode"
        Spec.kaimingAround (a.Number "mean") slope mode family

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
              "truncated_normal"
              [ mean; "stddev", Some "1"; "lower", Some "-2"; "upper", Some "2" ]
              "normal restricted to bounds in standard deviations from the mean (as JAX, Keras)"
              (fun a ->
                  Spec.truncatedNormal (a.Number "mean") (a.Number "stddev") (a.Number "lower") (a.Number "upper"))
          entry
              "trunc_normal_tf"
              [ mean; "stddev", Some "1"; "a", Some "-2"; "b", Some "2" ]
              "normal restricted to a and b standard deviations from the mean (as timm)"
              (fun a -> Spec.truncatedNormal (a.Number "mean") (a.Number "stddev") (a.Number "a") (a.Number "b"))
          entry
              "trunc_normal"
              [ mean; "stddev", Some "1"; "a", Some "-2"; "b", Some "2" ]
              "normal restricted to the absolute interval (a, b) (as PyTorch)"
              (fun a -> Spec.truncNormal (a.Number "mean") (a.Number "stddev") (a.Number "a") (a.Number "b"))
          entry "logistic" [ "loc", Some "0"; "scale", Some "1" ] "logistic, variance (pi*scale)²/3" (fun a ->
              Spec.logistic (a.Number "loc") (a.Number "scale"))
          entry
              "laplace"
              [ "loc", Some "0"; "scale", Some "1" ]
              "Laplace (double exponential), variance 2*scale²"
              (fun a -> Spec.laplace (a.Number "loc") (a.Number "scale"))
          entry
              "gumbel"
              [ "loc", Some "0"; "scale", Some "1" ]
              "Gumbel (of maxima), mean loc + 0.5772*scale, variance (pi*scale)²/6"
              (fun a -> Spec.gumbel (a.Number "loc") (a.Number "scale"))
          entry
              "triangular"
              [ "low", Some "-1"; "mode", Some "0"; "high", Some "1" ]
              "triangular on the open interval (low, high), peak at mode"
              (fun a -> Spec.triangular (a.Number "low") (a.Number "mode") (a.Number "high"))
          entry
              "variance_scaling"
              [ "scale", Some "1"; mode; "distribution", Some "normal"; mean ]
              "variance scale/fan: normal, truncated_normal or uniform"
              (fun a ->
                  Spec.VarianceScaling(a.Number "scale", a.Mode "mode", a.Distribution "distribution", a.Number "mean"))
          entry
              "fan_uniform"
              [ "numerator", None; "mode", None; "power", None; gain ]
              "Ivy's Uniform: uniform on ± gain*(numerator/fan)^power"
              (fun a -> Spec.FanUniform(a.Number "numerator", a.Mode "mode", a.Number "power", a.Number "gain"))
          entry "siren" [ "w0", Some "30" ] "uniform on ± sqrt(6/fan_in)/w0 (Sitzmann et al. 2020)" (fun a ->
              Spec.siren (a.Checked a.Number Spec.sirenFaults "w0"))
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

    /// An argument as it stands in the text: a value, with or without the parameter's name, and its column; or a fault of
    /// form.
    type private Argument = Result<string option * string * int, InitError>

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
            match name |> Seq.tryFindIndex (fun c -> not (isName $"a{c}")) with
            | Some i when isName (name.Substring(0, i)) ->
                fault (lead + i) "nothing, or arguments in parentheses, after the name"
            | _ -> fault lead "a name such as normal or kaiming_normal"
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
                        | [| value |] when value <> "" -> Ok(None, value, column)
                        | [| key; value |] when isName key && value <> "" -> Ok(Some key, value, column)
                        | _ -> Error(InitError.SpecSyntax(text, column, "an argument such as stddev=0.02"))

                    argument, column + part.Length + 1

                let arguments, _ =
                    inner.Split ',' |> List.ofArray |> List.mapFold folder (lead + opening + 1)

                Ok(name, arguments)

    /// Gives each argument its parameter's name; a value without a name takes the parameter of its position. After one with
    /// a name it has no position: in normal(mean=0,5) the 5 is no stddev.
    let private bind text (entry: Entry) (arguments: Argument list) =
        let names = entry.Parameters |> List.map fst

        let before =
            arguments
            |> List.scan
                (fun named argument ->
                    match argument with
                    | Ok(Some k, _, _) -> k :: named
                    | _ -> named)
                []

        let named =
            List.zip arguments (List.take arguments.Length before)
            |> List.mapi (fun i (argument, before) ->
                match argument with
                | Error fault -> Error fault
                | Ok(Some k, value, _) when List.contains k names -> Ok(k, value)
                | Ok(Some k, _, _) -> Error(InitError.ParameterUnknown(entry.Name, k, names))
                | Ok(None, value, column) ->
                    match List.tryItem i names with
                    // One that is given twice is told so, with the number that may be meant.
                    | Some k when before.IsEmpty || List.contains k before -> Ok(k, value)
                    | Some _ ->
                        Error(
                            InitError.SpecSyntax(
                                text,
                                column,
                                "a parameter's name, as before it (a number has a decimal point, never a comma)"
                            )
                        )
                    | None -> Error(InitError.ParameterUnknown(entry.Name, value, names)))

        let wrong =
            named
            |> List.choose (function
                | Ok _ -> None
                | Error e -> Some e)

        wrong, named |> List.choose Result.toOption

    /// PyTorch's names of functions that fill in place end in an underscore, which is read and not written.
    let private find (name: string) =
        let plain =
            if name.EndsWith '_' then
                name.Substring(0, name.Length - 1)
            else
                name

        entries |> List.tryFind (fun (e, _) -> e.Name = plain)

    /// The name in texts of a law that no text holds.
    let private own = "quantile"

    let private unknown name =
        if name = own then
            InitError.QuantileTextless
        else
            InitError.SpecUnknown(name, catalogue |> List.map _.Name)

    /// What an entry makes of parameters that are its own.
    let private make (entry: Entry, build: Arguments -> Spec) (given: (string * Value) list) =
        let twice =
            given
            |> List.groupBy fst
            |> List.filter (fun (_, values) -> values.Length > 1)
            |> List.map (fun (name, values) ->
                Some name, InitError.ParameterTwice(entry.Name, name, values |> List.map (snd >> valueText)))

        let defaults =
            entry.Parameters
            |> List.choose (fun (name, value) -> value |> Option.map (fun v -> name, Bare v))

        let asked = Arguments(entry.Name, Map.ofList (defaults @ given))
        let spec = build asked
        spec, twice @ asked.Faults

    let build (name: string) (given: (string * Value) list) : Result<Spec, (string option * InitError) list> =
        match find name with
        | None -> Error [ None, unknown name ]
        | Some(entry, build) ->
            let names = entry.Parameters |> List.map fst
            let own, others = given |> List.partition (fun (k, _) -> List.contains k names)

            let foreign =
                others
                |> List.map (fun (k, _) -> Some k, InitError.ParameterUnknown(entry.Name, k, names))

            match make (entry, build) own with
            | spec, faults when List.isEmpty foreign && List.isEmpty faults -> Ok spec
            | _, faults -> Error(foreign @ faults)

    let read (text: string) : Spec option * InitError list =
        match split text with
        | Error faults -> None, faults
        | Ok(name, arguments) ->
            let broken =
                arguments
                |> List.choose (function
                    | Ok _ -> None
                    | Error e -> Some e)

            match find name with
            | None -> None, unknown name :: broken
            | Some(entry, build) ->
                let wrong, given = bind text entry arguments
                let spec, faults = make (entry, build) (given |> List.map (fun (k, v) -> k, Bare v))
                // A broken argument may be the one that seems to be missing.
                let missing =
                    function
                    | InitError.ParameterMissing _ -> not broken.IsEmpty
                    | _ -> false

                (if List.isEmpty faults then Some spec else None),
                wrong @ (faults |> List.map snd |> List.filter (missing >> not))

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Spec, InitError list> =
        match read text with
        | Some spec, [] -> Ok spec
        | _, faults -> Error faults

    let parts (spec: Spec) : string * (string * Value) list =
        let isZero x = x = 0.0 && not (Double.IsNegative x)
        let mode m = "mode", Word(Names.fanMode m)

        match spec with
        | Spec.Constant value when isZero value -> "zeros", []
        | Spec.Constant 1.0 -> "ones", []
        | Spec.Constant value -> "constant", [ "value", Number value ]
        | Spec.Uniform(low, high) -> "uniform", [ "low", Number low; "high", Number high ]
        | Spec.Normal(mean, stddev) -> "normal", [ "mean", Number mean; "stddev", Number stddev ]
        | Spec.TruncatedNormal(mean, stddev, lower, upper) ->
            "truncated_normal",
            [ "mean", Number mean
              "stddev", Number stddev
              "lower", Number lower
              "upper", Number upper ]
        | Spec.TruncNormal(mean, stddev, a, b) ->
            "trunc_normal", [ "mean", Number mean; "stddev", Number stddev; "a", Number a; "b", Number b ]
        | Spec.Logistic(loc, scale) -> "logistic", [ "loc", Number loc; "scale", Number scale ]
        | Spec.Laplace(loc, scale) -> "laplace", [ "loc", Number loc; "scale", Number scale ]
        | Spec.Gumbel(loc, scale) -> "gumbel", [ "loc", Number loc; "scale", Number scale ]
        | Spec.Triangular(low, mode, high) ->
            "triangular", [ "low", Number low; "mode", Number mode; "high", Number high ]
        | Spec.Quantile f -> own, [ "name", Word f.Name ]
        | Spec.VarianceScaling(scale, m, family, mean) ->
            let distribution =
                distributions |> List.find (fun (_, known) -> known = family) |> fst

            "variance_scaling",
            [ "scale", Number scale
              mode m
              "distribution", Word distribution
              if not (isZero mean) then
                  "mean", Number mean ]
        | Spec.FanUniform(numerator, m, power, gain) ->
            "fan_uniform",
            [ "numerator", Number numerator
              mode m
              "power", Number power
              "gain", Number gain ]

    [<CompiledName "ToText">]
    let toText (spec: Spec) : string =
        let argument (name, value) = $"{name}={valueText value}"

        match parts spec with
        | name, [] -> name
        | name, arguments -> $"{name}({arguments |> List.map argument |> Names.list})"
