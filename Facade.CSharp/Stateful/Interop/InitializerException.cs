namespace Initializers.Stateful;

/// <summary>A request was wrong, or a device failed it. Carries every fault of the request, not the first alone: each once,
/// and of more than 100 the first 100 and <c>faults-omitted</c> with the number of the others.</summary>
/// <remarks>The documentation of each call lists its codes. Nothing has been allocated or written when this
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
    /// <summary>An exception with the faults of a request, for libraries that take requests for this one.</summary>
    /// <param name="faults">The faults, at least one.</param>
    /// <exception cref="ArgumentNullException"><paramref name="faults"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="faults"/> is empty.</exception>
    /// <example><code>IReadOnlyList&lt;Fault&gt; faults = new KaimingNormal().Faults([512, -1]);
    /// if (faults.Count > 0)
    ///     throw new InitializerException(faults);</code></example>
    public InitializerException(IEnumerable<Fault> faults)
        : this(Given(faults), false) { }

    internal InitializerException(IReadOnlyList<Fault> faults, bool isFailure)
        : base(string.Join('\n', faults.Select(fault => fault.Message)))
    {
        Faults = faults;
        IsFailure = isFailure;
    }

    /// <summary>The faults of the request, each once; never empty. If there are more than 100, the first 100 are listed, and
    /// <c>faults-omitted</c> counts the others. A tensor's faults are those of its shape, distribution, dtype and
    /// device.</summary>
    public IReadOnlyList<Fault> Faults { get; }

    /// <summary>Whether the request was right and the machine failed it (a disk, a device, a malformed file, a cancellation),
    /// so that the same request may succeed another time.</summary>
    public bool IsFailure { get; }

    private static Fault[] Given(IEnumerable<Fault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        Fault[] given = [.. faults.Distinct()];
        return given.Length > 0 ? given : throw new ArgumentException("there are no faults.", nameof(faults));
    }
}
