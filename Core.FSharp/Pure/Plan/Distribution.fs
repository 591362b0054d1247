namespace Initializers.FSharp

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open MathNet.Numerics
open Initializers
open Initializers.FSharp.DistributionParts

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Distribution =
    /// Equally likely numbers under maps: how many, a number, the ends, and the powers' means. Of more than 2^22 the
    /// distribution is that of 2^20 of them, spread evenly, and so are the moments under a clip; other moments are those of
    /// all numbers.
    let private ofNumbers
        count
        (numberOf: int64 -> int64 -> float)
        ends
        (powersOf: unit -> float[])
        (maps: Affine list)
        =
        let chosen (most: int64) (index: int64 -> int64) =
            let number = numberOf most >> NumberFormulas.mapped maps
            empirical (Array.init (int most) (int64 >> index >> number))

        if count <= (1L <<< 22) then
            chosen count id
        else
            // Multiples of the golden ratio, modulo 1.
            let spread (i: int64) =
                Math.BigMul(uint64 i * 0x9E3779B97F4A7C15UL, uint64 count) >>> 64 |> int64

            let sample = lazy (chosen (1L <<< 20) spread)

            let isLinear = not (List.exists Affine.isClip maps)

            if not isLinear then
                sample.Value
            else
                let value = NumberFormulas.mapped maps
                let struct (low, high) = ends
                let powers = powersOf ()
                let mean = powers[0]
                let variance = powers[1] - mean * mean

                let fourth =
                    powers[3] - 4.0 * mean * powers[2] + 6.0 * mean * mean * powers[1]
                    - 3.0 * pown mean 4

                let factor = maps |> List.fold (fun product m -> product * m.Factor) 1.0

                let least, greatest = min (value low) (value high), max (value low) (value high)

                { Support = struct (least, greatest)
                  Mean = value mean
                  Variance = factor * factor * variance
                  Kurtosis = fourth / (variance * variance)
                  Cdf = fun x -> sample.Value.Cdf x
                  Density = fun x -> if x < least || x > greatest then 0.0 else nan
                  Quantile = fun p -> sample.Value.Quantile p }

    let private ofFormula formula maps =
        ofNumbers
            (NumberFormulas.count formula)
            (fun most -> NumberFormulas.number most formula)
            (NumberFormulas.bounds formula)
            (fun () -> NumberFormulas.powers formula)
            maps

    let private ofIntegers draw maps =
        let value = NumberFormulas.mapped maps
        let struct (low, _) as ends = IntegerNumbers.ends draw

        match draw, IntegerNumbers.equallyLikely draw with
        | _, ValueSome(struct (count, number)) ->
            ofNumbers count (fun _ -> number) ends (fun () -> IntegerNumbers.powers low (float count)) maps
        | IntegerDraw.Bernoulli p, _ ->
            [ 1.0 - p, constant (value 0.0); p, constant (value 1.0) ]
            |> List.filter (fun (weight, _) -> weight > 0.0)
            |> mixture
        | _ -> constant nan

    /// A distribution of which no more than the mean and the variance is known.
    let private known mean variance =
        { Support = struct (Double.NegativeInfinity, Double.PositiveInfinity)
          Mean = mean
          Variance = variance
          Kurtosis = nan
          Cdf = fun _ -> nan
          Density = fun _ -> nan
          Quantile = fun _ -> nan }

    /// The sum of independent numbers. Its distribution function is an integral for each number but one.
    let private added (terms: Distribution list) : Distribution =
        let two (a: Distribution) (b: Distribution) =
            let struct (lowA, highA), struct (lowB, highB) = a.Support, b.Support
            let variance = a.Variance + b.Variance
            let fourth (d: Distribution) = d.Kurtosis * d.Variance * d.Variance

            let cdf x =
                integral (fun p -> a.Cdf(x - b.Quantile p)) 0.0 1.0

            // A sum beyond both quantiles' sum has one number beyond its quantile.
            let bound p = a.Quantile p + b.Quantile p

            { Support = struct (lowA + lowB, highA + highB)
              Mean = a.Mean + b.Mean
              Variance = variance
              Kurtosis = (fourth a + fourth b + 6.0 * a.Variance * b.Variance) / (variance * variance)
              Cdf = cdf
              Density = fun x -> integral (fun p -> a.Density(x - b.Quantile p)) 0.0 1.0
              Quantile = fun p -> Bisection.search cdf p (bound (p / 2.0)) (bound (0.5 + p / 2.0)) }

        let constants, others =
            terms |> List.partition (fun distribution -> distribution.Variance = 0.0)

        let offset = constants |> List.sumBy _.Mean

        if others.IsEmpty then
            constant offset
        else
            List.reduce two others |> line 1.0 offset

    /// Whether elements at different indices may have different distributions.
    let rec private isPositional (resolved: Resolved) =
        match resolved with
        | Structure.Stacked parts ->
            (parts |> List.distinctBy _.Inner).Length > 1
            || parts |> List.exists (_.Inner >> isPositional)
        | Structure.Combined(parts = parts) -> parts |> List.exists isPositional
        | Structure.Batched(inner = inner)
        | Structure.Sparse(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Permuted(inner = inner) -> isPositional inner
        | Structure.Elements _
        | Structure.Computed(Computed.Orthogonal _ | Computed.Integers _) -> false
        | Structure.Pattern _
        | Structure.Computed(Computed.Formula _)
        | Structure.Points _
        | Structure.Masked _
        | Structure.Padded _ -> true

    /// An element of a unit vector of `size` numbers of no preferred direction: its square is Beta(1/2, (size - 1)/2).
    let private ofUnitVector (size: int64) =
        match size with
        | 1L -> mixture [ 0.5, constant -1.0; 0.5, constant 1.0 ]
        | _ ->
            let n = float size
            let other = (n - 1.0) / 2.0

            let upper (x: float) =
                0.5 * SpecialFunctions.BetaRegularized(0.5, other, min 1.0 (x * x))

            let cdf x =
                if x <= -1.0 then 0.0
                elif x >= 1.0 then 1.0
                elif x < 0.0 then 0.5 - upper x
                else 0.5 + upper x

            // 1/Beta(1/2, other) as sqrt(other/pi) by its asymptotic series where the logarithms of gamma functions would lose
            // digits.
            let scale =
                if other < 500.0 then
                    exp -(SpecialFunctions.BetaLn(0.5, other))
                else
                    let q = 1.0 / other

                    sqrt (other / Math.PI)
                    * (1.0 - q / 8.0 + q * q / 128.0 + 5.0 * q * q * q / 1024.0)

            { Support = struct (-1.0, 1.0)
              Mean = 0.0
              Variance = 1.0 / n
              Kurtosis = 3.0 * n / (n + 2.0)
              Cdf = cdf
              Density =
                fun x ->
                    if x > -1.0 && x < 1.0 then
                        scale * exp ((other - 1.0) * SpecialFunctions.Log1p(-x * x))
                    else
                        0.0
              Quantile = fun p -> Bisection.search cdf p -1.0 1.0 }

    /// Of vectors of independent elements that are divided by their norms: the squares of each add to 1.
    let private ofNormalized (length: int64) (inner: Distribution) (isNormal: bool) =
        let isSymmetric =
            [ 0.01; 0.1; 0.3 ]
            |> List.forall (fun p ->
                abs (inner.Quantile p + inner.Quantile(1.0 - p))
                <= 1.0e-12 * abs (inner.Quantile p))

        if inner.Variance = 0.0 then
            constant (float (sign inner.Mean) / sqrt (float length))
        elif isNormal then
            ofUnitVector length
        elif isSymmetric then
            { known 0.0 (1.0 / float length) with
                Support = struct (-1.0, 1.0) }
        else
            { known nan nan with
                Support = struct (-1.0, 1.0) }

    /// A sum of terms under maps. A clip of several terms has no known moments.
    let private mappedBy (maps: Affine list) (terms: Distribution list) : Distribution list list =
        let mapped (terms: Distribution list) (m: Affine) =
            let moved =
                if m.Factor = 0.0 then
                    [ constant m.Offset ]
                else
                    constant m.Offset :: (terms |> List.map (line m.Factor 0.0))

            let varying = moved |> List.filter (fun term -> term.Variance <> 0.0)

            if not (Affine.isClip m) then
                moved
            elif varying.IsEmpty then
                [ constant (max m.Low (min m.High (added moved).Mean)) ]
            elif varying.Length = 1 && not (Double.IsNaN varying.Head.Variance) then
                [ clipped m.Low m.High (added moved) ]
            else
                [ known nan nan ]

        [ (terms, maps) ||> List.fold mapped ]

    let rec ofResolved (resolved: Resolved) : Distribution =
        sharesOf resolved
        |> List.map (fun (weight, terms) -> weight, added terms, lazy (terms |> List.sumBy third))
        |> mixtureOf

    /// Shares of the elements, each with independent terms whose sum its elements are.
    and private sharesOf (resolved: Resolved) : (float * Distribution list) list =
        let one distribution = [ 1.0, [ distribution ] ]

        /// Shares of several tensors, each tensor with its weight.
        let parts (tensors: (float * (float * Distribution list) list) list) =
            [ for weight, shares in tensors do
                  let total = shares |> List.sumBy fst

                  for share, terms in shares do
                      if weight * share > 0.0 then
                          weight * share / total, terms ]

        let value (number: Number) = one (constant number.Value)

        match resolved with
        | Structure.Elements(Leaf.Constant number) -> one (constant number.Value)
        | Structure.Elements(Leaf.Element(element, map)) ->
            ofElement element
            |> line map.Factor map.Offset
            |> clipped map.Low map.High
            |> one
        | Structure.Stacked runs ->
            runs
            |> List.groupBy _.Inner
            |> List.map (fun (inner, equal) -> equal |> List.sumBy (fun part -> float part.Run), sharesOf inner)
            |> parts
        | Structure.Pattern(numbers, _) -> numbers |> Array.map _.Value |> empirical |> one
        | Structure.Computed(Computed.Formula(formula, _, maps)) -> one (ofFormula formula maps)
        | Structure.Computed(Computed.Integers(draw, maps)) -> one (ofIntegers draw maps)
        | Structure.Computed(Computed.Orthogonal(_, _, 0.0, map)) -> one (constant (Affine.apply map 0.0))
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) ->
            ofUnitVector (max rows columns)
            |> line gain 0.0
            |> line map.Factor map.Offset
            |> clipped map.Low map.High
            |> one
        | Structure.Points(blocks, number, elsewhere) ->
            let count = Shape.product [ blocks.Groups; blocks.Count ]

            parts
                [ float count, value number
                  float (max 0L (blocks.Length - count)), value elsewhere ]
        | Structure.Sparse(rows, _, zeros, number, inner) ->
            parts [ float zeros, value number; float (rows - zeros), sharesOf inner ]
        // The same elements in another order or more than once.
        | Structure.Batched(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Permuted(inner = inner) -> sharesOf inner
        | Structure.Padded(_, count, number, rest, inner) ->
            parts [ float count, value number; float rest, sharesOf inner ]
        | Structure.Masked(keep, number, inner) ->
            let kept = keep.Flags |> Array.sumBy (fun flag -> if flag then 1.0 else 0.0)
            parts [ kept, sharesOf inner; float keep.Flags.Length - kept, value number ]
        | Structure.Combined(Combination.Normalized(_, length), maps, inner) ->
            let isNormal =
                match inner with
                | [ Structure.Elements(Leaf.Element(element, map)) ] when map = Affine.identity ->
                    match Element.form element with
                    | SamplingForm.Normal(0.0, _) -> true
                    | _ -> false
                | _ -> false

            match inner with
            | [ Structure.Elements _ as elements ] when length > 0L ->
                let distribution = ofNormalized length (ofResolved elements) isNormal
                mappedBy maps [ distribution ] |> List.map (fun terms -> 1.0, terms)
            | _ -> one (known nan nan)
        | Structure.Combined(Combination.Sum _, maps, tensors) ->
            let shares =
                if (tensors |> List.filter isPositional).Length > 1 then
                    // Elements of two parts at one index depend on each other through the index.
                    one (known (tensors |> List.sumBy (fun part -> (ofResolved part).Mean)) nan)
                else
                    ([ 1.0, [] ], tensors)
                    ||> List.fold (fun shares tensor ->
                        [ for weight, terms in shares do
                              for share, others in sharesOf tensor -> weight * share, terms @ others ])

            [ for weight, terms in shares do
                  for terms in mappedBy maps terms -> weight, terms ]

    [<CompiledName "Resolve">]
    let resolve (spec: Spec) (shape: Shape) (fan: Fan) =
        Plan.distribution spec shape fan |> Result.map ofResolved

    [<CompiledName "Stddev">]
    let stddev (distribution: Distribution) = sqrt distribution.Variance

    /// The values of a span of a dtype's elements, with the dtype.
    let private read<'T when 'T: unmanaged> (values: ReadOnlySpan<'T>) : struct (DType * float[]) voption =
        use p = fixed &MemoryMarshal.GetReference values
        let address = NativePtr.toVoidPtr p
        let n = values.Length
        let given = typeof<'T>

        if given = typeof<float32> then
            ValueSome(struct (DType.Float32, ReadOnlySpan<float32>(address, n).ToArray() |> Array.map float))
        elif given = typeof<float> then
            ValueSome(struct (DType.Float64, ReadOnlySpan<float>(address, n).ToArray()))
        elif given = typeof<Half> then
            ValueSome(struct (DType.Float16, ReadOnlySpan<Half>(address, n).ToArray() |> Array.map float))
        elif given = typeof<BFloat16> then
            let values = ReadOnlySpan<BFloat16>(address, n).ToArray()
            ValueSome(struct (DType.BFloat16, values |> Array.map (fun x -> float (x.ToSingle()))))
        else
            ValueNone

    [<CompiledName "Check">]
    let check<'T when 'T: unmanaged>
        (values: ReadOnlySpan<'T>, falseAlarmRate: float, distribution: Distribution)
        : Result<DistributionCheck, InitError list> =
        let rate =
            Validation.check
                (InitError.ArgumentInvalid(
                    "falseAlarmRate",
                    Names.number falseAlarmRate,
                    "a number above 0 and below 1"
                ))
                (falseAlarmRate > 0.0 && falseAlarmRate < 1.0)

        match read values with
        | ValueSome(struct (dtype, numbers)) ->
            Validation.ofFaults rate ()
            |> Result.map (fun () ->
                Goodness.run falseAlarmRate distribution (Goodness.sampleOf (Grid.ofDType dtype) numbers))
        | ValueNone -> Error(rate @ [ InitError.ElementType(typeof<'T>.Name, DType.Float32) ])
