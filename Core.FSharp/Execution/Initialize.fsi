namespace Initializers.FSharp

open System
open ILGPU
open Initializers

/// <summary>Where a tensor is made: its device and element type.</summary>
type Target =
    {
        /// The device.
        Device: Device
        /// The element type.
        DType: DType
    }

/// <summary>One of several tensors that are made together.</summary>
type TensorRequest =
    {
        /// Its name, which gives it a stream of its own: unique in a list, and Unicode text.
        Name: string
        /// What fills it.
        Spec: Spec
        /// The sizes of its axes, outermost first, each 0 or more.
        Dims: int64 list
        /// Its fans, or where to read them.
        Fan: Fan
    }

/// <summary>One of several memories of the caller's that are filled together.</summary>
type MemoryRequest =
    {
        /// What faults call it.
        Name: string
        /// What fills it.
        Spec: Spec
        /// The sizes of its axes, outermost first, each 0 or more.
        Dims: int64 list
        /// Its fans, or where to read them.
        Fan: Fan
        /// Its seed, such as the model's seed's child of the name. Two requests of a list that draw cannot have one seed.
        Seed: Seed
        /// As many elements as the axes make, of the dtype to fill.
        Memory: HostMemory
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
    /// <example><code>Initialize.validate Target.cpu Fan.Unknown Spec.heNormal [ -1L; 4L ] // shape-negative, fan-missing</code></example>
    [<CompiledName "Validate">]
    val validate: target: Target -> fan: Fan -> spec: Spec -> dims: int64 list -> Result<Shape, InitError list>

    /// <summary>Returns every fault that <c>validate</c> would report, also where the fans could not be read.</summary>
    /// <remarks><c>fan</c> is None where what was given for the fans could not be read: faults that depend on them are left
    /// out then.</remarks>
    /// <example><code>Initialize.faultsOf Target.cpu None (Spec.normal 0.0 -1.0) [ 4L ] // stddev-negative</code></example>
    [<CompiledName "FaultsOf">]
    val faultsOf: target: Target -> fan: Fan option -> spec: Spec -> dims: int64 list -> InitError list

    /// <summary>A whole tensor.</summary>
    /// <returns>The tensor, which the caller disposes, or every fault of the request; faults of spec, shape, fan and
    /// dtype are found before a device is touched.</returns>
    /// <example><code>Spec.heNormal |> Initialize.tensor Target.cpu shape (Fan.From Layout.OutIn) (Seed.child "fc1.weight" model)</code></example>
    [<CompiledName "Tensor">]
    val tensor: target: Target -> shape: Shape -> fan: Fan -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Several tensors in one buffer, all of the target's dtype; on a GPU the small ones in one launch. Each is
    /// filled from the seed's child of its name, so its elements depend on its name, and not on what is made with
    /// it.</summary>
    /// <returns>The tensors in the order of the list, which the caller disposes (the buffer is freed with the last), or
    /// every fault of all requests, each in its tensor.</returns>
    /// <example><code>[ { Name = "up"; Spec = Spec.heNormal; Dims = [ 512L; 256L ]; Fan = Fan.From Layout.OutIn } ]
    /// |> Initialize.tensors Target.cpu (Seed.ofUInt64 42UL)</code></example>
    [<CompiledName "Tensors">]
    val tensors: target: Target -> seed: Seed -> requests: TensorRequest list -> Result<Tensor list, InitError list>

    /// <summary>Faults of names that give several tensors streams of their own: one that stands twice, one that is not
    /// Unicode.</summary>
    [<CompiledName "FaultsOfNames">]
    val faultsOfNames: names: string seq -> InitError list

    /// <summary>What <c>tensors</c> would refuse, found without touching a device.</summary>
    [<CompiledName "FaultsOfTensors">]
    val faultsOfTensors: target: Target -> requests: TensorRequest list -> InitError list

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
    [<CompiledName "Fill">]
    val fill<'T when 'T: unmanaged> :
        memory: Memory<'T> ->
        offset: int64 ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<unit, InitError list>

    /// <summary>As <c>fill</c> for a span; not curried, since F# cannot curry a span.</summary>
    [<CompiledName "FillSpan">]
    val fillSpan<'T when 'T: unmanaged> :
        span: Span<'T> * offset: int64 * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Elements [offset, offset + view.Length) of the tensor, written into the caller's memory of an ILGPU
    /// accelerator, whose context was built with <c>EnableInitializers()</c>; complete on return. 'T decides the dtype:
    /// float32, Half (.NET's or ILGPU's), BFloat16 or float (float64). Four elements are stored as one vector where both
    /// the view's first element in its buffer and the offset are multiples of 4.</summary>
    /// <example><code>use buffer = accelerator.Allocate1D&lt;float32&gt; 131072L
    /// Spec.heNormal |> Initialize.fillView (buffer.View.AsContiguous()) 0L shape fan seed</code></example>
    [<CompiledName "FillView">]
    val fillView<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> :
        view: ArrayView<'T> ->
        offset: int64 ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<unit, InitError list>

    /// <summary>As <c>fillSpan</c> for little-endian bytes of a dtype; the span's length must be whole elements.</summary>
    [<CompiledName "FillBytes">]
    val fillBytes:
        span: Span<byte> * dtype: DType * offset: int64 * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Fills many memories of the caller's on the CPU as one work list: small ones cost no more than their elements.
    /// Memories that share bytes are a fault.</summary>
    /// <returns>Every fault of all requests at once, each in its name; nothing is written then.</returns>
    /// <example><code>[ { Name = "up"; Spec = Spec.heNormal; Dims = [ 512L; 256L ]; Fan = Fan.From Layout.OutIn
    ///     Seed = Seed.child "up" seed; Memory = HostMemory.Of(Memory weights) } ]
    /// |> Initialize.fillAll</code></example>
    [<CompiledName "FillAll">]
    val fillAll: requests: MemoryRequest seq -> Result<unit, InitError list>

    /// <summary>What <c>fillAll</c> would refuse, found without writing anything.</summary>
    [<CompiledName "FaultsOfAll">]
    val faultsOfAll: requests: MemoryRequest seq -> InitError list

    /// <summary>Philox4x32-10 words of a seed: the words of elements [offset, offset + span.Length).</summary>
    /// <returns>An error when these lie outside [0, 2^63 - 1).</returns>
    [<CompiledName "Words">]
    val words: span: Span<uint32> * offset: int64 * seed: Seed -> Result<unit, InitError list>

    /// <summary>The devices that this machine has, each with a description.</summary>
    [<CompiledName "Devices">]
    val devices: unit -> (string * string) list
