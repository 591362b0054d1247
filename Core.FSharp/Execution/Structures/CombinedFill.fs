namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Fills tensors whose elements are computed from those of other tensors, or copied from them. `fill` fills those.
[<RequireQualifiedAccess>]
module internal CombinedFill =
    type Fill = SubTensor -> Seed -> Seed -> Body -> unit

    /// Elements of a tensor that are in memory at once, where slices cost no more than their elements.
    let most = 1L <<< 20

    /// The dtype in which parts are drawn.
    let wide (dtype: DType) =
        if dtype = DType.Float64 then
            DType.Float64
        else
            DType.Float32

    /// Calls `work` with memory of a number of elements.
    let private withMemory (count: int64) (dtype: DType) (work: nativeint -> unit) =
        let memory =
            NativeMemory.AlignedAlloc(unativeint (Shape.product [ max 1L count; int64 (DType.size dtype) ]), 64un)

        try
            work (NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory))
        finally
            NativeMemory.AlignedFree memory

    let private floats (count: int64) : float[] =
        if count > int64 Array.MaxLength then
            raise (OutOfMemoryException())

        Array.zeroCreate (int count)

    /// The elements [low, high) of a region without memory yet, in the dtype of parts: where the tensor has others between
    /// them, these have room, too.
    let inside (region: SubTensor) (low: int64) (high: int64) : SubTensor =
        let first = TensorWindow.index region low

        { region with
            Window =
                { DType = wide region.Window.DType
                  Offset = first
                  Count = TensorWindow.index region (high - 1L) + 1L - first
                  Address = 0n } }

    let private at (address: nativeint) (region: SubTensor) =
        { region with
            Window = { region.Window with Address = address } }

    let private value (dtype: DType) (source: nativeint) : float =
        if dtype = DType.Float64 then
            NativePtr.read (NativePtr.ofNativeInt source)
        else
            float (NativePtr.read (NativePtr.ofNativeInt<float32> source))

    /// Passes each element of elements [low, high) of a region, which all are in memory, to `take` with its number from low on.
    let private read (region: SubTensor) low high (take: int -> float -> unit) =
        let size = nativeint region.Window.Size

        TensorWindow.shares low high (fun first last ->
            TensorWindow.each region first last (fun s index count ->
                let mutable source = TensorWindow.address region index

                for i in 0 .. int count - 1 do
                    take (int (s - low) + i) (value region.Window.DType source)
                    source <- source + size))

    /// Writes numbers, from element `first` of a region on, to its elements [low, high).
    let private write (region: SubTensor) first low high (maps: Affine list) (numbers: float[]) =
        let dtype = region.Window.DType
        let size = nativeint region.Window.Size
        let mapped = NumberFormulas.mapped maps

        TensorWindow.shares low high (fun low high ->
            TensorWindow.each region low high (fun s index count ->
                let mutable target = TensorWindow.address region index

                for i in 0L .. count - 1L do
                    TensorWindow.set
                        region.Window.Size
                        (Body.pattern dtype (mapped numbers[int (s + i - first)]))
                        target

                    target <- target + size))

    /// The end of the elements from `low` on that are made at once: all where a part is made as a whole, and otherwise those
    /// that lie in a limited run of the tensor.
    let upTo (isWhole: bool) (region: SubTensor) (low: int64) (last: int64) : int64 =
        if isWhole then
            last
        else
            min last (max (low + 1L) (TensorWindow.below region (TensorWindow.index region low + most)))

    let sum (fill: Fill) isWhole (region: SubTensor) (seed: Seed) (drawSeed: Seed) streams maps (parts: Body list) =
        let struct (first, last) = TensorWindow.range region
        let mutable low = first

        while low < last do
            Cancellation.Check()
            let start = low
            let high = upTo isWhole region start last
            let inside = inside region start high
            let numbers = floats (high - start)

            withMemory inside.Window.Count inside.Window.DType (fun address ->
                let part = at address inside

                for stream, body in List.zip streams parts do
                    match stream with
                    | None ->
                        fill part seed drawSeed body
                        read part start high (fun i x -> numbers[i] <- x)
                    | Some(name: string) ->
                        fill part (seed.Child name) (drawSeed.Child name) body
                        read part start high (fun i x -> numbers[i] <- numbers[i] + x))

            write region start start high maps numbers
            low <- high

    /// The exponent of the power of two at or below a number above 0.
    let private exponent (x: float) : int =
        let bits = BitConverter.DoubleToUInt64Bits x

        if bits >>> 52 = 0UL then
            63 - Numerics.BitOperations.LeadingZeroCount bits - 1074
        else
            int (bits >>> 52) - 1023

    /// Divides vectors of `length` numbers, `stride` apart, by their norms. Their powers of two are apart, so that no square
    /// overflows or becomes 0.
    let private divide (numbers: float[]) (stride: int) (length: int) =
        let vectors = if length = 0 then 0 else numbers.Length / length

        TensorWindow.shares 0L (int64 vectors) (fun low high ->
            for vector in int low .. int high - 1 do
                let start = vector / stride * stride * length + vector % stride
                let mutable largest = 0.0

                for i in 0 .. length - 1 do
                    largest <- max largest (abs numbers[start + i * stride])

                if largest > 0.0 then
                    let power = -(exponent largest)
                    let mutable sum = 0.0

                    for i in 0 .. length - 1 do
                        let x = Math.ScaleB(numbers[start + i * stride], power)
                        numbers[start + i * stride] <- x
                        sum <- Math.FusedMultiplyAdd(x, x, sum)

                    let norm = sqrt sum

                    for i in 0 .. length - 1 do
                        numbers[start + i * stride] <- numbers[start + i * stride] / norm)

    /// Elements that are computed together: a vector of adjacent elements, or all vectors that lie between each other.
    let together (stride: int64) (length: int64) : int64 = Shape.product [ stride; length ]

    let normalized (fill: Fill) isWhole (region: SubTensor) (seed: Seed) (drawSeed: Seed) stride length maps inner =
        let struct (first, last) = TensorWindow.range region
        let unit' = together stride length
        let mutable low = first / unit' * unit'

        while low < last do
            Cancellation.Check()
            let start = low
            let whole = ((last - 1L) / unit' + 1L) * unit'
            let high = max (start + unit') (upTo isWhole region start whole / unit' * unit')
            let inside = inside region start high
            let numbers = floats (high - start)

            withMemory inside.Window.Count inside.Window.DType (fun address ->
                let part = at address inside
                fill part seed drawSeed inner
                read part start high (fun i x -> numbers[i] <- x))

            divide numbers (int stride) (int length)
            write region start (max start first) (min high last) maps numbers
            low <- high

    /// The inner elements [low', high') of elements [low, high) of repeated runs.
    let innerOf (run: int64) (times: int64) (low: int64) (high: int64) : struct (int64 * int64) =
        let index s = s / run / times * run + s % run

        if low / run = (high - 1L) / run then
            struct (index low, index (high - 1L) + 1L)
        else
            struct (low / run / times * run, ((high - 1L) / run / times + 1L) * run)

    /// The end of the elements from `low` on that are copied at once. Few of a long run need no more of it.
    let private copiedUpTo isWhole run low last =
        let high = if isWhole then last else min last (low + most)

        if not isWhole && run > most / 16L && low / run <> (high - 1L) / run then
            (low / run + 1L) * run
        else
            high

    let repeated (fill: Fill) isWhole (region: SubTensor) (drawSeed: Seed) run times inner =
        let struct (first, last) = TensorWindow.range region
        let size = region.Window.Size
        let mutable low = first

        while low < last do
            Cancellation.Check()
            let start = low
            let high = copiedUpTo isWhole run start last
            let struct (from, until) = innerOf run times start high

            withMemory (until - from) region.Window.DType (fun address ->
                let window =
                    { DType = region.Window.DType
                      Offset = from
                      Count = until - from
                      Address = address }

                fill (TensorWindow.whole window) drawSeed drawSeed inner

                TensorWindow.shares start high (fun low high ->
                    TensorWindow.each region low high (fun s index count ->
                        for i in 0L .. count - 1L do
                            let t = s + i
                            let source = t / run / times * run + t % run - from

                            TensorWindow.set
                                size
                                (TensorWindow.get size (address + nativeint source * nativeint size))
                                (TensorWindow.address region (index + i)))))

            low <- high

    /// Overwrites elements [first, first + count) of a region.
    let padded (region: SubTensor) (first: int64) (count: int64) (bits: uint64) =
        let struct (low, high) = TensorWindow.range region
        let size = region.Window.Size

        TensorWindow.shares (max low first) (min high (first + count)) (fun low high ->
            TensorWindow.each region low high (fun _ index count ->
                let mutable target = TensorWindow.address region index

                for _ in 1L .. count do
                    TensorWindow.set size bits target
                    target <- target + nativeint size))
