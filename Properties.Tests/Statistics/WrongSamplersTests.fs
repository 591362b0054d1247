/// Each check against each wrong sampler.
module Initializers.Properties.WrongSamplersTests

open System
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.WrongSamplers

let private rejecting (run: unit -> (string * Verdict) list) =
    run () |> List.filter (fun (_, v) -> not v.Accepts)

type WrongSamplersTests(output: ITestOutputHelper) =

    let table name =
        let kinds =
            (List.find (fst >> (=) name) (tables @ IntegerSamplers.tables) |> snd).Value

        let rows =
            [ for kind in kinds do
                  for wrong, run in kind.Wrong do
                      kind.Name, wrong, rejecting run |> List.map fst ]

        for kind, wrong, by in rows do
            let by = if by.IsEmpty then "NONE" else String.Join("; ", by)
            output.WriteLine $"| {kind} | {wrong} | {by} |"

        Assert.Empty(rows |> List.filter (fun (_, _, by) -> by.IsEmpty))

        let checks = kinds |> List.collect _.Checks |> List.distinct

        Assert.Empty(
            checks
            |> List.filter (fun check -> rows |> List.forall (fun (_, _, by) -> not (List.contains check by)))
        )

        Assert.Empty(
            [ for kind in kinds do
                  for shipped, run in kind.Shipped do
                      for check, verdict in rejecting run do
                          $"{kind.Name}, {shipped}: {check}: {verdict}" ]
        )

    [<Theory; Trait("Category", "Long")>]
    [<InlineData "elements">]
    [<InlineData "orthogonal">]
    [<InlineData "sparse">]
    member _.``every wrong sampler is rejected, every check rejects, and no check rejects what is shipped``
        (name: string)
        =
        table name

    [<Theory>]
    [<InlineData "integers">]
    [<InlineData "orders">]
    member _.``every wrong sampler of whole numbers is rejected, and no check rejects what is shipped``(name: string) =
        table name

    /// n = 2 10^7.
    [<Fact; Trait("Category", "Long")>]
    member _.``bfloat16's mean and variance are unbiased, and those of directed roundings are not``() = table "rounding"

    /// n = 10^7, a verdict for each of 12 tensors.
    [<Fact>]
    member _.``means of 10^7 values of 16 bits are unbiased``() =
        for dtype in [ DType.BFloat16; DType.Float16 ] do
            for spec in
                [ Spec.normal 0.0 0.02
                  Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))
                  Spec.uniform -0.05 0.05
                  Spec.uniform 0.0 1.0 ] do
                let law = promise dtype spec Fan.Unknown
                let sample = shipped dtype spec Fan.Unknown 10_000_000 (seedOf 20262UL)
                let verdict = Checks.mean.Run law sample [||]
                output.WriteLine $"{dtype} {SpecText.toText spec}: {verdict}"
                Assert.True(verdict.Accepts, $"{dtype} {SpecText.toText spec}: {verdict}")
