using System.Globalization;

namespace Initializers.Benchmarks;

/// <summary>The table as text.</summary>
internal static class Table
{
    internal static string Head =>
        $"{"", -38}{"against", -26}{"here", 14}{"there", 14}{"ratio", 9}{"target", 9}  \n" + new string('-', 118);

    internal static string Line(Measurement m) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{m.Work, -38}{m.Against, -26}{m.Ours, 14}{m.Theirs, 14}{m.Ratio, 9:F2}{Bound(m), 9}  {(m.Passed ? "met" : "MISSED")}"
        ) + Remarks(m);

    /// <summary>Elements a second.</summary>
    internal static string Rate(double perSecond) =>
        perSecond >= 1e9
            ? string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1e9:F2} G/s")
            : string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1e6:F0} M/s");

    private static string Bound(Measurement m) =>
        string.Create(CultureInfo.InvariantCulture, $"{(m.IsLimit ? "≤" : "≥")} {m.Target:0.##}");

    private static string Remarks(Measurement m)
    {
        string peer = m.Counts
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"peer at {m.PeerShare:P0} of its record");
        string[] remarks = [.. ((string[])[m.Note, peer]).Where(text => text.Length > 0)];
        return remarks.Length == 0 ? "" : $" ({string.Join("; ", remarks)})";
    }
}
