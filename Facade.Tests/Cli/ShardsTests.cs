using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init</c> into a folder of shards, and <c>verify</c> and <c>inspect</c> of it.</summary>
public sealed class ShardsTests : InFolder
{
    private const string Index = "resnet18/model.safetensors.index.json";

    [Fact]
    public void AModelInShardsHasTheBytesOfOneFile()
    {
        var run = Run("init", "resnet18", "--seed", "42", "--max-shard-size", "10MB", "--out", "resnet18");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("resnet18: 122 tensors, ", run.Text, StringComparison.Ordinal);
        Assert.Contains(" in 6 files, ", run.Text, StringComparison.Ordinal);
        Assert.Equal(7, Directory.GetFiles(At("resnet18")).Length);
        Assert.Equal(0, Run("init", "resnet18", "--seed", "42", "--out", "one.safetensors").ExitCode);
        var one = new SafetensorsFile(At("one.safetensors"));
        foreach (var path in Directory.GetFiles(At("resnet18"), "*.safetensors"))
        {
            var shard = new SafetensorsFile(path);
            Assert.InRange(new FileInfo(path).Length, 0, 11_000_000);
            foreach (var name in shard.Tensors.Keys)
                Assert.Equal(one.Read(name), shard.Read(name));
        }

        foreach (var place in new[] { "resnet18", Index })
        {
            var verified = Run("verify", place);
            Assert.Equal(0, verified.ExitCode);
            Assert.StartsWith($"{place}: 122 tensors, ", verified.Text, StringComparison.Ordinal);
            Assert.Contains("122 tensors", Run("inspect", place).Text, StringComparison.Ordinal);
        }

        Assert.Equal(122, Verification.Run(At("resnet18")).Tensors.Count);
        // The folder is an architecture, and is not written over while it is read.
        var again = Run(
            "init",
            "./resnet18",
            "--recipe",
            "resnet",
            "--seed",
            "1",
            "--max-shard-size",
            "1GB",
            "--out",
            "other"
        );
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(["model.safetensors"], Directory.GetFiles(At("other")).Select(Path.GetFileName));
        string[] over = ["init", "./resnet18", "--recipe", "resnet", "--seed", "1", "--max-shard-size", "10MB"];
        Assert.Equal(["output-is-input"], Run([.. over, "--out", "resnet18", "--force"]).Codes.Distinct());
    }

    [Theory]
    [InlineData("--max-shard-size x --out w", "argument-invalid")]
    [InlineData("--max-shard-size 0 --out w", "argument-invalid")]
    [InlineData("--max-shard-size 1GB", "argument-missing")]
    [InlineData("--max-shard-size 1GB --out file", "file-unwritable")]
    [InlineData("--max-shard-size 1GB --out absent/folder", "file-unwritable")]
    public void WrongShardsAreRefusedBeforeAnyWork(string words, string code)
    {
        File.WriteAllText(At("file"), "");
        var run = Run(["init", "resnet18", "--seed", "42", .. words.Split(' ')]);
        Assert.Equal([code], run.Codes);
        Assert.Equal(["file"], Listing());
    }
}
