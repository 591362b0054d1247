using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

/// <summary>A variable that <see cref="Initializer.FillAll"/> fills in memory of the caller. Immutable, but for
/// the memory.</summary>
public sealed class MemoryRequest
{
    private Tuple<ulong, Seed>? _child;

    /// <summary>A variable with its memory, shape and fans.</summary>
    /// <param name="name">Its name, which decides its weights.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="memory">An array, a <see cref="Memory{T}"/>, <see cref="HostMemory.At"/>, a tensor, a matrix or a vector: as
    /// many elements as the shape has, of the dtype to fill.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more; null for the memory's shape, which is one axis
    /// for an array.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Initializers.Fans.Of"/>. Read only
    /// by initializers that divide by a fan.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer or the memory is null.</exception>
    /// <example>
    /// <code>
    /// var head = new MemoryRequest("head", new RandomNormal(0, 0.02), weights, [50257, 768]);
    /// var conv = new MemoryRequest("conv1", new KaimingNormal(), kernel, [64, 3, 7, 7], Layout.OutInSpatial);
    /// </code>
    /// </example>
    public MemoryRequest(
        string name,
        Initializer initializer,
        HostMemory memory,
        long[]? shape = null,
        Fans fans = default
    )
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(memory);
        Name = name;
        Initializer = initializer;
        Memory = memory;
        Fans = fans;
        Dims = ListModule.OfSeq(shape ?? memory.Shape);
    }

    /// <summary>The variable's name.</summary>
    public string Name { get; }

    /// <summary>What fills it.</summary>
    public Initializer Initializer { get; }

    /// <summary>Where it lies.</summary>
    public HostMemory Memory { get; }

    /// <summary>The sizes of its axes, outermost first.</summary>
    public IReadOnlyList<long> Shape => [.. Dims];

    /// <summary>Its fans, or where they are read.</summary>
    public Fans Fans { get; }

    /// <summary>Returns the distribution that its elements have: mean, standard deviation and support.</summary>
    /// <exception cref="InitializerException">Every fault of initializer, shape and fans.</exception>
    /// <example><code>new MemoryRequest("head", new RandomNormal(0, 0.02), new float[768]).Distribution().Stddev // 0.02</code></example>
    public Distribution Distribution() => Initializer.Distribution([.. Dims], Fans);

    internal FSharpList<long> Dims { get; }

    /// <summary>Faults of names. Different streams are of different names, so that names are only compared where a stream is
    /// not known yet or stands twice.</summary>
    internal static FSharpList<FSharp.InitError> Names(MemoryRequest[] variables, Seed seed)
    {
        var streams = new HashSet<ulong>(variables.Length);
        foreach (MemoryRequest variable in variables)
        {
            if (variable._child is not { } child || child.Item1 != seed.Stream || !streams.Add(child.Item2.Stream))
            {
                return FSharp.Initialize.FaultsOfNames(Array.ConvertAll(variables, v => v.Name));
            }
        }

        return FSharpList<FSharp.InitError>.Empty;
    }

    /// <summary>The seed's child of this name. Its stream is a hash, which a variable that is filled again keeps.</summary>
    internal Seed ChildOf(Seed seed)
    {
        Tuple<ulong, Seed>? child = _child;
        if (child is null || child.Item1 != seed.Stream)
        {
            child = Tuple.Create(seed.Stream, seed.Child(Name));
            _child = child;
        }

        return new Seed(seed.Key, child.Item2.Stream);
    }
}
