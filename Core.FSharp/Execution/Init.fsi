namespace Initializers.FSharp

open Initializers

/// <summary>Short calls for scripts and tests: sizes are <c>int</c>, and a layout reads the fans from the shape.</summary>
/// <remarks><c>Initialize</c> has the complete API: sizes above 2^31 - 1, fans as numbers or by the roles of axes, slices, and
/// the caller's memory.</remarks>
[<RequireQualifiedAccess>]
module Init =
    /// <summary>Creates a float32 tensor on the CPU.</summary>
    /// <param name="dims">The sizes of the axes, outermost first, each 0 or more; an empty list for a scalar.</param>
    /// <param name="layout">The axes of inputs and outputs. A scalar or a shape of one axis, such as a bias, has no fans.</param>
    /// <param name="seed">The tensor's seed.</param>
    /// <param name="spec">The spec that fills the tensor.</param>
    /// <returns>The tensor, which the caller disposes, or every fault of the request at once, like
    /// <c>Initialize.tensor</c>.</returns>
    /// <example><code>let seed = Seed.ofUInt64 42UL
    /// Spec.heNormal |> Init.tensor [ 512; 256 ] Layout.OutIn (seed |> Seed.child "fc1.weight")</code></example>
    [<CompiledName "Tensor">]
    val tensor: dims: int list -> layout: Layout -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Creates a tensor like <c>tensor</c>, on any device and of any dtype.</summary>
    /// <example><code>Spec.heNormal
    /// |> Init.tensorOn { Target.cpu with DType = DType.BFloat16 } [ 512; 256 ] Layout.OutIn (Seed.ofUInt64 42UL)</code></example>
    [<CompiledName "TensorOn">]
    val tensorOn:
        target: Target -> dims: int list -> layout: Layout -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Returns the elements that <c>tensor</c> would create as a row-major array.</summary>
    /// <returns>The elements, or every fault; <c>memory-exhausted</c> if an array cannot hold them.</returns>
    /// <example><code>Spec.normal 0.0 0.02 |> Init.array [ 2; 3 ] Layout.OutIn (Seed.ofUInt64 42UL) // Ok [| … |], 6 numbers</code></example>
    [<CompiledName "Array">]
    val array: dims: int list -> layout: Layout -> seed: Seed -> spec: Spec -> Result<float32[], InitError list>
