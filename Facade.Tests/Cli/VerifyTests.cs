using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>verify</c>, run as a process against files that the program writes and such files changed.</summary>
public sealed class VerifyTests : InFolder
{
    private const string Model = """
        {
          "tensors": {
            "conv.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]},
            "fc.weight": {"dtype": "BF16", "shape": [10, 20]},
            "ids": {"dtype": "I64", "shape": [3]}
          },
          "rules": [
            {"pattern": "conv.*", "spec": "kaiming_normal(mode=fan_out)", "layout": "oihw"},
            {"pattern": "*.weight", "spec": "constant(value=0.5)"},
            {"pattern": "*", "spec": "zeros"}
          ]
        }
        """;

    [Fact]
    public void A_model_is_what_it_was()
    {
        Init();
        var run = Run("verify", "m.safetensors");
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(
            @"^m\.safetensors: 3 tensors, 491 values, all equal to what is generated \(seed 42, bits version 1\), [0-9]+\.[0-9] s\n$",
            run.Text
        );
        Assert.Equal(0, Run("verify", "m.safetensors", "--device", "cpu").ExitCode);
    }

    [Theory]
    [InlineData("normal", "3,4")]
    [InlineData("he_normal", "64,3,7,7", "--layout", "oihw", "--dtype", "float64", "--stream", "a b")]
    [InlineData("glorot_uniform", "64,3", "--fan-in", "0.3", "--fan-out", "1e9", "--offset", "17", "--count", "100")]
    [InlineData("kaiming_uniform", "64,3", "--fan-in", "3", "--dtype", "bfloat16", "--offset", "1", "--stream", "x")]
    [InlineData("he_normal(mode=fan_out)", "8,4,3", "--layout", "out,in,spatial,groups:4,stride:2")]
    [InlineData("orthogonal", "8,4,6", "--layout", "out,in,out")]
    [InlineData("dirac", "3,5,3,3", "--layout", "in,out,spatial,spatial,transposed", "--dtype", "float16")]
    [InlineData("sparse(0.3, normal(std=0.02))", "64,10", "--offset", "100", "--count", "300")]
    [InlineData("stacked(parts=[4: orthogonal, 4: zeros])", "8,4", "--stream", "qkv")]
    [InlineData("ones", "")]
    [InlineData("logistic", "0,7", "--dtype", "float16")]
    public void A_tensor_or_slice_of_fill_is_what_it_was(string spec, string shape, params string[] more)
    {
        Assert.Equal(0, Run(["fill", spec, "--shape", shape, "--out", "w.safetensors", .. more]).ExitCode);
        var run = Run("verify", "w.safetensors");
        Assert.Equal((0, 0), (run.ExitCode, run.Errors.Length));
        Assert.StartsWith("w.safetensors: 1 tensor, ", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blueprints_roles_stand_in_its_file()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {
              "tensors": {
                "experts.up": {"dtype": "F32", "shape": [3, 8, 16]},
                "query": {"dtype": "BF16", "shape": [16, 4, 4]}
              },
              "rules": [
                {"pattern": "experts.*", "spec": "he_normal", "layout": "stack,in,out"},
                {"pattern": "query", "spec": "orthogonal(gain=2)", "layout": "in,out,out"}
              ]
            }
            """
        );
        Assert.Equal(0, Run("init", "m.json", "--out", "m.safetensors", "--seed", "5").ExitCode);
        var run = Run("verify", "m.safetensors");
        Assert.Equal((0, 0), (run.ExitCode, run.Errors.Length));
        Assert.StartsWith("m.safetensors: 2 tensors, 640 values, all equal", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_differs_is_listed_and_a_failure()
    {
        Init();
        Change("conv.weight", 4 * 70 + 3, 0xFF);
        Change("conv.weight", 4 * 287, 1);
        Change("ids", 8, 5);
        var run = Run("verify", "m.safetensors");
        Assert.Equal((1, "weights-differ"), (run.ExitCode, Assert.Single(run.Codes)));
        Assert.EndsWith(
            "'m.safetensors': 2 of 3 tensors are not what the metadata generate.",
            run.Errors[0],
            StringComparison.Ordinal
        );
        var lines = run.Text.Split('\n');
        Assert.Equal(
            ["tensor", "dtype", "shape", "different", "first", "at", "in", "the", "file", "generated"],
            Words(lines[0])
        );
        Assert.Equal(["ids", "I64", "[3]", "1", "[1]", "5", "0"], Words(lines[1]));
        // 70 is [1,3,2,1] of [8,4,3,3].
        Assert.Equal(["conv.weight", "F32", "[8,4,3,3]", "2", "[1,3,2,1]"], Words(lines[2])[..5]);
        Assert.Empty(lines[3]);
        Assert.StartsWith(
            "m.safetensors: 2 of 3 tensors, 3 of 491 values not equal to what is generated (seed 42, bits version 1), ",
            lines[4],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_JSON_has_every_tensor()
    {
        Init();
        Change("fc.weight", 2 * 45 + 1, 0x80);
        var run = Run("verify", "m.safetensors", "--json");
        Assert.Equal((1, "weights-differ"), (run.ExitCode, Assert.Single(run.Codes)));
        var root = JsonNode.Parse(run.Output)!;
        Assert.Equal(("m.safetensors", 1, "42"), (Text(root["file"]), (int)root["bits"]!, Text(root["seed"])));
        var tensors = root["tensors"]!.AsArray();
        Assert.Equal(["ids", "conv.weight", "fc.weight"], tensors.Select(t => Text(t!["name"])));
        Assert.Equal([0, 0, 1], tensors.Select(t => (int)t!["different"]!));
        Assert.Null(tensors[0]!["first"]);
        var fc = tensors[2]!;
        Assert.Equal(("BF16", "constant(value=0.5)"), (Text(fc["dtype"]), Text(fc["initializer"])));
        Assert.Equal(
            """{"index":45,"at":[2,5],"found":"-0.5","expected":"0.5"}""",
            fc["first"]!.ToJsonString(JsonSerializerOptions.Default)
        );
        Assert.Equal(
            """{"tensors":3,"different_tensors":1,"not_generated_tensors":0,"values":491,"different_values":1}""",
            root["summary"]!.ToJsonString()
        );
    }

    [Theory]
    [InlineData("2", "bits-version-unsupported")]
    [InlineData("0", "metadata-invalid")]
    [InlineData("first", "metadata-invalid")]
    public void Another_version_is_not_compared(string version, string code)
    {
        Init();
        Edit(metadata => metadata["bits"] = version);
        var run = Run("verify", "m.safetensors");
        Assert.Equal((1, code), (run.ExitCode, Assert.Single(run.Codes)));
        Assert.Empty(run.Output);
        Assert.Contains("m.safetensors", run.Errors[0], StringComparison.Ordinal);
        if (version == "2")
            Assert.Contains("this release generates version 1 only", run.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_that_do_not_suffice_are_told_whole()
    {
        Init();
        Edit(metadata =>
        {
            metadata.Remove("seed");
            metadata.Remove("fan:conv.weight");
            metadata["spec:ids"] = "zeroes";
            metadata["spec:gone"] = "ones";
        });
        var run = Run("verify", "m.safetensors");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["metadata-missing", "tensor-absent", "spec-unknown"], run.Codes);
        Assert.EndsWith("the metadata lack seed, fan:conv.weight.", run.Errors[0], StringComparison.Ordinal);
        Edit(metadata => metadata.Clear());
        Fails(1, "origin-unknown", "verify", "m.safetensors");
    }

    [Fact]
    public void What_cannot_be_verified_is_told()
    {
        foreach (var name in new[] { "w.npy", "w.bin" })
        {
            Assert.Equal(0, Run("fill", "normal", "--shape", "3", "--out", name).ExitCode);
            Fails(2, "metadata-unsupported", "verify", name);
        }

        // By the first bytes, too.
        File.Move(At("w.npy"), At("w.safetensors"));
        Fails(2, "metadata-unsupported", "verify", "w.safetensors");
        File.WriteAllText(At("m.json"), Model);
        Fails(1, "header-length", "verify", "m.json");
        // A folder with the file of one model is that file, which is an npy file here.
        Fails(2, "metadata-unsupported", "verify", Folder);
        Fails(2, "file-missing", "verify", "absent.safetensors");
        Fails(2, "argument-missing", "verify");
        Fails(2, "device-unknown", "verify", "m.json", "--device", "tpu");
        Assert.Equal(["argument-unknown", "file-missing"], Run("verify", "absent", "--bogus").Codes);
        Init();
        using (var file = File.OpenWrite(At("m.safetensors")))
            file.SetLength(file.Length - 1);
        Fails(1, "file-truncated", "verify", "m.safetensors");
    }

    [Fact]
    public void Help_has_examples_and_the_version_that_of_the_bits()
    {
        var help = Run("verify", "--help");
        Assert.Contains("Examples:\n  initializers verify ", help.Text, StringComparison.Ordinal);
        Assert.Contains("--device <D>", help.Text, StringComparison.Ordinal);
        Assert.Contains("weights that differ", help.Text, StringComparison.Ordinal);
        Assert.Contains("  verify ", Run("--help").Text, StringComparison.Ordinal);
        Assert.Matches(@"^[0-9]+\.[0-9]+\.[0-9]+\S*, bits 1\n$", Run("--version").Text);
    }

    [Fact]
    public void The_facade_verifies_files_and_streams_alike()
    {
        Init();
        Change("ids", 0, 9);
        var file = Verification.Run(At("m.safetensors"));
        using var stream = File.OpenRead(At("m.safetensors"));
        var progress = new List<WriteProgress>();
        var read = Verification.Read(stream, device: "cpu", progress: new Listener(progress.Add));
        Assert.Equal(progress[^1], new WriteProgress(24 + 288 * 4 + 200 * 2, 24 + 288 * 4 + 200 * 2));
        Assert.Equal((At("m.safetensors"), "stream"), (file.Path, read.Path));
        foreach (var verification in new[] { file, read })
        {
            Assert.Equal((1, (Seed)42), (verification.Bits, verification.Seed));
            Assert.Equal(Verification.BitsVersion, verification.Bits);
            Assert.Equal(
                (491, 1, 1),
                (verification.Values, verification.DifferentTensors, verification.DifferentValues)
            );
            var ids = verification.Tensors[0];
            Assert.Equal(("ids", "I64", 3, "zeros"), (ids.Name, ids.DType, ids.Values, ids.Initializer));
            Assert.Equal([3], ids.Shape);
            Assert.Equal(new TensorDifference(1, 0, "9", "0"), ids.Difference);
            Assert.Null(verification.Tensors[1].Difference);
            Assert.Equal(["weights-differ"], Make.Codes(verification.EnsureEqual));
            Assert.True(Assert.Throws<InitializerException>(verification.EnsureEqual).IsFailure);
        }

        Init();
        Verification.Run(At("m.safetensors")).EnsureEqual();
        Assert.Equal(["file-missing", "device-unknown"], Verification.Faults(At("absent"), "tpu").Select(f => f.Code));
        Assert.Throws<ArgumentNullException>(() => Verification.Run(null!));
        Assert.Throws<ArgumentNullException>(() => Verification.Read(null!));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(["cancelled"], Make.Codes(() => Verification.Run(At("m.safetensors"), token: cancelled.Token)));
    }

    private sealed class Listener(Action<WriteProgress> tell) : IProgress<WriteProgress>
    {
        public void Report(WriteProgress value) => tell(value);
    }

    private void Init()
    {
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("init", "m.json", "--seed", "42", "--out", "m.safetensors", "--force").ExitCode);
    }

    /// <summary>Changes bits of one byte of a tensor.</summary>
    private void Change(string tensor, int place, byte bits)
    {
        var bytes = File.ReadAllBytes(At("m.safetensors"));
        var start = 8 + BinaryPrimitives.ReadInt64LittleEndian(bytes);
        bytes[start + new SafetensorsFile(At("m.safetensors")).Tensors[tensor].Offset + place] ^= bits;
        File.WriteAllBytes(At("m.safetensors"), bytes);
    }

    private void Edit(Action<JsonObject> edit)
    {
        var bytes = File.ReadAllBytes(At("m.safetensors"));
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!;
        edit(header["__metadata__"]!.AsObject());
        var utf8 = Encoding.UTF8.GetBytes(header.ToJsonString());
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, utf8.Length);
        File.WriteAllBytes(At("m.safetensors"), [.. prefix, .. utf8, .. bytes.AsSpan(8 + length)]);
    }

    private void Fails(int exitCode, string code, params string[] arguments)
    {
        var run = Run(arguments);
        Assert.Equal((exitCode, code), (run.ExitCode, Assert.Single(run.Codes)));
        Assert.Empty(run.Output);
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
