using System.Globalization;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>Tensors that differ in numbers of their names alone: the layers of a model.</summary>
/// <param name="Name">The name with the numbers that occur in braces: <c>h.{0…11}.ln_1.weight</c>.</param>
/// <param name="Members">The tensors, in the model's order.</param>
internal sealed record ExplanationFold(string Name, IReadOnlyList<TensorExplanation> Members)
{
    internal TensorExplanation First => Members[0];

    internal TensorExplanation Last => Members[^1];

    internal long Count => Members.Count;

    /// <summary>Whether an expression gives the layers different numbers.</summary>
    internal bool Varies => Members.Any(m => m.Distribution != First.Distribution);

    /// <summary>Folds tensors of equal rule, dtype, shape and either expression or distribution, in the order in which
    /// they begin.</summary>
    internal static IReadOnlyList<ExplanationFold> Of(IReadOnlyList<TensorExplanation> explanations)
    {
        List<Group> groups = [.. explanations.Select(Group.Of)];
        var depth = groups.Count == 0 ? 0 : groups.Max(g => g.Numbers.Count);
        for (var position = 0; position < depth; position++)
        {
            var at = position;
            groups = [.. groups.GroupBy(g => g.KeyWithout(at)).Select(same => Group.Joined([.. same], at))];
        }

        return [.. groups.Select(g => new ExplanationFold(g.Name, g.Members))];
    }

    /// <summary>A name in segments, of which some are sets of numbers.</summary>
    private sealed record Group(
        IReadOnlyList<string> Segments,
        IReadOnlyList<(int Segment, IReadOnlyList<long> Values)> Numbers,
        IReadOnlyList<TensorExplanation> Members
    )
    {
        internal static Group Of(TensorExplanation e)
        {
            var segments = e.Tensor.Name.Split('.');
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
                [e]
            );
        }

        /// <summary>What members share when they differ in one number.</summary>
        internal string KeyWithout(int position)
        {
            if (position >= Numbers.Count)
                return $"{NameWithout(-1)}\n{Facts}";
            return $"{NameWithout(Numbers[position].Segment)}\n{Facts}";
        }

        internal static Group Joined(IReadOnlyList<Group> same, int position)
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

        private string Facts =>
            string.Join(
                '\n',
                Members[0].Rule,
                Members[0].Tensor.TiedTo,
                Members[0].Tensor.Storage,
                string.Join(',', Members[0].Tensor.Shape),
                Members[0].Expression ?? Members[0].Distribution,
                Members[0].Source
            );

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
