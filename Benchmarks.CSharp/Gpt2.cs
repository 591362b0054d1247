using Initializers.Models;
using Initializers.Stateful;
using TorchSharp;

namespace Initializers.Benchmarks;

/// <summary>GPT-2 small by the numbers that its authors published: Radford et al. 2019, section 2.3.</summary>
internal static class Gpt2
{
    internal const long Elements = 124_439_808;

    private const int Layers = 12;

    /// <summary>A parameter, with the distribution that both sides fill it with.</summary>
    private sealed record Parameter(string Name, TorchMemory Memory, double? Stddev)
    {
        public double Constant => Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;

        public Initializer Initializer => Stddev is { } stddev ? new RandomNormal(0, stddev) : new Constant(Constant);

        public void FillByPeer() =>
            _ = Stddev is { } stddev
                ? torch.nn.init.normal_(Memory.Tensor, 0, stddev)
                : torch.nn.init.constant_(Memory.Tensor, Constant);
    }

    internal static Trial Prepare()
    {
        Parameter[] parameters =
        [
            .. Blueprint
                .Load(Paths.InRepository("models", "gpt2.json"))
                .Tensors.Select(t => new Parameter(t.Name, new TorchMemory([.. t.Shape]), Stddev(t))),
        ];
        MemoryRequest[] variables =
        [
            .. parameters.Select(p => new MemoryRequest(p.Name, p.Initializer, p.Memory.Memory, p.Memory.Shape)),
        ];
        return new Trial(
            [
                (Trial.Ours, () => Initializer.FillAll(variables, seed: 42)),
                (
                    Trial.Peer,
                    Comparisons.Peer(() =>
                    {
                        foreach (Parameter parameter in parameters)
                        {
                            parameter.FillByPeer();
                        }
                    })
                ),
            ],
            parameters.Select(p => p.Memory)
        );
    }

    private static double? Stddev(BlueprintTensor tensor) =>
        tensor.Shape.Count < 2 ? null
        : tensor.Name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? 0.02 / Math.Sqrt(2 * Layers)
        : 0.02;
}
