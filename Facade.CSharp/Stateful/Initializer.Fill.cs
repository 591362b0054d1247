namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Fills float32 memory of the caller's on the CPU, with the fans as numbers.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape; null when the span is all of it, in one axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// float[] memory = new float[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], fanIn: 256, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<float> span,
        long[]? varShape = null,
        long offset = 0,
        double? fanOut = null,
        double? fanIn = null,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.Float32, Given, varShape, offset, CoreCalls.Fan(fanOut, fanIn), seed ?? NextSeed());

    /// <summary>Fills float32 memory of the caller's on the CPU, with the fans read from the whole tensor's shape.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// float[] memory = new float[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(Span<float> span, long[] varShape, Layout layout, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.Float32, Given, varShape, offset, CoreCalls.Fan(layout), seed ?? NextSeed());
    }

    /// <summary>Fills float16 memory of the caller's on the CPU, with the fans as numbers.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape; null when the span is all of it, in one axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// Half[] memory = new Half[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], fanIn: 256, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<Half> span,
        long[]? varShape = null,
        long offset = 0,
        double? fanOut = null,
        double? fanIn = null,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.Float16, Given, varShape, offset, CoreCalls.Fan(fanOut, fanIn), seed ?? NextSeed());

    /// <summary>Fills float16 memory of the caller's on the CPU, with the fans read from the whole tensor's shape.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// Half[] memory = new Half[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(Span<Half> span, long[] varShape, Layout layout, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.Float16, Given, varShape, offset, CoreCalls.Fan(layout), seed ?? NextSeed());
    }

    /// <summary>Fills bfloat16 memory of the caller's on the CPU, with the fans as numbers.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape; null when the span is all of it, in one axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// BFloat16[] memory = new BFloat16[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], fanIn: 256, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<BFloat16> span,
        long[]? varShape = null,
        long offset = 0,
        double? fanOut = null,
        double? fanIn = null,
        Seed? seed = null
    ) =>
        CoreCalls.Fill(span, DType.BFloat16, Given, varShape, offset, CoreCalls.Fan(fanOut, fanIn), seed ?? NextSeed());

    /// <summary>Fills bfloat16 memory of the caller's on the CPU, with the fans read from the whole tensor's shape.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// BFloat16[] memory = new BFloat16[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(Span<BFloat16> span, long[] varShape, Layout layout, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.BFloat16, Given, varShape, offset, CoreCalls.Fan(layout), seed ?? NextSeed());
    }

    /// <summary>Fills float64 memory of the caller's on the CPU, with the fans as numbers.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape; null when the span is all of it, in one axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <example><code>Seed model = 42;
    /// double[] memory = new double[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], fanIn: 256, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(
        Span<double> span,
        long[]? varShape = null,
        long offset = 0,
        double? fanOut = null,
        double? fanIn = null,
        Seed? seed = null
    ) => CoreCalls.Fill(span, DType.Float64, Given, varShape, offset, CoreCalls.Fan(fanOut, fanIn), seed ?? NextSeed());

    /// <summary>Fills float64 memory of the caller's on the CPU, with the fans read from the whole tensor's shape.</summary>
    /// <param name="span">The memory: elements [offset, offset + span.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape. The span is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// double[] memory = new double[512 * 256];
    /// new KaimingNormal().Fill(memory, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill(Span<double> span, long[] varShape, Layout layout, long offset = 0, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(span, DType.Float64, Given, varShape, offset, CoreCalls.Fan(layout), seed ?? NextSeed());
    }
}
