namespace Initializers.FSharp

open System

/// The standard normal distribution function and its inverse, correctly rounded except for near-ties; see <c>Exact</c>.
[<RequireQualifiedAccess>]
module internal StandardNormal =
    open DoubleDouble

    /// 2^shift exp(-x^2/2) / sqrt(2 pi) as a pair, for |x| <= 38.6. A shift keeps the far tail's low part away from the
    /// subnormals, where it would lose its bits.
    let private density (shift: int) (x: float) =
        let square = { Hi = x * x; Lo = fma x x -(x * x) }
        let root = Math.Sqrt(2.0 * Exact.pi.Hi)
        // One Newton step on sqrt(2 pi) brings the pair to full length.
        let residue = add (scale 1 Exact.pi) (negate (mul (ofFloat root) (ofFloat root)))
        let rootPair = quick root (residue.Hi / (2.0 * root))
        let struct (m, k) = Exact.expParts (scale -1 (negate square))
        div (scale (k + shift) m) rootPair

    /// The shift that a tail beyond x needs.
    let private shiftAt (x: float) = if x > 30.0 then 512 else 0

    /// P(0 < Z < x) for x in [0, 5]: phi(x) (x + x^3/3 + x^5/15 + ...), all terms positive (Marsaglia 2004).
    let private central (x: float) =
        let square = mul (ofFloat x) (ofFloat x)
        let mutable term = ofFloat x
        let mutable total = ofFloat x
        let mutable i = 1

        while term.Hi > 1.0e-33 * total.Hi do
            term <- div (mul term square) (ofFloat (float (2 * i + 1)))
            total <- add total term
            i <- i + 1

        mul (density 0 x) total

    /// The lower tail 2^shift P(Z < -x) for x >= 0; shift 0 for x <= 5.
    let private tail (shift: int) (x: float) =
        if x > 38.6 then
            ofFloat 0.0
        elif x <= 5.0 then
            // The pair's 106 bits leave more than 80 after the cancellation at x = 5.
            add (ofFloat 0.5) (negate (central x))
        else
            // Laplace's continued fraction of Mills' ratio, from the back: x + 1/(x + 2/(x + 3/(x + ...))).
            let mutable f = ofFloat x

            for i in 160..-1..1 do
                f <- add (ofFloat x) (div (ofFloat (float i)) f)

            div (density shift x) f

    /// The standard normal distribution function P(Z <= x), with full relative precision in the lower tail.
    let cdf (x: float) : float =
        if Double.IsNaN x then
            x
        elif x <= 0.0 then
            let shift = shiftAt -x
            Math.ScaleB(round (tail shift -x), -shift)
        else
            round (add (ofFloat 1.0) (negate (tail 0 x)))

    /// The polynomial of an octave of the normal's float64 table.
    let private tableValue (octave: int) (y: float) =
        let mutable q = NormalTable64.coefficients[17 * NormalTable64.octaves + octave]

        for power in 16..-1..0 do
            q <- fma q y NormalTable64.coefficients[power * NormalTable64.octaves + octave]

        q

    /// 2^-65, the smallest tail probability that the normal's float64 table serves.
    let private smallestTail = 2.710505431213761e-20

    /// -z for z the standard normal quantile at p in (0, 1/2): within 2e-15 of it by the table, below its last octave within
    /// 4.5e-4 (Hastings' 26.2.23).
    let private quantileStart (p: float) =
        if p >= 0.25 then
            let a = 4.0 * (0.5 - p)
            a * tableValue 0 (a * a - 0.5)
        elif p >= smallestTail then
            // a in [1, 2).
            let exponent = int (BitConverter.DoubleToInt64Bits p >>> 52) - 1023
            let octave = -2 - exponent
            tableValue octave (Math.ScaleB(p, octave + 2) - 1.5)
        else
            let t = Math.Sqrt(-2.0 * Exact.log p)

            t
            - (2.515517 + t * (0.802853 + t * 0.010328))
              / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))

    /// The standard normal quantile: the x with P(Z <= x) = p. Infinite at 0 and 1, NaN outside [0, 1].
    let rec quantile (p: float) : float =
        if Double.IsNaN p || p < 0.0 || p > 1.0 then
            Double.NaN
        elif p = 0.0 then
            Double.NegativeInfinity
        elif p = 1.0 then
            Double.PositiveInfinity
        elif p > 0.5 then
            // 1 - p is exact here (Sterbenz 1974).
            -(quantile (1.0 - p))
        elif p = 0.5 then
            0.0
        else
            let start = quantileStart p
            let shift = shiftAt start
            let scaled = Math.ScaleB(p, shift)

            // Halley's step triples the digits (Abramowitz, Stegun 1964).
            let step (x: float) =
                let d = density shift x
                let u = round (div (add (tail shift x) (ofFloat -scaled)) d)
                x + u / (1.0 - 0.5 * x * u)

            if p >= smallestTail then
                -(step start)
            else
                -(start |> step |> step |> step)

    /// P(0 < Z < x) for x in [0, 5], with full relative precision near 0.
    let centralCdf (x: float) : float = round (central x)

    /// The standard normal quantile at 1/2 + d for d in [0, 1/4], with full relative precision near 0.
    let centralQuantile (d: float) : float =
        let step (x: float) =
            let u = round (div (add (central x) (ofFloat -d)) (density 0 x))
            x - u / (1.0 + 0.5 * x * u)

        let a = 4.0 * d
        step (a * tableValue 0 (a * a - 0.5))
