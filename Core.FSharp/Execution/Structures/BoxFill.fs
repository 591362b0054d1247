namespace Initializers.Kernels

open System
open System.Collections.Generic
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Elements [Low, High) of a tensor, which hold the elements [First, Last) of a box.
[<Struct>]
type internal BoxWindow =
    { Low: int64
      High: int64
      First: int64
      Last: int64 }

    /// Whether all elements of the window are the box's.
    member this.IsFull = this.High - this.Low = this.Last - this.First

/// Fills boxes of tensors in host memory. Element-wise tensors are drawn run by run, many in one list. For others, and where runs
/// lie near each other, runs are made together with what lies between them, and copied.
[<RequireQualifiedAccess>]
module internal BoxFill =
    /// To make a gap of this many elements costs less than another window of a structure.
    let private nearby = 2048L

    /// To draw a gap of this many elements costs less than another run of elements.
    let private narrow = 256L

    /// The largest window of a structure whose parts can be made separately.
    let private largest = 1048576L

    /// Whether every run would make most of the tensor again.
    let rec isWhole (runs: BoxRuns) (body: Body) : bool =
        match body with
        | Structure.Batched(inner = Structure.Permuted(dims, _, inner))
        | Structure.Permuted(dims, _, inner) -> (Permutation.scatter dims runs.Run inner).IsNone
        | _ -> StructureFill.IsWhole body

    /// Whether the tensor's elements [low, high), which a window has, are made together with those up to `last`.
    let private joins (runs: BoxRuns) (body: Body) : int64 -> int64 -> int64 -> int64 -> bool =
        match body with
        | _ when not (isWhole runs body) -> fun low high next last -> next - high <= nearby && last - low <= largest
        // Tensors of a batch are made one after the other.
        | Structure.Batched(_, length, _) -> fun low _ _ last -> low / length = (last - 1L) / length
        | _ -> fun _ _ _ _ -> true

    /// The windows of the box's elements [first, last).
    let private windows (runs: BoxRuns) (body: Body) (first: int64) (last: int64) : BoxWindow seq =
        let joins = joins runs body

        let at position =
            let struct (index, length) = runs.At position
            struct (index, min length (last - position))

        let window position =
            let struct (low, length) = at position
            let mutable high = low + length
            let mutable next = position + length
            let mutable isJoined = true

            while isJoined && next < last do
                let struct (index, length) = at next
                isJoined <- joins low high index (index + length)

                if isJoined then
                    high <- index + length
                    next <- next + length

            { Low = low
              High = high
              First = position
              Last = next }

        first
        |> Seq.unfold (fun position ->
            if position < last then
                let window = window position
                Some(window, window.Last)
            else
                None)

    /// Makes a window in other memory, and copies the box's elements from there.
    let private copied (plan: Plan) (seed: Seed) (runs: BoxRuns) (window: BoxWindow) (address: nativeint) =
        let size = int64 (DType.size plan.DType)
        let count = window.High - window.Low
        let memory = NativeMemory.AlignedAlloc(unativeint (count * size), 64un)

        try
            let start = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory)
            StructureFill.Run [| HostWork.ofPlan plan seed window.Low count start |]

            runs.Each(
                window.First,
                window.Last,
                fun index position length ->
                    let source = start + nativeint ((index - window.Low) * size)
                    let target = address + nativeint ((position - window.First) * size)
                    Buffer.MemoryCopy(source.ToPointer(), target.ToPointer(), length * size, length * size)
            )
        finally
            NativeMemory.AlignedFree memory

    /// Works that cost a thread less than its start.
    let private few = 64

    /// Fills works in shares, on several threads where there are many. Their tables are fitted.
    let private shared (works: HostWork<Body>[]) =
        let shares = works |> Array.chunkBySize few
        ParallelFor.Run(Environment.ProcessorCount, shares.Length, (fun _ i -> StructureFill.Run shares[i]))

    /// Draws runs of elements, on several threads where there are many. Their table is fitted.
    let private drawn (works: HostWork<ElementDraw>[]) =
        if works.Length <= few then
            TileThreads.Run works
        else
            TileThreads.Run(Environment.ProcessorCount, works)

    /// Fills elements [first, first + count) of a box, in row-major order of the box, at an address, and waits.
    let run (plan: Plan) (seed: Seed) (runs: BoxRuns) (first: int64) (count: int64) (address: nativeint) : unit =
        let size = int64 (DType.size plan.DType)
        let last = first + count

        let target position =
            address + nativeint ((position - first) * size)

        match plan.Body with
        | Structure.Elements draw when runs.Gap > narrow ->
            Tables.fit [ draw ]

            runs.Batches(
                first,
                last,
                fun batch ->
                    let works =
                        [| for struct (index, position, length) in batch ->
                               (HostWork.ofPlan plan seed index length (target position)).With draw |]

                    drawn works
            )
        | body ->
            let full = List<HostWork<Body>>()
            // Matrices take memory, and threads share the work of each.
            let most = if isWhole runs body then 1 else 4096

            let flush () =
                Cancellation.Check()
                shared (full.ToArray())
                full.Clear()

            if count > 0L then
                let struct (low, _) = runs.At first
                let struct (high, _) = runs.At(last - 1L)

                HostWork.ofPlan plan seed low (high + 1L - low) 0n
                |> StructureFill.Drawn
                |> Tables.fit

            for window in windows runs body first last do
                if window.IsFull then
                    full.Add(HostWork.ofPlan plan seed window.Low (window.Last - window.First) (target window.First))

                    if full.Count = most then
                        flush ()
                else
                    Cancellation.Check()
                    copied plan seed runs window (target window.First)

            flush ()

    /// The bytes that filling a box takes in addition to its elements.
    let bytes (plan: Plan) (runs: BoxRuns) : float =
        let size = float (DType.size plan.DType)

        let bytesOf (window: BoxWindow) =
            let copied =
                if window.IsFull then
                    0.0
                else
                    float (window.High - window.Low) * size

            copied + Workspace.bytes plan window.Low (window.High - window.Low)

        match plan.Body with
        | Structure.Elements _ -> 0.0
        | body ->
            // Tensors of a batch take the same, and windows of separate parts little.
            windows runs body 0L runs.Count
            |> Seq.truncate 3
            |> Seq.fold (fun most window -> max most (bytesOf window)) 0.0

    /// The faults of a box: filling it would take too much additional memory.
    let faults (plan: Plan) (runs: BoxRuns) : InitError list =
        match plan.Body with
        | Structure.Elements _ -> []
        | _ -> Workspace.faultsOf (bytes plan runs) (Workspace.available ())
