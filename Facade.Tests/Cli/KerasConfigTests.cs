using System.Text.Json;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Keras configs, tensors without elements and shards, from the command line and from C#.</summary>
public sealed class KerasConfigTests : InFolder
{
    /// <summary>Blueprints of one tensor by a Keras config, with the distribution that <c>--explain</c> shows.</summary>
    public static TheoryData<string, string, string, string> Laws() =>
        new()
        {
            {
                "4, 8",
                ", \"layout\": \"io\"",
                """{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null, "input_axes": null, "output_axes": null}, "registered_name": null}""",
                "fan_avg=6    uniform(low=-0.707107, high=0.707107)"
            },
            {
                "512, 8, 64",
                "",
                """{"class_name": "GlorotUniform", "config": {"input_axes": [0], "output_axes": [1, 2]}}""",
                "fan_avg=512  uniform(low=-0.0765466, high=0.0765466)"
            },
            {
                "4, 8",
                ", \"layout\": \"io\"",
                """{"class_name": "HeUniform", "config": {"seed": null}, "registered_name": null, "shared_object_id": 140201}""",
                "fan_in=4    uniform(low=-1.22474, high=1.22474)"
            },
            {
                "3, 3, 4, 8",
                ", \"layout\": \"hwio\"",
                """{"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "distribution": "normal", "seed": null}}""",
                "fan_in=36    trunc_normal("
            },
            {
                "32, 128",
                "",
                """{"class_name": "OrthogonalInitializer", "config": {"gain": 1.0, "seed": null}}""",
                "-    orthogonal(gain=1)"
            },
        };

    [Theory]
    [MemberData(nameof(Laws))]
    public void The_law_of_a_config_is_shown_and_its_file_verified(
        string shape,
        string layout,
        string config,
        string law
    )
    {
        File.WriteAllText(
            At("m.json"),
            $$$"""{"tensors": {"w": {"dtype": "F32", "shape": [{{{shape}}}]}}, "rules": [{"pattern": "*"{{{layout}}}, "spec": {{{config}}}}]}"""
        );
        var run = Run("init", "m.json", "--explain");
        Assert.Empty(run.Errors);
        Assert.Contains(string.Join(' ', law.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Words(run.Text));
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "w.safetensors").ExitCode);
        Assert.Contains("all equal", Run("verify", "w.safetensors").Text, StringComparison.Ordinal);

        static string Words(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Kernels_of_Keras_are_flattened_as_Keras_does_from_every_door()
    {
        const string Config = """{"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": null}}""";
        long[] shape = [3, 3, 2, 4];
        using var fromJson = Initializer.FromJson(Config).CreateVariables(shape, seed: 1);
        using var parsed = Initializer.FromSpec(InitializerSpec.ParseJson(Config)).CreateVariables(shape, seed: 1);
        using var built = Initializer
            .FromSpec(InitializerSpec.Orthogonal().WithDefaultLayout(Layout.SpatialInOut))
            .CreateVariables(shape, seed: 1);
        var values = fromJson.ToArray<float>();
        Assert.Equal(values, parsed.ToArray<float>());
        Assert.Equal(values, built.ToArray<float>());
        for (var i = 0; i < 4; i++)
        {
            for (var j = 0; j < 4; j++)
            {
                var dot = Enumerable.Range(0, 18).Sum(row => values[row * 4 + i] * values[row * 4 + j]);
                Assert.Equal(i == j ? 1f : 0f, dot, 1e-5f);
            }
        }

        var text = InitializerSpec.ParseJson(Config).ToString();
        Assert.Equal("default_layout(layout=hwio, inner=orthogonal(gain=1))", text);
        string[] fill = ["fill", text, "--shape", "3,3,2,4", "--seed", "1", "--out", "o.safetensors"];
        Assert.Equal(0, Run(fill).ExitCode);
        var file = new SafetensorsFile(At("o.safetensors"));
        Assert.Equal(
            values,
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Read("tensor")).ToArray()
        );
        Assert.Equal(0, Run("verify", "o.safetensors").ExitCode);
    }

    [Fact]
    public void Fans_of_axes_hold_in_every_call_and_are_written_for_Keras()
    {
        var spec = Compat.Keras.HeUniform.WithFanAxes([1], [2]);
        using var experts = Initializer.FromSpec(spec).CreateVariables([8, 256, 16], seed: 3);
        using var expected = Initializer
            .FromSpec(Compat.Keras.HeUniform)
            .CreateVariables([8, 256, 16], fanIn: 256, seed: 3);
        Assert.Equal(expected.ToArray<float>(), experts.ToArray<float>());
        Assert.Equal(spec, InitializerSpec.Parse(spec.ToString()));
        Assert.Equal(spec, InitializerSpec.ParseJson(spec.ToJson()));
        Assert.Equal(spec, InitializerSpec.ParseJson(spec.ToKerasJson()));
        Assert.Equal((256, 1024), Compat.Keras.Fans([8, 256, 1024], [1], [2]));
        Assert.Equal((8, 16), Compat.Keras.Fans([3, 3, 8, 16], [2], [3]));
        Assert.Equal((64, 48), Compat.Keras.Fans([3, 3, 8, 16], [-2, 2], [0, -1]));
        Assert.Equal(["axis-out-of-range"], Make.Codes(() => Compat.Keras.Fans([3, 3], [2], [0])));
        Assert.Throws<ArgumentNullException>(() => Compat.Keras.HeUniform.WithFanAxes(null!, [0]));
    }

    [Fact]
    public void Minus_zero_is_a_float_to_Python()
    {
        using var config = JsonDocument.Parse(InitializerSpec.Parse("constant(-0.0)").ToKerasJson());
        Assert.Equal("-0.0", config.RootElement.GetProperty("config").GetProperty("value").GetRawText());
        Assert.Equal("""{"initializer": "constant", "value": -0.0}""", InitializerSpec.Constant(-0.0).ToJson());
    }

    [Fact]
    public void A_model_with_tensors_without_elements_is_written_and_explained()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {"tensors": {"a.weight": {"dtype": "F32", "shape": [5, 0]}, "b.weight": {"dtype": "BF16", "shape": [0, 5]}, "b.bias": {"dtype": "F32", "shape": [5]},
                         "c.kernel": {"dtype": "F64", "shape": [0, 3, 3]}, "d.kernel": {"dtype": "F32", "shape": [4, 2, 3]}},
             "rules": [{"pattern": "*.weight", "layout": "oi", "spec": "kaiming_uniform(a=2.23606797749979)"}, {"pattern": "c.*", "spec": "delta_orthogonal"},
                       {"pattern": "d.*", "spec": "dirac(groups=2)"}, {"pattern": "*", "spec": "zeros"}]}
            """
        );
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "o.safetensors").ExitCode);
        Assert.Equal(0, Run("verify", "o.safetensors").ExitCode);
        var rows = Run("init", "m.json", "--explain").Text.Split('\n');
        Assert.DoesNotContain("NaN", string.Join('\n', rows), StringComparison.Ordinal);
        foreach (var name in new[] { "a.weight", "b.weight", "c.kernel" })
        {
            var row = rows.Single(r => r.StartsWith(name, StringComparison.Ordinal));
            Assert.Matches(" {2}- +-$", row);
        }

        Assert.Matches(@"  dirac\(groups=2\) +0\.1", rows.Single(r => r.StartsWith("d.", StringComparison.Ordinal)));
        using var fromCSharp = new GlorotUniform().CreateVariables([5, 0], Layout.OutIn);
        using var byNumber = new KaimingNormal().CreateVariables([5, 0], fanIn: 0);
        Assert.Equal(0, fromCSharp.Length + byNumber.Length);
        Assert.Equal(["fan-missing"], Make.Codes(() => new KaimingNormal().CreateVariables([5, 0])));
        string[] fill = ["fill", "glorot_normal", "--shape", "5,0", "--layout", "oi", "--seed", "1", "--out", "e.npy"];
        Assert.Equal(0, Run(fill).ExitCode);
        fill = ["fill", "he_normal", "--shape", "5,0", "--fan-in", "0", "--seed", "1", "--out", "f.safetensors"];
        Assert.Equal(0, Run(fill).ExitCode);
        Assert.Equal(0, Run("verify", "f.safetensors").ExitCode);
    }

    [Fact]
    public void A_shard_alone_is_no_model_to_count_the_blocks_of()
    {
        static string Block(int i) => $$$"""{"h.{{{i}}}.attn.c_proj.weight": {"dtype": "F32", "shape": [4, 4]}}""";
        File.WriteAllText(At("first.json"), Block(0));
        File.WriteAllText(At("second.json"), Block(1));
        Assert.Equal(["blocks-missing"], Run("init", "second.json", "--recipe", "gpt2", "--explain").Codes);
        string rules = """ "rules": [{"pattern": "*", "spec": "zeros"}]""";
        foreach (var (name, i) in new[] { ("model-00001-of-00002", 0), ("model-00002-of-00002", 1) })
        {
            File.WriteAllText(At("m.json"), $$$"""{"tensors": {{{Block(i)}}}, {{{rules}}}}""");
            Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", $"{name}.safetensors").ExitCode);
            string[] explain = ["init", $"{name}.safetensors", "--recipe", "gpt2", "--explain"];
            if (i == 0)
                Assert.Equal(["shard-alone"], Run(explain).Codes);
            else
                // 0.02/sqrt(2 * 2 blocks).
                Assert.Contains("stddev=0.01)", Run(explain).Text, StringComparison.Ordinal);
        }
    }
}
