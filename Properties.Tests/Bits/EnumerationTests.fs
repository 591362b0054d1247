/// The shipped float32 normal and uniform over all 2^32 words: what the bit contract promises, without sampling error and
/// so without a false-alarm rate.
module Initializers.Properties.EnumerationTests

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

let private uniformBody low high =
    Draws.resolve (Spec.uniform low high) DType.Float32

/// What the contract promises of a standard normal's report over all words, as what is broken.
let private faults (report: Enumeration.Report) =
    let variance = report.MeanSquare - report.Mean * report.Mean

    [ if report.Decreases <> 0L then
          $"{report.Decreases} steps back, the first at word {report.FirstDecrease}"
      if not (report.Distance <= Math.ScaleB(1.0, -24)) then
          $"sup|F_n - F| = 2^{Math.Log2 report.Distance}"
      if not (report.Ulps <= 4.0) then
          $"{report.Ulps} ulp at word {report.UlpsAt}"
      if not (abs (variance - 1.0) <= 1.0e-7) then
          $"variance - 1 = {variance - 1.0}" ]

/// The same of a part of the words, which has no variance to speak of.
let private faultsOfPart report =
    faults report |> List.filter (fun fault -> not (fault.StartsWith "variance"))

type EnumerationTests(output: ITestOutputHelper) =

    let timed name work =
        let clock = Diagnostics.Stopwatch.StartNew()
        let result = work ()
        output.WriteLine $"{name}: {clock.Elapsed.TotalSeconds:F1} s"
        result

    let print (report: Enumeration.Report) =
        output.WriteLine
            $"{report.Distinct} distinct values in [{report.Least:R}, {report.Greatest:R}], {report.Decreases} steps back, sup|F_n - F| = 2^{Math.Log2 report.Distance:F4}"

    [<Fact>]
    member _.``the normal of all words does not decrease and is within 4 ulp, 2^-24 and 1e-7 of its law``() =
        let report =
            timed "scan" (fun () ->
                Enumeration.scan
                    (Enumeration.ofDraw (ElementDraw.Single(Draw.Normal(0.0f, 1.0f))))
                    (Some ClosedForms.normal)
                    0L
                    all)

        print report

        output.WriteLine
            $"mean {report.Mean:E3}, variance - 1 = {report.MeanSquare - report.Mean * report.Mean - 1.0:E3}, {report.Ulps:F4} ulp at word {report.UlpsAt}"

        Assert.Empty(faults report)
        Assert.Equal(NormalTable.reach, float report.Greatest)
        Assert.Equal(-NormalTable.reach, float report.Least)

    [<Fact>]
    member _.``the normal of a word's complement is its negation, for all words``() =
        let found =
            timed "scan" (fun () ->
                WordPasses.asymmetries (Enumeration.ofDraw (ElementDraw.Single(Draw.Normal(0.0f, 1.0f)))) 0L (all / 2L))

        Assert.Equal(0L, found)

    /// uniform(0, 1) and uniform(-1, 1) are on the page of guarantees.
    [<Theory; Trait("Category", "Long")>]
    [<InlineData(-0.1, 0.3)>]
    [<InlineData(1.0, 1.0000005)>]
    member _.``a uniform of all words does not decrease and stays strictly inside its interval``
        (low: float, high: float)
        =
        let report =
            timed "scan" (fun () -> Enumeration.scan (Enumeration.ofDraw (uniformBody low high)) None 0L all)

        output.WriteLine $"{report.Distinct} distinct values in [{report.Least:R}, {report.Greatest:R}]"
        Assert.Equal(0L, report.Decreases)
        Assert.True(float report.Least > low && float report.Greatest < high)

    // -----------------------------------------------------------------------------------------------------------
    // the checks themselves

    [<Fact>]
    member _.``the enumeration's distribution function has 13 digits``() =
        let mutable worst = 0.0

        for i in 1..2000 do
            // Quantiles of words all over, the far tails and the neighbourhood of the median included.
            let w =
                if i % 4 = 0 then uint32 i
                elif i % 4 = 1 then 0x80000000u - uint32 (i * i)
                else uint32 i * 2147483u

            let x = float (Reference.normal w)
            let struct (anchor, rest, density) = ClosedForms.normal x

            let exact =
                match anchor with
                | 0.0 -> StandardNormal.cdf x
                | 1.0 -> -StandardNormal.cdf -x
                | _ ->
                    // 1/2 - Phi(-|x|) loses digits, so next to the median it is the integral of the density by its
                    // series: x - x^3/6 + x^5/40 - ...
                    if abs x > 0.05 then
                        StandardNormal.cdf x - 0.5
                    else
                        let s = x * x

                        0.39894228040143267794
                        * x
                        * (1.0
                           - s / 6.0
                             * (1.0 - 3.0 * s / 20.0 * (1.0 - 5.0 * s / 42.0 * (1.0 - 7.0 * s / 72.0))))

            worst <- max worst (abs (rest - exact) / abs exact)

            Assert.True(
                abs (density - 0.39894228040143267794 * Exact.exp (-0.5 * x * x))
                <= 1.0e-13 * density
            )

        output.WriteLine $"relative difference from Exact: {worst:E2}"
        Assert.True(worst <= 1.0e-13)

    [<Fact>]
    member _.``the enumeration's ulp are those from the exact quantile``() =
        for w in
            [ 0u
              1u
              77u
              12345u
              0x00FFFFFFu
              0x1FFFFFFFu
              0x20000000u
              0x3FFFFFFFu
              0x40000000u
              0x70000001u ] do
            let single: Enumeration.Evaluator =
                fun p count q ->
                    for i in 0 .. count - 1 do
                        NativePtr.set q i (Reference.normal (NativePtr.get p i))

            let report =
                Enumeration.scan single (Some ClosedForms.normal) (int64 w) (int64 w + 1L)

            let z = Reference.normal w
            let exact = StandardNormal.quantile ((float w + 0.5) / 4294967296.0)
            let a = abs z
            let ulps = abs (float z - exact) / float (MathF.BitIncrement a - a)
            Assert.Equal(ulps, report.Ulps, 4)

/// The same checks on functions that are wrong in one way each: here the scalar lane with a modified table, since the
/// tiles' table cannot be changed.
type PlantedTests(output: ITestOutputHelper) =

    let withTable (change: float32[] -> unit) (work: Enumeration.Evaluator -> unit) =
        let coefficients = Array.copy NormalTable.coefficients
        change coefficients
        use pointer = fixed coefficients
        let table: PointerTable = { Base = pointer }

        work (fun p count q ->
            for i in 0 .. count - 1 do
                let z: Real1 =
                    Transforms.symmetricQuantile
                        (fun power e -> Word1.Lookup(table, power, e))
                        { U = NativePtr.get p i }

                NativePtr.set q i z.F)

    /// Moves coefficient `power` of an octave by some units in its last place.
    let nudge power octave units (coefficients: float32[]) =
        let i = power * 32 + octave

        coefficients[i] <- BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits coefficients[i] + units)

    // Around the seam of octaves 1 and 2, where m = 2^29.
    let first = (1L <<< 29) - (1L <<< 18)
    let last = (1L <<< 29) + (1L <<< 18)

    let faultsOf change =
        let mutable found = []

        withTable change (fun evaluate ->
            found <- faultsOfPart (Enumeration.scan evaluate (Some ClosedForms.normal) first last))

        output.WriteLine(String.concat "; " ("found" :: found))
        found

    [<Fact>]
    member _.``the right table passes on the part where wrong ones are tried``() = Assert.Empty(faultsOf ignore)

    [<Fact>]
    member _.``a coefficient that is off by 8 ulp is rejected``() =
        Assert.Contains(faultsOf (nudge 0 1 8), fun fault -> fault.Contains "ulp")

    [<Fact>]
    member _.``a step back at a seam is rejected``() =
        Assert.Contains(faultsOf (nudge 0 1 4), fun fault -> fault.Contains "steps back")

    [<Fact>]
    member _.``a table without the last power is rejected``() =
        let without (coefficients: float32[]) = coefficients[7 * 32 + 1] <- 0.0f
        Assert.NotEmpty(faultsOf without)

    [<Fact>]
    member _.``a NaN is rejected``() =
        Assert.NotEmpty(faultsOf (fun coefficients -> coefficients[3 * 32 + 2] <- nanf))

    [<Fact>]
    member _.``a standard deviation of 1 + 2^-20 is rejected by the distribution function``() =
        let report =
            Enumeration.scan
                (Enumeration.ofDraw (ElementDraw.Single(Draw.Normal(0.0f, 1.0f + 9.5367431640625e-07f))))
                (Some ClosedForms.normal)
                first
                last

        Assert.Contains(faultsOfPart report, fun fault -> fault.StartsWith "sup")

    [<Fact; Trait("Category", "Long")>]
    member _.``a standard deviation of 1 + 2^-23 is rejected by the variance of all words``() =
        let report =
            Enumeration.scan
                (Enumeration.ofDraw (ElementDraw.Single(Draw.Normal(0.0f, MathF.BitIncrement 1.0f))))
                None
                0L
                all

        Assert.Contains(faults report, fun fault -> fault.StartsWith "variance")

    [<Fact>]
    member _.``a value that forgets the word's side is rejected by the complements``() =
        let oneSided: Enumeration.Evaluator =
            fun p count q ->
                for i in 0 .. count - 1 do
                    NativePtr.set q i (abs (Reference.normal (NativePtr.get p i)))

        Assert.Equal(1000L, WordPasses.asymmetries oneSided 5000L 6000L)

    [<Fact>]
    member _.``a uniform that reaches its upper end is seen``() =
        // fma alone, without the clamp: (-0.1, 0.3) in float32 as a naive scale and shift would have it.
        let closed: Enumeration.Evaluator =
            fun p count q ->
                for i in 0 .. count - 1 do
                    let s = Reference.symmetric (NativePtr.get p i)
                    NativePtr.set q i (MathF.FusedMultiplyAdd(s, 2.5e-7f, 1.0000002f))

        let report = Enumeration.scan closed None (all - 4096L) all
        Assert.False(float report.Greatest < 1.0000002 + 2.5e-7)
