using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Fills memory of the caller on the CPU, of more than 2^31 elements too: an array, a <see cref="Memory{T}"/>, an
    /// address, a tensor of System.Numerics.Tensors, a dense matrix or vector of Math.NET Numerics, or any of them with strides
    /// (<see cref="HostMemory.Strided"/>). Nothing is copied where the memory has no gaps.</summary>
    /// <param name="memory">The memory, whose element type decides the dtype. Element (i, j) of a matrix is the tensor's [i, j].</param>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more; null for the memory's shape, which is one
    /// axis for an array.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. Read only by
    /// initializers that divide by a fan.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, <c>element-type</c>, <c>memory-length</c>,
    /// <c>memory-shape</c>, <c>storage-not-dense</c>, and those of <see cref="HostMemory.Strided"/>. The memory is untouched
    /// then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="memory"/> is null.</exception>
    /// <example><code>Seed model = 42;
    /// Matrix&lt;float&gt; weights = Matrix&lt;float&gt;.Build.Dense(512, 256);
    /// new KaimingNormal().Fill(weights, fans: Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    [OverloadResolutionPriority(-1)]
    public void Fill(HostMemory memory, long[]? varShape = null, Fans fans = default, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        CoreCalls.Fill(memory, Given, varShape, fans, seed ?? NextSeed());
    }

    /// <summary>Fills a span of a tensor on the CPU, by its strides.</summary>
    /// <typeparam name="T">float, Half, BFloat16 or double, which decides the dtype.</typeparam>
    /// <param name="span">The memory, which has the tensor's shape.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. Read only by
    /// initializers that divide by a fan.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, <c>element-type</c>, and
    /// <c>strides-overlap</c>: indices have common elements, as in a broadcast. The span is untouched then.</exception>
    /// <example><code>var all = new float[3 * 768 * 768];
    /// var packed = new TensorSpan&lt;float&gt;(all, [768, 3 * 768]);
    /// new XavierUniform().Fill(packed.Slice([0..768, 768..1536]), Layout.OutIn, seed: 42); // the second of three</code></example>
    public void Fill<T>(TensorSpan<T> span, Fans fans = default, Seed? seed = null)
        where T : unmanaged => CoreCalls.Fill(span, Given, fans, seed ?? NextSeed());
}
