using Initializers.Models;
using MPI;

namespace Initializers.Mpi;

/// <summary>What the ranks found in the finished files, each in every n-th of them.</summary>
/// <param name="Tensors">The number of tensors.</param>
/// <param name="Values">The number of finite elements.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Stddev">Their standard deviation.</param>
/// <param name="NotFinite">How many elements are NaN or infinite.</param>
/// <param name="Checksums">The SHA-256 of the data of each file.</param>
internal sealed record Statistics(
    long Tensors,
    long Values,
    double Mean,
    double Stddev,
    long NotFinite,
    IReadOnlyList<string> Checksums
)
{
    private const int Digits = 64;

    /// <summary>Reads this rank's files and gathers what all ranks found; null on ranks above 0.</summary>
    internal static Statistics? Gather(Intracommunicator ranks, string folder)
    {
        string[] files = [.. Directory.GetFiles(folder, "model*.safetensors").Order(StringComparer.Ordinal)];
        // Tensors, values, sum, sum of squares, elements that are not finite.
        var sums = new double[5];
        var digits = new byte[Digits * files.Length];
        for (var i = ranks.Rank; i < files.Length; i += ranks.Size)
        {
            var inspection = Inspection.Load(files[i]);
            foreach (var tensor in inspection.Tensors)
                Add(sums, tensor);
            var checksum = inspection.Metadata.First(pair => pair.Key == "sha256").Value;
            for (var digit = 0; digit < Digits; digit++)
                digits[Digits * i + digit] = (byte)checksum[digit];
        }

        var all = ranks.Reduce(sums, Operation<double>.Add, 0);
        // Each file is of one rank; the others have zeros.
        var texts = ranks.Reduce(digits, Operation<byte>.Add, 0);
        if (ranks.Rank != 0)
            return null;
        var mean = all[2] / all[1];
        return new Statistics(
            (long)all[0],
            (long)all[1],
            mean,
            Math.Sqrt(Math.Max(0, all[3] / all[1] - mean * mean)),
            (long)all[4],
            [
                .. files.Select(
                    (file, i) =>
                        $"{new string([.. texts.AsSpan(Digits * i, Digits).ToArray().Select(b => (char)b)])}  {Path.GetFileName(file)}"
                ),
            ]
        );
    }

    private static void Add(double[] sums, InspectedTensor tensor)
    {
        sums[0]++;
        if (tensor.Statistics is not { } found)
            return;
        var finite = (double)(tensor.Values - found.NonFinite);
        sums[4] += found.NonFinite;
        if (finite == 0)
            return;
        sums[1] += finite;
        sums[2] += finite * found.Mean;
        sums[3] += finite * (found.Stddev * found.Stddev + found.Mean * found.Mean);
    }
}
