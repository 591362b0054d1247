/// Laws, a key and a stream that tests of lanes and kernels share, and how their elements are compared.
module internal Initializers.Properties.LaneCases

open System
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Kernels

let dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let rec private specOf (element: Element) : Spec =
    match element with
    | Element.Uniform(low, high) -> Spec.uniform low high
    | Element.Normal(mean, stddev) -> Spec.normal mean stddev
    | Element.TruncatedNormal(mean, stddev, lower, upper, _, _, _) ->
        Spec.truncatedNormal mean stddev (Bounds.Sigmas(lower, upper))
    | Element.LocationScale(family, loc, scale) -> Spec.LocationScale(family, loc, scale)
    | Element.Triangular(low, mode, high) -> Spec.triangular low mode high
    | Element.Quantile f -> Spec.Quantile f
    | Element.LogUniform(low, high) -> Spec.logUniform low high
    | Element.Mapped(map, factor, offset, inner) ->
        Spec.Map(map, specOf inner |> Spec.scale factor |> Spec.shift offset)
        |> Spec.scale (if StandardForm.falls map factor then -1.0 else 1.0)

let drawOf (law: Resolved) dtype : ElementDraw option =
    let spec =
        match law with
        | Structure.Elements(Leaf.Constant number) -> Spec.constant number.Value
        | Structure.Elements(Leaf.Element(element, _)) -> specOf element
        | other -> invalidArg (nameof law) $"not an element-wise distribution: {other}"

    match Plan.resolve spec Shape.scalar Fan.Unknown dtype with
    | Ok plan -> Some(Draws.ofPlan plan)
    | Error _ -> None

/// The float32 k units in the last place above x.
let private up k (x: float32) =
    float (BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits x + k))

/// Laws for every dtype that can hold them: common ones, results among the subnormals of each dtype, ends of ranges, and
/// intervals with 1 to 3 representable values inside.
let laws =
    [ for value in [ 0.0; -0.0; 1.0; 0.1; -65504.0; 6.0e-8; 3.0e-8; 1.0e-40; 3.0e38 ] do
          Resolved.constant value
      for mean, stddev in
          [ 0.0, 1.0
            0.0, 0.02
            1.5, 0.3
            -3.0, 1.0e-9
            0.0, 0.0
            2.0, 0.0
            0.0, 2.0e-6 // subnormal in float16
            1.0e-7, 1.0e-8
            0.0, 1.0e-39 // subnormal in float32 and bfloat16
            0.0, 1.0e-45
            0.0, 1.0e-60 // 0 in every dtype
            0.0, 10000.0
            1.0e30, 1.0e37
            0.0, 65504.0 / NormalTable.reach
            0.0, 5.0e37
            1.0e300, 1.0e305
            0.0, 1.0e-310 // subnormal in float64
            0.0, 5.0e-324 ] do
          Resolved.element (Element.Normal(mean, stddev))
      for low, high in
          [ 0.0, 1.0
            -1.0, 1.0
            -0.1, 0.3
            1.0, 2.0
            -2.0e-5, 7.0e-5 // subnormal in float16
            -1.0e-7, 1.0e-7
            -1.0e-50, 1.0 // -0 is the least value inside
            -1.0, 1.0e-50
            0.0, 1.0e-38 // subnormal in float32 and bfloat16
            -3.0e-45, 5.0e-45
            -65504.0, 65504.0
            60000.0, 65504.0
            -3.38e38, 3.38e38
            3.0e38, 3.4e38
            -1.7e308, 1.7e308
            1.0e308, 1.1e308
            -1.0e-323, 1.5e-323
            1.0, Math.BitIncrement(Math.BitIncrement 1.0) // one float64 inside
            1.0, up 2u 1.0f // one float32 inside
            1.0, up 3u 1.0f
            -(up 4u 1.0f), -1.0
            up 1u 1.0f - 1.0e-12, up 1u 1.0f + 1.0e-12
            1.0, 1.0 + 2.0 * 0.0009765625 // one float16 inside
            1.0, 1.0 + 4.0 * 0.0009765625
            1.0, 1.0 + 2.0 * 0.0078125 // one bfloat16 inside
            1.0, 1.0 + 4.0 * 0.0078125
            0.1, 0.1001
            0.1, 0.101 ] do
          Resolved.element (Element.Uniform(low, high))
      for lower, upper in
          [ -2.0, 2.0
            -100.0, 100.0
            -5.0, 5.01
            5.25, infinity
            -infinity, 0.5
            0.1, 0.11 ] do
          let mean, stddev = 0.25, 0.02

          Element.TruncatedNormal(
              mean,
              stddev,
              lower,
              upper,
              mean + lower * stddev,
              mean + upper * stddev,
              upper - lower
          )
          |> Resolved.element
      for loc, scale in [ 0.0, 1.0; -1.5, 0.3; 0.5, 1.0e-6 ] do
          for family in Families.all do
              Resolved.element (Element.LocationScale(family, loc, scale))
      for mode in [ 0.0; 0.9; 1.0 ] do
          Resolved.element (Element.Triangular(0.0, mode, 1.0)) ]

/// The bits of elements in memory.
let patternsOf size (memory: byte[]) start count : uint64[] =
    Array.init count (fun i ->
        match size with
        | 8 -> BitConverter.ToUInt64(memory, start + 8 * i)
        | 4 -> uint64 (BitConverter.ToUInt32(memory, start + 4 * i))
        | _ -> uint64 (BitConverter.ToUInt16(memory, start + 2 * i)))

let key = 0x9E3779B97F4A7C15UL
let stream = 0x0123456789ABCDEFUL

/// The first difference, with what led to it.
let same (expected: ReadOnlySpan<uint64>) (actual: uint64[]) (where: unit -> string) =
    if not (expected.SequenceEqual(ReadOnlySpan actual)) then
        let i = expected.CommonPrefixLength(ReadOnlySpan actual)
        Assert.Fail $"{where ()}: element {i} is {actual[i]:x8}, not {expected[i]:x8}"
