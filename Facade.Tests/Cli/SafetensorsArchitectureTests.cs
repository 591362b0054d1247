using System.Buffers.Binary;
using System.Text;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init</c> with a safetensors file as the architecture: its header alone is read.</summary>
public sealed class SafetensorsArchitectureTests : InFolder
{
    [Fact]
    public void A_file_that_init_wrote_is_an_architecture_that_gives_the_same_bytes()
    {
        File.WriteAllText(At("a.json"), Gpt2Like);
        Done("init", "a.json", "--recipe", "gpt2", "--seed", "42", "--out", "a.safetensors");
        Done("init", "a.safetensors", "--recipe", "gpt2", "--seed", "42", "--out", "b.safetensors");
        Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("b.safetensors")));
        // Whatever it is called.
        File.Copy(At("a.safetensors"), At("blob"));
        Done("init", "blob", "--recipe", "gpt2", "--seed", "42", "--out", "c.safetensors");
        Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("c.safetensors")));
        Assert.Equal(
            Tensors(Run("init", "a.json", "--recipe", "gpt2", "--explain")),
            Tensors(Explained("a.safetensors"))
        );
        var files = Listing();
        var rows = Explained("a.safetensors").Text.Split('\n');
        Assert.Equal(files, Listing());
        Assert.StartsWith("tensor", rows[0], StringComparison.Ordinal);
        Assert.Contains(
            rows,
            r =>
                r.StartsWith("h.1.mlp.c_proj.weight", StringComparison.Ordinal)
                && r.EndsWith("0.01", StringComparison.Ordinal)
        );

        CliResult Explained(string path) => Run("init", path, "--recipe", "gpt2", "--explain");
        static IEnumerable<string> Tensors(CliResult run) => run.Text.Split('\n').Order();
    }

    [Fact]
    public void No_file_replaces_the_one_it_was_read_from()
    {
        File.WriteAllText(At("a.json"), Gpt2Like);
        Done("init", "a.json", "--recipe", "gpt2", "--seed", "42", "--out", "a.safetensors");
        var before = File.ReadAllBytes(At("a.safetensors"));
        string[] again = ["init", "a.safetensors", "--recipe", "gpt2", "--seed", "43", "--out", "a.safetensors"];
        Assert.Equal(["output-is-input"], Run(again).Codes);
        Assert.Equal(["output-is-input"], Run([.. again, "--force"]).Codes);
        Assert.Equal(before, File.ReadAllBytes(At("a.safetensors")));
    }

    [Fact]
    public void Integers_and_bools_get_their_constant_and_rules_name_the_file()
    {
        Write(
            "checkpoint.safetensors",
            """
            {"__metadata__":{"format":"pt"},
             "bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
             "conv.weight":{"dtype":"F32","shape":[2,1,1,1],"data_offsets":[8,16]},
             "bn.weight":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]},
             "mask":{"dtype":"BOOL","shape":[3],"data_offsets":[20,23]}}
            """,
            [.. Enumerable.Repeat((byte)255, 23)]
        );
        File.WriteAllText(
            At("m.json"),
            """
            {"tensors": "checkpoint.safetensors",
             "rules": [{"pattern": "conv.*", "spec": "he_normal", "layout": "oihw"}, {"pattern": "*", "dtype": "I64", "spec": "zeros"},
                       {"pattern": "*", "spec": "ones"}]}
            """
        );
        Done("init", "m.json", "--seed", "1", "--out", "m.safetensors");
        var file = new SafetensorsFile(At("m.safetensors"));
        Assert.Equal(["I64", "F32", "BF16", "BOOL"], file.Tensors.Values.Select(t => t.DType));
        Assert.Equal(new byte[8], file.Read("bn.num_batches_tracked"));
        Assert.Equal([1, 1, 1], file.Read("mask"));
        Assert.Equal([0x80, 0x3F, 0x80, 0x3F], file.Read("bn.weight"));
        using var conv = new KaimingNormal().CreateVariables(
            [2, 1, 1, 1],
            Layout.OutInSpatial,
            seed: Seed.FromUInt64(1).Child("conv.weight")
        );
        Assert.True(conv.AsSpan<byte>().SequenceEqual(file.Read("conv.weight")));
        // A recipe knows the integers too.
        var run = Run("init", "checkpoint.safetensors", "--recipe", "torchvision_resnet", "--explain");
        Assert.Equal(["tensor-unmatched"], run.Codes);
        Assert.Contains("'mask'", run.Errors[0], StringComparison.Ordinal);
    }

    public static TheoryData<string, int, string, int> Malformed =>
        new()
        {
            { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "file-truncated", 1 },
            {
                """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]},"b":{"dtype":"F31","shape":[-1],"data_offsets":[8,12]}}""",
                12,
                "bytes-mismatch stored-type-unknown shape-negative",
                1
            },
            {
                """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
                8,
                "tensors-overlap",
                1
            },
            {
                """{"a":{"dtype":"U8","shape":[1000000000000],"data_offsets":[0,1000000000000]}}""",
                0,
                "file-truncated",
                1
            },
            { """{"a":}""", 0, "json-syntax", 1 },
            { "{}", 0, "tensors-missing", 2 },
            { """{"a":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[0,3]}}""", 3, "dtype-unknown", 2 },
            {
                """{"wte.weight":{"dtype":"F32","shape":[0,1],"data_offsets":[0,0]},"x":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}""",
                0,
                "tensor-unmatched",
                2
            },
        };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_file_is_told_whole_and_leaves_nothing(string header, int bytes, string codes, int exitCode)
    {
        Write("w.safetensors", header, new byte[bytes]);
        string[][] calls =
        [
            ["--seed", "1", "--out", "m.safetensors"],
            ["--explain"],
        ];
        foreach (var call in calls)
        {
            var run = Run(["init", "w.safetensors", "--recipe", "gpt2", .. call]);
            Assert.Equal(codes.Split(' '), run.Codes);
            Assert.Equal(exitCode, run.ExitCode);
            Assert.Empty(run.Output);
            Assert.Equal(["w.safetensors"], Listing());
        }

        Assert.Equal(codes.Split(' '), Make.Codes(() => Blueprint.Load(At("w.safetensors")).Plan(recipe: "gpt2")));
        // With a request that is wrong too, the whole is a wrong request.
        var both = Run("init", "w.safetensors", "--recipe", "gpt2");
        Assert.Equal([.. codes.Split(' '), "argument-missing", "argument-missing"], both.Codes);
        Assert.Equal(2, both.ExitCode);
    }

    [Fact]
    public void Without_a_recipe_it_has_no_rules()
    {
        Write("w.safetensors", """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", new byte[4]);
        var run = Run("init", "w.safetensors", "--explain");
        Assert.Equal(["recipe-missing"], run.Codes);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void The_facade_loads_it_with_names_dtypes_and_shapes()
    {
        Write(
            "w.safetensors",
            """{"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}""",
            new byte[16]
        );
        var model = Blueprint.Load(At("w.safetensors"));
        Assert.Equal(["a", "b"], model.Tensors.Select(t => t.Name));
        Assert.Equal(["F16", "I64"], model.Tensors.Select(t => t.Storage));
        Assert.Equal(
            [
                [2, 2],
                [],
            ],
            model.Tensors.Select(t => t.Shape)
        );
        Assert.Equal([DType.Float16, null], model.Tensors.Select(t => t.DType));
        Assert.True(Assert.Throws<InitializerException>(() => Blueprint.Load(Truncated("w.safetensors"))).IsFailure);

        string Truncated(string name)
        {
            File.WriteAllBytes(At("t.safetensors"), File.ReadAllBytes(At(name))[..^1]);
            return At("t.safetensors");
        }
    }

    [Fact]
    public void Standard_input_of_either_kind_is_read()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.WriteAllText(At("a.json"), Gpt2Like);
        Done("init", "a.json", "--recipe", "gpt2", "--seed", "42", "--out", "a.safetensors");
        foreach (var source in new[] { "a.json", "a.safetensors" })
        {
            var end = $"init /dev/stdin --recipe gpt2 --explain < {source}";
            using var file = CliProcess.Shell(Folder, end);
            var run = CliProcess.Finish(file);
            Assert.Empty(run.Errors);
            Assert.Contains("h.1.attn.c_attn.weight", run.Text, StringComparison.Ordinal);
        }
    }

    private void Done(params string[] arguments)
    {
        var run = Run(arguments);
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
    }

    private void Write(string name, string header, byte[] data)
    {
        var utf8 = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, utf8.Length);
        File.WriteAllBytes(At(name), [.. length, .. utf8, .. data]);
    }

    private static readonly string Gpt2Like = Architecture();

    /// <summary>Two small blocks, tensors of two dtypes mixed, one of them empty.</summary>
    private static string Architecture()
    {
        List<string> tensors = ["\"wte.weight\": {\"dtype\": \"F32\", \"shape\": [50, 8]}"];
        for (var block = 0; block < 2; block++)
        {
            void Add(string name, string shape, string dtype = "F32") =>
                tensors.Add($"\"h.{block}.{name}\": {{\"dtype\": \"{dtype}\", \"shape\": [{shape}]}}");
            Add("ln_1.weight", "8", "BF16");
            Add("ln_1.bias", "8", "BF16");
            Add("attn.c_attn.weight", "8, 24");
            Add("attn.c_attn.bias", "24", "F16");
            Add("attn.c_proj.weight", "8, 8");
            Add("attn.c_proj.bias", "0");
            Add("mlp.c_fc.weight", "8, 32", "F16");
            Add("mlp.c_proj.weight", "32, 8");
        }

        return "{" + string.Join(",", tensors) + "}";
    }
}
