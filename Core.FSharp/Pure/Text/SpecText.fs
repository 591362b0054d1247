namespace Initializers.FSharp

open System
open Initializers
open Initializers.FSharp.SpecSyntax

[<RequireQualifiedAccess>]
module SpecText =
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
        | Value.Sections all ->
            all
            |> List.map (fun (size, spec) -> [ Piece.Text $"{size}: "; Piece.Inner spec ])
            |> list
        | Value.Specs all -> list (all |> List.map (fun spec -> [ Piece.Inner spec ]))

    [<CompiledName "Catalogue">]
    let catalogue: InitializerInfo list = Catalogue.all |> List.map _.Info

    /// Gives each argument its parameter's name; a value without a name takes the parameter of its position. After one with
    /// a name it has no position: in normal(mean=0,5) the 5 is no stddev.
    let private bind text (entry: InitializerEntry) (arguments: Argument list) =
        let names = entry.Info.Parameters |> List.map fst

        let before =
            arguments
            |> List.scan
                (fun named argument ->
                    match argument with
                    | Ok(Some k, _, _) -> Option.defaultValue k (EntryParts.parameterOf entry k) :: named
                    | _ -> named)
                []

        let named =
            List.zip arguments (List.take arguments.Length before)
            |> List.mapi (fun i (argument, before) ->
                match argument with
                | Error fault -> Error fault
                | Ok(Some k, value, column) ->
                    match EntryParts.parameterOf entry k with
                    | Some known -> Ok(known, Value.Bare(text, value, column))
                    | None -> Error(InitError.ParameterUnknown(entry.Info.Name, k, names))
                | Ok(None, value, column) ->
                    match List.tryItem i names with
                    // A parameter that is given twice is reported as such, with the number that may be meant.
                    | Some k when before.IsEmpty || List.contains k before -> Ok(k, Value.Bare(text, value, column))
                    | Some _ ->
                        Error(
                            fault
                                text
                                column
                                "a parameter's name, as before it (a number has a decimal point, never a comma)"
                        )
                    | None -> Error(InitError.ParameterUnknown(entry.Info.Name, value, names)))

        let wrong =
            named
            |> List.choose (function
                | Ok _ -> None
                | Error e -> Some e)

        wrong, named |> List.choose Result.toOption

    let private known = catalogue |> List.map _.Name

    let private unknown name =
        if name = Catalogue.quantile then
            InitError.QuantileNotSerializable
        else
            InitError.SpecUnknown(name, known)

    /// The pieces of a name with arguments.
    let private called (name: string) (arguments: (string * Value) list) : Piece list =
        let argument (name: string, value) = Piece.Text $"{name}=" :: pieces value

        if arguments.IsEmpty then
            [ Piece.Text name ]
        else
            [ Piece.Text $"{name}(" ]
            @ separated ", " (List.map argument arguments)
            @ [ Piece.Text ")" ]

    let private piecesOf (spec: Spec) = Catalogue.written spec ||> called

    [<CompiledName "ToText">]
    let toText (spec: Spec) : string = written piecesOf spec

    /// A value of an argument, as a message shows it.
    let private textOf (pieces: Piece list) =
        pieces
        |> List.map (function
            | Piece.Text text -> text
            | Piece.Inner spec -> toText spec)
        |> String.concat ""

    let private shown (value: Value) = textOf (pieces value)

    /// What an entry makes of parameters that are its own, at a depth of specs inside each other. Where a number waits for a
    /// tensor, that is a function, whose text is `text`.
    let rec private make
        (context: NumberContext)
        (depth: int)
        (text: unit -> string)
        (entry: InitializerEntry)
        (given: (string * Value) list)
        : Spec * (string option * InitError) list =
        let twice =
            given
            |> List.groupBy fst
            |> List.filter (fun (_, values) -> values.Length > 1)
            |> List.map (fun (name, values) ->
                Some name, InitError.ParameterDuplicate(entry.Info.Name, name, values |> List.map (snd >> shown)))

        let defaults =
            entry.Info.Parameters
            |> List.choose (fun (name, value) -> value |> Option.map (fun v -> name, Value.Bare(v, v, 1)))

        let nested source text column =
            match readAt context (depth + 1) source text column with
            | Some spec, [] -> Ok spec
            | _, faults -> Error faults

        let numbers = SpecNumbers context

        let asked =
            SpecArguments(entry.Info.Name, Map.ofList (defaults @ given), numbers, nested)

        let spec = entry.Read asked

        let apply (tensor: TensorMatch) =
            match make (NumberContext.ofMatch tensor context) depth text entry given with
            | spec, [] -> Ok spec
            | _, faults -> Error(List.map snd faults)

        (if numbers.Waits then
             Spec.Function(SpecFunction(text (), true, apply))
         else
             spec),
        twice @ asked.Faults

    /// Reads a spec that begins at a column of a source.
    and private readAt
        (context: NumberContext)
        (depth: int)
        (source: string)
        (text: string)
        (column: int)
        : Spec option * InitError list =
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

                match TorchCalls.plain source column name arguments with
                | Error fault -> None, fault :: broken
                | Ok(name, arguments) ->

                    match Catalogue.find name with
                    | None -> None, unknown name :: broken
                    | Some entry ->
                        let wrong, given = bind source entry arguments
                        let spec, faults = make context depth text.Trim entry given
                        // A broken argument may be the one that seems to be missing.
                        let missing =
                            function
                            | InitError.ParameterMissing _ -> not broken.IsEmpty
                            | _ -> false

                        (if List.isEmpty faults then Some spec else None),
                        wrong @ (faults |> List.map snd |> List.filter (missing >> not))

    let build
        (context: NumberContext)
        (depth: int)
        (name: string)
        (given: (string * Value) list)
        : Result<Spec, (string option * InitError) list> =
        match Catalogue.find name with
        | None -> Error [ None, unknown name ]
        | Some entry ->
            let names = entry.Info.Parameters |> List.map fst

            let known =
                given
                |> List.choose (fun (k, value) ->
                    EntryParts.parameterOf entry k |> Option.map (fun known -> known, value))

            let foreign =
                given
                |> List.filter (fun (k, _) -> (EntryParts.parameterOf entry k).IsNone)
                |> List.map (fun (k, _) -> Some k, InitError.ParameterUnknown(entry.Info.Name, k, names))

            match make context depth (fun () -> textOf (called entry.Info.Name known)) entry known with
            | spec, faults when List.isEmpty foreign && List.isEmpty faults -> Ok spec
            | _, faults -> Error(foreign @ faults)

    let read (text: string) : Spec option * InitError list =
        let spec, faults = readAt NumberContext.alone 1 text text 1
        spec, FaultReport.ofFaults faults

    let parseIn (context: NumberContext) (depth: int) (text: string) : Result<Spec, InitError list> =
        match readAt context depth text text 1 with
        | Some spec, [] -> Ok spec
        | _, faults -> Error(FaultReport.ofFaults faults)

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Spec, InitError list> = parseIn NumberContext.alone 1 text

[<AutoOpen>]
module SpecExtensions =
    [<RequireQualifiedAccess>]
    module Spec =
        [<CompiledName "Parse">]
        let parse (text: string) : Result<Spec, InitError list> = SpecText.parse text

        [<CompiledName "ToText">]
        let toText (spec: Spec) : string = SpecText.toText spec
