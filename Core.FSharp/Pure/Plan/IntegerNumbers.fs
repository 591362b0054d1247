namespace Initializers.FSharp

open System
open Initializers

/// The numbers that integer draws give.
[<RequireQualifiedAccess>]
module internal IntegerNumbers =
    /// The least and the greatest number.
    let ends (draw: IntegerDraw) : struct (float * float) =
        match draw with
        | IntegerDraw.Range(low, count) -> struct (float low, float (low + count - 1L))
        | IntegerDraw.Bernoulli _ -> struct (0.0, 1.0)
        | IntegerDraw.Permutation count -> struct (0.0, float (max 0L (count - 1L)))

    /// The magnitude up to which a dtype has all whole numbers: 2 to the bits of its precision.
    let exactLimit (dtype: DType) : float =
        match dtype with
        | DType.Float16 -> 2048.0
        | DType.BFloat16 -> 256.0
        | DType.Float64 -> 9007199254740992.0
        | _ -> 16777216.0

    /// The fault of a draw with numbers that a dtype does not have.
    let exactFaults (dtype: DType) (draw: IntegerDraw) : InitError list =
        let struct (low, high) = ends draw
        let farthest = if abs low > abs high then low else high
        Validation.check (InitError.NotExact(farthest, Names.dtype dtype)) (abs farthest <= exactLimit dtype)

    /// Number i of the numbers that are equally likely; none where they are not.
    let equallyLikely (draw: IntegerDraw) : struct (int64 * (int64 -> float)) voption =
        match draw with
        | IntegerDraw.Range(low, count) -> ValueSome(struct (count, (fun i -> float (low + i))))
        | IntegerDraw.Permutation count -> ValueSome(struct (count, float))
        | IntegerDraw.Bernoulli _ -> ValueNone

    /// Means of the powers 1 to 4 of low, low + 1, … of `count` numbers.
    let powers (low: float) (count: float) : float[] =
        let mean = low + (count - 1.0) / 2.0
        let variance = (count * count - 1.0) / 12.0
        let fourth = (count * count - 1.0) * (3.0 * count * count - 7.0) / 240.0

        [| mean
           mean * mean + variance
           pown mean 3 + 3.0 * mean * variance
           pown mean 4 + 6.0 * mean * mean * variance + fourth |]
