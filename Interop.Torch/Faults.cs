using System.Runtime.InteropServices;
using Initializers.Stateful;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Faults of tensors, with the core's codes and messages.</summary>
internal static class Faults
{
    /// <summary>What keeps a tensor from being filled: where its elements are, and their type.</summary>
    internal static IEnumerable<Fault> Of(Tensor tensor) =>
        Wrong(tensor, !tensor.IsInvalid && Memories.DTypeOf(tensor.dtype) is null).Select(Of);

    /// <summary>What keeps a tensor of a module from being filled, where integers and bool have whole numbers.</summary>
    internal static IEnumerable<Fault> Of(string name, Tensor tensor) =>
        Wrong(tensor, !tensor.IsInvalid && Memories.StorageOf(tensor.dtype) is null)
            .Select(fault => Of(FSharp.InitError.NewInTensor(name, fault)));

    private static IEnumerable<FSharp.InitError> Wrong(Tensor tensor, bool isOfOtherType)
    {
        if (Memories.Fault(tensor) is { } fault)
        {
            yield return FSharp.InitError.NewTensor(fault);
        }

        if (isOfOtherType)
        {
            string type = $"torch.{tensor.dtype.ToString().ToLowerInvariant()}";
            yield return FSharp.InitError.NewElementType(type, DType.Float32);
        }
    }

    internal static Fault DeviceFailed(Tensor tensor, ExternalException reason) =>
        Of(FSharp.InitError.NewDeviceFailed(tensor.device.ToString(), reason.Message));

    /// <summary>A fault of the core.</summary>
    internal static Fault Of(FSharp.InitError fault) =>
        new(FSharp.InitErrorModule.Code(fault), FSharp.InitErrorModule.Message(fault));
}
