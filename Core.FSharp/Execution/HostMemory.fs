namespace Initializers

open System
open System.Buffers
open System.Runtime.CompilerServices
open Initializers.FSharp

/// Types of .NET and ILGPU that hold elements.
module internal ElementTypes =
    /// The dtype whose elements a type holds.
    let dtypeOf (t: Type) : DType option =
        if t = typeof<float32> then
            Some DType.Float32
        elif t = typeof<System.Half> || t = typeof<ILGPU.Half> then
            Some DType.Float16
        elif t = typeof<BFloat16> then
            Some DType.BFloat16
        elif t = typeof<float> then
            Some DType.Float64
        else
            None

/// <summary>Host memory of the caller, with its element type, to be filled in place.</summary>
/// <remarks>Arrays and <see cref="T:System.Memory`1"/> of float32, Half, BFloat16 and float64 convert to it; they are pinned
/// while they are filled. Memory that .NET does not own is given by its address.</remarks>
/// <example><code>HostMemory managed = new float[512 * 256];
/// HostMemory native = HostMemory.At(address, 512 * 256, DType.Float32);</code></example>
[<Sealed>]
type HostMemory
    private (dtype: DType voption, elements: Type, elementSize: int, length: int64, pin: unit -> MemoryHandle) =
    /// Memory of a null array would be empty.
    static let ofArray (array: 'T[]) : HostMemory =
        ArgumentNullException.ThrowIfNull(array, nameof array)
        HostMemory.Of(Memory array)

    /// The dtype of the elements; none where their type holds none.
    member internal _.KnownDType = dtype

    /// <summary>The dtype of the elements, or null if their type has no dtype; filling is then the error element-type.</summary>
    member _.DType: Nullable<DType> =
        match dtype with
        | ValueSome dtype -> Nullable dtype
        | ValueNone -> Nullable()

    /// The .NET type of the elements.
    member internal _.Elements = elements

    /// Bytes an element.
    member internal _.ElementSize = elementSize

    /// Whether the memory is bytes, whose meaning a request decides.
    member internal _.IsBytes = dtype.IsNone && elements = typeof<byte>

    /// The memory where it is, until the handle is disposed.
    member internal _.Pin() = pin ()

    /// <summary>The number of elements.</summary>
    member _.Length = length

    /// <summary>Wraps managed memory. If its element type is not float32, Half (.NET's or ILGPU's), BFloat16 or float64, filling
    /// it is the error element-type.</summary>
    /// <typeparam name="'T">The element type.</typeparam>
    /// <param name="memory">The memory.</param>
    static member Of<'T when 'T: unmanaged and 'T: struct>(memory: Memory<'T>) : HostMemory =
        let dtype =
            match ElementTypes.dtypeOf typeof<'T> with
            | Some dtype -> ValueSome dtype
            | None -> ValueNone

        HostMemory(dtype, typeof<'T>, Unsafe.SizeOf<'T>(), int64 memory.Length, (fun () -> memory.Pin()))

    /// <summary>Wraps memory at an address. The caller keeps it in place and writable while it is filled.</summary>
    /// <param name="address">The address of the first element.</param>
    /// <param name="length">The number of elements, 0 or more.</param>
    /// <param name="dtype">Their type.</param>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="T:System.ArgumentNullException">The address is 0 and the length is not.</exception>
    static member At(address: nativeint, length: int64, dtype: DType) : HostMemory =
        HostMemory.Unmanaged(address, length, ValueSome dtype, DType.size dtype)

    /// <summary>Wraps bytes at an address, for a tensor of a model, which says what its elements are. The caller keeps them in
    /// place and writable while they are filled.</summary>
    /// <param name="address">The address of the first byte.</param>
    /// <param name="bytes">The number of bytes, 0 or more.</param>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="T:System.ArgumentNullException">The address is 0 and the number is not.</exception>
    static member AtBytes(address: nativeint, bytes: int64) : HostMemory =
        HostMemory.Unmanaged(address, bytes, ValueNone, 1)

    static member private Unmanaged(address: nativeint, length: int64, dtype, elementSize) : HostMemory =
        ArgumentOutOfRangeException.ThrowIfNegative(length, nameof length)

        if address = 0n && length > 0L then
            raise (ArgumentNullException(nameof address))

        HostMemory(dtype, typeof<byte>, elementSize, length, (fun () -> new MemoryHandle(address.ToPointer())))

    /// <summary>Managed memory of float32.</summary>
    static member op_Implicit(memory: Memory<float32>) : HostMemory = HostMemory.Of memory

    /// <summary>Managed memory of float16.</summary>
    static member op_Implicit(memory: Memory<System.Half>) : HostMemory = HostMemory.Of memory

    /// <summary>Managed memory of bfloat16.</summary>
    static member op_Implicit(memory: Memory<BFloat16>) : HostMemory = HostMemory.Of memory

    /// <summary>Managed memory of float64.</summary>
    static member op_Implicit(memory: Memory<float>) : HostMemory = HostMemory.Of memory

    /// <summary>An array of float32.</summary>
    /// <exception cref="T:System.ArgumentNullException">The array is null.</exception>
    static member op_Implicit(array: float32[]) : HostMemory = ofArray array

    /// <summary>An array of float16.</summary>
    /// <exception cref="T:System.ArgumentNullException">The array is null.</exception>
    static member op_Implicit(array: System.Half[]) : HostMemory = ofArray array

    /// <summary>An array of bfloat16.</summary>
    /// <exception cref="T:System.ArgumentNullException">The array is null.</exception>
    static member op_Implicit(array: BFloat16[]) : HostMemory = ofArray array

    /// <summary>An array of float64.</summary>
    /// <exception cref="T:System.ArgumentNullException">The array is null.</exception>
    static member op_Implicit(array: float[]) : HostMemory = ofArray array
