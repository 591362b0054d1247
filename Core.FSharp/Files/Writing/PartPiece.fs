namespace Initializers.Files

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// A box whose parts cost as much as the whole, made once when its first elements are asked for.
[<Sealed>]
type private HeldBox(device: Device, plan: Plan, seed: Seed, runs: BoxRuns) =
    let size = int64 (DType.size plan.DType)
    let mutable memory: nativeint = 0n

    let make () =
        if memory = 0n then
            Backends.guard device (fun () ->
                memory <-
                    NativeMemory.Alloc(unativeint (runs.Count * size))
                    |> NativePtr.ofVoidPtr<byte>
                    |> NativePtr.toNativeInt)
            |> Result.bind (fun () -> BoxBackends.draw device plan seed runs 0L runs.Count memory)
        else
            Ok()

    member _.Fill: Fill =
        fun first count address ->
            make ()
            |> Result.map (fun () ->
                let source = memory + nativeint (first * size)
                Buffer.MemoryCopy(source.ToPointer(), address.ToPointer(), count * size, count * size))

    interface IDisposable with
        member _.Dispose() = NativeMemory.Free(memory.ToPointer())

/// What a file has of a tensor: a slice or a box.
[<RequireQualifiedAccess>]
module internal PartPiece =
    let private isHeld (plan: Plan) (runs: BoxRuns) =
        BoxFill.isWhole runs plan.Body
        && runs.Count > int64 (FileBuffer.Bytes / DType.size plan.DType)

    let private boxFaults (plan: Plan) (runs: BoxRuns) : InitError list =
        let held =
            if isHeld plan runs then
                float runs.Count * float (DType.size plan.DType)
            else
                0.0

        Workspace.faultsOf (held + BoxFill.bytes plan runs) (Workspace.available ())

    /// The source of a box's elements, whose indices are those of the box.
    let private boxSource (content: Content) (storage: Storage) seed (runs: BoxRuns) : Result<Source, InitError list> =
        let draw device plan = BoxBackends.draw device plan seed runs

        let index position =
            let struct (index, _) = runs.At position
            index

        match content, storage with
        | Content.Integers _, _ -> Ok(Source.OfContent(content, storage, seed))
        | Content.Whole plan, Storage.Integer integer ->
            let start _ : Fill * IDisposable option =
                ElementStream.integers plan (draw Device.Cpu plan) index integer, None

            Validation.ofFaults (BoxFill.faults plan runs) (Source.Given(Storage.size storage, start))
        | Content.Floats plan, _
        | Content.Whole plan, _ ->
            let start device : Fill * IDisposable option =
                let fill, held: Fill * IDisposable option =
                    if isHeld plan runs then
                        let held = new HeldBox(device, plan, seed, runs)
                        held.Fill, Some held
                    else
                        draw device plan, None

                match storage with
                | Storage.Float8 format -> ElementStream.rounded plan fill index format, held
                | Storage.Float _
                | Storage.Integer _ -> fill, held

            Validation.ofFaults (boxFaults plan runs) (Source.Given(Storage.size storage, start))

    /// The piece of a part of `count` elements, or the faults of the memory that it takes.
    let ofContent (content: Content) (storage: Storage) seed (part: TensorPart) (count: int64) =
        match part with
        | TensorPart.Slice offset ->
            let piece =
                { Source = Source.OfContent(content, storage, seed)
                  Offset = offset
                  Count = count }

            Validation.ofFaults (ElementStream.faults piece) piece
        | TensorPart.Box bounded ->
            boxSource content storage seed (BoxRuns bounded)
            |> Result.map (fun source ->
                { Source = source
                  Offset = 0L
                  Count = count })
