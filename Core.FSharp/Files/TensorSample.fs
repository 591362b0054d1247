namespace Initializers.FSharp

open System
open System.IO
open System.Threading
open Initializers
open Initializers.Files

type SampleText =
    { Subject: string | null
      Recipe: string | null
      Tensors: string | null
      Shape: string | null
      Seed: string | null
      DType: string | null
      FanIn: string | null
      FanOut: string | null
      Layout: string | null }

type TensorSample =
    { Name: string
      Represented: int
      DType: string
      Shape: Shape
      Values: float[]
      Expected: Distribution option
      Initializer: string }

/// A tensor of which the first elements can be drawn or read.
type private Sampled =
    { Name: string
      DType: string
      Shape: Shape
      Initializer: string
      Distribution: unit -> Result<Distribution option, InitError list>
      Values: int -> CancellationToken -> Result<float[], InitError list> }

[<RequireQualifiedAccess>]
module TensorSamples =
    open Words

    let private isAny (text: SampleText) =
        [ text.Shape; text.DType; text.FanIn; text.FanOut; text.Layout ]
        |> List.exists (isNull >> not)

    let private distribution spec shape fan () =
        Plan.distribution spec shape fan |> Result.map (Distribution.ofResolved >> Some)

    /// The first elements of a piece, decoded.
    let private drawn device (storage: Storage) (piece: Piece) most token =
        let piece =
            { piece with
                Count = min piece.Count (int64 most) }

        let values: float[] = Array.zeroCreate (int piece.Count)
        let mutable at = 0

        StoredType.parse (Storage.toText storage)
        |> Result.bind (fun stored ->
            let take (bytes: ReadOnlyMemory<byte>) =
                let count = bytes.Length / piece.Size
                ElementDecoding.toFloats stored bytes.Span (Span(values, at, count))
                at <- at + count

            ElementStream.through device take [ piece ] ignore token)
        |> Result.map (fun () -> values)

    /// The matrix of a spec without a shape: large enough for its statistics to be seen.
    let private defaultShape = "512,512"

    let private ofSpec (text: SampleText) : Result<Sampled list, InitError list> =
        let shape =
            match text.Shape with
            | null -> defaultShape
            | given -> given

        let isMatrix = shape.Split(',').Length = 2

        let layout: string | null =
            match text.Layout with
            | null when isMatrix && isNull text.FanIn && isNull text.FanOut -> "oi"
            | given -> given

        let words: ArrayText =
            { Spec = text.Subject
              Shape = shape
              Seed = text.Seed
              Stream = null
              DType = text.DType
              Device = null
              FanIn = text.FanIn
              FanOut = text.FanOut
              Layout = layout
              Offset = null
              Count = null
              Box = null }

        let sampled (request: ArrayRequest) (spec, content) =
            { Name = SpecText.toText request.Spec
              DType = Storage.toText request.Storage
              Shape = request.Shape
              Initializer = SpecText.toText request.Spec
              Distribution = distribution spec request.Shape request.Fan
              Values =
                drawn
                    request.Device
                    request.Storage
                    { Source = Source.OfContent(content, request.Storage, request.Seed)
                      Offset = 0L
                      Count = request.Shape.Length } }

        validation {
            let! request = Request.array words

            and! () =
                Validation.check
                    (InitError.ArgumentConflict
                        "a recipe and a pattern of tensors are for models and files, not for an initializer.")
                    (isNull text.Recipe && isNull text.Tensors)

            let! content = Output.content request.Spec request.Shape request.Fan request.Storage
            return [ sampled request content ]
        }

    let private needsInitializer =
        InitError.ArgumentConflict
            "shape, fans and layout are for an initializer; those of a model and of a file are known."

    let private ofModel (text: SampleText) : Result<Sampled list, InitError list> =
        let tensors, _ =
            PlannedModel.ofWords (Blueprint.planWith false) ("subject", "gpt2", text.Subject) text.Recipe text.DType

        validation {
            let! tensors = tensors
            and! seed = optional Words.seed text.Seed |> orElse (Seed.ofUInt64 0UL)
            and! () = Validation.check needsInitializer (not (isAny { text with DType = null }))

            return
                tensors
                |> List.map (fun tensor ->
                    let piece = ModelParts.pieceOf (ModelParts.streamOf seed tensor) tensor

                    { Name = tensor.Entry.Name
                      DType = Storage.toText tensor.Entry.Storage
                      Shape = tensor.Entry.Shape
                      Initializer = SpecText.toText tensor.Spec
                      Distribution = distribution tensor.Spec tensor.Entry.Shape tensor.Rule.Fan
                      Values = drawn Device.Cpu tensor.Entry.Storage piece })
        }

    /// Specs, fans and whole shapes of the tensors of files, by their metadata.
    let private origins (path: string) : Result<Map<string, Origin>, InitError list> =
        ModelFiles.find path
        |> Result.bind (
            Validation.traverse (fun file ->
                InputFile.opened file (fun stream ->
                    Inspection.reading file stream CancellationToken.None (fun () ->
                        TensorFormats.header file stream
                        |> Result.map (fun header ->
                            let all = Map.ofList header.Metadata

                            [ for tensor in header.Tensors do
                                  match Provenance.described all tensor with
                                  | Some origin -> tensor.Name, origin
                                  | None -> () ]))))
        )
        |> Result.map (List.concat >> Map.ofList)

    let private ofFile (text: SampleText) (path: string) : Result<Sampled list, InitError list> =
        let sampled planned (origins: Map<string, Origin>) (stored: StoredTensor) =
            let name = stored.Tensor.Name

            let spec, promised =
                match Map.tryFind name planned, Map.tryFind name origins with
                | Some(tensor: PlannedTensor), _ ->
                    Some tensor.Spec, distribution tensor.Spec tensor.Entry.Shape tensor.Rule.Fan
                | None, Some origin -> Some origin.Spec, distribution origin.Spec origin.Shape origin.Fan
                | None, None -> None, (fun () -> Ok None)

            { Name = name
              DType = StoredType.toText stored.Tensor.DType
              Shape = stored.Tensor.Shape
              Initializer = spec |> Option.map SpecText.toText |> Option.defaultValue ""
              Distribution = promised
              Values =
                fun most token ->
                    use files = new TensorPass.Files()
                    Ok(TensorPass.first files token most stored) }

        validation {
            let! path = Inspection.validate path
            and! recipe = optional (BlueprintFile.recipe >> fst) text.Recipe

            and! () =
                Validation.check
                    (InitError.ArgumentConflict
                        "shape, dtype, seed, fans and layout are for what is drawn, and a file is read.")
                    (not (isAny text) && isNull text.Seed)

            let! _, stored = TensorPass.tensors path

            let! planned =
                match recipe with
                | Some recipe -> RecipeLaws.plans recipe path (TensorPass.entries stored)
                | None -> Ok []

            let! origins = if recipe.IsSome then Ok Map.empty else origins path
            let planned = Map.ofList [ for tensor in planned -> tensor.Entry.Name, tensor ]
            return stored |> List.filter TensorPass.isRead |> List.map (sampled planned origins)
        }

    let private hasEnding (endings: string list) (subject: string) =
        endings
        |> List.exists (fun ending -> subject.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

    /// Whether a word is near the name of a model and near none of an initializer.
    let private isModelMeant (subject: string) =
        let initializers = SpecText.catalogue |> List.map _.Name

        (Names.nearest Blueprint.models subject).IsSome
        && (Names.nearest initializers subject).IsNone

    /// What the subject names: a file or folder that is there, a model, or an initializer.
    let private find (text: SampleText) (subject: string) : Result<Sampled list, InitError list> =
        let isThere = subject <> "" && Names.isUnicode subject && Path.Exists subject

        if hasEnding [ ".json" ] subject && not (hasEnding [ ".index.json" ] subject) then
            ofModel text
        elif isThere then
            ofFile text subject
        elif List.contains subject Blueprint.models then
            ofModel text
        elif
            subject.IndexOfAny [| '/'; '\\' |] >= 0
            || (Path.HasExtension subject && not (subject.Contains '('))
        then
            ofFile text subject
        elif List.contains subject Recipe.names then
            invalid "subject" subject "a model or a file; a recipe has rules without tensors, and is given with one"
        elif isModelMeant subject then
            Error [ InitError.Expression(ExpressionFault.ModelUnknown(subject, Blueprint.models)) ]
        else
            ofSpec text

    /// Tensors by a pattern, or the first of those with numbers alone that differ, each with how many there are.
    let private chosen (subject: string) (pattern: string | null) (all: Sampled list) =
        let all = all |> List.filter (fun one -> one.Shape.Length > 0L)

        match pattern with
        | null when all.IsEmpty -> invalid "subject" subject "a subject with a tensor of real elements"
        | null ->
            all
            |> List.groupBy (fun one -> Copies.family one.Name, one.Shape, one.DType)
            |> List.map (fun (_, group) -> group.Head, group.Length)
            |> Ok
        | pattern ->
            Pattern.compile (Pattern.Glob pattern)
            |> Result.bind (fun matches ->
                match all |> List.filter (_.Name >> matches) with
                | [] ->
                    invalid "tensors" pattern "a pattern for the name of a tensor with real elements, such as *.weight"
                | found -> found |> List.map (fun one -> one, 1) |> Ok)

    let private request (text: SampleText) =
        text.Subject
        |> needed "subject" "gpt2" (fun subject -> find text subject |> Result.bind (chosen subject text.Tensors))

    [<CompiledName "Validate">]
    let validate (text: SampleText) : Result<unit, InitError list> = request text |> Result.map ignore

    [<CompiledName "Take">]
    let take
        (most: int)
        (text: SampleText)
        progress
        (token: CancellationToken)
        : Result<TensorSample list, InitError list> =
        let work () =
            request text
            |> Result.bind (fun chosen ->
                let total = chosen |> List.sumBy (fun (one, _) -> min one.Shape.Length (int64 most))
                let taken = ref 0L

                chosen
                |> Validation.traverse (fun (one, represented) ->
                    validation {
                        let! expected = one.Distribution()
                        and! values = one.Values (max 1 most) token
                        taken.Value <- taken.Value + values.LongLength
                        progress taken.Value total

                        return
                            { Name = one.Name
                              Represented = represented
                              DType = one.DType
                              Shape = one.Shape
                              Values = values
                              Expected = expected
                              Initializer = one.Initializer }
                    }))

        try
            Cancellation.Request(token, work)
        with
        | :? OperationCanceledException -> Error [ InitError.Cancelled ]
        | :? IOException as e -> Error [ InitError.FileUnreadable(string text.Subject, e.Message) ]
        | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnreadable(string text.Subject, e.Message) ]
