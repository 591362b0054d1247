using static TorchSharp.torch;

namespace Initializers.Torch;

/// <summary>A module in evaluation mode. Afterwards each part of it is in its mode again: some may be frozen in a module that
/// trains.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly nn.Module _module;
    private readonly Dictionary<nn.Module, bool> _training = new(ReferenceEqualityComparer.Instance);

    internal EvaluationMode(nn.Module module)
    {
        _module = module;
        Visit(module, part => _training[part] = part.training);
        module.eval();
    }

    public void Dispose() => Visit(_module, part => part.train(_training[part]));

    /// <summary>A module before its parts, since a mode is set for all parts.</summary>
    private static void Visit(nn.Module module, Action<nn.Module> action)
    {
        action(module);
        foreach ((string _, nn.Module part) in module.named_children())
        {
            Visit(part, action);
        }
    }
}
