using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>inspect</c>, run as a process against files that the program writes and files made by hand.</summary>
public sealed class InspectTests : InFolder
{
    private const string Model = """
        {
          "tensors": {
            "conv.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]},
            "a.bias": {"dtype": "BF16", "shape": [3]},
            "b.bias": {"dtype": "BF16", "shape": [3]},
            "empty": {"dtype": "F16", "shape": [0, 7]},
            "scalar": {"dtype": "F16", "shape": []}
          },
          "rules": [
            {"pattern": "*.bias", "spec": "ones"},
            {"pattern": "conv.*", "spec": "kaiming_normal(mode=fan_out)", "layout": "oihw"},
            {"pattern": "*", "spec": "constant(value=-0.5)"}
          ]
        }
        """;

    [Fact]
    public void The_table_of_a_model_that_init_writes()
    {
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("init", "m.json", "--seed", "42", "--out", "m.safetensors").ExitCode);
        var run = Run("inspect", "m.safetensors");
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("seed: 42\n", run.Text, StringComparison.Ordinal);
        Assert.Contains("bits: 1\n", run.Text, StringComparison.Ordinal);
        Assert.Contains("spec:*: 5, which --json shows\n", run.Text, StringComparison.Ordinal);
        string[] table = [.. run.Text.Split('\n').SkipWhile(l => !l.StartsWith("tensor ", StringComparison.Ordinal))];
        Assert.Equal(
            ["tensor", "dtype", "shape", "mean", "stddev", "min", "max", "zeros", "non-finite", "same", "as"],
            Words(table[0])
        );
        Assert.Equal(["conv.weight", "F32", "[8,4,3,3]"], Words(table[1])[..3]);
        Assert.Equal(["a.bias", "BF16", "[3]", "1", "0", "1", "1", "0", "0"], Words(table[2]));
        Assert.Equal(["b.bias", "BF16", "[3]", "1", "0", "1", "1", "0", "0", "a.bias"], Words(table[3]));
        Assert.Equal(["empty", "F16", "[0,7]", "-", "-", "-", "-", "0", "0"], Words(table[4]));
        Assert.Equal(["scalar", "F16", "[]", "-0.5", "0", "-0.5", "-0.5", "0", "0"], Words(table[5]));
        // Columns of numbers are aligned on the right.
        Assert.All(new[] { 2, 4, 5 }, row => Assert.Equal(table[1].Length, table[row].Length));
        Assert.Equal("5 tensors, 295 values, 1.2 kB, 1 duplicate (1 constant)", table[7]);
    }

    [Fact]
    public void The_JSON_has_the_statistics_of_the_values()
    {
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("init", "m.json", "--seed", "42", "--out", "m.safetensors").ExitCode);
        using var json = Json("m.safetensors");
        var root = json.RootElement;
        Assert.Equal("safetensors", root.GetProperty("format").GetString());
        Assert.Equal("42", root.GetProperty("metadata").GetProperty("seed").GetString());
        Assert.Equal("ones", root.GetProperty("metadata").GetProperty("spec:a.bias").GetString());
        var conv = root.GetProperty("tensors")[0];
        var values = Floats(new SafetensorsFile(At("m.safetensors")).Read("conv.weight"));
        Assert.Equal(values.Average(v => (double)v), conv.GetProperty("mean").GetDouble(), 1e-15);
        var mean = values.Average(v => (double)v);
        Assert.Equal(
            Math.Sqrt(values.Average(v => (v - mean) * (v - mean))),
            conv.GetProperty("stddev").GetDouble(),
            1e-15
        );
        Assert.Equal(values.Min(), conv.GetProperty("min").GetDouble());
        Assert.Equal(values.Max(), conv.GetProperty("max").GetDouble());
        Assert.Equal([8, 4, 3, 3], conv.GetProperty("shape").EnumerateArray().Select(s => s.GetInt32()));
        Assert.Equal(288, conv.GetProperty("values").GetInt64());
        Assert.Equal(JsonValueKind.Null, conv.GetProperty("duplicate_of").ValueKind);
        Assert.Equal("a.bias", root.GetProperty("tensors")[2].GetProperty("duplicate_of").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("tensors")[3].GetProperty("mean").ValueKind);
        Assert.Equal(1, root.GetProperty("summary").GetProperty("duplicates").GetInt32());
    }

    [Theory]
    [InlineData("w.npy", "float32", "F32", "npy", "w")]
    [InlineData("w.npy", "float16", "F16", "npy", "w")]
    [InlineData("w.npy", "float64", "F64", "npy", "w")]
    [InlineData("w.safetensors", "bfloat16", "BF16", "safetensors", null)]
    [InlineData("w.safetensors", "float64", "F64", "safetensors", null)]
    public void Arrays_that_fill_writes(string path, string dtype, string stored, string format, string? name)
    {
        Assert.Equal(
            0,
            Run("fill", "uniform(low=-1,high=3)", "--shape", "100,200", "--dtype", dtype, "--out", path).ExitCode
        );
        using var json = Json(path);
        Assert.Equal(format, json.RootElement.GetProperty("format").GetString());
        var tensor = Assert.Single(json.RootElement.GetProperty("tensors").EnumerateArray());
        Assert.Equal(stored, tensor.GetProperty("dtype").GetString());
        if (name is not null)
            Assert.Equal(name, tensor.GetProperty("name").GetString());
        // 20,000 values: the mean's own stddev is 0.0082, and 6 of them are passed once in 5e8 seeds; the seed is fixed.
        Assert.Equal(1, tensor.GetProperty("mean").GetDouble(), 0.05);
        Assert.Equal(4 / Math.Sqrt(12), tensor.GetProperty("stddev").GetDouble(), 0.03);
        Assert.InRange(tensor.GetProperty("min").GetDouble(), -1, -0.98);
        Assert.InRange(tensor.GetProperty("max").GetDouble(), 2.98, 3);
    }

    [Fact]
    public void Wide_names_stay_aligned_and_control_characters_are_escaped()
    {
        Write(
            "w.safetensors",
            """{"\u91cd\u307f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a\u001b[2J\nb":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
            [0, 0, 128, 63, 0, 0, 192, 127]
        );
        var lines = Run("inspect", "w.safetensors").Text.Split('\n');
        Assert.Equal("tensor             dtype  shape  mean  stddev  min  max  zeros  non-finite  same as", lines[0]);
        // Two cells a character.
        Assert.Equal("重み               F32    [1]       1       0    1    1      0           0", lines[1]);
        Assert.Equal(@"a\u001b[2J\u000ab  F32    [1]       -       -    -    -      0           1", lines[2]);
    }

    public static TheoryData<string, string, int> Malformed =>
        new()
        {
            { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "file-truncated", 4 },
            { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "bytes-mismatch", 8 },
            {
                """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
                "tensors-overlap",
                8
            },
            {
                """{"__metadata__":{"k":1},"a":{"dtype":"F31","shape":[-1],"data_offsets":[0,8]}}""",
                "json-field stored-type-unknown shape-negative",
                8
            },
            { """{"a":}""", "json-syntax", 0 },
        };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_file_is_a_failure_told_whole(string header, string codes, int bytes)
    {
        Write("w.safetensors", header, new byte[bytes]);
        foreach (
            var arguments in new[] { new[] { "inspect", "w.safetensors" }, ["inspect", "w.safetensors", "--json"] }
        )
        {
            var run = Run(arguments);
            Assert.Equal(codes.Split(' '), run.Codes);
            Assert.Equal(1, run.ExitCode);
            Assert.Empty(run.Output);
            Assert.All(run.Errors, e => Assert.Contains("'w.safetensors': ", e, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_is_no_tensor_file_a_folder_and_nothing_are_told()
    {
        File.WriteAllText(At("m.json"), Model);
        Directory.CreateDirectory(At("folder"));
        Fails(1, "header-length", "inspect", "m.json");
        Fails(2, "folder-without-model", "inspect", "folder");
        Fails(2, "file-missing", "inspect", "absent.npy");
        Fails(2, "argument-missing", "inspect");
        Fails(2, "argument-unknown", "inspect", "m.json", "--bogus");
    }

    [Fact]
    public void Help_has_examples()
    {
        var run = Run("inspect", "--help");
        Assert.Contains("initializers inspect gpt2.safetensors\n", run.Text, StringComparison.Ordinal);
        Assert.Contains("--json", run.Text, StringComparison.Ordinal);
        Assert.Contains("Exit codes: 0 done, 1", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_facade_reads_files_and_streams_alike()
    {
        Write(
            "w.safetensors",
            """{"__metadata__":{"k":"v"},"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}""",
            [1, 255]
        );
        var file = Inspection.Load(At("w.safetensors"));
        using var stream = File.OpenRead(At("w.safetensors"));
        var progress = new List<WriteProgress>();
        var read = Inspection.Read(stream, progress: new Listener(progress.Add));
        Assert.Equal([new WriteProgress(2, 2)], progress);
        Assert.Equal(At("w.safetensors"), file.Path);
        Assert.Equal("stream", read.Path);
        foreach (var inspection in new[] { file, read })
        {
            Assert.Equal([KeyValuePair.Create("k", "v")], inspection.Metadata);
            var tensor = Assert.Single(inspection.Tensors);
            Assert.Equal(("a", "I8", 2, 2), (tensor.Name, tensor.DType, tensor.Values, tensor.Bytes));
            Assert.Equal(new TensorStatistics(0, 1, -1, 1, 0, 0), tensor.Statistics);
        }

        Assert.Equal(["file-missing"], Make.Codes(() => Inspection.Load(At("absent"))));
        Assert.False(Assert.Throws<InitializerException>(() => Inspection.Load(At("absent"))).IsFailure);
        Assert.Throws<ArgumentNullException>(() => Inspection.Load(null!));
        Assert.Throws<ArgumentNullException>(() => Inspection.Read(null!));
    }

    private sealed class Listener(Action<WriteProgress> tell) : IProgress<WriteProgress>
    {
        public void Report(WriteProgress value) => tell(value);
    }

    private void Fails(int exitCode, string code, params string[] arguments)
    {
        var run = Run(arguments);
        Assert.Equal((exitCode, code), (run.ExitCode, Assert.Single(run.Codes.Distinct())));
        Assert.Empty(run.Output);
    }

    private JsonDocument Json(string path)
    {
        var run = Run("inspect", path, "--json");
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output);
    }

    private void Write(string name, string header, byte[] data)
    {
        var utf8 = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, utf8.Length);
        File.WriteAllBytes(At(name), [.. length, .. utf8, .. data]);
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
