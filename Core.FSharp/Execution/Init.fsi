namespace Initializers.FSharp

open Initializers

/// <summary>Short calls for scripts and tests: sizes are <c>int</c>, and fans are read off the shape by a layout.</summary>
/// <remarks><c>Initialize</c> has the whole of it: sizes above 2^31 - 1, fans as numbers or by the roles of axes, slices, memory of
/// the caller.</remarks>
[<RequireQualifiedAccess>]
module Init =
    /// <summary>Creates a float32 tensor on the CPU.</summary>
    /// <param name="dims">The sizes of the axes, outermost first, each 0 or more; none for a scalar.</param>
    /// <param name="layout">Which axes are inputs and outputs. A shape of no or one axis, such as a bias, has no fans.</param>
    /// <param name="seed">The tensor's own seed.</param>
    /// <param name="spec">What fills the tensor.</param>
    /// <returns>The tensor, which the caller disposes, or every fault of the request at once, as of
    /// <c>Initialize.tensor</c>.</returns>
    /// <example><code>let seed = Seed.ofUInt64 42UL
    /// Spec.heNormal |> Init.tensor [ 512; 256 ] Layout.OutIn (seed |> Seed.child "fc1.weight")</code></example>
    [<CompiledName "Tensor">]
    val tensor: dims: int list -> layout: Layout -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Like <c>tensor</c>, on any device and of any dtype.</summary>
    /// <example><code>Spec.heNormal
    /// |> Init.tensorOn { Target.cpu with DType = DType.BFloat16 } [ 512; 256 ] Layout.OutIn (Seed.ofUInt64 42UL)</code></example>
    [<CompiledName "TensorOn">]
    val tensorOn:
        target: Target -> dims: int list -> layout: Layout -> seed: Seed -> spec: Spec -> Result<Tensor, InitError list>

    /// <summary>Like <c>tensor</c>, as an array of the elements, row-major.</summary>
    /// <returns>The elements, or every fault; <c>memory-exhausted</c> where an array cannot hold them.</returns>
    /// <example><code>Spec.normal 0.0 0.02 |> Init.array [ 2; 3 ] Layout.OutIn (Seed.ofUInt64 42UL) // Ok [| … |], 6 numbers</code></example>
    [<CompiledName "Array">]
    val array: dims: int list -> layout: Layout -> seed: Seed -> spec: Spec -> Result<float32[], InitError list>
