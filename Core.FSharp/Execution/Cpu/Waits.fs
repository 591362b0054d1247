namespace Initializers.Kernels

open System.Runtime.ExceptionServices
open System.Threading

/// Waits for other threads that write to memory of the request. They end only when those threads are done, so that no memory is
/// freed or returned to the caller before: an interrupt of the waiting thread (Thread.Interrupt) is thrown afterwards.
module internal Waits =
    /// Calls `wait`, which may return early, until `isDone`.
    let until (isDone: unit -> bool) (wait: unit -> unit) : unit =
        let mutable interrupt: exn | null = null

        while not (isDone ()) do
            try
                wait ()
            with :? ThreadInterruptedException as e ->
                interrupt <- e

        match interrupt with
        | null -> ()
        | e -> ExceptionDispatchInfo.Throw e

    /// Spins until `isDone`, without the sleep of a millisecond that a longer wait ends in: the others are at their last unit.
    let spin (isDone: unit -> bool) : unit =
        let spins = [| SpinWait() |]
        until isDone (fun () -> spins[0].SpinOnce -1)

/// Work on a new thread, which needs no thread of the pool.
[<Sealed>]
type internal ThreadWork(work: unit -> unit) =
    let failure: exn option ref = ref None

    let thread =
        Thread(
            (fun () ->
                try
                    work ()
                with e ->
                    failure.Value <- Some e),
            IsBackground = true
        )

    do thread.Start()

    /// Waits for its end.
    member _.Join() : unit =
        Waits.until (fun () -> not thread.IsAlive) (fun () -> thread.Join())

    /// Waits for its end, and throws what it threw.
    member this.Finish() : unit =
        this.Join()

        match failure.Value with
        | Some e -> ExceptionDispatchInfo.Throw e
        | None -> ()
