namespace Initializers.FSharp

/// Solves monotone equations by halving an interval.
[<RequireQualifiedAccess>]
module internal Bisection =
    /// The smallest x at which a distribution function reaches p, by bisection from an x below and one at or above it.
    let search (cdf: float -> float) p low high =
        let mutable low = low
        let mutable high = high
        let mutable steps = 2100

        while steps > 0 do
            let middle = low / 2.0 + high / 2.0
            steps <- if middle > low && middle < high then steps - 1 else 0

            if cdf middle >= p then high <- middle else low <- middle

        high
