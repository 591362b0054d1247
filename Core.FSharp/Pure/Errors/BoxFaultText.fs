namespace Initializers.FSharp

/// Codes and messages of faults of a box.
[<RequireQualifiedAccess>]
module internal BoxFaultText =
    /// The stable code.
    let code (fault: BoxFault) : string =
        match fault with
        | BoxFault.Syntax _ -> "box-syntax"
        | BoxFault.Rank _ -> "box-rank"
        | BoxFault.OutOfAxis _ -> "box-out-of-axis"
        | BoxFault.Reversed _ -> "box-reversed"

    /// One sentence that says what is wrong and what to do.
    let message (fault: BoxFault) : string =
        match fault with
        | BoxFault.Syntax text ->
            $"the box '{text}' is not a range for each axis, such as 0:512,128:256; a colon is a whole axis, and 3:4 the element 3."
        | BoxFault.Rank(ranges, rank) ->
            $"the box has {ranges} ranges and the shape {rank} axes; give one range for each axis, such as : for a whole axis."
        | BoxFault.OutOfAxis(axis, range, size) ->
            $"the range {range} of axis {axis} passes the ends of the axis, whose size is {size}; give numbers from {-size} to {size}."
        | BoxFault.Reversed(axis, range, size) ->
            $"the range {range} of axis {axis}, whose size is {size}, ends before it starts; give the start first."
