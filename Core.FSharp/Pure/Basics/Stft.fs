namespace Initializers.FSharp

/// <summary>Which part of a Fourier transform a kernel computes.</summary>
[<RequireQualifiedAccess>]
type StftSide =
    /// <summary>The real part, by cosines.</summary>
    | Real
    /// <summary>The imaginary part, by sines of the negative angle.</summary>
    | Imaginary

/// <summary>The weights of a frame's elements, SciPy's of the same names. With n = 0, 1, … and M the frame's length, or one less
/// for a window that is symmetric and not periodic, theta is the angle 2 pi n/M; a frame of one element has weight 1.</summary>
[<RequireQualifiedAccess>]
type StftWindow =
    /// <summary>0.5 - 0.5 cos theta.</summary>
    | Hann
    /// <summary>0.54 - 0.46 cos theta.</summary>
    | Hamming
    /// <summary>0.42 - 0.5 cos theta + 0.08 cos 2 theta.</summary>
    | Blackman
    /// <summary>A triangle with zeros at its ends, 1 - |2n/M - 1|.</summary>
    | Bartlett
    /// <summary>1 everywhere, which is scaled as other windows are.</summary>
    | Boxcar
    /// <summary>No window, and no scaling.</summary>
    | None

/// <summary>What a windowed kernel is divided by.</summary>
[<RequireQualifiedAccess>]
type StftScaling =
    /// <summary>The square root of the sum of the squared weights.</summary>
    | Density
    /// <summary>The sum of the weights.</summary>
    | Spectrum
    /// <summary>Nothing.</summary>
    | None

/// How texts call them; the words are Keras's and SciPy's.
module internal StftNames =
    let sides = [ "real", StftSide.Real; "imag", StftSide.Imaginary ]

    let windows =
        [ "hann", StftWindow.Hann
          "hamming", StftWindow.Hamming
          "blackman", StftWindow.Blackman
          "bartlett", StftWindow.Bartlett
          "boxcar", StftWindow.Boxcar
          "none", StftWindow.None ]

    let scalings =
        [ "density", StftScaling.Density
          "spectrum", StftScaling.Spectrum
          "none", StftScaling.None ]

    /// The word of a value that a list has.
    let text (names: (string * 'a) list) value =
        names |> List.find (fun (_, known) -> known = value) |> fst
