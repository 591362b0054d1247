using System.Diagnostics;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Signals that end the program, whatever it is doing, with a coded line and nothing left behind. On a machine
/// without other work this takes two seconds at most. A script that starts the tests with <c>&amp;</c> makes them ignore INT,
/// and those of INT fail then.</summary>
public sealed class SignalTests : InFolder
{
    /// <summary>What still runs then has not seen the signal: the matrix takes a minute, and the other commands never end.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private static void Send(string signal, Process process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until something is so, or the program has ended.</summary>
    private static void Until(Process process, Func<bool> holds)
    {
        var clock = Stopwatch.StartNew();
        while (!process.HasExited && !holds() && clock.Elapsed < TimeSpan.FromMinutes(1))
            Thread.Sleep(1);
    }

    /// <summary>Ends a program by a signal and checks how it ends.</summary>
    private void Ends(string signal, Process process)
    {
        if (process.HasExited)
            Assert.Fail("ended before the signal: " + string.Join(' ', CliProcess.Finish(process).Errors));
        Send(signal, process);
        var clock = Stopwatch.StartNew();
        var inTime = process.WaitForExit(Bound);
        if (!inTime)
            process.Kill();
        Assert.True(inTime, $"{clock.Elapsed} after {signal} it still runs");
        Assert.Equal(1, process.ExitCode);
        var errors = process.StandardError.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("error[cancelled]: ", Assert.Single(errors), StringComparison.Ordinal);
        Assert.DoesNotContain(Listing(), name => name.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void A_matrix_that_is_being_made_ends(string signal)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var process = CliProcess.Start(
            Folder,
            ["fill", "orthogonal", "--shape", "9000,9000", "--dtype", "float64", "--out", "w.npy"]
        );
        Until(process, () => Listing().Length > 0);
        Thread.Sleep(200);
        Ends(signal, process);
        Assert.Empty(Listing());
    }

    [Fact]
    public void A_write_that_nobody_reads_ends()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var process = CliProcess.Start(Folder, ["fill", "normal", "--shape", "100000000", "--out", "-"]);
        Until(process, () => process.StandardOutput.BaseStream.ReadByte() >= 0);
        Thread.Sleep(300);
        Ends("TERM", process);
    }

    [Theory]
    [InlineData("init /dev/stdin --seed 1 --out m.safetensors", "TERM")]
    [InlineData("init /dev/stdin --seed 1 --out m.safetensors", "HUP")]
    [InlineData("inspect /dev/stdin", "INT")]
    public void A_file_that_keeps_its_reader_waiting_does_not_keep_the_program(string command, string signal)
    {
        if (OperatingSystem.IsWindows())
            return;
        using (var make = Process.Start("mkfifo", [At("pipe")]))
            make.WaitForExit();
        // Open for reading and writing, so that the shell itself need not wait, nor a reader see an end.
        using var process = CliProcess.Shell(Folder, command + " <> pipe");
        Thread.Sleep(3000);
        // What is refused at once waits for nothing.
        if (!process.HasExited)
            Ends(signal, process);
        Assert.Equal(["pipe"], Listing());
    }

    [Fact]
    public void A_heap_that_is_full_is_coded()
    {
        // The program starts within 12 MB; the two buffers of a file are 16 MB.
        var heap = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x1000000" };
        var result = CliProcess.Finish(
            CliProcess.Start(Folder, ["fill", "normal", "--shape", "10", "--out", "w.npy"], heap)
        );
        Assert.Equal(["memory-exhausted"], result.Codes);
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(Listing());
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Signals_at_any_time_leave_a_whole_file_or_none()
    {
        if (OperatingSystem.IsWindows())
            return;
        // Times are drawn once and for all; what they meet depends on the machine.
        var random = new Random(5);
        string[][] commands =
        [
            ["fill", "orthogonal", "--shape", "3000,3000", "--out", "w.safetensors"],
            ["fill", "batched(inner=orthogonal)", "--shape", "8,900,900", "--out", "w.safetensors"],
            ["fill", "sparse(sparsity=0.5)", "--shape", "6000,6000", "--out", "w.safetensors"],
            ["fill", "normal", "--shape", "50000000", "--dtype", "float64", "--out", "w.safetensors"],
            ["init", Path.Combine(CliProcess.Root, "models", "gpt2.json"), "--seed", "1", "--out", "w.safetensors"],
        ];
        for (var i = 0; i < 100; i++)
        {
            using var process = CliProcess.Start(Folder, commands[i % commands.Length]);
            Thread.Sleep(random.Next(1, 1500));
            if (!process.HasExited)
            {
                Send(i % 2 == 0 ? "TERM" : "INT", process);
                Assert.True(process.WaitForExit(Bound), $"run {i} still runs");
            }

            string[] left = Listing();
            Assert.True(left.Length == 0 || left is ["w.safetensors"], string.Join(' ', left));
            if (left.Length > 0)
            {
                Assert.Equal(0, CliProcess.Run(Folder, "verify", "w.safetensors").ExitCode);
                File.Delete(At("w.safetensors"));
            }
        }
    }
}
