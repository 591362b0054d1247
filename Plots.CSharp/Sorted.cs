using Initializers.Models;

namespace Initializers.Plots;

/// <summary>Finite values in ascending order.</summary>
internal static class Sorted
{
    internal static double[] Of(TensorSample tensor)
    {
        double[] values = [.. tensor.Values.ToArray().Where(double.IsFinite)];
        Array.Sort(values);
        return values;
    }

    /// <summary>The index of the first value that is at least <paramref name="x"/>.</summary>
    internal static int First(double[] sorted, double x) => Search(sorted, value => value >= x);

    /// <summary>The index of the first value above <paramref name="x"/>.</summary>
    internal static int After(double[] sorted, double x) => Search(sorted, value => value > x);

    private static int Search(double[] sorted, Func<double, bool> isReached)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isReached(sorted[middle]))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
