using System.Globalization;
using System.Text;

namespace Initializers.Cli;

/// <summary>
/// Texts of files as a person can trust them: what would steer a terminal, turn the direction of writing or not be seen
/// is escaped, so that no name passes for another.
/// </summary>
internal static class Visible
{
    /// <summary>A text on one line. Escapes are <c>\u202e</c> or <c>\U000e0041</c>; a backslash that could be taken for
    /// the start of one is doubled, so that different texts stay different.</summary>
    internal static string Line(string text) => Escaped(text, inJson: false);

    /// <summary>A JSON document in which the same code points are escaped as JSON does. Outside of texts it has none.</summary>
    internal static string Json(string document) => Escaped(document, inJson: true);

    private static string Escaped(string text, bool inJson)
    {
        if (text.All(c => char.IsAsciiLetterOrDigit(c) || (char.IsAscii(c) && !char.IsControl(c) && c != '\\')))
            return text;
        var line = new StringBuilder(text.Length + 16);
        // Whether a combining mark has a base character.
        var isBase = false;
        for (var i = 0; i < text.Length; )
        {
            var isRune = Rune.TryGetRuneAt(text, i, out var rune);
            var length = isRune ? rune.Utf16SequenceLength : 1;
            var category = isRune ? Rune.GetUnicodeCategory(rune) : UnicodeCategory.Surrogate;
            var isMark = IsMark(category);
            var isHidden = (isRune && IsIgnorable(rune.Value)) || IsHidden(category, rune) || (isMark && !isBase);
            if (inJson && isRune && rune.Value < 0x80)
                line.Append(text[i]);
            else if (isHidden && (inJson || rune.Value < 0x10000 || !isRune))
                foreach (var unit in text.AsSpan(i, length))
                    line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            else if (isHidden)
                line.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
            else
                line.Append(text, i, length);
            if (rune.Value == '\\' && !inJson && StartsEscape(text, i + 1))
                line.Append('\\');
            isBase = !isHidden && (isMark ? isBase : IsBase(category));
            i += length;
        }

        return line.ToString();
    }

    /// <summary>Whether what follows a backslash would make an escape of it.</summary>
    private static bool StartsEscape(string text, int next)
    {
        if (next >= text.Length)
            return false;
        var isRune = Rune.TryGetRuneAt(text, next, out var rune);
        return text[next] is 'u' or 'U' or '\\'
            || !isRune
            || IsIgnorable(rune.Value)
            || IsHidden(Rune.GetUnicodeCategory(rune), rune)
            || IsMark(Rune.GetUnicodeCategory(rune));
    }

    private static bool IsMark(UnicodeCategory category) =>
        category
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark;

    private static bool IsBase(UnicodeCategory category) =>
        category
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter
                or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber
                or UnicodeCategory.OtherSymbol;

    private static bool IsHidden(UnicodeCategory category, Rune rune) =>
        category
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
        || (category == UnicodeCategory.SpaceSeparator && rune.Value != ' ');

    /// <summary>Code points of other categories that show nothing: Unicode's Default_Ignorable_Code_Point, and the blank of
    /// Braille.</summary>
    private static bool IsIgnorable(int code) =>
        code
            is 0x034F
                or (>= 0x115F and <= 0x1160)
                or (>= 0x17B4 and <= 0x17B5)
                or (>= 0x180B and <= 0x180F)
                or 0x2800
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFFA0
                or (>= 0xE0000 and <= 0xE0FFF);
}
