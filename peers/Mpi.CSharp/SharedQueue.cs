using System.Runtime.InteropServices;

namespace Initializers.Mpi;

/// <summary>
/// Units of work that ranks take without a message to one another. Each rank begins with a share of them; when its share
/// is taken, it takes from the share that has the most bytes left. Counters in memory that rank 0 shows to all say how many
/// units of each share are taken (MPI-3, 11.3: MPI_Fetch_and_op).
/// </summary>
internal sealed class SharedQueue : IDisposable
{
    // Handles of MPICH and of libraries with its binary interface (mpi.h).
    private const int World = 0x44000000;
    private const int NoInfo = 0x1c000000;
    private const int Int = 0x4c000405;
    private const int Sum = 0x58000003;

    private readonly int[][] shares;
    private readonly long[][] left;
    private readonly int rank;
    private readonly int window;

    /// <param name="units">The bytes of each unit.</param>
    /// <param name="rank">This rank.</param>
    /// <param name="size">The number of ranks.</param>
    internal SharedQueue(IReadOnlyList<long> units, int rank, int size)
    {
        this.rank = rank;
        shares = Shares(units, size);
        // The bytes of a share from each of its units on.
        left = [.. shares.Select(share => Rest([.. share.Select(unit => units[unit])]))];
        var bytes = rank == 0 ? (nint)(sizeof(int) * size) : 0;
        Check(MPI_Win_allocate(bytes, sizeof(int), NoInfo, World, out var memory, out window));
        if (rank == 0)
            for (var i = 0; i < size; i++)
                Marshal.WriteInt32(memory, sizeof(int) * i, 0);
        Check(MPI_Barrier(World));
        Check(MPI_Win_lock_all(0, window));
    }

    /// <summary>The next unit of this rank; null when all are taken. The second number is the share that it is of.</summary>
    internal (int Unit, int Share)? Take()
    {
        if (TakeOf(rank) is { } own)
            return (own, rank);

        while (true)
        {
            var most = -1;
            var bytes = 0L;
            for (var share = 0; share < shares.Length; share++)
            {
                var taken = Add(share, 0);
                if (taken < shares[share].Length && left[share][taken] > bytes)
                    (most, bytes) = (share, left[share][taken]);
            }

            if (most < 0)
                return null;
            if (TakeOf(most) is { } stolen)
                return (stolen, most);
        }
    }

    public void Dispose()
    {
        Check(MPI_Win_unlock_all(window));
        var freed = window;
        Check(MPI_Win_free(ref freed));
    }

    /// <summary>Consecutive units of nearly equal bytes for each rank, its large ones first.</summary>
    private static int[][] Shares(IReadOnlyList<long> units, int size)
    {
        var total = Math.Max(1, units.Sum());
        var shares = Enumerable.Range(0, size).Select(_ => new List<int>()).ToArray();
        var before = 0L;
        for (var unit = 0; unit < units.Count; unit++)
        {
            var middle = before + units[unit] / 2;
            shares[Math.Min(size - 1, (int)((Int128)middle * size / total))].Add(unit);
            before += units[unit];
        }

        return [.. shares.Select(share => share.OrderByDescending(unit => units[unit]).ToArray())];
    }

    private static long[] Rest(long[] bytes)
    {
        for (var i = bytes.Length - 2; i >= 0; i--)
            bytes[i] += bytes[i + 1];
        return bytes;
    }

    private int? TakeOf(int share) => Add(share, 1) is var i && i < shares[share].Length ? shares[share][i] : null;

    /// <summary>Adds to the counter of a share, and returns its value before.</summary>
    private int Add(int share, int count)
    {
        Check(MPI_Fetch_and_op(in count, out var before, Int, 0, share, Sum, window));
        Check(MPI_Win_flush(0, window));
        return before;
    }

    private static void Check(int code)
    {
        if (code != 0)
            throw new InvalidOperationException($"MPI failed with code {code}");
    }

    [DllImport("msmpi")]
    private static extern int MPI_Barrier(int communicator);

    [DllImport("msmpi")]
    private static extern int MPI_Win_allocate(
        nint bytes,
        int unit,
        int info,
        int communicator,
        out nint memory,
        out int window
    );

    [DllImport("msmpi")]
    private static extern int MPI_Win_lock_all(int assert, int window);

    [DllImport("msmpi")]
    private static extern int MPI_Fetch_and_op(
        in int value,
        out int result,
        int type,
        int rank,
        nint place,
        int operation,
        int window
    );

    [DllImport("msmpi")]
    private static extern int MPI_Win_flush(int rank, int window);

    [DllImport("msmpi")]
    private static extern int MPI_Win_unlock_all(int window);

    [DllImport("msmpi")]
    private static extern int MPI_Win_free(ref int window);
}
