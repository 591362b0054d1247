/// Changes to well-formed inputs, as a fuzzer makes them: the same seed and number give the same input.
module Initializers.Properties.Mutations

open System
open System.Text

/// Words that readers look for, the ends of their ranges, and what is not text.
let private words =
    [| "("
       ")"
       "["
       "]"
       "{"
       "}"
       ","
       ":"
       "="
       "\""
       "\\"
       "'"
       "*"
       "?"
       " "
       "\n"
       "\t"
       "\u0000"
       string '\ud800'
       string '\udc00'
       "\u202e"
       "\uFFFD"
       "é"
       "\U0001F9EE"
       "\\ud800"
       "null"
       "true"
       "false"
       "None"
       "inf"
       "-inf"
       "nan"
       "inner="
       "parts=["
       "shape=[1]"
       "flat"
       "zeros"
       "normal"
       "scale(2, "
       "stacked(axis=0, parts=["
       "1: zeros"
       "\"initializer\": "
       "\"inner\": "
       "\"size\": "
       "\"class_name\": "
       "\"config\": {}"
       "\"__metadata__\": "
       "\"dtype\": \"F32\""
       "\"shape\": []"
       "\"data_offsets\": [0, 0]"
       "groups:2"
       "transposed"
       "stack,"
       "(?<a>"
       "[a-z]{9}"
       "<f4"
       "|V2" |]

let private numbers =
    [| "0"
       "-0"
       "1"
       "-1"
       "2"
       "1.5"
       "1e308"
       "1e309"
       "-1e400"
       "5e-324"
       "1e-400"
       "127"
       "1000"
       "1001"
       "65536"
       "2147483647"
       "2147483648"
       "-2147483648"
       "-2147483649"
       "4294967296"
       "9007199254740993"
       "4611686018427387904"
       "9223372036854775807"
       "9223372036854775808"
       "-9223372036854775808"
       "18446744073709551615"
       "18446744073709551616"
       "0x10"
       "00"
       "123456789012345678901234567890"
       "." |]

let private nests =
    [| "scale(1, ", ")"
       "stacked(parts=[4: ", "])"
       "[", "]"
       "(", ")"
       "{\"a\": ", "}"
       "{\"initializer\": \"scale\", \"factor\": 1, \"inner\": ", "}"
       "{\"class_name\": \"Zeros\", \"config\": ", "}" |]

let private depths = [| 1; 2; 16; 63; 64; 65; 70; 200; 3000 |]

let private isDigit (c: char) =
    Char.IsAsciiDigit c || c = '.' || c = '-'

/// The text with a part replaced.
let private replaced (text: string) first last (other: string) =
    StringBuilder(text.Length + other.Length)
        .Append(text, 0, first)
        .Append(other)
        .Append(text, last, text.Length - last)
        .ToString()

let private once (random: Random) (seeds: string[]) (text: string) : string =
    let place () = random.Next(text.Length + 1)

    let range () =
        let a, b = place (), place ()
        let first = min a b
        // Short ranges keep more of what is well-formed.
        first,
        (if random.Next 2 = 0 then
             max a b
         else
             min text.Length (first + random.Next 4))

    let pick (items: 'a[]) = items[random.Next items.Length]

    match random.Next 11 with
    | 0 ->
        let first, last = range ()
        replaced text first last ""
    | 1 ->
        let first, last = range ()
        let part = text.Substring(first, last - first)
        let times = if part.Length > 40 then 2 else pick [| 1; 2; 10; 300 |]
        replaced text last last (String.replicate times part)
    | 2
    | 3 -> text.Insert(place (), pick words)
    | 4
    | 5 ->
        // A number in the text, which begins somewhere after a random place.
        let from = place ()
        let mutable first = from

        while first < text.Length && not (isDigit text[first]) do
            first <- first + 1

        let mutable last = first

        while last < text.Length && isDigit text[last] do
            last <- last + 1

        replaced text first last (pick numbers)
    | 6 ->
        let other = pick seeds
        let a, b = random.Next(other.Length + 1), random.Next(other.Length + 1)
        text.Insert(place (), other.Substring(min a b, abs (a - b)))
    | 7 -> text.Substring(0, place ())
    | 8 ->
        let opening, closing = pick nests
        let depth = pick depths
        let first, last = range ()
        let inner = text.Substring(first, last - first)
        replaced text first last (String.replicate depth opening + inner + String.replicate depth closing)
    | 9 when text.Length > 0 ->
        let at = random.Next text.Length
        replaced text at (at + 1) (string (char (int text[at] ^^^ (1 <<< random.Next 8))))
    | _ ->
        let at = place ()
        text.Substring at + text.Substring(0, at)

/// The input of a number: a seed with one to six changes.
let input (seeds: string[]) (seed: int) (number: int64) : string =
    let random = Random(seed * 7919 + int (number % 1_000_000_007L))
    let mutable text = seeds[random.Next seeds.Length]

    for _ in 0 .. random.Next 6 do
        // What grows with each change would soon be megabytes.
        if text.Length < 200_000 then
            text <- once random seeds text

    text
