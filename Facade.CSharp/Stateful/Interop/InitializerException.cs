namespace Initializers.Stateful;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Code">A stable name in lower case with hyphens, such as <c>fan-missing</c>; it never changes its
/// meaning, so programs may compare it.</param>
/// <param name="Message">One sentence for people: what is wrong and, where there is one, the remedy.</param>
public sealed record Fault(string Code, string Message)
{
    /// <summary>A word of a command line that nothing understands.</summary>
    /// <param name="text">The word.</param>
    /// <returns>The fault <c>argument-unknown</c>.</returns>
    public static Fault ArgumentUnknown(string text) => Results.Told(FSharp.InitError.NewArgumentUnknown(text));

    /// <summary>A parameter that was not given.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="example">A value for it.</param>
    /// <returns>The fault <c>argument-missing</c>.</returns>
    public static Fault ArgumentMissing(string name, string example) =>
        Results.Told(FSharp.InitError.NewArgumentMissing(name, example));

    /// <summary>A parameter that cannot be read.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="text">What was given.</param>
    /// <param name="expected">What can be read.</param>
    /// <returns>The fault <c>argument-invalid</c>.</returns>
    public static Fault ArgumentInvalid(string name, string text, string expected) =>
        Results.Told(FSharp.InitError.NewArgumentInvalid(name, text, expected));

    /// <summary>A file or stream that cannot be written.</summary>
    /// <param name="path">The file; - for a stream.</param>
    /// <param name="reason">What the system says.</param>
    /// <returns>The fault <c>file-unwritable</c>.</returns>
    public static Fault FileUnwritable(string path, string reason) =>
        Results.Told(FSharp.InitError.NewFileUnwritable(path, reason));

    /// <summary>A request that was cancelled.</summary>
    /// <returns>The fault <c>cancelled</c>.</returns>
    public static Fault Cancelled() => Results.Told(FSharp.InitError.Cancelled);

    /// <summary>A request for which the process has too little memory.</summary>
    /// <returns>The fault <c>memory-exhausted</c>.</returns>
    public static Fault MemoryExhausted() => Results.Told(FSharp.InitError.MemoryExhausted);
}

/// <summary>A request was wrong, or a device failed it. Carries every fault of the request, not the first alone: each once,
/// and of more than 100 the first 100 and <c>faults-omitted</c> with the number of the others.</summary>
/// <remarks>The codes that a call can raise stand in its documentation. Nothing has been allocated or written when this
/// is thrown. A null argument is an <see cref="ArgumentNullException"/> instead.</remarks>
/// <example>
/// <code>
/// try
/// {
///     new GlorotUniform().CreateVariables([-1, 256]);
/// }
/// catch (InitializerException e)
/// {
///     foreach (Fault fault in e.Faults) // shape-negative, then fan-missing
///         Console.Error.WriteLine($"error[{fault.Code}]: {fault.Message}");
/// }
/// </code>
/// </example>
public sealed class InitializerException : Exception
{
    internal InitializerException(IReadOnlyList<Fault> faults, bool isFailure)
        : base(string.Join('\n', faults.Select(fault => fault.Message)))
    {
        Faults = faults;
        IsFailure = isFailure;
    }

    /// <summary>The faults of the request, each once; never empty. Of more than 100 the first 100 are listed, and
    /// <c>faults-omitted</c> counts the others. Of a tensor: those of its shape, its law, its dtype and its
    /// device.</summary>
    public IReadOnlyList<Fault> Faults { get; }

    /// <summary>Whether the request was right and the machine failed it (a disk, a device, a malformed file, a cancellation),
    /// so that the same request may succeed another time.</summary>
    public bool IsFailure { get; }
}
