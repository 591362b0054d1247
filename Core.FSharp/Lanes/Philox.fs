namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop

/// Philox4x32-10, a counter-based generator: word i of a stream needs no other word (Salmon, Moraes, Dror and Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", 2011). Written once for every lane width.
///
/// A state word lives in the low half of a 64-bit element. The upper halves hold whatever the last product left
/// there: the next wide multiply reads low halves alone, so they need no cleaning before the words are stored.
module Philox =
    [<Literal>]
    let M0 = 0xD2511F53u

    [<Literal>]
    let M1 = 0xCD9E8D57u

    /// The golden ratio and sqrt 3 - 1, the increments of the key after each round.
    [<Literal>]
    let W0 = 0x9E3779B9u

    [<Literal>]
    let W1 = 0xBB67AE85u

    /// The bit of a block's index that makes its words the companions of another's.
    [<Literal>]
    let Companion = 0x8000000000000000UL

    /// The bit of a block's index that marks auxiliary words: draws in addition to the elements' words.
    [<Literal>]
    let Auxiliary = 0x4000000000000000UL

    let inline private multiply (a: ^L) (m: uint32) : ^L =
        (^L: (static member Multiply: ^L * uint32 -> ^L) (a, m))

    let inline private highXor (p: ^L) (a: ^L) (k: ^L) : ^L =
        (^L: (static member HighXor: ^L * ^L * ^L -> ^L) (p, a, k))

    /// A number in every element.
    let inline private every (x: uint64) : ^L =
        (^L: (static member Splat: uint64 * ^L -> ^L) (x, Unchecked.defaultof< ^L>))

    /// Consecutive blocks' indices from `first` on.
    let inline private blocks (first: uint64) : ^L =
        (^L: (static member Blocks: uint64 * ^L -> ^L) (first, Unchecked.defaultof< ^L>))

    /// One round under the round key (ka, kb).
    let inline round (ka: ^L) (kb: ^L) (struct (x: ^L, y: ^L, z: ^L, w: ^L)) : struct (^L * ^L * ^L * ^L) =
        let p0 = multiply x M0
        let p1 = multiply z M1
        struct (highXor p1 y ka, p1, highXor p0 w kb, p0)

    /// The state before the first round: consecutive blocks from `first` on in x and y, the stream in z and w.
    let inline start (first: uint64) (stream: uint64) : struct (^L * ^L * ^L * ^L) =
        let x: ^L = blocks first
        let z: ^L = every stream
        let y = (^L: (static member Upper: ^L -> ^L) x)
        let w = (^L: (static member Upper: ^L -> ^L) z)
        struct (x, y, z, w)

    /// All ten rounds on one group of blocks.
    let inline rounds (key: uint64) (state: struct (^L * ^L * ^L * ^L)) : struct (^L * ^L * ^L * ^L) =
        let mutable s = state
        let mutable ka = uint32 key
        let mutable kb = uint32 (key >>> 32)

        for _ in 1..10 do
            s <- round (every (uint64 ka)) (every (uint64 kb)) s
            ka <- ka + W0
            kb <- kb + W1

        s

    /// The keys of ten rounds, two each, in all elements of a lane.
    let inline keys (key: uint64) (table: nativeptr< ^L >) : unit =
        let mutable ka = uint32 key
        let mutable kb = uint32 (key >>> 32)

        for r in 0..9 do
            NativePtr.set table (2 * r) (every (uint64 ka))
            NativePtr.set table (2 * r + 1) (every (uint64 kb))
            ka <- ka + W0
            kb <- kb + W1

    let inline store (p: nativeptr<uint32>) (struct (x: ^L, y: ^L, z: ^L, w: ^L)) : unit =
        (^L: (static member Store: ^L * ^L * ^L * ^L * nativeptr<uint32> -> unit) (x, y, z, w, p))

    /// Writes the words of six groups of `width` blocks each, in natural order. Six independent groups hide the multiply's
    /// latency. The blocks' indices have one upper half, which with the stream decides the second product of the first round
    /// and the first of the second: those are made once for all.
    let inline sixGroups (width: int) (keys: nativeptr< ^L >) (stream: uint64) (first: uint64) (p: nativeptr<uint32>) =
        let struct (x: ^L, y: ^L, z: ^L, w: ^L) = start first stream
        let ka = NativePtr.get keys 0
        let kb = NativePtr.get keys 1
        let la = NativePtr.get keys 2
        let lb = NativePtr.get keys 3
        let p1 = multiply z M1
        let q0 = multiply (highXor p1 y ka) M0

        // The state after two rounds.
        let inline opened (x: ^L) : struct (^L * ^L * ^L * ^L) =
            let p0 = multiply x M0
            let q1 = multiply (highXor p0 w kb) M1
            struct (highXor q1 p1 la, q1, highXor q0 p0 lb, q0)

        let mutable a = opened x
        let mutable b = opened (blocks (first + uint64 width))
        let mutable c = opened (blocks (first + uint64 (2 * width)))
        let mutable d = opened (blocks (first + uint64 (3 * width)))
        let mutable e = opened (blocks (first + uint64 (4 * width)))
        let mutable f = opened (blocks (first + uint64 (5 * width)))

        for r in 1..4 do
            let ka = NativePtr.get keys (4 * r)
            let kb = NativePtr.get keys (4 * r + 1)
            a <- round ka kb a
            b <- round ka kb b
            c <- round ka kb c
            d <- round ka kb d
            e <- round ka kb e
            f <- round ka kb f
            let ka = NativePtr.get keys (4 * r + 2)
            let kb = NativePtr.get keys (4 * r + 3)
            a <- round ka kb a
            b <- round ka kb b
            c <- round ka kb c
            d <- round ka kb d
            e <- round ka kb e
            f <- round ka kb f

        store p a
        store (NativePtr.add p (4 * width)) b
        store (NativePtr.add p (8 * width)) c
        store (NativePtr.add p (12 * width)) d
        store (NativePtr.add p (16 * width)) e
        store (NativePtr.add p (20 * width)) f
