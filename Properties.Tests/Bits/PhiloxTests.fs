/// Words: Philox4x32-10 at every width, and streams by name.
module Initializers.Properties.PhiloxTests

open System
open System.Security.Cryptography
open System.Text
open Microsoft.FSharp.NativeInterop
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// The known answers of the authors' kat_vectors: counter words, key words, result words.
let private known =
    let ones = 0xFFFFFFFFu

    [ (0u, 0u, 0u, 0u), (0u, 0u), [| 0x6627e8d5u; 0xe169c58du; 0xbc57ac4cu; 0x9b00dbd8u |]
      (ones, ones, ones, ones), (ones, ones), [| 0x408f276du; 0x41c83b0eu; 0xa20bc7c6u; 0x6d5451fdu |]
      (0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u),
      (0xa4093822u, 0x299f31d0u),
      [| 0xd16cfe09u; 0x94fdccebu; 0x5001e420u; 0x24126ea1u |] ]

let private join (low: uint32) (high: uint32) = uint64 low ||| (uint64 high <<< 32)

/// Words of a tile, and a check that it writes no further than it says.
let private tile width key stream first blocks =
    let room = 4 * blocks + TileBlocks.Slack - 1
    let buffer = Array.create (room + 64) 0xDEADBEEFu
    use p = fixed buffer
    PhiloxTiles.Write(width, key, stream, first, 4 * blocks, p)
    Assert.All(buffer[room..], fun w -> Assert.Equal(0xDEADBEEFu, w))
    buffer[.. 4 * blocks - 1]

[<Fact>]
let ``the reference gives the known answers of Philox4x32-10`` () =
    for counter, key, answer in known do
        Assert.Equal<uint32>(answer, ReferenceWords.philox counter key)

[<Fact>]
let ``the scalar lane gives the known answers of Philox4x32-10`` () =
    for (c0, c1, c2, c3), (k0, k1), answer in known do
        let struct (x, y, z, w) =
            Philox.rounds (join k0 k1) (Philox.start (join c0 c1) (join c2 c3): struct (Wide1 * Wide1 * Wide1 * Wide1))

        Assert.Equal<uint32>(answer, [| uint32 x.L; uint32 y.L; uint32 z.L; uint32 w.L |])

[<Fact>]
let ``every tile width gives the known answers of Philox4x32-10`` () =
    for width in PhiloxTiles.Available do
        for (c0, c1, c2, c3), (k0, k1), answer in known do
            Assert.Equal<uint32>(answer, tile width (join k0 k1) (join c2 c3) (join c0 c1) 1)

[<Fact>]
let ``words of an element offset of 0 give the known answer of counter 0`` () =
    let words = Array.zeroCreate<uint32> 4
    Assert.True((Initialize.words (Span words, 0L, Seed.ofUInt64 0UL)).IsOk)
    let _, _, answer = List.head known
    Assert.Equal<uint32>(answer, words)

/// Block indices where a carry passes from the low to the high word, where bits 61 to 63 are set, and where the index
/// wraps.
let private starts =
    [ 0UL
      1UL
      0xFFFFFFF0UL
      0xFFFFFFFFUL
      0x100000000UL
      0x1FFFFFFFFFFFFFF7UL
      0x7FFFFFFFFFFFFFF5UL
      0x8000000000000003UL
      0xFFFFFFFFFFFFFFEFUL ]

[<Fact>]
let ``every tile width gives the reference's words wherever it begins and however many it makes`` () =
    for width in PhiloxTiles.Available do
        for first in starts do
            for blocks in [ 1; 2; 3; 7; 8; 31; 32; 33; 100 ] do
                let key = 0x0123456789ABCDEFUL
                let stream = 0xFEDCBA9876543210UL

                let expected =
                    Array.concat [ for i in 0 .. blocks - 1 -> ReferenceWords.block key stream (first + uint64 i) ]

                Assert.Equal<uint32>(expected, tile width key stream first blocks)

[<Fact>]
let ``words of any offset and count are the reference's`` () =
    let seed = Seed.ofUInt64 0xC0FFEE1234567890UL |> Seed.child "words"

    for offset in
        [ 0L
          1L
          2L
          3L
          5L
          4095L
          4096L
          (1L <<< 32) - 3L
          (1L <<< 34) - 2L
          (1L <<< 62) + 1L
          Int64.MaxValue - 9000L ] do
        for count in [ 0; 1; 3; 4; 5; 4095; 4096; 4097; 8193 ] do
            let words = Array.zeroCreate<uint32> count
            Assert.True((Initialize.words (Span words, offset, seed)).IsOk)
            Assert.Equal<uint32>(ReferenceWords.words seed.Key seed.Stream offset count, words)

// ---------------------------------------------------------------------------------------------------------------
// streams

[<Theory>]
[<InlineData("")>]
[<InlineData("h.0.attn.c_attn.weight")>]
[<InlineData("blöcke.0.重み")>]
let ``a child's stream is SHA-256 of the old stream and the name`` (name: string) =
    for stream in [ 0UL; 1UL; 0x0102030405060708UL; UInt64.MaxValue ] do
        let digest =
            SHA256.HashData(Array.append (BitConverter.GetBytes stream) (Encoding.UTF8.GetBytes name))

        let expected = BitConverter.ToUInt64(digest, 0)
        let child = Seed(77UL, stream) |> Seed.child name
        Assert.Equal(expected, child.Stream)
        Assert.Equal(expected, ReferenceWords.child name stream)
        Assert.Equal(77UL, child.Key)

/// From `python3 -c 'import hashlib; print(hashlib.sha256(bytes(8) + b"...").hexdigest()[:16])'`, bytes in order.
[<Theory>]
[<InlineData("", "af5570f5a1810b7a")>]
[<InlineData("h.0.attn.c_attn.weight", "248869bd50e83c0d")>]
[<InlineData("wte.weight", "ffdf3dd3274a62b9")>]
let ``children of stream 0 have known streams`` (name: string, firstBytes: string) =
    let child = Seed.ofUInt64 42UL |> Seed.child name
    Assert.Equal(firstBytes, Convert.ToHexStringLower(BitConverter.GetBytes child.Stream))

[<Fact>]
let ``a number's seed has that key and stream 0`` () =
    let seed = Seed.ofUInt64 0x123456789UL
    Assert.Equal(0x123456789UL, seed.Key)
    Assert.Equal(0UL, seed.Stream)

[<Fact>]
let ``a grandchild differs from the child of the joined name`` () =
    let root = Seed.ofUInt64 1UL
    Assert.NotEqual(root |> Seed.child "a" |> Seed.child "b", root |> Seed.child "ab")
