namespace Initializers.FSharp

open System

/// Globs over names: * matches any run of characters, ? any one. A character is a code point, in UTF-16 one or two units.
module internal Glob =
    /// The units of the character that begins here.
    let private width (text: string) at =
        if at + 1 < text.Length && Char.IsSurrogatePair(text[at], text[at + 1]) then
            2
        else
            1

    /// Linear in pattern and text: on a mismatch only the last star takes one character more.
    let matches (pattern: string) (text: string) =
        let mutable p = 0
        let mutable t = 0
        let mutable star = -1
        let mutable mark = 0
        let mutable alive = true

        while alive && t < text.Length do
            if p < pattern.Length && pattern[p] = '*' then
                star <- p
                mark <- t
                p <- p + 1
            elif p < pattern.Length && pattern[p] = '?' then
                p <- p + 1
                t <- t + width text t
            elif p < pattern.Length && pattern[p] = text[t] then
                p <- p + 1
                t <- t + 1
            elif star >= 0 then
                mark <- mark + width text mark
                t <- mark
                p <- star + 1
            else
                alive <- false

        while p < pattern.Length && pattern[p] = '*' do
            p <- p + 1

        alive && p = pattern.Length
