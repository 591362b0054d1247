namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Fills float32 memory of the caller on the CPU.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes, outermost first, each 0 or more; null when the span is all of
    /// it, in one axis.</param>
    /// <param name="fans">The fans: a layout, roles of the whole tensor's axes, either as text, or
    /// <see cref="Fans.Of"/>. Read only by initializers that divide by a fan.</param>
    /// <param name="offset">The index of the span's first element in the whole tensor, 0 or more. A slice has the bits of that
    /// part of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, and <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// float[] memory = new float[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<float> span,
        long[]? varShape = null,
        Fans fans = default,
        long offset = 0,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.Float32, Given, varShape, offset, fans, seed ?? NextSeed());

    /// <summary>Fills float16 memory of the caller on the CPU.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes, outermost first, each 0 or more; null when the span is all of
    /// it, in one axis.</param>
    /// <param name="fans">The fans: a layout, roles of the whole tensor's axes, either as text, or
    /// <see cref="Fans.Of"/>. Read only by initializers that divide by a fan.</param>
    /// <param name="offset">The index of the span's first element in the whole tensor, 0 or more. A slice has the bits of that
    /// part of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, and <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// Half[] memory = new Half[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<Half> span,
        long[]? varShape = null,
        Fans fans = default,
        long offset = 0,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.Float16, Given, varShape, offset, fans, seed ?? NextSeed());

    /// <summary>Fills bfloat16 memory of the caller on the CPU.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes, outermost first, each 0 or more; null when the span is all of
    /// it, in one axis.</param>
    /// <param name="fans">The fans: a layout, roles of the whole tensor's axes, either as text, or
    /// <see cref="Fans.Of"/>. Read only by initializers that divide by a fan.</param>
    /// <param name="offset">The index of the span's first element in the whole tensor, 0 or more. A slice has the bits of that
    /// part of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, and <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// BFloat16[] memory = new BFloat16[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<BFloat16> span,
        long[]? varShape = null,
        Fans fans = default,
        long offset = 0,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.BFloat16, Given, varShape, offset, fans, seed ?? NextSeed());

    /// <summary>Fills float64 memory of the caller on the CPU.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes, outermost first, each 0 or more; null when the span is all of
    /// it, in one axis.</param>
    /// <param name="fans">The fans: a layout, roles of the whole tensor's axes, either as text, or
    /// <see cref="Fans.Of"/>. Read only by initializers that divide by a fan.</param>
    /// <param name="offset">The index of the span's first element in the whole tensor, 0 or more. A slice has the bits of that
    /// part of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, and <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// double[] memory = new double[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<double> span,
        long[]? varShape = null,
        Fans fans = default,
        long offset = 0,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.Float64, Given, varShape, offset, fans, seed ?? NextSeed());

    /// <summary>Fills the caller's memory on an ILGPU accelerator; complete on return. The accelerator's context was built with
    /// <c>EnableInitializers()</c>.</summary>
    /// <typeparam name="T">float, Half (.NET's or ILGPU's), BFloat16 or double, which decides the dtype.</typeparam>
    /// <param name="view">The memory: elements [offset, offset + view.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes, outermost first, each 0 or more; null when the view is all of
    /// it, in one axis.</param>
    /// <param name="fans">The fans: a layout, roles of the whole tensor's axes, either as text, or
    /// <see cref="Fans.Of"/>. Read only by initializers that divide by a fan.</param>
    /// <param name="offset">The index of the view's first element in the whole tensor, 0 or more. A slice has the bits of that
    /// part of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>; <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape; <c>element-type</c>: the view's elements have another type. The view is untouched
    /// then.</exception>
    /// <example>
    /// <code>
    /// using Context context = Context.Create(builder => builder.EnableInitializers().Cuda());
    /// using Accelerator accelerator = context.CreateCudaAccelerator(0);
    /// Seed model = 42;
    /// using var memory = accelerator.Allocate1D&lt;float&gt;(512 * 256);
    /// new KaimingNormal().Fill&lt;float&gt;(memory.View, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));
    /// </code>
    /// </example>
    public void Fill<T>(
        ILGPU.ArrayView<T> view,
        long[]? varShape = null,
        Fans fans = default,
        long offset = 0,
        Seed? seed = null
    )
        where T : unmanaged => CoreCalls.Fill(view, Given, varShape, offset, fans, seed ?? NextSeed());
}
