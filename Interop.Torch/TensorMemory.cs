using System.Runtime.InteropServices;
using Initializers.Stateful;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A tensor while it is filled: its memory if it is on the CPU, or else host memory that is copied into it at the
/// end.</summary>
internal sealed class TensorMemory : IDisposable
{
    private readonly Tensor _tensor;
    private readonly Tensor? _staging;

    /// <summary>Finds or makes the memory of a tensor without a fault.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="takesStrides">Whether what fills it takes memory with strides. A model's memories may lie between each
    /// other, and are contiguous.</param>
    internal TensorMemory(Tensor tensor, bool takesStrides)
    {
        _tensor = tensor;
        _staging =
            Memories.IsDirect(tensor) || (takesStrides && Memories.IsNested(tensor))
                ? null
                : empty(tensor.shape, dtype: tensor.dtype, device: CPU);
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
    internal void Fill(Initializer initializer, DType dtype, Fans fans, Seed seed)
    {
        Tensor memory = _staging ?? _tensor;
        long[] shape = memory.shape;
        bool isContiguous = memory.is_contiguous();
        long length = isContiguous ? memory.numel() : Memories.Extent(memory) / memory.element_size();
        HostMemory elements = HostMemory.At(Address, length, dtype);
        initializer.Fill(
            isContiguous ? elements : HostMemory.Strided(elements, shape, memory.stride()),
            shape,
            fans,
            seed
        );
    }

    public void Dispose() => _staging?.Dispose();
}
