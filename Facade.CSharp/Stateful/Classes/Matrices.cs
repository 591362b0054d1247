namespace Initializers.Stateful;

/// <summary>Fills with a Haar-distributed matrix with orthonormal rows or columns, whichever are fewer, times a gain: every orthogonal matrix is as likely as another. Saxe et al. 2013; drawn as Stewart 1980 and Mezzadri 2007 say.</summary>
/// <remarks>Rank 2 or more; one of rank 3 or more is flattened to [d0, rest] as in PyTorch, or with a layout whose channels are last to [rest, last] as in Keras. An element has mean 0 and variance gain²/n, n the longer side. float16 and bfloat16 are the float32 matrix rounded.</remarks>
/// <example><code>using Tensor w = new Orthogonal(Math.Sqrt(2)).CreateVariables([512, 256]);</code></example>
public sealed class Orthogonal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="gain">The gain, finite; a call reports another as <c>not-finite</c>.</param>
    public Orthogonal(double gain = 1) => Spec = InitializerSpec.Orthogonal(gain);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills a convolution with an orthogonal matrix times a gain at its centre and 0 elsewhere, so that it keeps norms. Xiao et al. 2018, algorithm 1.</summary>
/// <remarks>Rank 3 to 5, no more inputs than outputs (<c>inputs-exceed-outputs</c>). The centre is at (k - 1)/2, as in JAX.</remarks>
/// <example><code>using Tensor w = new DeltaOrthogonal().CreateVariables([64, 32, 3, 3], Layout.OutInSpatial);</code></example>
public sealed class DeltaOrthogonal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="gain">The gain, finite; a call reports another as <c>not-finite</c>.</param>
    public DeltaOrthogonal(double gain = 1) => Spec = InitializerSpec.DeltaOrthogonal(gain);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills a convolution so that it passes each input channel through, per group: 1 at the centre of output d and input
/// d, 0 elsewhere. PyTorch's dirac_; Zagoruyko and Komodakis 2017.</summary>
/// <remarks>Rank 3 or more. The centre is at k/2.</remarks>
/// <example><code>using Tensor w = new Dirac(groups: 2).CreateVariables([64, 32, 3, 3], Layout.OutInSpatial);</code></example>
public sealed class Dirac : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="groups">The number of groups; a call reports one that does not divide the outputs as <c>not-a-multiple</c>.</param>
    public Dirac(long groups = 1) => Spec = InitializerSpec.Dirac(groups);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills the diagonal of a matrix, or the centre of a convolution's kernels from channel d to channel d, with a gain,
/// and the rest with 0. For recurrent matrices Le et al. 2015.</summary>
/// <remarks>Any matrix, square or not. The centre of a convolution is at k/2.</remarks>
/// <example><code>using Tensor w = new Identity().CreateVariables([256, 256]);</code></example>
public sealed class Identity : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="gain">The gain, finite; a call reports another as <c>not-finite</c>.</param>
    public Identity(double gain = 1) => Spec = InitializerSpec.Identity(gain);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills a matrix with normal values of mean 0, and sets ceil(sparsity·rows) elements of each column to 0. Martens
/// 2010; PyTorch's sparse_.</summary>
/// <remarks>For another distribution, use <c>Sparse</c> of its <c>InitializerSpec</c>.</remarks>
/// <example><code>using Tensor w = new Sparse(0.9).CreateVariables([512, 256]);</code></example>
public sealed class Sparse : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="sparsity">The share of zeros; a call reports one outside of 0 to 1 as <c>out-of-range</c>.</param>
    /// <param name="stddev">The standard deviation of the others, finite, 0 or more.</param>
    public Sparse(double sparsity, double stddev = 0.01) => Spec = InitializerSpec.Normal(0, stddev).Sparse(sparsity);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills upsampling kernels: the product of a triangle over each spatial axis, the same for all channels, as MXNet's Bilinear and Caffe's.</summary>
/// <remarks>Rank 3 or more.</remarks>
/// <example><code>using Tensor w = new Bilinear().CreateVariables([16, 1, 4, 4], Layout.OutInSpatial);</code></example>
public sealed class Bilinear : Initializer
{
    /// <summary>Creates an initializer.</summary>
    public Bilinear() => Spec = InitializerSpec.Bilinear;

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills the bias of an LSTM's four gates, in PyTorch's and Keras's order: forget in the second quarter, 0 in the others. Gers et al. 2000; Jozefowicz et al. 2015.</summary>
/// <remarks>Rank 1, a multiple of 4. PyTorch adds two such biases.</remarks>
/// <example><code>using Tensor b = new LstmBias().CreateVariables([4 * 256]);</code></example>
public sealed class LstmBias : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="forget">The forget gate's bias, finite.</param>
    public LstmBias(double forget = 1) => Spec = InitializerSpec.LstmBias(forget);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills convolution kernels so that they are the short-time Fourier transform of a signal: cosines of N = 2·(bins - 1) steps, or their sines, times a window and over its norm. Keras 3's STFT.</summary>
/// <remarks>Shape [frame_length, input_channels, bins], Keras's order, bins 2 or more (<c>not-positive</c>); each channel has the same kernel. Two tensors, of the real and the imaginary side, are a transform.</remarks>
/// <example><code>using Tensor w = new Stft(StftSide.Imaginary).CreateVariables([128, 1, 65]);</code></example>
public sealed class Stft : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="side">The real or the imaginary part.</param>
    /// <param name="window">The weights of a frame's elements.</param>
    /// <param name="scaling">What a windowed kernel is divided by; a call reports a window of zeros alone as <c>not-positive</c>.</param>
    /// <param name="periodic">Whether the window is periodic, for spectra, and not symmetric.</param>
    /// <exception cref="InitializerException"><c>choice-unknown</c>: a side, window or scaling that is no value of its enum.</exception>
    public Stft(
        StftSide side = StftSide.Real,
        StftWindow window = StftWindow.Hann,
        StftScaling scaling = StftScaling.Density,
        bool periodic = false
    ) => Spec = InitializerSpec.Stft(side, window, scaling, periodic);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills with given numbers, rounded to the dtype.</summary>
/// <example><code>using Tensor w = new Literal([1, 0, 0, 1], [2, 2]).CreateVariables([2, 2]);</code></example>
public sealed class Literal : Initializer
{
    /// <summary>Creates an initializer with these parameters.</summary>
    /// <param name="values">The numbers, row-major, finite.</param>
    /// <param name="shape">The tensor's shape, or null for one axis; a call reports another as <c>literal-shape</c>.</param>
    public Literal(IEnumerable<double> values, IEnumerable<long>? shape = null) =>
        Spec = InitializerSpec.Literal(values, shape);

    /// <inheritdoc/>
    public override InitializerSpec Spec { get; }
}

/// <summary>Fills parts one after the other along an axis, each with its initializer and fans, such as a fused projection of
/// queries, keys and values, or the gates of an LSTM.</summary>
/// <remarks>Element-wise distributions draw by the whole tensor's index; an orthogonal or sparse part draws from a separate child
/// stream.</remarks>
/// <example><code>using Tensor qkv = new Stacked(0, (256, new GlorotUniform()), (256, new GlorotUniform()), (256, new Zeros()))
///     .CreateVariables([768, 256], Layout.OutIn);</code></example>
public sealed class Stacked : Initializer
{
    private readonly int _axis;
    private readonly long[] _sizes;
    private readonly Initializer[] _initializers;

    /// <summary>Creates an initializer of these parts.</summary>
    /// <param name="axis">The axis; -1 is the last. A call reports one that there is not as <c>axis-out-of-range</c>.</param>
    /// <param name="parts">Sizes and initializers; a call reports sizes whose sum is not the axis's as
    /// <c>stacked-sizes</c>.</param>
    /// <exception cref="ArgumentNullException">The parts or one of their initializers is null.</exception>
    public Stacked(int axis, params (long Size, Initializer Initializer)[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        foreach ((long _, Initializer initializer) in parts)
        {
            ArgumentNullException.ThrowIfNull(initializer, nameof(parts));
        }

        _axis = axis;
        _sizes = Array.ConvertAll(parts, part => part.Size);
        _initializers = Array.ConvertAll(parts, part => part.Initializer);
    }

    /// <inheritdoc/>
    public override InitializerSpec Spec => Compose(this);

    private protected override IReadOnlyList<Initializer> Parts => _initializers;

    private protected override InitializerSpec Composed(IReadOnlyList<InitializerSpec> parts) =>
        InitializerSpec.Stacked(_axis, [.. _sizes.Zip(parts)]);
}
