using System.Text;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init</c> with architectures that are more than one file.</summary>
public sealed class ArchitectureFilesTests : InFolder
{
    private static readonly string[] Shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Shards_are_one_model_whose_blocks_are_all_counted()
    {
        WriteShards();
        foreach (var given in new[] { Index, "." })
        {
            var run = Run("init", given, "--recipe", "gpt2", "--explain");
            Assert.Empty(run.Errors);
            Assert.Equal(["h.0.attn.c_proj.weight", "h.1.attn.c_proj.weight"], Rows(run).Select(r => r.Split(' ')[0]));
            // 0.02/sqrt(2 * 2 blocks)
            Assert.All(Rows(run), row => Assert.EndsWith(" 0.01", row, StringComparison.Ordinal));
        }

        Done("init", Index, "--recipe", "gpt2", "--seed", "42", "--out", "a.safetensors");
        Assert.Equal(
            ["h.0.attn.c_proj.weight", "h.1.attn.c_proj.weight"],
            new SafetensorsFile(At("a.safetensors")).Tensors.Keys
        );
        Assert.Equal(2, Blueprint.Load(At(Index)).Tensors.Count);

        static IEnumerable<string> Rows(CliResult run) =>
            run.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1);
    }

    [Fact]
    public void No_shard_is_replaced_by_the_model()
    {
        WriteShards();
        string[] files = [Index, .. Shards];
        foreach (var file in files.Where(f => f.EndsWith(".safetensors", StringComparison.Ordinal)))
        foreach (var given in new[] { Index, "." })
        {
            var run = Run("init", given, "--recipe", "gpt2", "--seed", "1", "--out", file, "--force");
            Assert.Equal(["output-is-input"], run.Codes);
        }
    }

    [Fact]
    public void Each_fault_is_a_sentence_that_says_what_to_give()
    {
        var run = Run("init", ".", "--recipe", "gpt2", "--explain");
        Assert.Equal(
            [
                "error[folder-without-model]: the folder '.' is empty; give the folder of a .safetensors file or of an index with its shards, or a blueprint.",
            ],
            run.Errors
        );
        Assert.Equal(2, run.ExitCode);
        WriteShards();
        File.Delete(At(Shards[1]));
        run = Run("init", Index, "--recipe", "gpt2", "--explain");
        Assert.Equal(
            [
                "error[shards-missing]: model.safetensors.index.json: the shard 'model-00002-of-00002.safetensors' is not in its folder; put it there (the header is enough for an architecture).",
            ],
            run.Errors
        );
        File.Copy(At(Shards[0]), At("other.safetensors"));
        run = Run("init", ".", "--recipe", "gpt2", "--explain");
        Assert.Equal(
            [
                "error[folder-ambiguous]: the folder '.' has the files of 2 models; give one of 'model.safetensors.index.json', 'other.safetensors'.",
            ],
            run.Errors
        );
        Assert.Equal(["folder-ambiguous"], Make.Codes(() => Blueprint.Load(Folder)));
    }

    private const string Keras = """
        {"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "layers": [
          {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 8], "name": "input_layer"}},
          {"module": "keras.layers", "class_name": "Dense", "build_config": {"input_shape": [null, 8]}, "config": {
            "name": "dense", "units": 4, "dtype": "float32", "use_bias": true, "kernel_initializer":
            {"module": "keras.initializers", "class_name": "HeUniform", "config": {"seed": null}, "registered_name": null}}}
        ]}, "registered_name": "Sequential"}
        """;

    [Fact]
    public void A_Keras_model_needs_no_recipe()
    {
        File.WriteAllText(At("model.json"), Keras);
        Done("init", "model.json", "--seed", "42", "--out", "m.safetensors");
        var file = new SafetensorsFile(At("m.safetensors"));
        Assert.Equal(["dense/kernel", "dense/bias"], file.Tensors.Keys);
        using var kernel = new HeUniform().CreateVariables(
            [8, 4],
            Layout.InOut,
            seed: Seed.FromUInt64(42).Child("dense/kernel")
        );
        Assert.True(kernel.AsSpan<byte>().SequenceEqual(file.Read("dense/kernel")));
        Assert.Contains("all equal", Run("verify", "m.safetensors").Text, StringComparison.Ordinal);
        var explained = Blueprint.Load(At("model.json")).Explain();
        Assert.Equal("kernel_initializer of layer dense (Dense)", explained[0].Source);
        Assert.Equal("fan_in=8", explained[0].Fan);
        // A recipe replaces the file's initializers.
        Assert.Equal("glorot_uniform", Blueprint.Load(At("model.json")).Plan(recipe: "keras")[0].Initializer);
    }

    [Fact]
    public void A_terminal_of_80_columns_shows_each_tensor_of_a_Keras_model()
    {
        File.WriteAllText(At("model.json"), Keras);
        if (CliProcess.InTerminal(Folder, 80, "init model.json --explain") is not { } run)
            return;
        string[] lines = [.. run.Text.Split('\n').Select(line => line.TrimEnd('\r'))];
        Assert.Contains(lines, line => line.EndsWith("dense/kernel  F32 [8,4]", StringComparison.Ordinal));
        Assert.Contains("    source  kernel_initializer of layer dense (Dense)", lines);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 90));
    }

    [Fact]
    public void A_Keras_model_without_shapes_says_what_to_call()
    {
        File.WriteAllText(
            At("model.json"),
            """{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"name": "d", "units": 4}}]}}"""
        );
        Assert.Equal(
            [
                "error[layer-shape-unknown]: model.json: the shape of the inputs of the layer 'd' (Dense) is not in the file; call model.build(input_shape) before model.to_json().",
            ],
            Run("init", "model.json", "--explain").Errors
        );
    }

    private void WriteShards()
    {
        for (var block = 0; block < 2; block++)
        {
            var header = Encoding.UTF8.GetBytes(
                $$$"""{"h.{{{block}}}.attn.c_proj.weight":{"dtype":"F32","shape":[8,8],"data_offsets":[0,256]}}"""
            );
            // Only the header.
            File.WriteAllBytes(At(Shards[block]), [.. BitConverter.GetBytes((long)header.Length), .. header]);
        }

        var map = string.Join(", ", Shards.Select((shard, i) => $"\"h.{i}.attn.c_proj.weight\": \"{shard}\""));
        File.WriteAllText(At(Index), $"{{\"metadata\": {{\"total_size\": 512}}, \"weight_map\": {{{map}}}}}");
    }

    private void Done(params string[] arguments) => Assert.Empty(Run(arguments).Errors);
}
