namespace Initializers.FSharp

/// Codes and messages of faults of the shape and the strides of memory.
[<RequireQualifiedAccess>]
module internal MemoryFaultText =
    let private list (numbers: int64 list) = $"[{System.String.Join(',', numbers)}]"

    /// The stable code.
    let code (fault: MemoryFault) : string =
        match fault with
        | MemoryFault.StridesRank _ -> "strides-rank"
        | MemoryFault.StrideNegative _ -> "stride-negative"
        | MemoryFault.StridesOverlap _ -> "strides-overlap"
        | MemoryFault.TooShort _ -> "memory-too-short"
        | MemoryFault.ShapeDiffers _ -> "memory-shape"
        | MemoryFault.NotDense _ -> "storage-not-dense"

    /// One sentence that says what is wrong and what to do.
    let message (fault: MemoryFault) : string =
        match fault with
        | MemoryFault.StridesRank(strides, rank) ->
            $"the memory has {strides} strides and {rank} axes; give one stride for each axis, counted in elements."
        | MemoryFault.StrideNegative(axis, stride) ->
            $"the stride of axis {axis} is {stride} and must be 0 or more; fill other memory, and copy it in reverse order."
        | MemoryFault.StridesOverlap(shape, strides) ->
            $"strides {list strides} give several indices of the shape {list shape} one element, or do not nest; give each axis a stride above the distance that the axes of smaller strides span."
        | MemoryFault.TooShort(given, needed) ->
            $"the memory holds {given} elements, and shape, strides and offset reach {needed}; give longer memory."
        | MemoryFault.ShapeDiffers(memory, request) ->
            $"the memory has shape {list memory} and the request {list request}; give both the same sizes."
        | MemoryFault.NotDense storage ->
            $"the storage {storage} has no place for every element; give a dense matrix or vector."
