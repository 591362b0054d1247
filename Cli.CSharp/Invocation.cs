using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Initializers.Models;
using Initializers.Stateful;

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

    /// <summary>A fault in the command's words: its options and operands in place of a request's parameters.</summary>
    internal virtual Fault Worded(Fault fault, ParseResult result) =>
        fault switch
        {
            { Code: "file-exists" } => fault with
            {
                Message = fault.Message.Replace("overwriting", "--force", StringComparison.Ordinal),
            },
            { Parameter: { } parameter } when NameOf(parameter) is { } name => fault with
            {
                Message = name + fault.Message[parameter.Length..],
            },
            _ => fault,
        };

    /// <summary>The option or operand for a parameter of a request; null where the command has none.</summary>
    private string? NameOf(string parameter)
    {
        var option = "--" + parameter.Replace('_', '-');
        return Options.FirstOrDefault(o => o.Name == option)?.Name
            ?? Arguments.FirstOrDefault(a => a.Name.Equals(parameter, StringComparison.OrdinalIgnoreCase))?.Name;
    }

    /// <summary>A cancellation after which words may be on their way.</summary>
    protected static Fault Streamed(Fault fault) =>
        fault with
        {
            Message = "the request was cancelled; what was written to standard output before stays written.",
        };

    /// <summary>Does what is asked; faults come as <see cref="InitializerException"/>.</summary>
    protected abstract void Run(ParseResult result, CancellationToken token);

    private async Task<int> RunAsync(ParseResult result, CancellationToken token)
    {
        var work = Task.Run(
            () =>
            {
                Run(result, token);
                return Invocation.Done;
            },
            CancellationToken.None
        );
        await Task.WhenAny(work, Patience(token));
        // What the system keeps waiting, an open or a write, ends with the process.
        return work.IsCompleted ? await work : throw new OperationCanceledException(token);
    }

    /// <summary>How long work may go on after a signal.</summary>
    private static async Task Patience(CancellationToken token)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, token);
        }
        catch (OperationCanceledException)
        {
            await Task.Delay(TimeSpan.FromSeconds(1.5), CancellationToken.None);
        }
    }

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

    /// <summary>The most tensors that are named when a recipe does not fit a model; the others are counted.</summary>
    private const int MostUnmatched = 10;

    internal static async Task<int> RunAsync(Command root, string[] args)
    {
        StandardStreams.Protect();
        // No request at all is one for help.
        if (args is [] or ["help"])
            args = ["--help"];
        var options = new OptionWords(root, args);
        // A word that begins with '@' is a name like any other, and no file of further words.
        var result = root.Parse(options.Words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = result.CommandResult.Command as RequestCommand;
        try
        {
            List<Fault> faults = [.. StandardStreams.UndecodableWords(args), .. options.Faults];
            var isHelp = result.Action is HelpWithExamples;
            if (result.Action is ParseErrorAction || (faults.Count + options.Bare.Count > 0 && !isHelp))
            {
                Tell([.. faults, .. Faults(result, options.Bare, faults.Count)], command, result);
                return Wrong;
            }

            using var ended = new CancellationTokenSource();
            // Signals that end a program by default, except the two on which the parser's handler cancels.
            using var hangup = CancelOn(PosixSignal.SIGHUP, ended);
            using var quit = CancelOn(PosixSignal.SIGQUIT, ended);
            return await result.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    // Commands end sooner themselves.
                    ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
                },
                ended.Token
            );
        }
        catch (InitializerException e) when (e.Faults is [{ Code: "broken-pipe" }])
        {
            // `words | head` has all that it wanted.
            return Done;
        }
        catch (InitializerException e)
        {
            Tell(e.Faults, command, result);
            return e.IsFailure ? Failed : Wrong;
        }
        catch (OperationCanceledException)
        {
            Tell([Fault.Cancelled()], command, result);
            return Failed;
        }
        catch (OutOfMemoryException)
        {
            Tell([Fault.MemoryExhausted()], command, result);
            return Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Files tell their faults themselves; what is left is standard output.
            Tell([Fault.FileUnwritable("-", e.Message)], command, result);
            return Failed;
        }
    }

    private static PosixSignalRegistration CancelOn(PosixSignal signal, CancellationTokenSource source) =>
        PosixSignalRegistration.Create(
            signal,
            context =>
            {
                context.Cancel = true;
                source.Cancel();
            }
        );

    /// <summary>The word given for an option or argument; null if it was not given.</summary>
    internal static string? Text(this ParseResult result, Symbol symbol) =>
        (result.GetResult(symbol)?.Tokens) is [var token, ..] ? token.Value : null;

    /// <summary>What the parser could not place, and every fault of what it could.</summary>
    private static List<Fault> Faults(ParseResult result, List<string> bare, int before)
    {
        var commands = result.CommandResult.Command.Subcommands.Select(c => c.Name).ToList();
        List<Fault> faults = [.. result.UnmatchedTokens.Select(word => Unknown(word, commands))];
        if (result.CommandResult.Command is RequestCommand command)
        {
            // A required option that has no value the command itself tells, with an example.
            faults.AddRange(
                command
                    .Options.Where(o => bare.Contains(o.Name) && !(o.Required && result.Text(o) is null))
                    .Select(o => Fault.ArgumentMissing(o.Name, o.HelpName ?? "a value"))
            );
            faults.AddRange(result.Errors.Select(e => Own(e, result)).OfType<Fault>());
            faults.AddRange(command.Faults(result));
        }
        else if (faults.Count + before == 0)
        {
            faults.Add(Fault.ArgumentMissing("a command", "init (--help lists them)"));
        }

        return faults;
    }

    private static Fault Unknown(string word, List<string> commands)
    {
        var fault = Fault.ArgumentUnknown(word);
        var advice = Catalogue.Nearest(commands, word) is { } meant
            ? $"did you mean {meant}?"
            : "--help lists what is.";
        return fault with { Message = $"{fault.Message.TrimEnd('.')}; {advice}" };
    }

    /// <summary>
    /// An error that only the parser detects; null for others. The command reports missing options itself, with an
    /// example, and unexpected tokens have already been reported.
    /// </summary>
    private static Fault? Own(ParseError error, ParseResult result) =>
        error.SymbolResult switch
        {
            OptionResult { Option.Required: true, Tokens.Count: 0 } => null,
            OptionResult { Tokens.Count: 0, Option: var option } => Fault.ArgumentMissing(
                option.Name,
                option.HelpName ?? "a value"
            ),
            OptionResult { Option: var option } known => Fault.ArgumentInvalid(
                option.Name,
                string.Join(' ', known.Tokens),
                option.HelpName is null ? "true or false" : "one value"
            ),
            ArgumentResult { Tokens.Count: > 0, Argument: var argument } known when result.UnmatchedTokens.Count == 0 =>
                Fault.ArgumentInvalid(argument.Name, string.Join(' ', known.Tokens), "one value"),
            _ => null,
        };

    private static void Tell(IReadOnlyList<Fault> faults, RequestCommand? command, ParseResult result)
    {
        try
        {
            foreach (var fault in Shortened(faults).Select(fault => command?.Worded(fault, result) ?? fault))
                Console.Error.WriteLine($"error[{fault.Code}]: {Display.Line(fault.Message)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // The message cannot be written; the exit code reports the failure.
        }
    }

    private static IEnumerable<Fault> Shortened(IReadOnlyList<Fault> faults)
    {
        const string code = "tensor-unmatched";
        var more = faults.Distinct().Count(fault => fault.Code == code) - MostUnmatched;
        var named = 0;
        foreach (var fault in faults.Distinct())
        {
            if (fault.Code != code || ++named <= MostUnmatched)
                yield return fault;
            else if (named == MostUnmatched + 1)
                yield return new Fault(code, $"no rule matches {Display.Many(more, "more tensor")}.");
        }
    }
}
