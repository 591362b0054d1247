namespace Initializers.Files

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers.FSharp
open Initializers.Kernels

/// Writes elements [offset, offset + count) of a tensor to an address.
type internal Fill = int64 -> int64 -> nativeint -> Result<unit, InitError list>

/// What a run of elements is made of.
[<RequireQualifiedAccess>]
type internal Source =
    /// Elements of a plan from a seed.
    | Drawn of plan: Plan * seed: Initializers.Seed
    /// The same integer everywhere.
    | Repeated of bits: uint64 * size: int
    /// Whole numbers of a float64 plan, in an integer type.
    | Whole of plan: Plan * seed: Initializers.Seed * integer: IntegerType
    /// Elements of a float32 plan, rounded to eight bits.
    | Rounded of plan: Plan * seed: Initializers.Seed * format: Float8Type
    /// Elements of the caller, with what to dispose after the last of them.
    | Given of size: int * start: (Initializers.Device -> Fill * IDisposable option)

    /// Of a tensor of a model, from its own seed.
    static member OfContent(content: Content, storage: Storage, seed: Initializers.Seed) =
        match content, storage with
        | Content.Floats plan, Storage.Float8 format -> Rounded(plan, seed, format)
        | Content.Floats plan, _ -> Drawn(plan, seed)
        | Content.Integers bits, _ -> Repeated(bits, Storage.size storage)
        | Content.Whole plan, Storage.Integer integer -> Whole(plan, seed, integer)
        | Content.Whole plan, (Storage.Float _ | Storage.Float8 _) -> Drawn(plan, seed)

/// A run of elements of one tensor, on its way to a stream.
type internal Piece =
    { Source: Source
      Offset: int64
      Count: int64 }

    /// Bytes an element.
    member this.Size =
        match this.Source with
        | Source.Drawn(plan, _) -> DType.size plan.DType
        | Source.Repeated(_, size)
        | Source.Given(size, _) -> size
        | Source.Whole(_, _, integer) -> Storage.size (Storage.Integer integer)
        | Source.Rounded _ -> 1

    member this.Bytes = this.Count * int64 this.Size

/// Little-endian bytes of pieces, generated into one buffer while the other is consumed: memory stays bounded however
/// large the tensors are, and small tensors share a buffer.
module internal ElementStream =
    /// Fills host memory with elements made on a device.
    let private draw
        (device: Initializers.Device)
        (plan: Plan)
        (seed: Initializers.Seed)
        offset
        count
        (address: nativeint)
        =
        if Backends.isHost device then
            Backends.guard device (fun () -> StructureFill.Run [| HostWork.ofPlan plan seed offset count address |])
        else
            Backends.find device
            |> Result.bind (fun backend ->
                Backends.guard device (fun () ->
                    let works = [ Work.ofPlan plan seed offset count 0L ]

                    match backend with
                    | Backend.Gpu(accelerator, _) ->
                        let bytes = count * int64 (DType.size plan.DType)
                        use buffer = accelerator.AllocateRaw(max 1L bytes, 1)
                        let view = ArrayView<byte>(buffer, 0L, bytes)
                        Backends.run backend plan.DType works view
                        Backends.download view address
                    | Backend.Host
                    | Backend.Cpu _ -> Backends.fill backend plan.DType works address))

    let private repeat (bits: uint64) (size: int) (count: int64) (address: nativeint) =
        let p = address.ToPointer()
        let n = int count

        match size with
        | 1 -> Span<byte>(p, n).Fill(byte bits)
        | 2 -> Span<uint16>(p, n).Fill(uint16 bits)
        | 4 -> Span<uint32>(p, n).Fill(uint32 bits)
        | _ -> Span<uint64>(p, n).Fill bits

        Ok()

    /// The plan and the seed of elements that are drawn, whether they are rounded later or not.
    let private (|Draws|_|) (piece: Piece) =
        match piece.Source with
        | Source.Drawn(plan, seed)
        | Source.Rounded(plan, seed, _) -> Some(plan, seed)
        | Source.Repeated _
        | Source.Given _
        | Source.Whole _ -> None

    /// The fault of an element that its type does not hold, with its indices where the plan has them.
    let private ofElement (plan: Plan) element fault =
        match plan.Body with
        | Structure.Computed(Computed.Formula(NumberFormula.Indexed formula, _, _)) -> formula.Fault(element, fault)
        | _ -> fault

    /// Elements of a float32 plan that `draw` makes, rounded to eight bits. `index` is an element's index in the whole tensor.
    let rounded (plan: Plan) (draw: Fill) (index: int64 -> int64) (format: Float8Type) : Fill =
        let notHeld element number =
            ofElement plan (index element) (Float8Numbers.fault format number)

        Float8Elements.fill format notHeld draw

    /// Whole numbers of a plan, in an integer type, from float64 ones that `draw` makes, of which few are in memory at once.
    /// `index` is an element's index in the whole tensor.
    let integers (plan: Plan) (draw: Fill) index (integer: IntegerType) offset (count: int64) (address: nativeint) =
        let numbers = Array.zeroCreate<float>(int (min count 65536L))
        let size = Storage.size (Storage.Integer integer)
        let encode = Storage.encoder integer

        let notExact element number =
            ofElement plan (index element) (Storage.notExact integer number)

        let write (first: int64) =
            let some = min numbers.LongLength (count - first)
            use p = fixed numbers

            draw (offset + first) some (NativePtr.toNativeInt p)
            |> Result.bind (fun () ->
                let mutable fault = []
                let mutable i = 0

                while fault.IsEmpty && i < int some do
                    let target = address + nativeint (first + int64 i) * nativeint size

                    match encode numbers[i] with
                    | ValueSome bits when size = 1 -> NativePtr.write (NativePtr.ofNativeInt target) (byte bits)
                    | ValueSome bits -> TensorWindow.set size bits target
                    | ValueNone -> fault <- [ notExact (offset + first + int64 i) numbers[i] ]

                    i <- i + 1

                Validation.ofFaults fault ())

        (Ok(), seq { 0L .. 65536L .. count - 1L })
        ||> Seq.fold (fun result first -> result |> Result.bind (fun () -> write first))

    /// Elements of a piece that cost as much in parts as whole, made once.
    [<Sealed>]
    type private Held(piece: Piece) =
        let memory = NativeMemory.Alloc(unativeint piece.Bytes)
        member _.Address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory)

        interface IDisposable with
            member _.Dispose() = NativeMemory.Free memory

    let private drawnBytes (plan: Plan) (piece: Piece) =
        piece.Count * int64 (DType.size plan.DType)

    let private isHeld (piece: Piece) =
        match piece with
        | Draws(plan, _) ->
            StructureFill.IsWhole plan.Body
            && drawnBytes plan piece > int64 FileBuffer.Bytes
        | _ -> false

    /// How many elements, from the first of the whole tensor on, cost as much in parts as together: those of a matrix, or 1.
    let together (piece: Piece) : int64 =
        match piece with
        | Draws(plan, _) ->
            match plan.Body with
            | Structure.Batched(_, length, inner) when StructureFill.IsWhole inner -> length
            | body when StructureFill.IsWhole body -> piece.Count
            | _ -> 1L
        | _ -> 1L

    /// A batch in pieces of whole tensors, as many as a buffer takes, but one at least.
    let split (piece: Piece) : Piece seq =
        match piece with
        | Draws(plan, _) ->
            match plan.Body with
            | Structure.Batched(_, length, inner) when StructureFill.IsWhole inner ->
                let step =
                    max 1L (int64 (FileBuffer.Bytes / DType.size plan.DType) / length) * length

                Seq.unfold
                    (fun at ->
                        let left = piece.Offset + piece.Count - at

                        if left = 0L then
                            None
                        else
                            let count = min left (step - at % step)

                            Some(
                                { piece with
                                    Offset = at
                                    Count = count },
                                at + count
                            ))
                    piece.Offset
            | _ -> Seq.singleton piece
        | _ -> Seq.singleton piece

    /// What fills parts of a piece, and what to let go of in the end.
    let rec filler device (piece: Piece) : Result<Fill * IDisposable option, InitError list> =
        match piece.Source with
        | Source.Drawn(plan, seed) when isHeld piece ->
            Backends.guard device (fun () -> new Held(piece))
            |> Result.bind (fun held ->
                let drawn =
                    try
                        draw device plan seed piece.Offset piece.Count held.Address
                    with _ ->
                        (held :> IDisposable).Dispose()
                        reraise ()

                match drawn with
                | Error faults ->
                    (held :> IDisposable).Dispose()
                    Error faults
                | Ok() ->
                    let size = int64 piece.Size

                    let copy offset count (address: nativeint) =
                        let from = held.Address + nativeint ((offset - piece.Offset) * size)
                        Buffer.MemoryCopy(from.ToPointer(), address.ToPointer(), count * size, count * size)
                        Ok()

                    Ok(copy, Some(held :> IDisposable)))
        | Source.Drawn(plan, seed) -> Ok(draw device plan seed, None)
        | Source.Given(_, start) -> Ok(start device)
        | Source.Repeated(bits, size) -> Ok((fun _ count address -> repeat bits size count address), None)
        | Source.Whole(plan, seed, integer) ->
            Ok(integers plan (draw Initializers.Device.Cpu plan seed) id integer, None)
        | Source.Rounded(plan, seed, format) ->
            filler
                device
                { piece with
                    Source = Source.Drawn(plan, seed) }
            |> Result.map (fun (fill, held) -> rounded plan fill id format, held)

    /// The faults of a piece: it would take too much memory in addition to the buffers.
    let faults (piece: Piece) : InitError list =
        match piece with
        | Draws(plan, _) ->
            // Of the tensors of a batch none is larger than the second, of which the first may be a part.
            let held =
                split piece
                |> Seq.truncate 2
                |> Seq.filter isHeld
                |> Seq.fold (fun most part -> max most (float (drawnBytes plan part))) 0.0

            if held = 0.0 then
                Workspace.faults plan piece.Offset piece.Count
            else
                Workspace.faultsOf (held + Workspace.bytes plan piece.Offset piece.Count) (Workspace.available ())
        | _ -> []

    /// The bodies that draw a piece's elements.
    let private bodies (piece: Piece) =
        match piece with
        | Draws(plan, seed) -> StructureFill.Drawn(HostWork.ofPlan plan seed piece.Offset piece.Count 0n)
        | _ -> []

    /// Passes all pieces in order to `consume`, whole elements at a time: on another thread, one call after the other, and the
    /// last ones on this thread. A piece that cannot be made is not passed. `progress` receives the bytes consumed so far.
    let through
        (device: Initializers.Device)
        (consume: ReadOnlyMemory<byte> -> unit)
        (pieces: Piece seq)
        (progress: int64 -> unit)
        (token: CancellationToken)
        : Result<unit, InitError list> =
        let buffers =
            Array.init 2 (fun _ -> GC.AllocateUninitializedArray<byte>(FileBuffer.Bytes, true))

        let mutable current = 0
        let mutable used = 0
        let mutable consumed = 0L
        let mutable pending: ThreadWork option = None
        let mutable result = Ok()

        /// Waits for the buffer that is being consumed.
        let finish () =
            let consuming = pending
            pending <- None
            consuming |> Option.iter _.Finish()
            progress consumed

        /// The buffer's bytes, counted as consumed.
        let take () =
            let full = ReadOnlyMemory<byte>(buffers[current], 0, used)
            consumed <- consumed + int64 used
            used <- 0
            full

        /// Passes the buffer to the consumer and continues with the other one.
        let flush () =
            finish ()
            let full = take ()
            pending <- Some(ThreadWork(fun () -> consume full))
            current <- 1 - current

        let write () =
            // The tables of all pieces, several at once.
            pieces |> Seq.collect bodies |> Tables.fit
            use all = (Seq.collect split pieces).GetEnumerator()

            while Result.isOk result && all.MoveNext() do
                let piece = all.Current
                let size = piece.Size
                token.ThrowIfCancellationRequested()

                match filler device piece with
                | Error faults -> result <- Error faults
                | Ok(fill, held) ->
                    try
                        let mutable position = 0L

                        while Result.isOk result && position < piece.Count do
                            token.ThrowIfCancellationRequested()

                            if FileBuffer.Bytes - used < size then
                                flush ()

                            let count = min (piece.Count - position) (int64 ((FileBuffer.Bytes - used) / size))
                            use p = fixed &buffers[current].[used]
                            result <- fill (piece.Offset + position) count (NativePtr.toNativeInt p)

                            if Result.isOk result then
                                used <- used + int count * size
                                position <- position + count
                    finally
                        held |> Option.iter _.Dispose()

            finish ()

            if Result.isOk result && used > 0 then
                consume (take ())
                progress consumed

            result

        try
            Cancellation.Under(token, write)
        finally
            // A fault must not leave the consumer running on a stream that is about to close.
            pending |> Option.iter _.Join()

    /// Writes all pieces in order.
    let write device (stream: Stream) pieces progress token =
        through device (fun bytes -> SystemCalls.writeThrough stream bytes.Span) pieces progress token
