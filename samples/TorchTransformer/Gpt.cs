using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Initializers.Samples;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A GPT with GPT-2's names: token and position embeddings, blocks, and a head that is tied to the tokens.</summary>
internal sealed class Gpt : Module<Tensor, Tensor>
{
    private readonly Embedding wte;
    private readonly Embedding wpe;
    private readonly ModuleList<Block> h;
    private readonly LayerNorm ln_f;
    private readonly Linear lm_head;

    internal Gpt(int vocabulary, int context, int layers, int heads, int width)
        : base(nameof(Gpt))
    {
        wte = Embedding(vocabulary, width);
        wpe = Embedding(context, width);
        h = ModuleList([.. Enumerable.Range(0, layers).Select(_ => new Block(width, heads))]);
        ln_f = LayerNorm(width);
        lm_head = Linear(width, vocabulary, hasBias: false);
        RegisterComponents();
        lm_head.weight = wte.weight!;
    }

    /// <summary>The logits of the next token at each position.</summary>
    public override Tensor forward(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = wte.forward(tokens) + wpe.forward(arange(tokens.shape[1]));
        foreach (Block block in h)
        {
            x = block.forward(x);
        }

        return lm_head.forward(ln_f.forward(x)).MoveToOuterDisposeScope();
    }
}

internal sealed class Block : Module<Tensor, Tensor>
{
    private readonly LayerNorm ln_1;
    private readonly Attention attn;
    private readonly LayerNorm ln_2;
    private readonly Mlp mlp;

    internal Block(int width, int heads)
        : base(nameof(Block))
    {
        ln_1 = LayerNorm(width);
        attn = new Attention(width, heads);
        ln_2 = LayerNorm(width);
        mlp = new Mlp(width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + attn.forward(ln_1.forward(x));
        return x + mlp.forward(ln_2.forward(x));
    }
}

/// <summary>Causal self-attention, with queries, keys and values from one matrix.</summary>
internal sealed class Attention : Module<Tensor, Tensor>
{
    private readonly Linear c_attn;
    private readonly Linear c_proj;
    private readonly int heads;

    internal Attention(int width, int heads)
        : base(nameof(Attention))
    {
        this.heads = heads;
        c_attn = Linear(width, 3 * width);
        c_proj = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        (long batch, long length, long width) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] parts = c_attn.forward(x).view(batch, length, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind();
        Tensor mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        return c_proj.forward(mixed.transpose(1, 2).reshape(batch, length, width));
    }
}

internal sealed class Mlp : Module<Tensor, Tensor>
{
    private readonly Linear c_fc;
    private readonly Linear c_proj;

    internal Mlp(int width)
        : base(nameof(Mlp))
    {
        c_fc = Linear(width, 4 * width);
        c_proj = Linear(4 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => c_proj.forward(functional.gelu(c_fc.forward(x)));
}
