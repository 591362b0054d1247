using System.Diagnostics;
using System.Globalization;
using Initializers.Stateful;
using TorchSharp;

namespace Initializers.Benchmarks;

/// <summary>What a user waits for: whole processes, in turns with those of a peer. Nothing is taken off.</summary>
internal static class Processes
{
    private const int FirstElements = 1 << 20;

    /// <summary>The lines' names.</summary>
    internal static IReadOnlyList<string> Keys { get; } = ["start", "first_tensor", "init_flush"];

    /// <summary>Measures one of the lines.</summary>
    internal static Measurement Measure(string key, Effort effort) =>
        key switch
        {
            "start" => Start(effort),
            "first_tensor" => FirstTensor(effort),
            _ => InitFlush(effort),
        };

    /// <summary>What a process of this program does for <see cref="Measure"/>: nothing, or a first tensor.</summary>
    internal static void Work(string work)
    {
        switch (work)
        {
            case "first-ours":
                using (new RandomNormal(0, 1).CreateVariables([FirstElements], seed: 1)) { }

                break;
            case "first-peer":
                using (torch.Tensor tensor = torch.empty(FirstElements))
                {
                    torch.nn.init.normal_(tensor).Dispose();
                }

                break;
        }
    }

    /// <summary>Runs a process and waits for its end.</summary>
    internal static void Run(string program, params string[] words)
    {
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string word in words)
        {
            start.ArgumentList.Add(word);
        }

        using Process process =
            Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {error}");
        }
    }

    /// <summary>Runs the command line.</summary>
    internal static void Tool(params string[] words) =>
        Run(
            "dotnet",
            [Paths.InRepository("Cli.CSharp", "bin", "Release", "net10.0", "Initializers.Cli.dll"), .. words]
        );

    internal static double Timed(Action act)
    {
        long start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    internal static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s");

    private static Measurement Start(Effort effort) =>
        Limit(
            "start",
            "the tool's start, --version",
            "an empty .NET program",
            () => Tool("--version"),
            () => Self("nothing"),
            effort,
            3
        );

    private static Measurement FirstTensor(Effort effort) =>
        Limit(
            "first_tensor",
            "a process with 2^20 normals",
            "TorchSharp's",
            () => Self("first-ours"),
            () => Self("first-peer"),
            effort,
            0.5
        );

    private static Measurement InitFlush(Effort effort)
    {
        string folder = Directory.CreateTempSubdirectory("initializers-").FullName;
        try
        {
            string file = Path.Combine(folder, "gpt2.safetensors");
            string copy = Path.Combine(folder, "copy");
            void ours()
            {
                File.Delete(copy);
                File.Delete(file);
                Tool("init", "gpt2", "--seed", "42", "--out", file);
            }

            // The same bytes, which the memory still holds: the disk's own rate for them.
            void dd() => Run("dd", $"if={file}", $"of={copy}", "bs=8M", "conv=fdatasync");
            return Limit("init_flush", "init of GPT-2 with its flush", "dd conv=fdatasync", ours, dd, effort, 2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Self(string work)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        Run(program, [.. isHost ? [typeof(Processes).Assembly.Location] : Array.Empty<string>(), "process", work]);
    }

    private static Measurement Limit(
        string key,
        string work,
        string against,
        Action ours,
        Action peer,
        Effort effort,
        double target
    )
    {
        ours();
        peer();
        var mine = new List<double>();
        var theirs = new List<double>();
        for (int round = 0; round < Math.Max(5, effort.Rounds / 2); round++)
        {
            mine.Add(Timed(ours));
            theirs.Add(Timed(peer));
        }

        double seconds = Trial.Median(mine);
        double other = Trial.Median(theirs);
        return new Measurement(key, work, against, Seconds(seconds), Seconds(other), seconds / other, target)
        {
            IsLimit = true,
        };
    }
}
