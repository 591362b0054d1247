namespace Initializers.FSharp

/// <summary>Gains: the factor of a layer's stddev that makes up for what its nonlinearity does to a signal.</summary>
/// <remarks>
/// <para>A layer whose weights have stddev gain/sqrt(fan_in) keeps the second moment of its signal when
/// gain = E[f(z)²]^(-1/2) for z ~ N(0, 1) (He et al. 2015, section 2.2, for relu), and that of its gradient, with fan_out,
/// when gain = E[f'(z)²]^(-1/2). PyTorch's table has such numbers for the rectifiers, and numbers of custom for tanh and
/// selu; <c>torch</c> gives them to the last digit, and <c>forward</c> and <c>backward</c> compute the expectations for any
/// function.</para>
/// <para>A computed gain is within 1e-10 of the expectation's, relatively, for functions that are smooth between finitely
/// many kinks or jumps: Gauss-Legendre's rule of 16 nodes on panels of width 1/2 over [-16, 16], halved where the two
/// halves tell otherwise than the whole. The core's own nonlinearities give the same bits on every machine.</para>
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
    /// <returns>not-finite for a number that is not; gain-not-finite for one that makes the expectation 0 or infinite.</returns>
    /// <example><code>Gain.forward Nonlinearity.Gelu // Ok 1.5335304411955353</code></example>
    [<CompiledName "Forward">]
    val forward: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The gain that keeps the gradient's second moment, E[f'(z)²]^(-1/2) for z ~ N(0, 1).</summary>
    /// <returns>As <c>forward</c>.</returns>
    /// <example><code>Gain.backward Nonlinearity.Tanh // Ok 1.467413592...</code></example>
    [<CompiledName "Backward">]
    val backward: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The table's gain where PyTorch's has one and the forward gain elsewhere: what a spec's text means by
    /// <c>gain=gelu</c>.</summary>
    /// <returns>As <c>torch</c> and <c>forward</c>.</returns>
    [<CompiledName "Recommended">]
    val recommended: nonlinearity: Nonlinearity -> Result<float, InitError list>

    /// <summary>The forward gain of a function of one's own. For the backward gain by a known derivative, give the
    /// derivative here.</summary>
    /// <param name="name">What messages call the function.</param>
    /// <param name="f">A pure function, asked at points of [-16, 16]. Its arithmetic is the caller's: bits are the same
    /// where its own are.</param>
    /// <returns>activation-undefined for a value that is not finite, or an exception, with the place;
    /// activation-not-smooth when the halving does not end; gain-not-finite for an expectation of 0 or infinity.</returns>
    /// <example><code>Gain.forwardOf "sine" sin // Ok 1.5208...: E sin² = (1 - e^-2)/2</code></example>
    [<CompiledName "ForwardOf">]
    val forwardOf: name: string -> f: (float -> float) -> Result<float, InitError list>

    /// <summary>The backward gain of a function of one's own, whose derivative is that of its interpolating polynomial of
    /// degree 15 on each panel: within 1e-10 also with kinks, since panels are halved until none matters. Of a kink less
    /// than 1e-6 beside a multiple of 1/2, but not at it, the values tell too little: there it is within 1e-7.</summary>
    /// <param name="name">What messages call the function.</param>
    /// <param name="f">A pure function, asked at points of [-16, 16].</param>
    /// <returns>As <c>forwardOf</c>. A jump has no finite gain and is not smooth; nor is a function of large values beside
    /// its slopes, whose derivative must be given to <c>forwardOf</c>.</returns>
    /// <example><code>Gain.backwardOf "sine" sin // Ok 1.3271...: E cos² = (1 + e^-2)/2</code></example>
    [<CompiledName "BackwardOf">]
    val backwardOf: name: string -> f: (float -> float) -> Result<float, InitError list>
