namespace Initializers.FSharp

open System.Collections.Generic

/// Values by key, each made once: the latest `capacity` of them. Safe from many threads at once.
[<Sealed>]
type internal Cache<'Key, 'Value when 'Key: equality and 'Key: not null>(capacity: int) =
    let entries = Dictionary<'Key, LazyValue<'Value>>()
    let order = Queue<'Key>()

    /// How many values are kept.
    member _.Count = lock entries (fun () -> entries.Count)

    /// The value of a key, made by the first caller while others of the same key wait.
    member _.GetOrAdd(key: 'Key, make: 'Key -> 'Value) : 'Value =
        let entry =
            lock entries (fun () ->
                match entries.TryGetValue key with
                | true, found -> found
                | _ ->
                    if entries.Count >= capacity then
                        entries.Remove(order.Dequeue()) |> ignore

                    let added = LazyValue(fun () -> make key)
                    entries.Add(key, added)
                    order.Enqueue key
                    added)

        entry.Value
