namespace Initializers.FSharp

open System

/// Globs over names: * matches any run of characters, ? any one. A character is a code point.
module internal Glob =
    /// Represents ? among the code points of a pattern.
    [<Literal>]
    let private Any = -1

    /// The code points of a text; half of a surrogate pair counts as one.
    let private characters (text: string) : int[] =
        let found = ResizeArray<int> text.Length
        let mutable at = 0

        while at < text.Length do
            if at + 1 < text.Length && Char.IsSurrogatePair(text[at], text[at + 1]) then
                found.Add(Char.ConvertToUtf32(text[at], text[at + 1]))
                at <- at + 2
            else
                found.Add(int text[at])
                at <- at + 1

        found.ToArray()

    /// Whether a part of a pattern matches the characters from `at` on.
    let private fits (part: int[]) (text: int[]) (at: int) =
        let mutable i = 0

        while i < part.Length && (part[i] = Any || part[i] = text[at + i]) do
            i <- i + 1

        i = part.Length

    /// Finds a part without ? by the algorithm of Knuth, Morris and Pratt 1977, in time linear in the text.
    let private literal (part: int[]) : int[] -> int -> int -> int =
        // The longest proper prefix of part[0 .. i] that is also its suffix.
        let borders = Array.zeroCreate<int> part.Length
        let mutable length = 0

        for i in 1 .. part.Length - 1 do
            while length > 0 && part[i] <> part[length] do
                length <- borders[length - 1]

            if part[i] = part[length] then
                length <- length + 1

            borders[i] <- length

        fun text first ended ->
            let mutable matched = 0
            let mutable at = first

            while matched < part.Length && at < ended do
                while matched > 0 && text[at] <> part[matched] do
                    matched <- borders[matched - 1]

                if text[at] = part[matched] then
                    matched <- matched + 1

                at <- at + 1

            if matched = part.Length then at - matched else -1

    /// Finds a part with ? by the shift-and algorithm of Baeza-Yates and Gonnet 1992: bit i of the state says that the last
    /// i + 1 characters match. A character takes a step for each 64 of the part.
    let private wild (part: int[]) : int[] -> int -> int -> int =
        let words = (part.Length + 63) / 64
        let masks = Collections.Generic.Dictionary<int, uint64[]>()

        for character in part |> Array.distinct do
            let mask = Array.zeroCreate<uint64> words

            for i in 0 .. part.Length - 1 do
                if part[i] = character || part[i] = Any then
                    mask[i / 64] <- mask[i / 64] ||| (1UL <<< (i % 64))

            masks[character] <- mask

        let others =
            match masks.TryGetValue Any with
            | true, mask -> mask
            | _ -> Array.zeroCreate words

        let last = part.Length - 1

        fun text first ended ->
            let state = Array.zeroCreate<uint64> words
            let mutable found = -1
            let mutable at = first

            while found < 0 && at < ended do
                let mask =
                    match masks.TryGetValue text[at] with
                    | true, mask -> mask
                    | _ -> others

                let mutable carry = 1UL

                for w in 0 .. words - 1 do
                    let shifted = (state[w] <<< 1) ||| carry
                    carry <- state[w] >>> 63
                    state[w] <- shifted &&& mask[w]

                if state[last / 64] >>> (last % 64) &&& 1UL = 1UL then
                    found <- at - last

                at <- at + 1

            found

    /// The most characters between two stars that a ? may stand among.
    [<Literal>]
    let WildLimit = 1000

    /// The pattern as a test of names, in time linear in the name: each part between stars is looked for once, after the one
    /// before it. None where a part with ? is longer than the limit.
    let compile (pattern: string) : (string -> bool) option =
        let parts =
            pattern.Split '*'
            |> Array.map (fun part -> characters part |> Array.map (fun c -> if c = int '?' then Any else c))

        let first, final = parts[0], parts[parts.Length - 1]

        let inner =
            parts
            |> Array.skip 1
            |> Array.truncate (parts.Length - 2)
            |> Array.filter (fun p -> p.Length > 0)

        let least = parts |> Array.sumBy _.Length

        if parts.Length = 1 then
            Some(fun name ->
                let text = characters name
                text.Length = first.Length && fits first text 0)
        elif
            inner
            |> Array.exists (fun part -> part.Length > WildLimit && Array.contains Any part)
        then
            None
        else
            let searches =
                inner
                |> Array.map (fun part -> part.Length, (if Array.contains Any part then wild part else literal part))

            Some(fun name ->
                // A character is one or two units, so a shorter name has too few.
                name.Length >= least
                && (let text = characters name
                    let ended = text.Length - final.Length
                    let mutable at = first.Length
                    let mutable i = 0

                    if text.Length >= least && fits first text 0 && fits final text ended then
                        while at >= 0 && i < searches.Length do
                            let length, find = searches[i]
                            let place = find text at ended
                            at <- if place < 0 then -1 else place + length
                            i <- i + 1

                        at >= 0
                    else
                        false))
