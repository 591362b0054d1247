using System.Runtime.InteropServices;
using Initializers.Stateful;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Faults of tensors, with the core's codes and messages.</summary>
internal static class Faults
{
    /// <summary>What keeps a tensor from being filled: where its elements are, and their type.</summary>
    internal static IEnumerable<Fault> Of(Tensor tensor)
    {
        if (Memories.Fault(tensor) is { } fault)
        {
            yield return Of(FSharp.InitError.NewTensor(fault));
        }

        if (!tensor.IsInvalid && Memories.DTypeOf(tensor.dtype) is null)
        {
            string type = $"torch.{tensor.dtype.ToString().ToLowerInvariant()}";
            yield return Of(FSharp.InitError.NewElementType(type, DType.Float32));
        }
    }

    internal static Fault DeviceFailed(Tensor tensor, ExternalException reason) =>
        Of(FSharp.InitError.NewDeviceFailed(tensor.device.ToString(), reason.Message));

    internal static Fault Of(FSharp.InitError fault) =>
        new(FSharp.InitErrorModule.Code(fault), FSharp.InitErrorModule.Message(fault));
}
