using Initializers.Models;
using Initializers.Stateful;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Initializers.Torch.Tests;

using Tensor = TorchSharp.torch.Tensor;

public class RuleTests
{
    private static readonly ModuleRules Conventional = ModuleRules.Conventional("he_normal");

    private static Sequential Mlp() =>
        Sequential(("a", Linear(4, 8)), ("b", Linear(8, 8)), ("c", Conv1d(8, 6, 3)), ("n", LayerNorm(6)));

    private static Dictionary<string, (string Rule, string Initializer)> Decided(nn.Module module, ModuleRules rules) =>
        module.Explain(rules).Tensors.ToDictionary(t => t.Name, t => (t.Rule, t.Initializer));

    private static string[] Codes(nn.Module module, ModuleRules rules)
    {
        Dictionary<string, byte[]> before = module.state_dict().ToDictionary(t => t.Key, t => t.Value.Bytes());
        var error = Assert.Throws<InitializerException>(() => module.Initialize(7, rules));
        Assert.Equal(error.Faults, Assert.Throws<InitializerException>(() => module.Explain(rules)).Faults);
        Assert.All(module.state_dict(), tensor => Assert.Equal(before[tensor.Key], tensor.Value.Bytes()));
        return [.. error.Faults.Select(fault => fault.Code)];
    }

    [Fact]
    public void TheFirstRuleThatMatchesDecides()
    {
        var decided = Decided(
            Mlp(),
            ModuleRules
                .Empty.Match("b.*", "ones")
                .For<Linear>("orthogonal")
                .For(TensorRole.Bias, new Constant(0.5))
                .MatchRegex("^c\\.", "constant(2)")
                .Otherwise(Conventional)
        );
        Assert.Equal(("For<Linear>", "orthogonal(gain=1)"), decided["a.weight"]);
        Assert.Equal(("For(Bias)", "constant(value=0.5)"), decided["a.bias"]);
        Assert.Equal(("b.*", "ones"), decided["b.weight"]);
        Assert.Equal(("b.*", "ones"), decided["b.bias"]);
        Assert.Equal(("^c\\.", "constant(value=2)"), decided["c.weight"]);
        Assert.Equal(("norm scale", "ones"), decided["n.weight"]);
    }

    [Fact]
    public void PatternsHaveCapturesAndNumbersAreExpressions()
    {
        Sequential blocks = Sequential(("0", Linear(4, 4)), ("1", Linear(4, 16)));
        var decided = Decided(
            blocks,
            ModuleRules
                .Empty.Match("{i}.weight", "normal(stddev=0.5/sqrt(i+1)/d0*count('*.weight'))")
                .Match("{m*}.bias", "constant(dim('{m}.weight', 0))")
        );
        Assert.Equal("normal(mean=0, stddev=0.25)", decided["0.weight"].Initializer);
        Assert.Equal($"normal(mean=0, stddev={0.5 / Math.Sqrt(2) / 16 * 2:R})", decided["1.weight"].Initializer);
        Assert.Equal("constant(value=16)", decided["1.bias"].Initializer);
    }

    [Fact]
    public void RulesByRoleFillEachPackedMatrixSeparatelyAndRulesByNameTheWhole()
    {
        LSTM lstm = LSTM(3, 5);
        lstm.Initialize(7, Conventional);
        Tensor hidden = lstm.state_dict()["weight_hh_l0"];
        for (int gate = 0; gate < 4; gate++)
        {
            Tensor matrix = hidden[(5 * gate)..(5 * gate + 5)];
            Assert.True((matrix.mm(matrix.t()) - eye(5)).abs().max().item<float>() < 1e-5f);
        }

        lstm.Initialize(7, ModuleRules.Empty.Match("weight_hh*", "orthogonal").Otherwise(Conventional));
        Assert.True((hidden.t().mm(hidden) - eye(5)).abs().max().item<float>() < 1e-5f);

        MultiheadAttention attention = MultiheadAttention(8, 2);
        InitializedTensor packed = attention.Explain(ModuleRules.Conventional("xavier_uniform")).Tensors[0];
        Assert.Equal("in_proj_weight", packed.Name);
        // Of a matrix [8, 8], not [24, 8].
        Assert.Equal(Math.Sqrt(2.0 / 16), packed.Stddev, 1e-12);
    }

    [Fact]
    public void AnLstmHasForgetGatesOfOneInOneOfItsTwoBiases()
    {
        LSTM lstm = LSTM(3, 5);
        lstm.Initialize(7, Conventional);
        Assert.Equal([.. new float[5], 1, 1, 1, 1, 1, .. new float[10]], lstm.state_dict()["bias_ih_l0"].Floats());
        Assert.All(lstm.state_dict()["bias_hh_l0"].Floats(), value => Assert.Equal(0, value));
        GRU gru = GRU(3, 5);
        gru.Initialize(7, Conventional);
        Assert.All(gru.state_dict()["bias_ih_l0"].Floats(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1, 2, 3 * 9, 16 * 9.0 / 4)]
    [InlineData(2, 1, 2 * 9, 8 * 9.0)]
    public void FansAreThoseOfGroupsAndStrides(long groups, long stride, double fanIn, double fanOut)
    {
        long inputs = groups == 1 ? 3 : 4;
        Conv2d conv = Conv2d(inputs, 16, 3, stride: stride, groups: groups);
        double Stddev(string mode) =>
            conv.Explain(ModuleRules.Conventional($"kaiming_normal(mode={mode})")).Tensors[0].Stddev;
        Assert.Equal(Math.Sqrt(2 / fanIn), Stddev("fan_in"), 1e-12);
        Assert.Equal(Math.Sqrt(2 / fanOut), Stddev("fan_out"), 1e-12);
        ConvTranspose2d up = ConvTranspose2d(16, inputs, 3, stride: stride, groups: groups);
        double Up(string mode) =>
            up.Explain(ModuleRules.Conventional($"kaiming_normal(mode={mode})")).Tensors[0].Stddev;
        Assert.Equal(Math.Sqrt(2 / fanOut), Up("fan_in"), 1e-12);
        Assert.Equal(Math.Sqrt(2 / fanIn), Up("fan_out"), 1e-12);
    }

    [Fact]
    public void APaddingRowStaysZeroAndAnotherCanBeSaid()
    {
        Embedding found = Embedding(7, 3, padding_idx: 2);
        found.Initialize(7, Conventional);
        Assert.Equal([2L], Zeros(found));
        found.Initialize(8, ModuleRules.Torch);
        Assert.Equal([2L], Zeros(found));
        Embedding none = Embedding(7, 3);
        none.Initialize(7, Conventional);
        Assert.Empty(Zeros(none));
        none.Initialize(7, Conventional.Padding("weight", -1));
        Assert.Equal([6L], Zeros(none));
        // Of several rows of 0, none is the padding.
        none.weight!.initialize_("zeros", 1);
        none.Initialize(7, Conventional);
        Assert.Empty(Zeros(none));
        Assert.Equal(["rule-unused"], Codes(none, Conventional.Padding("wte.weight", 0)));
        Assert.Equal(["out-of-range"], Codes(Embedding(7, 3), Conventional.Padding("weight", 7)));

        static IEnumerable<long> Zeros(Embedding table) =>
            Enumerable
                .Range(0, 7)
                .Select(row => (long)row)
                .Where(row => table.weight![row].count_nonzero().item<long>() == 0);
    }

    [Fact]
    public void WhatIsLeftKeepsItsElements()
    {
        Sequential model = Mlp();
        byte[] weight = model.state_dict()["a.weight"].Bytes();
        Initialization done = model.Initialize(
            7,
            ModuleRules.Empty.Leave("a.*").Leave(TensorRole.NormScale).Otherwise(Conventional)
        );
        Assert.Equal(["a.weight", "a.bias", "n.weight"], done.Left);
        Assert.Equal(weight, model.state_dict()["a.weight"].Bytes());
        Assert.DoesNotContain("a.weight", done.Blueprint, StringComparison.Ordinal);
        Assert.Contains("a.weight  is left as it is", done.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ATensorWithoutARuleAndARuleWithoutATensorAreFaults()
    {
        using var every = new EveryModule();
        var error = Assert.Throws<InitializerException>(() => every.Initialize(7, "he_normal"));
        Fault unmatched = Assert.Single(error.Faults);
        Assert.Equal("tensor-unmatched", unmatched.Code);
        Assert.Contains("cls_token", unmatched.Message, StringComparison.Ordinal);

        Assert.Equal(
            ["rule-unused", "rule-unused", "rule-unused"],
            Codes(
                Mlp(),
                ModuleRules.Empty.Match("z", "ones").For<GRU>("ones").Leave(TensorRole.Slope).Otherwise(Conventional)
            )
        );
        // The first rule hides the second.
        Assert.Equal(["rule-unused"], Codes(Mlp(), ModuleRules.Empty.Match("*", "ones").For<Linear>("zeros")));
        Assert.Equal(Enumerable.Repeat("tensor-unmatched", 8), Codes(Mlp(), ModuleRules.Empty));
    }

    [Fact]
    public void FaultsOfRulesAreThoseOfTheCore()
    {
        Assert.Equal(["stddev-negative"], Codes(Mlp(), ModuleRules.Conventional("normal(stddev=-1)")));
        Assert.Equal(["spec-unknown"], Codes(Mlp(), ModuleRules.Empty.Match("*", "nromal")));
        Assert.Equal(["pattern-invalid"], Codes(Mlp(), ModuleRules.Empty.Match("{", "ones")));
        Assert.Equal(["recipe-unknown"], Codes(Mlp(), ModuleRules.Empty.Otherwise("gpt1")));
        Assert.Equal(["expression-undefined"], Codes(Mlp(), ModuleRules.Empty.Match("*", "constant(1/0)")));
    }

    [Fact]
    public void IntegerBuffersTakeWholeNumbersAndOtherRulesPassThemBy()
    {
        BatchNorm1d norm = BatchNorm1d(4);
        var decided = Decided(norm, ModuleRules.Empty.Match("*", "uniform").Otherwise(Conventional));
        Assert.Equal(("statistic", "zeros"), decided["num_batches_tracked"]);
        Assert.Equal("*", decided["running_var"].Rule);
        norm.num_batches_tracked!.fill_(9);
        norm.Initialize(7, ModuleRules.Empty.Match("num_*", "constant(3)").Otherwise(Conventional));
        Assert.Equal(3, norm.num_batches_tracked.item<long>());
    }

    /// <summary>The names of a small GPT-2 in nanoGPT's code.</summary>
    private sealed class SmallGpt : Module<Tensor, Tensor>
    {
        private readonly ModuleDict<nn.Module> transformer = ModuleDict<nn.Module>(
            ("wte", Embedding(20, 8)),
            ("wpe", Embedding(6, 8)),
            ("h", ModuleList<nn.Module>(new Block(), new Block())),
            ("ln_f", LayerNorm(8))
        );

        internal SmallGpt()
            : base("gpt") => RegisterComponents();

        public override Tensor forward(Tensor input) => input;

        private sealed class Block : Module<Tensor, Tensor>
        {
            private readonly LayerNorm ln_1 = LayerNorm(8);
            private readonly LayerNorm ln_2 = LayerNorm(8);
            private readonly ModuleDict<nn.Module> attn = ModuleDict<nn.Module>(
                ("c_attn", Linear(8, 24)),
                ("c_proj", Linear(8, 8))
            );
            private readonly ModuleDict<nn.Module> mlp = ModuleDict<nn.Module>(
                ("c_fc", Linear(8, 32)),
                ("c_proj", Linear(32, 8))
            );

            internal Block()
                : base("block")
            {
                register_buffer("mask", ones(6, 6).tril());
                RegisterComponents();
            }

            public override Tensor forward(Tensor input) => input;
        }
    }

    [Fact]
    public void ARecipeFillsAModelWithTheBytesOfItsArchitecturesFile()
    {
        var model = new SmallGpt();
        Initialization done = model.Initialize(42, recipe: "gpt2");
        Assert.Equal(2, done.Left.Count);
        Assert.Contains(done.Tensors, t => t.Rule.StartsWith("gpt2: ", StringComparison.Ordinal));
        AssertFilledAs(model, done, "gpt2");
    }

    [Fact]
    public void PyTorchsDefaultsAreThoseOfTheRecipeWhereNamesSayTheModule()
    {
        var model = new Holder(
            ("fc", Linear(4, 6)),
            ("conv", Conv2d(4, 6, 3, groups: 2, stride: 2)),
            ("up", ConvTranspose2d(4, 6, 3, stride: 2)),
            ("emb", Embedding(5, 3)),
            ("bilinear", Bilinear(3, 4, 5)),
            ("prelu", PReLU(3)),
            ("bn", BatchNorm2d(3)),
            ("gn", GroupNorm(1, 3)),
            ("ln", LayerNorm([2, 3])),
            ("lstm", LSTM(3, 4, numLayers: 2, bidirectional: true)),
            ("gru", GRU(3, 4)),
            ("cell", RNNCell(3, 4)),
            ("mha", MultiheadAttention(8, 2, add_bias_kv: true)),
            ("layer", TransformerDecoderLayer(8, 2, 16)),
            ("whole", nn.Transformer(8, 2, 1, 1, 16))
        );
        AssertFilledAs(model, model.Initialize(42), "torch");
    }

    [Fact]
    public void AFaultNamesTheCallersRuleAndIsOneForAllOfItsTensors()
    {
        var error = Assert.Throws<InitializerException>(() => Mlp().Initialize(7, "normal(stddev=-1)"));
        Assert.Equal(
            "rule 'weight', tensor 'a.weight' and 2 more tensors: stddev is -1; it must be 0 or more.",
            Assert.Single(error.Faults).Message
        );
        error = Assert.Throws<InitializerException>(() => Mlp().Initialize(7, "nromal"));
        Assert.StartsWith(
            "rule 'weight', spec: unknown initializer 'nromal'",
            Assert.Single(error.Faults).Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>The elements are those that a recipe gives the tensors' names and shapes.</summary>
    private static void AssertFilledAs(nn.Module model, Initialization done, string recipe)
    {
        IEnumerable<string> entries = done.Tensors.Select(t =>
            $"\"{t.Name}\": {{\"dtype\": \"{(t.ElementType == ScalarType.Int64 ? "I64" : "F32")}\", \"shape\": [{string.Join(',', t.Shape)}]}}"
        );
        Blueprint architecture = Blueprint.Parse($"{{{string.Join(',', entries)}}}");
        Dictionary<string, byte[]> memories = done.Tensors.ToDictionary(
            t => t.Name,
            t => new byte[t.Shape.Aggregate(1L, (a, b) => a * b) * (t.ElementType == ScalarType.Int64 ? 8 : 4)]
        );
        architecture.Fill(memories.ToDictionary(m => m.Key, m => HostMemory.Of(m.Value.AsMemory())), 42, recipe);
        Dictionary<string, Tensor> state = model.state_dict();
        Assert.All(memories, memory => Assert.Equal(memory.Value, state[memory.Key].Bytes()));
    }
}
