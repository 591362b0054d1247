namespace Initializers.Kernels

open System
open System.Threading
open Initializers.FSharp

/// The threads of this process: the calling one, and as many of the thread pool as it needs and gets. The caller takes part
/// and waits for units that others began, never for a thread, so that a pool that is busy costs speed and nothing else.
[<Sealed>]
type internal TileThreads private (work: TileWork) =
    let mutable next = 0L
    let mutable finished = 0L

    member private _.TakeUnits() =
        TileKernel.TakeUnits(work, &next, &finished)

    member private _.IsDone = Volatile.Read &finished = work.Units

    /// Takes the units that no thread has begun, and leaves them out.
    member private _.Cancel() =
        let first = Interlocked.Exchange(&next, work.Units)
        Interlocked.Add(&finished, work.Units - min first work.Units) |> ignore

    interface IThreadPoolWorkItem with
        // A helper that comes late finds no unit left, and does not look at the items.
        member this.Execute() = this.TakeUnits()

    /// Fills all jobs on up to `threads` threads, and waits. A request that is cancelled meanwhile is filled in part.
    static member Run(threads: int, works: HostWork<ElementDraw>[]) =
        use list = new TileList(works, threads)
        let crew = TileThreads list.Work
        let token = Cancellation.Token
        let cancelled = token.Register((fun () -> crew.Cancel()), false)

        for _ in 2 .. list.Shares do
            ThreadPool.UnsafeQueueUserWorkItem(crew, false) |> ignore

        crew.TakeUnits()
        Waits.spin (fun () -> crew.IsDone)
        cancelled.Unregister() |> ignore
        GC.KeepAlive works
        token.ThrowIfCancellationRequested()

    /// Fills all jobs, small ones on the calling thread, and waits.
    static member Run(works: HostWork<ElementDraw>[]) =
        if (works |> Array.sumBy _.Job.Count) < WorkUnit.Elements then
            Array.iter TileKernel.Run works
        else
            TileThreads.Run(Environment.ProcessorCount, works)
