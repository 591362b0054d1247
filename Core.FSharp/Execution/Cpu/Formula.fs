namespace Initializers.Kernels

open System
open System.Runtime.CompilerServices
open Microsoft.FSharp.NativeInterop
open Initializers.FSharp

/// How many bits of lanes a CPU tile works on at once.
type internal TileWidth =
    /// One lane: any processor.
    | Scalar = 1
    | Bits128 = 128
    | Bits256 = 256
    | Bits512 = 512

/// Which code of a tile a plan runs.
type internal Kind =
    | Fill = 0
    | Uniform = 1
    | Normal = 2
    | Symmetric = 3
    | TwoSided = 4

/// A plan's body as plain numbers, which a kernel can take: parameters and the address of a table in host memory. The
/// parameters of a float32 body are float32 here, too.
[<Struct>]
type internal Formula =
    {
        Kind: Kind
        A: float
        B: float
        C: float
        D: float
        /// The bits that fill, or the first word of a two-sided table's upper side.
        Bits: uint64
        /// An address; ILGPU takes no native integers.
        Table: int64
    }

/// Formulas of plans. A table's copy in pinned, 64-byte aligned memory lives as long as the table.
[<RequireQualifiedAccess>]
module internal Formula =
    [<Sealed; AllowNullLiteral(false)>]
    type private Pinned<'T when 'T: struct and 'T: unmanaged>(coefficients: ReadOnlyMemory<'T>) =
        let room =
            GC.AllocateUninitializedArray<'T>(coefficients.Length + 64 / sizeof<'T>, true)

        let start =
            System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(room, 0)

        let skip = int ((64n - start % 64n) % 64n) / sizeof<'T>
        do coefficients.Span.CopyTo(Span(room, skip, coefficients.Length))
        member _.Address = start + nativeint (skip * sizeof<'T>)
        member _.Room = room

    let private pinned = ConditionalWeakTable<QuantileTable, Pinned<float32>>()
    let private pinned64 = ConditionalWeakTable<QuantileTable64, Pinned<float>>()

    let private address (table: QuantileTable) =
        int64 (pinned.GetValue(table, fun t -> Pinned t.Coefficients).Address)

    /// Coefficients of one side of a float64 table that lanes of registers look up: octaves 0 to 14 and slot 63.
    let private near = 16

    /// The near coefficients of both sides, then all, so that the near ones are aligned and at one distance from all.
    let private address64 (table: QuantileTable64) =
        let arrange (t: QuantileTable64) =
            let all = t.Coefficients.ToArray()

            // A symmetric table has no second side; it is filled with zeros.
            let nearest =
                Array.init (2 * 18 * near) (fun i ->
                    let slot = if i % near = near - 1 then 63 else i % near
                    let index = i / near * 64 + slot
                    if index < all.Length then all[index] else 0.0)

            Pinned(ReadOnlyMemory(Array.append nearest all))

        int64 (pinned64.GetValue(table, arrange).Address)

    /// The table of a float32 formula as tiles see it.
    let inline table (f: Formula) : PointerTable =
        { Base = NativePtr.ofNativeInt (nativeint f.Table) }

    /// The table of a float64 formula as tiles see it.
    let inline table64 (f: Formula) : PointerTable64 =
        let start: nativeptr<float> = NativePtr.ofNativeInt (nativeint f.Table)

        { Near = start
          All = NativePtr.add start 576 }

    let private zero =
        { Kind = Kind.Fill
          A = 0.0
          B = 0.0
          C = 0.0
          D = 0.0
          Bits = 0UL
          Table = 0L }

    /// The caller keeps the draw, and so its table, alive while the formula is in use.
    let ofDraw (draw: ElementDraw) : Formula =
        let sided isSymmetric =
            if isSymmetric then Kind.Symmetric else Kind.TwoSided

        match draw with
        | ElementDraw.Constant bits -> { zero with Bits = bits }
        | ElementDraw.Single(Draw.Uniform(mid, half, least, greatest)) ->
            { zero with
                Kind = Kind.Uniform
                A = float mid
                B = float half
                C = float least
                D = float greatest }
        | ElementDraw.Double(Draw.Uniform(mid, half, least, greatest)) ->
            { zero with
                Kind = Kind.Uniform
                A = mid
                B = half
                C = least
                D = greatest }
        | ElementDraw.Single(Draw.Normal(mean, stddev)) ->
            { zero with
                Kind = Kind.Normal
                A = float mean
                B = float stddev
                Table = address QuantileTable.normal }
        | ElementDraw.Double(Draw.Normal(mean, stddev)) ->
            { zero with
                Kind = Kind.Normal
                A = mean
                B = stddev
                Table = address64 QuantileTable64.normal }
        | ElementDraw.Single(Draw.Quantile(table, location, scale, least, greatest)) ->
            { Kind = sided table.IsSymmetric
              A = float location
              B = float scale
              C = float least
              D = float greatest
              Bits = uint64 table.Split
              Table = address table }
        | ElementDraw.Double(Draw.Quantile(table, location, scale, least, greatest)) ->
            { Kind = sided table.IsSymmetric
              A = location
              B = scale
              C = least
              D = greatest
              Bits = table.Split
              Table = address64 table }
