namespace Initializers.FSharp

open System
open Initializers

/// <summary>Where a tensor is made: its device and element type.</summary>
type Target =
    {
        /// The device.
        Device: Device
        /// The element type.
        DType: DType
    }

/// <summary>Targets.</summary>
[<RequireQualifiedAccess>]
module Target =
    /// <summary>float32 on the CPU.</summary>
    [<CompiledName "Cpu">]
    val cpu: Target

/// <summary>The door of the core: (spec, shape, fan, seed) to a device buffer. The same spec, shape, fan, dtype and seed
/// give the same bits on every device, thread count and slicing.</summary>
[<RequireQualifiedAccess>]
module Initialize =
    /// <summary>Sizes that nobody has validated yet, as a shape, if a request with it would be right.</summary>
    /// <returns>Every fault of sizes, spec, fan, dtype and device at once. Where the sizes are wrong, faults that rest on
    /// them (fans that a layout would read, and what follows from those) are left out.</returns>
    /// <example><code>Initialize.shape Target.cpu Fan.Unknown Spec.heNormal [ -1L; 4L ] // shape-negative, fan-missing</code></example>
    [<CompiledName "Shape">]
    val shape: target: Target -> fan: Fan -> spec: Spec -> dims: int64 list -> Result<Shape, InitError list>

    /// <summary>Faults of spec, fan and dtype that can be known while some of the request could not be read (None).</summary>
    val internal knowable:
        spec: Spec -> dims: int64 list option -> fan: Fan option -> dtype: DType option -> InitError list

    /// <summary>A whole tensor.</summary>
    /// <returns>The tensor, which the caller disposes, or every fault of the request; faults of spec, shape, fan and
    /// dtype are found before a device is touched.</returns>
    /// <example><code>Spec.heNormal |> Initialize.tensor Target.cpu shape (Fan.From Layout.OutIn) (Seed.ofUInt64 42UL)</code></example>
    [<CompiledName "Tensor">]
    val tensor: target: Target -> shape: Shape -> fan: Fan -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Elements [offset, offset + count) of the tensor in row-major order, as a tensor of one axis. Equal to
    /// that part of the whole.</summary>
    [<CompiledName "Slice">]
    val slice:
        offset: int64 ->
        count: int64 ->
        target: Target ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<Tensor, InitError list>

    /// <summary>Elements [offset, offset + memory.Length) of the tensor, written into the caller's memory on the CPU.
    /// 'T decides the dtype: float32, Half, BFloat16 or float (float64).</summary>
    [<CompiledName "Into">]
    val into<'T when 'T: unmanaged> :
        memory: Memory<'T> ->
        offset: int64 ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<unit, InitError list>

    /// <summary>As <c>into</c> for a span; not curried, since F# cannot curry a span.</summary>
    [<CompiledName "IntoSpan">]
    val intoSpan<'T when 'T: unmanaged> :
        span: Span<'T> * offset: int64 * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>

    /// <summary>As <c>intoSpan</c> for little-endian bytes of a dtype; the span's length must be whole elements.</summary>
    [<CompiledName "IntoBytes">]
    val intoBytes:
        span: Span<byte> * dtype: DType * offset: int64 * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Philox4x32-10 words of a seed: the words of elements [offset, offset + span.Length).</summary>
    /// <returns>An error when these lie outside [0, 2^63 - 1).</returns>
    [<CompiledName "Words">]
    val words: span: Span<uint32> * offset: int64 * seed: Seed -> Result<unit, InitError list>

    /// <summary>The devices that this machine has, each with a description.</summary>
    [<CompiledName "Devices">]
    val devices: unit -> (string * string) list
