using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Initializers.Torch.Tests;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Every type of module that has weights, with tied weights, a bare parameter and a buffer.</summary>
internal sealed class EveryModule : Module<Tensor, Tensor>
{
    internal readonly Embedding wte = Embedding(10, 4);
    internal readonly Linear head = Linear(4, 10, hasBias: false);
    internal readonly Parameter cls_token = Parameter(zeros(1, 1, 4));
    internal readonly ModuleList<Module<Tensor, Tensor>> blocks = ModuleList<Module<Tensor, Tensor>>(
        Linear(4, 4),
        Linear(4, 4)
    );
    internal readonly Embedding padded = Embedding(7, 3, padding_idx: 2);
    internal readonly EmbeddingBag bag = EmbeddingBag(7, 3);
    internal readonly Conv1d conv1 = Conv1d(4, 6, 3, stride: 2);
    internal readonly Conv2d conv2 = Conv2d(4, 6, 3, groups: 2);
    internal readonly Conv3d conv3 = Conv3d(4, 6, 3);
    internal readonly ConvTranspose1d up1 = ConvTranspose1d(4, 6, 4, stride: 2);
    internal readonly ConvTranspose2d up2 = ConvTranspose2d(4, 6, 4, stride: 2, groups: 2);
    internal readonly ConvTranspose3d up3 = ConvTranspose3d(4, 6, 2);
    internal readonly Bilinear bilinear = Bilinear(4, 5, 6);
    internal readonly BatchNorm1d batch1 = BatchNorm1d(4);
    internal readonly BatchNorm2d batch2 = BatchNorm2d(4);
    internal readonly BatchNorm3d batch3 = BatchNorm3d(4);
    internal readonly InstanceNorm2d instance = InstanceNorm2d(4, affine: true, track_running_stats: true);
    internal readonly GroupNorm group = GroupNorm(2, 4);
    internal readonly LayerNorm layer = LayerNorm([2, 4]);
    internal readonly PReLU slopes = PReLU(4);
    internal readonly LSTM lstm = LSTM(4, 5, numLayers: 2, bidirectional: true);
    internal readonly GRU gru = GRU(4, 5);
    internal readonly RNN rnn = RNN(4, 5);
    internal readonly LSTMCell lstmCell = LSTMCell(4, 5);
    internal readonly GRUCell gruCell = GRUCell(4, 5);
    internal readonly RNNCell rnnCell = RNNCell(4, 5);
    internal readonly MultiheadAttention attention = MultiheadAttention(8, 2, add_bias_kv: true);
    internal readonly MultiheadAttention cross = MultiheadAttention(8, 2, kdim: 4, vdim: 6);
    internal readonly TransformerEncoderLayer encoderLayer = TransformerEncoderLayer(8, 2, 16);
    internal readonly TransformerDecoderLayer decoderLayer = TransformerDecoderLayer(8, 2, 16);
    internal readonly Transformer transformer = Transformer(8, 2, 1, 1, 16);

    internal EveryModule()
        : base("every")
    {
        register_buffer("positions", arange(3));
        RegisterComponents();
        head.weight = wte.weight!;
    }

    /// <summary>Rules that decide all of its tensors.</summary>
    internal static ModuleRules Rules(string weights) =>
        ModuleRules.Empty.Match("cls_token", "trunc_normal(stddev=0.02)").Otherwise(ModuleRules.Conventional(weights));

    public override Tensor forward(Tensor input) => input;
}

/// <summary>A module of named modules.</summary>
internal sealed class Holder : Module<Tensor, Tensor>
{
    internal Holder(params (string Name, nn.Module Module)[] modules)
        : base("holder")
    {
        foreach ((string name, nn.Module module) in modules)
        {
            register_module(name, module);
        }
    }

    public override Tensor forward(Tensor input) => input;
}
