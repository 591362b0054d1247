namespace Initializers.Kernels

open System
open System.Buffers
open System.Collections.Generic
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Addresses of the caller's memories.
module internal MemoryRanges =
    let private sizeOf (memory: HostMemory) = int64 memory.ElementSize

    /// Bytes from the memory's first element to the tensor's.
    let private start (memory: HostMemory) : nativeint =
        match memory.Layout with
        | ValueSome layout -> nativeint (layout.Offset * sizeOf memory)
        | ValueNone -> 0n

    /// Calls `work` with the addresses of memories, which stay there meanwhile.
    let pinned (memories: HostMemory[]) (work: nativeint[] -> 'a) : 'a =
        let handles = Array.zeroCreate<MemoryHandle> memories.Length

        try
            memories
            |> Array.mapi (fun i memory ->
                handles[i] <- memory.Pin()

                NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> handles[i].Pointer)
                + start memory)
            |> work
        finally
            for handle in handles do
                handle.Dispose()

    /// The address after the last byte of some elements.
    let private endOf (memory: HostMemory) (address: nativeint) : uint64 =
        let size = uint64 (sizeOf memory)

        let elements =
            match memory.Layout with
            | ValueSome layout when memory.Length > 0L -> Strides.reach layout.Axes + 1L
            | _ -> memory.Length

        let start = uint64 address
        let last = start + uint64 elements * size

        if elements > (Int64.MaxValue >>> 3) || last < start then
            UInt64.MaxValue
        else
            last

    /// Axes whose strides count bytes.
    let private inBytes (memory: HostMemory) : StridedAxis list =
        let size = sizeOf memory

        match memory.Layout with
        | ValueSome layout ->
            [ for axis in layout.Axes ->
                  { axis with
                      Stride = axis.Stride * size } ]
        | ValueNone -> [ { Size = memory.Length; Stride = size } ]

    /// Whether two memories of which each has elements between those of the other share none, as parts of the rows of one
    /// matrix: modulo a stride, the elements of one row of each lie in an interval, and the intervals are apart.
    let private isInterleaved (a: HostMemory) (b: HostMemory) (distance: uint64) : bool =
        let axesA, axesB = inBytes a, inBytes b

        let isApart (modulus: int64) =
            let length axes memory =
                let within =
                    axes |> List.filter (fun (axis: StridedAxis) -> axis.Stride % modulus <> 0L)

                Shape.sum [ Strides.reach within; sizeOf memory ]

            let behind = int64 (distance % uint64 modulus)
            behind >= length axesA a && modulus - behind >= length axesB b

        axesA @ axesB |> List.map _.Stride |> List.distinct |> List.exists isApart

    /// Pairs of memories that share bytes, some of which have strides: each memory with all that begin before its end.
    let private stridedOverlaps (memories: HostMemory[]) (starts: uint64[]) (ends: uint64[]) : (int * int) list =
        let order =
            [| 0 .. memories.Length - 1 |]
            |> Array.filter (fun i -> memories[i].Length > 0L)
            |> Array.sortBy (fun i -> starts[i])

        [ for at in 0 .. order.Length - 1 do
              let i = order[at]

              let later =
                  Seq.init (order.Length - at - 1) (fun next -> order[at + 1 + next])
                  |> Seq.takeWhile (fun j -> starts[j] < ends[i])

              for j in later do
                  if not (isInterleaved memories[i] memories[j] (starts[j] - starts[i])) then
                      min i j, max i j ]

    /// Pairs of memories that share bytes, by their numbers, the lower first: each memory with the one before its address that
    /// reaches furthest.
    let overlaps (memories: HostMemory[]) (addresses: nativeint[]) : (int * int) list =
        let starts = Array.zeroCreate<uint64> memories.Length
        let ends = Array.zeroCreate<uint64> memories.Length
        let mutable isOrdered = true

        for i in 0 .. starts.Length - 1 do
            starts[i] <- uint64 addresses[i]
            ends[i] <- endOf memories[i] addresses[i]

            if i > 0 && starts[i] < ends[i - 1] then
                isOrdered <- false

        // Memories that lie one behind the other share nothing, which is how most lists are.
        if isOrdered then
            []
        elif memories |> Array.exists _.Layout.IsSome then
            stridedOverlaps memories starts ends
        else
            let order = Array.init memories.Length id
            Array.Sort(starts, order)
            let pairs = List<int * int>()
            let mutable furthest = -1

            for i in order do
                if memories[i].Length > 0L then
                    if furthest >= 0 && uint64 addresses[i] < ends[furthest] then
                        pairs.Add(min i furthest, max i furthest)

                    if furthest < 0 || ends[i] > ends[furthest] then
                        furthest <- i

            List.ofSeq pairs
