namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Body =
    let private within dtype reach =
        Validation.check (InitError.OverflowsDType(reach, dtype)) (reach <= DType.largest dtype)

    /// A location and a scale under a map; what no map touches keeps its bits.
    let private moved (map: Affine) (location: float) (scale: float) =
        if map = Affine.identity then
            struct (location, scale)
        else
            struct (Math.FusedMultiplyAdd(map.Factor, location, map.Offset), map.Factor * scale)

    /// The outermost values of the dtype strictly inside an open interval.
    let private inside dtype low high : struct (float * float) =
        let largest = DType.largest dtype

        if dtype = DType.Float64 then
            struct (Math.BitIncrement low, Math.BitDecrement high)
        else
            // Beyond the dtype's range an end bounds nothing.
            struct ((if low < -largest then -largest
                     elif low >= largest then infinity
                     else float (Rounding.leastAbove dtype low)),
                    (if high > largest then largest
                     elif high <= -largest then -infinity
                     else float (Rounding.greatestBelow dtype high)))

    /// The outermost values of the dtype in a map's closed interval, if there are any; infinite where it has no end.
    let private closed dtype (map: Affine) : Result<struct (float * float), InitError list> =
        let struct (least, greatest) =
            inside dtype (Math.BitDecrement map.Low) (Math.BitIncrement map.High)

        let ends =
            struct ((if Double.IsInfinity map.Low then map.Low else least),
                    (if Double.IsInfinity map.High then map.High else greatest))

        Validation.ofFaults
            (Validation.check (InitError.ClipTooNarrow(map.Low, map.High, dtype)) (least <= greatest))
            ends

    /// The outermost values of the dtype strictly inside an open interval that a map has led to, if there are any.
    let private outermost dtype map low high =
        let struct (least, greatest) = inside dtype low high

        let clipping =
            if Affine.isClip map then
                Validation.faults (closed dtype map)
            else
                []

        validation {
            let! () = clipping

            let! () =
                Validation.check (InitError.IntervalTooNarrow(low, high, dtype)) (least <= greatest)

            return struct (least, greatest)
        }

    /// Draws by a table on the open interval (low, high), under a map.
    let private fitted dtype standard location scale low high map =
        let within = within dtype
        let struct (location, scale) = moved map location scale
        let struct (low, high) = Affine.interval map low high
        let single, scale32 = float32 location, float32 scale
        let inside x = max low (min high x)

        let reach =
            let struct (least, greatest) = StandardForm.reach 32 standard
            let end' location scale z = abs (inside (location + scale * z))

            [ end' location scale least
              end' location scale greatest
              end' (float single) (float scale32) least
              end' (float single) (float scale32) greatest ]
            |> List.max

        // The kernel computes in float32, so location and scale must be finite there, whatever the interval.
        let numbers =
            Validation.check
                (InitError.OverflowsDType(max (abs location) (abs scale), DType.Float32))
                (Single.IsFinite single && Single.IsFinite scale32)

        validation {
            let! () = if numbers.IsEmpty then within reach else numbers

            let! struct (least, greatest) = outermost dtype map low high
            and! table = StandardForm.table standard
            return Draw.Quantile(table, single, scale32, float32 least, float32 greatest)
        }

    /// The same in float64, whose tables are others and whose numbers need no rounding.
    let private fitted64 standard location scale low high map =
        let within = within DType.Float64
        let struct (location, scale) = moved map location scale
        let struct (low, high) = Affine.interval map low high

        let reach () =
            let struct (least, greatest) = StandardForm.reach 64 standard
            let inside x = max low (min high x)

            let end' z =
                abs (inside (Math.FusedMultiplyAdd(z, scale, location)))

            max (end' least) (end' greatest)

        let faults =
            match StandardForm.faults64 standard with
            // A triangle may be wider than the largest float64.
            | [] when Double.IsFinite scale && Double.IsFinite location -> within (reach ())
            | [] -> within infinity
            | faults -> faults

        validation {
            let! () = faults

            let! struct (least, greatest) = outermost DType.Float64 map low high
            and! table = StandardForm.table64 standard
            return Draw.Quantile(table, location, scale, least, greatest)
        }

    /// A clipped normal is drawn by its table, like other bounded distributions.
    let private normal64 mean stddev map =
        let struct (mean, stddev) = moved map mean stddev

        // The kernel's own operation, so that what is let through stays finite.
        let reach = Math.FusedMultiplyAdd(NormalTable64.reach, abs stddev, abs mean)

        if Affine.isClip map && Double.IsFinite mean && Double.IsFinite stddev then
            let struct (low, high) =
                Affine.interval map Double.NegativeInfinity Double.PositiveInfinity

            outermost DType.Float64 map low high
            |> Result.bind (fun (struct (least, greatest)) ->
                Validation.ofFaults
                    (within DType.Float64 (min reach (max (abs least) (abs greatest))))
                    (Draw.Quantile(QuantileTable64.normal, mean, stddev, least, greatest)))
        else
            Validation.ofFaults (within DType.Float64 reach) (Draw.Normal(mean, stddev))

    let private normal dtype mean stddev map =
        let struct (mean, stddev) = moved map mean stddev
        // The outermost quantile is finite, so a normal tensor has a largest value although the distribution has none. The
        // kernel's rounded numbers may exceed the distribution's bounds.
        let single, stddev32 = float32 mean, float32 stddev

        let reach (mean: float) (stddev: float) =
            abs mean + NormalTable.reach * abs stddev

        let farthest = max (reach mean stddev) (reach (float single) (float stddev32))

        if Affine.isClip map && Single.IsFinite single && Single.IsFinite stddev32 then
            let struct (low, high) =
                Affine.interval map Double.NegativeInfinity Double.PositiveInfinity

            outermost dtype map low high
            |> Result.bind (fun (struct (least, greatest)) ->
                Validation.ofFaults
                    (within dtype (min farthest (max (abs least) (abs greatest))))
                    (Draw.Quantile(QuantileTable.normal, single, stddev32, float32 least, float32 greatest)))
        else
            Validation.ofFaults (within dtype farthest) (Draw.Normal(single, stddev32))

    let private uniform64 low high map =
        // Half of a sum that overflows is the sum of halves, without another rounding.
        let half (x: float) y =
            if Double.IsFinite(x + y) then
                (x + y) / 2.0
            else
                x / 2.0 + y / 2.0

        let struct (mid, width) = moved map (half low high) (half high -low)
        let struct (low, high) = Affine.interval map low high
        let finite = Double.IsFinite mid && Double.IsFinite width

        validation {
            let! () = if finite then [] else within DType.Float64 infinity
            and! struct (least, greatest) = outermost DType.Float64 map low high
            return Draw.Uniform(mid, width, least, greatest)
        }

    let private uniform dtype (low: float) (high: float) map =
        let struct (mid, width) = moved map ((low + high) / 2.0) ((high - low) / 2.0)
        let struct (low, high) = Affine.interval map low high
        let numbers = max (abs mid) (abs width)

        match within dtype (max (abs low) (abs high)) @ within DType.Float32 numbers with
        | [] ->
            outermost dtype map low high
            |> Result.map (fun (struct (least, greatest)) ->
                Draw.Uniform(float32 mid, float32 width, float32 least, float32 greatest))
        | fault :: _ -> Error [ fault ]

    /// The bits of one value.
    let pattern dtype (value: float) : uint64 =
        if dtype = DType.Float64 then
            BitConverter.DoubleToUInt64Bits value
        else
            uint64 (Rounding.nearest dtype (float32 value))

    /// The fault of a number that a formula gives, under maps, beyond the dtype's range.
    let private beyond dtype (given: float) (mapped: float) : InitError voption =
        if Double.IsFinite given && abs mapped > DType.largest dtype then
            ValueSome(InitError.OverflowsDType(mapped, dtype))
        else
            ValueNone

    /// The bits of numbers of a formula under maps, by their numbers, for about as many calls. Those of a formula of indices are
    /// rounded once; one that has no value, or none in the dtype's range, raises its fault.
    let formulaBits dtype (calls: int64) (formula: NumberFormula) (maps: Affine list) : int64 -> uint64 =
        let mapped = NumberFormulas.mapped maps

        match formula with
        | NumberFormula.Indexed indexed ->
            let value = indexed.CheckedValues calls

            fun n ->
                let given = value n
                let x = mapped given

                match beyond dtype given x with
                | ValueSome fault -> raise (FormulaException(indexed.Fault(n, fault)))
                | ValueNone -> ()

                Rounding.once dtype x
        | _ -> NumberFormulas.number calls formula >> mapped >> pattern dtype

    /// The bits of numbers: rounded to nearest, then moved into their closed intervals.
    let private bitsOf dtype (numbers: Number array) : Result<uint64 array, InitError list> =
        let reach =
            (0.0, numbers)
            ||> Array.fold (fun most number ->
                if number.IsInfinite then
                    most
                else
                    max most (abs number.Value))

        // Numbers of an array mostly have one interval.
        let mutable last = ValueNone

        let ends (number: Number) =
            match last with
            | ValueSome(struct (low, high, ends)) when low = number.Low && high = number.High -> ends
            | _ ->
                let ends = closed dtype (Affine.clip number.Low number.High)
                last <- ValueSome(struct (number.Low, number.High, ends))
                ends

        let bits (number: Number) : Result<uint64, InitError list> =
            ends number
            |> Result.map (fun (struct (least, greatest)) ->
                let bits = pattern dtype number.Value

                if Double.IsInfinity number.Low && Double.IsInfinity number.High then
                    bits
                else
                    let value =
                        if dtype = DType.Float64 then
                            number.Value
                        else
                            float (Rounding.value dtype (uint32 bits))

                    if value < least then pattern dtype least
                    elif value > greatest then pattern dtype greatest
                    else bits)

        validation {
            let! () = within dtype reach
            and! bits = Validation.traverseArray bits numbers
            return bits
        }

    let private draw dtype map (form: SamplingForm) : Result<ElementDraw, InitError list> =
        match dtype, form with
        | DType.Float64, SamplingForm.Normal(mean, stddev) -> normal64 mean stddev map |> Result.map ElementDraw.Double
        | DType.Float64, SamplingForm.Uniform(low, high) -> uniform64 low high map |> Result.map ElementDraw.Double
        | DType.Float64, SamplingForm.Fitted(standard, location, scale, low, high) ->
            fitted64 standard location scale low high map |> Result.map ElementDraw.Double
        | _, SamplingForm.Normal(mean, stddev) -> normal dtype mean stddev map |> Result.map ElementDraw.Single
        | _, SamplingForm.Uniform(low, high) -> uniform dtype low high map |> Result.map ElementDraw.Single
        | _, SamplingForm.Fitted(standard, location, scale, low, high) ->
            fitted dtype standard location scale low high map
            |> Result.map ElementDraw.Single

    let private leaf dtype (leaf: Leaf) : Result<ElementDraw, InitError list> =
        match leaf with
        | Leaf.Constant number ->
            bitsOf dtype [| number |]
            |> Result.map (fun bits -> ElementDraw.Constant bits[0])
        | Leaf.Element(element, map) -> draw dtype map (Element.form element)

    /// The maps of computed numbers of magnitude `reach` or less, with a last one into the dtype's values. Between them, a
    /// number that is moved inside is not rounded out again.
    let private intoRange dtype (reach: float) (maps: Affine list) : Result<Affine list, InitError list> =
        let value = NumberFormulas.mapped maps

        let whole =
            (Affine.identity, maps) ||> List.fold (fun inner m -> Affine.compose m inner)

        validation {
            let! () = within dtype (max (abs (value reach)) (abs (value -reach)))
            and! struct (least, greatest) = closed dtype whole
            let largest = DType.largest dtype
            return maps @ [ Affine.clip (max least -largest) (min greatest largest) ]
        }

    let private computed dtype (numbers: Computed) : Result<Body, InitError list> =
        match numbers with
        | Computed.Integers(draw, maps) ->
            let struct (low, high) = IntegerNumbers.ends draw
            // Numbers without maps are exact; others are rounded.
            let exact =
                if maps.IsEmpty then
                    IntegerNumbers.exactFaults dtype draw
                else
                    []

            validation {
                let! () = exact
                and! maps = intoRange dtype (max (abs low) (abs high)) maps
                return Structure.Computed(Computed.Integers(draw, maps))
            }
        | Computed.Formula(formula, repeat, maps) ->
            let value = NumberFormulas.mapped maps
            let struct (least, greatest) = NumberFormulas.bounds formula
            let reach = max (abs (value least)) (abs (value greatest))

            let whole =
                (Affine.identity, maps) ||> List.fold (fun inner m -> Affine.compose m inner)

            // Between values of the dtype, a number that is moved inside is not rounded out again.
            validation {
                let! () =
                    within dtype reach
                    |> NumberFormulas.ofElement formula (fun given -> beyond dtype given (value given))

                and! struct (least, greatest) = closed dtype whole

                let maps =
                    if Affine.isClip whole then
                        maps @ [ Affine.clip least greatest ]
                    else
                        maps

                return Structure.Computed(Computed.Formula(formula, repeat, maps))
            }
        | Computed.Orthogonal(rows, columns, gain, map) ->
            // An element of a column of norm 1 is at most 1.
            let gain = map.Factor * gain
            let ends = { map with Factor = gain }
            let reach = max (abs (Affine.apply ends 1.0)) (abs (Affine.apply ends -1.0))

            // Between values of the dtype, an element that is moved inside is not rounded out again.
            validation {
                let! () = within dtype (max (abs gain) reach)
                and! struct (least, greatest) = closed dtype map

                let map =
                    { Factor = 1.0
                      Offset = map.Offset
                      Low = least
                      High = greatest }

                return Structure.Computed(Computed.Orthogonal(rows, columns, gain, map))
            }

    /// What fills a tensor of a dtype, or why it does not fit the dtype.
    let rec ofResolved (dtype: DType) (tensor: Resolved) : Result<Body, InitError list> =
        tensor
        |> Structure.map (leaf dtype) (bitsOf dtype) (computed dtype) (combined dtype)
        // Equal parts have equal faults.
        |> Result.mapError List.distinct

    /// Parts are drawn in float32, those of a float64 tensor in float64.
    and private combined dtype combination maps parts =
        let wide =
            if dtype = DType.Float64 then
                DType.Float64
            else
                DType.Float32

        validation {
            let! bodies = parts |> Validation.traverse (ofResolved wide)
            let reach = parts |> List.sumBy (Reach.magnitude wide)
            let! () = within wide reach

            let! maps =
                match combination with
                | Combination.Sum _ -> intoRange dtype reach maps
                | Combination.Normalized _ -> intoRange dtype 1.0 maps

            return Structure.Combined(combination, maps, bodies)
        }
