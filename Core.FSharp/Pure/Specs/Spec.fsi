namespace Initializers.FSharp

open Initializers

/// <summary>The open interval to which a truncated normal is restricted. Its ends may be infinite.</summary>
[<RequireQualifiedAccess>]
type Bounds =
    /// <summary>In standard deviations from the mean, as in JAX and Keras: the interval (mean + lower stddev, mean + upper
    /// stddev).</summary>
    | Sigmas of lower: float * upper: float
    /// <summary>The interval (a, b) itself, as in PyTorch's trunc_normal_.</summary>
    | Absolute of a: float * b: float

/// <summary>A specification of how to fill a tensor. It is a value: build it, compare it, match on it, write it as
/// text.</summary>
/// <remarks>Building a spec checks nothing. <c>Plan.resolve</c> reports every fault of a spec with its shape, fan and dtype
/// at once. Specs may be nested up to <c>Spec.NestingLimit</c> deep. A deeper one can be compared and written, but every
/// use reports it as <c>spec-too-deep</c>. A spec of more than <c>Spec.SizeLimit</c> specs is reported as
/// <c>spec-too-large</c>.</remarks>
[<RequireQualifiedAccess; CustomEquality; NoComparison; StructuredFormatDisplay "{Display}">]
type Spec =
    /// <summary>Every element is <c>value</c>, rounded to the dtype. It may be infinite, as in attention masks.</summary>
    | Constant of value: float
    /// <summary>Uniform on the open interval (low, high), low below high.</summary>
    | Uniform of low: float * high: float
    /// <summary>Normal with mean and standard deviation, stddev 0 or more.</summary>
    | Normal of mean: float * stddev: float
    /// <summary>Normal with mean and standard deviation, restricted to an open interval; a bound may be infinite. stddev, above
    /// 0, is that of the distribution before the restriction.</summary>
    | TruncatedNormal of mean: float * stddev: float * bounds: Bounds
    /// <summary>A location-scale family, such as <c>Families.laplace</c>, with location and scale, scale above 0.</summary>
    | LocationScale of family: LocationScaleFamily * loc: float * scale: float
    /// <summary>Triangular on the open interval (low, high) with its peak at mode, low &lt;= mode &lt;= high and low below
    /// high.</summary>
    | Triangular of low: float * mode: float * high: float
    /// <summary>A custom distribution, given by its quantile function. The fit of its table is checked when the spec is
    /// resolved.</summary>
    | Quantile of QuantileFunction
    /// <summary>Mean <c>mean</c> and variance scale/fan, where mode chooses the fan and scale is above 0. The stddev is
    /// sqrt(scale/fan); a uniform lies on mean ± sqrt(3 scale/fan). He et al. 2015, section 2.2; Glorot and Bengio 2010,
    /// equation 16; LeCun et al. 1998 are special cases.</summary>
    | VarianceScaling of scale: float * mode: FanMode * distribution: DistributionFamily * mean: float
    /// <summary>Ivy's Uniform: on the open interval (-w, w), w = gain * (numerator/fan)^power.</summary>
    | FanUniform of numerator: float * mode: FanMode * power: float * gain: float
    // matrices and kernels
    /// <summary>A Haar-distributed matrix with orthonormal rows or columns, whichever are fewer, times gain, which is finite
    /// (Saxe et al. 2013; Stewart 1980; Mezzadri 2007). A tensor of rank 3 or more is flattened to [d0, rest], as in PyTorch, or
    /// with a layout whose channels are last to [rest, last], as in Keras. Rank 2 or more.</summary>
    | Orthogonal of gain: float
    /// <summary>A convolution that keeps norms: its centre is an orthogonal matrix times gain, and the rest is 0. Xiao et
    /// al. 2018, algorithm 1. Rank 3 to 5, inputs no more than outputs; the centre is at (k - 1) div 2, as in
    /// JAX.</summary>
    | DeltaOrthogonal of gain: float
    /// <summary>A convolution that passes each input channel through, per group, like PyTorch's dirac_. It is 1 at the
    /// centre, k div 2, of output d and input d of a group, and 0 elsewhere. Rank 3 or more; groups divide the
    /// outputs.</summary>
    | Dirac of groups: int64
    /// <summary>A matrix with gain on the diagonal and 0 elsewhere. A convolution has this matrix at its centre, k div 2.
    /// Rank 2 or more.</summary>
    | Identity of gain: float
    /// <summary>The inner spec with ceil(sparsity * rows) randomly chosen elements of each column set to 0. Like PyTorch's
    /// sparse_ (Martens 2010). Rank 2; sparsity in [0, 1].</summary>
    | Sparse of sparsity: float * inner: Spec
    /// <summary>Upsampling kernels: the product of a triangle over each spatial axis, the same for all channels. Like
    /// MXNet's and Caffe's. Rank 3 or more.</summary>
    | Bilinear
    /// <summary>The bias of an LSTM's four gates: forget in the second quarter, 0 in the others. The gates are in PyTorch's
    /// and Keras's order, input, forget, cell and output (Gers et al. 2000; Jozefowicz et al. 2015). Rank 1, a multiple of
    /// 4.</summary>
    | LstmBias of forget: float
    /// <summary>Kernels of the short-time Fourier transform, like Keras 3's STFT. In a shape [frame_length, input_channels,
    /// bins] the element at [t, channel, k] is cos(2 pi t k/N), or -sin of it, with N = 2(bins - 1). It is multiplied by
    /// the window's weight of t and divided by the scaling. Rank 3, bins 2 or more; each channel has the same
    /// kernel.</summary>
    | Stft of side: StftSide * window: StftWindow * scaling: StftScaling * periodic: bool
    /// <summary>The given numbers, rounded to the dtype. Their sizes are the tensor's last ones; the numbers repeat over the
    /// axes before them.</summary>
    | Literal of NumberArray
    /// <summary>Each element a function of its indices i0, i1, … and of the sizes d0, d1, …, in float64 and rounded once to the
    /// dtype. j0 is the index of the last axis, j1 of the one before.</summary>
    /// <remarks>The text is read when the spec is resolved, and every element is computed then, or of more than 2^24 a sample.
    /// An operation without a finite value is the error expression-undefined. A slice computes its elements only.</remarks>
    | Formula of expression: FormulaText
    // whole numbers
    /// <summary>The numbers 0 to n - 1 of a tensor of n elements, in a random order, every order equally likely. Row-major
    /// for more axes than one.</summary>
    | Permutation
    /// <summary>Whole numbers from low to high - 1, each equally likely. low is below high; both have a magnitude of at most
    /// 2^53.</summary>
    | Randint of low: int64 * high: int64
    /// <summary>1 with probability p, and 0 otherwise; p in [0, 1].</summary>
    | Bernoulli of p: float
    // combinators
    /// <summary>factor times the inner spec's elements; factor is finite.</summary>
    | Scale of factor: float * inner: Spec
    /// <summary>The inner spec's elements plus offset, which is finite.</summary>
    | Shift of offset: float * inner: Spec
    /// <summary>The inner spec's elements, clipped to the closed interval [low, high]. An end may be infinite.</summary>
    | Clip of low: float * high: float * inner: Spec
    /// <summary>The inner spec's elements where keep is not 0, and 0 elsewhere. The sizes of keep are the tensor's last ones;
    /// it repeats over the axes before them.</summary>
    | Mask of keep: NumberArray * inner: Spec
    /// <summary>Parts one after the other along an axis, each with a size, fans and a spec. Examples are a fused projection
    /// of queries, keys and values, and the gates of an LSTM. The axis may be counted from the end as -1.</summary>
    | Stacked of axis: int * parts: (int64 * Spec) list
    /// <summary>The inner spec for each tensor that the first axes index, such as a layer or an expert. Each tensor has the
    /// fans of its shape, and each matrix is orthogonal by itself.</summary>
    | Batched of axes: int * inner: Spec
    /// <summary>The sum of the elements of several specs, each of the tensor's shape. The first part draws from the tensor's
    /// stream; each further part draws from a child stream.</summary>
    | Sum of parts: Spec list
    /// <summary>Each slice of the inner tensor <c>times</c> over along an axis, like numpy.repeat. The inner tensor's size
    /// along the axis is the tensor's divided by times. Aitken et al. 2017 (ICNR).</summary>
    | Repeat of axis: int * times: int64 * inner: Spec
    /// <summary>The inner spec with each vector along an axis divided by its Euclidean norm. A zero vector stays 0.</summary>
    | Normalized of axis: int * inner: Spec
    /// <summary>The inner spec with 0 in the row <c>index</c> of the first axis, like the padding_idx of PyTorch's
    /// Embedding. The index may be counted from the end as -1.</summary>
    | Padding of index: int64 * inner: Spec
    /// <summary>The inner spec with a layout that applies if the request gives no layout and no roles. Keras's orthogonal
    /// kernels are [spatial…, in, out], <c>SpatialInOut</c>. Fans given as numbers do not change.</summary>
    | DefaultLayout of layout: Layout * inner: Spec
    /// <summary>The inner spec with the fans of these axes, like Keras's input_axes and output_axes. fan_in is the product
    /// of the sizes of the input axes and fan_out that of the output axes, whatever fans the request gives. Axes count from
    /// 0, or from the last as -1; other axes count towards neither fan.</summary>
    | AxisFans of inputAxes: int list * outputAxes: int list * inner: Spec
    // monotone maps
    /// <summary>A monotone function of the inner spec's elements, such as log, which must lie in its domain. The inner spec
    /// consists of distributions and given numbers.</summary>
    | Map of map: MonotoneMap * inner: Spec
    /// <summary>Log-uniform on the open interval (low, high), 0 &lt; low &lt; high: e^u for a uniform u, mean
    /// (high - low)/log(high/low).</summary>
    | LogUniform of low: float * high: float
    /// <summary>A spec that is a function of the tensor that it fills, such as a text with expressions. <c>Spec.evaluate</c>
    /// makes the spec of it; <c>Plan.resolve</c> does so first.</summary>
    | Function of SpecFunction

    /// <summary>The specs directly inside, in order.</summary>
    member internal Inner: Spec list

    /// <summary>The text of <c>Spec.toText</c>.</summary>
    override ToString: unit -> string

    /// <summary>The text that F#'s %A and interactive console show: the whole text, or its first 2000 characters and an
    /// ellipsis.</summary>
    member internal Display: string
    /// The spec with others inside, as many as there are.
    member internal WithInner: inner: Spec list -> Spec

    interface System.IEquatable<Spec>

/// <summary>A function from a tensor to its spec, with a text. Two are equal when their texts are equal and they hold the same
/// function, or both were read from texts.</summary>
and [<Sealed>] SpecFunction =
    internal new: text: string * isRead: bool * apply: (TensorMatch -> Result<Spec, InitError list>) -> SpecFunction
    /// <summary>The text that names the function; a spec's text with expressions where it was read from one.</summary>
    member Text: string
    /// <summary>The spec of a tensor, or its faults.</summary>
    member Apply: tensor: TensorMatch -> Result<Spec, InitError list>
    /// <summary>Equal texts, and the same function or both read from texts.</summary>
    override Equals: other: (obj | null) -> bool
    /// <summary>A hash code of the text.</summary>
    override GetHashCode: unit -> int
    /// <summary>The text.</summary>
    override ToString: unit -> string
