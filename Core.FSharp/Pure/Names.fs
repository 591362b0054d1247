namespace Initializers.FSharp

open System
open System.Globalization
open Initializers

/// <summary>The names by which the field knows types and modes.</summary>
[<RequireQualifiedAccess>]
module internal Names =
    let dtype (d: DType) =
        match d with
        | DType.Float32 -> "float32"
        | DType.Float16 -> "float16"
        | DType.BFloat16 -> "bfloat16"
        | DType.Float64 -> "float64"
        | other -> $"DType({int other})"

    let fanMode (m: FanMode) =
        match m with
        | FanMode.FanIn -> "fan_in"
        | FanMode.FanOut -> "fan_out"
        | FanMode.FanSum -> "fan_sum"
        | FanMode.FanAvg -> "fan_avg"
        | FanMode.FanGeo -> "fan_geo"
        | other -> $"FanMode({int other})"

    let layout (l: Layout) =
        match l with
        | Layout.OutIn -> "oi"
        | Layout.InOut -> "io"
        | Layout.OutInSpatial -> "oihw"
        | Layout.SpatialInOut -> "hwio"
        | other -> $"Layout({int other})"

    /// The shortest text that reads back as the same float64, in the invariant culture. Minus zero has a decimal point: some
    /// readers take -0 for an integer, which has no sign of zero.
    let number (x: float) =
        if Double.IsNaN x then "nan"
        elif x = 0.0 && Double.IsNegative x then "-0.0"
        elif Double.IsPositiveInfinity x then "inf"
        elif Double.IsNegativeInfinity x then "-inf"
        else x.ToString("R", CultureInfo.InvariantCulture)

    let largest (d: DType) =
        match d with
        | DType.Float16 -> 65504.0
        | DType.BFloat16 -> 3.3895313892515355e38
        | DType.Float64 -> Double.MaxValue
        | _ -> 3.4028234663852886e38

    /// What an exception of a caller's code says, without the full stop; its type where it says nothing.
    let exceptionText (e: exn) =
        match box e.Message with
        | :? string as text -> text.TrimEnd '.'
        | _ -> e.GetType().Name

    let list (items: string list) = String.Join(", ", items)

    /// Whether a text is well-formed UTF-16, every surrogate in a pair.
    let isUnicode (text: string) =
        let paired i =
            (i + 1 < text.Length && Char.IsSurrogatePair(text[i], text[i + 1]))
            || (i > 0 && Char.IsSurrogatePair(text[i - 1], text[i]))

        seq { 0 .. text.Length - 1 }
        |> Seq.forall (fun i -> not (Char.IsSurrogate text[i]) || paired i)
