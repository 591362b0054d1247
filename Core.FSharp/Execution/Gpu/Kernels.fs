namespace Initializers.Kernels

open ILGPU
open ILGPU.Runtime

/// ILGPU kernels of GPUs, one per distribution and dtype. They are launched in explicit groups, and each thread processes
/// blocks of four elements, one grid stride apart. The normal is a symmetric distribution without bounds.
[<AbstractClass; Sealed>]
type internal Kernels =

    static member inline private Words
        (target: ArrayView<uint32>, part: Part, [<InlineIfLambda>] value: Word1 -> Real1)
        =
        Threads.overBlocks part.Job (fun block ->
            Threads.words target part block (fun w -> ThreadLaws.toFloat32 (value w)))

    static member inline private Halves
        (target: ArrayView<uint16>, part: Part, [<InlineIfLambda>] value: Word1 -> Real1)
        =
        Threads.overBlocks part.Job (fun block ->
            Threads.halves target part block (fun w -> ThreadLaws.toFloat16 (value w)))

    static member inline private Brains
        (target: ArrayView<uint16>, part: Part, [<InlineIfLambda>] value: Word1 -> Real1)
        =
        Threads.overBlocks part.Job (fun block ->
            Threads.halves target part block (fun w -> ThreadLaws.toBFloat16 (value w)))

    static member inline private Longs
        (target: ArrayView<uint64>, part: Part, [<InlineIfLambda>] value: Long1 -> Double1)
        =
        Threads.overBlocks part.Job (fun block -> Threads.longs target part block (fun w -> Long1.OfReal(value w)))

    static member UniformFloat32(target: ArrayView<uint32>, part: Part, bounds: Bounds) : unit =
        Kernels.Words(target, part, (fun w -> ThreadLaws.uniform bounds w))

    static member UniformFloat16(target: ArrayView<uint16>, part: Part, bounds: Bounds) : unit =
        Kernels.Halves(target, part, (fun w -> ThreadLaws.uniform bounds w))

    static member UniformBFloat16(target: ArrayView<uint16>, part: Part, bounds: Bounds) : unit =
        Kernels.Brains(target, part, (fun w -> ThreadLaws.uniform bounds w))

    static member UniformFloat64(target: ArrayView<uint64>, part: Part, bounds: Bounds64) : unit =
        Kernels.Longs(target, part, (fun w -> ThreadLaws.uniform64 bounds w))

    static member SymmetricFloat32
        (target: ArrayView<uint32>, table: ArrayView<float32>, part: Part, bounds: Bounds)
        : unit =
        let table = Threads.shared 256 table
        Kernels.Words(target, part, (fun w -> ThreadLaws.symmetric table bounds w))

    static member SymmetricFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, part: Part, bounds: Bounds)
        : unit =
        let table = Threads.shared 256 table
        Kernels.Halves(target, part, (fun w -> ThreadLaws.symmetric table bounds w))

    static member SymmetricBFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, part: Part, bounds: Bounds)
        : unit =
        let table = Threads.shared 256 table
        Kernels.Brains(target, part, (fun w -> ThreadLaws.symmetric table bounds w))

    static member SymmetricFloat64
        (target: ArrayView<uint64>, table: ArrayView<float>, part: Part, bounds: Bounds64)
        : unit =
        let table = Threads.shared 1152 table
        Kernels.Longs(target, part, (fun w -> ThreadLaws.symmetric64 table bounds w))

    static member TwoSidedFloat32
        (target: ArrayView<uint32>, table: ArrayView<float32>, part: Part, bounds: Bounds)
        : unit =
        let table = Threads.shared 512 table
        Kernels.Words(target, part, (fun w -> ThreadLaws.twoSided table bounds w))

    static member TwoSidedFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, part: Part, bounds: Bounds)
        : unit =
        let table = Threads.shared 512 table
        Kernels.Halves(target, part, (fun w -> ThreadLaws.twoSided table bounds w))

    static member TwoSidedBFloat16
        (target: ArrayView<uint16>, table: ArrayView<float32>, part: Part, bounds: Bounds)
        : unit =
        let table = Threads.shared 512 table
        Kernels.Brains(target, part, (fun w -> ThreadLaws.twoSided table bounds w))

    static member TwoSidedFloat64
        (target: ArrayView<uint64>, table: ArrayView<float>, part: Part, bounds: Bounds64)
        : unit =
        let table = Threads.shared 2304 table
        Kernels.Longs(target, part, (fun w -> ThreadLaws.twoSided64 table bounds w))

    /// One element's bits over and over, `pattern` being as many of them as fill 8 bytes: 16 bytes a store where the target
    /// is aligned (`vectors` is 1), and the rest 2 bytes a store. `count` is of 2 bytes.
    static member Fill(target: ArrayView<uint16>, count: int64, vectors: int, pattern: uint64) : unit =
        let whole = if vectors <> 0 then count >>> 3 else 0L
        let mutable i = Threads.first ()

        while i < whole do
            target.Cast<FourWords>().[i] <-
                { W0 = uint32 pattern
                  W1 = uint32 (pattern >>> 32)
                  W2 = uint32 pattern
                  W3 = uint32 (pattern >>> 32) }

            i <- i + Threads.stride ()

        i <- whole * 8L + Threads.first ()

        while i < count do
            target[i] <- uint16 (pattern >>> (16 * (int i &&& 3)))
            i <- i + Threads.stride ()
