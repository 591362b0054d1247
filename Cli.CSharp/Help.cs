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
    private readonly HelpAction help = new();

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult result)
    {
        help.Invoke(result);
        var output = result.InvocationConfiguration.Output;
        if (result.CommandResult.Command is IHasExamples { Examples: var examples })
        {
            output.WriteLine("Examples:");
            foreach (var line in examples.Split('\n'))
                output.WriteLine("  " + line);
            output.WriteLine();
        }

        output.WriteLine(
            "Exit codes: 0 done, 1 the machine or a file failed (disk, device, malformed file, weights that differ, cancelled), 2 the request is wrong."
        );
        return Invocation.Done;
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
