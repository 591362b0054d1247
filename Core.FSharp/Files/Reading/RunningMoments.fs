namespace Initializers.Files

open System
open System.Numerics
open System.Runtime.InteropServices

/// Mean, spread, extremes and counts of values that arrive in blocks.
///
/// Each block's mean and sum of squared deviations come from two passes over it, corrected for the rounding of the
/// mean, and are joined to those of the earlier blocks by the formula of Chan, Golub and LeVeque ("Updating Formulae
/// and a Pairwise Algorithm for Computing Sample Variances", 1979). No squares of raw values are summed, so a mean far
/// from 0 costs no digits. Values beyond 2^250, or all below 2^-250, are scaled by a power of two before they are squared,
/// so that no float64 tensor overflows or vanishes. Values that are not finite are counted and left out.
[<Sealed>]
type internal Moments() =
    let mutable count = 0L
    let mutable zeros = 0L
    let mutable nonFinite = 0L
    let mutable low = infinity
    let mutable high = -infinity
    // Of the values times 2^-scale.
    let mutable scale = 0
    let mutable mean = 0.0
    let mutable squares = 0.0

    let scaleOf (largest: float) =
        let exponent =
            int ((BitConverter.DoubleToUInt64Bits largest >>> 52) &&& 0x7FFUL) - 1023

        if largest = 0.0 || abs exponent <= 250 then 0 else exponent

    let add (v: Vector<float>) =
        let mutable sum = 0.0

        for i in 0 .. Vector<float>.Count - 1 do
            sum <- sum + v[i]

        sum

    let rescale target =
        if target <> scale then
            mean <- Math.ScaleB(mean, scale - target)
            squares <- Math.ScaleB(squares, 2 * (scale - target))
            scale <- target

    /// Sum, extremes and zeros; all values are finite.
    let survey (block: Span<float>) =
        let vectors = MemoryMarshal.Cast<float, Vector<float>> block
        let mutable sums = Vector<float>.Zero
        let mutable lows = Vector<float> infinity
        let mutable highs = Vector<float> -infinity
        let mutable equal = Vector<int64>.Zero

        for i in 0 .. vectors.Length - 1 do
            let v = vectors[i]
            sums <- sums + v
            lows <- Vector.Min(lows, v)
            highs <- Vector.Max(highs, v)
            equal <- equal - Vector.Equals(v, Vector<float>.Zero)

        let mutable sum = add sums
        let mutable least = infinity
        let mutable most = -infinity
        let mutable zero = 0L

        for i in 0 .. Vector<float>.Count - 1 do
            least <- min least lows[i]
            most <- max most highs[i]
            zero <- zero + equal[i]

        for i in vectors.Length * Vector<float>.Count .. block.Length - 1 do
            let x = block[i]
            sum <- sum + x
            least <- min least x
            most <- max most x

            if x = 0.0 then
                zero <- zero + 1L

        struct (sum, least, most, zero)

    /// The sum of deviations from a centre, and of their squares.
    let deviations (block: Span<float>) (centre: float) =
        let vectors = MemoryMarshal.Cast<float, Vector<float>> block
        let centres = Vector<float> centre
        let mutable sums = Vector<float>.Zero
        let mutable squared = Vector<float>.Zero

        for i in 0 .. vectors.Length - 1 do
            let d = vectors[i] - centres
            sums <- sums + d
            squared <- squared + d * d

        let mutable sum = add sums
        let mutable square = add squared

        for i in vectors.Length * Vector<float>.Count .. block.Length - 1 do
            let d = block[i] - centre
            sum <- sum + d
            square <- square + d * d

        struct (sum, square)

    let allFinite (block: Span<float>) =
        let vectors = MemoryMarshal.Cast<float, Vector<float>> block
        let mutable spoilt = Vector<float>.Zero

        for i in 0 .. vectors.Length - 1 do
            // 0 for a finite value, NaN for any other.
            spoilt <- spoilt + vectors[i] * Vector<float>.Zero

        let mutable sum = add spoilt

        for i in vectors.Length * Vector<float>.Count .. block.Length - 1 do
            sum <- sum + block[i] * 0.0

        sum = 0.0

    /// Moves the finite values to the front; how many there are.
    let compact (block: Span<float>) =
        let mutable kept = 0

        for i in 0 .. block.Length - 1 do
            if Double.IsFinite block[i] then
                block[kept] <- block[i]
                kept <- kept + 1

        kept

    /// Takes a block in and may change it: a scratch of some thousand values.
    member _.Add(block: Span<float>) =
        let kept = if allFinite block then block.Length else compact block
        nonFinite <- nonFinite + int64 (block.Length - kept)

        if kept > 0 then
            let block = block.Slice(0, kept)
            let struct (sum, least, most, zero) = survey block
            low <- min low least
            high <- max high most
            zeros <- zeros + zero
            let target = scaleOf (max (abs low) (abs high))

            // What has been seen so far, if it is all zeros, is the same at every scale.
            rescale target

            let sum =
                if target = 0 then
                    sum
                else
                    for i in 0 .. block.Length - 1 do
                        block[i] <- Math.ScaleB(block[i], -target)

                    let struct (sum, _, _, _) = survey block
                    sum

            let n = float kept
            let centre = sum / n
            let struct (off, square) = deviations block centre
            let blockMean = centre + off / n
            let blockSquares = max 0.0 (square - off * off / n)
            let before = float count
            let all = before + n
            let delta = blockMean - mean
            mean <- mean + delta * (n / all)
            squares <- squares + blockSquares + delta * delta * (before * n / all)
            count <- count + int64 kept

    member _.Zeros = zeros
    member _.NonFinite = nonFinite

    /// NaN without finite values, as the three below.
    member _.Mean =
        if count = 0L then nan
        elif low = high then low
        else Math.ScaleB(mean, scale)

    /// The root of the mean square deviation (divided by n, not by n - 1).
    member _.Stddev =
        if count = 0L then nan
        elif low = high then 0.0
        else Math.ScaleB(Math.Sqrt(squares / float count), scale)

    member _.Min = if count = 0L then nan else low
    member _.Max = if count = 0L then nan else high
