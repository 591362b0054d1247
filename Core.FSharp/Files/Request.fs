namespace Initializers.FSharp

open System
open System.Globalization
open System.IO
open Initializers
open Initializers.Files
open Initializers.Kernels

type ArrayText =
    { Spec: string | null
      Shape: string | null
      Seed: string | null
      Stream: string | null
      DType: string | null
      Device: string | null
      FanIn: string | null
      FanOut: string | null
      Layout: string | null
      Offset: string | null
      Count: string | null
      Box: string | null }

type ModelText =
    { Blueprint: string | null
      Recipe: string | null
      Seed: string | null
      DType: string | null
      Device: string | null
      Out: string | null
      MaxShardSize: string | null
      Rank: string | null
      WorldSize: string | null
      Launched: bool
      Unmatched: string | null
      Overwrite: bool
      Resume: bool }

type WordsText =
    { Seed: string | null
      Stream: string | null
      Kind: string | null
      Count: string | null }

type WordsRequest =
    { Kind: WordKind
      Seed: Seed
      Count: int64 option }

type ModelRequest =
    { Tensors: PlannedTensor list
      Device: Device
      Seed: Seed
      Out: string
      Shards: ShardsRequest option
      Launcher: string option
      Overwrite: bool }

[<RequireQualifiedAccess>]
module Request =
    open Words

    [<CompiledName "Seed">]
    let seed (text: string) : Result<Seed, InitError list> = Words.seed text

    [<CompiledName "Nearest">]
    let nearest (names: string list) (word: string) : string option = Names.nearest names word

    /// The fans as far as they can be read, and the faults of numbers that are no fans, which a spec that reads no fan
    /// would not find.
    let private fan (text: ArrayText) : Result<Fan, InitError list> * InitError list =
        let layout = optional Fan.ofLayoutText text.Layout
        let fanIn = optional (number "fan_in") text.FanIn
        let fanOut = optional (number "fan_out") text.FanOut

        let conflict =
            Validation.check
                (InitError.ArgumentConflict "give either a layout or fan_in and fan_out, not both.")
                (isNull text.Layout || (isNull text.FanIn && isNull text.FanOut))

        // A tensor without elements may have a fan of 0.
        let isEmpty =
            match optional Shape.parse text.Shape with
            | Ok(Some shape) -> shape.Length = 0L
            | _ -> false

        let unfit =
            [ "fan_in", fanIn; "fan_out", fanOut ]
            |> List.collect (fun (side, given) ->
                match given with
                | Ok(Some 0.0) when isEmpty -> []
                | Ok(Some x) -> Validation.faults (Fan.positive side x)
                | _ -> [])

        let fan =
            validation {
                let! layout = layout
                and! fanIn = fanIn
                and! fanOut = fanOut
                and! () = conflict

                return
                    match layout with
                    | Some known -> known
                    | None -> Fan.ofOptions fanIn fanOut
            }

        fan, unfit


    let private storage (text: ArrayText) =
        optional Storage.parse text.DType |> orElse (Storage.Float DType.Float32)

    [<CompiledName "Array">]
    let array (text: ArrayText) : Result<ArrayRequest, InitError list> =
        let sizes = needed "shape" "1024,256" Shape.sizes text.Shape
        let shape = sizes |> Result.bind Shape.ofList
        let spec = needed "spec" "kaiming_normal" SpecText.parse text.Spec
        let where, unfit = fan text
        let storage = storage text
        let on = optional device text.Device |> orElse Device.Cpu
        let key = optional seed text.Seed |> orElse (Seed.ofUInt64 0UL)
        let part = slice text.Offset text.Count shape
        let box = box text.Box text.Offset text.Count shape
        let name = optional stream text.Stream

        // What the parts say together is asked of those that can be read, whatever the rest of the request says.
        let together =
            match spec with
            | Ok spec ->
                // What integers and float8 types hold is asked of the whole request.
                let dtype =
                    match storage with
                    | Ok(Storage.Float dtype) -> Some dtype
                    | _ -> None

                RequestFaults.knowable spec (Result.toOption sizes) (Result.toOption where) dtype
            | Error faults -> faults @ ofReadable text.Spec

        // A fault of a fan that the spec also reads is reported once.
        let together =
            together
            |> List.filter (function
                | InitError.FanNotPositive(side, _) ->
                    unfit
                    |> List.forall (function
                        | InitError.FanNotPositive(known, _) -> known <> side
                        | _ -> true)
                | _ -> true)

        let words =
            validation {
                let! spec = spec
                and! shape = shape
                and! fan = where
                and! storage = storage
                return spec, shape, fan, storage
            }

        let faults =
            Validation.faults shape
            @ Validation.faults where
            @ unfit
            @ Validation.faults storage
            @ together
            @ Validation.faults on
            @ Validation.faults key
            @ Validation.faults name
            @ Validation.faults part
            @ Validation.faults box

        // Whether the type holds the numbers is asked of the whole request, and of a spec that has other faults as far as it says.
        let faults =
            match words, spec, storage with
            | Ok(spec, shape, fan, (Storage.Integer _ | Storage.Float8 _ as storage)), _, _ when together.IsEmpty ->
                faults @ Validation.faults (Output.content spec shape fan storage)
            | _, Ok spec, Ok(Storage.Integer _ as storage) when
                not (Spec.hasFunctions spec || WholeNumbers.accepts spec)
                ->
                faults @ [ Output.notWhole spec storage ]
            | _ -> faults

        match words, on, key, name, Validation.both part box with
        | Ok(spec, shape, fan, storage), Ok device, Ok key, Ok name, Ok(part, box) when List.isEmpty faults ->
            Ok
                { Spec = spec
                  Shape = shape
                  Fan = fan
                  Storage = storage
                  Device = device
                  Seed = key
                  Stream = name
                  Slice = part
                  Box = box }
        | _ -> Error faults

    [<CompiledName "ValidateArray">]
    let validateArray
        (path: string | null)
        (overwrite: bool)
        (text: ArrayText)
        : Result<ArrayRequest * string, InitError list> =
        let out =
            path
            |> needed "out" "weights.npy" (fun path ->
                Validation.ofFaults
                    (if path = "-" then
                         []
                     else
                         // A malformed name is reported with the other words.
                         let name = optional stream text.Stream |> Result.defaultValue None
                         let storage = storage text |> Result.defaultValue (Storage.Float DType.Float32)
                         Output.faultsOfArrayPath path overwrite storage name)
                    path)

        Validation.both (array text) out

    [<CompiledName "WriteArray">]
    let writeArray
        (path: string | null)
        (overwrite: bool)
        (text: ArrayText)
        progress
        token
        : Result<int64, InitError list> =
        Cancellation.Request(
            token,
            fun () ->
                validateArray path overwrite text
                |> Result.bind (fun (request, path) -> Output.array path overwrite request progress token)
        )

    [<CompiledName "WriteArrayTo">]
    let writeArrayTo (stream: Stream) (text: ArrayText) token : Result<int64, InitError list> =
        Cancellation.Request(
            token,
            fun () -> array text |> Result.bind (fun request -> Output.raw stream request token)
        )

    [<CompiledName "Load">]
    let load (path: string) : Result<Blueprint, InitError list> = fst (BlueprintFile.load path)

    [<CompiledName "Recipe">]
    let recipe (name: string) : Result<Recipe, InitError list> = fst (BlueprintFile.recipe name)

    [<CompiledName "LoadWithFiles">]
    let loadWithFiles (path: string) : Result<Blueprint * string list, InitError list> =
        let blueprint, files = BlueprintFile.load path
        blueprint |> Result.map (fun blueprint -> blueprint, files)

    let private planned (text: ModelText) =
        let unmatched = keeps text.Unmatched text.Out

        let tensors, files =
            PlannedModel.ofWords
                (Blueprint.planWith (unmatched <> Ok false))
                ("blueprint", "models/gpt2.json", text.Blueprint)
                text.Recipe
                text.DType

        Validation.both unmatched tensors |> Result.map snd, files


    [<CompiledName "Explain">]
    let explain (text: ModelText) : Result<Explanation list, InitError list> =
        planned text |> fst |> Result.bind (Validation.traverse Blueprint.explain)

    let private source (text: ModelText) =
        text.Blueprint |> Option.ofObj |> Option.defaultValue ""

    [<CompiledName "Model">]
    let model (text: ModelText) : Result<ModelRequest, InitError list> =
        let tensors, files = planned text
        let on = optional device text.Device |> orElse Device.Cpu
        let key = needed "seed" "42" seed text.Seed

        let lookup =
            if text.Launched then
                Some Environment.GetEnvironmentVariable
            else
                None

        let folder =
            FolderWords.read text.Out text.MaxShardSize text.Rank text.WorldSize lookup text.Overwrite text.Resume

        let shards path (most, existing, rank) =
            { Folder = path
              MaxShardSize = most
              // Of which seed the files in the folder are is asked when the seed is known.
              Existing = if key.IsOk then existing else Existing.Replace
              Rank = Option.map fst rank
              Device = Device.Cpu
              Seed = key |> Result.defaultValue (Seed.ofUInt64 0UL) }

        let out =
            text.Out
            |> needed
                "out"
                (if isNull text.MaxShardSize then
                     "model.safetensors"
                 else
                     "model")
                (fun path ->
                    let known = tensors |> Result.defaultValue []

                    let faults =
                        match folder with
                        | Ok None when OnnxReader.isName path && not (isNull text.Blueprint) ->
                            Output.faultsOfOnnx (source text) path text.Overwrite Device.Cpu known
                        | Ok None ->
                            match Output.faultsOfInputs path files with
                            // An existing file is not replaced by overwriting either.
                            | [] -> Output.faultsOfModel path text.Overwrite Device.Cpu known
                            | faults -> faults @ Output.faultsOfModel path true Device.Cpu known
                        | Ok(Some folder) -> Output.faultsOfShards (shards path folder) files known
                        | Error _ -> []

                    Validation.ofFaults faults path)

        let faults =
            Validation.faults tensors
            @ Validation.faults on
            @ Validation.faults key
            @ Validation.faults folder
            @ Validation.faults out

        match tensors, on, key, folder, out with
        | Ok tensors, Ok device, Ok key, Ok folder, Ok out when List.isEmpty faults ->
            Ok
                { Tensors = tensors
                  Device = device
                  Seed = key
                  Out = out
                  Shards =
                    folder
                    |> Option.map (fun folder ->
                        { shards out folder with
                            Device = device })
                  Launcher =
                    folder
                    |> Option.bind (fun (_, _, rank) -> rank |> Option.map snd |> Option.filter ((<>) ""))
                  Overwrite = text.Overwrite }
        | _ -> Error faults

    [<CompiledName "WriteModel">]
    let writeModel (text: ModelText) progress token : Result<ModelRequest * WrittenModel, InitError list> =
        Cancellation.Request(
            token,
            fun () ->
                model text
                |> Result.bind (fun request ->
                    match request.Shards with
                    | Some shards -> Output.shards shards request.Tensors progress token
                    | None ->
                        let { Out = path
                              Overwrite = overwrite
                              Device = device
                              Seed = seed
                              Tensors = tensors } =
                            request
                        // Applied here: a function value of seven arguments is too much for native AOT (IL3054).
                        (if OnnxReader.isName path then
                             Output.onnx (source text) path overwrite device seed tensors progress token
                         else
                             Output.model path overwrite device seed tensors progress token)
                        |> Result.map (fun () ->
                            { Files = [ request.Out ]
                              Bytes = ModelParts.bytesOf request.Tensors
                              Kept = []
                              Removed = [] })
                    |> Result.map (fun written -> request, written))
        )

    let private readSeed = seed

    [<CompiledName "ValidateWords">]
    let validateWords (text: WordsText) : Result<WordsRequest, InitError list> =
        validation {
            let! seed = needed "seed" "42" readSeed text.Seed
            and! name = optional stream text.Stream
            and! kind = optional WordKind.parse text.Kind |> orElse WordKind.Elements
            and! count = optional (whole "count") text.Count

            return
                { Kind = kind
                  Seed =
                    match name with
                    | Some name -> Seed.child name seed
                    | None -> seed
                  Count = count }
        }

    [<CompiledName "Words">]
    let words (stream: Stream) (text: WordsText) token =
        validateWords text
        |> Result.bind (fun request -> Output.words stream request.Kind request.Count request.Seed token)
