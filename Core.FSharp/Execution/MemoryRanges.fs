namespace Initializers.Kernels

open System
open System.Buffers
open System.Collections.Generic
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Addresses of the caller's memories.
module internal MemoryRanges =
    /// Calls `work` with the addresses of memories, which stay there meanwhile.
    let pinned (memories: HostMemory[]) (work: nativeint[] -> 'a) : 'a =
        let handles = Array.zeroCreate<MemoryHandle> memories.Length

        try
            memories
            |> Array.mapi (fun i memory ->
                handles[i] <- memory.Pin()
                NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> handles[i].Pointer))
            |> work
        finally
            for handle in handles do
                handle.Dispose()

    /// The address after a memory's last byte.
    let private endOf (memory: HostMemory) (address: nativeint) : uint64 =
        let start = uint64 address
        let last = start + uint64 memory.Length * uint64 memory.ElementSize

        if memory.Length > (Int64.MaxValue >>> 3) || last < start then
            UInt64.MaxValue
        else
            last

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
