using Initializers.Stateful;

namespace Initializers.Facade.Tests;

public class TensorTextTests
{
    [Theory]
    [InlineData(DType.Float32, "float32")]
    [InlineData(DType.Float16, "float16")]
    [InlineData(DType.BFloat16, "bfloat16")]
    [InlineData(DType.Float64, "float64")]
    public void ATensorShowsItsTypeShapeDeviceAndFirstValues(DType dtype, string name)
    {
        using Tensor halves = new Constant(-0.5).CreateVariables([2, 4], dtype: dtype);
        Assert.Equal($"{name}[2, 4] on cpu: -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, …", halves.ToString());

        using Tensor scalar = new Constant(0.25).CreateVariables([], dtype: dtype);
        Assert.Equal($"{name}[] on cpu: 0.25", scalar.ToString());

        using Tensor empty = new Ones().CreateVariables([3, 0], dtype: dtype);
        Assert.Equal($"{name}[3, 0] on cpu, no elements", empty.ToString());
    }

    [Fact]
    public void TheFirstValuesAreTheTensorsOwn()
    {
        VariableDictionary tensors = Initializer.CreateAll(
            [new("a", new Ones(), [5]), new("b", new RandomNormal(0, 1), [3])],
            seed: 7
        );
        Tensor b = tensors["b"];
        string[] expected =
        [
            .. b.ToArray<float>().Select(x => x.ToString("g6", System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.Equal($"float32[3] on cpu: {string.Join(", ", expected)}", b.ToString());
        b.Dispose();
        Assert.Equal("float32[3] on cpu, disposed", b.ToString());
    }

    [Fact]
    public void AnIntIsASeed()
    {
        int key = 42;
        Seed seed = key;
        Assert.Equal(Seed.FromUInt64(42), seed);
        Assert.Throws<ArgumentOutOfRangeException>(() => (Seed)(-1));

        using Tensor a = new RandomNormal(0, 1).CreateVariables([4], seed: key);
        using Tensor b = new RandomNormal(0, 1).CreateVariables([4], seed: 42UL);
        Assert.Equal(a.ToArray<float>(), b.ToArray<float>());
    }
}
