/// The smallest effects that the statistical checks find.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.Power

open System
open Initializers
open Initializers.Properties.Statistics

/// A way to be wrong by an amount, and the checks that look for it.
type Effect =
    {
        /// What is sampled.
        Subject: string
        /// What is wrong, with "e" for the amount.
        Name: string
        /// What the checks see of a sample of a size and a seed that is wrong by an amount; amount 0 is the shipped sampler.
        Verdicts: int -> float -> Seed -> (string * Verdict) list
    }

/// Effects on samples of two sizes.
type Table =
    { Title: string
      Sizes: int list
      Size: int -> string
      Effects: Effect list }

/// Seeds that an amount is tried with.
let trials = 100

/// The most trials that may accept an amount that counts as found.
let private misses = trials / 100

/// The checks that reject an effect of an amount in a trial.
let rejecting (effect: Effect) (n: int) (amount: float) (trial: int) : string list =
    effect.Verdicts n amount (seedOf (uint64 (90000 + trial)))
    |> List.filter (fun (_, verdict) -> not verdict.Accepts)
    |> List.map fst

/// The check that rejects most often, where at least 99 of 100 trials reject an amount. Trials end when this is decided.
let found (effect: Effect) (n: int) (amount: float) : string option =
    let batch = 10

    let rec next first (by: string list list) =
        let accepted = by |> List.filter _.IsEmpty |> List.length

        if accepted > misses then
            None
        elif first >= trials then
            by |> List.concat |> List.countBy id |> List.maxBy snd |> fst |> Some
        else
            let verdicts =
                Array.Parallel.init batch (fun i -> rejecting effect n amount (first + i))

            next (first + batch) (by @ List.ofArray verdicts)

    next 0 []

/// The amount 1.1^-k.
let amount (k: int) = Math.Pow(1.1, float -k)

/// The largest k; its amount is 2.4e-7.
let private last = 160

/// The smallest amount 1.1^-k below 1 that is found, by its k, and the check that rejects most often: by halving. None
/// where not even the largest is found.
let smallest (effect: Effect) (n: int) : (int * string) option =
    // Larger k are smaller amounts: `low` is found, `high` is not.
    let rec between (low, by) high =
        if high - low <= 1 then
            low, by
        else
            let middle = (low + high) / 2

            match found effect n (amount middle) with
            | Some check -> between (middle, check) high
            | None -> between (low, by) middle

    found effect n (amount 1)
    |> Option.map (fun check -> between (1, check) (last + 1))

/// Whether an earlier result holds: its amount is found by the same check, and the next smaller one is not found.
let holds (effect: Effect) (n: int) (result: (int * string) option) : bool =
    match result with
    | Some(k, check) ->
        found effect n (amount k) = Some check
        && (k = last || (found effect n (amount (k + 1))).IsNone)
    | None -> (found effect n (amount 1)).IsNone
