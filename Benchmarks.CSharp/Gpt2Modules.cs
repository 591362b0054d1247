using Initializers.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Initializers.Benchmarks;

/// <summary>GPT-2 small of TorchSharp's modules, initialized by one call or by the loop that a user writes.</summary>
internal sealed class Gpt2Modules : nn.Module
{
    private const int Layers = 12;
    private const int Width = 768;

    private static readonly ModuleRules Rules = ModuleRules
        .Empty.Match("*.c_proj.weight", "normal(stddev=0.02/sqrt(2*12))")
        .For(TensorRole.Weight, "normal(stddev=0.02)")
        .For(TensorRole.Embedding, "normal(stddev=0.02)")
        .For(TensorRole.NormScale, "ones")
        .For(TensorRole.Bias, "zeros");

    private Gpt2Modules()
        : base("gpt2")
    {
        register_module("wte", nn.Embedding(50257, Width));
        register_module("wpe", nn.Embedding(1024, Width));
        for (int i = 0; i < Layers; i++)
        {
            register_module($"h{i}", new Block());
        }

        register_module("ln_f", nn.LayerNorm(Width));
    }

    internal static Trial Prepare()
    {
        var model = new Gpt2Modules();
        return new Trial(
            [(Trial.Ours, () => model.Initialize(42, Rules)), (Trial.Peer, Comparisons.Peer(model.FillByPeer))],
            [model]
        );
    }

    private void FillByPeer()
    {
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (parameter.dim() == 2)
            {
                bool isResidual = name.EndsWith("c_proj.weight", StringComparison.Ordinal);
                nn.init.normal_(parameter, 0, isResidual ? 0.02 / Math.Sqrt(2 * Layers) : 0.02);
            }
            else
            {
                nn.init.constant_(parameter, name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0);
            }
        }
    }

    private sealed class Block : nn.Module
    {
        internal Block()
            : base("block")
        {
            register_module("ln_1", nn.LayerNorm(Width));
            register_module("c_attn", nn.Linear(Width, 3 * Width));
            register_module("attn", new Projection(Width));
            register_module("ln_2", nn.LayerNorm(Width));
            register_module("c_fc", nn.Linear(Width, 4 * Width));
            register_module("mlp", new Projection(4 * Width));
        }
    }

    private sealed class Projection : nn.Module
    {
        internal Projection(long inputs)
            : base("projection") => register_module("c_proj", nn.Linear(inputs, Width));
    }
}
