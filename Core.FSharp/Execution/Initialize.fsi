namespace Initializers.FSharp

open System
open System.Numerics.Tensors
open ILGPU
open Initializers

/// <summary>The device and the element type of a tensor to create.</summary>
type Target =
    {
        /// The device.
        Device: Device
        /// The element type.
        DType: DType
    }

/// <summary>One of several tensors that are created together.</summary>
type TensorRequest =
    {
        /// Its name, which selects its random stream: unique in a list, and Unicode text.
        Name: string
        /// The spec that fills it.
        Spec: Spec
        /// The sizes of its axes, outermost first, each 0 or more.
        Dims: int64 list
        /// Its fans, or where to read them.
        Fan: Fan
    }

/// <summary>One of several memories of the caller that are filled together.</summary>
type MemoryRequest =
    {
        /// Its name in faults.
        Name: string
        /// The spec that fills it.
        Spec: Spec
        /// The sizes of its axes, outermost first, each 0 or more.
        Dims: int64 list
        /// Its fans, or where to read them.
        Fan: Fan
        /// Its seed, such as `Seed.child name model`. Two requests of a list that draw cannot have the same seed.
        Seed: Seed
        /// The memory: its length is the product of the sizes, and its element type decides the dtype. Memory with strides has
        /// the request's sizes.
        Memory: HostMemory
    }

/// <summary>Targets.</summary>
[<RequireQualifiedAccess>]
module Target =
    /// <summary>float32 on the CPU.</summary>
    [<CompiledName "Cpu">]
    val cpu: Target

/// <summary>Fills tensors and memory from spec, shape, fan and seed.</summary>
/// <remarks>The same spec, shape, fan, dtype and seed give the same bits on every device, with every number of threads, whole or
/// in slices.</remarks>
[<RequireQualifiedAccess>]
module Initialize =
    /// <summary>Validates a request, and returns its sizes as a shape.</summary>
    /// <returns>The shape, or every fault of sizes, spec, fan, dtype and device at once. If the sizes are wrong, faults that
    /// depend on them are left out: those of fans that a layout would read, and those that follow from these.</returns>
    /// <example><code>Initialize.validate Target.cpu Fan.Unknown Spec.heNormal [ -1L; 4L ] // shape-negative, fan-missing</code></example>
    [<CompiledName "Validate">]
    val validate: target: Target -> fan: Fan -> spec: Spec -> dims: int64 list -> Result<Shape, InitError list>

    /// <summary>Returns every fault that <c>validate</c> would report, also when the fans could not be read.</summary>
    /// <remarks>Pass <c>None</c> for <c>fan</c> when the fans that were given could not be read; faults that depend on them are
    /// then left out.</remarks>
    /// <example><code>Initialize.faultsOf Target.cpu None (Spec.normal 0.0 -1.0) [ 4L ] // stddev-negative</code></example>
    [<CompiledName "FaultsOf">]
    val faultsOf: target: Target -> fan: Fan option -> spec: Spec -> dims: int64 list -> InitError list

    /// <summary>Creates and fills a whole tensor.</summary>
    /// <returns>The tensor, which the caller disposes, or every fault of the request; faults of spec, shape, fan and
    /// dtype are found before a device is touched.</returns>
    /// <example><code>Spec.heNormal |> Initialize.tensor Target.cpu shape (Fan.From Layout.OutIn) (Seed.child "fc1.weight" model)</code></example>
    [<CompiledName "Tensor">]
    val tensor: target: Target -> shape: Shape -> fan: Fan -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Creates several tensors in one buffer, all of the target's dtype. On a GPU the small ones are filled in one
    /// launch.</summary>
    /// <remarks>Each tensor is filled from <c>Seed.child name seed</c>, so its elements depend on its name and not on the other
    /// tensors of the list.</remarks>
    /// <returns>The tensors in the order of the list, which the caller disposes (the buffer is freed with the last), or
    /// every fault of all requests, each with its tensor's name.</returns>
    /// <example><code>[ { Name = "up"; Spec = Spec.heNormal; Dims = [ 512L; 256L ]; Fan = Fan.From Layout.OutIn } ]
    /// |> Initialize.tensors Target.cpu (Seed.ofUInt64 42UL)</code></example>
    [<CompiledName "Tensors">]
    val tensors: target: Target -> seed: Seed -> requests: TensorRequest list -> Result<Tensor list, InitError list>

    /// <summary>Returns the faults of the names of several tensors: duplicate names, and names that are not Unicode.</summary>
    [<CompiledName "FaultsOfNames">]
    val faultsOfNames: names: string seq -> InitError list

    /// <summary>Returns the faults that <c>tensors</c> would report, without using a device.</summary>
    [<CompiledName "FaultsOfTensors">]
    val faultsOfTensors: target: Target -> requests: TensorRequest list -> InitError list

    /// <summary>Creates elements [offset, offset + count) of the tensor in row-major order, as a tensor of one axis. They equal
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

    /// <summary>Fills the caller's memory on the CPU with elements [offset, offset + memory.Length) of the tensor.
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

    /// <summary>Fills a span like <c>fill</c>. Not curried, since F# cannot curry a span.</summary>
    [<CompiledName "FillSpan">]
    val fillSpan<'T when 'T: unmanaged> :
        span: Span<'T> * offset: int64 * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Fills the caller's memory on an ILGPU accelerator with elements [offset, offset + view.Length) of the tensor;
    /// complete on return.</summary>
    /// <remarks>The accelerator's context was built with <c>EnableInitializers()</c>. 'T decides the dtype: float32, Half
    /// (.NET's or ILGPU's), BFloat16 or float (float64). Four elements are stored as one vector if both the index of the
    /// view's first element in its buffer and the offset are multiples of 4.</remarks>
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

    /// <summary>Fills little-endian bytes of a dtype like <c>fillSpan</c>. The span must hold whole elements.</summary>
    [<CompiledName "FillBytes">]
    val fillBytes:
        span: Span<byte> * dtype: DType * offset: int64 * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Fills a whole tensor in the caller's memory on the CPU, of more than 2^31 elements too: an array or memory, an
    /// address, a tensor of System.Numerics.Tensors, a dense matrix or vector of Math.NET Numerics, or any of them with strides
    /// (<c>HostMemory.Strided</c>).</summary>
    /// <remarks>Element i of the tensor has the same bits whatever the strides. Memory without gaps, and runs of 256 elements or
    /// more of an element-wise spec, are drawn where they lie. All others pass through a buffer of 2^20 elements, or of the
    /// matrix if the spec makes whole matrices.</remarks>
    /// <param name="memory">The memory. Its element type decides the dtype.</param>
    /// <param name="dims">The sizes of the axes, outermost first, each 0 or more: those of memory with strides; any sizes of as
    /// many elements for other memory.</param>
    /// <param name="fan">The fans, or where to read them from the sizes.</param>
    /// <param name="seed">The tensor's seed.</param>
    /// <param name="spec">The spec.</param>
    /// <returns>Every fault at once: those of <c>tensor</c>, <c>element-type</c>, <c>memory-length</c>, <c>memory-shape</c>,
    /// <c>storage-not-dense</c>, and those of <c>HostMemory.Strided</c>. The memory is untouched then.</returns>
    /// <example><code>let matrix = DenseMatrix.zero&lt;float32&gt; 512 256
    /// Spec.heNormal |> Initialize.fillMemory (HostMemory.Of matrix) [ 512L; 256L ] (Fan.From Layout.OutIn) seed</code></example>
    [<CompiledName "FillMemory">]
    val fillMemory:
        memory: HostMemory -> dims: int64 list -> fan: Fan -> seed: Seed -> spec: Spec -> Result<unit, InitError list>

    /// <summary>Fills a span of a tensor like <c>fillMemory</c>, in the span's shape. Not curried, since F# cannot curry a
    /// span.</summary>
    /// <returns>Every fault at once: those of <c>fillMemory</c>. Spans whose indices have common elements, such as broadcasts,
    /// are <c>strides-overlap</c>.</returns>
    [<CompiledName "FillTensorSpan">]
    val fillTensorSpan<'T when 'T: unmanaged and 'T: struct> :
        span: TensorSpan<'T> * fan: Fan * seed: Seed * spec: Spec -> Result<unit, InitError list>

    /// <summary>Fills many memories of the caller on the CPU as one work list, so that small ones cost no more than their
    /// elements. Memories that share bytes are a fault.</summary>
    /// <returns>Every fault of all requests at once, each with its request's name; nothing is then written.</returns>
    /// <example><code>[ { Name = "up"; Spec = Spec.heNormal; Dims = [ 512L; 256L ]; Fan = Fan.From Layout.OutIn
    ///     Seed = Seed.child "up" seed; Memory = HostMemory.Of(Memory weights) } ]
    /// |> Initialize.fillAll</code></example>
    [<CompiledName "FillAll">]
    val fillAll: requests: MemoryRequest seq -> Result<unit, InitError list>

    /// <summary>Returns the faults that <c>fillAll</c> would report, without writing anything.</summary>
    [<CompiledName "FaultsOfAll">]
    val faultsOfAll: requests: MemoryRequest seq -> InitError list

    /// <summary>Writes the Philox4x32-10 words of a seed for elements [offset, offset + span.Length).</summary>
    /// <returns>An error if these lie outside [0, 2^63 - 1).</returns>
    [<CompiledName "Words">]
    val words: span: Span<uint32> * offset: int64 * seed: Seed -> Result<unit, InitError list>

    /// <summary>Returns the devices of this machine, each with a description.</summary>
    [<CompiledName "Devices">]
    val devices: unit -> (string * string) list
