using System.IO.Compression;

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
}
