namespace Initializers.FSharp

/// <summary>Every way in which the shape and the strides of memory can be wrong.</summary>
[<RequireQualifiedAccess>]
type MemoryFault =
    /// <summary>Memory has more or fewer strides than axes.</summary>
    /// <remarks>Give one stride for each axis, counted in elements.</remarks>
    | StridesRank of strides: int * rank: int
    /// <summary>A stride is below 0, which .NET's tensors cannot have either.</summary>
    /// <remarks>Give strides of 0 or more. A reversed axis is filled through other memory, and copied.</remarks>
    | StrideNegative of axis: int * stride: int64
    /// <summary>Two indices of a tensor have the same element of memory, or its strides do not nest.</summary>
    /// <remarks>Give each axis of more than one index a stride above the distance between the first and the last element of
    /// all axes of smaller strides.</remarks>
    | StridesOverlap of shape: int64 list * strides: int64 list
    /// <summary>The last element of a tensor lies behind the end of its memory.</summary>
    /// <remarks>Give longer memory, or check shape, strides and offset.</remarks>
    | TooShort of given: int64 * needed: int64
    /// <summary>Memory has a shape, and the request has another.</summary>
    /// <remarks>Give both the same sizes, or leave the request's out.</remarks>
    | ShapeDiffers of memory: int64 list * request: int64 list
    /// <summary>A matrix or vector stores only some of its elements, such as a sparse or a diagonal one.</summary>
    /// <remarks>Give a dense one, such as DenseMatrix or DenseVector.</remarks>
    | NotDense of storage: string
