using System.Diagnostics;

namespace Initializers.Benchmarks;

/// <summary>Acts that do the same work, or a work that it is measured by. Each is complete on return.</summary>
/// <param name="acts">Names and acts.</param>
/// <param name="resources">What they keep.</param>
internal sealed class Trial(IReadOnlyList<(string Name, Action Act)> acts, IEnumerable<IDisposable> resources)
    : IDisposable
{
    /// <summary>What this library does.</summary>
    internal const string Ours = "ours";

    /// <summary>What the peer does.</summary>
    internal const string Peer = "peer";

    /// <summary>Threads of a peer go on spinning when their work is done (libgomp's about 3 ms), on cores that the next act
    /// needs.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <summary>Median seconds of each act, by its name. The acts take turns, so that whatever else the machine does meets
    /// all of them.</summary>
    /// <param name="effort">How much time to take.</param>
    internal IReadOnlyDictionary<string, double> Measure(Effort effort)
    {
        double[] once = [.. acts.Select(act => WarmUp(act.Act, effort))];
        int[] repeats = [.. once.Select(seconds => (int)Math.Max(1, Math.Ceiling(effort.Sample / seconds)))];
        double turn = once.Zip(repeats, (seconds, n) => seconds * n).Sum();
        int rounds = (int)Math.Clamp(effort.Most / turn, effort.Rounds / 3, effort.Rounds);
        double[][] seconds = [.. acts.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < acts.Count; i++)
            {
                Thread.Sleep(Rest);
                seconds[i][round] = Time(acts[i].Act, repeats[i]);
            }
        }

        return acts.Select((act, i) => (act.Name, Seconds: Median(seconds[i])))
            .ToDictionary(pair => pair.Name, pair => pair.Seconds);
    }

    public void Dispose()
    {
        foreach (IDisposable resource in resources)
        {
            resource.Dispose();
        }
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double Time(Action act, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            act();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    /// <summary>Repeats an act until .NET has compiled it as it will stay, which takes 30 calls and a tenth of a second, and
    /// tells how fast it was.</summary>
    private static double WarmUp(Action act, Effort effort)
    {
        var clock = Stopwatch.StartNew();
        double fastest = double.MaxValue;
        for (int i = 0; clock.Elapsed.TotalSeconds < effort.WarmUp || i < 3; i++)
        {
            fastest = Math.Min(fastest, Time(act, 1));
        }

        return fastest;
    }
}

/// <summary>How much time a measurement takes.</summary>
/// <param name="Rounds">Samples of each act; a third of them where acts are long.</param>
/// <param name="Sample">The least seconds of a sample; short acts are repeated within it.</param>
/// <param name="WarmUp">Seconds of each act that are not counted.</param>
/// <param name="Most">About the most seconds of all samples.</param>
internal sealed record Effort(int Rounds, double Sample, double WarmUp, double Most)
{
    internal static Effort Whole { get; } = new(21, 0.016, 0.8, 4);

    internal static Effort Short { get; } = new(9, 0.012, 0.5, 1.5);
}
