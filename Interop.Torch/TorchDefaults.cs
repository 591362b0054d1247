using TorchSharp.Modules;

namespace Initializers.Torch;

/// <summary>The rules of <see cref="ModuleRules.Torch"/>: <c>reset_parameters</c> of PyTorch's modules.</summary>
/// <remarks>PyTorch computes the fans of a weight from its shape alone, so the roles of a transposed kernel's axes are
/// those of other convolutions here. Packed matrices are one matrix.</remarks>
internal static class TorchDefaults
{
    internal static IEnumerable<ModuleRule> Rules =>
        [
            ByType("torch.nn.Transformer", Matrices),
            ByType("torch.nn.MultiheadAttention", Attention),
            ByType("torch.nn.LSTM, GRU and RNN", Recurrent),
            ByType("torch.nn.Bilinear", Bilinear),
            ByType("torch.nn.Embedding", t => t.Role == TensorRole.Embedding ? "normal" : null),
            ByType("torch.nn.Linear and Conv", Linear),
            .. ConventionalRules.Constants,
            ByType("norm bias", t => t.Role == TensorRole.Bias ? "zeros" : null),
        ];

    private static ModuleRule ByType(string text, Func<ModuleTensor, string?> spec) =>
        new(text)
        {
            Typed = tensor =>
                !tensor.IsUnregistered && spec(tensor) is { } found
                    ? (ModuleRule.Whole(tensor, found), tensor.Tensor.dim() > 2 ? "oihw" : tensor.Layout)
                    : null,
        };

    /// <summary>Transformer fills all matrices anew after its layers did.</summary>
    private static string? Matrices(ModuleTensor tensor) =>
        tensor.Owner is Transformer && tensor.Role == TensorRole.Weight ? "glorot_uniform" : null;

    private static string? Attention(ModuleTensor tensor) =>
        tensor.Last switch
        {
            "in_proj_weight"
            or "q_proj_weight"
            or "k_proj_weight"
            or "v_proj_weight" when tensor.Role == TensorRole.Weight => "glorot_uniform",
            "in_proj_bias" => "zeros",
            "bias" when tensor.Local.EndsWith("out_proj.bias", StringComparison.Ordinal) => "zeros",
            "bias_k" or "bias_v" when tensor.Role == TensorRole.Bias => "normal(stddev=1/sqrt(d2))",
            _ => null,
        };

    /// <summary>±1/√hidden for every tensor; a hidden matrix is [gates × hidden, hidden].</summary>
    private static string? Recurrent(ModuleTensor tensor)
    {
        int gates = tensor.Owner switch
        {
            LSTM or LSTMCell => 4,
            GRU or GRUCell => 3,
            RNN or RNNCell => 1,
            _ => 0,
        };
        return gates == 0 ? null : Between($"1/sqrt({tensor.Tensor.shape[0] / gates})");
    }

    private static string? Bilinear(ModuleTensor tensor) =>
        tensor.Owner is Bilinear owner ? Between($"1/sqrt({owner.weight!.shape[1]})") : null;

    /// <summary>kaiming_uniform_(a=√5) is ±1/√fan_in, as are the biases.</summary>
    private static string? Linear(ModuleTensor tensor) =>
        tensor switch
        {
            { Role: TensorRole.Weight } => "fan_uniform(numerator=1, mode=fan_in, power=0.5)",
            { Owner: Linear { weight: { } weight } } => Between($"sqrt(1/{weight.shape[1]})"),
            { Owner: Convolution { weight: { } kernel } } => Between(
                $"sqrt(1/{kernel.shape[1..].Aggregate(1L, (a, b) => a * b)})"
            ),
            { Local: var local, Owner: var owner, Last: "bias" } when Feed(local) is { } weight => owner.state_dict()[
                weight
            ]
                is { } fed
                ? Between($"sqrt(1/{fed.shape[1]})")
                : null,
            _ => null,
        };

    /// <summary>The weight of a bias of the linear layers of a transformer's layer.</summary>
    private static string? Feed(string local) =>
        local.EndsWith("linear1.bias", StringComparison.Ordinal)
        || local.EndsWith("linear2.bias", StringComparison.Ordinal)
            ? string.Concat(local.AsSpan(0, local.Length - "bias".Length), "weight")
            : null;

    private static string Between(string bound) => $"uniform(low=-{bound}, high={bound})";
}
