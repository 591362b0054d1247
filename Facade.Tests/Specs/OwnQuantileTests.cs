namespace Initializers.Facade.Tests;

/// <summary>Laws of a caller's own quantile function.</summary>
public class OwnQuantileTests
{
    private static double Exponential(double p) => -Math.Log(1 - p);

    private static float[] Draw(InitializerSpec spec) =>
        Make.Values(Initializer.FromSpec(spec).CreateVariables([4096], seed: 3));

    [Fact]
    public void A_tensor_is_drawn_from_the_law()
    {
        float[] values = Draw(InitializerSpec.Quantile("exponential", Exponential, t => -Math.Log(t)));
        Assert.All(values, x => Assert.True(x > 0));
        // n = 4096, standard error 1/64: six of them, false alarms below 2e-9. A uniform on (0, 1) has mean 1/2.
        Assert.InRange(values.Average(), 1 - 6.0 / 64, 1 + 6.0 / 64);
        Assert.Equal(values, Draw(InitializerSpec.Quantile("exponential", Exponential, t => -Math.Log(t))));
    }

    [Fact]
    public void A_logistic_of_ones_own_is_the_logistic()
    {
        float[] own = Draw(InitializerSpec.Quantile("mine", p => Math.Log(p / (1 - p)), t => Math.Log((1 - t) / t)));
        float[] built = Draw(InitializerSpec.Logistic());
        Assert.All(
            own.Zip(built),
            pair => Assert.Equal(pair.Second, pair.First, 1e-5f * Math.Abs(pair.Second) + 1e-6f)
        );
    }

    [Theory]
    [InlineData("quantile-not-smooth")]
    [InlineData("quantile-decreases")]
    [InlineData("quantile-undefined")]
    public void What_is_no_smooth_quantile_is_refused(string code)
    {
        Func<double, double> f = code switch
        {
            "quantile-not-smooth" => p => p < 0.3 ? p : p + 1,
            "quantile-decreases" => p => -p,
            _ => p => p < 0.01 ? throw new InvalidOperationException("no value there") : p,
        };
        var e = Assert.Throws<InitializerException>(() => Draw(InitializerSpec.Quantile("mine", f)));
        Assert.Equal(code, Assert.Single(e.Faults).Code);
        Assert.Contains("mine", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_says_where_and_why()
    {
        var e = Assert.Throws<InitializerException>(() => Draw(InitializerSpec.Quantile("mine", _ => double.NaN)));
        Assert.Contains("it gives nan", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<InitializerException>(() =>
            Draw(InitializerSpec.Quantile("mine", _ => throw new InvalidOperationException("no value there.")))
        );
        Assert.Contains("it throws 'no value there'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_or_JSON_holds_a_function()
    {
        InitializerSpec mine = InitializerSpec.Quantile("mine", Exponential);
        Assert.Contains("mine", mine.ToString(), StringComparison.Ordinal);
        Assert.Equal(["keras-unsupported"], Make.Codes(() => mine.ToKerasJson()));
        Assert.Equal(["quantile-not-serializable"], Make.Codes(() => InitializerSpec.Parse(mine.ToString())));
    }

    [Fact]
    public void A_function_is_needed()
    {
        Assert.Throws<ArgumentNullException>(() => InitializerSpec.Quantile(null!, Exponential));
        Assert.Throws<ArgumentNullException>(() => InitializerSpec.Quantile("mine", null!));
    }

    [Fact]
    public void Equal_specs_have_the_same_function()
    {
        Func<double, double> f = Exponential;
        Assert.NotEqual(InitializerSpec.Quantile("mine", f), InitializerSpec.Quantile("mine", p => p));
        InitializerSpec mine = InitializerSpec.Quantile("mine", f);
        Assert.Equal(mine, mine);
    }
}
