namespace Initializers.FSharp

open System

/// factor * x + offset, kept inside the closed interval from low to high: what scale, shift and clip compose to.
[<Struct>]
type internal Affine =
    { Factor: float
      Offset: float
      Low: float
      High: float }

[<RequireQualifiedAccess>]
module internal Affine =
    let identity =
        { Factor = 1.0
          Offset = 0.0
          Low = Double.NegativeInfinity
          High = Double.PositiveInfinity }

    let scale factor = { identity with Factor = factor }
    let shift offset = { identity with Offset = offset }

    let clip low high =
        { identity with Low = low; High = high }

    let private within low high (x: float) = max low (min high x)

    /// factor * x + offset, where an infinite x stays out of a product with 0, and -0 plus nothing is -0.
    let private line (m: Affine) (x: float) =
        if m.Factor = 0.0 then m.Offset
        elif m.Offset = 0.0 then m.Factor * x
        else Math.FusedMultiplyAdd(m.Factor, x, m.Offset)

    let apply (m: Affine) (x: float) = within m.Low m.High (line m x)

    /// First `inner`, then `outer`. A factor of 0 leaves nothing of the inner map, its clip included.
    let compose (outer: Affine) (inner: Affine) =
        if outer.Factor = 0.0 then
            outer
        else
            let a, b = line outer inner.Low, line outer inner.High

            { Factor = outer.Factor * inner.Factor
              Offset = Math.FusedMultiplyAdd(outer.Factor, inner.Offset, outer.Offset)
              Low = within outer.Low outer.High (min a b)
              High = within outer.Low outer.High (max a b) }

    /// The open interval that an open one becomes: a closed end lies just inside of the number beyond it.
    let interval (m: Affine) (low: float) (high: float) : struct (float * float) =
        let a, b = line m low, line m high

        let below = max (min a b) (Math.BitDecrement m.Low)
        let above = min (max a b) (Math.BitIncrement m.High)
        struct (below, above)

    let isClip (m: Affine) =
        not (Double.IsNegativeInfinity m.Low && Double.IsPositiveInfinity m.High)

    /// Numbers to which the map has been applied, with its ends, where they are still to be rounded to a dtype.
    let private bounded (m: Affine) (numbers: Resolved) =
        if isClip m then
            Resolved.Mapped(1.0, 0.0, m.Low, m.High, numbers)
        else
            numbers

    /// A law under the map: in its own parameters where they say it, so that half of normal(0, 1) has the bits of
    /// normal(0, 0.5).
    let rec resolved (m: Affine) (law: Resolved) : Resolved =
        let f = m.Factor
        let line = line m

        // A clip that a law lies beyond leaves one value.
        let mapped () =
            match law with
            | Resolved.Uniform(low, high)
            | Resolved.TruncatedNormal(low = low; high = high)
            | Resolved.Triangular(low = low; high = high) when m.High <= min (line low) (line high) ->
                bounded m (Resolved.Constant m.High)
            | Resolved.Uniform(low, high)
            | Resolved.TruncatedNormal(low = low; high = high)
            | Resolved.Triangular(low = low; high = high) when m.Low >= max (line low) (line high) ->
                bounded m (Resolved.Constant m.Low)
            | _ -> Resolved.Mapped(f, m.Offset, m.Low, m.High, law)

        match law with
        | _ when m = identity -> law
        // Clips that meet leave one number.
        | _ when m.Low = m.High -> bounded m (Resolved.Constant m.Low)
        | Resolved.Constant value -> bounded m (Resolved.Constant(apply m value))
        | Resolved.Mapped(factor, offset, low, high, inner) ->
            let first =
                { Factor = factor
                  Offset = offset
                  Low = low
                  High = high }

            resolved (compose m first) inner
        | Resolved.Stacked parts ->
            Resolved.Stacked(parts |> List.map (fun part -> { part with Law = resolved m part.Law }))
        | Resolved.Batched(count, length, inner) -> Resolved.Batched(count, length, resolved m inner)
        | Resolved.Pattern(numbers, repeat) ->
            Resolved.Pattern(NumberArray(numbers.Dims, numbers.Numbers.ToArray() |> Array.map (apply m)), repeat)
            |> bounded m
        | Resolved.Computed(formula, repeat, maps) ->
            Resolved.Computed(formula, repeat, maps @ [ m.Factor, m.Offset, m.Low, m.High ])
        | Resolved.Points(places, value, elsewhere) ->
            bounded m (Resolved.Points(places, apply m value, apply m elsewhere))
        | Resolved.Sparse(rows, columns, zeros, value, inner) ->
            bounded m (Resolved.Sparse(rows, columns, zeros, apply m value, resolved m inner))
        | Resolved.Permuted(dims, order, inner) -> Resolved.Permuted(dims, order, resolved m inner)
        | Resolved.Masked(keep, value, inner) -> bounded m (Resolved.Masked(keep, apply m value, resolved m inner))
        | _ when f = 0.0 -> bounded m (Resolved.Constant(apply m 0.0))
        | _ when isClip m -> mapped ()
        | Resolved.Orthogonal(rows, columns, gain) when m.Offset = 0.0 -> Resolved.Orthogonal(rows, columns, f * gain)
        | _ when f < 0.0 -> mapped ()
        | Resolved.Uniform(low, high) -> Resolved.Uniform(line low, line high)
        | Resolved.Normal(mean, stddev) -> Resolved.Normal(line mean, f * stddev)
        | Resolved.TruncatedNormal(mean, stddev, lower, upper, low, high, width) ->
            Resolved.TruncatedNormal(line mean, f * stddev, lower, upper, line low, line high, width)
        | Resolved.Logistic(loc, scale) -> Resolved.Logistic(line loc, f * scale)
        | Resolved.Laplace(loc, scale) -> Resolved.Laplace(line loc, f * scale)
        | Resolved.Gumbel(loc, scale) -> Resolved.Gumbel(line loc, f * scale)
        | Resolved.Triangular(low, mode, high) -> Resolved.Triangular(line low, line mode, line high)
        | Resolved.Quantile _
        | Resolved.Orthogonal _ -> mapped ()
