using System.Reflection;
using Initializers.Stateful;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

using FanInOut = TorchSharp.torch.nn.init.FanInOut;
using NonlinearityType = TorchSharp.torch.nn.init.NonlinearityType;

/// <summary>The signatures of <see cref="torch_init"/>, its seeds and its faults.</summary>
public class InitSignatureTests
{
    /// <summary>Parameters after the tensor as PyTorch 2 documents them.</summary>
    private static readonly Dictionary<string, string> PyTorch = new()
    {
        ["uniform_"] = "tensor, a=0, b=1, generator",
        ["normal_"] = "tensor, mean=0, std=1, generator",
        ["trunc_normal_"] = "tensor, mean=0, std=1, a=-2, b=2, generator",
        ["constant_"] = "tensor, val",
        ["ones_"] = "tensor",
        ["zeros_"] = "tensor",
        ["eye_"] = "tensor",
        ["dirac_"] = "tensor, groups=1",
        ["xavier_uniform_"] = "tensor, gain=1, generator",
        ["xavier_normal_"] = "tensor, gain=1, generator",
        ["kaiming_uniform_"] = "tensor, a=0, mode=fan_in, nonlinearity=leaky_relu, generator",
        ["kaiming_normal_"] = "tensor, a=0, mode=fan_in, nonlinearity=leaky_relu, generator",
        ["orthogonal_"] = "tensor, gain=1, generator",
        ["sparse_"] = "tensor, sparsity, std=0.01, generator",
        ["calculate_gain"] = "nonlinearity, param=None",
    };

    public static TheoryData<string> Names => [.. PyTorch.Keys];

    private static MethodInfo[] Methods(Type type, string name) =>
        [.. type.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.Name == name)];

    private static string Signature(MethodInfo method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(parameter =>
                    parameter.Name == "seed" ? "generator"
                    : !parameter.HasDefaultValue || parameter.Name == "generator" ? parameter.Name
                    : FormattableString.Invariant($"{parameter.Name}={parameter.DefaultValue ?? "None"}")
                )
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void ParametersAndDefaultsArePyTorchs(string name)
    {
        MethodInfo[] methods = Methods(typeof(torch_init), name);
        Assert.Contains(PyTorch[name], methods.Select(Signature));
        // What draws takes a seed or a generator.
        Type[] sources = PyTorch[name].EndsWith("generator", StringComparison.Ordinal)
            ? [typeof(Seed), typeof(Generator)]
            : [];
        foreach (Type source in sources)
        {
            Assert.Contains(methods, method => method.GetParameters()[^1] is var last && last.ParameterType == source);
        }
    }

    public static TheoryData<string> NamesOfTorchSharp =>
        [
            .. typeof(nn.init)
                .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Select(method => method.Name)
                .Distinct(),
        ];

    [Theory]
    [MemberData(nameof(NamesOfTorchSharp))]
    public void EveryFunctionOfTorchSharpHasAnOverloadWithItsParameters(string name)
    {
        Assert.Equal(18, NamesOfTorchSharp.Count);
        foreach (MethodInfo theirs in Methods(typeof(nn.init), name))
        {
            ParameterInfo[] expected = theirs.GetParameters();
            Assert.Contains(
                Methods(typeof(torch_init), name),
                ours =>
                    ours.ReturnType == theirs.ReturnType
                    && ours.GetParameters() is var given
                    && given.Length >= expected.Length
                    && given.Skip(expected.Length).All(parameter => parameter.HasDefaultValue)
                    && expected
                        .Zip(given)
                        .All(pair =>
                            pair.First.Name == pair.Second.Name
                            && pair.First.ParameterType
                                == (Nullable.GetUnderlyingType(pair.Second.ParameterType) ?? pair.Second.ParameterType)
                            && pair.First.HasDefaultValue == pair.Second.HasDefaultValue
                            // PyTorch's slope of leaky_relu is 0.01, and TorchSharp's 0.
                            && (
                                Equals(pair.First.DefaultValue, pair.Second.DefaultValue)
                                || pair.Second.Name == "param" && pair.Second.DefaultValue is null
                            )
                        )
            );
        }
    }

    [Fact]
    public void AGeneratorGivesTheSeedAndAdvances()
    {
        torch.Tensor[] Two()
        {
            using var generator = new Generator(42);
            return
            [
                torch_init.xavier_normal_(empty(30, 20), generator: generator),
                torch_init.xavier_normal_(empty(30, 20), generator: generator),
            ];
        }

        torch.Tensor[] one = Two();
        torch.Tensor[] other = Two();
        Assert.Equal(one[0].Floats(), other[0].Floats());
        Assert.Equal(one[1].Floats(), other[1].Floats());
        Assert.NotEqual(one[0].Floats(), one[1].Floats());
    }

    [Fact]
    public void TheDefaultGeneratorIsSeededByManualSeed()
    {
        float[] Filled()
        {
            torch.random.manual_seed(42);
            return torch_init.uniform_(empty(30), low: -1, high: 2, Generator.Default).Floats();
        }

        Assert.Equal(Filled(), Filled());
    }

    [Fact]
    public void WithoutASeedTheAmbientGeneratorGivesIt()
    {
        using (InitializerRandom.Scope(42))
        {
            Assert.Equal(torch_init.normal_(empty(30), seed: 42).Floats(), torch_init.normal_(empty(30)).Floats());
            Assert.Equal(
                torch_init.normal_(empty(30), seed: new Seed(42, 1)).Floats(),
                torch_init.normal_(empty(30), generator: null).Floats()
            );
        }
    }

    [Fact]
    public void CallsOfTorchSharpsFunctionsCompileAndTakeTheRightOverload()
    {
        torch.Tensor weight = empty(30, 20);
        float[] right = weight.initialize_("kaiming_uniform_(a=0.1, nonlinearity='leaky_relu')", 42).Floats();
        using (InitializerRandom.Scope(42))
        {
            Assert.Equal(right, torch_init.kaiming_uniform_(weight, 0.1).Floats());
        }

        using (InitializerRandom.Scope(42))
        {
            Assert.Equal(right, torch_init.kaiming_uniform_(weight, 0.1, FanInOut.FanIn).Floats());
        }

        using (InitializerRandom.Scope(42))
        {
            Assert.Equal(
                right,
                torch_init.kaiming_uniform_(weight, a: 0.1, nonlinearity: NonlinearityType.LeakyReLU).Floats()
            );
        }
    }

    [Fact]
    public void GainsArePyTorchs()
    {
        Dictionary<string, double> gains = new()
        {
            ["linear"] = 1,
            ["conv1d"] = 1,
            ["conv_transpose3d"] = 1,
            ["sigmoid"] = 1,
            ["tanh"] = 5.0 / 3,
            ["relu"] = Math.Sqrt(2),
            ["leaky_relu"] = Math.Sqrt(2 / (1 + 0.01 * 0.01)),
            ["selu"] = 0.75,
        };
        Assert.All(gains, pair => Assert.Equal(pair.Value, torch_init.calculate_gain(pair.Key), 15));
        Assert.Equal(Math.Sqrt(2 / 1.04), torch_init.calculate_gain("leaky_relu", 0.2), 15);
        Assert.Equal(Math.Sqrt(2 / 1.04), torch_init.calculate_gain(NonlinearityType.LeakyReLU, 0.2), 15);
        foreach (NonlinearityType nonlinearity in Enum.GetValues<NonlinearityType>())
        {
            Assert.Equal(nn.init.calculate_gain(nonlinearity, 0.3), torch_init.calculate_gain(nonlinearity, 0.3), 15);
        }

        Assert.Equal((45L, 90L), torch_init.CalculateFanInAndFanOut(empty(10, 5, 3, 3)));
    }

    [Fact]
    public void AParameterStaysALeafInAndOutOfNoGrad()
    {
        TorchSharp.Modules.Parameter weight = nn.Parameter(empty(6, 4));
        torch_init.xavier_normal_(weight, seed: 7);
        using (no_grad())
        {
            torch_init.ones_(weight);
        }

        torch_init.orthogonal_(weight, seed: 7);
        Assert.True(weight.is_leaf && weight.requires_grad && weight.grad is null);
    }

    [Fact]
    public void TensorsWithoutElementsAreLeftAsTheyAre()
    {
        foreach (long[] shape in new long[][] { [0, 3], [3, 0], [0, 0] })
        {
            Assert.Equal(0, torch_init.kaiming_normal_(empty(shape), seed: 7).numel());
            Assert.Equal(0, torch_init.xavier_uniform_(empty(shape), seed: 7).numel());
            Assert.Equal(0, torch_init.orthogonal_(empty(shape), seed: 7).numel());
            Assert.Equal(0, torch_init.sparse_(empty(shape), 0.5, seed: 7).numel());
            Assert.Equal(0, torch_init.eye_(empty(shape)).numel());
            Assert.Equal(0, torch_init.dirac_(empty([.. shape, 3])).numel());
        }
    }

    private static readonly Dictionary<string, (Action Call, string[] Codes)> Wrong = new()
    {
        ["xavier of a vector"] = (() => torch_init.xavier_normal_(empty(3)), ["layout-rank"]),
        ["kaiming of a vector"] = (() => torch_init.kaiming_uniform_(empty(3)), ["layout-rank"]),
        ["fans of a vector"] = (() => torch_init.CalculateFanInAndFanOut(empty(3)), ["layout-rank"]),
        ["orthogonal vector"] = (() => torch_init.orthogonal_(empty(3)), ["rank-unsupported"]),
        ["eye of a vector"] = (() => torch_init.eye_(empty(3)), ["rank-unsupported"]),
        ["eye of kernels"] = (() => torch_init.eye_(empty(3, 3, 3)), ["rank-unsupported"]),
        ["sparse kernels"] = (() => torch_init.sparse_(empty(3, 3, 3), 0.5), ["rank-unsupported"]),
        ["sparsity"] = (() => torch_init.sparse_(empty(3, 3), 1.5, -1), ["out-of-range", "stddev-negative"]),
        ["dirac of a matrix"] = (() => torch_init.dirac_(empty(3, 3)), ["rank-unsupported"]),
        ["dirac of 6 axes"] = (() => torch_init.dirac_(empty([1, 1, 1, 1, 1, 1])), ["rank-unsupported"]),
        ["groups"] = (() => torch_init.dirac_(empty(6, 3, 3), 4), ["not-a-multiple"]),
        ["no groups"] = (() => torch_init.dirac_(empty(6, 3, 3), 0), ["not-positive"]),
        ["gain"] = (() => torch_init.xavier_uniform_(empty(3, 3), -1), ["not-positive"]),
        ["ends"] = (() => torch_init.uniform_(empty(3), 1, -1), ["low-not-below-high"]),
        ["std"] = (() => torch_init.normal_(empty(3), 0, -1), ["stddev-negative"]),
        ["slope"] = (() => torch_init.kaiming_normal_(empty(3, 3), double.NaN), ["not-finite"]),
        ["gelu"] = (() => torch_init.kaiming_normal_(empty(3, 3), nonlinearity: "gelu"), ["gain-not-tabulated"]),
        ["gain of gelu"] = (() => torch_init.calculate_gain("gelu"), ["gain-not-tabulated"]),
        ["no nonlinearity"] = (() => torch_init.calculate_gain("rleu"), ["nonlinearity-unknown"]),
        ["no mode"] = (() => torch_init.kaiming_normal_(empty(3, 3), 0, (FanInOut)9), ["fan-mode-unknown"]),
        ["everything"] = (
            () => torch_init.kaiming_normal_(empty(3, dtype: ScalarType.Int64), 0, "fan", "rleu"),
            ["fan-mode-unknown", "nonlinearity-unknown", "element-type", "layout-rank"]
        ),
        ["integers"] = (() => torch_init.ones_(empty(3, dtype: ScalarType.Int64)), ["element-type"]),
        ["expanded"] = (() => torch_init.zeros_(ones(3, 1).expand(3, 3)), ["tensor-shares-elements"]),
    };

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void WhatPyTorchRefusesIsRefusedWithACode(string name)
    {
        var error = Assert.Throws<InitializerException>(Wrong[name].Call);
        Assert.Equal(Wrong[name].Codes, error.Faults.Select(fault => fault.Code));
    }
}
