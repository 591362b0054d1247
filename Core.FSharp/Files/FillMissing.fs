namespace Initializers.FSharp

open System
open System.Collections.Generic
open Initializers
open Initializers.Files
open Initializers.Kernels

type FillMissingText =
    { Architecture: string | null
      Checkpoint: string | null
      Recipe: string | null
      Seed: string | null
      DType: string | null
      Device: string | null
      Out: string | null
      Extra: string | null
      Overwrite: bool }

[<RequireQualifiedAccess>]
type FilledTensor =
    | Made of tensor: PlannedTensor
    | Copied of name: string * source: TensorHeader * file: string

type FilledModel =
    { Tensors: FilledTensor list
      Ties: (string * string) list
      Dropped: string list }

[<RequireQualifiedAccess>]
module FillMissing =
    open Words

    /// What a checkpoint has for a name: its file and its header there.
    let private tensorsOf (files: CheckpointFile list) =
        let all = Dictionary<string, CheckpointFile * TensorHeader>(StringComparer.Ordinal)

        for file in files do
            for tensor in file.Header.Tensors do
                all[tensor.Name] <- (file, tensor)

        all

    /// The tensor of the checkpoint that has the elements of a tied name, if there is one.
    let private holder (present: Dictionary<string, 'a>) (ties: Map<string, Tie>) : string -> string option =
        let targetOf name =
            match Map.tryFind name ties with
            | Some tie -> tie.Target
            | None -> name

        let held =
            Map.toList ties
            |> List.groupBy (fun (_, tie) -> tie.Target)
            |> List.choose (fun (target, tied) ->
                target :: List.map fst tied
                |> List.tryFind present.ContainsKey
                |> Option.map (fun found -> target, found))
            |> Map.ofList

        fun name -> Map.tryFind (targetOf name) held

    let private output fault = InitError.Output fault

    let private shapeFaults (present: Dictionary<string, CheckpointFile * TensorHeader>) (tensors: TensorEntry list) =
        [ for entry in tensors do
              match present.TryGetValue entry.Name with
              | true, (_, found) when found.Shape <> entry.Shape ->
                  output (OutputFault.CheckpointShape(entry.Name, found.Shape.Dims, entry.Shape.Dims))
              | _ -> () ]

    let private widthOf (tensor: FilledTensor) =
        match tensor with
        | FilledTensor.Made tensor -> 8 * Storage.size tensor.Entry.Storage
        | FilledTensor.Copied(_, source, _) -> StoredType.bits source.DType

    /// All tensors of an architecture, made or copied. `keep` says whether tensors that the architecture lacks are kept; None
    /// where they are faults.
    let private filled
        (checkpoint: string)
        (files: CheckpointFile list)
        (keep: bool option)
        recipe
        dtype
        (blueprint: Blueprint)
        : Result<FilledModel, InitError list> =
        let present = tensorsOf files

        let isWanted (ties: Map<string, Tie>) =
            let holder = holder present ties
            fun (entry: TensorEntry) -> not (present.ContainsKey entry.Name) && (holder entry.Name).IsNone

        let listed =
            HashSet<string>(blueprint.Tensors |> Seq.map _.Name, StringComparer.Ordinal)

        let extra =
            files
            |> List.collect (fun file -> file.Header.Tensors |> List.sortBy _.Offset)
            |> List.map _.Name
            |> List.filter (listed.Contains >> not)

        validation {
            let! made, ties = Blueprint.planSome isWanted recipe dtype blueprint
            and! () = shapeFaults present blueprint.Tensors

            and! () =
                Validation.check
                    (output (OutputFault.CheckpointExtra(checkpoint, extra)))
                    (keep.IsSome || extra.IsEmpty)

            let holder = holder present ties
            let made = Map.ofList [ for tensor in made -> tensor.Entry.Name, tensor ]

            let copied name held =
                let file, source = present[held]
                FilledTensor.Copied(name, source, file.Path)

            let places =
                [ for entry in blueprint.Tensors do
                      match Map.tryFind entry.Name made with
                      | Some tensor ->
                          (if ModelParts.isStored tensor then
                               Some(FilledTensor.Made tensor)
                           else
                               None),
                          tensor.Tie |> Option.map (fun tie -> entry.Name, tie.Target)
                      | None ->
                          let held = holder entry.Name |> Option.defaultValue entry.Name

                          match Map.tryFind entry.Name ties with
                          | Some tie when
                              not (present.ContainsKey entry.Name)
                              || (held = entry.Name && not (present.ContainsKey tie.Target))
                              ->
                              (if tie.IsCopied then Some(copied entry.Name held) else None),
                              Some(entry.Name, tie.Target)
                          // Where a checkpoint has both, nothing says that their elements are equal.
                          | Some _ -> Some(copied entry.Name entry.Name), None
                          // A target that the checkpoint lacks has the elements of a tensor that is tied to it.
                          | None -> Some(copied entry.Name held), None ]

            let isNew (tensor: FilledTensor option, _) =
                match tensor with
                | Some(FilledTensor.Copied(name, source, _)) -> name <> source.Name
                | tensor -> tensor.IsSome

            let! () =
                Validation.check (output (OutputFault.NothingMissing checkpoint)) (places |> List.exists isNew)

            let kept =
                if keep = Some true then
                    extra |> List.map (fun name -> copied name name)
                else
                    []

            return
                { Tensors = List.choose fst places @ kept |> List.sortBy (widthOf >> (~-))
                  Ties = List.choose snd places
                  Dropped = if keep = Some true then [] else extra }
        }

    let private extra (text: string) : Result<bool, InitError list> =
        match text with
        | "keep" -> Ok true
        | "drop" -> Ok false
        | _ -> invalid "extra" text "keep or drop"

    /// The tensors, and the files that were read.
    let private planned (text: FillMissingText) (opened: Result<CheckpointFile list, InitError list>) =
        let keep = optional extra text.Extra

        let plan recipe dtype blueprint =
            match opened with
            | Ok files ->
                // Which tensors are kept is asked of a request without other faults.
                let keep = keep |> Result.defaultValue (Some false)
                filled (string text.Checkpoint) files keep recipe dtype blueprint
            | Error _ -> Error []

        let model, inputs =
            PlannedModel.ofWords plan ("architecture", "model.json", text.Architecture) text.Recipe text.DType

        let files = opened |> Result.map (List.map _.Path) |> Result.defaultValue []

        let model =
            match Validation.faults opened @ Validation.faults model @ Validation.faults keep, model with
            | [], Ok model -> Ok model
            | faults, _ -> Error faults

        model, inputs @ files

    let private withCheckpoint (text: FillMissingText) work =
        match text.Checkpoint with
        | null -> work (needed "checkpoint" "model.safetensors" (fun _ -> Ok []) null)
        | path -> Checkpoint.withFiles path work

    [<CompiledName "Plan">]
    let plan (text: FillMissingText) : Result<FilledModel, InitError list> =
        withCheckpoint text (planned text >> fst) |> FaultReport.result

    let private madeOf (model: FilledModel) =
        model.Tensors
        |> List.choose (function
            | FilledTensor.Made tensor -> Some tensor
            | FilledTensor.Copied _ -> None)

    let private bytesOf (model: FilledModel) =
        ModelParts.bytesOf (madeOf model)
        + (model.Tensors
           |> List.sumBy (function
               | FilledTensor.Made _ -> 0L
               | FilledTensor.Copied(_, source, _) -> source.Bytes))

    /// The faults of the file that is written, as far as the tensors are known.
    let private outFaults overwrite (inputs: string list) (model: FilledModel option) (path: string) =
        let tensors = model |> Option.map madeOf |> Option.defaultValue []
        let bytes = model |> Option.map bytesOf |> Option.defaultValue 0L
        let ofInputs = Output.faultsOfInputs path inputs

        ofInputs
        @ Validation.check
            (InitError.FormatUnknown(path, [ ".safetensors" ]))
            (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        @ ModelParts.faultsOfTensors tensors
        // An input is not replaced by overwriting either.
        @ AtomicFile.check path (overwrite || not ofInputs.IsEmpty) bytes

    let private request (text: FillMissingText) opened =
        let model, inputs = planned text opened
        let on = optional device text.Device |> orElse Device.Cpu
        let key = needed "seed" "42" seed text.Seed

        let out =
            text.Out
            |> needed "out" "model.safetensors" (fun path ->
                Validation.ofFaults (outFaults text.Overwrite inputs (Result.toOption model) path) path)

        validation {
            let! model = model
            and! device = on
            and! seed = key
            and! path = out
            return model, device, seed, path
        }
        |> FaultReport.result

    [<CompiledName "Validate">]
    let validate (text: FillMissingText) : Result<FilledModel, InitError list> =
        withCheckpoint text (request text) |> Result.map (fun (model, _, _, _) -> model)

    /// The origins of the made tensors, and the checkpoint's metadata that do not contradict them.
    let private metadata (seed: Seed) (files: CheckpointFile list) (model: FilledModel) =
        let origin (tensor: FilledTensor) =
            match tensor with
            | FilledTensor.Made tensor ->
                tensor.Entry.Name,
                tensor.Entry.Shape,
                Some
                    { Spec = tensor.Spec
                      Fan = tensor.Rule.Fan
                      Shape = tensor.Entry.Shape
                      Part = TensorPart.Slice 0L
                      Seed = ModelParts.streamOf seed tensor }
            | FilledTensor.Copied(name, source, _) -> name, source.Shape, None

        let theirs =
            Checkpoint.metadata files |> List.filter (fst >> Provenance.isOurs >> not)

        let known = set (List.map fst theirs)

        theirs
        @ (Provenance.saved seed.Key (List.map origin model.Tensors)
           @ Provenance.ties model.Ties
           |> List.filter (fst >> known.Contains >> not))

    let private header seed files (model: FilledModel) =
        model.Tensors
        |> List.map (function
            | FilledTensor.Made tensor ->
                tensor.Entry.Name,
                Storage.toText tensor.Entry.Storage,
                tensor.Entry.Shape,
                ModelParts.bytesOf [ tensor ]
            | FilledTensor.Copied(name, source, _) -> name, StoredType.toText source.DType, source.Shape, source.Bytes)
        |> Safetensors.headerOf (metadata seed files model)

    let private pieces seed (files: CheckpointFile list) (model: FilledModel) =
        let byPath = Map.ofList [ for file in files -> file.Path, file ]

        model.Tensors
        |> Seq.map (function
            | FilledTensor.Made tensor -> ModelParts.pieceOf (ModelParts.streamOf seed tensor) tensor
            | FilledTensor.Copied(_, source, path) -> Checkpoint.piece byPath[path] source)

    [<CompiledName "Write">]
    let write (text: FillMissingText) progress token : Result<FilledModel, InitError list> =
        let body opened =
            request text opened
            |> Result.bind (fun (model, device, seed, path) ->
                let files = opened |> Result.defaultValue []
                let total = bytesOf model

                AtomicFile.write path text.Overwrite (fun stream ->
                    stream.Write(ReadOnlySpan(header seed files model))

                    ElementStream.write
                        device
                        stream
                        (pieces seed files model)
                        (fun written -> progress written total)
                        token)
                |> Result.map (fun () -> model))

        Cancellation.Request(token, (fun () -> withCheckpoint text body))
