using System.Text;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using CorePictureFile = Initializers.FSharp.PictureFile;

namespace Initializers.Models;

/// <summary>A picture to write, which ends in .png or .svg. The file is whole or absent.</summary>
/// <example>
/// <code>
/// var file = new PictureFile { Path = "gpt2.png", Overwrite = true };
/// IReadOnlyList&lt;Fault&gt; faults = file.Faults(); // before any work
/// file.Save(bytes);
/// </code>
/// </example>
public sealed record PictureFile
{
    /// <summary>The path.</summary>
    public string? Path { get; init; }

    /// <summary>Whether an existing picture is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Files that are read for the picture, which it never replaces.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Whether the path ends in .svg.</summary>
    public bool IsSvg => Path?.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Returns every fault of the path, found before any work.</summary>
    public IReadOnlyList<Fault> Faults() =>
        CoreResults.Faults(CorePictureFile.Validate(ListModule.OfSeq(Inputs), Overwrite, Path));

    /// <summary>Writes the picture.</summary>
    /// <param name="picture">The bytes of the file.</param>
    /// <exception cref="InitializerException"><c>argument-missing</c>, <c>argument-invalid</c>, <c>file-exists</c>,
    /// <c>file-unwritable</c> or <c>output-is-input</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="picture"/> is null.</exception>
    public void Save(byte[] picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        CoreResults.Unwrap(CorePictureFile.Save(ListModule.OfSeq(Inputs), Overwrite, Path, picture));
    }

    /// <summary>Throws what <see cref="Faults"/> returns.</summary>
    /// <exception cref="InitializerException">As of <see cref="Save"/>.</exception>
    public void Validate() => CoreResults.Unwrap(CorePictureFile.Validate(ListModule.OfSeq(Inputs), Overwrite, Path));

    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(Path), Path),
            (nameof(Overwrite), Overwrite),
            (nameof(Inputs), Inputs),
            (nameof(IsSvg), IsSvg)
        );
}
