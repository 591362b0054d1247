namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Makes and fills a tensor, with the fans read from its shape by the roles of its axes.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="axes">A role for each axis, and a convolution's groups, strides and direction.</param>
    /// <param name="device">Where to make it: 'cpu' (the default), 'cuda:0', 'gpu:0', 'opencl:0', ….</param>
    /// <param name="dtype">The element type. A narrower one gets the same weights, rounded to nearest even.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <returns>The tensor, which the caller disposes.</returns>
    /// <exception cref="InitializerException">As the overload with fans; besides, <c>axes-rank</c>: there are more or fewer
    /// roles than axes, <c>groups-not-dividing</c>, <c>not-positive</c>: groups or stride, and <c>layout-unknown</c>: a role is no
    /// value of its enum.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>using Tensor w = new KaimingNormal().CreateVariables([8, 256, 1024], FanAxes.Parse("stack,in,out"));</code></example>
    public virtual Tensor CreateVariables(
        long[] varShape,
        FanAxes axes,
        Device? device = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    )
    {
        ArgumentNullException.ThrowIfNull(varShape);
        return CoreCalls.Create(Given, varShape, device, CoreCalls.Fan(axes), dtype, seed ?? NextSeed());
    }

    /// <summary>Fills float32 memory of the caller's on the CPU, with the fans read from the whole tensor's shape by the
    /// roles of its axes.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// float[] memory = new float[8 * 512 * 256];
    /// new KaimingNormal().Fill(memory, [8, 512, 256], FanAxes.Parse("stack,out,in"), seed: model.Child("experts.up"));</code></example>
    public void Fill(Span<float> span, long[] varShape, FanAxes axes, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.Float32, Given, varShape, offset, CoreCalls.Fan(axes), seed ?? NextSeed());
    }

    /// <summary>Fills float16 memory of the caller's on the CPU, with the fans read from the whole tensor's shape by the
    /// roles of its axes.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// Half[] memory = new Half[8 * 512 * 256];
    /// new KaimingNormal().Fill(memory, [8, 512, 256], FanAxes.Parse("stack,out,in"), seed: model.Child("experts.up"));</code></example>
    public void Fill(Span<Half> span, long[] varShape, FanAxes axes, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.Float16, Given, varShape, offset, CoreCalls.Fan(axes), seed ?? NextSeed());
    }

    /// <summary>Fills bfloat16 memory of the caller's on the CPU, with the fans read from the whole tensor's shape by the
    /// roles of its axes.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// BFloat16[] memory = new BFloat16[8 * 512 * 256];
    /// new KaimingNormal().Fill(memory, [8, 512, 256], FanAxes.Parse("stack,out,in"), seed: model.Child("experts.up"));</code></example>
    public void Fill(Span<BFloat16> span, long[] varShape, FanAxes axes, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.BFloat16, Given, varShape, offset, CoreCalls.Fan(axes), seed ?? NextSeed());
    }

    /// <summary>Fills float64 memory of the caller's on the CPU, with the fans read from the whole tensor's shape by the
    /// roles of its axes.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// double[] memory = new double[8 * 512 * 256];
    /// new KaimingNormal().Fill(memory, [8, 512, 256], FanAxes.Parse("stack,out,in"), seed: model.Child("experts.up"));</code></example>
    public void Fill(Span<double> span, long[] varShape, FanAxes axes, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.Float64, Given, varShape, offset, CoreCalls.Fan(axes), seed ?? NextSeed());
    }

    /// <summary>Fills memory of the caller's on an ILGPU accelerator, with the fans read from the whole tensor's shape by the
    /// roles of its axes; complete on return. The accelerator's context was built with <c>EnableInitializers()</c>.</summary>
    /// <typeparam name="T">float, Half (.NET's or ILGPU's), BFloat16 or double, which decides the dtype.</typeparam>
    /// <param name="view">The memory: elements [offset, offset + view.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As the overload with fans.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>new KaimingNormal().Fill&lt;float&gt;(memory.View, [8, 512, 256], FanAxes.Parse("stack,out,in"), seed: model.Child("experts.up"));</code></example>
    public void Fill<T>(ILGPU.ArrayView<T> view, long[] varShape, FanAxes axes, long offset = 0, Seed? seed = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(view, Given, varShape, offset, CoreCalls.Fan(axes), seed ?? NextSeed());
    }
}
