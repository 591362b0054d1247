using Initializers.Stateful;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Initializers.Benchmarks;

/// <summary>Orthogonal and sparse matrices, float32.</summary>
internal static class MatrixComparisons
{
    private const double Stddev = 0.01;

    internal static IReadOnlyList<Comparison> All { get; } =
    [
        Orthogonal("orthogonal_64", "orthogonal 64²", 64, 64, target: 2, recorded: 56),
        Orthogonal("orthogonal_1024", "orthogonal 1024²", 1024, 1024, target: 5, recorded: 26),
        Orthogonal("orthogonal_2048", "orthogonal 2048²", 2048, 2048, target: 6, recorded: 18.6),
        Orthogonal("orthogonal_4096x1024", "orthogonal 4096×1024", 4096, 1024, target: 4, recorded: null),
        Sparse("sparse_tenth", "sparse 1024², a tenth zeros", 0.1, recorded: null),
        Sparse("sparse", "sparse 1024², half zeros", 0.5, recorded: 93),
        Sparse("sparse_most", "sparse 1024², nine tenths zeros", 0.9, recorded: null),
    ];

    private static Comparison Orthogonal(
        string key,
        string work,
        long rows,
        long columns,
        double target,
        double? recorded
    ) =>
        new(
            key,
            work,
            "orthogonal_",
            target,
            rows * columns,
            recorded,
            () => Prepare(new Orthogonal(), [rows, columns], tensor => nn.init.orthogonal_(tensor))
        );

    private static Comparison Sparse(string key, string work, double sparsity, double? recorded) =>
        new(
            key,
            work,
            "sparse_",
            Target: 20,
            1 << 20,
            recorded,
            () =>
                Prepare(new Sparse(sparsity, Stddev), [1024, 1024], tensor => nn.init.sparse_(tensor, sparsity, Stddev))
        );

    private static Trial Prepare(Initializer initializer, long[] shape, Action<TorchTensor> peer)
    {
        var memory = new TorchMemory(shape);
        return new Trial(
            [
                (Trial.Ours, () => initializer.Fill(memory.Span<float>(), shape, Layout.OutIn, seed: 1)),
                (Trial.Peer, Comparisons.Peer(() => peer(memory.Tensor))),
            ],
            [memory]
        );
    }
}
