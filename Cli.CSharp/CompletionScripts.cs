using System.Text;

namespace Initializers.Cli;

/// <summary>A command as a shell completes it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Summary">The first sentence of its description.</param>
/// <param name="Options">The options.</param>
/// <param name="Operands">What an operand may be in addition to a file.</param>
internal sealed record CompletedCommand(
    string Name,
    string Summary,
    IReadOnlyList<CompletedOption> Options,
    IReadOnlyList<string> Operands
);

/// <summary>An option as a shell completes it.</summary>
/// <param name="Name">The name with its hyphens.</param>
/// <param name="Summary">The beginning of its description.</param>
/// <param name="HasValue">Whether a value comes after it.</param>
/// <param name="Values">What the value may be; empty for files and numbers.</param>
internal sealed record CompletedOption(string Name, string Summary, bool HasValue, IReadOnlyList<string> Values);

/// <summary>Scripts for shells. Where none of the known words fits, the shell completes names of files.</summary>
internal static class CompletionScripts
{
    internal static string Bash(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        Line(script, "# Completion of initializers for bash.");
        Line(script, "_initializers() {");
        Line(script, "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=");
        Line(script, "    if ((COMP_CWORD == 1)); then");
        Line(script, $"        words='{Joined(commands.Select(c => c.Name))} --help --version'");
        Line(script, "    else");
        Line(script, "        case ${COMP_WORDS[1]}:$before in");
        var recipes = commands.SelectMany(c => c.Options).First(o => o.Name == "--recipe").Values;
        Line(script, $"            list:recipe) words='{Joined(recipes)}' ;;");
        foreach (var command in commands)
        foreach (var option in command.Options.Where(o => o.Values.Count > 0))
            Line(script, $"            {command.Name}:{option.Name}) words='{Joined(option.Values)}' ;;");
        foreach (var command in commands.Where(c => c.Options.Any(o => o.HasValue && o.Values.Count == 0)))
        {
            var free = command
                .Options.Where(o => o.HasValue && o.Values.Count == 0)
                .Select(o => $"{command.Name}:{o.Name}");
            Line(script, $"            {string.Join("|", free)}) ;;");
        }

        foreach (var command in commands)
        {
            Line(script, $"            {command.Name}:*)");
            Line(
                script,
                $"                if [[ $word == -* ]]; then words='{Joined(command.Options.Select(o => o.Name))} --help'"
            );
            Line(script, $"                else words='{Joined(command.Operands)}'; fi ;;");
        }

        Line(script, "        esac");
        Line(script, "    fi");
        Line(script, "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))");
        Line(script, "}");
        Line(script, "complete -o default -F _initializers initializers");
        return script.ToString();
    }

    /// <summary>zsh runs bash's completions.</summary>
    internal static string Zsh(IReadOnlyList<CompletedCommand> commands) =>
        "autoload -U +X compinit && compinit -u\nautoload -U +X bashcompinit && bashcompinit\n"
        + Bash(commands).Replace("for bash", "for zsh", StringComparison.Ordinal);

    internal static string Fish(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        Line(script, "# Completion of initializers for fish.");
        foreach (var command in commands)
        {
            Line(
                script,
                $"complete -c initializers -n __fish_use_subcommand -f -a {command.Name} -d {Escaped(command.Summary)}"
            );
            var within = $"complete -c initializers -n '__fish_seen_subcommand_from {command.Name}'";
            foreach (var option in command.Options)
            {
                var value =
                    option.Values.Count > 0 ? $" -x -a '{Joined(option.Values)}'"
                    : option.HasValue ? " -r"
                    : "";
                Line(script, $"{within} -l {option.Name[2..]}{value} -d {Escaped(option.Summary)}");
            }

            if (command.Operands.Count > 0)
                Line(script, $"{within} -a '{Joined(command.Operands)}'");
        }

        return script.ToString();
    }

    internal static string PowerShell(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        Line(script, "# Completion of initializers for PowerShell.");
        Line(script, "Register-ArgumentCompleter -Native -CommandName initializers -ScriptBlock {");
        Line(script, "    param($word, $line, $cursor)");
        Line(script, "    $given = @($line.CommandElements | ForEach-Object { $_.ToString() })");
        Line(script, "    if ($word -ne '') { $given = @($given | Select-Object -SkipLast 1) }");
        Line(script, "    $command = if ($given.Count -gt 1) { $given[1] } else { '' }");
        Line(script, "    $words = switch -CaseSensitive (\"$command $($given[-1])\") {");
        foreach (var command in commands)
        foreach (var option in command.Options.Where(o => o.Values.Count > 0))
            Line(script, $"        {Quoted($"{command.Name} {option.Name}")} {{ {List(option.Values)}; break }}");
        Line(script, "        default { switch -CaseSensitive ($command) {");
        foreach (var command in commands)
            Line(
                script,
                $"            {Quoted(command.Name)} {{ {List([.. command.Options.Select(o => o.Name), .. command.Operands])} }}"
            );
        Line(script, $"            '' {{ {List([.. commands.Select(c => c.Name), "--help", "--version"])} }}");
        Line(script, "        } }");
        Line(script, "    }");
        Line(script, "    $words | Where-Object { $_ -like \"$word*\" } | ForEach-Object {");
        Line(script, "        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)");
        Line(script, "    }");
        Line(script, "}");
        return script.ToString();
    }

    // The same on every system: a script may be written on one for another.
    private static void Line(StringBuilder script, string line) => script.Append(line).Append('\n');

    private static string Joined(IEnumerable<string> words) => string.Join(' ', words);

    private static string List(IEnumerable<string> words) => $"@({string.Join(", ", words.Select(Quoted))})";

    private static string Escaped(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
