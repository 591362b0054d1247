namespace Initializers.FSharp

open Initializers

/// <summary>Creates specs. Each preset is a value or one call of a union case.</summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Spec =
    /// <summary>The largest nesting depth of specs, the outermost included: 64. It holds for values, texts, JSON and the
    /// metadata of files, so that everything that is written can be read.</summary>
    [<Literal>]
    val NestingLimit: int = 64

    /// <summary>The largest number of specs that a spec may hold, itself included: 1,000,000. A shared spec counts once per
    /// occurrence. A larger spec is the error spec-too-large wherever it is used.</summary>
    [<Literal>]
    val SizeLimit: int = 1000000

    /// <summary>The fault of a spec that is nested too deep, if it is.</summary>
    val internal nestingFaults: spec: Spec -> InitError list

    /// <summary>The fan modes that a spec reads, those of its parts included.</summary>
    val internal modes: spec: Spec -> FanMode list

    /// <summary>Whether a spec has parts whose shapes, and so fans, differ from the tensor's.</summary>
    val internal hasParts: spec: Spec -> bool

    /// <summary>A spec that is a function of the tensor that it fills.</summary>
    /// <param name="text">The name of the function in messages, texts and explanations.</param>
    /// <param name="f">The spec of a tensor, or its faults.</param>
    /// <example><code>Spec.ofMatch "by depth" (fun m ->
    ///     m.Evaluate "0.02/sqrt(2*(i+1))" |> Result.map (Spec.normal 0.0))</code></example>
    [<CompiledName "OfMatch">]
    val ofMatch: text: string -> f: (TensorMatch -> Result<Spec, InitError list>) -> Spec

    /// <summary>The spec for one tensor: every function in it is replaced by its value.</summary>
    /// <returns>Every fault of the functions; spec-too-deep where functions return functions more than 64 times.</returns>
    [<CompiledName "Evaluate">]
    val evaluate: tensor: TensorMatch -> spec: Spec -> Result<Spec, InitError list>

    /// Whether a spec is a function, or has one inside.
    val internal hasFunctions: spec: Spec -> bool

    /// <summary>All elements 0.</summary>
    [<CompiledName "Zeros">]
    val zeros: Spec

    /// <summary>All elements 1.</summary>
    [<CompiledName "Ones">]
    val ones: Spec

    /// <summary>Every element <paramref name="value"/>.</summary>
    [<CompiledName "Constant">]
    val constant: value: float -> Spec

    /// <summary>Uniform on the open interval (low, high).</summary>
    [<CompiledName "Uniform">]
    val uniform: low: float -> high: float -> Spec

    /// <summary>Normal with mean and standard deviation.</summary>
    [<CompiledName "Normal">]
    val normal: mean: float -> stddev: float -> Spec

    /// <summary>Normal restricted to an open interval. <c>Bounds.Sigmas(-2.0, 2.0)</c> counts standard deviations from the
    /// mean, as in JAX and Keras; <c>Bounds.Absolute(a, b)</c> is the interval itself, as in PyTorch's
    /// trunc_normal_.</summary>
    /// <param name="mean">The mean before the restriction, finite.</param>
    /// <param name="stddev">The standard deviation before the restriction, finite and above 0.</param>
    /// <param name="bounds">The interval, its lower end below its upper one; an end may be infinite.</param>
    /// <example><code>Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))</code></example>
    [<CompiledName "TruncatedNormal">]
    val truncatedNormal: mean: float -> stddev: float -> bounds: Bounds -> Spec

    /// <summary>Logistic with location and scale.</summary>
    [<CompiledName "Logistic">]
    val logistic: loc: float -> scale: float -> Spec

    /// <summary>Laplace with location and scale.</summary>
    [<CompiledName "Laplace">]
    val laplace: loc: float -> scale: float -> Spec

    /// <summary>Gumbel, of maxima, with location and scale.</summary>
    [<CompiledName "Gumbel">]
    val gumbel: loc: float -> scale: float -> Spec

    /// <summary>Cauchy with location and scale: median loc, quartiles loc ± scale, neither mean nor variance.</summary>
    /// <param name="loc">The median, finite.</param>
    /// <param name="scale">The distance from the median to the quartiles, finite and above 0.</param>
    /// <example><code>Spec.cauchy 0.0 0.02 |> Spec.clip -1.0 1.0</code></example>
    [<CompiledName "Cauchy">]
    val cauchy: loc: float -> scale: float -> Spec

    /// <summary>Exponential on the open interval (loc, infinity): mean loc + scale, standard deviation scale.</summary>
    /// <param name="loc">The lower end, finite.</param>
    /// <param name="scale">The standard deviation, 1 over the rate, finite and above 0.</param>
    /// <example><code>Spec.exponential 0.0 0.1</code></example>
    [<CompiledName "Exponential">]
    val exponential: loc: float -> scale: float -> Spec

    /// <summary>Triangular on the open interval (low, high) with its peak at mode.</summary>
    [<CompiledName "Triangular">]
    val triangular: low: float -> mode: float -> high: float -> Spec

    /// <summary>Log-uniform on the open interval (low, high), 0 &lt; low &lt; high, like SciPy's loguniform; mean
    /// (high - low)/log(high/low).</summary>
    [<CompiledName "LogUniform">]
    val logUniform: low: float -> high: float -> Spec

    /// <summary>A custom distribution: <paramref name="f"/> returns the value at a probability in (0, 1), finite and
    /// non-decreasing. A table is fitted to it and checked when the spec is resolved. A function that is not smooth enough
    /// is refused, with the table's error in the message. A kink at 1/2 is allowed.</summary>
    /// <remarks>Above 1/2 the function is called with 1 - t, which has fewer digits than a small t. For a distribution with
    /// an upper tail in float64, pass the tail's function to <c>quantileFromEnds</c>.</remarks>
    /// <example><code>Spec.quantile "rayleigh" (fun p -> sqrt (-2.0 * log (1.0 - p)))</code></example>
    [<CompiledName "Quantile">]
    val quantile: name: string -> f: (float -> float) -> Spec

    /// <summary>A custom distribution, given by the values at probability t from the lower and from the upper end. They are
    /// SciPy's ppf and isf, for t in (0, 1). Otherwise like <c>quantile</c>.</summary>
    /// <example><code>Spec.quantileFromEnds "exponential" (fun t -> -log1p -t) (fun t -> -log t)</code></example>
    [<CompiledName "QuantileFromEnds">]
    val quantileFromEnds: name: string -> fromLower: (float -> float) -> fromUpper: (float -> float) -> Spec

    /// <summary>Mean 0 and variance scale/fan.</summary>
    /// <example><code>Spec.varianceScaling 2.0 FanMode.FanIn DistributionFamily.Normal // He</code></example>
    [<CompiledName "VarianceScaling">]
    val varianceScaling: scale: float -> mode: FanMode -> distribution: DistributionFamily -> Spec

    /// <summary>Uniform on ± sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010, also called Xavier.</summary>
    [<CompiledName "GlorotUniform">]
    val glorotUniform: Spec

    /// <summary>Normal with stddev sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010, also called Xavier.</summary>
    [<CompiledName "GlorotNormal">]
    val glorotNormal: Spec

    /// <summary>Glorot's variance 2 gain² / (fan_in + fan_out), for an activation of that gain.</summary>
    [<CompiledName "Glorot">]
    val glorot: gain: float -> distribution: DistributionFamily -> Spec

    /// <summary>Uniform on ± sqrt(6 / fan_in). He et al. 2015, also called Kaiming.</summary>
    [<CompiledName "HeUniform">]
    val heUniform: Spec

    /// <summary>Normal with stddev sqrt(2 / fan_in). He et al. 2015, also called Kaiming.</summary>
    [<CompiledName "HeNormal">]
    val heNormal: Spec

    /// <summary>He's variance 2 / ((1 + a²) fan) for a leaky rectifier of slope a on its negative side.</summary>
    [<CompiledName "Kaiming">]
    val kaiming: negativeSlope: float -> mode: FanMode -> distribution: DistributionFamily -> Spec

    /// <summary>Like <c>kaiming</c>, with a mean.</summary>
    [<CompiledName "KaimingWithMean">]
    val kaimingWithMean:
        mean: float -> negativeSlope: float -> mode: FanMode -> distribution: DistributionFamily -> Spec

    /// <summary>Uniform on ± sqrt(3 / fan_in). LeCun et al. 1998.</summary>
    [<CompiledName "LecunUniform">]
    val lecunUniform: Spec

    /// <summary>Normal with stddev sqrt(1 / fan_in). LeCun et al. 1998.</summary>
    [<CompiledName "LecunNormal">]
    val lecunNormal: Spec

    /// <summary>Uniform on ± sqrt(6 / fan_in) / w0, for the hidden layers of a sine network. Sitzmann et al. 2020;
    /// their w0 is 30. A w0 that is not above 0 is reported as 1/w0, the gain.</summary>
    [<CompiledName "Siren">]
    val siren: w0: float -> Spec

    /// <summary>Uniform on ± 1 / fan_in, for the first layer of a sine network. Sitzmann et al. 2020.</summary>
    [<CompiledName "FirstLayerSiren">]
    val firstLayerSiren: Spec

    /// <summary>A Haar-distributed matrix with orthonormal rows or columns, times gain.</summary>
    [<CompiledName "Orthogonal">]
    val orthogonal: gain: float -> Spec

    /// <summary>A convolution whose centre is an orthogonal matrix times gain, and 0 elsewhere.</summary>
    [<CompiledName "DeltaOrthogonal">]
    val deltaOrthogonal: gain: float -> Spec

    /// <summary>A convolution that passes each input channel through, per group.</summary>
    [<CompiledName "Dirac">]
    val dirac: groups: int64 -> Spec

    /// <summary>A matrix, or the centre of a convolution, with gain on the diagonal; 0 elsewhere.</summary>
    [<CompiledName "Identity">]
    val identity: gain: float -> Spec

    /// <summary>The inner spec with ceil(sparsity * rows) elements of each column set to 0.</summary>
    /// <example><code>Spec.normal 0.0 0.01 |> Spec.sparse 0.9 // PyTorch's sparse_</code></example>
    [<CompiledName "Sparse">]
    val sparse: sparsity: float -> inner: Spec -> Spec

    /// <summary>Upsampling kernels.</summary>
    [<CompiledName "Bilinear">]
    val bilinear: Spec

    /// <summary>An LSTM's bias: forget in the second quarter, 0 in the others.</summary>
    [<CompiledName "LstmBias">]
    val lstmBias: forget: float -> Spec

    /// <summary>Kernels of the short-time Fourier transform, like Keras 3's STFT.</summary>
    /// <example><code>Spec.stft StftSide.Real StftWindow.Hann StftScaling.Density false // of [128; 1; 65]</code></example>
    [<CompiledName "Stft">]
    val stft: side: StftSide -> window: StftWindow -> scaling: StftScaling -> periodic: bool -> Spec

    /// <summary>The given numbers, in the tensor's shape.</summary>
    /// <param name="dims">The sizes of the axes.</param>
    /// <param name="numbers">The numbers, row-major.</param>
    /// <example><code>Spec.literal [ 2L; 2L ] [ 1.0; 0.5; 0.0; 1.0 ]</code></example>
    [<CompiledName "Literal">]
    val literal: dims: int64 list -> numbers: float seq -> Spec

    /// <summary>Each element a function of its indices and of the tensor's sizes.</summary>
    /// <param name="expression">An expression of i0, i1, … (j0 is the last axis's index, j1 that of the one before), the sizes d0,
    /// d1, …, rank and size.</param>
    /// <example><code>Spec.formula "10000^(-2*i0/(2*d0))"  // the frequencies of rotary position embeddings
    /// Spec.formula "where(j0 &lt;= j1, 0, -inf)"  // a causal mask</code></example>
    [<CompiledName "Formula">]
    val formula: expression: string -> Spec

    /// <summary>factor times the inner spec's elements.</summary>
    /// <example><code>Spec.heNormal |> Spec.scale 0.5 |> Spec.clip -2.0 2.0</code></example>
    [<CompiledName "Scale">]
    val scale: factor: float -> inner: Spec -> Spec

    /// <summary>The inner spec's elements plus offset.</summary>
    [<CompiledName "Shift">]
    val shift: offset: float -> inner: Spec -> Spec

    /// <summary>The inner spec's elements, clipped to the closed interval [low, high].</summary>
    [<CompiledName "Clip">]
    val clip: low: float -> high: float -> inner: Spec -> Spec

    /// <summary>The natural logarithm of the inner spec's elements, which lie above 0.</summary>
    [<CompiledName "Log">]
    val log: inner: Spec -> Spec

    /// <summary>e^x of the inner spec's elements x.</summary>
    [<CompiledName "Exp">]
    val exp: inner: Spec -> Spec

    /// <summary>The square root of the inner spec's elements, which are 0 or more.</summary>
    [<CompiledName "Sqrt">]
    val sqrt: inner: Spec -> Spec

    /// <summary>1/x of the inner spec's elements x, which have one sign.</summary>
    [<CompiledName "Reciprocal">]
    val reciprocal: inner: Spec -> Spec

    /// <summary>log(1 + e^x) of the inner spec's elements x.</summary>
    [<CompiledName "Softplus">]
    val softplus: inner: Spec -> Spec

    /// <summary>log(e^x - 1) of the inner spec's elements x, which lie above 0: softplus of it is x.</summary>
    [<CompiledName "InverseSoftplus">]
    val inverseSoftplus: inner: Spec -> Spec

    /// <summary>log(x/(1 - x)) of the inner spec's elements x, which lie between 0 and 1.</summary>
    [<CompiledName "Logit">]
    val logit: inner: Spec -> Spec

    /// <summary>1/(1 + e^-x) of the inner spec's elements x.</summary>
    [<CompiledName "Sigmoid">]
    val sigmoid: inner: Spec -> Spec

    /// <summary>The hyperbolic tangent of the inner spec's elements.</summary>
    [<CompiledName "Tanh">]
    val tanh: inner: Spec -> Spec

    /// <summary>The inner spec's elements where keep is not 0, and 0 elsewhere.</summary>
    /// <param name="dims">The sizes of keep, which are the tensor's last ones.</param>
    /// <param name="keep">The numbers of keep, row-major.</param>
    /// <param name="inner">The spec of the kept elements.</param>
    /// <example><code>Spec.heNormal |> Spec.mask [ 2L; 2L ] [ 1.0; 0.0; 1.0; 1.0 ] // lower triangle</code></example>
    [<CompiledName "Mask">]
    val mask: dims: int64 list -> keep: float seq -> inner: Spec -> Spec

    /// <summary>Parts one after the other along an axis, each with its size.</summary>
    /// <example><code>Spec.stacked 0 [ 256L, Spec.glorotUniform; 256L, Spec.glorotUniform; 256L, Spec.zeros ]</code></example>
    [<CompiledName "Stacked">]
    val stacked: axis: int -> parts: (int64 * Spec) list -> Spec

    /// <summary>The inner spec for each tensor that the first axes index.</summary>
    /// <example><code>Spec.orthogonal 1.0 |> Spec.batched 1 // of [12, 768, 768], 12 orthogonal matrices</code></example>
    [<CompiledName "Batched">]
    val batched: axes: int -> inner: Spec -> Spec

    /// <summary>The sum of the elements of several specs, each of the tensor's shape.</summary>
    /// <param name="parts">The specs, at least one. The first draws from the tensor's stream, each other one from a child
    /// stream, so that all are independent.</param>
    /// <example><code>Spec.sum [ Spec.identity 1.0; Spec.normal 0.0 0.01 ] // identity plus noise</code></example>
    [<CompiledName "Sum">]
    val sum: parts: Spec list -> Spec

    /// <summary>Each slice of the inner tensor <paramref name="times"/> over along an axis, like numpy.repeat.</summary>
    /// <param name="axis">The axis, whose size is a multiple of times; -1 is the last.</param>
    /// <param name="times">How often each slice occurs, 1 or more.</param>
    /// <param name="inner">The spec of the inner tensor, whose fans are those of its shape.</param>
    /// <example><code>Spec.heNormal |> Spec.repeat 0 4L // before a sub-pixel convolution of factor 2</code></example>
    [<CompiledName "Repeat">]
    val repeat: axis: int -> times: int64 -> inner: Spec -> Spec

    /// <summary>The inner spec with each vector along an axis divided by its norm.</summary>
    /// <example><code>Spec.normal 0.0 1.0 |> Spec.normalized -1 // rows of length 1</code></example>
    [<CompiledName "Normalized">]
    val normalized: axis: int -> inner: Spec -> Spec

    /// <summary>The inner spec with 0 in one row of the first axis.</summary>
    /// <param name="index">The row; -1 is the last.</param>
    /// <param name="inner">The spec of the other rows, whose bits do not change.</param>
    /// <example><code>Spec.normal 0.0 1.0 |> Spec.padding 0L // an embedding whose token 0 is padding</code></example>
    [<CompiledName "Padding">]
    val padding: index: int64 -> inner: Spec -> Spec

    /// <summary>The numbers 0 to n - 1 of a tensor of n elements, in a random order.</summary>
    [<CompiledName "Permutation">]
    val permutation: Spec

    /// <summary>Whole numbers from low to high - 1, each equally likely.</summary>
    /// <example><code>Spec.randint 0L 50257L // token ids</code></example>
    [<CompiledName "Randint">]
    val randint: low: int64 -> high: int64 -> Spec

    /// <summary>1 with probability <paramref name="p"/>, and 0 otherwise.</summary>
    [<CompiledName "Bernoulli">]
    val bernoulli: p: float -> Spec

    /// <summary>The inner spec with a layout that applies if the request gives no layout and no roles.</summary>
    /// <example><code>Spec.orthogonal 1.0 |> Spec.defaultLayout Layout.SpatialInOut // Keras's Orthogonal</code></example>
    [<CompiledName "DefaultLayout">]
    val defaultLayout: layout: Layout -> inner: Spec -> Spec

    /// <summary>The inner spec with the fans of these axes, whatever fans the request gives.</summary>
    /// <example><code>Spec.glorotUniform |> Spec.axisFans [ 0 ] [ 1; 2 ] // [512,8,64]: fan_in 512, fan_out 512</code></example>
    [<CompiledName "AxisFans">]
    val axisFans: inputAxes: int list -> outputAxes: int list -> inner: Spec -> Spec

    /// <summary>Scales the inner spec by 1/sqrt(2 layers). It is for the last matrix of each residual branch of a
    /// transformer, which has two branches per layer (Radford et al. 2019, GPT-2).</summary>
    [<CompiledName "Residual">]
    val residual: layers: int -> inner: Spec -> Spec

    /// <summary>Scales the inner spec by (8 layers)^(-1/4), DeepNorm's beta for an encoder or a decoder alone. It is for
    /// value and output projections and the feed-forward network, with Glorot's normal as the inner spec (Wang et al. 2022,
    /// figure 2).</summary>
    [<CompiledName "DeepNorm">]
    val deepNorm: layers: int -> inner: Spec -> Spec

    /// <summary>Scales the inner spec by 0.67 layers^(-1/4), as T-Fixup does in an encoder. It is for value and output
    /// projections and the feed-forward network, with Glorot's uniform as the inner spec (Huang et al. 2020, section
    /// 3.3).</summary>
    [<CompiledName "TFixupEncoder">]
    val tFixupEncoder: layers: int -> inner: Spec -> Spec

    /// <summary>Scales the inner spec by (9 layers)^(-1/4), as T-Fixup does in a decoder (Huang et al. 2020, section
    /// 3.3).</summary>
    [<CompiledName "TFixupDecoder">]
    val tFixupDecoder: layers: int -> inner: Spec -> Spec

    /// <summary>Scales the inner spec by multiplier^(-1/2), as muP does (Yang et al. 2022, table 8). It is for a hidden
    /// matrix whose stddev was chosen at a base width, at multiplier times that width.</summary>
    [<CompiledName "WidthScaled">]
    val widthScaled: multiplier: float -> inner: Spec -> Spec
