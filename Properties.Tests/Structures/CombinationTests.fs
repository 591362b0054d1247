/// Sums, repeats, normalized vectors, padding rows, whole numbers, infinite constants.
module Initializers.Properties.CombinationTests

open System
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.CompositeGenerators

let private values spec dims = floats spec dims Fan.Unknown

[<Fact>]
let ``a literal repeats over the axes before its own`` () =
    Assert.Equal<float32[]>(
        Array.concat (List.replicate 4 [| 1.0f; 2.0f; 3.0f |]),
        values (Spec.literal [ 3L ] [ 1.0; 2.0; 3.0 ]) [ 2L; 2L; 3L ]
    )

    Assert.Equal<float32[]>([| 7.0f; 7.0f |], values (Spec.literal [] [ 7.0 ]) [ 2L ])

[<Fact>]
let ``an infinite constant stays infinite under maps, and a clip ends it`` () =
    let all spec = values spec [ 2L ] |> Array.distinct
    let masked = Spec.constant -infinity
    Assert.Equal<float32[]>([| -infinityf |], all masked)
    Assert.Equal<float32[]>([| infinityf |], all (masked |> Spec.scale -2.0 |> Spec.shift 1.0))
    Assert.Equal<float32[]>([| 0.0f |], all (masked |> Spec.scale 0.0))
    Assert.Equal<float32[]>([| -3.0f |], all (masked |> Spec.clip -3.0 infinity))
    Assert.Equal(Ok masked, SpecJson.parse (SpecJson.toJson masked))
    Assert.Equal(-infinity, (ok (Distribution.resolve masked (shapeOf [ 2L ]) Fan.Unknown)).Mean)

    for dtype in dtypes do
        Assert.True((Plan.resolve masked (shapeOf [ 2L ]) Fan.Unknown dtype).IsOk)

    Assert.Equal<string list>([ "keras-unsupported" ], codes (SpecJson.toKeras masked))

[<Fact>]
let ``what a dtype does not hold is refused before it is drawn`` () =
    for spec, dtype, expected in
        [ Spec.sum [ Spec.constant -infinity; Spec.ones ], DType.Float32, "overflows-dtype"
          Spec.sum [ Spec.constant 40000.0; Spec.constant 40000.0 ], DType.Float16, "overflows-dtype"
          Spec.randint 0L 2050L, DType.Float16, "not-exact"
          Spec.randint -257L 3L, DType.BFloat16, "not-exact" ] do
        Assert.Equal<string list>([ expected ], codes (Plan.resolve spec (shapeOf [ 3L ]) Fan.Unknown dtype))

[<Fact>]
let ``the first part of a sum has the bits that it has alone, and the others are independent of it`` () =
    let dims = [ 200L; 50L ]
    let noise = Spec.normal 0.0 1.0
    let first = values noise dims
    let both = values (Spec.sum [ noise; noise ]) dims
    let second = Array.map2 (fun (x: float32) y -> float (y - x)) first both

    let correlation = Array.map2 (fun x y -> float x * y) first second |> Array.average

    // Of 10^4 independent pairs the mean product is normal with stddev 0.01; 4.9 of them are a false-alarm rate of 10^-6.
    Assert.InRange(correlation, -0.049, 0.049)
    Assert.Equal<float32[]>(first, values (Spec.sum [ noise ]) dims)
    Assert.Equal<float32[]>(first, values (Spec.sum [ noise; Spec.zeros ]) dims)

[<Fact>]
let ``the parts of sums inside each other are independent`` () =
    let noise = Spec.normal 0.0 1.0

    let specs =
        [ Spec.sum [ Spec.sum [ noise; noise ]; noise ]
          Spec.sum [ noise; Spec.sum [ noise; noise ] ]
          Spec.sum [ Spec.sum [ noise; noise ] |> Spec.scale 1.0 |> Spec.shift 0.5; noise ] ]

    for spec in specs do
        let x = values spec [ 100000L ] |> Array.map float
        let mean = Array.average x
        let variance = x |> Array.averageBy (fun x -> (x - mean) ** 2.0)
        // The variance of 10^5 sums of three is normal about 3 with stddev 3 sqrt(2/10^5) = 0.0134: 4.9 of them.
        Assert.InRange(variance, 3.0 - 0.066, 3.0 + 0.066)
        let law = ok (Distribution.resolve spec (shapeOf [ 100000L ]) Fan.Unknown)
        Assert.Equal(3.0, law.Variance, 12)

[<Fact>]
let ``parts of a stack and tensors of a batch are independent inside combinators`` () =
    let noise = Spec.normal 0.0 1.0

    let halves =
        [ Spec.stacked 0 [ 1L, Spec.sum [ noise; noise ]; 1L, Spec.sum [ noise; noise ] ]
          Spec.stacked 0 [ 1L, Spec.repeat 1 2L noise; 1L, Spec.repeat 1 2L noise ]
          Spec.stacked 0 [ 1L, Spec.normalized 1 noise; 1L, Spec.normalized 1 noise ]
          Spec.batched 1 (Spec.sum [ noise; noise ])
          Spec.batched 1 (Spec.repeat 0 2L noise)
          Spec.batched 1 Spec.permutation ]

    for spec in halves do
        let x = values spec [ 2L; 1000L ]
        Assert.NotEqual<float32[]>(x[..999], x[1000..])

[<Fact>]
let ``the distribution of identity plus noise is a mixture, and of two uniforms a triangle`` () =
    let law =
        ok (
            Distribution.resolve (Spec.sum [ Spec.identity 1.0; Spec.normal 0.0 0.01 ]) (shapeOf [ 4L; 5L ]) Fan.Unknown
        )

    Assert.Equal(0.2, law.Mean, 12)
    Assert.Equal(0.16 + 1.0e-4, law.Variance, 12)
    Assert.Equal(0.4, law.Cdf 0.0, 12)

    let triangle =
        ok (Distribution.resolve (Spec.sum [ Spec.uniform 0.0 1.0; Spec.uniform 0.0 1.0 ]) (shapeOf [ 4L ]) Fan.Unknown)

    for x in [ 0.25; 0.5; 1.0; 1.5 ] do
        let expected =
            if x <= 1.0 then
                x * x / 2.0
            else
                1.0 - (2.0 - x) ** 2.0 / 2.0

        Assert.Equal(expected, triangle.Cdf x, 6)
        Assert.Equal(x, triangle.Quantile expected, 6)

    Assert.Equal(2.4, triangle.Kurtosis, 12)

[<Fact>]
let ``repeat is numpy's, of the inner tensor, whose fans are those of its shape`` () =
    let inner = floats Spec.heNormal [ 4L; 3L; 2L; 2L ] (Fan.From Layout.OutInSpatial)
    let rows = inner |> Array.chunkBySize 12

    Assert.Equal<float32[]>(
        rows |> Array.collect (fun row -> Array.concat [ row; row; row; row ]),
        floats (Spec.heNormal |> Spec.repeat 0 4L) [ 16L; 3L; 2L; 2L ] (Fan.From Layout.OutInSpatial)
    )

    let outputs = floats Spec.heNormal [ 4L; 6L ] (Fan.From Layout.InOut)

    Assert.Equal<float32[]>(
        outputs |> Array.collect (fun x -> [| x; x |]),
        floats (Spec.heNormal |> Spec.repeat -1 2L) [ 4L; 12L ] (Fan.From Layout.InOut)
    )

[<Fact>]
let ``normalized vectors have length 1 in every dtype, and zero vectors stay 0`` () =
    for dtype, tolerance in
        [ DType.Float32, 1.0e-6
          DType.Float64, 1.0e-15
          DType.Float16, 2.0e-3
          DType.BFloat16, 1.0e-2 ] do
        // Squares of these overflow or vanish.
        for scale in
            (if dtype = DType.Float64 then
                 [ 1.0; 1.0e200; 1.0e-300 ]
             else
                 [ 1.0 ]) do
            let spec = Spec.normal 0.0 scale |> Spec.normalized -1

            use tensor =
                ok (
                    Initialize.tensor
                        { Device = Device.Cpu; DType = dtype }
                        (shapeOf [ 20L; 30L ])
                        Fan.Unknown
                        (Seed.ofUInt64 1UL)
                        spec
                )

            for row in Statistics.Values.ofTensor tensor |> Array.chunkBySize 30 do
                Assert.Equal(1.0, row |> Array.sumBy (fun x -> x * x) |> sqrt, tolerance)

    let columns =
        values (Spec.normal 0.0 1.0 |> Spec.mask [ 2L ] [ 1.0; 0.0 ] |> Spec.normalized 0) [ 9L; 2L ]

    Assert.All(
        columns
        |> Array.indexed
        |> Array.filter (fun (i, _) -> i % 2 = 1)
        |> Array.map snd,
        (fun x -> Assert.Equal(0.0f, x))
    )

    Assert.Equal(1.0, columns |> Array.sumBy (fun x -> float x * float x), 1.0e-6)

[<Fact>]
let ``a padding row is 0 and changes no other bit`` () =
    for inner in [ Spec.normal 0.0 1.0; Spec.orthogonal 1.0 ] do
        let plain = values inner [ 6L; 4L ]

        for index in [ 0L; 3L; -1L; -6L ] do
            let row = int (if index < 0L then index + 6L else index)
            let expected = plain |> Array.mapi (fun i x -> if i / 4 = row then 0.0f else x)
            Assert.Equal<float32[]>(expected, values (inner |> Spec.padding index) [ 6L; 4L ])

[<Fact>]
let ``slices of long tensors equal the whole`` () =
    let specs =
        [ Spec.sum [ Spec.normal 0.0 1.0; Spec.uniform 0.0 1.0 ]
          Spec.repeat 0 3L (Spec.normal 0.0 1.0)
          Spec.repeat 1 3L (Spec.normal 0.0 1.0)
          Spec.normalized -1 (Spec.normal 0.0 1.0)
          Spec.normalized 0 (Spec.normal 0.0 1.0)
          Spec.randint 0L 1000L
          Spec.bernoulli 0.5
          Spec.permutation
          Spec.stacked 1 [ 1L, Spec.sum [ Spec.ones; Spec.normal 0.0 1.0 ]; 1199L, Spec.zeros ] ]

    // More than is made at once.
    let dims = [ 1800L; 1200L ]
    let part = Array.zeroCreate<float32> 5000

    for spec in specs do
        let whole = values spec dims

        for offset in [ 0L; 1048570L; 2160000L - 5000L; 777777L ] do
            Initialize.fill (Memory part) offset (shapeOf dims) Fan.Unknown (Seed.ofUInt64 7UL) spec
            |> ok

            Assert.Equal<float32[]>(whole[int offset .. int offset + 4999], part)

[<Fact>]
let ``a permutation has every number once`` () =
    for n in [ 0; 1; 2; 3; 65536; 65537; 131072; 200000 ] do
        let numbers = values Spec.permutation [ int64 n ] |> Array.map int
        Assert.Equal<int[]>([| 0 .. n - 1 |], Array.sort numbers)

[<Fact>]
let ``whole numbers of maps keep their distribution`` () =
    let law spec =
        ok (Distribution.resolve spec (shapeOf [ 10L ]) Fan.Unknown)

    let dice = law (Spec.randint 1L 7L)
    Assert.Equal(3.5, dice.Mean, 12)
    Assert.Equal(35.0 / 12.0, dice.Variance, 12)
    Assert.Equal(0.5, dice.Cdf 3.0, 12)
    let wide = law (Spec.randint -5L 9999995L |> Spec.scale 2.0)
    Assert.Equal(2.0 * 4999994.5, wide.Mean, 3)
    Assert.Equal(4.0 * (1.0e14 - 1.0) / 12.0, wide.Variance, 1.0e3)
    let coin = law (Spec.bernoulli 0.25 |> Spec.shift 1.0)
    Assert.Equal(1.25, coin.Mean, 12)
    Assert.Equal(0.1875, coin.Variance, 12)
    Assert.Equal(4.5, (law Spec.permutation).Mean, 12)
