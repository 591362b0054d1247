namespace Initializers.Kernels

open System
open System.Threading

/// The threads of this process: the calling one, and as many of the thread pool as it needs and gets. The caller takes part
/// and waits for units that others began, never for a thread, so that a pool that is busy costs speed and nothing else.
[<Sealed>]
type internal Crew private (work: TileWork) =
    let mutable next = 0L
    let mutable finished = 0L

    member private _.TakeUnits() =
        TileKernel.TakeUnits(work, &next, &finished)

    member private _.IsDone = Volatile.Read &finished = work.Units

    interface IThreadPoolWorkItem with
        // A helper that comes late finds no unit left, and does not look at the items.
        member this.Execute() = this.TakeUnits()

    /// Below this many elements a second thread costs more than it brings.
    static member val private Alone = 1L <<< 16

    /// Fills all jobs on up to `threads` threads, and waits.
    static member Run(threads: int, works: HostWork[]) =
        use list = new TileList(works, threads)
        let crew = Crew list.Work

        for _ in 2 .. list.Shares do
            ThreadPool.UnsafeQueueUserWorkItem(crew, false) |> ignore

        crew.TakeUnits()
        let mutable wait = SpinWait()

        while not crew.IsDone do
            // Without the sleep of a millisecond that a longer wait would end in: others are at their last unit.
            wait.SpinOnce -1

        GC.KeepAlive works

    /// Fills all jobs, small ones on the calling thread, and waits.
    static member Run(works: HostWork[]) =
        if (works |> Array.sumBy _.Job.Count) < Crew.Alone then
            Array.iter TileKernel.Run works
        else
            Crew.Run(Environment.ProcessorCount, works)
