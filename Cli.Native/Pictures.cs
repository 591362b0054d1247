using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary>In place of pictures, whose libraries are larger than this program.</summary>
internal static class Pictures
{
    internal static (int Tensors, int Compared, int Width, int Height) Draw(
        SampleRequest request,
        SampleRequest? compared,
        PictureFile file,
        int panels,
        int? width,
        int? height,
        CancellationToken token
    ) => throw Absent();

    internal static void Draw(SignalReport report, string title, PictureFile file) => throw Absent();

    private static InitializerException Absent() =>
        new([
            new Fault(
                "argument-unknown",
                "this program draws no pictures; install the tool Initializers.Cli for them."
            ),
        ]);
}
