using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Encodings.Web;
using System.Text.Json;
using Initializers.Stateful;
using TorchSharp;

namespace Initializers.Benchmarks;

/// <summary>Measures every line of the table and prints it.</summary>
internal static class Ratios
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The lines that another process measures, on fewer instructions.</summary>
    private static readonly (string Prefix, string Name, string Setting, double Target)[] Restricted =
    [
        ("avx2", "AVX2 only", "DOTNET_EnableAVX512", 4),
        ("plain", "no intrinsics", "DOTNET_EnableHWIntrinsic", 0.2),
    ];

    private static readonly string[] RestrictedWorks = ["uniform", "normal"];

    /// <summary>Names of all lines, in the table's order.</summary>
    internal static IEnumerable<string> Keys =>
        [
            .. Comparisons.All.Select(c => c.Key),
            .. Restricted.SelectMany(r => RestrictedWorks.Select(work => $"{r.Prefix}_{work}")),
            "linear",
            "threads",
            "init",
            .. Processes.Keys,
        ];

    /// <summary>Measures the lines and prints each when it is there.</summary>
    internal static List<Measurement> Measure(IReadOnlyCollection<string> keys, Effort effort)
    {
        var lines = new List<Measurement>();
        void Add(Measurement line)
        {
            lines.Add(line);
            Console.WriteLine(Table.Line(line));
        }

        Console.WriteLine(Machine());
        Console.WriteLine();
        Console.WriteLine(Table.Head);
        foreach (Comparison comparison in Comparisons.All.Where(c => keys.Contains(c.Key)))
        {
            Add(Compare(comparison, effort));
        }

        foreach (var (prefix, name, setting, target) in Restricted)
        {
            string[] works = [.. RestrictedWorks.Where(work => keys.Contains($"{prefix}_{work}"))];
            foreach (Measurement line in works.Length == 0 ? [] : InProcess(setting, works, effort))
            {
                bool same = line.Note == Digest(line.Key);
                Add(
                    line with
                    {
                        Key = $"{prefix}_{line.Key}",
                        Work = $"{line.Work}, {name}",
                        // Wrong weights are no result, however fast.
                        Ratio = same ? line.Ratio : 0,
                        Target = target,
                        Note = same ? "same bits" : "OTHER BITS",
                    }
                );
            }
        }

        if (keys.Contains("linear"))
        {
            Add(Scaling.Linear(effort));
        }

        if (keys.Contains("threads"))
        {
            Add(Scaling.Threads(effort));
        }

        if (keys.Contains("init"))
        {
            Add(InitProcess.Measure(effort));
        }

        foreach (string key in Processes.Keys.Where(keys.Contains))
        {
            Add(Processes.Measure(key, effort));
        }

        return lines;
    }

    /// <summary>What the summary below the table says.</summary>
    internal static string Verdict(IReadOnlyCollection<Measurement> lines)
    {
        int passed = lines.Count(line => line.Passed);
        string[] odd = [.. lines.Where(line => !line.Counts).Select(line => line.Key)];
        string summary = string.Create(
            CultureInfo.InvariantCulture,
            $"{passed} of {lines.Count} targets met, for two AVX-512 cores."
        );
        return odd.Length == 0
            ? summary
            : $"{summary} Not to be counted, as the peer was not within 30 % of its rate on record: {string.Join(", ", odd)}.";
    }

    internal static void WriteJson(string file, IReadOnlyCollection<Measurement> lines) =>
        File.WriteAllText(file, JsonSerializer.Serialize(new { machine = Machine(), lines }, Json));

    /// <summary>What another process prints for this one.</summary>
    internal static void PrintForParent(IReadOnlyCollection<string> keys, Effort effort)
    {
        Measurement[] lines =
        [
            .. Comparisons
                .All.Where(c => keys.Contains(c.Key))
                .Select(c => Compare(c, effort) with { Note = Digest(c.Key) }),
        ];
        Console.WriteLine(JsonSerializer.Serialize(lines, Json));
    }

    /// <summary>Measures up to three times, until the peer runs as fast as on record; else what came nearest.</summary>
    private static Measurement Compare(Comparison comparison, Effort effort)
    {
        using Trial trial = comparison.Prepare();
        Measurement best = Compare(comparison, trial, effort);
        for (int again = 0; again < 2 && !best.Counts; again++)
        {
            Measurement next = Compare(comparison, trial, effort);
            best = next.FromRecord < best.FromRecord ? next : best;
        }

        return best;
    }

    private static Measurement Compare(Comparison comparison, Trial trial, Effort effort)
    {
        IReadOnlyDictionary<string, double> seconds = trial.Measure(effort);
        double ours = seconds[Trial.Ours];
        double peer = seconds[Trial.Peer];
        double target = comparison.Target;
        string note = "";
        if (comparison.ShareOfFill is { } share && seconds.TryGetValue(Comparisons.Fill, out double fill))
        {
            target = Math.Min(target, share * peer / fill);
            note = string.Create(CultureInfo.InvariantCulture, $"{fill / ours:P0} of the fill");
        }

        double rate = comparison.Elements / seconds.GetValueOrDefault(Comparisons.Gauge, peer) / 1e6;
        double?[] shares = [rate / comparison.Recorded, comparison.Elements / peer / 1e6 / comparison.PeerRecorded];
        return new Measurement(
            comparison.Key,
            comparison.Work,
            comparison.Peer,
            Table.Rate(comparison.Elements / ours),
            Table.Rate(comparison.Elements / peer),
            peer / ours,
            target
        )
        {
            PeerShare = shares.MaxBy(share => Math.Abs(1 - (share ?? 1))),
            Note = note,
        };
    }

    /// <summary>Lines that a process of this program measures under a setting of .NET's.</summary>
    private static Measurement[] InProcess(string setting, string[] works, Effort effort)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Ratios).Assembly.Location);
        }

        foreach (string argument in (string[])["for-parent", effort == Effort.Short ? "--short" : "--whole", .. works])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[setting] = "0";
        using Process process =
            Process.Start(start) ?? throw new InvalidOperationException("the benchmark's own program does not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return JsonSerializer.Deserialize<Measurement[]>(output, Json)!;
    }

    /// <summary>A digest of the weights that a line's initializer gives, on whatever instructions there are.</summary>
    private static string Digest(string key)
    {
        float[] weights = new float[100_003];
        (key == "uniform" ? Comparisons.UnitUniform : Comparisons.UnitNormal).Fill(weights, seed: 1);
        return Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(MemoryMarshal.AsBytes(weights.AsSpan()))
        );
    }

    /// <summary>Whether targets are for this machine.</summary>
    internal static bool IsComparable => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    private static string Machine()
    {
        string width =
            IsComparable ? "AVX-512"
            : Avx2.IsSupported ? "AVX2"
            : RuntimeInformation.ProcessArchitecture.ToString();
        return $"{Environment.ProcessorCount} cores with {width}, {RuntimeInformation.FrameworkDescription}, "
            + $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} on {torch.get_num_threads()} threads";
    }
}
