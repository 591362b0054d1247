namespace Initializers.FSharp

open System
open System.Globalization

/// Numbers in texts, whatever the culture of the process. None where a text is no such number.
[<RequireQualifiedAccess>]
module internal NumberText =
    let private invariant = CultureInfo.InvariantCulture

    let private found (isFound: bool, number: 'a) = if isFound then Some number else None

    /// Digits alone, up to 2^64 - 1.
    let unsigned (text: string) : uint64 option =
        UInt64.TryParse(text, NumberStyles.None, invariant) |> found

    /// Up to 16 hexadecimal digits.
    let hexadecimal (text: string) : uint64 option =
        UInt64.TryParse(text, NumberStyles.AllowHexSpecifier, invariant) |> found

    /// The key of a seed: digits alone, or 0x and hexadecimal ones.
    let key (text: string) : uint64 option =
        if text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) then
            hexadecimal (text.Substring 2)
        else
            unsigned text

    /// Digits with or without a sign, from -2^63 to 2^63 - 1.
    let signed (text: string) : int64 option =
        Int64.TryParse(text, NumberStyles.AllowLeadingSign, invariant) |> found

    /// Digits alone, up to 2^63 - 1: an index, a count or a size.
    let index (text: string) : int64 option =
        Int64.TryParse(text, NumberStyles.None, invariant) |> found

    /// A number of up to 28 digits with or without a point and an exponent.
    let exact (text: string) : decimal option =
        Decimal.TryParse(text, NumberStyles.Float, invariant) |> found

    /// "inf", "-inf" or "nan", for which JSON has no numbers.
    let special (text: string) : float option =
        match text.ToLowerInvariant() with
        | "inf"
        | "+inf" -> Some Double.PositiveInfinity
        | "-inf" -> Some Double.NegativeInfinity
        | "nan" -> Some Double.NaN
        | _ -> None

    /// A number with or without a point and an exponent, or a special one.
    let real (text: string) : float option =
        Double.TryParse(text, NumberStyles.Float, invariant)
        |> found
        |> Option.orElseWith (fun () -> special text)
