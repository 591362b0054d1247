using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

/// <summary>Elements of tensors, in row-major order.</summary>
internal static class Elements
{
    internal static float[] Floats(this torch.Tensor tensor) =>
        tensor.detach().cpu().to(ScalarType.Float32).contiguous().data<float>().ToArray();

    internal static byte[] Bytes(this torch.Tensor tensor) => tensor.detach().cpu().contiguous().bytes.ToArray();
}
