namespace Initializers.FSharp

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.Kernels

type Target = { Device: Device; DType: DType }

[<RequireQualifiedAccess>]
module Target =
    [<CompiledName "Cpu">]
    let cpu =
        { Device = Device.Cpu
          DType = DType.Float32 }

[<RequireQualifiedAccess>]
module Initialize =
    let private job (seed: Seed) offset count : Job =
        { Key = seed.Key
          Stream = seed.Stream
          Offset = offset
          Count = count }

    let private inside (offset: int64) (count: int64) (shape: Shape) =
        Validation.check
            (InitError.SliceOutside(offset, count, shape.Length))
            (offset >= 0L && count >= 0L && offset <= shape.Length - count)

    let private readsFans =
        function
        | Spec.VarianceScaling _
        | Spec.FanUniform _ -> true
        | Spec.Constant _
        | Spec.Uniform _
        | Spec.Normal _
        | Spec.TruncatedNormal _
        | Spec.TruncNormal _
        | Spec.Logistic _
        | Spec.Laplace _
        | Spec.Gumbel _
        | Spec.Triangular _
        | Spec.Quantile _ -> false

    /// Faults of spec, fan and dtype that can be known while some of the request is not (None: it could not be read).
    /// What rests on an unknown part, or on fans that a layout would read from sizes that are no shape, is left out.
    let knowable (spec: Spec) (dims: int64 list option) (fan: Fan option) (dtype: DType option) : InitError list =
        let shape = dims |> Option.map Shape.ofList

        // Sizes that are no shape still have a rank, which is all that a layout's own faults need.
        let standIn =
            match shape, dims with
            | Some(Ok shape), _ -> Ok shape
            | _, Some dims -> Shape.ofList (List.replicate dims.Length 1L)
            | _ -> Ok Shape.scalar

        let fansKnown =
            match fan, shape with
            | None, _ -> false
            | Some(Fan.From _), Some(Ok _) -> true
            | Some(Fan.From _), _ -> false
            | Some _, _ -> true

        let lawKnown = fansKnown || not (readsFans spec)

        standIn
        |> Result.bind (fun shape ->
            Plan.resolve spec shape (Option.defaultValue Fan.Unknown fan) (Option.defaultValue DType.Float32 dtype))
        |> Validation.faults
        |> List.filter (function
            | InitError.FanMissing _ -> fan.IsSome
            | InitError.LayoutRank _ -> dims.IsSome
            | InitError.FanNotPositive _ -> fansKnown
            | InitError.SpreadNotFinite _
            | InitError.LowNotBelowHigh _ -> lawKnown
            | InitError.NothingInside _
            | InitError.OverflowsDType _ -> lawKnown && dtype.IsSome
            | _ -> true)

    [<CompiledName "Shape">]
    let shape (target: Target) (fan: Fan) (spec: Spec) (dims: int64 list) : Result<Shape, InitError list> =
        let shape = Shape.ofList dims

        match
            Validation.faults shape
            @ knowable spec (Some dims) (Some fan) (Some target.DType)
            @ Engines.faults target.Device
        with
        | [] -> shape
        | faults -> Error faults

    /// Allocates a buffer for `shape` and fills it with the plan's elements from `offset` on.
    let private make target (shape: Shape) (seed: Seed) offset (plan: Plan) =
        let size = int64 (DType.size plan.DType)

        if shape.Length > Int64.MaxValue / size then
            Error [ InitError.ShapeOverflow shape.Dims ]
        else
            Engines.find target.Device
            |> Result.bind (fun engine ->
                Engines.guard target.Device (fun () ->
                    // ILGPU refuses buffers of no length, so an empty tensor keeps one element that no view shows.
                    let buffer = Engines.allocate engine (max 1L shape.Length * size)

                    try
                        Engines.run engine plan.DType plan.Body (job seed offset shape.Length) buffer.View.BaseView
                        new Tensor(shape, plan.DType, target.Device, engine, buffer)
                    with _ ->
                        buffer.Dispose()
                        reraise ()))

    /// The value when a request has no fault besides a device that is nonsense or absent, which is told with the rest.
    let private withDevice target (result: Result<'a, InitError list>) =
        Validation.both result (Validation.ofFaults (Engines.faults target.Device) ())
        |> Result.map fst

    [<CompiledName "Tensor">]
    let tensor (target: Target) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        Plan.resolve spec shape fan target.DType
        |> withDevice target
        |> Result.bind (make target shape seed 0L)

    [<CompiledName "Slice">]
    let slice (offset: int64) (count: int64) (target: Target) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        Validation.both (Plan.resolve spec shape fan target.DType) (Validation.ofFaults (inside offset count shape) ())
        |> withDevice target
        |> Result.bind (fun (plan, ()) ->
            Shape.ofList [ count ]
            |> Result.bind (fun part -> make target part seed offset plan))

    /// Fills `count` elements at an address. Nothing is touched when there is a fault.
    let private at (address: nativeint) (count: int64) dtype offset shape fan (seed: Seed) spec =
        Validation.both (Plan.resolve spec shape fan dtype) (Validation.ofFaults (inside offset count shape) ())
        |> Result.bind (fun (plan, ()) ->
            Engines.guard Device.Cpu (fun () ->
                if count > 0L then
                    Engines.runAt plan.DType plan.Body (job seed offset count) address))

    let private dtypeOf (t: Type) =
        if t = typeof<float32> then Ok DType.Float32
        elif t = typeof<Half> then Ok DType.Float16
        elif t = typeof<BFloat16> then Ok DType.BFloat16
        elif t = typeof<float> then Ok DType.Float64
        else Error [ InitError.ElementType(t.Name, DType.Float32) ]

    [<CompiledName "IntoSpan">]
    let intoSpan<'T when 'T: unmanaged>
        (span: Span<'T>, offset: int64, shape: Shape, fan: Fan, seed: Seed, spec: Spec)
        =
        match dtypeOf typeof<'T> with
        | Error faults ->
            Error(
                faults
                @ Validation.faults (Plan.resolve spec shape fan DType.Float32)
                @ inside offset (int64 span.Length) shape
            )
        | Ok dtype ->
            use p = fixed &MemoryMarshal.GetReference span
            at (NativePtr.toNativeInt p) (int64 span.Length) dtype offset shape fan seed spec

    [<CompiledName "Into">]
    let into<'T when 'T: unmanaged>
        (memory: Memory<'T>)
        (offset: int64)
        (shape: Shape)
        (fan: Fan)
        (seed: Seed)
        (spec: Spec)
        =
        intoSpan (memory.Span, offset, shape, fan, seed, spec)

    [<CompiledName "IntoBytes">]
    let intoBytes (span: Span<byte>, dtype: DType, offset: int64, shape: Shape, fan: Fan, seed: Seed, spec: Spec) =
        let size = DType.size dtype

        if span.Length % size <> 0 then
            let elements = int64 (span.Length / size)

            Error(
                InitError.MemoryLength(elements, elements + 1L)
                :: Validation.faults (Plan.resolve spec shape fan dtype)
                @ inside offset elements shape
            )
        else
            use p = fixed &MemoryMarshal.GetReference span
            at (NativePtr.toNativeInt p) (int64 (span.Length / size)) dtype offset shape fan seed spec

    [<CompiledName "Words">]
    let words (span: Span<uint32>, offset: int64, seed: Seed) : Result<unit, InitError list> =
        // Tiles write whole groups, so the words pass through a block with room for the overshoot.
        let block = Array.zeroCreate<uint32>(4096 + 128)
        use p = fixed block

        // Beyond the elements that a tensor can have lie the blocks kept for draws beside the elements' own.
        if offset < 0L || offset > Int64.MaxValue - int64 span.Length then
            Error [ InitError.SliceOutside(offset, int64 span.Length, Int64.MaxValue) ]
        else
            let mutable position = 0

            while position < span.Length do
                let element = offset + int64 position
                let head = int (element &&& 3L)
                let n = min (4096 - head) (span.Length - position)
                Tiles.Words(Tiles.Widest, seed.Key, seed.Stream, uint64 (element >>> 2), (head + n + 3) / 4, p)
                block.AsSpan(head, n).CopyTo(span.Slice(position, n))
                position <- position + n

            Ok()

    [<CompiledName "Devices">]
    let devices () = Engines.present ()
