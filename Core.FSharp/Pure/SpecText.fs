namespace Initializers.FSharp

open System
open Initializers
open Initializers.FSharp.SpecSyntax

[<RequireQualifiedAccess>]
module SpecText =
    type Entry =
        { Name: string
          Parameters: (string * string option) list
          Summary: string }

    let private valueText toText value =
        let list items = $"[{Names.list items}]"

        match value with
        | Value.Bare(_, text, _)
        | Value.Word text -> text
        | Value.Number x -> Names.number x
        | Value.Nested spec -> toText spec
        | Value.Numbers all -> list (all |> List.map Names.number)
        | Value.Sizes all -> list (all |> List.map string)
        | Value.Parts all -> list (all |> List.map (fun (size, spec) -> $"{size}: {toText spec}"))

    let private entry name parameters summary (build: SpecArguments -> Spec) =
        { Name = name
          Parameters = parameters
          Summary = summary },
        build

    let private mean = "mean", Some "0"
    let private mode = "mode", Some "fan_in"
    let private slope = "negative_slope", Some "0"
    let private gain = "gain", Some "1"
    let private inner = "inner", None
    let private layers = "layers", None
    let private shapeOf = "shape", Some "flat"

    /// A scale that a number of layers decides.
    let private layered (scale: int -> Spec -> Spec) (a: SpecArguments) =
        let before = a.Faults.Length
        let count = a.Whole "layers"

        if a.Faults.Length = before then
            a.Refuse("layers", Spec.countFaults a.Name "layers" (float count))

        scale (int (max 1L (min 1000000L count))) (a.Spec "inner")

    let private glorot family (a: SpecArguments) =
        Spec.glorot (a.CheckedBy(a.Gain, Spec.gainFaults, "gain")) family

    let private kaiming family (a: SpecArguments) =
        let slope = a.Checked Spec.kaimingFaults "negative_slope"
        let mode = a.Mode "mode"
        Spec.kaimingAround (a.Number "mean") slope mode family

    let private aliases names parameters summary (build: SpecArguments -> Spec) =
        names |> List.map (fun name -> entry name parameters summary build)

    let private entries: (Entry * (SpecArguments -> Spec)) list =
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
              Spec.siren (a.Checked Spec.sirenFaults "w0"))
          entry "first_layer_siren" [] "uniform on ± 1/fan_in (Sitzmann et al. 2020)" (fun _ -> Spec.firstLayerSiren)
          entry
              "orthogonal"
              [ gain ]
              "Haar-distributed matrix with orthonormal rows or columns, times gain (Saxe et al. 2013)"
              (fun a -> Spec.orthogonal (a.Number "gain"))
          entry
              "delta_orthogonal"
              [ gain ]
              "convolution with an orthogonal matrix at its centre, 0 elsewhere (Xiao et al. 2018)"
              (fun a -> Spec.deltaOrthogonal (a.Number "gain"))
          entry
              "dirac"
              [ "groups", Some "1" ]
              "convolution that hands its input channels on, in each group (as PyTorch)"
              (fun a -> Spec.dirac (a.Whole "groups"))
          entry "identity" [ gain ] "gain on the diagonal, or at the centre of a convolution; 0 elsewhere" (fun a ->
              Spec.identity (a.Number "gain"))
          entry
              "sparse"
              [ "sparsity", None; "inner", Some "normal(mean=0, stddev=0.01)" ]
              "inner, with ceil(sparsity*rows) zeros a column (Martens 2010)"
              (fun a -> Spec.sparse (a.Number "sparsity") (a.Spec "inner"))
          entry "bilinear" [] "upsampling kernels, triangles over the spatial axes (as MXNet)" (fun _ -> Spec.bilinear)
          entry
              "lstm_bias"
              [ "forget", Some "1" ]
              "an LSTM's bias: forget in the second quarter, 0 elsewhere (Jozefowicz et al. 2015)"
              (fun a -> Spec.lstmBias (a.Number "forget"))
          entry "literal" [ "values", None; shapeOf ] "the numbers given, row-major, of the tensor's shape" (fun a ->
              Spec.Literal(a.Array("values", "shape")))
          entry "scale" [ "factor", None; inner ] "factor times the elements of inner" (fun a ->
              Spec.scale (a.Number "factor") (a.Spec "inner"))
          entry "shift" [ "offset", None; inner ] "the elements of inner, plus offset" (fun a ->
              Spec.shift (a.Number "offset") (a.Spec "inner"))
          entry
              "clip"
              [ "low", Some "-inf"; "high", Some "inf"; inner ]
              "the elements of inner, those below low at low, those above high at high"
              (fun a -> Spec.clip (a.Number "low") (a.Number "high") (a.Spec "inner"))
          entry
              "mask"
              [ "keep", None; inner; shapeOf ]
              "inner where keep is not 0, and 0 elsewhere; keep has the sizes of the last axes"
              (fun a -> Spec.Mask(a.Array("keep", "shape"), a.Spec "inner"))
          entry
              "stacked"
              [ "axis", Some "0"; "parts", None ]
              "parts side by side along an axis, each with its size and its own fans: [256: zeros, 512: ones]"
              (fun a -> Spec.stacked (a.Axis "axis") (a.Parts "parts"))
          entry "batched" [ "axes", Some "1"; inner ] "inner for each tensor that the first axes count" (fun a ->
              Spec.batched (a.Axis "axes") (a.Spec "inner"))
          entry
              "residual"
              [ layers; inner ]
              "inner/sqrt(2*layers), for the ends of residual branches (GPT-2)"
              (layered Spec.residual)
          entry
              "deepnorm"
              [ layers; inner ]
              "inner*(8*layers)^(-1/4), DeepNorm's beta (Wang et al. 2022)"
              (layered Spec.deepNorm)
          entry
              "tfixup_encoder"
              [ layers; inner ]
              "inner*0.67*layers^(-1/4) (T-Fixup, Huang et al. 2020)"
              (layered Spec.tFixupEncoder)
          entry
              "tfixup_decoder"
              [ layers; inner ]
              "inner*(9*layers)^(-1/4) (T-Fixup, Huang et al. 2020)"
              (layered Spec.tFixupDecoder)
          entry
              "width_scaled"
              [ "multiplier", None; inner ]
              "inner/sqrt(multiplier), a hidden matrix under muP (Yang et al. 2022)"
              (fun a ->
                  let count spec = Spec.countFaults spec "multiplier"
                  Spec.widthScaled (a.Checked count "multiplier") (a.Spec "inner"))
          entry "lecun_normal" [] "normal, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunNormal)
          entry "lecun_uniform" [] "uniform, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunUniform) ]
        @ aliases
            [ "glorot_normal"; "xavier_normal" ]
            [ gain ]
            "normal, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (glorot Distribution.Normal)
        @ aliases
            [ "glorot_uniform"; "xavier_uniform" ]
            [ gain ]
            "uniform, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (glorot Distribution.Uniform)
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
                | Ok(Some k, value, column) when List.contains k names -> Ok(k, Value.Bare(text, value, column))
                | Ok(Some k, _, _) -> Error(InitError.ParameterUnknown(entry.Name, k, names))
                | Ok(None, value, column) ->
                    match List.tryItem i names with
                    // One that is given twice is told so, with the number that may be meant.
                    | Some k when before.IsEmpty || List.contains k before -> Ok(k, Value.Bare(text, value, column))
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

    let parts (spec: Spec) : string * (string * Value) list =
        let isZero x = x = 0.0 && not (Double.IsNegative x)

        let numbersOf (all: NumberArray) =
            Value.Numbers(List.ofArray (all.Numbers.ToArray()))

        let dimsOf (all: NumberArray) =
            if all.Dims = [ int64 all.Numbers.Length ] then
                []
            else
                [ "shape", Value.Sizes all.Dims ]

        let mode m = "mode", Value.Word(Names.fanMode m)

        match spec with
        | Spec.Constant value when isZero value -> "zeros", []
        | Spec.Constant 1.0 -> "ones", []
        | Spec.Constant value -> "constant", [ "value", Value.Number value ]
        | Spec.Uniform(low, high) -> "uniform", [ "low", Value.Number low; "high", Value.Number high ]
        | Spec.Normal(mean, stddev) -> "normal", [ "mean", Value.Number mean; "stddev", Value.Number stddev ]
        | Spec.TruncatedNormal(mean, stddev, lower, upper) ->
            "truncated_normal",
            [ "mean", Value.Number mean
              "stddev", Value.Number stddev
              "lower", Value.Number lower
              "upper", Value.Number upper ]
        | Spec.TruncNormal(mean, stddev, a, b) ->
            "trunc_normal",
            [ "mean", Value.Number mean
              "stddev", Value.Number stddev
              "a", Value.Number a
              "b", Value.Number b ]
        | Spec.Logistic(loc, scale) -> "logistic", [ "loc", Value.Number loc; "scale", Value.Number scale ]
        | Spec.Laplace(loc, scale) -> "laplace", [ "loc", Value.Number loc; "scale", Value.Number scale ]
        | Spec.Gumbel(loc, scale) -> "gumbel", [ "loc", Value.Number loc; "scale", Value.Number scale ]
        | Spec.Triangular(low, mode, high) ->
            "triangular",
            [ "low", Value.Number low
              "mode", Value.Number mode
              "high", Value.Number high ]
        | Spec.Quantile f -> own, [ "name", Value.Word f.Name ]
        | Spec.VarianceScaling(scale, m, family, mean) ->
            "variance_scaling",
            [ "scale", Value.Number scale
              mode m
              "distribution", Value.Word(SpecArguments.Text family)
              if not (isZero mean) then
                  "mean", Value.Number mean ]
        | Spec.FanUniform(numerator, m, power, gain) ->
            "fan_uniform",
            [ "numerator", Value.Number numerator
              mode m
              "power", Value.Number power
              "gain", Value.Number gain ]
        | Spec.Orthogonal gain -> "orthogonal", [ "gain", Value.Number gain ]
        | Spec.DeltaOrthogonal gain -> "delta_orthogonal", [ "gain", Value.Number gain ]
        | Spec.Dirac groups -> "dirac", [ "groups", Value.Number(float groups) ]
        | Spec.Identity gain -> "identity", [ "gain", Value.Number gain ]
        | Spec.Sparse(sparsity, inner) -> "sparse", [ "sparsity", Value.Number sparsity; "inner", Value.Nested inner ]
        | Spec.Bilinear -> "bilinear", []
        | Spec.LstmBias forget -> "lstm_bias", [ "forget", Value.Number forget ]
        | Spec.Literal numbers -> "literal", [ "values", numbersOf numbers; yield! dimsOf numbers ]
        | Spec.Scale(factor, inner) -> "scale", [ "factor", Value.Number factor; "inner", Value.Nested inner ]
        | Spec.Shift(offset, inner) -> "shift", [ "offset", Value.Number offset; "inner", Value.Nested inner ]
        | Spec.Clip(low, high, inner) ->
            "clip",
            [ "low", Value.Number low
              "high", Value.Number high
              "inner", Value.Nested inner ]
        | Spec.Mask(keep, inner) -> "mask", [ "keep", numbersOf keep; "inner", Value.Nested inner; yield! dimsOf keep ]
        | Spec.Stacked(axis, parts) -> "stacked", [ "axis", Value.Number(float axis); "parts", Value.Parts parts ]
        | Spec.Batched(axes, inner) -> "batched", [ "axes", Value.Number(float axes); "inner", Value.Nested inner ]

    [<CompiledName "ToText">]
    let rec toText (spec: Spec) : string =
        let argument (name, value) = $"{name}={valueText toText value}"

        match parts spec with
        | name, [] -> name
        | name, arguments -> $"{name}({arguments |> List.map argument |> Names.list})"

    /// What an entry makes of parameters that are its own, at a depth of specs inside each other.
    let rec private make
        (depth: int)
        (entry: Entry, build: SpecArguments -> Spec)
        (given: (string * Value) list)
        : Spec * (string option * InitError) list =
        let twice =
            given
            |> List.groupBy fst
            |> List.filter (fun (_, values) -> values.Length > 1)
            |> List.map (fun (name, values) ->
                Some name, InitError.ParameterTwice(entry.Name, name, values |> List.map (snd >> valueText toText)))

        let defaults =
            entry.Parameters
            |> List.choose (fun (name, value) -> value |> Option.map (fun v -> name, Value.Bare(v, v, 1)))

        let nested source text column =
            match readAt (depth + 1) source text column with
            | Some spec, [] -> Ok spec
            | _, faults -> Error faults

        let asked = SpecArguments(entry.Name, Map.ofList (defaults @ given), nested)
        let spec = build asked
        spec, twice @ asked.Faults

    /// A spec that stands in a source from a column on.
    and private readAt (depth: int) (source: string) (text: string) (column: int) : Spec option * InitError list =
        if depth > Deepest then
            None, [ fault source column $"at most {Deepest} specs inside each other" ]
        else
            match split source text column with
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
                    let wrong, given = bind source entry arguments
                    let spec, faults = make depth (entry, build) given
                    // A broken argument may be the one that seems to be missing.
                    let missing =
                        function
                        | InitError.ParameterMissing _ -> not broken.IsEmpty
                        | _ -> false

                    (if List.isEmpty faults then Some spec else None),
                    wrong @ (faults |> List.map snd |> List.filter (missing >> not))

    let build (name: string) (given: (string * Value) list) : Result<Spec, (string option * InitError) list> =
        match find name with
        | None -> Error [ None, unknown name ]
        | Some(entry, build) ->
            let names = entry.Parameters |> List.map fst
            let own, others = given |> List.partition (fun (k, _) -> List.contains k names)

            let foreign =
                others
                |> List.map (fun (k, _) -> Some k, InitError.ParameterUnknown(entry.Name, k, names))

            match make 1 (entry, build) own with
            | spec, faults when List.isEmpty foreign && List.isEmpty faults -> Ok spec
            | _, faults -> Error(foreign @ faults)

    let read (text: string) : Spec option * InitError list = readAt 1 text text 1

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Spec, InitError list> =
        match read text with
        | Some spec, [] -> Ok spec
        | _, faults -> Error faults
