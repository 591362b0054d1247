namespace Initializers.Facade.Tests;

/// <summary>Every class fills as the core does for the spec that Ivy's formula names.</summary>
public class ValueTests
{
    private static readonly long[] Shape = [48, 36];
    private static readonly FSharp.Fan Fans = FSharp.Fan.NewOf(36, 48);

    private static float[] Create(Initializer init) =>
        Make.Values(init.CreateVariables(Shape, fanOut: 48, fanIn: 36, seed: 42));

    private static float[] Core(FSharp.Spec spec) => Make.Core(spec, Shape, Fans, 42);

    [Fact]
    public void Constants_are_the_value()
    {
        Assert.All(Create(new Constant(-2.5)), x => Assert.Equal(-2.5f, x));
        Assert.All(Create(new Zeros()), x => Assert.Equal(0f, x));
        Assert.All(Create(new Ones()), x => Assert.Equal(1f, x));
    }

    [Theory]
    [InlineData(FanMode.FanIn)]
    [InlineData(FanMode.FanOut)]
    [InlineData(FanMode.FanSum)]
    [InlineData(FanMode.FanAvg)]
    [InlineData(FanMode.FanGeo)]
    public void Uniform_and_KaimingNormal_are_the_cores_in_every_mode(FanMode mode)
    {
        Assert.Equal(Core(FSharp.Spec.NewFanUniform(3, mode, 0.25, 1.5)), Create(new Uniform(3, mode, 0.25, 1.5)));
        Assert.Equal(
            Core(FSharp.Spec.NewVarianceScaling(2, mode, DistributionFamily.Normal, 0.5)),
            Create(new KaimingNormal(0.5, mode))
        );
        Assert.Equal(Create(new Uniform(3, mode, 0.25, 1.5)), Create(new Uniform(3, mode.ToText(), 0.25, 1.5)));
        Assert.Equal(Create(new KaimingNormal(0.5, mode)), Create(new KaimingNormal(0.5, mode.ToText())));
        Assert.Equal(Create(new KaimingNormal(0, mode)), Create(new KaimingNormal(mode.ToText())));
    }

    [Fact]
    public void Presets_are_Ivys_arguments_of_Uniform()
    {
        Assert.Equal(Create(new Uniform(6, FanMode.FanSum, 0.5, 1)), Create(new GlorotUniform()));
        Assert.Equal(Core(FSharp.SpecModule.FirstLayerSiren), Create(new FirstLayerSiren()));
        Assert.Equal(Core(FSharp.SpecModule.Siren(30)), Create(new Siren()));
        Assert.Equal(Core(FSharp.SpecModule.Siren(7)), Create(new Siren(7)));
    }

    // The seed is fixed, so the samples are: their reach and spread are checked against Ivy's formulas once and for all.
    [Fact]
    public void Spreads_are_Ivys_formulas()
    {
        Assert.Equal(Math.Sqrt(6.0 / (36 + 48)), Reach(new GlorotUniform()), 0.001);
        Assert.Equal(1.0 / 36, Reach(new FirstLayerSiren()), 0.001);
        Assert.Equal(Math.Sqrt(6.0 / 36) / 30, Reach(new Siren()), 0.001);
        Assert.Equal(Math.Sqrt(2.0 / 36), Stddev(new KaimingNormal()), 0.01);
        Assert.Equal(
            Math.Sqrt(2.0 / (1.25 * 48)),
            Stddev(new KaimingNormal(0, "fan_out") { NegativeSlope = 0.5 }),
            0.01
        );
        Assert.Equal(0.05, Stddev(new RandomNormal()), 0.003);

        double Reach(Initializer init) => Create(init).Max(x => Math.Abs((double)x));
        double Stddev(Initializer init) => Math.Sqrt(Create(init).Average(x => (double)x * x));
    }

    [Fact]
    public void The_slope_is_a_parameter_of_the_call_or_of_the_object()
    {
        float[] expected = Core(FSharp.SpecModule.Kaiming(0.1, FanMode.FanIn, DistributionFamily.Normal));
        var init = new KaimingNormal { NegativeSlope = 0.1 };

        Assert.Equal(expected, Create(init));
        Assert.Equal(expected, Make.Values(init.CreateVariables(Shape, Layout.OutIn, seed: 42)));
        Assert.Equal(expected, Make.Values(new KaimingNormal().CreateVariables(Shape, 0.1, fanIn: 36, seed: 42)));
        Assert.Equal(expected, Make.Values(new KaimingNormal().CreateVariables(Shape, 0.1, Layout.OutIn, seed: 42)));
        Assert.NotEqual(expected, Create(new KaimingNormal()));
    }

    [Fact]
    public void RandomNormal_reads_no_fans_and_repeats_its_own_seed()
    {
        float[] expected = Core(FSharp.Spec.NewNormal(1, 0.02));
        var seeded = new RandomNormal(1, 0.02, 42);

        Assert.Equal(expected, Make.Values(seeded.CreateVariables(Shape)));
        Assert.Equal(expected, Make.Values(seeded.CreateVariables(Shape)));
        Assert.Equal(expected, Make.Values(new RandomNormal(1, 0.02).CreateVariables(Shape, seed: 42)));
        Assert.NotEqual(expected, Make.Values(seeded.CreateVariables(Shape, seed: 43)));
    }

    [Theory]
    [InlineData(new long[] { 36, 48 }, Layout.InOut)]
    [InlineData(new long[] { 48, 36 }, Layout.OutIn)]
    [InlineData(new long[] { 8, 6, 3, 2 }, Layout.OutInSpatial)]
    [InlineData(new long[] { 3, 2, 6, 8 }, Layout.SpatialInOut)]
    public void A_layout_reads_the_fans_from_the_shape(long[] shape, Layout layout)
    {
        Assert.Equal(
            Make.Values(new GlorotUniform().CreateVariables(shape, fanOut: 48, fanIn: 36, seed: 42)),
            Make.Values(new GlorotUniform().CreateVariables(shape, layout, seed: 42))
        );
        Assert.Equal(layout, Layout.Parse(layout.ToText()));
    }

    [Fact]
    public void A_narrower_dtype_has_the_same_weights_rounded()
    {
        float[] wide = Create(new KaimingNormal());
        using Tensor half = new KaimingNormal().CreateVariables(Shape, "cpu", 48, 36, DType.Float16, 42);
        using Tensor brain = new KaimingNormal().CreateVariables(Shape, "cpu", 48, 36, DType.Parse("bf16"), 42);

        Assert.Equal(wide.Select(x => (Half)x), half.ToArray<Half>());
        Assert.Equal(wide.Select(BFloat16.FromSingle), brain.ToArray<BFloat16>());
        Assert.Equal("cpu", half.Device.Name);
        Assert.Equal(DType.BFloat16, brain.DType);
        Assert.Equal(Shape, brain.Shape);
    }

    [Fact]
    public void Float64_has_the_same_weights_with_more_digits()
    {
        float[] single = Create(new KaimingNormal());
        using Tensor wide = new KaimingNormal().CreateVariables(Shape, "cpu", 48, 36, DType.Parse("double"), 42);

        Assert.Equal(DType.Float64, wide.DType);
        Assert.Equal("float64", wide.DType.ToText());
        double[] values = wide.ToArray<double>();
        Assert.Equal(values, wide.AsSpan<double>().ToArray());
        Assert.All(single.Zip(values), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        // Digits that no float32 has.
        Assert.True(values.Count(x => x != (float)x) > values.Length - 10);
    }

    [Fact]
    public void Scalars_and_empty_tensors_are_shapes()
    {
        Assert.Equal([1f], Make.Values(new Ones().CreateVariables([])));
        Assert.Empty(Make.Values(new RandomNormal().CreateVariables([3, 0, 2])));
    }

    [Fact]
    public void A_disposed_tensor_is_refused()
    {
        Tensor tensor = new Ones().CreateVariables([2]);
        tensor.Dispose();
        tensor.Dispose();

        Assert.Throws<ObjectDisposedException>(() => tensor.ToArray<float>());
        Assert.Throws<ObjectDisposedException>(() => tensor.AsSpan<float>().Length);
    }

    private sealed class Embedding : Initializer
    {
        public override InitializerSpec Spec => InitializerSpec.Normal(0, 0.02);
    }

    private sealed class Narrow() : Uniform(3, FanMode.FanIn, 0.5, 0.1);

    [Fact]
    public void A_class_of_ones_own_says_its_spec_and_has_every_method()
    {
        var memory = new float[48 * 36];
        new Embedding().Fill(memory, seed: 42);

        Assert.Equal(Core(FSharp.Spec.NewNormal(0, 0.02)), memory);
        Assert.Equal(memory, Create(new Embedding()));
        Assert.Equal(Core(FSharp.Spec.NewFanUniform(3, FanMode.FanIn, 0.5, 0.1)), Create(new Narrow()));
    }
}
