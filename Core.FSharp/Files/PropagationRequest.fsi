namespace Initializers.FSharp

open System.Threading

/// <summary>The words of a request to send signals through networks, as given on a command line; null if absent.</summary>
type PropagationText =
    {
        /// A file whose layers make the network: a blueprint, an architecture, or a file of tensors.
        File: string | null
        /// The recipe that replaces the file's rules.
        Recipe: string | null
        /// mlp (the default), residual, convolution or transformer.
        Stack: string | null
        /// The number of layers; 50 by default, and 12 for transformers.
        Depth: string | null
        /// The number of features; 512 by default, 64 for convolutions and 256 for transformers.
        Width: string | null
        /// The nonlinearity, such as tanh or leaky_relu(0.2); relu by default.
        Activation: string | null
        /// The specs of the weights. With a file, they replace its rules.
        Specs: string list
        /// The spec of the biases; zeros by default.
        Bias: string | null
        /// The key of the first seed; 0 by default.
        Seed: string | null
        /// The number of seeds; 3 by default.
        Seeds: string | null
        /// The number of inputs; 128 by default, 16 for convolutions and 8 for transformers.
        Batch: string | null
        /// The correlation of the inputs of a pair, from -1 to 1; 0.5 by default.
        Correlation: string | null
        /// The size of a convolution's kernel; 3 by default.
        Kernel: string | null
        /// The size of a convolution's image; 8 by default.
        Image: string | null
        /// The heads of a transformer; 4 by default.
        Heads: string | null
        /// The tokens of a transformer's input; 16 by default.
        Tokens: string | null
        /// The normalization of a transformer: layer_norm (the default), rms_norm or none.
        Normalization: string | null
        /// The scale of residual branches; 1 by default.
        Scale: string | null
        /// Whether the Jacobian's singular values are computed.
        Jacobian: bool
        /// Whether networks that keep the length of signals are computed, too.
        Suggest: bool
    }

/// <summary>What became of signals, and what keeps their length.</summary>
type PropagationAnswer =
    {
        /// The networks of the request.
        Report: PropagationReport
        /// The networks of the suggestion, if it was asked for.
        Suggestion: PropagationReport option
        /// The suggested scale of residual branches, in stacks that have them.
        Scale: float option
    }

/// <summary>Sends signals through networks that words describe.</summary>
[<RequireQualifiedAccess>]
module PropagationRequest =
    /// <summary>Returns every fault of a request that can be found before any work.</summary>
    /// <returns>The faults of <c>Propagation.validate</c>, argument-invalid, nonlinearity-unknown, argument-conflict; with a file
    /// those of blueprints, layers-missing-in-file, layers-mixed and layers-not-chained.</returns>
    [<CompiledName "Validate">]
    val validate: text: PropagationText -> Result<unit, InitError list>

    /// <summary>Sends signals through the networks.</summary>
    /// <remarks>A file's matrices, [out, in] or [in, out] by its layouts, are the layers of an MLP in its order, or its kernels
    /// those of a stack of convolutions of stride 1. Other files are refused.</remarks>
    /// <returns>The answer, or every fault.</returns>
    [<CompiledName "Run">]
    val run: text: PropagationText -> token: CancellationToken -> Result<PropagationAnswer, InitError list>
