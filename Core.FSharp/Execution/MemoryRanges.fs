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
        let size =
            match memory.DType with
            | ValueSome dtype -> uint64 (DType.size dtype)
            | ValueNone -> 1UL

        let start = uint64 address
        let last = start + uint64 memory.Length * size

        if memory.Length > (Int64.MaxValue >>> 3) || last < start then
            UInt64.MaxValue
        else
            last

    /// Pairs of memories that share bytes, by their numbers, the lower first: each memory with the one before its address that
    /// reaches furthest.
    let overlaps (memories: HostMemory[]) (addresses: nativeint[]) : (int * int) list =
        let pairs = List<struct (int * int)>()

        let compare (order: int[]) =
            let mutable furthest = -1
            let mutable last = 0UL

            for i in order do
                if memories[i].Length > 0L then
                    if furthest >= 0 && uint64 addresses[i] < last then
                        pairs.Add(struct (min i furthest, max i furthest))

                    let ends = endOf memories[i] addresses[i]

                    if furthest < 0 || ends > last then
                        furthest <- i
                        last <- ends

        let order = Array.init memories.Length id
        compare order

        // Memories that are not in the order of their addresses look like overlapping ones until they are.
        if pairs.Count > 0 then
            pairs.Clear()
            Array.Sort(Array.map uint64 addresses, order)
            compare order

        [ for struct (first, second) in pairs -> first, second ]
