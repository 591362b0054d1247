namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers.FSharp

/// A buffer of a GPU. The collector counts its bytes as memory of the process.
[<Sealed>]
type internal SharedBuffer(buffer: MemoryBuffer, users: int) =
    inherit CountedMemory(users)
    do GC.AddMemoryPressure buffer.LengthInBytes

    member _.Buffer = buffer

    override this.Free() =
        GC.SuppressFinalize this
        GC.RemoveMemoryPressure buffer.LengthInBytes
        buffer.Dispose()

    // Nobody disposed the tensors. The buffer has a finalizer itself, and views may still use it.
    override _.Finalize() =
        GC.RemoveMemoryPressure buffer.LengthInBytes

/// The memory that the tensors of one call lie in.
[<RequireQualifiedAccess>]
type internal TensorMemory =
    /// Memory of the host, whose views belong to an accelerator of the caller's or to that of the process.
    | Host of array: HostArray * accelerator: Accelerator option
    | Device of SharedBuffer

    /// The offsets of tensors of these numbers of elements, and the bytes of all; None where an int64 cannot count them. Tensors
    /// begin at multiples of 256, which is more than any device asks of a vector.
    static member Layout(lengths: int64 list, size: int64) : (int64 list * int64) option =
        let alignment = 256L

        let places, total =
            (Int128.Zero, lengths)
            ||> List.mapFold (fun place length ->
                let bytes = Int128.op_Implicit length * Int128.op_Implicit size

                let filled =
                    (bytes + Int128.op_Implicit (alignment - 1L)) / Int128.op_Implicit alignment
                // ILGPU refuses buffers of no length and views at their end, so empty tensors keep bytes that none shows.
                let steps = Int128.Max(Int128.One, filled)
                place, place + steps * Int128.op_Implicit alignment)

        if total > Int128.op_Implicit (Int64.MaxValue - alignment) then
            None
        else
            Some(places |> List.map int64, Int128.op_Explicit total)

    /// Memory for `users` tensors, filled at its address on the host or as a view of its accelerator.
    static member FilledBy
        (backend: Backend, bytes: int64, users: int, fill: nativeint -> unit, run: ArrayView<byte> -> unit)
        : TensorMemory =
        let onHost accelerator =
            let array = HostArray(bytes, users)
            use start = fixed &array.Reference 0L
            fill (NativePtr.toNativeInt start)
            Host(array, accelerator)

        match backend with
        | Backend.Host -> onHost None
        | Backend.Cpu(accelerator, _) -> onHost (Some accelerator)
        | Backend.Gpu(accelerator, _) ->
            let buffer = accelerator.AllocateRaw(bytes, 1)

            try
                run (ArrayView<byte>(buffer, 0L, bytes))
                Device(SharedBuffer(buffer, users))
            with _ ->
                buffer.Dispose()
                reraise ()

    /// Memory for `users` tensors, filled with works of one dtype.
    static member Filled(backend: Backend, bytes: int64, dtype, works: Work<Body> list, users: int) : TensorMemory =
        TensorMemory.FilledBy(
            backend,
            bytes,
            users,
            Backends.fill backend dtype works,
            Backends.run backend dtype works
        )

    member private this.Shared: CountedMemory =
        match this with
        | Host(array, _) -> array
        | Device buffer -> buffer

    /// Keeps the memory until Release. False where it has been freed.
    member this.TryHold() : bool = this.Shared.TryHold()

    /// Copies bytes to an address of the host that stays where it is; complete on return. False where the memory has been freed.
    member this.TryCopy(place: int64, bytes: int64, target: nativeint) : bool =
        this.Shared.TryHold()
        && (try
                match this with
                | Host(array, _) ->
                    use source = fixed &array.Reference place
                    Buffer.MemoryCopy(NativePtr.toVoidPtr source, target.ToPointer(), bytes, bytes)
                | Device shared -> Backends.download (ArrayView<byte>(shared.Buffer, place, bytes)) target

                true
            finally
                this.Shared.Release())

    /// A view of bytes, which keeps memory of the host alive; none where the memory has been freed.
    member this.TryView(place: int64, bytes: int64) : ArrayView<byte> voption =
        match this with
        | Host(array, accelerator) ->
            if array.TryShow() then
                let accelerator = accelerator |> Option.defaultWith (fun () -> Accelerators.Cpu)
                ValueSome(ArrayView<byte>(array.Buffer accelerator, place, bytes))
            else
                ValueNone
        | Device shared -> ValueSome(ArrayView<byte>(shared.Buffer, place, bytes))

    /// One of the tensors is disposed, or a reader has ended.
    member this.Release() : unit = this.Shared.Release()
