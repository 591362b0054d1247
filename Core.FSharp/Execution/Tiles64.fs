namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop

/// CPU tile bodies of float64: words and their companions to elements, at each width that has 64-bit lanes. As Tiles.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal Tiles64 private () =

    /// Values by `near`, and by `far` where those may have missed a coefficient. `room` has Blocks.Room words and as many
    /// companions, `rest` as many elements.
    static member inline private Draw
        (
            width: TileWidth,
            lanes: int,
            source: WordSource,
            target: nativeint,
            keys: nativeptr<uint64>,
            room: nativeptr<uint32>,
            rest: nativeptr<float>,
            [<InlineIfLambda>] near: ^W -> ^R,
            [<InlineIfLambda>] far: nativeptr<uint32> -> nativeptr<uint32> -> int -> nativeptr<float> -> unit
        ) =
        Words.Keys(width, source.Job.Key, keys)

        Blocks.over sizeof<float> source.Job target (fun done' first head n at ->
            let drawn = source.Drawn(head + n)
            let stream = source.Job.Stream
            Words.Fill(width, keys, stream, first, drawn, room)
            Words.Fill(width, keys, stream, first ||| Philox.Companion, drawn, NativePtr.add room Blocks.Room)
            let words = NativePtr.add room head
            let companions = NativePtr.add words Blocks.Room
            source.Copy(done', n, words)
            source.CopyCompanions(done', n, companions)
            let values = if n % lanes <> 0 then rest else NativePtr.ofNativeInt at
            let mutable i = 0

            while i < n do
                let w: ^W = Lane.load64 (NativePtr.add words i) (NativePtr.add companions i)
                Lane.storeDouble (NativePtr.add values i) (near w)
                i <- i + lanes

            far words companions n values
            Blocks.move (NativePtr.toNativeInt values) (n * sizeof<float>) at)

    /// Makes the values anew of lanes for whose words a near look-up may have missed.
    static member inline private Far
        (
            lanes: int,
            words: nativeptr<uint32>,
            companions: nativeptr<uint32>,
            count: int,
            values: nativeptr<float>,
            [<InlineIfLambda>] far: ^W -> ^R
        ) =
        let mutable i = 0

        while i < count do
            let w: ^W = Lane.load64 (NativePtr.add words i) (NativePtr.add companions i)

            if Lane.isFar w then
                Lane.storeDouble (NativePtr.add values i) (far w)

            i <- i + lanes

    /// Parameters in memory, where a loop that fills all registers leaves them.
    static member private Parameters(f: Formula, k: nativeptr<float>) =
        NativePtr.set k 0 f.A
        NativePtr.set k 1 f.B
        NativePtr.set k 2 f.C
        NativePtr.set k 3 f.D

    static member inline private Splat(k: nativeptr<float>, i: int) : ^R = Lane.splat64 (NativePtr.get k i)

    static member private NormalFar512
        (f: Formula, words: nativeptr<uint32>, companions: nativeptr<uint32>, count: int, values: nativeptr<float>)
        =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)
        let table = Formula.table64 f

        Tiles64.Far(
            8,
            words,
            companions,
            count,
            values,
            (fun (w: Long8) ->
                (Transforms64.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w: Double8)
                |> Transforms.scaled (Tiles64.Splat(k, 0)) (Tiles64.Splat(k, 1)))
        )

    static member private SymmetricFar512
        (f: Formula, words: nativeptr<uint32>, companions: nativeptr<uint32>, count: int, values: nativeptr<float>)
        =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)
        let table = Formula.table64 f

        Tiles64.Far(
            8,
            words,
            companions,
            count,
            values,
            (fun (w: Long8) ->
                (Transforms64.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w: Double8)
                |> Transforms.bounded
                    (Tiles64.Splat(k, 0))
                    (Tiles64.Splat(k, 1))
                    (Tiles64.Splat(k, 2))
                    (Tiles64.Splat(k, 3)))
        )

    static member private TwoSidedFar512
        (f: Formula, words: nativeptr<uint32>, companions: nativeptr<uint32>, count: int, values: nativeptr<float>)
        =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)
        let table = Formula.table64 f
        let split: Long8 = Lane.word64 f.Bits

        Tiles64.Far(
            8,
            words,
            companions,
            count,
            values,
            (fun (w: Long8) ->
                (Transforms64.twoSidedQuantile
                    (fun power slot side -> Lane.lookupSidedFar table power slot side)
                    split
                    w
                : Double8)
                |> Transforms.bounded
                    (Tiles64.Splat(k, 0))
                    (Tiles64.Splat(k, 1))
                    (Tiles64.Splat(k, 2))
                    (Tiles64.Splat(k, 3)))
        )

    static member inline private Uniform(f: Formula, width, lanes, source, target, keys, room, rest, _: ^W, _: ^R) =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)

        Tiles64.Draw(
            width,
            lanes,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms64.symmetric w: ^R)
                |> Transforms.bounded
                    (Tiles64.Splat(k, 0))
                    (Tiles64.Splat(k, 1))
                    (Tiles64.Splat(k, 2))
                    (Tiles64.Splat(k, 3))),
            (fun _ _ _ _ -> ())
        )

    static member inline private Normal(f: Formula, width, lanes, source, target, keys, room, rest, _: ^W, _: ^R) =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)
        let table = Formula.table64 f

        Tiles64.Draw(
            width,
            lanes,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms64.symmetricQuantile (fun power e -> Lane.lookup table power e) w: ^R)
                |> Transforms.scaled (Tiles64.Splat(k, 0)) (Tiles64.Splat(k, 1))),
            (fun words companions count values ->
                match width with
                | TileWidth.Bits512 -> Tiles64.NormalFar512(f, words, companions, count, values)
                | _ -> ())
        )

    static member inline private Symmetric(f: Formula, width, lanes, source, target, keys, room, rest, _: ^W, _: ^R) =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)
        let table = Formula.table64 f

        Tiles64.Draw(
            width,
            lanes,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms64.symmetricQuantile (fun power e -> Lane.lookup table power e) w: ^R)
                |> Transforms.bounded
                    (Tiles64.Splat(k, 0))
                    (Tiles64.Splat(k, 1))
                    (Tiles64.Splat(k, 2))
                    (Tiles64.Splat(k, 3))),
            (fun words companions count values ->
                match width with
                | TileWidth.Bits512 -> Tiles64.SymmetricFar512(f, words, companions, count, values)
                | _ -> ())
        )

    static member inline private TwoSided(f: Formula, width, lanes, source, target, keys, room, rest, _: ^W, _: ^R) =
        let k = Blocks.onStack<float> 4
        Tiles64.Parameters(f, k)
        let table = Formula.table64 f
        let split: ^W = Lane.word64 f.Bits

        Tiles64.Draw(
            width,
            lanes,
            source,
            target,
            keys,
            room,
            rest,
            (fun (w: ^W) ->
                (Transforms64.twoSidedQuantile (fun power slot side -> Lane.lookupSided table power slot side) split w
                : ^R)
                |> Transforms.bounded
                    (Tiles64.Splat(k, 0))
                    (Tiles64.Splat(k, 1))
                    (Tiles64.Splat(k, 2))
                    (Tiles64.Splat(k, 3))),
            (fun words companions count values ->
                match width with
                | TileWidth.Bits512 -> Tiles64.TwoSidedFar512(f, words, companions, count, values)
                | _ -> ())
        )

    static member private Uniform512(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Uniform(
            f,
            TileWidth.Bits512,
            16,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long16>,
            Unchecked.defaultof<Double16>
        )

    static member private Normal512(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Normal(
            f,
            TileWidth.Bits512,
            16,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long16>,
            Unchecked.defaultof<Double16>
        )

    static member private Symmetric512(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Symmetric(
            f,
            TileWidth.Bits512,
            16,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long16>,
            Unchecked.defaultof<Double16>
        )

    static member private TwoSided512(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.TwoSided(
            f,
            TileWidth.Bits512,
            16,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long16>,
            Unchecked.defaultof<Double16>
        )

    static member private Uniform256(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Uniform(
            f,
            TileWidth.Bits256,
            4,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long4>,
            Unchecked.defaultof<Double4>
        )

    static member private Normal256(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Normal(
            f,
            TileWidth.Bits256,
            4,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long4>,
            Unchecked.defaultof<Double4>
        )

    static member private Symmetric256(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Symmetric(
            f,
            TileWidth.Bits256,
            4,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long4>,
            Unchecked.defaultof<Double4>
        )

    static member private TwoSided256(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.TwoSided(
            f,
            TileWidth.Bits256,
            4,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long4>,
            Unchecked.defaultof<Double4>
        )

    static member private Uniform1(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Uniform(
            f,
            TileWidth.Scalar,
            1,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long1>,
            Unchecked.defaultof<Double1>
        )

    static member private Normal1(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Normal(
            f,
            TileWidth.Scalar,
            1,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long1>,
            Unchecked.defaultof<Double1>
        )

    static member private Symmetric1(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.Symmetric(
            f,
            TileWidth.Scalar,
            1,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long1>,
            Unchecked.defaultof<Double1>
        )

    static member private TwoSided1(f: Formula, source: WordSource, target: nativeint) =
        let keys = Blocks.onStack<uint64> Blocks.Keys
        let room = Blocks.onStack<uint32>(2 * Blocks.Room)
        let rest = Blocks.onStack<float> Blocks.Room

        Tiles64.TwoSided(
            f,
            TileWidth.Scalar,
            1,
            source,
            target,
            keys,
            room,
            rest,
            Unchecked.defaultof<Long1>,
            Unchecked.defaultof<Double1>
        )

    /// Elements of words, at `target`. 128 bits have no lanes of their own here.
    static member Draw(width: TileWidth, f: Formula, source: WordSource, target: nativeint) =
        match f.Kind, width with
        | Kind.Uniform, TileWidth.Bits512 -> Tiles64.Uniform512(f, source, target)
        | Kind.Uniform, TileWidth.Bits256 -> Tiles64.Uniform256(f, source, target)
        | Kind.Uniform, _ -> Tiles64.Uniform1(f, source, target)
        | Kind.Normal, TileWidth.Bits512 -> Tiles64.Normal512(f, source, target)
        | Kind.Normal, TileWidth.Bits256 -> Tiles64.Normal256(f, source, target)
        | Kind.Normal, _ -> Tiles64.Normal1(f, source, target)
        | Kind.Symmetric, TileWidth.Bits512 -> Tiles64.Symmetric512(f, source, target)
        | Kind.Symmetric, TileWidth.Bits256 -> Tiles64.Symmetric256(f, source, target)
        | Kind.Symmetric, _ -> Tiles64.Symmetric1(f, source, target)
        | Kind.TwoSided, TileWidth.Bits512 -> Tiles64.TwoSided512(f, source, target)
        | Kind.TwoSided, TileWidth.Bits256 -> Tiles64.TwoSided256(f, source, target)
        | Kind.TwoSided, _ -> Tiles64.TwoSided1(f, source, target)
        | _ -> ()

    /// Elements that chosen words and companions become.
    static member Transform
        (
            width: TileWidth,
            f: Formula,
            p: nativeptr<uint32>,
            companions: nativeptr<uint32>,
            count: int,
            target: nativeint
        ) =
        Tiles64.Draw(width, f, WordSource.OfWords(count, p, companions), target)
