/// Every element of a clipped spec lies in the closed interval of its clip, as real numbers.
module Initializers.Properties.ClipTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let private resolve spec dims fan dtype =
    Shape.ofList dims
    |> Result.bind (fun shape ->
        Initialize.tensor { Device = Device.Cpu; DType = dtype } shape fan (Seed.ofUInt64 5UL) spec)

let private numbers dtype (tensor: Tensor) : float[] =
    let bytes = tensor.ToArray<byte>()
    let size = DType.size dtype

    Array.init (bytes.Length / size) (fun i ->
        match size with
        | 8 -> BitConverter.ToDouble(bytes, 8 * i)
        | 4 -> float (BitConverter.ToSingle(bytes, 4 * i))
        | _ -> float (Reference.value dtype (uint32 (BitConverter.ToUInt16(bytes, 2 * i)))))

let private elements spec dims fan dtype : float[] =
    match resolve spec dims fan dtype with
    | Ok tensor ->
        use tensor = tensor
        numbers dtype tensor
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

/// Whether the elements lie in [low, high], or no value of the dtype does.
let private holds spec dims fan dtype (low: float) (high: float) =
    match resolve spec dims fan dtype with
    | Ok tensor ->
        use tensor = tensor
        numbers dtype tensor |> Array.forall (fun x -> x >= low && x <= high)
    | Error [ InitError.ClipTooNarrow _ ]
    | Error [ InitError.IntervalTooNarrow _ ] -> high - low < 0.01
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

let private kernel = Fan.From Layout.OutInSpatial

/// Specs of every kind, each with a shape that it fills.
let private kinds: (string * Spec * int64 list * Fan) list =
    [ "constant", Spec.constant 0.7, [ 3L ], Fan.Unknown
      "zeros", Spec.zeros, [ 3L ], Fan.Unknown
      "literal", Spec.literal [ 4L ] [ -1.0; 0.1; 0.2; 0.7 ], [ 4L ], Fan.Unknown
      "orthogonal", Spec.orthogonal 1.0, [ 6L; 6L ], Fan.Unknown
      "delta_orthogonal", Spec.deltaOrthogonal 1.0, [ 4L; 4L; 3L ], kernel
      "dirac", Spec.dirac 1L, [ 4L; 4L; 3L ], kernel
      "identity", Spec.identity 0.7, [ 4L; 5L ], Fan.Unknown
      "bilinear", Spec.bilinear, [ 2L; 1L; 4L; 4L ], kernel
      "stft", Spec.stft StftSide.Real StftWindow.Hann StftScaling.None false, [ 16L; 1L; 9L ], Fan.Unknown
      "lstm_bias", Spec.lstmBias 1.0, [ 8L ], Fan.Unknown
      "sparse", Spec.sparse 0.5 (Spec.normal 0.0 1.0), [ 6L; 6L ], Fan.Unknown
      "mask", Spec.mask [ 3L ] [ 1.0; 0.0; 1.0 ] (Spec.normal 0.0 1.0), [ 5L; 3L ], Fan.Unknown
      "stacked", Spec.stacked 0 [ 2L, Spec.ones; 2L, Spec.orthogonal 1.0 ], [ 4L; 3L ], Fan.Unknown
      "batched", Spec.batched 1 (Spec.orthogonal 1.0), [ 3L; 4L; 4L ], Fan.Unknown
      "normal", Spec.normal 0.0 1.0, [ 50L ], Fan.Unknown
      "uniform", Spec.uniform -1.0 1.0, [ 50L ], Fan.Unknown
      "uniform beyond", Spec.uniform 2.0 3.0, [ 5L ], Fan.Unknown
      "laplace", Spec.laplace 0.0 1.0, [ 50L ], Fan.Unknown
      "truncated", Spec.truncatedNormal -5.0e7 1.0e8 (Bounds.Absolute(0.0, 1.0)), [ 50L ], Fan.Unknown ]

[<Fact>]
let ``a clip that the dtype rounds past is moved inside`` () =
    let below = MathF.BitDecrement 0.2f
    Assert.True(float 0.2f > 0.2 && float below <= 0.2)

    Assert.Equal<float[]>(
        Array.create 3 (float below),
        elements (Spec.constant 0.7 |> Spec.clip -infinity 0.2) [ 3L ] Fan.Unknown DType.Float32
    )

    Assert.Equal<float[]>(
        Array.create 3 0.2,
        elements (Spec.constant 0.7 |> Spec.clip -infinity 0.2) [ 3L ] Fan.Unknown DType.Float64
    )
    // A number that lies inside once it is rounded is the number rounded.
    Assert.Equal<float[]>(
        Array.create 3 (float 0.7f),
        elements (Spec.constant 0.7 |> Spec.clip 0.0 0.70001) [ 3L ] Fan.Unknown DType.Float32
    )

[<Fact>]
let ``every element of a clipped spec lies in the closed interval, in every dtype`` () =
    let clips =
        [ -infinity, 0.2
          0.1, infinity
          0.1, 0.2
          -0.3, -0.1
          0.3, 0.30001
          0.30001, 0.300011
          1.0e-9, 0.1
          -0.1, -1.0e-9 ]

    for name, spec, dims, fan in kinds do
        for low, high in clips do
            for dtype in dtypes do
                Assert.True(
                    holds (Spec.clip low high spec) dims fan dtype low high,
                    $"{name} in [{low}, {high}] {dtype}"
                )

[<Fact>]
let ``a scaled or shifted clip lies in the interval that its ends become`` () =
    for name, spec, dims, fan in kinds do
        for factor, offset in [ 3.0, 0.0; -0.7, 0.1; 1.0, 5.0; 0.0, 0.1 ] do
            for dtype in dtypes do
                let ends = [ factor * 0.1 + offset; factor * 0.7 + offset ]
                let low, high = List.min ends, List.max ends

                let mapped = Spec.clip 0.1 0.7 spec |> Spec.scale factor |> Spec.shift offset

                let values = elements mapped dims fan dtype
                // fma rounds once, and this product and sum twice.
                let slack = if factor = 0.0 then 1.0e-3 else 1.0e-15

                Assert.All(
                    values,
                    fun x ->
                        Assert.True(x >= low - slack && x <= high + slack, $"{name} {factor} {offset} {dtype}: {x}")
                )

[<Fact>]
let ``a clip whose interval holds no value of the dtype is a fault with its numbers`` () =
    for _, spec, dims, fan in kinds do
        let clipped = Spec.clip 0.1000001 0.1000002 spec

        match resolve clipped dims fan DType.BFloat16 with
        | Error(InitError.ClipTooNarrow(0.1000001, 0.1000002, DType.BFloat16) :: _ as faults) ->
            Assert.All(faults, (fun fault -> Assert.Equal("clip-too-narrow", InitError.code fault)))
        | other -> failwith $"{other}"

        // Finer dtypes have some.
        elements clipped dims fan DType.Float64 |> ignore

/// Whether a dtype has no value in [low, high].
let private isEmpty dtype (low: float) (high: float) =
    low > high
    || dtype <> DType.Float64
       && Reference.inside dtype (max (Math.BitDecrement low) -1.0e39) (min (Math.BitIncrement high) 1.0e39)
          |> Option.isNone

/// Clips at any depth; the outermost clip's interval holds whatever lies inside.
[<Property(MaxTest = 300)>]
let ``nested specs keep the outermost clip`` () =
    let generator =
        gen {
            let! spec, dims = CompositeGenerators.composite 3
            let! low = Gen.elements [ -infinity; -0.3; 0.0; 0.1; 1.0e-5 ]
            let! width = Gen.elements [ 0.05; 0.3; 1.7; infinity ]
            let! dtype = Gen.elements dtypes
            let high = if Double.IsInfinity low then width - 0.2 else low + width
            return spec, dims, low, high, dtype
        }

    Prop.forAll (Arb.fromGen generator) (fun (spec, dims, low, high, dtype) ->
        match resolve (Spec.clip low high spec) dims (Fan.Of(3.0, 4.0)) dtype with
        | Ok tensor ->
            use tensor = tensor
            numbers dtype tensor |> Array.forall (fun x -> x >= low && x <= high)
        | Error faults ->
            // Clips inside may leave no value.
            faults
            |> List.forall (
                let rec empty =
                    function
                    | InitError.InPart(_, fault) -> empty fault
                    | InitError.ClipTooNarrow(least, greatest, _) ->
                        least >= low && greatest <= high && isEmpty dtype least greatest
                    | InitError.IntervalTooNarrow _ -> true
                    | InitError.LowNotBelowHigh _ -> low >= high
                    | _ -> false

                empty
            ))
