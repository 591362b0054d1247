/// The catalogue has an entry for every spec that texts can hold, and what an entry writes it reads back.
module Initializers.Properties.CatalogueTests

open Xunit
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.SpecGenerators
open Initializers.Properties.SpecTextTests

let private writersOf (entries: InitializerEntry list) spec =
    entries
    |> List.filter (fun entry -> (entry.Write spec).IsSome)
    |> List.map _.Info.Name

let private reads spec result =
    match result with
    | Ok read -> same read spec
    | Error _ -> false

/// Exactly one entry with all numbers writes the spec, and one preset at most, which comes first.
let private isWrittenOnce spec =
    match writersOf PresetEntries.all spec, writersOf (ElementEntries.all @ StructureEntries.all) spec with
    | [], [ name ]
    | [ name ], [ _ ] -> fst (Catalogue.written spec) = name
    | _ -> false

let private isReadBack spec =
    reads spec (SpecText.parse (SpecText.toText spec))
    && reads spec (SpecJson.parse (SpecJson.toJson spec))

[<Fact>]
let ``each case of the union is written by one entry, and read back equal from text and JSON`` () =
    for case in textCases do
        for spec in Gen.sample 50 (textSpecOf 1 case) do
            Assert.True(isWrittenOnce spec, $"{case.Name}: {SpecText.toText spec}")
            Assert.True(isReadBack spec, $"{case.Name}: {SpecText.toText spec}")

[<Properties(Arbitrary = [| typeof<SpecGenerators> |])>]
module Properties =
    [<Property(MaxTest = 1000)>]
    let ``a spec of any depth is read back equal from text and JSON`` (TextSpec spec) = isReadBack spec

    [<Property(MaxTest = 1000)>]
    let ``every spec inside a spec is written by one entry`` (TextSpec spec) =
        let rec all (spec: Spec) = spec :: List.collect all spec.Inner
        all spec |> List.forall isWrittenOnce

[<Fact>]
let ``a custom quantile is written by no entry, and its text is refused`` () =
    let spec = Spec.quantile "logit" (fun p -> log (p / (1.0 - p)))
    Assert.Empty(writersOf Catalogue.all spec)
    Assert.Equal<string list>([ "quantile-not-serializable" ], codes (SpecText.parse (SpecText.toText spec)))
    Assert.Equal<string list>([ "quantile-not-serializable" ], codes (SpecJson.parse (SpecJson.toJson spec)))
