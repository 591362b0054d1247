namespace Initializers.Files

open Initializers
open Initializers.FSharp

/// Models that words name, planned.
module internal PlannedModel =
    open Words

    /// A model planned by `plan`, with the faults of recipe and dtype before those of the plan; and the files that were read.
    /// The file of the model has a parameter's name, an example and its path.
    let ofWords
        (plan: Recipe option -> Storage option -> Blueprint -> Result<'a, InitError list>)
        (parameter: string, example: string, path: string | null)
        (recipe: string | null)
        (dtype: string | null)
        : Result<'a, InitError list> * string list =
        let recipe, recipeFiles =
            match recipe with
            | null -> Ok None, []
            | name ->
                let recipe, files = BlueprintFile.recipe name
                Result.map Some recipe, files

        let dtype = optional Storage.parseFloat dtype

        let blueprint, files =
            match path with
            | null -> needed parameter example (BlueprintFile.load >> fst) null, []
            | path -> BlueprintFile.load path

        let planned =
            blueprint
            |> Result.bind (fun blueprint ->
                match recipe, dtype, blueprint.Rules with
                | Ok recipe, Ok dtype, _ -> plan recipe dtype blueprint
                | Ok recipe, Error _, _ ->
                    plan recipe None blueprint
                    |> Result.mapError (List.filter (RequestFaults.restsOnDType >> not))
                // The file's own rules can be asked whatever recipe was meant.
                | Error _, _, RuleSource.Rules _ ->
                    plan None (dtype |> Result.defaultValue None) blueprint
                    |> Result.mapError (
                        List.filter (fun fault -> dtype.IsOk || not (RequestFaults.restsOnDType fault))
                    )
                | Error _, _, _ -> Error [])

        match Validation.faults recipe @ Validation.faults dtype with
        | [] -> planned, files @ recipeFiles
        | faults -> Error(faults @ Validation.faults planned), files @ recipeFiles
