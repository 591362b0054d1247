namespace Initializers.FSharp

/// <summary>Every way in which a box of a tensor can be wrong.</summary>
[<RequireQualifiedAccess>]
type BoxFault =
    /// <summary>A text is not a box.</summary>
    /// <remarks>Give a range for each axis, such as 0:512,128:256; a colon is a whole axis.</remarks>
    | Syntax of text: string
    /// <summary>A box has more or fewer ranges than the shape has axes.</summary>
    /// <remarks>Give one range for each axis; a colon is a whole axis.</remarks>
    | Rank of ranges: int * rank: int
    /// <summary>A range of a box begins or ends outside of its axis.</summary>
    /// <remarks>Give 0 &lt;= start &lt;= end &lt;= size; negative numbers count from the end of the axis.</remarks>
    | OutOfAxis of axis: int * range: string * size: int64
    /// <summary>A range of a box ends before it starts.</summary>
    /// <remarks>Give the start first. Equal numbers are an empty range.</remarks>
    | Reversed of axis: int * range: string * size: int64
