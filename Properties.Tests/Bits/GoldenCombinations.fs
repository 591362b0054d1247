/// Golden cases of sums, repeats, unit vectors, padding, whole numbers and infinite constants.
[<RequireQualifiedAccess>]
module Initializers.Properties.GoldenCombinations

open Initializers
open Initializers.FSharp

let all: (string * Spec * int64 list * Fan) list =
    let plain name spec dims = name, spec, dims, Fan.Unknown

    let oihw name spec dims =
        name, spec, dims, Fan.From Layout.OutInSpatial

    [ plain "literal over leading axes" (Spec.literal [ 3L ] [ 0.1; 2.0; -3.5 ]) [ 5L; 3L ]
      plain "negative infinity" (Spec.constant -infinity) [ 2L; 3L ]
      plain
          "stacked with infinity"
          (Spec.stacked 0 [ 2L, Spec.constant infinity; 3L, Spec.normal 0.0 1.0 ]
           |> Spec.scale -2.0)
          [ 5L; 3L ]
      plain "sum" (Spec.sum [ Spec.identity 1.0; Spec.normal 0.0 0.01 ]) [ 40L; 30L ]
      plain
          "sum of sums"
          (Spec.sum
              [ Spec.sum [ Spec.orthogonal 1.0; Spec.uniform -0.1 0.1 ] |> Spec.scale 0.5
                Spec.laplace 0.0 0.1
                Spec.bernoulli 0.25 ]
           |> Spec.clip -1.0 1.0)
          [ 24L; 24L ]
      plain
          "stacked sums"
          (Spec.stacked
              -1
              [ 5L, Spec.sum [ Spec.normal 0.0 1.0; Spec.ones ]
                3L, Spec.sum [ Spec.ones; Spec.normal 0.0 1.0 ] ])
          [ 9L; 8L ]
      oihw "repeat" (Spec.heNormal |> Spec.repeat 0 4L) [ 16L; 3L; 3L; 3L ]
      plain "repeat of a matrix" (Spec.orthogonal 1.0 |> Spec.repeat -1 2L |> Spec.shift 0.5) [ 12L; 24L ]
      plain "repeat batched" (Spec.normal 0.0 1.0 |> Spec.repeat 0 2L |> Spec.batched 1) [ 3L; 6L; 5L ]
      plain "normalized" (Spec.normal 0.0 1.0 |> Spec.normalized -1) [ 30L; 40L ]
      plain "normalized columns" (Spec.uniform 0.0 1.0 |> Spec.normalized 0 |> Spec.scale 0.01) [ 30L; 40L ]
      plain "padding" (Spec.normal 0.0 1.0 |> Spec.padding -1L) [ 20L; 16L ]
      plain "padding of a matrix" (Spec.orthogonal 1.0 |> Spec.padding 3L) [ 20L; 16L ]
      plain "randint" (Spec.randint -100L 157L) [ 33L; 65L ]
      plain "randint scaled" (Spec.randint 0L 9007199254740992L |> Spec.scale 1.0e-16) [ 33L; 65L ]
      plain "bernoulli" (Spec.bernoulli 0.1) [ 33L; 65L ]
      plain "permutation" Spec.permutation [ 16L; 16L ]
      plain "permutation of many" (Spec.permutation |> Spec.scale 1.0e-5) [ 300L; 333L ]
      plain "permutation batched" (Spec.permutation |> Spec.batched 1) [ 5L; 7L ] ]
