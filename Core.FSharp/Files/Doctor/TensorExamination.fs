namespace Initializers.Files

open System
open Initializers
open Initializers.FSharp

/// The first element that is not what a recipe computes.
[<Sealed>]
type internal NumbersCheck(header: TensorHeader, text: string, expected: float[]) =
    let grid = TensorSurvey(header).Survey.Grid
    let most = RecipeLaws.largest expected
    let mutable index = 0
    let mutable wrong = 0L
    let mutable first = -1
    let mutable found = 0.0

    member _.Add(values: Span<float>) =
        for i in 0 .. values.Length - 1 do
            if not (RecipeLaws.isNear grid most expected[index + i] values[i]) then
                wrong <- wrong + 1L

                if first < 0 then
                    first <- index + i
                    found <- values[i]

        index <- index + values.Length

    member _.Findings: Finding list =
        if wrong = 0L then
            []
        else
            [ { Kind = FindingKind.WrongNumbers
                Severity = Severity.Fault
                Tensor = header.Name
                Others = []
                Message =
                  $"{wrong} of {header.Shape.Length} elements are not those of {text}, element {first} first: {Names.number found} for {Names.number expected[first]}."
                Advice = "Fill the tensor by the recipe, or correct the recipe."
                PValue = 0.0 } ]

/// Passes over tensors.
[<RequireQualifiedAccess>]
module internal TensorExamination =
    /// The smallest row that has enough bits for its equality to mean something.
    let private shortestRow (stored: StoredType) =
        match StoredType.bits stored with
        | 8 -> 32L
        | 16 -> 16L
        | _ -> 8L

    let isFloat (stored: StoredType) =
        match Storage.parse (StoredType.toText stored) with
        | Ok(Storage.Float _ | Storage.Float8 _) -> true
        | _ -> false

    /// Elements of a row along the first axis of several, or all elements where these are few.
    let private rowLengthOf (tensor: TensorHeader) =
        match tensor.Shape.Dims |> List.tryFind (fun size -> size > 1L) with
        | Some rows when tensor.Shape.Length / rows >= shortestRow tensor.DType -> tensor.Shape.Length / rows
        | _ -> tensor.Shape.Length

    /// A tensor after its pass, and the findings that need its elements in order.
    let examined
        rateOf
        files
        token
        (lists: SketchLists)
        index
        (tensor: StoredTensor)
        (expectation: Expectation option)
        =
        let header = tensor.Tensor
        let survey = TensorSurvey header
        let buffer = BufferCheck header
        let rowLength = rowLengthOf header
        let isWeight = isFloat header.DType && not (StructuralChecks.isBuffer header.Name)
        let rowsBefore = lists.Rows.Count

        let rows =
            if isWeight && rowLength >= shortestRow header.DType then
                Some(RowSketches(index, rowLength, lists.Rows, lists.Pages))
            else
                None

        let windows =
            if isWeight && header.Shape.Length > 530L && StoredType.bits header.DType >= 16 then
                let isExact = StoredType.bits header.DType < 32
                Some(WindowSketches(index, isExact, (if isExact then lists.ExactWindows else lists.Windows)))
            else
                None

        let numbers =
            match expectation with
            | Some { Promised = Promised.Numbers(spec, fan)
                     Text = text } ->
                RecipeLaws.numbers spec fan header.Shape
                |> Result.map (fun expected -> Some(NumbersCheck(header, text, expected)))
            | _ -> Ok None

        let structure =
            match expectation with
            | Some { Promised = Promised.Numbers _ } -> None
            | Some expectation when
                StructureLaws.isComposite expectation.Resolved
                && header.Shape.Length <= StructureLaws.most
                ->
                Some(expectation, Array.zeroCreate<float>(int header.Shape.Length))
            | _ -> None

        numbers
        |> Result.map (fun numbers ->
            let first = ref 0

            let visitor =
                ElementVisitor(fun bytes values ->
                    match rows with
                    | Some rows -> rows.Add(bytes, values)
                    | None -> ()

                    match windows with
                    | Some windows -> windows.Add values
                    | None -> ()

                    if buffer.IsNeeded then
                        buffer.Add values

                    match numbers with
                    | Some numbers -> numbers.Add values
                    | None -> ()

                    match structure with
                    | Some(_, elements) ->
                        values.CopyTo(Span(elements, first.Value, values.Length))
                        first.Value <- first.Value + values.Length
                    | None -> ()

                    // Last, since it may move values.
                    survey.Add(bytes, values))

            TensorPass.visit files token tensor visitor

            let surveyed =
                { Survey = survey.Survey
                  RowLength = rowLength
                  DrawnRows = lists.Rows.Count - rowsBefore
                  Hash =
                    match rows with
                    | Some rows -> rows.Hash
                    | None -> struct (0UL, 0UL)
                  File = tensor.File
                  First = tensor.Tensor.Offset
                  Last = tensor.Tensor.Offset + ElementPlaces.length tensor.Tensor tensor.Place }

            let composite =
                match structure with
                | Some(expectation, elements) ->
                    StructureLaws.findings
                        (rateOf expectation)
                        header.Name
                        expectation.Text
                        surveyed.Survey.Grid
                        expectation.Resolved
                        elements
                | None -> []

            let found =
                buffer.Findings
                @ (numbers |> Option.map _.Findings |> Option.defaultValue [])
                @ composite

            surveyed, found)
