namespace Initializers.Kernels

open System
open System.Runtime.CompilerServices
open Initializers.FSharp

/// Which code of a tile a plan runs.
type internal Kind =
    | Fill = 0
    | Uniform = 1
    | Normal = 2
    | Symmetric = 3
    | TwoSided = 4

/// A plan's body as plain numbers, which a kernel can take: parameters and the address of a table in host memory.
[<Struct>]
type internal Formula =
    {
        Kind: Kind
        A: float32
        B: float32
        C: float32
        D: float32
        /// The first word of a two-sided table's upper side.
        Split: uint32
        /// An address; ILGPU takes no native integers.
        Table: int64
    }

/// Formulas of plans. A table's copy in pinned, 64-byte aligned memory lives as long as the table.
[<RequireQualifiedAccess>]
module internal Formula =
    [<Sealed; AllowNullLiteral(false)>]
    type private Pinned(coefficients: ReadOnlyMemory<float32>) =
        let room = GC.AllocateUninitializedArray<float32>(coefficients.Length + 16, true)

        let start =
            System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(room, 0)

        let skip = int ((64n - start % 64n) % 64n) / sizeof<float32>
        do coefficients.Span.CopyTo(Span(room, skip, coefficients.Length))
        member _.Address = start + nativeint (skip * sizeof<float32>)
        member _.Room = room

    let private pinned = ConditionalWeakTable<QuantileTable, Pinned>()

    let private address (table: QuantileTable) =
        int64 (pinned.GetValue(table, fun t -> Pinned t.Coefficients).Address)

    let private zero =
        { Kind = Kind.Fill
          A = 0.0f
          B = 0.0f
          C = 0.0f
          D = 0.0f
          Split = 0u
          Table = 0L }

    /// The caller keeps the body, and so its table, alive while the formula is in use.
    let ofBody (body: Body) : Formula =
        match body with
        | Body.Fill bits ->
            { zero with
                A = BitConverter.UInt32BitsToSingle bits }
        | Body.Uniform(mid, half, least, greatest) ->
            { zero with
                Kind = Kind.Uniform
                A = mid
                B = half
                C = least
                D = greatest }
        | Body.Normal(mean, stddev) ->
            { zero with
                Kind = Kind.Normal
                A = mean
                B = stddev
                Table = address QuantileTable.normal }
        | Body.Quantile(table, location, scale, least, greatest) ->
            { Kind = (if table.IsSymmetric then Kind.Symmetric else Kind.TwoSided)
              A = location
              B = scale
              C = least
              D = greatest
              Split = table.Split
              Table = address table }
