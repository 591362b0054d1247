using System.IO.Compression;
using System.Text;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init</c> into the files of other libraries.</summary>
public sealed class ModelFormatTests : InFolder
{
    private const string Model = """
        {"tensors": {"h.w": {"dtype": "F32", "shape": [4, 3]}, "h.b": {"dtype": "BF16", "shape": [3]}},
         "rules": [{"pattern": "*", "spec": "normal(stddev=0.02)"}]}
        """;

    private CliResult Init(params string[] options)
    {
        File.WriteAllText(At("m.json"), Model);
        return Run(["init", "m.json", "--seed", "42", .. options]);
    }

    [Fact]
    public void AnNpzHasTheElementsOfTheSafetensorsFile()
    {
        Assert.Empty(Init("--dtype", "float32", "--out", "w.npz").Errors);
        Assert.Empty(Init("--dtype", "float32", "--out", "w.safetensors").Errors);
        var tensors = new SafetensorsFile(At("w.safetensors"));
        using var zip = ZipFile.OpenRead(At("w.npz"));
        Assert.Equal(["h.w.npy", "h.b.npy"], zip.Entries.Select(entry => entry.FullName));
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            var expected = tensors.Read(entry.FullName[..^4]);
            Assert.Equal(expected, bytes.ToArray()[^expected.Length..]);
        }
    }

    [Fact]
    public void ADatEndsWithTheElementsOfItsLastTensor()
    {
        Assert.Empty(Init("--out", "w.dat").Errors);
        Assert.Empty(Init("--out", "w.safetensors").Errors);
        var bytes = File.ReadAllBytes(At("w.dat"));
        Assert.Equal([2, 3, (byte)'h', (byte)'.', (byte)'w', 6, 2, 4, 3], bytes[..9]);
        Assert.Equal(new SafetensorsFile(At("w.safetensors")).Read("h.b"), bytes[^6..]);
    }

    [Fact]
    public void WhatAFormatLacksIsRefusedBeforeAnyWork()
    {
        Assert.Equal(["dtype-unsupported"], Init("--out", "w.npz").Codes);
        Assert.Equal(["m.json"], Listing());
        Assert.Equal(["format-unknown"], Init("--out", "w.pt").Codes);
    }

    /// <summary>A field of protocol buffers with fewer than 128 bytes.</summary>
    private static byte[] Field(int number, params byte[][] content)
    {
        byte[] bytes = [.. content.SelectMany(part => part)];
        return [(byte)((number << 3) | 2), checked((byte)bytes.Length), .. bytes];
    }

    /// <summary>A graph with one vector of two float32 numbers.</summary>
    private static byte[] Onnx(string operation) =>
        [
            8,
            10,
            .. Field(
                7,
                Field(1, Field(4, Encoding.ASCII.GetBytes(operation))),
                Field(5, [8, 2], [16, 1], Field(8, "bias"u8.ToArray()), Field(9, new byte[8]))
            ),
        ];

    [Fact]
    public void AnOnnxModelGetsNewWeightsAndIsVerified()
    {
        File.WriteAllBytes(At("m.onnx"), Onnx("Add"));
        File.WriteAllText(At("r.json"), """{"rules": [{"pattern": "bias", "spec": "ones"}]}""");
        string[] words = ["init", "m.onnx", "--recipe", "r.json", "--seed", "42"];
        Assert.Empty(Run([.. words, "--out", "new.onnx"]).Errors);
        Assert.Equal(0, Run("verify", "new.onnx").ExitCode);
        var bytes = File.ReadAllBytes(At("new.onnx"));
        byte[] ones = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(1f)];
        Assert.True(bytes.AsSpan().IndexOf(ones) > 0);
        Assert.Equal(["onnx-tensor-differs"], Run([.. words, "--dtype", "float16", "--out", "half.onnx"]).Codes);
        File.WriteAllText(At("r.json"), """{"rules": [{"pattern": "weight", "spec": "ones"}]}""");
        Assert.Equal(["tensor-unmatched"], Run([.. words, "--out", "other.onnx"]).Codes);
        Assert.Equal(["tensor-unmatched"], Run([.. words, "--unmatched", "keep", "--out", "other.onnx"]).Codes);
        Assert.Equal(["m.onnx", "new.onnx", "r.json"], Listing());
    }

    [Fact]
    public void OnnxModelsThatCannotBeFilledAreRefused()
    {
        File.WriteAllText(At("r.json"), """{"rules": [{"pattern": "bias", "spec": "ones"}]}""");
        string[] words = ["init", "m.onnx", "--recipe", "r.json", "--seed", "42", "--out", "new.onnx"];
        File.WriteAllBytes(At("m.onnx"), Onnx("DequantizeLinear"));
        Assert.Equal(["onnx-quantized"], Run(words).Codes);
        File.WriteAllBytes(At("m.onnx"), [8, 10]);
        Assert.Equal(["onnx-without-initializers"], Run(words).Codes);
        File.WriteAllBytes(At("m.onnx"), Onnx("Add")[..^4]);
        Assert.Equal(["onnx-malformed"], Run(words).Codes);
        Assert.Equal(["onnx-without-model"], Run("init", "resnet18", "--seed", "1", "--out", "new.onnx").Codes);
        Assert.Equal(["m.onnx", "r.json"], Listing());
    }
}
