using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Initializers.Torch.Tests;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A multilayer perceptron of 30 hidden layers on two spirals, trained with Adam for 150 steps of all 1000 points.</summary>
public class TrainingTests
{
    private const int Points = 1000;

    private static readonly (Tensor Inputs, Tensor Labels) Spirals = MakeSpirals();

    private static (Tensor, Tensor) MakeSpirals()
    {
        float[] inputs = new float[2 * Points];
        new Initializers.Stateful.RandomUniform(0, 1).Fill(inputs, [2 * Points], seed: 1);
        long[] labels = new long[Points];
        for (int i = 0; i < Points; i++)
        {
            labels[i] = i % 2;
            double radius = Math.Sqrt(inputs[2 * i]) * 3 * Math.PI;
            double angle = radius + labels[i] * Math.PI;
            inputs[2 * i] = (float)(radius * Math.Cos(angle) / 5);
            inputs[2 * i + 1] = (float)(radius * Math.Sin(angle) / 5);
        }

        return (tensor(inputs, [Points, 2]).DetachFromDisposeScope(), tensor(labels).DetachFromDisposeScope());
    }

    private static double AccuracyOf(Action<Sequential> initialize)
    {
        using DisposeScope scope = NewDisposeScope();
        List<(string, nn.Module<Tensor, Tensor>)> layers = [("in", Linear(2, 64)), ("in_relu", ReLU())];
        for (int i = 0; i < 30; i++)
        {
            layers.Add(($"hidden{i}", Linear(64, 64)));
            layers.Add(($"relu{i}", ReLU()));
        }

        layers.Add(("out", Linear(64, 2)));
        Sequential model = Sequential(layers);
        initialize(model);
        var optimizer = optim.Adam(model.parameters(), 1e-3);
        CrossEntropyLoss loss = CrossEntropyLoss();
        for (int step = 0; step < 150; step++)
        {
            using DisposeScope inner = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(model.forward(Spirals.Inputs), Spirals.Labels).backward();
            optimizer.step();
        }

        using (no_grad())
        {
            Tensor found = model.forward(Spirals.Inputs).argmax(1);
            return (found == Spirals.Labels).to(ScalarType.Float32).mean().item<float>();
        }
    }

    [Fact]
    public void OrthogonalWeightsLearnTwoSpiralsThroughThirtyLayers() =>
        Assert.True(AccuracyOf(model => model.Initialize(42, "orthogonal(gain=relu)")) >= 0.99);

    [Fact]
    public void TorchSharpsTruncatedNormalWeightsStayAtChance()
    {
        double accuracy = AccuracyOf(model =>
        {
            foreach ((string _, Parameter parameter) in model.named_parameters())
            {
                if (parameter.dim() < 2)
                {
                    init.zeros_(parameter);
                }
                else
                {
                    init.trunc_normal_(parameter, 0, 0.1);
                }
            }
        });
        Assert.InRange(accuracy, 0.4, 0.6);
    }
}
