/// Doctor compares tensors of dependent elements with their rules, part by part. Faults are planted at about the smallest size
/// that is found at the false-alarm rate of 1e-6 a file; n is that of the shapes. Seeds are fixed.
module Initializers.Properties.DoctorStructureTests

open System
open System.Text
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.DoctorModels

/// A tensor of each structure, with its rule.
let private rules: (string * int64 list * Spec) list =
    let normal = Spec.normal 0.0 0.02

    [ "unit", [ 400L; 64L ], Spec.normalized -1 (Spec.normal 0.0 1.0)
      "unit_columns", [ 64L; 400L ], Spec.normalized 0 (Spec.normal 0.0 1.0)
      "sparse", [ 200L; 150L ], Spec.sparse 0.3 normal
      "order", [ 1000L ], Spec.permutation
      "orthogonal", [ 96L; 64L ], Spec.orthogonal 2.0
      "wide", [ 40L; 90L ], Spec.orthogonal 1.0
      "delta", [ 32L; 24L; 3L; 3L ], Spec.deltaOrthogonal 1.0
      "stack", [ 300L; 100L ], Spec.stacked 0 [ 100L, normal; 200L, Spec.uniform -0.1 0.1 ]
      "icnr", [ 64L; 32L; 3L; 3L ], Spec.repeat 0 4L Spec.heNormal
      "padded", [ 500L; 64L ], Spec.padding 3L normal
      "masked", [ 900L; 2L; 2L ], Spec.mask [ 2L; 2L ] [ 1.0; 0.0; 1.0; 1.0 ] normal ]

let private recipe =
    let list =
        rules
        |> List.map (fun (name, _, spec) ->
            $"""{{"pattern": "{name}", "spec": {Json.quote (SpecText.toText spec)}, "layout": "oihw"}}""")

    $$"""{"rules": [{{String.Join(", ", list)}}]}"""

let private model (seed: uint64) : Planted list =
    [ for name, dims, spec in rules do
          let fan =
              if dims.Length < 2 then
                  Fan.Unknown
              else
                  Fan.From Layout.OutInSpatial

          { Entry = entry name dims (Storage.Float DType.Float32)
            Values = drawn spec fan dims (Seed.ofUInt64 seed |> Seed.child name) } ]

let private faults (tensors: Planted list) =
    withFiles [ "m.safetensors", bytesOf tensors; "r.json", Encoding.UTF8.GetBytes recipe ] (fun path ->
        (examined (words (path "m.safetensors") (path "r.json") null)).Faults)

[<Fact>]
let ``right composite tensors have no fault`` () =
    for seed in 1UL .. 20UL do
        Assert.Empty(faults (model seed))

let private scaled (first: int) (step: int) (count: int) (factor: float32) (values: float32[]) =
    for i in 0 .. count - 1 do
        values[first + i * step] <- factor * values[first + i * step]

    values

/// The tensor, what is wrong, the code, and a part of the message.
let private planted: (string * (float32[] -> float32[]) * string * string) list =
    [ // A norm is right within 1e-5.
      "unit", scaled (64 * 5) 1 64 1.00003f, "wrong-stddev", "Vector 5 has norm"
      "unit_columns", scaled 7 400 64 0.9999f, "wrong-stddev", "Vector 7 has norm"
      // Directions: 64 coordinates of each of 400 vectors, of which half have one sign.
      "unit",
      (fun values ->
          for row in 0..199 do
              for i in 64 * row .. 64 * row + 63 do
                  values[i] <- abs values[i]

          values),
      "wrong-distribution",
      "vectors"
      "sparse",
      (fun values ->
          values[Array.findIndex ((=) 0.0f) values] <- 0.01f
          values),
      "wrong-distribution",
      "the rule says 60 in each"
      // Five zeros more than 9000, in one row.
      "sparse",
      (fun values ->
          values
          |> Array.indexed
          |> Array.filter (fun (_, x) -> x <> 0.0f)
          |> Array.truncate 5
          |> Array.iter (fun (i, _) -> values[i] <- 0.0f)

          values),
      "wrong-distribution",
      "5 more elements"
      "sparse", scaled 0 1 30000 1.05f, "wrong-distribution", "stddev"
      "order", (fun values -> Array.updateAt 10 values[11] values), "wrong-numbers", "once"
      "order", Array.sort, "wrong-distribution", "follow their places"
      "orthogonal", scaled 3 64 96 1.001f, "wrong-distribution", "Column 3"
      "wide", scaled 90 1 90 0.999f, "wrong-distribution", "Row 1"
      "orthogonal",
      (fun values ->
          for row in 0..95 do
              values[64 * row + 1] <- values[64 * row]

          values),
      "wrong-distribution",
      "not orthogonal"
      // A standard error of 0.7 % of 10,000 normal elements, and a bound of about 7 of them.
      "stack", scaled 20000 1 10000 1.04f, "wrong-distribution", "of a part"
      "stack", scaled 0 1 10000 1.06f, "wrong-distribution", "stddev"
      "icnr", scaled 300 1 1 1.001f, "wrong-numbers", "repeats"
      "icnr", scaled 0 1 18432 1.10f, "wrong-distribution", "stddev"
      "padded", (fun values -> Array.updateAt (3 * 64 + 9) 0.001f values), "wrong-numbers", "instead of 0"
      "masked", (fun values -> Array.updateAt 1 0.001f values), "wrong-numbers", "instead of 0"
      "masked", scaled 0 1 3600 1.13f, "wrong-distribution", "stddev"
      "delta", (fun values -> Array.updateAt 0 0.001f values), "wrong-numbers", "instead of 0"
      // Output 2 of 32, at the centre.
      "delta", scaled (9 * 24 * 2 + 4) 9 24 1.05f, "wrong-distribution", "" ]

[<Fact>]
let ``planted faults of composite tensors are found, and nothing else`` () =
    for index, (name, change, code, part) in List.indexed planted do
        let found = model 3UL |> changed name change |> faults

        match
            found
            |> List.filter (fun f -> FindingKind.code f.Kind = code && f.Tensor = name)
        with
        | fault :: _ -> Assert.True(fault.Message.Contains part, $"{index} {name}: {fault.Message}")
        | [] -> Assert.Fail $"{index} {name}: %A{found}"

        Assert.All(found, fun fault -> Assert.Equal(name, fault.Tensor))
