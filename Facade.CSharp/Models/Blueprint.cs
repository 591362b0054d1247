using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreBlueprint = Initializers.FSharp.Blueprint;

namespace Initializers.Models;

/// <summary>A tensor that a model lists.</summary>
/// <param name="Name">The name, unique in its model; it also names the tensor's random stream.</param>
/// <param name="Shape">The sizes of the axes, outermost first.</param>
/// <param name="DType">The element type; null for float8 types, integers and bool.</param>
/// <param name="Storage">The element type by its name in safetensors files: F32, F16, BF16, F8_E4M3, …, BOOL, I8, …,
/// U64.</param>
public sealed record BlueprintTensor(string Name, IReadOnlyList<long> Shape, DType? DType, string Storage)
{
    /// <summary>The initializer that a rule gives the tensor, as text; null before the model is planned.</summary>
    public string? Initializer { get; init; }

    /// <summary>The tensor whose elements it has, by a tie of the blueprint or recipe; null for others and before the model
    /// is planned.</summary>
    public string? TiedTo { get; init; }

    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Name), Name),
            (nameof(Shape), Shape),
            (nameof(DType), DType),
            (nameof(Storage), Storage),
            (nameof(Initializer), Initializer),
            (nameof(TiedTo), TiedTo)
        );
}

/// <summary>The rule, initializer and expected moments of a tensor in a model.</summary>
/// <param name="Tensor">The tensor with its initializer.</param>
/// <param name="Rule">The rule that decides it, such as <c>*.weight, rank 4</c>.</param>
/// <param name="Fan">The fan that the initializer divides by, such as <c>fan_in=147</c>; empty where it needs none.</param>
/// <param name="Distribution">The distribution that results from that fan, numbers to six digits, such as
/// <c>normal(mean=0, stddev=0.116642)</c>.</param>
/// <param name="Mean">The expected mean; NaN for a tensor without elements.</param>
/// <param name="Stddev">The expected standard deviation; NaN for a tensor without elements.</param>
public sealed record TensorExplanation(
    BlueprintTensor Tensor,
    string Rule,
    string Fan,
    string Distribution,
    double Mean,
    double Stddev
)
{
    /// <summary>The initializer as the rule has it, where it has expressions; null where it has numbers only.</summary>
    public string? Expression { get; init; }

    /// <summary>Where the rule was taken from; null if it does not say.</summary>
    public string? Source { get; init; }
}

/// <summary>The progress of writing a file.</summary>
/// <param name="Written">Bytes written.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct WriteProgress(long Written, long Total);

/// <summary>
/// Named tensors and the rules that fill them: the complete initialization of a model. Tensor N is filled from the stream
/// <c>seed.Child(N)</c>, so its weights do not depend on the model's other tensors.
/// </summary>
/// <example>
/// <code>
/// Blueprint.Load("models/gpt2.json").Write("gpt2.safetensors", seed: 42);
/// // The same names and shapes as in a file of weights, with the weights that training began from.
/// Blueprint.Load("trained.safetensors").Write("fresh.safetensors", seed: 42, recipe: "gpt2");
/// </code>
/// </example>
public sealed class Blueprint
{
    private readonly CoreBlueprint core;
    private readonly FSharpList<string> files;

    private Blueprint(CoreBlueprint core, FSharpList<string> files)
    {
        this.core = core;
        this.files = files;
        Tensors = [.. core.Tensors.Select(Listed)];
    }

    /// <summary>The tensors, in the file's order.</summary>
    public IReadOnlyList<BlueprintTensor> Tensors { get; }

    /// <summary>Reads a blueprint or an architecture from a JSON file, any safetensors file, the index of a model in several
    /// such files, or a folder with one of these; or a Keras model as <c>model.to_json()</c> writes it.</summary>
    /// <remarks>Only the header of a safetensors file is read; it lists the tensors in the order of their data. The shards
    /// of a model are read as one. A Keras model has the initializers of its layers, which a recipe replaces.</remarks>
    /// <example>
    /// <code>
    /// Blueprint.Load("model.safetensors.index.json").Write("fresh.safetensors", seed: 42, recipe: "llama_hf");
    /// </code>
    /// </example>
    /// <param name="path">The file or folder. A file is read as safetensors if its name ends in .safetensors, or if its bytes 5 to 8 are 0,
    /// which no JSON has.</param>
    /// <exception cref="InitializerException">The file is missing, unreadable or faulty. Reports every fault: JSON syntax
    /// with line and column, the header of a safetensors file like <see cref="Inspection.Load"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    public static Blueprint Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (core, files) = CoreResults.Unwrap(Request.LoadWithFiles(path));
        // Full, as the current folder may change before the model is written.
        return new(core, ListModule.OfSeq(files.Select(Path.GetFullPath)));
    }

    /// <summary>Reads a blueprint or an architecture from JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">The text's name in messages.</param>
    /// <exception cref="InitializerException">The text is faulty.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Blueprint Parse(string json, string source = "blueprint")
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        return new(CoreResults.Unwrap(BlueprintModule.ParseText(source, json)), FSharpList<string>.Empty);
    }

    /// <summary>Finds each tensor's rule and resolves it, without filling anything.</summary>
    /// <param name="recipe">A recipe that replaces the file's; see <see cref="Catalogue.Recipes"/>.</param>
    /// <param name="dtype">An element type that replaces that of all float tensors.</param>
    /// <returns>The tensors with their initializers.</returns>
    /// <exception cref="InitializerException">A tensor that no rule matches, a rule that decides no tensor, or an
    /// initializer that does not resolve. Reports every fault.</exception>
    public IReadOnlyList<BlueprintTensor> Plan(string? recipe = null, DType? dtype = null) =>
        [.. Planned(recipe, dtype).Select(Ruled)];

    /// <summary>Returns how each tensor will be filled, without filling anything.</summary>
    /// <param name="recipe">A recipe that replaces the file's; see <see cref="Catalogue.Recipes"/>.</param>
    /// <param name="dtype">An element type that replaces that of all float tensors.</param>
    /// <returns>Each tensor with its rule, initializer, fan and expected moments.</returns>
    /// <exception cref="InitializerException">As <see cref="Plan"/>.</exception>
    public IReadOnlyList<TensorExplanation> Explain(string? recipe = null, DType? dtype = null) =>
        [.. Planned(recipe, dtype).Select(t => Explained(CoreResults.Unwrap(BlueprintModule.Explain(t))))];

    /// <summary>Writes the model as a safetensors file, in bounded memory; the file is whole or absent.</summary>
    /// <param name="path">The file, which ends in .safetensors.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="recipe">A recipe that replaces the file's.</param>
    /// <param name="dtype">An element type that replaces that of all float tensors.</param>
    /// <param name="device">Where tensors are generated; the CPU by default. The bits are the same.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="progress">Receives the bytes written.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <exception cref="InitializerException">The request is wrong, or the disk or device failed. The files that the
    /// blueprint was loaded from are never replaced (<c>output-is-input</c>).</exception>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> or <paramref name="seed"/> is null.</exception>
    public void Write(
        string path,
        Seed seed,
        string? recipe = null,
        DType? dtype = null,
        Device? device = null,
        bool overwrite = false,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(seed);
        var tensors = Planned(recipe, dtype);
        if (Output.FaultsOfInputs(path, files) is { IsEmpty: false } faults)
            throw CoreResults.Exception([.. faults]);
        CoreResults.Unwrap(
            Output.Model(path, overwrite, device ?? Device.Cpu, seed, tensors, Report.To(progress), token)
        );
    }

    /// <summary>Fills every tensor of the model in memory of the caller, on the CPU, with the bits that
    /// <see cref="Write"/> writes.</summary>
    /// <remarks>A tied tensor has the elements of its target: the two may share their memory, or have one each.</remarks>
    /// <param name="memories">The memory of each tensor by its name: as many elements as its shape has, of its element type,
    /// or its bytes (<see cref="HostMemory.AtBytes"/>, or a memory of bytes), as for tensors of integers and float8.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="recipe">A recipe that replaces the file's.</param>
    /// <param name="dtype">An element type that replaces that of all float tensors.</param>
    /// <exception cref="InitializerException">As <see cref="Plan"/>, and <c>memory-missing</c>, <c>memory-unknown</c>,
    /// <c>memory-type</c>, <c>memory-length</c>, <c>memories-overlap</c>. Reports every fault, and nothing is written then.</exception>
    /// <exception cref="ArgumentNullException">A memory, <paramref name="memories"/> or <paramref name="seed"/> is
    /// null.</exception>
    /// <example>
    /// <code>
    /// Blueprint model = Blueprint.Load("model.json");
    /// var weights = model.Tensors.ToDictionary(t => t.Name, t => (HostMemory)new float[t.Shape.Aggregate(1L, (a, b) => a * b)]);
    /// model.Fill(weights, seed: 42);
    /// </code>
    /// </example>
    public void Fill(
        IReadOnlyDictionary<string, HostMemory> memories,
        Seed seed,
        string? recipe = null,
        DType? dtype = null
    )
    {
        ArgumentNullException.ThrowIfNull(memories);
        ArgumentNullException.ThrowIfNull(seed);
        Tuple<string, HostMemory>[] named =
        [
            .. memories.Select(m => Tuple.Create(m.Key, m.Value ?? throw new ArgumentNullException(nameof(memories)))),
        ];
        CoreResults.Unwrap(ModelMemory.Fill(seed, named, Planned(recipe, dtype)));
    }

    private FSharpList<PlannedTensor> Planned(string? recipe, DType? dtype) =>
        CoreResults.Unwrap(
            BlueprintModule.Plan(
                recipe is null ? FSharpOption<Recipe>.None : CoreResults.Unwrap(Request.Recipe(recipe)),
                dtype is { } d ? FSharpOption<Storage>.Some(Storage.NewFloat(d)) : FSharpOption<Storage>.None,
                core
            )
        );

    internal static TensorExplanation Explained(Explanation e) =>
        new(Ruled(e.Entry, e.Spec, e.Tie), RuleModule.ToText(e.Rule), e.Fan, e.Distribution, e.Mean, e.Stddev)
        {
            Expression = e.Rule.Spec.IsFunction ? SpecText.ToText(e.Rule.Spec) : null,
            Source = e.Rule.Source?.Value,
        };

    internal static BlueprintTensor Ruled(PlannedTensor tensor) => Ruled(tensor.Entry, tensor.Spec, tensor.Tie);

    private static BlueprintTensor Ruled(TensorEntry entry, Spec spec, FSharpOption<Tie>? tie) =>
        Listed(entry) with
        {
            Initializer = SpecText.ToText(spec),
            TiedTo = tie?.Value.Target,
        };

    private static BlueprintTensor Listed(TensorEntry entry) =>
        new(
            entry.Name,
            [.. entry.Shape.Dims],
            entry.Storage is Storage.Float { Item: var dtype } ? dtype : null,
            StorageModule.ToText(entry.Storage)
        );
}

internal static class Report
{
    /// <summary>A progress listener as the curried function that the core calls.</summary>
    internal static FSharpFunc<long, FSharpFunc<long, Unit>> To(IProgress<WriteProgress>? progress) =>
        FuncConvert.FromAction<long, long>((written, total) => progress?.Report(new WriteProgress(written, total)));
}
