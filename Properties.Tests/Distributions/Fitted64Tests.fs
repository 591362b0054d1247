/// Laws by fitted tables in float64, against quantiles of 106 bits (quantiles/laws.txt, by tools/laws64.py), and a caller's
/// own quantile.
module Initializers.Properties.Fitted64Tests

open System
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Properties

let private get result =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

/// The distributions of the committed table, each with its bound: the largest error, relative where the quantile exceeds 1 (in a
/// truncation's standard deviations) and absolute below, and the spec that draws it with location 0 and scale 1.
let private laws: (string * StandardForm * Spec * float) list =
    let triangular mode bound =
        $"triangular_%.1f{mode}", StandardForm.Triangular mode, Spec.triangular -mode 0.0 (1.0 - mode), bound

    let truncated name lower upper bound =
        $"truncated_{name}",
        StandardForm.TruncatedNormal(lower, upper),
        Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(lower, upper)),
        bound

    [ "logistic", StandardForm.Family Families.logistic, Spec.logistic 0.0 1.0, 1.0e-14
      "laplace", StandardForm.Family Families.laplace, Spec.laplace 0.0 1.0, 1.0e-14
      "gumbel", StandardForm.Family Families.gumbel, Spec.gumbel 0.0 1.0, 1.0e-14
      // Two poles: what is left of a polynomial of degree 17 through 1/t.
      "cauchy", StandardForm.Family Families.cauchy, Spec.cauchy 0.0 1.0, 1.0e-13
      "exponential", StandardForm.Family Families.exponential, Spec.exponential 0.0 1.0, 1.0e-14
      triangular 0.0 1.0e-14
      triangular 0.3 1.0e-14
      triangular 0.5 1.0e-14
      triangular 0.9 1.0e-14
      triangular 1.0 1.0e-14
      truncated "-2.0_2.0" -2.0 2.0 1.0e-14
      truncated "-100.0_100.0" -100.0 100.0 1.0e-14
      truncated "-1.0_inf" -1.0 infinity 1.0e-14
      truncated "-5.0_5.01" -5.0 5.01 1.0e-14
      truncated "-3.0_-1.0" -3.0 -1.0 1.0e-14
      truncated "0.1_0.11" 0.1 0.11 1.0e-14
      truncated "5.25_inf" 5.25 infinity 1.0e-14
      truncated "13.0_inf" 13.0 infinity 1.0e-14
      truncated "30.0_inf" 30.0 infinity 1.0e-14 ]

/// The tables of those laws, and of far tails counted from their near end.
let private tables: (string * StandardForm * float) list =
    [ for name, standard, _, bound in laws do
          name, standard, bound
      "tail_40.0_inf", StandardForm.TailAbove(40.0, infinity), 1.0e-14
      "tail_1000.0_5.0", StandardForm.TailAbove(1000.0, 5.0), 1.0e-14 ]

let private table standard = get (StandardForm.table64 standard)

type Words(output: ITestOutputHelper) =
    [<Fact>]
    member _.``every fitted law is within its bound of the committed table``() =
        let reference = Precise.laws.Value
        Assert.Equal<string list>(tables |> List.map (fun (name, _, _) -> name), reference |> List.map fst)

        for (name, standard, bound), (_, words) in List.zip tables reference do
            let table = table standard

            let errors =
                words
                |> Array.map (fun (word, exact) ->
                    let miss = abs ((QuantileTable64.evaluate table word - exact.Hi) - exact.Lo)
                    struct (miss / max 1.0 (abs exact.Hi), miss / abs exact.Hi, word))

            let struct (error, _, word) = errors |> Array.maxBy (fun (struct (e, _, _)) -> e)
            let struct (_, relative, _) = errors |> Array.maxBy (fun (struct (_, r, _)) -> r)
            output.WriteLine $"{name}: {words.Length} words, error {error:E3} at {word:x16}, relative {relative:E3}"
            Assert.True(error <= bound, name)

    [<Fact; Trait("Category", "Long")>]
    member _.``words in order step back by the rounding of a standard deviation at most``() =
        let words =
            Array.concat [ Float64Tests.random 100_000; Float64Tests.tails 100_000; Float64Tests.seams ]

        for name, standard, _ in tables do
            let table = table standard

            let seams =
                if table.IsSymmetric then
                    [||]
                else
                    [| for step in 0UL .. 3UL -> table.Split - 2UL + step |]

            let words = Array.append words seams |> Array.sort
            let values = words |> Array.map (QuantileTable64.evaluate table)

            let backs = Array.pairwise values |> Array.filter (fun (x, y) -> x > y)

            output.WriteLine $"{name}: {backs.Length} steps back of {words.Length}"

            for x, y in backs do
                // A last place of 1 or of the value, which is what fits to float64 quantiles leave.
                Assert.True(x - y <= Math.ScaleB(max 1.0 (abs x), -52), $"{name}: {x:R} before {y:R}")

    [<Fact>]
    member _.``adjacent words where slots meet are in order``() =
        for name, standard, _ in tables do
            let table = table standard

            for boundary in 1..63 do
                for below in [ (1UL <<< boundary) - 1UL; ~~~(1UL <<< boundary) ] do
                    let x = QuantileTable64.evaluate table below
                    let y = QuantileTable64.evaluate table (below + 1UL)
                    Assert.True(x <= y, $"{name}: {below:x16}")

    [<Fact>]
    member _.``a symmetric law of a word's complement is its negation``() =
        for standard in
            [ StandardForm.Family Families.logistic
              StandardForm.Family Families.laplace
              StandardForm.Triangular 0.5
              StandardForm.TruncatedNormal(-2.0, 2.0)
              StandardForm.TruncatedNormal(-100.0, 100.0) ] do
            let table = table standard

            for word in Array.append (Float64Tests.random 10_000) Float64Tests.seams do
                Assert.Equal(-(QuantileTable64.evaluate table word), QuantileTable64.evaluate table ~~~word)

    [<Fact>]
    member _.``a fitted law's values lie inside its interval, whatever the word``() =
        let words = Array.append (Float64Tests.tails 10_000) Float64Tests.seams

        for lower, upper in [ -2.0, 2.0; 0.1, 0.11; 5.25, 5.3; -3.0, -1.0 ] do
            let values =
                Float64Tests.evaluate (Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(lower, upper))) words

            Assert.All(values, fun x -> Assert.True(lower < x && x < upper))

        for mode in [ 0.0; 0.3; 1.0 ] do
            let values = Float64Tests.evaluate (Spec.triangular 0.0 mode 1.0) words
            Assert.All(values, fun x -> Assert.True(0.0 < x && x < 1.0))

    [<Fact>]
    member _.``a float64 is its float32 with more digits in every distribution``() =
        let words = Float64Tests.random 100_000

        for name, standard, spec, _ in laws do
            let narrow = get (StandardForm.table standard)
            let wide = Float64Tests.evaluate spec words
            // The quantile at both ends of the float32's cell, which the float64 lies between.
            let law = StandardForm.quantile standard

            for i in 0..97 .. words.Length - 1 do
                let w = words[i] >>> 32
                let low = Math.ScaleB(float w, -32)
                let high = Math.ScaleB(float w + 1.0, -32)

                let at p =
                    if p <= 0.0 then -infinity
                    elif p >= 1.0 then infinity
                    else law.Quantile p

                let slack = 1.0e-13 * max 1.0 (abs wide[i])
                Assert.True(wide[i] >= at low - slack && wide[i] <= at high + slack, $"{name}: {words[i]:x16}")

            let far =
                Seq.zip words wide
                |> Seq.map (fun (w, x) ->
                    abs (x - float (QuantileTable.evaluate narrow (uint32 (w >>> 32))))
                    / max 1.0 (abs x))
                |> Seq.sort
                |> Seq.item (words.Length * 99 / 100)

            // A float32 table has less of a pole.
            let allowed = if name = "cauchy" then 5.0e-6 else 1.0e-6
            Assert.True(far < allowed, $"{name}: {far}")

    [<Fact>]
    member _.``a fit ends whatever the bounds are``() =
        for lower, upper in TruncatedTests.hardBounds do
            let clock = Diagnostics.Stopwatch.StartNew()
            let table = QuantileTable64.fit (TruncatedNormal.quantile lower upper)
            output.WriteLine $"[{lower}, {upper}]: {clock.ElapsedMilliseconds} ms"
            Assert.Equal((if table.IsSymmetric then 1152 else 2304), table.Coefficients.Length)

    [<Fact; Trait("Category", "Long")>]
    member _.``slots meet in order wherever in them 0 lies``() =
        for upper in [ 0.7; infinity ] do
            for power in 1..13..60 do
                for part in [ 1.0; 1.3; 1.7 ] do
                    let table =
                        QuantileTable64.fit (TruncatedNormal.quantile (Math.ScaleB(-part, -power)) upper)

                    for boundary in 1..63 do
                        for below in [ (1UL <<< boundary) - 1UL; ~~~(1UL <<< boundary) ] do
                            let x = QuantileTable64.evaluate table below
                            let y = QuantileTable64.evaluate table (below + 1UL)
                            Assert.True(x <= y, $"{power} {part}: {below}")

let private resolve spec =
    Plan.resolve spec Shape.scalar Fan.Unknown DType.Float64

let private codes spec =
    match resolve spec with
    | Ok _ -> []
    | Error faults -> faults |> List.map InitError.code

type Own(output: ITestOutputHelper) =
    [<Fact>]
    member _.``quantiles that keep their digits at both ends are taken, and their words are the function's``() =
        for name, f, upper in
            [ "exponential",
              (fun p ->
                  if p < 1.0e-3 then
                      p + p * p / 2.0 + p * p * p / 3.0 + p * p * p * p / 4.0 + p ** 5.0 / 5.0
                  else
                      -(log (1.0 - p))),
              Some(fun t -> -(log t))
              "cauchy", (fun p -> -1.0 / tan (Math.PI * p)), Some(fun t -> 1.0 / tan (Math.PI * t))
              "logistic", (fun p -> log (p / (1.0 - p))), Some(fun t -> log ((1.0 - t) / t))
              "arcsine", (fun p -> sin (Math.PI * p / 2.0) ** 2.0), None
              "affine", (fun p -> 3.0 * p - 7.0), None
              "one value", (fun _ -> 2.5), None ] do
            let spec =
                match upper with
                | None -> Spec.quantile name f
                | Some g -> Spec.quantileFromEnds name f g

            match resolve spec with
            | Error faults -> Assert.Fail $"{name}: {faults |> List.map InitError.message}"
            | Ok _ ->
                let words = Float64Tests.random 4096
                let values = Float64Tests.evaluate spec words
                let usual = max (abs (f 0.25)) (abs (f 0.75))
                let mutable worst = 0.0

                for w, x in Seq.zip words values do
                    let exact =
                        match upper with
                        | Some g when w >= 0x8000000000000000UL -> g (Math.ScaleB(float ~~~w + 0.5, -64))
                        | _ -> f (Math.ScaleB(float w + 0.5, -64))

                    worst <- max worst (abs (x - exact) / max (abs exact) usual)
                    Assert.True(worst <= 1.0e-12, $"{name} at {w:x16}: {x}, {exact}")

                output.WriteLine $"{name}: error {worst:E3}"

    [<Fact>]
    member _.``what is no smooth quantile in float64 is refused with what was found``() =
        for name, f, code in
            [ "jump", (fun p -> if p < 0.3 then 0.0 else 1.0), "quantile-not-smooth"
              "kink", (fun p -> max p 0.3), "quantile-not-smooth"
              // A kink too small for float32's check.
              "fine kink", (fun p -> p + 1.0e-8 * max p 0.3), "quantile-not-smooth"
              // Digits of float32 alone.
              "single", (fun p -> float (float32 p)), "quantile-not-smooth"
              // 1 - p is 0 from 2^-54 on.
              "exponential from one end", (fun p -> -(log (1.0 - p))), "quantile-undefined"
              "decreasing", (fun p -> -p), "quantile-decreases"
              "infinite", (fun p -> if p > 0.999 then infinity else p), "quantile-undefined" ] do
            let found = codes (Spec.quantile name f)
            Assert.Equal<string list>([ code ], found)

    [<Fact>]
    member _.``the measured error is reported with float64's bound``() =
        match resolve (Spec.quantile "kink" (fun p -> max p 0.3)) with
        | Error [ InitError.QuantileNotSmooth("kink", p, error, allowed) ] ->
            Assert.InRange(p, 0.25, 0.5)
            Assert.InRange(error, 1.0e-4, 0.1)
            Assert.Equal(1.0e-12, allowed)
        | other -> Assert.Fail $"{other}"
