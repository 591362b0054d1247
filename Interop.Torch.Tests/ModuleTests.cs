using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using Xunit;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

public sealed class ModuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("torch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    private static torch.Tensor Of(nn.Module module, string name) => module.state_dict()[name];

    private static void AssertSameState(nn.Module expected, nn.Module actual)
    {
        foreach ((string name, torch.Tensor tensor) in expected.state_dict())
        {
            Assert.Equal(
                (name, Convert.ToHexString(tensor.Bytes())),
                (name, Convert.ToHexString(Of(actual, name).Bytes()))
            );
        }
    }

    public static TheoryData<string> Rules => ["torch", "conventional"];

    private static ModuleRules Named(string rules) =>
        rules == "torch"
            ? ModuleRules.Empty.Match("cls_token", "zeros").Otherwise(ModuleRules.Torch)
            : EveryModule.Rules("kaiming_normal(mode=fan_out)");

    [Theory]
    [MemberData(nameof(Rules))]
    public void TheFilesOfSaveOfInitAndOfTheBlueprintAreTheSameAndVerify(string rules)
    {
        using var model = new EveryModule();
        Initialization done = model.Initialize(42, Named(rules));
        done.Save(Path("saved.safetensors"));
        Assert.Equal(["positions"], done.Left);
        File.WriteAllText(Path("model.json"), done.Blueprint);
        Run("init", Path("model.json"), "--seed", "42", "--out", Path("init.safetensors"));
        Run("verify", Path("saved.safetensors"));
        Run("verify", Path("init.safetensors"));
        Initializers.Models.Inspection init = Initializers.Models.Inspection.Load(Path("init.safetensors"));
        Assert.Equal(done.Tensors.Count, init.Tensors.Count);

        using var loaded = new EveryModule();
        loaded.load_safetensors(Path("init.safetensors"), strict: false);
        AssertSameState(model, loaded);
    }

    [Fact]
    public void AFileOfPyBridgeAndOneOfSaveHaveTheSameElementsBothWays()
    {
        using var model = new EveryModule();
        model.Initialize(42, EveryModule.Rules("he_normal")).Save(Path("ours.safetensors"));
        model.save_safetensors(Path("theirs.safetensors"));
        foreach (string name in new[] { "ours.safetensors", "theirs.safetensors" })
        {
            using var loaded = new EveryModule();
            loaded.load_safetensors(Path(name));
            AssertSameState(model, loaded);
        }
    }

    [Fact]
    public void FilesOfTorchSharpAreReadBothWays()
    {
        using var model = new EveryModule();
        Initialization done = model.Initialize(42, EveryModule.Rules("he_normal"));
        model.save(Path("theirs.dat"));
        Blueprint.Parse(done.Blueprint).Write(Path("ours.dat"), seed: 42);
        foreach (string name in new[] { "ours.dat", "theirs.dat" })
        {
            using var loaded = new EveryModule();
            loaded.load(Path(name), strict: false);
            AssertSameState(model, loaded);
        }
    }

    [Fact]
    public void ASavedTensorThatWasChangedIsNotGenerated()
    {
        using nn.Module model = nn.Sequential(("a", nn.Linear(4, 8)), ("b", nn.Linear(8, 2)));
        Initialization done = model.Initialize(42);
        using (no_grad())
        {
            Of(model, "b.weight")[1, 7] += 1;
        }

        done.Save(Path("w.safetensors"));
        Verification verified = Verification.Run(Path("w.safetensors"));
        Assert.Equal(0, verified.DifferentTensors);
        Assert.Equal(["b.weight"], verified.Tensors.Where(t => t.Initializer is null).Select(t => t.Name));
        var exists = Assert.Throws<InitializerException>(() => done.Save(Path("w.safetensors")));
        Assert.Equal(["file-exists"], exists.Faults.Select(fault => fault.Code));
        done.Save(Path("w.safetensors"), overwrite: true);
    }

    [Fact]
    public void GroupNormsElementsThatNothingWroteAreFilled()
    {
        GroupNorm norm = nn.GroupNorm(2, 4);
        norm.weight!.initialize_("constant(-7)", 1);
        norm.bias!.initialize_("constant(-7)", 1);
        norm.Initialize(42);
        Assert.Equal([1f, 1, 1, 1], norm.weight!.Floats());
        Assert.Equal([0f, 0, 0, 0], norm.bias!.Floats());
    }

    [Fact]
    public void TheElementsOfATensorDependOnItsNameAndTheSeedAlone()
    {
        using nn.Module small = nn.Sequential(("a", nn.Linear(4, 8)));
        using nn.Module large = nn.Sequential(("b", nn.Linear(3, 3)), ("a", nn.Linear(4, 8)));
        small.Initialize(42);
        large.Initialize(42);
        Assert.Equal(Of(small, "a.weight").Bytes(), Of(large, "a.weight").Bytes());
        small.Initialize(43);
        Assert.NotEqual(Of(small, "a.weight").Bytes(), Of(large, "a.weight").Bytes());
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void AModelOfAnotherTypeIsFilledInItsTypeAndVerifies(ScalarType type)
    {
        using nn.Module model = nn.Sequential(("a", nn.Linear(4, 8)), ("n", nn.BatchNorm1d(8)));
        model.to(type);
        model.Initialize(42, "he_normal").Save(Path("w.safetensors"));
        Assert.Equal(0, Verification.Run(Path("w.safetensors")).DifferentTensors);
        Assert.All(model.named_parameters(), p => Assert.Equal(type, p.parameter.dtype));
    }

    /// <summary>A module with the parameters that a test gives it.</summary>
    private sealed class Given : nn.Module<torch.Tensor, torch.Tensor>
    {
        internal Given(params (string Name, torch.Tensor Value)[] tensors)
            : base("given")
        {
            foreach ((string name, torch.Tensor value) in tensors)
            {
                if (value is Parameter parameter)
                {
                    register_parameter(name, parameter);
                }
                else
                {
                    register_buffer(name, value);
                }
            }
        }

        public override torch.Tensor forward(torch.Tensor input) => input;
    }

    [Fact]
    public void StridedParametersAreFilledOnceAndAutogradNoticesAllOfThem()
    {
        torch.Tensor packed = zeros(4, 6);
        Parameter left = nn.Parameter(packed.narrow(1, 0, 3));
        Parameter right = nn.Parameter(packed.narrow(1, 3, 3));
        Parameter whole = nn.Parameter(ones(3, 3));
        var model = new Given(("left", left), ("right", right), ("whole", whole));
        torch.Tensor loss = (whole * whole).sum() + (left * left).sum();
        model.Initialize(42, ModuleRules.Empty.For(TensorRole.Parameter, "normal"));
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => loss.backward());
        Assert.Equal(24, packed.count_nonzero().item<long>());
        Seed seed = 42;
        Assert.Equal(zeros(4, 3).initialize_("normal", seed.Child("right")).Floats(), right.Floats());
        Assert.True(left.is_leaf && left.requires_grad && is_grad_enabled());
    }

    [Fact]
    public void WhatCannotBeFilledIsRefusedTogetherAndNothingIsWritten()
    {
        torch.Tensor memory = ones(20);
        Parameter kept = nn.Parameter(ones(3, 3));
        var model = new Given(
            ("kept", kept),
            ("meta", empty(2, 2, device: META)),
            ("sparse", ones(2, 2).to_sparse()),
            ("expanded", zeros(2, 1).expand(2, 2)),
            ("complex", zeros(2, 2, dtype: ScalarType.ComplexFloat32)),
            ("first", memory.narrow(0, 0, 12)),
            ("second", memory.narrow(0, 8, 12)),
            ("odd", memory.as_strided([6], [2], 1))
        );
        var error = Assert.Throws<InitializerException>(() =>
            model.Initialize(42, ModuleRules.Empty.Match("*", "zeros"))
        );
        Assert.Equal(
            [
                "element-type",
                "memories-overlap",
                "memories-overlap",
                "tensor-not-strided",
                "tensor-shares-elements",
                "tensor-without-memory",
            ],
            error.Faults.Select(fault => fault.Code).Order(StringComparer.Ordinal)
        );
        Assert.All(error.Faults, fault => Assert.Matches("'(meta|sparse|expanded|complex|first|odd)'", fault.Message));
        Assert.All(kept.Floats(), value => Assert.Equal(1, value));

        // They may be there if they are left.
        ModuleRules rules = ModuleRules.Empty.For(TensorRole.Parameter, "zeros").Leave(TensorRole.Buffer);
        Assert.Equal(7, model.Initialize(42, rules).Left.Count);
        var overlap = new Given(
            ("first", nn.Parameter(memory.narrow(0, 0, 12))),
            ("second", nn.Parameter(memory.narrow(0, 8, 12)))
        );
        var shared = Assert.Throws<InitializerException>(() =>
            overlap.Initialize(42, ModuleRules.Empty.Match("*", "zeros"))
        );
        Assert.Equal(["memories-overlap"], shared.Faults.Select(fault => fault.Code));
        Assert.All(memory.Floats(), value => Assert.Equal(1, value));
    }

    [Fact]
    public void ADisposedParameterIsNamed()
    {
        Linear head = nn.Linear(2, 2);
        var model = new Holder(("body", nn.Linear(2, 2)), ("head", head));
        head.weight!.Dispose();
        var error = Assert.Throws<InitializerException>(() => model.Initialize(42));
        Assert.Equal("tensor-disposed", Assert.Single(error.Faults).Code);
        Assert.Contains("'head.weight'", error.Message, StringComparison.Ordinal);
    }

    private sealed class Forgetful : nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear known = nn.Linear(2, 2);
        private readonly Linear head;
        private readonly torch.Tensor[] scales;
        private readonly Parameter? absent;

        internal Forgetful()
            : base("forgetful")
        {
            RegisterComponents();
            head = nn.Linear(2, 2);
            scales = [ones(2)];
            absent = null;
        }

        public override torch.Tensor forward(torch.Tensor input) =>
            head.forward(known.forward(input)) * scales[0] + (absent ?? input);
    }

    [Fact]
    public void AFieldThatIsNotRegisteredIsAFaultUnlessItIsLeft()
    {
        var model = new Holder(("inner", new Forgetful()));
        var error = Assert.Throws<InitializerException>(() => model.Initialize(42));
        Assert.Equal(["field-unregistered", "field-unregistered"], error.Faults.Select(fault => fault.Code));
        Assert.Contains("'inner.head' of Forgetful", error.Message, StringComparison.Ordinal);
        Initialization done = model.Initialize(
            42,
            ModuleRules.Empty.Leave("inner.head").Leave("*.scales").Otherwise(ModuleRules.Torch)
        );
        Assert.Equal(["inner.head", "inner.scales"], done.Left);
        done.Save(Path("w.safetensors"));
        Assert.Equal(2, Initializers.Models.Inspection.Load(Path("w.safetensors")).Tensors.Count);
    }

    /// <summary>Runs the tool, which must succeed.</summary>
    private static void Run(params string[] arguments)
    {
        string tool = System.IO.Path.Combine(AppContext.BaseDirectory, "Initializers.Cli.dll");
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", [tool, .. arguments])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
    }
}
