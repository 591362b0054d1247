using System.Reflection;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Lists the tensors of a module with what each is for.</summary>
internal static class Survey
{
    /// <summary>The tensors of the state dictionary in its order, and after them fields that are not registered.</summary>
    /// <remarks>A module is known by its .NET type: <c>GetName</c> is another type's for some modules.</remarks>
    internal static IReadOnlyList<ModuleTensor> Of(nn.Module root)
    {
        var modules = new Dictionary<string, nn.Module>(StringComparer.Ordinal);
        Visit("", root);
        Dictionary<string, Tensor> state = root.state_dict();
        var first = new Dictionary<(nint, long), string>();
        var found = new List<ModuleTensor>();
        foreach ((string name, Tensor tensor) in state)
        {
            string owner = OwnerOf(name);
            string local = owner.Length == 0 ? name : name[(owner.Length + 1)..];
            ModuleTensor listed = Roles.Of(new ModuleTensor(name, modules[owner], local, tensor));
            if (Memories.Identity(tensor) is { } identity && !first.TryAdd((identity, tensor.numel()), name))
            {
                string target = first[(identity, tensor.numel())];
                bool same = Memories.IsSameView(state[target], tensor);
                listed = same ? listed with { TiedTo = target } : listed;
            }

            found.Add(listed);
        }

        foreach ((string prefix, nn.Module module) in modules)
        {
            found.AddRange(Unregistered(prefix, module));
        }

        return found;

        void Visit(string prefix, nn.Module module)
        {
            modules.Add(prefix, module);
            foreach ((string name, nn.Module child) in module.named_children())
            {
                Visit(prefix.Length == 0 ? name : $"{prefix}.{name}", child);
            }
        }

        // The innermost module whose name begins the tensor's.
        string OwnerOf(string name)
        {
            for (int end = name.LastIndexOf('.'); end > 0; end = name.LastIndexOf('.', end - 1))
            {
                if (modules.ContainsKey(name[..end]))
                {
                    return name[..end];
                }
            }

            return "";
        }
    }

    /// <summary>Tensors and modules in fields of a caller's module that it did not register, and parameters that were disposed: they
    /// are not in the state dictionary, and no optimizer changes them.</summary>
    private static IEnumerable<ModuleTensor> Unregistered(string prefix, nn.Module module)
    {
        HashSet<object> children = new(
            module.named_children().Select(child => child.module),
            ReferenceEqualityComparer.Instance
        );
        HashSet<nint> tensors =
        [
            .. module.named_parameters(false).Select(p => p.parameter.Handle),
            .. module.named_buffers(false).Select(b => b.buffer.Handle),
        ];
        for (Type type = module.GetType(); type != typeof(nn.Module); type = type.BaseType!)
        {
            foreach (FieldInfo field in type.GetFields(Declared))
            {
                string local = FieldName(field.Name);
                string name = prefix.Length == 0 ? local : $"{prefix}.{local}";
                object? value = field.GetValue(module);
                if (value is Parameter { IsInvalid: true } disposed)
                {
                    // The state dictionary leaves it out.
                    yield return new ModuleTensor(name, module, local, disposed);
                }
                else if (type.Assembly != typeof(nn.Module).Assembly && IsMissing(value))
                {
                    yield return new ModuleTensor(name, module, local, zeros(Array.Empty<long>()))
                    {
                        IsUnregistered = true,
                    };
                }
            }
        }

        bool IsMissing(object? value) =>
            value switch
            {
                Tensor tensor => !tensor.IsInvalid && !tensors.Contains(tensor.Handle),
                nn.Module child => !children.Contains(child),
                IEnumerable<Tensor> list => list.Any(IsMissing),
                IEnumerable<nn.Module> list => list.Any(IsMissing),
                _ => false,
            };
    }

    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The name of a field, or of the property that it is for.</summary>
    private static string FieldName(string name) =>
        name.StartsWith('<') ? name[1..name.IndexOf('>', StringComparison.Ordinal)] : name.TrimStart('_');
}
