using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

/// <summary>One of several variables that <see cref="Initializer.FillAll"/> fills in memory of the caller's. Immutable, but for
/// the memory.</summary>
public sealed class MemoryRequest
{
    private Tuple<ulong, Seed>? _child;

    /// <summary>A variable with the fans as numbers.</summary>
    /// <param name="name">Its name, which decides its weights.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="memory">An array, a <see cref="Memory{T}"/> or <see cref="HostMemory.At"/>: as many elements as the shape
    /// has, of the dtype to fill.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more; null when the memory is one axis.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0. Read only by modes that need
    /// it.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0. Read only by modes that need
    /// it.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer or the memory is null.</exception>
    /// <example><code>var head = new MemoryRequest("head", new RandomNormal(0, 0.02), weights, [50257, 768]);</code></example>
    public MemoryRequest(
        string name,
        Initializer initializer,
        HostMemory memory,
        long[]? shape = null,
        double? fanOut = null,
        double? fanIn = null
    )
        : this(name, initializer, memory, shape, CoreCalls.Fan(fanOut, fanIn)) { }

    /// <summary>A variable with the fans read from its shape.</summary>
    /// <param name="name">Its name, which decides its weights.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="memory">An array, a <see cref="Memory{T}"/> or <see cref="HostMemory.At"/>: as many elements as the shape
    /// has, of the dtype to fill.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer, the memory or the shape is null.</exception>
    /// <example><code>var conv = new MemoryRequest("conv1", new KaimingNormal(), weights, [64, 3, 7, 7], Layout.OutInSpatial);</code></example>
    public MemoryRequest(string name, Initializer initializer, HostMemory memory, long[] shape, Layout layout)
        : this(
            name,
            initializer,
            memory,
            shape ?? throw new ArgumentNullException(nameof(shape)),
            CoreCalls.Fan(layout)
        ) { }

    /// <summary>A variable with the fans read from its shape by the roles of its axes.</summary>
    /// <param name="name">Its name, which decides its weights.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="memory">An array, a <see cref="Memory{T}"/> or <see cref="HostMemory.At"/>: as many elements as the shape
    /// has, of the dtype to fill.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer, the memory or the shape is null.</exception>
    /// <example><code>var experts = new MemoryRequest("up", new KaimingNormal(), weights, [8, 256, 1024], FanAxes.Parse("stack,in,out"));</code></example>
    public MemoryRequest(string name, Initializer initializer, HostMemory memory, long[] shape, FanAxes axes)
        : this(name, initializer, memory, shape ?? throw new ArgumentNullException(nameof(shape)), CoreCalls.Fan(axes))
    { }

    private MemoryRequest(string name, Initializer initializer, HostMemory memory, long[]? shape, FSharp.Fan fan)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(memory);
        Name = name;
        Initializer = initializer;
        Memory = memory;
        Fan = fan;
        Dims = ListModule.OfSeq(shape ?? [memory.Length]);
    }

    /// <summary>The variable's name.</summary>
    public string Name { get; }

    /// <summary>What fills it.</summary>
    public Initializer Initializer { get; }

    /// <summary>Where it lies.</summary>
    public HostMemory Memory { get; }

    /// <summary>The sizes of its axes, outermost first.</summary>
    public IReadOnlyList<long> Shape => [.. Dims];

    internal FSharp.Fan Fan { get; }

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
