namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Fills tensors in host memory of any strides. Long runs of element-wise tensors are drawn where they lie. All others pass
/// through a buffer of bounded size, block by block, and are copied from there.
[<RequireQualifiedAccess>]
module internal StridedFill =
    /// To draw a run of this many elements costs less than to copy it.
    let private longRun = 256L

    /// The elements of a block of a tensor that can be made in parts.
    let private blockLength = 1L <<< 20

    /// The bytes of a cache line, and the columns of a tile in which rows and columns change places.
    let private line = 64L

    /// Elements that a thread copies at a time.
    let private share = 32768L

    /// How many elements pass through the buffer together: those that cost as much in parts as whole.
    let private together (plan: Plan) : int64 =
        match plan.Body with
        | Structure.Batched(_, length, inner) when StructureFill.IsWhole inner -> max 1L (blockLength / length) * length
        | body when StructureFill.IsWhole body -> plan.Length
        | _ -> blockLength

    /// Whether every run is drawn where it lies.
    let private isDirect (plan: Plan) (axes: StridedAxis[]) : bool =
        let last = Array.last axes

        match plan.Body with
        | Structure.Elements _ -> last.Stride = 1L && last.Size >= longRun
        | _ -> false

    /// The element of memory of an index into some axes, which counts in row-major order.
    let private position (axes: StridedAxis[]) (index: int64) : int64 =
        let mutable rest = index
        let mutable position = 0L

        for i in axes.Length - 1 .. -1 .. 0 do
            position <- position + rest % axes[i].Size * axes[i].Stride
            rest <- rest / axes[i].Size

        position

    let private sizeOf (axes: StridedAxis[]) : int64 =
        (1L, axes) ||> Array.fold (fun product axis -> product * axis.Size)

    /// Draws runs of elements at their addresses.
    let private direct (plan: Plan) (seed: Seed) (draw: ElementDraw) (axes: StridedAxis[]) (address: nativeint) =
        let size = int64 (DType.size plan.DType)
        let run = (Array.last axes).Size
        let outer = axes[.. axes.Length - 2]
        Tables.fit [ draw ]

        let runs = sizeOf outer
        let mutable first = 0L

        while first < runs do
            let count = min 4096L (runs - first)

            let works =
                Array.init (int count) (fun i ->
                    let index = first + int64 i
                    let target = address + nativeint (position outer index * size)
                    (HostWork.ofPlan plan seed (index * run) run target).With draw)

            TileThreads.Run works
            first <- first + count

    let private copyTile<'T when 'T: unmanaged>
        (source: nativeint)
        (target: nativeint)
        (rows: StridedAxis)
        (columns: StridedAxis)
        (sourceRow: int64)
        =
        let size = nativeint sizeof<'T>

        for c in 0L .. columns.Size - 1L do
            let mutable from = source + nativeint c * size
            let mutable into = target + nativeint (c * columns.Stride) * size

            for _ in 1L .. rows.Size do
                let value: 'T = NativePtr.read (NativePtr.ofNativeInt from)
                NativePtr.write (NativePtr.ofNativeInt into) value
                from <- from + nativeint sourceRow * size
                into <- into + nativeint rows.Stride * size

    /// Copies rows of columns. The source's columns are contiguous, and its rows `sourceRow` elements apart.
    let private copyRows (size: int) source target (rows: StridedAxis) (columns: StridedAxis) (sourceRow: int64) =
        if columns.Stride = 1L then
            let bytes = columns.Size * int64 size

            for r in 0L .. rows.Size - 1L do
                let from: nativeint = source + nativeint (r * sourceRow * int64 size)
                let into: nativeint = target + nativeint (r * rows.Stride * int64 size)
                Buffer.MemoryCopy(from.ToPointer(), into.ToPointer(), bytes, bytes)
        else
            match size with
            | 2 -> copyTile<uint16> source target rows columns sourceRow
            | 4 -> copyTile<uint32> source target rows columns sourceRow
            | _ -> copyTile<uint64> source target rows columns sourceRow

    /// Copies a block, which is contiguous in row-major order, to its strides, in tiles of two axes: the last one, and that of
    /// the smallest stride or the one before.
    let private scatter (size: int) (axes: StridedAxis[]) (source: nativeint) (target: nativeint) =
        let axes =
            if axes.Length > 1 then
                axes
            else
                Array.append [| { Size = 1L; Stride = 0L } |] axes

        let last = axes.Length - 1
        let columns = axes[last]

        let row =
            let stride i =
                if axes[i].Size = 1L then Int64.MaxValue else axes[i].Stride

            let least = Array.minBy stride [| 0..last |]
            if least = last then last - 1 else least

        let rows = axes[row]

        let sources =
            axes
            |> Array.mapi (fun i axis ->
                { Size = axis.Size
                  Stride = sizeOf axes[i + 1 ..] })

        let without (axes: StridedAxis[]) =
            axes
            |> Array.indexed
            |> Array.filter (fun (i, _) -> i <> row && i <> last)
            |> Array.map snd

        let outer, outerSources = without axes, without sources

        let height, width =
            if columns.Stride <= rows.Stride then
                1L, share
            else
                line / int64 size, line

        let tiles total length = (total + length - 1L) / length
        let down, across = tiles rows.Size height, tiles columns.Size width
        let count = sizeOf outer * across * down

        let copy (item: int64) =
            let r = item % down * height
            let c = item / down % across * width
            let index = item / down / across
            let from = position outerSources index + r * sources[row].Stride + c
            let into = position outer index + r * rows.Stride + c * columns.Stride

            copyRows
                size
                (source + nativeint (from * int64 size))
                (target + nativeint (into * int64 size))
                { rows with
                    Size = min height (rows.Size - r) }
                { columns with
                    Size = min width (columns.Size - c) }
                sources[row].Stride

        let grouped = max 1L (share / (min height rows.Size * min width columns.Size))

        ParallelFor.Run(
            Environment.ProcessorCount,
            int (tiles count grouped),
            fun _ i ->
                let first = int64 i * grouped

                for item in first .. min count (first + grouped) - 1L do
                    copy item
        )

    /// Fills a block at a time in other memory: a range of one axis with all of the axes within, at one index of the others.
    let private buffered (plan: Plan) (seed: Seed) (axes: StridedAxis[]) (address: nativeint) =
        let size = DType.size plan.DType
        let most = together plan
        let mutable axis = axes.Length - 1
        let mutable inner = 1L

        while axis > 0 && axes[axis].Size <= most / inner do
            inner <- inner * axes[axis].Size
            axis <- axis - 1

        let steps = axes[axis]
        let step = min steps.Size (most / inner)

        let memory = NativeMemory.AlignedAlloc(unativeint (step * inner * int64 size), 64un)

        try
            let buffer = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory)
            let outer = axes[.. axis - 1]

            for index in 0L .. sizeOf outer - 1L do
                for first in 0L .. step .. steps.Size - 1L do
                    Cancellation.Check()
                    let height = min step (steps.Size - first)
                    let low = (index * steps.Size + first) * inner
                    StructureFill.Run [| HostWork.ofPlan plan seed low (height * inner) buffer |]
                    let target = position outer index + first * steps.Stride

                    scatter
                        size
                        (Array.append [| { steps with Size = height } |] axes[axis + 1 ..])
                        buffer
                        (address + nativeint (target * int64 size))
        finally
            NativeMemory.AlignedFree memory

    /// Fills a tensor whose first element is at an address, and waits. The axes have all elements of the plan.
    let run (plan: Plan) (seed: Seed) (axes: StridedAxis[]) (address: nativeint) : unit =
        match plan.Body with
        | _ when plan.Length = 0L -> ()
        | _ when Strides.isContiguous axes -> StructureFill.Run [| HostWork.ofPlan plan seed 0L plan.Length address |]
        | Structure.Elements draw when isDirect plan axes -> direct plan seed draw axes address
        | _ -> buffered plan seed axes address

    /// The faults of a tensor in strided memory: to fill it would take too much additional memory.
    let faults (plan: Plan) (axes: StridedAxis[]) : InitError list =
        match plan.Body with
        | Structure.Elements _ -> []
        | _ when plan.Length = 0L || Strides.isContiguous axes -> []
        | _ ->
            let block = float (min plan.Length (together plan)) * float (DType.size plan.DType)
            Workspace.faultsOf (block + Workspace.bytes plan 0L plan.Length) (Workspace.available ())
