namespace Initializers.Facade.Tests;

/// <summary>Each wrong request has its code, and a request all of its codes at once.</summary>
public class ErrorTests
{
    [Fact]
    public void A_missing_fan_has_Ivys_words()
    {
        Assert.StartsWith("input_channels must be specified for fan_in denominator mode", Text(new KaimingNormal()));
        Assert.StartsWith(
            "output_channels must be specified for fan_out denominator mode",
            Text(new KaimingNormal(0, "fan_out"), fanIn: 4)
        );
        foreach (string mode in new[] { "fan_sum", "fan_avg", "fan_geo" })
        {
            string expected = $"input_channels and output_channels must both be specified for {mode} denominator mode";
            Assert.StartsWith(expected, Text(new Uniform(6, mode, 0.5, 1), fanIn: 4));
            Assert.StartsWith(expected, Text(new Uniform(6, mode, 0.5, 1), fanOut: 4));
            Assert.StartsWith(expected, Text(new KaimingNormal(0, mode)));
        }

        static string Text(Initializer init, double? fanOut = null, double? fanIn = null)
        {
            var e = Assert.Throws<InitializerException>(() => init.CreateVariables([4, 4], null, fanOut, fanIn));
            Assert.Equal("fan-missing", Assert.Single(e.Faults).Code);
            return e.Message;
        }
    }

    [Fact]
    public void Faults_of_a_request_are_those_that_a_call_reports_and_make_an_exception()
    {
        Initializer init = Initializer.FromSpec(InitializerSpec.Normal(0, -1));
        IReadOnlyList<Fault> faults = init.Faults([4, -1], "oi,", DType.Float16);
        var e = Assert.Throws<InitializerException>(() =>
            init.CreateVariables([4, -1], fans: "oi,", dtype: DType.Float16)
        );
        Assert.Equal(e.Faults, faults);
        Assert.Equal(faults, new InitializerException([.. faults, .. faults]).Faults);
        Assert.Empty(new KaimingNormal().Faults([4, 4], Layout.OutIn));
        Assert.Equal("overflows-dtype", Assert.Single(new Constant(1e6).Faults([], dtype: DType.Float16)).Code);
        Assert.Throws<ArgumentException>(() => new InitializerException([]));
        Assert.Throws<ArgumentNullException>(() => new InitializerException(null!));
    }

    // Ivy's KaimingNormal tested fan_in in its fan_out branch, and so refused this and divided by None without fan_in.
    [Fact]
    public void Fan_out_needs_fan_out_alone() =>
        Assert.Equal(16, Make.Values(new KaimingNormal(0, "fan_out").CreateVariables([4, 4], fanOut: 4)).Length);

    [Fact]
    public void An_unknown_mode_is_an_error_of_the_constructor()
    {
        string[] expected = ["fan-mode-unknown"];
        Assert.Equal(expected, Make.Codes(() => new Uniform(6, "fan_both", 0.5, 1)));
        Assert.Equal(expected, Make.Codes(() => new Uniform(6, (FanMode)9, 0.5, 1)));
        Assert.Equal(expected, Make.Codes(() => new KaimingNormal(0, "FAN_IN")));
        Assert.Equal(expected, Make.Codes(() => new KaimingNormal("")));
        Assert.Equal(expected, Make.Codes(() => new KaimingNormal(0, (FanMode)(-1))));
        Assert.Equal(expected, Make.Codes(() => InitializerSpec.Kaiming(0, (FanMode)5)));
        Assert.Equal(expected, Make.Codes(() => FanMode.Parse("in")));
        Assert.Equal(
            ["distribution-unknown"],
            Make.Codes(() => InitializerSpec.VarianceScaling(1, FanMode.FanIn, (DistributionFamily)9))
        );
        Assert.Equal(["dtype-unknown"], Make.Codes(() => DType.Parse("int8")));
        Assert.Equal(["layout-unknown"], Make.Codes(() => Layouts.Parse("nchw")));
        Assert.Equal(["spec-unknown"], Make.Codes(() => InitializerSpec.Parse("glorot")));
    }

    public static TheoryData<string, Action> Requests
    {
        get
        {
            var data = new TheoryData<string, Action>();
            void Add(string code, Func<Tensor> call) => data.Add(code, () => call());
            Add("shape-negative", () => new Ones().CreateVariables([2, -1]));
            Add("shape-overflow", () => new Ones().CreateVariables([long.MaxValue, 2]));
            Add("shape-overflow", () => new Ones().CreateVariables([long.MaxValue]));
            Add("device-failed", () => new Ones().CreateVariables([1L << 45]));
            Add("fan-not-positive", () => new KaimingNormal().CreateVariables([2], fanIn: 0));
            Add("fan-not-positive", () => new KaimingNormal().CreateVariables([2], fanIn: -3));
            Add("fan-not-positive", () => new KaimingNormal().CreateVariables([2], fanIn: double.NaN));
            Add("layout-rank", () => new KaimingNormal().CreateVariables([2], Layout.OutIn));
            Add("layout-rank", () => new KaimingNormal().CreateVariables([2, 2, 2], Layout.InOut));
            Add("layout-unknown", () => new KaimingNormal().CreateVariables([2, 2], (Layout)9));
            Add("not-finite", () => new Constant(double.NaN).CreateVariables([2]));
            Add("not-positive", () => new Siren(0).CreateVariables([2], fanIn: 2));
            Add("not-positive", () => new Siren(-30).CreateVariables([2], fanIn: 2));
            Add("not-finite", () => new Siren(double.NaN).CreateVariables([2], fanIn: 2));
            Add("not-finite", () => new KaimingNormal { NegativeSlope = 1e200 }.CreateVariables([2], fanIn: 2));
            Add("not-finite", () => new RandomNormal(0, double.PositiveInfinity).CreateVariables([2]));
            Add("not-finite", () => new KaimingNormal().CreateVariables([2], double.NaN, fanIn: 2));
            Add("stddev-negative", () => new RandomNormal(0, -1).CreateVariables([2]));
            Add("not-positive", () => new Uniform(-1, "fan_in", 0.5, 1).CreateVariables([2], fanIn: 2));
            Add("not-positive", () => new Uniform(1, "fan_in", 1, 0).CreateVariables([2], fanIn: 2));
            Add("spread-not-finite", () => new Uniform(1, "fan_in", 1e6, 1).CreateVariables([2], fanIn: 2));
            Add("spec-too-deep", () => Make.Nested(65).CreateVariables([2]));
            Add("spec-too-large", () => Make.Doubled(40).CreateVariables([2]));
            Add("shape-rank", () => new Ones().CreateVariables(new long[1001]));
            Add("spread-not-finite", () => new Uniform(1e300, "fan_in", 2, 1).CreateVariables([2], fanIn: 2));
            Add("low-not-below-high", () => new RandomUniform(1, -1).CreateVariables([2]));
            Add(
                "interval-too-narrow",
                () => Initializer.FromSpec(InitializerSpec.Uniform(1, 1 + 1e-9)).CreateVariables([2])
            );
            Add(
                "clip-too-narrow",
                () =>
                    Initializer
                        .FromText("clip(low=0.1,high=0.100001,inner=normal)")
                        .CreateVariables([2], dtype: DType.Float16)
            );
            Add("overflows-dtype", () => new Constant(65505).CreateVariables([2], dtype: DType.Float16));
            Add("overflows-dtype", () => new Constant(1e39).CreateVariables([2]));
            Add("dtype-unknown", () => new Ones().CreateVariables([2], dtype: (DType)7));
            Add("device-unknown", () => new Ones().CreateVariables([2], "tpu:0"));
            Add("device-absent", () => new Ones().CreateVariables([2], "gpu:97"));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_wrong_request_has_its_code(string code, Action call)
    {
        var e = Assert.Throws<InitializerException>(call);
        Fault fault = Assert.Single(e.Faults);
        Assert.Equal(code, fault.Code);
        Assert.Equal(fault.Message, e.Message);
        Assert.Equal(code == "device-failed", e.IsFailure); // the one that another machine may fulfil
    }

    [Fact]
    public void A_fault_of_a_parameter_has_its_own_name_and_hides_no_other()
    {
        var siren = Assert.Throws<InitializerException>(() => new Siren(-30).CreateVariables([-1], "tpu"));
        Assert.Equal(
            ["not-positive", "shape-negative", "fan-missing", "device-unknown"],
            siren.Faults.Select(fault => fault.Code)
        );
        Assert.StartsWith("w0 of siren is -30;", siren.Message, StringComparison.Ordinal);
        var slope = Assert.Throws<InitializerException>(() =>
            new KaimingNormal { NegativeSlope = double.NaN }.Fill(new float[3])
        );
        Assert.Equal(["not-finite", "fan-missing"], slope.Faults.Select(fault => fault.Code));
        Assert.StartsWith("negative_slope of kaiming_normal is nan;", slope.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_a_request_come_at_once()
    {
        var e = Assert.Throws<InitializerException>(() =>
            new Uniform(double.NaN, "fan_sum", double.PositiveInfinity, 1).CreateVariables(
                [-1, 4, -7],
                "tpu",
                fanOut: -1,
                fanIn: 0,
                dtype: (DType)9
            )
        );
        Assert.Equal(
            [
                "shape-negative",
                "shape-negative",
                "dtype-unknown",
                "not-finite",
                "not-finite",
                "fan-not-positive",
                "fan-not-positive",
                "device-unknown",
            ],
            e.Faults.Select(fault => fault.Code)
        );
        Assert.All(e.Faults, fault => Assert.Contains(fault.Message, e.Message, StringComparison.Ordinal));
        Assert.Equal(e.Faults.Count, e.Message.Split('\n').Length);
    }

    [Fact]
    public void A_wrong_shape_hides_no_fault_and_invents_none()
    {
        Assert.Equal(
            ["shape-negative", "layout-rank"],
            Make.Codes(() => new GlorotUniform().CreateVariables([-1, 2, 3], Layout.OutIn))
        );
        // 1e300 squared overflows for a fan of 1, but the fan is unknown where the shape is
        Assert.Equal(
            ["shape-negative"],
            Make.Codes(() => new Uniform(1e300, "fan_in", 2, 1).CreateVariables([-1, 2], Layout.OutIn))
        );
        Assert.Equal(
            ["shape-negative", "overflows-dtype"],
            Make.Codes(() => new Constant(1e6).CreateVariables([-1, 2], Layout.OutIn, dtype: DType.Float16))
        );
        Assert.Equal(
            ["shape-overflow", "fan-missing"],
            Make.Codes(() => new KaimingNormal().Fill(new float[2], [1L << 40, 1L << 40]))
        );
    }

    [Fact]
    public void Null_is_an_ArgumentNullException()
    {
        Null("varShape", () => new Ones().CreateVariables(null!));
        Null("varShape", () => new Ones().CreateVariables(null!, Layout.OutIn));
        Null("varShape", () => new KaimingNormal().CreateVariables(null!, 0.1));
        Null("varShape", () => new KaimingNormal().CreateVariables(null!, 0.1, Layout.OutIn));
        Null("spec", () => Initializer.FromSpec(null!));
        Null("text", () => InitializerSpec.Parse(null!));
        Null("text", () => FanMode.Parse(null!));
        Null("text", () => DType.Parse(null!));
        Null("text", () => Layout.Parse(null!));
        Null("text", () => new KaimingNormal((string)null!));
        Null("text", () => new Uniform(1, null!, 1, 1));
        Null("name", () => new Device(null!));
        Null("name", () => new Ones().CreateVariables([1], (string)null!));
        Null("accelerator", () => Device.OfAccelerator(null!));
        Null("name", () => Seed.FromUInt64(1).Child(null!));

        static void Null(string name, Func<object> expression) =>
            Void(
                name,
                () =>
                {
                    expression();
                }
            );

        static void Void(string name, Action call) =>
            Assert.Equal(name, Assert.Throws<ArgumentNullException>(call).ParamName);
    }
}
