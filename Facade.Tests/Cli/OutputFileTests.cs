using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Files to be written that are in the way: inputs, links, pipes and other runs.</summary>
public sealed class OutputFileTests : InFolder
{
    private const string Rules = """ "rules": [{"pattern": "*", "spec": "normal"}]}""";
    private const string Model = """{"tensors": {"a": {"dtype": "F32", "shape": [2, 3]}}, """ + Rules;

    private void Shell(string line)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", line]) { WorkingDirectory = Folder })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    [Fact]
    public void TheWeightsThatABlueprintNamesAreNeverReplaced()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "trained.safetensors").ExitCode);
        File.WriteAllText(At("b.json"), """{"tensors": "trained.safetensors", """ + Rules);
        File.WriteAllText(At("broken.json"), """{"tensors": "trained.safetensors", "rules": 3}""");
        Shell("ln trained.safetensors hard.safetensors; ln -s trained.safetensors soft.safetensors; mkdir d");
        Shell("ln -s ../soft.safetensors d/softer.safetensors; ln -s b.json b.safetensors");
        var before = File.ReadAllBytes(At("trained.safetensors"));
        var blueprint = File.ReadAllText(At("b.json"));
        foreach (
            var (input, output) in new[]
            {
                ("b.json", "trained.safetensors"),
                ("b.json", "hard.safetensors"),
                ("b.json", "d/softer.safetensors"),
                ("b.json", "d/.././trained.safetensors"),
                (At("b.json"), "trained.safetensors"),
                ("b.json", "b.safetensors"),
                ("trained.safetensors", "trained.safetensors"),
                ("broken.json", "trained.safetensors"),
            }
        )
        {
            var forced = new[] { "init", input, "--seed", "2", "--out", output, "--force" };
            foreach (var arguments in output == "hard.safetensors" ? new[] { forced, forced[..^1] } : [forced])
            {
                var run = Run(arguments);
                Assert.Contains("output-is-input", run.Codes);
                Assert.DoesNotContain("file-exists", run.Codes);
                Assert.Equal(2, run.ExitCode);
            }
        }

        // The same from C#.
        foreach (var output in new[] { "trained.safetensors", "hard.safetensors", "d/softer.safetensors" })
        {
            var e = Assert.Throws<InitializerException>(() =>
                Blueprint.Load(At("b.json")).Write(At(output), seed: 3, overwrite: true)
            );
            Assert.Equal("output-is-input", Assert.Single(e.Faults).Code);
        }

        Assert.Equal(before, File.ReadAllBytes(At("trained.safetensors")));
        Assert.Equal(blueprint, File.ReadAllText(At("b.json")));
        // Another file may be replaced, also by a link.
        Shell("cp trained.safetensors other.safetensors; ln -s other.safetensors link.safetensors");
        var link = Run("init", "b.json", "--seed", "2", "--out", "link.safetensors", "--force");
        Assert.Equal(0, link.ExitCode);
        Assert.NotNull(new FileInfo(At("link.safetensors")).LinkTarget);
        Assert.NotEqual(before, File.ReadAllBytes(At("other.safetensors")));
        // The size is the file's and not the link's, which is a few bytes.
        var size = new FileInfo(At("other.safetensors")).Length;
        Assert.Contains($" {size} B,", link.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void PipesAndDevicesAreNeitherReplacedNorWaitedFor()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.WriteAllText(At("m.json"), Model);
        Shell("mkfifo w.npy w.safetensors; ln -s /dev/null null.bin");
        foreach (
            var line in new[]
            {
                "fill normal --shape 2 --out w.npy --force",
                "fill normal --shape 2 --out w.npy",
                "fill normal --shape 2 --out null.bin --force",
                "init m.json --seed 1 --out w.safetensors --force",
            }
        )
        {
            var run = Run(line.Split(' '));
            Assert.Equal((1, "file-unwritable"), (run.ExitCode, Assert.Single(run.Codes)));
            Assert.Contains("only regular files are replaced", run.Errors[0], StringComparison.Ordinal);
        }

        foreach (
            var line in new[] { "inspect w.npy", "verify w.safetensors", "init w.safetensors --recipe gpt2 --explain" }
        )
        {
            using var process = CliProcess.Start(Folder, line.Split(' '));
            var run = CliProcess.Finish(process);
            Assert.Equal((1, "file-unreadable"), (run.ExitCode, Assert.Single(run.Codes)));
            Assert.Contains("it is a pipe", run.Errors[0], StringComparison.Ordinal);
        }

        Shell("[ -p w.npy ] && [ -p w.safetensors ] && [ -L null.bin ] && [ -c null.bin ]");
        Assert.Equal(["m.json", "null.bin", "w.npy", "w.safetensors"], Listing());
        using var shell = CliProcess.Shell(Folder, "init /dev/stdin --explain < m.json");
        Assert.Equal(0, CliProcess.Finish(shell).ExitCode);
    }

    [Fact]
    public void OfTwoRunsWithoutForceExactlyOneGetsTheName()
    {
        for (var round = 0; round < 2; round++)
        {
            var runs = Enumerable
                .Range(0, 2)
                .Select(seed =>
                    CliProcess.Start(
                        Folder,
                        ["fill", "normal", "--shape", "1000", "--seed", $"{seed}", "--out", "w.bin"]
                    )
                )
                .ToArray()
                .Select(CliProcess.Finish)
                .ToArray();
            Assert.Single(runs, run => run.ExitCode == 0);
            Assert.All(runs.Where(run => run.ExitCode != 0), run => Assert.Equal(["file-exists"], run.Codes));
            using var expected = new RandomNormal(0, 1).CreateVariables(
                [1000],
                seed: Seed.FromUInt64((ulong)Array.FindIndex(runs, run => run.ExitCode == 0))
            );
            Assert.True(expected.AsSpan<byte>().SequenceEqual(File.ReadAllBytes(At("w.bin"))));
            Assert.Equal(["w.bin"], Listing());
            File.Delete(At("w.bin"));
        }
    }

    /// <summary>Kills a run as soon as it writes.</summary>
    private void KillWhileWriting(string output)
    {
        using var process = CliProcess.Start(
            Folder,
            ["fill", "normal", "--shape", "100000000", "--out", output, "--force"]
        );
        while (
            !process.HasExited
            && !Directory.EnumerateFiles(Folder, ".initializers-*.partial").Any(f => new FileInfo(f).Length > 0)
        )
            Thread.Sleep(1);
        process.Kill();
        process.WaitForExit();
    }

    [Fact]
    public void WhatAKilledRunLeftIsRemovedByTheNextAndTheTargetIsAsBefore()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.WriteAllText(At("w.bin"), "before");
        KillWhileWriting("w.bin");
        Assert.Equal("before", File.ReadAllText(At("w.bin")));
        Assert.Equal(2, Listing().Length);
        // A run that is refused cleans nothing up; one that writes does.
        Assert.Equal(2, Run("fill", "normal", "--shape", "2", "--out", "w.bin").ExitCode);
        Assert.Equal(2, Listing().Length);
        Assert.Equal(0, Run("fill", "normal", "--shape", "2", "--out", "other.npy").ExitCode);
        Assert.Equal(["other.npy", "w.bin"], Listing());
    }

    [Fact, Trait("Category", "Long")]
    public void KillsAtAnyTimeLeaveNoTornFileAndNothingThatTheNextRunDoesNotRemove()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var random = new Random(1);
        var whole = Run("fill", "normal", "--shape", "20000000", "--seed", "1", "--out", "whole.bin");
        Assert.Equal(0, whole.ExitCode);
        var expected = File.ReadAllBytes(At("whole.bin"));
        for (var round = 0; round < 60; round++)
        {
            File.Delete(At("w.bin"));
            using var process = CliProcess.Start(
                Folder,
                ["fill", "normal", "--shape", "20000000", "--seed", "1", "--out", "w.bin"]
            );
            process.WaitForExit(random.Next(1500));
            process.Kill();
            process.WaitForExit();
            if (File.Exists(At("w.bin")))
                Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(At("w.bin"))), $"round {round}");
            Assert.InRange(Directory.GetFiles(Folder, ".initializers-*.partial").Length, 0, 1);
            if (round % 3 == 2)
            {
                Assert.Equal(0, Run("fill", "ones", "--shape", "2", "--out", "next.npy", "--force").ExitCode);
                Assert.Empty(Directory.GetFiles(Folder, ".initializers-*.partial"));
            }
            else
            {
                foreach (var left in Directory.GetFiles(Folder, ".initializers-*.partial"))
                    File.Delete(left);
            }
        }
    }

    [Fact]
    public void AClosedOutputIsAFaultOfTheOutputAloneAndOfNoFile()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.WriteAllText(At("m.json"), Model);
        Assert.Equal(0, Run("fill", "ones", "--shape", "2", "--out", "v.safetensors").ExitCode);
        var before = File.ReadAllBytes(At("v.safetensors"));
        foreach (
            var (line, exit) in new[]
            {
                ("init m.json --seed 1 --out w.safetensors >&-", 0),
                ("verify v.safetensors >&-", 0),
                ("inspect v.safetensors --json >&-", 1),
                ("list >&-", 1),
                ("init m.json --explain >&-", 1),
                ("words --seed 1 --count 4 >&-", 1),
                ("words --seed 1 --count 4 >&- 2>&-", 1),
            }
        )
        {
            using var shell = CliProcess.Shell(Folder, line);
            var run = CliProcess.Finish(shell);
            Assert.Equal((line, exit), (line, run.ExitCode));
            Assert.Equal(
                exit == 0 || line.EndsWith("2>&-", StringComparison.Ordinal)
                    ? []
                    : ["error[file-unwritable]: cannot write '-': standard output is closed."],
                run.Errors
            );
            Assert.Equal(before, File.ReadAllBytes(At("v.safetensors")));
        }
    }

    [Fact]
    public void AReaderThatLeavesIsNoFault()
    {
        File.WriteAllText(At("m.json"), Model);
        foreach (var line in new[] { "init m.json --explain", "words --seed 1", "fill ones --shape 100000000 --out -" })
        {
            using var process = CliProcess.Start(Folder, line.Split(' '));
            process.StandardOutput.Close();
            Assert.Equal("", process.StandardError.ReadToEnd());
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }

    [Fact]
    public void AWordThatIsNotUtf8IsRefusedBeforeAnotherFileIsMeant()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.WriteAllText(At("m.json"), Model);
        foreach (
            var line in new[]
            {
                """fill ones --shape 2 --out "$(printf 'w\377.npy')" """,
                """init m.json --seed 1 --out "$(printf '\303.safetensors')" """,
                """init "$(printf 'm\355\240\200.json')" --explain""",
                """inspect "$(printf '\200')" """,
            }
        )
        {
            using var shell = CliProcess.Shell(Folder, line);
            var run = CliProcess.Finish(shell);
            Assert.Contains("argument-invalid", run.Codes);
            Assert.Contains("is not UTF-8", run.Errors[0], StringComparison.Ordinal);
            Assert.Equal(2, run.ExitCode);
            Assert.Equal(["m.json"], Listing());
        }

        // The character itself is a name like any other.
        Assert.Equal(0, Run("fill", "ones", "--shape", "2", "--out", "w\uFFFD.npy").ExitCode);
        Assert.Equal(["m.json", "w\uFFFD.npy"], Listing());
    }

    [Fact]
    public void WordsThatWereEndedDoNotSayThatNothingWasWritten()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var process = CliProcess.Start(Folder, ["words", "--seed", "1"]);
        var buffer = new byte[100_000];
        process.StandardOutput.BaseStream.ReadExactly(buffer);
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        var run = CliProcess.Finish(process);
        Assert.Equal((1, "cancelled"), (run.ExitCode, Assert.Single(run.Codes)));
        Assert.Contains(
            "what was written to standard output before stays written",
            run.Errors[0],
            StringComparison.Ordinal
        );
    }
}
