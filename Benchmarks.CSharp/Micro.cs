using BenchmarkDotNet.Attributes;
using Initializers.Stateful;

namespace Initializers.Benchmarks;

/// <summary>Measures one distribution, dtype and size at a time with BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class Laws
{
    private float[] _singles = [];
    private BFloat16[] _brains = [];
    private Half[] _halves = [];
    private double[] _doubles = [];
    private Initializer _initializer = new Zeros();

    /// <summary>The initializer, as text.</summary>
    [Params(
        "constant(value=0.5)",
        "uniform(low=0, high=1)",
        "normal(mean=0, stddev=1)",
        "truncated_normal(mean=0, stddev=1, lower=-2, upper=2)",
        "gumbel(loc=0, scale=1)"
    )]
    public string Law { get; set; } = "";

    /// <summary>The number of elements.</summary>
    [Params(1 << 12, 1 << 20, 1 << 24)]
    public int Elements { get; set; }

    /// <summary>Makes the memory.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _initializer = Initializer.FromText(Law);
        _singles = new float[Elements];
        _brains = new BFloat16[Elements];
        _halves = new Half[Elements];
        _doubles = new double[Elements];
    }

    /// <summary>float32.</summary>
    [Benchmark(Baseline = true)]
    public void Singles() => _initializer.Fill(_singles, seed: 1);

    /// <summary>bfloat16.</summary>
    [Benchmark]
    public void BrainFloats() => _initializer.Fill(_brains, seed: 1);

    /// <summary>float16.</summary>
    [Benchmark]
    public void Halves() => _initializer.Fill(_halves, seed: 1);

    /// <summary>float64.</summary>
    [Benchmark]
    public void Doubles() => _initializer.Fill(_doubles, seed: 1);
}

/// <summary>Measures the cost of a call in addition to its elements.</summary>
[MemoryDiagnoser]
public class Calls
{
    private readonly float[] _memory = new float[64 * 64];
    private readonly KaimingNormal _initializer = new();

    /// <summary>One element into a span.</summary>
    [Benchmark]
    public void OneElement() => _initializer.Fill(_memory.AsSpan(0, 1), fans: Fans.Of(1), seed: 1);

    /// <summary>64×64 into a span.</summary>
    [Benchmark]
    public void IntoSpan() => _initializer.Fill(_memory, [64, 64], Layout.OutIn, seed: 1);

    /// <summary>64×64 as a new tensor.</summary>
    [Benchmark]
    public void NewTensor() => _initializer.CreateVariables([64, 64], fanIn: 64, seed: 1).Dispose();
}
