namespace Initializers.Stateful;

/// <summary>One of several variables that <see cref="Initializer.CreateAll"/> makes. Immutable.</summary>
public sealed class TensorRequest
{
    private readonly long[] _shape;

    /// <summary>A variable with the fans as numbers.</summary>
    /// <param name="name">Its name, which decides its weights; each once in a call.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more; none at all for a scalar.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0. Read only by modes that need
    /// it.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0. Read only by modes that need
    /// it.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer or the shape is null.</exception>
    /// <example><code>var head = new TensorRequest("head", new RandomNormal(0, 0.02), [50257, 768]);</code></example>
    public TensorRequest(
        string name,
        Initializer initializer,
        long[] shape,
        double? fanOut = null,
        double? fanIn = null
    )
        : this(name, initializer, shape, CoreCalls.Fan(fanOut, fanIn)) { }

    /// <summary>A variable with the fans read from its shape.</summary>
    /// <param name="name">Its name, which decides its weights; each once in a call.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer or the shape is null.</exception>
    /// <example><code>var conv = new TensorRequest("conv1", new KaimingNormal(), [64, 3, 7, 7], Layout.OutInSpatial);</code></example>
    public TensorRequest(string name, Initializer initializer, long[] shape, Layout layout)
        : this(name, initializer, shape, CoreCalls.Fan(layout)) { }

    /// <summary>A variable with the fans read from its shape by the roles of its axes.</summary>
    /// <param name="name">Its name, which decides its weights; each once in a call.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="axes">A role for each axis.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer or the shape is null.</exception>
    /// <example><code>var experts = new TensorRequest("up", new KaimingNormal(), [8, 256, 1024], FanAxes.Parse("stack,in,out"));</code></example>
    public TensorRequest(string name, Initializer initializer, long[] shape, FanAxes axes)
        : this(name, initializer, shape, CoreCalls.Fan(axes)) { }

    private TensorRequest(string name, Initializer initializer, long[] shape, FSharp.Fan fan)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(shape);
        Name = name;
        Initializer = initializer;
        _shape = [.. shape];
        Fan = fan;
    }

    /// <summary>The variable's name.</summary>
    public string Name { get; }

    /// <summary>What fills it.</summary>
    public Initializer Initializer { get; }

    /// <summary>The sizes of its axes, outermost first.</summary>
    public IReadOnlyList<long> Shape => _shape;

    internal FSharp.Fan Fan { get; }
}
