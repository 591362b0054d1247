using System.Runtime.InteropServices;
using Initializers.Stateful;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

public class TensorTests
{
    private static readonly Initializer He = new KaimingNormal();

    private static float[] Reference(long[] shape, Fans fans) =>
        He.CreateVariables(shape, fans, seed: 7).ToArray<float>();

    public static TheoryData<string> Views => [.. Strided.Keys];

    /// <summary>Tensors of shape [6, 4, 3, 5], each a view into larger or reordered memory, with that memory.</summary>
    private static readonly Dictionary<string, Func<(torch.Tensor View, torch.Tensor Whole)>> Strided = new()
    {
        ["contiguous"] = () => Same(zeros(6, 4, 3, 5)),
        ["channels last"] = () => Viewed(zeros(6, 3, 5, 4), t => t.permute(0, 3, 1, 2)),
        ["transposed"] = () => Viewed(zeros(5, 3, 4, 6), t => t.permute(3, 2, 1, 0)),
        ["columns"] = () => Viewed(zeros(6, 4, 3, 9), t => t.narrow(3, 2, 5)),
        ["rows behind an offset"] = () => Viewed(zeros(11, 4, 3, 5), t => t.narrow(0, 3, 6)),
        ["every second"] = () => Viewed(zeros(12, 4, 3, 5), t => t.as_strided([6, 4, 3, 5], [120, 15, 5, 1], 0)),
        ["interleaved"] = () => Viewed(zeros(1000), t => t.as_strided([6, 4, 3, 5], [60, 15, 2, 3], 7)),
    };

    private static (torch.Tensor, torch.Tensor) Same(torch.Tensor whole) => (whole, whole);

    private static (torch.Tensor, torch.Tensor) Viewed(torch.Tensor whole, Func<torch.Tensor, torch.Tensor> view) =>
        (view(whole), whole);

    [Theory]
    [MemberData(nameof(Views))]
    public void AViewHasTheElementsOfAContiguousTensorAndNothingElseChanges(string name)
    {
        (torch.Tensor view, torch.Tensor whole) = Strided[name]();
        Assert.Same(view, view.initialize_(He, 7));
        Assert.Equal(Reference([6, 4, 3, 5], Layout.OutInSpatial), view.Floats());
        Assert.Equal(view.numel(), whole.count_nonzero().item<long>());
    }

    [Theory]
    [InlineData(ScalarType.Float32, DType.Float32)]
    [InlineData(ScalarType.Float16, DType.Float16)]
    [InlineData(ScalarType.BFloat16, DType.BFloat16)]
    [InlineData(ScalarType.Float64, DType.Float64)]
    public void EveryFloatTypeHasTheBytesOfCreateVariables(ScalarType type, DType dtype)
    {
        torch.Tensor tensor = empty(64, 48, dtype: type).initialize_(He, 7);
        using Initializers.Tensor expected = He.CreateVariables([64, 48], Layout.OutIn, dtype: dtype, seed: 7);
        byte[] bytes = dtype switch
        {
            DType.Float64 => MemoryMarshal.AsBytes(expected.ToArray<double>().AsSpan()).ToArray(),
            DType.Float32 => MemoryMarshal.AsBytes(expected.ToArray<float>().AsSpan()).ToArray(),
            DType.Float16 => MemoryMarshal.AsBytes(expected.ToArray<Half>().AsSpan()).ToArray(),
            _ => MemoryMarshal.AsBytes(expected.ToArray<Initializers.BFloat16>().AsSpan()).ToArray(),
        };
        Assert.Equal(bytes, tensor.Bytes());
    }

    [Fact]
    public void ScalarsAndTensorsWithoutElementsAreFilled()
    {
        float one = new RandomNormal(0, 1).CreateVariables([], seed: 7).ToArray<float>()[0];
        Assert.Equal([one], empty(Array.Empty<long>()).initialize_("normal", 7).Floats());
        Assert.Equal(0, empty(0, 3).initialize_(He, 7).numel());
        Assert.Equal(0, empty(3, 0).t().initialize_(He, 7).numel());
    }

    [Fact]
    public void GivenFansReplaceThoseOfPyTorch()
    {
        Assert.Equal(Reference([8, 6], Layout.InOut), empty(8, 6).initialize_(He, 7, Layout.InOut).Floats());
        Assert.Equal(Reference([8], Fans.Of(fanIn: 3)), empty(8).initialize_(He, 7, Fans.Of(fanIn: 3)).Floats());
    }

    [Fact]
    public void MoreThan2GiBAreFilled()
    {
        const long Length = (1L << 30) + 5;
        using torch.Tensor tensor = empty(Length, dtype: ScalarType.Float16);
        tensor.initialize_(new RandomUniform(0, 1), 7);
        Half[] tail = new Half[16];
        new RandomUniform(0, 1).Fill(tail, [Length], offset: Length - 16, seed: 7);
        Assert.Equal(tail.Select(value => (float)value), tensor.narrow(0, Length - 16, 16).Floats());
    }

    [Fact]
    public void AParameterStaysALeafWithoutAGradient()
    {
        TorchSharp.Modules.Parameter weight = nn.Parameter(empty(3, 4));
        weight.initialize_(new Orthogonal(), 7);
        Assert.True(weight.is_leaf && weight.requires_grad && weight.grad is null && is_grad_enabled());
        nn.Parameter(empty(4, 3).t()).initialize_(new Orthogonal(), 7);
    }

    public static TheoryData<bool> Contiguity => [true, false];

    [Theory]
    [MemberData(nameof(Contiguity))]
    public void ABackwardPassThroughOlderElementsIsRefused(bool contiguous)
    {
        torch.Tensor weight = contiguous ? ones(3, 4, requires_grad: true) : ones(4, 3).t().requires_grad_(true);
        torch.Tensor loss = (weight * weight).sum();
        weight.initialize_(new Zeros(), 1);
        ExternalException error = Assert.Throws<ExternalException>(() => loss.backward());
        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
        (weight * weight).sum().backward();
        Assert.Equal(0, weight.grad!.abs().sum().item<float>());
    }

    [Fact]
    public void ANegativeViewHasTheElementsThatItShows()
    {
        torch.Tensor complex = zeros(6, dtype: ScalarType.ComplexFloat32);
        torch.Tensor view = complex.conj().imag;
        Assert.True(view.is_neg());
        view.initialize_("normal", 7);
        Assert.Equal(new RandomNormal(0, 1).CreateVariables([6], seed: 7).ToArray<float>(), view.Floats());
    }

    [Fact]
    public void ATensorOfInferenceModeIsFilledInsideAndOutside()
    {
        torch.Tensor tensor;
        torch.Tensor normal = ones(3, 4, requires_grad: true);
        torch.Tensor loss = (normal * normal).sum();
        using (inference_mode(true))
        {
            tensor = zeros(3, 4);
            tensor.initialize_(He, 7);
            normal.initialize_(He, 7);
        }

        Assert.Equal(Reference([3, 4], Layout.OutIn), tensor.Floats());
        Assert.Throws<ExternalException>(() => loss.backward());
        tensor.initialize_(He, 8);
        Assert.NotEqual(Reference([3, 4], Layout.OutIn), tensor.Floats());
    }

    private static torch.Tensor Disposed()
    {
        torch.Tensor tensor = zeros(3, 4);
        tensor.Dispose();
        return tensor;
    }

    /// <summary>Tensors that cannot be filled, with the code of each.</summary>
    private static readonly Dictionary<string, (Func<torch.Tensor> Make, string Code)> Unfit = new()
    {
        ["disposed"] = (Disposed, "tensor-disposed"),
        ["meta"] = (() => empty(3, 4, device: META), "tensor-without-memory"),
        ["sparse"] = (() => ones(3, 4).to_sparse(), "tensor-not-strided"),
        ["expanded"] = (() => zeros(3, 1).expand(3, 4), "tensor-shares-elements"),
        ["windows"] = (() => zeros(8).as_strided([5, 3], [1, 1], 0), "tensor-shares-elements"),
        ["int64"] = (() => zeros(3, 4, dtype: ScalarType.Int64), "element-type"),
        ["bool"] = (() => zeros(3, 4, dtype: ScalarType.Bool), "element-type"),
        ["complex"] = (() => zeros(3, 4, dtype: ScalarType.ComplexFloat32), "element-type"),
        ["quantized"] = (() => quantize_per_tensor(zeros(3, 4), 0.1, 0, ScalarType.QInt8), "element-type"),
    };

    public static TheoryData<string> UnfitNames => [.. Unfit.Keys];

    [Theory]
    [MemberData(nameof(UnfitNames))]
    public void ATensorThatCannotBeFilledIsRefusedWithItsCodeAndTheFaultsOfTheRequest(string name)
    {
        (Func<torch.Tensor> make, string code) = Unfit[name];
        torch.Tensor tensor = make();
        var right = Assert.Throws<InitializerException>(() => tensor.initialize_("zeros", 7));
        Assert.Equal([code], right.Faults.Select(fault => fault.Code));
        var wrong = Assert.Throws<InitializerException>(() => tensor.initialize_("normal(stddev=-1)", 7));
        Assert.Equal(name == "disposed" ? [code] : [code, "stddev-negative"], wrong.Faults.Select(fault => fault.Code));
        var unread = Assert.Throws<InitializerException>(() => tensor.initialize_("nromal", 7));
        Assert.Equal(["spec-unknown", code], unread.Faults.Select(fault => fault.Code));
    }

    [Fact]
    public void AWrongRequestLeavesTheTensorAsItWas()
    {
        torch.Tensor vector = ones(4);
        var error = Assert.Throws<InitializerException>(() => vector.initialize_(He, 7));
        Assert.Equal(["fan-missing"], error.Faults.Select(fault => fault.Code));
        Assert.Equal([1f, 1f, 1f, 1f], vector.Floats());
    }
}
