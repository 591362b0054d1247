using Initializers.Models;
using Initializers.Plots;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Plots;

/// <summary>Samples of tensors, and what pictures compute of them.</summary>
public sealed class FigureTests
{
    [Fact]
    public void A_sample_of_an_initializer_has_the_first_elements_of_its_tensor()
    {
        var request = new SampleRequest
        {
            Subject = "he_normal",
            Shape = "48,32",
            Seed = "7",
            Layout = "oi",
        };
        Assert.Empty(request.Faults());
        var sample = Assert.Single(request.Take(1000));
        using var tensor = new HeNormal().CreateVariables([48, 32], Layout.OutIn, seed: 7);
        Assert.Equal(tensor.ToArray<float>()[..1000].Select(x => (double)x), sample.Values.ToArray());
        Assert.Equal(Math.Sqrt(2 / 32.0), sample.Expected!.Stddev, 1e-12);
        Assert.Equal(("he_normal", "F32", 1), (sample.Initializer, sample.DType, sample.Represented));
        Assert.Equal(1536, request.Take()[0].Values.Length);
    }

    [Fact]
    public void A_sample_of_a_model_has_the_elements_that_init_writes()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "m.safetensors");
            new Models.ModelRequest
            {
                Blueprint = "resnet18",
                Seed = "3",
                Out = path,
            }.Write();
            var drawn = new SampleRequest { Subject = "resnet18", Seed = "3" }.Take(500);
            var read = new SampleRequest { Subject = path }.Take(500);
            Assert.Equal(
                drawn.Select(t => t.Name),
                read.Select(t => t.Name).OrderBy(name => drawn.ToList().FindIndex(t => t.Name == name))
            );
            foreach (var tensor in drawn)
            {
                var twin = read.Single(t => t.Name == tensor.Name);
                Assert.Equal(tensor.Values.ToArray(), twin.Values.ToArray());
                Assert.Equal(tensor.Expected!.Variance, twin.Expected!.Variance);
                Assert.Equal((tensor.Represented, tensor.DType), (twin.Represented, twin.DType));
            }
        }
        finally
        {
            folder.Delete(true);
        }
    }

    /// <summary>
    /// A large matrix has the singular values of Marchenko and Pastur's law, within 3 % of the largest. The seed is fixed, so
    /// there is no false alarm; a matrix with a standard deviation that is off by 5 %, and an orthogonal one, are distinguished.
    /// </summary>
    [Theory]
    [InlineData(256, 512)]
    [InlineData(512, 256)]
    [InlineData(300, 300)]
    public void Singular_values_of_independent_elements(int rows, int columns)
    {
        Assert.InRange(Distance(new RandomNormal(0, 0.1), rows, columns), 0, 0.03);
        Assert.InRange(Distance(new RandomNormal(0, 0.105), rows, columns), 0.035, 1);
        Assert.InRange(Distance(new Orthogonal(), rows, columns), 0.2, double.MaxValue);
    }

    [Fact]
    public void Pictures_of_unusual_tensors()
    {
        ReadOnlySpan<double[]> all =
        [
            [double.NaN, double.PositiveInfinity],
            [0],
            [1, 1, 1, 1],
            [1, double.NaN, 2, double.NegativeInfinity],
            [1e300, -1e300, 1e-300, 0],
            [1e308, -1e308, 1.7e308, 0],
            [double.MaxValue, double.MinValue],
            [1, 2, 2, 3],
        ];
        foreach (var values in all)
        {
            foreach (
                IReadOnlyList<long> shape in new IReadOnlyList<long>[] { [values.Length], [2, values.Length / 2], [] }
            )
            {
                var tensor = new TensorSample("a\u0007b", 1, "F64", shape, values, null, "");
                Assert.NotEmpty(Figure.Of(tensor).Png());
                Assert.Contains("</svg>", Figure.Of(tensor, compared: tensor).Svg(), StringComparison.Ordinal);
                Assert.NotEmpty(Figure.Sheet([tensor, tensor]).Png(200, 100));
            }
        }
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        var tensor = new TensorSample("a", 1, "F64", [2], new double[] { 1, 2 }, null, "");
        Assert.Throws<ArgumentOutOfRangeException>(() => Figure.Of(tensor, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Figure.Of(tensor).Png(0));
        Assert.Throws<ArgumentException>(() => Figure.Sheet([]));
        Assert.Throws<ArgumentNullException>(() => Figure.Of((TensorSample)null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleRequest { Subject = "normal" }.Take(0));
    }

    /// <summary>The largest distance of singular values from those expected for a standard deviation of 0.1, as a part of the
    /// largest one.</summary>
    private static double Distance(Initializer initializer, int rows, int columns)
    {
        using var tensor = initializer.CreateVariables([rows, columns], Layout.OutIn, seed: 5);
        double[] values = [.. tensor.ToArray<float>().Select(x => (double)x)];
        var sample = new TensorSample("w", 1, "F32", [rows, columns], values, null, "");
        var found = Spectrum.Of(Block.Of(sample, Spectrum.Most)!.Value);
        var expected = Spectrum.OfIndependent(rows, columns, 0.1);
        return found.Zip(expected, (x, y) => Math.Abs(x - y)).Max() / expected[0];
    }
}
