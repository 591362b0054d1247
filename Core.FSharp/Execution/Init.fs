namespace Initializers.FSharp

open System
open System.Threading
open Initializers

[<RequireQualifiedAccess>]
module Init =
    let private fanOf (dims: int list) layout =
        match dims with
        | []
        | [ _ ] -> Fan.Unknown
        | _ -> Fan.From layout

    let private shapeOf target (dims: int list) fan spec =
        Initialize.validate target fan spec (dims |> List.map int64)

    [<CompiledName "TensorOn">]
    let tensorOn (target: Target) (dims: int list) (layout: Layout) (seed: Seed) (spec: Spec) =
        let fan = fanOf dims layout

        init {
            let! shape = shapeOf target dims fan spec
            return! Initialize.tensor target shape fan seed spec
        }

    [<CompiledName "Tensor">]
    let tensor (dims: int list) (layout: Layout) (seed: Seed) (spec: Spec) =
        tensorOn Target.cpu dims layout seed spec

    [<CompiledName "Array">]
    let array (dims: int list) (layout: Layout) (seed: Seed) (spec: Spec) =
        let fan = fanOf dims layout

        let allocated (length: int64) =
            if length > int64 Array.MaxLength then
                Error [ InitError.MemoryExhausted ]
            else
                // A full heap is a fault of the request.
                Cancellation.Request(CancellationToken.None, (fun () -> Ok(Array.zeroCreate<float32>(int length))))

        init {
            let! shape = shapeOf Target.cpu dims fan spec
            let! elements = allocated shape.Length
            let! () = Initialize.fill (Memory elements) 0L shape fan seed spec
            return elements
        }
