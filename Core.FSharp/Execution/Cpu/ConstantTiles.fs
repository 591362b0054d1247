namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// One element's bits over and over, through the caches: stores past them were slower wherever the memory was in use
/// before, and no faster where it was not.
[<AbstractClass; Sealed>]
type internal ConstantTiles private () =

    static member private Lines512(pattern: uint64, bytes: int64, target: nativeint) =
        TileBlocks.optimized ()
        let value = Vector512.Create pattern
        let mutable i = 0L

        while i < bytes do
            Vector512.StoreAligned(value, NativePtr.ofNativeInt<uint64>(target + nativeint i))
            i <- i + 64L

    static member private Lines256(pattern: uint64, bytes: int64, target: nativeint) =
        TileBlocks.optimized ()
        let value = Vector256.Create pattern
        let mutable i = 0L

        while i < bytes do
            Vector256.StoreAligned(value, NativePtr.ofNativeInt<uint64>(target + nativeint i))
            Vector256.StoreAligned(value, NativePtr.ofNativeInt<uint64>(target + nativeint i + 32n))
            i <- i + 64L

    static member private Elements(size: int, bits: uint64, count: int64, target: nativeint) =
        let mutable left = count
        let mutable p = target

        while left > 0L do
            let n = int (min left 0x10000000L)

            match size with
            | 2 -> Span<uint16>(p.ToPointer(), n).Fill(uint16 bits)
            | 4 -> Span<uint32>(p.ToPointer(), n).Fill(uint32 bits)
            | _ -> Span<uint64>(p.ToPointer(), n).Fill bits

            left <- left - int64 n
            p <- p + nativeint n * nativeint size

    /// Writes `count` elements of `size` bytes.
    static member Run(size: int, bits: uint64, count: int64, target: nativeint) =
        if bits = 0UL then
            NativeMemory.Clear(target.ToPointer(), unativeint (count * int64 size))
        elif not Vector256.IsHardwareAccelerated || target % nativeint size <> 0n then
            ConstantTiles.Elements(size, bits, count, target)
        else
            let pattern =
                match size with
                | 2 -> bits * 0x0001000100010001UL
                | 4 -> bits * 0x0000000100000001UL
                | _ -> bits

            let line = int64 TileBlocks.Line
            let head = min count ((line - int64 target % line) % line / int64 size)
            let lines = (count - head) * int64 size / line * line
            let first = target + nativeint (head * int64 size)
            ConstantTiles.Elements(size, bits, head, target)

            if Vector512.IsHardwareAccelerated then
                ConstantTiles.Lines512(pattern, lines, first)
            else
                ConstantTiles.Lines256(pattern, lines, first)

            ConstantTiles.Elements(size, bits, count - head - lines / int64 size, first + nativeint lines)
