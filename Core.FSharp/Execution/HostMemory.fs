namespace Initializers

open System
open System.Buffers
open System.Collections.Generic
open System.Numerics.Tensors
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Storage
open Initializers.FSharp
open Initializers.Kernels

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

    /// As `dtypeOf`.
    let known (t: Type) : DType voption =
        match dtypeOf t with
        | Some dtype -> ValueSome dtype
        | None -> ValueNone

/// A tensor of the platform, pinned. In System.Numerics.Tensors 10, the address of the tensor's handle is that of the whole
/// array also for a slice, so it is not used.
[<Sealed>]
type internal PinnedTensor<'T>(tensor: Tensor<'T>) =
    let handle = tensor.GetPinnedHandle()

    /// The address of the first element, until it is disposed.
    member this.Handle =
        let span = tensor.AsTensorSpan()
        new MemoryHandle(Unsafe.AsPointer(&span.GetPinnableReference()), pinnable = this)

    interface IPinnable with
        member this.Pin _ = this.Handle
        member _.Unpin() = handle.Dispose()

/// <summary>Host memory of the caller, with its element type, to be filled in place.</summary>
/// <remarks>Arrays and <see cref="T:System.Memory`1"/> of float32, Half, BFloat16 and float64 convert to it; they are pinned
/// while they are filled. Memory that .NET does not own is given by its address. Tensors of System.Numerics.Tensors and dense
/// matrices and vectors of Math.NET Numerics convert to it with their shape and strides, and nothing is copied.</remarks>
/// <example><code>HostMemory managed = new float[512 * 256];
/// HostMemory native = HostMemory.At(address, 512 * 256, DType.Float32);</code></example>
[<Sealed>]
type HostMemory
    private
    (
        dtype: DType voption,
        elements: Type,
        elementSize: int,
        room: int64,
        layout: MemoryLayout voption,
        pin: unit -> MemoryHandle
    ) =
    /// Memory of a null array would be empty.
    static let ofArray (array: 'T[]) : HostMemory =
        ArgumentNullException.ThrowIfNull(array, nameof array)
        HostMemory.Of(Memory array)

    static let ofPinned (elements: Type) (room: int64) (layout: MemoryLayout) (pin: unit -> MemoryHandle) =
        let dtype = ElementTypes.known elements

        // Memory of a type without a dtype has no tensor's elements, however many bytes they are.
        let size =
            match dtype with
            | ValueSome dtype -> DType.size dtype
            | ValueNone -> 1

        HostMemory(dtype, elements, size, room, ValueSome layout, pin)

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
    member internal _.IsBytes = dtype.IsNone && elements = typeof<byte> && layout.IsNone

    /// The memory where it is, until the handle is disposed.
    member internal _.Pin() = pin ()

    /// Where the elements of a tensor with strides lie.
    member internal _.Layout = layout

    /// Whether both are without strides and have equally many elements of one dtype.
    member internal _.IsLike(other: HostMemory) =
        room = other.Length
        && layout.IsNone
        && other.Layout.IsNone
        && dtype.IsSome = other.KnownDType.IsSome
        && (dtype.IsNone || dtype.Value = other.KnownDType.Value)

    /// <summary>The number of elements to fill.</summary>
    member _.Length =
        match layout with
        | ValueSome layout -> layout.Length
        | ValueNone -> room

    /// <summary>The sizes of the axes, outermost first. Memory without strides is one axis.</summary>
    member _.Shape: IReadOnlyList<int64> =
        match layout with
        | ValueSome layout -> layout.Dims
        | ValueNone -> [ room ]

    /// <summary>Wraps managed memory. If its element type is not float32, Half (.NET's or ILGPU's), BFloat16 or float64, filling
    /// it is the error element-type.</summary>
    /// <typeparam name="'T">The element type.</typeparam>
    /// <param name="memory">The memory.</param>
    [<OverloadResolutionPriority(1)>]
    static member Of<'T when 'T: unmanaged and 'T: struct>(memory: Memory<'T>) : HostMemory =
        HostMemory(
            ElementTypes.known typeof<'T>,
            typeof<'T>,
            Unsafe.SizeOf<'T>(),
            int64 memory.Length,
            ValueNone,
            (fun () -> memory.Pin())
        )

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

        let pin () = new MemoryHandle(address.ToPointer())
        HostMemory(dtype, typeof<byte>, elementSize, length, ValueNone, pin)

    /// Memory of a span of a tensor that is pinned.
    static member internal AtSpan
        (address: nativeint, elements: Type, dims: int64 list, strides: int64 list)
        : HostMemory =
        let layout = Strides.layout dims strides 0L Int64.MaxValue
        ofPinned elements Int64.MaxValue layout (fun () -> new MemoryHandle(address.ToPointer()))

    /// <summary>Gives memory a shape and strides, such as those of a transposed, padded or column-major tensor.</summary>
    /// <remarks>Nothing is checked here. Filling reports every fault at once: <c>shape-negative</c>, <c>strides-rank</c>,
    /// <c>stride-negative</c>, <c>strides-overlap</c> if two indices have one element or the strides do not nest, and
    /// <c>memory-too-short</c>. Elements of the memory that have no index are not touched.</remarks>
    /// <param name="memory">The memory. If it has strides, those given here take their place.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="strides">From one index of each axis to the next, in elements of the memory.</param>
    /// <param name="offset">The index in the memory of the tensor's first element, 0 or more.</param>
    /// <exception cref="T:System.ArgumentNullException">The memory, the shape or the strides are null.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <example><code>// A column-major matrix of 512 rows and 256 columns.
    /// HostMemory weights = HostMemory.Strided(new float[512 * 256], [512, 256], [1, 512]);</code></example>
    static member Strided
        (memory: HostMemory, shape: int64[], strides: int64[], [<Optional; DefaultParameterValue(0L)>] offset: int64)
        : HostMemory =
        ArgumentNullException.ThrowIfNull(memory, nameof memory)
        ArgumentNullException.ThrowIfNull(shape, nameof shape)
        ArgumentNullException.ThrowIfNull(strides, nameof strides)
        ArgumentOutOfRangeException.ThrowIfNegative(offset, nameof offset)
        memory.WithStrides(List.ofArray shape, List.ofArray strides, offset)

    member private _.WithStrides(dims, strides, offset) : HostMemory =
        HostMemory(dtype, elements, elementSize, room, ValueSome(Strides.layout dims strides offset room), pin)

    /// <summary>A tensor of the platform, with its shape and strides.</summary>
    /// <typeparam name="'T">The element type.</typeparam>
    /// <param name="tensor">The tensor, which may be a slice or a permutation of another.</param>
    /// <exception cref="T:System.ArgumentNullException">The tensor is null.</exception>
    static member Of<'T when 'T: unmanaged and 'T: struct>(tensor: Tensor<'T>) : HostMemory =
        ArgumentNullException.ThrowIfNull(tensor, nameof tensor)
        let dims = tensor.Lengths.ToArray() |> Seq.map int64 |> List.ofSeq
        let strides = tensor.Strides.ToArray() |> Seq.map int64 |> List.ofSeq
        let layout = Strides.layout dims strides 0L Int64.MaxValue
        ofPinned typeof<'T> Int64.MaxValue layout (fun () -> PinnedTensor(tensor).Handle)

    /// <summary>A matrix of Math.NET Numerics: element (i, j) is the tensor's [i, j]. If its storage is not dense, filling it is
    /// the error storage-not-dense.</summary>
    /// <typeparam name="'T">float32 or float64.</typeparam>
    /// <param name="matrix">The matrix.</param>
    /// <exception cref="T:System.ArgumentNullException">The matrix is null.</exception>
    static member Of<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> IEquatable<'T>
        and 'T :> IFormattable>
        (matrix: Matrix<'T>)
        : HostMemory =
        ArgumentNullException.ThrowIfNull(matrix, nameof matrix)
        let dims = [ int64 matrix.RowCount; int64 matrix.ColumnCount ]

        match matrix.Storage with
        | :? DenseColumnMajorMatrixStorage<'T> as storage ->
            HostMemory.Of(Memory storage.Data).WithStrides(dims, Strides.columnMajor dims, 0L)
        | storage -> ofPinned typeof<'T> 0L (Strides.notDense dims (storage.GetType())) (fun () -> new MemoryHandle())

    /// <summary>A vector of Math.NET Numerics. If its storage is not dense, filling it is the error storage-not-dense.</summary>
    /// <typeparam name="'T">float32 or float64.</typeparam>
    /// <param name="vector">The vector.</param>
    /// <exception cref="T:System.ArgumentNullException">The vector is null.</exception>
    static member Of<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> IEquatable<'T>
        and 'T :> IFormattable>
        (vector: Vector<'T>)
        : HostMemory =
        ArgumentNullException.ThrowIfNull(vector, nameof vector)

        match vector.Storage with
        | :? DenseVectorStorage<'T> as storage -> HostMemory.Of(Memory storage.Data)
        | storage ->
            let layout = Strides.notDense [ int64 vector.Count ] (storage.GetType())
            ofPinned typeof<'T> 0L layout (fun () -> new MemoryHandle())

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

    /// <summary>A tensor of float32.</summary>
    /// <exception cref="T:System.ArgumentNullException">The tensor is null.</exception>
    static member op_Implicit(tensor: Tensor<float32>) : HostMemory = HostMemory.Of tensor

    /// <summary>A tensor of float16.</summary>
    /// <exception cref="T:System.ArgumentNullException">The tensor is null.</exception>
    static member op_Implicit(tensor: Tensor<System.Half>) : HostMemory = HostMemory.Of tensor

    /// <summary>A tensor of bfloat16.</summary>
    /// <exception cref="T:System.ArgumentNullException">The tensor is null.</exception>
    static member op_Implicit(tensor: Tensor<BFloat16>) : HostMemory = HostMemory.Of tensor

    /// <summary>A tensor of float64.</summary>
    /// <exception cref="T:System.ArgumentNullException">The tensor is null.</exception>
    static member op_Implicit(tensor: Tensor<float>) : HostMemory = HostMemory.Of tensor

    /// <summary>A dense matrix of float32.</summary>
    /// <exception cref="T:System.ArgumentNullException">The matrix is null.</exception>
    static member op_Implicit(matrix: Matrix<float32>) : HostMemory = HostMemory.Of matrix

    /// <summary>A dense matrix of float64.</summary>
    /// <exception cref="T:System.ArgumentNullException">The matrix is null.</exception>
    static member op_Implicit(matrix: Matrix<float>) : HostMemory = HostMemory.Of matrix

    /// <summary>A dense vector of float32.</summary>
    /// <exception cref="T:System.ArgumentNullException">The vector is null.</exception>
    static member op_Implicit(vector: Vector<float32>) : HostMemory = HostMemory.Of vector

    /// <summary>A dense vector of float64.</summary>
    /// <exception cref="T:System.ArgumentNullException">The vector is null.</exception>
    static member op_Implicit(vector: Vector<float>) : HostMemory = HostMemory.Of vector
