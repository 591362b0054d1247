using System.Globalization;

namespace Initializers.Cli;

/// <summary>Tensors that differ in numbers of their names alone: the layers of a model.</summary>
/// <param name="Name">The name with the numbers that occur in braces: <c>h.{0…11}.ln_1.weight</c>.</param>
/// <param name="Members">The tensors, in the model's order.</param>
internal sealed record NameFold<T>(string Name, IReadOnlyList<T> Members)
{
    internal T First => Members[0];

    internal T Last => Members[^1];

    internal long Count => Members.Count;
}

/// <summary>Folds the names of a model's layers.</summary>
internal static class NameFold
{
    /// <summary>Folds tensors of equal facts, in the order in which they begin.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="name">The name of one.</param>
    /// <param name="facts">What is equal in all tensors of a fold.</param>
    internal static IReadOnlyList<NameFold<T>> Of<T>(
        IReadOnlyList<T> tensors,
        Func<T, string> name,
        Func<T, string> facts
    )
    {
        List<Group<T>> groups = [.. tensors.Select(tensor => Group<T>.Of(tensor, name(tensor), facts(tensor)))];
        var depth = groups.Count == 0 ? 0 : groups.Max(g => g.Numbers.Count);
        for (var position = 0; position < depth; position++)
        {
            var at = position;
            groups = [.. groups.GroupBy(g => g.KeyWithout(at)).Select(same => Group<T>.Joined([.. same], at))];
        }

        return [.. groups.Select(g => new NameFold<T>(g.Name, g.Members))];
    }

    /// <summary>A name in segments, of which some are sets of numbers.</summary>
    private sealed record Group<T>(
        IReadOnlyList<string> Segments,
        IReadOnlyList<(int Segment, IReadOnlyList<long> Values)> Numbers,
        string Facts,
        IReadOnlyList<T> Members
    )
    {
        internal static Group<T> Of(T tensor, string name, string facts)
        {
            var segments = name.Split('.');
            return new(
                segments,
                [
                    .. segments
                        .Select((text, index) => (text, index))
                        .Where(s => s.text.Length is > 0 and <= 9 && s.text.All(char.IsAsciiDigit) && !Padded(s.text))
                        .Select(s =>
                            (s.index, (IReadOnlyList<long>)[long.Parse(s.text, CultureInfo.InvariantCulture)])
                        ),
                ],
                facts,
                [tensor]
            );
        }

        /// <summary>What members share when they differ in one number.</summary>
        internal string KeyWithout(int position)
        {
            if (position >= Numbers.Count)
                return $"{NameWithout(-1)}\n{Facts}";
            return $"{NameWithout(Numbers[position].Segment)}\n{Facts}";
        }

        internal static Group<T> Joined(IReadOnlyList<Group<T>> same, int position)
        {
            var first = same[0];
            if (same.Count == 1 || position >= first.Numbers.Count)
                return first;
            var segment = first.Numbers[position].Segment;
            IReadOnlyList<long> values = [.. same.SelectMany(g => g.Numbers[position].Values).Distinct().Order()];
            return first with
            {
                Numbers = [.. first.Numbers.Select((n, i) => i == position ? (segment, values) : n)],
                Members = [.. same.SelectMany(g => g.Members)],
            };
        }

        internal string Name => NameWithout(-1);

        private static bool Padded(string digits) => digits.Length > 1 && digits[0] == '0';

        private string NameWithout(int segment) =>
            string.Join(
                '.',
                Segments.Select(
                    (text, index) =>
                        index == segment ? "{}"
                        : Numbers.FirstOrDefault(n => n.Segment == index) is { Values.Count: > 1 } set ? Set(set.Values)
                        : text
                )
            );

        /// <summary>Numbers in braces, runs of them by their ends: {0…3,7}.</summary>
        private static string Set(IReadOnlyList<long> values)
        {
            List<string> runs = [];
            for (var i = 0; i < values.Count; )
            {
                var end = i;
                while (end + 1 < values.Count && values[end + 1] == values[end] + 1)
                    end++;
                runs.Add(
                    end == i ? $"{values[i]}"
                    : end == i + 1 ? $"{values[i]},{values[end]}"
                    : $"{values[i]}…{values[end]}"
                );
                i = end + 1;
            }

            return "{" + string.Join(',', runs) + "}";
        }
    }
}
