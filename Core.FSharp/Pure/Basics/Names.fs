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

    /// The least number of letters to change, leave out, add or swap with a neighbour that makes one word of the other.
    let private distance (a: string) (b: string) : int =
        let d = Array2D.init (a.Length + 1) (b.Length + 1) (+)

        for i in 1 .. a.Length do
            for j in 1 .. b.Length do
                let change = if a[i - 1] = b[j - 1] then 0 else 1
                d[i, j] <- min (min d[i - 1, j] d[i, j - 1] + 1) (d[i - 1, j - 1] + change)

                if i > 1 && j > 1 && a[i - 1] = b[j - 2] && a[i - 2] = b[j - 1] then
                    d[i, j] <- min d[i, j] (d[i - 2, j - 2] + 1)

        d[a.Length, b.Length]

    /// The name that a word was meant to be: by a slip in at most a third of its letters, or as the beginning or the end of one
    /// name alone.
    let nearest (names: string list) (word: string) : string option =
        let word = word.ToLowerInvariant()
        // What is far longer than every name is not one of them.
        let names = names |> List.filter (fun name -> word.Length <= 2 * name.Length + 8)

        let ranked =
            names
            |> List.map (fun name -> distance word name, name)
            |> List.filter (fun (slips, name) -> slips <= max 1 (max word.Length name.Length / 3))

        let begins (name: string) =
            name.StartsWith(word, StringComparison.Ordinal)
            || word.StartsWith(name, StringComparison.Ordinal)

        match ranked, names |> List.filter begins with
        | [], [ begun ] when word <> "" -> Some begun
        | [], _ -> None
        | ranked, _ -> Some(ranked |> List.minBy fst |> snd)

    /// Whether a text is well-formed UTF-16, every surrogate in a pair.
    let isUnicode (text: string) =
        let paired i =
            (i + 1 < text.Length && Char.IsSurrogatePair(text[i], text[i + 1]))
            || (i > 0 && Char.IsSurrogatePair(text[i - 1], text[i]))

        seq { 0 .. text.Length - 1 }
        |> Seq.forall (fun i -> not (Char.IsSurrogate text[i]) || paired i)

    /// The most characters of a given text that a message repeats, but for the count of those left out.
    [<Literal>]
    let private excerptLength = 120

    /// An index that does not part a surrogate pair.
    let private whole (text: string) index =
        if
            index > 0
            && index < text.Length
            && Char.IsSurrogatePair(text[index - 1], text[index])
        then
            index - 1
        else
            index

    /// The text, or its beginning and its end where it is long, so that a message stays short whatever it is about.
    let excerpt (text: string) : string =
        if text.Length <= excerptLength then
            text
        else
            let first = whole text (excerptLength * 2 / 3)
            let last = whole text (text.Length - excerptLength / 3)
            $"{text.Substring(0, first)}…({last - first} more)…{text.Substring last}"

    /// Items in a row, as much of them as a message repeats.
    let row (separator: string) (items: 'a list) : string =
        let shown = items |> List.truncate 100 |> List.map string
        let omitted = items.Length - shown.Length

        if omitted = 0 then
            excerpt (String.Join(separator, shown))
        else
            excerpt $"{String.Join(separator, shown)}{separator}… ({omitted} more)"

    /// The text, or what lies around a column, counted from 1, where it is long.
    let excerptAt (column: int) (text: string) : string =
        if text.Length <= excerptLength then
            text
        else
            let centre = max 0 (min text.Length (column - 1))
            let first = whole text (max 0 (centre - excerptLength / 2))
            let last = whole text (min text.Length (centre + excerptLength / 2))
            let before = if first > 0 then "…" else ""
            let after = if last < text.Length then "…" else ""
            $"{before}{text.Substring(first, last - first)}{after}"
