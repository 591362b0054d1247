namespace Initializers.FSharp

open System
open System.Threading

/// The cancellation token of the request that the current thread works on. Fits and matrices check it between their steps, and
/// threads that share the work of a request inherit it.
[<AbstractClass; Sealed>]
type internal Cancellation private () =
    [<ThreadStatic; DefaultValue>]
    static val mutable private current: CancellationToken

    /// The token; one that is never cancelled outside of a request.
    static member Token: CancellationToken = Cancellation.current

    /// Throws OperationCanceledException where the request has been cancelled.
    static member Check() : unit =
        Cancellation.current.ThrowIfCancellationRequested()

    /// Runs work of a request on this thread.
    static member Under(token: CancellationToken, work: unit -> 'a) : 'a =
        let outer = Cancellation.current
        Cancellation.current <- token

        try
            work ()
        finally
            Cancellation.current <- outer

    /// Runs a request. Its cancellation is the fault `cancelled`, and a managed heap that is full `memory-exhausted`.
    static member Request
        (token: CancellationToken, work: unit -> Result<'a, InitError list>)
        : Result<'a, InitError list> =
        try
            Cancellation.Under(token, work)
        with
        | :? OperationCanceledException when token.IsCancellationRequested -> Error [ InitError.Cancelled ]
        | :? OutOfMemoryException -> Error [ InitError.MemoryExhausted ]
