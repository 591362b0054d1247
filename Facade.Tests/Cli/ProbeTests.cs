using System.Text.Json.Nodes;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>probe</c>, run as a process on small networks.</summary>
public sealed class ProbeTests : InFolder
{
    private const string Mlp = """
        {
          "tensors": {
            "fc1.weight": {"dtype": "F32", "shape": [30, 20]},
            "fc1.bias": {"dtype": "F32", "shape": [30]},
            "fc2.weight": {"dtype": "F16", "shape": [10, 30]},
            "fc2.bias": {"dtype": "F32", "shape": [10]},
            "steps": {"dtype": "I64", "shape": [3, 5]}
          },
          "rules": [
            {"pattern": "*.weight", "spec": "he_normal", "layout": "oi"},
            {"pattern": "*", "spec": "zeros"}
          ]
        }
        """;

    private static readonly string[] Small = ["--depth", "9", "--width", "16", "--batch", "4"];

    private JsonObject Json(params string[] arguments)
    {
        var run = Run(["probe", .. arguments, "--json"]);
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        return JsonNode.Parse(run.Text)!.AsObject();
    }

    private static double[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(x => (double)x!)];

    [Fact]
    public void Json_has_every_layer_of_every_spec_with_the_theory()
    {
        var json = Json([.. Small, "--spec", "he_normal", "--spec", "orthogonal(gain=1)"]);
        var specs = json["specs"]!.AsArray();
        Assert.Equal(["he_normal", "orthogonal(gain=1)"], specs.Select(spec => (string)spec!["spec"]!));
        Assert.Equal(9, json["layers"]!.AsArray().Count);
        foreach (var spec in specs)
        {
            foreach (var name in new[] { "forward", "forward_low", "forward_high", "backward", "correlation" })
                Assert.Equal(9, Numbers(spec![name]).Length);
            foreach (var name in new[] { "forward", "backward", "chi", "correlation" })
                Assert.Equal(9, Numbers(spec!["theory"]![name]).Length);
            Assert.Equal(1, Numbers(spec!["theory"]!["backward"])[8]);
            Assert.InRange(Numbers(spec["backward"])[8], 0.5, 1.5);
        }

        Assert.All(Numbers(specs[0]!["theory"]!["chi"]), chi => Assert.Equal(1, chi, 1e-12));
        Assert.All(Numbers(specs[0]!["theory"]!["forward"]), stddev => Assert.Equal(Math.Sqrt(2), stddev, 1e-12));
        Assert.All(Numbers(specs[1]!["theory"]!["chi"]), chi => Assert.Equal(0.5, chi, 1e-6));
    }

    [Fact]
    public void Numbers_beyond_float64_and_missing_theories_are_null()
    {
        var far = Json("--depth", "300", "--width", "16", "--batch", "4", "--spec", "normal(stddev=30)")["specs"]![0]!;
        Assert.Null(far["forward"]![299]);
        Assert.Equal("explodes", (string)far["verdict"]!["forward"]!);
        var ones = Json([.. Small, "--spec", "ones"])["specs"]![0]!;
        Assert.Null(ones["theory"]);
        Assert.Contains("mean", (string)ones["theory_absent"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_have_eighty_columns_and_the_layers_of_powers_of_two()
    {
        var run = Run([
            "probe",
            .. Small,
            "--activation",
            "tanh",
            "--spec",
            "lecun_normal",
            "--spec",
            "normal(stddev=1e-9)",
            "--suggest",
            "--jacobian",
        ]);
        Assert.Equal(0, run.ExitCode);
        var lines = run.Text.Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(
            ["1", "2", "4", "8", "9"],
            lines
                .SkipWhile(line => !line.StartsWith("layer", StringComparison.Ordinal))
                .Skip(1)
                .Take(5)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])
        );
        Assert.Contains("SUGGESTION", lines);
        Assert.Contains(
            lines,
            line => line.StartsWith("  --spec \"variance_scaling(scale=2.53", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_suggested_scale_keeps_residual_networks()
    {
        var json = Json([.. Small, "--stack", "residual", "--spec", "he_normal", "--suggest"]);
        var scale = (double)json["suggestion"]!["scale"]!;
        // relu with a variance of 2: (1 + scale²)^9 = 2
        Assert.Equal(Math.Sqrt(Math.Pow(2, 1.0 / 9) - 1), scale, 1e-4);
        Assert.Equal(Math.Sqrt(2), Numbers(json["suggestion"]!["specs"]![0]!["theory"]!["forward"])[8], 1e-4);
    }

    [Fact]
    public void Layers_of_a_file_are_the_network()
    {
        File.WriteAllText(At("m.json"), Mlp);
        var json = Json("m.json", "--jacobian");
        Assert.Equal(["fc1.weight", "fc2.weight"], json["layers"]!.AsArray().Select(name => (string)name!));
        var spec = json["specs"]![0]!;
        Assert.Equal("m.json", (string)spec["spec"]!);
        Assert.Equal(Math.Sqrt(2), Numbers(spec["theory"]!["forward"])[1], 1e-3);
        // fan_out 10, weights of variance 2/30, half of the units
        Assert.Equal(1.0 / 3, Numbers(spec["theory"]!["chi"])[0], 1e-3);
        Assert.Equal([1, 2], spec["jacobian"]!.AsArray().Select(values => (int)values!["depth"]!));
        var other = Json("m.json", "--spec", "lecun_normal")["specs"]![0]!;
        Assert.Equal(1, Numbers(other["theory"]!["forward"])[0], 1e-3);
    }

    [Fact]
    public void All_stacks_run()
    {
        foreach (var stack in new[] { "mlp", "residual", "convolution", "transformer" })
        {
            var spec = Json("--stack", stack, "--depth", "2", "--width", "8", "--batch", "2", "--spec", "he_uniform");
            Assert.Equal(stack == "transformer", spec["specs"]![0]!["theory"] is null);
        }
    }

    [Fact]
    public void Every_fault_of_a_request_is_reported()
    {
        string[] wrong =
        [
            "probe",
            "--stack",
            "cnn",
            "--depth",
            "0",
            "--width",
            "x",
            "--batch",
            "1",
            "--seeds",
            "0",
            "--correlation",
            "2",
            "--activation",
            "rellu",
        ];
        var run = Run(wrong);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            [
                "argument-invalid",
                "argument-invalid",
                "argument-invalid",
                "nonlinearity-unknown",
                "argument-invalid",
                "argument-invalid",
                "argument-invalid",
                "argument-missing",
            ],
            run.Codes
        );
        Assert.Contains("--depth is '0'", run.Errors[1], StringComparison.Ordinal);
        Assert.Equal(
            ["heads-uneven"],
            Run("probe", "--stack", "transformer", "--heads", "3", "--spec", "he_normal").Codes
        );
        Assert.Equal(["argument-conflict"], Run("probe", "--kernel", "3", "--spec", "he_normal").Codes);
        Assert.Equal(["argument-conflict"], Run("probe", "m.json", "--width", "3").Codes);
        Assert.Equal(["stddev-negative"], Run("probe", "--spec", "normal(stddev=-1)").Codes);
    }

    [Fact]
    public void Files_whose_layers_are_not_one_after_the_other_are_refused()
    {
        File.WriteAllText(At("m.json"), Mlp.Replace("[10, 30]", "[10, 31]", StringComparison.Ordinal));
        Assert.Equal(["layers-not-chained"], Run("probe", "m.json").Codes);
        File.WriteAllText(At("m.json"), Mlp.Replace("[10, 30]", "[10, 30, 3, 3]", StringComparison.Ordinal));
        Assert.Equal(["layers-mixed"], Run("probe", "m.json", "--spec", "he_normal").Codes);
        File.WriteAllText(At("m.json"), """{"tensors": {"a": {"dtype": "F32", "shape": [3]}}}""");
        Assert.Equal(["layers-missing-in-file"], Run("probe", "m.json", "--spec", "he_normal").Codes);
    }

    [Fact]
    public void The_facade_gives_the_numbers_of_the_tool()
    {
        var report = new Propagation
        {
            Depth = "9",
            Width = "16",
            Batch = "4",
            Specs = ["he_normal"],
            Jacobian = true,
        }.Run();
        var spec = Assert.Single(report.Specs);
        Assert.Equal(Numbers(Json([.. Small, "--spec", "he_normal"])["specs"]![0]!["forward"]), spec.Forward.Mean);
        Assert.Equal([1, 4, 9], spec.Jacobian.Select(values => values.Depth));
        Assert.Equal("holds", spec.ForwardVerdict);
        Assert.Empty(report.Suggested);
        Assert.Null(report.SuggestedScale);
        Assert.Equal("argument-missing", Assert.Single(new Propagation().Faults()).Code);
    }
}
