using Initializers.Models;

namespace Initializers.Plots;

/// <summary>The first rows and columns of a tensor as a matrix: its first axis, and all others together.</summary>
internal readonly struct Block
{
    private readonly ReadOnlyMemory<double> values;
    private readonly long stride;

    private Block(ReadOnlyMemory<double> values, long stride, int rows, int columns)
    {
        this.values = values;
        this.stride = stride;
        Rows = rows;
        Columns = columns;
    }

    internal int Rows { get; }

    internal int Columns { get; }

    internal double this[int row, int column] => values.Span[(int)(row * stride + column)];

    /// <summary>At most this many rows and columns, as far as the sample goes; null for a vector or a scalar.</summary>
    internal static Block? Of(TensorSample tensor, int most)
    {
        if (tensor.Shape.Count < 2)
            return null;
        var columns = tensor.Shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        if (columns == 0)
            return null;
        var shown = (int)Math.Min(columns, Math.Min(most, tensor.Values.Length));
        var rows = (int)Math.Min(most, Math.Min(tensor.Shape[0], (tensor.Values.Length - shown) / columns + 1));
        return rows < 2 || shown < 2 ? null : new Block(tensor.Values, columns, rows, shown);
    }

    /// <summary>What part of the tensor it is: empty for all of it.</summary>
    internal string Part(TensorSample tensor) =>
        Rows == tensor.Shape[0] && Columns == stride ? "" : $", first {Rows} × {Columns}";
}
