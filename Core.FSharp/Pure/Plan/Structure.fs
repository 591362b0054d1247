namespace Initializers.FSharp

open Initializers

/// Where the ones of a matrix or convolution are: for each group g and each d below Count, at output g * PerGroup + d and
/// input d, at the centre of the receptive field.
type internal DiagonalBlocks =
    {
        /// The number of groups.
        Groups: int64
        /// Outputs of a group.
        PerGroup: int64
        /// Ones of a group.
        Count: int64
        /// From one output to the next, in elements.
        OutStride: int64
        /// From one input to the next, in elements.
        InStride: int64
        /// The element of output 0 and input 0.
        Centre: int64
        /// The number of elements of the tensor.
        Length: int64
    }

/// Numbers that a formula gives, row-major.
[<RequireQualifiedAccess>]
type internal NumberFormula =
    /// The weights of bilinear interpolation over a receptive field of these sizes.
    | Bilinear of field: int64 list
    /// A kernel of the short-time Fourier transform; <c>norm</c> divides its window.
    | Stft of
        side: StftSide *
        window: StftWindow *
        periodic: bool *
        norm: float *
        frame: int64 *
        channels: int64 *
        bins: int64
    /// A formula of the indices of the tensor's elements.
    | Indexed of IndexFormula

/// A whole number of each element, drawn.
[<RequireQualifiedAccess>]
type internal IntegerDraw =
    /// low + u for u below count, each equally likely, from the element's words.
    | Range of low: int64 * count: int64
    /// 1 with probability p and 0 otherwise, from the element's words.
    | Bernoulli of p: float
    /// Number i of a random order of 0 to count - 1 at element i.
    | Permutation of count: int64

/// Numbers that are computed in float or float64 as a whole, and then mapped one by one.
[<RequireQualifiedAccess>]
type internal Computed =
    /// Number (i div repeat) mod n of a formula's n numbers at element i, under the maps, the first applied first.
    | Formula of formula: NumberFormula * repeat: int64 * maps: Affine list
    /// A Haar-distributed matrix, row-major, times gain, under a map. The gain is apart from the map's factor, since
    /// (f2 f1) g and f2 (f1 g) have other last bits.
    | Orthogonal of rows: int64 * columns: int64 * gain: float * map: Affine
    /// Whole numbers that are drawn, under the maps, the first applied first.
    | Integers of draw: IntegerDraw * maps: Affine list

/// How elements are computed from those of parts of the same sizes, in float64.
[<RequireQualifiedAccess>]
type internal Combination =
    /// The sum of all parts, in order. A part draws from the child stream of its name; none for the tensor's stream.
    | Sum of streams: string option list
    /// The one part's elements, divided by the norms of vectors of `length` elements, `stride` elements apart.
    | Normalized of stride: int64 * length: int64

/// Flags of the last axes, true where an element is kept; they repeat over the axes before.
type internal Keep = { Dims: int64 list; Flags: bool array }

/// How a tensor's elements are arranged: leaves fill elements independently, numbers are given.
[<RequireQualifiedAccess>]
type internal Structure<'leaf, 'number> =
    /// Every element by one leaf.
    | Elements of 'leaf
    /// Runs of elements one after the other, over and over. Leaves draw by the whole tensor's index.
    | Stacked of parts: StructurePart<'leaf, 'number> list
    /// Tensors of <c>length</c> elements one after the other; tensor b draws what its elements' words do not decide from the
    /// child stream named b.
    | Batched of count: int64 * length: int64 * inner: Structure<'leaf, 'number>
    /// Number (i div repeat) mod n of n numbers at element i.
    | Pattern of numbers: 'number array * repeat: int64
    /// Numbers that are computed.
    | Computed of Computed
    /// One value on the diagonals, another elsewhere.
    | Points of blocks: DiagonalBlocks * value: 'number * elsewhere: 'number
    /// <c>inner</c>, except <c>value</c> at the <c>zeros</c> smallest auxiliary words of each column of a matrix.
    | Sparse of rows: int64 * columns: int64 * zeros: int64 * value: 'number * inner: Structure<'leaf, 'number>
    /// <c>inner</c> where element i mod n of n flags is kept, another value elsewhere.
    | Masked of keep: Keep * value: 'number * inner: Structure<'leaf, 'number>
    /// Elements that are computed from those of the parts, mapped, the first map first, and rounded once.
    | Combined of combination: Combination * maps: Affine list * parts: Structure<'leaf, 'number> list
    /// Runs of an inner tensor, each `times` over. The inner tensor draws by its own indices.
    | Repeated of run: int64 * times: int64 * inner: Structure<'leaf, 'number>
    /// <c>inner</c>, except <c>value</c> at the elements [first, first + count); there are <c>others</c> with inner's.
    | Padded of first: int64 * count: int64 * value: 'number * others: int64 * inner: Structure<'leaf, 'number>
    /// The elements of an inner tensor whose axis j is this one's axis order[j], like numpy's transpose(order); dims are this
    /// one's sizes.
    | Permuted of dims: int64 list * order: int list * inner: Structure<'leaf, 'number>

/// One of the runs that a stacked tensor repeats.
and internal StructurePart<'leaf, 'number> =
    {
        /// The number of adjacent elements in a run.
        Run: int64
        /// The child stream of draws that the elements' words do not decide; none for the tensor's stream.
        Stream: string option
        /// What fills the elements.
        Inner: Structure<'leaf, 'number>
    }

[<RequireQualifiedAccess>]
module internal Structure =
    /// The structure with other leaves, numbers, computed and combined parts, or every fault of them, in order.
    let rec map
        (leaf: 'a -> Result<'b, InitError list>)
        (numbers: 'n array -> Result<'m array, InitError list>)
        (computed: Computed -> Result<Structure<'b, 'm>, InitError list>)
        (combined: Combination -> Affine list -> Structure<'a, 'n> list -> Result<Structure<'b, 'm>, InitError list>)
        (structure: Structure<'a, 'n>)
        : Result<Structure<'b, 'm>, InitError list> =
        let map = map leaf numbers computed combined

        let number value =
            numbers [| value |] |> Result.map Array.head

        match structure with
        | Structure.Elements one -> leaf one |> Result.map Structure.Elements
        | Structure.Stacked parts ->
            parts
            |> Validation.traverse (fun part ->
                map part.Inner
                |> Result.map (fun inner ->
                    { Run = part.Run
                      Stream = part.Stream
                      Inner = inner }))
            |> Result.map Structure.Stacked
        | Structure.Batched(count, length, inner) ->
            map inner |> Result.map (fun inner -> Structure.Batched(count, length, inner))
        | Structure.Pattern(all, repeat) -> numbers all |> Result.map (fun all -> Structure.Pattern(all, repeat))
        | Structure.Computed one -> computed one
        | Structure.Points(blocks, value, elsewhere) ->
            validation {
                let! value = number value
                and! elsewhere = number elsewhere
                return Structure.Points(blocks, value, elsewhere)
            }
        | Structure.Sparse(rows, columns, zeros, value, inner) ->
            validation {
                let! value = number value
                and! inner = map inner
                return Structure.Sparse(rows, columns, zeros, value, inner)
            }
        | Structure.Masked(keep, value, inner) ->
            validation {
                let! value = number value
                and! inner = map inner
                return Structure.Masked(keep, value, inner)
            }
        | Structure.Combined(combination, maps, parts) -> combined combination maps parts
        | Structure.Repeated(run, times, inner) ->
            map inner |> Result.map (fun inner -> Structure.Repeated(run, times, inner))
        | Structure.Padded(first, count, value, others, inner) ->
            validation {
                let! value = number value
                and! inner = map inner
                return Structure.Padded(first, count, value, others, inner)
            }
        | Structure.Permuted(dims, order, inner) ->
            map inner |> Result.map (fun inner -> Structure.Permuted(dims, order, inner))
