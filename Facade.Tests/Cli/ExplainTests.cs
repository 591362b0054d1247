namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init --explain</c>, and how <c>init</c> words what it tells.</summary>
public sealed class ExplainTests : InFolder
{
    [Fact]
    public void ExplainShowsEachTensorAndWritesNothing()
    {
        File.WriteAllText(At("m.json"), InitTests.Small);
        var run = Run("init", "m.json", "--explain");
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["m.json"], Listing());
        Assert.Equal(
            """
            tensor       dtype  shape      rule         initializer                                                fan          distribution                     mean  stddev
            conv.bias    BF16   [3]        *.bias       zeros                                                      -            zeros                            0     0
            conv.weight  F32    [8,4,3,3]  conv.*       kaiming_normal(mode=fan_out)                               fan_out=72   normal(mean=0, stddev=0.166667)  0     0.166667
            empty        F16    [0,7]      *            normal(mean=0, stddev=0.02)                                -            normal(mean=0, stddev=0.02)      -     -
            head.weight  F32    [5,3]      h??d.weight  fan_uniform(numerator=6, mode=fan_sum, power=0.5, gain=1)  fan_sum=150  uniform(low=-0.2, high=0.2)      0     0.11547

            """.ReplaceLineEndings("\n"),
            run.Text.ReplaceLineEndings("\n")
        );
        // With a whole command line before it, too.
        Assert.Equal(run.Text, Run("init", "m.json", "--seed", "1", "--out", "a.safetensors", "--explain").Text);
        Assert.Equal(["m.json"], Listing());
    }

    [Fact]
    public void OneIsSingularAndMinusZeroIsZero()
    {
        File.WriteAllText(
            At("m.json"),
            """{"tensors": {"a": {"dtype": "F32", "shape": [1]}}, "rules": [{"pattern": "*", "spec": "constant(-0.0)"}]}"""
        );
        var run = Run("init", "m.json", "--seed", "1", "--out", "m.safetensors");
        Assert.Contains("m.safetensors: 1 tensor, 1 value, ", run.Text, StringComparison.Ordinal);
        var explained = Run("init", "m.json", "--explain").Text.Split('\n')[1];
        Assert.EndsWith("  0     0", explained, StringComparison.Ordinal);
        Assert.DoesNotContain(" -0 ", Run("inspect", "m.safetensors").Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"mean\": -0", Run("inspect", "m.safetensors", "--json").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ARecipeThatDoesNotFitNamesTenTensorsAndCountsTheOthers()
    {
        var tensors = string.Join(
            ',',
            Enumerable.Range(0, 25).Select(i => $$"""  "x{{i}}": {"dtype": "F32", "shape": [1]}""")
        );
        File.WriteAllText(At("m.json"), $"{{{tensors}}}");
        var run = Run("init", "m.json", "--recipe", "gpt2", "--explain");
        Assert.Equal(Enumerable.Repeat("tensor-unmatched", 11), run.Codes);
        Assert.Equal("error[tensor-unmatched]: no rule matches tensor 'x9'.", run.Errors[9]);
        Assert.Equal("error[tensor-unmatched]: no rule matches 15 more tensors.", run.Errors[10]);
        Assert.Equal(
            25,
            new Models.ModelRequest { Blueprint = At("m.json"), Recipe = "gpt2" }
                .ExplainFaults()
                .Count
        );
    }

    [Fact]
    public void NamesOfAnyKindStandInTheirColumn()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {
              "tensors": {
                "": {"dtype": "F32", "shape": []},
                "重み": {"dtype": "U32", "shape": [0, 9223372036854775807]},
                "a\u001b[2J": {"dtype": "F16", "shape": [1]}
              },
              "rules": [
                {"pattern": "重*", "spec": "constant(4294967295)"},
                {"pattern": "*", "spec": {"class_name": "HeNormal"}, "fan_in": 8}
              ]
            }
            """
        );
        Assert.Equal(
            """
            tensor      dtype  shape                    rule  initializer                                                            fan       distribution                                                  mean  stddev
            ""          F32    []                       *     variance_scaling(scale=2, mode=fan_in, distribution=truncated_normal)  fan_in=8  trunc_normal(mean=0, stddev=0.568424, a=-1.13685, b=1.13685)  0     0.5
            重み        U32    [0,9223372036854775807]  重*   constant(value=4294967295)                                             -         constant(value=4294967295)                                    -     -
            a\u001b[2J  F16    [1]                      *     variance_scaling(scale=2, mode=fan_in, distribution=truncated_normal)  fan_in=8  trunc_normal(mean=0, stddev=0.568424, a=-1.13685, b=1.13685)  0     0.5

            """.ReplaceLineEndings("\n"),
            Run("init", "m.json", "--explain").Text
        );
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "m.safetensors").ExitCode);
        Assert.Contains("\n\"\"    ", Run("inspect", "m.safetensors").Text, StringComparison.Ordinal);
    }
}
