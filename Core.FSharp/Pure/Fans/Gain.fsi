namespace Initializers.FSharp

/// <summary>Computes gains: the factor of a layer's stddev that compensates for the effect of its nonlinearity on a
/// signal.</summary>
/// <remarks>
/// <para>A layer whose weights have stddev gain/sqrt(fan_in) keeps the second moment of its signal when gain =
/// E[f(z)²]^(-1/2) for z ~ N(0, 1) (He et al. 2015, section 2.2, for relu). With fan_out it keeps that of its gradient when
/// gain = E[f'(z)²]^(-1/2). PyTorch's table has such numbers for the rectifiers, and conventional ones for tanh and selu.
/// <c>torch</c> returns them to the last digit; <c>forward</c> and <c>backward</c> compute the expectations for any
/// function.</para>
/// <para>A computed gain has a relative error of at most 1e-10 for functions that are smooth between finitely many kinks or
/// jumps. The integral uses Gauss-Legendre's rule of 16 nodes on panels of width 1/2 over [-16, 16], and halves a panel
/// whose two halves do not add up to the whole. The gains of the core's nonlinearities have the same bits on every
/// machine.</para>
/// </remarks>
[<RequireQualifiedAccess>]
module Gain =
    /// <summary>The nonlinearities of PyTorch's table.</summary>
    [<CompiledName "TorchListed">]
    val torchListed: string list

    /// <summary>The gain of PyTorch's <c>torch.nn.init.calculate_gain</c>: 1 for linear, convolutions and sigmoid, 5/3 for
    /// tanh, sqrt 2 for relu, sqrt(2/(1 + a²)) for leaky_relu of slope a, 3/4 for selu.</summary>
    /// <returns>gain-not-tabulated for what the table lacks; not-finite for a slope, or 1 + a², that is not.</returns>
    /// <example><code>Gain.torch (Nonlinearity.LeakyRelu 0.2) // Ok 1.3867504905630728</code></example>
    [<CompiledName "Torch">]
    val torch: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The gain that keeps the signal's second moment, E[f(z)²]^(-1/2) for z ~ N(0, 1).</summary>
    /// <returns>not-finite for a parameter that is not finite; gain-not-finite if the expectation is 0 or
    /// infinite.</returns>
    /// <example><code>Gain.forward Nonlinearity.Gelu // Ok 1.5335304411955353</code></example>
    [<CompiledName "Forward">]
    val forward: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The gain that keeps the gradient's second moment, E[f'(z)²]^(-1/2) for z ~ N(0, 1).</summary>
    /// <returns>The same faults as <c>forward</c>.</returns>
    /// <example><code>Gain.backward Nonlinearity.Tanh // Ok 1.467413592...</code></example>
    [<CompiledName "Backward">]
    val backward: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The gain of PyTorch's table, or the forward gain if the table has none. It is the gain that a spec's text
    /// names, as in <c>gain=gelu</c>.</summary>
    /// <returns>The same faults as <c>torch</c> and <c>forward</c>.</returns>
    [<CompiledName "Recommended">]
    val recommended: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The expectation E[f(z)²] for z ~ N(0, 1), which may be 0 or infinite.</summary>
    val internal momentOf: name: string -> f: (float -> float) -> Result<float, InitError list>

    /// <summary>The forward gain of a given function. For the backward gain of a function with a known derivative, pass the
    /// derivative.</summary>
    /// <param name="name">The function's name in messages.</param>
    /// <param name="f">A pure function, evaluated at points of [-16, 16]. Two machines compute the same gain if the
    /// function returns the same bits on both.</param>
    /// <returns>activation-undefined, with the argument, for an exception or a value that is not finite;
    /// activation-not-smooth if the halving does not end; gain-not-finite for an expectation of 0 or infinity.</returns>
    /// <example><code>Gain.forwardOf "sine" sin // Ok 1.5208...: E sin² = (1 - e^-2)/2</code></example>
    [<CompiledName "ForwardOf">]
    val forwardOf: name: string -> f: (float -> float) -> Result<float, InitError list>

    /// <summary>The backward gain of a given function, computed from its values. The derivative is that of the
    /// interpolating polynomial of degree 15 on each panel. The relative error is at most 1e-10, also with kinks, since
    /// panels are halved until none matters. It is at most 1e-7 for a kink less than 1e-6 from a multiple of 1/2, but not
    /// at it.</summary>
    /// <param name="name">The function's name in messages.</param>
    /// <param name="f">A pure function, evaluated at points of [-16, 16].</param>
    /// <returns>The same faults as <c>forwardOf</c>. A function with a jump has no finite gain and is reported as not
    /// smooth. So is a function whose values are large relative to its slopes; pass its derivative to
    /// <c>forwardOf</c>.</returns>
    /// <example><code>Gain.backwardOf "sine" sin // Ok 1.3271...: E cos² = (1 + e^-2)/2</code></example>
    [<CompiledName "BackwardOf">]
    val backwardOf: name: string -> f: (float -> float) -> Result<float, InitError list>
