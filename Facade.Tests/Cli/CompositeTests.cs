using System.Runtime.InteropServices;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Specs inside specs on the command line.</summary>
public sealed class CompositeTests : InFolder
{
    [Theory]
    [InlineData("orthogonal(gain=1)", "12,7", "float32")]
    [InlineData("orthogonal(gain=2)", "5,3,2", "float16")]
    [InlineData("delta_orthogonal(gain=1)", "6,4,3,3", "bfloat16")]
    [InlineData("dirac(groups=2)", "6,3,3", "float64")]
    [InlineData("identity(gain=1)", "3,5", "float32")]
    [InlineData("sparse(sparsity=0.3, inner=normal(mean=0, stddev=0.01))", "10,20", "float32")]
    [InlineData("scale(factor=0.5, inner=orthogonal)", "4,4", "float64")]
    [InlineData("stacked(axis=0, parts=[256: normal, 512: scale(0.5, sparse(0.5))])", "768,8", "float32")]
    public void FillVerifyAndTheFacadeAgree(string spec, string shape, string dtype)
    {
        Assert.Equal(
            0,
            Run("fill", spec, "--shape", shape, "--seed", "9", "--dtype", dtype, "--out", "w.safetensors").ExitCode
        );
        Assert.Equal(0, Run("verify", "w.safetensors").ExitCode);
        Assert.Equal(
            0,
            Run("fill", spec, "--shape", shape, "--seed", "9", "--dtype", dtype, "--out", "w.bin").ExitCode
        );
        using Tensor expected = Initializer
            .FromText(spec)
            .CreateVariables([.. shape.Split(',').Select(long.Parse)], dtype: DTypes.Parse(dtype), seed: 9);
        Assert.True(expected.AsSpan<byte>().SequenceEqual(File.ReadAllBytes(At("w.bin"))));
    }

    [Fact]
    public void AMatrixLargerThanAFilesBufferIsTheSameInPieces()
    {
        // 2,400 × 1,000 float32 are 9.6 MB, more than is written at once.
        Assert.Equal(0, Run("fill", "orthogonal", "--shape", "2400,1000", "--seed", "3", "--out", "w.bin").ExitCode);
        using Tensor expected = new Orthogonal().CreateVariables([2400, 1000], seed: 3);
        Assert.True(expected.AsSpan<byte>().SequenceEqual(File.ReadAllBytes(At("w.bin"))));
    }

    [Fact]
    public void ExplainTellsTheLawOfAComposite()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {"tensors": {"qkv": {"dtype": "F32", "shape": [12, 4]}, "w": {"dtype": "F32", "shape": [8, 8]}},
             "rules": [{"pattern": "qkv", "spec": "stacked(axis=0, parts=[4: he_normal, 8: zeros])", "layout": "oi"},
                       {"pattern": "w", "spec": "orthogonal"}]}
            """
        );
        var result = Run("init", "m.json", "--explain");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("orthogonal(gain=1)", result.Text, StringComparison.Ordinal);
        Assert.Contains("stacked(", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void FaultsComeTogether()
    {
        var result = Run(
            "fill",
            "stacked(axis=0, parts=[2: dirac(groups=0), 3: normal(stddev=x)])",
            "--shape",
            "6",
            "--out",
            "w.bin"
        );
        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["parameter-not-number"], result.Codes);
    }
}
