using System.CommandLine;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>completion</c>: a script that completes words of this program in a shell.</summary>
internal sealed class CompletionCommand : RequestCommand
{
    private static readonly Dictionary<string, Func<IReadOnlyList<CompletedCommand>, string>> Shells = new()
    {
        ["bash"] = CompletionScripts.Bash,
        ["zsh"] = CompletionScripts.Zsh,
        ["fish"] = CompletionScripts.Fish,
        ["pwsh"] = CompletionScripts.PowerShell,
    };

    private const string Known = "bash, zsh, fish or pwsh";

    private readonly Argument<string> shell;

    internal CompletionCommand()
        : base(
            "completion",
            "Write a script that completes words in a shell. Commands, options, initializers, recipes, models and dtypes are completed.",
            """
            initializers completion bash > ~/.local/share/bash-completion/completions/initializers
            echo 'source <(initializers completion zsh)' >> ~/.zshrc
            initializers completion fish > ~/.config/fish/completions/initializers.fish
            initializers completion pwsh >> $PROFILE
            """
        ) => shell = Operand("SHELL", Known);

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        result.Text(shell) is not { } name ? [Fault.ArgumentMissing("SHELL", "bash")]
        : Shells.ContainsKey(name) ? []
        : [Fault.ArgumentInvalid("SHELL", name, Known)];

    protected override void Run(ParseResult result, CancellationToken token)
    {
        if (Faults(result) is { Count: > 0 } faults)
            throw new InitializerException(faults);
        var root = result.RootCommandResult.Command;
        Console.Write(Shells[result.Text(shell)!]([.. root.Subcommands.Select(Completed)]));
    }

    private static CompletedCommand Completed(Command command) =>
        new(
            command.Name,
            command.Description!.Split(". ")[0].TrimEnd('.'),
            [
                .. command
                    .Options.Where(o => !o.Hidden)
                    .Select(o => new CompletedOption(
                        o.Name,
                        o.Description!.Split([';', ':', '('])[0].TrimEnd('.', ' '),
                        o is Option<string>,
                        ValuesOf(o.Name)
                    )),
            ],
            OperandsOf(command.Name)
        );

    private static List<string> ValuesOf(string option) =>
        option switch
        {
            "--recipe" => Names(Catalogue.Recipes),
            "--dtype" => Names(Catalogue.DTypes),
            "--layout" => Names(Catalogue.Layouts),
            "--device" => ["cpu"],
            "--stack" => ["mlp", "residual", "convolution", "transformer"],
            "--normalization" => ["layer_norm", "rms_norm", "none"],
            "--unmatched" => ["keep"],
            "--panels" => ["histogram", "quantiles", "heatmap", "singular-values"],
            "--activation" => Names(Catalogue.Nonlinearities),
            "--spec" or "--bias" or "--compare" => [.. Catalogue.Initializers.Select(i => i.Name)],
            _ => [],
        };

    /// <summary>What the first operand may be in addition to a file.</summary>
    private static List<string> OperandsOf(string command) =>
        command switch
        {
            "init" => Names(Catalogue.Models),
            "fill" or "tables" => [.. Catalogue.Initializers.Select(i => i.Name)],
            "plot" => [.. Catalogue.Initializers.Select(i => i.Name), .. Names(Catalogue.Models)],
            "list" =>
            [
                "recipe",
                .. ListCommand.Kinds.Select(k => k.Kind),
                .. Catalogue.Initializers.Select(i => i.Name),
            ],
            "completion" => [.. Shells.Keys],
            _ => [],
        };

    private static List<string> Names(IReadOnlyList<KnownName> known) => [.. known.Select(k => k.Name)];
}
