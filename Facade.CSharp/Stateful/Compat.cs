using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Initializers.Stateful;

/// <summary>The fans and presets of other libraries: how each reads a shape, and where each truncates a normal. The
/// distributions are theirs; the values are this library's.</summary>
/// <remarks>The same name can mean different distributions. A <c>lecun_normal</c> of JAX, Keras or timm is truncated at 2
/// standard deviations and widened so that its variance is 1/fan_in; PyTorch's normals are not truncated. The bounds of a
/// truncated normal are absolute in PyTorch, and in standard deviations in JAX, Keras and timm's
/// <c>trunc_normal_tf_</c>.</remarks>
/// <example>
/// <code>
/// var (fanIn, fanOut) = Compat.Jax.Fans([8, 256, 1024], inAxis: [-2], outAxis: [-1], batchAxis: [0]);
/// using Tensor w = Initializer.FromSpec(Compat.Jax.LecunNormal).CreateVariables([8, 256, 1024], fanIn: fanIn);
/// </code>
/// </example>
public static class Compat
{
    /// <summary>PyTorch's <c>torch.nn.init</c>.</summary>
    public static class Torch
    {
        /// <summary>The default of <c>Linear</c> and the convolutions for weight and bias: uniform on the open interval
        /// ± 1/√fan_in, with the weight's fan_in for both. PyTorch writes <c>kaiming_uniform_(a=√5)</c>.</summary>
        public static InitializerSpec LayerDefault { get; } = new(FSharp.Compat.Torch.LayerDefault);

        /// <summary>The fans of <c>_calculate_fan_in_and_fan_out</c>: size(1) and size(0) times the receptive field, also of
        /// grouped and transposed convolutions, whose true fans are others.</summary>
        /// <param name="shape">The sizes of the axes.</param>
        /// <returns>fan_in and fan_out.</returns>
        /// <exception cref="InitializerException"><c>layout-rank</c>: fewer than 2 axes; <c>shape-negative</c>,
        /// <c>shape-overflow</c>, <c>shape-rank</c>.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
        /// <example><code>var (fanIn, fanOut) = Compat.Torch.Fans([64, 3, 7, 7]); // 147, 3136</code></example>
        public static (double FanIn, double FanOut) Fans(long[] shape) => Of(shape, FSharp.Compat.Torch.Fans);

        /// <summary><c>kaiming_uniform_(a, mode, nonlinearity)</c>: uniform, variance gain²/fan.</summary>
        /// <param name="nonlinearity">One of PyTorch's table, or its name; a is the slope of
        /// <see cref="Nonlinearity.LeakyRelu"/>, PyTorch's default is 0.</param>
        /// <param name="mode">The fan.</param>
        /// <returns>The spec.</returns>
        /// <exception cref="InitializerException">As <see cref="Gains.Torch"/>; <c>fan-mode-unknown</c>.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
        /// <example><code>InitializerSpec spec = Compat.Torch.KaimingUniform(Nonlinearity.Relu, FanMode.FanOut);</code></example>
        public static InitializerSpec KaimingUniform(Nonlinearity nonlinearity, FanMode mode = FanMode.FanIn)
        {
            ArgumentNullException.ThrowIfNull(nonlinearity);
            return new(
                CoreResults.Unwrap(FSharp.Compat.Torch.KaimingUniform(nonlinearity.Function, FanModes.Known(mode)))
            );
        }

        /// <summary><c>kaiming_normal_(a, mode, nonlinearity)</c>: normal, not cut, variance gain²/fan.</summary>
        /// <param name="nonlinearity">One of PyTorch's table, or its name; a is the slope of
        /// <see cref="Nonlinearity.LeakyRelu"/>, PyTorch's default is 0.</param>
        /// <param name="mode">The fan.</param>
        /// <returns>The spec.</returns>
        /// <exception cref="InitializerException">As <see cref="Gains.Torch"/>; <c>fan-mode-unknown</c>.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
        public static InitializerSpec KaimingNormal(Nonlinearity nonlinearity, FanMode mode = FanMode.FanIn)
        {
            ArgumentNullException.ThrowIfNull(nonlinearity);
            return new(
                CoreResults.Unwrap(FSharp.Compat.Torch.KaimingNormal(nonlinearity.Function, FanModes.Known(mode)))
            );
        }

        /// <summary><c>xavier_uniform_(gain)</c>: uniform, variance 2·gain²/(fan_in + fan_out).</summary>
        /// <param name="gain">The gain, finite and above 0.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec XavierUniform(double gain = 1) => new(FSharp.Compat.Torch.XavierUniform(gain));

        /// <summary><c>xavier_normal_(gain)</c>: normal, not cut, variance 2·gain²/(fan_in + fan_out).</summary>
        /// <param name="gain">The gain, finite and above 0.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec XavierNormal(double gain = 1) => new(FSharp.Compat.Torch.XavierNormal(gain));

        /// <summary><c>trunc_normal_</c>, with absolute bounds: with std 0.02 the defaults cut nothing.</summary>
        /// <param name="mean">The mean before the cut, finite.</param>
        /// <param name="std">The standard deviation before the cut, finite and above 0.</param>
        /// <param name="a">The lower end.</param>
        /// <param name="b">The upper end, above <paramref name="a"/>.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec TruncNormal(double mean = 0, double std = 1, double a = -2, double b = 2) =>
            new(FSharp.Compat.Torch.TruncNormal(mean, std, a, b));
    }

    /// <summary>timm's <c>weight_init</c>.</summary>
    public static class Timm
    {
        /// <summary><c>lecun_normal_</c>: cut at 2 standard deviations, variance 1/fan_in.</summary>
        public static InitializerSpec LecunNormal { get; } = new(FSharp.Compat.Timm.LecunNormal);

        /// <summary><c>trunc_normal_</c>, with absolute bounds like PyTorch's.</summary>
        /// <param name="mean">The mean before the cut, finite.</param>
        /// <param name="std">The standard deviation before the cut, finite and above 0.</param>
        /// <param name="a">The lower end.</param>
        /// <param name="b">The upper end, above <paramref name="a"/>.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec TruncNormal(double mean = 0, double std = 1, double a = -2, double b = 2) =>
            new(FSharp.Compat.Timm.TruncNormal(mean, std, a, b));

        /// <summary><c>trunc_normal_tf_</c>, with bounds in standard deviations from the mean.</summary>
        /// <param name="mean">The mean before the cut, finite.</param>
        /// <param name="std">The standard deviation before the cut, finite and above 0.</param>
        /// <param name="a">The lower bound, in standard deviations.</param>
        /// <param name="b">The upper bound, above <paramref name="a"/>.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec TruncNormalTf(double mean = 0, double std = 1, double a = -2, double b = 2) =>
            new(FSharp.Compat.Timm.TruncNormalTf(mean, std, a, b));
    }

    /// <summary>Keras 3's initializers.</summary>
    public static class Keras
    {
        /// <summary><c>GlorotUniform</c>: uniform, variance 2/(fan_in + fan_out).</summary>
        public static InitializerSpec GlorotUniform { get; } = new(FSharp.Compat.Keras.GlorotUniform);

        /// <summary><c>GlorotNormal</c>: normal, cut at 2 standard deviations, variance 2/(fan_in + fan_out).</summary>
        public static InitializerSpec GlorotNormal { get; } = new(FSharp.Compat.Keras.GlorotNormal);

        /// <summary><c>HeUniform</c>: uniform, variance 2/fan_in.</summary>
        public static InitializerSpec HeUniform { get; } = new(FSharp.Compat.Keras.HeUniform);

        /// <summary><c>HeNormal</c>: normal, cut at 2 standard deviations, variance 2/fan_in.</summary>
        public static InitializerSpec HeNormal { get; } = new(FSharp.Compat.Keras.HeNormal);

        /// <summary><c>LecunUniform</c>: uniform, variance 1/fan_in.</summary>
        public static InitializerSpec LecunUniform { get; } = new(FSharp.Compat.Keras.LecunUniform);

        /// <summary><c>LecunNormal</c>: normal, cut at 2 standard deviations, variance 1/fan_in.</summary>
        public static InitializerSpec LecunNormal { get; } = new(FSharp.Compat.Keras.LecunNormal);

        /// <summary>The fans of <c>compute_fans</c>: 1 and 1 of a scalar, shape[0] twice of one axis, else the last two axes as in
        /// and out times the others' product.</summary>
        /// <param name="shape">The sizes of the axes.</param>
        /// <returns>fan_in and fan_out.</returns>
        /// <exception cref="InitializerException"><c>shape-negative</c>, <c>shape-overflow</c>, <c>shape-rank</c>.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
        public static (double FanIn, double FanOut) Fans(long[] shape) => Of(shape, FSharp.Compat.Keras.Fans);

        /// <summary>The fans of <c>compute_fans</c> by axes: the products of the sizes of each list's axes alone. Axes in
        /// neither list count towards neither fan.</summary>
        /// <remarks>Axes count from 0, or from the last as -1. An axis may be in both lists or twice in one, and counts each
        /// time; an empty list gives 1.</remarks>
        /// <param name="shape">The sizes of the axes.</param>
        /// <param name="inputAxes">The axes whose sizes multiply to fan_in.</param>
        /// <param name="outputAxes">The axes whose sizes multiply to fan_out.</param>
        /// <returns>fan_in and fan_out.</returns>
        /// <exception cref="InitializerException"><c>axis-out-of-range</c>; <c>shape-negative</c>,
        /// <c>shape-overflow</c>, <c>shape-rank</c>.</exception>
        /// <exception cref="ArgumentNullException">An argument is null.</exception>
        /// <example><code>Compat.Keras.Fans([512, 8, 64], [0], [1, 2]); // 512, 512</code></example>
        public static (double FanIn, double FanOut) Fans(long[] shape, int[] inputAxes, int[] outputAxes)
        {
            FSharpList<int> ins = List(inputAxes);
            FSharpList<int> outs = List(outputAxes);
            return Of(shape, checkedShape => FSharp.Compat.Keras.FansOf(ins, outs, checkedShape));
        }

        /// <summary><c>TruncatedNormal</c>: cut at 2 standard deviations and not widened, so that the stddev after the cut is
        /// 0.8796 of the one given.</summary>
        /// <param name="mean">The mean, finite.</param>
        /// <param name="stddev">The standard deviation before the cut, finite and above 0.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec TruncatedNormal(double mean = 0, double stddev = 0.05) =>
            new(FSharp.Compat.Keras.TruncatedNormal(mean, stddev));
    }

    /// <summary>JAX's <c>jax.nn.initializers</c>, and Flax's, which are the same.</summary>
    public static class Jax
    {
        /// <summary><c>glorot_uniform</c>: uniform, variance 2/(fan_in + fan_out).</summary>
        public static InitializerSpec GlorotUniform { get; } = new(FSharp.Compat.Jax.GlorotUniform);

        /// <summary><c>glorot_normal</c>: normal, cut at 2 standard deviations, variance 2/(fan_in + fan_out).</summary>
        public static InitializerSpec GlorotNormal { get; } = new(FSharp.Compat.Jax.GlorotNormal);

        /// <summary><c>he_uniform</c>: uniform, variance 2/fan_in.</summary>
        public static InitializerSpec HeUniform { get; } = new(FSharp.Compat.Jax.HeUniform);

        /// <summary><c>he_normal</c>: normal, cut at 2 standard deviations, variance 2/fan_in.</summary>
        public static InitializerSpec HeNormal { get; } = new(FSharp.Compat.Jax.HeNormal);

        /// <summary><c>lecun_uniform</c>: uniform, variance 1/fan_in.</summary>
        public static InitializerSpec LecunUniform { get; } = new(FSharp.Compat.Jax.LecunUniform);

        /// <summary><c>lecun_normal</c>: normal, cut at 2 standard deviations, variance 1/fan_in.</summary>
        public static InitializerSpec LecunNormal { get; } = new(FSharp.Compat.Jax.LecunNormal);

        /// <summary>The fans of the default axes, in_axis -2 and out_axis -1.</summary>
        /// <param name="shape">The sizes of the axes.</param>
        /// <returns>fan_in and fan_out.</returns>
        /// <exception cref="InitializerException"><c>layout-rank</c>: fewer than 2 axes; <c>shape-negative</c>,
        /// <c>shape-overflow</c>, <c>shape-rank</c>.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
        public static (double FanIn, double FanOut) Fans(long[] shape) => Of(shape, FSharp.Compat.Jax.Fans);

        /// <summary>The fans by in_axis, out_axis and batch_axis, counted from 0 or from the last as -1; axes in no list are
        /// receptive field, and batch axes count towards neither fan.</summary>
        /// <param name="shape">The sizes of the axes.</param>
        /// <param name="inAxis">The axes of inputs.</param>
        /// <param name="outAxis">The axes of outputs.</param>
        /// <param name="batchAxis">The axes of copies; none when null.</param>
        /// <returns>fan_in and fan_out.</returns>
        /// <exception cref="InitializerException"><c>layout-rank</c>, <c>axis-out-of-range</c>, <c>axis-duplicate</c>;
        /// <c>shape-negative</c>, <c>shape-overflow</c>, <c>shape-rank</c>.</exception>
        /// <exception cref="ArgumentNullException">The shape, the in axes or the out axes are null.</exception>
        /// <example><code>Compat.Jax.Fans([768, 12, 64], inAxis: [0], outAxis: [1, 2]); // 768, 768</code></example>
        public static (double FanIn, double FanOut) Fans(
            long[] shape,
            int[] inAxis,
            int[] outAxis,
            int[]? batchAxis = null
        )
        {
            FSharpList<int> ins = List(inAxis);
            FSharpList<int> outs = List(outAxis);
            FSharpList<int> stack = List(batchAxis ?? []);
            return Of(shape, checkedShape => FSharp.Compat.Jax.FansOf(ins, outs, stack, checkedShape));
        }

        /// <summary><c>truncated_normal</c>: bounds in standard deviations, not widened.</summary>
        /// <param name="stddev">The standard deviation before the cut, finite and above 0.</param>
        /// <param name="lower">The lower bound, in standard deviations.</param>
        /// <param name="upper">The upper bound, above <paramref name="lower"/>.</param>
        /// <returns>The spec.</returns>
        public static InitializerSpec TruncatedNormal(double stddev = 0.01, double lower = -2, double upper = 2) =>
            new(FSharp.Compat.Jax.TruncatedNormal(stddev, lower, upper));
    }

    private static FSharpList<int> List(int[] axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        return ListModule.OfSeq(axes);
    }

    private static (double FanIn, double FanOut) Of(
        long[] shape,
        Func<FSharp.Shape, FSharpResult<Tuple<double, double>, FSharpList<FSharp.InitError>>> fans
    )
    {
        ArgumentNullException.ThrowIfNull(shape);
        FSharp.Shape sizes = CoreResults.Unwrap(FSharp.ShapeModule.OfList(ListModule.OfSeq(shape)));
        return CoreResults.Unwrap(fans(sizes)).ToValueTuple();
    }
}
