using System.Text.Json;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>fill-missing</c>: a checkpoint with the tensors that it lacks.</summary>
public sealed class FillMissingTests : InFolder
{
    private const string Body = """
        {"tensors": {"body": {"dtype": "F32", "shape": [6, 4]}}, "rules": [{"pattern": "*", "spec": "normal"}]}
        """;

    private const string Whole = """
        {"tensors": {"body": {"dtype": "F32", "shape": [6, 4]}, "head": {"dtype": "F32", "shape": [3, 6]}},
         "rules": [{"pattern": "*", "spec": "normal(stddev=0.02)"}]}
        """;

    private static readonly string[] Fill = ["fill-missing", "whole.json", "old.safetensors"];

    public FillMissingTests()
    {
        File.WriteAllText(At("body.json"), Body);
        File.WriteAllText(At("whole.json"), Whole);
        Assert.Equal(0, Run("init", "body.json", "--seed", "1", "--out", "old.safetensors").ExitCode);
    }

    [Fact]
    public void ANewHeadIsMadeAndTheBodyIsCopied()
    {
        var run = Run([.. Fill, "--seed", "42", "--out", "new.safetensors"]);
        Assert.Matches("^new.safetensors: 1 made, 1 tensor copied, [0-9,.]+ [a-zA-Z]+, [0-9.]+ s", run.Text);
        Assert.Equal(0, Run("init", "whole.json", "--seed", "42", "--out", "whole.safetensors").ExitCode);
        var found = new SafetensorsFile(At("new.safetensors"));
        Assert.Equal(new SafetensorsFile(At("old.safetensors")).Read("body"), found.Read("body"));
        Assert.Equal(new SafetensorsFile(At("whole.safetensors")).Read("head"), found.Read("head"));
        var verified = Run("verify", "new.safetensors");
        Assert.Equal((0, 0), (verified.ExitCode, verified.Errors.Length));
        Assert.Contains("1 of 2 tensors not generated, the others equal", verified.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ExplainListsTheTensorsAndWritesNothing()
    {
        var before = Listing();
        var text = Run([.. Fill, "--explain"]).Text;
        Assert.Matches("head +F32 +\\[3,6\\] +made +normal", text);
        Assert.Matches("body +F32 +\\[6,4\\] +copied +old.safetensors", text);
        using var json = JsonDocument.Parse(Run([.. Fill, "--explain", "--json"]).Output);
        Assert.Equal("head", json.RootElement.GetProperty("made")[0].GetProperty("name").GetString());
        Assert.Equal(96, json.RootElement.GetProperty("copied")[0].GetProperty("bytes").GetInt64());
        Assert.Equal(before, Listing());
    }

    [Fact]
    public void TheWrittenTensorsAreListedAsJson()
    {
        var run = Run([.. Fill, "--seed", "42", "--out", "new.safetensors", "--json"]);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("head", json.RootElement.GetProperty("made")[0].GetProperty("name").GetString());
        Assert.Contains("new.safetensors", Listing());
    }

    [Theory]
    [InlineData("whole.json old.safetensors --out new.safetensors", "argument-missing")]
    [InlineData("body.json old.safetensors --seed 1 --out new.safetensors", "nothing-missing")]
    [InlineData("head.json old.safetensors --seed 1 --out new.safetensors", "checkpoint-extra")]
    [InlineData("shape.json old.safetensors --seed 1 --out new.safetensors", "checkpoint-shape")]
    [InlineData("whole.json old.safetensors --seed 1 --out old.safetensors --force", "output-is-input")]
    [InlineData("whole.json old.safetensors --seed 1 --out new.safetensors --extra all", "argument-invalid")]
    [InlineData("whole.json absent.safetensors --seed 1 --out new.safetensors", "file-missing")]
    public void WrongRequestsAreRefusedBeforeAnyWork(string words, string code)
    {
        File.WriteAllText(At("head.json"), Whole.Replace("\"body\"", "\"tail\""));
        File.WriteAllText(At("shape.json"), Whole.Replace("[6, 4]", "[4, 6]"));
        var before = Listing();
        var run = Run(["fill-missing", .. words.Split(' ')]);
        Assert.Equal([code], run.Codes);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(before, Listing());
        if (code == "checkpoint-extra")
            Assert.Contains("(--extra keep|drop)", run.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ARequestInCSharpHasTheSameTensors()
    {
        var request = new FillMissingRequest
        {
            Architecture = At("whole.json"),
            Checkpoint = At("old.safetensors"),
            Seed = "42",
            Out = At("new.safetensors"),
        };
        Assert.Empty(request.Faults());
        var model = request.Write();
        Assert.Equal(["head"], model.Made.Select(e => e.Tensor.Name));
        Assert.Equal([("body", 96L)], model.Copied.Select(c => (c.Name, c.Bytes)));
        Assert.Empty(model.Ties);
        Assert.Empty(model.Dropped);
        Assert.Equal(["file-exists"], request.Faults().Select(f => f.Code));
        Assert.Equal(
            ["argument-missing", "argument-missing"],
            new FillMissingRequest().ExplainFaults().Select(f => f.Code)
        );
    }
}
