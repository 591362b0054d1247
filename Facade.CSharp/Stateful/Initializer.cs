using System.Runtime.CompilerServices;

namespace Initializers.Stateful;

/// <summary>Creates the initial values of a layer's variables. A layer computes a = g(w₁x₁ + … + wₙxₙ); weights of the right
/// scale keep that sum from vanishing or exploding from layer to layer.</summary>
/// <remarks>
/// <para>An initializer is immutable and may be used from many threads at once. The same initializer, shape, fans, dtype
/// and seed give the same bits on every device, with every number of threads, whole or in slices.</para>
/// <para>Two tensors with the same seed are made from the same draws: layers of the same shape would be equal, and others
/// multiples of each other. Give each tensor a seed with its name, <c>model.Child("fc1.weight")</c>, or make all of them in
/// <see cref="CreateAll"/>, <see cref="FillAll"/> or an <see cref="InitializerRandom.Scope"/>.</para>
/// <para>To write a custom initializer, override <see cref="Spec"/>; every method here then works.</para>
/// </remarks>
/// <example>
/// <code>
/// Seed model = 42;
/// using Tensor w = new KaimingNormal().CreateVariables([512, 256], device: "cpu", fanIn: 256, seed: model.Child("fc1.weight"));
/// float[] values = w.ToArray&lt;float&gt;();
///
/// sealed class Gpt2Embedding : Initializer
/// {
///     public override InitializerSpec Spec => InitializerSpec.Normal(0, 0.02);
/// }
/// </code>
/// </example>
public abstract partial class Initializer
{
    /// <summary>The spec of this initializer; never null. A call reports null as <c>spec-missing</c>.</summary>
    public abstract InitializerSpec Spec { get; }

    /// <summary>Returns an initializer for a spec.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="spec"/> is null.</exception>
    /// <example><code>Initializer init = Initializer.FromSpec(InitializerSpec.Parse("glorot_normal"));</code></example>
    public static Initializer FromSpec(InitializerSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new OfSpec(spec);
    }

    /// <summary>Returns an initializer for a spec in one line of text.</summary>
    /// <param name="text">Such as <c>kaiming_normal(mode=fan_out, negative_slope=0.1)</c>. Reads the text that
    /// <see cref="ToString"/> writes.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="InitializerException">Every fault of the text, as <see cref="InitializerSpec.Parse"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <example><code>using Tensor w = Initializer.FromText("normal(stddev=0.02)").CreateVariables([50257, 768]);</code></example>
    public static Initializer FromText(string text) => new OfSpec(InitializerSpec.Parse(text));

    /// <summary>Returns an initializer for a spec in JSON, or for one of Keras's configs.</summary>
    /// <param name="json">Such as <c>{"initializer": "normal", "stddev": 0.02}</c> or <c>{"class_name": "HeUniform",
    /// "config": {"seed": null}}</c>.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="InitializerException">Every fault of the text, as
    /// <see cref="InitializerSpec.ParseJson"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <example><code>Initializer init = Initializer.FromJson("""{"initializer": "he_normal", "mode": "fan_out"}""");</code></example>
    public static Initializer FromJson(string json) => new OfSpec(InitializerSpec.ParseJson(json));

    /// <summary>Creates and fills a tensor, with the fans as numbers.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more; none at all for a scalar. A matrix
    /// is (rows, columns).</param>
    /// <param name="device">Where to make it: 'cpu' (the default), 'cuda:0', 'gpu:0', 'opencl:0', ….</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0. Read only by modes that need
    /// it.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0. Read only by modes that need
    /// it.</param>
    /// <param name="dtype">The element type. A narrower one gets the same weights, rounded to nearest even.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <returns>The tensor, which the caller disposes.</returns>
    /// <exception cref="InitializerException">Every fault at once. Shape: <c>shape-negative</c>, <c>shape-overflow</c>,
    /// <c>shape-rank</c>. Fans: <c>fan-missing</c>, <c>fan-not-positive</c>. Spec: <c>not-finite</c>, <c>not-positive</c>,
    /// <c>stddev-negative</c>, <c>scale-not-positive</c>, <c>low-not-below-high</c>, <c>spread-not-finite</c>,
    /// <c>spread-lost</c>, <c>interval-too-narrow</c>, <c>clip-too-narrow</c>, <c>overflows-dtype</c>, <c>spec-too-deep</c>,
    /// <c>spec-too-large</c>. Target: <c>dtype-unknown</c>, <c>device-unknown</c>, <c>device-absent</c>, <c>device-failed</c>,
    /// <c>context-not-enabled</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>using Tensor w = new GlorotUniform().CreateVariables([512, 256], "cpu", 512, 256);</code></example>
    [OverloadResolutionPriority(1)]
    public virtual Tensor CreateVariables(
        long[] varShape,
        Device? device = null,
        double? fanOut = null,
        double? fanIn = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    )
    {
        ArgumentNullException.ThrowIfNull(varShape);
        return CoreCalls.Create(Given, varShape, device, Fans.Of(fanIn, fanOut), dtype, seed ?? NextSeed());
    }

    /// <summary>Creates and fills a tensor, with the fans from a layout, from roles of the axes or as numbers.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. A text needs the
    /// parameter's name: without it a text is the device of Ivy's overload.</param>
    /// <param name="device">Where to make it: 'cpu' (the default), 'cuda:0', 'gpu:0', 'opencl:0', ….</param>
    /// <param name="dtype">The element type. A narrower one gets the same weights, rounded to nearest even.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <returns>The tensor, which the caller disposes.</returns>
    /// <exception cref="InitializerException">The codes of the overload with numbers; <c>layout-rank</c>: the layout does not
    /// read shapes of this rank; <c>layout-unknown</c>: the layout or a role is no value of its enum, or the text cannot be read;
    /// <c>axes-rank</c>: there are more or fewer roles than axes; <c>groups-not-dividing</c>; <c>not-positive</c>: groups or
    /// stride.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example>
    /// <code>
    /// using Tensor conv = new KaimingNormal().CreateVariables([64, 3, 7, 7], Layout.OutInSpatial);
    /// using Tensor experts = new KaimingNormal().CreateVariables([8, 256, 1024], fans: "stack,in,out");
    /// </code>
    /// </example>
    public virtual Tensor CreateVariables(
        long[] varShape,
        Fans fans,
        Device? device = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    )
    {
        ArgumentNullException.ThrowIfNull(varShape);
        return CoreCalls.Create(Given, varShape, device, fans, dtype, seed ?? NextSeed());
    }

    /// <summary>Returns the distribution of the elements that this initializer fills a tensor with, without making a tensor.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more; none at all for a scalar.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. Read only by
    /// initializers that divide by a fan.</param>
    /// <returns>The distribution before elements are rounded to a dtype.</returns>
    /// <exception cref="InitializerException">The codes of <c>CreateVariables</c> for shape, fans and numbers, every fault at
    /// once.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>double stddev = new KaimingNormal().Distribution([512, 256], Layout.OutIn).Stddev;</code></example>
    public Distribution Distribution(long[] varShape, Fans fans = default)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        return CoreCalls.Distribution(Given, varShape, fans);
    }

    /// <summary>Returns the faults that a call with these arguments would report, without making a tensor.</summary>
    /// <param name="varShape">The sizes of the axes, outermost first, each 0 or more; none at all for a scalar.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>.</param>
    /// <param name="dtype">The element type.</param>
    /// <returns>The faults of <c>CreateVariables</c> for shape, fans, numbers and dtype; none for a right request.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>foreach (Fault fault in new KaimingNormal().Faults([512, -1], Layout.OutIn))
    ///     Console.Error.WriteLine(fault.Message);</code></example>
    public IReadOnlyList<Fault> Faults(long[] varShape, Fans fans = default, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(varShape);
        return CoreCalls.Faults(Given, varShape, fans, dtype);
    }

    /// <summary>Returns the initializer's spec as text.</summary>
    /// <returns>Such as <c>fan_uniform(numerator=6, mode=fan_sum, power=0.5, gain=1)</c>.</returns>
    public override string ToString() => Spec?.ToString() ?? GetType().Name;

    /// <summary>The spec; where a derived class has none, one whose fault says so.</summary>
    internal InitializerSpec Given => Spec ?? InitializerSpec.Missing(GetType());

    /// <summary>Returns the seed of a call without a seed: the ambient generator's next, unless a derived class overrides
    /// this.</summary>
    /// <returns>The seed.</returns>
    protected virtual Seed NextSeed() => InitializerRandom.Next();

    private sealed class OfSpec(InitializerSpec spec) : Initializer
    {
        public override InitializerSpec Spec => spec;
    }

    /// <summary>The initializers from whose specs <see cref="Composed"/> makes this one's; null for one that is not
    /// composed.</summary>
    private protected virtual IReadOnlyList<Initializer>? Parts => null;

    /// <summary>This initializer's spec from those of its parts.</summary>
    /// <param name="parts">The parts' specs, in order.</param>
    /// <returns>The spec.</returns>
    private protected virtual InitializerSpec Composed(IReadOnlyList<InitializerSpec> parts) => Spec;

    /// <summary>The spec of an initializer that is made of parts. They may be nested deeper than a thread's stack is, so the
    /// initializers that wait for their parts are in a list.</summary>
    private protected static InitializerSpec Compose(Initializer initializer)
    {
        var waiting = new Stack<(Initializer Whole, List<InitializerSpec> Done)>();
        waiting.Push((initializer, []));
        while (true)
        {
            (Initializer whole, List<InitializerSpec> done) = waiting.Peek();
            if (done.Count < whole.Parts!.Count)
            {
                Initializer next = whole.Parts[done.Count];
                if (next.Parts is null)
                {
                    done.Add(next.Given);
                }
                else
                {
                    waiting.Push((next, []));
                }

                continue;
            }

            InitializerSpec spec = whole.Composed(done);
            waiting.Pop();
            if (waiting.Count == 0)
            {
                return spec;
            }

            waiting.Peek().Done.Add(spec);
        }
    }

    /// <summary>Another initializer's spec, changed, with that one's seeds.</summary>
    private sealed class Changed : Initializer
    {
        private readonly Initializer[] _inner;
        private readonly Func<InitializerSpec, InitializerSpec> _change;
        private readonly Initializer _origin;

        internal Changed(Initializer inner, Func<InitializerSpec, InitializerSpec> change)
        {
            _inner = [inner];
            _change = change;
            _origin = inner is Changed changed ? changed._origin : inner;
        }

        public override InitializerSpec Spec => Compose(this);

        private protected override IReadOnlyList<Initializer> Parts => _inner;

        private protected override InitializerSpec Composed(IReadOnlyList<InitializerSpec> parts) => _change(parts[0]);

        protected override Seed NextSeed() => _origin.NextSeed();
    }
}
