namespace Initializers.Facade.Tests;

/// <summary>Gains as C# programs ask for them. Their numbers are checked in the core's tests.</summary>
public class GainTests
{
    [Fact]
    public void A_nonlinearity_a_name_and_a_function_have_one_gain()
    {
        Assert.Equal(Math.Sqrt(2), Gains.Recommended(Nonlinearity.Relu));
        Assert.Equal(Math.Sqrt(2), Gains.Recommended("relu"));
        Assert.Equal(Math.Sqrt(2), Gains.Forward(x => Math.Max(x, 0)), 1e-12);
        Assert.Equal(Math.Sqrt(2), Gains.Backward(x => Math.Max(x, 0), "relu"), 1e-10);
        Assert.Equal(Gains.Forward(Nonlinearity.Tanh), Gains.Forward(Math.Tanh), 1e-10);
        Assert.Equal(Gains.Backward(Nonlinearity.Tanh), Gains.Backward(Math.Tanh), 1e-10);
        Assert.Equal(Gains.Backward("tanh"), Gains.Forward(x => 1 - Math.Pow(Math.Tanh(x), 2)), 1e-10);
    }

    [Fact]
    public void The_table_comes_before_the_computation()
    {
        Assert.Equal(5.0 / 3, Gains.Recommended("tanh"));
        Assert.Equal(5.0 / 3, Gains.Torch(Nonlinearity.Tanh));
        Assert.Equal(Gains.Forward(Nonlinearity.Gelu), Gains.Recommended("gelu"));
        Assert.Equal(1.3867504905630728, Gains.Recommended(Nonlinearity.LeakyRelu(0.2)));
    }

    [Fact]
    public void Wrong_functions_have_their_codes()
    {
        Assert.Equal(["gain-not-tabulated"], Make.Codes(() => Gains.Torch("gelu")));
        Assert.Equal(["nonlinearity-unknown"], Make.Codes(() => Gains.Recommended("gelo")));
        Assert.Equal(["not-finite"], Make.Codes(() => Gains.Recommended(Nonlinearity.LeakyRelu(double.NaN))));
        Assert.Equal(["gain-not-finite"], Make.Codes(() => Gains.Forward(_ => 0)));
        var e = Assert.Throws<InitializerException>(() => Gains.Forward(Math.Sqrt, "root"));
        Assert.Equal("activation-undefined", Assert.Single(e.Faults).Code);
        Assert.StartsWith("the activation 'root' has no finite value at -16:", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => Gains.Recommended(null!));
        Assert.Throws<ArgumentNullException>(() => Gains.Forward((Func<double, double>)null!));
        Assert.Throws<ArgumentNullException>(() => Nonlinearity.Parse(null!));
    }

    [Fact]
    public void A_nonlinearity_is_a_value()
    {
        foreach (
            Nonlinearity f in new[]
            {
                Nonlinearity.Linear,
                Nonlinearity.Sigmoid,
                Nonlinearity.Tanh,
                Nonlinearity.Relu,
                Nonlinearity.LeakyRelu(),
                Nonlinearity.Selu,
                Nonlinearity.Elu(),
                Nonlinearity.Gelu,
                Nonlinearity.GeluTanh,
                Nonlinearity.QuickGelu,
                Nonlinearity.Silu,
                Nonlinearity.Mish,
                Nonlinearity.Softplus,
                Nonlinearity.LogSigmoid,
                Nonlinearity.Softsign,
                Nonlinearity.Relu6,
                Nonlinearity.HardTanh,
                Nonlinearity.HardSigmoid,
                Nonlinearity.HardSwish,
                Nonlinearity.ReluSquared,
            }
        )
        {
            Assert.Equal(f, Nonlinearity.Parse(f.ToString()));
            Assert.Equal(f.GetHashCode(), Nonlinearity.Parse(f.ToString()).GetHashCode());
        }

        Assert.Equal("leaky_relu(0.01)", Nonlinearity.LeakyRelu().ToString());
        Assert.NotEqual(Nonlinearity.LeakyRelu(0.1), Nonlinearity.LeakyRelu(0.2));
        Assert.Equal(0.8413447460685429, Nonlinearity.Gelu.Apply(1));
        Assert.Equal(-0.2, Nonlinearity.LeakyRelu(0.2).Apply(-1));
    }
}
