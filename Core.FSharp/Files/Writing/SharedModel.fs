namespace Initializers.FSharp

open System
open System.Threading
open Initializers.Files

[<Sealed>]
type SharedModel internal (folder: string, writer: RankOutput.Writer, units: ShardPart array) =
    static member Start(request: ShardsRequest, unitBytes: int64, tensors: PlannedTensor list) =
        let rank = request.Rank |> Option.defaultValue { Index = 0; World = 1 }

        let isSize =
            Validation.check
                (InitError.ArgumentInvalid("unit_bytes", string unitBytes, "a number of bytes, 1 or more"))
                (unitBytes >= 1L)

        Cancellation.Request(
            CancellationToken.None,
            fun () ->
                Validation.ofFaults (isSize @ RankOutput.faults request rank [] tensors) ()
                |> Result.bind (fun () -> RankOutput.start request rank tensors)
                |> Result.map (fun writer ->
                    let units = ShardLayout.upTo writer.Layout unitBytes |> Array.ofList
                    new SharedModel(request.Folder, writer, units))
        )

    member _.Units = units |> Array.map _.Bytes |> List.ofArray

    member _.Write(unit: int, token: CancellationToken) : Result<bool, InitError list> =
        match Array.tryItem unit units with
        | Some part ->
            Cancellation.Request(token, fun () -> AtomicFile.guard folder (fun () -> writer.Write(part, ignore, token)))
        | None ->
            Error [ InitError.ArgumentInvalid("unit", string unit, $"a whole number from 0 to {units.Length - 1}") ]

    member _.Complete() : Result<unit, InitError list> =
        AtomicFile.guard folder (fun () -> Ok(writer.Complete()))

    interface IDisposable with
        member _.Dispose() = (writer :> IDisposable).Dispose()
