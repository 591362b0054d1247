namespace Initializers.FSharp

open Initializers.Files

/// Reads the words of a request for a model's tensors.
module internal ModelWords =
    open Words

    /// A model's tensors, planned, with the faults of recipe and dtype before theirs; and the files that were read.
    let planned
        (recipe: string | null)
        (dtype: string | null)
        (blueprint: string | null)
        : Result<PlannedTensor list, InitError list> * string list =
        let recipe, recipeFiles =
            match recipe with
            | null -> Ok None, []
            | name ->
                let recipe, files = BlueprintFile.recipe name
                Result.map Some recipe, files

        let dtype = optional Storage.parseFloat dtype

        let blueprint, files =
            match blueprint with
            | null -> needed "blueprint" "models/gpt2.json" (BlueprintFile.load >> fst) null, []
            | path -> BlueprintFile.load path

        let files = files @ recipeFiles

        let tensors =
            blueprint
            |> Result.bind (fun blueprint ->
                match recipe, dtype, blueprint.Rules with
                | Ok recipe, Ok dtype, _ -> Blueprint.plan recipe dtype blueprint
                | Ok recipe, Error _, _ ->
                    Blueprint.plan recipe None blueprint
                    |> Result.mapError (List.filter (RequestFaults.restsOnDType >> not))
                // The file's own rules can be asked whatever recipe was meant.
                | Error _, _, RuleSource.Rules _ ->
                    Blueprint.plan None (dtype |> Result.defaultValue None) blueprint
                    |> Result.mapError (
                        List.filter (fun fault -> dtype.IsOk || not (RequestFaults.restsOnDType fault))
                    )
                | Error _, _, _ -> Ok [])

        match Validation.faults recipe @ Validation.faults dtype with
        | [] -> tensors, files
        | faults -> Error(faults @ Validation.faults tensors), files
