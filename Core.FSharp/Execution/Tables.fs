namespace Initializers.Kernels

open System
open System.Collections.Generic
open Initializers.FSharp

/// Fits the tables that are about to be drawn by, on several threads.
[<RequireQualifiedAccess>]
module internal Tables =
    /// Fits the tables of element-wise bodies, each once. A request that is cancelled begins no further fit.
    let fit (bodies: Body seq) : unit =
        let pending = HashSet<obj>(HashIdentity.Reference)
        let fits = ResizeArray<unit -> unit>()

        for body in bodies do
            match body with
            | Body.Quantile(table = table) ->
                if not table.IsFitted && pending.Add table then
                    fits.Add(fun () -> table.Coefficients |> ignore)
            | Body.Quantile64(table = table) ->
                if not table.IsFitted && pending.Add table then
                    fits.Add(fun () -> table.Coefficients |> ignore)
            | _ -> ()

        Shares.Run(Environment.ProcessorCount, fits.Count, (fun _ i -> fits[i]()))
