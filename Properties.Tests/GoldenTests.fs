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
    Reference.bytes law dtype seed.Key seed.Stream offset count

[<Theory>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``the core gives the bits of the golden files`` (dtype: DType) =
    GoldenFile.same dtype (Golden.render dtype)

[<Theory>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``the reference gives the bits of the golden files`` (dtype: DType) =
    let version, cases = Golden.read (GoldenFile.text dtype)
    Assert.Equal(1, version)
    Assert.Equal(List.length Golden.cases, cases.Count)

    for case in Golden.cases do
        use document = System.Text.Json.JsonDocument.Parse cases[case.Name]

        let lines (name: string) =
            [ for line in document.RootElement.GetProperty(name).EnumerateArray() -> string line ]

        let start = refBytes case dtype 0L Golden.digested

        Assert.Equal<string list>(
            lines "elements from 0",
            Golden.hex dtype start[.. Golden.shown * DType.size dtype - 1]
        )

        Assert.Equal<string list>(
            lines "elements from 2^33",
            Golden.hex dtype (refBytes case dtype Golden.farOffset Golden.farShown)
        )

        Assert.Equal(string (document.RootElement.GetProperty "sha256 of elements 0 to 2^20"), Golden.digest start)

[<Fact>]
let ``golden files are of the core's version of the bit contract`` () =
    for dtype in Golden.dtypes do
        Assert.Equal(Plan.bitsVersion, fst (Golden.read (GoldenFile.text dtype)))

[<Fact>]
let ``golden cases have names of their own and tell specs apart`` () =
    let names = Golden.cases |> List.map _.Name
    Assert.Equal(names.Length, (List.distinct names).Length)

    // Equal digests only where the spec fills with one value, or rounds to one.
    let digests =
        Golden.cases
        |> List.map (fun case -> case.Name, Golden.digest (Golden.bytes case DType.Float32 0L 1024))
        |> List.groupBy snd
        |> List.filter (fun (_, group) -> group.Length > 1)

    Assert.Empty digests
