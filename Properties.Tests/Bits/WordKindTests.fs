/// The kinds of random words, against their definitions in words of the reference.
module Initializers.Properties.WordKindTests

open System
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private seed = Seed(0xFFFFFFFFFFFFFFFEUL, 0x0123456789ABCDEFUL)

let private filled kind offset count : uint32[] =
    let words = Array.zeroCreate<uint32> count

    match WordKind.fill kind seed offset words with
    | Ok() -> words
    | Error faults -> failwith $"{faults}"

let private companion, auxiliary = 1UL <<< 63, 1UL <<< 62

let private word key stream (space: uint64) (i: int64) =
    (ReferenceWords.block key stream (space ||| uint64 (i / 4L)))[int (i % 4L)]

/// Word i of a kind, one at a time.
let private naive (kind: WordKind) (i: int64) : uint32 =
    let key, stream = seed.Key, seed.Stream

    match kind with
    | WordKind.Elements -> word key stream 0UL i
    | WordKind.Companions -> word key stream companion i
    | WordKind.Auxiliary -> word key stream auxiliary i
    | WordKind.Children -> word key (Seed.child (string (i % 1000L)) seed).Stream 0UL (i / 1000L)
    | WordKind.Keys -> word (key + uint64 (i / 4L)) stream 0UL (i % 4L)
    | WordKind.Streams -> word key (stream + uint64 (i / 4L)) 0UL (i % 4L)
    | WordKind.KeyBits ->
        let changed = i % 65L
        let flip = if changed = 0L then 0UL else 1UL <<< int (changed - 1L)
        word (key ^^^ flip) stream 0UL (i / 65L)
    | WordKind.Normals ->
        (word key stream 0UL (2L * i) &&& 0xFFFF0000u)
        ||| (word key stream 0UL (2L * i + 1L) >>> 16)

let private offsets = [ 0L; 1L; 999L; 1001L; (1L <<< 34) + 3L; (1L <<< 62) - 2004L ]

[<Fact>]
let ``every kind of words is its definition, at any offset`` () =
    for name, kind in WordKind.known do
        if kind <> WordKind.Normals then
            for offset in offsets do
                let expected = Array.init 2003 (fun i -> naive kind (offset + int64 i))
                Assert.True((expected = filled kind offset 2003), $"{name} from {offset}")

/// float32 elements near a boundary of k/2^16 may be on its other side: at most 1024 of the 2^16 words between two are nearer
/// than the 4 ulp that a normal may be off.
[<Fact>]
let ``normals are the upper halves of their words, but for words at the boundaries`` () =
    let kept = 20000
    let first = 12345L
    let words = filled WordKind.Normals first kept

    let halves =
        [ for i in 0 .. kept - 1 do
              let element half =
                  word seed.Key seed.Stream 0UL (2L * (first + int64 i) + half)

              words[i] >>> 16, element 0L
              words[i] &&& 0xFFFFu, element 1L ]

    let mutable compared = 0

    for found, whole in halves do
        let expected, inside = whole >>> 16, whole &&& 0xFFFFu
        Assert.InRange(int64 found - int64 expected, -1L, 1L)

        if inside >= 1024u && inside < 65536u - 1024u then
            compared <- compared + 1
            Assert.Equal(expected, found)

    Assert.True(compared > kept)

[<Fact>]
let ``a kind has one name, and words end before 2^62 - 1`` () =
    for name, kind in WordKind.known do
        Assert.Equal(Ok kind, WordKind.parse name)

    for text in [ ""; "Elements"; "words" ] do
        Assert.Equal("argument-invalid", WordKind.parse text |> codes |> List.exactlyOne)

    for kind in List.map snd WordKind.known do
        for offset, count in [ -1L, 1; (1L <<< 62) - 2L, 2; Int64.MaxValue, 1 ] do
            let faults = WordKind.fill kind seed offset (Array.zeroCreate count) |> codes
            Assert.Equal<string list>([ "slice-out-of-range" ], faults)

        Assert.Equal(Ok(), WordKind.fill kind seed 0L [||])
