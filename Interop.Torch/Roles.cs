using TorchSharp;
using TorchSharp.Modules;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>What the tensors of TorchSharp's modules are for, and which roles their axes have.</summary>
internal static class Roles
{
    internal static ModuleTensor Of(ModuleTensor tensor)
    {
        string? axes = PyTorchAxes(tensor.Tensor);
        ModuleTensor With(TensorRole role, string? layout = null, int packed = 1) =>
            tensor with
            {
                Role = role,
                Layout = layout,
                Packed = packed,
            };
        return tensor.Owner switch
        {
            Linear or Convolution or Bilinear when tensor.Last == "bias" => With(TensorRole.Bias),
            Linear => With(TensorRole.Weight, axes),
            Convolution convolution => With(TensorRole.Weight, Kernel(convolution, (int)tensor.Tensor.dim())),
            Bilinear => With(TensorRole.Weight, "out,in,in"),
            Embedding or EmbeddingBag => With(TensorRole.Embedding, axes) with
            {
                PaddingRow = PaddingRow(tensor.Tensor),
            },
            PReLU => With(TensorRole.Slope),
            LSTM or LSTMCell => Recurrent(4),
            GRU or GRUCell => Recurrent(3),
            RNN or RNNCell => Recurrent(1),
            NormBase or LayerNorm or GroupNorm => tensor.Last switch
            {
                "weight" => With(TensorRole.NormScale),
                "bias" => With(TensorRole.Bias),
                _ => With(TensorRole.Statistic),
            },
            MultiheadAttention
            or Transformer
            or TransformerEncoder
            or TransformerDecoder
            or TransformerEncoderLayer
            or TransformerDecoderLayer => tensor.Last switch
            {
                "in_proj_weight" => With(TensorRole.Weight, axes, packed: 3),
                "weight" when tensor.Tensor.dim() == 1 => With(TensorRole.NormScale),
                "bias" or "in_proj_bias" or "bias_k" or "bias_v" => With(TensorRole.Bias),
                _ => With(TensorRole.Weight, axes),
            },
            _ => With(
                tensor.Tensor is Parameter || tensor.Tensor.requires_grad ? TensorRole.Parameter : TensorRole.Buffer,
                axes
            ),
        };

        ModuleTensor Recurrent(int gates) =>
            tensor.Last.StartsWith("weight_ih", StringComparison.Ordinal) ? With(TensorRole.InputToHidden, axes, gates)
            : tensor.Last.StartsWith("weight_hh", StringComparison.Ordinal)
                ? With(TensorRole.HiddenToHidden, axes, gates)
            : With(TensorRole.Bias);
    }

    private static string? PyTorchAxes(Tensor tensor) =>
        tensor.dim() switch
        {
            < 2 => null,
            2 => "oi",
            _ => "oihw",
        };

    /// <summary>A transposed convolution's kernel has the inputs first.</summary>
    private static string Kernel(Convolution convolution, int rank)
    {
        // A stride that was given once is that of every axis.
        long[] strides = convolution.stride;
        long stride =
            strides.Length == 1
                ? Enumerable.Repeat(strides[0], rank - 2).Aggregate(1L, (product, s) => product * s)
                : strides.Aggregate(1L, (product, s) => product * s);
        string[] parts =
        [
            convolution.transposed ? "in,out" : "out,in",
            .. Enumerable.Repeat("spatial", rank - 2),
            .. convolution.transposed ? new[] { "transposed" } : [],
            .. convolution.groups > 1 ? new[] { $"groups:{convolution.groups}" } : [],
            .. stride > 1 ? new[] { $"stride:{stride}" } : [],
        ];
        return string.Join(',', parts);
    }

    /// <summary>The row of an embedding that is 0 while no other is: TorchSharp does not tell the padding index, and makes the row
    /// 0.</summary>
    private static long? PaddingRow(Tensor table)
    {
        if (Memories.Fault(table) is not null || table.dim() != 2 || table.numel() == 0 || table.shape[0] == 1)
        {
            return null;
        }

        // Few rows begin with 0, and only those are read.
        using Tensor detached = table.detach();
        using Tensor column = detached.select(1, 0);
        using Tensor isZero = column.eq(0);
        using Tensor found = isZero.nonzero();
        using Tensor candidates = found.reshape(-1);
        using Tensor rows = detached.index_select(0, candidates);
        using Tensor isUsed = rows.any(1);
        using Tensor isUnused = isUsed.logical_not();
        using Tensor unused = candidates.masked_select(isUnused);
        return unused.numel() == 1 ? unused.item<long>() : null;
    }
}
