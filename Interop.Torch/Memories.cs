using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Initializers.Stateful;
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

    /// <summary>The element type by its name in blueprints; null where files have none.</summary>
    internal static string? StorageOf(ScalarType type) =>
        type switch
        {
            ScalarType.Float32 => "F32",
            ScalarType.Float16 => "F16",
            ScalarType.BFloat16 => "BF16",
            ScalarType.Float64 => "F64",
            ScalarType.Int8 => "I8",
            ScalarType.Int16 => "I16",
            ScalarType.Int32 => "I32",
            ScalarType.Int64 => "I64",
            ScalarType.Byte => "U8",
            ScalarType.Bool => "BOOL",
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

    /// <summary>Whether memory with strides can be filled where it is.</summary>
    internal static bool IsNested(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && !tensor.is_neg() && Nests(tensor);

    /// <summary>The address of the first element of a tensor on the CPU, whatever its strides; 0 for one without
    /// elements.</summary>
    /// <remarks><c>bytes</c> raises an error from 2 GiB on, so it is asked of one element. <c>Handle</c> is the address of the
    /// native tensor object, and a storage's address leaves out the offset of a slice.</remarks>
    internal static unsafe nint Address(Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            return 0;
        }

        using Tensor detached = tensor.detach();
        using Tensor first = detached.as_strided([1], [1], tensor.storage_offset());
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>The address of a tensor; null where it is not known, as on other devices.</summary>
    internal static nint? Identity(Tensor tensor) =>
        tensor.IsInvalid || tensor.is_sparse || tensor.device_type != DeviceType.CPU || tensor.numel() == 0
            ? null
            : Address(tensor);

    /// <summary>Whether two tensors of one address have the same elements in the same order.</summary>
    internal static bool IsSameView(Tensor one, Tensor other) =>
        one.dtype == other.dtype && one.shape.SequenceEqual(other.shape) && one.stride().SequenceEqual(other.stride());

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

    /// <summary>Faults of tensors that share some elements, but are not the same view.</summary>
    /// <remarks>Contiguous memories that overlap are found when they are filled. The elements of strided ones, such as the columns of one
    /// matrix, may lie between each other.</remarks>
    internal static IEnumerable<Fault> Overlaps(IReadOnlyList<ModuleTensor> tensors)
    {
        (ModuleTensor Tensor, long First, long Last)[] ranges =
        [
            .. tensors
                .Where(tensor => tensor.TiedTo is null && Fault(tensor.Tensor) is null)
                .Select(tensor => (Tensor: tensor, First: Identity(tensor.Tensor)))
                .Where(range => range.First is not null)
                .Select(range => (range.Tensor, (long)range.First!, (long)range.First! + Extent(range.Tensor.Tensor)))
                .OrderBy(range => range.Item2),
        ];
        for (int i = 0; i < ranges.Length; i++)
        {
            for (int j = i + 1; j < ranges.Length && ranges[j].First < ranges[i].Last; j++)
            {
                (Tensor one, Tensor other) = (ranges[i].Tensor.Tensor, ranges[j].Tensor.Tensor);
                if (!(IsDirect(one) && IsDirect(other)) && Meet(one, other, ranges[j].First - ranges[i].First))
                {
                    yield return Faults.Of(
                        FSharp.InitError.NewMemoriesOverlap(ranges[i].Tensor.Name, ranges[j].Tensor.Name)
                    );
                }
            }
        }
    }

    /// <summary>Bytes from the first element of a tensor to the end of the last.</summary>
    internal static long Extent(Tensor tensor) =>
        (tensor.shape.Zip(tensor.stride(), (size, stride) => (size - 1) * stride).Sum() + 1) * tensor.element_size();

    /// <summary>Whether two tensors have an element in common, of which the second begins some bytes after the first.</summary>
    private static bool Meet(Tensor one, Tensor other, long distance)
    {
        // Elements of different types are compared byte by byte, and few tensors come here.
        using Tensor first = BytesOf(one, 0);
        using Tensor second = BytesOf(other, distance);
        using Tensor both = isin(first, second);
        using Tensor met = both.any();
        return met.item<bool>();
    }

    /// <summary>The places of a tensor's bytes.</summary>
    private static Tensor BytesOf(Tensor tensor, long start)
    {
        using Tensor indices = arange(Extent(tensor) / tensor.element_size(), ScalarType.Int64);
        using Tensor view = indices.as_strided(tensor.shape, tensor.stride(), 0);
        using Tensor flat = view.reshape(-1, 1);
        using Tensor scaled = flat * tensor.element_size() + start;
        using Tensor within = arange(tensor.element_size(), ScalarType.Int64);
        return (scaled + within).reshape(-1);
    }

    /// <summary>The axes with more than one element, by their strides.</summary>
    private static IEnumerable<(long Size, long Stride)> AxesByStride(Tensor tensor) =>
        tensor.shape.Zip(tensor.stride()).Where(axis => axis.First != 1).OrderBy(axis => axis.Second);

    /// <summary>Whether each axis passes all elements of the axes with smaller strides.</summary>
    private static bool Nests(Tensor tensor)
    {
        long extent = 1;
        foreach ((long size, long stride) in AxesByStride(tensor))
        {
            if (stride < extent)
            {
                return false;
            }

            extent += (size - 1) * stride;
        }

        return true;
    }

    /// <summary>Whether two indices are one element.</summary>
    private static bool SharesElements(Tensor tensor)
    {
        if (tensor.numel() == 0 || Nests(tensor))
        {
            return false;
        }

        if (AxesByStride(tensor).Any(axis => axis.Stride == 0))
        {
            return true;
        }

        // Strides such as (3, 2) of shape (2, 3) interleave: the elements are counted.
        using Tensor indices = arange(Extent(tensor) / tensor.element_size(), ScalarType.Int64);
        using Tensor met = indices.as_strided(tensor.shape, tensor.stride(), 0);
        using Tensor flat = met.reshape(-1);
        using Tensor counts = flat.bincount(null);
        using Tensor most = counts.max();
        return most.item<long>() > 1;
    }
}
