using Initializers.Stateful;
using MathNet.Numerics.Distributions;
using TorchSharp;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Initializers.Benchmarks;

/// <summary>A work that both sides do, and what is asked of the ratio of their times.</summary>
/// <param name="Key">Its name on the command line.</param>
/// <param name="Work">What is done.</param>
/// <param name="Peer">What the peer calls it.</param>
/// <param name="Target">The least ratio: the peer's time over this library's.</param>
/// <param name="Elements">Elements made.</param>
/// <param name="Recorded">The M elements/s of the peer, or of <see cref="Comparisons.Gauge"/> where there is one, on a quiet
/// machine with two AVX-512 cores; null where none is on record.</param>
/// <param name="Prepare">Makes the memory and the acts.</param>
internal sealed record Comparison(
    string Key,
    string Work,
    string Peer,
    double Target,
    long Elements,
    double? Recorded,
    Func<Trial> Prepare
)
{
    /// <summary>The M elements/s of the peer itself on that machine, where <see cref="Recorded"/> is the gauge's; null
    /// elsewhere.</summary>
    public double? PeerRecorded { get; init; }

    /// <summary>A share of the fill's rate that is enough, however far it is from the target.</summary>
    public double? ShareOfFill { get; init; }
}

/// <summary>The works, with memory and acts of each. Both sides fill the same memory.</summary>
internal static class Comparisons
{
    private const int Large = 1 << 24;
    private const int Small = 1 << 20;

    /// <summary>The act that writes one non-zero value into the same memory, on every core.</summary>
    internal const string Fill = "fill";

    /// <summary>The act that tells how much of the machine this process has, where the peer cannot: one that uses every core
    /// and vectors.</summary>
    internal const string Gauge = "gauge";

    internal static readonly Initializer UnitUniform = Initializer.FromSpec(InitializerSpec.Uniform(0, 1));
    internal static readonly Initializer UnitNormal = new RandomNormal(0, 1);

    internal static readonly Initializer Truncated = Initializer.FromSpec(InitializerSpec.TruncatedNormal(0, 1, -2, 2));

    internal static IReadOnlyList<Comparison> All { get; } =
    [
        new("uniform", "uniform", "uniform_", 20, Large, 515, () => Singles(UnitUniform, t => nn.init.uniform_(t)))
        {
            ShareOfFill = 0.9,
        },
        new(
            "glorot_uniform",
            "Glorot uniform",
            "xavier_uniform_",
            20,
            Large,
            515,
            () => Singles(new GlorotUniform(), t => nn.init.xavier_uniform_(t))
        )
        {
            ShareOfFill = 0.9,
        },
        new("normal", "normal", "normal_", 12, Large, 419, () => Singles(UnitNormal, t => nn.init.normal_(t))),
        new(
            "he_normal",
            "He normal",
            "kaiming_normal_",
            12,
            Large,
            419,
            () => Singles(new KaimingNormal(), t => nn.init.kaiming_normal_(t))
        ),
        new(
            "truncated_normal",
            "truncated normal ±2",
            "trunc_normal_",
            12,
            Large,
            338,
            () => Singles(Truncated, t => nn.init.trunc_normal_(t))
        ),
        new("bfloat16_normal", "bfloat16 normal", "normal_", 60, Small, 66, () => Narrow(DType.BFloat16)),
        new("float16_normal", "float16 normal", "normal_", 60, Small, 64, () => Narrow(DType.Float16)),
        new("float64_normal", "float64 normal", "normal_", 15, Small, 74, () => Narrow(DType.Float64)),
        new("zeros", "zeros", "zeros_", 1, Large, 15_300, () => Singles(new Zeros(), t => nn.init.zeros_(t))),
        new(
            "constant",
            "constant",
            "constant_",
            1,
            Large,
            12_500,
            () => Singles(new Constant(0.5), t => nn.init.constant_(t, 0.5))
        ),
        new("small", "one 64×64 tensor into a span", "uniform_", 3, 64 * 64, 422, Matrix),
        new("many", "1,000 tensors of 768 in one call", "a loop of normal_", 10, 768_000, 400, Many),
        new("gpt2", "GPT-2 small, 148 tensors", "torch.nn.init", 10, Gpt2.Elements, 419, Gpt2.Prepare),
        new(
            "gpt2_modules",
            "GPT-2 small in TorchSharp's modules",
            "a loop of torch.nn.init",
            6,
            Gpt2.Elements,
            419,
            Gpt2Modules.Prepare
        ),
        new("mathnet", "normal", "MathNet's Normal.Samples", 100, Small, 419, MathNet) { PeerRecorded = 28 },
        .. MatrixComparisons.All,
    ];

    /// <summary>Gradients are not recorded, as within every function of <c>torch.nn.init</c>.</summary>
    internal static Action Peer(Action act) =>
        () =>
        {
            using (no_grad())
            {
                act();
            }
        };

    /// <summary>float32 in a square, with its fans, compared with a plain fill of the same memory.</summary>
    private static Trial Singles(Initializer initializer, Action<TorchTensor> peer)
    {
        const int Side = 1 << 12;
        var memory = new TorchMemory([Side, Side]);
        return new Trial(
            [
                (Trial.Ours, () => initializer.Fill(memory.Span<float>(), memory.Shape, Layout.OutIn, seed: 1)),
                (Trial.Peer, Peer(() => peer(memory.Tensor))),
                (Fill, () => FillOnEveryCore(memory)),
            ],
            [memory]
        );
    }

    private static void FillOnEveryCore(TorchMemory memory)
    {
        int share = Large / Environment.ProcessorCount;
        Parallel.For(0, Environment.ProcessorCount, i => memory.Span<float>().Slice(i * share, share).Fill(0.5f));
    }

    /// <summary>A normal of another dtype.</summary>
    private static Trial Narrow(DType dtype)
    {
        var memory = new TorchMemory([1 << 10, 1 << 10], dtype);
        return new Trial(
            [
                (
                    Trial.Ours,
                    dtype switch
                    {
                        DType.Float16 => () => UnitNormal.Fill(memory.Span<Half>(), seed: 1),
                        DType.BFloat16 => () => UnitNormal.Fill(memory.Span<BFloat16>(), seed: 1),
                        _ => () => UnitNormal.Fill(memory.Span<double>(), seed: 1),
                    }
                ),
                (Trial.Peer, Peer(() => nn.init.normal_(memory.Tensor))),
            ],
            [memory]
        );
    }

    private static Trial Matrix()
    {
        var memory = new TorchMemory([64, 64]);
        return new Trial(
            [
                (Trial.Ours, () => UnitUniform.Fill(memory.Span<float>(), seed: 1)),
                (Trial.Peer, Peer(() => nn.init.uniform_(memory.Tensor))),
            ],
            [memory]
        );
    }

    private static Trial Many()
    {
        TorchMemory[] memories = [.. Enumerable.Range(0, 1000).Select(_ => new TorchMemory([768]))];
        MemoryRequest[] variables = [.. memories.Select((m, i) => new MemoryRequest($"{i}", UnitNormal, m.Memory))];
        return new Trial(
            [
                (Trial.Ours, () => Initializer.FillAll(variables, seed: 1)),
                (
                    Trial.Peer,
                    Peer(() =>
                    {
                        foreach (TorchMemory memory in memories)
                        {
                            nn.init.normal_(memory.Tensor);
                        }
                    })
                ),
            ],
            memories
        );
    }

    /// <summary>MathNet draws on one core without vectors, so that its rate does not tell whether others use the rest.</summary>
    private static Trial MathNet()
    {
        var memory = new TorchMemory([Small]);
        double[] samples = new double[Small];
        return new Trial(
            [
                (Trial.Ours, () => UnitNormal.Fill(memory.Span<float>(), seed: 1)),
                (Trial.Peer, () => Normal.Samples(samples, 0, 1)),
                (Gauge, Peer(() => nn.init.normal_(memory.Tensor))),
            ],
            [memory]
        );
    }
}
