namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop
open Initializers

/// CPU tile bodies of float64: words and their companions to elements, at each width that has 64-bit lanes. As Tiles.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal Tiles64 private () =

    /// Values by `near`, and by `far` where those may have missed a coefficient.
    static member inline private Draw
        (
            c: TileCall,
            r: TileRoom<float>,
            lanes: int,
            [<InlineIfLambda>] near: ^W -> ^R,
            [<InlineIfLambda>] far: nativeptr<uint32> -> nativeptr<uint32> -> int -> nativeptr<float> -> unit
        ) =
        PhiloxTiles.Keys(c.Width, c.Source.Job.Key, r.Keys)

        TileBlocks.over sizeof<float> c.Source.Job c.Target (fun done' first head n at ->
            let drawn = c.Source.Drawn(head + n)
            let stream = c.Source.Job.Stream
            PhiloxTiles.Fill(c.Width, r.Keys, stream, first, drawn, r.Words)

            PhiloxTiles.Fill(
                c.Width,
                r.Keys,
                stream,
                first ||| Philox.Companion,
                drawn,
                NativePtr.add r.Words TileBlocks.Room
            )

            let words = NativePtr.add r.Words head
            let companions = NativePtr.add words TileBlocks.Room
            c.Source.Copy(done', n, words)
            c.Source.CopyCompanions(done', n, companions)

            let values =
                if n % lanes <> 0 then
                    r.Values
                else
                    NativePtr.ofNativeInt at

            let mutable i = 0

            while i < n do
                let w: ^W = Lane.load64 (NativePtr.add words i) (NativePtr.add companions i)
                Lane.storeDouble (NativePtr.add values i) (near w)
                i <- i + lanes

            far words companions n values
            TileBlocks.move (NativePtr.toNativeInt values) (n * sizeof<float>) at)

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

    static member private SetParameters(f: Formula, p: nativeptr<float>) =
        NativePtr.set p 0 f.A
        NativePtr.set p 1 f.B
        NativePtr.set p 2 f.C
        NativePtr.set p 3 f.D

    static member inline private Parameter(r: TileRoom<float>, i: int) : ^R =
        Lane.splat64 (NativePtr.get r.Parameters i)

    static member inline private Scaled(r: TileRoom<float>, value: ^R) : ^R =
        Transforms.scaled (Tiles64.Parameter(r, 0)) (Tiles64.Parameter(r, 1)) value

    static member inline private Bounded(r: TileRoom<float>, value: ^R) : ^R =
        Transforms.bounded
            (Tiles64.Parameter(r, 0))
            (Tiles64.Parameter(r, 1))
            (Tiles64.Parameter(r, 2))
            (Tiles64.Parameter(r, 3))
            value

    static member private NormalFar512(c: TileCall, r: TileRoom<float>, words, companions, count, values) =
        TileBlocks.optimized ()
        let table = Formula.table64 c.Formula

        Tiles64.Far(
            8,
            words,
            companions,
            count,
            values,
            (fun (w: Long8) ->
                Tiles64.Scaled(r, Transforms64.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w))
        )

    static member private SymmetricFar512(c: TileCall, r: TileRoom<float>, words, companions, count, values) =
        TileBlocks.optimized ()
        let table = Formula.table64 c.Formula

        Tiles64.Far(
            8,
            words,
            companions,
            count,
            values,
            (fun (w: Long8) ->
                Tiles64.Bounded(r, Transforms64.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w))
        )

    static member private TwoSidedFar512(c: TileCall, r: TileRoom<float>, words, companions, count, values) =
        TileBlocks.optimized ()
        let table = Formula.table64 c.Formula
        let split: Long8 = Lane.word64 c.Formula.Bits

        Tiles64.Far(
            8,
            words,
            companions,
            count,
            values,
            (fun (w: Long8) ->
                Tiles64.Bounded(
                    r,
                    Transforms64.twoSidedQuantile
                        (fun power slot side -> Lane.lookupSidedFar table power slot side)
                        split
                        w
                ))
        )

    static member inline private Uniform(c: TileCall, r: TileRoom<float>, lanes, _: ^W, _: ^R) =
        Tiles64.SetParameters(c.Formula, r.Parameters)

        Tiles64.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) -> (Tiles64.Bounded(r, Transforms64.symmetric w): ^R)),
            (fun _ _ _ _ -> ())
        )

    static member inline private Normal(c: TileCall, r: TileRoom<float>, lanes, _: ^W, _: ^R) =
        Tiles64.SetParameters(c.Formula, r.Parameters)
        let table = Formula.table64 c.Formula

        Tiles64.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) ->
                (Tiles64.Scaled(r, Transforms64.symmetricQuantile (fun power e -> Lane.lookup table power e) w): ^R)),
            (fun words companions count values ->
                if c.Width = TileWidth.Bits512 then
                    Tiles64.NormalFar512(c, r, words, companions, count, values))
        )

    static member inline private Symmetric(c: TileCall, r: TileRoom<float>, lanes, _: ^W, _: ^R) =
        Tiles64.SetParameters(c.Formula, r.Parameters)
        let table = Formula.table64 c.Formula

        Tiles64.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) ->
                (Tiles64.Bounded(r, Transforms64.symmetricQuantile (fun power e -> Lane.lookup table power e) w): ^R)),
            (fun words companions count values ->
                if c.Width = TileWidth.Bits512 then
                    Tiles64.SymmetricFar512(c, r, words, companions, count, values))
        )

    static member inline private TwoSided(c: TileCall, r: TileRoom<float>, lanes, _: ^W, _: ^R) =
        Tiles64.SetParameters(c.Formula, r.Parameters)
        let table = Formula.table64 c.Formula
        let split: ^W = Lane.word64 c.Formula.Bits

        Tiles64.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) ->
                (Tiles64.Bounded(
                    r,
                    Transforms64.twoSidedQuantile
                        (fun power slot side -> Lane.lookupSided table power slot side)
                        split
                        w
                )
                : ^R)),
            (fun words companions count values ->
                if c.Width = TileWidth.Bits512 then
                    Tiles64.TwoSidedFar512(c, r, words, companions, count, values))
        )

    static member private Uniform512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Uniform(c, r, 16, Unchecked.defaultof<Long16>, Unchecked.defaultof<Double16>)

    static member private Normal512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Normal(c, r, 16, Unchecked.defaultof<Long16>, Unchecked.defaultof<Double16>)

    static member private Symmetric512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Symmetric(c, r, 16, Unchecked.defaultof<Long16>, Unchecked.defaultof<Double16>)

    static member private TwoSided512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.TwoSided(c, r, 16, Unchecked.defaultof<Long16>, Unchecked.defaultof<Double16>)

    static member private Uniform256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Uniform(c, r, 4, Unchecked.defaultof<Long4>, Unchecked.defaultof<Double4>)

    static member private Normal256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Normal(c, r, 4, Unchecked.defaultof<Long4>, Unchecked.defaultof<Double4>)

    static member private Symmetric256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Symmetric(c, r, 4, Unchecked.defaultof<Long4>, Unchecked.defaultof<Double4>)

    static member private TwoSided256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.TwoSided(c, r, 4, Unchecked.defaultof<Long4>, Unchecked.defaultof<Double4>)

    static member private Uniform1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Uniform(c, r, 1, Unchecked.defaultof<Long1>, Unchecked.defaultof<Double1>)

    static member private Normal1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Normal(c, r, 1, Unchecked.defaultof<Long1>, Unchecked.defaultof<Double1>)

    static member private Symmetric1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.Symmetric(c, r, 1, Unchecked.defaultof<Long1>, Unchecked.defaultof<Double1>)

    static member private TwoSided1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 2 8)
        let r = TileBlocks.roomAt<float> 2 room
        Tiles64.TwoSided(c, r, 1, Unchecked.defaultof<Long1>, Unchecked.defaultof<Double1>)

    /// Draws float64. There is no 128-bit version.
    static member Draw(c: TileCall) =
        match c.Formula.Kind, c.Width with
        | Kind.Uniform, TileWidth.Bits512 -> Tiles64.Uniform512 c
        | Kind.Uniform, TileWidth.Bits256 -> Tiles64.Uniform256 c
        | Kind.Uniform, _ -> Tiles64.Uniform1 c
        | Kind.Normal, TileWidth.Bits512 -> Tiles64.Normal512 c
        | Kind.Normal, TileWidth.Bits256 -> Tiles64.Normal256 c
        | Kind.Normal, _ -> Tiles64.Normal1 c
        | Kind.Symmetric, TileWidth.Bits512 -> Tiles64.Symmetric512 c
        | Kind.Symmetric, TileWidth.Bits256 -> Tiles64.Symmetric256 c
        | Kind.Symmetric, _ -> Tiles64.Symmetric1 c
        | Kind.TwoSided, TileWidth.Bits512 -> Tiles64.TwoSided512 c
        | Kind.TwoSided, TileWidth.Bits256 -> Tiles64.TwoSided256 c
        // TwoSided: constants do not draw.
        | _ -> Tiles64.TwoSided1 c

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
        Tiles64.Draw
            { Width = width
              DType = DType.Float64
              Formula = f
              Source = WordSource.OfWords(count, p, companions)
              Target = target }
