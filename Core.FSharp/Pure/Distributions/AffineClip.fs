namespace Initializers.FSharp

open System

/// The map factor * x + offset, clipped to the closed interval [low, high]: what scale, shift and clip compose to.
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

    let private clamp low high (x: float) = max low (min high x)

    /// factor * x + offset, without the clip. A factor of 0 gives the offset even for infinite x, and an offset of 0 keeps -0.
    let line (m: Affine) (x: float) =
        if m.Factor = 0.0 then m.Offset
        elif m.Offset = 0.0 then m.Factor * x
        else Math.FusedMultiplyAdd(m.Factor, x, m.Offset)

    let apply (m: Affine) (x: float) = clamp m.Low m.High (line m x)

    /// The map `outer` after the map `inner`. An outer factor of 0 discards the inner map, its clip included.
    let compose (outer: Affine) (inner: Affine) =
        if outer.Factor = 0.0 then
            outer
        else
            let a, b = line outer inner.Low, line outer inner.High

            { Factor = outer.Factor * inner.Factor
              Offset = Math.FusedMultiplyAdd(outer.Factor, inner.Offset, outer.Offset)
              Low = clamp outer.Low outer.High (min a b)
              High = clamp outer.Low outer.High (max a b) }

    /// The image of the open interval (low, high), as an open interval: a closed end of the clip lies just inside it.
    let interval (m: Affine) (low: float) (high: float) : struct (float * float) =
        let a, b = line m low, line m high

        let below = max (min a b) (Math.BitDecrement m.Low)
        let above = min (max a b) (Math.BitIncrement m.High)
        struct (below, above)

    let isClip (m: Affine) =
        not (Double.IsNegativeInfinity m.Low && Double.IsPositiveInfinity m.High)

/// A number to which maps have been applied, with the closed interval to which they clip: its rounding to a dtype stays
/// inside.
[<Struct>]
type internal Number =
    {
        Value: float
        Low: float
        High: float
        /// Whether the value is infinite by intention, and not because it has become too large.
        IsInfinite: bool
    }

[<RequireQualifiedAccess>]
module internal Number =
    let ofFloat (value: float) =
        { Value = value
          Low = Double.NegativeInfinity
          High = Double.PositiveInfinity
          IsInfinite = Double.IsInfinity value }

    /// The number under a further map.
    let apply (m: Affine) (number: Number) : Number =
        let whole = Affine.compose m (Affine.clip number.Low number.High)

        let value = Affine.apply whole number.Value

        { Value = value
          Low = whole.Low
          High = whole.High
          IsInfinite = number.IsInfinite && Double.IsInfinity value }
