using Initializers.Stateful;

namespace Initializers.Torch;

/// <summary>What the tensors of a module were filled with, and how the variance of each layer was reached.</summary>
/// <remarks>The scales are numbers of the initializers, such as <c>scale(factor=1.5, inner=orthogonal(gain=1))</c>: a file that
/// <see cref="Initialization.Save"/> writes is verified, and <c>Initialize</c> with <see cref="Rules"/> and the seed fills
/// another copy of the model with the same bits, without the batch.</remarks>
/// <example>
/// <code>
/// LsuvInitialization done = model.InitializeLsuv(42, batch);
/// foreach (LsuvLayer layer in done.Layers.Where(layer => !layer.Converged))
///     Console.Error.WriteLine(layer);
/// done.Save("w.safetensors");
/// copy.Initialize(42, done.Rules);
/// </code>
/// </example>
public sealed class LsuvInitialization : Initialization
{
    internal LsuvInitialization(ModulePlan plan, Seed seed, ModuleRules rules, IReadOnlyList<LsuvLayer> layers)
        : base(plan, seed) => (Rules, Layers) = (rules, layers);

    /// <summary>The rules with the scales in the initializers of weights.</summary>
    public ModuleRules Rules { get; }

    /// <summary>The layers in the order in which they ran, and after them those that did not.</summary>
    public IReadOnlyList<LsuvLayer> Layers { get; }

    /// <summary>Whether every layer's variance is 1 within the tolerance.</summary>
    public bool Converged => Layers.All(layer => layer.Converged);

    /// <summary>Returns a line for each layer, and the table of the tensors.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{string.Join('\n', Layers)}\n{base.ToString()}";
}
