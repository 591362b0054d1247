namespace Initializers.FSharp

open Initializers.FSharp.SpecSyntax
open Initializers.FSharp.EntryParts

/// Entries of whole numbers, and of combinators that compute elements from those of other tensors.
[<RequireQualifiedAccess>]
module internal CombinationEntries =
    let private integers =
        [ constant
              "permutation"
              "the numbers 0 to n - 1 of a tensor of n elements, in a random order"
              Spec.permutation
              _.IsPermutation
          entry
              "randint"
              [ "low", Some "0"; "high", None ]
              "whole numbers from low to high - 1, each equally likely (as NumPy)"
              (fun a -> Spec.randint (a.Whole "low") (a.Whole "high"))
              (function
               | Spec.Randint(low, high) -> Some [ "low", Value.Whole low; "high", Value.Whole high ]
               | _ -> None)
          entry
              "bernoulli"
              [ "p", Some "0.5" ]
              "1 with probability p, 0 otherwise"
              (fun a -> Spec.bernoulli (a.Number "p"))
              (function
               | Spec.Bernoulli p -> Some [ number "p" p ]
               | _ -> None) ]

    let private combinators =
        [ entry
              "sum"
              [ "parts", None ]
              "the sum of the parts, drawn independently: [identity, normal(stddev=0.01)]"
              (fun a -> Spec.sum (a.Specs "parts"))
              (function
               | Spec.Sum parts -> Some [ "parts", Value.Specs parts ]
               | _ -> None)
          entry
              "repeat"
              [ "axis", Some "0"; "times", None; innerSpec ]
              "each slice of inner, times over along an axis (as NumPy; Aitken et al. 2017)"
              (fun a -> Spec.repeat (a.Int "axis") (a.Whole "times") (a.Spec "inner"))
              (function
               | Spec.Repeat(axis, times, spec) ->
                   Some [ "axis", Value.Whole axis; "times", Value.Whole times; nested spec ]
               | _ -> None)
          entry
              "normalized"
              [ "axis", Some "-1"; innerSpec ]
              "inner, with vectors of length 1 along an axis"
              (fun a -> Spec.normalized (a.Int "axis") (a.Spec "inner"))
              (function
               | Spec.Normalized(axis, spec) -> Some [ "axis", Value.Whole axis; nested spec ]
               | _ -> None)
          entry
              "padding"
              [ "index", Some "0"; innerSpec ]
              "inner, with 0 in one row of the first axis (padding_idx of PyTorch's Embedding)"
              (fun a -> Spec.padding (a.Whole "index") (a.Spec "inner"))
              (function
               | Spec.Padding(index, spec) -> Some [ "index", Value.Whole index; nested spec ]
               | _ -> None) ]

    let all = integers @ combinators
