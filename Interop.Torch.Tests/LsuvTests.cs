using Initializers.Models;
using Initializers.Stateful;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Initializers.Torch.Tests;

/// <summary>Weights that are scaled by a batch.</summary>
public class LsuvTests
{
    private static torch.Tensor Normal(params long[] shape) => torch_init.normal_(empty(shape), seed: 5);

    private static Sequential Deep(int depth, long width = 64)
    {
        List<(string, Module<torch.Tensor, torch.Tensor>)> parts = [];
        for (int i = 0; i < depth; i++)
        {
            parts.Add(($"fc{i}", Linear(width, width)));
            parts.Add(($"relu{i}", ReLU()));
        }

        return Sequential(parts);
    }

    private static Sequential Kernels() =>
        Sequential(
            ("conv1", Conv2d(3, 16, 3, padding: 1L)),
            ("act1", Tanh()),
            ("conv2", Conv2d(16, 16, 3, stride: 2L, groups: 4)),
            ("act2", ReLU()),
            ("up", ConvTranspose2d(16, 8, 3, stride: 2L)),
            ("drop", Dropout(0.5)),
            ("flat", Flatten()),
            ("head", Linear(8 * 11 * 11, 10))
        );

    /// <summary>The variance of a layer's outputs, computed apart from the library.</summary>
    private static Dictionary<string, double> Variances(Sequential model, torch.Tensor batch)
    {
        Dictionary<string, double> found = [];
        model.eval();
        torch.Tensor x = batch;
        foreach ((string name, Module child) in model.named_children())
        {
            x = ((Module<torch.Tensor, torch.Tensor>)child).call(x);
            double[] elements = [.. x.Floats().Select(value => (double)value)];
            double mean = elements.Average();
            found[$"{name}.weight"] = elements.Average(value => (value - mean) * (value - mean));
        }

        return found;
    }

    private static Dictionary<string, byte[]> State(Module model) =>
        model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.Bytes());

    [Fact]
    public void EveryLayerOfADeepNetworkHasVarianceOne()
    {
        Sequential model = Deep(20);
        torch.Tensor batch = Normal(256, 64);
        LsuvInitialization done = model.InitializeLsuv(42, batch, tolerance: 0.01);
        Assert.True(done.Converged, done.ToString());
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"fc{i}.weight"), done.Layers.Select(layer => layer.Name));
        Dictionary<string, double> measured = Variances(model, batch);
        Assert.All(
            done.Layers,
            layer =>
            {
                Assert.InRange(measured[layer.Name], 0.99, 1.01);
                Assert.Equal(measured[layer.Name], layer.Variance, 1e-4);
                Assert.InRange(layer.Iterations, 0, 10);
            }
        );

        // An orthogonal matrix keeps the second moment, and each ReLU halves it.
        Assert.InRange(done.Layers[^1].Scale, 1.2, 2);
        Assert.Equal(0, done.Layers.Count(layer => layer.Iterations > 1));
    }

    [Fact]
    public void WeightsAreOrthogonalTimesTheScale()
    {
        Sequential model = Deep(3);
        LsuvInitialization done = model.InitializeLsuv(42, 3 * Normal(100, 64));
        foreach (LsuvLayer layer in done.Layers)
        {
            torch.Tensor weight = model.state_dict()[layer.Name].to(ScalarType.Float64) / layer.Scale;
            torch.Tensor identity = eye(64, dtype: ScalarType.Float64);
            Assert.InRange((weight.mm(weight.t()) - identity).abs().max().item<double>(), 0, 1e-5);
        }

        Assert.Equal(0, model.state_dict()["fc0.bias"].count_nonzero().item<long>());
        Assert.InRange(done.Layers[0].Scale, 0.3, 0.36);
    }

    [Fact]
    public void ConvolutionsAreScaledAndAnotherCopyIsFilledWithoutTheBatch()
    {
        Sequential model = Kernels();
        torch.Tensor batch = Normal(16, 3, 12, 12);
        LsuvInitialization done = model.InitializeLsuv(42, batch, tolerance: 0.02);
        Assert.True(done.Converged, done.ToString());
        Assert.Equal(
            ["conv1.weight", "conv2.weight", "up.weight", "head.weight"],
            done.Layers.Select(layer => layer.Name)
        );
        Dictionary<string, double> measured = Variances(model, batch);
        Assert.All(done.Layers, layer => Assert.InRange(measured[layer.Name], 0.98, 1.02));
        Sequential copy = Kernels();
        copy.Initialize(42, done.Rules);
        Assert.Equal(State(model), State(copy));
    }

    [Fact]
    public void TheSavedFileIsVerifiedAndTheBlueprintWritesItsElementsAgain()
    {
        Sequential model = Kernels();
        LsuvInitialization done = model.InitializeLsuv(42, Normal(8, 3, 12, 12));
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors");
        try
        {
            done.Save(path);
            var verified = Verification.Run(path);
            Assert.Equal((8, 0, 0), (verified.Tensors.Count, verified.DifferentTensors, verified.NotGeneratedTensors));
            string header = System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(path)[..4000]);
            Assert.Contains(
                FormattableString.Invariant($"scale(factor={done.Layers[0].Scale:R}, inner=orthogonal"),
                header,
                StringComparison.Ordinal
            );
            Blueprint.Parse(done.Blueprint).Write(path, 42, overwrite: true);
            Sequential loaded = Kernels();
            loaded.load_safetensors(path);
            Assert.Equal(State(model), State(loaded));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void RulesFillTheOthersAndTheirWeightsAreScaledUnlessTheyAreLeft()
    {
        Sequential model = Kernels();
        byte[] left = model.state_dict()["conv2.weight"].Bytes();
        ModuleRules rules = ModuleRules.Empty.Leave("conv2.*").Otherwise(ModuleRules.Torch);
        LsuvInitialization done = model.InitializeLsuv(42, Normal(8, 3, 12, 12), rules);
        Assert.Equal(["conv1.weight", "up.weight", "head.weight"], done.Layers.Select(layer => layer.Name));
        Assert.True(done.Converged, done.ToString());
        Assert.Equal(left, model.state_dict()["conv2.weight"].Bytes());

        // PyTorch's fans of a transposed kernel stay those of the rule.
        Sequential plain = Kernels();
        plain.Initialize(42, ModuleRules.Torch);
        torch.Tensor ratio = model.state_dict()["up.weight"] / plain.state_dict()["up.weight"];
        Assert.InRange((ratio / done.Layers[1].Scale - 1).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void ALayerWithoutASignalIsReportedAndItsWeightIsNotScaled()
    {
        Sequential model = Sequential(
            ("fc1", Linear(8, 8)),
            ("relu", ReLU()),
            ("fc2", Linear(8, 8)),
            ("fc3", Linear(8, 8))
        );
        ModuleRules rules = ModuleRules
            .Empty.Match("fc1.bias", "constant(value=-1000)")
            .Otherwise(ModuleRules.Conventional("orthogonal"));
        LsuvInitialization done = model.InitializeLsuv(42, Normal(100, 8), rules);
        Assert.Equal(
            [LsuvStatus.Converged, LsuvStatus.ZeroVariance, LsuvStatus.ZeroVariance],
            done.Layers.Select(layer => layer.Status)
        );
        Assert.Equal([1, 1], done.Layers.Skip(1).Select(layer => layer.Scale));
        Assert.False(done.Converged);
        var error = Assert.Throws<InitializerException>(() =>
            model.InitializeLsuv(42, Normal(100, 8), rules, strict: true)
        );
        Assert.Equal(["variance-not-reached", "variance-not-reached"], error.Faults.Select(fault => fault.Code));
        Assert.Contains("'fc2.weight'", error.Faults[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TooFewIterationsAreReported()
    {
        // The output's constant part keeps its size while the weight is scaled: half-way steps.
        Sequential model = Sequential(("fc", Linear(8, 8)));
        ModuleRules rules = ModuleRules
            .Empty.Match("fc.bias", "normal(stddev=0.5)")
            .Otherwise(ModuleRules.Conventional("orthogonal"));
        LsuvInitialization one = model.InitializeLsuv(42, 10 * Normal(100, 8), rules, tolerance: 1e-3, iterations: 1);
        Assert.Equal(LsuvStatus.NotConverged, one.Layers[0].Status);
        Assert.Equal(1, one.Layers[0].Iterations);
        LsuvInitialization many = model.InitializeLsuv(42, 10 * Normal(100, 8), rules, tolerance: 1e-3, iterations: 30);
        Assert.True(many.Converged, many.ToString());
        Assert.InRange(many.Layers[0].Iterations, 2, 30);
    }

    [Fact]
    public void OutputsThatAreNotFiniteAreAFaultIfNoLayerHasOthers()
    {
        Sequential model = Deep(2, 8);
        torch.Tensor batch = Normal(100, 8);
        batch[3, 3] = double.NaN;
        var error = Assert.Throws<InitializerException>(() => model.InitializeLsuv(42, batch));
        Assert.Equal(["variance-not-reached", "variance-not-reached"], error.Faults.Select(fault => fault.Code));
        Sequential plain = Deep(2, 8);
        plain.Initialize(42, "orthogonal");
        Assert.Equal(State(plain), State(model));
    }

    /// <summary>Two layers with one weight, a layer that does not run, one that runs by forward, and a tied embedding.</summary>
    private sealed class Odd : Module<torch.Tensor, torch.Tensor>
    {
        internal readonly Linear first = Linear(8, 8);
        internal readonly Linear second = Linear(8, 8);
        internal readonly Linear unused = Linear(8, 8);
        internal readonly Linear silent = Linear(8, 8);
        internal readonly Embedding tokens = Embedding(5, 8);
        internal readonly Linear head = Linear(8, 5);

        internal Odd()
            : base("Odd")
        {
            second.weight = first.weight;
            RegisterComponents();
            head.weight = tokens.weight!;
        }

        public override torch.Tensor forward(torch.Tensor x) =>
            head.call(silent.forward(second.call(first.call(x).relu())))
            + tokens.call(zeros(1, dtype: ScalarType.Int64)).sum();
    }

    [Fact]
    public void TiedWeightsAreScaledOnceAndLayersThatDoNotRunAreReported()
    {
        var model = new Odd();
        model.train();
        model.silent.eval();
        LsuvInitialization done = model.InitializeLsuv(42, 5 * Normal(200, 8), strict: false);
        Dictionary<string, LsuvLayer> layers = done.Layers.ToDictionary(layer => layer.Name);
        Assert.Equal(
            ["first.weight", "second.weight", "head.weight", "unused.weight", "silent.weight"],
            done.Layers.Select(layer => layer.Name)
        );
        Assert.Equal(LsuvStatus.Converged, layers["first.weight"].Status);
        Assert.Equal(LsuvStatus.Tied, layers["second.weight"].Status);
        Assert.Equal(layers["first.weight"].Scale, layers["second.weight"].Scale);
        Assert.Equal(LsuvStatus.NotRun, layers["unused.weight"].Status);
        Assert.Equal(LsuvStatus.NotRun, layers["silent.weight"].Status);
        Assert.Equal((LsuvStatus.Tied, 1), (layers["head.weight"].Status, layers["head.weight"].Scale));
        Assert.Equal(model.first.weight!.Bytes(), model.second.weight!.Bytes());
        Assert.True(model.training && model.first.training && !model.silent.training);
        Assert.True(model.first.weight!.requires_grad && model.first.weight.is_leaf && is_grad_enabled());
        var error = Assert.Throws<InitializerException>(() =>
            new Odd().InitializeLsuv(42, Normal(200, 8), strict: true)
        );
        Assert.Equal(["layers-not-run"], error.Faults.Select(fault => fault.Code));
        Assert.Contains("unused.weight, silent.weight", error.Message, StringComparison.Ordinal);
        var copy = new Odd();
        copy.Initialize(42, done.Rules);
        Assert.Equal(State(model), State(copy));
    }

    [Fact]
    public void AnyCallOfTheModelIsTheData()
    {
        Sequential model = Deep(3, 8);
        LsuvInitialization done = model.InitializeLsuv(42, it => it.call(Normal(100, 8)).sum());
        Assert.Equal(State(Filled(Deep(3, 8), Normal(100, 8))), State(model));
        Assert.True(done.Converged);

        static Sequential Filled(Sequential other, torch.Tensor batch)
        {
            other.InitializeLsuv(42, batch);
            return other;
        }
    }

    [Fact]
    public void AWrongRequestChangesNothing()
    {
        Sequential model = Deep(2, 8);
        Dictionary<string, byte[]> before = State(model);
        void Refused(string[] codes, Action call)
        {
            var error = Assert.Throws<InitializerException>(call);
            Assert.Equal(codes, error.Faults.Select(fault => fault.Code));
            Assert.Equal(before, State(model));
            Assert.True(model.training);
        }

        torch.Tensor batch = Normal(100, 8);
        Refused(
            ["not-positive", "not-positive", "spec-unknown"],
            () => model.InitializeLsuv(42, batch, ModuleRules.Torch.Match("fc0.weight", "nromal"), double.NaN, 0)
        );
        Refused(["layers-not-run"], () => model.InitializeLsuv(42, _ => { }));
        Refused(["layers-missing"], () => model.InitializeLsuv(42, batch, ModuleRules.Empty.Leave("*")));
        Assert.ThrowsAny<Exception>(() => model.InitializeLsuv(42, Normal(100, 9)));
        Assert.Equal(before, State(model));
        Assert.Throws<ArgumentNullException>(() => model.InitializeLsuv(42, (torch.Tensor)null!));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 0.001)]
    [InlineData(ScalarType.BFloat16, 0.05)]
    [InlineData(ScalarType.Float16, 0.01)]
    public void EveryFloatTypeConverges(ScalarType type, double tolerance)
    {
        Sequential model = Deep(4);
        model.to(type);
        LsuvInitialization done = model.InitializeLsuv(42, (3 * Normal(200, 64)).to(type), tolerance: tolerance);
        Assert.True(done.Converged, done.ToString());
    }

    [Fact]
    public void AScaleThatTakesAWeightOutOfItsTypeIsAFaultAndLeavesTheWeightsOfTheRules()
    {
        Sequential model = Deep(2, 8);
        model.to(ScalarType.Float16);
        torch.Tensor batch = (1e-6 * Normal(100, 8)).to(ScalarType.Float16);
        var error = Assert.Throws<InitializerException>(() => model.InitializeLsuv(42, batch));
        Assert.Equal(["overflows-dtype"], error.Faults.Select(fault => fault.Code).Distinct());
        Sequential plain = Deep(2, 8);
        plain.to(ScalarType.Float16);
        plain.Initialize(42, "orthogonal");
        Assert.Equal(State(plain), State(model));
    }

    [Fact]
    public void AFailureWhileWeightsAreScaledLeavesTheWeightsOfTheRules()
    {
        Sequential model = Deep(2, 8);
        int calls = 0;
        Assert.Throws<InvalidOperationException>(() =>
            model.InitializeLsuv(
                42,
                it =>
                {
                    it.call(5 * Normal(100, 8));
                    if (++calls == 2)
                    {
                        throw new InvalidOperationException("the second call");
                    }
                }
            )
        );
        Sequential plain = Deep(2, 8);
        plain.Initialize(42, "orthogonal");
        Assert.Equal(State(plain), State(model));
    }
}
