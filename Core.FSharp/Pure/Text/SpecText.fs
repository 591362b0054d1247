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

    /// A value in the text.
    let private pieces (value: Value) : Piece list =
        let text t = [ Piece.Text t ]

        let list items =
            text "[" @ separated ", " items @ text "]"

        match value with
        | Value.Bare(_, t, _)
        | Value.Numeral t
        | Value.Word t -> text t
        | Value.Number x -> text (Names.number x)
        | Value.Whole n -> text (string n)
        | Value.Flag flag -> text (if flag then "true" else "false")
        | Value.Null -> text "null"
        | Value.Nested spec -> [ Piece.Inner spec ]
        | Value.Numbers all -> list (all |> List.map (Names.number >> text))
        | Value.Numerals all -> list (all |> List.map text)
        | Value.Sizes all -> list (all |> List.map (string >> text))
        | Value.Parts all ->
            all
            |> List.map (fun (size, spec) -> [ Piece.Text $"{size}: "; Piece.Inner spec ])
            |> list

    [<CompiledName "Catalogue">]
    let catalogue: Entry list =
        SpecEntries.all
        |> List.map (fun entry ->
            { Name = entry.Name
              Parameters = entry.Parameters
              Summary = entry.Summary })

    /// Gives each argument its parameter's name; a value without a name takes the parameter of its position. After one with
    /// a name it has no position: in normal(mean=0,5) the 5 is no stddev.
    let private bind text (entry: SpecEntries.Entry) (arguments: Argument list) =
        let names = entry.Parameters |> List.map fst

        let before =
            arguments
            |> List.scan
                (fun named argument ->
                    match argument with
                    | Ok(Some k, _, _) -> Option.defaultValue k (SpecEntries.parameter entry k) :: named
                    | _ -> named)
                []

        let named =
            List.zip arguments (List.take arguments.Length before)
            |> List.mapi (fun i (argument, before) ->
                match argument with
                | Error fault -> Error fault
                | Ok(Some k, value, column) ->
                    match SpecEntries.parameter entry k with
                    | Some own -> Ok(own, Value.Bare(text, value, column))
                    | None -> Error(InitError.ParameterUnknown(entry.Name, k, names))
                | Ok(None, value, column) ->
                    match List.tryItem i names with
                    // One that is given twice is told so, with the number that may be meant.
                    | Some k when before.IsEmpty || List.contains k before -> Ok(k, Value.Bare(text, value, column))
                    | Some _ ->
                        Error(
                            fault
                                text
                                column
                                "a parameter's name, as before it (a number has a decimal point, never a comma)"
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

        SpecEntries.all |> List.tryFind (fun entry -> entry.Name = plain)

    /// The name in texts of a law that no text holds.
    let private own = "quantile"

    let private known = catalogue |> List.map _.Name

    let private unknown name =
        if name = own then
            InitError.QuantileNotSerializable
        else
            InitError.SpecUnknown(name, known)

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
              "distribution", Value.Word(EnumText.text EnumText.families family)
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
        | Spec.Dirac groups -> "dirac", [ "groups", Value.Whole groups ]
        | Spec.Identity gain -> "identity", [ "gain", Value.Number gain ]
        | Spec.Sparse(sparsity, inner) -> "sparse", [ "sparsity", Value.Number sparsity; "inner", Value.Nested inner ]
        | Spec.Bilinear -> "bilinear", []
        | Spec.LstmBias forget -> "lstm_bias", [ "forget", Value.Number forget ]
        | Spec.Stft(side, window, scaling, periodic) ->
            "stft",
            [ "side", Value.Word(EnumText.text EnumText.stftSides side)
              "window", Value.Word(EnumText.text EnumText.stftWindows window)
              "scaling", Value.Word(EnumText.text EnumText.stftScalings scaling)
              "periodic", Value.Flag periodic ]
        | Spec.Literal numbers -> "literal", [ "values", numbersOf numbers; yield! dimsOf numbers ]
        | Spec.Scale(factor, inner) -> "scale", [ "factor", Value.Number factor; "inner", Value.Nested inner ]
        | Spec.Shift(offset, inner) -> "shift", [ "offset", Value.Number offset; "inner", Value.Nested inner ]
        | Spec.Clip(low, high, inner) ->
            "clip",
            [ "low", Value.Number low
              "high", Value.Number high
              "inner", Value.Nested inner ]
        | Spec.Mask(keep, inner) -> "mask", [ "keep", numbersOf keep; "inner", Value.Nested inner; yield! dimsOf keep ]
        | Spec.Stacked(axis, parts) -> "stacked", [ "axis", Value.Whole axis; "parts", Value.Parts parts ]
        | Spec.Batched(axes, inner) -> "batched", [ "axes", Value.Whole axes; "inner", Value.Nested inner ]
        | Spec.DefaultLayout(layout, inner) ->
            "default_layout", [ "layout", Value.Word(Names.layout layout); "inner", Value.Nested inner ]
        | Spec.AxisFans(inputAxes, outputAxes, inner) ->
            "axis_fans",
            [ "input_axes", Value.Sizes(inputAxes |> List.map int64)
              "output_axes", Value.Sizes(outputAxes |> List.map int64)
              "inner", Value.Nested inner ]

    [<CompiledName "ToText">]
    let toText (spec: Spec) : string =
        let argument (name: string, value) = Piece.Text $"{name}=" :: pieces value

        let own spec =
            match parts spec with
            | name, [] -> [ Piece.Text name ]
            | name, arguments ->
                [ Piece.Text $"{name}(" ]
                @ separated ", " (List.map argument arguments)
                @ [ Piece.Text ")" ]

        written own spec

    /// A value of an argument, as a message shows it.
    let private shown (value: Value) =
        pieces value
        |> List.map (function
            | Piece.Text text -> text
            | Piece.Inner spec -> toText spec)
        |> String.concat ""

    /// What an entry makes of parameters that are its own, at a depth of specs inside each other.
    let rec private make
        (depth: int)
        (entry: SpecEntries.Entry)
        (given: (string * Value) list)
        : Spec * (string option * InitError) list =
        let twice =
            given
            |> List.groupBy fst
            |> List.filter (fun (_, values) -> values.Length > 1)
            |> List.map (fun (name, values) ->
                Some name, InitError.ParameterDuplicate(entry.Name, name, values |> List.map (snd >> shown)))

        let defaults =
            entry.Parameters
            |> List.choose (fun (name, value) -> value |> Option.map (fun v -> name, Value.Bare(v, v, 1)))

        let nested source text column =
            match readAt (depth + 1) source text column with
            | Some spec, [] -> Ok spec
            | _, faults -> Error faults

        let asked = SpecArguments(entry.Name, Map.ofList (defaults @ given), nested)
        let spec = entry.Build asked
        spec, twice @ asked.Faults

    /// A spec that stands in a source from a column on.
    and private readAt (depth: int) (source: string) (text: string) (column: int) : Spec option * InitError list =
        if depth > Spec.NestingLimit then
            None, [ InitError.SpecTooDeep Spec.NestingLimit ]
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
                | Some entry ->
                    let wrong, given = bind source entry arguments
                    let spec, faults = make depth entry given
                    // A broken argument may be the one that seems to be missing.
                    let missing =
                        function
                        | InitError.ParameterMissing _ -> not broken.IsEmpty
                        | _ -> false

                    (if List.isEmpty faults then Some spec else None),
                    wrong @ (faults |> List.map snd |> List.filter (missing >> not))

    let build
        (depth: int)
        (name: string)
        (given: (string * Value) list)
        : Result<Spec, (string option * InitError) list> =
        match find name with
        | None -> Error [ None, unknown name ]
        | Some entry ->
            let names = entry.Parameters |> List.map fst

            let own =
                given
                |> List.choose (fun (k, value) -> SpecEntries.parameter entry k |> Option.map (fun own -> own, value))

            let foreign =
                given
                |> List.filter (fun (k, _) -> (SpecEntries.parameter entry k).IsNone)
                |> List.map (fun (k, _) -> Some k, InitError.ParameterUnknown(entry.Name, k, names))

            match make depth entry own with
            | spec, faults when List.isEmpty foreign && List.isEmpty faults -> Ok spec
            | _, faults -> Error(foreign @ faults)

    let read (text: string) : Spec option * InitError list =
        let spec, faults = readAt 1 text text 1
        spec, FaultReport.ofFaults faults

    let parseAt (depth: int) (text: string) : Result<Spec, InitError list> =
        match readAt depth text text 1 with
        | Some spec, [] -> Ok spec
        | _, faults -> Error(FaultReport.ofFaults faults)

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Spec, InitError list> = parseAt 1 text
