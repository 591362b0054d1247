namespace Initializers.FSharp

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers
open Initializers.Kernels

[<RequireQualifiedAccess>]
module Part =
    /// The plan of a tensor with the place of a box in it, or every fault of both.
    let private planned dtype box (shape: Shape) fan spec : Result<Plan * BoundedBox, InitError list> =
        Validation.both (Plan.resolve spec shape fan dtype) (Box.within shape box)

    /// With the runs of the box, which memory of a number of elements is to hold.
    let private fitted given (planned: Result<Plan * BoundedBox, InitError list>) =
        planned
        |> Result.bind (fun (plan, bounded) ->
            let runs = BoxRuns bounded

            let length =
                match given with
                | Some count -> Validation.check (InitError.MemoryLength(count, runs.Count)) (count = runs.Count)
                | None -> []

            Validation.ofFaults (length @ BoxFill.faults plan runs) (plan, bounded, runs))

    /// With the backend of a device, or every fault of both.
    let private on device result =
        Validation.both result (Validation.ofFaults (Backends.faults device) ())
        |> Result.bind (fun (found, ()) -> Backends.find device |> Result.map (fun backend -> found, backend))

    [<CompiledName "Tensor">]
    let tensor (box: Box) (target: Target) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        let size = int64 (DType.size target.DType)

        planned target.DType box shape fan spec
        |> fitted None
        |> on target.Device
        |> Result.bind (fun ((plan, bounded, runs), backend) ->
            match TensorMemory.Layout([ runs.Count ], size) with
            | None -> Error [ InitError.ShapeOverflow bounded.Part.Dims ]
            | Some(_, total) ->
                Backends.guard target.Device (fun () ->
                    let memory =
                        TensorMemory.FilledBy(
                            backend,
                            total,
                            1,
                            BoxBackends.fill backend plan seed runs 0L runs.Count,
                            BoxBackends.run backend plan seed runs 0L runs.Count
                        )

                    let origin: Origin =
                        { Spec = spec
                          Fan = fan
                          Shape = shape
                          Part = TensorPart.Box bounded
                          Seed = seed }

                    new Tensor(bounded.Part, target.DType, target.Device, memory, 0L, origin)))

    /// Plan and box of memory whose elements have a type. A type without a dtype is planned as float32, to find the other
    /// faults.
    let private typed (t: Type) count box shape fan spec =
        let faults, dtype =
            match ElementTypes.dtypeOf t with
            | Some dtype -> [], dtype
            | None -> [ InitError.ElementType(t.Name, DType.Float32) ], DType.Float32

        Validation.both (Validation.ofFaults faults ()) (planned dtype box shape fan spec |> fitted (Some count))
        |> Result.map snd

    let private at (address: nativeint) seed (plan, _, runs: BoxRuns) =
        Backends.guard Device.Cpu (fun () -> BoxFill.run plan seed runs 0L runs.Count address)

    [<CompiledName "FillSpan">]
    let fillSpan<'T when 'T: unmanaged>
        (span: Span<'T>, box: Box, shape: Shape, fan: Fan, seed: Seed, spec: Spec)
        : Result<unit, InitError list> =
        use p = fixed &MemoryMarshal.GetReference span
        let address = NativePtr.toNativeInt p

        typed typeof<'T> (int64 span.Length) box shape fan spec
        |> Result.bind (at address seed)

    [<CompiledName "Fill">]
    let fill<'T when 'T: unmanaged>
        (memory: Memory<'T>)
        (box: Box)
        (shape: Shape)
        (fan: Fan)
        (seed: Seed)
        (spec: Spec)
        =
        fillSpan (memory.Span, box, shape, fan, seed, spec)

    [<CompiledName "FillView">]
    let fillView (view: ArrayView<'T>) (box: Box) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        let count = view.Length

        // A view of no elements need not belong to any accelerator.
        let device =
            if count = 0L then
                Device.Cpu
            else
                Device.OfAccelerator(view.GetAccelerator())

        typed typeof<'T> count box shape fan spec
        |> on device
        |> Result.bind (fun ((plan, _, runs), backend) ->
            if count = 0L then
                Ok()
            else
                Backends.guard device (fun () ->
                    view.Cast<byte>().SubView(0L, count * int64 (DType.size plan.DType))
                    |> BoxBackends.run backend plan seed runs 0L count))

    [<CompiledName "FillBytes">]
    let fillBytes
        (span: Span<byte>, dtype: DType, box: Box, shape: Shape, fan: Fan, seed: Seed, spec: Spec)
        : Result<unit, InitError list> =
        let size = DType.size dtype
        let count = int64 (span.Length / size)
        use p = fixed &MemoryMarshal.GetReference span
        let address = NativePtr.toNativeInt p
        // Part of an element is an element too many.
        let given = if span.Length % size = 0 then count else count + 1L

        planned dtype box shape fan spec
        |> fitted (Some given)
        |> Result.bind (at address seed)
