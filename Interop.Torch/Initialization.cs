using System.Globalization;
using System.Text;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

/// <summary>A tensor of a module and its initializer.</summary>
/// <param name="Name">Its name in the state dictionary.</param>
/// <param name="Shape">The sizes of its axes, outermost first.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Rule">The rule that decides it, such as <c>*.bias</c>, <c>For&lt;Linear></c> or <c>hidden to hidden</c>.</param>
/// <param name="Initializer">The initializer as text, with numbers in the place of expressions.</param>
/// <param name="Distribution">The distribution of the elements, numbers to six digits.</param>
/// <param name="Mean">The expected mean; NaN for a tensor without elements.</param>
/// <param name="Stddev">The expected standard deviation; NaN for a tensor without elements.</param>
public sealed record InitializedTensor(
    string Name,
    IReadOnlyList<long> Shape,
    ScalarType ElementType,
    string Rule,
    string Initializer,
    string Distribution,
    double Mean,
    double Stddev
)
{
    /// <summary>The tensor whose elements it has; null unless it is tied.</summary>
    public string? TiedTo { get; init; }

    internal string[] Cells =>
        [
            Name,
            $"[{string.Join(',', Shape)}]",
            ElementType.ToString().ToLowerInvariant(),
            Rule,
            TiedTo is null ? Distribution : $"{Distribution}, tied to {TiedTo}",
            Number(Mean),
            Number(Stddev),
        ];

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}

/// <summary>What rules fill the tensors of a module with.</summary>
public class ModuleExplanation
{
    private readonly Lazy<string> _blueprint;

    internal ModuleExplanation(ModulePlan plan)
    {
        Dictionary<string, ModuleTensor> listed = plan.Listed.ToDictionary(tensor => tensor.Name);
        Tensors = [.. plan.Planned.Select(tensor => Explained(plan, listed[tensor.Entry.Name], tensor))];
        Left = plan.Left;
        _blueprint = new(plan.BlueprintJson);
    }

    /// <summary>The tensors that are filled, in the order of the state dictionary.</summary>
    public IReadOnlyList<InitializedTensor> Tensors { get; }

    /// <summary>The names of the tensors that are left as they are.</summary>
    public IReadOnlyList<string> Left { get; }

    /// <summary>A blueprint of the module: JSON of its tensors and the rules that decide them.</summary>
    /// <remarks><c>initializers init</c> writes a file with the same bytes from it and the same seed
    /// (<see cref="Initializers.Models.Blueprint.Parse"/> in programs).</remarks>
    /// <example><code>File.WriteAllText("model.json", model.Explain(ModuleRules.Torch).Blueprint);
    /// // initializers init model.json --seed 42 --out model.safetensors</code></example>
    public string Blueprint => _blueprint.Value;

    /// <summary>Returns a table of the tensors: name, shape, element type, rule, distribution, mean and standard deviation.</summary>
    /// <returns>A line for each tensor, and one for each that is left.</returns>
    public override string ToString()
    {
        string[][] rows =
        [
            ["tensor", "shape", "type", "rule", "distribution", "mean", "stddev"],
            .. Tensors.Select(t => t.Cells),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }

        foreach (string name in Left)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}  is left as it is");
        }

        return text.ToString();
    }

    private static InitializedTensor Explained(ModulePlan plan, ModuleTensor tensor, FSharp.PlannedTensor planned)
    {
        var explained = FSharp.BlueprintModule.Explain(planned);
        if (explained.IsError)
        {
            throw new InitializerException(explained.ErrorValue.Select(Faults.Of));
        }

        FSharp.Explanation e = explained.ResultValue;
        return new InitializedTensor(
            tensor.Name,
            tensor.Tensor.shape,
            tensor.Tensor.dtype,
            plan.RuleOf(planned),
            FSharp.SpecText.ToText(planned.Spec),
            e.Distribution,
            e.Mean,
            e.Stddev
        )
        {
            TiedTo = planned.Tie?.Value.Target,
        };
    }
}

/// <summary>What the tensors of a module were filled with.</summary>
/// <example>
/// <code>
/// Initialization done = model.Initialize(42, new KaimingNormal());
/// Console.WriteLine(done);
/// done.Save("w.safetensors"); // initializers verify w.safetensors
/// </code>
/// </example>
public class Initialization : ModuleExplanation
{
    private readonly ModulePlan _plan;

    internal Initialization(ModulePlan plan, Seed seed)
        : base(plan) => (_plan, Seed) = (plan, seed);

    /// <summary>The model's seed.</summary>
    public Seed Seed { get; }

    /// <summary>Saves all tensors of the state dictionary as they are now, as a safetensors file.</summary>
    /// <remarks>A tensor that has the elements that it was filled with is saved with its initializer, fans and the seed, from which
    /// <c>initializers verify</c> generates it again. One that was changed or left is saved without them. Tied tensors are saved
    /// under all of their names.</remarks>
    /// <param name="path">The file, which ends in .safetensors.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <exception cref="InitializerException">Every fault at once: <c>format-unknown</c>, <c>name-reserved</c>,
    /// <c>name-malformed</c>, <c>file-exists</c>, <c>file-unwritable</c>, and the codes of tensors as in
    /// <see cref="ModuleInitialization.Initialize(nn.Module, Seed)"/>; or <c>device-failed</c>, <c>cancelled</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <example><code>model.Initialize(42).Save("w.safetensors", overwrite: true);</code></example>
    public void Save(string path, bool overwrite = false, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ModuleTensor[] saved = [.. _plan.Listed.Where(tensor => !tensor.IsUnregistered)];
        Fault[] faults = [.. saved.SelectMany(tensor => Faults.Of(tensor.Name, tensor.Tensor))];
        if (faults.Length > 0)
        {
            throw new InitializerException(faults);
        }

        using DisposeScope copies = NewDisposeScope();
        var memories = ListModule.OfSeq(
            saved.Select(tensor =>
            {
                torch.Tensor detached = tensor.Tensor.detach();
                torch.Tensor direct = Memories.IsDirect(detached)
                    ? detached
                    : detached.cpu().resolve_neg().contiguous();
                return Tuple.Create(
                    EntryOf(tensor),
                    HostMemory.AtBytes(Memories.Address(direct), direct.numel() * direct.element_size())
                );
            })
        );
        var done = FSharp.ModelMemory.Save(path, overwrite, Seed, memories, _plan.Planned, token);
        if (done.IsError)
        {
            throw new InitializerException(done.ErrorValue.Select(Faults.Of));
        }
    }

    private static FSharp.TensorEntry EntryOf(ModuleTensor tensor) =>
        new(
            tensor.Name,
            FSharp.ShapeModule.OfList(ListModule.OfSeq(tensor.Tensor.shape)).ResultValue,
            FSharp.StorageModule.Parse(Memories.StorageOf(tensor.Tensor.dtype)!).ResultValue
        );
}
