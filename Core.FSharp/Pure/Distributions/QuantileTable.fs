namespace Initializers.FSharp

open System
open System.Numerics

/// A distribution's quantile as the kernels evaluate it: for each side 32 octaves of the tail probability, in each a
/// polynomial of degree 7. A symmetric distribution has one side, whose octave next to the median is a polynomial in the
/// squared distance from it; see docs/bits.md. The table is fitted when its coefficients are first read.
[<Sealed>]
type internal QuantileTable(symmetric: bool, split: uint32, coefficients: LazyValue<float32[]>) =
    /// Whether one side serves both.
    member _.IsSymmetric = symmetric

    /// The first word of the upper side: 2^31, unless the distribution has a kink elsewhere.
    member _.Split = split

    /// Coefficient of `power` in `octave` of `side` at index (side * 8 + power) * 32 + octave.
    member _.Coefficients: ReadOnlyMemory<float32> = ReadOnlyMemory coefficients.Value

    /// Whether the coefficients are there.
    member internal _.IsFitted = coefficients.IsComputed

    override this.Equals(other: obj | null) =
        match other with
        | :? QuantileTable as o ->
            Object.ReferenceEquals(this, o)
            || o.IsSymmetric = symmetric
               && o.Split = split
               && o.Coefficients.Span.SequenceEqual coefficients.Value
        | _ -> false

    // Without the coefficients, which may not be fitted yet.
    override _.GetHashCode() = HashCode.Combine(symmetric, split)

/// Fits octave tables in float64, by arithmetic that rounds in the same way on every machine.
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

    let private dot (u: float[]) (v: float[]) =
        let mutable sum = 0.0

        for i in 0 .. u.Length - 1 do
            sum <- sum + u[i] * v[i]

        sum

    /// The orthogonal columns and the triangle of y^power to y^7 at the nodes, by modified Gram-Schmidt.
    let private factors =
        Array.init powers (fun power ->
            let columns =
                [| for k in power .. powers - 1 -> abscissae |> Array.map (fun y -> pown y k) |]

            let n = columns.Length
            let r = Array2D.zeroCreate n n

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

            struct (columns, r))

    /// The first coefficient of the least-squares polynomial in y^power to y^7 through values at the nodes, which are
    /// overwritten.
    let private leading (power: int) (values: float[]) : float =
        let struct (columns, r) = factors[power]
        let n = columns.Length
        let x = Array.zeroCreate n

        for j in 0 .. n - 1 do
            let q = columns[j]
            x[j] <- dot q values

            for i in 0 .. values.Length - 1 do
                values[i] <- values[i] - x[j] * q[i]

        for j in n - 1 .. -1 .. 0 do
            let mutable s = x[j]

            for k in j + 1 .. n - 1 do
                s <- s - r[j, k] * x[k]

            x[j] <- s / r[j, j]

        x[0]

    /// A polynomial of degree 7 through a function's values at the nodes, in float32. The constant is the value at 0, where
    /// no other coefficient could take up its rounding; the others are rounded from the lowest up, and those that are left
    /// take up the rounding.
    let private polynomial (value: float -> float) : float32[] =
        Cancellation.Check()
        let coefficients = Array.zeroCreate powers
        coefficients[0] <- float32 (value 0.0)
        let rest = abscissae |> Array.map (fun y -> value y - float coefficients[0])

        for power in 1 .. powers - 1 do
            coefficients[power] <- float32 (leading power (Array.copy rest))

            for i in 0 .. nodes - 1 do
                rest[i] <- rest[i] - float coefficients[power] * pown abscissae[i] power

        coefficients

    /// The slot of a two-sided table for tail probabilities above 1/2, which a side has whose end is not at 1/2.
    let private beyondHalf = 31

    /// The outermost slot of a two-sided table, which serves two words.
    let private outermost = 30

    /// The tail probability of the variable a in [1, 2] of a slot.
    let private probability (slot: int) (a: float) =
        if slot = beyondHalf then
            a / 2.0
        else
            a * Math.ScaleB(1.0, -2 - slot)

    let private symmetricSide below above =
        Array.init octaves (fun octave ->
            if octave = 0 then
                // z/a in y = a^2 - 1/2, a = 4 |p - 1/2|; a very small a replaces the limit at 0.
                polynomial (fun y ->
                    let a = Math.Sqrt(max (y + 0.5) (Math.ScaleB(1.0, -40)))
                    above (a / 4.0) / a)
            else
                polynomial (fun y -> -(below (Math.ScaleB(y + 1.5, -2 - octave)))))

    /// One side of a two-sided table, up to tail probability `limit`.
    let private oneSide (limit: float) (quantile: float -> float) =
        Array.init octaves (fun slot ->
            if probability slot 1.0 >= limit then
                Array.zeroCreate powers
            elif slot = outermost then
                // Words 0 and 1, where y is -1 and 0.
                let c0 = float32 (quantile (probability slot 1.5))
                let c1 = float32 (float c0 - quantile (probability slot 0.5))

                Array.init powers (fun power ->
                    if power = 0 then c0
                    elif power = 1 then c1
                    else 0.0f)
            else
                polynomial (fun y -> quantile (probability slot (y + 1.5))))

    /// The standard normal's table, which is a constant of the contract.
    let normal =
        QuantileTable(true, 0x80000000u, LazyValue(fun () -> NormalTable.coefficients))

    let private horner (coefficient: int -> float32) (y: float32) =
        let mutable q = coefficient 7

        for power in 6..-1..1 do
            q <- MathF.FusedMultiplyAdd(q, y, coefficient power)

        q

    let private scale31 = 4.656612873077392578125e-10f

    /// The value of a word by a symmetric table whose coefficient of a power in an octave is given.
    let private evaluateSymmetric (coefficient: int -> int -> float32) (word: uint32) : float32 =
        let v = ((min word ~~~word) <<< 1) ||| 1u
        let octave = BitOperations.LeadingZeroCount v
        let median = octave = 0
        let a = float32 (if median then 0u - v else v <<< octave) * scale31

        let r, y =
            if median then
                a, MathF.FusedMultiplyAdd(a, a, -0.5f)
            else
                1.0f, a - 1.5f

        let q = horner (fun power -> coefficient power octave) y
        let z = MathF.FusedMultiplyAdd(r, coefficient 0 octave, (r * y) * q)
        if word >= 0x80000000u then z else -z

    /// The value of a word by a two-sided table whose coefficient of a power in a slot of a side is given.
    let private evaluateTwoSided (split: uint32) (coefficient: int -> int -> int -> float32) (word: uint32) : float32 =
        let side = if word >= split then 1 else 0
        let n = if side = 1 then ~~~word else word

        let slot, g =
            if n >= 0x80000000u then
                beyondHalf, n
            else
                let v = (n <<< 1) ||| 1u
                let slot = min (BitOperations.LeadingZeroCount v) outermost
                slot, v <<< slot

        let y = float32 g * scale31 - 1.5f
        let q = horner (fun power -> coefficient side power slot) y
        MathF.FusedMultiplyAdd(y, q, coefficient side 0 slot)

    /// The value of a word, as every lane computes it.
    let evaluate (table: QuantileTable) (word: uint32) : float32 =
        let c = table.Coefficients

        if table.IsSymmetric then
            evaluateSymmetric (fun power octave -> c.Span[power * octaves + octave]) word
        else
            evaluateTwoSided table.Split (fun side power slot -> c.Span[(side * powers + power) * octaves + slot]) word

    let private lastPlace (x: float32) =
        float (MathF.BitIncrement(abs x) - abs x)

    /// Makes the slots around two adjacent words meet by moves of one c0, each as long as the step back between the words.
    /// The moves are few: a distribution that no polynomial follows must not keep a caller waiting.
    let private settle (value: uint32 -> float32) (allowed: float32 -> float32 -> float) below (move: float -> unit) =
        let mutable moves = 0

        let excess () =
            let lower, upper = value below, value (below + 1u)
            float lower - float upper - allowed lower upper

        while moves < 8 && excess () > 0.0 do
            move (excess ())
            moves <- moves + 1

    /// Moves c0 of a slot up or down by a distance, and by a last place at least.
    let private shift (slot: float32[]) (distance: float) =
        let moved = float32 (float slot[0] + distance)

        slot[0] <-
            if moved <> slot[0] then moved
            elif distance > 0.0 then MathF.BitIncrement slot[0]
            else MathF.BitDecrement slot[0]

    let private noPlace (_: float32) (_: float32) = 0.0
    let private onePlace x y = min (lastPlace x) (lastPlace y)

    /// Roundings of c0 may add up to a step back where octaves meet. From the median outwards, leaves at most one last
    /// place of it.
    let private meetSymmetric (side: float32[][]) =
        let value = evaluateSymmetric (fun power octave -> side[octave].[power])

        for octave in 0 .. octaves - 2 do
            // The outermost word of the octave on the upper side, where the outer value is the larger.
            settle value onePlace ~~~(1u <<< (30 - octave)) (fun excess -> shift side[octave + 1] excess)

    /// The slot of a word of a side.
    let private slotOf side word =
        let n = if side = 1 then ~~~word else word

        if n >= 0x80000000u then
            beyondHalf
        else
            min outermost (BitOperations.LeadingZeroCount((n <<< 1) ||| 1u))

    /// Makes the slots of two sides meet: roundings of c0 may add up to a step back, and near 0, where the last place is
    /// very fine, the fits' own errors to a long one.
    let private meet (split: uint32) (sides: float32[][][]) =
        let value =
            evaluateTwoSided split (fun side power slot -> sides[side].[slot].[power])

        // The sides, without a step back. A symmetric distribution stays symmetric.
        if split > 0u then
            let mirrored =
                split = 0x80000000u
                && Array.forall2 (Array.forall2 (fun (x: float32) y -> x = -y)) sides[0] sides[1]

            settle value noPlace (split - 1u) (fun excess ->
                if mirrored then
                    shift sides[0].[0] (-excess / 2.0)
                    shift sides[1].[0] (excess / 2.0)
                else
                    shift sides[1].[slotOf 1 split] excess)

        // From there outwards, with a step back of at most one last place; the outer one moves.
        for side in 0..1 do
            let count =
                if side = 0 then
                    uint64 split
                else
                    (1UL <<< 32) - uint64 split

            for boundary in 31..-1..1 do
                // The outermost word of the inner slot, counted from the side's own end.
                let n = 1u <<< boundary

                if uint64 n < count then
                    let outer = slotOf 0 (n - 1u)

                    if side = 0 then
                        settle value onePlace (n - 1u) (fun excess -> shift sides[0].[outer] -excess)
                    else
                        settle value onePlace ~~~n (fun excess -> shift sides[1].[outer] excess)

    /// The same, from where values are nearest to 0 and outwards from there: what moves is of the larger values, and the
    /// finer ones of an end that goes to 0 keep their digits.
    let private meetFromZero (split: uint32) (sides: float32[][][]) =
        let value =
            evaluateTwoSided split (fun side power slot -> sides[side].[slot].[power])

        let sideOf word = if word >= split then 1 else 0

        // The last word before each seam, from the lowest up.
        let seams =
            [| for boundary in 1..31 do
                   let n = 1u <<< boundary

                   if n < split then
                       n - 1u

                   if uint64 n < (1UL <<< 32) - uint64 split then
                       ~~~n
               if split > 0u then
                   split - 1u |]
            |> Array.sort

        let start =
            let distances = seams |> Array.map (value >> abs)
            Array.IndexOf(distances, Array.min distances)

        seams
        |> Array.indexed
        |> Array.sortBy (fun (i, _) -> if i >= start then i else seams.Length + start - i)
        |> Array.iter (fun (i, below) ->
            let allowed = if below + 1u = split then noPlace else onePlace
            let word = if i >= start then below + 1u else below
            let side = sideOf word

            settle value allowed below (fun excess ->
                shift sides[side].[slotOf side word] (if i >= start then excess else -excess)))

    let private fitBy meet (quantile: QuantileForm) : QuantileTable =
        match quantile with
        | QuantileForm.Symmetric(below, above) ->
            let coefficients =
                LazyValue(fun () ->
                    let side = symmetricSide below above
                    meetSymmetric side
                    OctaveTable.flat octaves powers [| side |])

            QuantileTable(true, 0x80000000u, coefficients)
        | QuantileForm.TwoSided(split, at) ->
            // The first word whose probability (w + 1/2) 2^-32 is not below the split.
            let word = Math.Ceiling(Math.ScaleB(split, 32) - 0.5)
            let word = uint32 (max 0.0 (min word (float UInt32.MaxValue)))

            let coefficients =
                LazyValue(fun () ->
                    let sides = [| oneSide split (at 0); oneSide (1.0 - split) (at 1) |]
                    meet word sides
                    OctaveTable.flat octaves powers sides)

            QuantileTable(false, word, coefficients)

    /// The table of a distribution, fitted when its coefficients are first read.
    let fit quantile = fitBy meet quantile

    /// The table of a distribution whose end may go to 0, fitted likewise.
    let fitFromZero quantile = fitBy meetFromZero quantile
