using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Initializers.Benchmarks;

/// <summary>A tensor of the peer's, each page of it touched, whose memory this library fills too.</summary>
internal sealed class TorchMemory : IDisposable
{
    private readonly DType _dtype;

    internal TorchMemory(long[] shape, DType dtype = DType.Float32)
    {
        _dtype = dtype;
        Shape = shape;
        Tensor = ones(
            shape,
            dtype: dtype switch
            {
                DType.Float16 => ScalarType.Float16,
                DType.BFloat16 => ScalarType.BFloat16,
                DType.Float64 => ScalarType.Float64,
                _ => ScalarType.Float32,
            }
        );
    }

    internal long[] Shape { get; }

    internal TorchTensor Tensor { get; }

    /// <summary>The elements, for calls that take a span.</summary>
    internal Span<T> Span<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Tensor.bytes);

    /// <summary>The elements, for calls that take a list of memories.</summary>
    internal unsafe HostMemory Memory =>
        HostMemory.At((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Tensor.bytes)), Tensor.numel(), _dtype);

    public void Dispose() => Tensor.Dispose();
}
