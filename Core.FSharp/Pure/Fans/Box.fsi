namespace Initializers.FSharp

/// <summary>The elements [Start, Stop) along one axis of a tensor.</summary>
type AxisRange =
    {
        /// The first index; a negative one counts from the end of the axis, and None is the axis's start.
        Start: int64 option
        /// The index after the last; a negative one counts from the end of the axis, and None is the axis's end.
        Stop: int64 option
    }

/// <summary>A box of a tensor: a range along each axis, outermost first.</summary>
type Box =
    {
        /// The ranges, one for each axis.
        Ranges: AxisRange list
    }

/// <summary>A box within a shape: where it begins and how large it is along each axis.</summary>
[<Sealed>]
type internal BoundedBox =
    /// The shape of the whole tensor.
    member Whole: Shape

    /// The first index along each axis.
    member Starts: int64 list

    /// The shape of the box.
    member Part: Shape

    /// The box with both ends of each range, counted from the start of the axis.
    member Box: Box

/// <summary>Creates, reads and writes boxes.</summary>
[<RequireQualifiedAccess>]
module Box =
    /// <summary>Creates a box from the start and the end of each range, half-open.</summary>
    /// <example><code>Box.ofRanges [ 0L, 512L; 128L, 256L ] // 0:512,128:256</code></example>
    [<CompiledName "OfRanges">]
    val ofRanges: ranges: (int64 * int64) list -> Box

    /// <summary>Reads a box as NumPy writes slices: <c>0:512,128:256</c>. <c>3:</c> goes to the end of the axis, <c>:5</c>
    /// begins at its start, <c>:</c> or nothing between commas is the whole axis, and a negative number counts from the end of
    /// the axis. The empty text is the box of a scalar.</summary>
    /// <returns>The box, or the fault <c>box-syntax</c>.</returns>
    /// <example><code>Box.parse "-2:,:" // the last two rows of a matrix</code></example>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<Box, InitError list>

    /// <summary>Writes a box so that <c>parse</c> reads it.</summary>
    [<CompiledName "ToText">]
    val toText: box: Box -> string

    /// <summary>Returns the shape of a box of a tensor.</summary>
    /// <returns>The shape, or every fault at once, each with its axis: <c>box-rank</c>, <c>box-out-of-axis</c> and
    /// <c>box-reversed</c>. Unlike in NumPy, a range that passes the end of its axis is a fault.</returns>
    /// <example><code>Box.parse "-2:,:" |> Result.bind (Box.shapeIn shape) // Ok 2,256 for a shape of 1024,256</code></example>
    [<CompiledName "ShapeIn">]
    val shapeIn: shape: Shape -> box: Box -> Result<Shape, InitError list>

    /// <summary>Returns the box with its place in a shape, or every fault.</summary>
    val internal within: shape: Shape -> box: Box -> Result<BoundedBox, InitError list>
