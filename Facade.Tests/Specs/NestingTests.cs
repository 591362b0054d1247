namespace Initializers.Facade.Tests;

/// <summary>Initializers and specs nested in each other: one limit, and no stack that overflows beyond it.</summary>
public sealed class NestingTests
{
    public static TheoryData<string, Func<Initializer, Initializer>> Wraps =>
        new()
        {
            { "scaled", inner => inner.Scaled(1) },
            { "shifted", inner => inner.Shifted(0) },
            { "clipped", inner => inner.Clipped(-9, 9) },
            { "masked", inner => inner.Masked([1, 0]) },
            { "residual", inner => inner.Residual(1) },
            { "batched", inner => inner.Batched(0) },
            { "stacked", inner => new Stacked(0, (2, inner)) },
            { "scaled and stacked", inner => new Stacked(0, (2, inner)).Scaled(1) },
        };

    [Theory]
    [MemberData(nameof(Wraps))]
    public void The_deepest_is_filled_and_100000_are_one_fault(string name, Func<Initializer, Initializer> wrap)
    {
        Initializer Nested(int depth)
        {
            Initializer whole = new RandomNormal(0, 1);
            for (int i = 1; i < depth; i++)
            {
                whole = wrap(whole);
            }

            return whole;
        }

        int step = name.Contains(" and ", StringComparison.Ordinal) ? 2 : 1;
        using (Tensor w = Nested(1 + ((64 - 1) / step)).CreateVariables([2], seed: 1))
        {
            Assert.Equal(2, w.Length);
        }

        Initializer deep = Nested(100_000);
        Assert.Equal(["spec-too-deep"], Make.Codes(() => deep.CreateVariables([2])));
        Assert.Equal(["spec-too-deep"], Make.Codes(() => deep.CreateVariables([2], seed: 1)));
        Assert.Equal(["spec-too-deep"], Make.Codes(() => deep.Fill(new float[2])));
        Assert.Equal(["spec-too-deep"], Make.Codes(() => Initializer.CreateAll([new("a", deep, [2])])));
        Assert.Equal(["spec-too-deep"], Make.Codes(() => Initializer.FillAll([new("a", deep, new float[2])])));
    }

    [Fact]
    public void A_spec_that_stands_in_2_to_the_40_places_is_one_fault_at_once()
    {
        Initializer doubled = Make.Doubled(40);
        Assert.Equal(["spec-too-large"], Make.Codes(() => doubled.CreateVariables([2])));
        Assert.Equal(["spec-too-large"], Make.Codes(() => doubled.Fill(new float[2])));
        Assert.Equal(["spec-too-large"], Make.Codes(() => Initializer.CreateAll([new("a", doubled, [2])])));
        Assert.Equal(["spec-too-large"], Make.Codes(() => Initializer.FillAll([new("a", doubled, new float[2])])));
        Assert.Equal(doubled.Spec, Make.Doubled(40).Spec);
        Assert.Equal(["spec-too-large"], Make.Codes(() => doubled.Spec.ToKerasJson()));

        // A wrong number inside is reported once, not at each occurrence.
        Assert.Equal(
            ["not-positive", "spec-too-large"],
            Make.Codes(() => Make.Doubled(40, new Siren(0)).CreateVariables([2], fanIn: 2))
        );
    }

    [Fact]
    public void A_spec_100000_deep_is_compared_and_written()
    {
        static InitializerSpec Deep()
        {
            InitializerSpec whole = InitializerSpec.Normal(0, 1);
            for (int i = 0; i < 100_000; i++)
            {
                whole = whole.Scaled(2);
            }

            return whole;
        }

        InitializerSpec spec = Deep();
        Assert.Equal(spec, Deep());
        Assert.Equal(spec.GetHashCode(), Deep().GetHashCode());
        Assert.NotEqual(spec, spec.Scaled(2));
        Assert.StartsWith("scale(factor=2, inner=scale(", spec.ToString(), StringComparison.Ordinal);
        Assert.Equal(["spec-too-deep"], Make.Codes(() => InitializerSpec.Parse(spec.ToString())));
        Assert.Equal(["json-syntax"], Make.Codes(() => InitializerSpec.ParseJson(spec.ToJson())));
        Assert.Equal(["spec-too-deep"], Make.Codes(() => spec.ToKerasJson()));
    }

    [Fact]
    public void What_a_changed_initializer_draws_by_default_is_its_origin_s()
    {
        static float[] Drawn(Initializer initializer)
        {
            using IDisposable scope = InitializerRandom.Scope(5);
            using Tensor w = initializer.CreateVariables([4]);
            return w.ToArray<float>();
        }

        Seed own = 7;
        Assert.Equal(Drawn(new RandomNormal(0, 1)), Drawn(new RandomNormal(0, 1).Scaled(1).Scaled(1).Shifted(0)));
        Assert.Equal(
            Drawn(new RandomNormal(0, 1, own)),
            Drawn(new RandomNormal(0, 1, own).Scaled(1).Scaled(1).Shifted(0))
        );
    }

    [Fact]
    public void Faults_of_a_family_have_its_name()
    {
        foreach (
            (DistributionFamily family, string name) in new[]
            {
                (DistributionFamily.Normal, "normal"),
                (DistributionFamily.Uniform, "uniform"),
                (DistributionFamily.TruncatedNormal, "truncated_normal"),
            }
        )
        {
            string Message(InitializerSpec spec) =>
                Assert
                    .Throws<InitializerException>(() => Initializer.FromSpec(spec).CreateVariables([2], "cpu", 2, 2))
                    .Message;
            Assert.StartsWith(
                $"negative_slope of kaiming_{name} is nan;",
                Message(InitializerSpec.Kaiming(double.NaN, family: family)),
                StringComparison.Ordinal
            );
            Assert.StartsWith(
                $"gain of glorot_{name} is 0;",
                Message(InitializerSpec.Glorot(0, family)),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void A_report_lists_each_fault_once_and_at_most_a_hundred()
    {
        TensorRequest[] variables =
        [
            .. Enumerable.Range(0, 250).Select(i => new TensorRequest($"v{i}", new RandomNormal(0, -1), [2])),
        ];
        var e = Assert.Throws<InitializerException>(() => Initializer.CreateAll(variables));
        Assert.Equal(101, e.Faults.Count);
        Assert.Equal("faults-omitted", e.Faults[^1].Code);
        Assert.StartsWith("150 more faults", e.Faults[^1].Message, StringComparison.Ordinal);
        Assert.False(e.IsFailure);
    }
}
