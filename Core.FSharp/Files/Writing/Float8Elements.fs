namespace Initializers.Files

open System
open System.Buffers
open Microsoft.FSharp.NativeInterop
open Initializers.FSharp
open Initializers.Kernels

/// Elements of eight bits, rounded from those of a float32 plan.
module internal Float8Elements =
    /// Elements that a thread rounds at a time.
    let private share = 65536

    /// Elements that are in memory as float32 at once.
    let private atOnce = FileBuffer.Bytes / sizeof<float32>

    /// Rounds numbers. Returns the index of the first that the type does not hold, or -1.
    let private encode format (numbers: nativeptr<float32>) (count: int) (address: nativeint) : int =
        let shares = (count + share - 1) / share
        let found = Array.create shares -1

        ParallelFor.Run(
            Environment.ProcessorCount,
            shares,
            fun _ item ->
                let first = item * share
                let some = min share (count - first)
                let source = NativePtr.toVoidPtr (NativePtr.add numbers first)
                let target = (address + nativeint first).ToPointer()

                let index =
                    Float8.encode format (ReadOnlySpan<float32>(source, some)) (Span<byte>(target, some))

                if index >= 0 then
                    found[item] <- first + index
        )

        found |> Array.tryFind (fun index -> index >= 0) |> Option.defaultValue -1

    /// Writes elements that `draw` makes in float32. `notHeld` is the fault of an element by its index and its number.
    let fill
        (format: Float8Type)
        (notHeld: int64 -> float -> InitError)
        (draw: int64 -> int64 -> nativeint -> Result<unit, InitError list>)
        (offset: int64)
        (count: int64)
        (address: nativeint)
        : Result<unit, InitError list> =
        let numbers = ArrayPool<float32>.Shared.Rent(int (min count (int64 atOnce)))

        let write (first: int64) =
            let some = int (min (int64 atOnce) (count - first))
            use p = fixed numbers

            match draw (offset + first) (int64 some) (NativePtr.toNativeInt p) with
            | Error faults -> Error faults
            | Ok() ->
                match encode format p some (address + nativeint first) with
                | -1 -> Ok()
                | index -> Error [ notHeld (offset + first + int64 index) (float numbers[index]) ]

        try
            (Ok(), seq { 0L .. int64 atOnce .. count - 1L })
            ||> Seq.fold (fun result first -> result |> Result.bind (fun () -> write first))
        finally
            ArrayPool.Shared.Return numbers
