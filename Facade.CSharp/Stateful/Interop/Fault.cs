namespace Initializers.Stateful;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Code">A stable name in lower case with hyphens, such as <c>fan-missing</c>; it never changes its
/// meaning, so programs may compare it.</param>
/// <param name="Message">One sentence for people: what is wrong and, where there is one, the remedy.</param>
public sealed record Fault(string Code, string Message)
{
    /// <summary>The parameter of a request in words that is missing (<c>argument-missing</c>) or cannot be read
    /// (<c>argument-invalid</c>), such as <c>fan_in</c>; null for other faults. The message begins with it.</summary>
    public string? Parameter { get; init; }

    /// <summary>A word of a command line that nothing understands.</summary>
    /// <param name="text">The word.</param>
    /// <returns>The fault <c>argument-unknown</c>.</returns>
    public static Fault ArgumentUnknown(string text) => CoreResults.ToFault(FSharp.InitError.NewArgumentUnknown(text));

    /// <summary>A parameter that was not given.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="example">A value for it.</param>
    /// <returns>The fault <c>argument-missing</c>.</returns>
    public static Fault ArgumentMissing(string name, string example) =>
        CoreResults.ToFault(FSharp.InitError.NewArgumentMissing(name, example));

    /// <summary>A parameter that cannot be read.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="text">What was given.</param>
    /// <param name="expected">What can be read.</param>
    /// <returns>The fault <c>argument-invalid</c>.</returns>
    public static Fault ArgumentInvalid(string name, string text, string expected) =>
        CoreResults.ToFault(FSharp.InitError.NewArgumentInvalid(name, text, expected));

    /// <summary>A file or stream that cannot be written.</summary>
    /// <param name="path">The file; - for a stream.</param>
    /// <param name="reason">What the system says.</param>
    /// <returns>The fault <c>file-unwritable</c>.</returns>
    public static Fault FileUnwritable(string path, string reason) =>
        CoreResults.ToFault(FSharp.InitError.NewFileUnwritable(path, reason));

    /// <summary>A request that was cancelled.</summary>
    /// <returns>The fault <c>cancelled</c>.</returns>
    public static Fault Cancelled() => CoreResults.ToFault(FSharp.InitError.Cancelled);

    /// <summary>A request for which the process has too little memory.</summary>
    /// <returns>The fault <c>memory-exhausted</c>.</returns>
    public static Fault MemoryExhausted() => CoreResults.ToFault(FSharp.InitError.MemoryExhausted);
}
