/// The standard normal quantile of any 64-bit word to about 30 digits: Chebyshev series of 48 terms in each octave, computed
/// by mpmath at 60 digits and kept as sums of two float64 (quantiles/octaves.txt, by tools/normal64.py), added up in
/// arithmetic on such sums. It shares nothing with the core.
[<RequireQualifiedAccess>]
module Initializers.Properties.Precise

open System
open System.Globalization
open System.IO
open System.Numerics
open Initializers.Properties

/// An unevaluated sum of two float64 (Dekker 1971).
[<Struct>]
type Pair =
    { Hi: float
      Lo: float }

    static member Of(x: float) = { Hi = x; Lo = 0.0 }
    static member Fast(a: float, b: float) = { Hi = a + b; Lo = b - ((a + b) - a) }

    static member (+)(a: Pair, b: Pair) =
        let s = a.Hi + b.Hi
        let t = s - a.Hi
        let e = (a.Hi - (s - t)) + (b.Hi - t)
        let u = a.Lo + b.Lo
        let v = u - a.Lo
        let f = (a.Lo - (u - v)) + (b.Lo - v)
        let first = Pair.Fast(s, e + u)
        Pair.Fast(first.Hi, first.Lo + f)

    static member (~-)(a: Pair) = { Hi = -a.Hi; Lo = -a.Lo }
    static member (-)(a: Pair, b: Pair) = a + (-b)

    static member (*)(a: Pair, b: Pair) =
        let p = a.Hi * b.Hi
        let e = Math.FusedMultiplyAdd(a.Hi, b.Hi, -p)
        Pair.Fast(p, e + (a.Hi * b.Lo + a.Lo * b.Hi))

let private real (digits: string) =
    BitConverter.UInt64BitsToDouble(UInt64.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))

let private lines (name: string) =
    File.ReadAllLines(Path.Combine(Repository.path "Properties.Tests/quantiles", name))

let private terms = 48

let private series =
    lazy
        (lines "octaves.txt"
         |> Array.map (fun line ->
             let parts = line.Split ' '

             { Hi = real parts[0]
               Lo = real parts[1] }))

/// Words with their quantiles, straight from mpmath.
let words: Lazy<(uint64 * Pair)[]> =
    lazy
        (lines "words.txt"
         |> Array.map (fun line ->
             let parts = line.Split ' '

             UInt64.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
             { Hi = real parts[1]
               Lo = real parts[2] }))

/// The words of a file's distributions with their quantiles, in its order.
let private quantiles file : Lazy<(string * (uint64 * Pair)[]) list> =
    lazy
        (lines file
         |> Array.map (fun line ->
             let parts = line.Split ' '

             parts[0],
             (UInt64.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
              { Hi = real parts[2]
                Lo = real parts[3] }))
         |> Array.groupBy fst
         |> Array.map (fun (name, rows) -> name, Array.map snd rows)
         |> List.ofArray)

/// The fitted laws.
let laws = quantiles "laws.txt"

/// Specs with monotone maps, by their texts.
let maps = quantiles "maps.txt"

/// A whole number times 2^-63, exactly.
let private scaled (n: uint64) =
    let hi = float n
    // What the conversion rounded off, less than 2^10 whatever its sign.
    let lo =
        float (int64 (n - (if hi >= 18446744073709551616.0 then 0UL else uint64 hi)))

    { Hi = Math.ScaleB(hi, -63)
      Lo = Math.ScaleB(lo, -63) }

/// The quantile at (W + 1/2) 2^-64.
let normal (word: uint64) : Pair =
    let v = 2UL * min word ~~~word + 1UL
    let octave = BitOperations.LeadingZeroCount v
    let a = scaled (if octave = 0 then 0UL - v else v <<< octave)

    let x =
        if octave = 0 then
            a * a + a * a - Pair.Of 1.0
        else
            a + a - Pair.Of 3.0

    // Clenshaw's recurrence.
    let twice = x + x
    let mutable current = Pair.Of 0.0
    let mutable previous = Pair.Of 0.0
    let all = series.Value

    for k in terms - 1 .. -1 .. 1 do
        let next = twice * current - previous + all[octave * terms + k]
        previous <- current
        current <- next

    let sum = x * current - previous + all[octave * terms]
    let z = if octave = 0 then a * sum else sum
    if word >= 0x8000000000000000UL then z else -z

/// What a value misses of a quantile, as a part of it.
let relative (value: float) (exact: Pair) : float =
    abs ((value - exact.Hi) - exact.Lo) / abs exact.Hi
