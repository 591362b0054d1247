namespace Initializers

/// <summary>The element type of a tensor.</summary>
/// <remarks>A float16 or bfloat16 element is the float32 element of the same seed, rounded to nearest even. If the
/// distribution is bounded, it is then moved inside the interval. A float64 element is the same weight with more digits. So
/// a change of type never changes which weight a position gets.</remarks>
type DType =
    /// <summary>IEEE 754 binary32: 24 bits of precision, largest value 3.4028234663852886e38.</summary>
    | Float32 = 0
    /// <summary>IEEE 754 binary16 (<see cref="T:System.Half"/>): 11 bits of precision, largest value 65504.</summary>
    | Float16 = 1
    /// <summary>The upper half of a binary32: 8 bits of precision, largest value 3.3895313892515355e38.</summary>
    | BFloat16 = 2
    /// <summary>IEEE 754 binary64: 53 bits of precision, largest value 1.7976931348623157e308.</summary>
    | Float64 = 3

/// <summary>Which fan a spec divides by.</summary>
type FanMode =
    /// <summary>The number of inputs that reach one output.</summary>
    | FanIn = 0
    /// <summary>The number of outputs that one input reaches.</summary>
    | FanOut = 1
    /// <summary>fan_in + fan_out.</summary>
    | FanSum = 2
    /// <summary>(fan_in + fan_out) / 2.</summary>
    | FanAvg = 3
    /// <summary>The geometric mean, sqrt(fan_in * fan_out).</summary>
    | FanGeo = 4

/// <summary>Which axes of a shape are outputs, inputs and receptive field. A layout is never guessed.</summary>
type Layout =
    /// <summary>A matrix [out, in], as in PyTorch's Linear. Rank 2.</summary>
    | OutIn = 0
    /// <summary>A matrix [in, out], as in Keras's Dense, JAX and GPT-2's Conv1D. Rank 2.</summary>
    | InOut = 1
    /// <summary>[out, in, spatial...], as in PyTorch's convolutions (OIHW). Rank 2 or more.</summary>
    | OutInSpatial = 2
    /// <summary>[spatial..., in, out], as in Keras's and JAX's convolutions (HWIO). Rank 2 or more.</summary>
    | SpatialInOut = 3

/// <summary>The family of distributions that variance scaling draws from.</summary>
type DistributionFamily =
    /// <summary>Normal, not truncated.</summary>
    | Normal = 0
    /// <summary>Uniform on the open interval of the same mean and variance.</summary>
    | Uniform = 1
    /// <summary>Normal, truncated at 2 of its standard deviations and widened so that the variance after truncation is the
    /// same: what JAX and Keras call (truncated) normal.</summary>
    | TruncatedNormal = 2

/// <summary>Which part of a Fourier transform a kernel computes.</summary>
type StftSide =
    /// <summary>The real part, by cosines.</summary>
    | Real = 0
    /// <summary>The imaginary part, by sines of the negative angle.</summary>
    | Imaginary = 1

/// <summary>The weights of a frame's elements, SciPy's of the same names. With n = 0, 1, … and M the frame's length, or one less
/// for a symmetric window, theta is the angle 2 pi n/M; a frame of one element has weight 1.</summary>
type StftWindow =
    /// <summary>0.5 - 0.5 cos theta.</summary>
    | Hann = 0
    /// <summary>0.54 - 0.46 cos theta.</summary>
    | Hamming = 1
    /// <summary>0.42 - 0.5 cos theta + 0.08 cos 2 theta.</summary>
    | Blackman = 2
    /// <summary>A triangle with zeros at its ends, 1 - |2n/M - 1|.</summary>
    | Bartlett = 3
    /// <summary>1 everywhere, scaled like other windows.</summary>
    | Boxcar = 4
    /// <summary>No window, and no scaling.</summary>
    | None = 5

/// <summary>What a windowed kernel is divided by.</summary>
type StftScaling =
    /// <summary>The square root of the sum of the squared weights.</summary>
    | Density = 0
    /// <summary>The sum of the weights.</summary>
    | Spectrum = 1
    /// <summary>Nothing.</summary>
    | None = 2
