using System.Runtime.CompilerServices;
using Initializers.Stateful;

namespace Initializers.Torch;

using Generator = TorchSharp.torch.Generator;
using Tensor = TorchSharp.torch.Tensor;

public static partial class torch_init
{
    /// <summary>Fills a tensor uniformly on the open interval (a, b).</summary>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="a">The lower end, finite; never drawn.</param>
    /// <param name="b">The upper end, finite and above the lower; never drawn.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>low-not-below-high</c>, <c>not-finite</c>; the faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.uniform_(weight, -0.1, 0.1, seed: 42);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor uniform_(Tensor tensor, double a = 0, double b = 1, Seed? seed = null) =>
        Fill(tensor, new RandomUniform(a, b), Next(seed));

    /// <inheritdoc cref="uniform_(Tensor, double, double, Seed?)"/>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="low">The lower end, finite; never drawn.</param>
    /// <param name="high">The upper end, finite and above the lower; never drawn.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) =>
        Fill(tensor, new RandomUniform(low, high), Next(generator));

    /// <summary>Fills a tensor from a normal distribution.</summary>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="mean">The mean, finite.</param>
    /// <param name="std">The standard deviation, finite, 0 or more.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>stddev-negative</c>, <c>not-finite</c>; the faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.normal_(weight, std: 0.02, seed: 42);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Seed? seed = null) =>
        Fill(tensor, new RandomNormal(mean, std), Next(seed));

    /// <inheritdoc cref="normal_(Tensor, double, double, Seed?)"/>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="mean">The mean, finite.</param>
    /// <param name="std">The standard deviation, finite, 0 or more.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) =>
        Fill(tensor, new RandomNormal(mean, std), Next(generator));

    /// <summary>Fills a tensor from a normal distribution that is restricted to the open interval (a, b).</summary>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="mean">The mean before the restriction, finite.</param>
    /// <param name="std">The standard deviation before the restriction, finite and above 0.</param>
    /// <param name="a">The lower end, absolute: with a std of 0.02 the default cuts nothing.</param>
    /// <param name="b">The upper end, absolute, above the lower.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>low-not-below-high</c>, <c>not-positive</c>, <c>not-finite</c>,
    /// <c>interval-too-narrow</c>; the faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.trunc_normal_(weight, std: 0.02, a: -0.04, b: 0.04);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor trunc_normal_(
        Tensor tensor,
        double mean = 0,
        double std = 1,
        double a = -2,
        double b = 2,
        Seed? seed = null
    ) => Fill(tensor, Initializer.FromSpec(Compat.Torch.TruncNormal(mean, std, a, b)), Next(seed));

    /// <inheritdoc cref="trunc_normal_(Tensor, double, double, double, double, Seed?)"/>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="mean">The mean before the restriction, finite.</param>
    /// <param name="std">The standard deviation before the restriction, finite and above 0.</param>
    /// <param name="a">The lower end, absolute: with a std of 0.02 the default cuts nothing.</param>
    /// <param name="b">The upper end, absolute, above the lower.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor trunc_normal_(
        Tensor tensor,
        double mean = 0,
        double std = 1,
        double a = -2,
        double b = 2,
        Generator? generator = null
    ) => Fill(tensor, Initializer.FromSpec(Compat.Torch.TruncNormal(mean, std, a, b)), Next(generator));

    /// <summary>Fills a tensor with a Haar-distributed matrix whose rows or columns, whichever are fewer, are orthonormal,
    /// times a gain.</summary>
    /// <param name="tensor">The tensor, of 2 axes or more; of more than 2 it is read as [size(0), rest].</param>
    /// <param name="gain">The gain, finite.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>rank-unsupported</c>: fewer than 2 axes; <c>not-finite</c>; the faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.orthogonal_(linear.weight, Math.Sqrt(2), seed: 42);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor orthogonal_(Tensor tensor, double gain = 1, Seed? seed = null) =>
        Fill(tensor, new Orthogonal(gain), Next(seed));

    /// <inheritdoc cref="orthogonal_(Tensor, double, Seed?)"/>
    /// <param name="tensor">The tensor, of 2 axes or more; of more than 2 it is read as [size(0), rest].</param>
    /// <param name="gain">The gain, finite.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor orthogonal_(Tensor tensor, double gain = 1, Generator? generator = null) =>
        Fill(tensor, new Orthogonal(gain), Next(generator));

    /// <summary>Fills a matrix from a normal distribution of mean 0, and sets ceil(sparsity·rows) elements of each column to
    /// 0.</summary>
    /// <param name="tensor">The matrix.</param>
    /// <param name="sparsity">The share of zeros in each column, from 0 to 1.</param>
    /// <param name="std">The standard deviation of the others, finite, 0 or more.</param>
    /// <param name="seed">The tensor's seed; null for the ambient generator's next.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>rank-unsupported</c>: another number of axes than 2; <c>out-of-range</c>,
    /// <c>stddev-negative</c>; the faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.sparse_(linear.weight, sparsity: 0.9, seed: 42);</code></example>
    [OverloadResolutionPriority(1)]
    public static Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01, Seed? seed = null) =>
        Fill(tensor, new Sparse(sparsity, std), Next(seed));

    /// <inheritdoc cref="sparse_(Tensor, double, double, Seed?)"/>
    /// <param name="tensor">The matrix.</param>
    /// <param name="sparsity">The share of zeros in each column, from 0 to 1.</param>
    /// <param name="std">The standard deviation of the others, finite, 0 or more.</param>
    /// <param name="generator">The generator that gives 64 bits of the seed; null for the ambient generator.</param>
    public static Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01, Generator? generator = null) =>
        Fill(tensor, new Sparse(sparsity, std), Next(generator));
}
