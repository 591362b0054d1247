using System.Globalization;

namespace Initializers.Facade.Tests;

/// <summary>Specs as values, as text and as initializers.</summary>
public class SpecTests
{
    public static TheoryData<InitializerSpec, string> Specs =>
        new()
        {
            { InitializerSpec.Constant(0.1), "constant(value=0.1)" },
            { InitializerSpec.Uniform(-0.5, 0.5), "uniform(low=-0.5, high=0.5)" },
            { InitializerSpec.Normal(0, 0.02), "normal(mean=0, stddev=0.02)" },
            {
                InitializerSpec.TruncatedNormal(upper: double.PositiveInfinity),
                "truncated_normal(mean=0, stddev=0.05, lower=-2, upper=inf)"
            },
            { InitializerSpec.TruncNormal(stddev: 0.5), "trunc_normal(mean=0, stddev=0.5, a=-2, b=2)" },
            { InitializerSpec.Logistic(1, 0.5), "logistic(loc=1, scale=0.5)" },
            { InitializerSpec.Laplace(scale: 2), "laplace(loc=0, scale=2)" },
            { InitializerSpec.Gumbel(loc: -1), "gumbel(loc=-1, scale=1)" },
            { InitializerSpec.Triangular(0, 0.25, 1), "triangular(low=0, mode=0.25, high=1)" },
            { InitializerSpec.LogUniform(0.5, 2), "log_uniform(low=0.5, high=2)" },
            { InitializerSpec.Uniform(1, 16).Log(), "log(inner=uniform(low=1, high=16))" },
            { InitializerSpec.Constant(0.5).Exp(), "exp(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).Sqrt(), "sqrt(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).Reciprocal(), "reciprocal(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).Softplus(), "softplus(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).InverseSoftplus(), "inverse_softplus(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).Logit(), "logit(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).Sigmoid(), "sigmoid(inner=constant(value=0.5))" },
            { InitializerSpec.Constant(0.5).Tanh(), "tanh(inner=constant(value=0.5))" },
            {
                InitializerSpec.VarianceScaling(2, FanMode.FanOut, DistributionFamily.Uniform, 0.5),
                "kaiming_uniform(mode=fan_out, mean=0.5)"
            },
            {
                InitializerSpec.FanUniform(6, FanMode.FanSum, 0.5),
                "fan_uniform(numerator=6, mode=fan_sum, power=0.5, gain=1)"
            },
        };

    [Theory]
    [MemberData(nameof(Specs))]
    public void A_spec_reads_back_from_its_text(InitializerSpec spec, string text)
    {
        Assert.Equal(text, spec.ToString());
        Assert.Equal(spec, InitializerSpec.Parse(text));
        Assert.Equal(spec.GetHashCode(), InitializerSpec.Parse(text).GetHashCode());
        Assert.Equal(text, Initializer.FromSpec(spec).ToString());
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void A_spec_reads_back_from_its_JSON(InitializerSpec spec, string text)
    {
        Assert.Equal(spec, InitializerSpec.ParseJson(spec.ToJson()));
        Assert.Equal(spec, Initializer.FromJson(spec.ToJson()).Spec);
        Assert.Equal(spec, Initializer.FromText(text).Spec);
        Assert.Equal(text, Initializer.FromText(text).ToString());
        Assert.Equal(text, Initializer.FromJson(spec.ToJson()).ToString());
    }

    [Fact]
    public void JSON_has_the_texts_names() =>
        Assert.Equal(
            """{"initializer": "normal", "mean": 0, "stddev": 0.02}""",
            InitializerSpec.Normal(0, 0.02).ToJson()
        );

    [Fact]
    public void Keras_configs_are_read_and_written()
    {
        const string he =
            """{"module": "keras.initializers", "class_name": "HeUniform", "config": {"seed": null}, "registered_name": null}""";
        Assert.Equal(InitializerSpec.Parse("he_uniform"), InitializerSpec.ParseJson(he));
        Assert.Equal(he, InitializerSpec.Parse("he_uniform").ToKerasJson());
        Assert.Contains("\"GlorotUniform\"", new GlorotUniform().Spec.ToKerasJson(), StringComparison.Ordinal);
        Assert.Equal(
            InitializerSpec.Normal(0, 0.02),
            Initializer.FromJson("""{"class_name": "RandomNormal", "config": {"stddev": 0.02, "seed": 3}}""").Spec
        );
        Assert.Equal(["keras-unsupported"], Make.Codes(() => new FirstLayerSiren().Spec.ToKerasJson()));
        Assert.Equal(
            InitializerSpec.VarianceScaling(2, FanMode.FanIn, DistributionFamily.TruncatedNormal),
            InitializerSpec.ParseJson("""{"class_name": "HeNormal", "config": {"seed": null}}""")
        );
    }

    [Fact]
    public void Faults_of_JSON_come_at_once_with_their_paths()
    {
        var e = Assert.Throws<InitializerException>(() =>
            Initializer.FromJson("""{"initializer": "normal", "mu": 0, "stddev": "x"}""")
        );
        Assert.Equal(["parameter-unknown", "parameter-not-number"], e.Faults.Select(f => f.Code));
        Assert.StartsWith("the JSON, spec.mu: ", e.Faults[0].Message, StringComparison.Ordinal);
        Assert.Equal(["json-syntax"], Make.Codes(() => InitializerSpec.ParseJson("{")));
        Assert.Equal(["spec-unknown"], Make.Codes(() => Initializer.FromText("gauss")));
        Assert.Throws<ArgumentNullException>(() => Initializer.FromText(null!));
        Assert.Throws<ArgumentNullException>(() => Initializer.FromJson(null!));
        Assert.Throws<ArgumentNullException>(() => InitializerSpec.ParseJson(null!));
    }

    [Fact]
    public void Kaiming_is_the_texts_kaiming()
    {
        Assert.Equal(
            InitializerSpec.Parse("kaiming_normal(mode=fan_out, negative_slope=0.1, mean=2)"),
            InitializerSpec.Kaiming(0.1, FanMode.FanOut, mean: 2)
        );
        Assert.Equal(InitializerSpec.Parse("he_normal"), new KaimingNormal().Spec);
        Assert.NotEqual(InitializerSpec.Parse("he_uniform"), new KaimingNormal().Spec);
    }

    [Fact]
    public void An_initializer_of_a_spec_fills_by_it() =>
        Assert.Equal(
            Make.Values(new KaimingNormal(0, "fan_out").CreateVariables([6, 4], Layout.OutIn, seed: 7)),
            Make.Values(
                Initializer
                    .FromSpec(InitializerSpec.Parse("kaiming_normal(mode=fan_out)"))
                    .CreateVariables([6, 4], Layout.OutIn, seed: 7)
            )
        );

    [Fact]
    public void Texts_have_a_point_in_a_culture_with_a_comma()
    {
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone(); // de-DE's numbers, in invariant mode too
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = comma;
        try
        {
            Assert.Equal("0,5", $"{0.5}");
            Assert.Equal("normal(mean=0.25, stddev=0.02)", InitializerSpec.Normal(0.25, 0.02).ToString());
            Assert.Equal(InitializerSpec.Constant(1.5), InitializerSpec.Parse("constant(1.5)"));
            Assert.Equal(["parameter-unknown"], Make.Codes(() => InitializerSpec.Parse("constant(1,5)")));
            var e = Assert.Throws<InitializerException>(() => new RandomNormal(0, -0.5).CreateVariables([1]));
            Assert.Equal("stddev is -0.5; it must be 0 or more.", e.Message);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
