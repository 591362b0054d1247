using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Initializers.Stateful;
using Microsoft.Win32.SafeHandles;

namespace Initializers.Cli;

/// <summary>A command whose request can be checked before it is run.</summary>
internal abstract class RequestCommand : Command, IHasExamples
{
    protected RequestCommand(string name, string description, string examples)
        : base(name, description)
    {
        Examples = examples;
        SetAction(RunAsync);
    }

    public string Examples { get; }

    /// <summary>Every fault of the request, found before any work.</summary>
    internal abstract IReadOnlyList<Fault> Faults(ParseResult result);

    /// <summary>Does what is asked; faults come as <see cref="InitializerException"/>.</summary>
    protected abstract void Run(ParseResult result, CancellationToken token);

    private Task<int> RunAsync(ParseResult result, CancellationToken token) =>
        Task.Run(
            () =>
            {
                Run(result, token);
                return Invocation.Done;
            },
            CancellationToken.None
        );

    /// <summary>An option that takes one word. The word is read and checked by the core, not here.</summary>
    protected Option<string> Word(string name, string value, string description, bool required = false)
    {
        var option = new Option<string>(name)
        {
            HelpName = value,
            Description = description,
            Required = required,
        };
        Options.Add(option);
        return option;
    }

    protected Option<bool> Flag(string name, string description)
    {
        var option = new Option<bool>(name) { Description = description };
        Options.Add(option);
        return option;
    }

    protected Argument<string> Operand(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        Arguments.Add(argument);
        return argument;
    }
}

/// <summary>Runs commands and tells faults on standard error, one line each: <c>error[CODE]: message</c>.</summary>
internal static class Invocation
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int Wrong = 2;

    internal static async Task<int> RunAsync(Command root, string[] args)
    {
        var result = root.Parse(args);
        try
        {
            if (result.Action is ParseErrorAction)
            {
                Tell(Faults(result));
                return Wrong;
            }

            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (InitializerException e) when (e.Faults is [{ Code: "reader-left" }])
        {
            // `words | head` has all that it wanted.
            return Done;
        }
        catch (InitializerException e)
        {
            Tell(e.Faults);
            return e.IsFailure ? Failed : Wrong;
        }
    }

    /// <summary>
    /// Standard output as a stream that says when its reader has left, which the console's own stream does not.
    /// </summary>
    internal static Stream StandardOutput() =>
        OperatingSystem.IsWindows()
            ? Console.OpenStandardOutput()
            : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    /// <summary>The word given for an option or argument; null where there is none.</summary>
    internal static string? Text(this ParseResult result, Symbol symbol) =>
        (result.GetResult(symbol)?.Tokens) is [var token, ..] ? token.Value : null;

    /// <summary>What the parser could not place, and every fault of what it could.</summary>
    private static List<Fault> Faults(ParseResult result)
    {
        var unmatched = result.UnmatchedTokens;
        List<Fault> faults =
        [
            .. unmatched.Select(t => new Fault(
                "argument-unknown",
                $"'{t}' is not understood here; --help lists what is."
            )),
        ];
        if (result.CommandResult.Command is RequestCommand command)
        {
            faults.AddRange(
                result.Errors.Where(e => IsOwn(e, unmatched)).Select(e => new Fault("argument-invalid", e.Message))
            );
            faults.AddRange(command.Faults(result));
        }
        else if (faults.Count == 0)
        {
            faults.Add(new Fault("argument-missing", "a command is missing; --help lists them."));
        }

        return faults;
    }

    /// <summary>
    /// Whether only the parser knows of an error. What is missing the core tells itself, with an example; tokens that
    /// belong nowhere have been told.
    /// </summary>
    private static bool IsOwn(ParseError error, IReadOnlyList<string> unmatched) =>
        error.SymbolResult switch
        {
            OptionResult { Option.Required: true, Tokens.Count: 0 } => false,
            OptionResult => true,
            ArgumentResult { Tokens.Count: 0 } => false,
            CommandResult => false,
            _ => unmatched.Count == 0,
        };

    private static void Tell(IEnumerable<Fault> faults)
    {
        foreach (var fault in faults)
            Console.Error.WriteLine($"error[{fault.Code}]: {Display.Line(fault.Message)}");
    }
}
