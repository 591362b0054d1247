namespace Initializers.FSharp

open System
open Initializers

/// What kernels compute for a law: numbers, tables and structures of one dtype.
[<RequireQualifiedAccess>]
module internal Bodies =
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
                     else float (Grid.leastAbove dtype low)),
                    (if high > largest then largest
                     elif high <= -largest then -infinity
                     else float (Grid.greatestBelow dtype high)))

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

    /// The law of a table on the open interval (low, high), under a map.
    let private fitted dtype standard location scale low high map =
        let within = within dtype
        let struct (location, scale) = moved map location scale
        let struct (low, high) = Affine.interval map low high
        let single, scale32 = float32 location, float32 scale
        let inside x = max low (min high x)

        let reach =
            let struct (least, greatest) = Standard.reach 32 standard
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
            and! table = Standard.table standard
            return Body.Quantile(table, single, scale32, float32 least, float32 greatest)
        }

    /// The same in float64, whose tables are others and whose numbers need no rounding.
    let private fitted64 standard location scale low high map =
        let within = within DType.Float64
        let struct (location, scale) = moved map location scale
        let struct (low, high) = Affine.interval map low high

        let reach () =
            let struct (least, greatest) = Standard.reach 64 standard
            let inside x = max low (min high x)

            let end' z =
                abs (inside (Math.FusedMultiplyAdd(z, scale, location)))

            max (end' least) (end' greatest)

        let faults =
            match Standard.faults64 standard with
            // A triangle may be wider than the largest float64.
            | [] when Double.IsFinite scale && Double.IsFinite location -> within (reach ())
            | [] -> within infinity
            | faults -> faults

        validation {
            let! () = faults

            let! struct (least, greatest) = outermost DType.Float64 map low high
            and! table = Standard.table64 standard
            return Body.Quantile64(table, location, scale, least, greatest)
        }

    /// A normal that a clip bounds is drawn by its table as other bounded laws are.
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
                    (Body.Quantile64(QuantileTable64.normal, mean, stddev, least, greatest)))
        else
            Validation.ofFaults (within DType.Float64 reach) (Body.Normal64(mean, stddev))

    let private normal dtype mean stddev map =
        let struct (mean, stddev) = moved map mean stddev
        // The outermost quantile is finite, so a normal tensor has a reach although the law has none. The kernel's
        // rounded numbers may reach further than the law's.
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
                    (Body.Quantile(QuantileTable.normal, single, stddev32, float32 least, float32 greatest)))
        else
            Validation.ofFaults (within dtype farthest) (Body.Normal(single, stddev32))

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
            return Body.Uniform64(mid, width, least, greatest)
        }

    let private uniform dtype (low: float) (high: float) map =
        let struct (mid, width) = moved map ((low + high) / 2.0) ((high - low) / 2.0)
        let struct (low, high) = Affine.interval map low high
        let numbers = max (abs mid) (abs width)

        match within dtype (max (abs low) (abs high)) @ within DType.Float32 numbers with
        | [] ->
            outermost dtype map low high
            |> Result.map (fun (struct (least, greatest)) ->
                Body.Uniform(float32 mid, float32 width, float32 least, float32 greatest))
        | fault :: _ -> Error [ fault ]

    /// The bits of one value.
    let pattern dtype (value: float) : uint64 =
        if dtype = DType.Float64 then
            BitConverter.DoubleToUInt64Bits value
        else
            uint64 (Grid.nearest dtype (float32 value))

    /// The bits of numbers to which a map has been applied: rounded to nearest, then moved into its closed interval.
    let private patterns dtype map (numbers: float[]) : Result<uint64[], InitError list> =
        let reach = (0.0, numbers) ||> Array.fold (fun most x -> max most (abs x))

        validation {
            let! () = within dtype reach
            and! struct (least, greatest) = closed dtype map

            return
                numbers
                |> Array.map (fun number ->
                    let bits = pattern dtype number

                    if not (Affine.isClip map) then
                        bits
                    else
                        let value =
                            if dtype = DType.Float64 then
                                number
                            else
                                float (Grid.value dtype (uint32 bits))

                        if value < least then pattern dtype least
                        elif value > greatest then pattern dtype greatest
                        else bits)
        }

    let private bits dtype map (value: float) : Result<uint64, InitError list> =
        patterns dtype map [| value |] |> Result.map Array.head

    let private elementsOf dtype map form =
        let wide = dtype = DType.Float64

        match form with
        | Form.Constant value -> bits dtype map (Affine.apply map value) |> Result.map Body.Fill
        | Form.Normal(mean, stddev) when wide -> normal64 mean stddev map
        | Form.Normal(mean, stddev) -> normal dtype mean stddev map
        | Form.Uniform(low, high) when wide -> uniform64 low high map
        | Form.Uniform(low, high) -> uniform dtype low high map
        | Form.Fitted(standard, location, scale, low, high) when wide -> fitted64 standard location scale low high map
        | Form.Fitted(standard, location, scale, low, high) -> fitted dtype standard location scale low high map

    let rec private body dtype (map: Affine) (law: Resolved) : Result<Body, InitError list> =
        let structured = Result.map Body.Structured

        match law with
        | Resolved.Mapped(factor, offset, low, high, inner) ->
            let own =
                { Factor = factor
                  Offset = offset
                  Low = low
                  High = high }

            body dtype own inner
        | Resolved.Stacked parts ->
            parts
            |> Validation.traverse (fun part ->
                body dtype map part.Law
                |> Result.map (fun body ->
                    { Run = part.Run
                      Stream = part.Stream
                      Body = body }))
            |> Result.map Structure.Stacked
            |> structured
        | Resolved.Batched(count, length, inner) ->
            body dtype map inner
            |> Result.map (fun inner -> Structure.Batched(count, length, inner))
            |> structured
        | Resolved.Pattern(numbers, repeat) ->
            patterns dtype map (numbers.Numbers.ToArray())
            |> Result.map (fun bits -> Structure.Pattern(bits, repeat))
            |> structured
        | Resolved.Computed(formula, repeat, maps) ->
            let value = NumberFormulas.mapped maps
            let struct (least, greatest) = NumberFormulas.bounds formula
            let reach = max (abs (value least)) (abs (value greatest))

            let composed =
                (Affine.identity, maps)
                ||> List.fold (fun inner (factor, offset, low, high) ->
                    Affine.compose
                        { Factor = factor
                          Offset = offset
                          Low = low
                          High = high }
                        inner)

            // Between values of the dtype, a number that is moved inside is not rounded out again.
            validation {
                let! () = within dtype reach
                and! struct (least, greatest) = closed dtype composed

                let maps =
                    if Affine.isClip composed then
                        maps @ [ 1.0, 0.0, least, greatest ]
                    else
                        maps

                return Structure.Computed(formula, repeat, maps)
            }
            |> structured
        | Resolved.Points(places, value, elsewhere) ->
            validation {
                let! value = bits dtype map value
                and! elsewhere = bits dtype map elsewhere
                return Structure.Points(places, value, elsewhere)
            }
            |> structured
        | Resolved.Sparse(rows, columns, zeros, value, inner) ->
            // The inner law has the map in its own.
            validation {
                let! bits = bits dtype map value
                and! inner = body dtype Affine.identity inner
                return Structure.Sparse(rows, columns, zeros, bits, inner)
            }
            |> structured
        | Resolved.Permuted(dims, order, inner) ->
            body dtype map inner
            |> Result.map (fun inner -> Structure.Permuted(dims, order, inner))
            |> structured
        | Resolved.Masked(keep, value, inner) ->
            validation {
                let! bits = bits dtype map value
                and! inner = body dtype Affine.identity inner
                return Structure.Masked(keep.Numbers.ToArray() |> Array.map (fun x -> x <> 0.0), bits, inner)
            }
            |> structured
        | Resolved.Orthogonal(rows, columns, gain) ->
            // An element of a column of norm 1 is at most 1.
            let gain = map.Factor * gain

            let reach =
                max
                    (abs (Affine.apply { map with Factor = gain } 1.0))
                    (abs (Affine.apply { map with Factor = gain } -1.0))

            // Between values of the dtype, an element that is moved inside is not rounded out again.
            validation {
                let! () = within dtype (max (abs gain) reach)
                and! struct (least, greatest) = closed dtype map
                return Structure.Orthogonal(rows, columns, gain, map.Offset, least, greatest)
            }
            |> structured
        | elements ->
            match Forms.form elements with
            | ValueSome form -> elementsOf dtype map form
            | ValueNone -> Ok(Body.Fill 0UL)

    /// What makes a law's elements in a dtype, or why they do not fit it.
    let ofLaw (dtype: DType) (law: Resolved) : Result<Body, InitError list> =
        // Parts that are alike have one fault.
        body dtype Affine.identity law |> Result.mapError List.distinct
