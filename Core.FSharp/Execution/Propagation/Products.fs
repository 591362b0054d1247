namespace Initializers.Kernels

open System
open System.Numerics
open Microsoft.FSharp.NativeInterop

/// A matrix of float64: the element of row i and column j is at i*RowStep + j*ColumnStep.
[<Struct>]
type internal MatrixView =
    { Elements: float[]
      RowStep: int
      ColumnStep: int }

/// Products of matrices in float64. Every element is one fma chain over ascending terms, so the bits depend neither on the
/// number of threads nor on that of lanes.
[<AbstractClass; Sealed>]
type internal Products private () =
    /// Rows of a tile, which with two vectors of columns stays in registers.
    [<Literal>]
    static let Rows = 4

    static let width = 2 * Vector<float>.Count

    /// Four rows of a product with a panel whose rows are contiguous. The pointers are those of A's rows.
    static member private Tile
        (
            a0: nativeptr<float>,
            a1: nativeptr<float>,
            a2: nativeptr<float>,
            a3: nativeptr<float>,
            step: int,
            panel: nativeptr<float>,
            count: int,
            c: nativeptr<float>
        ) =
        let lanes = Vector<float>.Count
        let mutable c00 = Vector<float>.Zero
        let mutable c01 = Vector<float>.Zero
        let mutable c10 = Vector<float>.Zero
        let mutable c11 = Vector<float>.Zero
        let mutable c20 = Vector<float>.Zero
        let mutable c21 = Vector<float>.Zero
        let mutable c30 = Vector<float>.Zero
        let mutable c31 = Vector<float>.Zero

        for t in 0 .. count - 1 do
            let b = NativePtr.add panel (2 * lanes * t)
            let b0 = Vector.Load b
            let b1 = Vector.Load(NativePtr.add b lanes)
            let x0 = Vector<float>(NativePtr.get a0 (t * step))
            c00 <- Vector.FusedMultiplyAdd(x0, b0, c00)
            c01 <- Vector.FusedMultiplyAdd(x0, b1, c01)
            let x1 = Vector<float>(NativePtr.get a1 (t * step))
            c10 <- Vector.FusedMultiplyAdd(x1, b0, c10)
            c11 <- Vector.FusedMultiplyAdd(x1, b1, c11)
            let x2 = Vector<float>(NativePtr.get a2 (t * step))
            c20 <- Vector.FusedMultiplyAdd(x2, b0, c20)
            c21 <- Vector.FusedMultiplyAdd(x2, b1, c21)
            let x3 = Vector<float>(NativePtr.get a3 (t * step))
            c30 <- Vector.FusedMultiplyAdd(x3, b0, c30)
            c31 <- Vector.FusedMultiplyAdd(x3, b1, c31)

        Vector.Store(c00, c)
        Vector.Store(c01, NativePtr.add c lanes)
        Vector.Store(c10, NativePtr.add c (2 * lanes))
        Vector.Store(c11, NativePtr.add c (3 * lanes))
        Vector.Store(c20, NativePtr.add c (4 * lanes))
        Vector.Store(c21, NativePtr.add c (5 * lanes))
        Vector.Store(c30, NativePtr.add c (6 * lanes))
        Vector.Store(c31, NativePtr.add c (7 * lanes))

    /// A times columns [first, first + used) of B, row-major and of `columns` columns.
    static member private Panel
        (a: MatrixView, rows: int, count: int, b: float[], columns: int, first: int, c: float[])
        =
        let used = min width (columns - first)
        let panel = Array.zeroCreate<float>(count * width)
        let tile = Array.zeroCreate<float>(Rows * width)

        for t in 0 .. count - 1 do
            b.AsSpan(t * columns + first, used).CopyTo(panel.AsSpan(t * width, used))

        use elements = fixed a.Elements
        use packed = fixed panel
        use result = fixed tile

        let row i =
            NativePtr.add elements (min i (rows - 1) * a.RowStep)

        for i in 0..Rows .. rows - 1 do
            Products.Tile(row i, row (i + 1), row (i + 2), row (i + 3), a.ColumnStep, packed, count, result)

            for r in 0 .. min Rows (rows - i) - 1 do
                tile.AsSpan(r * width, used).CopyTo(c.AsSpan((i + r) * columns + first, used))

    /// A B for A of rows x count and a row-major B of count x columns.
    static member Multiply(threads: int, a: MatrixView, rows: int, count: int, b: float[], columns: int) : float[] =
        let c = Array.zeroCreate<float>(rows * columns)

        ParallelFor.Run(
            threads,
            (columns + width - 1) / width,
            fun _ panel -> Products.Panel(a, rows, count, b, columns, panel * width, c)
        )

        c

    /// Replaces two vectors x and y by cosine*x - sine*y and sine*x + cosine*y.
    static member private Rotate(x: Span<float>, y: Span<float>, cosine: float, sine: float) =
        for i in 0 .. x.Length - 1 do
            let a = x[i]
            let b = y[i]
            x[i] <- cosine * a - sine * b
            y[i] <- sine * a + cosine * b

    /// Makes two rows orthogonal; whether they were not so before.
    static member private Orthogonalize(x: Span<float>, y: Span<float>) =
        let xx =
            Tensors.TensorPrimitives.SumOfSquares(Span.op_Implicit x: ReadOnlySpan<float>)

        let yy =
            Tensors.TensorPrimitives.SumOfSquares(Span.op_Implicit y: ReadOnlySpan<float>)

        let xy =
            Tensors.TensorPrimitives.Dot(
                (Span.op_Implicit x: ReadOnlySpan<float>),
                (Span.op_Implicit y: ReadOnlySpan<float>)
            )

        if abs xy <= 1.0e-12 * Math.Sqrt xx * Math.Sqrt yy then
            false
        else
            let zeta = (yy - xx) / (2.0 * xy)
            let tangent = Math.CopySign(1.0, zeta) / (abs zeta + Math.Sqrt(1.0 + zeta * zeta))
            let cosine = 1.0 / Math.Sqrt(1.0 + tangent * tangent)
            Products.Rotate(x, y, cosine, cosine * tangent)
            true

    /// The singular values of a row-major matrix of no more rows than columns, the largest first: one-sided Jacobi rotations of
    /// its rows, which give small values as many digits as large ones (Demmel and Veselić 1992). A sweep takes each pair of
    /// rows once, in rounds of disjoint pairs.
    static member SingularValues(threads: int, matrix: float[], count: int, columns: int) : float[] =
        let rows = Array.copy matrix
        // An odd number of rows gets one that is never used.
        let even = count + count % 2
        let mutable rotated = count > 1
        let mutable sweeps = 40

        while rotated && sweeps > 0 do
            rotated <- false
            sweeps <- sweeps - 1

            for round in 0 .. even - 2 do
                let changes = Array.zeroCreate<bool>(even / 2)

                // Round robin: the last stays, the others turn.
                let player k = (round + k) % (even - 1)

                ParallelFor.Run(
                    threads,
                    even / 2,
                    fun _ pair ->
                        let i = if pair = 0 then even - 1 else player pair
                        let j = if pair = 0 then player 0 else player (even - 1 - pair)

                        if i < count && j < count then
                            changes[pair] <-
                                Products.Orthogonalize(
                                    rows.AsSpan(i * columns, columns),
                                    rows.AsSpan(j * columns, columns)
                                )
                )

                rotated <- rotated || Array.contains true changes

        Array.init count (fun i ->
            Math.Sqrt(Tensors.TensorPrimitives.SumOfSquares(ReadOnlySpan(rows, i * columns, columns))))
        |> Array.sortDescending
