/// Globs: a naive reading of short ones, and patterns made to backtrack.
module Initializers.Properties.GlobTests

open System
open System.Diagnostics
open Xunit
open Initializers.FSharp
open Initializers.Properties.Generators

/// A naive reading of a glob, for short ones.
let rec private naive (pattern: char list) (text: char list) =
    match pattern, text with
    | '*' :: p, _ -> naive p text || (not text.IsEmpty && naive pattern text.Tail)
    | '?' :: p, _ :: t -> naive p t
    | c :: p, d :: t -> c = d && naive p t
    | [], [] -> true
    | _ -> false

let private matches glob name =
    ok (Pattern.compile (Pattern.Glob glob)) name

[<Fact>]
let ``globs of few letters are those of a naive reading`` () =
    let random = Random 11

    let word (letters: string) most =
        String(Array.init (random.Next(0, most)) (fun _ -> letters[random.Next letters.Length]))

    for _ in 1..20_000 do
        let glob, name = word "ab*?" 9, word "ab" 12
        Assert.Equal((glob, name, naive (List.ofSeq glob) (List.ofSeq name)), (glob, name, matches glob name))

[<Fact>]
let ``a part with ? is found across words of 64 characters`` () =
    let random = Random 12

    for _ in 1..300 do
        let part =
            Array.init (random.Next(1, 200)) (fun _ -> if random.Next 4 = 0 then '?' else 'a')

        let hit = part |> Array.map (fun c -> if c = '?' then 'b' else c)
        let before = String('a', random.Next(0, 100)) + "c"
        let name = before + String hit + "c" + String('a', random.Next(0, 100))
        Assert.True(matches ("*" + String part + "*") name)
        Assert.True(matches ("*c" + String part + "c*") name)
        Assert.False(matches ("*" + String part + "d*") name)

[<Fact>]
let ``matching takes time linear in pattern and name`` () =
    let a n = String('a', n)
    let clock = Stopwatch.StartNew()
    let n = 100_000
    Assert.False(matches ("*" + a n + "b") (a n))
    Assert.False(matches ("*" + a (n / 2) + "b*") (a n))
    Assert.True(matches (String.replicate n "*a") (a n))
    Assert.False(matches (String.replicate n "*a" + "*b") (a n))
    Assert.False(matches (String.replicate 1000 "*aaaaaaaaab") (a n))
    Assert.False(matches ("*" + String.replicate 450 "?a" + "b*") (a n))
    Assert.False(matches (String('*', n) + "b") (a n))
    Assert.False(matches (String('?', n) + "b") (a n))

    Assert.Equal<string list>(
        [ "pattern-invalid" ],
        codes (Pattern.compile (Pattern.Glob("*" + String('?', 1001) + "*")))
    )
    // As it was, the first two took 10^10 steps each.
    Assert.InRange(clock.Elapsed.TotalSeconds, 0.0, 10.0)

[<Fact>]
let ``a hostile pattern over 10,000 tensors is answered`` () =
    let tensors =
        String.Join(",", Array.init 10_000 (fun i -> $"\"{String('a', 40)}{i}\":{{\"dtype\":\"F32\",\"shape\":[1]}}"))

    let glob = String.replicate 50_000 "*a" + "b"

    let json =
        $"{{\"tensors\": {{{tensors}}}, \"rules\": [{{\"pattern\": \"{glob}\", \"spec\": \"ones\"}}]}}"

    let clock = Stopwatch.StartNew()
    let plan = Blueprint.parseText "b" json |> Result.bind (Blueprint.plan None None)
    Assert.Contains("tensor-unmatched", codes plan)
    Assert.InRange(clock.Elapsed.TotalSeconds, 0.0, 10.0)
