using Initializers.Stateful;
using Core = Initializers.FSharp.SharedModel;

namespace Initializers.Models;

/// <summary>
/// A model that several processes write into one folder, of which each takes the units that it is given, for example by a
/// queue of theirs. Every unit is written by one of them. When all processes have called <see cref="Complete"/>,
/// <see cref="WrittenFiles.Finish"/> makes the model of the units; its files are those that one process writes.
/// </summary>
/// <example>
/// <code>
/// using SharedModel model = request.Share(unitBytes: 256L &lt;&lt; 20);
/// for (int unit = rank; unit &lt; model.Units.Count; unit += worldSize)
///     model.Write(unit);
/// model.Complete();
/// </code>
/// </example>
public sealed class SharedModel : IDisposable
{
    private readonly Core core;

    internal SharedModel(Core core)
    {
        this.core = core;
        Units = [.. core.Units];
    }

    /// <summary>The bytes of each unit.</summary>
    public IReadOnlyList<long> Units { get; }

    /// <summary>Writes a unit, and returns when it is on disk. One call at a time.</summary>
    /// <param name="unit">Its number, from 0 on.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>Whether the unit was there with the right checksum, from a run that is resumed.</returns>
    /// <exception cref="InitializerException">There is no such unit, or the disk or device failed.</exception>
    public bool Write(int unit, CancellationToken token = default) => CoreResults.Unwrap(core.Write(unit, token));

    /// <summary>Says that this process has written all its units.</summary>
    /// <exception cref="InitializerException">The disk failed.</exception>
    public void Complete() => CoreResults.Unwrap(core.Complete());

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => ((IDisposable)core).Dispose();
}
