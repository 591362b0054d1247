using System.Collections;
using System.Runtime.CompilerServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Initializers.Stateful;

/// <summary>A box of a tensor: a range along each axis, outermost first.</summary>
/// <remarks>Write it as C#'s ranges, <c>[0..512, ^2..]</c>, or as NumPy's, <c>"0:512,-2:"</c>. A range that begins with two dots is
/// a spread inside brackets: write <c>Box.Of(.., ..5)</c>. Pairs of longs are for axes longer than 2^31.</remarks>
/// <example><code>using Tensor half = new KaimingNormal().CreatePart([512, 256], Box.Of(.., 128..256), Layout.OutIn, seed: 42);</code></example>
[CollectionBuilder(typeof(Box), nameof(Of))]
public sealed class Box : IEnumerable<Range>, IEquatable<Box>
{
    private readonly FSharp.Box _box;

    private Box(FSharp.Box box) => _box = box;

    /// <summary>The core's box.</summary>
    internal FSharp.Box Value => _box;

    /// <summary>Returns the box of C#'s ranges.</summary>
    /// <param name="ranges">One range for each axis.</param>
    /// <returns>The box.</returns>
    /// <example><code>Box columns = Box.Of(.., 128..256);</code></example>
    public static Box Of(params ReadOnlySpan<Range> ranges)
    {
        var all = new FSharp.AxisRange[ranges.Length];
        for (int axis = 0; axis < all.Length; axis++)
            all[axis] = new FSharp.AxisRange(End(ranges[axis].Start), End(ranges[axis].End));
        return new Box(new FSharp.Box(ListModule.OfSeq(all)));
    }

    /// <summary>Returns the box of half-open ranges.</summary>
    /// <param name="ranges">Start and end for each axis. A negative number counts from the end of the axis.</param>
    /// <returns>The box.</returns>
    /// <example><code>Box experts = Box.Of((1L &lt;&lt; 33, (1L &lt;&lt; 33) + 8), (0, 4096));</code></example>
    public static Box Of(params ReadOnlySpan<(long Start, long End)> ranges)
    {
        var all = new FSharp.AxisRange[ranges.Length];
        for (int axis = 0; axis < all.Length; axis++)
        {
            all[axis] = new FSharp.AxisRange(
                FSharpOption<long>.Some(ranges[axis].Start),
                FSharpOption<long>.Some(ranges[axis].End)
            );
        }

        return new Box(new FSharp.Box(ListModule.OfSeq(all)));
    }

    /// <summary>Reads a box as NumPy writes slices.</summary>
    /// <param name="text">Such as <c>0:512,128:256</c>; <c>3:</c> goes to the end of the axis, <c>:5</c> begins at its start,
    /// <c>:</c> is the whole axis, and a negative number counts from the end.</param>
    /// <returns>The box.</returns>
    /// <exception cref="InitializerException"><c>box-syntax</c>: the text is not a box.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static Box Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Box(CoreResults.Unwrap(FSharp.BoxModule.Parse(text)));
    }

    /// <summary>Reads a box as <see cref="Parse"/>.</summary>
    /// <param name="text">Such as <c>0:512,128:256</c>.</param>
    public static implicit operator Box(string text) => Parse(text);

    /// <summary>Returns the text that <see cref="Parse"/> reads.</summary>
    /// <returns>Such as <c>0:512,128:256</c>.</returns>
    public override string ToString() => FSharp.BoxModule.ToText(_box);

    /// <inheritdoc/>
    public bool Equals(Box? other) => other is not null && _box.Equals(other._box);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Box);

    /// <inheritdoc/>
    public override int GetHashCode() => _box.GetHashCode();

    /// <summary>Returns the ranges as C#'s.</summary>
    /// <returns>One range for each axis.</returns>
    /// <exception cref="OverflowException">An end is larger than 2^31 - 1.</exception>
    public IEnumerator<Range> GetEnumerator() =>
        _box
            .Ranges.Select(range => new Range(IndexOf(range.Start, Index.Start), IndexOf(range.Stop, Index.End)))
            .GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static FSharpOption<long>? End(Index index) =>
        !index.IsFromEnd ? FSharpOption<long>.Some(index.Value)
        : index.Value == 0 ? null
        : FSharpOption<long>.Some(-index.Value);

    private static Index IndexOf(FSharpOption<long>? end, Index absent) =>
        end is null ? absent
        : end.Value < 0 ? new Index(checked((int)-end.Value), fromEnd: true)
        : new Index(checked((int)end.Value));
}
