using System.Text.Json.Nodes;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>doctor</c>, run as a process on files that the program writes and such files changed.</summary>
public sealed class DoctorTests : InFolder
{
    private const string Model = """
        {
          "tensors": {
            "wte.weight": {"dtype": "F32", "shape": [300, 64]},
            "h.0.mlp.weight": {"dtype": "F32", "shape": [96, 64]},
            "h.1.mlp.weight": {"dtype": "F32", "shape": [96, 64]},
            "h.0.mlp.bias": {"dtype": "F32", "shape": [96]},
            "ids": {"dtype": "I64", "shape": [3]}
          },
          "rules": [
            {"pattern": "wte.weight", "spec": "normal(stddev=0.02)"},
            {"pattern": "*.mlp.weight", "spec": "kaiming_normal", "layout": "oi"},
            {"pattern": "*", "spec": "zeros"}
          ]
        }
        """;

    [Fact]
    public void A_right_model_has_no_fault()
    {
        Init();
        var run = Run("doctor", "m.safetensors", "--recipe", "m.json");
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        var lines = run.Text.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.DoesNotContain("FAULTS", lines);
        Assert.Contains("recipe m.json: rules for 5 of 5 tensors", lines);
        Assert.Matches(@"^5 tensors, 31,587 values, [0-9]+\.[0-9] s$", lines[^2]);
        Assert.Equal("m.safetensors: no fault (false-alarm rate 1e-06)", lines[^1]);
    }

    [Fact]
    public void A_fault_is_a_page_of_80_columns_and_exit_code_1()
    {
        Init();
        Copy("h.0.mlp.weight", "h.1.mlp.weight");
        var run = Run("doctor", "m.safetensors");
        Assert.Equal((1, "faults-found"), (run.ExitCode, Assert.Single(run.Codes)));
        var lines = run.Text.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal("FAULTS", lines[0]);
        Assert.Equal("  equal-tensors  h.0.mlp.weight", lines[1]);
        Assert.Equal("    It has the bytes of 'h.1.mlp.weight'.", lines[2]);
        Assert.StartsWith("    -> Draw each tensor from its own stream", lines[3], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("h.*.mlp.weight", StringComparison.Ordinal));
        Assert.Equal("m.safetensors: 1 fault in 1 tensor (false-alarm rate 1e-06)", lines[^1]);
    }

    [Fact]
    public void The_JSON_has_findings_and_tensors()
    {
        Init();
        Copy("h.0.mlp.weight", "h.1.mlp.weight");
        var run = Run("doctor", "m.safetensors", "--recipe", "m.json", "--against", "m.safetensors", "--json");
        Assert.Equal(1, run.ExitCode);
        var report = JsonNode.Parse(run.Text)!;
        Assert.False((bool)report["right"]!);
        Assert.Equal("m.json", (string)report["recipe"]!);
        Assert.Equal("same", (string)report["against"]!["descent"]!);
        Assert.Equal(5, (int)report["summary"]!["tensors"]!);
        var finding = Assert.Single(report["findings"]!.AsArray())!;
        Assert.Equal("equal-tensors", (string)finding["code"]!);
        Assert.Equal("fault", (string)finding["severity"]!);
        Assert.Equal("h.1.mlp.weight", (string)finding["others"]![0]!);
        var tensor = report["tensors"]!.AsArray().First(t => (string)t!["name"]! == "wte.weight")!;
        Assert.Equal("normal(mean=0, stddev=0.02)", (string)tensor["expected"]!);
        Assert.Equal(6, tensor["checks"]!.AsArray().Count);
        Assert.All(tensor["checks"]!.AsArray(), check => Assert.True((bool)check!["passed"]!));
    }

    [Fact]
    public void The_page_needs_no_other_file_and_replaces_none()
    {
        Init();
        Copy("h.0.mlp.weight", "h.1.mlp.weight");
        Assert.Equal(1, Run("doctor", "m.safetensors", "--html", "r.html").ExitCode);
        var page = File.ReadAllText(At("r.html"));
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
        Assert.Contains("<strong>equal-tensors</strong> <code>h.0.mlp.weight</code>", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        var again = Run("doctor", "m.safetensors", "--html", "r.html");
        Assert.Equal((2, "file-exists"), (again.ExitCode, Assert.Single(again.Codes)));
        Assert.Contains("--force", again.Errors[0], StringComparison.Ordinal);
        Assert.Equal(1, Run("doctor", "m.safetensors", "--html", "r.html", "--force").ExitCode);
    }

    [Fact]
    public void A_name_is_no_markup()
    {
        File.WriteAllText(
            At("m.json"),
            """{"tensors": {"<b>&.weight": {"dtype": "F32", "shape": [9, 9]}}, "rules": [{"pattern": "*", "spec": "zeros"}]}"""
        );
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "m.safetensors").ExitCode);
        Assert.Equal(1, Run("doctor", "m.safetensors", "--html", "r.html").ExitCode);
        var page = File.ReadAllText(At("r.html"));
        Assert.Contains("&lt;b&gt;&amp;.weight", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_request_is_exit_code_2()
    {
        Init();
        var run = Run("doctor", "absent", "--recipe", "gtp2", "--false-alarm-rate", "0", "--jsn");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            ["argument-invalid", "argument-unknown", "file-missing", "recipe-unknown"],
            run.Codes.Order(StringComparer.Ordinal)
        );
        Assert.Contains(run.Errors, line => line.Contains("--false-alarm-rate", StringComparison.Ordinal));
        Assert.Equal(["argument-missing"], Run("doctor").Codes);
    }

    [Fact]
    public void The_library_says_the_same_as_the_tool()
    {
        Init();
        Assert.True(
            new Doctor { File = At("m.safetensors"), Recipe = At("m.json") }
                .Examine()
                .IsRight
        );
        Copy("h.0.mlp.weight", "h.1.mlp.weight");
        var report = new Doctor { File = At("m.safetensors") }.Examine();
        var fault = Assert.Single(report.Faults);
        Assert.Equal(("equal-tensors", "h.0.mlp.weight"), (fault.Code, fault.Tensor));
        Assert.Equal(["faults-found"], Make.Codes(report.EnsureRight));
    }

    private void Init()
    {
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("init", "m.json", "--seed", "42", "--out", "m.safetensors").ExitCode);
    }

    /// <summary>Copies a tensor's bytes over another's.</summary>
    private void Copy(string from, string to)
    {
        var file = new SafetensorsFile(At("m.safetensors"));
        var bytes = file.Read(from);
        using var stream = File.OpenWrite(At("m.safetensors"));
        stream.Position = stream.Length - file.Tensors.Values.Max(t => t.Offset + t.Bytes) + file.Tensors[to].Offset;
        stream.Write(bytes);
    }
}
