using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary>A command that shows how it is called.</summary>
internal interface IHasExamples
{
    /// <summary>Command lines, one a line.</summary>
    string Examples { get; }
}

/// <summary>The program itself: its commands and examples.</summary>
internal sealed class RequestGroup(string name, string description, string examples)
    : Command(name, description),
        IHasExamples
{
    public string Examples { get; } = examples;
}

/// <summary>The parser's own help, then examples and exit codes.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    /// <summary>The columns of help that is not written to a terminal.</summary>
    private const int Columns = 80;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult result)
    {
        var output = result.InvocationConfiguration.Output;
        var width = Display.Width(Columns);
        if (result.CommandResult.Command is RequestGroup group)
        {
            Overview(output, group, width);
            return Invocation.Done;
        }

        new HelpAction { MaxWidth = width }.Invoke(result);
        if (result.CommandResult.Command is IHasExamples { Examples: var examples })
        {
            output.WriteLine("Examples:");
            foreach (var line in examples.Split('\n'))
                output.WriteLine("  " + line);
            output.WriteLine();
        }

        Display.Wrapped(
            output,
            "Exit codes: 0 done, 1 the machine or a file failed (disk, device, malformed file, weights that differ, cancelled), 2 the request is wrong.",
            2,
            width
        );
        return Invocation.Done;
    }

    /// <summary>The commands, each with the first sentence of its description, in 24 lines.</summary>
    private static void Overview(TextWriter output, RequestGroup group, int width)
    {
        Display.Wrapped(output, group.Description!, 0, width);
        output.WriteLine();
        output.WriteLine($"Usage: {group.Name} COMMAND [options]");
        output.WriteLine();
        var names = group.Subcommands.Max(command => command.Name.Length);
        foreach (var command in group.Subcommands)
        {
            var sentence = command.Description!.Split(". ")[0].TrimEnd('.');
            Display.Wrapped(output, $"  {command.Name.PadRight(names)}  {sentence}", names + 4, width);
        }

        output.WriteLine();
        foreach (var line in group.Examples.Split('\n'))
            output.WriteLine("  " + line);
        output.WriteLine();
        output.WriteLine("COMMAND --help shows options, examples and exit codes.");
    }
}

/// <summary>The program's version, and that of the bit contract, which says whether weights are the same.</summary>
internal sealed class VersionWithBits : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult result)
    {
        var version = typeof(VersionWithBits)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;
        result.InvocationConfiguration.Output.WriteLine($"{version}, bits {Verification.BitsVersion}");
        return Invocation.Done;
    }
}
