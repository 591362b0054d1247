using System.Runtime.InteropServices;
using Initializers.Stateful;
using TorchSharp;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Initializers in place on tensors, with PyTorch's spelling of such functions.</summary>
public static class TensorInitialization
{
    /// <summary>Fills a tensor in place from a seed, and returns it.</summary>
    /// <remarks>
    /// <para>Any strides and devices, float32, float16, bfloat16 and float64, more than 2 GiB. A parameter stays a leaf
    /// that requires a gradient, and a backward pass through the old elements is refused as after any in-place operation.
    /// The elements are those of <c>CreateVariables</c> for the same initializer, shape, fans, dtype and seed, on every device.</para>
    /// <para>A tensor on the CPU is filled where it is, with its strides. Those on other devices are filled in host memory and
    /// copied.</para>
    /// </remarks>
    /// <param name="tensor">The tensor.</param>
    /// <param name="initializer">What fills it.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>. Without them the axes
    /// are PyTorch's: outputs, inputs, and a receptive field; a tensor of fewer than two axes has no fans.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException">Every fault at once. Tensor: <c>tensor-disposed</c>, <c>tensor-without-memory</c>
    /// (on the device meta), <c>tensor-not-strided</c> (sparse), <c>tensor-shares-elements</c> (expanded), <c>element-type</c>
    /// (integer, bool, complex, float8 and quantized elements). Request: the codes of <c>CreateVariables</c>. Nothing is
    /// written then. <c>device-failed</c>: the tensor's device failed while the elements were copied.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>linear.weight.initialize_(new KaimingNormal(), seed: 42);</code></example>
    public static Tensor initialize_(this Tensor tensor, Initializer initializer, Seed seed, Fans fans = default)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(seed);
        if (FaultsOf(tensor, initializer, fans) is { Count: > 0 } wrong)
        {
            throw new InitializerException(wrong);
        }

        // Tensors that were made in inference mode can be changed in it only, and others in it, too.
        using IDisposable mode = torch.inference_mode();
        using var memory = new TensorMemory(tensor, takesStrides: true);
        try
        {
            memory.Open();
            memory.Fill(initializer, Memories.DTypeOf(tensor.dtype)!.Value, AxesOf(tensor, fans), seed);
            memory.Close();
        }
        catch (ExternalException e)
        {
            throw new InitializerException([Faults.DeviceFailed(tensor, e)]);
        }

        return tensor;
    }

    /// <summary>Fills a tensor in place by an initializer in one line of text, and returns it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="initializer">Such as <c>kaiming_normal(mode=fan_out)</c>; see <see cref="Initializer.FromText"/>.</param>
    /// <param name="seed">The tensor's seed.</param>
    /// <param name="fans">The fans; PyTorch's without them.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="InitializerException">The faults of the text, or those of the overload with an
    /// initializer.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>conv.weight.initialize_("kaiming_normal(mode=fan_out)", seed: 42);</code></example>
    public static Tensor initialize_(this Tensor tensor, string initializer, Seed seed, Fans fans = default)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Initializer read;
        try
        {
            read = Initializer.FromText(initializer);
        }
        catch (InitializerException e)
        {
            throw new InitializerException([.. e.Faults, .. Faults.Of(tensor)]);
        }

        return tensor.initialize_(read, seed, fans);
    }

    /// <summary>The fans of a call; PyTorch's axes where it gives none.</summary>
    internal static Fans AxesOf(Tensor tensor, Fans fans) =>
        fans != Fans.None ? fans
        : tensor.dim() < 2 ? Fans.None
        : tensor.dim() == 2 ? Layout.OutIn
        : Layout.OutInSpatial;

    // The shape of a disposed tensor is not known, so neither are the request's faults.
    internal static IReadOnlyList<Fault> FaultsOf(Tensor tensor, Initializer initializer, Fans fans) =>
        [
            .. Faults.Of(tensor),
            .. tensor.IsInvalid
                ? []
                : initializer.Faults(
                    tensor.shape,
                    AxesOf(tensor, fans),
                    Memories.DTypeOf(tensor.dtype) ?? DType.Float64
                ),
        ];
}
