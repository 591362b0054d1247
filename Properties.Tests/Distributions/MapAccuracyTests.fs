/// Distributions under monotone maps: against quantiles of 106 bits (quantiles/maps.txt, by tools/maps64.py), over all words
/// against distribution functions in closed form.
module Initializers.Properties.MapAccuracyTests

open System
open MathNet.Numerics
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Properties
open Initializers.Properties.Generators
open Initializers.Properties.MapTests

type Words(output: ITestOutputHelper) =
    let check spec law allowed first last =
        let report = FittedTests.scan output spec law first last
        Assert.True(report.Back <= 1.0, $"a step back of {report.Back} ulp")
        Assert.True(report.Error <= allowed, $"an error of {report.Error}")

    // Values reach 2.77, where half a last place is 1.2e-7; c0 and the result round by it each.
    let checkALog = check GoldenMaps.aLog ClosedForms.aLog 2.6e-7

    // Values reach 6.9.
    let checkDtBias = check GoldenMaps.dtBias ClosedForms.dtBias 5.2e-7

    [<Fact>]
    member _.``words of Mamba's two near the ends and the median keep their bounds``() =
        let all = FittedTests.all

        for first, last in [ FittedTests.around 0L; FittedTests.around (all / 2L); FittedTests.around all ] do
            checkALog first last
            checkDtBias first last

    [<Fact>]
    member _.``a table of another interval breaks the bound``() =
        let report =
            Enumeration.scan
                (Enumeration.ofSpec (Spec.log (Spec.uniform 1.0 16.0001)))
                (Some ClosedForms.aLog)
                (FittedTests.all / 2L)
                (FittedTests.all / 2L + (1L <<< 20))

        Assert.True(report.Error > 1.0e-6)

    [<Fact>]
    member _.``every float64 is within 1e-12 of its octave's largest value``() =
        for text, words in Precise.maps.Value do
            let evaluate = Float64Tests.evaluate (read text)
            let values = words |> Array.map fst |> evaluate

            // The ends of each word's octave, counted from the nearer end of the line.
            let largest =
                words
                |> Array.map (fun (word, _) ->
                    let n = min word ~~~word

                    let first =
                        if n = 0UL then
                            0UL
                        else
                            1UL <<< (63 - Numerics.BitOperations.LeadingZeroCount n)

                    let last = if n = 0UL then 0UL else 2UL * first - 1UL

                    let back n =
                        if word = ~~~(min word ~~~word) then ~~~n else n

                    evaluate [| back first; back last |] |> Array.map abs |> Array.max)

            let errors =
                Array.map3
                    (fun (word, exact: Precise.Pair) value largest ->
                        let miss = abs ((value - exact.Hi) - exact.Lo)
                        struct (miss / largest, miss / abs exact.Hi, word))
                    words
                    values
                    largest

            let struct (error, _, word) = errors |> Array.maxBy (fun (struct (e, _, _)) -> e)
            let struct (_, relative, _) = errors |> Array.maxBy (fun (struct (_, r, _)) -> r)
            output.WriteLine $"{text}: {words.Length} words, error {error:E3} at {word:x16}, relative {relative:E3}"
            Assert.True(error <= 1.0e-12, text)

    /// Against float64 tables, which the test above checks.
    [<Fact>]
    member _.``every float32 is within 1e-5 of its octave's largest value``() =
        for name, spec in GoldenMaps.elements do
            let single = Enumeration.ofSpec spec
            let double = Float64Tests.evaluate spec

            let words =
                [| for octave in 0..31 do
                       for i in 0u .. 63u do
                           let n = (0x80000000u >>> octave) + i * (0x2000000u >>> octave)
                           n
                           ~~~n |]

            let values = Array.zeroCreate<float32> words.Length
            use p = fixed words
            use q = fixed values
            single p words.Length q
            // The float64 word whose probability is that of the float32 word.
            let exact =
                words |> Array.map (fun w -> (uint64 w <<< 32) ||| 0x80000000UL) |> double

            let error =
                Array.zip3 words values exact
                |> Array.groupBy (fun (w, _, _) ->
                    w >= 0x80000000u, Numerics.BitOperations.LeadingZeroCount(min w ~~~w))
                |> Array.map (fun (_, points) ->
                    let largest = points |> Array.map (fun (_, _, x) -> abs x) |> Array.max

                    (points |> Array.map (fun (_, y, x) -> abs (float y - x)) |> Array.max)
                    / largest)
                |> Array.max

            output.WriteLine $"{name}: error {error:E3}"
            Assert.True(error <= 1.0e-5, name)

    [<Fact>]
    member _.``values lie strictly inside the support in every dtype, and none is infinite``() =
        for name, spec in GoldenMaps.elements do
            let struct (low, high) =
                (ok (Distribution.resolve spec Shape.scalar Fan.Unknown)).Support

            let clips = name.Contains "clip"

            for dtype in dtypes do
                let values = draw dtype spec [ 100_000L ]
                Assert.All(values, fun x -> Assert.True(Double.IsFinite x, $"{name} {dtype}"))

                if not clips then
                    Assert.All(values, fun x -> Assert.True(low < x && x < high, $"{name} {dtype}: {x}"))

    [<Fact>]
    member _.``log of a uniform from 0 has no infinity in 16 bits, at any word``() =
        for dtype in [ DType.BFloat16; DType.Float16 ] do
            match Draws.resolve (Spec.log (Spec.uniform 0.0 16.0)) dtype with
            | ElementDraw.Single(Draw.Quantile(table, location, scale, least, greatest)) ->
                Assert.Equal((0.0f, 1.0f), (location, scale))
                Assert.True(Single.IsFinite(QuantileTable.evaluate table 0u))
                Assert.True(float greatest < log 16.0 && Single.IsFinite least)
                Assert.True(float (QuantileTable.evaluate table 0u) > -21.0)
            | other -> Assert.Fail $"{other}"
