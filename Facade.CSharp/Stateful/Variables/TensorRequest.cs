namespace Initializers.Stateful;

/// <summary>A variable in a list that <see cref="Initializer.CreateAll"/> makes. Immutable.</summary>
public sealed class TensorRequest
{
    private readonly long[] _shape;

    /// <summary>A variable with its shape and fans.</summary>
    /// <param name="name">Its name, which decides its weights; each once in a call.</param>
    /// <param name="initializer">What fills it. The call's seed is used, not one of the initializer's own.</param>
    /// <param name="shape">The sizes of the axes, outermost first, each 0 or more; none at all for a scalar.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Initializers.Fans.Of"/>. Read only
    /// by initializers that divide by a fan.</param>
    /// <exception cref="ArgumentNullException">The name, the initializer or the shape is null.</exception>
    /// <example>
    /// <code>
    /// var head = new TensorRequest("head", new RandomNormal(0, 0.02), [50257, 768]);
    /// var conv = new TensorRequest("conv1", new KaimingNormal(), [64, 3, 7, 7], Layout.OutInSpatial);
    /// var experts = new TensorRequest("up", new KaimingNormal(), [8, 256, 1024], "stack,in,out");
    /// </code>
    /// </example>
    public TensorRequest(string name, Initializer initializer, long[] shape, Fans fans = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(shape);
        Name = name;
        Initializer = initializer;
        _shape = [.. shape];
        Fans = fans;
    }

    /// <summary>The variable's name.</summary>
    public string Name { get; }

    /// <summary>What fills it.</summary>
    public Initializer Initializer { get; }

    /// <summary>The sizes of its axes, outermost first.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Its fans, or where they are read.</summary>
    public Fans Fans { get; }

    /// <summary>Returns the distribution that its elements have: mean, standard deviation and support.</summary>
    /// <exception cref="InitializerException">Every fault of initializer, shape and fans.</exception>
    /// <example><code>new TensorRequest("head", new RandomNormal(0, 0.02), [50257, 768]).Distribution().Stddev // 0.02</code></example>
    public Distribution Distribution() => Initializer.Distribution(_shape, Fans);
}
