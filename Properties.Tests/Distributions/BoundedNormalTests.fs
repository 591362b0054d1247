/// Truncated normals of every width and offset, against values of 106 bits (quantiles/bounded.txt, by tools/bounded64.py).
module Initializers.Properties.BoundedNormalTests

open System
open System.IO
open System.Globalization
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties

let private get result =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

/// A spec with its ends, exactly as float64 where they are given so, and values at words.
type private Row =
    { Spec: Spec
      Low: float
      High: float
      Width: float
      Values: (uint64 * Precise.Pair)[] }

let private real (digits: string) =
    BitConverter.UInt64BitsToDouble(UInt64.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))

let private rows =
    lazy
        (let lines =
            File.ReadAllLines(Path.Combine(Repository.path "Properties.Tests/quantiles", "bounded.txt"))
            |> Array.map _.Split(' ')

         let heads =
             [| for i in 0 .. lines.Length - 1 do
                    if lines[i].Length = 5 then
                        i |]

         Array.append heads [| lines.Length |]
         |> Array.pairwise
         |> Array.map (fun (first, next) ->
             let head = lines[first]
             let mean, stddev, low, high = real head[1], real head[2], real head[3], real head[4]
             let absolute = head[0] = "trunc_normal"

             let at x =
                 if absolute then
                     x
                 else
                     Math.FusedMultiplyAdd(x, stddev, mean)

             { Spec =
                 if absolute then
                     Spec.truncatedNormal mean stddev (Bounds.Absolute(low, high))
                 else
                     Spec.truncatedNormal mean stddev (Bounds.Sigmas(low, high))
               Low = at low
               High = at high
               Width = if absolute then high - low else stddev * (high - low)
               Values =
                 lines[first + 1 .. next - 1]
                 |> Array.map (fun row ->
                     UInt64.Parse(row[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                     ({ Hi = real row[1]; Lo = real row[2] }: Precise.Pair)) }))

/// The values of words by a tile of this processor.
let private draw (dtype: DType) (plan: Plan) (words: uint64[]) : float[] =
    let size = DType.size dtype
    let high = Array.zeroCreate<uint32>(words.Length + 32)
    let low = Array.zeroCreate<uint32>(words.Length + 32)
    words |> Array.iteri (fun i w -> high[i] <- uint32 (w >>> 32))
    words |> Array.iteri (fun i w -> low[i] <- uint32 w)
    let bytes = Array.zeroCreate<byte>((words.Length + 32) * size)
    use p = fixed high
    use q = fixed low
    use target = fixed bytes
    let formula = Formula.ofDraw (Draws.ofPlan plan)
    let address = NativePtr.toNativeInt target

    if dtype = DType.Float64 then
        Tiles64.Transform(PhiloxTiles.Widest, formula, p, q, words.Length, address)
    else
        Tiles.Transform(PhiloxTiles.Widest, dtype, formula, p, words.Length, address)

    GC.KeepAlive plan.Body

    Array.init words.Length (fun i ->
        match size with
        | 8 -> BitConverter.ToDouble(bytes, 8 * i)
        | 4 -> float (BitConverter.ToSingle(bytes, 4 * i))
        | _ -> float (Rounding.value dtype (uint32 (BitConverter.ToUInt16(bytes, 2 * i)))))

/// The distance of neighbours of a dtype about a value.
let private lastPlace (dtype: DType) (x: float) =
    match dtype with
    | DType.Float64 -> Math.BitIncrement(abs x) - abs x
    | _ ->
        let digits, least =
            match dtype with
            | DType.Float16 -> 10, -24
            | DType.BFloat16 -> 7, -133
            | _ -> 23, -149

        let exponent = if x = 0.0 then least else Math.ILogB x - digits
        Math.ScaleB(1.0, max least exponent)

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

/// The error that docs/bits.md allows where 2 ulp are less.
let private allowance dtype (row: Row) =
    match dtype, row.Spec with
    | DType.Float64, Spec.TruncatedNormal(stddev = stddev) when row.Width >= 0.001 * stddev ->
        1.0e-14 * max row.Width stddev
    | DType.Float64, _ -> 4.0e-15 * row.Width
    | _ -> 5.0e-7 * row.Width

type BoundedNormalTests(output: ITestOutputHelper) =
    let check (rows: Row seq) (dtypes: DType list) =
        let mutable worst = Map.empty
        let mutable drawn = 0

        for row in rows do
            for dtype in dtypes do
                match Plan.resolve row.Spec Shape.scalar Fan.Unknown dtype with
                | Error [ InitError.IntervalTooNarrow(low, high, _) ] ->
                    // None of the dtype's values lies inside.
                    Assert.True(high - low <= 2.0 * lastPlace dtype (max (abs low) (abs high)), $"{row.Spec}")
                | Error [ InitError.OverflowsDType _ ] ->
                    Assert.True(max (abs row.Low) (abs row.High) > DType.largest dtype, $"{row.Spec} {dtype}")
                | Error faults -> failwith $"{row.Spec} {dtype}: {faults}"
                | Ok plan ->
                    // A float32 is the quantile in the middle of a word's cell.
                    let taken =
                        row.Values
                        |> Array.filter (fun (word, _) -> dtype = DType.Float64 || uint32 word = 0x80000000u)

                    let values = draw dtype plan (taken |> Array.map fst)

                    for (word, exact), value in Array.zip taken values do
                        drawn <- drawn + 1
                        let error = abs ((value - exact.Hi) - exact.Lo)

                        let allowed = max (2.0 * lastPlace dtype exact.Hi) (allowance dtype row)

                        worst <-
                            worst
                            |> Map.change dtype (fun most -> Some(max (Option.defaultValue 0.0 most) (error / allowed)))

                        Assert.True(
                            error <= allowed && value > row.Low && value < row.High,
                            $"{row.Spec} {dtype} at {word:x16}: {value:R}, not {exact.Hi:R}; {error / allowed} of what is allowed"
                        )

        for KeyValue(dtype, most) in worst do
            output.WriteLine $"{dtype}: at most {most} of the allowed error"

        output.WriteLine $"{drawn} values"

    [<Fact>]
    member _.``a truncated normal of any width and offset is within 2 ulp or a part of its width``() =
        let some = rows.Value |> Array.indexed |> Array.filter (fun (i, _) -> i % 17 = 0)
        check (some |> Seq.map snd) dtypes

    [<Fact; Trait("Category", "Long")>]
    member _.``every truncated normal of the table is within 2 ulp or a part of its width``() = check rows.Value dtypes

    [<Fact>]
    member _.``an interval that is narrow in standard deviations is nearly uniform``() =
        let words = 1L <<< 16

        for spec, low, high in
            [ Spec.truncatedNormal 0.0 1.0e20 (Bounds.Absolute(-2.0, 2.0)), -2.0, 2.0
              Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(0.0, 1.0e-20)), 0.0, 1.0e-20
              Spec.truncatedNormal -5.0e7 1.0e8 (Bounds.Absolute(0.0, 1.0)), 0.0, 1.0
              Spec.truncatedNormal -5.0e5 1.0e6 (Bounds.Absolute(0.0, 1.0)), 0.0, 1.0
              Spec.truncatedNormal 5.0e5 1.0e6 (Bounds.Absolute(-1.0, 0.0)), -1.0, 0.0 ] do
            use tensor =
                get (
                    Initialize.tensor
                        { Device = Device.Cpu
                          DType = DType.Float32 }
                        (get (Shape.ofList [ words ]))
                        Fan.Unknown
                        (Seed.ofUInt64 3UL)
                        spec
                )

            let values = tensor.ToArray<float32>() |> Array.map float
            let width = high - low
            let law = get (Distribution.resolve spec Shape.scalar Fan.Unknown)
            // 2^16 draws: 6 standard errors are 0.007 of the width.
            Assert.True(abs (Array.average values - (low + high) / 2.0) < 0.007 * width)
            Assert.True((values |> Array.distinct).Length > 60000)
            Assert.All(values, (fun x -> Assert.True(x > low && x < high)))
            Assert.True(abs (law.Mean - (low + high) / 2.0) <= 1.0e-3 * width)
            Assert.Equal(1.0 / Math.Sqrt 12.0, Distribution.stddev law / width, 6)
            Assert.Equal(0.25, law.Cdf(low + 0.25 * width), 3)
            Assert.True(abs (law.Quantile 0.75 - (low + 0.75 * width)) < 1.0e-3 * width)

    [<Fact>]
    member _.``a bounded law's distribution function is the inverse of its quantile``() =
        for standard in
            [ StandardForm.LowEnd(-0.3, 0.7)
              StandardForm.LowEnd(20.0, 0.9)
              StandardForm.LowEnd(-51.0, 20.0)
              StandardForm.HighEnd(1.0, 3.9)
              StandardForm.HighEnd(-9.9, 7.9)
              StandardForm.Centre 0.4
              StandardForm.Centre 30.0 ] do
            let law, cdf = StandardForm.quantile standard, StandardForm.cdf standard

            for p in [ 1.0e-9; 1.0e-3; 0.1; 0.5; 0.7; 0.999 ] do
                Assert.Equal(p, cdf (law.Quantile p), 12)

            let struct (mean, variance, _) = StandardForm.moments standard
            let n = 20000
            let points = Array.init n (fun i -> law.Quantile((float i + 0.5) / float n))
            Assert.True(abs (Array.average points - mean) < 1.0e-5)
            Assert.True(abs ((points |> Array.averageBy (fun x -> pown (x - mean) 2)) - variance) < 1.0e-4)

    [<Fact>]
    member _.``values of words in order step back by 1 ulp of the distance at most``() =
        let words =
            Array.concat [ Float64Tests.random 1000; Float64Tests.tails 2000; Float64Tests.seams ]
            |> Array.sort

        for standard in
            [ StandardForm.LowEnd(0.0, 0.0)
              StandardForm.LowEnd(-0.3, 0.7)
              StandardForm.LowEnd(20.0, 0.9)
              StandardForm.LowEnd(3.0, 1.5)
              StandardForm.LowEnd(-51.0, 20.0)
              StandardForm.HighEnd(1.0, 3.9)
              StandardForm.Centre 0.0
              StandardForm.Centre 0.4 ] do
            let table = get (StandardForm.table standard)
            let table64 = get (StandardForm.table64 standard)

            for below, above in Array.pairwise words do
                let x = QuantileTable.evaluate table (uint32 (below >>> 32))
                let y = QuantileTable.evaluate table (uint32 (above >>> 32))

                if float x - float y > lastPlace DType.Float32 (float y) then
                    failwith $"{standard} {below:x16} {x} {y}"

                let x, y =
                    QuantileTable64.evaluate table64 below, QuantileTable64.evaluate table64 above

                if x - y > 4.5e-16 then
                    failwith $"{standard} {below:x16} {x:R} {y:R}"

    [<Fact>]
    member _.``a narrow law that is symmetric about 0 is its own negative``() =
        let words = Float64Tests.random 4096

        let plan dtype =
            get (
                Plan.resolve
                    (Spec.truncatedNormal 0.0 1.0e6 (Bounds.Absolute(-3.0, 3.0)))
                    Shape.scalar
                    Fan.Unknown
                    dtype
            )

        for dtype in dtypes do
            let plan = plan dtype
            let opposite = draw dtype plan (words |> Array.map (~~~))
            Assert.Equal<float[]>(draw dtype plan words, opposite |> Array.map (~-))

    [<Fact>]
    member _.``an interval far from the mean is drawn, or refused by the numbers that are given``() =
        let plan dtype spec =
            Plan.resolve spec Shape.scalar Fan.Unknown dtype

        for dtype in dtypes do
            // Its two ends are one number of standard deviations, in float64.
            let plan =
                get (plan dtype (Spec.truncatedNormal 1.0e30 1.0 (Bounds.Absolute(-2.0, 2.0))))

            for value in draw dtype plan (Float64Tests.random 100) do
                Assert.True(value < 2.0 && value >= 2.0 - 2.0 * lastPlace dtype 1.5)

            let far =
                get (
                    Plan.resolve
                        (Spec.truncatedNormal -1.0e300 1.0e-300 (Bounds.Absolute(0.0, 1.0)))
                        Shape.scalar
                        Fan.Unknown
                        dtype
                )

            Assert.All(draw dtype far (Float64Tests.random 100), (fun x -> Assert.Equal(0.0, x, 6)))

        match plan DType.Float32 (Spec.truncatedNormal 0.0 1.0 (Bounds.Absolute(2.0, 1.0))) with
        | Error [ InitError.LowNotBelowHigh(2.0, 1.0) ] -> ()
        | other -> failwith $"{other}"

    [<Fact>]
    member _.``a narrow law that is scaled, shifted and clipped keeps its digits``() =
        let narrow = Spec.truncatedNormal -5.0e7 1.0e8 (Bounds.Absolute(0.0, 1.0))
        let words = Float64Tests.random 4096

        let values spec =
            draw DType.Float32 (get (Plan.resolve spec Shape.scalar Fan.Unknown DType.Float32)) words

        let plain = values narrow

        for (x, scaled), (shifted, clipped) in
            Array.zip
                (Array.zip plain (values (narrow |> Spec.scale -8.0)))
                (Array.zip (values (narrow |> Spec.shift 4.0)) (values (narrow |> Spec.clip 0.25 0.5))) do
            Assert.Equal(-8.0 * x, scaled)
            Assert.True(abs (x + 4.0 - shifted) <= 4.0e-7)
            Assert.Equal(max 0.25 (min 0.5 x), clipped)
