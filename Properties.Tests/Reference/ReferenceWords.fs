/// Words of streams, one block at a time: the naive reading's own Philox and seeds.
[<RequireQualifiedAccess>]
module Initializers.Properties.ReferenceWords

open System
open System.Security.Cryptography
open System.Text

/// Philox4x32-10 of a 128-bit counter under a 64-bit key, both as 32-bit words from the lowest up (Salmon, Moraes, Dror
/// and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011, section 3.3).
let philox (c0: uint32, c1: uint32, c2: uint32, c3: uint32) (k0: uint32, k1: uint32) : uint32[] =
    let mutable x0 = c0
    let mutable x1 = c1
    let mutable x2 = c2
    let mutable x3 = c3
    let mutable a = k0
    let mutable b = k1

    for _ in 1..10 do
        let p = 0xD2511F53UL * uint64 x0
        let q = 0xCD9E8D57UL * uint64 x2
        let y0 = uint32 (q >>> 32) ^^^ x1 ^^^ a
        let y2 = uint32 (p >>> 32) ^^^ x3 ^^^ b
        x1 <- uint32 q
        x3 <- uint32 p
        x0 <- y0
        x2 <- y2
        a <- a + 0x9E3779B9u
        b <- b + 0xBB67AE85u

    [| x0; x1; x2; x3 |]

let private low (x: uint64) = uint32 (x &&& 0xFFFFFFFFUL)
let private high (x: uint64) = uint32 (x >>> 32)

/// The four words of a block: the counter is the block, then the stream, each from its low word.
let block (key: uint64) (stream: uint64) (index: uint64) : uint32[] =
    philox (low index, high index, low stream, high stream) (low key, high key)

/// The words of elements [offset, offset + count): element i has word i mod 4 of block i div 4.
let words (key: uint64) (stream: uint64) (offset: int64) (count: int) : uint32[] =
    let mutable index = -1L
    let mutable current = [||]

    Array.init count (fun n ->
        let i = offset + int64 n

        if i / 4L <> index then
            index <- i / 4L
            current <- block key stream (uint64 index)

        current[int (i % 4L)])

/// Seed.child: the stream becomes the first eight bytes, little-endian, of SHA-256 over the old stream's eight bytes,
/// little-endian, and the name in UTF-8.
let child (name: string) (stream: uint64) : uint64 =
    let old = [| for i in 0..7 -> byte ((stream >>> (8 * i)) &&& 0xFFUL) |]
    let digest = SHA256.HashData(Array.append old (Encoding.UTF8.GetBytes name))
    Seq.sum (seq { for i in 0..7 -> uint64 digest[i] <<< (8 * i) })

/// A word above its companion, which is the same word of the block whose index has bit 63 set.
let pairs (key: uint64) (stream: uint64) (offset: int64) (count: int) : uint64[] =
    let mutable index = -1L
    let mutable current = [||]

    Array.init count (fun n ->
        let i = offset + int64 n

        if i / 4L <> index then
            index <- i / 4L
            let companions = block key stream (uint64 index + 0x8000000000000000UL)

            current <-
                Array.map2
                    (fun word companion -> uint64 word * 0x100000000UL + uint64 companion)
                    (block key stream (uint64 index))
                    companions

        current[int (i % 4L)])
