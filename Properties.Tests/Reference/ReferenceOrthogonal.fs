/// A naive reading of "Orthogonal" in docs/bits.md: one element at a time, no panels' layout, lanes or threads. Like
/// Reference, which it takes words and normals from, it opens nothing that it checks.
[<RequireQualifiedAccess>]
module Initializers.Properties.ReferenceOrthogonal

open System
open Initializers
open Initializers.FSharp

/// The arithmetic of the working precision, on values held as float64.
type private Precision =
    {
        Round: float -> float
        /// a b + c, rounded once.
        Fma: float -> float -> float -> float
        /// The normal of an auxiliary word.
        Normal: int64 -> float
    }

/// Products of two float32 are exact in float64, so that rounding one to float32 rounds once.
let private single key stream =
    { Round = fun x -> float (float32 x)
      Fma = fun a b c -> float (MathF.FusedMultiplyAdd(float32 a, float32 b, float32 c))
      Normal =
        fun e ->
            let block = ReferenceWords.block key stream (0x4000000000000000UL + uint64 (e / 4L))
            float (Reference.normal block[int (e % 4L)]) }

let private double key stream =
    { Round = id
      Fma = fun a b c -> Math.FusedMultiplyAdd(a, b, c)
      Normal =
        fun e ->
            let index = 0x4000000000000000UL + uint64 (e / 4L)
            let w = (ReferenceWords.block key stream index)[int (e % 4L)]

            let companion =
                (ReferenceWords.block key stream (index + 0x8000000000000000UL))[int (e % 4L)]

            Reference.fitted64 QuantileTable64.normal (uint64 w * 0x100000000UL + uint64 companion) }

/// A chain of fma over terms, from 0.
let private chain fma (terms: seq<struct (float * float)>) =
    let mutable sum = 0.0

    for struct (a, b) in terms do
        sum <- fma a b sum

    sum

let private exactFma a b c : float = Math.FusedMultiplyAdd(a, b, c)

/// Columns of the n x p matrix, n >= p, each of n values.
let private tall (precision: Precision) (gain: float) (n: int) (p: int) : float[][] =
    let gains = Array.zeroCreate<float> p

    let vectors =
        Array.init p (fun k ->
            let x =
                Array.init n (fun r ->
                    if r < k then
                        0.0
                    else
                        precision.Normal(int64 k * int64 n + int64 r))

            let sign = if x[k] >= 0.0 then 1.0 else -1.0

            if k = n - 1 then
                gains[k] <- precision.Round(sign * gain)
                Array.zeroCreate n
            else
                let norm =
                    sqrt (chain exactFma (seq { for r in k .. n - 1 -> struct (x[r], x[r]) }))

                let c = precision.Round(1.0 / (x[k] + sign * norm))
                gains[k] <- precision.Round(-sign * gain)

                Array.init n (fun r ->
                    if r < k then 0.0
                    elif r = k then 1.0
                    else precision.Round(x[r] * c)))

    let columns =
        Array.init p (fun c -> Array.init n (fun r -> if r = c then 1.0 else 0.0))

    for first in 64 * ((p - 1) / 64) .. -64 .. 0 do
        let count = min 64 (p - first)
        let v = vectors[first .. first + count - 1]

        let gram i j =
            chain exactFma (seq { for r in first .. n - 1 -> struct (v[i][r], v[j][r]) })

        let t = Array2D.zeroCreate<float> count count

        for i in 0 .. count - 1 do
            let tau = if first + i = n - 1 then 0.0 else 2.0 / gram i i
            let g = Array.init i (fun l -> gram l i)
            t[i, i] <- tau

            for j in 0 .. i - 1 do
                t[j, i] <- -tau * chain exactFma (seq { for l in j .. i - 1 -> struct (t[j, l], g[l]) })

        for c in first .. p - 1 do
            let q = columns[c]

            let w =
                Array.init count (fun k ->
                    chain precision.Fma (seq { for r in first .. n - 1 -> struct (v[k][r], q[r]) }))

            let u =
                Array.init count (fun j ->
                    chain precision.Fma (seq { for l in j .. count - 1 -> struct (precision.Round t[j, l], w[l]) }))

            for r in first .. n - 1 do
                for k in 0 .. count - 1 do
                    q[r] <- precision.Fma (-v[k][r]) u[k] q[r]

    columns
    |> Array.mapi (fun c q -> q |> Array.map (fun x -> precision.Round(x * gains[c])))

/// The bits of the rows x cols matrix, row-major, in the low end of 64 bits.
let patterns (dtype: DType) (key: uint64) (stream: uint64) (gain: float) (rows: int) (cols: int) : uint64[] =
    if rows = 0 || cols = 0 then
        [||]
    else
        let precision =
            if dtype = DType.Float64 then
                double key stream
            else
                single key stream

        let columns = tall precision gain (max rows cols) (min rows cols)

        let bits (x: float) =
            if dtype = DType.Float64 then
                BitConverter.DoubleToUInt64Bits x
            else
                uint64 (Reference.narrow dtype (float32 x))

        Array.init (rows * cols) (fun i ->
            let r = i / cols
            let c = i % cols
            bits (if rows < cols then columns[r][c] else columns[c][r]))
