using System.Text.Json;

namespace Initializers.Facade.Tests.Cli.Help;

/// <summary>Help, lists, completion and what a slip of the pen was meant to be.</summary>
public sealed class HelpTests : InFolder
{
    private static readonly string[] Commands =
    [
        "init",
        "finish",
        "fill-missing",
        "fill",
        "words",
        "tables",
        "inspect",
        "verify",
        "doctor",
        "plot",
        "probe",
        "list",
        "devices",
        "completion",
    ];

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("help")]
    public void The_overview_fits_a_terminal(string words)
    {
        var run = Run(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, 0), (run.ExitCode, run.Errors.Length));
        var lines = run.Text.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, Commands.Length, 24);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.All(
            Commands,
            name => Assert.Contains(lines, line => line.StartsWith($"  {name} ", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Help_of_commands_has_at_most_80_columns_before_the_examples()
    {
        foreach (var command in Commands)
        {
            var text = Run(command, "--help").Text.Split("Examples:")[0];
            Assert.All(text.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        }
    }

    [Theory]
    [InlineData("fil normal --shape 3 --out w.npy", "did you mean fill?")]
    [InlineData("fill he_norml --shape 3,4 --out w.npy", "did you mean he_normal?")]
    [InlineData("fill normal(stdev=3) --shape 3 --out w.npy", "did you mean stddev? It has mean, stddev.")]
    [InlineData("init gpt3 --seed 1 --out w.safetensors", "did you mean gpt2?")]
    [InlineData("init gpt2 --recipe llama --seed 1 --out w.safetensors", "did you mean llama_hf?")]
    [InlineData("list nonlinearitys", "did you mean nonlinearities?")]
    [InlineData("list he_norml", "did you mean he_normal?")]
    [InlineData("plot gp2", "did you mean gpt2?")]
    public void Slips_are_recognized(string words, string advice)
    {
        var run = Run(words.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(run.Errors, line => line.Contains(advice, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(At(".")));
    }

    [Fact]
    public void What_is_near_no_name_has_the_names()
    {
        var error = Assert.Single(Run("fill", "qqqqqqqq", "--shape", "3", "--out", "w.npy").Errors);
        Assert.Contains("known are axis_fans, batched", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_described_and_lists_are_JSON()
    {
        var text = Run("list", "he_normal").Text;
        Assert.StartsWith("he_normal(mode=fan_in, negative_slope=0, mean=0)\n", text, StringComparison.Ordinal);
        Assert.Contains("initializers plot he_normal", text, StringComparison.Ordinal);
        // A recipe and a model.
        Assert.Contains("list recipe gpt2", Run("list", "gpt2").Text, StringComparison.Ordinal);
        Assert.Contains("init gpt2 --explain", Run("list", "gpt2").Text, StringComparison.Ordinal);

        using var all = JsonDocument.Parse(Run("list", "--json").Text);
        Assert.Equal(
            ["initializers", "recipes", "models", "fan_modes", "layouts", "roles", "nonlinearities", "dtypes"],
            all.RootElement.EnumerateObject().Select(kind => kind.Name)
        );
        var normal = all
            .RootElement.GetProperty("initializers")
            .EnumerateArray()
            .Single(i => i.GetProperty("name").GetString() == "normal");
        Assert.Equal("normal(mean=0, stddev=1)", normal.GetProperty("signature").GetString());
        Assert.Equal(
            ["mean=0", "stddev=1"],
            normal
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(p => $"{p.GetProperty("name")}={p.GetProperty("default")}")
        );
        using var models = JsonDocument.Parse(Run("list", "models", "--json").Text);
        Assert.Equal("models", Assert.Single(models.RootElement.EnumerateObject()).Name);
        using var one = JsonDocument.Parse(Run("list", "siren", "--json").Text);
        Assert.Equal(["initializers", "recipes"], one.RootElement.EnumerateObject().Select(kind => kind.Name));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _initializers initializers")]
    [InlineData("zsh", "bashcompinit")]
    [InlineData("fish", "complete -c initializers -n __fish_use_subcommand -f -a init")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName initializers")]
    public void Scripts_of_shells_have_every_command_and_option(string shell, string phrase)
    {
        var script = Run("completion", shell).Text;
        Assert.Contains(phrase, script, StringComparison.Ordinal);
        Assert.All(Commands, name => Assert.Contains(name, script, StringComparison.Ordinal));
        foreach (
            var name in new[]
            {
                "max-shard-size",
                "false-alarm-rate",
                "panels",
                "he_normal",
                "llama_hf",
                "float8_e4m3fn",
                "gpt2",
            }
        )
            Assert.Contains(name, script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fi", "finish fill-missing fill")]
    [InlineData("fill he_", "he_normal he_uniform")]
    [InlineData("init gpt2 --recipe gpt2_", "gpt2_hf")]
    [InlineData("init gpt2 --max", "--max-shard-size")]
    [InlineData("init gpt2 --out m", "")]
    [InlineData("completion f", "fish")]
    [InlineData("list recipe gpt2_", "gpt2_hf")]
    [InlineData("probe --stack t", "transformer")]
    public void Bash_completes_words(string words, string expected)
    {
        var line = words.Split(' ');
        File.WriteAllText(At("completion.bash"), Run("completion", "bash").Text);
        File.WriteAllText(
            At("try.bash"),
            $"source completion.bash\nCOMP_WORDS=(initializers {words})\nCOMP_CWORD={line.Length}\n_initializers\necho \"${{COMPREPLY[*]}}\"\n"
        );
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("bash", ["try.bash"])
            {
                WorkingDirectory = At("."),
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal(expected, process.StandardOutput.ReadToEnd().Trim());
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void A_shell_that_is_not_known_is_refused()
    {
        Assert.Equal(["argument-invalid"], Run("completion", "tcsh").Codes);
        Assert.Equal(["argument-missing"], Run("completion").Codes);
    }

    [Fact]
    public void A_terminal_gets_repeated_layers_in_one_line()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {
              "tensors": {
                "a_rather_long_name_of_a_block.layers.0.self_attention.projection.weight": {"dtype": "F32", "shape": [64, 48]},
                "a_rather_long_name_of_a_block.layers.1.self_attention.projection.weight": {"dtype": "F32", "shape": [64, 48]},
                "h.0.bias": {"dtype": "F32", "shape": [64]}, "h.1.bias": {"dtype": "F32", "shape": [64]},
                "h.2.bias": {"dtype": "F32", "shape": [64]}, "head": {"dtype": "F32", "shape": [4]}
              },
              "rules": [{"pattern": "*", "spec": "normal(stddev=0.5)"}]
            }
            """
        );
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "m.safetensors").ExitCode);
        if (CliProcess.InTerminal(Folder, 80, "inspect m.safetensors") is not { } run)
            return;
        Assert.Equal(0, run.ExitCode);
        var lines = run.Text.Replace("\r", "", StringComparison.Ordinal).Split('\n');
        var table = lines.SkipWhile(line => !line.StartsWith("tensor ", StringComparison.Ordinal)).ToList();
        Assert.All(table, line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(table, line => line.StartsWith("h.{0…2}.bias ×3 ", StringComparison.Ordinal));
        Assert.Contains(table, line => line.StartsWith("a_rather", StringComparison.Ordinal) && line.Contains('…'));
        // The titles, three folds, and what is left out.
        Assert.Equal(5, table.TakeWhile(line => line.Length > 0).Count());
        Assert.Contains("(--wide shows min, max, zeros, too)", table);

        // All elements of a fold: those of the three tensors.
        double[] values =
        [
            .. Enumerable
                .Range(0, 3)
                .SelectMany(i =>
                    System
                        .Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(
                            new SafetensorsFile(At("m.safetensors")).Read($"h.{i}.bias")
                        )
                        .ToArray()
                )
                .Select(x => (double)x),
        ];
        var mean = values.Average();
        var stddev = Math.Sqrt(values.Average(x => (x - mean) * (x - mean)));
        var cells = table
            .Single(line => line.StartsWith("h.", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(mean.ToString("g4", System.Globalization.CultureInfo.InvariantCulture), cells[4]);
        Assert.Equal(stddev.ToString("g4", System.Globalization.CultureInfo.InvariantCulture), cells[5]);
    }

    [Fact]
    public void Several_files_are_inspected()
    {
        foreach (var name in new[] { "a.npy", "b.npy" })
            Assert.Equal(0, Run("fill", "ones", "--shape", "3", "--out", name).ExitCode);
        var text = Run("inspect", "a.npy", "b.npy").Text;
        Assert.StartsWith("==> a.npy <==\n", text, StringComparison.Ordinal);
        Assert.Contains("\n\n==> b.npy <==\n", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("inspect", "a.npy", "b.npy", "--json").Text);
        Assert.Equal(
            ["a.npy", "b.npy"],
            json.RootElement.EnumerateArray().Select(file => file.GetProperty("file").GetString())
        );
        var run = Run("inspect", "c.npy", "a.npy", "d.npy");
        Assert.Equal(["file-missing", "file-missing"], run.Codes);
        Assert.Empty(run.Text);
    }
}
