using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Initializers.Stateful;
using static TorchSharp.torch;

namespace Initializers.Benchmarks;

/// <summary>How cost grows with elements, and falls with threads.</summary>
internal static class Scaling
{
    /// <summary>Normals of 2^28 elements, in slices into one buffer, against 2^25: time an element.</summary>
    internal static Measurement Linear(Effort effort)
    {
        const int Part = 1 << 25;
        const long Whole = 1L << 28;
        using var memory = new TorchMemory([Part]);
        Initializer normal = Comparisons.UnitNormal;
        using var trial = new Trial(
            [
                (Trial.Ours, () => Slices(memory.Span<float>(), normal, Whole)),
                (Trial.Peer, () => Slices(memory.Span<float>(), normal, Part)),
            ],
            []
        );
        IReadOnlyDictionary<string, double> seconds = trial.Measure(effort with { Rounds = 9 });
        double whole = seconds[Trial.Ours] / Whole;
        double part = seconds[Trial.Peer] / Part;
        return new Measurement(
            "linear",
            "normal, 2^28 in slices",
            "2^25, time an element",
            Table.Rate(1 / whole),
            Table.Rate(1 / part),
            whole / part,
            1.1
        )
        {
            IsLimit = true,
        };
    }

    private static void Slices(Span<float> memory, Initializer initializer, long whole)
    {
        for (long offset = 0; offset < whole; offset += memory.Length)
        {
            initializer.Fill(memory, [whole], offset: offset, seed: 1);
        }
    }

    /// <summary>bfloat16 normals of 2^20 elements, which the caches hold: all threads against one. One thread is the calling
    /// one, which fills alone what is below 2^16 elements.</summary>
    internal static Measurement Threads(Effort effort)
    {
        const int Elements = 1 << 20;
        using var memory = new TorchMemory([Elements], DType.BFloat16);
        Initializer normal = Comparisons.UnitNormal;
        using var trial = new Trial(
            [
                (Trial.Ours, () => normal.Fill(memory.Span<BFloat16>(), seed: 1)),
                (Trial.Peer, () => Alone(memory.Span<BFloat16>(), normal)),
            ],
            []
        );
        IReadOnlyDictionary<string, double> seconds = trial.Measure(effort);
        return new Measurement(
            "threads",
            string.Create(CultureInfo.InvariantCulture, $"bfloat16 normal, {Environment.ProcessorCount} threads"),
            "one thread",
            Table.Rate(Elements / seconds[Trial.Ours]),
            Table.Rate(Elements / seconds[Trial.Peer]),
            seconds[Trial.Peer] / seconds[Trial.Ours],
            1.8
        );
    }

    private static void Alone(Span<BFloat16> memory, Initializer initializer)
    {
        const int Most = (1 << 16) - 4;
        long[] shape = [memory.Length];
        for (int offset = 0; offset < memory.Length; offset += Most)
        {
            initializer.Fill(
                memory.Slice(offset, Math.Min(Most, memory.Length - offset)),
                shape,
                offset: offset,
                seed: 1
            );
        }
    }
}
