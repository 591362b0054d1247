using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
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

    /// <summary>A fault as this command tells it.</summary>
    internal virtual Fault Told(Fault fault) => fault;

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

    /// <summary>Of a recipe that does not fit a model, so many tensors are named; the others are counted.</summary>
    private const int MostUnmatched = 10;

    internal static async Task<int> RunAsync(Command root, string[] args)
    {
        var (words, bare) = WithoutBareOptions(root, args);
        // A word that begins with '@' is a name like any other, and no file of further words.
        var result = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = result.CommandResult.Command as RequestCommand;
        using var ended = new CancellationTokenSource();
        // Signals that end a program by default, besides the two that the parser's own handler cancels on.
        using var hangup = CancelOn(PosixSignal.SIGHUP, ended);
        using var quit = CancelOn(PosixSignal.SIGQUIT, ended);
        try
        {
            if (result.Action is ParseErrorAction || (bare.Count > 0 && result.Action is not HelpWithExamples))
            {
                Tell(Faults(result, bare), command);
                return Wrong;
            }

            return await result.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    // A slow disk may keep the last write, and then the removal of the file, waiting for seconds.
                    ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
                },
                ended.Token
            );
        }
        catch (InitializerException e) when (e.Faults is [{ Code: "reader-left" }])
        {
            // `words | head` has all that it wanted.
            return Done;
        }
        catch (InitializerException e)
        {
            Tell(e.Faults, command);
            return e.IsFailure ? Failed : Wrong;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Files tell their faults themselves; what is left is standard output.
            Tell([Fault.FileUnwritable("-", e.Message)], command);
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

    /// <summary>
    /// The words without the options that are followed by another option in the place of their value, and those options:
    /// the parser would take the second for the value. A value that does begin with two hyphens is joined by '='.
    /// </summary>
    private static (string[] Words, List<string> Bare) WithoutBareOptions(Command root, string[] args)
    {
        var valued = root
            .Subcommands.SelectMany(c => c.Options)
            .OfType<Option<string>>()
            .Select(o => o.Name)
            .ToHashSet();
        bool IsBare(int i) =>
            valued.Contains(args[i]) && i + 1 < args.Length && args[i + 1].StartsWith("--", StringComparison.Ordinal);
        var places = Enumerable.Range(0, args.Length).ToLookup(IsBare);
        return ([.. places[false].Select(i => args[i])], [.. places[true].Select(i => args[i])]);
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
    private static List<Fault> Faults(ParseResult result, List<string> bare)
    {
        List<Fault> faults = [.. result.UnmatchedTokens.Select(Fault.ArgumentUnknown)];
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
        else if (faults.Count == 0)
        {
            faults.Add(Fault.ArgumentMissing("a command", "init (--help lists them)"));
        }

        return faults;
    }

    /// <summary>
    /// An error that only the parser knows of; null for others. What is missing the command tells itself, with an
    /// example; tokens that belong nowhere have been told.
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

    private static void Tell(IReadOnlyList<Fault> faults, RequestCommand? command)
    {
        try
        {
            foreach (var fault in Shortened(faults).Select(fault => command?.Told(fault) ?? fault))
                Console.Error.WriteLine($"error[{fault.Code}]: {Display.Line(fault.Message)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Nobody can be told; the exit code says that something is wrong.
        }
    }

    private static IEnumerable<Fault> Shortened(IReadOnlyList<Fault> faults)
    {
        const string code = "tensor-unmatched";
        var more = faults.Count(fault => fault.Code == code) - MostUnmatched;
        var named = 0;
        foreach (var fault in faults)
        {
            if (fault.Code != code || ++named <= MostUnmatched)
                yield return fault;
            else if (named == MostUnmatched + 1)
                yield return new Fault(code, $"no rule matches {Display.Many(more, "more tensor")}.");
        }
    }
}
