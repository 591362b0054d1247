namespace Initializers.Kernels

open System
open System.Runtime.CompilerServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.IR.Intrinsics
open Initializers
open Initializers.FSharp

/// A job in memory of the host: what fills it, and the address of its first element.
type internal HostWork =
    { DType: DType
      Body: Body
      Job: Job
      Address: nativeint }

    /// Elements [offset, offset + count) of the tensor that plan and seed describe, at an address.
    static member OfPlan(plan: Plan, seed: Seed, offset: int64, count: int64, address: nativeint) : HostWork =
        { DType = plan.DType
          Body = plan.Body
          Job = Job.OfSeed(seed, offset, count)
          Address = address }

/// A job of the CPU as plain numbers, with the first of its units. A unit is 2^16 elements of the tensor, wherever a slice
/// of it begins; those of a list are numbered through.
[<Struct>]
type internal TileItem =
    { Job: Job
      DType: int
      Formula: Formula
      Address: int64
      FirstUnit: int64 }

/// A list of items for several threads, which take units in turn: addresses of the items, of the next unit's number and of
/// the number of units that are done, as ILGPU takes no native integers.
[<Struct>]
type internal TileWork =
    {
        Items: int64
        Count: int
        Units: int64
        Next: int64
        Done: int64
        /// Units that a thread takes at once: many where items are small.
        Batch: int64
    }

/// The kernel of CPU accelerators, and what it is made of.
[<AbstractClass; Sealed>]
type internal TileKernel =

    /// Elements [low, high) of an item's tensor, on the calling thread.
    static member private Run(item: TileItem, low: int64, high: int64) : unit =
        let dtype = enum<DType> item.DType

        let address =
            nativeint item.Address
            + nativeint (low - item.Job.Offset) * nativeint (DType.size dtype)

        let part =
            { item.Job with
                Offset = low
                Count = high - low }

        Tiles.Run(Words.Widest, dtype, item.Formula, part, address)

    /// A whole job, on the calling thread.
    static member Run(work: HostWork) : unit =
        Tiles.Run(Words.Widest, work.DType, Formula.ofBody work.Body, work.Job, work.Address)
        GC.KeepAlive work

    /// One unit of an item.
    static member private RunUnit(item: TileItem, unit: int64) : unit =
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

    /// Takes units until none is left. Opaque to ILGPU's front end, so its own body runs.
    [<IntrinsicImplementation; MethodImpl(MethodImplOptions.NoInlining)>]
    static member TakeUnits(work: TileWork) : unit =
        let items: nativeptr<TileItem> = NativePtr.ofNativeInt (nativeint work.Items)
        let next: nativeptr<int64> = NativePtr.ofNativeInt (nativeint work.Next)
        let finished: nativeptr<int64> = NativePtr.ofNativeInt (nativeint work.Done)

        let take () =
            Interlocked.Add(NativePtr.toByRef next, work.Batch) - work.Batch

        let mutable first = take ()
        let mutable index = 0

        while first < work.Units do
            let last = min work.Units (first + work.Batch)

            for unit in first .. last - 1L do
                // Units come in rising order, so the item is this one or one behind it.
                while index + 1 < work.Count && (NativePtr.get items (index + 1)).FirstUnit <= unit do
                    index <- index + 1

                TileKernel.RunUnit(NativePtr.get items index, unit)

            Interlocked.Add(NativePtr.toByRef finished, last - first) |> ignore
            first <- take ()

    /// The kernel of CPU accelerators.
    static member Kernel (_: Index1D) (work: TileWork) : unit = TileKernel.TakeUnits work

/// Jobs as a list for several threads. Keeps what it points to alive, bodies and so their tables included.
[<Sealed>]
type internal TileList(works: HostWork[]) =
    /// The number of units of a job of one element or more.
    static let unitsOf (job: Job) =
        ((job.Offset + job.Count - 1L) >>> 16) - (job.Offset >>> 16) + 1L

    let works = works |> Array.filter (fun work -> work.Job.Count > 0L)
    let items = GC.AllocateUninitializedArray<TileItem>(works.Length, true)
    // The next unit, and how many are done, each in a cache line of its own.
    let counters = GC.AllocateArray<int64>(24, true)

    let units =
        let mutable units = 0L

        works
        |> Array.iteri (fun i work ->
            items[i] <-
                { Job = work.Job
                  DType = int work.DType
                  Formula = Formula.ofBody work.Body
                  Address = int64 work.Address
                  FirstUnit = units }

            units <- units + unitsOf work.Job)

        units

    let elements = works |> Array.sumBy _.Job.Count

    // Items of many small jobs are taken together; sums beyond 2^63 are of jobs that are large.
    let batch = max 1L ((units <<< 15) / max 1L elements)

    let address (array: 'T[]) (index: int) =
        int64 (Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(array, index))

    /// How many threads can work at once.
    member _.Shares = units

    /// Whether every unit is done.
    member _.IsDone = Volatile.Read &counters[16] = units

    /// What threads take units of.
    member _.Work: TileWork =
        { Items = address items 0
          Count = items.Length
          Units = units
          Next = address counters 8
          Done = address counters 16
          Batch = batch }

    member _.KeepAlive() =
        GC.KeepAlive works
        GC.KeepAlive items
        GC.KeepAlive counters
