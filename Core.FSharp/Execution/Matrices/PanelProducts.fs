namespace Initializers.Kernels

open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// The shape of a product C += A B.
[<Struct>]
type internal Tiling =
    {
        /// Rows of C, a multiple of 8.
        Rows: int
        /// Columns of C that matter.
        Columns: int
        /// Terms of each sum.
        Count: int
        /// 1 where A is upper triangular, so that rows of C need no terms before their own number; else 0.
        Skew: int
    }

/// Elements of rows, constants to the kernels, which thus address memory by displacements.
module internal Rows =
    /// Reflectors of a panel.
    [<Literal>]
    let Panel = 64

    /// Columns of a block, whole tiles at every width.
    [<Literal>]
    let Block = 48

    /// A panel in float64, with room behind it for whole tiles at every width.
    [<Literal>]
    let Wide = 72

    /// More than all columns.
    [<Literal>]
    let All = 0x10000000

/// C += A B for matrices that stay in the caches. Every element is one fma chain over ascending terms that starts from the
/// old element of C, so the bits do not depend on the number of lanes, the tile size or the splitting of a sum into calls.
///
/// A tile of C, some rows by three vectors, stays in registers: 8 rows take 24 of AVX-512's 32, 4 rows 12 of the others' 16.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal PanelProducts private () =

    /// Asks for a line of memory that is used soon: sums over A's rows need it in the second-level cache, and what is read once,
    /// in the first.
    static member inline private Fetch(step: int, p: voidptr) =
        if step > 1 then Sse.Prefetch1 p else Sse.Prefetch0 p

    /// One tile of 8 rows. A's element of row j and term t is at j across + t step. Each term asks for an eighth of two rows,
    /// one of A and one of B or C, that are not needed yet.
    static member inline private Eight
        (
            lanes: int,
            step: int,
            across: int,
            stride: int,
            a: nativeptr< ^E >,
            b,
            c: nativeptr< ^E >,
            count: int,
            ahead: nativeptr< ^E >,
            adjacent: nativeptr< ^E >,
            _: ^R
        ) =
        let mutable c00: ^R = Lane.loadReal (NativePtr.add c (0 * stride + 0 * lanes))
        let mutable c01: ^R = Lane.loadReal (NativePtr.add c (0 * stride + 1 * lanes))
        let mutable c02: ^R = Lane.loadReal (NativePtr.add c (0 * stride + 2 * lanes))
        let mutable c10: ^R = Lane.loadReal (NativePtr.add c (1 * stride + 0 * lanes))
        let mutable c11: ^R = Lane.loadReal (NativePtr.add c (1 * stride + 1 * lanes))
        let mutable c12: ^R = Lane.loadReal (NativePtr.add c (1 * stride + 2 * lanes))
        let mutable c20: ^R = Lane.loadReal (NativePtr.add c (2 * stride + 0 * lanes))
        let mutable c21: ^R = Lane.loadReal (NativePtr.add c (2 * stride + 1 * lanes))
        let mutable c22: ^R = Lane.loadReal (NativePtr.add c (2 * stride + 2 * lanes))
        let mutable c30: ^R = Lane.loadReal (NativePtr.add c (3 * stride + 0 * lanes))
        let mutable c31: ^R = Lane.loadReal (NativePtr.add c (3 * stride + 1 * lanes))
        let mutable c32: ^R = Lane.loadReal (NativePtr.add c (3 * stride + 2 * lanes))
        let mutable c40: ^R = Lane.loadReal (NativePtr.add c (4 * stride + 0 * lanes))
        let mutable c41: ^R = Lane.loadReal (NativePtr.add c (4 * stride + 1 * lanes))
        let mutable c42: ^R = Lane.loadReal (NativePtr.add c (4 * stride + 2 * lanes))
        let mutable c50: ^R = Lane.loadReal (NativePtr.add c (5 * stride + 0 * lanes))
        let mutable c51: ^R = Lane.loadReal (NativePtr.add c (5 * stride + 1 * lanes))
        let mutable c52: ^R = Lane.loadReal (NativePtr.add c (5 * stride + 2 * lanes))
        let mutable c60: ^R = Lane.loadReal (NativePtr.add c (6 * stride + 0 * lanes))
        let mutable c61: ^R = Lane.loadReal (NativePtr.add c (6 * stride + 1 * lanes))
        let mutable c62: ^R = Lane.loadReal (NativePtr.add c (6 * stride + 2 * lanes))
        let mutable c70: ^R = Lane.loadReal (NativePtr.add c (7 * stride + 0 * lanes))
        let mutable c71: ^R = Lane.loadReal (NativePtr.add c (7 * stride + 1 * lanes))
        let mutable c72: ^R = Lane.loadReal (NativePtr.add c (7 * stride + 2 * lanes))
        let mutable a = a
        let mutable b = b
        let mutable left = count
        let mutable ahead = ahead
        let mutable adjacent = adjacent

        while left > 0 do
            let b0: ^R = Lane.loadReal (NativePtr.add b (0 * lanes))
            let b1: ^R = Lane.loadReal (NativePtr.add b (1 * lanes))
            let b2: ^R = Lane.loadReal (NativePtr.add b (2 * lanes))
            let a0: ^R = Lane.every (NativePtr.get a (0 * across))
            c00 <- Lane.fma a0 b0 c00
            c01 <- Lane.fma a0 b1 c01
            c02 <- Lane.fma a0 b2 c02
            let a1: ^R = Lane.every (NativePtr.get a (1 * across))
            c10 <- Lane.fma a1 b0 c10
            c11 <- Lane.fma a1 b1 c11
            c12 <- Lane.fma a1 b2 c12
            let a2: ^R = Lane.every (NativePtr.get a (2 * across))
            c20 <- Lane.fma a2 b0 c20
            c21 <- Lane.fma a2 b1 c21
            c22 <- Lane.fma a2 b2 c22
            let a3: ^R = Lane.every (NativePtr.get a (3 * across))
            c30 <- Lane.fma a3 b0 c30
            c31 <- Lane.fma a3 b1 c31
            c32 <- Lane.fma a3 b2 c32
            let a4: ^R = Lane.every (NativePtr.get a (4 * across))
            c40 <- Lane.fma a4 b0 c40
            c41 <- Lane.fma a4 b1 c41
            c42 <- Lane.fma a4 b2 c42
            let a5: ^R = Lane.every (NativePtr.get a (5 * across))
            c50 <- Lane.fma a5 b0 c50
            c51 <- Lane.fma a5 b1 c51
            c52 <- Lane.fma a5 b2 c52
            let a6: ^R = Lane.every (NativePtr.get a (6 * across))
            c60 <- Lane.fma a6 b0 c60
            c61 <- Lane.fma a6 b1 c61
            c62 <- Lane.fma a6 b2 c62
            let a7: ^R = Lane.every (NativePtr.get a (7 * across))
            c70 <- Lane.fma a7 b0 c70
            c71 <- Lane.fma a7 b1 c71
            c72 <- Lane.fma a7 b2 c72
            PanelProducts.Fetch(step, NativePtr.toVoidPtr ahead)
            PanelProducts.Fetch(step, NativePtr.toVoidPtr adjacent)
            ahead <- NativePtr.add ahead (Rows.Panel / 8)
            adjacent <- NativePtr.add adjacent (Rows.Block / 8)
            a <- NativePtr.add a step
            b <- NativePtr.add b stride
            left <- left - 1

        Lane.store (NativePtr.add c (0 * stride + 0 * lanes)) c00
        Lane.store (NativePtr.add c (0 * stride + 1 * lanes)) c01
        Lane.store (NativePtr.add c (0 * stride + 2 * lanes)) c02
        Lane.store (NativePtr.add c (1 * stride + 0 * lanes)) c10
        Lane.store (NativePtr.add c (1 * stride + 1 * lanes)) c11
        Lane.store (NativePtr.add c (1 * stride + 2 * lanes)) c12
        Lane.store (NativePtr.add c (2 * stride + 0 * lanes)) c20
        Lane.store (NativePtr.add c (2 * stride + 1 * lanes)) c21
        Lane.store (NativePtr.add c (2 * stride + 2 * lanes)) c22
        Lane.store (NativePtr.add c (3 * stride + 0 * lanes)) c30
        Lane.store (NativePtr.add c (3 * stride + 1 * lanes)) c31
        Lane.store (NativePtr.add c (3 * stride + 2 * lanes)) c32
        Lane.store (NativePtr.add c (4 * stride + 0 * lanes)) c40
        Lane.store (NativePtr.add c (4 * stride + 1 * lanes)) c41
        Lane.store (NativePtr.add c (4 * stride + 2 * lanes)) c42
        Lane.store (NativePtr.add c (5 * stride + 0 * lanes)) c50
        Lane.store (NativePtr.add c (5 * stride + 1 * lanes)) c51
        Lane.store (NativePtr.add c (5 * stride + 2 * lanes)) c52
        Lane.store (NativePtr.add c (6 * stride + 0 * lanes)) c60
        Lane.store (NativePtr.add c (6 * stride + 1 * lanes)) c61
        Lane.store (NativePtr.add c (6 * stride + 2 * lanes)) c62
        Lane.store (NativePtr.add c (7 * stride + 0 * lanes)) c70
        Lane.store (NativePtr.add c (7 * stride + 1 * lanes)) c71
        Lane.store (NativePtr.add c (7 * stride + 2 * lanes)) c72

    /// One tile of 4 rows.
    static member inline private Four
        (lanes: int, step: int, across: int, stride: int, a: nativeptr< ^E >, b, c: nativeptr< ^E >, count: int, _: ^R)
        =
        let mutable c00: ^R = Lane.loadReal (NativePtr.add c (0 * stride + 0 * lanes))
        let mutable c01: ^R = Lane.loadReal (NativePtr.add c (0 * stride + 1 * lanes))
        let mutable c02: ^R = Lane.loadReal (NativePtr.add c (0 * stride + 2 * lanes))
        let mutable c10: ^R = Lane.loadReal (NativePtr.add c (1 * stride + 0 * lanes))
        let mutable c11: ^R = Lane.loadReal (NativePtr.add c (1 * stride + 1 * lanes))
        let mutable c12: ^R = Lane.loadReal (NativePtr.add c (1 * stride + 2 * lanes))
        let mutable c20: ^R = Lane.loadReal (NativePtr.add c (2 * stride + 0 * lanes))
        let mutable c21: ^R = Lane.loadReal (NativePtr.add c (2 * stride + 1 * lanes))
        let mutable c22: ^R = Lane.loadReal (NativePtr.add c (2 * stride + 2 * lanes))
        let mutable c30: ^R = Lane.loadReal (NativePtr.add c (3 * stride + 0 * lanes))
        let mutable c31: ^R = Lane.loadReal (NativePtr.add c (3 * stride + 1 * lanes))
        let mutable c32: ^R = Lane.loadReal (NativePtr.add c (3 * stride + 2 * lanes))
        let mutable a = a
        let mutable b = b
        let mutable left = count

        while left > 0 do
            let b0: ^R = Lane.loadReal (NativePtr.add b (0 * lanes))
            let b1: ^R = Lane.loadReal (NativePtr.add b (1 * lanes))
            let b2: ^R = Lane.loadReal (NativePtr.add b (2 * lanes))
            let a0: ^R = Lane.every (NativePtr.get a (0 * across))
            c00 <- Lane.fma a0 b0 c00
            c01 <- Lane.fma a0 b1 c01
            c02 <- Lane.fma a0 b2 c02
            let a1: ^R = Lane.every (NativePtr.get a (1 * across))
            c10 <- Lane.fma a1 b0 c10
            c11 <- Lane.fma a1 b1 c11
            c12 <- Lane.fma a1 b2 c12
            let a2: ^R = Lane.every (NativePtr.get a (2 * across))
            c20 <- Lane.fma a2 b0 c20
            c21 <- Lane.fma a2 b1 c21
            c22 <- Lane.fma a2 b2 c22
            let a3: ^R = Lane.every (NativePtr.get a (3 * across))
            c30 <- Lane.fma a3 b0 c30
            c31 <- Lane.fma a3 b1 c31
            c32 <- Lane.fma a3 b2 c32
            a <- NativePtr.add a step
            b <- NativePtr.add b stride
            left <- left - 1

        Lane.store (NativePtr.add c (0 * stride + 0 * lanes)) c00
        Lane.store (NativePtr.add c (0 * stride + 1 * lanes)) c01
        Lane.store (NativePtr.add c (0 * stride + 2 * lanes)) c02
        Lane.store (NativePtr.add c (1 * stride + 0 * lanes)) c10
        Lane.store (NativePtr.add c (1 * stride + 1 * lanes)) c11
        Lane.store (NativePtr.add c (1 * stride + 2 * lanes)) c12
        Lane.store (NativePtr.add c (2 * stride + 0 * lanes)) c20
        Lane.store (NativePtr.add c (2 * stride + 1 * lanes)) c21
        Lane.store (NativePtr.add c (2 * stride + 2 * lanes)) c22
        Lane.store (NativePtr.add c (3 * stride + 0 * lanes)) c30
        Lane.store (NativePtr.add c (3 * stride + 1 * lanes)) c31
        Lane.store (NativePtr.add c (3 * stride + 2 * lanes)) c32

    /// All tiles of `Eight`: those whose last column is `reach` or more columns before their first row are left out.
    static member inline private Eights
        (lanes: int, step: int, across: int, stride: int, reach: int, t: Tiling, a, b, c: nativeptr< ^E >, witness: ^R)
        =
        TileBlocks.optimized ()
        let mutable column = 0

        while column < t.Columns do
            let rows = min t.Rows (column + 3 * lanes + reach)
            let mutable row = 0

            while row < rows do
                let skipped = row * t.Skew

                // The rows behind these, parted among the tiles; or those of the tile after the next.
                let ahead =
                    if step > 1 then
                        NativePtr.add a (t.Count * step + row * t.Count)
                    else
                        NativePtr.add a ((row + 16) * across)

                let adjacent =
                    if step > 1 then
                        NativePtr.add b (t.Count * stride + row / 8 * t.Count * (Rows.Block / 8))
                    else
                        NativePtr.add c ((row + 16) * stride)

                PanelProducts.Eight(
                    lanes,
                    step,
                    across,
                    stride,
                    NativePtr.add a (row * across + skipped * step),
                    NativePtr.add b (skipped * stride + column),
                    NativePtr.add c (row * stride + column),
                    t.Count - skipped,
                    ahead,
                    adjacent,
                    witness
                )

                row <- row + 8

            column <- column + 3 * lanes

    /// All tiles of `Four`: those whose last column is `reach` or more columns before their first row are left out.
    static member inline private Fours
        (lanes: int, step: int, across: int, stride: int, reach: int, t: Tiling, a, b, c: nativeptr< ^E >, witness: ^R)
        =
        TileBlocks.optimized ()
        let mutable column = 0

        while column < t.Columns do
            let rows = min t.Rows (column + 3 * lanes + reach)
            let mutable row = 0

            while row < rows do
                let skipped = row * t.Skew

                PanelProducts.Four(
                    lanes,
                    step,
                    across,
                    stride,
                    NativePtr.add a (row * across + skipped * step),
                    NativePtr.add b (skipped * stride + column),
                    NativePtr.add c (row * stride + column),
                    t.Count - skipped,
                    witness
                )

                row <- row + 4

            column <- column + 3 * lanes

    // A and C of Panel and Block columns: sums over A's rows (Across) and over its columns (Along).

    static member private Across512(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Eights(16, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real16>)

    static member private Along512(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Eights(16, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real16>)

    static member private AcrossDouble512(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Eights(8, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Double8>)

    static member private AlongDouble512(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Eights(8, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Double8>)

    static member private Gram512(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Eights(8, Rows.Wide, 1, Rows.Wide, 0, t, a, b, c, Unchecked.defaultof<Double8>)

    static member private Across256(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Fours(8, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real8>)

    static member private Along256(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Fours(8, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real8>)

    static member private AcrossDouble256(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Fours(4, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Double4>)

    static member private AlongDouble256(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Fours(4, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Double4>)

    static member private Gram256(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Fours(4, Rows.Wide, 1, Rows.Wide, 0, t, a, b, c, Unchecked.defaultof<Double4>)

    static member private Across128(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Fours(4, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real4>)

    static member private Along128(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Fours(4, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real4>)

    static member private Across1(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Fours(1, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real1>)

    static member private Along1(t: Tiling, a, b, c: nativeptr<float32>) =
        PanelProducts.Fours(1, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Real1>)

    static member private AcrossDouble1(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Fours(1, Rows.Panel, 1, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Double1>)

    static member private AlongDouble1(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Fours(1, 1, Rows.Panel, Rows.Block, Rows.All, t, a, b, c, Unchecked.defaultof<Double1>)

    static member private Gram1(t: Tiling, a, b, c: nativeptr<float>) =
        PanelProducts.Fours(1, Rows.Wide, 1, Rows.Wide, 0, t, a, b, c, Unchecked.defaultof<Double1>)

    /// C += A' B: A has rows of 64 elements, B and C of 48. Float64 has no lanes of 128 bits.
    static member Across(width: TileWidth, double: bool, t: Tiling, a: nativeint, b: nativeint, c: nativeint) =
        match width, double with
        | TileWidth.Bits512, false ->
            PanelProducts.Across512(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits512, true ->
            PanelProducts.AcrossDouble512(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits256, false ->
            PanelProducts.Across256(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits256, true ->
            PanelProducts.AcrossDouble256(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits128, false ->
            PanelProducts.Across128(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | _, false ->
            PanelProducts.Across1(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | _, true ->
            PanelProducts.AcrossDouble1(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)

    /// C += A B, likewise.
    static member Along(width: TileWidth, double: bool, t: Tiling, a: nativeint, b: nativeint, c: nativeint) =
        match width, double with
        | TileWidth.Bits512, false ->
            PanelProducts.Along512(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits512, true ->
            PanelProducts.AlongDouble512(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits256, false ->
            PanelProducts.Along256(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits256, true ->
            PanelProducts.AlongDouble256(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits128, false ->
            PanelProducts.Along128(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | _, false -> PanelProducts.Along1(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | _, true ->
            PanelProducts.AlongDouble1(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)

    /// C += A' B in float64, all with rows of 72 elements; of C the upper triangle, and some more.
    static member Gram(width: TileWidth, t: Tiling, a: nativeint, b: nativeint, c: nativeint) =
        match width with
        | TileWidth.Bits512 ->
            PanelProducts.Gram512(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | TileWidth.Bits256 ->
            PanelProducts.Gram256(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
        | _ -> PanelProducts.Gram1(t, NativePtr.ofNativeInt a, NativePtr.ofNativeInt b, NativePtr.ofNativeInt c)
