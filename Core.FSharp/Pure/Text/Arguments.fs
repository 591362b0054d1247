namespace Initializers.FSharp

open System
open System.Globalization
open Initializers

/// What an initializer's builder asks of its arguments; each question may add faults.
[<Sealed>]
type internal SpecArguments
    (
        spec: string,
        values: Map<string, SpecSyntax.Value>,
        expressions: SpecNumbers,
        nested: string -> string -> int -> Result<Spec, InitError list>
    ) =
    let faults = ResizeArray<string option * InitError>()

    let ask name (read: SpecSyntax.Value -> Result<'a, InitError list>) (fallback: 'a) =
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

    /// A number that begins at a column of a source, or an expression.
    let number name (source, text, column) =
        match NumberText.real text with
        | Some x -> Ok x
        | None when expressions.IsExpression text -> expressions.Read(source, text, column)
        | None -> Error [ InitError.ParameterNotNumber(spec, name, text) ]

    let alone (text: string) = text, text, 1

    let list (read: string * int -> Result<'a, InitError list>) source text column =
        SpecSyntax.items source text column
        |> Result.bind (List.map read >> Validation.traverse id)

    let other name expected =
        Error [ InitError.ParameterKind(spec, name, expected) ]

    let whole name (source, text: string, column) =
        match SpecSyntax.whole text with
        | Some n -> Ok n
        | None when expressions.IsExpression text && (NumberText.real text).IsNone ->
            match expressions.Read(source, text, column) with
            | Ok x when Double.IsInteger x && abs x <= 9007199254740992.0 -> Ok(int64 x)
            | Ok x -> Error [ InitError.ParameterNotWhole(spec, name, Names.number x) ]
            | Error faults -> Error faults
        | None -> Error [ InitError.ParameterNotWhole(spec, name, text) ]

    /// Numbers of a list, each by `read`.
    let numbers name expected (read: string * string * int -> Result<'a, InitError list>) value =
        match value with
        | SpecSyntax.Value.Numerals texts -> texts |> Validation.traverse (alone >> read)
        | SpecSyntax.Value.Bare(source, text, column) ->
            list (fun (text, column) -> read (source, text, column)) source text column
        | _ -> other name expected

    /// A word, which Python has in quotes.
    let word name (read: string -> Result<'a, InitError list>) (value: SpecSyntax.Value) =
        match value with
        | SpecSyntax.Value.Bare(_, text, _)
        | SpecSyntax.Value.Numeral text
        | SpecSyntax.Value.Word text -> read (SpecSyntax.unquoted text)
        | _ -> other name "a word"

    member _.Number name =
        let read value =
            match value with
            | SpecSyntax.Value.Word text
            | SpecSyntax.Value.Numeral text -> number name (alone text)
            | SpecSyntax.Value.Bare(source, text, column) -> number name (source, text, column)
            | _ -> other name "a number"

        ask name read 0.0

    /// A gain: a number, or the nonlinearity that it belongs to.
    member this.Gain name : float =
        let read (source, text, column) =
            match Nonlinearity.parse (SpecSyntax.unquoted text) |> Result.bind Gain.recommended with
            | Ok gain -> Ok gain
            | Error faults ->
                match expressions.Read(source, text, column) with
                | Ok gain -> Ok gain
                | Error [ InitError.InExpression(_, _, InitError.Expression(ExpressionFault.NameUnknown _)) ]
                | Error [ InitError.InExpression(_, _, InitError.Expression(ExpressionFault.FunctionUnknown _)) ] ->
                    Error faults
                | Error others -> Error others

        match Map.tryFind name values with
        | Some(SpecSyntax.Value.Bare(source, text, column)) when not (SpecSyntax.startsNumber text) ->
            ask name (fun _ -> read (source, text, column)) 0.0
        | Some(SpecSyntax.Value.Word text) when not (SpecSyntax.startsNumber text) ->
            ask name (fun _ -> read (alone text)) 0.0
        | _ -> this.Number name

    /// A number that is checked by `faultsOf` under this initializer's name.
    member this.Checked (faultsOf: string -> float -> InitError list) name =
        this.CheckedBy(this.Number, faultsOf, name)

    /// The same for one that is read in another way.
    member this.CheckedBy(read: string -> float, faultsOf: string -> float -> InitError list, name) =
        let before = faults.Count
        let value = read name

        if faults.Count = before then
            this.Refuse(name, faultsOf spec value)

        value

    member _.Whole name : int64 =
        let read value =
            match value with
            | SpecSyntax.Value.Numeral text
            | SpecSyntax.Value.Word text -> whole name (alone text)
            | SpecSyntax.Value.Bare(source, text, column) -> whole name (source, text, column)
            | _ -> other name "a whole number"

        ask name read 0L

    /// The text of a formula of indices, which may be in quotes.
    member _.Formula name : FormulaText =
        let text given = expressions.Formula given

        let read value =
            match value with
            | SpecSyntax.Value.Bare(source, given, column) ->
                match SpecSyntax.unquoted given with
                | inner when inner.Length < given.Length -> text (source, inner, column + 1)
                | _ -> text (source, given, column)
            | SpecSyntax.Value.Numeral given
            | SpecSyntax.Value.Word given -> text (alone given)
            | _ -> other name "an expression such as 2*i0 + 1"

        ask name read (FormulaText "0")

    /// A whole number of 32 bits.
    member this.Int name : int =
        let value = this.Whole name

        if value < int64 Int32.MinValue || value > int64 Int32.MaxValue then
            this.Refuse(
                name,
                [ InitError.ParameterOutOfRange(spec, name, value, int64 Int32.MinValue, int64 Int32.MaxValue) ]
            )

            0
        else
            int value

    /// Numbers of axes in brackets, those from the last on negative.
    member _.Axes name : int list =
        let least, greatest = int64 Int32.MinValue, int64 Int32.MaxValue

        let axis text =
            whole name text
            |> Result.bind (fun n ->
                Validation.ofFaults
                    (Validation.check
                        (InitError.ParameterOutOfRange(spec, name, n, least, greatest))
                        (n >= least && n <= greatest))
                    (int n))

        ask name (numbers name "a list of axes such as [0, -1]" axis) []

    member _.Mode name =
        ask name (word name FanMode.parse) FanMode.FanIn

    member _.Distribution name =
        let read text =
            match EnumText.families |> List.tryFind (fun (known, _) -> known = text) with
            | Some(_, family) -> Ok family
            | None -> Error [ InitError.DistributionUnknown text ]

        ask name (word name read) DistributionFamily.Normal

    /// One of the words that a parameter has.
    member _.Choice(name, known: (string * 'a) list) : 'a =
        let read text =
            match known |> List.tryFind (fun (word, _) -> word = text) with
            | Some(_, value) -> Ok value
            | None -> Error [ InitError.ChoiceUnknown(spec, name, text, List.map fst known) ]

        ask name (word name read) (snd (List.head known))

    member _.Flag name : bool =
        let read value =
            match value with
            | SpecSyntax.Value.Flag flag -> Ok flag
            | SpecSyntax.Value.Bare(_, "true", _) -> Ok true
            | SpecSyntax.Value.Bare(_, "false", _) -> Ok false
            | _ -> other name "true or false"

        ask name read false

    member _.Spec name : Spec =
        let read value =
            match value with
            | SpecSyntax.Value.Nested inner -> Ok inner
            | SpecSyntax.Value.Bare(source, text, column) -> nested source text column
            | SpecSyntax.Value.Word text -> nested text text 1
            | _ -> other name "a spec"

        ask name read Spec.zeros

    /// Numbers in brackets, and the sizes of their axes. The word flat means a single axis.
    member _.Array(numbersName, dimsName) : NumberArray =
        let given =
            ask numbersName (numbers numbersName "a list of numbers" (number numbersName)) []

        let dims =
            ask
                dimsName
                (function
                | SpecSyntax.Value.Word "flat"
                | SpecSyntax.Value.Bare(_, "flat", _) -> Ok [ int64 given.Length ]
                | value -> numbers dimsName "a list of sizes" (whole dimsName) value)
                []

        NumberArray(dims, given)

    member _.Parts name : (int64 * Spec) list =
        let size at text =
            match whole name text with
            | Ok n when n >= 0L -> Ok n
            | Ok _
            | Error [ InitError.ParameterNotWhole _ ] -> Error [ at "a size of 0 or more before the colon" ]
            | Error faults -> Error faults

        let part source (item, column) =
            SpecSyntax.sized source item column
            |> Result.bind (fun ((text, at), (inner, place)) ->
                Validation.both (size (SpecSyntax.fault source column) (source, text, at)) (nested source inner place))

        let section (text, spec) =
            size (SpecSyntax.fault text 1) (alone text) |> Result.map (fun n -> n, spec)

        ask
            name
            (function
            | SpecSyntax.Value.Parts all -> Ok all
            | SpecSyntax.Value.Sections all -> all |> Validation.traverse section
            // an empty list of JSON, which may be one of numbers
            | SpecSyntax.Value.Numerals [] -> Ok []
            | SpecSyntax.Value.Bare(source, text, column) -> list (part source) source text column
            | _ -> other name "a list such as [256: zeros, 512: ones]")
            []

    member _.Specs name : Spec list =
        let one source (text, column) = nested source text column

        ask
            name
            (function
            | SpecSyntax.Value.Specs all -> Ok all
            // an empty list of JSON, which may be one of numbers
            | SpecSyntax.Value.Numerals [] -> Ok []
            | SpecSyntax.Value.Bare(source, text, column) -> list (one source) source text column
            | _ -> other name "a list such as [identity, normal(stddev=0.01)]")
            []

    /// The initializer's name.
    member _.Name = spec

    /// Faults of a parameter that only the builder knows.
    member _.Refuse(name, wrong: InitError list) =
        faults.AddRange(wrong |> List.map (fun fault -> Some name, fault))

    member _.Faults = List.ofSeq faults
