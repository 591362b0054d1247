namespace Initializers.Kernels

open System
open System.Threading

/// The threads of this process: the calling one, and as many of the thread pool as it needs and gets. The caller takes part
/// and waits for units that others began, never for a thread, so that a pool that is busy costs speed and nothing else.
[<Sealed>]
type internal Crew private (list: TileList) =
    interface IThreadPoolWorkItem with
        // A helper that comes late finds no unit left.
        member _.Execute() =
            TileKernel.TakeUnits list.Work
            list.KeepAlive()

    /// Below this many elements a second thread costs more than it brings.
    static member val private Alone = 1L <<< 16

    /// Fills all jobs on up to `threads` threads, and waits.
    static member Run(threads: int, works: HostWork[]) =
        let list = TileList works
        let crew = Crew list

        for _ in 2L .. min (int64 threads) list.Shares do
            ThreadPool.UnsafeQueueUserWorkItem(crew, false) |> ignore

        TileKernel.TakeUnits list.Work
        let mutable wait = SpinWait()

        while not list.IsDone do
            // Without the sleep of a millisecond that a longer wait would end in: others are at their last unit.
            wait.SpinOnce -1

        list.KeepAlive()

    /// Fills all jobs, small ones on the calling thread, and waits.
    static member Run(works: HostWork[]) =
        if (works |> Array.sumBy _.Job.Count) < Crew.Alone then
            Array.iter TileKernel.Run works
        else
            Crew.Run(Environment.ProcessorCount, works)
