/// The golden files against the core and against the reference. Nothing here writes them: that is Golden.Tool's work,
/// which a person runs.
module Initializers.Properties.GoldenTests

open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties

let private refBytes (case: Golden.Case) dtype offset count : byte[] =
    let law =
        match Plan.distribution case.Spec (Golden.shape case) case.Fan with
        | Ok law -> law
        | Error faults -> failwith $"{faults}"

    let seed = Golden.seed case

    if not (List.contains case Golden.cases) then
        let matrix dtype (seed: Seed) rows columns gain =
            ReferenceOrthogonal.patterns dtype seed.Key seed.Stream gain (int rows) (int columns)

        let size = DType.size dtype

        ReferenceComposite.tensor matrix law dtype seed (Golden.shape case).Length
        |> Array.skip (int offset)
        |> Array.truncate count
        |> Array.collect (fun bits -> (System.BitConverter.GetBytes bits)[.. size - 1])
    else
        Reference.bytes law dtype seed.Key seed.Stream offset count

[<Theory>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``the core gives the bits of the golden files`` (dtype: DType) =
    GoldenFile.same dtype (Golden.render dtype)

let private isReferences (dtype: DType) =
    let version, cases = Golden.read (GoldenFile.text dtype)
    Assert.Equal(1, version)
    Assert.Equal(List.length Golden.all, cases.Count)

    for case in Golden.all do
        use document = System.Text.Json.JsonDocument.Parse cases[case.Name]

        let lines (name: string) =
            [ for line in document.RootElement.GetProperty(name).EnumerateArray() -> string line ]

        for name, offset, count in Golden.excerpts case do
            Assert.Equal<string * string list>(
                (case.Name, lines name),
                (case.Name, Golden.hex dtype (refBytes case dtype offset count))
            )

        let length = int (min (Golden.shape case).Length (int64 Golden.digested))

        Assert.Equal(
            string (document.RootElement.GetProperty(Golden.digestName case)),
            Golden.digest (refBytes case dtype 0L length)
        )

[<Theory>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float64)>]
let ``the reference gives the bits of the golden files`` (dtype: DType) = isReferences dtype

/// Its narrowing looks for the nearest value, and takes its time.
[<Theory; Trait("Category", "Long")>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
let ``the reference gives the bits of the golden files of 16 bits`` (dtype: DType) = isReferences dtype

[<Fact>]
let ``golden files are of the core's version of the bit contract`` () =
    for dtype in Golden.dtypes do
        Assert.Equal(Plan.bitsVersion, fst (Golden.read (GoldenFile.text dtype)))

[<Fact>]
let ``golden cases have distinct names and tell specs apart`` () =
    let names = Golden.all |> List.map _.Name
    Assert.Equal(names.Length, (List.distinct names).Length)

    // Equal digests only where the spec fills with one value, or rounds to one.
    let digests =
        Golden.cases
        |> List.map (fun case -> case.Name, Golden.digest (Golden.bytes case DType.Float32 0L 1024))
        |> List.groupBy snd
        |> List.filter (fun (_, group) -> group.Length > 1)

    Assert.Empty digests
