using System.Runtime.InteropServices;
using System.Text.Json;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>tables</c>, run as a process.</summary>
public sealed class TablesTests : InFolder
{
    [Fact]
    public void TablesHaveTheSpecTheSeamAndTheCoefficients()
    {
        var run = Run("tables", "triangular(low=0, mode=0.25, high=1)", "cauchy");
        Assert.Empty(run.Errors);
        var root = JsonDocument.Parse(run.Text).RootElement;
        Assert.Equal(1, root.GetProperty("bits").GetInt32());
        var tables = root.GetProperty("tables");
        Assert.Equal(
            ["triangular(low=0, mode=0.25, high=1)", "cauchy(loc=0, scale=1)"],
            tables.EnumerateArray().Select(table => table.GetProperty("spec").GetString())
        );

        // A quarter of the words is below the peak.
        var (triangular, cauchy) = (tables[0], tables[1]);
        Assert.Equal("40000000", triangular.GetProperty("float32").GetProperty("split").GetString());
        Assert.Equal("4000000000000000", triangular.GetProperty("float64").GetProperty("split").GetString());
        Assert.Equal(2 * 8 * 32 * sizeof(float), Coefficients(triangular, "float32").Length);
        Assert.Equal(2 * 18 * 64 * sizeof(double), Coefficients(triangular, "float64").Length);

        // One side serves both. The constant of octave 1 is the value at p = 3/16, with the largest error of this table.
        Assert.False(cauchy.GetProperty("float32").TryGetProperty("split", out _));
        var c = MemoryMarshal.Cast<byte, float>(Coefficients(cauchy, "float32"));
        Assert.Equal(8 * 32, c.Length);
        Assert.Equal((float)Math.Tan(Math.PI * (0.5 - (3.0 / 16))), c[1], 1e-5f);
    }

    [Theory]
    [InlineData("", "argument-missing")]
    [InlineData(" cauchy uniform he_normal nonsense", "argument-invalid fan-missing spec-unknown")]
    [InlineData(" truncated_normal(stddev=-1) orthogonal", "rank-unsupported stddev-not-positive")]
    public void SpecsWithoutATableAreRefusedAllAtOnce(string specs, string codes)
    {
        var run = Run(("tables" + specs).Split(' '));
        Assert.Equal(codes.Split(' '), run.Codes.Order());
        Assert.Equal((2, 0), (run.ExitCode, run.Output.Length));
    }

    private static byte[] Coefficients(JsonElement table, string dtype) =>
        table.GetProperty(dtype).GetProperty("coefficients").GetBytesFromBase64();
}
