using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

public sealed partial class InitializerSpec
{
    /// <summary>Upsampling kernels: the product of a triangle over each spatial axis, the same for all channels, as MXNet's
    /// and Caffe's. Rank 3 or more.</summary>
    public static InitializerSpec Bilinear { get; } = new(FSharp.Spec.Bilinear);

    /// <summary>Glorot's variance 2·gain²/(fan_in + fan_out). Glorot and Bengio 2010.</summary>
    /// <param name="gain">The gain, finite and above 0.</param>
    /// <param name="family">Normal, truncated normal or uniform.</param>
    /// <returns>The spec, which reads as variance scaling.</returns>
    /// <exception cref="InitializerException"><c>distribution-unknown</c>: <paramref name="family"/> is no value of its
    /// enum.</exception>
    public static InitializerSpec Glorot(double gain = 1, DistributionFamily family = DistributionFamily.Normal) =>
        new(
            FSharp.SpecModule.Glorot(gain, Known(family)),
            FSharp.PresetFaults.GainFaults(Named("glorot", family), gain),
            FSharp.SpecModule.Glorot(1, Known(family))
        );

    /// <summary>A Haar-distributed matrix with orthonormal rows or columns, whichever are fewer, times gain. A tensor of rank 3
    /// or more is flattened to [d0, rest], with a layout whose channels are last to [rest, last].</summary>
    /// <param name="gain">The gain, finite.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Orthogonal(double gain = 1) => new(FSharp.Spec.NewOrthogonal(gain));

    /// <summary>A convolution whose centre is an orthogonal matrix times gain and all else 0. Rank 3 to 5, no more inputs than
    /// outputs.</summary>
    /// <param name="gain">The gain, finite.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec DeltaOrthogonal(double gain = 1) => new(FSharp.Spec.NewDeltaOrthogonal(gain));

    /// <summary>A convolution that passes each input channel through, per group. Rank 3 or more.</summary>
    /// <param name="groups">The number of groups, which divides the outputs.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Dirac(long groups = 1) => new(FSharp.Spec.NewDirac(groups));

    /// <summary>gain on the diagonal of a matrix, or at the centre of a convolution's own channels; 0 elsewhere.</summary>
    /// <param name="gain">The gain, finite.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Identity(double gain = 1) => new(FSharp.Spec.NewIdentity(gain));

    /// <summary>An LSTM's bias: forget in the second quarter, 0 in the others. Rank 1.</summary>
    /// <param name="forget">The forget gate's bias, finite.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec LstmBias(double forget = 1) => new(FSharp.Spec.NewLstmBias(forget));

    /// <summary>The given numbers, rounded to the dtype.</summary>
    /// <param name="values">The numbers, row-major, finite.</param>
    /// <param name="shape">The tensor's shape; null for one axis.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    /// <example><code>InitializerSpec.Literal([1, 0, 0, 1], [2, 2])</code></example>
    public static InitializerSpec Literal(IEnumerable<double> values, IEnumerable<long>? shape = null) =>
        new(FSharp.Spec.NewLiteral(Numbers(values, shape)));

    /// <summary>Parts one after the other along an axis, each with its size and fans.</summary>
    /// <param name="axis">The axis; -1 is the last.</param>
    /// <param name="parts">Sizes, whose sum is the axis's, and specs.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ArgumentNullException">The parts or one of their specs is null.</exception>
    /// <example><code>InitializerSpec.Stacked(0, (256, InitializerSpec.Orthogonal()), (256, InitializerSpec.Constant(0)))</code></example>
    public static InitializerSpec Stacked(int axis, params (long Size, InitializerSpec Spec)[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        foreach ((long _, InitializerSpec spec) in parts)
        {
            ArgumentNullException.ThrowIfNull(spec, nameof(parts));
        }

        FSharp.Spec Of(Func<InitializerSpec, FSharp.Spec> pick) =>
            FSharp.Spec.NewStacked(
                axis,
                ListModule.OfSeq(parts.Select(part => Tuple.Create(part.Size, pick(part.Spec))))
            );
        return new(
            Of(spec => spec.Spec),
            ListModule.OfSeq(parts.SelectMany(part => part.Spec.Faults).Distinct()),
            Of(spec => spec.Right)
        );
    }

    /// <summary>factor times these elements.</summary>
    /// <param name="factor">The factor, finite.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Scaled(double factor) => Changed(spec => FSharp.Spec.NewScale(factor, spec));

    /// <summary>These elements plus offset.</summary>
    /// <param name="offset">The offset, finite.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Shifted(double offset) => Changed(spec => FSharp.Spec.NewShift(offset, spec));

    /// <summary>These elements clipped to the closed interval [low, high].</summary>
    /// <param name="low">The lower end; may be negative infinity.</param>
    /// <param name="high">The upper end, above <paramref name="low"/>; may be infinity.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Clipped(double low, double high) => Changed(spec => FSharp.Spec.NewClip(low, high, spec));

    /// <summary>These elements where keep is not 0, and 0 elsewhere.</summary>
    /// <param name="keep">Numbers, row-major, for the tensor's last axes.</param>
    /// <param name="shape">The sizes of those axes; null for one.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="keep"/> is null.</exception>
    public InitializerSpec Masked(IEnumerable<double> keep, IEnumerable<long>? shape = null)
    {
        FSharp.NumberArray numbers = Numbers(keep, shape);
        return Changed(spec => FSharp.Spec.NewMask(numbers, spec));
    }

    /// <summary>This matrix with ceil(sparsity·rows) elements of each column 0, chosen at random. Martens 2010.</summary>
    /// <param name="sparsity">The share of zeros, from 0 to 1.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Sparse(double sparsity) => Changed(spec => FSharp.Spec.NewSparse(sparsity, spec));

    /// <summary>Applies this spec to each sub-tensor along the first axes, each with the fans of its shape.</summary>
    /// <param name="axes">The number of batch axes.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Batched(int axes = 1) => Changed(spec => FSharp.Spec.NewBatched(axes, spec));

    /// <summary>This spec, whose shape is read by a layout where a call gives no layout and no roles.</summary>
    /// <remarks>Keras's orthogonal kernels are read as <see cref="Layout.SpatialInOut"/>. Fans that a call gives as numbers
    /// stay as they are.</remarks>
    /// <param name="layout">The layout.</param>
    /// <returns>The spec.</returns>
    /// <example><code>InitializerSpec keras = InitializerSpec.Orthogonal().WithDefaultLayout(Layout.SpatialInOut);</code></example>
    public InitializerSpec WithDefaultLayout(Layout layout) =>
        Changed(spec => FSharp.Spec.NewDefaultLayout(layout, spec));

    /// <summary>This spec with fan_in the product of the sizes of the input axes and fan_out that of the output axes,
    /// whatever fans a call gives, as Keras's <c>input_axes</c> and <c>output_axes</c>.</summary>
    /// <param name="inputAxes">The axes that multiply to fan_in, from 0 or from the last as -1.</param>
    /// <param name="outputAxes">The axes that multiply to fan_out. Axes in neither list count towards neither fan.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ArgumentNullException">A list is null.</exception>
    /// <example><code>InitializerSpec heads = Compat.Keras.GlorotUniform.WithFanAxes([0], [1, 2]); // [512, 8, 64]: 512, 512</code></example>
    public InitializerSpec WithFanAxes(IEnumerable<int> inputAxes, IEnumerable<int> outputAxes)
    {
        ArgumentNullException.ThrowIfNull(inputAxes);
        ArgumentNullException.ThrowIfNull(outputAxes);
        FSharpList<int> ins = ListModule.OfSeq(inputAxes);
        FSharpList<int> outs = ListModule.OfSeq(outputAxes);
        return Changed(spec => FSharp.Spec.NewAxisFans(ins, outs, spec));
    }

    /// <summary>This spec scaled by 1/√(2·layers), for the last matrix of each residual branch of a transformer.
    /// Radford et al. 2019 (GPT-2).</summary>
    /// <param name="layers">The number of layers, above 0.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Residual(int layers) => Counted("residual", layers, FSharp.SpecModule.Residual);

    /// <summary>This spec scaled by (8·layers)^(-1/4), DeepNorm's β of an encoder or a decoder alone. Wang et al.
    /// 2022, figure 2.</summary>
    /// <param name="layers">The number of layers, above 0.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec DeepNorm(int layers) => Counted("deepnorm", layers, FSharp.SpecModule.DeepNorm);

    /// <summary>This spec scaled by 0.67·layers^(-1/4), an encoder's under T-Fixup. Huang et al. 2020, section 3.3.</summary>
    /// <param name="layers">The number of layers, above 0.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec TFixupEncoder(int layers) =>
        Counted("tfixup_encoder", layers, FSharp.SpecModule.TFixupEncoder);

    /// <summary>This spec scaled by (9·layers)^(-1/4), a decoder's under T-Fixup. Huang et al. 2020, section 3.3.</summary>
    /// <param name="layers">The number of layers, above 0.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec TFixupDecoder(int layers) =>
        Counted("tfixup_decoder", layers, FSharp.SpecModule.TFixupDecoder);

    /// <summary>This spec scaled by multiplier^(-1/2): a hidden matrix whose spread was chosen at a base width, under muP.
    /// Yang et al. 2022, table 8.</summary>
    /// <param name="multiplier">The width over the base width, finite and above 0.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec WidthScaled(double multiplier) =>
        Changed(
            spec => FSharp.SpecModule.WidthScaled(multiplier, spec),
            FSharp.PresetFaults.CountFaults("width_scaled", "multiplier", multiplier)
        );

    private static FSharp.NumberArray Numbers(IEnumerable<double> values, IEnumerable<long>? shape)
    {
        ArgumentNullException.ThrowIfNull(values);
        double[] numbers = [.. values];
        return new FSharp.NumberArray(ListModule.OfSeq(shape ?? [numbers.Length]), numbers);
    }

    private InitializerSpec Counted(string name, int layers, Func<int, FSharp.Spec, FSharp.Spec> scaled) =>
        Changed(spec => scaled(layers, spec), FSharp.PresetFaults.CountFaults(name, "layers", layers));

    /// <summary>Returns a spec that wraps this one. If its numbers are wrong, this spec replaces it in the search for other
    /// faults.</summary>
    private InitializerSpec Changed(Func<FSharp.Spec, FSharp.Spec> change, FSharpList<FSharp.InitError>? faults = null)
    {
        faults ??= FSharpList<FSharp.InitError>.Empty;
        return new(change(Spec), ListModule.Append(faults, Faults), faults.IsEmpty ? change(Right) : Right);
    }
}
