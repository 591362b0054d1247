namespace Initializers.FSharp

/// <summary>A layer z' = W f(z) + b as mean-field theory sees it.</summary>
type MeanFieldLayer =
    {
        /// The number of inputs of a neuron times the variance of the weights.
        Forward: float
        /// The number of outputs of a neuron times the variance of the weights.
        Backward: float
        /// The variance of the biases.
        Bias: float
    }

/// <summary>The predicted signals of a network, by layer, the first layer first.</summary>
type MeanFieldCurves =
    {
        /// The standard deviation of the pre-activations.
        Forward: float list
        /// The standard deviation of the gradient, which is 1 at the last layer.
        Backward: float list
        /// The factor of the gradient's variance from the next layer to this one; at the last layer, from one more like it.
        Chi: float list
        /// The correlation of two inputs' pre-activations.
        Correlation: float list
    }

/// <summary>Predicts the signal of a wide network at initialization: the length map, the correlation map and chi.</summary>
/// <remarks>
/// <para>A layer is z' = W f(z) + b with independent weights of variance weight/fan_in and biases of variance bias. As the width
/// grows, a pre-activation becomes normal with variance q, and q' = weight * E[f(sqrt(q) Z)²] + bias for Z ~ N(0, 1): the length
/// map (Poole et al. 2016). A gradient's variance grows from layer to layer by chi = weight * E[f'(sqrt(q) Z)²] if fan_in equals
/// fan_out (Schoenholz et al. 2017). Signals vanish where chi is below 1, explode above, and neither at 1.</para>
/// <para>Expectations of one variable have a relative error of at most 1e-10, like those of <c>Gain</c>, and expectations of two
/// at most 1e-8 for q between 1e-8 and 100.</para>
/// </remarks>
[<RequireQualifiedAccess>]
module MeanField =
    /// <summary>E[f(sqrt(q) Z)²] for Z ~ N(0, 1).</summary>
    /// <param name="nonlinearity">f.</param>
    /// <param name="q">The variance of the pre-activations, 0 or more.</param>
    /// <returns>The faults of <c>Gain.forward</c>, except that the expectation may be 0.</returns>
    /// <example><code>MeanField.activity Nonlinearity.Relu 1.0 // Ok 0.5</code></example>
    [<CompiledName "Activity">]
    val activity: nonlinearity: Nonlinearity -> q: float -> Result<float, InitError list>

    /// <summary>E[f'(sqrt(q) Z)²] for Z ~ N(0, 1).</summary>
    /// <param name="nonlinearity">f.</param>
    /// <param name="q">The variance of the pre-activations, 0 or more.</param>
    /// <returns>The faults of <c>activity</c>.</returns>
    /// <example><code>MeanField.sensitivity Nonlinearity.Relu 1.0 // Ok 0.5</code></example>
    [<CompiledName "Sensitivity">]
    val sensitivity: nonlinearity: Nonlinearity -> q: float -> Result<float, InitError list>

    /// <summary>E[f(u) f(v)] for normal u and v of variance q and correlation c: for relu, q times the arc-cosine kernel of degree
    /// 1 over 2 (Cho and Saul 2009).</summary>
    /// <param name="nonlinearity">f.</param>
    /// <param name="q">The variance, 0 or more.</param>
    /// <param name="c">The correlation, from -1 to 1.</param>
    /// <example><code>MeanField.covariance Nonlinearity.Relu 1.0 0.0 // 0.1591...: 1/(2 pi)</code></example>
    [<CompiledName "Covariance">]
    val covariance: nonlinearity: Nonlinearity -> q: float -> c: float -> float

    /// <summary>The network with chi = 1 whose lengths stay at q, a point of the edge between order and chaos
    /// (Poole et al. 2016; Schoenholz et al. 2017, section 3).</summary>
    /// <param name="nonlinearity">f.</param>
    /// <param name="q">The variance of the pre-activations, 0 or more.</param>
    /// <returns>fan_in times the variance of the weights, and the variance of the biases, which is negative where no network has
    /// this length on the line; or the faults of <c>activity</c>.</returns>
    /// <example><code>MeanField.critical Nonlinearity.Tanh 0.0 // Ok (1.0, 0.0)</code></example>
    [<CompiledName "Critical">]
    val critical: nonlinearity: Nonlinearity -> q: float -> Result<struct (float * float), InitError list>

    /// <summary>The signals of a stack of layers whose inputs are standard normal.</summary>
    /// <remarks>Without a scale, z' = W f(z) + b, and the first layer's inputs pass no nonlinearity. With one, z' = z + scale * (W
    /// f(z) + b), a residual network, whose lengths grow from 1 (Yang and Schoenholz 2017).</remarks>
    /// <param name="layers">The layers, the first first.</param>
    /// <param name="scale">The scale of residual branches; None for a stack without.</param>
    /// <param name="nonlinearity">f.</param>
    /// <param name="correlation">The correlation of two inputs, from -1 to 1.</param>
    /// <returns>The curves, which are infinite or NaN from where a variance is beyond 1e150; or the faults of
    /// <c>activity</c>.</returns>
    /// <example><code>let layer = { Forward = 2.0; Backward = 2.0; Bias = 0.0 }
    /// MeanField.curves (List.replicate 50 layer) None Nonlinearity.Relu 0.5 // Chi = [1.0; 1.0; …]</code></example>
    [<CompiledName "Curves">]
    val curves:
        layers: MeanFieldLayer list ->
        scale: float option ->
        nonlinearity: Nonlinearity ->
        correlation: float ->
            Result<MeanFieldCurves, InitError list>
