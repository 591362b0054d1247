namespace Initializers.FSharp

open System
open Initializers

/// Numbers of formulas, one at a time: nothing here grows with how many a formula gives.
[<RequireQualifiedAccess>]
module internal NumberFormulas =
    /// How many numbers there are.
    let count (formula: NumberFormula) : int64 =
        match formula with
        | NumberFormula.Bilinear field -> Shape.product field
        | NumberFormula.Stft(frame = frame; channels = channels; bins = bins) -> Shape.product [ frame; channels; bins ]
        | NumberFormula.Indexed formula -> formula.Count

    /// The numbers of an axis, or of as many of them as there are calls for: by a table where it is not longer than that.
    let private tabled (calls: int64) (length: int64) (number: int64 -> float) : int64 -> float =
        if length <= calls && length <= int64 Array.MaxLength then
            let table = Array.init (int length) (int64 >> number)
            fun i -> table[int i]
        else
            number

    let private factor (size: int64) = size / 2L + size % 2L

    /// The middle of a triangle, in units of its factor.
    let private middle (size: int64) =
        let f = float (factor size)
        (2.0 * f - 1.0 - float (factor size % 2L)) / (2.0 * f)

    let private triangle (size: int64) : int64 -> float =
        let f = float (factor size)
        let c = middle size
        fun i -> 1.0 - abs (float i / f - c)

    /// The product of the axes' numbers, from the first axis on.
    let private bilinear calls (field: int64 list) : int64 -> float =
        match field |> List.map (fun size -> struct (size, tabled calls size (triangle size))) with
        | [ struct (_, number) ] -> number
        | axes ->
            let axes = Array.ofList axes

            let before =
                Array.init axes.Length (fun axis -> Shape.product (List.skip (axis + 1) field))

            fun i ->
                let mutable product = 1.0

                for axis in 0 .. axes.Length - 1 do
                    let struct (size, number) = axes[axis]
                    product <- product * number (i / before[axis] % size)

                product

    /// Number i of a formula, for as many calls: the tables that are made first are not longer. NaN where an element of a formula
    /// of indices has no value.
    let number (calls: int64) (formula: NumberFormula) : int64 -> float =
        match formula with
        | NumberFormula.Bilinear field -> bilinear calls field
        | NumberFormula.Stft(side, window, periodic, norm, frame, channels, bins) ->
            let n = 2L * (bins - 1L)
            let wave = StftKernel.wave side bins (tabled calls bins)
            let weight = tabled calls frame (StftKernel.weight window periodic frame)

            fun i ->
                let k = i % bins
                let t = i / bins / channels
                // A zero is +0, whatever the signs of its factors.
                wave (t * k % n) * weight t / norm + 0.0
        | NumberFormula.Indexed formula -> formula.Values calls

    /// The least and the greatest number, or bounds of them; the finite ones of a formula of indices, or of a sample of it.
    let bounds (formula: NumberFormula) : struct (float * float) =
        match formula with
        | NumberFormula.Bilinear field ->
            let ends (size: int64) =
                let number = triangle size
                // The peak is at this element, or between it and the next.
                let peak = int64 (middle size * float (factor size))

                struct (min (number 0L) (number (size - 1L)),
                        max (number (min (size - 1L) peak)) (number (min (size - 1L) (peak + 1L))))

            (struct (1.0, 1.0), field)
            ||> List.fold (fun (struct (low, high)) size ->
                let struct (least, greatest) = ends size
                struct (low * least, high * greatest))
        | NumberFormula.Stft(norm = norm) -> struct (-1.0 / norm, 1.0 / norm)
        | NumberFormula.Indexed formula ->
            match formula.Survey() with
            | Ok survey -> struct (survey.Least, survey.Greatest)
            | Error _ -> struct (nan, nan)

    /// Faults of a formula's numbers, if there are any: of one of indices the first that `test` has for an element.
    let ofElement (formula: NumberFormula) (test: float -> InitError voption) (faults: InitError list) =
        match formula with
        | NumberFormula.Indexed indexed when not faults.IsEmpty -> List.truncate 1 (indexed.FirstFault test @ faults)
        | _ -> faults

    /// Means of the powers 1 to 4 of an axis's numbers, which rise in equal steps and then fall.
    let private powersOfTriangle (size: int64) : float[] =
        let number = triangle size
        let f = float (factor size)
        let rising = min size (int64 (middle size * f) + 1L)

        /// Of n numbers from `first` on, with a step d.
        let powers first d (n: int64) =
            let n = float n
            let mean = first + d * (n - 1.0) / 2.0
            let variance = d * d * (n * n - 1.0) / 12.0
            let fourth = pown d 4 * (n * n - 1.0) * (3.0 * n * n - 7.0) / 240.0

            [| mean
               mean * mean + variance
               pown mean 3 + 3.0 * mean * variance
               pown mean 4 + 6.0 * mean * mean * variance + fourth |]
            |> Array.map (fun power -> power * n)

        let upper =
            if rising < size then
                powers (number rising) (-1.0 / f) (size - rising)
            else
                Array.zeroCreate 4

        Array.map2 (fun a b -> (a + b) / float size) (powers (number 0L) (1.0 / f) rising) upper

    /// Means of the powers 1 to 4 of the cosines or negated sines of t/n of a turn, times 0 to bins - 1.
    let private powersOfWave (side: StftSide) (bins: int64) (t: int64) : struct (float * float * float * float) =
        let m = bins - 1L
        let all = float bins

        // Sums over the bins, of which both ends count whole.
        let cosines (t: int64) =
            if t % (2L * m) = 0L then all
            elif t % 2L = 0L then 1.0
            else 0.0

        let sines (t: int64) =
            if t % 2L = 0L then
                0.0
            else
                let angle = Math.PI * float (t % (2L * m)) / (2.0 * float m)
                cos angle / sin angle

        match side with
        | StftSide.Real ->
            struct (cosines t / all,
                    (all + cosines (2L * t)) / (2.0 * all),
                    (3.0 * cosines t + cosines (3L * t)) / (4.0 * all),
                    (3.0 * all + 4.0 * cosines (2L * t) + cosines (4L * t)) / (8.0 * all))
        | _ ->
            struct (-(sines t) / all,
                    (all - cosines (2L * t)) / (2.0 * all),
                    -(3.0 * sines t - sines (3L * t)) / (4.0 * all),
                    (3.0 * all - 4.0 * cosines (2L * t) + cosines (4L * t)) / (8.0 * all))

    /// Means of the powers 1 to 4 of up to 2^20 numbers, spread evenly.
    let private powersOfSample (formula: IndexFormula) : float[] =
        let most = min formula.Count (1L <<< 20)
        let value = formula.Values most

        let numbers =
            Array.init (int most) (fun i -> value (IndexFormula.Spread formula.Count (int64 i)))

        [| for power in 1..4 -> numbers |> Array.averageBy (fun x -> pown x power) |]

    /// Means of the powers 1 to 4 of all numbers, or of a sample where they are a formula of indices.
    let powers (formula: NumberFormula) : float[] =
        match formula with
        | NumberFormula.Bilinear field ->
            (Array.create 4 1.0, field)
            ||> List.fold (fun product size -> Array.map2 (*) product (powersOfTriangle size))
        | NumberFormula.Stft(side, window, periodic, norm, frame, _, bins) ->
            let sums = Array.zeroCreate<float> 4
            let weight = StftKernel.weight window periodic frame

            for t in 0L .. frame - 1L do
                let x = weight t / norm
                let struct (first, second, third, fourth) = powersOfWave side bins t
                sums[0] <- sums[0] + first * x
                sums[1] <- sums[1] + second * x * x
                sums[2] <- sums[2] + third * x * x * x
                sums[3] <- sums[3] + fourth * x * x * x * x

            sums |> Array.map (fun sum -> sum / float frame)
        | NumberFormula.Indexed formula -> powersOfSample formula

    /// Several maps of a number, the first applied first.
    let mapped (maps: Affine list) : float -> float =
        maps |> List.map Affine.apply |> List.fold (>>) id
