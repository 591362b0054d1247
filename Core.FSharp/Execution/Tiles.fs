namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// CPU tile bodies: the Lanes code at each width, one method a law and width, out of sight of ILGPU's front end. A block is
/// generated, transformed to float32, and narrowed where the dtype is narrower.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal Tiles private () =

    // What follows avoids branches around much code: the F# compiler would move their insides to methods of their own, whose
    // registers start empty and which .NET compiles without optimization at first. A loop of no turns is no such branch.

    /// Narrows float32, whose bits are at `p`, to 16 bits at `target`: whole pairs of lanes.
    static member inline private NarrowLanes
        (lanes: int, dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>, _: ^W)
        =
        let brains = if dtype = DType.BFloat16 then count else 0
        let halves = if dtype = DType.Float16 then count else 0
        let mutable i = 0

        while i < brains do
            let a: ^W = Transforms.toBFloat16Above (Lane.load (NativePtr.add p i))
            let b: ^W = Transforms.toBFloat16Above (Lane.load (NativePtr.add p (i + lanes)))
            Lane.storeUpperHalves (NativePtr.add target i) a b
            i <- i + 2 * lanes

        i <- 0

        while i < halves do
            let a: ^W = Lane.load (NativePtr.add p i)
            let b: ^W = Lane.load (NativePtr.add p (i + lanes))

            Lane.storeLowerHalves
                (NativePtr.add target i)
                (Transforms.toFloat16 a (Lane.real a))
                (Transforms.toFloat16 b (Lane.real b))

            i <- i + 2 * lanes

    static member private Narrow512(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        Blocks.optimized ()
        Tiles.NarrowLanes(16, dtype, p, count, target, Unchecked.defaultof<Word16>)

    static member private Narrow256(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        Blocks.optimized ()
        Tiles.NarrowLanes(8, dtype, p, count, target, Unchecked.defaultof<Word8>)

    static member private Narrow128(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        Blocks.optimized ()
        Tiles.NarrowLanes(4, dtype, p, count, target, Unchecked.defaultof<Word4>)

    static member private Narrow1(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        Blocks.optimized ()
        Tiles.NarrowLanes(1, dtype, p, count, target, Unchecked.defaultof<Word1>)

    /// Narrows `count` float32, whose bits are at `p`, to float16 or bfloat16 at `target`. Up to 31 more are read, and written
    /// behind them.
    static member Narrow(width: TileWidth, dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        match width with
        | TileWidth.Bits512 -> Tiles.Narrow512(dtype, p, count, target)
        | TileWidth.Bits256 -> Tiles.Narrow256(dtype, p, count, target)
        | TileWidth.Bits128 -> Tiles.Narrow128(dtype, p, count, target)
        | _ -> Tiles.Narrow1(dtype, p, count, target)

    /// Values by `near`, and by `far` where those may have missed a coefficient. `room` and `rest` have Blocks.Room elements.
    static member inline private Draw
        (
            width: TileWidth,
            lanes: int,
            dtype: DType,
            source: WordSource,
            target: nativeint,
            keys: nativeptr<uint64>,
            room: nativeptr<uint32>,
            rest: nativeptr<float32>,
            [<InlineIfLambda>] near: ^W -> ^R,
            [<InlineIfLambda>] far: nativeptr<uint32> -> int -> nativeptr<float32> -> unit
        ) =
        let size = DType.size dtype
        let narrow = size < sizeof<float32>
        Words.Keys(width, source.Job.Key, keys)

        Blocks.over size source.Job target (fun done' first head n at ->
            Words.Fill(width, keys, source.Job.Stream, first, source.Drawn(head + n), room)
            let words = NativePtr.add room head
            source.Copy(done', n, words)

            // What is no whole number of lanes of the target's own elements is made elsewhere, as that writes more than n.
            let values =
                if narrow || n % lanes <> 0 then
                    rest
                else
                    NativePtr.ofNativeInt at

            let mutable i = 0

            while i < n do
                Lane.storeReal (NativePtr.add values i) (near (Lane.load (NativePtr.add words i)))
                i <- i + lanes

            far words n values

            if narrow then
                let inPlace = n % (2 * Blocks.Lanes) = 0

                let halves: nativeptr<uint16> =
                    NativePtr.ofNativeInt (if inPlace then at else NativePtr.toNativeInt room)

                let bits: nativeptr<uint32> = NativePtr.ofNativeInt (NativePtr.toNativeInt rest)

                Tiles.Narrow(width, dtype, bits, n, halves)
                Blocks.move (NativePtr.toNativeInt halves) (n * size) at
            else
                Blocks.move (NativePtr.toNativeInt values) (n * size) at)

    /// Makes the values anew of lanes for whose words a near look-up may have missed.
    static member inline private Far
        (lanes: int, words: nativeptr<uint32>, count: int, values: nativeptr<float32>, [<InlineIfLambda>] far: ^W -> ^R)
        =
        let mutable i = 0

        while i < count do
            let w: ^W = Lane.load (NativePtr.add words i)

            if Lane.isFar w then
                Lane.storeReal (NativePtr.add values i) (far w)

            i <- i + lanes

    // -----------------------------------------------------------------------------------------------------------
    // laws

    /// Parameters in memory, where a loop that fills all registers leaves them.
    static member private Parameters(f: Formula, k: nativeptr<float32>) =
        NativePtr.set k 0 (float32 f.A)
        NativePtr.set k 1 (float32 f.B)
        NativePtr.set k 2 (float32 f.C)
        NativePtr.set k 3 (float32 f.D)

    static member inline private Splat(k: nativeptr<float32>, i: int) : ^R = Lane.splat (NativePtr.get k i)

    static member private NormalFar256(f: Formula, words: nativeptr<uint32>, count: int, values: nativeptr<float32>) =
        let k = Blocks.onStack<float32> 4
        Tiles.Parameters(f, k)
        let table = Formula.table f

        Tiles.Far(
            8,
            words,
            count,
            values,
            (fun (w: Word8) ->
                Transforms.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w
                |> Transforms.scaled (Tiles.Splat(k, 0)) (Tiles.Splat(k, 1)))
        )

    static member private SymmetricFar256
        (f: Formula, words: nativeptr<uint32>, count: int, values: nativeptr<float32>)
        =
        let k = Blocks.onStack<float32> 4
        Tiles.Parameters(f, k)
        let table = Formula.table f

        Tiles.Far(
            8,
            words,
            count,
            values,
            (fun (w: Word8) ->
                Transforms.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w
                |> Transforms.bounded (Tiles.Splat(k, 0)) (Tiles.Splat(k, 1)) (Tiles.Splat(k, 2)) (Tiles.Splat(k, 3)))
        )

    static member inline private Uniform
        (f: Formula, width, lanes, dtype, source, target, keys, room, rest, _: ^W, _: ^R)
        =
        let k = Blocks.onStack<float32> 4
        Tiles.Parameters(f, k)

        Tiles.Draw(
            width,
            lanes,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms.uniform (Tiles.Splat(k, 0)) (Tiles.Splat(k, 1)) (Tiles.Splat(k, 2)) (Tiles.Splat(k, 3)) w
                : ^R)),
            (fun _ _ _ -> ())
        )

    static member inline private Normal
        (f: Formula, width, lanes, dtype, source, target, keys, room, rest, _: ^W, _: ^R)
        =
        let k = Blocks.onStack<float32> 4
        Tiles.Parameters(f, k)
        let table = Formula.table f

        Tiles.Draw(
            width,
            lanes,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms.symmetricQuantile (fun power e -> Lane.lookup table power e) w: ^R)
                |> Transforms.scaled (Tiles.Splat(k, 0)) (Tiles.Splat(k, 1))),
            (fun words count values ->
                match width with
                | TileWidth.Bits256 -> Tiles.NormalFar256(f, words, count, values)
                | _ -> ())
        )

    static member inline private Symmetric
        (f: Formula, width, lanes, dtype, source, target, keys, room, rest, _: ^W, _: ^R)
        =
        let k = Blocks.onStack<float32> 4
        Tiles.Parameters(f, k)
        let table = Formula.table f

        Tiles.Draw(
            width,
            lanes,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms.symmetricQuantile (fun power e -> Lane.lookup table power e) w: ^R)
                |> Transforms.bounded (Tiles.Splat(k, 0)) (Tiles.Splat(k, 1)) (Tiles.Splat(k, 2)) (Tiles.Splat(k, 3))),
            (fun words count values ->
                match width with
                | TileWidth.Bits256 -> Tiles.SymmetricFar256(f, words, count, values)
                | _ -> ())
        )

    static member inline private TwoSided
        (f: Formula, width, lanes, dtype, source, target, keys, room, rest, _: ^W, _: ^R)
        =
        let k = Blocks.onStack<float32> 4
        Tiles.Parameters(f, k)
        let table = Formula.table f
        let split: ^W = Lane.word (uint32 f.Bits)

        Tiles.Draw(
            width,
            lanes,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms.twoSidedQuantile (fun power slot side -> Lane.lookupSided table power slot side) split w
                : ^R)
                |> Transforms.bounded (Tiles.Splat(k, 0)) (Tiles.Splat(k, 1)) (Tiles.Splat(k, 2)) (Tiles.Splat(k, 3))),
            (fun _ _ _ -> ())
        )

    static member private Uniform512(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Uniform(
            f,
            TileWidth.Bits512,
            32,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word32>,
            Unchecked.defaultof<Real32>
        )

    static member private Normal512(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Normal(
            f,
            TileWidth.Bits512,
            32,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word32>,
            Unchecked.defaultof<Real32>
        )

    static member private Symmetric512(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Symmetric(
            f,
            TileWidth.Bits512,
            32,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word32>,
            Unchecked.defaultof<Real32>
        )

    static member private TwoSided512(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.TwoSided(
            f,
            TileWidth.Bits512,
            32,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word32>,
            Unchecked.defaultof<Real32>
        )

    static member private Uniform256(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Uniform(
            f,
            TileWidth.Bits256,
            8,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word8>,
            Unchecked.defaultof<Real8>
        )

    static member private Normal256(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Normal(
            f,
            TileWidth.Bits256,
            8,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word8>,
            Unchecked.defaultof<Real8>
        )

    static member private Symmetric256(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Symmetric(
            f,
            TileWidth.Bits256,
            8,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word8>,
            Unchecked.defaultof<Real8>
        )

    static member private TwoSided256(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.TwoSided(
            f,
            TileWidth.Bits256,
            8,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word8>,
            Unchecked.defaultof<Real8>
        )

    static member private Uniform128(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Uniform(
            f,
            TileWidth.Bits128,
            4,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word4>,
            Unchecked.defaultof<Real4>
        )

    static member private Normal128(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Normal(
            f,
            TileWidth.Bits128,
            4,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word4>,
            Unchecked.defaultof<Real4>
        )

    static member private Symmetric128(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Symmetric(
            f,
            TileWidth.Bits128,
            4,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word4>,
            Unchecked.defaultof<Real4>
        )

    static member private TwoSided128(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.TwoSided(
            f,
            TileWidth.Bits128,
            4,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word4>,
            Unchecked.defaultof<Real4>
        )

    static member private Uniform1(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Uniform(
            f,
            TileWidth.Scalar,
            1,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word1>,
            Unchecked.defaultof<Real1>
        )

    static member private Normal1(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Normal(
            f,
            TileWidth.Scalar,
            1,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word1>,
            Unchecked.defaultof<Real1>
        )

    static member private Symmetric1(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.Symmetric(
            f,
            TileWidth.Scalar,
            1,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word1>,
            Unchecked.defaultof<Real1>
        )

    static member private TwoSided1(f: Formula, dtype: DType, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32> Blocks.Room
        let rest = Blocks.onStack<float32> Blocks.Room

        Tiles.TwoSided(
            f,
            TileWidth.Scalar,
            1,
            dtype,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Word1>,
            Unchecked.defaultof<Real1>
        )

    /// Elements of words, at `target`.
    static member private Draw(width: TileWidth, dtype: DType, f: Formula, source: WordSource, target: nativeint) =
        match f.Kind, width with
        | Kind.Uniform, TileWidth.Bits512 -> Tiles.Uniform512(f, dtype, source, target)
        | Kind.Uniform, TileWidth.Bits256 -> Tiles.Uniform256(f, dtype, source, target)
        | Kind.Uniform, TileWidth.Bits128 -> Tiles.Uniform128(f, dtype, source, target)
        | Kind.Uniform, _ -> Tiles.Uniform1(f, dtype, source, target)
        | Kind.Normal, TileWidth.Bits512 -> Tiles.Normal512(f, dtype, source, target)
        | Kind.Normal, TileWidth.Bits256 -> Tiles.Normal256(f, dtype, source, target)
        | Kind.Normal, TileWidth.Bits128 -> Tiles.Normal128(f, dtype, source, target)
        | Kind.Normal, _ -> Tiles.Normal1(f, dtype, source, target)
        | Kind.Symmetric, TileWidth.Bits512 -> Tiles.Symmetric512(f, dtype, source, target)
        | Kind.Symmetric, TileWidth.Bits256 -> Tiles.Symmetric256(f, dtype, source, target)
        | Kind.Symmetric, TileWidth.Bits128 -> Tiles.Symmetric128(f, dtype, source, target)
        | Kind.Symmetric, _ -> Tiles.Symmetric1(f, dtype, source, target)
        | Kind.TwoSided, TileWidth.Bits512 -> Tiles.TwoSided512(f, dtype, source, target)
        | Kind.TwoSided, TileWidth.Bits256 -> Tiles.TwoSided256(f, dtype, source, target)
        | Kind.TwoSided, TileWidth.Bits128 -> Tiles.TwoSided128(f, dtype, source, target)
        | Kind.TwoSided, _ -> Tiles.TwoSided1(f, dtype, source, target)
        | _ -> ()

    /// Elements of `dtype`, at most 32 bits wide, that chosen words become.
    static member Transform
        (width: TileWidth, dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint)
        =
        Tiles.Draw(width, dtype, f, WordSource.OfWords(count, p, NativePtr.nullPtr), target)

    /// The elements of a job, written to `target`.
    static member Run(width: TileWidth, dtype: DType, f: Formula, job: Job, target: nativeint) =
        match f.Kind, dtype with
        | Kind.Fill, _ -> Fills.Run(DType.size dtype, f.Bits, job.Count, target)
        | _, DType.Float64 -> Tiles64.Draw(width, f, WordSource.OfJob job, target)
        | _ -> Tiles.Draw(width, dtype, f, WordSource.OfJob job, target)
