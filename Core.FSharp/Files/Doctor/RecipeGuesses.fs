namespace Initializers.Files

open Initializers.FSharp

/// Which recipe of the library a file follows, and how sure that is.
///
/// Tensors of one name in several blocks are one kind, which is one piece of evidence. By its recipe, a kind has its distribution
/// with probability 19/20; a model of no recipe here has a recipe's distribution in a kind with probability 1/2 for computed
/// numbers, which are mostly zeros and ones, and 1/10 for drawn ones. All recipes, and none of them, are equally probable
/// before the file is read, so that the probability of each follows by Bayes' rule.
[<RequireQualifiedAccess>]
module internal RecipeGuesses =
    let private byItsRecipe = 0.95
    let private computedByChance = 0.5
    let private drawnByChance = 0.1

    /// The float tensors that a recipe has rules for and explains.
    type private Candidate =
        {
            Name: string
            Matched: int
            Passed: Set<string>
            /// The logarithm of its probability over that of no recipe.
            LogOdds: float
        }

    let private isComputed (expectation: Expectation) =
        match expectation.Promised with
        | Promised.Numbers _ -> true
        | _ -> false

    /// The logarithm of the probabilities' ratio for a kind of which a part passes.
    let private logRatio (byChance: float) (part: float) =
        part * log (byItsRecipe / byChance)
        + (1.0 - part) * log ((1.0 - byItsRecipe) / (1.0 - byChance))

    let private candidate source (floats: TensorEntry list) (surveys: Map<string, Survey>) name : Candidate option =
        Recipe.find name
        |> Result.bind (fun recipe -> RecipeLaws.plans recipe source floats)
        |> Result.toOption
        |> Option.map (fun planned ->
            let rules =
                planned
                |> List.choose (fun tensor ->
                    RecipeLaws.ofPlanned false tensor
                    |> Result.toOption
                    |> Option.map (fun expectation -> tensor.Entry.Name, expectation))
                |> Map.ofList

            let passed =
                rules
                |> Map.filter (fun name expectation -> RecipeLaws.passes expectation surveys[name])
                |> Map.keys
                |> set

            let logOdds =
                floats
                |> List.groupBy (fun entry -> Copies.family entry.Name)
                |> List.sumBy (fun (_, kind) ->
                    let part =
                        float (kind |> List.filter (fun entry -> passed.Contains entry.Name) |> List.length)
                        / float kind.Length

                    let isComputed =
                        kind
                        |> List.exists (fun entry -> Map.tryFind entry.Name rules |> Option.exists isComputed)

                    logRatio (if isComputed then computedByChance else drawnByChance) part)

            { Name = name
              Matched = planned.Length
              Passed = passed
              LogOdds = logOdds })

    /// The most probable recipe, if half of the float tensors have its distributions.
    let best source (entries: TensorEntry list) (surveys: Map<string, Survey>) : RecipeGuess option =
        let floats =
            entries
            |> List.filter (fun entry ->
                not entry.Storage.IsInteger
                && surveys.ContainsKey entry.Name
                && not (StructuralChecks.isOptimizerState entry.Name))

        let candidates =
            Recipe.names
            |> List.choose (candidate source floats surveys)
            |> List.sortBy (fun one -> struct (-one.LogOdds, -one.Passed.Count, -one.Matched))

        match candidates with
        | first :: others when 2 * first.Passed.Count >= floats.Length && not first.Passed.IsEmpty ->
            // The logarithms of the odds are taken from the largest, which none of these, at 0, may be.
            let largest = max 0.0 first.LogOdds

            let sum =
                exp -largest
                + (candidates |> List.sumBy (fun one -> exp (one.LogOdds - largest)))

            Some
                { Recipe = first.Name
                  Tensors = floats.Length
                  Matched = first.Matched
                  Passed = first.Passed.Count
                  Sureness = exp (first.LogOdds - largest) / sum
                  Unknown = exp -largest / sum
                  Next =
                    others
                    |> List.tryHead
                    |> Option.map (fun next ->
                        { Recipe = next.Name
                          Passed = next.Passed.Count
                          OnlyFirst = (first.Passed - next.Passed).Count
                          OnlyNext = (next.Passed - first.Passed).Count }) }
        | _ -> None
