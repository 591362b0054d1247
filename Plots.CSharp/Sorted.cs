using Initializers.Models;

namespace Initializers.Plots;

/// <summary>Values that can be drawn, in ascending order.</summary>
internal static class Sorted
{
    /// <summary>Whether a value has a place on an axis, of which the length is finite, too.</summary>
    internal static bool IsDrawn(double value) => Math.Abs(value) <= 1e300;

    internal static double[] Of(TensorSample tensor)
    {
        double[] values = [.. tensor.Values.ToArray().Where(IsDrawn)];
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
