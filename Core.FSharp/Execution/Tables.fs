namespace Initializers.Kernels

open System
open System.Collections.Generic
open Initializers.FSharp

/// Fits the tables that are about to be drawn by, on several threads.
[<RequireQualifiedAccess>]
module internal Tables =
    /// Fits the tables of draws, each once. A request that is cancelled begins no further fit.
    let fit (draws: ElementDraw seq) : unit =
        let pending = HashSet<obj>(HashIdentity.Reference)
        let fits = ResizeArray<unit -> unit>()

        for draw in draws do
            match draw with
            | ElementDraw.Single(Draw.Quantile(table = table)) when not table.IsFitted && pending.Add table ->
                fits.Add(fun () -> table.Coefficients |> ignore)
            | ElementDraw.Double(Draw.Quantile(table = table)) when not table.IsFitted && pending.Add table ->
                fits.Add(fun () -> table.Coefficients |> ignore)
            | _ -> ()

        ParallelFor.Run(Environment.ProcessorCount, fits.Count, (fun _ i -> fits[i]()))
