namespace Initializers.FSharp

/// Globs over names: * matches any run of characters, ? any one.
module internal Glob =
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
            elif p < pattern.Length && (pattern[p] = '?' || pattern[p] = text[t]) then
                p <- p + 1
                t <- t + 1
            elif star >= 0 then
                mark <- mark + 1
                t <- mark
                p <- star + 1
            else
                alive <- false

        while p < pattern.Length && pattern[p] = '*' do
            p <- p + 1

        alive && p = pattern.Length
