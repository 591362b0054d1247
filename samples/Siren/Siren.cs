using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Initializers.Samples;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Layers of sines and a linear layer: a function from points to colours.</summary>
internal sealed class Siren : Module<Tensor, Tensor>
{
    private readonly Sine first;
    private readonly ModuleList<Sine> hidden;
    private readonly Linear last;

    internal Siren(int width, int layers)
        : base(nameof(Siren))
    {
        first = new Sine(2, width);
        hidden = ModuleList([.. Enumerable.Range(1, layers - 1).Select(_ => new Sine(width, width))]);
        last = Linear(width, 3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor points)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = first.forward(points);
        foreach (Sine layer in hidden)
        {
            x = layer.forward(x);
        }

        return last.forward(x).MoveToOuterDisposeScope();
    }
}

/// <summary>sin(30·(W x + b)).</summary>
internal sealed class Sine : Module<Tensor, Tensor>
{
    private readonly Linear linear;

    internal Sine(int inputs, int outputs)
        : base(nameof(Sine))
    {
        linear = Linear(inputs, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => sin(30 * linear.forward(x));
}
