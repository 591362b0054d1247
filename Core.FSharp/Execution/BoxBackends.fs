namespace Initializers.Kernels

open System.Collections.Generic
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers
open Initializers.FSharp

/// Fills boxes of tensors in memory of a backend.
[<RequireQualifiedAccess>]
module internal BoxBackends =
    /// The runs of a box's elements [first, first + count), many in each call.
    let private batched (plan: Plan) (seed: Seed) (runs: BoxRuns) first count (work: Work<Body> list -> unit) =
        runs.Batches(
            first,
            first + count,
            fun (batch: List<struct (int64 * int64 * int64)>) ->
                Cancellation.Check()

                work
                    [ for struct (index, position, length) in batch ->
                          Work.ofPlan plan seed index length (position - first) ]
        )

    /// Fills elements [first, first + count) of a box at an address of the host, and waits.
    let fill (backend: Backend) (plan: Plan) seed (runs: BoxRuns) first count (address: nativeint) =
        match backend, plan.Body with
        | Backend.Cpu _, Structure.Elements _ ->
            batched plan seed runs first count (fun works -> Backends.fill backend plan.DType works address)
        | _ -> BoxFill.run plan seed runs first count address

    /// Fills elements [first, first + count) of a box in `target`, memory of the backend's accelerator, and waits.
    let run (backend: Backend) (plan: Plan) seed (runs: BoxRuns) first count (target: ArrayView<byte>) =
        match backend, plan.Body with
        | Backend.Gpu _, Structure.Elements _ ->
            batched plan seed runs first count (fun works -> Backends.run backend plan.DType works target)
        | Backend.Gpu(accelerator, _), _ ->
            if count > 0L then
                let bytes = count * int64 (DType.size plan.DType)
                let memory = NativeMemory.AlignedAlloc(unativeint bytes, 64un)

                try
                    BoxFill.run plan seed runs first count (NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory))
                    Backends.upload accelerator memory (target.SubView(0L, bytes))
                finally
                    NativeMemory.AlignedFree memory
        | _ -> fill backend plan seed runs first count (ArrayViewExtensions.LoadEffectiveAddressAsPtr target)

    /// Fills host memory with elements [first, first + count) of a box that a device makes, and waits. Structures are made on
    /// the host for every device.
    let draw (device: Initializers.Device) (plan: Plan) seed (runs: BoxRuns) first count (address: nativeint) =
        Backends.find device
        |> Result.bind (fun backend ->
            Backends.guard device (fun () ->
                match backend, plan.Body with
                | Backend.Gpu(accelerator, _), Structure.Elements _ when count > 0L ->
                    let bytes = count * int64 (DType.size plan.DType)
                    use buffer = accelerator.AllocateRaw(bytes, 1)
                    let view = ArrayView<byte>(buffer, 0L, bytes)
                    run backend plan seed runs first count view
                    Backends.download view address
                | _ -> fill backend plan seed runs first count address))
