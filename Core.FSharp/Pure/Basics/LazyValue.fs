namespace Initializers.FSharp

open System.Threading

/// A value that is computed at its first use. Unlike the value of .NET's Lazy, a computation that throws is not kept: the next
/// use computes again. Safe from many threads, of which one computes at a time.
[<Sealed>]
type internal LazyValue<'T>(compute: unit -> 'T) =
    let gate = obj ()
    let mutable value: 'T voption = ValueNone
    let mutable isComputed = false

    /// Whether the value is there.
    member _.IsComputed = Volatile.Read &isComputed

    member _.Value: 'T =
        if not (Volatile.Read &isComputed) then
            lock gate (fun () ->
                if not isComputed then
                    value <- ValueSome(compute ())
                    Volatile.Write(&isComputed, true))

        value.Value
