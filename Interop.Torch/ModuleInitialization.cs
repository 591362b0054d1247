using System.Runtime.InteropServices;
using Initializers.Stateful;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

/// <summary>Initializers in place on the tensors of modules.</summary>
/// <remarks>Tensor N of the state dictionary is filled from <c>seed.Child(N)</c>, so its elements depend on its name and not on
/// the other tensors. Tied tensors are filled once, from the first of their names. Parameters stay the same objects.</remarks>
public static class ModuleInitialization
{
    /// <summary>Fills all tensors of a module with PyTorch's own distributions (<see cref="ModuleRules.Torch"/>).</summary>
    /// <param name="module">The module.</param>
    /// <param name="seed">The model's seed.</param>
    /// <returns>What each tensor was filled with.</returns>
    /// <exception cref="InitializerException">Every fault at once; nothing is written then. Tensors: <c>tensor-disposed</c>,
    /// <c>tensor-without-memory</c>, <c>tensor-not-strided</c>, <c>tensor-shares-elements</c>, <c>element-type</c>,
    /// <c>memories-overlap</c>, <c>field-unregistered</c>. Rules: <c>tensor-unmatched</c>, <c>rule-unused</c>,
    /// <c>recipe-unknown</c> and the codes of their initializers and expressions. <c>device-failed</c>: a device failed while
    /// the elements were copied.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>Initialization done = model.Initialize(42);</code></example>
    public static Initialization Initialize(this nn.Module module, Seed seed) =>
        module.Initialize(seed, ModuleRules.Torch);

    /// <summary>Fills weights by an initializer, and the other tensors with the usual values
    /// (<see cref="ModuleRules.Conventional(Initializer)"/>).</summary>
    /// <param name="module">The module.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="weights">The initializer of weights.</param>
    /// <returns>What each tensor was filled with.</returns>
    /// <exception cref="InitializerException">The codes of <see cref="Initialize(nn.Module, Seed)"/>.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>model.Initialize(42, new KaimingNormal());</code></example>
    public static Initialization Initialize(this nn.Module module, Seed seed, Initializer weights) =>
        module.Initialize(seed, ModuleRules.Conventional(weights));

    /// <summary>Fills weights by an initializer in a line of text, and the other tensors with the usual values
    /// (<see cref="ModuleRules.Conventional(string)"/>); or all tensors by a recipe of the library.</summary>
    /// <param name="module">The module.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="weights">Such as <c>orthogonal(gain=relu)</c>.</param>
    /// <param name="recipe">Such as <c>gpt2</c>, which decides what <paramref name="weights"/> leave: bare parameters, or all
    /// tensors without them. Buffers of modules that are not TorchSharp's are left.</param>
    /// <returns>What each tensor was filled with.</returns>
    /// <exception cref="InitializerException">The codes of <see cref="Initialize(nn.Module, Seed)"/>.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// model.Initialize(42, "orthogonal(gain=relu)");
    /// gpt.Initialize(42, recipe: "gpt2");
    /// </code>
    /// </example>
    public static Initialization Initialize(
        this nn.Module module,
        Seed seed,
        string? weights = null,
        string? recipe = null
    )
    {
        ModuleRules rules = weights is null ? ModuleRules.Buffers : ModuleRules.Conventional(weights);
        return module.Initialize(seed, recipe is null && weights is not null ? rules : rules.Otherwise(recipe!));
    }

    /// <summary>Fills the tensors of a module by rules.</summary>
    /// <param name="module">The module.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="rules">The rules.</param>
    /// <returns>What each tensor was filled with.</returns>
    /// <exception cref="InitializerException">The codes of <see cref="Initialize(nn.Module, Seed)"/>.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>model.Initialize(42, ModuleRules.Empty.Match("cls_token", "zeros").Otherwise(ModuleRules.Torch));</code></example>
    public static Initialization Initialize(this nn.Module module, Seed seed, ModuleRules rules)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(rules);
        ModulePlan plan = ModulePlan.Of(module, rules);
        var done = new Initialization(plan, seed);
        Fill(plan, seed);
        return done;
    }

    /// <summary>Returns what rules would fill the tensors of a module with, without filling anything.</summary>
    /// <param name="module">The module.</param>
    /// <param name="rules">The rules.</param>
    /// <returns>Each tensor with its rule and distribution. Its text is a table.</returns>
    /// <exception cref="InitializerException">The codes of <see cref="Initialize(nn.Module, Seed)"/>.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>Console.WriteLine(model.Explain(ModuleRules.Torch));</code></example>
    public static ModuleExplanation Explain(this nn.Module module, ModuleRules rules)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(rules);
        return new ModuleExplanation(ModulePlan.Of(module, rules));
    }

    internal static void Fill(ModulePlan plan, Seed seed)
    {
        // Tensors that were made in inference mode can be changed in it only, and others in it, too.
        using IDisposable mode = inference_mode();
        Dictionary<string, ModuleTensor> listed = plan.Listed.ToDictionary(tensor => tensor.Name);
        var filled = new Dictionary<string, TensorMemory>();
        string? current = null;
        try
        {
            var memories = new List<Tuple<string, HostMemory>>();
            foreach (FSharp.PlannedTensor tensor in plan.Planned)
            {
                current = tensor.Entry.Name;
                string source = listed[current].TiedTo ?? current;
                if (!filled.TryGetValue(source, out TensorMemory? memory))
                {
                    filled[source] = memory = new TensorMemory(listed[current].Tensor, takesStrides: false);
                }

                memories.Add(Tuple.Create(current, memory.Bytes));
            }

            Check([.. FSharp.ModelMemory.Faults(memories, plan.Planned)]);
            foreach ((string name, TensorMemory memory) in filled)
            {
                current = name;
                memory.Open();
            }

            var done = FSharp.ModelMemory.Fill(seed, memories, plan.Planned);
            Check(done.IsOk ? [] : [.. done.ErrorValue]);
            foreach ((string name, TensorMemory memory) in filled)
            {
                current = name;
                memory.Close();
            }
        }
        catch (ExternalException e)
        {
            throw new InitializerException([Faults.DeviceFailed(listed[current!].Tensor, e)]);
        }
        finally
        {
            foreach (TensorMemory memory in filled.Values)
            {
                memory.Dispose();
            }
        }
    }

    private static void Check(FSharp.InitError[] faults)
    {
        if (faults.Length > 0)
        {
            throw new InitializerException(faults.Select(Faults.Of));
        }
    }
}
