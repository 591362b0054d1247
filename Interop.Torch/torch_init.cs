using Initializers.Stateful;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Initializers.Torch;

using Generator = TorchSharp.torch.Generator;
using NonlinearityType = TorchSharp.torch.nn.init.NonlinearityType;
using Tensor = TorchSharp.torch.Tensor;

/// <summary>The functions of PyTorch's <c>torch.nn.init</c>, with its names, parameters, order and defaults.</summary>
/// <remarks>
/// <para>Code of TorchSharp's <c>init</c> compiles with <c>using init = Initializers.Torch.torch_init;</c>, and
/// names TorchSharp's enums <c>nn.init.FanInOut</c> and <c>nn.init.NonlinearityType</c> then. The distributions
/// are those that PyTorch documents; TorchSharp's <c>xavier_normal_</c> draws from a uniform distribution, and its
/// <c>trunc_normal_</c> fills with one number.</para>
/// <para>The last parameter of functions that draw is a seed, or TorchSharp's generator. Without either the seed is the ambient
/// generator's next, <see cref="InitializerRandom"/>, which <c>torch.manual_seed</c> does not reach: pass
/// <c>torch.Generator.Default</c> for that. A generator gives 64 bits to each call, which are the key of its seed.</para>
/// <para>Tensors are filled as by <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>: in place,
/// float dtypes alone, any strides, in and out of <c>no_grad</c>. Tensors without elements are left as they are.</para>
/// </remarks>
/// <example>
/// <code>
/// torch_init.kaiming_uniform_(linear.weight, a: Math.Sqrt(5));
/// torch_init.trunc_normal_(embedding.weight, std: 0.02, seed: 42);
/// torch_init.xavier_normal_(head.weight, generator: torch.Generator.Default);
/// torch_init.zeros_(linear.bias!);
/// </code>
/// </example>
public static partial class torch_init
{
    /// <summary>Returns the gain that PyTorch recommends for a nonlinearity: 1 for linear, convolutions and sigmoid, 5/3 for
    /// tanh, √2 for relu, √(2/(1 + param²)) for leaky_relu, 3/4 for selu.</summary>
    /// <param name="nonlinearity">PyTorch's name, such as <c>leaky_relu</c> or <c>conv2d</c>.</param>
    /// <param name="param">The slope of leaky_relu, 0.01 if null; others ignore it.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="InitializerException"><c>nonlinearity-unknown</c>; <c>gain-not-tabulated</c>: PyTorch has none;
    /// <c>not-finite</c>: the slope.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="nonlinearity"/> is null.</exception>
    /// <example><code>double gain = torch_init.calculate_gain("leaky_relu", 0.2); // √(2/1.04)</code></example>
    public static double calculate_gain(string nonlinearity, double? param = null)
    {
        ArgumentNullException.ThrowIfNull(nonlinearity);
        return Gains.Torch(Function(nonlinearity, param ?? 0.01));
    }

    /// <inheritdoc cref="calculate_gain(string, double?)"/>
    /// <param name="nonlinearity">One of TorchSharp's.</param>
    /// <param name="param">The slope of leaky_relu, 0.01 if null as in PyTorch (TorchSharp's is 0); others ignore it.</param>
    public static double calculate_gain(NonlinearityType nonlinearity, double? param = null) =>
        calculate_gain(Name(nonlinearity), param);

    /// <summary>Returns fan_in and fan_out of a tensor as PyTorch counts them: size(1) and size(0) times the receptive
    /// field.</summary>
    /// <param name="tensor">The tensor, of 2 axes or more.</param>
    /// <returns>The fans.</returns>
    /// <exception cref="InitializerException"><c>tensor-disposed</c>; <c>layout-rank</c>: fewer than 2 axes.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>var (fanIn, fanOut) = torch_init.CalculateFanInAndFanOut(conv.weight);</code></example>
    public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.IsInvalid)
        {
            throw new InitializerException(Faults.Of(tensor));
        }

        (double fanIn, double fanOut) = Compat.Torch.Fans(tensor.shape);
        return ((long)fanIn, (long)fanOut);
    }

    /// <summary>Fills a tensor with a number.</summary>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="val">The number, in the dtype's range.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException">The faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>; <c>not-finite</c>,
    /// <c>overflows-dtype</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.constant_(linear.bias!, 0.1);</code></example>
    public static Tensor constant_(Tensor tensor, double val) => Fill(tensor, new Constant(val), NoSeed);

    /// <inheritdoc cref="constant_(Tensor, double)"/>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <param name="val">A real scalar, in the dtype's range.</param>
    public static Tensor constant_(Tensor tensor, Scalar val)
    {
        ArgumentNullException.ThrowIfNull(val);
        return constant_(tensor, val.ToDouble());
    }

    /// <summary>Fills a tensor with 1.</summary>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException">The faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.ones_(norm.weight!);</code></example>
    public static Tensor ones_(Tensor tensor) => Fill(tensor, new Ones(), NoSeed);

    /// <summary>Fills a tensor with 0.</summary>
    /// <param name="tensor">The tensor, of a float dtype.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException">The faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.zeros_(linear.bias!);</code></example>
    public static Tensor zeros_(Tensor tensor) => Fill(tensor, new Zeros(), NoSeed);

    /// <summary>Fills a matrix with 1 on the diagonal and 0 elsewhere.</summary>
    /// <param name="tensor">The matrix, square or not.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>rank-unsupported</c>: the tensor has another number of axes than 2; the faults
    /// of <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.eye_(linear.weight);</code></example>
    public static Tensor eye_(Tensor tensor) =>
        Fill(tensor, new Identity(), NoSeed, faults: RankAbove(tensor, 2, "identity", 2));

    /// <summary>Fills a convolution so that it passes each input channel through, per group: 1 at the centre of output d and
    /// input d of each group, 0 elsewhere.</summary>
    /// <param name="tensor">The kernels, of 3 to 5 axes: outputs, inputs of a group, and the receptive field.</param>
    /// <param name="groups">The number of groups, which divides the outputs.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException"><c>rank-unsupported</c>: the tensor has fewer than 3 axes or more than 5;
    /// <c>not-positive</c>, <c>not-a-multiple</c>: the groups; the faults of
    /// <see cref="TensorInitialization.initialize_(Tensor, Initializer, Seed, Fans)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>torch_init.dirac_(conv.weight, groups: 2);</code></example>
    public static Tensor dirac_(Tensor tensor, long groups = 1) =>
        Fill(tensor, new Dirac(groups), NoSeed, faults: RankAbove(tensor, 5, "dirac", 3));

    // Numbers that are not drawn.
    private static Seed NoSeed { get; } = Seed.FromUInt64(0);

    private static Seed Next(Seed? seed) => seed ?? InitializerRandom.Next();

    /// <summary>A seed whose key is 64 bits of a generator; the ambient generator's next without one.</summary>
    private static Seed Next(Generator? generator)
    {
        if (generator is null)
        {
            return InitializerRandom.Next();
        }

        using Tensor words = torch.randint(
            0,
            1L << 32,
            [2],
            torch.ScalarType.Int64,
            generator.device,
            generator: generator
        );
        using Tensor host = words.cpu();
        return Seed.FromUInt64(((ulong)host[0].ToInt64() << 32) | (ulong)host[1].ToInt64());
    }

    private static Tensor Fill(
        Tensor tensor,
        Initializer initializer,
        Seed seed,
        Fans fans = default,
        IReadOnlyList<Fault>? faults = null
    )
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return faults is { Count: > 0 }
            ? throw new InitializerException([.. faults, .. TensorInitialization.FaultsOf(tensor, initializer, fans)])
            : tensor.initialize_(initializer, seed, fans);
    }

    // PyTorch has an upper limit where the core fills tensors of more axes, too.
    private static Fault[] RankAbove(Tensor tensor, int most, string spec, int least) =>
        tensor is { IsInvalid: false } && tensor.dim() > most
            ?
            [
                Faults.Of(
                    FSharp.InitError.NewRankUnsupported(spec, (int)tensor.dim(), least, FSharpOption<int>.Some(most))
                ),
            ]
            : [];

    private static Nonlinearity Function(string name, double slope) =>
        name == "leaky_relu" ? Nonlinearity.LeakyRelu(slope) : Nonlinearity.Parse(name);

    /// <summary>PyTorch's name of a nonlinearity of TorchSharp: conv_transpose2d of ConvTranspose2D.</summary>
    private static string Name(NonlinearityType nonlinearity) =>
        nonlinearity switch
        {
            NonlinearityType.LeakyReLU => "leaky_relu",
            _ => nonlinearity
                .ToString()
                .Replace("Transpose", "_transpose", StringComparison.Ordinal)
                .ToLowerInvariant(),
        };
}
