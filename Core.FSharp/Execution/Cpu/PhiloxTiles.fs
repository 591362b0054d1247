namespace Initializers.Kernels

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// Philox words at each width of lanes: compiled once, whatever distribution takes them.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal PhiloxTiles private () =

    /// Widths that this processor runs, widest first.
    static member Available: TileWidth list =
        [ if
              Avx512F.IsSupported
              && Avx512BW.IsSupported
              && Avx512CD.IsSupported
              && Avx512DQ.IsSupported
              && Vector512.IsHardwareAccelerated
          then
              TileWidth.Bits512
          if Avx2.IsSupported && Fma.IsSupported then
              TileWidth.Bits256
              TileWidth.Bits128
          TileWidth.Scalar ]

    /// The widest that this processor runs.
    static member val Widest: TileWidth = List.head PhiloxTiles.Available

    static member private Keys512(key: uint64, keys: nativeptr<uint64>) =
        Philox.keys key (TileBlocks.cast<Wide8> keys)

    static member private Keys256(key: uint64, keys: nativeptr<uint64>) =
        Philox.keys key (TileBlocks.cast<Wide4> keys)

    static member private Keys128(key: uint64, keys: nativeptr<uint64>) =
        Philox.keys key (TileBlocks.cast<Wide2> keys)

    static member private Keys1(key: uint64, keys: nativeptr<uint64>) =
        Philox.keys key (TileBlocks.cast<Wide1> keys)

    /// Writes a key's round keys, as vectors of the width, to aligned room for TileBlocks.Keys words.
    static member Keys(width: TileWidth, key: uint64, keys: nativeptr<uint64>) =
        match width with
        | TileWidth.Bits512 -> PhiloxTiles.Keys512(key, keys)
        | TileWidth.Bits256 -> PhiloxTiles.Keys256(key, keys)
        | TileWidth.Bits128 -> PhiloxTiles.Keys128(key, keys)
        | _ -> PhiloxTiles.Keys1(key, keys)

    /// Words of blocks whose indices cross a multiple of 2^32, block by block.
    static member private Across
        (lanes: int, keys: nativeptr<uint64>, stream, first: uint64, count, p: nativeptr<uint32>)
        =
        let key =
            (NativePtr.get keys 0 &&& 0xFFFFFFFFUL) ||| ((NativePtr.get keys lanes) <<< 32)

        for i in 0 .. (count + 3) / 4 - 1 do
            let state: struct (Wide1 * Wide1 * Wide1 * Wide1) =
                Philox.rounds key (Philox.start (first + uint64 i) stream)

            Philox.store (NativePtr.add p (4 * i)) state

    /// One run of blocks; `lanes` Philox blocks are a group.
    static member inline private Run
        (lanes: int, keys: nativeptr< ^L >, stream: uint64, first: uint64, count: int, p: nativeptr<uint32>)
        =
        let last = first + uint64 ((count + TileBlocks.Slack) / 4)
        let whole = if (last >>> 32) = (first >>> 32) then count else 0
        let mutable i = 0

        while i < whole do
            Philox.sixGroups lanes keys stream (first + uint64 (i >>> 2)) (NativePtr.add p i)
            i <- i + 24 * lanes

        if whole < count then
            PhiloxTiles.Across(lanes, NativePtr.ofNativeInt (NativePtr.toNativeInt keys), stream, first, count, p)

    static member inline private Groups
        (lanes: int, keys: nativeptr< ^L >, stream: uint64, first: uint64, count: int, p: nativeptr<uint32>)
        =
        TileBlocks.optimized ()
        PhiloxTiles.Run(lanes, keys, stream, first, count, p)

    /// Runs as of Rows. Within one method, which begins and ends no run's work before the next's.
    static member inline private GroupsOfRows
        (
            lanes: int,
            keys: nativeptr< ^L >,
            stream: uint64,
            kind: uint64,
            first: int64,
            step: int64,
            rows: int,
            count: int,
            p: nativeptr<uint32>,
            pitch: int
        ) =
        TileBlocks.optimized ()
        let mutable element = first
        let mutable p = p
        let mutable left = rows

        while left > 0 do
            let head = int (element &&& 3L)
            let block = kind ||| uint64 (element >>> 2)
            PhiloxTiles.Run(lanes, keys, stream, block, head + count, NativePtr.add p -head)
            element <- element + step
            p <- NativePtr.add p pitch
            left <- left - 1

    static member private Rows512(keys: nativeptr<uint64>, stream, kind, first, step, rows, count, p, pitch) =
        PhiloxTiles.GroupsOfRows(8, TileBlocks.cast<Wide8> keys, stream, kind, first, step, rows, count, p, pitch)

    static member private Rows256(keys: nativeptr<uint64>, stream, kind, first, step, rows, count, p, pitch) =
        PhiloxTiles.GroupsOfRows(4, TileBlocks.cast<Wide4> keys, stream, kind, first, step, rows, count, p, pitch)

    static member private Rows128(keys: nativeptr<uint64>, stream, kind, first, step, rows, count, p, pitch) =
        PhiloxTiles.GroupsOfRows(2, TileBlocks.cast<Wide2> keys, stream, kind, first, step, rows, count, p, pitch)

    static member private Rows1(keys: nativeptr<uint64>, stream, kind, first, step, rows, count, p, pitch) =
        PhiloxTiles.GroupsOfRows(1, TileBlocks.cast<Wide1> keys, stream, kind, first, step, rows, count, p, pitch)

    static member private Fill512(keys: nativeptr<uint64>, stream, first, count, p) =
        PhiloxTiles.Groups(8, TileBlocks.cast<Wide8> keys, stream, first, count, p)

    static member private Fill256(keys: nativeptr<uint64>, stream, first, count, p) =
        PhiloxTiles.Groups(4, TileBlocks.cast<Wide4> keys, stream, first, count, p)

    static member private Fill128(keys: nativeptr<uint64>, stream, first, count, p) =
        PhiloxTiles.Groups(2, TileBlocks.cast<Wide2> keys, stream, first, count, p)

    static member private Fill1(keys: nativeptr<uint64>, stream, first, count, p) =
        PhiloxTiles.Groups(1, TileBlocks.cast<Wide1> keys, stream, first, count, p)

    /// The words of Philox blocks from `first` on, in natural order: `count` words, and up to TileBlocks.Slack - 1 more behind
    /// them.
    static member Fill
        (width: TileWidth, keys: nativeptr<uint64>, stream: uint64, first: uint64, count: int, p: nativeptr<uint32>)
        =
        match width with
        | TileWidth.Bits512 -> PhiloxTiles.Fill512(keys, stream, first, count, p)
        | TileWidth.Bits256 -> PhiloxTiles.Fill256(keys, stream, first, count, p)
        | TileWidth.Bits128 -> PhiloxTiles.Fill128(keys, stream, first, count, p)
        | _ -> PhiloxTiles.Fill1(keys, stream, first, count, p)

    /// The words of `rows` runs of `count` elements each, whose blocks' indices are with the bits of `kind`. The first run
    /// begins at element `first` and goes to p, each next one `step` elements and `pitch` words further. Up to 3 words before a
    /// run are overwritten, and up to TileBlocks.Slack - 1 behind it.
    static member Rows
        (
            width: TileWidth,
            keys: nativeptr<uint64>,
            stream: uint64,
            kind: uint64,
            first: int64,
            step: int64,
            rows: int,
            count: int,
            p: nativeptr<uint32>,
            pitch: int
        ) =
        match width with
        | TileWidth.Bits512 -> PhiloxTiles.Rows512(keys, stream, kind, first, step, rows, count, p, pitch)
        | TileWidth.Bits256 -> PhiloxTiles.Rows256(keys, stream, kind, first, step, rows, count, p, pitch)
        | TileWidth.Bits128 -> PhiloxTiles.Rows128(keys, stream, kind, first, step, rows, count, p, pitch)
        | _ -> PhiloxTiles.Rows1(keys, stream, kind, first, step, rows, count, p, pitch)

    /// As Fill, from a key.
    static member Write
        (width: TileWidth, key: uint64, stream: uint64, first: uint64, count: int, p: nativeptr<uint32>)
        =
        let keys = TileBlocks.onStack<uint64> TileBlocks.Keys
        PhiloxTiles.Keys(width, key, keys)
        PhiloxTiles.Fill(width, keys, stream, first, count, p)
