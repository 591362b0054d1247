namespace Initializers.Files

open System
open System.Runtime.InteropServices
open Initializers.FSharp

/// What one pass over a tensor's elements leaves.
type internal Survey =
    {
        Header: TensorHeader
        Statistics: TensorStatistics
        /// Finite values in order: all of up to 2^18, or one at a random place of each of 2^18 equal parts.
        Sorted: float[]
        /// Elements with the smallest and the largest value.
        AtLeast: int64
        AtGreatest: int64
        /// Numbers between 0 and the smallest normal one of float32, bfloat16 or float64.
        Subnormal: int64
        /// The first element that is not finite, and the first that is subnormal; -1 without one.
        FirstNonFinite: int64
        FirstSubnormal: int64
        /// The first element and the length of the longest run of zeros.
        Zeros: struct (int64 * int64)
        /// The narrower type whose values all elements are; empty if some are not.
        Narrower: string
    }

    member this.Length = this.Header.Shape.Length
    member this.Stddev = this.Statistics.Stddev
    member this.IsConstant = this.Statistics.Min = this.Statistics.Max

    /// The precision of its type.
    member this.Grid: Grid =
        let grid digits power =
            { Digits = digits
              Tiny = Math.ScaleB(1.0, power) }

        match this.Header.DType with
        | StoredType.F64 -> grid 53 -1074
        | StoredType.F16 -> grid 11 -24
        | StoredType.BF16 -> grid 8 -133
        | StoredType.F8E4M3 -> grid 4 -9
        | StoredType.F8E4M3FNUZ -> grid 4 -10
        | StoredType.F8E5M2 -> grid 3 -16
        | StoredType.F8E5M2FNUZ -> grid 3 -17
        | StoredType.F8E8M0 -> grid 1 -127
        | _ -> grid 24 -149

    /// The elements as checks read them. Other generators compute a uniform's ends in float32, which rounds twice.
    member this.Sample: Sample =
        let statistics = this.Statistics
        let n = float (this.Length - statistics.NonFinite)

        { Grid = this.Grid
          Count = this.Length
          NonFinite = statistics.NonFinite
          Mean = statistics.Mean
          Variance = statistics.Stddev * statistics.Stddev * n / (n - 1.0)
          Least = statistics.Min
          Greatest = statistics.Max
          Sorted = this.Sorted
          Slack = 2.0
          Points = 4096 }

/// Collects a tensor's survey from its elements, which arrive in order.
[<Sealed>]
type internal TensorSurvey(header: TensorHeader) =
    let length = header.Shape.Length
    let most = 1L <<< 18
    let part = max 1L ((length + most - 1L) / most)
    let sample = ResizeArray<float>(int (min length most))
    let moments = Moments()
    let mutable at = 0L
    let mutable next = 0L
    let mutable stratum = 0L
    let mutable low = infinity
    let mutable high = -infinity
    let mutable atLow = 0L
    let mutable atHigh = 0L
    let mutable subnormal = 0L
    let mutable firstSubnormal = -1L
    let mutable firstNonFinite = -1L
    let mutable zeroRun = 0L
    let mutable longest = 0L
    let mutable longestFirst = 0L
    let mutable bits32 = 0u
    let mutable bits64 = 0UL

    /// The place of the sampled element in a part, from the part's number by SplitMix64's mixer.
    let placeIn (number: int64) =
        let z = (uint64 number + 1UL) * 0x9E3779B97F4A7C15UL
        let z = (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        number * part + int64 ((z ^^^ (z >>> 31)) % uint64 part)

    do next <- placeIn 0L

    let isSubnormal (x: float) =
        match header.DType with
        | StoredType.F32
        | StoredType.BF16 -> x <> 0.0 && abs x < 1.1754943508222875e-38
        | StoredType.F64 -> x <> 0.0 && abs x < 2.2250738585072014e-308
        | _ -> false

    let words (bytes: ReadOnlySpan<byte>) =
        match header.DType with
        | StoredType.F32 ->
            for word in MemoryMarshal.Cast<byte, uint32> bytes do
                bits32 <- bits32 ||| word
        | StoredType.F64 ->
            for word in MemoryMarshal.Cast<byte, uint64> bytes do
                bits64 <- bits64 ||| word
        | _ -> ()

    let scan (values: Span<float>) =
        for i in 0 .. values.Length - 1 do
            let x = values[i]

            if x >= high then
                atHigh <- if x = high then atHigh + 1L else 1L
                high <- x

            if x <= low then
                atLow <- if x = low then atLow + 1L else 1L
                low <- x

            if x = 0.0 then
                zeroRun <- zeroRun + 1L

                if zeroRun > longest then
                    longest <- zeroRun
                    longestFirst <- at + int64 i - zeroRun + 1L
            else
                zeroRun <- 0L

                if abs x < 1.2e-38 && isSubnormal x then
                    subnormal <- subnormal + 1L

                    if firstSubnormal < 0L then
                        firstSubnormal <- at + int64 i
                elif not (Double.IsFinite x) && firstNonFinite < 0L then
                    firstNonFinite <- at + int64 i

    /// Takes elements in, as little-endian bytes and as values, which may be changed.
    member _.Add(bytes: ReadOnlySpan<byte>, values: Span<float>) =
        words bytes
        scan values

        while next < at + int64 values.Length && next < length do
            let x = values[int (next - at)]

            if Double.IsFinite x then
                sample.Add x

            stratum <- stratum + 1L
            next <- placeIn stratum

        at <- at + int64 values.Length
        moments.Add values

    member _.Survey: Survey =
        let sorted = sample.ToArray()
        Array.sortInPlace sorted

        let isNarrow =
            match header.DType with
            | StoredType.F32 when bits32 &&& 0xFFFFu = 0u -> "bfloat16"
            | StoredType.F32 when bits32 &&& 0x1FFFu = 0u && max (abs low) (abs high) <= 65504.0 -> "float16"
            | StoredType.F64 when bits64 &&& 0x1FFFFFFFFFFFUL = 0UL -> "bfloat16"
            | StoredType.F64 when bits64 &&& 0x1FFFFFFFUL = 0UL -> "float32"
            | _ -> ""

        { Header = header
          Statistics =
            { Mean = moments.Mean
              Stddev = moments.Stddev
              Min = moments.Min
              Max = moments.Max
              Zeros = moments.Zeros
              NonFinite = moments.NonFinite }
          Sorted = sorted
          AtLeast = atLow
          AtGreatest = atHigh
          Subnormal = subnormal
          FirstNonFinite = firstNonFinite
          FirstSubnormal = firstSubnormal
          Zeros = struct (longestFirst, longest)
          Narrower = isNarrow }
