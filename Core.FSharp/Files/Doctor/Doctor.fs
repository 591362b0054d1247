namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Initializers.Files

type DoctorText =
    { File: string | null
      Recipe: string | null
      Against: string | null
      FalseAlarmRate: string | null
      Page: string | null
      Overwrite: bool }

/// The words of a request, read.
type private DoctorRequest =
    { Path: string
      Recipe: Recipe option
      Against: string option
      Rate: float }

[<RequireQualifiedAccess>]
module Doctor =
    [<CompiledName "DefaultFalseAlarmRate">]
    let defaultFalseAlarmRate = 1.0e-6

    let private rateOf (text: string) =
        match NumberText.real text with
        | Some rate when rate > 0.0 && rate < 1.0 -> Ok rate
        | _ -> Words.invalid "false_alarm_rate" text "a number above 0 and below 1, such as 1e-6"

    /// The faults of a page's path, such as a file that exists, or that is read.
    let private pageFaults (text: DoctorText) (path: string) : Result<unit, InitError list> =
        let inputs = [ text.File; text.Recipe; text.Against ] |> List.choose Option.ofObj

        Validation.ofFaults
            (match Output.faultsOfInputs path inputs with
             | [] -> AtomicFile.check path text.Overwrite 0L
             | faults -> faults)
            ()

    let private request (text: DoctorText) : Result<DoctorRequest, InitError list> =
        validation {
            let! path = Inspection.validate text.File
            and! recipe = Words.optional (BlueprintFile.recipe >> fst) text.Recipe
            and! against = Words.optional Inspection.validate text.Against

            and! rate =
                Words.optional rateOf text.FalseAlarmRate |> Words.orElse defaultFalseAlarmRate

            and! _ = Words.optional (pageFaults text) text.Page

            return
                { Path = path
                  Recipe = recipe
                  Against = against
                  Rate = rate }
        }

    [<CompiledName "Validate">]
    let validate (text: DoctorText) : Result<unit, InitError list> = request text |> Result.map ignore

    /// Rules of the given recipe for the tensors that they match.
    let private expectations (request: DoctorRequest) (entries: TensorEntry list) =
        match request.Recipe with
        | None -> Ok Map.empty
        | Some recipe ->
            RecipeLaws.plans recipe request.Path entries
            |> Result.bind (
                Validation.traverse (fun tensor ->
                    RecipeLaws.ofPlanned true tensor
                    |> Result.map (fun expectation -> tensor.Entry.Name, expectation)
                    |> Result.mapError (List.map (fun fault -> InitError.InTensor(tensor.Entry.Name, fault))))
            )
            |> Result.map Map.ofList

    /// Findings that a recipe explains are left out: it says that elements are equal or zeros.
    let private excused (expected: Map<string, Expectation>) (finding: Finding) =
        let explains name =
            match Map.tryFind name expected with
            | Some { Promised = Promised.Numbers _ | Promised.Dependent } -> true
            | _ -> false

        /// A rule that has zeros among other elements has them where they are.
        let hasZeros name =
            match Map.tryFind name expected with
            | Some { Promised = Promised.Independent law } -> RecipeLaws.hasAtom law 0.0
            | _ -> false

        match finding.Kind with
        | FindingKind.LowPrecision ->
            explains finding.Tensor
            || Map.tryFind finding.Tensor expected
               |> Option.exists (_.Resolved >> RecipeLaws.hasFewValues)
        | FindingKind.NeverWritten
        | FindingKind.PaddingRow -> explains finding.Tensor || hasZeros finding.Tensor
        | FindingKind.Constant
        | FindingKind.EqualRows
        | FindingKind.ScaledRows
        | FindingKind.RepeatedPages
        | FindingKind.ShiftedCopy -> explains finding.Tensor
        // Ends of a clip, and atoms, are compared with the recipe.
        | FindingKind.Clipped ->
            match Map.tryFind finding.Tensor expected with
            | Some { Promised = Promised.Independent _ } -> true
            | other -> other.IsSome && explains finding.Tensor
        | _ -> false

    let private unmatched (request: DoctorRequest) (expected: Map<string, Expectation>) (entries: TensorEntry list) =
        match request.Recipe with
        | None -> []
        | Some recipe ->
            entries
            |> List.filter (fun entry ->
                not (expected.ContainsKey entry.Name)
                && not (StructuralChecks.isOptimizerState entry.Name))
            |> List.map (fun entry ->
                { Kind = FindingKind.NotInRecipe
                  Severity = Severity.Note
                  Tensor = entry.Name
                  Others = []
                  Message = $"No rule of the recipe '{Names.excerpt recipe.Name}' matches it."
                  Advice = "Give a recipe that has a rule for it, to have it checked."
                  PValue = 0.0 })

    let private bySeverity (findings: Finding list) =
        let faults, notes =
            findings
            |> List.distinct
            |> List.partition (fun finding -> finding.Severity = Severity.Fault)

        faults @ notes

    let private diagnose
        (request: DoctorRequest)
        format
        (tensors: StoredTensor list)
        (earlier: StoredTensor list option)
        progress
        token
        =
        let entries = TensorPass.entries tensors
        let read = tensors |> List.filter TensorPass.isRead
        let lists = SketchLists.Empty
        let total = read |> List.sumBy _.Tensor.Bytes
        // Half of the rate for the recipe, and half for 16 structural checks of each tensor and of the whole.
        let perTensor = request.Rate / 2.0 / float (read.Length + 1)
        let share = perTensor / 16.0

        // A composite tensor is compared as a whole and part by part.
        let rateOf (expectation: Expectation) =
            if StructureLaws.isComposite expectation.Resolved then
                perTensor / 2.0
            else
                perTensor

        use files = new TensorPass.Files()
        let before = ref 0L

        validation {
            let! expected = expectations request entries

            let! passed =
                read
                |> List.indexed
                |> Validation.traverse (fun (index, tensor) ->
                    let result =
                        TensorExamination.examined
                            rateOf
                            files
                            token
                            lists
                            index
                            tensor
                            (Map.tryFind tensor.Tensor.Name expected)

                    before.Value <- before.Value + tensor.Tensor.Bytes
                    progress before.Value total
                    result)

            let surveyed = passed |> List.map fst
            let surveys = surveyed |> List.map (fun one -> one.Name, one.Survey) |> Map.ofList

            let siblings =
                surveyed
                |> List.groupBy (fun one -> Copies.family one.Name, one.Survey.Header.Shape)
                |> List.collect (fun (_, group) ->
                    let all = group |> List.map _.Survey
                    all |> List.map (fun survey -> survey.Header.Name, all))
                |> Map.ofList

            let looks = surveys |> Map.map (fun _ survey -> DistributionLook.family survey)

            let compared =
                surveys
                |> Map.map (fun name survey ->
                    match Map.tryFind name expected with
                    | Some expectation -> RecipeLaws.compared (rateOf expectation) expectation looks[name] survey
                    | None -> None, [])

            let structural =
                surveyed
                |> List.collect (fun one -> StructuralChecks.findings share siblings[one.Name] one.Survey)

            let copies = Copies.findings share (Array.ofList surveyed) lists

            let comparison =
                match request.Against, earlier with
                | Some path, Some earlier ->
                    FileComparisons.compare (request.Rate / float (tensors.Length + 1)) token path earlier tensors
                    |> Some
                | _ -> None

            let findings =
                List.collect snd passed
                @ (surveyed |> List.collect (fun one -> snd compared[one.Name]))
                @ (structural @ copies |> List.filter (excused expected >> not))
                @ (comparison |> Option.map FileComparisons.findings |> Option.defaultValue [])
                @ unmatched request expected entries

            // A constant or unwritten tensor is one fault, whichever check finds it.
            let findings =
                findings
                |> List.distinctBy (fun finding -> finding.Kind, finding.Tensor, finding.Others)

            let one (tensor: StoredTensor) : ExaminedTensor =
                let name = tensor.Tensor.Name

                match Map.tryFind name surveys with
                | None ->
                    { Header = tensor.Tensor
                      Statistics = None
                      Looks = ""
                      Scale = ""
                      Expected = ""
                      Check = None
                      Histogram = [] }
                | Some survey ->
                    let isDrawn = TensorExamination.isFloat tensor.Tensor.DType

                    { Header = tensor.Tensor
                      Statistics = Some survey.Statistics
                      Looks = if isDrawn then looks[name] else ""
                      Scale = if isDrawn then DistributionLook.scale survey else ""
                      Expected = Map.tryFind name expected |> Option.map _.Text |> Option.defaultValue ""
                      Check = fst compared[name]
                      Histogram = DistributionLook.histogram survey }

            return
                { Source = request.Path
                  Format = format
                  Tensors = tensors |> List.map one
                  Findings = bySeverity findings
                  Recipe = request.Recipe |> Option.map _.Name
                  Guess =
                    match request.Recipe with
                    | Some _ -> None
                    | None -> RecipeGuesses.best request.Path entries surveys
                  Comparison = comparison
                  FalseAlarmRate = request.Rate }
        }

    [<CompiledName "Examine">]
    let examine (text: DoctorText) progress (token: CancellationToken) : Result<Diagnosis, InitError list> =
        let work () =
            request text
            |> Result.bind (fun request ->
                let earlier =
                    match request.Against with
                    | Some path -> TensorPass.tensors path |> Result.map (snd >> Some)
                    | None -> Ok None

                Validation.both (TensorPass.tensors request.Path) earlier
                |> Result.bind (fun ((format, tensors), earlier) ->
                    diagnose request format tensors earlier progress token))

        try
            Cancellation.Request(token, work)
        with
        | :? OperationCanceledException -> Error [ InitError.Cancelled ]
        | :? IOException as e -> Error [ InitError.FileUnreadable(string text.File, e.Message) ]
        | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnreadable(string text.File, e.Message) ]
        | :? InvalidDataException as e -> Error [ InitError.Format(FormatFault.ZipMalformed e.Message) ]

    [<CompiledName "SavePage">]
    let savePage (text: DoctorText) (html: string) : Result<unit, InitError list> =
        match text.Page with
        | null -> Error [ InitError.ArgumentMissing("page", "report.html") ]
        | path ->
            pageFaults text path
            |> Result.bind (fun () ->
                AtomicFile.write path text.Overwrite (fun stream ->
                    stream.Write(ReadOnlySpan(Text.Encoding.UTF8.GetBytes html))
                    Ok()))

    [<CompiledName "Right">]
    let right (diagnosis: Diagnosis) : Result<unit, InitError list> =
        let faults = diagnosis.Faults
        let tensors = faults |> List.map _.Tensor |> List.distinct |> List.length

        Validation.ofFaults
            (Validation.check
                (InitError.InFile(
                    diagnosis.Source,
                    InitError.Tensor(TensorFault.FaultsFound(faults.Length, tensors, diagnosis.Tensors.Length))
                ))
                faults.IsEmpty)
            ()
