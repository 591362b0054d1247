using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Where the elements of TorchSharp's tensors are, and what keeps a tensor from being filled.</summary>
internal static class Memories
{
    /// <summary>The dtype of the elements; null for integers, bool, complex, float8 and quantized ones.</summary>
    internal static DType? DTypeOf(ScalarType type) =>
        type switch
        {
            ScalarType.Float32 => DType.Float32,
            ScalarType.Float16 => DType.Float16,
            ScalarType.BFloat16 => DType.BFloat16,
            ScalarType.Float64 => DType.Float64,
            _ => null,
        };

    /// <summary>Why a tensor cannot be filled; null if it can, or if its element type alone is in the way.</summary>
    internal static FSharp.TensorFault? Fault(Tensor tensor)
    {
        if (tensor.IsInvalid)
        {
            return FSharp.TensorFault.Disposed;
        }

        // The strides of sparse tensors raise an error in the native library, and those of meta tensors do not.
        if (tensor.is_sparse)
        {
            return FSharp.TensorFault.NewNotStrided("sparse");
        }

        if (tensor.is_meta)
        {
            return FSharp.TensorFault.NewWithoutMemory(tensor.device.ToString());
        }

        return SharesElements(tensor)
            ? FSharp.TensorFault.NewSharedElements([.. tensor.shape], [.. tensor.stride()])
            : null;
    }

    /// <summary>Whether the elements are in row-major order in memory of the CPU. A negative view holds the negated
    /// elements, and is not.</summary>
    internal static bool IsDirect(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && !tensor.is_neg();

    /// <summary>The address of the first element of a contiguous tensor; 0 for one without elements.</summary>
    /// <remarks><c>bytes</c> raises an error from 2 GiB on, so it is asked of one element. <c>Handle</c> is the address of the
    /// native tensor object, and a storage's address leaves out the offset of a slice.</remarks>
    internal static unsafe nint Address(Tensor contiguous)
    {
        if (contiguous.numel() == 0)
        {
            return 0;
        }

        using Tensor detached = contiguous.detach();
        using Tensor flat = detached.view(-1);
        using Tensor first = flat.narrow(0, 0, 1);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>Counts a change of the elements, so that autograd refuses a backward pass through older ones.</summary>
    /// <remarks>Autograd cannot see writes to an address. An in-place operation on an empty part counts as one on the whole.
    /// Tensors of inference mode have no count, and this raises an error for them outside of it.</remarks>
    internal static void CountChange(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor rows = detached.dim() == 0 ? detached.unsqueeze(0) : detached.alias();
        using Tensor empty = rows.narrow(0, 0, 0);
        empty.zero_().Dispose();
    }

    /// <summary>Whether two indices are one element.</summary>
    private static bool SharesElements(Tensor tensor)
    {
        (long Size, long Stride)[] axes =
        [
            .. tensor.shape.Zip(tensor.stride()).Where(axis => axis.First != 1).OrderBy(axis => axis.Second),
        ];
        if (tensor.numel() == 0 || axes.Length == 0)
        {
            return false;
        }

        // An axis whose stride passes all elements of the axes with smaller strides shares none with them.
        long extent = 1;
        bool separate = true;
        foreach ((long size, long stride) in axes)
        {
            separate &= stride >= extent;
            extent += (size - 1) * stride;
        }

        if (separate || axes[0].Stride == 0)
        {
            return !separate;
        }

        // Strides such as (3, 2) of shape (2, 3) interleave: the elements are counted.
        using Tensor indices = arange(extent, ScalarType.Int64);
        using Tensor met = indices.as_strided(tensor.shape, tensor.stride(), 0);
        using Tensor flat = met.reshape(-1);
        using Tensor counts = flat.bincount(null);
        using Tensor most = counts.max();
        return most.item<long>() > 1;
    }
}
