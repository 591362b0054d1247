using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

/// <summary>Which part of a Fourier transform a kernel computes.</summary>
public enum StftSide
{
    /// <summary>The real part, by cosines.</summary>
    Real,

    /// <summary>The imaginary part, by sines of the negative angle.</summary>
    Imaginary,
}

/// <summary>The weights of a frame's elements, SciPy's of the same names. With n = 0, 1, … and M the frame's length, or one less
/// for a window that is symmetric and not periodic, θ is the angle 2πn/M; a frame of one element has weight 1.</summary>
public enum StftWindow
{
    /// <summary>0.5 - 0.5·cos θ.</summary>
    Hann,

    /// <summary>0.54 - 0.46·cos θ.</summary>
    Hamming,

    /// <summary>0.42 - 0.5·cos θ + 0.08·cos 2θ.</summary>
    Blackman,

    /// <summary>A triangle with zeros at its ends, 1 - |2n/M - 1|.</summary>
    Bartlett,

    /// <summary>1 everywhere, which is scaled as other windows are.</summary>
    Boxcar,

    /// <summary>No window, and no scaling.</summary>
    None,
}

/// <summary>What a windowed kernel is divided by.</summary>
public enum StftScaling
{
    /// <summary>The square root of the sum of the squared weights.</summary>
    Density,

    /// <summary>The sum of the weights.</summary>
    Spectrum,

    /// <summary>Nothing.</summary>
    None,
}

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
    ) => new(FSharp.Spec.NewStft(Part(side), Weights(window), Divisor(scaling), periodic));

    private static FSharp.StftSide Part(StftSide side) =>
        side switch
        {
            StftSide.Real => FSharp.StftSide.Real,
            StftSide.Imaginary => FSharp.StftSide.Imaginary,
            _ => throw Unknown(nameof(side), side),
        };

    private static FSharp.StftWindow Weights(StftWindow window) =>
        window switch
        {
            StftWindow.Hann => FSharp.StftWindow.Hann,
            StftWindow.Hamming => FSharp.StftWindow.Hamming,
            StftWindow.Blackman => FSharp.StftWindow.Blackman,
            StftWindow.Bartlett => FSharp.StftWindow.Bartlett,
            StftWindow.Boxcar => FSharp.StftWindow.Boxcar,
            StftWindow.None => FSharp.StftWindow.None,
            _ => throw Unknown(nameof(window), window),
        };

    private static FSharp.StftScaling Divisor(StftScaling scaling) =>
        scaling switch
        {
            StftScaling.Density => FSharp.StftScaling.Density,
            StftScaling.Spectrum => FSharp.StftScaling.Spectrum,
            StftScaling.None => FSharp.StftScaling.None,
            _ => throw Unknown(nameof(scaling), scaling),
        };

    private static InitializerException Unknown<T>(string parameter, T value)
        where T : struct, Enum =>
        Results.Exception(
            FSharp.InitError.NewChoiceUnknown(
                "stft",
                parameter,
                value.ToString("D"),
                ListModule.OfSeq(Enum.GetNames<T>())
            )
        );
}
