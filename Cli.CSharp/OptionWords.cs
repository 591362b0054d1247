using System.CommandLine;
using System.CommandLine.Help;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary>
/// The words of a command line as the parser is to see them. The parser takes a word that it does not know for an
/// operand, and the option after an option without a value for that value; both are found here, before it.
/// </summary>
internal sealed class OptionWords
{
    private readonly List<Option> known;
    private readonly List<string> words = [];

    internal OptionWords(Command root, string[] args)
    {
        var name = Array.Find(args, word => !word.StartsWith('-'));
        var command = root.Subcommands.FirstOrDefault(c => c.Name == name);
        Command = command?.Name;
        known = [.. root.Options, .. command?.Options ?? []];
        for (var i = 0; i < args.Length; i++)
        {
            var word = args[i];
            if (word == "--")
            {
                // Operands alone from here on, whatever they begin with.
                words.AddRange(args[i..]);
                break;
            }

            var next = i + 1 < args.Length ? args[i + 1] : null;
            var option = Named(word);
            if (option is null && IsOption(word))
                i += Unknown(word, next);
            else
                i += Known(option, word, next);
        }
    }

    /// <summary>The command, if one is named.</summary>
    internal string? Command { get; }

    /// <summary>The words for the parser. An option with a slip of the pen is spelled right in them, so that the rest of
    /// the line is checked as it was meant.</summary>
    internal string[] Words => [.. words];

    /// <summary>Options that are followed by another in the place of their value.</summary>
    internal List<string> Bare { get; } = [];

    /// <summary>A fault for each option that the command does not have.</summary>
    internal List<Fault> Faults { get; } = [];

    /// <summary>A hyphen alone is standard output, and a hyphen before a digit is a number.</summary>
    private static bool IsOption(string word) =>
        word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]) && word[1] != '.';

    /// <summary>The part before the value that a word may have joined to it.</summary>
    private static string NameOf(string word) =>
        word.IndexOfAny(['=', ':']) is var end and > 0 && word[0] == '-' ? word[..end] : word;

    private Option? Named(string word)
    {
        var name = NameOf(word);
        return known.Find(o => o.Name == name || o.Aliases.Contains(name));
    }

    /// <summary>Keeps a word, and the value that comes after it if it is an option with one; returns how many words the
    /// value takes.</summary>
    private int Known(Option? option, string word, string? next)
    {
        if (option is not Option<string> || word != NameOf(word))
        {
            words.Add(word);
            return 0;
        }

        if (next?.StartsWith("--", StringComparison.Ordinal) == true)
        {
            Bare.Add(option.Name);
            return 0;
        }

        words.Add(word);
        if (next is null)
            return 0;
        words.Add(next);
        return 1;
    }

    /// <summary>Records an unknown option, and continues as if it were spelled correctly.</summary>
    private int Unknown(string word, string? next)
    {
        var name = NameOf(word);
        var meant = Nearest(name);
        var advice = meant is null
            ? "--help lists its options, and a file of such a name is given after '--'."
            : $"did you mean {meant.Name}?";
        Faults.Add(new Fault("argument-unknown", $"{Command ?? "initializers"} has no option '{name}'; {advice}"));
        // Help instead of the faults would hide them.
        return meant is null or HelpOption or VersionOption ? 0 : Known(meant, meant.Name + word[name.Length..], next);
    }

    /// <summary>The option that a word resembles most, or of which it is the first letter.</summary>
    private Option? Nearest(string word)
    {
        var letters = word.TrimStart('-').ToLowerInvariant();
        var options = known.Where(o => o.Name.StartsWith("--", StringComparison.Ordinal)).ToList();
        if (letters.Length == 1)
            return options.Where(o => o.Name[2] == letters[0]).ToList() is [var only] ? only : null;
        var meant = Catalogue.Nearest(options.Select(o => o.Name[2..]), letters);
        return options.Find(o => o.Name[2..] == meant);
    }
}
