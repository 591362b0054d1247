namespace Initializers.FSharp

open System.Threading
open Initializers

/// <summary>Sends signals and gradients through networks before training, to see which initialization keeps them
/// alive.</summary>
/// <remarks>Networks have weights of the library, drawn in float32 from <c>Seed.child "layer.0.weight" seed</c> and so on. Products
/// are in float64. Numbers do not depend on the number of threads.</remarks>
[<RequireQualifiedAccess>]
module Propagation =
    /// <summary>A stack of 50 relu layers of width 512 with weights of he_normal: 3 seeds from 0 on, 128 inputs, and biases of
    /// 0.</summary>
    [<CompiledName "Defaults">]
    val defaults: PropagationSettings

    /// <summary>Returns every fault of settings, found before any work.</summary>
    /// <returns>parameter-out-of-range, not-finite, heads-uneven, argument-missing without specs, memory-exhausted, and the faults of the specs for
    /// the shapes of the layers.</returns>
    [<CompiledName "Validate">]
    val validate: settings: PropagationSettings -> Result<unit, InitError list>

    /// <summary>Sends standard normal inputs forward and a standard normal gradient backward.</summary>
    /// <param name="settings">The network.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>A report with the prediction of <c>MeanField</c> for each spec; or the faults of <c>validate</c>.</returns>
    /// <example><code>
    /// Propagation.run { Propagation.defaults with Specs = [ Spec.heNormal; Spec.glorotNormal ] } CancellationToken.None
    /// |> Result.map (fun report -> report.Specs |> List.map _.ForwardVerdict) // [Holds; Vanishes]
    /// </code></example>
    [<CompiledName "Run">]
    val run: settings: PropagationSettings -> token: CancellationToken -> Result<PropagationReport, InitError list>

    /// <summary>Returns settings that keep the length of signals.</summary>
    /// <remarks>In stacks without a residual stream, each spec is replaced by one of the same family, normal, uniform or
    /// orthogonal, with the variance for which a length of 1 stays: weight * E[f(Z)²] + bias = 1. In residual stacks the scale is
    /// chosen so that the squared length at the last layer is 2, for the largest of the specs; in transformers, it is 1/sqrt(2
    /// depth), as in GPT-2 (Radford et al. 2019).</remarks>
    /// <returns>The settings; or the faults of <c>validate</c>, and argument-invalid where the biases alone have a variance of 1
    /// or more.</returns>
    /// <example><code>Propagation.suggest { Propagation.defaults with Activation = Nonlinearity.Tanh }</code></example>
    [<CompiledName "Suggest">]
    val suggest: settings: PropagationSettings -> Result<PropagationSettings, InitError list>

    /// The networks of settings, one for each spec; or every fault.
    val internal networks: settings: PropagationSettings -> Result<Network list, InitError list>

    /// The results of networks, of which there is at least one, for seeds from the first on.
    val internal ofNetworks:
        settings: PropagationSettings -> networks: Network list -> Result<PropagationReport, InitError list>

    /// The faults of numbers that do not depend on the stack.
    val internal faults: settings: PropagationSettings -> InitError list

    /// The fault of signals of this many features that an array cannot hold.
    val internal memoryFaults: settings: PropagationSettings -> features: int64 -> positions: int -> InitError list

    /// The fault of a Jacobian of this many inputs or outputs, if it is computed.
    val internal jacobianFaults: settings: PropagationSettings -> size: int64 -> InitError list
