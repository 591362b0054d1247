using System.Collections;
using System.Globalization;
using System.Text;

namespace Initializers.Models;

/// <summary>Prints the members of records whose members are lists.</summary>
internal static class Printing
{
    private const int Shown = 8;

    /// <summary>Appends names and values as a record's <c>ToString</c> does, the elements of lists in brackets: the first 8,
    /// then the number of the others. The same in every culture.</summary>
    /// <returns>True, as <c>PrintMembers</c> of a record with members.</returns>
    internal static bool Append(StringBuilder builder, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        for (int i = 0; i < members.Length; i++)
        {
            string separator = i == 0 ? "" : ", ";
            builder.Append(CultureInfo.InvariantCulture, $"{separator}{members[i].Name} = {Text(members[i].Value)}");
        }

        return true;
    }

    private static string Text(object? value) =>
        value is IEnumerable list and not string
            ? List([.. list.Cast<object?>()])
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string List(object?[] items)
    {
        IEnumerable<string> shown = items.Take(Shown).Select(Text);
        return items.Length <= Shown
            ? $"[{string.Join(", ", shown)}]"
            : $"[{string.Join(", ", shown)}, … ({items.Length - Shown} more)]";
    }
}
