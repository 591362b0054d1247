using System.Buffers.Binary;
using System.Text;
using System.Xml.Linq;
using Initializers.Facade.Tests.Cli;

namespace Initializers.Facade.Tests.Plots;

/// <summary><c>plot</c>, run as a process.</summary>
public sealed class PlotCommandTests : InFolder
{
    private const string Model = """
        {
          "tensors": {
            "h.0.weight": {"dtype": "F32", "shape": [64, 32]},
            "h.1.weight": {"dtype": "F32", "shape": [64, 32]},
            "h.0.bias": {"dtype": "BF16", "shape": [64]},
            "steps": {"dtype": "I64", "shape": [8]},
            "empty": {"dtype": "F32", "shape": [0, 4]}
          },
          "rules": [
            {"pattern": "*.weight", "spec": "normal(stddev=0.02)"},
            {"pattern": "steps", "spec": "randint(low=0, high=5)"},
            {"pattern": "*", "spec": "zeros"}
          ]
        }
        """;

    [Fact]
    public void An_initializer_is_drawn_to_plot_png()
    {
        var run = Run("plot", "he_normal", "--shape", "64,32");
        Assert.Empty(run.Errors);
        Assert.StartsWith("plot.png: 1 tensor, 1240 × 884 pixels, ", run.Text, StringComparison.Ordinal);
        Assert.Equal((1240, 884), PngSize("plot.png"));
        Assert.Equal(["file-exists"], Run("plot", "he_normal").Codes);
        Assert.Equal(0, Run("plot", "orthogonal", "--force", "--width", "700", "--height", "300").ExitCode);
        Assert.Equal((700, 300), PngSize("plot.png"));
    }

    [Fact]
    public void An_svg_is_text_with_the_names()
    {
        Assert.Equal(
            0,
            Run("plot", "he_normal", "--shape", "64,32", "--panels", "histogram,quantiles", "--out", "a.svg").ExitCode
        );
        var texts = Texts("a.svg");
        Assert.Contains("he_normal · F32 64 × 32", texts);
        Assert.Contains("histogram", texts);
        Assert.Contains("quantiles of the expected distribution", texts);
        Assert.DoesNotContain("column", texts);
    }

    [Fact]
    public void A_model_is_a_sheet_of_the_kinds_of_its_tensors()
    {
        File.WriteAllText(At("m.json"), Model);
        var run = Run("plot", "m.json", "--out", "m.svg");
        Assert.Empty(run.Errors);
        Assert.StartsWith("m.svg: 3 kinds of tensors, ", run.Text, StringComparison.Ordinal);
        var texts = Texts("m.svg");
        Assert.Contains("m.json · 3 kinds of tensors", texts);
        Assert.Contains("h.0.weight (1 of 2)", texts);
        Assert.Contains("h.0.bias", texts);
        Assert.DoesNotContain("h.1.weight", texts);
        Assert.Equal(0, Run("plot", "m.json", "--tensor", "*.weight", "--out", "w.svg").ExitCode);
        Assert.Contains("h.1.weight", Texts("w.svg"));
    }

    [Fact]
    public void A_file_is_drawn_with_the_distributions_of_its_metadata_and_of_recipes()
    {
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "a.safetensors").ExitCode);
        Assert.Equal(0, Run("init", "m.json", "--seed", "2", "--out", "b.safetensors").ExitCode);
        Assert.Equal(0, Run("plot", "a.safetensors", "--tensor", "h.0.weight", "--out", "a.svg").ExitCode);
        Assert.Contains("expected", Texts("a.svg"));
        var run = Run(
            "plot",
            "a.safetensors",
            "--tensor",
            "h.0.weight",
            "--compare",
            "b.safetensors",
            "--out",
            "ab.svg"
        );
        Assert.Empty(run.Errors);
        Assert.Contains("quantiles of the compared values", Texts("ab.svg"));
        Assert.Contains("differences from the compared", Texts("ab.svg"));
        Assert.Equal(0, Run("plot", "a.safetensors", "--recipe", "m.json", "--out", "r.svg").ExitCode);
    }

    [Theory]
    [InlineData(
        "he_normall --panels q --width 3 --out x.jpg --compare nonsense",
        "argument-invalid argument-invalid argument-invalid spec-unknown spec-unknown"
    )]
    [InlineData("gpt2_hf", "argument-invalid")]
    [InlineData("missing.safetensors", "file-missing")]
    [InlineData("gpt2 --tensor nothing", "argument-invalid")]
    [InlineData("gpt2 --shape 3", "argument-conflict")]
    [InlineData("he_normal --recipe gpt2", "argument-conflict")]
    [InlineData("he_normal --shape 3", "fan-missing")]
    [InlineData("", "argument-missing")]
    [InlineData("normal --shape 0", "argument-invalid")]
    [InlineData("he_normal --compare gpt2", "argument-invalid")]
    [InlineData("gpt2 --tensor nothing --compare resnet18", "argument-invalid")]
    public void Faults_are_told_all_at_once_and_nothing_is_written(string words, string codes)
    {
        var run = Run(("plot " + words).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(codes.Split(' '), run.Codes.Order());
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(Directory.GetFiles(At(".")));
    }

    [Fact]
    public void Signals_of_a_probe_are_drawn()
    {
        string[] words =
        [
            "probe",
            "--depth",
            "4",
            "--width",
            "16",
            "--seeds",
            "2",
            "--spec",
            "he_normal",
            "--spec",
            "glorot_uniform",
        ];
        Assert.Equal(0, Run([.. words, "--out", "p.svg"]).ExitCode);
        Assert.All(
            ["mlp, relu", "signal", "gradient", "he_normal", "glorot_uniform"],
            text => Assert.Contains(text, Texts("p.svg"))
        );
        Assert.Equal(["file-exists"], Run([.. words, "--out", "p.svg"]).Codes);
        Assert.Equal(
            ["argument-invalid", "argument-invalid"],
            Run("probe", "--depth", "x", "--spec", "ones", "--out", "p.gif").Codes
        );
    }

    [Fact]
    public async Task Other_commands_need_none_of_the_libraries_that_draw()
    {
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            var name = Path.GetFileName(file);
            if (!name.Contains("Plot", StringComparison.Ordinal) && !name.StartsWith("Skia", StringComparison.Ordinal))
                File.Copy(file, At(name));
        }

        var arguments = new[] { At("Initializers.Cli.dll"), "init", "gpt2", "--seed", "1", "--explain" };
        var start = new System.Diagnostics.ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var text = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal((0, ""), (process.ExitCode, errors));
        Assert.Contains("wte.weight", await text, StringComparison.Ordinal);
    }

    private (int Width, int Height) PngSize(string name)
    {
        var bytes = File.ReadAllBytes(At(name));
        Assert.Equal("PNG", Encoding.ASCII.GetString(bytes, 1, 3));
        return (
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)),
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(20))
        );
    }

    private List<string> Texts(string name) =>
        [
            .. XDocument
                .Load(At(name))
                .Descendants()
                .Where(element => element.Name.LocalName == "text")
                .Select(element => element.Value.Trim()),
        ];
}
