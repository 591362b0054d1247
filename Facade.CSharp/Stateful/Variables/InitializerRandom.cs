using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Initializers.Stateful;

/// <summary>The ambient generator: where a call without a seed takes its seed from.</summary>
/// <remarks>
/// <para>The generator has a key and counts the calls that ask it, from 0. Call k takes the seed of that key and stream k,
/// so a scope's first call gives what <c>seed: key</c> gives. Every call without a seed counts: constants, and calls that
/// fail, too.</para>
/// <para>A process begins with a generator whose key is 64 bits of the system's entropy. A scope puts another in its
/// place for the current flow of control: the calls below it, and the tasks and threads started inside it. They share its
/// count, so no two of them take one stream, but which of two concurrent tasks comes first is theirs to settle: give
/// concurrent calls their seeds, <see cref="Seed.Child"/> of one seed, where weights are to be the same tomorrow.</para>
/// </remarks>
/// <example>
/// <code>
/// using (InitializerRandom.Scope(42))
/// {
///     using Tensor w = new GlorotUniform().CreateVariables([512, 256], Layout.OutIn); // key 42, stream 0
///     using Tensor b = new RandomNormal().CreateVariables([512]); // key 42, stream 1
/// }
/// </code>
/// </example>
public static class InitializerRandom
{
    private static readonly Generator OfProcess = new(EntropyKey(), null);
    private static readonly AsyncLocal<Generator?> OfScope = new();

    /// <summary>Replaces the generator until the result is disposed; then the one before is back, with its count where it
    /// was. Scopes nest.</summary>
    /// <param name="key">The key, any value. Equal keys repeat the same weights.</param>
    /// <returns>The scope, to be disposed by the flow that opened it. Disposing twice, or an outer scope before an inner
    /// one, does no harm.</returns>
    /// <example><code>using var scope = InitializerRandom.Scope(42);</code></example>
    public static IDisposable Scope(ulong key)
    {
        var generator = new Generator(key, OfScope.Value);
        OfScope.Value = generator;
        return generator;
    }

    /// <summary>Takes the next seed, as a call without a seed does. Safe from many threads at once.</summary>
    /// <returns>The generator's key with the number of seeds taken before as the stream.</returns>
    /// <example><code>Seed seed = InitializerRandom.Next();</code></example>
    public static Seed Next() => (OfScope.Value ?? OfProcess).Next();

    private static ulong EntropyKey()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private sealed class Generator(ulong key, Generator? outer) : IDisposable
    {
        private ulong calls;
        private volatile bool ended;

        public Seed Next() => new(key, Interlocked.Increment(ref calls) - 1);

        // Only the disposing flow leaves the scope: a task that still runs keeps the generator that it was started with.
        public void Dispose()
        {
            ended = true;
            Generator? current = OfScope.Value;
            while (current is { ended: true })
            {
                current = current.Outer;
            }
            OfScope.Value = current;
        }

        private Generator? Outer => outer;
    }
}
