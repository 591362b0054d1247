/// Naive composite tensors, computed element by element: an independent implementation of `Structures`.
module internal Initializers.Properties.ReferenceComposite

open System
open Initializers
open Initializers.FSharp

/// The bits of a number rounded to nearest.
let nearest dtype (value: float) =
    if dtype = DType.Float64 then
        BitConverter.DoubleToUInt64Bits value
    else
        uint64 (Reference.narrow dtype (float32 value))

/// The bits of a float64 in a narrow dtype, rounded once: the nearest of the values next to what two roundings give, and of two
/// as near the even one.
let narrowedOnce dtype (x: float) : uint64 =
    let twice = Reference.narrow dtype (float32 x)

    if not (Double.IsFinite x) then
        uint64 twice
    else
        [ twice - 1u; twice; twice + 1u ]
        |> List.map (fun bits -> abs (float (Reference.value dtype bits) - x), bits &&& 1u, bits)
        |> List.filter (fun (distance, _, _) -> Double.IsFinite distance)
        |> List.min
        |> fun (_, _, bits) -> uint64 bits

/// The auxiliary word of element i.
let auxiliary (seed: Seed) (i: int64) =
    (ReferenceWords.block seed.Key seed.Stream (0x4000000000000000UL ||| uint64 (i / 4L)))[int (i % 4L)]

/// A number under maps, one after the other.
let private mappedNumber (maps: Affine list) (number: float) : float =
    (number, maps)
    ||> List.fold (fun x (m: Affine) ->
        let line =
            if m.Factor = 0.0 then m.Offset
            elif m.Offset = 0.0 then m.Factor * x
            else Math.FusedMultiplyAdd(m.Factor, x, m.Offset)

        max m.Low (min m.High line))

/// Number i of a formula, over and over: one element at a time, as docs/bits.md has it.
let formulaNumber (formula: NumberFormula) (i: int64) : float =
    match formula with
    | NumberFormula.Bilinear field ->
        let coordinates =
            List.scanBack (fun (size: int64) (left: int64, _) -> left / size, left % size) field (i, 0L)
            |> List.map snd

        let weight (size: int64) (x: int64) =
            let f = size / 2L + size % 2L
            let c = (2.0 * float f - 1.0 - float (f % 2L)) / (2.0 * float f)
            1.0 - abs (float x / float f - c)

        // Of the scan's n + 1 states the last is the start.
        (1.0, field, List.truncate field.Length coordinates)
        |||> List.fold2 (fun product size x -> product * weight size x)
    | NumberFormula.Stft(side, window, periodic, norm, frame, channels, bins) ->
        let k = i % bins
        let t = i / bins / channels % frame
        let m = if periodic then frame else frame - 1L
        let n = 2L * (bins - 1L)
        let turned times = Exact.cosTurn (times * t) m

        let weight =
            if frame = 1L then
                1.0
            else
                match window with
                | StftWindow.Hann -> 0.5 - 0.5 * turned 1L
                | StftWindow.Hamming -> 0.54 - 0.46 * turned 1L
                | StftWindow.Blackman -> 0.42 + 0.08 * turned 2L - 0.5 * turned 1L
                | StftWindow.Bartlett -> 2.0 * float (min t (m - t)) / float m
                | _ -> 1.0

        let wave =
            match side with
            | StftSide.Real -> Exact.cosTurn (t * k % n) n
            | _ -> -(Exact.sinTurn (t * k % n) n)

        wave * weight / norm + 0.0
    | NumberFormula.Indexed formula ->
        match formula.At i with
        | Ok x -> x
        | Error fault -> failwith (InitError.message fault)

/// The bits of a number under maps, moved inside the interval that they leave of the last clip.
let private mappedBy nearestBits dtype maps (number: float) : uint64 =
    let low, high =
        ((-infinity, infinity), maps)
        ||> List.fold (fun (low, high) (m: Affine) ->
            if m.Factor = 0.0 then
                m.Low, m.High
            else
                let at x =
                    Math.FusedMultiplyAdd(m.Factor, x, m.Offset)

                let kept x = max m.Low (min m.High x)
                kept (min (at low) (at high)), kept (max (at low) (at high)))

    let bits = nearestBits (mappedNumber maps number)

    if Double.IsInfinity low && Double.IsInfinity high then
        bits
    else
        Reference.within dtype low high bits

let mappedBits dtype = mappedBy (nearest dtype) dtype

/// The bits of a formula's number under maps.
let formulaBits dtype formula maps (index: int64) : uint64 =
    let number = formulaNumber formula index

    match formula, dtype with
    | NumberFormula.Indexed _, (DType.Float16 | DType.BFloat16) -> mappedBy (narrowedOnce dtype) dtype maps number
    | _ -> mappedBits dtype maps number

/// The bits of a number, inside its closed interval.
let numberBits dtype (number: Number) : uint64 =
    let bits = nearest dtype number.Value

    if Double.IsInfinity number.Low && Double.IsInfinity number.High then
        bits
    else
        Reference.within dtype number.Low number.High bits

/// The bits of all elements of a tensor. `matrix` makes orthogonal ones.
let tensor
    (matrix: DType -> Seed -> int64 -> int64 -> float -> uint64[])
    (law: Resolved)
    (dtype: DType)
    (seed: Seed)
    (length: int64)
    : uint64[] =
    /// Fills a part. `places` are its elements' indices in the whole tensor, whose seed is that of the elements' words; `own`
    /// is the seed of the auxiliary words.
    let rec fillAs (dtype: DType) (seed: Seed) (law: Resolved) (places: int64[]) (own: Seed) : uint64[] =
        let fill = fillAs dtype seed
        let bits = numberBits dtype

        match law with
        | _ when places.Length = 0 -> [||]
        | Structure.Stacked parts ->
            let period = parts |> List.sumBy _.Run
            let result = Array.zeroCreate places.Length

            (0L, parts)
            ||> List.fold (fun start part ->
                let inside =
                    [| for s in 0L .. int64 places.Length - 1L do
                           if s % period >= start && s % period < start + part.Run then
                               s |]

                let child =
                    match part.Stream with
                    | Some name -> own.Child name
                    | None -> own

                let made = fill part.Inner (inside |> Array.map (fun s -> places[int s])) child
                inside |> Array.iteri (fun i s -> result[int s] <- made[i])
                start + part.Run)
            |> ignore

            result
        | Structure.Batched(count, length, inner) ->
            [| 0L .. count - 1L |]
            |> Array.collect (fun b ->
                fill inner places[int (b * length) .. int ((b + 1L) * length - 1L)] (own.Child(string b)))
        | Structure.Pattern(numbers, repeat) ->
            Array.init places.Length (fun s -> bits numbers[s / int repeat % numbers.Length])
        | Structure.Computed(Computed.Formula(formula, repeat, maps)) ->
            Array.init places.Length (fun s -> formulaBits dtype formula maps (int64 s / repeat))
        | Structure.Computed(Computed.Integers(IntegerDraw.Permutation count, maps)) ->
            ReferenceIntegers.order own count |> Array.map (float >> mappedBits dtype maps)
        | Structure.Computed(Computed.Integers(draw, maps)) ->
            places
            |> Array.map (ReferenceIntegers.ofWords seed draw >> float >> mappedBits dtype maps)
        | Structure.Padded(first, count, value, _, inner) ->
            fill inner places own
            |> Array.mapi (fun s element ->
                if int64 s >= first && int64 s < first + count then
                    bits value
                else
                    element)
        | Structure.Repeated(run, times, inner) ->
            let made = fillAs dtype own inner [| 0L .. int64 places.Length / times - 1L |] own

            // Runs as lists, each several times.
            made
            |> Array.chunkBySize (int run)
            |> Array.collect (fun run -> Array.replicate (int times) run |> Array.concat)
        | Structure.Combined(combination, maps, parts) ->
            let wide =
                if dtype = DType.Float64 then
                    DType.Float64
                else
                    DType.Float32

            let numbers (part: Resolved) stream =
                let seed, own =
                    match stream with
                    | Some(name: string) -> seed.Child name, own.Child name
                    | None -> seed, own

                fillAs wide seed part places own
                |> Array.map (fun bits ->
                    if wide = DType.Float64 then
                        BitConverter.UInt64BitsToDouble bits
                    else
                        float (BitConverter.UInt32BitsToSingle(uint32 bits)))

            let all =
                match combination with
                | Combination.Sum streams -> (parts, streams) ||> List.map2 numbers |> List.reduce (Array.map2 (+))
                | Combination.Normalized(stride, length) ->
                    let all = numbers parts.Head None

                    let vector s =
                        int64 s / (stride * length), int64 s % stride

                    let norms =
                        [| 0 .. all.Length - 1 |]
                        |> Array.groupBy vector
                        |> Array.map (fun (key, elements) ->
                            let xs = elements |> Array.map (fun s -> all[s])

                            let power =
                                xs |> Array.map (fun x -> if x = 0.0 then -2000 else Math.ILogB x) |> Array.max

                            let scaled x = Math.ScaleB(x, -power)

                            key,
                            (power,
                             xs
                             |> Array.fold (fun sum x -> Math.FusedMultiplyAdd(scaled x, scaled x, sum)) 0.0
                             |> sqrt))
                        |> Map.ofArray

                    all
                    |> Array.mapi (fun s x ->
                        match norms[vector s] with
                        | -2000, _ -> x
                        | power, norm -> Math.ScaleB(x, -power) / norm)

            all |> Array.map (mappedBits dtype maps)
        | Structure.Points(p, value, elsewhere) ->
            let result = Array.create places.Length (bits elsewhere)

            for g in 0L .. p.Groups - 1L do
                for d in 0L .. p.Count - 1L do
                    result[int ((g * p.PerGroup + d) * p.OutStride + d * p.InStride + p.Centre)] <- bits value

            result
        | Structure.Sparse(rows, columns, zeros, value, inner) ->
            let result = fill inner places (own.Child "0")

            for c in 0L .. columns - 1L do
                [ 0L .. rows - 1L ]
                |> List.sortBy (fun r -> auxiliary own (r * columns + c), r)
                |> List.truncate (int zeros)
                |> List.iter (fun r -> result[int (r * columns + c)] <- bits value)

            result
        | Structure.Masked(keep, value, inner) ->
            fill inner places own
            |> Array.mapi (fun s element ->
                if keep.Flags[s % keep.Flags.Length] then
                    element
                else
                    bits value)
        | Structure.Permuted(dims, order, inner) ->
            let made = fill inner [| 0L .. int64 places.Length - 1L |] own

            let coordinates (s: int) =
                List.scanBack (fun d (left, _) -> left / d, left % d) dims (int64 s, 0L)
                |> List.map snd

            Array.init places.Length (fun s ->
                let at = coordinates s
                let inside = (0L, order) ||> List.fold (fun sum axis -> sum * dims[axis] + at[axis])
                made[int inside])
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) when map = Affine.identity ->
            matrix dtype own rows columns gain
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) ->
            let wide =
                if dtype = DType.Float64 then
                    DType.Float64
                else
                    DType.Float32

            let value (bits: uint64) =
                if wide = DType.Float64 then
                    BitConverter.UInt64BitsToDouble bits
                else
                    float (BitConverter.UInt32BitsToSingle(uint32 bits))

            matrix wide own rows columns (map.Factor * gain)
            |> Array.map (fun bits ->
                Reference.within
                    dtype
                    map.Low
                    map.High
                    (nearest dtype (max map.Low (min map.High (value bits + map.Offset)))))
        | Structure.Elements _ ->
            let all =
                Reference.patterns law dtype seed.Key seed.Stream 0L (int (Array.max places) + 1)

            places |> Array.map (fun place -> all[int place])

    fillAs dtype seed law [| 0L .. length - 1L |] seed
