using System.Diagnostics;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Processes that write a model together, and processes that are killed while they write one.</summary>
public sealed class RankTests : InFolder
{
    private static readonly string[] Model = ["init", "resnet18", "--seed", "42", "--max-shard-size", "10MB"];

    private CliResult Launched(string[] arguments, params (string Name, string Value)[] variables) =>
        CliProcess.Finish(CliProcess.Start(Folder, arguments, variables.ToDictionary(v => v.Name, v => v.Value)));

    private static Dictionary<string, byte[]> Contents(string folder) =>
        Directory.GetFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

    private static void Same(Dictionary<string, byte[]> expected, string folder)
    {
        var found = Contents(folder);
        Assert.Equal(expected.Keys.Order(), found.Keys.Order());
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(found[name]), name);
    }

    [Fact]
    public void RanksAndFinishWriteTheFilesOfOneProcess()
    {
        Assert.Equal(0, Run([.. Model, "--out", "one"]).ExitCode);
        var expected = Contents(At("one"));

        var first = Run([.. Model, "--rank", "1", "--world-size", "2", "--out", "ranks"]);
        Assert.StartsWith("ranks: rank 1 of 2 wrote 23.4 MB, ", first.Text, StringComparison.Ordinal);
        Assert.Contains("after all ranks, run 'initializers finish ranks'", first.Text, StringComparison.Ordinal);
        var early = Run("finish", "ranks");
        Assert.Equal(["ranks-missing"], early.Codes);
        Assert.Equal(1, early.ExitCode);
        var second = Launched([.. Model, "--out", "ranks"], ("SLURM_PROCID", "0"), ("SLURM_NTASKS", "2"));
        Assert.StartsWith("ranks: rank 0 of 2 (Slurm) wrote ", second.Text, StringComparison.Ordinal);
        var finished = Run("finish", "ranks");
        Assert.Equal(0, finished.ExitCode);
        Assert.StartsWith(
            "ranks: 46.8 MB in 6 files, all checksums are right, ",
            finished.Text,
            StringComparison.Ordinal
        );
        Same(expected, At("ranks"));
        Assert.Equal(0, Run("verify", "ranks").ExitCode);
    }

    [Theory]
    [InlineData("--rank 2 --world-size 2 --out w", "rank-outside-world")]
    [InlineData("--rank 0 --out w", "argument-missing")]
    [InlineData("--world-size 2 --out w", "argument-missing")]
    [InlineData("--rank -1 --world-size 2 --out w", "argument-invalid")]
    [InlineData("--rank 0 --world-size 0 --out w", "argument-invalid")]
    [InlineData("--resume --force --out w", "argument-conflict")]
    [InlineData("--resume --out w.safetensors", "file-unwritable")]
    public void WordsThatDoNotFitAreRefusedBeforeAnyWork(string words, string code)
    {
        var run = Run(["init", "resnet18", "--seed", "42", .. words.Split(' ')]);
        Assert.Equal([code], run.Codes);
        Assert.Equal(code == "file-unwritable" ? 1 : 2, run.ExitCode);
        Assert.Empty(Listing());
    }

    [Fact]
    public void AVariableAloneIsAFault()
    {
        var run = Launched([.. Model, "--out", "w"], ("WORLD_SIZE", "2"));
        Assert.Equal(["rank-alone"], run.Codes);
        // A file is written whole by each process.
        Assert.Equal(
            0,
            Launched(["init", "resnet18", "--seed", "42", "--out", "w.safetensors"], ("WORLD_SIZE", "2")).ExitCode
        );
    }

    [Fact]
    public void AFolderWithoutPartsHasNothingToFinish()
    {
        Assert.Equal(["argument-missing"], Run("finish").Codes);
        Assert.Equal(["file-unreadable"], Run("finish", "absent").Codes);
        Directory.CreateDirectory(At("empty"));
        Assert.Equal(["nothing-to-finish"], Run("finish", "empty").Codes);
    }

    [Fact]
    public void ADiskThatFillsIsAFaultAndLeavesNoFileThatLooksWhole()
    {
        if (OperatingSystem.IsWindows())
            return;
        // No file may pass 20 MB here, which is what a disk does to it that has no more room.
        string[] large = ["init", "resnet18", "--seed", "42", "--max-shard-size", "1GB", "--out", "w"];
        var run = CliProcess.Finish(CliProcess.OnFullDisk(Folder, large));
        Assert.Equal(["file-unwritable"], run.Codes);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(Listing());
        var resumed = CliProcess.Finish(CliProcess.OnFullDisk(Folder, [.. large, "--resume"]));
        Assert.Equal(["file-unwritable"], resumed.Codes);
        Assert.Empty(Directory.GetFiles(At("w")));
    }

    /// <summary>
    /// A run that is killed at a random moment and resumed, until one ends. The files are then those of an uninterrupted
    /// run, and files that were whole are not written again.
    /// </summary>
    [Fact]
    [Trait("Category", "Long")]
    public void ARunThatIsKilledAtTwoHundredMomentsIsResumed()
    {
        string[] model = ["init", "gpt2", "--seed", "42", "--dtype", "bfloat16", "--max-shard-size", "10MB"];
        Assert.Equal(0, Run([.. model, "--out", "one"]).ExitCode);
        var expected = Contents(At("one"));
        var random = new Random(17);
        string folder = At("killed");
        var kills = 0;
        var between = 0;
        while (kills < 200)
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            // Each chain of runs is ended by one that nobody kills.
            for (var i = 0; i < 10; i++, kills++)
                Killed([.. model, "--resume", "--out", "killed"], folder, random);
            var before = Whole(folder, expected);
            var stamps = before.ToDictionary(
                name => name,
                name => File.GetLastWriteTimeUtc(Path.Combine(folder, name))
            );
            between += before.Count is > 0 && before.Count < expected.Count ? 1 : 0;
            Assert.Equal(0, Run([.. model, "--resume", "--out", "killed"]).ExitCode);
            Same(expected, folder);
            foreach (var (name, stamp) in stamps)
                Assert.Equal(stamp, File.GetLastWriteTimeUtc(Path.Combine(folder, name)));
        }

        // Otherwise the runs were killed before the first file or after the last.
        Assert.InRange(between, 1, int.MaxValue);
    }

    /// <summary>The files under their final names, which must be whole.</summary>
    private static List<string> Whole(string folder, Dictionary<string, byte[]> expected)
    {
        List<string> names = [];
        foreach (var (name, bytes) in Directory.Exists(folder) ? Contents(folder) : [])
        {
            if (name.EndsWith(".partial", StringComparison.Ordinal))
                continue;
            Assert.True(bytes.AsSpan().SequenceEqual(expected[name]), name);
            names.Add(name);
        }

        return names;
    }

    /// <summary>Kills a run at a random moment after it has begun a file and finished up to three.</summary>
    private void Killed(string[] arguments, string folder, Random random)
    {
        using var process = CliProcess.Start(Folder, arguments);
        var clock = Stopwatch.StartNew();
        var before = Names(folder);
        var finished = random.Next(4);
        // The start of the runtime is no moment of a write, and how long a file takes depends on the machine.
        while (!process.HasExited && clock.Elapsed < TimeSpan.FromMinutes(1))
        {
            string[] now = [.. Names(folder).Except(before)];
            if (
                now.Length > 0
                && now.Count(name => name.EndsWith(".safetensors", StringComparison.Ordinal)) >= finished
            )
                break;
            Thread.Sleep(1);
        }

        Thread.Sleep(random.Next(30));
        process.Kill();
        process.WaitForExit();
    }

    private static string[] Names(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path))] : [];
}
