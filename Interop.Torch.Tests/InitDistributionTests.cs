using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

using FanInOut = TorchSharp.torch.nn.init.FanInOut;
using NonlinearityType = TorchSharp.torch.nn.init.NonlinearityType;

/// <summary>The functions of <see cref="torch_init"/> against the distributions that PyTorch documents, and against texts.</summary>
public class InitDistributionTests
{
    private sealed record Case(
        Func<torch.Tensor, Seed, torch.Tensor> Fill,
        string Text,
        Func<double, double, Expected> Expected,
        bool NeedsFans = true
    );

    private static Case Free(Func<torch.Tensor, Seed, torch.Tensor> fill, string text, Expected expected) =>
        new(fill, text, (_, _) => expected, NeedsFans: false);

    private static Expected Wide(double variance) =>
        Expected.Uniform(-Math.Sqrt(3 * variance), Math.Sqrt(3 * variance));

    private static Expected Bell(double variance) => Expected.Normal(0, Math.Sqrt(variance));

    private static readonly Case[] Cases =
    [
        Free((w, s) => torch_init.uniform_(w, seed: s), "uniform_()", Expected.Uniform(0, 1)),
        Free((w, s) => torch_init.uniform_(w, -0.3, 0.7, s), "uniform_(a=-0.3, b=0.7)", Expected.Uniform(-0.3, 0.7)),
        Free((w, s) => torch_init.normal_(w, seed: s), "normal_()", Expected.Normal(0, 1)),
        Free((w, s) => torch_init.normal_(w, 1, 0.02, s), "normal_(mean=1, std=0.02)", Expected.Normal(1, 0.02)),
        Free((w, s) => torch_init.trunc_normal_(w, seed: s), "trunc_normal_()", Expected.TruncNormal(0, 1, -2, 2)),
        Free(
            (w, s) => torch_init.trunc_normal_(w, std: 0.02, seed: s),
            "trunc_normal_(std=0.02)",
            Expected.TruncNormal(0, 0.02, -2, 2)
        ),
        Free(
            (w, s) => torch_init.trunc_normal_(w, 0.5, 1, 0, 2, s),
            "trunc_normal_(mean=0.5, std=1, a=0, b=2)",
            Expected.TruncNormal(0.5, 1, 0, 2)
        ),
        new((w, s) => torch_init.xavier_uniform_(w, seed: s), "xavier_uniform_()", (i, o) => Wide(2 / (i + o))),
        new(
            (w, s) => torch_init.xavier_uniform_(w, 5.0 / 3, s),
            "xavier_uniform_(gain=5/3)",
            (i, o) => Wide(25.0 / 9 * 2 / (i + o))
        ),
        new(
            (w, s) => torch_init.glorot_uniform_(w, 0.5, s),
            "xavier_uniform_(gain=0.5)",
            (i, o) => Wide(0.5 / (i + o))
        ),
        new((w, s) => torch_init.xavier_normal_(w, seed: s), "xavier_normal_()", (i, o) => Bell(2 / (i + o))),
        new((w, s) => torch_init.xavier_normal_(w, 3, s), "xavier_normal_(gain=3)", (i, o) => Bell(18 / (i + o))),
        new((w, s) => torch_init.glorot_normal_(w, seed: s), "xavier_normal_()", (i, o) => Bell(2 / (i + o))),
        new((w, s) => torch_init.kaiming_uniform_(w, seed: s), "kaiming_uniform_()", (i, _) => Wide(2 / i)),
        new(
            (w, s) => torch_init.kaiming_uniform_(w, a: Math.Sqrt(5), seed: s),
            "kaiming_uniform_(a=sqrt(5))",
            (i, _) => Wide(1 / (3 * i))
        ),
        new(
            (w, s) => torch_init.kaiming_uniform_(w, 0.3, "fan_out", "relu", s),
            "kaiming_uniform_(a=0.3, mode='fan_out', nonlinearity='relu')",
            (_, o) => Wide(2 / o)
        ),
        new(
            (w, s) => torch_init.kaiming_uniform_(w, 0.2, FanInOut.FanOut, NonlinearityType.LeakyReLU, s),
            "kaiming_uniform_(a=0.2, mode='fan_out')",
            (_, o) => Wide(2 / (1.04 * o))
        ),
        new((w, s) => torch_init.kaiming_normal_(w, seed: s), "kaiming_normal_()", (i, _) => Bell(2 / i)),
        new(
            (w, s) => torch_init.kaiming_normal_(w, nonlinearity: "tanh", seed: s),
            "kaiming_normal_(nonlinearity='tanh')",
            (i, _) => Bell(25.0 / 9 / i)
        ),
        new(
            (w, s) => torch_init.kaiming_normal_(w, mode: "fan_out", nonlinearity: "selu", seed: s),
            "kaiming_normal_(mode='fan_out', nonlinearity='selu')",
            (_, o) => Bell(9.0 / 16 / o)
        ),
        new(
            (w, s) =>
                torch_init.kaiming_normal_(w, mode: FanInOut.FanIn, nonlinearity: NonlinearityType.Conv2D, seed: s),
            "kaiming_normal_(nonlinearity='conv2d')",
            (i, _) => Bell(1 / i)
        ),
    ];

    // Each has more than 10^4 elements, as the checks of moments ask.
    private static readonly long[][] Shapes =
    [
        [512, 256],
        [40, 400],
        [128, 16, 9],
        [64, 32, 3, 3],
        [16, 8, 3, 5, 10],
        [20000],
    ];

    public static TheoryData<int, int> Fills
    {
        get
        {
            TheoryData<int, int> fills = [];
            for (int i = 0; i < Cases.Length * Shapes.Length; i++)
            {
                (int one, int shape) = (i / Shapes.Length, i % Shapes.Length);
                if (Shapes[shape].Length > 1 || !Cases[one].NeedsFans)
                {
                    fills.Add(one, shape);
                }
            }

            return fills;
        }
    }

    private static Expected ExpectedOf(Case one, long[] shape)
    {
        double field = shape.Skip(2).Aggregate(1.0, (product, size) => product * size);
        return shape.Length > 1
            ? one.Expected(shape[1] * field, shape[0] * field)
            : one.Expected(double.NaN, double.NaN);
    }

    [Theory]
    [MemberData(nameof(Fills))]
    public void AFunctionHasTheDistributionThatPyTorchDocumentsAndTheBitsOfItsText(int index, int shape)
    {
        Case one = Cases[index];
        torch.Tensor tensor = empty(Shapes[shape]);
        Assert.Same(tensor, one.Fill(tensor, 7));
        Assert.Empty(ExpectedOf(one, Shapes[shape]).Rejections(tensor));
        Assert.Equal(empty(Shapes[shape]).initialize_(one.Text, 7).Bytes(), tensor.Bytes());
    }

    [Fact]
    public void TheSameChecksRejectTorchSharp()
    {
        long[] shape = [512, 256];
        torch.random.manual_seed(7);
        Assert.Equal(["distance"], Bell(2.0 / 768).Rejections(nn.init.xavier_normal_(empty(shape))));
        Assert.Equal(
            ["distance", "mean", "variance"],
            Expected.TruncNormal(0, 1, -2, 2).Rejections(nn.init.trunc_normal_(empty(shape)))
        );
        Assert.Empty(Wide(2.0 / 768).Rejections(nn.init.xavier_uniform_(empty(shape))));
    }

    public static TheoryData<long, long> Matrices =>
        new()
        {
            { 64, 64 },
            { 10, 300 },
            { 300, 10 },
        };

    [Theory]
    [MemberData(nameof(Matrices))]
    public void OrthogonalHasOrthonormalRowsOrColumnsTimesTheGain(long rows, long columns)
    {
        torch.Tensor tensor = torch_init.orthogonal_(empty(rows, columns / 2, 2), 1.5, 7);
        torch.Tensor matrix = tensor.reshape(rows, columns).to(ScalarType.Float64);
        torch.Tensor product = rows <= columns ? matrix.mm(matrix.t()) : matrix.t().mm(matrix);
        torch.Tensor expected = 2.25 * eye(Math.Min(rows, columns), dtype: ScalarType.Float64);
        Assert.InRange((product - expected).abs().max().item<double>(), 0, 1e-5);
        Assert.Equal(empty(rows, columns / 2, 2).initialize_("orthogonal_(gain=1.5)", 7).Bytes(), tensor.Bytes());
    }

    /// <summary>A row of a Haar-distributed matrix of 3 columns is a point on the sphere, whose coordinates are uniform
    /// (Archimedes): n = 20,000 matrices, false alarms 1e-6 a check.</summary>
    [Fact]
    public void AnElementOfOrthogonal3x3IsUniform()
    {
        torch.Tensor matrix = empty(3, 3);
        Seed model = 7;
        double[] Elements(long row, long column) =>
            [
                .. Enumerable
                    .Range(0, 20_000)
                    .Select(k =>
                        (double)torch_init.orthogonal_(matrix, 1, model.Child($"{k}"))[row, column].item<float>()
                    ),
            ];

        Assert.Empty(Expected.Uniform(-1, 1).Rejections(Elements(1, 2)));
    }

    /// <summary>The zeros of 30 of 100 rows in each of 4,000 columns: a row has 1,200 ± 29 of them. Six deviations, 100 rows:
    /// false alarms 2e-7 by the normal expected. The other n = 280,000 elements are checked like those of normal_.</summary>
    [Fact]
    public void SparseHasZerosInEachColumnAndNormalElementsElsewhere()
    {
        torch.Tensor tensor = torch_init.sparse_(empty(100, 4000), 0.295, 0.5, 7);
        using torch.Tensor isZero = tensor.eq(0);
        Assert.Equal(30, isZero.sum(0L).min().item<long>());
        Assert.Equal(30, isZero.sum(0L).max().item<long>());
        torch.Tensor rows = isZero.sum(1L).to(ScalarType.Float64) - 1200;
        Assert.InRange(rows.abs().max().item<double>(), 1, 6 * Math.Sqrt(4000 * 0.3 * 0.7));
        double[] others = [.. tensor.Floats().Where(x => x != 0).Select(x => (double)x)];
        Assert.Equal(280_000, others.Length);
        Assert.Empty(Expected.Normal(0, 0.5).Rejections(others));
        Assert.Equal(empty(100, 4000).initialize_("sparse_(sparsity=0.295, std=0.5)", 7).Bytes(), tensor.Bytes());
    }

    [Fact]
    public void FunctionsWithoutDrawsHavePyTorchsElements()
    {
        Assert.All(torch_init.ones_(zeros(3, 4)).Floats(), x => Assert.Equal(1, x));
        Assert.All(torch_init.zeros_(ones(3, 4)).Floats(), x => Assert.Equal(0, x));
        Assert.All(torch_init.constant_(ones(3), 0.5).Floats(), x => Assert.Equal(0.5f, x));
        Assert.All(torch_init.constant_(zeros(3), 1).Floats(), x => Assert.Equal(1, x));
        Assert.All(torch_init.constant_(ones(3), 0.5.ToScalar()).Floats(), x => Assert.Equal(0.5f, x));
        foreach ((long rows, long columns) in new[] { (3L, 5L), (5L, 3L), (4L, 4L) })
        {
            Assert.Equal(eye(rows, columns).Floats(), torch_init.eye_(ones(rows, columns)).Floats());
        }

        foreach (long[] shape in new long[][] { [6, 3, 4], [6, 3, 4, 5], [6, 3, 4, 5, 3] })
        {
            Assert.Equal(nn.init.dirac_(ones(shape)).Floats(), torch_init.dirac_(ones(shape)).Floats());
            torch.Tensor one = nn.init.dirac_(ones([2, .. shape[1..]]));
            Assert.Equal(cat([one, one, one]).Floats(), torch_init.dirac_(ones(shape), 3).Floats());
        }
    }
}
