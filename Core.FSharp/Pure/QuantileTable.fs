namespace Initializers.FSharp

open System

/// A law's quantile as the kernels evaluate it: for each side of the median 32 octaves of the tail probability, in each
/// a polynomial of degree 7. A symmetric law has one side, whose octave next to the median is a polynomial in the squared
/// distance from it; see docs/bits.md.
[<Sealed>]
type QuantileTable internal (symmetric: bool, coefficients: float32[]) =
    /// Whether one side serves both.
    member _.IsSymmetric = symmetric

    /// Coefficient of `power` in `octave` of `side` at index (side * 8 + power) * 32 + octave.
    member _.Coefficients: ReadOnlyMemory<float32> = ReadOnlyMemory coefficients

    override _.Equals(other: obj | null) =
        match other with
        | :? QuantileTable as o -> o.IsSymmetric = symmetric && o.Coefficients.Span.SequenceEqual coefficients
        | _ -> false

    override _.GetHashCode() =
        HashCode.Combine(symmetric, coefficients[0], coefficients[17], coefficients[255])

/// A law to be fitted: the quantile from each end.
type internal QuantileLaw =
    {
        /// Whether quantile(1 - t) = -quantile(t) and the quantile is smooth through the median.
        Symmetric: bool
        /// The quantile at probability t in (0, 1/2] from the lower end (side 0) or from the upper end (side 1).
        At: int -> float -> float
    }

/// Fits of octave tables in float64, by arithmetic that every machine rounds alike.
[<RequireQualifiedAccess>]
module internal QuantileTable =
    let private octaves = 32
    let private powers = 8
    let private nodes = 32

    /// The Chebyshev nodes cos(pi (i + 1/2) / 32) on [-1/2, 1/2], stretched to reach the ends. The first cosine comes from
    /// half-angles, cos(x/2) = sqrt((1 + cos x)/2), the others from the recurrence of Chebyshev's polynomials.
    let private abscissae =
        let half c = Math.Sqrt((1.0 + c) / 2.0)
        let c1 = 0.0 |> half |> half |> half |> half |> half // cos(pi/64)
        let step = 2.0 * c1 * c1 - 1.0 // cos(pi/32)

        let cosines =
            Array.unfold
                (fun (i, previous, current) ->
                    if i = nodes then
                        None
                    else
                        Some(current, (i + 1, current, 2.0 * step * current - previous)))
                (0, c1, c1)

        cosines |> Array.map (fun c -> c / c1 / 2.0)

    /// Least squares by modified Gram-Schmidt: the x that minimizes |A x - b|; columns of A and b are overwritten.
    let private leastSquares (columns: float[][]) (b: float[]) : float[] =
        let n = columns.Length
        let r = Array2D.zeroCreate n n
        let rhs = Array.zeroCreate n

        let dot (u: float[]) (v: float[]) =
            Array.fold2 (fun s x y -> s + x * y) 0.0 u v

        for j in 0 .. n - 1 do
            let q = columns[j]
            let norm = Math.Sqrt(dot q q)
            r[j, j] <- norm

            for i in 0 .. q.Length - 1 do
                q[i] <- q[i] / norm

            for k in j + 1 .. n - 1 do
                let projection = dot q columns[k]
                r[j, k] <- projection
                columns[k] <- Array.map2 (fun x y -> x - projection * y) columns[k] q

            rhs[j] <- dot q b

            for i in 0 .. b.Length - 1 do
                b[i] <- b[i] - rhs[j] * q[i]

        let x = Array.zeroCreate n

        for j in n - 1 .. -1 .. 0 do
            let mutable s = rhs[j]

            for k in j + 1 .. n - 1 do
                s <- s - r[j, k] * x[k]

            x[j] <- s / r[j, j]

        x

    /// A polynomial of degree 7 through values at the nodes, in float32: coefficients are rounded from the constant up,
    /// and those that are left take up the rounding.
    let private polynomial (values: float[]) : float32[] =
        let rest = Array.copy values

        Array.init powers (fun power ->
            let columns =
                [| for k in power .. powers - 1 -> abscissae |> Array.map (fun y -> pown y k) |]

            let c = float32 (leastSquares columns (Array.copy rest)).[0]

            for i in 0 .. nodes - 1 do
                rest[i] <- rest[i] - float c * pown abscissae[i] power

            c)

    /// The tail probability of the variable a in [1, 2] of an octave.
    let private probability (octave: int) (a: float) = a * Math.ScaleB(1.0, -2 - octave)

    let private side (law: QuantileLaw) (which: int) =
        Array.init octaves (fun octave ->
            if octave = 0 && law.Symmetric then
                // z/a in y = a^2 - 1/2, a = 4 |p - 1/2|; a very small a stands for the limit at 0.
                abscissae
                |> Array.map (fun y ->
                    let a = Math.Sqrt(max (y + 0.5) (Math.ScaleB(1.0, -40)))
                    -(law.At 0 (0.5 - a / 4.0)) / a)
                |> polynomial
            else
                abscissae
                |> Array.map (fun y ->
                    let z = law.At which (probability octave (y + 1.5))
                    if law.Symmetric then -z else z)
                |> polynomial)

    /// The standard normal's table, which is a constant of the contract.
    let normal = QuantileTable(true, NormalTable.coefficients)

    /// The value of a word, as every lane computes it.
    let evaluate (table: QuantileTable) (word: uint32) : float32 =
        let c = table.Coefficients
        let v = ((min word ~~~word) <<< 1) ||| 1u
        let octave = Numerics.BitOperations.LeadingZeroCount v
        let upper = word >= 0x80000000u

        let offset =
            if upper && not table.IsSymmetric then
                powers * octaves
            else
                0

        let coefficient power =
            c.Span[offset + power * octaves + octave]

        let median = table.IsSymmetric && octave = 0
        let g = if median then 0u - v else v <<< octave
        let a = float32 g * 4.656612873077392578125e-10f

        let y =
            if median then
                MathF.FusedMultiplyAdd(a, a, -0.5f)
            else
                a - 1.5f

        let mutable q = coefficient 7

        for power in 6..-1..1 do
            q <- MathF.FusedMultiplyAdd(q, y, coefficient power)

        if table.IsSymmetric then
            let r = if median then a else 1.0f
            let z = MathF.FusedMultiplyAdd(r, coefficient 0, (r * y) * q)
            if upper then z else -z
        else
            MathF.FusedMultiplyAdd(y, q, coefficient 0)

    /// The table of a law.
    let fit (law: QuantileLaw) : QuantileTable =
        let sides = if law.Symmetric then [| 0 |] else [| 0; 1 |]
        let fitted = sides |> Array.map (side law)

        let table () =
            QuantileTable(
                law.Symmetric,
                Array.init (sides.Length * powers * octaves) (fun i ->
                    fitted[i / (powers * octaves)].[i % octaves].[i / octaves % powers])
            )

        if law.Symmetric then
            table ()
        else
            // Moves are few, for a law that no polynomial follows must not keep a caller waiting.
            let lastPlace (x: float32) = MathF.BitIncrement(abs x) - abs x

            // Where the sides meet, the upper one must not begin below the end of the lower: near 0 the last place is so
            // fine that the fits' own errors would be a long step back. A unit in the last place of c0 is far below the
            // errors that the contract allows.
            let first = fitted[1].[0]
            let mutable moves = 0

            while moves < 4 && evaluate (table ()) 0x7FFFFFFFu > evaluate (table ()) 0x80000000u do
                first[0] <- MathF.BitIncrement first[0]
                moves <- moves + 1

            // Where octaves meet, their roundings of c0 may add up to a step back of two last places; then the outer one
            // moves by one, which leaves it as near to the law as it was.
            for which in 0..1 do
                for octave in 0..30 do
                    let inner = 1u <<< (30 - octave)
                    let word m = if which = 0 then m else ~~~m
                    let sign = if which = 0 then 1.0f else -1.0f

                    let back () =
                        let current = table ()
                        let near = evaluate current (word inner)
                        let far = evaluate current (word (inner - 1u))
                        sign * (far - near) / min (lastPlace near) (lastPlace far)

                    while back () > 1.0f do
                        let outer = fitted[which].[octave + 1]

                        outer[0] <-
                            if which = 0 then
                                MathF.BitDecrement outer[0]
                            else
                                MathF.BitIncrement outer[0]

            table ()
