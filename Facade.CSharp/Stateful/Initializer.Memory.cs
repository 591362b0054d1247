using System.Numerics.Tensors;

namespace Initializers.Stateful;

public abstract partial class Initializer
{
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

    internal void Fill(HostMemory memory, long[]? varShape, Fans fans, Seed? seed) =>
        CoreCalls.Fill(memory, Given, varShape, fans, seed ?? NextSeed());
}
