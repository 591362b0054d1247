namespace Initializers.FSharp

open System

/// Globs with captures: {i} is one segment of a name, without dots, and {m*} any run of characters. * and ? are those of
/// `Glob`. Where a name matches in several ways, runs from the left on are as short as can be.
module internal Captures =
    /// A part of a pattern.
    [<RequireQualifiedAccess>]
    type private Part =
        | Text of string
        /// ?, one code point.
        | One
        | Run of capture: string option
        | Segment of capture: string

    /// The most characters of a pattern, which bound the time of a match with the length of the name.
    [<Literal>]
    let Limit = 1000

    /// Whether a glob has captures.
    let has (glob: string) = glob.Contains '{' || glob.Contains '}'

    /// The parts of a glob, or why it has none.
    let private parts (glob: string) : Result<Part list, string> =
        let rec read (at: int) (parts: Part list) =
            if at >= glob.Length then
                Ok(List.rev parts)
            else
                match glob[at] with
                | '*' -> read (at + 1) (Part.Run None :: parts)
                | '?' -> read (at + 1) (Part.One :: parts)
                | '}' -> Error $"the brace at column {at + 1} has no opening one."
                | '{' ->
                    match glob.IndexOf('}', at) with
                    | -1 -> Error $"the brace at column {at + 1} is not closed."
                    | closing ->
                        let name = glob.Substring(at + 1, closing - at - 1)

                        read
                            (closing + 1)
                            ((if name.EndsWith '*' then
                                  Part.Run(Some(name.TrimEnd '*'))
                              else
                                  Part.Segment name)
                             :: parts)
                | _ ->
                    match glob.IndexOfAny([| '*'; '?'; '{'; '}' |], at) with
                    | -1 -> read glob.Length (Part.Text(glob.Substring at) :: parts)
                    | next -> read next (Part.Text(glob.Substring(at, next - at)) :: parts)

        read 0 []

    let private nameOf part =
        match part with
        | Part.Run(Some name)
        | Part.Segment name -> Some name
        | _ -> None

    /// The length of the code point at an index.
    let private point (text: string) (at: int) =
        if at + 1 < text.Length && Char.IsSurrogatePair(text[at], text[at + 1]) then
            2
        else
            1

    /// Where a name matches: fits[k][p] says that the parts from k on match the characters from p on.
    let private table (parts: Part[]) (text: string) : bool[][] =
        let n = text.Length
        let fits = Array.init (parts.Length + 1) (fun _ -> Array.zeroCreate<bool>(n + 1))
        fits[parts.Length].[n] <- true

        for k in parts.Length - 1 .. -1 .. 0 do
            let next, here = fits[k + 1], fits[k]

            for p in n .. -1 .. 0 do
                here[p] <-
                    match parts[k] with
                    | Part.Text part ->
                        p + part.Length <= n
                        && next[p + part.Length]
                        && String.CompareOrdinal(text, p, part, 0, part.Length) = 0
                    | Part.One -> p < n && next[p + point text p]
                    | Part.Run _ -> next[p] || (p < n && here[p + 1])
                    // At least one character, none of them a dot.
                    | Part.Segment _ -> p < n && text[p] <> '.' && (next[p + 1] || here[p + 1])

        fits

    let private matched (parts: Part[]) (text: string) : Map<string, string> option =
        let fits = table parts text

        if not fits[0].[0] then
            None
        else
            let mutable at = 0
            let mutable found = Map.empty

            for k in 0 .. parts.Length - 1 do
                let start = at

                at <-
                    match parts[k] with
                    | Part.Text part -> at + part.Length
                    | Part.One -> at + point text at
                    | Part.Run _ ->
                        let mutable p = at

                        while not fits[k + 1].[p] do
                            p <- p + 1

                        p
                    | Part.Segment _ ->
                        let mutable p = at + 1

                        while not fits[k + 1].[p] do
                            p <- p + 1

                        p

                match nameOf parts[k] with
                | Some name -> found <- Map.add name (text.Substring(start, at - start)) found
                | None -> ()

            Some found

    /// The names of a pattern's captures and its test, or why it is malformed.
    let compile (glob: string) : Result<string list * (string -> Map<string, string> option), string> =
        if glob.Length > Limit then
            Error $"it is longer than {Limit} characters, and has captures."
        else
            parts glob
            |> Result.bind (fun parts ->
                let names = parts |> List.choose nameOf

                match names |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
                | Some(name, _) -> Error $"it has two captures named '{name}'."
                | None ->
                    let parts = Array.ofList parts

                    let least =
                        parts
                        |> Array.sumBy (function
                            | Part.Text part -> part.Length
                            | Part.One
                            | Part.Segment _ -> 1
                            | Part.Run _ -> 0)

                    let ends =
                        match Array.tryHead parts, Array.tryLast parts with
                        | Some(Part.Text first), Some(Part.Text last) -> first, last
                        | Some(Part.Text first), _ -> first, ""
                        | _, Some(Part.Text last) -> "", last
                        | _ -> "", ""

                    Ok(
                        names,
                        fun (text: string) ->
                            // Most names are no match, and their ends tell.
                            if
                                text.Length >= least
                                && text.StartsWith(fst ends, StringComparison.Ordinal)
                                && text.EndsWith(snd ends, StringComparison.Ordinal)
                            then
                                matched parts text
                            else
                                None
                    ))
