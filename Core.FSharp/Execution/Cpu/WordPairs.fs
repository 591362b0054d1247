namespace Initializers.Kernels

open System
open Microsoft.FSharp.NativeInterop
open Initializers

/// Words of 64 bits of a stream: an element's word above its companion.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal WordPairs private () =
    /// The pairs of elements from `first` on. `kind` is 0 or Philox.Auxiliary.
    static member Read(seed: Seed, kind: uint64, first: int64, pairs: Span<uint64>) : unit =
        let words = TileBlocks.onStack<uint32>(2 * TileBlocks.Room)
        let companions = NativePtr.add words TileBlocks.Room
        let mutable position = 0

        while position < pairs.Length do
            let element = first + int64 position
            let head = int (element &&& 3L)
            let count = min (pairs.Length - position) (TileBlocks.Elements - head)
            let block = kind ||| uint64 (element >>> 2)
            PhiloxTiles.Write(PhiloxTiles.Widest, seed.Key, seed.Stream, block, head + count, words)

            PhiloxTiles.Write(
                PhiloxTiles.Widest,
                seed.Key,
                seed.Stream,
                block ||| Philox.Companion,
                head + count,
                companions
            )

            for i in 0 .. count - 1 do
                pairs[position + i] <-
                    (uint64 (NativePtr.get words (head + i)) <<< 32)
                    ||| uint64 (NativePtr.get companions (head + i))

            position <- position + count
