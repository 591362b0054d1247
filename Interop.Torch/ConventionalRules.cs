namespace Initializers.Torch;

/// <summary>The rules of <see cref="ModuleRules.Conventional(string)"/>.</summary>
internal static class ConventionalRules
{
    internal static IEnumerable<ModuleRule> Of(string weights) =>
        [
            For(TensorRole.Weight, weights),
            For(TensorRole.InputToHidden, "glorot_uniform"),
            For(TensorRole.HiddenToHidden, "orthogonal"),
            For(TensorRole.Embedding, "normal"),
            ForgetGate,
            For(TensorRole.Bias, "zeros"),
            .. Constants,
        ];

    /// <summary>Normalizations, slopes and buffers, whose first values PyTorch's users never change.</summary>
    internal static IEnumerable<ModuleRule> Constants =>
        [
            For(TensorRole.NormScale, "ones"),
            ModuleRule.OfTensors(
                "running variance",
                "ones",
                tensor => tensor.Role == TensorRole.Statistic && tensor.Last == "running_var"
            ),
            For(TensorRole.Statistic, "zeros"),
            For(TensorRole.Slope, "constant(value=0.25)"),
            For(TensorRole.Buffer, null),
        ];

    /// <summary>An LSTM adds two biases, of which one has the forget gate's 1.</summary>
    private static ModuleRule ForgetGate =>
        ModuleRule.OfTensors(
            "forget gate",
            "lstm_bias",
            tensor =>
                tensor.Owner is TorchSharp.Modules.LSTM or TorchSharp.Modules.LSTMCell
                && tensor.Last.StartsWith("bias_ih", StringComparison.Ordinal)
        );

    private static ModuleRule For(TensorRole role, string? initializer) =>
        ModuleRule.OfTensors(Words(role), initializer, tensor => tensor.Role == role);

    private static string Words(TensorRole role) =>
        role switch
        {
            TensorRole.InputToHidden => "input to hidden",
            TensorRole.HiddenToHidden => "hidden to hidden",
            TensorRole.NormScale => "norm scale",
            _ => role.ToString().ToLowerInvariant(),
        };
}
