/// Truncated normals by fitted tables, over all 2^32 words: the bounds of the contract, without sampling error.
module Initializers.Properties.TruncatedTests

open System
open MathNet.Numerics
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties

let private all = 1L <<< 32

let private evaluator lower upper : Enumeration.Evaluator =
    Enumeration.ofSpec (Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(lower, upper)))

/// Bounds that a fit might never be done with.
let hardBounds =
    [ -5.65e-200, 0.0094
      -1.0e-300, 1.0e-300
      -1.0e300, 1.0e-10
      -infinity, -1.0e150
      1.0e150, 1.0e151
      -1.0e-310, 5.0
      1.0e-45, 2.0e-45 ]

type TruncatedTests(output: ITestOutputHelper) =
    let check (lower: float) (upper: float) =
        let report =
            Enumeration.scan (evaluator lower upper) (Some(ClosedForms.truncatedNormal lower upper)) 0L all

        output.WriteLine
            $"[{lower}, {upper}]: {report.Distinct} runs in [{report.Least:R}, {report.Greatest:R}], {report.Decreases} steps back of at most {report.Back} ulp (the first at word {report.FirstDecrease}), {report.Ulps:F3} ulp, error {report.Error:E3}, sup|F_n - F| = 2^{Math.Log2 report.Distance:F3}"

        Assert.True(float report.Least > lower && float report.Greatest < upper, "outside its interval")
        Assert.True(report.Back <= 1.0, $"a step back of {report.Back} ulp")

        if lower > 0.0 || upper < 0.0 then
            Assert.True(report.Ulps <= 2.0, $"{report.Ulps} ulp at word {report.UlpsAt}")
        else
            // c0 and the result are each rounded to a last place of 2^-21 where |z| is in [4, 8), which is 4.77e-7 in all.
            Assert.True(report.Error <= 5.0e-7, $"an error of {report.Error}")

    [<Theory; Trait("Category", "Long")>]
    [<InlineData(10.0, Double.PositiveInfinity)>]
    [<InlineData(13.0, Double.PositiveInfinity)>]
    member _.``a far tail of all words keeps the contract's bounds``(lower: float, upper: float) = check lower upper

    [<Theory>]
    [<InlineData(-2.0, 2.0)>]
    [<InlineData(-100.0, 100.0)>]
    member _.``a symmetric truncated normal of a word's complement is its negation``(lower: float, upper: float) =
        Assert.Equal(0L, WordPasses.asymmetries (evaluator lower upper) 0L (all / 8L))

    [<Fact>]
    member _.``a fit ends whatever the bounds are``() =
        for lower, upper in hardBounds do
            let clock = Diagnostics.Stopwatch.StartNew()
            let table = QuantileTable.fit (TruncatedNormal.quantile lower upper)
            output.WriteLine $"[{lower}, {upper}]: {clock.ElapsedMilliseconds} ms"
            Assert.Equal((if table.IsSymmetric then 256 else 512), table.Coefficients.Length)

    [<Fact; Trait("Category", "Long")>]
    member _.``slots meet within a last place wherever in them 0 lies``() =
        let lastPlace (x: float32) =
            float (MathF.BitIncrement(abs x) - abs x)

        for upper in [ 0.7; 3.0; infinity ] do
            for power in 1..40 do
                for part in [ 1.0; 1.3; 1.7 ] do
                    let table =
                        QuantileTable.fit (TruncatedNormal.quantile (Math.ScaleB(-part, -power)) upper)

                    for boundary in 1..31 do
                        // The words on both sides of a seam of the lower side, and those of the upper side.
                        for below in [ (1u <<< boundary) - 1u; ~~~(1u <<< boundary) ] do
                            let x = QuantileTable.evaluate table below
                            let y = QuantileTable.evaluate table (below + 1u)

                            Assert.True(
                                float x - float y <= min (lastPlace x) (lastPlace y),
                                $"{power} {part}: {below}"
                            )

    [<Fact>]
    member _.``a tail is within 2 ulp of its quantile, and every other interval within 5e-7``() =
        let sample lower upper =
            [ 0L; all / 4L; all / 2L - 32768L; 3L * (all / 4L); all - 65536L ]
            |> List.map (fun first ->
                Enumeration.scan
                    (evaluator lower upper)
                    (Some(ClosedForms.truncatedNormal lower upper))
                    first
                    (first + 65536L))

        for near in [ 2.0; 2.25; 2.5; 3.0; 3.75; 4.5; 7.5; 20.0 ] do
            for far in [ near + 0.1; near + 0.7; near + 3.0; infinity ] do
                for report in sample near far do
                    Assert.True(report.Ulps <= 2.0, $"[{near}, {far}]: {report.Ulps} ulp at word {report.UlpsAt}")

        for near in [ 0.0; 1.0e-6; 0.01; 0.05; 0.3; 0.5; 1.0; 1.5 ] do
            for far in [ near + 0.7; near + 3.7; infinity ] do
                for report in sample near far do
                    Assert.True(report.Error <= 5.0e-7, $"[{near}, {far}]: an error of {report.Error}")

    [<Fact>]
    member _.``a distribution far out agrees with both of its formulas``() =
        for near in [ 32.0; 40.0; 100.0 ] do
            for width in [ 0.001; 1.0; 8.0; infinity ] do
                let upper = near + width / near
                let distance = near * (upper - near)

                let counted, computed =
                    TruncatedNormal.quantile near upper, TruncatedNormal.farQuantile near distance

                for side in 0..1 do
                    for t in [ 0.5; 0.3; 0.1; 1.0e-3; 1.0e-6 ] do
                        let expected = near * (counted.At(side, t) - near)
                        let actual = computed.At(side, t)
                        // A value near 100 is known to 1.4e-14, so its distance times 100 to some 1e-12.
                        Assert.True(
                            abs (expected - actual) < 4.0e-12,
                            $"{near} {width} {side} {t}: {expected} {actual}"
                        )

                        let p = if side = 0 then t else 1.0 - t
                        Assert.Equal(p, TruncatedNormal.farCdf near distance actual, 12)

    /// Beyond a = 1000 standard deviations d = a (z - a) is l - (l + l^2/2)/a^2 + O(a^-4), l = -log of the part of the tail
    /// that is left. Degree 7 follows a logarithm over an octave to some 3e-7.
    [<Fact>]
    member _.``an interval far from the mean has digits relative to its width``() =
        let words = 1L <<< 16

        let draw dtype spec : Tensor =
            match
                Shape.ofList [ words ]
                |> Result.bind (fun shape ->
                    Initialize.tensor { Device = Device.Cpu; DType = dtype } shape Fan.Unknown (Seed.ofUInt64 1UL) spec)
            with
            | Ok tensor -> tensor
            | Error faults -> failwith $"{faults}"

        let stream = Array.zeroCreate<uint32>(int words)
        Assert.True(Initialize.words (Span stream, 0L, Seed.ofUInt64 1UL) |> Result.isOk)

        let expected word =
            let l = -log((4294967295.0 - float word + 0.5) / 4294967296.0)
            l - (l + 0.5 * l * l) * 1.0e-6

        use above =
            draw DType.Float32 (Spec.truncatedNormal -1.0e6 1.0e3 (Bounds.Absolute(0.0, infinity)))

        for word, x in Array.zip stream (above.ToArray<float32>()) do
            Assert.True(abs (float x - expected word) < 6.0e-7 * max 1.0 (expected word), $"{word}: {x}")

        use below =
            draw DType.Float32 (Spec.truncatedNormal 1.0e6 1.0e3 (Bounds.Absolute(-infinity, 0.0)))

        for word, x in Array.zip stream (below.ToArray<float32>()) do
            Assert.True(abs (float x + expected ~~~word) < 6.0e-7 * max 1.0 (expected ~~~word), $"{word}: {x}")

        use wide =
            draw DType.Float64 (Spec.truncatedNormal -1.0e6 1.0e3 (Bounds.Absolute(0.0, infinity)))

        for word, x in Array.zip stream (wide.ToArray<float>()) do
            // A float64 lies in the cell of its word.
            let near, far = expected (word - 1u), expected (word + 1u)
            Assert.True(word - 1u > 0xFFFFFFF0u || near < x && x < far, $"{word}: {x}")

        // Where the whole interval lies in one of its last places at the mean.
        use edge =
            draw DType.Float32 (Spec.truncatedNormal 1.0e10 1.0 (Bounds.Absolute(0.0, 1.0)))

        Assert.All(edge.ToArray<float32>(), (fun x -> Assert.Equal(1.0f, x, 6)))

    [<Fact>]
    member _.``a table of another interval breaks the bounds``() =
        // 2.001 for 2: the sort of mistake that a histogram does not show.
        let report =
            Enumeration.scan
                (evaluator -2.001 2.0)
                (Some(ClosedForms.truncatedNormal -2.0 2.0))
                (all / 2L)
                (all / 2L + 4194304L)

        Assert.True(report.Error > 1.0e-6)

    [<Fact>]
    member _.``the moments are those of the closed form``() =
        for lower, upper in [ -2.0, 2.0; -1.0, 3.0; 0.5, 2.5; -infinity, 1.0 ] do
            let mass = 1.0 - ClosedForms.tail -lower - ClosedForms.tail upper

            let edge x =
                if Double.IsInfinity x then 0.0 else x * ClosedForms.phi x

            let density x =
                if Double.IsInfinity x then 0.0 else ClosedForms.phi x

            let mean = (density lower - density upper) / mass
            let variance = 1.0 + (edge lower - edge upper) / mass - mean * mean

            let struct (m, v, _) =
                StandardForm.moments (StandardForm.TruncatedNormal(lower, upper))

            Assert.Equal(mean, m, 10)
            Assert.Equal(variance, v, 10)

        let struct (_, variance, _) =
            StandardForm.moments (StandardForm.TruncatedNormal(-2.0, 2.0))

        Assert.Equal(0.87962566103423978, sqrt variance, 11)
