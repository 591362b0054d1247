namespace Initializers.Facade.Tests.Cli;

/// <summary>Options that there are not, and words that begin with a hyphen.</summary>
public sealed class OptionWordTests : InFolder
{
    private const string Model =
        """{"tensors": {"a": {"dtype": "F32", "shape": [2]}}, "rules": [{"pattern": "*", "spec": "zeros"}]}""";

    [Theory]
    [InlineData("init --sed 42 m.json --out w.safetensors", "init", "--sed", "--seed")]
    [InlineData("init m.json -seed 42 --out w.safetensors", "init", "-seed", "--seed")]
    [InlineData("init m.json --seed 42 --output w.safetensors", "init", "--output", "--out")]
    [InlineData("init m.json --seed 42 -o w.safetensors", "init", "-o", "--out")]
    [InlineData("fill zeros --shpae 2 --out w.npy", "fill", "--shpae", "--shape")]
    [InlineData("inspect --jsn m.json", "inspect", "--jsn", "--json")]
    [InlineData("list --hepl", "list", "--hepl", "--help")]
    public void AnOptionWithASlipIsOneFaultThatNamesTheNearest(string line, string command, string given, string meant)
    {
        File.WriteAllText(At("m.json"), Model);
        var run = Run(line.Split(' '));
        Assert.Equal(
            $"error[argument-unknown]: {command} has no option '{given}'; did you mean {meant}?",
            Assert.Single(run.Errors)
        );
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Equal(["m.json"], Listing());
    }

    [Theory]
    [InlineData("init -x m.json --explain", "-x")]
    [InlineData("inspect --frobnicate m.json", "--frobnicate")]
    [InlineData("devices -q", "-q")]
    // An option of another command.
    [InlineData("words --seed 1 --explain", "--explain")]
    public void AnOptionThatResemblesNoneIsNamedAsSuch(string line, string given)
    {
        File.WriteAllText(At("m.json"), Model);
        var run = Run(line.Split(' '));
        var error = Assert.Single(run.Errors, e => e.StartsWith("error[argument-unknown]", StringComparison.Ordinal));
        Assert.Contains($"has no option '{given}'", error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
        Assert.DoesNotContain("file-missing", run.Codes);
        Assert.Equal((2, 0), (run.ExitCode, run.Output.Length));
    }

    [Fact]
    public void WordsThatBeginWithAHyphenAreValuesAfterAnOptionAndFilesAfterTwoHyphens()
    {
        Assert.Equal(0, Run("fill", "ones", "--shape", "2", "--out", "-w.safetensors").ExitCode);
        Assert.Equal(0, Run("inspect", "--json", "--", "-w.safetensors").ExitCode);
        Assert.Equal(0, Run("verify", "--", "-w.safetensors").ExitCode);
        var missing = Run("inspect", "--", "--json");
        Assert.Equal((2, "file-missing"), (missing.ExitCode, Assert.Single(missing.Codes)));
        Assert.Contains("'--json'", missing.Errors[0], StringComparison.Ordinal);
        // A negative number is a value, wherever it is wrong.
        Assert.Equal(["shape-negative"], Run("fill", "ones", "--shape", "-2", "--out", "w.npy").Codes);
        Assert.Equal(["-w.safetensors"], Listing());
    }

    [Fact]
    public void HelpSaysThatFilesOfOneSeedShareDraws()
    {
        var help = string.Join(
            ' ',
            Run("fill", "--help").Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.Contains("two files of one seed are made from the same draws", help, StringComparison.Ordinal);
    }
}
