using System.Buffers.Binary;
using System.Text;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Element types of eight bits: dummy weights of quantized models, and single tensors.</summary>
public sealed class Float8Tests : InFolder
{
    private const string Tensors = """
        {"w":{"dtype":"F8_E4M3","shape":[8,32],"data_offsets":[0,256]},
         "v":{"dtype":"F8_E5M2","shape":[32],"data_offsets":[256,288]},
         "w_scale":{"dtype":"F8_E8M0","shape":[8],"data_offsets":[288,296]},
         "v_scale":{"dtype":"F32","shape":[1],"data_offsets":[296,300]},
         "n":{"dtype":"I8","shape":[4],"data_offsets":[300,304]}}
        """;

    [Fact]
    public void A_quantized_model_gets_weights_from_its_header()
    {
        Rules("normal(mean=0, stddev=0.5)");
        Directory.CreateDirectory(At("quantized"));
        var header = Encoding.UTF8.GetBytes(Tensors);
        var start = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(start, header.Length);
        File.WriteAllBytes(At("quantized/model-00001-of-00001.safetensors"), [.. start, .. header]);
        var places = new[] { "w", "v", "w_scale", "v_scale", "n" }.Select(name =>
            $"\"{name}\": \"model-00001-of-00001.safetensors\""
        );
        File.WriteAllText(
            At("quantized/model.safetensors.index.json"),
            $"{{\"weight_map\": {{{string.Join(',', places)}}}}}"
        );
        File.WriteAllText(At("quantized.json"), Tensors);

        Done("init", "./quantized", "--recipe", "rules.json", "--seed", "42", "--out", "dummy.safetensors");
        var file = new SafetensorsFile(At("dummy.safetensors"));
        Assert.Equal("F8_E4M3", file.Tensors["w"].DType);
        Assert.Equal("F8_E8M0", file.Tensors["w_scale"].DType);
        Assert.Equal(Enumerable.Repeat((byte)127, 8), file.Read("w_scale"));
        Assert.DoesNotContain(file.Read("w"), code => (code & 0x7F) == 0x7F);

        Done("init", "quantized.json", "--recipe", "rules.json", "--seed", "42", "--out", "again.safetensors");
        Assert.Equal(file.Read("w"), new SafetensorsFile(At("again.safetensors")).Read("w"));

        Done("verify", "dummy.safetensors");
        Done("inspect", "dummy.safetensors");
        var explained = Run("init", "quantized.json", "--recipe", "rules.json", "--explain");
        Assert.Contains("F8_E8M0", explained.Text, StringComparison.Ordinal);
        Assert.Contains("normal(mean=0, stddev=0.5)", explained.Text, StringComparison.Ordinal);

        var bytes = File.ReadAllBytes(At("dummy.safetensors"));
        bytes[^1] ^= 1;
        bytes[^10] ^= 1;
        File.WriteAllBytes(At("dummy.safetensors"), bytes);
        Assert.Equal(1, Run("verify", "dummy.safetensors").ExitCode);
    }

    [Fact]
    public void A_law_that_overflows_is_refused_and_nothing_is_written()
    {
        Rules("normal(mean=0, stddev=200)");
        File.WriteAllText(At("quantized.json"), Tensors);
        var files = Listing();
        string[] init = ["init", "quantized.json", "--recipe", "rules.json", "--seed", "42"];
        var run = Run([.. init, "--out", "w.safetensors"]);
        Assert.Equal(["float8-overflow"], run.Codes);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("448", run.Errors[0], StringComparison.Ordinal);
        Assert.Equal(["float8-overflow"], Run([.. init, "--explain"]).Codes);
        Assert.Equal(["float8-overflow"], Run([.. init, "--max-shard-size", "1MB", "--out", "w"]).Codes);

        // Another type holds the numbers.
        Done([.. init, "--dtype", "float8_e5m2", "--out", "w.safetensors"]);
        Assert.Equal("F8_E5M2", new SafetensorsFile(At("w.safetensors")).Tensors["w"].DType);
        Assert.Equal("I8", new SafetensorsFile(At("w.safetensors")).Tensors["n"].DType);
        Assert.Equal(["dtype-unknown"], Run([.. init, "--dtype", "int8", "--out", "x.safetensors"]).Codes);
        File.Delete(At("w.safetensors"));
        Assert.Equal(files, Listing());
    }

    [Fact]
    public void A_tensor_and_a_slice_of_it_have_the_same_bytes_in_files_and_on_standard_output()
    {
        string[] fill = ["fill", "normal", "--shape", "100", "--seed", "42", "--dtype", "torch.float8_e4m3fn"];
        Done([.. fill, "--out", "w.bin"]);
        var bytes = File.ReadAllBytes(At("w.bin"));
        Assert.Equal(100, bytes.Length);
        Assert.Equal(bytes, Run([.. fill, "--out", "-"]).Output);
        Assert.Equal(bytes[7..20], Run([.. fill, "--offset", "7", "--count", "13", "--out", "-"]).Output);

        var request = new ArrayRequest
        {
            Initializer = "normal",
            Shape = "100",
            Seed = "42",
            DType = "F8_E4M3",
        };
        using var memory = new MemoryStream();
        request.WriteTo(memory);
        Assert.Equal(bytes, memory.ToArray());
    }

    [Theory]
    [InlineData("zeros", "float8_e8m0fnu", "w.bin", "float8-not-positive")]
    [InlineData("normal(stddev=100)", "float8_e4m3fn", "-", "float8-overflow")]
    [InlineData("ones", "float8_e4m3fn", "w.npy", "type-unsupported")]
    [InlineData("ones", "float8_e4m3", "w.bin", "dtype-unknown")]
    public void What_a_type_or_a_format_does_not_hold_is_refused(string spec, string dtype, string path, string code)
    {
        var run = Run("fill", spec, "--shape", "10", "--dtype", dtype, "--out", path);
        Assert.Equal([code], run.Codes);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Empty(Listing());

        var request = new ArrayRequest
        {
            Initializer = spec,
            Shape = "10",
            DType = dtype,
        };
        Assert.Equal([code], Make.Codes(() => request.Write(At(path is "-" ? "w.bin" : path))));
        Assert.Empty(Listing());
    }

    [Fact]
    public void The_list_of_dtypes_has_the_largest_numbers()
    {
        var text = Run("list", "dtypes").Text;
        foreach (var row in new[] { "float8_e4m3fn", "448", "float8_e5m2", "57344", "float8_e8m0fnu", "2^127" })
            Assert.Contains(row, text, StringComparison.Ordinal);
    }

    private void Rules(string weights) =>
        File.WriteAllText(
            At("rules.json"),
            $$"""
            {"rules": [
              {"pattern": "*_scale", "spec": "ones"},
              {"pattern": "n", "spec": "zeros"},
              {"pattern": "v", "spec": "uniform(low=-1, high=1)"},
              {"pattern": "w", "spec": "{{weights}}"}]}
            """
        );

    private void Done(params string[] arguments) => Assert.Empty(Run(arguments).Errors);
}
