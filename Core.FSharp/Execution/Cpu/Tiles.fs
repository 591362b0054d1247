namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// CPU tile bodies: the Lanes code at each width, one method per distribution and width, hidden from ILGPU's front end. A
/// block is generated, transformed to float32, and narrowed where the dtype is narrower.
[<AbstractClass; Sealed; System.Runtime.CompilerServices.SkipLocalsInit>]
type internal Tiles private () =

    // The code below avoids branches around long bodies. The F# compiler would move such a body into a separate method, which
    // starts with empty registers and which .NET first compiles without optimization. A loop of zero iterations is not moved.

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
        TileBlocks.optimized ()
        Tiles.NarrowLanes(16, dtype, p, count, target, Unchecked.defaultof<Word16>)

    static member private Narrow256(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        TileBlocks.optimized ()
        Tiles.NarrowLanes(8, dtype, p, count, target, Unchecked.defaultof<Word8>)

    static member private Narrow128(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        TileBlocks.optimized ()
        Tiles.NarrowLanes(4, dtype, p, count, target, Unchecked.defaultof<Word4>)

    static member private Narrow1(dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        TileBlocks.optimized ()
        Tiles.NarrowLanes(1, dtype, p, count, target, Unchecked.defaultof<Word1>)

    /// Narrows `count` float32, whose bits are at `p`, to float16 or bfloat16 at `target`. Up to 31 more are read, and written
    /// behind them.
    static member Narrow(width: TileWidth, dtype: DType, p: nativeptr<uint32>, count: int, target: nativeptr<uint16>) =
        match width with
        | TileWidth.Bits512 -> Tiles.Narrow512(dtype, p, count, target)
        | TileWidth.Bits256 -> Tiles.Narrow256(dtype, p, count, target)
        | TileWidth.Bits128 -> Tiles.Narrow128(dtype, p, count, target)
        | _ -> Tiles.Narrow1(dtype, p, count, target)

    /// Values by `near`, and by `far` where those may have missed a coefficient.
    static member inline private Draw
        (
            c: TileCall,
            r: TileRoom<float32>,
            lanes: int,
            [<InlineIfLambda>] near: ^W -> ^R,
            [<InlineIfLambda>] far: nativeptr<uint32> -> int -> nativeptr<float32> -> unit
        ) =
        let size = DType.size c.DType
        let narrow = size < sizeof<float32>
        PhiloxTiles.Keys(c.Width, c.Source.Job.Key, r.Keys)

        TileBlocks.over size c.Source.Job c.Target (fun done' first head n at ->
            PhiloxTiles.Fill(c.Width, r.Keys, c.Source.Job.Stream, first, c.Source.Drawn(head + n), r.Words)
            let words = NativePtr.add r.Words head
            c.Source.Copy(done', n, words)

            // What is no whole number of lanes of the target's own elements is made elsewhere, as that writes more than n.
            let values =
                if narrow || n % lanes <> 0 then
                    r.Values
                else
                    NativePtr.ofNativeInt at

            let mutable i = 0

            while i < n do
                Lane.storeReal (NativePtr.add values i) (near (Lane.load (NativePtr.add words i)))
                i <- i + lanes

            far words n values

            if narrow then
                let halves: nativeptr<uint16> =
                    NativePtr.ofNativeInt (
                        if n % (2 * TileBlocks.Lanes) = 0 then
                            at
                        else
                            NativePtr.toNativeInt r.Words
                    )

                Tiles.Narrow(c.Width, c.DType, NativePtr.ofNativeInt (NativePtr.toNativeInt values), n, halves)
                TileBlocks.move (NativePtr.toNativeInt halves) (n * size) at
            else
                TileBlocks.move (NativePtr.toNativeInt values) (n * size) at)

    /// Makes anew, one by one, the values of words that a near look-up of 256 bits misses: 3 of 100 vectors have one.
    static member inline private Far
        (words: nativeptr<uint32>, count: int, values: nativeptr<float32>, [<InlineIfLambda>] far: Word1 -> Real1)
        =
        let mutable i = 0

        while i < count do
            let w: Word8 = Lane.load (NativePtr.add words i)

            if Lane.isFar w then
                for k in i .. i + 7 do
                    let one: Word1 = Lane.load (NativePtr.add words k)

                    if Lane.isFar one then
                        Lane.storeReal (NativePtr.add values k) (far one)

            i <- i + 8

    // -----------------------------------------------------------------------------------------------------------
    // distributions

    static member private SetParameters(f: Formula, p: nativeptr<float32>) =
        NativePtr.set p 0 (float32 f.A)
        NativePtr.set p 1 (float32 f.B)
        NativePtr.set p 2 (float32 f.C)
        NativePtr.set p 3 (float32 f.D)

    static member inline private Parameter(r: TileRoom<float32>, i: int) : ^R =
        Lane.splat (NativePtr.get r.Parameters i)

    static member inline private Scaled(r: TileRoom<float32>, value: ^R) : ^R =
        Transforms.scaled (Tiles.Parameter(r, 0)) (Tiles.Parameter(r, 1)) value

    static member inline private Bounded(r: TileRoom<float32>, value: ^R) : ^R =
        Transforms.bounded
            (Tiles.Parameter(r, 0))
            (Tiles.Parameter(r, 1))
            (Tiles.Parameter(r, 2))
            (Tiles.Parameter(r, 3))
            value

    static member private NormalFar256(c: TileCall, r: TileRoom<float32>, words, count, values) =
        TileBlocks.optimized ()
        let table = Formula.table c.Formula

        Tiles.Far(
            words,
            count,
            values,
            (fun (w: Word1) ->
                Tiles.Scaled(r, Transforms.symmetricQuantile (fun power e -> Lane.lookup table power e) w))
        )

    static member private SymmetricFar256(c: TileCall, r: TileRoom<float32>, words, count, values) =
        TileBlocks.optimized ()
        let table = Formula.table c.Formula

        Tiles.Far(
            words,
            count,
            values,
            (fun (w: Word1) ->
                Tiles.Bounded(r, Transforms.symmetricQuantile (fun power e -> Lane.lookup table power e) w))
        )

    static member inline private Uniform(c: TileCall, r: TileRoom<float32>, lanes, _: ^W, _: ^R) =
        Tiles.SetParameters(c.Formula, r.Parameters)

        Tiles.Draw(c, r, lanes, (fun (w: ^W) -> (Tiles.Bounded(r, Transforms.symmetric w): ^R)), (fun _ _ _ -> ()))

    static member inline private Normal(c: TileCall, r: TileRoom<float32>, lanes, _: ^W, _: ^R) =
        Tiles.SetParameters(c.Formula, r.Parameters)
        let table = Formula.table c.Formula

        Tiles.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) ->
                (Tiles.Scaled(r, Transforms.symmetricQuantile (fun power e -> Lane.lookup table power e) w): ^R)),
            (fun words count values ->
                if c.Width = TileWidth.Bits256 then
                    Tiles.NormalFar256(c, r, words, count, values))
        )

    static member inline private Symmetric(c: TileCall, r: TileRoom<float32>, lanes, _: ^W, _: ^R) =
        Tiles.SetParameters(c.Formula, r.Parameters)
        let table = Formula.table c.Formula

        Tiles.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) ->
                (Tiles.Bounded(r, Transforms.symmetricQuantile (fun power e -> Lane.lookup table power e) w): ^R)),
            (fun words count values ->
                if c.Width = TileWidth.Bits256 then
                    Tiles.SymmetricFar256(c, r, words, count, values))
        )

    static member inline private TwoSided(c: TileCall, r: TileRoom<float32>, lanes, _: ^W, _: ^R) =
        Tiles.SetParameters(c.Formula, r.Parameters)
        let table = Formula.table c.Formula
        let split: ^W = Lane.word (uint32 c.Formula.Bits)

        Tiles.Draw(
            c,
            r,
            lanes,
            (fun (w: ^W) ->
                (Tiles.Bounded(
                    r,
                    Transforms.twoSidedQuantile (fun power slot side -> Lane.lookupSided table power slot side) split w
                )
                : ^R)),
            (fun _ _ _ -> ())
        )

    static member private Uniform512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Uniform(c, r, 32, Unchecked.defaultof<Word32>, Unchecked.defaultof<Real32>)

    static member private Normal512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Normal(c, r, 32, Unchecked.defaultof<Word32>, Unchecked.defaultof<Real32>)

    static member private Symmetric512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Symmetric(c, r, 32, Unchecked.defaultof<Word32>, Unchecked.defaultof<Real32>)

    static member private TwoSided512(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.TwoSided(c, r, 32, Unchecked.defaultof<Word32>, Unchecked.defaultof<Real32>)

    static member private Uniform256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Uniform(c, r, 8, Unchecked.defaultof<Word8>, Unchecked.defaultof<Real8>)

    static member private Normal256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Normal(c, r, 8, Unchecked.defaultof<Word8>, Unchecked.defaultof<Real8>)

    static member private Symmetric256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Symmetric(c, r, 8, Unchecked.defaultof<Word8>, Unchecked.defaultof<Real8>)

    static member private TwoSided256(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.TwoSided(c, r, 8, Unchecked.defaultof<Word8>, Unchecked.defaultof<Real8>)

    static member private Uniform128(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Uniform(c, r, 4, Unchecked.defaultof<Word4>, Unchecked.defaultof<Real4>)

    static member private Normal128(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Normal(c, r, 4, Unchecked.defaultof<Word4>, Unchecked.defaultof<Real4>)

    static member private Symmetric128(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Symmetric(c, r, 4, Unchecked.defaultof<Word4>, Unchecked.defaultof<Real4>)

    static member private TwoSided128(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.TwoSided(c, r, 4, Unchecked.defaultof<Word4>, Unchecked.defaultof<Real4>)

    static member private Uniform1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Uniform(c, r, 1, Unchecked.defaultof<Word1>, Unchecked.defaultof<Real1>)

    static member private Normal1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Normal(c, r, 1, Unchecked.defaultof<Word1>, Unchecked.defaultof<Real1>)

    static member private Symmetric1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.Symmetric(c, r, 1, Unchecked.defaultof<Word1>, Unchecked.defaultof<Real1>)

    static member private TwoSided1(c: TileCall) =
        let room = NativePtr.stackalloc<byte>(TileBlocks.bytesOfRoom 1 4)
        let r = TileBlocks.roomAt<float32> 1 room
        Tiles.TwoSided(c, r, 1, Unchecked.defaultof<Word1>, Unchecked.defaultof<Real1>)

    static member private Draw(c: TileCall) =
        match c.Formula.Kind, c.Width with
        | Kind.Uniform, TileWidth.Bits512 -> Tiles.Uniform512 c
        | Kind.Uniform, TileWidth.Bits256 -> Tiles.Uniform256 c
        | Kind.Uniform, TileWidth.Bits128 -> Tiles.Uniform128 c
        | Kind.Uniform, _ -> Tiles.Uniform1 c
        | Kind.Normal, TileWidth.Bits512 -> Tiles.Normal512 c
        | Kind.Normal, TileWidth.Bits256 -> Tiles.Normal256 c
        | Kind.Normal, TileWidth.Bits128 -> Tiles.Normal128 c
        | Kind.Normal, _ -> Tiles.Normal1 c
        | Kind.Symmetric, TileWidth.Bits512 -> Tiles.Symmetric512 c
        | Kind.Symmetric, TileWidth.Bits256 -> Tiles.Symmetric256 c
        | Kind.Symmetric, TileWidth.Bits128 -> Tiles.Symmetric128 c
        | Kind.Symmetric, _ -> Tiles.Symmetric1 c
        | Kind.TwoSided, TileWidth.Bits512 -> Tiles.TwoSided512 c
        | Kind.TwoSided, TileWidth.Bits256 -> Tiles.TwoSided256 c
        | Kind.TwoSided, TileWidth.Bits128 -> Tiles.TwoSided128 c
        // TwoSided: constants do not draw.
        | _ -> Tiles.TwoSided1 c

    static member private Call(width, dtype, f, source, target) : TileCall =
        { Width = width
          DType = dtype
          Formula = f
          Source = source
          Target = target }

    /// Elements of `dtype`, at most 32 bits wide, that chosen words become.
    static member Transform
        (width: TileWidth, dtype: DType, f: Formula, p: nativeptr<uint32>, count: int, target: nativeint)
        =
        Tiles.Draw(Tiles.Call(width, dtype, f, WordSource.OfWords(count, p, NativePtr.nullPtr), target))

    /// The elements of a job, written to `target`.
    static member Run(width: TileWidth, dtype: DType, f: Formula, job: Job, target: nativeint) =
        let call = Tiles.Call(width, dtype, f, WordSource.OfJob job, target)

        match f.Kind, dtype with
        | Kind.Fill, _ -> ConstantTiles.Run(DType.size dtype, f.Bits, job.Count, target)
        | _, DType.Float64 -> Tiles64.Draw call
        | _ -> Tiles.Draw call
