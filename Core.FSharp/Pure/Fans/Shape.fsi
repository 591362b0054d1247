namespace Initializers.FSharp

/// <summary>The sizes of a tensor's axes, row-major, validated: each is 0 or more and their product fits an int64.
/// The scalar shape has no axes and one element; a shape with a 0 has no elements.</summary>
[<Sealed>]
type Shape =
    /// <summary>The sizes, outermost axis first.</summary>
    member Dims: int64 list

    /// <summary>The number of axes.</summary>
    member Rank: int

    /// <summary>The number of elements.</summary>
    member Length: int64

    interface System.IEquatable<Shape>

/// <summary>Creates, reads and writes shapes.</summary>
[<RequireQualifiedAccess>]
module Shape =
    /// <summary>The largest number of axes of a shape: 1000. NumPy and PyTorch allow at most 64.</summary>
    [<Literal>]
    val RankLimit: int = 1000

    /// <summary>The fault of a number of axes beyond the limit.</summary>
    val internal rankFaults: rank: int -> InitError list

    /// <summary>The fault of a slice [offset, offset + count) that does not lie within the elements of a tensor.</summary>
    val internal sliceFaults: offset: int64 -> count: int64 -> length: int64 -> InitError list

    /// <summary>The product of sizes of 0 or more; 2^63 - 1 if it is larger. The product of any axes of a shape that has
    /// elements is exact.</summary>
    val internal product: sizes: int64 list -> int64

    /// <summary>The sum of sizes of 0 or more; 2^63 - 1 if it is larger.</summary>
    val internal sum: sizes: int64 list -> int64

    /// <summary>Creates a shape from its sizes.</summary>
    /// <returns>An error for each negative size, or one when the product exceeds 2^63 - 1 or there are more axes than
    /// <c>RankLimit</c>.</returns>
    /// <example><code>Shape.ofList [ 1024L; 256L ] // Ok 1024,256</code></example>
    [<CompiledName "OfList">]
    val ofList: dims: int64 list -> Result<Shape, InitError list>

    /// <summary>The shape without axes, which has one element.</summary>
    [<CompiledName "Scalar">]
    val scalar: Shape

    /// <summary>Reads "1024,256" as sizes, without validating them.</summary>
    val internal sizes: text: string -> Result<int64 list, InitError list>

    /// <summary>Reads "1024,256". The empty text is the scalar shape.</summary>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<Shape, InitError list>

    /// <summary>Writes "1024,256".</summary>
    [<CompiledName "ToText">]
    val toText: shape: Shape -> string

    /// <summary>The sizes, outermost axis first.</summary>
    [<CompiledName "Dims">]
    val dims: shape: Shape -> int64 list

    /// <summary>The number of elements.</summary>
    [<CompiledName "Length">]
    val length: shape: Shape -> int64
