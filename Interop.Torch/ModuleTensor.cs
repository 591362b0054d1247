using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A tensor of a module.</summary>
/// <param name="Name">Its name in the state dictionary, as in PyTorch.</param>
/// <param name="Owner">The module that registered it. TorchSharp's own attention, transformer and recurrent modules show
/// no modules inside of them, and own all tensors.</param>
/// <param name="Local">Its name in the owner.</param>
/// <param name="Tensor">The tensor.</param>
internal sealed record ModuleTensor(string Name, nn.Module Owner, string Local, Tensor Tensor)
{
    internal TensorRole Role { get; init; }

    /// <summary>The number of matrices that are stacked along the first axis, such as an LSTM's 4 gates.</summary>
    internal int Packed { get; init; } = 1;

    /// <summary>The roles of the axes as a layout's text; null without fans.</summary>
    internal string? Layout { get; init; }

    /// <summary>The row of an embedding that stays 0.</summary>
    internal long? PaddingRow { get; init; }

    /// <summary>The tensor of an earlier name with the same memory.</summary>
    internal string? TiedTo { get; init; }

    /// <summary>Whether the owner has a field with this value and did not register it.</summary>
    internal bool IsUnregistered { get; init; }

    /// <summary>The last part of the name: weight, bias, in_proj_weight.</summary>
    internal string Last => Local[(Local.LastIndexOf('.') + 1)..];
}
