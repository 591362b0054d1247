/// What Doctor says without a recipe: which recipe a file follows and how probable that is, and which zeros are right.
module Initializers.Properties.DoctorGuessTests

open System
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.DoctorModels

/// A model of the library's, smaller.
let private gpt2 (seed: uint64) =
    let tensor = tensor seed

    [ tensor "wte.weight" [ 512L; 64L ] (Spec.normal 0.0 0.02)
      tensor "wpe.weight" [ 128L; 64L ] (Spec.normal 0.0 0.01)
      for i in 0..1 do
          tensor $"h.{i}.ln_1.weight" [ 64L ] Spec.ones
          tensor $"h.{i}.ln_1.bias" [ 64L ] Spec.zeros
          tensor $"h.{i}.attn.c_attn.weight" [ 64L; 192L ] (Spec.normal 0.0 0.02)
          tensor $"h.{i}.attn.c_attn.bias" [ 192L ] Spec.zeros
          tensor $"h.{i}.attn.c_proj.weight" [ 64L; 64L ] (Spec.normal 0.0 0.01)
          tensor $"h.{i}.attn.c_proj.bias" [ 64L ] Spec.zeros ]

[<Fact>]
let ``the recipe is guessed, and how sure it is`` () =
    match (report (gpt2 1UL)).Guess with
    | Some({ Next = Some next } as guess) ->
        Assert.Equal(("gpt2", 14, 14), (guess.Recipe, guess.Passed, guess.Tensors))
        Assert.True(next.Passed < 14)
        Assert.Equal((14 - next.Passed, 0), (next.OnlyFirst, next.OnlyNext))
        // A drawn kind tells it from the next: 171 to 1, and less for the other recipes.
        Assert.InRange(guess.Sureness, 0.97, 171.0 / 172.0)
        Assert.InRange(guess.Unknown, 0.0, 0.001)
    | guess -> Assert.Fail $"%A{guess}"

    // Without the tensors in which it differs, another recipe is as probable.
    let common =
        gpt2 1UL
        |> List.filter (fun t -> not (t.Entry.Name.StartsWith "wpe" || t.Entry.Name.Contains "c_proj"))

    match (report common).Guess with
    | Some guess -> Assert.InRange(guess.Sureness, 0.05, 0.5)
    | None -> Assert.Fail "no guess"

    // Of two kinds alone none of the recipes may be right.
    match (report [ tensor 1UL "wte.weight" [ 512L; 64L ] (Spec.normal 0.0 0.02) ]).Guess with
    | Some guess -> Assert.InRange(guess.Unknown, 0.005, 0.5)
    | None -> Assert.Fail "no guess"

    let other =
        [ for i in 0..3 -> tensor 1UL $"h.{i}.attn.weight" [ 64L; 64L ] (Spec.laplace 0.0 0.02) ]

    Assert.Equal(None, (report other).Guess)

/// Zeros that are no fault: those of rectified numbers, of sparse and pruned matrices, and of a table of sines.
[<Fact>]
let ``zeros that are spread over a tensor are no fault`` () =
    let random = Random 1

    let prune part (x: float32) =
        if random.NextDouble() < part then 0.0f else x

    let blocks (values: float32[]) =
        values |> Array.mapi (fun i x -> if i / 32 % 5 = 0 then 0.0f else x)

    let sines =
        Array.init (200 * 64) (fun i ->
            let angle = float (i / 64) / Math.Pow(10000.0, float (i % 32) / 32.0)
            float32 (if i % 64 < 32 then sin angle else cos angle))

    let table = tensor 1UL "positions.weight" [ 200L; 64L ] Spec.ones

    for change in
        [ Array.map (fun x -> max 0.0f x)
          Array.map (prune 0.5)
          // Runs of two and three by chance.
          Array.map (prune 0.03)
          blocks ] do
        let found = report (model 1UL |> changed "h.0.attn.weight" change)
        Assert.Empty(found.Findings |> List.filter (fun f -> f.Kind = FindingKind.NeverWritten))

    let found = report (model 1UL @ [ { table with Values = sines } ])

    Assert.Empty(found.Findings |> List.filter (fun f -> f.Kind = FindingKind.NeverWritten))
