namespace Initializers.Kernels

open System
open System.Runtime.ExceptionServices
open System.Threading
open Initializers.FSharp

/// Numbered pieces of work, which threads take in turn: the calling one, and as many of the thread pool as it needs and gets.
/// As with Crew, the caller waits for pieces that others began, never for a thread.
[<Sealed>]
type internal ParallelFor private (count: int, token: CancellationToken, act: int -> int -> unit) =
    let mutable next = 0
    let mutable finished = 0
    let mutable workers = 0
    let mutable failure: exn | null = null

    member private _.Take() =
        // A late helper takes no item, not even a thread number.
        let mutable item = Interlocked.Increment &next - 1

        if item < count then
            let worker = Interlocked.Increment &workers - 1

            while item < count do
                // A thread of the pool must not let it through, nor the caller's leave while others work.
                try
                    token.ThrowIfCancellationRequested()
                    act worker item
                with e ->
                    Interlocked.CompareExchange(&failure, e, null) |> ignore

                Interlocked.Increment &finished |> ignore
                item <- Interlocked.Increment &next - 1

    member private _.IsDone = Volatile.Read &finished = count

    /// What a piece threw first, if one did.
    member private _.Failure = Volatile.Read &failure

    interface IThreadPoolWorkItem with
        member this.Execute() =
            Cancellation.Under(token, fun () -> this.Take())

    /// Calls `act worker item` for items 0 to count - 1, begun in this order, on up to `threads` threads, and waits; then throws
    /// what a call threw first. No two threads have one worker number, which is below `threads`. Items that nobody has begun
    /// when the request is cancelled are left out.
    static member Run(threads: int, count: int, act: int -> int -> unit) =
        let token = Cancellation.Token

        if threads <= 1 || count <= 1 then
            for item in 0 .. count - 1 do
                token.ThrowIfCancellationRequested()
                act 0 item
        else
            let shares = ParallelFor(count, token, act)

            for _ in 2 .. min threads count do
                ThreadPool.UnsafeQueueUserWorkItem(shares, false) |> ignore

            shares.Take()
            Waits.spin (fun () -> shares.IsDone)

            match shares.Failure with
            | null -> ()
            | e -> ExceptionDispatchInfo.Capture(e).Throw()
