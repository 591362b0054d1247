namespace Initializers.FSharp

open System
open ILGPU
open Initializers

/// <summary>Fills boxes of tensors: a range along each axis, with the fans of the whole tensor.</summary>
/// <remarks>A box has the bits of that part of the whole tensor, in row-major order, on every device. What lies outside of
/// it is made only where the spec needs it: matrices and sparse columns that the box meets, and for normalized vectors the
/// elements between theirs.</remarks>
[<RequireQualifiedAccess>]
module Part =
    /// <summary>Creates a box of a tensor, as a tensor of the box's shape.</summary>
    /// <param name="box">The range along each axis of the whole tensor.</param>
    /// <param name="target">The device and the element type.</param>
    /// <param name="shape">The shape of the whole tensor.</param>
    /// <param name="fan">The fans of the whole tensor, or where to read them from its shape.</param>
    /// <param name="seed">The seed of the whole tensor.</param>
    /// <param name="spec">The spec of the whole tensor.</param>
    /// <returns>The tensor, which the caller disposes, or every fault at once: those of <c>Initialize.tensor</c>, and
    /// <c>box-rank</c>, <c>box-out-of-axis</c> and <c>box-reversed</c>.</returns>
    /// <example><code>// The second half of the columns, for the second of two ranks of a row-parallel layer.
    /// Spec.heNormal
    /// |> Part.tensor (Box.ofRanges [ 0L, 512L; 128L, 256L ]) Target.cpu shape (Fan.From Layout.OutIn) seed</code></example>
    [<CompiledName "Tensor">]
    val tensor:
        box: Box ->
        target: Target ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<Tensor, InitError list>

    /// <summary>Fills the caller's memory on the CPU with a box of a tensor, in row-major order of the box.
    /// 'T decides the dtype: float32, Half, BFloat16 or float (float64).</summary>
    /// <returns>Every fault at once: those of <c>tensor</c>, and <c>memory-length</c> if the memory does not have exactly the
    /// box's elements. The memory is untouched then.</returns>
    [<CompiledName "Fill">]
    val fill<'T when 'T: unmanaged> :
        memory: Memory<'T> ->
        box: Box ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Fills a span like <c>fill</c>. Not curried, since F# cannot curry a span.</summary>
    [<CompiledName "FillSpan">]
    val fillSpan<'T when 'T: unmanaged> :
        span: Span<'T> * box: Box * shape: Shape * fan: Fan * seed: Seed * spec: Spec -> Result<unit, InitError list>

    /// <summary>Fills the caller's memory on an ILGPU accelerator with a box of a tensor; complete on return.</summary>
    /// <remarks>The accelerator's context was built with <c>EnableInitializers()</c>. 'T is a type of
    /// <c>Initialize.fillView</c>.</remarks>
    [<CompiledName "FillView">]
    val fillView<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> :
        view: ArrayView<'T> ->
        box: Box ->
        shape: Shape ->
        fan: Fan ->
        seed: Seed ->
        spec: Spec ->
            Result<unit, InitError list>

    /// <summary>Fills little-endian bytes of a dtype like <c>fillSpan</c>. The span must hold whole elements.</summary>
    [<CompiledName "FillBytes">]
    val fillBytes:
        span: Span<byte> * dtype: DType * box: Box * shape: Shape * fan: Fan * seed: Seed * spec: Spec ->
            Result<unit, InitError list>
