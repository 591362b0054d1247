namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop

/// Loops over a panel's or block's rows whose lanes are its columns.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal PanelColumns private () =

    static member inline private ScaleLanes
        (lanes: int, p: nativeptr< ^E >, stride: int, rows: int, factors: nativeptr< ^E >, _: ^R)
        =
        TileBlocks.optimized ()
        let mutable p = p
        let mutable left = rows

        while left > 0 do
            let mutable i = 0

            while i < stride do
                let x: ^R = Lane.loadReal (NativePtr.add p i)
                Lane.store (NativePtr.add p i) (Lane.mul x (Lane.loadReal (NativePtr.add factors i)))
                i <- i + lanes

            p <- NativePtr.add p stride
            left <- left - 1

    static member inline private WidenLanes
        (lanes: int, p: nativeptr<float32>, rows: int, target: nativeptr<float>, _: ^R)
        =
        TileBlocks.optimized ()
        let mutable p = p
        let mutable target = target
        let mutable left = rows

        while left > 0 do
            let mutable i = 0

            while i < Rows.Panel do
                Lane.store (NativePtr.add target i) (Lane.widen (NativePtr.add p i): ^R)
                i <- i + lanes

            p <- NativePtr.add p Rows.Panel
            target <- NativePtr.add target Rows.Wide
            left <- left - 1

    static member inline private SquaresLanes
        (lanes: int, p: nativeptr<float>, rows: int, sums: nativeptr<float>, _: ^R)
        =
        TileBlocks.optimized ()
        let mutable i = 0

        while i < Rows.Panel do
            let mutable s0: ^R = Lane.loadReal (NativePtr.add sums i)
            let mutable s1: ^R = Lane.loadReal (NativePtr.add sums (i + lanes))
            let mutable s2: ^R = Lane.loadReal (NativePtr.add sums (i + 2 * lanes))
            let mutable s3: ^R = Lane.loadReal (NativePtr.add sums (i + 3 * lanes))
            let mutable p = NativePtr.add p i
            let mutable left = rows

            while left > 0 do
                let x0: ^R = Lane.loadReal p
                let x1: ^R = Lane.loadReal (NativePtr.add p lanes)
                let x2: ^R = Lane.loadReal (NativePtr.add p (2 * lanes))
                let x3: ^R = Lane.loadReal (NativePtr.add p (3 * lanes))
                s0 <- Lane.fma x0 x0 s0
                s1 <- Lane.fma x1 x1 s1
                s2 <- Lane.fma x2 x2 s2
                s3 <- Lane.fma x3 x3 s3
                p <- NativePtr.add p Rows.Wide
                left <- left - 1

            Lane.store (NativePtr.add sums i) s0
            Lane.store (NativePtr.add sums (i + lanes)) s1
            Lane.store (NativePtr.add sums (i + 2 * lanes)) s2
            Lane.store (NativePtr.add sums (i + 3 * lanes)) s3
            i <- i + 4 * lanes

    /// Computes T column by column. T is stored transposed, so column i is a contiguous row.
    static member inline private TriangleLanes
        (lanes: int, gram: nativeptr<float>, count: int, target: nativeptr<float>, _: ^R)
        =
        TileBlocks.optimized ()
        let mutable i = 0

        while i < count do
            let diagonal = NativePtr.get gram (i * Rows.Wide + i)
            // Of nothing there is no reflection.
            let tau = if diagonal = 0.0 then 0.0 else 2.0 / diagonal
            let row = NativePtr.add target (i * Rows.Panel)
            let factor: ^R = Lane.every -tau
            let mutable j = 0

            while j < i do
                let mutable s0: ^R = Lane.every 0.0
                let mutable s1 = s0
                let mutable s2 = s0
                let mutable s3 = s0
                // Rows before j are 0 here.
                let mutable l = j

                while l < i do
                    let g: ^R = Lane.every (NativePtr.get gram (l * Rows.Wide + i))
                    let t = NativePtr.add target (l * Rows.Panel + j)
                    s0 <- Lane.fma (Lane.loadReal t) g s0
                    s1 <- Lane.fma (Lane.loadReal (NativePtr.add t lanes)) g s1
                    s2 <- Lane.fma (Lane.loadReal (NativePtr.add t (2 * lanes))) g s2
                    s3 <- Lane.fma (Lane.loadReal (NativePtr.add t (3 * lanes))) g s3
                    l <- l + 1

                Lane.store (NativePtr.add row j) (Lane.mul factor s0)
                Lane.store (NativePtr.add row (j + lanes)) (Lane.mul factor s1)
                Lane.store (NativePtr.add row (j + 2 * lanes)) (Lane.mul factor s2)
                Lane.store (NativePtr.add row (j + 3 * lanes)) (Lane.mul factor s3)
                j <- j + 4 * lanes

            NativePtr.set row i tau
            j <- i + 1

            while j < Rows.Panel do
                NativePtr.set row j 0.0
                j <- j + 1

            i <- i + 1

    static member private Scale512(p, stride, rows, factors: nativeptr<float32>) =
        PanelColumns.ScaleLanes(16, p, stride, rows, factors, Unchecked.defaultof<Real16>)

    static member private ScaleDouble512(p, stride, rows, factors: nativeptr<float>) =
        PanelColumns.ScaleLanes(8, p, stride, rows, factors, Unchecked.defaultof<Double8>)

    static member private Widen512(p, rows, target) =
        PanelColumns.WidenLanes(8, p, rows, target, Unchecked.defaultof<Double8>)

    static member private Squares512(p, rows, sums) =
        PanelColumns.SquaresLanes(8, p, rows, sums, Unchecked.defaultof<Double8>)

    static member private Triangle512(gram, count, target) =
        PanelColumns.TriangleLanes(8, gram, count, target, Unchecked.defaultof<Double8>)

    static member private Scale256(p, stride, rows, factors: nativeptr<float32>) =
        PanelColumns.ScaleLanes(8, p, stride, rows, factors, Unchecked.defaultof<Real8>)

    static member private ScaleDouble256(p, stride, rows, factors: nativeptr<float>) =
        PanelColumns.ScaleLanes(4, p, stride, rows, factors, Unchecked.defaultof<Double4>)

    static member private Widen256(p, rows, target) =
        PanelColumns.WidenLanes(4, p, rows, target, Unchecked.defaultof<Double4>)

    static member private Squares256(p, rows, sums) =
        PanelColumns.SquaresLanes(4, p, rows, sums, Unchecked.defaultof<Double4>)

    static member private Triangle256(gram, count, target) =
        PanelColumns.TriangleLanes(4, gram, count, target, Unchecked.defaultof<Double4>)

    static member private Scale128(p, stride, rows, factors: nativeptr<float32>) =
        PanelColumns.ScaleLanes(4, p, stride, rows, factors, Unchecked.defaultof<Real4>)

    static member private Scale1(p, stride, rows, factors: nativeptr<float32>) =
        PanelColumns.ScaleLanes(1, p, stride, rows, factors, Unchecked.defaultof<Real1>)

    static member private ScaleDouble1(p, stride, rows, factors: nativeptr<float>) =
        PanelColumns.ScaleLanes(1, p, stride, rows, factors, Unchecked.defaultof<Double1>)

    static member private Widen1(p, rows, target) =
        PanelColumns.WidenLanes(1, p, rows, target, Unchecked.defaultof<Double1>)

    static member private Squares1(p, rows, sums) =
        PanelColumns.SquaresLanes(1, p, rows, sums, Unchecked.defaultof<Double1>)

    static member private Triangle1(gram, count, target) =
        PanelColumns.TriangleLanes(1, gram, count, target, Unchecked.defaultof<Double1>)

    /// Multiplies each column of rows of `stride` elements by its factor.
    static member Scale(width: TileWidth, double: bool, p: nativeint, stride: int, rows: int, factors: nativeint) =
        match width, double with
        | TileWidth.Bits512, false ->
            PanelColumns.Scale512(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)
        | TileWidth.Bits512, true ->
            PanelColumns.ScaleDouble512(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)
        | TileWidth.Bits256, false ->
            PanelColumns.Scale256(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)
        | TileWidth.Bits256, true ->
            PanelColumns.ScaleDouble256(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)
        | TileWidth.Bits128, false ->
            PanelColumns.Scale128(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)
        | _, false -> PanelColumns.Scale1(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)
        | _, true -> PanelColumns.ScaleDouble1(NativePtr.ofNativeInt p, stride, rows, NativePtr.ofNativeInt factors)

    /// Writes a panel's rows as float64 in rows of 72 elements, of which the last 8 stay as they are.
    static member Widen(width: TileWidth, double: bool, p: nativeint, rows: int, target: nativeint) =
        let source = NativePtr.ofNativeInt p
        let wide = NativePtr.ofNativeInt target

        match width, double with
        | TileWidth.Bits512, false -> PanelColumns.Widen512(source, rows, wide)
        | TileWidth.Bits256, false -> PanelColumns.Widen256(source, rows, wide)
        | _, false -> PanelColumns.Widen1(source, rows, wide)
        | _, true ->
            let bytes = int64 (Rows.Panel * sizeof<float>)

            for row in 0 .. rows - 1 do
                let from = p + nativeint row * nativeint bytes
                let place = target + nativeint (row * Rows.Wide * sizeof<float>)
                System.Buffer.MemoryCopy(from.ToPointer(), place.ToPointer(), bytes, bytes)

    /// Adds the squares of each of 64 columns, of rows of 72 elements, to its sum.
    static member Squares(width: TileWidth, p: nativeptr<float>, rows: int, sums: nativeptr<float>) =
        match width with
        | TileWidth.Bits512 -> PanelColumns.Squares512(p, rows, sums)
        | TileWidth.Bits256 -> PanelColumns.Squares256(p, rows, sums)
        | _ -> PanelColumns.Squares1(p, rows, sums)

    /// Writes T of `count` reflectors, transposed, in whole rows of 64: T_ii = tau_i = 2 / G_ii, and above the diagonal
    /// T_ji = -tau_i times the sum over l = j ... i - 1 of T_jl G_li.
    static member Triangle(width: TileWidth, gram: nativeptr<float>, count: int, target: nativeptr<float>) =
        match width with
        | TileWidth.Bits512 -> PanelColumns.Triangle512(gram, count, target)
        | TileWidth.Bits256 -> PanelColumns.Triangle256(gram, count, target)
        | _ -> PanelColumns.Triangle1(gram, count, target)
