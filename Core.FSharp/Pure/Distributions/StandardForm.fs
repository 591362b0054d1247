namespace Initializers.FSharp

open System
open System.Runtime.CompilerServices

/// A law in the form that a table is fitted to; what is drawn is location + scale times its value.
[<RequireQualifiedAccess>]
type internal Standard =
    /// The standard normal on (lower, upper).
    | TruncatedNormal of lower: float * upper: float
    /// The standard normal beyond `near`, 32 or more, as its distance from there times `near`, up to `width`.
    | TailAbove of near: float * width: float
    /// The mirror image.
    | TailBelow of near: float * width: float
    /// The standard normal on (lower, lower + width), as the distance from the low end in halves of the width.
    | LowEnd of lower: float * width: float
    /// The mirror image: the negative of that distance, which is the position below the high end -lower.
    | HighEnd of lower: float * width: float
    /// The standard normal on (-half, half), in units of half.
    | Centre of half: float
    | Logistic
    | Laplace
    | Gumbel
    /// On an interval of width 1 with the peak at 0, which lies at this part of it.
    | Triangular of mode: float
    | Own of QuantileFunction

[<RequireQualifiedAccess>]
module internal Standard =
    /// The value of a caller's function, NaN where it has none.
    let private valueOf (f: QuantileFunction) side t =
        match f.Evaluate(side, t) with
        | Ok x -> x
        | Error _ -> nan

    /// The negative of a law whose sides meet at 1/2.
    let private mirror (law: QuantileLaw) =
        QuantileLaw.TwoSided(0.5, (fun side t -> -(law.At(1 - side, t))))

    let law (standard: Standard) : QuantileLaw =
        match standard with
        | Standard.TruncatedNormal(lower, upper) -> Truncated.law lower upper
        | Standard.TailAbove(near, width) -> Truncated.farLaw near width
        | Standard.TailBelow(near, width) -> mirror (Truncated.farLaw near width)
        | Standard.LowEnd(lower, width) -> BoundedNormal.law lower width
        | Standard.HighEnd(lower, width) -> mirror (BoundedNormal.law lower width)
        | Standard.Centre half -> BoundedNormal.centralLaw half
        | Standard.Logistic ->
            // log(p/(1 - p)), at 1/2 + d log(1 + 4 d/(1 - 2 d)).
            QuantileLaw.Symmetric(
                (fun t -> Exact.log t - Exact.log1p -t),
                (fun d -> Exact.log1p (4.0 * d / (1.0 - 2.0 * d)))
            )
        | Standard.Laplace ->
            let below t = Exact.log (2.0 * t)
            QuantileLaw.TwoSided(0.5, fun side t -> if side = 0 then below t else -(below t))
        | Standard.Gumbel ->
            QuantileLaw.TwoSided(0.5, fun side t -> -(Exact.log -(if side = 0 then Exact.log t else Exact.log1p -t)))
        | Standard.Triangular mode ->
            // sqrt(t w) - w from the end at -w, without the difference, which loses digits near the peak.
            let below w t =
                if w = 0.0 then
                    0.0
                else
                    w * (t - w) / (w + Math.Sqrt(t * w))

            QuantileLaw.TwoSided(mode, fun side t -> if side = 0 then below mode t else -(below (1.0 - mode) t))
        | Standard.Own f -> QuantileLaw.TwoSided(0.5, valueOf f)

    /// The law that float64 tables are fitted to. A far tail that ends where words of 64 bits still lie is taken from both of its
    /// ends, as differences from the whole tail have too few digits there.
    let law64 (standard: Standard) : QuantileLaw =
        let cut near width =
            BoundedNormal.scaledLaw (0.5 * width) near (width / near)

        match standard with
        | Standard.TailAbove(near, width) when width > 0.5 && width < 60.0 -> cut near width
        | Standard.TailBelow(near, width) when width > 0.5 && width < 60.0 -> mirror (cut near width)
        | _ -> law standard

    /// The largest error of an own law's table, as a part of the largest value of its octave. Smooth laws reach 1e-7, those
    /// with a pole at their end a few 1e-6, kinks and jumps 1e-3 and more.
    let private allowed = 1.0e-5

    /// The same of a float64 table. Smooth laws reach 5e-15, one with a pole at both ends 1e-13, and a function's own rounding
    /// is all in it.
    let private allowed64 = 1.0e-12

    /// Up to 64 words of this many bits of every octave, counted from a side's own end.
    let private probes (bits: int) : uint64[][] =
        Array.init bits (fun octave ->
            let first =
                if octave = bits - 1 then
                    0UL
                else
                    1UL <<< (bits - 2 - octave)

            let count = max 1UL first
            let taken = min count 64UL

            Array.init (int taken) (fun i -> first + count / taken * uint64 i))

    let private probability (bits: int) (n: uint64) = Math.ScaleB(float n + 0.5, -bits)

    /// The words probed, from the lowest to the highest, with the side and octave of each.
    let private wordsOf (bits: int) =
        let probes = probes bits

        [| for octave in bits - 1 .. -1 .. 0 do
               for n in probes[octave] do
                   struct (0, octave, n)
           for octave in 0 .. bits - 1 do
               for n in Array.rev probes[octave] do
                   struct (1, octave, n) |]

    let private words32 = wordsOf 32
    let private words64 = LazyValue(fun () -> wordsOf 64)

    let private words bits =
        if bits = 32 then words32 else words64.Value

    /// Where a word lies, as a probability.
    let private place bits side n =
        if side = 0 then
            probability bits n
        else
            1.0 - probability bits n

    /// A caller's function at the words probed, or why it is no quantile.
    let private probe bits (f: QuantileFunction) : Result<float[], InitError list> =
        let words = words bits
        let probability = probability bits
        let place = place bits

        let read (struct (side, _, n)) =
            match f.Evaluate(side, probability n) with
            | Ok x when Double.IsFinite x -> Ok x
            | Ok x -> Error(InitError.QuantileUndefined(f.Name, place side n, $"it gives {Names.number x}"))
            | Error reason -> Error(InitError.QuantileUndefined(f.Name, place side n, $"it throws '{reason}'"))

        let values = words |> Array.map read

        let undefined =
            values
            |> Array.tryPick (function
                | Error fault -> Some fault
                | Ok _ -> None)

        match undefined with
        | Some fault -> Error [ fault ]
        | None ->
            let values = values |> Array.choose Result.toOption

            match
                Seq.zip words values
                |> Seq.pairwise
                |> Seq.tryFind (fun ((_, x), (_, y)) -> x > y)
            with
            | None -> Ok values
            | Some((struct (s1, _, n1), _), (struct (s2, _, n2), _)) ->
                Error [ InitError.QuantileDecreases(f.Name, place s1 n1, place s2 n2) ]

    /// What a table's values at the words probed miss, or nothing if it is little.
    let private misfit
        bits
        allowed
        (f: QuantileFunction)
        (values: float[])
        (evaluate: uint64 -> float)
        : InitError list =
        let words = words bits

        let errors =
            Seq.zip words values
            |> Seq.groupBy (fun (struct (side, octave, _), _) -> side, octave)
            |> Seq.collect (fun (_, points) ->
                let largest = points |> Seq.map (fun (_, x) -> abs x) |> Seq.max

                points
                |> Seq.map (fun (struct (side, _, n), x) ->
                    let word = if side = 0 then n else ~~~n
                    let error = abs (evaluate word - x)
                    // An octave of zeros allows no error at all.
                    place bits side n, (if error = 0.0 then 0.0 else error / largest)))

        let p, error =
            errors |> Seq.maxBy (fun (_, e) -> if Double.IsNaN e then infinity else e)

        Validation.check (InitError.QuantileNotSmooth(f.Name, p, error, allowed)) (error <= allowed)

    /// Tables of this many laws are kept for the next request: 2 MB of them, in float64 18 MB.
    let kept = 1024

    let private tables = Cache<Standard, QuantileTable>(kept)
    let private tables64 = Cache<Standard, QuantileTable64>(kept)

    /// What was found of a caller's function lives as long as the function.
    let private own =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<float[], InitError list>>>()

    let private ownTables =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<QuantileTable, InitError list>>>()

    let private own64 =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<float[], InitError list>>>()

    let private ownTables64 =
        ConditionalWeakTable<QuantileFunction, LazyValue<Result<QuantileTable64, InitError list>>>()

    let private probed (f: QuantileFunction) =
        own.GetValue(f, fun f -> LazyValue(fun () -> probe 32 f)).Value

    let private probed64 (f: QuantileFunction) =
        own64.GetValue(f, fun f -> LazyValue(fun () -> probe 64 f)).Value

    /// Whether a law is one: all but a caller's own are.
    let faults (standard: Standard) : InitError list =
        match standard with
        | Standard.Own f -> Validation.faults (probed f)
        | _ -> []

    /// The same at the words of a float64, which go further out.
    let faults64 (standard: Standard) : InitError list =
        match standard with
        | Standard.Own f -> Validation.faults (probed64 f)
        | _ -> []

    /// The table of a law, fitted when it is first drawn by. A caller's own is fitted now and checked against its function.
    let table (standard: Standard) : Result<QuantileTable, InitError list> =
        match standard with
        | Standard.Own f ->
            let fit (f: QuantileFunction) =
                probed f
                |> Result.bind (fun values ->
                    let table = QuantileTable.fit (law (Standard.Own f))

                    let evaluate (word: uint64) =
                        float (QuantileTable.evaluate table (uint32 word))

                    Validation.ofFaults (misfit 32 allowed f values evaluate) table)

            ownTables.GetValue(f, fun f -> LazyValue(fun () -> fit f)).Value
        | _ -> Ok(tables.GetOrAdd(standard, law >> QuantileTable.fit))

    /// The float64 table of a law, fitted and checked likewise.
    let table64 (standard: Standard) : Result<QuantileTable64, InitError list> =
        match standard with
        | Standard.Own f ->
            let fit (f: QuantileFunction) =
                probed64 f
                |> Result.bind (fun values ->
                    let table = QuantileTable64.fit (law (Standard.Own f))
                    Validation.ofFaults (misfit 64 allowed64 f values (QuantileTable64.evaluate table)) table)

            ownTables64.GetValue(f, fun f -> LazyValue(fun () -> fit f)).Value
        | _ -> Ok(tables64.GetOrAdd(standard, law64 >> QuantileTable64.fit))

    /// The values of the outermost words of this many bits, which bound what can be drawn.
    let reach (bits: int) (standard: Standard) : struct (float * float) =
        let law = if bits = 64 then law64 standard else law standard
        let t = Math.ScaleB(1.0, -bits - 1)

        match standard with
        | Standard.Triangular mode -> struct (-mode, 1.0 - mode)
        | _ -> struct (law.At(0, t), law.At(1, t))

    /// P(X <= x) as a function of x.
    let cdf (standard: Standard) : float -> float =
        match standard with
        | Standard.TruncatedNormal(lower, upper) -> Truncated.cdf lower upper
        | Standard.TailAbove(near, width) -> Truncated.farCdf near width
        | Standard.TailBelow(near, width) -> fun x -> 1.0 - Truncated.farCdf near width -x
        | Standard.LowEnd(lower, width) -> BoundedNormal.cdf lower width
        | Standard.HighEnd(lower, width) ->
            let above = BoundedNormal.cdf lower width
            fun x -> 1.0 - above -x
        | Standard.Centre half -> BoundedNormal.centralCdf half
        | Standard.Logistic -> fun x -> 1.0 / (1.0 + Exact.exp -x)
        | Standard.Laplace ->
            fun x ->
                let tail = 0.5 * Exact.exp -(abs x)
                if x < 0.0 then tail else 1.0 - tail
        | Standard.Gumbel -> fun x -> Exact.exp -(Exact.exp -x)
        | Standard.Triangular mode ->
            let below w y =
                if y <= -w then 0.0 else (y + w) * (y + w) / w

            fun x ->
                if x < 0.0 then below mode x
                elif x > 0.0 then 1.0 - below (1.0 - mode) -x
                else mode
        | Standard.Own _ ->
            // The quantile turned round, by halving.
            let law = law standard

            let rec halve (x: float) (low: float) (high: float) =
                let middle = 0.5 * (low + high)

                if middle <= low || middle >= high then middle
                elif law.Quantile middle <= x then halve x middle high
                else halve x low middle

            fun x -> halve x 0.0 1.0

    /// Ten-point Gauss-Legendre rule on (-1, 1), positive half (Abramowitz, Stegun 1964, table 25.4).
    let private rule =
        [ 0.148874338981631211, 0.295524224714752870
          0.433395394129247191, 0.269266719309996355
          0.679409568299024406, 0.219086362515982044
          0.865063366688984511, 0.149451349150580593
          0.973906528517171720, 0.066671344308688138 ]

    /// By quadrature of the quantile over octaves of the tail, to probability 2^-45: nothing is lost to cancellation
    /// however far from 0 the law lies.
    let private quadrature (law: QuantileLaw) =
        let split =
            match law with
            | QuantileLaw.Symmetric _ -> 0.5
            | QuantileLaw.TwoSided(split, _) -> split

        let points =
            [| for side in 0..1 do
                   let limit = if side = 0 then split else 1.0 - split

                   for octave in 0..43 do
                       // Probabilities t in (limit 2^-1-octave, limit 2^-octave).
                       let quarter = Math.ScaleB(limit, -2 - octave)

                       for x, weight in rule do
                           for sign in [ -1.0; 1.0 ] do
                               yield struct (weight * quarter, law.At(side, quarter * (3.0 + sign * x))) |]

        let mean = points |> Array.sumBy (fun (struct (w, z)) -> w * z)

        let central k =
            points |> Array.sumBy (fun (struct (w, z)) -> w * pown (z - mean) k)

        let variance = central 2
        struct (mean, variance, central 4 / (variance * variance))

    /// The moments of mode + s, s in (-left, right) with a density proportional to exp(-(slope |s| + curvature s^2)), by the
    /// rule over 24 panels on each side, as far as the density is above exp(-60) of its largest. For reading, never for bits.
    let private normalMoments (mode: float) (slope: float) (curvature: float) (left: float) (right: float) =
        let reach = 120.0 / (slope + Math.Sqrt(slope * slope + 240.0 * curvature))

        let points =
            [| for sign, extent in [ -1.0, min left reach; 1.0, min right reach ] do
                   let half = extent / 48.0

                   for panel in 0..23 do
                       for x, weight in rule do
                           for side in [ -1.0; 1.0 ] do
                               let s = half * (2.0 * float panel + 1.0 + side * x)
                               yield struct (half * weight * Exact.exp (-s * (slope + curvature * s)), sign * s) |]

        let total = points |> Array.sumBy (fun (struct (w, _)) -> w)
        let mean = (points |> Array.sumBy (fun (struct (w, s)) -> w * s)) / total

        let central k =
            (points |> Array.sumBy (fun (struct (w, s)) -> w * pown (s - mean) k)) / total

        let variance = central 2
        struct (mode + mean, variance, central 4 / (variance * variance))

    let private negative (struct (mean: float, variance: float, kurtosis: float)) = struct (-mean, variance, kurtosis)

    /// Mean, variance and fourth standardized moment.
    let rec moments (standard: Standard) : struct (float * float * float) =
        match standard with
        | Standard.Logistic -> struct (0.0, Math.PI * Math.PI / 3.0, 4.2)
        | Standard.Laplace -> struct (0.0, 2.0, 6.0)
        | Standard.Gumbel -> struct (0.57721566490153286061, Math.PI * Math.PI / 6.0, 5.4)
        | Standard.Triangular mode -> struct ((1.0 - 2.0 * mode) / 3.0, (1.0 - mode + mode * mode) / 18.0, 2.4)
        | Standard.TruncatedNormal(lower, upper) ->
            let mode = max lower (min upper 0.0)
            normalMoments mode (abs mode) 0.5 (mode - lower) (upper - mode)
        | Standard.TailAbove(near, width) -> normalMoments 0.0 1.0 (0.5 / (near * near)) 0.0 width
        | Standard.TailBelow(near, width) -> negative (moments (Standard.TailAbove(near, width)))
        | Standard.LowEnd(lower, width) ->
            // In halves of the width.
            let unit = 0.5 * width

            let mode =
                if width = 0.0 then
                    0.0
                else
                    max 0.0 (min 2.0 (-lower / unit))

            normalMoments mode (abs (lower + unit * mode) * unit) (0.5 * unit * unit) mode (2.0 - mode)
        | Standard.HighEnd(lower, width) -> negative (moments (Standard.LowEnd(lower, width)))
        | Standard.Centre half -> normalMoments 0.0 0.0 (0.5 * half * half) 1.0 1.0
        | Standard.Own _ -> quadrature (law standard)
