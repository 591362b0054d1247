using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;

namespace Initializers.Models;

/// <summary>The first elements of a tensor, with the distribution that they are to have.</summary>
/// <param name="Name">The name; an initializer's tensor has the initializer's text.</param>
/// <param name="Represented">How many tensors of the same shape have this name but for the numbers in it, this one among
/// them.</param>
/// <param name="DType">The element type by its name in safetensors, such as F32.</param>
/// <param name="Shape">The sizes of the axes, outermost first.</param>
/// <param name="Values">The first elements in row-major order.</param>
/// <param name="Expected">The distribution of the initializer; null for a tensor of a file that neither a recipe nor the
/// metadata describe.</param>
/// <param name="Initializer">The initializer as text; empty where no initializer is known.</param>
public sealed record TensorSample(
    string Name,
    int Represented,
    string DType,
    IReadOnlyList<long> Shape,
    ReadOnlyMemory<double> Values,
    Distribution? Expected,
    string Initializer
)
{
    internal TensorSample(FSharp.TensorSample core)
        : this(
            core.Name,
            core.Represented,
            core.DType,
            [.. core.Shape.Dims],
            core.Values,
            core.Expected?.Value is { } expected ? new Distribution(expected) : null,
            core.Initializer
        ) { }

    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Name), Name),
            (nameof(Represented), Represented),
            (nameof(DType), DType),
            (nameof(Shape), Shape),
            (nameof(Values), Values.Length),
            (nameof(Expected), Expected),
            (nameof(Initializer), Initializer)
        );
}

/// <summary>
/// A request for the first elements of the tensor of an initializer, or of the tensors of a model or file, in words, null where absent.
/// </summary>
/// <example>
/// <code>
/// foreach (TensorSample tensor in new SampleRequest { Subject = "gpt2", Tensors = "h.0.*" }.Take(65536))
///     Console.WriteLine($"{tensor.Name}: {tensor.Expected}");
/// </code>
/// </example>
public sealed record SampleRequest
{
    /// <summary>A file or folder of tensors, a model's name or JSON, or an initializer, such as
    /// <c>normal(stddev=0.02)</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>The rules of a model's or a file's tensors, which replace its own.</summary>
    public string? Recipe { get; init; }

    /// <summary>A pattern of the names of tensors, such as <c>h.0.*</c>. Without it, tensors that differ by the numbers in their
    /// names alone are represented by the first of them.</summary>
    public string? Tensors { get; init; }

    /// <summary>The sizes of an initializer's tensor; 512,512 by default.</summary>
    public string? Shape { get; init; }

    /// <summary>The seed's key, decimal or 0x and hexadecimal; 0 by default.</summary>
    public string? Seed { get; init; }

    /// <summary>The element type, float32 by default for an initializer's tensor.</summary>
    public string? DType { get; init; }

    /// <summary>The number of inputs that reach one output.</summary>
    public string? FanIn { get; init; }

    /// <summary>The number of outputs that one input reaches.</summary>
    public string? FanOut { get; init; }

    /// <summary>The layout that reads the fans from the shape; oi by default for a matrix without fans.</summary>
    public string? Layout { get; init; }

    /// <summary>Returns every fault of the request, found before elements are drawn or read.</summary>
    public IReadOnlyList<Fault> Faults() => CoreResults.Faults(TensorSamples.Validate(Words()));

    /// <summary>Draws or reads the elements.</summary>
    /// <param name="most">The most elements of one tensor, at least 1.</param>
    /// <param name="progress">Receives the elements that are there.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>The samples in the order of the model or file. Tensors without elements and those of complex types are left
    /// out.</returns>
    /// <exception cref="InitializerException"><c>argument-missing</c>, <c>argument-invalid</c>, <c>argument-conflict</c>, and the
    /// codes of initializers, models, recipes and <see cref="Inspection"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="most"/> is below 1.</exception>
    public IReadOnlyList<TensorSample> Take(
        int most = 1 << 22,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return
        [
            .. CoreResults
                .Unwrap(TensorSamples.Take(most, Words(), Report.To(progress), token))
                .Select(sample => new TensorSample(sample)),
        ];
    }

    private SampleText Words() => new(Subject, Recipe, Tensors, Shape, Seed, DType, FanIn, FanOut, Layout);
}
