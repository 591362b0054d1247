using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Initializers.Stateful;

/// <summary>Tensors by name, in the order in which they were asked for. They share one buffer of the device, which is freed
/// with the last of them: dispose the set, or each tensor. <see cref="VariableFiles"/> saves them.</summary>
/// <example>
/// <code>
/// using VariableDictionary weights = Initializer.CreateAll([new("up", new KaimingNormal(), [512, 256], Layout.OutIn)], seed: 42);
/// float[] up = weights["up"].ToArray&lt;float&gt;();
/// </code>
/// </example>
public sealed class VariableDictionary : IReadOnlyDictionary<string, Tensor>, IDisposable
{
    private readonly OrderedDictionary<string, Tensor> _tensors;

    internal VariableDictionary(IEnumerable<string> names, IEnumerable<Tensor> tensors) =>
        _tensors = new OrderedDictionary<string, Tensor>(
            names.Zip(tensors, KeyValuePair.Create),
            StringComparer.Ordinal
        );

    /// <summary>The number of tensors.</summary>
    public int Count => _tensors.Count;

    /// <summary>The tensors' names, in order.</summary>
    public IEnumerable<string> Keys => _tensors.Keys;

    /// <summary>The tensors, in order.</summary>
    public IEnumerable<Tensor> Values => _tensors.Values;

    /// <summary>A tensor by its name.</summary>
    /// <param name="key">The name, in the same letters.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="KeyNotFoundException">No tensor has the name.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public Tensor this[string key] => _tensors[key];

    /// <summary>Whether a tensor has a name.</summary>
    /// <param name="key">The name, in the same letters.</param>
    /// <returns>Whether one has.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public bool ContainsKey(string key) => _tensors.ContainsKey(key);

    /// <summary>A tensor by its name, where there is one.</summary>
    /// <param name="key">The name, in the same letters.</param>
    /// <param name="value">The tensor, or null.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Tensor value) =>
        _tensors.TryGetValue(key, out value);

    /// <summary>Names with tensors, in order.</summary>
    /// <returns>An enumerator.</returns>
    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() => _tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Disposes every tensor. Disposing twice is allowed.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
