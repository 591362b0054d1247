using MathNet.Numerics.LinearAlgebra;

namespace Initializers.Plots;

/// <summary>Singular values of matrices, and those that are expected of independent elements.</summary>
internal static class Spectrum
{
    /// <summary>The most rows and columns of a matrix that is decomposed.</summary>
    internal const int Most = 512;

    /// <summary>The singular values of a block of finite elements, largest first.</summary>
    internal static double[] Of(Block block)
    {
        var matrix = Matrix<double>.Build.Dense(block.Rows, block.Columns, (i, j) => block[i, j]);
        // Squares of elements neither overflow nor vanish.
        var scale = matrix.Enumerate().Max(Math.Abs);
        return scale == 0
            ? new double[Math.Min(block.Rows, block.Columns)]
            : [.. matrix.Map(x => x / scale).Svd(false).S.Select(value => value * scale)];
    }

    /// <summary>
    /// The singular values, largest first, of a large matrix of independent elements of mean 0: quantiles of the distribution of
    /// Marchenko and Pastur (1967), at (i + 1/2)/p.
    /// </summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="stddev">The standard deviation of the elements.</param>
    internal static double[] OfIndependent(int rows, int columns, double stddev)
    {
        double p = Math.Min(rows, columns);
        double q = Math.Max(rows, columns);
        var ratio = p / q;
        // x = 1 + ratio + 2 sqrt(ratio) cos t takes the square roots of the density's ends away.
        const int steps = 4096;
        var sums = new double[steps + 1];
        for (var i = 1; i <= steps; i++)
        {
            var t = Math.PI * (i - 0.5) / steps;
            var x = 1 + ratio + 2 * Math.Sqrt(ratio) * Math.Cos(t);
            var sin = Math.Sin(t);
            sums[i] = sums[i - 1] + sin * sin / Math.Max(x, double.Epsilon);
        }

        var values = new double[(int)p];
        var at = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var wanted = (i + 0.5) / p * sums[steps];
            while (sums[at + 1] < wanted)
                at++;
            var t = Math.PI * (at + (wanted - sums[at]) / (sums[at + 1] - sums[at])) / steps;
            var x = 1 + ratio + 2 * Math.Sqrt(ratio) * Math.Cos(t);
            values[i] = stddev * Math.Sqrt(q * Math.Max(0, x));
        }

        return values;
    }
}
