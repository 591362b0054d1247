using System.CommandLine;
using System.CommandLine.Parsing;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>probe</c>: which initialization keeps a signal alive, before training.</summary>
internal sealed class ProbeCommand : RequestCommand
{
    private readonly Argument<string> file;
    private readonly Option<string[]> specs;
    private readonly Option<string> recipe;
    private readonly Option<string> stack;
    private readonly Option<string> depth;
    private readonly Option<string> width;
    private readonly Option<string> activation;
    private readonly Option<string> bias;
    private readonly Option<string> seed;
    private readonly Option<string> seeds;
    private readonly Option<string> batch;
    private readonly Option<string> correlation;
    private readonly Option<string> kernel;
    private readonly Option<string> image;
    private readonly Option<string> heads;
    private readonly Option<string> tokens;
    private readonly Option<string> normalization;
    private readonly Option<string> scale;
    private readonly Option<bool> jacobian;
    private readonly Option<bool> suggest;
    private readonly Option<bool> json;
    private readonly Option<string> output;
    private readonly Option<bool> force;

    internal ProbeCommand()
        : base(
            "probe",
            "Send signals through a network before training. The standard deviations of signals and gradients by layer, next to those that mean-field theory predicts, show which initialization keeps them alive.",
            """
            initializers probe --depth 50 --width 512 --activation relu --spec he_normal --spec glorot_uniform
            initializers probe --activation tanh --spec "orthogonal(gain=1)" --spec "normal(stddev=0.05)" --suggest
            initializers probe --stack residual --spec he_normal --suggest
            initializers probe --stack transformer --depth 12 --activation gelu --spec "normal(stddev=0.02)"
            initializers probe --width 256 --activation tanh --spec "orthogonal(gain=1)" --spec lecun_normal --jacobian
            initializers probe --spec he_normal --spec glorot_uniform --out relu.png
            initializers probe mlp.json --json
            """
        )
    {
        file = Operand(
            "FILE",
            "a blueprint or .safetensors file whose matrices or kernels are the layers, in its order; weights are drawn, and not read from it"
        );
        file.Arity = ArgumentArity.ZeroOrOne;
        specs = new Option<string[]>("--spec")
        {
            HelpName = "SPEC",
            Description =
                "the initializer of the weights, such as he_normal; may be given several times. With a file, in place of its rules",
            Arity = ArgumentArity.OneOrMore,
        };
        Options.Add(specs);
        recipe = Word("--recipe", "NAME", "rules for the tensors of a file");
        stack = Word("--stack", "S", "mlp (default), residual, convolution or transformer");
        depth = Word("--depth", "N", "layers or blocks (default 50; transformer 12)");
        width = Word("--width", "N", "features or channels (default 512; convolution 64; transformer 256)");
        activation = Word("--activation", "F", "the nonlinearity, such as tanh (default relu); 'list' shows them");
        bias = Word("--bias", "SPEC", "the initializer of the biases (default zeros)");
        seed = Word("--seed", "N", "the first seed's key, 0 to 2^64-1 (default 0); the others follow");
        seeds = Word("--seeds", "N", "networks for each initializer (default 3)");
        batch = Word("--batch", "N", "inputs, in pairs (default 128; convolution 16; transformer 8)");
        correlation = Word("--correlation", "C", "the correlation of the inputs of a pair, -1 to 1 (default 0.5)");
        kernel = Word("--kernel", "K", "the size of a convolution's kernel (default 3)");
        image = Word("--image", "N", "the size of a convolution's square image (default 8)");
        heads = Word("--heads", "N", "the heads of a transformer (default 4)");
        tokens = Word("--tokens", "N", "the tokens of a transformer's input (default 16)");
        normalization = Word("--normalization", "N", "of a transformer: layer_norm (default), rms_norm or none");
        scale = Word("--scale", "X", "the scale of residual branches (default 1)");
        jacobian = Flag("--jacobian", "singular values of the input-output Jacobian, too");
        suggest = Flag("--suggest", "find the gain, or the scale of residual branches, that keeps lengths, and try it");
        json = Flag("--json", "write one JSON document instead of text, with every layer");
        output = Word("--out", "FILE", "draw the curves to this .png or .svg file, too");
        force = Flag("--force", "replace an existing picture");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        [.. Request(result).Faults(), .. Picture(result)?.Faults() ?? []];

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var picture = Picture(result);
        if (picture?.Faults() is { Count: > 0 } faults)
        {
            if (Faults(result).Count == faults.Count)
                picture.Validate();
            throw new InitializerException(Faults(result));
        }

        var report = Request(result).Run(token);
        if (picture is not null)
            Pictures.Draw(report, $"{result.Text(stack) ?? "mlp"}, {result.Text(activation) ?? "relu"}", picture);
        if (result.GetValue(json))
        {
            using var stdout = StandardStreams.OpenReport();
            ProbeReport.Json(stdout, report);
        }
        else
        {
            ProbeReport.Write(Console.Out, report);
        }
    }

    private PictureFile? Picture(ParseResult result) =>
        result.Text(output) is { } path
            ? new()
            {
                Path = path,
                Overwrite = result.GetValue(force),
                Inputs = [.. new[] { result.Text(file), result.Text(recipe) }.OfType<string>()],
            }
            : null;

    private Propagation Request(ParseResult result) =>
        new()
        {
            File = result.Text(file),
            Specs = [.. result.GetResult(specs)?.Tokens.Select(token => token.Value) ?? []],
            Recipe = result.Text(recipe),
            Stack = result.Text(stack),
            Depth = result.Text(depth),
            Width = result.Text(width),
            Activation = result.Text(activation),
            Bias = result.Text(bias),
            Seed = result.Text(seed),
            Seeds = result.Text(seeds),
            Batch = result.Text(batch),
            Correlation = result.Text(correlation),
            Kernel = result.Text(kernel),
            Image = result.Text(image),
            Heads = result.Text(heads),
            Tokens = result.Text(tokens),
            Normalization = result.Text(normalization),
            Scale = result.Text(scale),
            Jacobian = result.GetValue(jacobian),
            Suggest = result.GetValue(suggest),
        };
}
