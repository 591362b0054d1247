using Initializers.FSharp;
using Initializers.Stateful;
using CoreDoctor = Initializers.FSharp.Doctor;

namespace Initializers.Models;

/// <summary>
/// A request to examine a file of any framework for weights that were initialized wrongly, in words, null where absent.
/// </summary>
/// <remarks>Without a recipe it finds tensors that were never written, constant matrices, values that are not finite, clipped or
/// of low precision, equal, scaled and shifted copies of rows, pages and tensors, and buffers that are not what their names say;
/// and it guesses the recipe. With a recipe, each tensor is compared with the distribution that its rule promises. The file is
/// read once.</remarks>
/// <example>
/// <code>
/// Diagnosis report = new Doctor { File = "model.safetensors", Recipe = "gpt2" }.Examine();
/// foreach (Finding fault in report.Faults)
///     Console.WriteLine($"{fault.Tensor}: {fault.Message} {fault.Advice}");
/// </code>
/// </example>
public sealed record Doctor
{
    /// <summary>A .safetensors, .npy, .npz, .pt, .pth, .dat or .onnx file of any program, or the index or the folder of a model in several
    /// files.</summary>
    public string? File { get; init; }

    /// <summary>The recipe that the tensors are to follow, by its name or the file's path.</summary>
    public string? Recipe { get; init; }

    /// <summary>An earlier file, from which the file is to descend.</summary>
    public string? Against { get; init; }

    /// <summary>The probability, at most, that a right file has a fault, above 0 and below 1; 1e-6 by default.</summary>
    public string? FalseAlarmRate { get; init; }

    /// <summary>A file for a page of the report, which <see cref="SavePage"/> writes.</summary>
    public string? Page { get; init; }

    /// <summary>Whether an existing page is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Returns every fault of the request, found before any work.</summary>
    public IReadOnlyList<Fault> Faults() => CoreResults.Faults(CoreDoctor.Validate(Words()));

    /// <summary>Examines the file.</summary>
    /// <param name="progress">Receives the bytes read.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>The report, with faults or without.</returns>
    /// <exception cref="InitializerException">The request is wrong, with the codes of <see cref="Inspection"/>, those of recipes,
    /// and <c>argument-invalid</c> for a rate.</exception>
    public Diagnosis Examine(IProgress<WriteProgress>? progress = null, CancellationToken token = default) =>
        new(CoreResults.Unwrap(CoreDoctor.Examine(Words(), Report.To(progress), token)));

    /// <summary>Writes a page of the report to <see cref="Page"/>; the file is whole or absent.</summary>
    /// <param name="html">The page.</param>
    /// <exception cref="InitializerException"><c>file-exists</c>, <c>file-unwritable</c>, <c>output-is-input</c> or
    /// <c>argument-missing</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="html"/> is null.</exception>
    public void SavePage(string html)
    {
        ArgumentNullException.ThrowIfNull(html);
        CoreResults.Unwrap(CoreDoctor.SavePage(Words(), html));
    }

    private DoctorText Words() => new(File, Recipe, Against, FalseAlarmRate, Page, Overwrite);
}
