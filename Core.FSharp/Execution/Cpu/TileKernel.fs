namespace Initializers.Kernels

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.IR.Intrinsics
open Initializers
open Initializers.FSharp

/// A job in memory of the host: what fills it, and the address of its first element.
[<Struct>]
type internal HostWork<'body> =
    { DType: DType
      Body: 'body
      Job: Job
      Address: nativeint }

    /// The job with another body.
    member this.With(body: 'other) : HostWork<'other> =
        { DType = this.DType
          Body = body
          Job = this.Job
          Address = this.Address }

[<RequireQualifiedAccess>]
module internal HostWork =
    /// Elements [offset, offset + count) of the tensor that plan and seed describe, at an address.
    let ofPlan (plan: Plan) (seed: Seed) (offset: int64) (count: int64) (address: nativeint) : HostWork<Body> =
        { DType = plan.DType
          Body = plan.Body
          Job = Job.OfSeed(seed, offset, count)
          Address = address }

/// A job of the CPU as plain numbers in one cache line, with the first of its units. The units of a list
/// are numbered through.
[<Struct>]
type internal TileItem =
    {
        Job: Job
        Address: int64
        FirstUnit: int64
        /// The address of its formula, which neighbours share.
        Formula: int64
        DType: int
    }

/// Items for several threads, which take units in turn.
[<Struct>]
type internal TileWork =
    {
        /// The address of the items, as ILGPU takes no native integers.
        Items: int64
        Count: int
        Units: int64
        /// The least number of units that a thread takes at once: many where items are small.
        Batch: int64
        Threads: int64
    }

/// The kernel of CPU accelerators, and its parts.
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

        let formula =
            NativePtr.read (NativePtr.ofNativeInt<Formula>(nativeint item.Formula))

        Tiles.Run(PhiloxTiles.Widest, dtype, formula, part, address)

    /// A whole job, on the calling thread.
    static member Run(work: HostWork<ElementDraw>) : unit =
        Tiles.Run(PhiloxTiles.Widest, work.DType, Formula.ofDraw work.Body, work.Job, work.Address)
        GC.KeepAlive work.Body

    /// One unit of an item.
    static member private RunUnit(place: nativeptr<TileItem>, unit: int64) : unit =
        let item = NativePtr.read place
        let job = item.Job
        let number = (job.Offset >>> WorkUnit.Bits) + unit - item.FirstUnit
        let ends = job.Offset + job.Count
        // The last unit ends where the job does; its next multiple may be past 2^63.
        let high =
            if (ends - 1L) >>> WorkUnit.Bits = number then
                ends
            else
                (number + 1L) <<< WorkUnit.Bits

        TileKernel.Run(item, max job.Offset (number <<< WorkUnit.Bits), high)

    /// Units [first, last) for one thread: a share of what is left, so that threads write long runs and end together. None
    /// are left where first is not below the number of units.
    static member private Take(work: TileWork, next: byref<int64>) : struct (int64 * int64) =
        let mutable first = Volatile.Read &next
        let mutable last = first
        let mutable taken = false

        while not taken && first < work.Units do
            // At most 512, which it still fills after a cancellation.
            let share = min 512L (3L * (work.Units - first) / (4L * work.Threads))
            last <- min work.Units (first + max work.Batch share)
            let seen = Interlocked.CompareExchange(&next, last, first)
            taken <- (seen = first)
            first <- seen

        struct (first, last)

    /// Takes units until none is left. `next` is the number of the next one, `finished` how many are done.
    static member TakeUnits(work: TileWork, next: byref<int64>, finished: byref<int64>) : unit =
        let items: nativeptr<TileItem> = NativePtr.ofNativeInt (nativeint work.Items)
        let mutable struct (first, last) = TileKernel.Take(work, &next)
        let mutable index = 0

        while first < work.Units do
            for unit in first .. last - 1L do
                // Units come in rising order, so the item is this one or one behind it.
                while index + 1 < work.Count && (NativePtr.get items (index + 1)).FirstUnit <= unit do
                    index <- index + 1

                TileKernel.RunUnit(NativePtr.add items index, unit)

            Interlocked.Add(&finished, last - first) |> ignore
            let struct (nextFirst, nextLast) = TileKernel.Take(work, &next)
            first <- nextFirst
            last <- nextLast

    /// As TakeUnits, with the addresses of both counters. Opaque to ILGPU's front end, so its own body runs.
    [<IntrinsicImplementation; MethodImpl(MethodImplOptions.NoInlining)>]
    static member TakeUnitsAt(work: TileWork, counters: int64) : unit =
        let counters: nativeptr<int64> = NativePtr.ofNativeInt (nativeint counters)
        let next = NativePtr.toByRef counters
        let finished = NativePtr.toByRef (NativePtr.add counters 1)
        TileKernel.TakeUnits(work, &next, &finished)

    /// The kernel of CPU accelerators.
    static member Kernel (_: Index1D) (work: TileWork) (counters: int64) : unit = TileKernel.TakeUnitsAt(work, counters)

/// Jobs as items for several threads, in unmanaged memory. The creator keeps the jobs, and so their tables, alive.
[<Sealed>]
type internal TileList(works: HostWork<ElementDraw>[], threads: int) =
    /// The number of units of a job of one element or more.
    static let unitsOf (job: Job) =
        ((job.Offset + job.Count - 1L) >>> WorkUnit.Bits)
        - (job.Offset >>> WorkUnit.Bits)
        + 1L

    /// The number of runs of neighbours with one body, which need at most as many formulas.
    static let bodiesOf (works: HostWork<ElementDraw>[]) =
        let mutable bodies = 1

        for i in 1 .. works.Length - 1 do
            if not (Object.ReferenceEquals(works[i].Body, works[i - 1].Body)) then
                bodies <- bodies + 1

        bodies

    let items: nativeptr<TileItem> =
        let bytes =
            int64 works.Length * int64 sizeof<TileItem>
            + int64 (bodiesOf works) * int64 sizeof<Formula>

        NativePtr.ofVoidPtr (NativeMemory.AlignedAlloc(unativeint bytes, 64un))

    let mutable count = 0
    let mutable units = 0L
    let mutable elements = 0L

    do
        let formulas = NativePtr.toNativeInt (NativePtr.add items works.Length)

        let mutable formula: nativeptr<Formula> =
            NativePtr.add (NativePtr.ofNativeInt formulas) -1

        let mutable last = -1

        for i in 0 .. works.Length - 1 do
            let work = &works[i]

            if work.Job.Count > 0L then
                if last < 0 || not (Object.ReferenceEquals(work.Body, works[last].Body)) then
                    formula <- NativePtr.add formula 1
                    NativePtr.write formula (Formula.ofDraw work.Body)

                last <- i

                NativePtr.set
                    items
                    count
                    { Job = work.Job
                      Address = int64 work.Address
                      FirstUnit = units
                      Formula = int64 (NativePtr.toNativeInt formula)
                      DType = int work.DType }

                count <- count + 1
                units <- units + unitsOf work.Job
                elements <- elements + work.Job.Count

    member val Work: TileWork =
        { Items = int64 (NativePtr.toNativeInt items)
          Count = count
          Units = units
          // Half a unit's elements.
          Batch = max 1L ((units <<< 15) / max 1L elements)
          Threads = int64 threads }

    /// How many threads can work at once.
    member _.Shares = int (min (int64 threads) units)

    interface IDisposable with
        member _.Dispose() =
            NativeMemory.AlignedFree(NativePtr.toVoidPtr items)
