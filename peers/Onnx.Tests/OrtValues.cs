using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Initializers.Stateful;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Initializers.Onnx;

/// <summary>Fills tensors of ONNX Runtime where they lie. Copy this class into a program that needs it.</summary>
public static class OrtValues
{
    /// <summary>Fills a tensor on the CPU of float32, float16, bfloat16 or float64, with the shape that it has.</summary>
    /// <param name="initializer">What fills it.</param>
    /// <param name="value">The tensor. A tensor in more than 2^31 - 1 bytes of the caller is filled through
    /// <see cref="HostMemory.At"/>, with the address that it was made from.</param>
    /// <param name="fans">The fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>.</param>
    /// <param name="seed">The tensor's seed, or null for the initializer's next one.</param>
    /// <exception cref="InitializerException">The codes of <see cref="InitializerMemory.Fill"/>; <c>element-type</c>: the tensor has
    /// integers, booleans or others.</exception>
    /// <exception cref="OnnxRuntimeException">The value is no tensor on the CPU.</exception>
    /// <example><code>using OrtValue weights = OrtValue.CreateAllocatedTensorValue(
    ///     OrtAllocator.DefaultInstance, TensorElementType.Float16, [512, 256]);
    /// new KaimingNormal().Fill(weights, Layout.OutIn, model.Child("fc1.weight"));</code></example>
    public static void Fill(this Initializer initializer, OrtValue value, Fans fans = default, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        ArgumentNullException.ThrowIfNull(value);
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        initializer.Fill(Memory(value, info), info.Shape, fans, seed);
        GC.KeepAlive(value);
    }

    private static unsafe HostMemory Memory(OrtValue value, OrtTensorTypeAndShapeInfo info)
    {
        DType? dtype = info.ElementDataType switch
        {
            TensorElementType.Float => DType.Float32,
            TensorElementType.Float16 => DType.Float16,
            TensorElementType.BFloat16 => DType.BFloat16,
            TensorElementType.Double => DType.Float64,
            _ => null,
        };
        // Memory of a type without a dtype is the fault element-type.
        return dtype is { } known
            ? HostMemory.At(
                (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(value.GetTensorMutableRawData())),
                info.ElementCount,
                known
            )
            : HostMemory.Of<byte>(new byte[info.ElementCount]);
    }
}
