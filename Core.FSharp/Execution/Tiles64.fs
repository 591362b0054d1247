namespace Initializers.Kernels

open System
open Microsoft.FSharp.NativeInterop

/// CPU tile bodies of float64: words and their companions to elements, at each width that has 64-bit lanes.
[<AbstractClass; Sealed>]
type internal Tiles64 private () =

    /// `far` takes over where `near` may have missed a coefficient.
    static member inline private Loop
        (
            lanes: int,
            p: nativeptr<uint32>,
            companions: nativeptr<uint32>,
            count: int,
            target: nativeint,
            [<InlineIfLambda>] near: ^W -> ^R,
            [<InlineIfLambda>] far: ^W -> ^R
        ) =
        let out: nativeptr<float> = NativePtr.ofNativeInt target
        let mutable i = 0

        while i < count do
            let w: ^W = Lane.load64 (NativePtr.add p i) (NativePtr.add companions i)
            Lane.storeDouble (NativePtr.add out i) (near w)

            if Lane.isFar w then
                Lane.storeDouble (NativePtr.add out i) (far w)

            i <- i + lanes

    static member inline private Law
        (
            lanes: int,
            f: Formula,
            p: nativeptr<uint32>,
            companions: nativeptr<uint32>,
            count: int,
            target: nativeint,
            _: ^W,
            _: ^R
        ) =
        let a: ^R = Lane.splat64 f.A
        let b: ^R = Lane.splat64 f.B
        let c: ^R = Lane.splat64 f.C
        let d: ^R = Lane.splat64 f.D
        let split: ^W = Lane.word64 f.Bits
        let table = Formula.table64 f

        let inline scaled (z: ^R) = Transforms.scaled a b z
        let inline bounded (z: ^R) = Transforms.bounded a b c d z

        // Each quantile by the near coefficients and by all.
        let inline symmetric (w: ^W) : ^R =
            Transforms64.symmetricQuantile (fun power e -> Lane.lookup table power e) w

        let inline symmetricFar (w: ^W) : ^R =
            Transforms64.symmetricQuantile (fun power e -> Lane.lookupFar table power e) w

        let inline twoSided (w: ^W) : ^R =
            Transforms64.twoSidedQuantile (fun power e side -> Lane.lookupSided table power e side) split w

        let inline twoSidedFar (w: ^W) : ^R =
            Transforms64.twoSidedQuantile (fun power e side -> Lane.lookupSidedFar table power e side) split w

        let inline uniform (w: ^W) : ^R = bounded (Transforms64.symmetric w)

        let inline run (near: ^W -> ^R) (far: ^W -> ^R) =
            Tiles64.Loop(lanes, p, companions, count, target, near, far)

        match f.Kind with
        | Kind.Normal -> run (fun w -> scaled (symmetric w)) (fun w -> scaled (symmetricFar w))
        | Kind.Uniform -> run (fun w -> uniform w) (fun w -> uniform w)
        | Kind.Symmetric -> run (fun w -> bounded (symmetric w)) (fun w -> bounded (symmetricFar w))
        | Kind.TwoSided -> run (fun w -> bounded (twoSided w)) (fun w -> bounded (twoSidedFar w))
        | _ -> ()

    static member private Law512
        (f: Formula, p: nativeptr<uint32>, companions: nativeptr<uint32>, count: int, target: nativeint)
        =
        Tiles64.Law(8, f, p, companions, count, target, Unchecked.defaultof<Long8>, Unchecked.defaultof<Double8>)

    static member private Law256
        (f: Formula, p: nativeptr<uint32>, companions: nativeptr<uint32>, count: int, target: nativeint)
        =
        Tiles64.Law(4, f, p, companions, count, target, Unchecked.defaultof<Long4>, Unchecked.defaultof<Double4>)

    static member private Law1
        (f: Formula, p: nativeptr<uint32>, companions: nativeptr<uint32>, count: int, target: nativeint)
        =
        Tiles64.Law(1, f, p, companions, count, target, Unchecked.defaultof<Long1>, Unchecked.defaultof<Double1>)

    static member private Groups
        (
            width: TileWidth,
            f: Formula,
            p: nativeptr<uint32>,
            companions: nativeptr<uint32>,
            count: int,
            target: nativeint
        ) =
        match width with
        | TileWidth.Bits512 -> Tiles64.Law512(f, p, companions, count, target)
        | TileWidth.Bits256 -> Tiles64.Law256(f, p, companions, count, target)
        | _ -> Tiles64.Law1(f, p, companions, count, target)

    /// Transforms `count` words at `p`, with companions, into float64 at `target`. Up to 7 words behind the last are read.
    static member Transform
        (
            width: TileWidth,
            f: Formula,
            p: nativeptr<uint32>,
            companions: nativeptr<uint32>,
            count: int,
            target: nativeint
        ) =
        let lanes =
            match width with
            | TileWidth.Bits512 -> 8
            | TileWidth.Bits256 -> 4
            | _ -> 1

        let whole = count - count % lanes
        Tiles64.Groups(width, f, p, companions, whole, target)

        if whole < count then
            // The last, partial group goes through a buffer of whole lanes, so that one formula serves all.
            let rest = NativePtr.stackalloc<float> 8 |> NativePtr.toNativeInt
            Tiles64.Groups(width, f, NativePtr.add p whole, NativePtr.add companions whole, lanes, rest)
            let bytes = int64 ((count - whole) * sizeof<float>)

            Buffer.MemoryCopy(rest.ToPointer(), (target + nativeint (whole * sizeof<float>)).ToPointer(), bytes, bytes)
