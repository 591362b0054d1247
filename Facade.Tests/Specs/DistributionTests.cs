namespace Initializers.Facade.Tests;

/// <summary>The distribution that an initializer promises.</summary>
public class DistributionTests
{
    [Fact]
    public void Moments_and_functions_are_those_of_the_resolved_spec()
    {
        Distribution he = new KaimingNormal().Distribution([512, 256], Layout.OutIn);
        Assert.Equal(2.0 / 256, he.Variance, 1e-15);
        Assert.Equal(Math.Sqrt(2.0 / 256), he.Stddev, 1e-15);
        Assert.Equal((0, 3), (he.Mean, he.Kurtosis));
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), he.Support);
        Assert.Equal(0.5, he.Cdf(0), 1e-15);
        Assert.Equal(0.84134474606854293, he.Cdf(he.Stddev), 1e-12);
        Assert.Equal(he.Stddev, he.Quantile(0.84134474606854293), 1e-12);

        Assert.Equal(1 / (he.Stddev * Math.Sqrt(2 * Math.PI)), he.Density(0), 1e-12);
        Assert.Equal(double.NaN, new Ones().Distribution([2]).Density(1));

        Distribution uniform = InitializerSpec.Uniform(-1, 3).Distribution([]);
        Assert.Equal((-1, 3), uniform.Support);
        Assert.Equal((1, 16.0 / 12, 1.8), (uniform.Mean, uniform.Variance, uniform.Kurtosis));
        Assert.Equal((0, 0.25, 0), (uniform.Density(-1), uniform.Density(0), uniform.Density(3)));
        Assert.Equal("(-1, 3), mean 1, stddev 1.1547005383792515", uniform.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void A_probability_outside_of_0_to_1_has_no_quantile(double p) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomNormal().Distribution([1]).Quantile(p));

    [Fact]
    public void Every_fault_of_a_request_is_reported()
    {
        Assert.Equal(["fan-missing"], Make.Codes(() => new KaimingNormal().Distribution([2])));
        Assert.Equal(["layout-unknown"], Make.Codes(() => new KaimingNormal().Distribution([2], "xy")));
        Assert.Equal(
            ["shape-negative", "stddev-negative"],
            Make.Codes(() => new RandomNormal(0, -1).Distribution([-2]))
        );
        Assert.Equal(["not-positive"], Make.Codes(() => InitializerSpec.Glorot(0).Distribution([2], Fans.Of(1, 1))));
        Assert.Throws<ArgumentNullException>(() => new Ones().Distribution(null!));
        Assert.Throws<ArgumentNullException>(() => InitializerSpec.Constant(1).Distribution(null!));
    }

    /// <summary>n = 10,000, at the default rate of 1e-6.</summary>
    [Fact]
    public void Values_are_compared_with_the_distribution()
    {
        Distribution normal = new RandomNormal(0, 0.02).Distribution([10_000]);
        float[] values = new float[10_000];
        new RandomNormal(0, 0.02).Fill(values, seed: 1);
        DistributionCheck right = normal.Check(values);
        Assert.True(right.IsPassed);
        Assert.Equal((10_000, 1e-6, 2e-7), (right.Count, right.FalseAlarmRate, right.Share));
        Assert.Equal(
            ["support", "mean", "stddev", "extremes", "atoms", "Kolmogorov-Smirnov"],
            right.Checks.Select(check => check.Name)
        );
        Assert.All(right.Checks, check => Assert.Null(check.Skipped));
        Assert.True(normal.Check(Array.ConvertAll(values, x => (double)x)).IsPassed);
        Assert.True(normal.Check(Array.ConvertAll(values, x => (Half)x)).IsPassed);
        Assert.True(normal.Check(Array.ConvertAll(values, BFloat16.FromSingle)).IsPassed);

        DistributionCheck wrong = new RandomNormal(0, 0.03).Distribution([10_000]).Check(values);
        Assert.False(wrong.IsPassed);
        Assert.Contains("stddev", wrong.Failed.Select(check => check.Name));
        Assert.Equal(["argument-invalid"], Make.Codes(() => normal.Check(values, 1)));
    }
}
