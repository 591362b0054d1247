namespace Initializers.Kernels

open System.Runtime.CompilerServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.IR.Intrinsics
open Initializers
open Initializers.FSharp

/// A job of the CPU: what fills it, the address of its first element, and the first of its units. A unit is 2^16 elements
/// of the tensor, wherever a slice of it begins; those of a list are numbered through.
[<Struct>]
type internal TileItem =
    { Job: Job
      DType: int
      Formula: Formula
      Address: int64
      FirstUnit: int64 }

/// A list of items for the threads of the CPU accelerator, which take units in turn: addresses of the items and of the next
/// unit's number, as ILGPU takes no native integers.
[<Struct>]
type internal TileWork =
    { Items: int64
      Count: int
      Units: int64
      Next: int64 }

/// The kernel of the CPU accelerator, and what it is made of.
[<AbstractClass; Sealed>]
type internal TileKernel =

    /// The number of units of a job.
    static member Units(job: Job) : int64 =
        if job.Count = 0L then
            0L
        else
            ((job.Offset + job.Count - 1L) >>> 16) - (job.Offset >>> 16) + 1L

    /// Elements [low, high) of an item's tensor, on the calling thread.
    static member private Run(item: TileItem, low: int64, high: int64) : unit =
        let dtype = enum<DType> item.DType

        let address =
            nativeint item.Address
            + nativeint (low - item.Job.Offset) * nativeint (DType.size dtype)

        Tiles.Run(Tiles.Widest, dtype, item.Formula, item.Job.Key, item.Job.Stream, low, high - low, address)

    /// A whole item, on the calling thread.
    static member Run(item: TileItem) : unit =
        TileKernel.Run(item, item.Job.Offset, item.Job.Offset + item.Job.Count)

    /// Takes units until none is left. Opaque to ILGPU's front end, so its own body runs.
    [<IntrinsicImplementation; MethodImpl(MethodImplOptions.NoInlining)>]
    static member TakeUnits(work: TileWork) : unit =
        let items: nativeptr<TileItem> = NativePtr.ofNativeInt (nativeint work.Items)
        let next: nativeptr<int64> = NativePtr.ofNativeInt (nativeint work.Next)

        let take () =
            Interlocked.Increment(NativePtr.toByRef next) - 1L

        let mutable unit = take ()
        let mutable index = 0

        while unit < work.Units do
            // Units come in rising order, so the item is this one or one behind it.
            while index + 1 < work.Count && (NativePtr.get items (index + 1)).FirstUnit <= unit do
                index <- index + 1

            let item = NativePtr.get items index
            let job = item.Job
            let number = (job.Offset >>> 16) + unit - item.FirstUnit
            let ends = job.Offset + job.Count
            // The last unit ends where the job does; its next multiple may be past 2^63.
            let high =
                if (ends - 1L) >>> 16 = number then
                    ends
                else
                    (number + 1L) <<< 16

            TileKernel.Run(item, max job.Offset (number <<< 16), high)
            unit <- take ()

    /// The kernel of the CPU accelerator.
    static member Kernel (_: Index1D) (work: TileWork) : unit = TileKernel.TakeUnits work
