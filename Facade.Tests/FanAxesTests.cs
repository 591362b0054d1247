namespace Initializers.Facade.Tests;

/// <summary>Fans by the roles of axes, wherever a layout is taken.</summary>
public class FanAxesTests
{
    private static readonly long[] Shape = [4, 6, 8];
    private static readonly FanAxes Experts = FanAxes.Of(FanAxis.Stack, FanAxis.In, FanAxis.Out);

    [Fact]
    public void Every_door_takes_roles()
    {
        Initializer init = new KaimingNormal();
        float[] expected = Make.Values(init.CreateVariables(Shape, fanIn: 6, seed: 7));
        Assert.Equal(expected, Make.Values(init.CreateVariables(Shape, Experts, seed: 7)));
        float[] single = new float[4 * 6 * 8];
        init.Fill(single, Shape, Experts, seed: 7);
        Assert.Equal(expected, single);
        double[] wide = new double[single.Length];
        init.Fill(wide, Shape, Experts, seed: 7);
        Assert.Equal(expected[5], wide[5], 1e-6);
        Half[] half = new Half[single.Length];
        init.Fill(half, Shape, Experts, seed: 7);
        Assert.Equal((Half)expected[5], half[5]);
        BFloat16[] brain = new BFloat16[single.Length];
        init.Fill(brain, Shape, Experts, seed: 7);
        Assert.Equal((BFloat16)expected[5], brain[5]);
        using VariableDictionary all = Initializer.CreateAll([new("up", init, Shape, Experts)], seed: 7);
        Initializer.FillAll([new("up", init, single, Shape, Experts)], seed: 7);
        Assert.Equal(single, all["up"].ToArray<float>());
    }

    [Fact]
    public void Roles_are_values_and_have_a_text()
    {
        FanAxes depthwise = FanAxes
            .Of(FanAxis.Out, FanAxis.In, FanAxis.Spatial, FanAxis.Spatial)
            .WithGroups(64)
            .WithStride(4);
        Assert.Equal("out,in,spatial,spatial,groups:64,stride:4", depthwise.ToString());
        Assert.True(depthwise == FanAxes.Parse(depthwise.ToString()));
        Assert.True(depthwise != depthwise.Transposed());
        Assert.Equal((64, 4, false), (depthwise.Groups, depthwise.Stride, depthwise.IsTransposed));
        Assert.Equal(4, depthwise.Axes.Count);
        Assert.Equal((1, 1, 0), (default(FanAxes).Groups, default(FanAxes).Stride, default(FanAxes).Axes.Count));
        Assert.Throws<ArgumentNullException>(() => FanAxes.Parse(null!));
        Assert.Throws<ArgumentNullException>(() => FanAxes.Of(null!));
    }

    [Fact]
    public void Wrong_roles_have_their_codes()
    {
        var init = new KaimingNormal(fanMode: "fan_out");
        Assert.Equal(["axes-rank"], Make.Codes(() => init.CreateVariables([2, 3], Experts)));
        Assert.Equal(["groups-not-dividing"], Make.Codes(() => init.CreateVariables(Shape, Experts.WithGroups(3))));
        Assert.Equal(
            ["axes-rank", "not-positive", "not-positive"],
            Make.Codes(() => init.CreateVariables([2], Experts.WithGroups(0).WithStride(0)))
        );
        Assert.Equal(
            ["shape-negative", "axes-rank"],
            Make.Codes(() => init.CreateVariables([-1, 3], Experts.WithGroups(3)))
        );
        Assert.Equal(["layout-unknown"], Make.Codes(() => init.CreateVariables([2], FanAxes.Of((FanAxis)9))));
        Assert.Equal(["layout-unknown"], Make.Codes(() => FanAxes.Parse("out,inn")));
    }
}
