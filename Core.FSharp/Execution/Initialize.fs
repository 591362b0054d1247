namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Numerics.Tensors
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers
open Initializers.Kernels

type Target = { Device: Device; DType: DType }

type TensorRequest =
    { Name: string
      Spec: Spec
      Dims: int64 list
      Fan: Fan }

type MemoryRequest =
    { Name: string
      Spec: Spec
      Dims: int64 list
      Fan: Fan
      Seed: Seed
      Memory: HostMemory }

[<RequireQualifiedAccess>]
module Target =
    [<CompiledName "Cpu">]
    let cpu =
        { Device = Device.Cpu
          DType = DType.Float32 }

[<RequireQualifiedAccess>]
module Initialize =
    /// The plan of a tensor for which there is memory enough.
    let private whole spec (shape: Shape) fan dtype =
        Plan.resolve spec shape fan dtype
        |> Result.bind (fun plan -> Validation.ofFaults (Workspace.faults plan 0L shape.Length) plan)

    /// Shape and plan when neither sizes nor spec, fan and dtype have a fault.
    let private shaped dtype fan spec dims =
        match Shape.ofList dims with
        | Ok shape -> whole spec shape fan dtype |> Result.map (fun plan -> struct (shape, plan))
        | Error faults -> Error(faults @ RequestFaults.knowable spec (Some dims) (Some fan) (Some dtype))

    /// The value of a request without faults. An unknown or absent device is reported together with the other faults.
    let private withDevice (device: Device) (result: Result<'a, InitError list>) =
        validation {
            let! value = result
            and! () = Backends.faults device
            return value
        }

    [<CompiledName "Validate">]
    let validate (target: Target) (fan: Fan) (spec: Spec) (dims: int64 list) : Result<Shape, InitError list> =
        shaped target.DType fan spec dims
        |> withDevice target.Device
        |> Result.map (fun struct (shape, _) -> shape)

    [<CompiledName "FaultsOf">]
    let faultsOf (target: Target) (fan: Fan option) (spec: Spec) (dims: int64 list) : InitError list =
        match fan with
        | Some fan -> Validation.faults (validate target fan spec dims)
        | None ->
            Validation.faults (Shape.ofList dims)
            @ RequestFaults.knowable spec (Some dims) None (Some target.DType)
            @ Backends.faults target.Device

    /// One buffer with a tensor for each plan, filled with the plan's elements from its origin's offset on.
    let private make (target: Target) (tensors: (Shape * Origin * Plan) list) =
        let size = int64 (DType.size target.DType)

        match TensorMemory.Layout(tensors |> List.map (fun (shape, _, _) -> shape.Length), size) with
        | None ->
            let shape, _, _ = tensors |> List.maxBy (fun (shape, _, _) -> shape.Length)
            Error [ InitError.ShapeOverflow shape.Dims ]
        | Some(places, total) ->
            Backends.find target.Device
            |> Result.bind (fun backend ->
                Backends.guard target.Device (fun () ->
                    let placed = List.zip tensors places

                    let works =
                        placed
                        |> List.map (fun ((shape, origin, plan), place) ->
                            Work.ofPlan plan origin.Seed origin.Offset shape.Length (place / size))

                    let memory = TensorMemory.Filled(backend, total, target.DType, works, placed.Length)

                    placed
                    |> List.map (fun ((shape, origin, _), place) ->
                        new Tensor(shape, target.DType, target.Device, memory, place, origin))))

    let private originOf spec fan shape offset seed : Origin =
        { Spec = spec
          Fan = fan
          Shape = shape
          Part = TensorPart.Slice offset
          Seed = seed }

    let private makeOne target shape origin plan =
        make target [ shape, origin, plan ] |> Result.map List.head

    [<CompiledName "Tensor">]
    let tensor (target: Target) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        whole spec shape fan target.DType
        |> withDevice target.Device
        |> Result.bind (makeOne target shape (originOf spec fan shape 0L seed))

    [<CompiledName "FaultsOfNames">]
    let faultsOfNames (names: string seq) : InitError list =
        let names = Array.ofSeq names
        // Strings compare by their characters, and hash so that nobody can make them collide.
        let seen = HashSet<string> names.Length
        let reported = HashSet<string>()
        let faults = List<InitError>()

        for name in names do
            if seen.Add name then
                if not (Names.isUnicode name) then
                    faults.Add(InitError.NameMalformed name)
            elif reported.Add name then
                faults.Add(InitError.TensorDuplicate name)

        List.ofSeq faults

    /// Shapes and plans of several tensors, or every fault, each in its tensor.
    let private planned (target: Target) (requests: TensorRequest list) =
        let plans =
            requests
            |> Validation.traverse (fun (request: TensorRequest) ->
                shaped target.DType request.Fan request.Spec request.Dims
                |> Result.mapError (List.map (fun fault -> InitError.InTensor(request.Name, fault))))

        validation {
            let! () = faultsOfNames (requests |> List.map _.Name)
            and! plans = plans
            return plans
        }
        |> withDevice target.Device

    [<CompiledName "FaultsOfTensors">]
    let faultsOfTensors (target: Target) (requests: TensorRequest list) =
        Validation.faults (planned target requests)

    [<CompiledName "Tensors">]
    let tensors (target: Target) (seed: Seed) (requests: TensorRequest list) =
        planned target requests
        |> Result.bind (function
            | [] -> Ok []
            | plans ->
                List.map2
                    (fun (request: TensorRequest) struct (shape, plan) ->
                        shape, originOf request.Spec request.Fan shape 0L (Seed.child request.Name seed), plan)
                    requests
                    plans
                |> make target)

    /// The plan of a slice, or every fault of slice and request.
    let private sliced offset count shape fan spec dtype =
        validation {
            let! plan = Plan.resolve spec shape fan dtype
            and! () = Shape.sliceFaults offset count shape.Length
            let! () = Workspace.faults plan offset count
            return plan
        }

    [<CompiledName "Slice">]
    let slice (offset: int64) (count: int64) (target: Target) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        sliced offset count shape fan spec target.DType
        |> withDevice target.Device
        |> Result.bind (fun plan ->
            Shape.ofList [ count ]
            |> Result.bind (fun part -> makeOne target part (originOf spec fan shape offset seed) plan))

    /// The plan of a slice into elements of a type. A type without a dtype is planned as float32, to find the other faults.
    let private slicedAs (t: Type) offset count shape fan spec =
        match ElementTypes.dtypeOf t with
        | Some dtype -> sliced offset count shape fan spec dtype
        | None ->
            Error(
                InitError.ElementType(t.Name, DType.Float32)
                :: Validation.faults (sliced offset count shape fan spec DType.Float32)
            )

    /// Fills elements at an address of the host.
    let private at (address: nativeint) (count: int64) offset (seed: Seed) (plan: Plan) =
        Backends.guard Device.Cpu (fun () -> StructureFill.Run [| HostWork.ofPlan plan seed offset count address |])

    [<CompiledName "FillSpan">]
    let fillSpan<'T when 'T: unmanaged>
        (span: Span<'T>, offset: int64, shape: Shape, fan: Fan, seed: Seed, spec: Spec)
        =
        use p = fixed &MemoryMarshal.GetReference span
        let count = int64 span.Length
        // A closure could not hold the pointer itself.
        let address = NativePtr.toNativeInt p

        slicedAs typeof<'T> offset count shape fan spec
        |> Result.bind (at address count offset seed)

    [<CompiledName "Fill">]
    let fill<'T when 'T: unmanaged>
        (memory: Memory<'T>)
        (offset: int64)
        (shape: Shape)
        (fan: Fan)
        (seed: Seed)
        (spec: Spec)
        =
        fillSpan (memory.Span, offset, shape, fan, seed, spec)

    [<CompiledName "FillView">]
    let fillView (view: ArrayView<'T>) (offset: int64) (shape: Shape) (fan: Fan) (seed: Seed) (spec: Spec) =
        let count = view.Length

        // A view of no elements need not belong to any accelerator.
        let device =
            if count = 0L then
                Device.Cpu
            else
                Device.OfAccelerator(view.GetAccelerator())

        slicedAs typeof<'T> offset count shape fan spec
        |> withDevice device
        |> Result.bind (fun plan ->
            if count = 0L then
                Ok()
            else
                Backends.find device
                |> Result.bind (fun backend ->
                    Backends.guard device (fun () ->
                        let bytes = view.Cast<byte>().SubView(0L, count * int64 (DType.size plan.DType))
                        Backends.run backend plan.DType [ Work.ofPlan plan seed offset count 0L ] bytes)))

    [<CompiledName "FillBytes">]
    let fillBytes (span: Span<byte>, dtype: DType, offset: int64, shape: Shape, fan: Fan, seed: Seed, spec: Spec) =
        let size = DType.size dtype

        if span.Length % size <> 0 then
            let elements = int64 (span.Length / size)

            Error(
                InitError.MemoryLength(elements, elements + 1L)
                :: Validation.faults (Plan.resolve spec shape fan dtype)
                @ Shape.sliceFaults offset elements shape.Length
            )
        else
            use p = fixed &MemoryMarshal.GetReference span
            let address = NativePtr.toNativeInt p
            let count = int64 (span.Length / size)

            sliced offset count shape fan spec dtype
            |> Result.bind (at address count offset seed)

    /// The plan of memory, its sizes, fan and spec.
    let private planIn (memory: HostMemory) fan spec dims : Result<Plan, InitError list> =
        HostFill.planned memory dims (fun dtype ->
            shaped dtype fan spec dims |> Result.map (fun struct (_, plan) -> plan))

    [<CompiledName "FillMemory">]
    let fillMemory (memory: HostMemory) (dims: int64 list) (fan: Fan) (seed: Seed) (spec: Spec) =
        let memories = [| memory |]

        planIn memory fan spec dims
        |> Result.bind (fun plan ->
            MemoryRanges.pinned memories (fun addresses ->
                Backends.guard Device.Cpu (fun () -> HostFill.run memories addresses [| plan |] (fun _ -> seed))))

    [<CompiledName "FillTensorSpan">]
    let fillTensorSpan<'T when 'T: unmanaged and 'T: struct>
        (span: TensorSpan<'T>, fan: Fan, seed: Seed, spec: Spec)
        : Result<unit, InitError list> =
        use p = fixed &span.GetPinnableReference()
        let dims = span.Lengths.ToArray() |> Seq.map int64 |> List.ofSeq
        let strides = span.Strides.ToArray() |> Seq.map int64 |> List.ofSeq
        let memory = HostMemory.AtSpan(NativePtr.toNativeInt p, typeof<'T>, dims, strides)
        fillMemory memory dims fan seed spec

    /// The plan of a request.
    let private planOf (request: MemoryRequest) : Result<Plan, InitError list> =
        planIn request.Memory request.Fan request.Spec request.Dims
        |> Result.mapError (List.map (fun fault -> InitError.InTensor(request.Name, fault)))

    /// Whether lists have the same sizes. Their general equality allocates.
    let rec private isSameSizes (a: int64 list) (b: int64 list) =
        match a with
        | size :: sizes -> not b.IsEmpty && size = b.Head && isSameSizes sizes b.Tail
        | [] -> b.IsEmpty

    /// Whether two requests have one plan, as far as a glance tells.
    let private isEqual (a: MemoryRequest) (b: MemoryRequest) =
        Object.ReferenceEquals(a.Spec, b.Spec)
        && a.Memory.IsLike b.Memory
        && (Object.ReferenceEquals(a.Fan, b.Fan) || a.Fan.Equals b.Fan)
        && isSameSizes a.Dims b.Dims

    /// Requests that draw from the seed of an earlier one.
    let private seedFaults (requests: MemoryRequest[]) (plans: Plan[]) : InitError list =
        let draws i =
            plans[i].Length > 0L && BodyKind.draws plans[i].Body

        // Most lists have as many streams as entries.
        let streams = HashSet<uint64> requests.Length

        if requests |> Array.forall (fun request -> streams.Add request.Seed.Stream) then
            []
        else
            let first = Dictionary<Seed, string>()

            [ for i in 0 .. requests.Length - 1 do
                  if draws i && not (first.TryAdd(requests[i].Seed, requests[i].Name)) then
                      InitError.SeedDuplicate(requests[i].Name, first[requests[i].Seed]) ]

    /// Plans of requests, of which a model has many of one kind one after the other, and every fault.
    let private plansOf (requests: MemoryRequest[]) : struct (Plan[] * InitError list) =
        let plans = Array.zeroCreate requests.Length
        let faults = List<InitError>()

        for i in 0 .. requests.Length - 1 do
            if i > 0 && faults.Count = 0 && isEqual requests[i] requests[i - 1] then
                plans[i] <- plans[i - 1]
            else
                match planOf requests[i] with
                | Ok plan -> plans[i] <- plan
                | Error es -> faults.AddRange es

        if faults.Count = 0 then
            faults.AddRange(seedFaults requests plans)

        struct (plans, List.ofSeq faults)

    /// Plans of requests whose memories are at the addresses, or every fault.
    let private checkedPlans (requests: MemoryRequest[]) (addresses: nativeint[]) : Result<Plan[], InitError list> =
        let struct (plans, faults) = plansOf requests

        let overlaps =
            MemoryRanges.overlaps (requests |> Array.map _.Memory) addresses
            |> List.map (fun (first, second) -> InitError.MemoriesOverlap(requests[first].Name, requests[second].Name))

        Validation.ofFaults (faults @ overlaps) plans

    [<CompiledName "FaultsOfAll">]
    let faultsOfAll (requests: MemoryRequest seq) : InitError list =
        let requests = Array.ofSeq requests

        MemoryRanges.pinned (requests |> Array.map _.Memory) (checkedPlans requests)
        |> Validation.faults

    [<CompiledName "FillAll">]
    let fillAll (requests: MemoryRequest seq) : Result<unit, InitError list> =
        let requests = Array.ofSeq requests
        let memories = requests |> Array.map _.Memory

        MemoryRanges.pinned memories (fun addresses ->
            checkedPlans requests addresses
            |> Result.bind (fun plans ->
                Backends.guard Device.Cpu (fun () ->
                    HostFill.run memories addresses plans (fun i -> requests[i].Seed))))

    [<CompiledName "Words">]
    let words (span: Span<uint32>, offset: int64, seed: Seed) : Result<unit, InitError list> =
        // Tiles write whole groups, so the words pass through a block with room for the overshoot.
        let block = Array.zeroCreate<uint32>(4096 + TileBlocks.Slack)
        use p = fixed block

        // The blocks above the largest element index are reserved for draws other than element values.
        if offset < 0L || offset > Int64.MaxValue - int64 span.Length then
            Error [ InitError.SliceOutOfRange(offset, int64 span.Length, Int64.MaxValue) ]
        else
            let mutable position = 0

            while position < span.Length do
                let element = offset + int64 position
                let head = int (element &&& 3L)
                let n = min (4096 - head) (span.Length - position)
                PhiloxTiles.Write(PhiloxTiles.Widest, seed.Key, seed.Stream, uint64 (element >>> 2), head + n, p)
                block.AsSpan(head, n).CopyTo(span.Slice(position, n))
                position <- position + n

            Ok()

    [<CompiledName "Devices">]
    let devices () = Backends.present ()
