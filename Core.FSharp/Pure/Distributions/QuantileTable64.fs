namespace Initializers.FSharp

open System
open System.Numerics

/// A distribution's quantile as the float64 kernels evaluate it: for each side 64 octaves of the tail probability, in each
/// a polynomial of degree 17. A symmetric distribution has one side, whose octave next to the median is a polynomial in the
/// squared distance from it; see docs/bits.md. The table is fitted when its coefficients are first read.
[<Sealed>]
type internal QuantileTable64(symmetric: bool, split: uint64, coefficients: LazyValue<float[]>) =
    /// Whether one side serves both.
    member _.IsSymmetric = symmetric

    /// The first word of the upper side: 2^63, unless the distribution has a kink elsewhere.
    member _.Split = split

    /// Coefficient of `power` in `octave` of `side` at index (side * 18 + power) * 64 + octave.
    member _.Coefficients: ReadOnlyMemory<float> = ReadOnlyMemory coefficients.Value

    /// Whether the coefficients are there.
    member internal _.IsFitted = coefficients.IsComputed

    override this.Equals(other: obj | null) =
        match other with
        | :? QuantileTable64 as o ->
            Object.ReferenceEquals(this, o)
            || o.IsSymmetric = symmetric
               && o.Split = split
               && o.Coefficients.Span.SequenceEqual coefficients.Value
        | _ -> false

    // Without the coefficients, which may not be fitted yet.
    override _.GetHashCode() = HashCode.Combine(symmetric, split)

/// Fits octave tables for float64, by arithmetic that rounds in the same way on every machine.
[<RequireQualifiedAccess>]
module internal QuantileTable64 =
    let private octaves = 64
    let private powers = 18
    let private nodes = 32

    /// cos(pi j / 64) for j in 0 .. 32, rounded to nearest.
    let private cosines =
        [| 1.0
           0.9987954562051724
           0.9951847266721969
           0.989176509964781
           0.9807852804032304
           0.970031253194544
           0.9569403357322088
           0.9415440651830208
           0.9238795325112867
           0.9039892931234433
           0.881921264348355
           0.8577286100002721
           0.8314696123025452
           0.8032075314806449
           0.773010453362737
           0.7409511253549591
           0.7071067811865476
           0.6715589548470184
           0.6343932841636455
           0.5956993044924334
           0.5555702330196022
           0.5141027441932218
           0.47139673682599764
           0.4275550934302821
           0.3826834323650898
           0.33688985339222005
           0.2902846772544624
           0.2429801799032639
           0.19509032201612828
           0.14673047445536175
           0.0980171403295606
           0.049067674327418015
           0.0 |]

    let private cosine (j: int) =
        let j = j % 128
        let j = if j > 64 then 128 - j else j
        if j <= 32 then cosines[j] else -cosines[64 - j]

    /// The Chebyshev nodes cos(pi (i + 1/2) / 32).
    let private abscissae = Array.init nodes (fun i -> cosine (2 * i + 1))

    /// Coefficients of Chebyshev's polynomials, which float64 has exactly: T(k + 1) = 2 x T(k) - T(k - 1).
    let private chebyshev =
        let rows = Array.init powers (fun _ -> Array.zeroCreate<float> powers)
        rows[0].[0] <- 1.0
        rows[1].[1] <- 1.0

        for k in 2 .. powers - 1 do
            for power in 0 .. powers - 1 do
                let twice = if power = 0 then 0.0 else 2.0 * rows[k - 1].[power - 1]
                rows[k].[power] <- twice - rows[k - 2].[power]

        rows

    /// The first 18 terms of the Chebyshev series through values at the nodes, as a polynomial in y = x / 2. What the
    /// values have in common goes into the constant alone, so that sums round what is left of them.
    let private polynomial (values: float[]) : float[] =
        Cancellation.Check()
        let common = values[nodes / 2]
        let rest = values |> Array.map (fun value -> value - common)

        let series =
            Array.init powers (fun k ->
                let mutable total = 0.0

                for i in 0 .. nodes - 1 do
                    total <- total + rest[i] * cosine (k * (2 * i + 1))

                total / (if k = 0 then float nodes else float (nodes / 2)))

        Array.init powers (fun power ->
            let mutable total = 0.0

            for k in powers - 1 .. -1 .. power do
                total <- total + series[k] * chebyshev[k].[power]

            let total = Math.ScaleB(total, power)
            if power = 0 then common + total else total)

    /// The slot of a two-sided table for tail probabilities above 1/2, which a side has whose end is not at 1/2.
    let private beyondHalf = 63

    /// The outermost slot of a two-sided table, which serves two words.
    let private outermost = 62

    /// The tail probability of the variable a in [1, 2] of a slot.
    let private probability (slot: int) (a: float) =
        if slot = beyondHalf then
            a / 2.0
        else
            Math.ScaleB(a, -2 - slot)

    let private symmetricSide below above =
        Array.init octaves (fun octave ->
            abscissae
            |> Array.map (fun x ->
                if octave = 0 then
                    // z/a in y = a^2 - 1/2, a = 4 |p - 1/2|.
                    let a = Math.Sqrt(0.5 * (1.0 + x))
                    above (a / 4.0) / a
                else
                    -(below (Math.ScaleB(1.5 + 0.5 * x, -2 - octave))))
            |> polynomial)

    /// One side of a two-sided table, up to tail probability `limit`.
    let private oneSide (limit: float) (quantile: float -> float) =
        Array.init octaves (fun slot ->
            if probability slot 1.0 >= limit then
                Array.zeroCreate powers
            elif slot = outermost then
                // Words 0 and 1, where y is -1 and 0.
                let inner = quantile (probability slot 1.5)
                let outer = quantile (probability slot 0.5)

                Array.init powers (fun power ->
                    if power = 0 then inner
                    elif power = 1 then inner - outer
                    else 0.0)
            else
                abscissae
                |> Array.map (fun x -> quantile (probability slot (1.5 + 0.5 * x)))
                |> polynomial)

    /// The standard normal's table, which is a constant of the contract.
    let normal =
        QuantileTable64(true, 0x8000000000000000UL, LazyValue(fun () -> NormalTable64.coefficients))

    let private horner (coefficient: int -> float) (y: float) =
        let mutable q = coefficient 17

        for power in 16..-1..1 do
            q <- Math.FusedMultiplyAdd(q, y, coefficient power)

        q

    let private scale63 = 1.0842021724855044e-19

    /// The value of a word by a symmetric table whose coefficient of a power in an octave is given.
    let private evaluateSymmetric (coefficient: int -> int -> float) (word: uint64) : float =
        let v = ((min word ~~~word) <<< 1) ||| 1UL
        let octave = BitOperations.LeadingZeroCount v
        let median = octave = 0
        let a = float (if median then 0UL - v else v <<< octave) * scale63

        let r, y =
            if median then
                a, Math.FusedMultiplyAdd(a, a, -0.5)
            else
                1.0, a - 1.5

        let q = horner (fun power -> coefficient power octave) y
        let z = Math.FusedMultiplyAdd(r, coefficient 0 octave, (r * y) * q)
        if word >= 0x8000000000000000UL then z else -z

    /// The slot of the n-th word from a side's end.
    let private slotOf (n: uint64) =
        if n >= 0x8000000000000000UL then
            beyondHalf
        else
            min outermost (BitOperations.LeadingZeroCount((n <<< 1) ||| 1UL))

    /// The value of a word by a two-sided table whose coefficient of a power in a slot of a side is given.
    let private evaluateTwoSided (split: uint64) (coefficient: int -> int -> int -> float) (word: uint64) : float =
        let side = if word >= split then 1 else 0
        let n = if side = 1 then ~~~word else word
        let slot = slotOf n

        let g =
            if slot = beyondHalf then
                n
            else
                ((n <<< 1) ||| 1UL) <<< slot

        let y = float g * scale63 - 1.5
        let q = horner (fun power -> coefficient side power slot) y
        Math.FusedMultiplyAdd(y, q, coefficient side 0 slot)

    /// The value of a word, as every lane computes it.
    let evaluate (table: QuantileTable64) (word: uint64) : float =
        let c = table.Coefficients

        if table.IsSymmetric then
            evaluateSymmetric (fun power octave -> c.Span[power * octaves + octave]) word
        else
            evaluateTwoSided table.Split (fun side power slot -> c.Span[(side * powers + power) * octaves + slot]) word

    /// Puts two adjacent words in order by moves of one c0, each as long as the step back between them. The moves are few:
    /// a distribution that no polynomial follows must not keep a caller waiting.
    let private settle (value: uint64 -> float) (below: uint64) (move: float -> unit) =
        let mutable moves = 0
        let excess () = value below - value (below + 1UL)

        while moves < 8 && excess () > 0.0 do
            move (excess ())
            moves <- moves + 1

    /// Moves c0 of a slot up or down by a distance, and by a last place at least.
    let private shift (slot: float[]) (distance: float) =
        let moved = slot[0] + distance

        slot[0] <-
            if moved <> slot[0] then moved
            elif distance > 0.0 then Math.BitIncrement slot[0]
            else Math.BitDecrement slot[0]

    /// From the median outwards, leaves no step back where octaves meet.
    let private meetSymmetric (side: float[][]) =
        let value = evaluateSymmetric (fun power octave -> side[octave].[power])

        for octave in 0 .. octaves - 2 do
            // The outermost word of the octave on the upper side, where the outer value is the larger.
            settle value ~~~(1UL <<< (62 - octave)) (shift side[octave + 1])

    /// Where slots of a two-sided table meet, from the lowest word up: the last word before, and both slots.
    let private seams (split: uint64) =
        // The outermost words of inner slots, counted from a side's own end.
        let ends = [| for boundary in 1..63 -> 1UL <<< boundary |]

        [| for n in ends do
               if n < split then
                   struct (n - 1UL, (0, slotOf (n - 1UL)), (0, slotOf n))

           if split > 0UL then
               struct (split - 1UL, (0, slotOf (split - 1UL)), (1, slotOf ~~~split))

           for n in Array.rev ends do
               // The upper side has 2^64 - split words, which are all where split is 0.
               if split = 0UL || n < 0UL - split then
                   struct (~~~n, (1, slotOf n), (1, slotOf (n - 1UL))) |]

    /// Leaves no step back where slots meet. It begins where values are nearest to 0 and goes outwards from there, so that
    /// what moves is of the larger values and finer ones keep their digits.
    let private meet (split: uint64) (sides: float[][][]) =
        let value =
            evaluateTwoSided split (fun side power slot -> sides[side].[slot].[power])

        let seams = seams split

        let move (side, slot) = shift sides[side].[slot]

        let mirrored =
            split = 0x8000000000000000UL
            && Array.forall2 (Array.forall2 (fun (x: float) y -> x = -y)) sides[0] sides[1]

        let start =
            if mirrored then
                63 - 1
            else
                let distances = seams |> Array.map (fun (struct (below, _, _)) -> abs (value below))
                Array.IndexOf(distances, Array.min distances)

        for i in start .. seams.Length - 1 do
            let struct (below, lower, upper) = seams[i]

            settle value below (fun excess ->
                if mirrored && i = start then
                    // A symmetric distribution stays symmetric.
                    move lower (-excess / 2.0)
                    move upper (excess / 2.0)
                else
                    move upper excess)

        for i in start - 1 .. -1 .. 0 do
            let struct (below, lower, _) = seams[i]
            settle value below (fun excess -> move lower -excess)

    /// The first word whose probability (W + 1/2) 2^-64 is not below the split, as float64 has it.
    let private wordOf (split: float) : uint64 =
        let scaled = Math.ScaleB(split, 64)

        // From 2^53 on a float64 is whole.
        let whole =
            if scaled >= 9007199254740992.0 then
                scaled
            else
                Math.Ceiling(scaled - 0.5)

        if whole >= 18446744073709551616.0 then
            UInt64.MaxValue
        else
            uint64 (max 0.0 whole)

    /// The table of a distribution, fitted when its coefficients are first read.
    let fit (quantile: QuantileForm) : QuantileTable64 =
        match quantile with
        | QuantileForm.Symmetric(below, above) ->
            let coefficients =
                LazyValue(fun () ->
                    let side = symmetricSide below above
                    meetSymmetric side
                    OctaveTable.flat octaves powers [| side |])

            QuantileTable64(true, 0x8000000000000000UL, coefficients)
        | QuantileForm.TwoSided(split, at) ->
            let word = wordOf split

            let coefficients =
                LazyValue(fun () ->
                    let sides = [| oneSide split (at 0); oneSide (1.0 - split) (at 1) |]
                    meet word sides
                    OctaveTable.flat octaves powers sides)

            QuantileTable64(false, word, coefficients)
