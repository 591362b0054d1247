namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Returns this initializer with its elements multiplied by a factor.</summary>
    /// <param name="factor">The factor, finite; a call reports another as <c>not-finite</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>using Tensor w = new KaimingNormal().Scaled(0.5).Clipped(-2, 2).CreateVariables([512, 256], Layout.OutIn);</code></example>
    public Initializer Scaled(double factor) => new Changed(this, spec => spec.Scaled(factor));

    /// <summary>Returns this initializer with an offset added to its elements.</summary>
    /// <param name="offset">The offset, finite; a call reports another as <c>not-finite</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new RandomNormal(0, 0.02).Shifted(1)</code></example>
    public Initializer Shifted(double offset) => new Changed(this, spec => spec.Shifted(offset));

    /// <summary>Returns this initializer with its elements clipped to the closed interval [low, high].</summary>
    /// <param name="low">The lower end; may be negative infinity.</param>
    /// <param name="high">The upper end; a call reports one that is not above the lower as <c>low-not-below-high</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new RandomNormal(0, 1).Clipped(-2, 2)</code></example>
    public Initializer Clipped(double low, double high) => new Changed(this, spec => spec.Clipped(low, high));

    /// <summary>Returns this initializer with 0 at the elements where keep is 0.</summary>
    /// <param name="keep">Numbers, row-major, for the tensor's last axes; they repeat over the axes before.</param>
    /// <param name="shape">The sizes of those axes, or null for one; a call reports others as <c>literal-shape</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="keep"/> is null.</exception>
    /// <example><code>new KaimingNormal().Masked([1, 0, 1, 1], [2, 2]) // lower triangle</code></example>
    public Initializer Masked(IEnumerable<double> keep, IEnumerable<long>? shape = null)
    {
        ArgumentNullException.ThrowIfNull(keep);
        double[] numbers = [.. keep];
        long[]? sizes = shape is null ? null : [.. shape];
        return new Changed(this, spec => spec.Masked(numbers, sizes));
    }

    /// <summary>Returns this initializer applied to each sub-tensor along the first axes, such as layers or experts. Each
    /// sub-tensor has the fans of its shape without these axes.</summary>
    /// <param name="axes">The number of batch axes; a call reports too many as <c>batch-axes-out-of-range</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>using Tensor w = new Orthogonal().Batched().CreateVariables([12, 768, 768]);</code></example>
    public Initializer Batched(int axes = 1) => new Changed(this, spec => spec.Batched(axes));

    /// <summary>Returns this initializer with each slice several times over along an axis, as numpy.repeat. Aitken et al.
    /// 2017.</summary>
    /// <param name="times">How often each slice occurs; a call reports a size of the axis that is no multiple as
    /// <c>not-a-multiple</c>.</param>
    /// <param name="axis">The axis; -1 is the last.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new KaimingNormal().Repeated(4) // before a sub-pixel convolution of factor 2</code></example>
    public Initializer Repeated(long times, int axis = 0) => new Changed(this, spec => spec.Repeated(times, axis));

    /// <summary>Returns this initializer with vectors of length 1 along an axis; a zero vector stays 0.</summary>
    /// <param name="axis">The axis; -1 is the last.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new RandomNormal(0, 1).Normalized()</code></example>
    public Initializer Normalized(int axis = -1) => new Changed(this, spec => spec.Normalized(axis));

    /// <summary>Returns this initializer with 0 in one row of the first axis, as the padding_idx of PyTorch's
    /// Embedding.</summary>
    /// <param name="index">The row, -1 for the last; a call reports one that there is not as <c>out-of-range</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new RandomNormal(0, 1).WithPadding(0)</code></example>
    public Initializer WithPadding(long index = 0) => new Changed(this, spec => spec.WithPadding(index));

    /// <summary>Returns this initializer scaled by 1/√(2·layers), for the last matrix of each residual branch of a
    /// transformer. Radford et al. 2019 (GPT-2).</summary>
    /// <param name="layers">The number of layers; a call reports one that is not above 0 as <c>not-positive</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new RandomNormal(0, 0.02).Residual(12)</code></example>
    public Initializer Residual(int layers) => new Changed(this, spec => spec.Residual(layers));

    /// <summary>Returns this initializer scaled by (8·layers)^(-1/4), DeepNorm's β of an encoder or a decoder alone. Wang
    /// et al. 2022, figure 2.</summary>
    /// <param name="layers">The number of layers; a call reports one that is not above 0 as <c>not-positive</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new XavierNormal().DeepNorm(12)</code></example>
    public Initializer DeepNorm(int layers) => new Changed(this, spec => spec.DeepNorm(layers));

    /// <summary>Returns this initializer scaled by 0.67·layers^(-1/4), an encoder's under T-Fixup. Huang et al. 2020, section
    /// 3.3.</summary>
    /// <param name="layers">The number of layers; a call reports one that is not above 0 as <c>not-positive</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new XavierUniform().TFixupEncoder(6)</code></example>
    public Initializer TFixupEncoder(int layers) => new Changed(this, spec => spec.TFixupEncoder(layers));

    /// <summary>Returns this initializer scaled by (9·layers)^(-1/4), a decoder's under T-Fixup. Huang et al. 2020, section
    /// 3.3.</summary>
    /// <param name="layers">The number of layers; a call reports one that is not above 0 as <c>not-positive</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new XavierUniform().TFixupDecoder(6)</code></example>
    public Initializer TFixupDecoder(int layers) => new Changed(this, spec => spec.TFixupDecoder(layers));

    /// <summary>Returns this initializer scaled by multiplier^(-1/2): a hidden matrix whose spread was chosen at a base
    /// width, under muP. Yang et al. 2022, table 8.</summary>
    /// <param name="multiplier">The width over the base width; a call reports one that is not above 0 as
    /// <c>not-positive</c>.</param>
    /// <returns>The initializer, which uses the same seeds as this one.</returns>
    /// <example><code>new KaimingNormal().WidthScaled(4)</code></example>
    public Initializer WidthScaled(double multiplier) => new Changed(this, spec => spec.WidthScaled(multiplier));
}
