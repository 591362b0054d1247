namespace Initializers.FSharp

open Initializers

/// <summary>Where a matrix's or convolution's ones are: for each group g and each d below Count, output g * PerGroup + d and
/// input d, at the centre.</summary>
type internal Places =
    {
        /// How many groups there are.
        Groups: int64
        /// Outputs of a group.
        PerGroup: int64
        /// Places of a group.
        Count: int64
        /// From one output to the next, in elements.
        OutStride: int64
        /// From one input to the next, in elements.
        InStride: int64
        /// The place of output 0 and input 0.
        Centre: int64
        /// How many elements there are in all.
        Length: int64
    }

/// <summary>Numbers that a formula gives, row-major.</summary>
[<RequireQualifiedAccess>]
type internal NumberFormula =
    /// <summary>The weights of bilinear interpolation over a receptive field of these sizes.</summary>
    | Bilinear of field: int64 list
    /// <summary>A kernel of the short-time Fourier transform; <c>norm</c> divides its window.</summary>
    | Stft of
        side: StftSide *
        window: StftWindow *
        periodic: bool *
        norm: float *
        frame: int64 *
        channels: int64 *
        bins: int64

/// <summary>A spec whose fans have become numbers.</summary>
[<RequireQualifiedAccess>]
type internal Resolved =
    /// <summary>One value everywhere.</summary>
    | Constant of value: float
    /// <summary>Uniform on the open interval (low, high).</summary>
    | Uniform of low: float * high: float
    /// <summary>Normal with mean and standard deviation.</summary>
    | Normal of mean: float * stddev: float
    /// <summary>Normal with mean and standard deviation, restricted to the open interval (low, high); the ends also in
    /// standard deviations from the mean, and the interval's width in standard deviations, which far from the mean has more
    /// digits than their difference.</summary>
    | TruncatedNormal of
        mean: float *
        stddev: float *
        lower: float *
        upper: float *
        low: float *
        high: float *
        width: float

    /// <summary>Logistic with location and scale.</summary>
    | Logistic of loc: float * scale: float
    /// <summary>Laplace with location and scale.</summary>
    | Laplace of loc: float * scale: float
    /// <summary>Gumbel, of maxima, with location and scale.</summary>
    | Gumbel of loc: float * scale: float
    /// <summary>Triangular on the open interval (low, high) with its peak at mode.</summary>
    | Triangular of low: float * mode: float * high: float
    /// <summary>A law of the caller's own.</summary>
    | Quantile of QuantileFunction
    /// <summary>factor * x + offset for x of a law or of an orthogonal matrix, kept inside the closed interval from low to
    /// high.</summary>
    | Mapped of factor: float * offset: float * low: float * high: float * inner: Resolved
    /// <summary>Runs of elements one after the other, over and over.</summary>
    | Stacked of parts: ResolvedPart list
    /// <summary>Tensors of <c>length</c> elements one after the other, tensor b with draws of the child stream named b beside
    /// its elements' words.</summary>
    | Batched of count: int64 * length: int64 * inner: Resolved
    /// <summary>Number (i div repeat) mod n of n numbers at element i.</summary>
    | Pattern of numbers: NumberArray * repeat: int64
    /// <summary>Number (i div repeat) mod n of a formula's n numbers at element i, after maps: factor, offset, low and high of
    /// each, the first applied first.</summary>
    | Computed of formula: NumberFormula * repeat: int64 * maps: (float * float * float * float) list
    /// <summary>One value at some places, another elsewhere.</summary>
    | Points of places: Places * value: float * elsewhere: float
    /// <summary>A matrix of an inner law, of whose columns so many elements each have another value.</summary>
    | Sparse of rows: int64 * columns: int64 * zeros: int64 * value: float * inner: Resolved
    /// <summary>A Haar-distributed matrix, row-major, times gain.</summary>
    | Orthogonal of rows: int64 * columns: int64 * gain: float
    /// <summary>An inner law where number i mod n of keep is not 0, and another value elsewhere.</summary>
    | Masked of keep: NumberArray * value: float * inner: Resolved
    /// <summary>The elements of an inner tensor whose axis j is this one's axis order[j], as numpy's transpose(order) would
    /// make it; dims are this one's sizes.</summary>
    | Permuted of dims: int64 list * order: int list * inner: Resolved

/// <summary>One of the runs that a stacked tensor repeats.</summary>
and internal ResolvedPart =
    {
        /// How many elements of the run lie side by side.
        Run: int64
        /// The child stream of draws beside the elements' own; none for the tensor's own stream.
        Stream: string option
        /// What fills the elements.
        Law: Resolved
    }

/// <summary>What a kernel computes, as plain numbers of the arithmetic it uses.</summary>
[<RequireQualifiedAccess>]
type internal Body =
    /// <summary>The same element everywhere: the bits of the dtype in the low end of a word.</summary>
    | Fill of bits: uint64
    /// <summary>fma(s, half, mid) for s in (-1, 1), then moved between least and greatest, the outermost values of the
    /// dtype strictly inside the interval.</summary>
    | Uniform of mid: float32 * half: float32 * least: float32 * greatest: float32
    /// <summary>fma(z, stddev, mean) for z the standard normal quantile of the word.</summary>
    | Normal of mean: float32 * stddev: float32
    /// <summary>fma(z, scale, location) for z the quantile of the word by a table, then moved between least and
    /// greatest.</summary>
    | Quantile of table: QuantileTable * location: float32 * scale: float32 * least: float32 * greatest: float32
    /// <summary>Uniform in float64, of words with their companions.</summary>
    | Uniform64 of mid: float * half: float * least: float * greatest: float
    /// <summary>Normal in float64, of words with their companions.</summary>
    | Normal64 of mean: float * stddev: float
    /// <summary>Quantile in float64, of words with their companions.</summary>
    | Quantile64 of table: QuantileTable64 * location: float * scale: float * least: float * greatest: float
    /// <summary>Elements that are not of one law everywhere, or not each for itself.</summary>
    | Structured of Structure

/// <summary>How a tensor is put together. Bits are those of the dtype in the low end of a word.</summary>
and [<RequireQualifiedAccess>] internal Structure =
    /// <summary>Runs of elements one after the other, over and over. Laws draw by the whole tensor's index.</summary>
    | Stacked of parts: BodyPart list
    /// <summary>Tensors of <c>length</c> elements one after the other, tensor b with draws of the child stream named
    /// b.</summary>
    | Batched of count: int64 * length: int64 * inner: Body
    /// <summary>Bits (i div repeat) mod n of n at element i.</summary>
    | Pattern of bits: uint64 array * repeat: int64
    /// <summary>Number (i div repeat) mod n of a formula's n numbers at element i, after maps: factor, offset, low and high of
    /// each, the first applied first.</summary>
    | Computed of formula: NumberFormula * repeat: int64 * maps: (float * float * float * float) list
    /// <summary>Bits at some places, others elsewhere.</summary>
    | Points of places: Places * bits: uint64 * elsewhere: uint64
    /// <summary>The inner elements, and others where the auxiliary word is among the smallest so many of its column.</summary>
    | Sparse of rows: int64 * columns: int64 * zeros: int64 * bits: uint64 * inner: Body
    /// <summary>A Haar-distributed matrix times gain, plus offset, kept from low to high.</summary>
    | Orthogonal of rows: int64 * columns: int64 * gain: float * offset: float * low: float * high: float
    /// <summary>The inner elements where keep i mod n is true, others elsewhere.</summary>
    | Masked of keep: bool array * bits: uint64 * inner: Body
    /// <summary>The elements of an inner tensor whose axis j is this one's axis order[j]; dims are this one's sizes.</summary>
    | Permuted of dims: int64 list * order: int list * inner: Body

/// <summary>One of the runs that a stacked tensor repeats.</summary>
and internal BodyPart =
    {
        /// How many elements of the run lie side by side.
        Run: int64
        /// The child stream of draws beside the elements' own; none for the tensor's own stream.
        Stream: string option
        /// What makes the elements.
        Body: Body
    }

[<RequireQualifiedAccess>]
module internal Body =
    /// Whether any element depends on the seed.
    let rec draws (body: Body) =
        match body with
        | Body.Fill _
        | Body.Structured(Structure.Pattern _ | Structure.Points _) -> false
        | Body.Structured(Structure.Stacked parts) -> parts |> List.exists (fun part -> draws part.Body)
        | Body.Structured(Structure.Masked(_, _, inner) | Structure.Permuted(_, _, inner)) -> draws inner
        | _ -> true
