namespace Initializers

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open Initializers.FSharp
open Initializers.Kernels

/// Reads a tensor's bytes until it is disposed, also after the tensor is.
[<Sealed>]
type internal TensorReader(memory: TensorMemory, place: int64) =
    /// Copies bytes from an offset on to an address of the host that stays where it is.
    member _.Copy(offset: int64, bytes: int64, target: nativeint) : unit =
        memory.TryCopy(place + offset, bytes, target) |> ignore

    interface IDisposable with
        member _.Dispose() = memory.Release()

/// <summary>A row-major device buffer with shape and element type; Ivy calls it a variable.</summary>
/// <remarks>Elements are read as <c>float</c> (float32), <see cref="T:System.Half"/> (float16),
/// <see cref="T:Initializers.BFloat16"/> (bfloat16) or <c>double</c> (float64), or as raw little-endian bytes (<c>byte</c>); for
/// kernels also as ILGPU's Half (float16). Disposing a tensor frees GPU memory at once. CPU memory belongs to the garbage
/// collector, which counts it and frees it when no span or view refers to it; if no span or view was taken, disposing lets other
/// tensors reuse it at once. Every later use throws <see cref="T:System.ObjectDisposedException"/>; a copy that another thread
/// is making at that moment is correct or throws the same.</remarks>
/// <example><code>using var w = new KaimingNormal().CreateVariables([512, 256], fanIn: 256);
/// float[] values = w.ToArray&lt;float&gt;();</code></example>
[<Sealed; StructuredFormatDisplay "{Display}">]
type Tensor
    internal
    (shape: Shape, dtype: DType, device: Initializers.Device, memory: TensorMemory, place: int64, origin: Origin) =
    let mutable memory = Some memory
    let bytes = shape.Length * int64 (DType.size dtype)

    let disposed () =
        raise (ObjectDisposedException(nameof Tensor))

    /// The memory, until the tensor is disposed.
    let current () : TensorMemory =
        match Volatile.Read &memory with
        | Some memory -> memory
        | None -> disposed ()

    /// Elements of type T in the tensor, if T can hold its dtype.
    let lengthAs (requested: Type) =
        let fits = requested = typeof<byte> || ElementTypes.dtypeOf requested = Some dtype

        if not fits then
            raise (ArgumentException(InitError.message (InitError.ElementType(requested.Name, dtype))))

        if requested = typeof<byte> then bytes else shape.Length

    let hostSpan () : Span<'T> =
        let memory = current ()
        let length = lengthAs typeof<'T>

        let array =
            match memory with
            | TensorMemory.Host(array, _) -> array
            | TensorMemory.Device _ ->
                raise (
                    InvalidOperationException
                        $"the tensor is on '{device}', whose memory the host cannot read in place; use ToArray or CopyTo."
                )

        if length > int64 Int32.MaxValue then
            raise (
                InvalidOperationException
                    $"the tensor has {length} elements and a span holds {Int32.MaxValue} at most; use View, or create slices."
            )

        if not (array.TryShow()) then
            disposed ()

        MemoryMarshal.CreateSpan(&Unsafe.As<byte, 'T>(&array.Reference place), int length)

    /// The first values as text, at most 6 of them; none where the tensor has been disposed.
    let firstValues () : string list option =
        let size = DType.size dtype
        let count = int (min shape.Length 6L)
        // A span of no bytes has no address.
        let read = Array.zeroCreate<byte>(max 1 (count * size))
        use pinned = fixed read

        let isRead =
            match Volatile.Read &memory with
            | Some memory ->
                count = 0
                || memory.TryCopy(place, int64 (count * size), NativePtr.toNativeInt pinned)
            | None -> false

        let value i =
            let at = i * size

            match dtype with
            | DType.Float16 -> float (BitConverter.ToHalf(read, at))
            | DType.BFloat16 -> float (BFloat16.FromBits(BitConverter.ToUInt16(read, at)).ToSingle())
            | DType.Float64 -> BitConverter.ToDouble(read, at)
            | _ -> float (BitConverter.ToSingle(read, at))

        if isRead then
            Some(List.init count (fun i -> (value i).ToString("g6", CultureInfo.InvariantCulture)))
        else
            None

    /// The sizes as a shape.
    member internal _.Sizes = shape

    /// What filled the tensor. The caller may have changed its elements since.
    member internal _.Origin = origin

    /// A reader of the tensor's bytes, which the caller disposes.
    member internal _.Read() : TensorReader =
        let memory = current ()

        if memory.TryHold() then
            new TensorReader(memory, place)
        else
            disposed ()

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    member _.Shape: IReadOnlyList<int64> = Array.ofList shape.Dims :> IReadOnlyList<int64>

    /// <summary>The number of elements.</summary>
    member _.Length = shape.Length

    /// <summary>The element type.</summary>
    member _.DType = dtype

    /// <summary>The device that holds the buffer.</summary>
    member _.Device = device

    /// <summary>Copies all elements into <paramref name="target"/>, whose length equals the tensor's.</summary>
    /// <exception cref="T:System.ArgumentException">The element type or the length differs.</exception>
    /// <exception cref="T:System.ObjectDisposedException">The tensor has been disposed.</exception>
    member _.CopyTo<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (target: Span<'T>)
        : unit =
        let memory = current ()
        let length = lengthAs typeof<'T>

        if int64 target.Length <> length then
            raise (ArgumentException(InitError.message (InitError.MemoryLength(int64 target.Length, length))))

        if length > 0L then
            // By address, since a span of bytes ends at 2^31.
            use pinned = fixed &MemoryMarshal.GetReference target

            if not (memory.TryCopy(place, bytes, NativePtr.toNativeInt pinned)) then
                disposed ()

    /// <summary>Returns all elements in a new array.</summary>
    /// <exception cref="T:System.ArgumentException">The element type differs, or an array cannot hold the elements.</exception>
    /// <exception cref="T:System.ObjectDisposedException">The tensor has been disposed.</exception>
    member this.ToArray<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() : 'T[] =
        current () |> ignore
        let length = lengthAs typeof<'T>

        if length > int64 Array.MaxLength then
            raise (
                ArgumentException
                    $"the tensor has {length} elements and an array holds {Array.MaxLength} at most; create slices instead."
            )

        let values = GC.AllocateUninitializedArray<'T>(int length)
        this.CopyTo(Span<'T> values)
        values

    /// <summary>Returns the elements of a CPU tensor as a span, without a copy. The span keeps their memory alive, also after
    /// the tensor is disposed or collected.</summary>
    /// <exception cref="T:System.InvalidOperationException">The tensor is on a GPU, or has more elements than a span
    /// holds.</exception>
    /// <exception cref="T:System.ArgumentException">The element type differs.</exception>
    /// <exception cref="T:System.ObjectDisposedException">The tensor has been disposed.</exception>
    member _.AsSpan<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() : Span<'T> =
        hostSpan ()

    /// <summary>Returns the buffer as an ILGPU view, for the caller's kernels. The view keeps the memory alive after the tensor
    /// is collected, and CPU memory also after the tensor is disposed. The first view of CPU memory opens ILGPU's context.</summary>
    /// <exception cref="T:System.ArgumentException">The element type differs.</exception>
    /// <exception cref="T:System.NotSupportedException">The program was published ahead of time or trimmed.</exception>
    /// <exception cref="T:System.ObjectDisposedException">The tensor has been disposed.</exception>
    member _.View<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        ()
        : ArrayView<'T> =
        let memory = current ()
        let length = lengthAs typeof<'T>

        if Accelerators.IsSupported then
            match memory.TryView(place, bytes) with
            | ValueSome view -> view.Cast<'T>().SubView(0L, length)
            | ValueNone -> disposed ()
        else
            raise (NotSupportedException(InitError.message (InitError.DeviceFailed(device.Name, Accelerators.Refusal))))

    /// <summary>Returns dtype, shape, device and the first six values with six digits. Values on a GPU are copied.</summary>
    /// <example><code>new Ones().CreateVariables([2, 4]).ToString() // "float32[2, 4] on cpu: 1, 1, 1, 1, 1, 1, …"</code></example>
    override _.ToString() : string =
        let sizes = shape.Dims |> List.map string |> String.concat ", "
        let head = $"{Names.dtype dtype}[{sizes}] on {device}"

        match firstValues () with
        | None -> $"{head}, disposed"
        | Some [] -> $"{head}, no elements"
        | Some values ->
            let more = if shape.Length > int64 values.Length then ", …" else ""
            let values = String.concat ", " values
            $"{head}: {values}{more}"

    /// What F#'s %A and its interactive console show.
    member internal this.Display = this.ToString()

    /// <summary>Ends the use of the tensor. Tensors that one call made share their GPU memory, which is freed with the last of
    /// them. Disposing twice is allowed.</summary>
    member _.Dispose() =
        // Once, also when two threads dispose at the same time: others may use the memory.
        match Interlocked.Exchange(&memory, None) with
        | Some memory -> memory.Release()
        | None -> ()

    interface IDisposable with
        member this.Dispose() = this.Dispose()
