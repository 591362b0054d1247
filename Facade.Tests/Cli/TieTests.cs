using System.Text.Json;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Tied tensors in <c>init</c>, <c>verify</c> and <c>inspect</c>.</summary>
public sealed class TieTests : InFolder
{
    private const string Tied = """
        {"tensors": {"head": {"dtype": "F32", "shape": [6, 4]}, "wte": {"dtype": "F32", "shape": [6, 4]}},
         "rules": [{"pattern": "wte", "spec": "normal(stddev=0.02)"}], "tie": {"head": "wte"}}
        """;

    [Fact]
    public void ATiedTensorIsWrittenOnceAndNamed()
    {
        File.WriteAllText(At("m.json"), Tied);
        var run = Run("init", "m.json", "--seed", "42", "--out", "m.safetensors");
        Assert.StartsWith("m.safetensors: 1 tensor, 24 values, ", run.Text, StringComparison.Ordinal);
        var file = new SafetensorsFile(At("m.safetensors"));
        Assert.Equal(["wte"], file.Tensors.Keys);
        Assert.Equal("wte", file.Metadata["tie:head"]);
        Assert.Contains("bits version 1, 1 tied)", Run("verify", "m.safetensors").Text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("verify", "m.safetensors", "--json").Output);
        Assert.Equal("wte", json.RootElement.GetProperty("ties").GetProperty("head").GetString());
        Assert.Contains("tie:head: wte\n", Run("inspect", "m.safetensors").Text, StringComparison.Ordinal);
        Assert.Equal("wte", Verification.Run(At("m.safetensors")).Ties["head"]);
        Assert.Equal(["wte", null], Blueprint.Load(At("m.json")).Plan().Select(t => t.TiedTo));
    }

    [Fact]
    public void ACopyHasTheBytesOfItsTarget()
    {
        File.WriteAllText(At("m.json"), Tied.Replace("\"tie\"", "\"tied\": \"copy\", \"tie\""));
        var run = Run("init", "m.json", "--seed", "42", "--out", "m.safetensors");
        Assert.StartsWith("m.safetensors: 2 tensors, 48 values, ", run.Text, StringComparison.Ordinal);
        var file = new SafetensorsFile(At("m.safetensors"));
        Assert.Equal(file.Read("wte"), file.Read("head"));
        Assert.Equal(0, Run("verify", "m.safetensors").ExitCode);
    }

    [Fact]
    public void AnExplanationNamesTheTarget()
    {
        File.WriteAllText(At("m.json"), Tied);
        var lines = Run("init", "m.json", "--explain").Text.Split('\n');
        Assert.Contains("tied to wte", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("tied to", lines[2], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("init", "m.json", "--explain", "--json").Output);
        Assert.Equal(
            ["wte", null],
            json.RootElement.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("tied_to").GetString())
        );
    }

    [Theory]
    [InlineData("\"head\": \"wta\"", "tie-target-missing")]
    [InlineData("\"head\": \"head\"", "tie-circular")]
    [InlineData("\"head\": \"wte\", \"haed\": \"wte\"", "tie-unused")]
    [InlineData("\"head\": \"bias\"", "tie-mismatch")]
    public void WrongTiesAreRefusedBeforeAnyWork(string tie, string code)
    {
        var json = Tied.Replace("\"head\": \"wte\"", tie)
            .Replace("\"tensors\": {", "\"tensors\": {\"bias\": {\"dtype\": \"F32\", \"shape\": [4]}, ")
            .Replace("\"pattern\": \"wte\"", "\"pattern\": \"*\"");
        File.WriteAllText(At("m.json"), json);
        var run = Run("init", "m.json", "--seed", "42", "--out", "m.safetensors");
        Assert.Equal([code], run.Codes);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["m.json"], Listing());
    }
}
