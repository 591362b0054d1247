using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

public sealed partial class InitializerSpec
{
    /// <summary>Kernels of the short-time Fourier transform, as Keras 3's STFT: cos(2π·t·k/N), or -sin of it, times the window's
    /// weight of t and over the scaling, at [t, channel, k] of a shape [frame_length, input_channels, bins], N =
    /// 2·(bins - 1). Rank 3, bins 2 or more; each channel has the same kernel.</summary>
    /// <param name="side">The real or the imaginary part.</param>
    /// <param name="window">The weights of a frame's elements.</param>
    /// <param name="scaling">What a windowed kernel is divided by.</param>
    /// <param name="periodic">Whether the window is periodic, for spectra, and not symmetric.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="InitializerException"><c>choice-unknown</c>: a side, window or scaling that is no value of its
    /// enum.</exception>
    /// <example><code>InitializerSpec.Stft(StftSide.Imaginary, StftWindow.Hamming)</code></example>
    public static InitializerSpec Stft(
        StftSide side = StftSide.Real,
        StftWindow window = StftWindow.Hann,
        StftScaling scaling = StftScaling.Density,
        bool periodic = false
    ) =>
        new(
            FSharp.Spec.NewStft(
                Known(nameof(side), side),
                Known(nameof(window), window),
                Known(nameof(scaling), scaling),
                periodic
            )
        );

    private static T Known<T>(string parameter, T value)
        where T : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw CoreResults.Exception(
                FSharp.InitError.NewChoiceUnknown(
                    "stft",
                    parameter,
                    value.ToString("D"),
                    ListModule.OfSeq(Enum.GetNames<T>())
                )
            );
}
