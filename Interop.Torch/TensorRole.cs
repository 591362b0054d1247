namespace Initializers.Torch;

/// <summary>What a tensor of a module is for.</summary>
public enum TensorRole
{
    /// <summary>A matrix or kernel: of linear layers, convolutions, bilinear layers and attention.</summary>
    Weight,

    /// <summary>A recurrent layer's matrix from inputs to gates.</summary>
    InputToHidden,

    /// <summary>A recurrent layer's matrix from the hidden state to gates.</summary>
    HiddenToHidden,

    /// <summary>A vector that is added, of normalization and recurrent layers too.</summary>
    Bias,

    /// <summary>The scale of a normalization layer.</summary>
    NormScale,

    /// <summary>A running mean or variance of a normalization layer, or its number of batches.</summary>
    Statistic,

    /// <summary>The table of an embedding.</summary>
    Embedding,

    /// <summary>The slopes of PReLU.</summary>
    Slope,

    /// <summary>A parameter of a module that is not one of TorchSharp's.</summary>
    Parameter,

    /// <summary>A buffer of a module that is not one of TorchSharp's.</summary>
    Buffer,
}
