using System.Runtime.InteropServices;
using Initializers.Stateful;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A tensor while it is filled: its memory where it is contiguous on the CPU, or else host memory that is copied
/// into it at the end.</summary>
internal sealed class TensorMemory : IDisposable
{
    private readonly Tensor _tensor;
    private readonly Tensor? _staging;

    /// <summary>Finds or makes the memory of a tensor without a fault.</summary>
    internal TensorMemory(Tensor tensor)
    {
        _tensor = tensor;
        _staging = Memories.IsDirect(tensor) ? null : empty(tensor.shape, dtype: tensor.dtype, device: CPU);
        Address = Memories.Address(_staging ?? tensor);
    }

    /// <summary>Where the elements are to be written, in row-major order.</summary>
    internal nint Address { get; }

    /// <summary>The same as memory of a model.</summary>
    internal HostMemory Bytes => HostMemory.AtBytes(Address, _tensor.numel() * _tensor.element_size());

    /// <summary>Tells autograd that the elements change. Before they are written, as it can fail.</summary>
    internal void Open()
    {
        if (_staging is null)
        {
            Memories.CountChange(_tensor);
        }
    }

    /// <summary>Copies the elements to where the tensor has them.</summary>
    internal void Close()
    {
        if (_staging is not null)
        {
            using Tensor target = _tensor.detach();
            target.copy_(_staging).Dispose();
        }
    }

    /// <summary>Fills the elements by one initializer.</summary>
    internal unsafe void Fill(Initializer initializer, DType dtype, Fans fans, Seed seed)
    {
        long[] shape = _tensor.shape;
        long length = _tensor.numel();
        long width =
            dtype == DType.Float64 ? 8
            : dtype == DType.Float32 ? 4
            : 2;
        long offset = 0;
        do
        {
            int count = (int)Math.Min(length - offset, 1 << 30);
            void* first = (void*)(Address + offset * width);
            switch (dtype)
            {
                case DType.Float32:
                    initializer.Fill(new Span<float>(first, count), shape, fans, offset, seed);
                    break;
                case DType.Float16:
                    initializer.Fill(new Span<Half>(first, count), shape, fans, offset, seed);
                    break;
                case DType.BFloat16:
                    initializer.Fill(new Span<Initializers.BFloat16>(first, count), shape, fans, offset, seed);
                    break;
                default:
                    initializer.Fill(new Span<double>(first, count), shape, fans, offset, seed);
                    break;
            }

            offset += count;
        } while (offset < length);
    }

    public void Dispose() => _staging?.Dispose();
}
