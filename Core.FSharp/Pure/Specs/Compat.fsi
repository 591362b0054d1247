namespace Initializers.FSharp

open Initializers

/// <summary>Fans and presets of other libraries: how each reads a shape, and where each truncates a normal.</summary>
/// <remarks>
/// <para>The same name can mean different distributions. A lecun_normal of JAX, Keras or timm is cut at 2 standard
/// deviations and widened by 1/0.87962566103423978, so that its variance after the cut is 1/fan_in; the normals of PyTorch,
/// Ivy and <c>Spec</c> are not cut. A truncated normal's bounds are absolute in PyTorch, and in standard deviations in JAX,
/// Keras and timm's trunc_normal_tf_. The distributions here are those of the other libraries; the values differ, since the
/// generators do.</para>
/// <para>Read in: torch/nn/init.py of PyTorch 2, keras/src/initializers/random_initializers.py of Keras 3,
/// jax/_src/nn/initializers.py of JAX, timm/layers/weight_init.py of timm 1.</para>
/// </remarks>
[<RequireQualifiedAccess>]
module Compat =
    /// <summary>PyTorch's torch.nn.init.</summary>
    [<RequireQualifiedAccess>]
    module Torch =
        /// <summary>fan_in and fan_out of _calculate_fan_in_and_fan_out: size(1) and size(0) times the receptive field.
        /// Grouped and transposed convolutions are counted in the same way, although their true fans differ: see
        /// <c>FanAxes</c>.</summary>
        /// <returns>layout-rank below 2 axes, where PyTorch raises a ValueError.</returns>
        /// <example><code>Compat.Torch.fans shape // [64,3,7,7]: Ok (147.0, 3136.0)</code></example>
        [<CompiledName "Fans">]
        val fans: shape: Shape -> Result<float * float, InitError list>

        /// <summary>kaiming_uniform_(a, mode, nonlinearity): uniform, variance gain²/fan, its ends ± gain sqrt(3/fan).</summary>
        /// <param name="nonlinearity">One of PyTorch's table; a is the slope of LeakyRelu, PyTorch's default is 0.</param>
        /// <param name="mode">fan_in or fan_out in PyTorch.</param>
        /// <returns>The faults of <c>Gain.torch</c>.</returns>
        /// <example><code>Compat.Torch.kaimingUniform (Nonlinearity.LeakyRelu 0.0) FanMode.FanIn</code></example>
        [<CompiledName "KaimingUniform">]
        val kaimingUniform: nonlinearity: Nonlinearity -> mode: FanMode -> Result<Spec, InitError list>

        /// <summary>kaiming_normal_(a, mode, nonlinearity): normal, not cut, variance gain²/fan.</summary>
        /// <param name="nonlinearity">One of PyTorch's table; a is the slope of LeakyRelu, PyTorch's default is 0.</param>
        /// <param name="mode">fan_in or fan_out in PyTorch.</param>
        /// <returns>The faults of <c>Gain.torch</c>.</returns>
        [<CompiledName "KaimingNormal">]
        val kaimingNormal: nonlinearity: Nonlinearity -> mode: FanMode -> Result<Spec, InitError list>

        /// <summary>xavier_uniform_(gain): uniform, variance 2 gain²/(fan_in + fan_out).</summary>
        [<CompiledName "XavierUniform">]
        val xavierUniform: gain: float -> Spec

        /// <summary>xavier_normal_(gain): normal, not cut, variance 2 gain²/(fan_in + fan_out).</summary>
        [<CompiledName "XavierNormal">]
        val xavierNormal: gain: float -> Spec

        /// <summary>trunc_normal_(mean, std, a, b), whose bounds are absolute. With std 0.02 the default bounds ±2 lie at
        /// 100 standard deviations, where they cut nothing.</summary>
        [<CompiledName "TruncNormal">]
        val truncNormal: mean: float -> std: float -> a: float -> b: float -> Spec

        /// <summary>The default of Linear and the convolutions for weight and bias: uniform on ± 1/sqrt(fan_in), with the
        /// weight's fan_in for both. PyTorch writes kaiming_uniform_(a=sqrt 5), whose gain is 1/sqrt 3; see
        /// docs/fans.md.</summary>
        [<CompiledName "LayerDefault">]
        val layerDefault: Spec

    /// <summary>timm's weight_init.</summary>
    [<RequireQualifiedAccess>]
    module Timm =
        /// <summary>trunc_normal_(mean, std, a, b), with absolute bounds like PyTorch's.</summary>
        [<CompiledName "TruncNormal">]
        val truncNormal: mean: float -> std: float -> a: float -> b: float -> Spec

        /// <summary>trunc_normal_tf_(mean, std, a, b), with bounds in standard deviations from the mean. It is the
        /// distribution of mean + std*z for a standard normal z restricted to (a, b).</summary>
        [<CompiledName "TruncNormalTf">]
        val truncNormalTf: mean: float -> std: float -> a: float -> b: float -> Spec

        /// <summary>lecun_normal_: cut at 2 standard deviations, variance 1/fan_in.</summary>
        [<CompiledName "LecunNormal">]
        val lecunNormal: Spec

    /// <summary>Keras 3's initializers.</summary>
    [<RequireQualifiedAccess>]
    module Keras =
        /// <summary>fan_in and fan_out of compute_fans. Both are 1 for a scalar and shape[0] for one axis. Otherwise the
        /// last two axes are in and out, each times the product of the other axes.</summary>
        /// <remarks>Only a tensor without elements has a fan of 0, which Keras replaces by 1; nothing is drawn for
        /// it.</remarks>
        /// <example><code>Compat.Keras.fans shape // [3,3,64,128]: Ok (576.0, 1152.0)</code></example>
        [<CompiledName "Fans">]
        val fans: shape: Shape -> Result<float * float, InitError list>

        /// <summary>fan_in and fan_out of compute_fans with input_axes and output_axes: the products of the sizes of each
        /// list's axes alone. Axes in neither list count towards neither fan.</summary>
        /// <remarks>Axes count from 0, or from the last as -1. An axis may be in both lists or twice in one, and counts each
        /// time; an empty list gives 1.</remarks>
        /// <returns>All axis-out-of-range that apply.</returns>
        /// <example><code>Compat.Keras.fansOf [ 0 ] [ 1; 2 ] shape // [512,8,64]: Ok (512.0, 512.0)</code></example>
        [<CompiledName "FansOf">]
        val fansOf: inputAxes: int list -> outputAxes: int list -> shape: Shape -> Result<float * float, InitError list>

        /// <summary>TruncatedNormal(mean, stddev): cut at 2 standard deviations and not widened. The stddev after the cut
        /// is 0.8796 of the given one.</summary>
        [<CompiledName "TruncatedNormal">]
        val truncatedNormal: mean: float -> stddev: float -> Spec

        /// <summary>GlorotUniform: uniform, variance 2/(fan_in + fan_out).</summary>
        [<CompiledName "GlorotUniform">]
        val glorotUniform: Spec

        /// <summary>GlorotNormal: normal, cut at 2 standard deviations, variance 2/(fan_in + fan_out).</summary>
        [<CompiledName "GlorotNormal">]
        val glorotNormal: Spec

        /// <summary>HeUniform: uniform, variance 2/fan_in.</summary>
        [<CompiledName "HeUniform">]
        val heUniform: Spec

        /// <summary>HeNormal: normal, cut at 2 standard deviations, variance 2/fan_in.</summary>
        [<CompiledName "HeNormal">]
        val heNormal: Spec

        /// <summary>LecunUniform: uniform, variance 1/fan_in.</summary>
        [<CompiledName "LecunUniform">]
        val lecunUniform: Spec

        /// <summary>LecunNormal: normal, cut at 2 standard deviations, variance 1/fan_in.</summary>
        [<CompiledName "LecunNormal">]
        val lecunNormal: Spec

    /// <summary>The initializers of jax.nn.initializers, which Flax shares.</summary>
    [<RequireQualifiedAccess>]
    module Jax =
        /// <summary>fan_in and fan_out of an initializer's default axes, in_axis -2 and out_axis -1.</summary>
        /// <returns>layout-rank below 2 axes, where JAX raises a ValueError.</returns>
        [<CompiledName "Fans">]
        val fans: shape: Shape -> Result<float * float, InitError list>

        /// <summary>fan_in and fan_out by in_axis, out_axis and batch_axis. Each is the product of its axes and of the axes
        /// in no list; batch axes count towards neither.</summary>
        /// <returns>layout-rank below 2 axes; all of axis-out-of-range and axis-duplicate that apply.</returns>
        /// <example><code>Compat.Jax.fansOf [ -2 ] [ -1 ] [ 0 ] shape // [8,256,1024]: Ok (256.0, 1024.0)</code></example>
        [<CompiledName "FansOf">]
        val fansOf:
            inAxis: int list ->
            outAxis: int list ->
            batchAxis: int list ->
            shape: Shape ->
                Result<float * float, InitError list>

        /// <summary>truncated_normal(stddev, lower, upper): bounds in standard deviations, not widened.</summary>
        [<CompiledName "TruncatedNormal">]
        val truncatedNormal: stddev: float -> lower: float -> upper: float -> Spec

        /// <summary>glorot_uniform: uniform, variance 2/(fan_in + fan_out).</summary>
        [<CompiledName "GlorotUniform">]
        val glorotUniform: Spec

        /// <summary>glorot_normal: normal, cut at 2 standard deviations, variance 2/(fan_in + fan_out).</summary>
        [<CompiledName "GlorotNormal">]
        val glorotNormal: Spec

        /// <summary>he_uniform: uniform, variance 2/fan_in.</summary>
        [<CompiledName "HeUniform">]
        val heUniform: Spec

        /// <summary>he_normal: normal, cut at 2 standard deviations, variance 2/fan_in.</summary>
        [<CompiledName "HeNormal">]
        val heNormal: Spec

        /// <summary>lecun_uniform: uniform, variance 1/fan_in.</summary>
        [<CompiledName "LecunUniform">]
        val lecunUniform: Spec

        /// <summary>lecun_normal: normal, cut at 2 standard deviations, variance 1/fan_in.</summary>
        [<CompiledName "LecunNormal">]
        val lecunNormal: Spec
