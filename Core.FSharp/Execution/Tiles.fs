namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// CPU tile bodies: the Lanes code at each width, out of sight of ILGPU's front end. A block of words is generated into
/// the first-level cache, then transformed into the target, so that each loop has the registers it needs.
[<AbstractClass; Sealed>]
type internal Tiles private () =

    /// Words a block: 16 KiB, half of a small first-level cache.
    static let blockWords = 4096

    /// Room behind the words for the group that overshoots: four groups of eight Philox blocks.
    static let slack = 128

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
    static member val Widest: TileWidth = List.head Tiles.Available

    // -----------------------------------------------------------------------------------------------------------
    // words

    static member inline private FillWords
        (groupBlocks: int, lanes: ^L, key: uint64, stream: uint64, first: uint64, blocks: int, p: nativeptr<uint32>)
        =
        let step = 4 * groupBlocks
        let mutable done' = 0

        while done' < blocks do
            Philox.fourGroups groupBlocks key stream (first + uint64 done') (NativePtr.add p (4 * done')) lanes
            done' <- done' + step

    static member private Words512(key: uint64, stream: uint64, first: uint64, blocks: int, p: nativeptr<uint32>) =
        Tiles.FillWords(8, Unchecked.defaultof<Wide8>, key, stream, first, blocks, p)

    static member private Words256(key: uint64, stream: uint64, first: uint64, blocks: int, p: nativeptr<uint32>) =
        Tiles.FillWords(4, Unchecked.defaultof<Wide4>, key, stream, first, blocks, p)

    static member private Words128(key: uint64, stream: uint64, first: uint64, blocks: int, p: nativeptr<uint32>) =
        Tiles.FillWords(2, Unchecked.defaultof<Wide2>, key, stream, first, blocks, p)

    static member private Words1(key: uint64, stream: uint64, first: uint64, blocks: int, p: nativeptr<uint32>) =
        Tiles.FillWords(1, Unchecked.defaultof<Wide1>, key, stream, first, blocks, p)

    /// The words of `blocks` Philox blocks from `first` on. Up to 127 words more are written behind them.
    static member Words
        (width: TileWidth, key: uint64, stream: uint64, first: uint64, blocks: int, p: nativeptr<uint32>)
        =
        match width with
        | TileWidth.Bits512 -> Tiles.Words512(key, stream, first, blocks, p)
        | TileWidth.Bits256 -> Tiles.Words256(key, stream, first, blocks, p)
        | TileWidth.Bits128 -> Tiles.Words128(key, stream, first, blocks, p)
        | _ -> Tiles.Words1(key, stream, first, blocks, p)

    // -----------------------------------------------------------------------------------------------------------
    // transforms: `count` words at `p` to elements at `target`. Whole groups of lanes; the caller sees to the rest.

    static member inline private Loop
        (
            lanes: int,
            count: int,
            p: nativeptr<uint32>,
            [<InlineIfLambda>] transform: ^W -> ^R,
            [<InlineIfLambda>] put: int -> ^R -> unit
        ) =
        let mutable i = 0

        while i < count do
            let w: ^W = Lane.load (NativePtr.add p i)
            put i (transform w)
            i <- i + lanes

    static member inline private ToFloat32
        (lanes: int, p: nativeptr<uint32>, count: int, target: nativeint, [<InlineIfLambda>] transform: ^W -> ^R)
        =
        let out: nativeptr<float32> = NativePtr.ofNativeInt target
        Tiles.Loop(lanes, count, p, transform, (fun i value -> Lane.storeReal (NativePtr.add out i) value))

    static member inline private ToFloat16
        (lanes: int, p: nativeptr<uint32>, count: int, target: nativeint, [<InlineIfLambda>] transform: ^W -> ^R)
        =
        let out: nativeptr<uint16> = NativePtr.ofNativeInt target

        Tiles.Loop(
            lanes,
            count,
            p,
            transform,
            (fun i value ->
                let half: ^W = Transforms.toFloat16 (Lane.bits value) value
                Lane.storeHalf (NativePtr.add out i) half)
        )

    static member inline private ToBFloat16
        (lanes: int, p: nativeptr<uint32>, count: int, target: nativeint, [<InlineIfLambda>] transform: ^W -> ^R)
        =
        let out: nativeptr<uint16> = NativePtr.ofNativeInt target

        Tiles.Loop(
            lanes,
            count,
            p,
            transform,
            (fun i value ->
                let half: ^W = Transforms.toBFloat16 (Lane.bits value)
                Lane.storeHalf (NativePtr.add out i) half)
        )

    static member inline private Narrowed
        (lanes: int, dtype: DType, p: nativeptr<uint32>, count: int, target: nativeint, [<InlineIfLambda>] law: ^W -> ^R) =
        match dtype with
        | DType.Float16 -> Tiles.ToFloat16(lanes, p, count, target, law)
        | DType.BFloat16 -> Tiles.ToBFloat16(lanes, p, count, target, law)
        | _ -> Tiles.ToFloat32(lanes, p, count, target, law)

    static member inline private Law
        (lanes: int, dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint, _: ^W, _: ^R)
        =
        let a: ^R = Lane.splat (float32 f.A)
        let b: ^R = Lane.splat (float32 f.B)
        let c: ^R = Lane.splat (float32 f.C)
        let d: ^R = Lane.splat (float32 f.D)
        let split: ^W = Lane.word (uint32 f.Bits)
        let table: PointerTable = { Base = NativePtr.ofNativeInt (nativeint f.Table) }

        match f.Kind with
        | Kind.Normal ->
            Tiles.Narrowed(
                lanes,
                dtype,
                p,
                count,
                target,
                (fun (w: ^W) -> Transforms.scaled a b (Transforms.symmetricQuantile table w))
            )
        | Kind.Uniform -> Tiles.Narrowed(lanes, dtype, p, count, target, (fun (w: ^W) -> Transforms.uniform a b c d w))
        | Kind.Symmetric ->
            Tiles.Narrowed(
                lanes,
                dtype,
                p,
                count,
                target,
                (fun (w: ^W) -> Transforms.bounded a b c d (Transforms.symmetricQuantile table w))
            )
        | Kind.TwoSided ->
            Tiles.Narrowed(
                lanes,
                dtype,
                p,
                count,
                target,
                (fun (w: ^W) -> Transforms.bounded a b c d (Transforms.twoSidedQuantile table split w))
            )
        | _ -> ()

    static member private Law512(dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint) =
        Tiles.Law(16, dtype, f, p, count, target, Unchecked.defaultof<Word16>, Unchecked.defaultof<Real16>)

    static member private Law256(dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint) =
        Tiles.Law(8, dtype, f, p, count, target, Unchecked.defaultof<Word8>, Unchecked.defaultof<Real8>)

    static member private Law128(dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint) =
        Tiles.Law(4, dtype, f, p, count, target, Unchecked.defaultof<Word4>, Unchecked.defaultof<Real4>)

    static member private Law1(dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint) =
        Tiles.Law(1, dtype, f, p, count, target, Unchecked.defaultof<Word1>, Unchecked.defaultof<Real1>)

    static member private Groups
        (width: TileWidth, dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint)
        =
        match width with
        | TileWidth.Bits512 -> Tiles.Law512(dtype, f, p, count, target)
        | TileWidth.Bits256 -> Tiles.Law256(dtype, f, p, count, target)
        | TileWidth.Bits128 -> Tiles.Law128(dtype, f, p, count, target)
        | _ -> Tiles.Law1(dtype, f, p, count, target)

    /// Transforms `count` words at `p` into elements of `dtype` at `target`. Up to 15 words behind the last are read.
    static member Transform
        (width: TileWidth, dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint)
        =
        let lanes = max 1 (int width / 32)
        let whole = count - count % lanes
        Tiles.Groups(width, dtype, f, p, whole, target)

        if whole < count then
            // The last, partial group goes through a buffer of whole lanes, so that one formula serves all.
            let rest = NativePtr.stackalloc<uint32> 16 |> NativePtr.toNativeInt
            Tiles.Groups(width, dtype, f, NativePtr.add p whole, lanes, rest)
            let size = DType.size dtype
            let bytes = int64 ((count - whole) * size)

            Buffer.MemoryCopy(rest.ToPointer(), (target + nativeint whole * nativeint size).ToPointer(), bytes, bytes)

    static member private Fill(dtype: DType, bits: uint64, count: int64, target: nativeint) =
        let size = DType.size dtype
        let mutable left = count
        let mutable p = target

        while left > 0L do
            let n = int (min left 0x10000000L)

            match size with
            | 2 -> Span<uint16>(p.ToPointer(), n).Fill(uint16 bits)
            | 4 -> Span<uint32>(p.ToPointer(), n).Fill(uint32 bits)
            | _ -> Span<uint64>(p.ToPointer(), n).Fill bits

            left <- left - int64 n
            p <- p + nativeint n * nativeint size

    /// Elements [offset, offset + count) of the tensor that plan and seed describe, written to `target`.
    static member Run
        (
            width: TileWidth,
            dtype: DType,
            f: Formula,
            key: uint64,
            stream: uint64,
            offset: int64,
            count: int64,
            target: nativeint
        ) =
        match f.Kind with
        | Kind.Fill -> Tiles.Fill(dtype, f.Bits, count, target)
        | _ ->
            let wide = dtype = DType.Float64
            // A float64 takes two words, so half as many elements fill the cache.
            let room = if wide then blockWords / 2 else blockWords
            let words = NativePtr.stackalloc<uint32>(blockWords + 2 * slack)
            let companions = NativePtr.add words (room + slack)
            let size = nativeint (DType.size dtype)
            let mutable position = offset
            let last = offset + count
            let mutable p = target

            while position < last do
                // Blocks of words start at multiples of four elements, so only the first may have a head to skip.
                let head = int (position &&& 3L)
                let n = int (min (int64 (room - head)) (last - position))
                let blocks = (head + n + 3) / 4
                let first = uint64 (position >>> 2)
                Tiles.Words(width, key, stream, first, blocks, words)

                if wide then
                    Tiles.Words(width, key, stream, first ||| Philox.Companion, blocks, companions)

                    Tiles64.Transform(width, f, NativePtr.add words head, NativePtr.add companions head, n, p)
                else
                    Tiles.Transform(width, dtype, f, NativePtr.add words head, n, p)

                position <- position + int64 n
                p <- p + nativeint n * size
