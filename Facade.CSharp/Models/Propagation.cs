using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;

namespace Initializers.Models;

/// <summary>
/// A request to send signals and gradients through networks before training, to see which initialization keeps them alive; in
/// words, null where absent.
/// </summary>
/// <remarks>Weights are the library's, drawn in float32 from the seed's streams layer.0.weight, layer.1.weight and so on, so that
/// they can be generated again; seed i of several has the key plus i. Products are in float64. The numbers do not depend on
/// the number of threads. The prediction is that of mean-field theory (Poole et al. 2016; Schoenholz et al. 2017).</remarks>
/// <example>
/// <code>
/// SignalReport report = new Propagation { Depth = "50", Activation = "tanh", Specs = ["he_normal", "glorot_uniform"] }.Run();
/// foreach (SpecSignals one in report.Specs)
///     Console.WriteLine($"{one.Spec}: {one.ForwardVerdict}, last layer {one.Forward.Mean[^1]}");
/// </code>
/// </example>
public sealed record Propagation
{
    /// <summary>A file whose layers make the network: a blueprint, an architecture, or a file of tensors.</summary>
    public string? File { get; init; }

    /// <summary>The recipe that replaces the file's rules.</summary>
    public string? Recipe { get; init; }

    /// <summary>mlp (the default), residual, convolution or transformer.</summary>
    public string? Stack { get; init; }

    /// <summary>The number of layers, 1 to 10000; 50 by default, and 12 for transformers.</summary>
    public string? Depth { get; init; }

    /// <summary>The number of features, 1 to 16384; 512 by default, 64 for convolutions and 256 for transformers.</summary>
    public string? Width { get; init; }

    /// <summary>The nonlinearity, such as tanh or leaky_relu(0.2); relu by default.</summary>
    public string? Activation { get; init; }

    /// <summary>The initializers of the weights, such as he_normal. With a file, they replace its rules.</summary>
    public IReadOnlyList<string> Specs { get; init; } = [];

    /// <summary>The initializer of the biases; zeros by default.</summary>
    public string? Bias { get; init; }

    /// <summary>The first seed's key, decimal or 0x and hexadecimal; 0 by default.</summary>
    public string? Seed { get; init; }

    /// <summary>The number of seeds, 1 to 1000; 3 by default.</summary>
    public string? Seeds { get; init; }

    /// <summary>The number of inputs, 2 to 65536; 128 by default, 16 for convolutions and 8 for transformers.</summary>
    public string? Batch { get; init; }

    /// <summary>The correlation of the inputs of a pair, from -1 to 1; 0.5 by default.</summary>
    public string? Correlation { get; init; }

    /// <summary>The size of a convolution's kernel, 1 to 31; 3 by default.</summary>
    public string? Kernel { get; init; }

    /// <summary>The size of a convolution's square image, 1 to 256; 8 by default.</summary>
    public string? Image { get; init; }

    /// <summary>The heads of a transformer, which divide the width; 4 by default.</summary>
    public string? Heads { get; init; }

    /// <summary>The tokens of a transformer's input, 1 to 4096; 16 by default.</summary>
    public string? Tokens { get; init; }

    /// <summary>The normalization of a transformer: layer_norm (the default), rms_norm or none.</summary>
    public string? Normalization { get; init; }

    /// <summary>The scale of residual branches; 1 by default.</summary>
    public string? Scale { get; init; }

    /// <summary>Whether the singular values of the input-output Jacobian are computed.</summary>
    public bool Jacobian { get; init; }

    /// <summary>Whether networks that keep the length of signals are computed, too.</summary>
    public bool Suggest { get; init; }

    /// <summary>Returns every fault of the request, found before any work.</summary>
    public IReadOnlyList<Fault> Faults() => CoreResults.Faults(PropagationRequest.Validate(Words()));

    /// <summary>Sends standard normal inputs forward and a standard normal gradient backward.</summary>
    /// <param name="token">Cancels.</param>
    /// <returns>The report.</returns>
    /// <exception cref="InitializerException">The request is wrong: <c>argument-invalid</c>, <c>argument-missing</c>,
    /// <c>argument-conflict</c>, <c>parameter-out-of-range</c>, <c>nonlinearity-unknown</c>, <c>heads-uneven</c>,
    /// <c>layers-not-chained</c>, <c>layers-mixed</c>, <c>layers-missing-in-file</c>, and the codes of initializers and
    /// blueprints.</exception>
    public SignalReport Run(CancellationToken token = default) =>
        new(CoreResults.Unwrap(PropagationRequest.Run(Words(), token)));

    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(
            builder,
            (nameof(File), File),
            (nameof(Recipe), Recipe),
            (nameof(Stack), Stack),
            (nameof(Depth), Depth),
            (nameof(Width), Width),
            (nameof(Activation), Activation),
            (nameof(Specs), Specs),
            (nameof(Bias), Bias),
            (nameof(Seed), Seed),
            (nameof(Seeds), Seeds),
            (nameof(Batch), Batch),
            (nameof(Correlation), Correlation),
            (nameof(Kernel), Kernel),
            (nameof(Image), Image),
            (nameof(Heads), Heads),
            (nameof(Tokens), Tokens),
            (nameof(Normalization), Normalization),
            (nameof(Scale), Scale),
            (nameof(Jacobian), Jacobian),
            (nameof(Suggest), Suggest)
        );

    private PropagationText Words() =>
        new(
            File,
            Recipe,
            Stack,
            Depth,
            Width,
            Activation,
            ListModule.OfSeq(Specs),
            Bias,
            Seed,
            Seeds,
            Batch,
            Correlation,
            Kernel,
            Image,
            Heads,
            Tokens,
            Normalization,
            Scale,
            Jacobian,
            Suggest
        );
}
