namespace Initializers.Stateful;

/// <summary>Fills any memory of the host. These are extension methods, so that an array, which converts to a span and to
/// <see cref="HostMemory"/>, is a span in C# and in F#.</summary>
public static class InitializerMemory
{
    /// <summary>Fills memory of the caller on the CPU, of more than 2^31 elements too: an array, a <see cref="Memory{T}"/>, an
    /// address, a tensor of System.Numerics.Tensors, a dense matrix or vector of Math.NET Numerics, or any of them with strides
    /// (<see cref="HostMemory.Strided"/>). Nothing is copied where the memory has no gaps.</summary>
    /// <param name="initializer">What fills it.</param>
    /// <param name="memory">The memory, whose element type decides the dtype. Element (i, j) of a matrix is the tensor's [i, j].</param>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more; null for the memory's shape, which is one
    /// axis for an array.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. Read only by
    /// initializers that divide by a fan.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the initializer's next one.
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c>, <c>element-type</c>, <c>memory-length</c>,
    /// <c>memory-shape</c>, <c>storage-not-dense</c>, and those of <see cref="HostMemory.Strided"/>. The memory is untouched
    /// then.</exception>
    /// <exception cref="ArgumentNullException">The initializer or the memory is null.</exception>
    /// <example><code>Seed model = 42;
    /// Matrix&lt;float&gt; weights = Matrix&lt;float&gt;.Build.Dense(512, 256);
    /// new KaimingNormal().Fill(weights, fans: Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public static void Fill(
        this Initializer initializer,
        HostMemory memory,
        long[]? varShape = null,
        Fans fans = default,
        Seed? seed = null
    )
    {
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(memory);
        initializer.Fill(memory, varShape, fans, seed);
    }
}
