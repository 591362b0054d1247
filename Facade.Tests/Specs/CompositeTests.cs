namespace Initializers.Facade.Tests;

/// <summary>Matrices, kernels and changed initializers, as C# programs make them.</summary>
public class CompositeTests
{
    private static float[] Values(Initializer initializer, params long[] shape)
    {
        using Tensor tensor = initializer.CreateVariables(shape, fanIn: 64, fanOut: 16, seed: 42);
        return tensor.ToArray<float>();
    }

    private static string[] Codes(Action call) =>
        [.. Assert.Throws<InitializerException>(call).Faults.Select(fault => fault.Code)];

    public static TheoryData<Initializer, string> Classes { get; } =
        new()
        {
            { new RandomUniform(), "uniform(low=-0.05, high=0.05)" },
            { new TruncatedNormal(), "truncated_normal(mean=0, stddev=0.05, lower=-2, upper=2)" },
            { new TruncNormal(0, 0.02), "trunc_normal(mean=0, stddev=0.02, a=-2, b=2)" },
            { new Logistic(), "logistic(loc=0, scale=1)" },
            { new Laplace(), "laplace(loc=0, scale=1)" },
            { new Gumbel(), "gumbel(loc=0, scale=1)" },
            { new Triangular(), "triangular(low=-1, mode=0, high=1)" },
            { new LogUniform(0.5, 2), "log_uniform(low=0.5, high=2)" },
            { new VarianceScaling(), "variance_scaling(scale=1, mode=fan_in, distribution=truncated_normal)" },
            { new GlorotNormal(2), "glorot_normal(gain=2)" },
            { new XavierNormal(), "glorot_normal" },
            { new XavierUniform(), "glorot_uniform" },
            { new KaimingUniform(FanMode.FanOut), "kaiming_uniform(mode=fan_out)" },
            { new HeNormal(), "he_normal" },
            { new HeUniform(negativeSlope: 0.5), "kaiming_uniform(negative_slope=0.5)" },
            { new LecunNormal(), "lecun_normal" },
            { new LecunUniform(), "lecun_uniform" },
            { new Orthogonal(), "orthogonal(gain=1)" },
            { new DeltaOrthogonal(2), "delta_orthogonal(gain=2)" },
            { new Dirac(2), "dirac(groups=2)" },
            { new Identity(), "identity(gain=1)" },
            { new Sparse(0.3), "sparse(sparsity=0.3, inner=normal(mean=0, stddev=0.01))" },
            { new Bilinear(), "bilinear" },
            { new LstmBias(), "lstm_bias(forget=1)" },
            { new Stft(), "stft(side=real, window=hann, scaling=density, periodic=false)" },
            {
                new Stft(StftSide.Imaginary, StftWindow.None, StftScaling.None, periodic: true),
                "stft(side=imag, window=none, scaling=none, periodic=true)"
            },
            {
                new Stft(window: StftWindow.Hamming),
                "stft(side=real, window=hamming, scaling=density, periodic=false)"
            },
            {
                new Stft(StftSide.Real, StftWindow.Blackman, StftScaling.Spectrum),
                "stft(side=real, window=blackman, scaling=spectrum, periodic=false)"
            },
            {
                new Stft(window: StftWindow.Bartlett),
                "stft(side=real, window=bartlett, scaling=density, periodic=false)"
            },
            { new Stft(window: StftWindow.Boxcar), "stft(side=real, window=boxcar, scaling=density, periodic=false)" },
            { new Formula(" 10000^(-i0/d0) "), "formula(expression=10000^(-i0/d0))" },
            { new Literal([1, 2, 3, 4], [2, 2]), "literal(values=[1, 2, 3, 4], shape=[2, 2])" },
            {
                new Stacked(-1, (2, new Zeros()), (3, new Orthogonal())),
                "stacked(axis=-1, parts=[2: zeros, 3: orthogonal(gain=1)])"
            },
            {
                new KaimingNormal().Scaled(0.5).Clipped(-2, 2),
                "clip(low=-2, high=2, inner=scale(factor=0.5, inner=he_normal))"
            },
            { new Ones().Shifted(1).Masked([1, 0]), "mask(keep=[1, 0], inner=shift(offset=1, inner=ones))" },
            { new Orthogonal().Batched(), "batched(axes=1, inner=orthogonal(gain=1))" },
            {
                new Sum(new Identity(), new RandomNormal(0, 0.01)),
                "sum(parts=[identity(gain=1), normal(mean=0, stddev=0.01)])"
            },
            { new Randint(0, 10), "randint(low=0, high=10)" },
            { new Bernoulli(0.25), "bernoulli(p=0.25)" },
            { new Permutation(), "permutation" },
            { new Constant(double.NegativeInfinity), "constant(value=-inf)" },
            { new HeNormal().Repeated(4), "repeat(axis=0, times=4, inner=he_normal)" },
            { new HeNormal().Normalized(), "normalized(axis=-1, inner=he_normal)" },
            { new HeNormal().WithPadding(), "padding(index=0, inner=he_normal)" },
            { new RandomNormal(0, 0.02).Residual(8), "scale(factor=0.25, inner=normal(mean=0, stddev=0.02))" },
            { new RandomNormal(0, 0.02).WidthScaled(4), "scale(factor=0.5, inner=normal(mean=0, stddev=0.02))" },
        };

    [Theory]
    [MemberData(nameof(Classes))]
    public void Each_is_the_spec_of_its_text(Initializer initializer, string text)
    {
        Assert.Equal(text, initializer.ToString());
        Assert.Equal(initializer.Spec, InitializerSpec.Parse(text));
        Assert.Equal(initializer.Spec, InitializerSpec.ParseJson(initializer.Spec.ToJson()));
    }

    [Fact]
    public void Methods_of_an_initializer_are_those_of_its_spec()
    {
        Assert.Equal("scale(", new Ones().Residual(6).ToString()[..6]);
        Assert.Equal(new Ones().Spec.Residual(6), new Ones().Residual(6).Spec);
        Assert.Equal(new Ones().Spec.DeepNorm(6), new Ones().DeepNorm(6).Spec);
        Assert.Equal(new Ones().Spec.TFixupEncoder(6), new Ones().TFixupEncoder(6).Spec);
        Assert.Equal(new Ones().Spec.TFixupDecoder(6), new Ones().TFixupDecoder(6).Spec);
        Assert.Equal(new Ones().Spec.WidthScaled(6), new Ones().WidthScaled(6).Spec);
        Assert.NotEqual(new Ones().DeepNorm(6).Spec, new Ones().TFixupDecoder(6).Spec);
    }

    [Fact]
    public void A_slope_and_roles_of_axes_go_together()
    {
        FanAxes axes = FanAxes.Parse("stack,in,out");
        using Tensor one = new KaimingNormal().CreateVariables([2, 8, 4], 0.5, axes, seed: 3);
        using Tensor other = new KaimingNormal { NegativeSlope = 0.5 }.CreateVariables([2, 8, 4], axes, seed: 3);
        using Tensor plain = new KaimingNormal().CreateVariables([2, 8, 4], axes, seed: 3);
        Assert.Equal(other.ToArray<float>(), one.ToArray<float>());
        Assert.NotEqual(plain.ToArray<float>(), one.ToArray<float>());
    }

    [Fact]
    public void An_orthogonal_matrix_has_the_sides_that_roles_say()
    {
        // [model, heads, head size]: columns of 6 x 6 are orthonormal.
        using Tensor tensor = new Orthogonal().CreateVariables([6, 2, 3], FanAxes.Parse("in,out,out"), seed: 1);
        float[] q = tensor.ToArray<float>();
        using Tensor plain = new Orthogonal().CreateVariables([6, 6], Layout.InOut, seed: 1);
        Assert.Equal(plain.ToArray<float>(), q);
    }

    [Fact]
    public void Scaled_and_clipped_elements_are_the_initializers_own()
    {
        float[] plain = Values(new RandomNormal(0, 1), 1000);
        Assert.Equal(
            plain.Select(x => Math.Clamp(-x, -1, 0.5f)),
            Values(new RandomNormal(0, 1).Scaled(-1).Clipped(-1, 0.5), 1000)
        );
    }

    [Fact]
    public void A_changed_initializer_takes_the_seeds_of_the_one_that_it_changes()
    {
        Initializer half = new RandomNormal(0, 1, seed: 5).Scaled(0.5);
        using Tensor first = half.CreateVariables([100]);
        using Tensor second = half.CreateVariables([100]);
        Assert.Equal(first.ToArray<float>(), second.ToArray<float>());
    }

    [Fact]
    public void A_users_own_initializer_composes_specs()
    {
        float[] values = Values(new FusedProjection(), 24, 8);
        float[] first = values[..64];
        float[] last = values[128..];
        Assert.All(values[64..128], x => Assert.Equal(0, x));
        for (int i = 0; i < 8; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                double dot = Enumerable.Range(0, 8).Sum(k => (double)first[(i * 8) + k] * first[(j * 8) + k]);
                Assert.Equal(i == j ? 4 : 0, dot, 5e-6);
            }
        }

        Assert.NotEqual(first, last);
    }

    [Fact]
    public void A_choice_that_is_no_value_of_its_enum_is_named_with_those_that_are()
    {
        string[] expected = ["choice-unknown"];
        Assert.Equal(expected, Make.Codes(() => new Stft(window: (StftWindow)(-1))));
        Assert.Equal(expected, Make.Codes(() => new Stft(scaling: (StftScaling)3)));
        InitializerException wrong = Assert.Throws<InitializerException>(() => new Stft((StftSide)9));
        Assert.Equal(
            "parameter 'side' of stft is '9'; known are Real, Imaginary.",
            Assert.Single(wrong.Faults).Message
        );
    }

    [Fact]
    public void A_Fourier_kernel_is_the_same_for_each_channel()
    {
        float[] one = Values(new Stft(StftSide.Imaginary), 4, 1, 3);
        float[] two = Values(new Stft(StftSide.Imaginary), 4, 2, 3);
        Assert.Equal(one.Chunk(3).SelectMany(row => row.Concat(row)), two);
    }

    [Fact]
    public void A_formula_fills_by_indices_and_reports_its_faults()
    {
        Assert.Equal([0f, float.NegativeInfinity, 0f, 0f], Values(new Formula("where(j0 <= j1, 0, -inf)"), 2, 2));
        Assert.Equal(["expression-undefined"], Codes(() => Values(new Formula("1/i0"), 4)));
        Assert.Equal(["name-unknown"], Codes(() => Values(new Formula("i2"), 4)));
        Assert.Throws<ArgumentNullException>(() => new Formula(null!));
    }

    private sealed class FusedProjection : Initializer
    {
        public override InitializerSpec Spec =>
            InitializerSpec.Stacked(
                0,
                (8, InitializerSpec.Orthogonal(2)),
                (8, InitializerSpec.Constant(0)),
                (8, InitializerSpec.Orthogonal(2))
            );
    }

    [Theory]
    [InlineData(DType.Float32, 2e-6)]
    [InlineData(DType.Float64, 1e-14)]
    public void Orthogonal_in_every_shape_that_PyTorch_tests(DType dtype, double tolerance)
    {
        foreach (long[] shape in new long[][] { [3, 4], [4, 3], [20, 2, 3, 4], [2, 3, 4, 5] })
        {
            using Tensor tensor = new Orthogonal(1.5).CreateVariables(shape, dtype: dtype, seed: 1);
            double[] q =
                dtype == DType.Float64
                    ? tensor.ToArray<double>()
                    : Array.ConvertAll(tensor.ToArray<float>(), x => (double)x);
            long rows = shape[0];
            long columns = q.Length / rows;
            long shorter = Math.Min(rows, columns);
            long longer = Math.Max(rows, columns);
            double At(long i, long k) => rows <= columns ? q[(i * columns) + k] : q[(k * columns) + i];
            for (long i = 0; i < shorter; i++)
            {
                for (long j = 0; j < shorter; j++)
                {
                    double dot = 0;
                    for (long k = 0; k < longer; k++)
                    {
                        dot += At(i, k) * At(j, k);
                    }

                    Assert.Equal(i == j ? 2.25 : 0, dot, 2.25 * tolerance);
                }
            }
        }
    }

    [Fact]
    public void Faults_are_told_together_before_anything_is_made()
    {
        Assert.Equal(["not-finite", "rank-unsupported"], Codes(() => new Orthogonal(double.NaN).CreateVariables([5])));
        Assert.Equal(["out-of-range", "rank-unsupported"], Codes(() => new Sparse(1.5).CreateVariables([5])));
        Assert.Equal(["not-a-multiple"], Codes(() => new Dirac(3).CreateVariables([4, 4, 3])));
        Assert.Equal(["stacked-sizes"], Codes(() => new Stacked(0, (2, new Ones())).CreateVariables([3])));
        Assert.Equal(["not-positive"], Codes(() => new Ones().Residual(0).CreateVariables([3])));
        Assert.Equal(
            ["not-positive", "shape-negative"],
            Codes(() => new XavierNormal(-1).Scaled(2).CreateVariables([-3], fanIn: 1, fanOut: 1))
        );
        Assert.Equal(["literal-shape"], Codes(() => new Literal([1, 2]).CreateVariables([3])));
        Assert.Equal(["rank-unsupported"], Codes(() => new Stft().CreateVariables([4, 3])));
        Assert.Equal(["not-positive"], Codes(() => new Stft().CreateVariables([4, 1, 1])));
    }
}
