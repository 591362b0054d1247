namespace Initializers.FSharp

open System.Threading
open Initializers
open Initializers.Files

type PropagationText =
    { File: string | null
      Recipe: string | null
      Stack: string | null
      Depth: string | null
      Width: string | null
      Activation: string | null
      Specs: string list
      Bias: string | null
      Seed: string | null
      Seeds: string | null
      Batch: string | null
      Correlation: string | null
      Kernel: string | null
      Image: string | null
      Heads: string | null
      Tokens: string | null
      Normalization: string | null
      Scale: string | null
      Jacobian: bool
      Suggest: bool }

type PropagationAnswer =
    { Report: PropagationReport
      Suggestion: PropagationReport option
      Scale: float option }

/// A kind of stack with its defaults.
type private StackKind =
    {
        Word: string
        Depth: int
        Width: int
        Batch: int
        /// The words that only some stacks have.
        Options: string list
    }

/// A request whose words have been read.
type private ReadRequest =
    { Settings: PropagationSettings
      Networks: PropagationSettings -> Result<Network list, InitError list> }

[<RequireQualifiedAccess>]
module PropagationRequest =
    let private kinds =
        let kind word depth width batch options =
            { Word = word
              Depth = depth
              Width = width
              Batch = batch
              Options = options }

        [ kind "mlp" 50 512 128 []
          kind "residual" 50 512 128 [ "scale" ]
          kind "convolution" 50 64 16 [ "kernel"; "image" ]
          kind "transformer" 12 256 8 [ "heads"; "tokens"; "normalization"; "scale" ] ]

    let private kindOf (text: string) =
        match kinds |> List.tryFind (fun kind -> kind.Word = text) with
        | Some kind -> Ok kind
        | None -> Words.invalid "stack" text "mlp, residual, convolution or transformer"

    let private whole name (least: int) (greatest: int) fallback (text: string | null) =
        let read (text: string) =
            match NumberText.signed text with
            | Some n when n >= int64 least && n <= int64 greatest -> Ok(int n)
            | _ -> Words.invalid name text $"a whole number from {least} to {greatest}"

        Words.optional read text |> Words.orElse fallback

    let private correlation (text: string) =
        match NumberText.real text with
        | Some c when abs c <= 1.0 -> Ok c
        | _ -> Words.invalid "correlation" text "a number from -1 to 1"

    let private normalization (text: string) =
        match text with
        | "none" -> Ok Normalization.None
        | "layer_norm" -> Ok Normalization.LayerNorm
        | "rms_norm" -> Ok Normalization.RmsNorm
        | _ -> Words.invalid "normalization" text "layer_norm, rms_norm or none"

    /// The words that describe a stack, with their names.
    let private stackWords (text: PropagationText) =
        [ "scale", text.Scale
          "kernel", text.Kernel
          "image", text.Image
          "heads", text.Heads
          "tokens", text.Tokens
          "normalization", text.Normalization ]
        |> List.choose (fun (name, word) -> if isNull word then None else Some name)

    /// The fault of words that the stack does not have, or that a file's layers exclude.
    let private conflicts (text: PropagationText) (kind: StackKind) =
        let described =
            [ "stack", text.Stack; "depth", text.Depth; "width", text.Width ]
            |> List.choose (fun (name, word) -> if isNull word then None else Some name)

        match text.File with
        | null ->
            let strange = stackWords text |> List.except kind.Options

            Validation.check
                (InitError.ArgumentConflict $"the stack {kind.Word} has no {Names.list strange}.")
                strange.IsEmpty
            @ Validation.check
                (InitError.ArgumentConflict "a recipe gives rules to a file's tensors; give a file, too.")
                (isNull text.Recipe)
        | _ ->
            let strange = described @ (stackWords text |> List.except [ "image" ])

            Validation.check
                (InitError.ArgumentConflict
                    $"give either a file, which has its layers, or {Names.list strange}, not both.")
                strange.IsEmpty

    let private stack (text: PropagationText) (kind: StackKind) =
        validation {
            let! scale = Words.optional (Words.number "scale") text.Scale |> Words.orElse 1.0
            and! kernel = whole "kernel" 1 31 3 text.Kernel
            and! image = whole "image" 1 256 8 text.Image
            and! heads = whole "heads" 1 16384 4 text.Heads
            and! tokens = whole "tokens" 1 4096 16 text.Tokens

            and! normalization =
                Words.optional normalization text.Normalization
                |> Words.orElse Normalization.LayerNorm

            return
                match kind.Word with
                | "residual" -> Stack.Residual scale, image
                | "convolution" -> Stack.Convolution(kernel, image), image
                | "transformer" -> Stack.Transformer(heads, tokens, normalization, scale), image
                | _ -> Stack.Mlp, image
        }

    let private settings (text: PropagationText) : Result<PropagationSettings * int, InitError list> =
        let kind = Words.optional kindOf text.Stack |> Words.orElse kinds.Head
        let known = Result.defaultValue kinds.Head kind

        validation {
            let! _ = kind
            and! () = if kind.IsOk then conflicts text known else []
            and! stack, image = stack text known
            and! depth = whole "depth" 1 10000 known.Depth text.Depth
            and! width = whole "width" 1 16384 known.Width text.Width

            and! activation =
                Words.optional Nonlinearity.parse text.Activation
                |> Words.orElse Nonlinearity.Relu

            and! specs = text.Specs |> Validation.traverse SpecText.parse
            and! bias = Words.optional SpecText.parse text.Bias |> Words.orElse Spec.zeros
            and! seed = Words.optional Words.seed text.Seed |> Words.orElse (Seed.ofUInt64 0UL)
            and! seeds = whole "seeds" 1 1000 3 text.Seeds
            and! batch = whole "batch" 2 65536 known.Batch text.Batch
            and! correlation = Words.optional correlation text.Correlation |> Words.orElse 0.5

            and! () =
                Validation.check
                    (InitError.ArgumentMissing("spec", "he_normal"))
                    (not text.Specs.IsEmpty || not (isNull text.File))

            return
                { Stack = stack
                  Depth = depth
                  Width = width
                  Activation = activation
                  Specs = specs
                  Bias = bias
                  Seed = seed
                  Seeds = seeds
                  Batch = batch
                  Correlation = correlation
                  Jacobian = text.Jacobian },
                image
        }

    /// The networks of a file: of its rules, or of specs that replace them.
    let private ofFile (text: PropagationText) (path: string) image =
        let blueprint, _ = BlueprintFile.load path

        let recipe = Words.optional (BlueprintFile.recipe >> fst) text.Recipe

        fun (settings: PropagationSettings) ->
            validation {
                let! blueprint = blueprint
                and! recipe = recipe
                and! () = Propagation.faults settings

                return!
                    match settings.Specs with
                    | [] ->
                        Storage.parseFloat "float32"
                        |> Result.bind (fun storage -> Blueprint.plan recipe (Some storage) blueprint)
                        |> Result.bind (FileStack.ofRules settings image blueprint)
                        |> Result.map List.singleton
                    | specs -> specs |> Validation.traverse (FileStack.ofSpec settings image blueprint)
            }

    let private request (text: PropagationText) : Result<ReadRequest * Network list, InitError list> =
        settings text
        |> Result.bind (fun (settings, image) ->
            let networks =
                match text.File with
                | null -> Propagation.networks
                | path -> ofFile text path image

            networks settings
            |> Result.map (fun found ->
                { Settings = settings
                  Networks = networks },
                found))

    [<CompiledName "Validate">]
    let validate (text: PropagationText) : Result<unit, InitError list> =
        request text |> Result.map ignore |> FaultReport.result

    /// Settings that keep lengths. A file's own rules are replaced by a normal distribution.
    let private suggested (text: PropagationText) (settings: PropagationSettings) =
        match text.File with
        | null -> Propagation.suggest settings
        | _ ->
            let specs =
                match settings.Specs with
                | [] -> [ Spec.heNormal ]
                | specs -> specs

            Propagation.suggest
                { settings with
                    Specs = specs
                    Jacobian = false }
            |> Result.map (fun found -> { settings with Specs = found.Specs })

    let private scaleOf (settings: PropagationSettings) =
        match settings.Stack with
        | Stack.Residual scale
        | Stack.Transformer(_, _, _, scale) -> Some scale
        | _ -> None

    [<CompiledName "Run">]
    let run (text: PropagationText) (token: CancellationToken) : Result<PropagationAnswer, InitError list> =
        let work () =
            init {
                let! request, networks = request text
                let! report = Propagation.ofNetworks request.Settings networks

                if text.Suggest then
                    let! settings = suggested text request.Settings
                    let! networks = request.Networks settings
                    let! suggestion = Propagation.ofNetworks settings networks

                    return
                        { Report = report
                          Suggestion = Some suggestion
                          Scale = scaleOf settings }
                else
                    return
                        { Report = report
                          Suggestion = None
                          Scale = None }
            }

        Cancellation.Request(token, work) |> FaultReport.result
