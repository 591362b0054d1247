namespace Initializers.FSharp

open System
open Initializers

/// <summary>The normalization of a transformer's blocks, without learned weights.</summary>
[<RequireQualifiedAccess>]
type Normalization =
    /// <summary>None.</summary>
    | None
    /// <summary>LayerNorm (Ba et al. 2016).</summary>
    | LayerNorm
    /// <summary>RMSNorm (Zhang and Sennrich 2019).</summary>
    | RmsNorm

/// <summary>A stack of equal layers through which signals are sent.</summary>
[<RequireQualifiedAccess>]
type Stack =
    /// <summary>Dense layers, z' = W f(z) + b.</summary>
    | Mlp
    /// <summary>Residual layers with pre-activation, z' = z + scale * (W f(z) + b).</summary>
    | Residual of scale: float
    /// <summary>Convolutions of as many channels as the width, with circular padding and stride 1, on a square image.</summary>
    | Convolution of kernel: int * image: int
    /// <summary>Transformer blocks: z + scale * attention(norm(z)), then z + scale * W2 f(W1 norm(z)) of four times the width.
    /// Attention has no mask, and all weights have the same spec.</summary>
    | Transformer of heads: int * tokens: int * normalization: Normalization * scale: float

/// <summary>The network through which signals are sent, and how often.</summary>
type PropagationSettings =
    {
        /// The kind of layer.
        Stack: Stack
        /// The number of layers, from 1 to 10000.
        Depth: int
        /// The number of features of inputs and layers, from 1 to 16384.
        Width: int
        /// The nonlinearity.
        Activation: Nonlinearity
        /// The specs of the weights; each gives a network.
        Specs: Spec list
        /// The spec of the biases.
        Bias: Spec
        /// The seed of the first network. The others have the next keys.
        Seed: Seed
        /// The number of seeds for each spec, from 1 to 1000.
        Seeds: int
        /// The number of inputs, from 2 to 65536.
        Batch: int
        /// The correlation of the inputs of a pair, from -1 to 1.
        Correlation: float
        /// Whether the singular values of the input-output Jacobian are computed.
        Jacobian: bool
    }

/// <summary>What became of a signal on its way through the layers.</summary>
[<RequireQualifiedAccess>]
type SignalVerdict =
    /// <summary>Its standard deviation fell below a tenth.</summary>
    | Vanishes
    /// <summary>Its standard deviation stayed within a factor of ten.</summary>
    | Holds
    /// <summary>Its standard deviation grew above ten times, or beyond float64.</summary>
    | Explodes

/// <summary>A number by layer, the first layer first, over several seeds.</summary>
type SignalCurve =
    {
        /// The mean over the seeds.
        Mean: float list
        /// The smallest value of a seed.
        Low: float list
        /// The largest value of a seed.
        High: float list
    }

/// <summary>The singular values of a Jacobian of a layer's output by the input.</summary>
type JacobianSpectrum =
    {
        /// The number of layers.
        Depth: int
        /// The largest singular value.
        Largest: float
        /// The smallest singular value.
        Smallest: float
        /// The mean of the squared singular values.
        MeanSquare: float
        /// The variance of the squared singular values over the square of their mean: 0 for an isometry.
        RelativeVariance: float
        /// The standard deviation of the singular values' logarithms; infinite if one is 0.
        LogStddev: float
    }

/// <summary>What became of signals in networks of one spec.</summary>
type SpecPropagation =
    {
        /// The spec's text.
        Spec: string
        /// The standard deviation of the pre-activations, over features and inputs. In stacks with a residual stream, that of the
        /// stream after each block.
        Forward: SignalCurve
        /// The standard deviation of the gradient; the last layer's is standard normal.
        Backward: SignalCurve
        /// The correlation of the pre-activations of a pair of inputs.
        Correlation: SignalCurve
        /// The prediction of mean-field theory, or why it is missing.
        Theory: Result<MeanFieldCurves, string>
        /// The Jacobian's singular values for some depths, of the first seed and one input; empty if they were not asked for.
        Jacobian: JacobianSpectrum list
    }

    static member private Verdict(first: float, last: float) =
        let ratio = last / first

        if not (Double.IsFinite last) then SignalVerdict.Explodes
        elif last = 0.0 || ratio < 0.1 then SignalVerdict.Vanishes
        elif ratio > 10.0 then SignalVerdict.Explodes
        else SignalVerdict.Holds

    /// <summary>What became of the signal from the first layer to the last.</summary>
    member this.ForwardVerdict =
        SpecPropagation.Verdict(List.head this.Forward.Mean, List.last this.Forward.Mean)

    /// <summary>What became of the gradient from the last layer to the first.</summary>
    member this.BackwardVerdict =
        SpecPropagation.Verdict(List.last this.Backward.Mean, List.head this.Backward.Mean)

/// <summary>What became of signals in networks of several specs.</summary>
type PropagationReport =
    {
        /// The names of the layers' weights, or of the blocks.
        Layers: string list
        /// The results, in the order of the specs.
        Specs: SpecPropagation list
    }
