using System.Text;
using Initializers.Models;
using Initializers.Plots;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary>Draws what <c>plot</c> asks for. The libraries that draw are loaded with this class, and by no other
/// command.</summary>
internal static class Pictures
{
    /// <summary>The most elements of one tensor that are drawn, and of each one of a sheet.</summary>
    private const int Most = 1 << 22;

    private const int MostOfSheet = 1 << 18;

    /// <summary>Writes the picture, and returns how many tensors it has, how many of them are compared, and its size.</summary>
    internal static (int Tensors, int Compared, int Width, int Height) Draw(
        SampleRequest request,
        SampleRequest? compared,
        PictureFile file,
        int panels,
        int? width,
        int? height,
        CancellationToken token
    )
    {
        // How many tensors there are says how many elements of each are drawn.
        var kinds = request.Take(1, token: token).Count;
        var most = kinds == 1 ? Most : MostOfSheet;
        var samples = Display.Progress("reading", progress => request.Take(most, progress, token));
        var others = compared?.Take(most, token: token);
        var matches =
            kinds == 1
                ? (Twin(samples[0], others) is null ? 0 : 1)
                : samples
                    .Take(Figure.MostOfSheet)
                    .Count(sample => others?.Any(other => other.Name == sample.Name) == true);
        if (others is not null && matches == 0)
            throw new InitializerException([
                Fault.ArgumentInvalid("--compare", compared!.Subject!, "a subject with a tensor of the same name"),
            ]);
        var figure =
            kinds == 1
                ? Figure.Of(samples[0], (Panels)panels, Twin(samples[0], others))
                : Figure.Sheet(samples, request.Subject!, others);
        var (w, h) = (width ?? figure.Width, height ?? figure.Height);
        file.Save(file.IsSvg ? Encoding.UTF8.GetBytes(figure.Svg(w, h)) : figure.Png(w, h));
        return (Math.Min(samples.Count, Figure.MostOfSheet), matches, w, h);
    }

    /// <summary>Writes a picture of signals by layer.</summary>
    internal static void Draw(SignalReport report, string title, PictureFile file)
    {
        var figure = Figure.Of(report, title);
        file.Save(file.IsSvg ? Encoding.UTF8.GetBytes(figure.Svg()) : figure.Png());
    }

    /// <summary>The tensor that is laid over one: that of its name, or the only one.</summary>
    private static TensorSample? Twin(TensorSample tensor, IReadOnlyList<TensorSample>? others) =>
        others?.FirstOrDefault(other => other.Name == tensor.Name) ?? (others is [var only] ? only : null);
}
