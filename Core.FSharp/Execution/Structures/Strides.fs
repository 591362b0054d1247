namespace Initializers.Kernels

open Initializers.FSharp

/// An axis of a tensor in memory: its size, and the elements of memory from one index to the next.
[<Struct>]
type internal StridedAxis = { Size: int64; Stride: int64 }

/// Where a tensor's elements lie in memory whose order need not be row-major.
type internal MemoryLayout =
    {
        Dims: int64 list
        /// The axes of more than one index, outermost first; those that continue one another are one.
        Axes: StridedAxis[]
        /// The index in memory of the tensor's first element.
        Offset: int64
        /// The number of elements; 0 where sizes or strides are wrong.
        Length: int64
        /// The faults of the strides. Those of the sizes are the request's, which has the same sizes.
        Faults: InitError list
    }

/// Axes with strides, which count elements of memory.
[<RequireQualifiedAccess>]
module internal Strides =
    /// The strides of a column-major tensor, whose first axis is contiguous.
    let columnMajor (dims: int64 list) : int64 list =
        dims
        |> List.scan (fun stride size -> stride * max 1L size) 1L
        |> List.take dims.Length

    let private merged (axes: StridedAxis list) : StridedAxis[] =
        let add (axis: StridedAxis) (inner: StridedAxis list) =
            match inner with
            | next :: others when axis.Stride = next.Stride * next.Size ->
                { Size = axis.Size * next.Size
                  Stride = next.Stride }
                :: others
            | _ -> axis :: inner

        List.foldBack add (axes |> List.filter (fun axis -> axis.Size > 1L)) []
        |> Array.ofList

    /// From the first to the last element of some axes.
    let reach (axes: StridedAxis seq) : int64 =
        axes
        |> Seq.map (fun axis -> Shape.product [ axis.Size - 1L; axis.Stride ])
        |> List.ofSeq
        |> Shape.sum

    /// Whether each stride is above the reach of all axes of smaller strides, so that no two indices have one element.
    let private nest (axes: StridedAxis list) : bool =
        let ordered =
            axes |> List.filter (fun axis -> axis.Size > 1L) |> List.sortBy _.Stride

        (0L, ordered)
        ||> List.scan (fun sum axis -> Shape.sum [ sum; reach [ axis ] ])
        |> Seq.zip ordered
        |> Seq.forall (fun (axis, smaller) -> axis.Stride > smaller)

    /// Without elements, so that nothing is filled.
    let private faulty (dims: int64 list) (faults: InitError list) : MemoryLayout =
        { Dims = dims
          Axes = [||]
          Offset = 0L
          Length = 0L
          Faults = faults }

    /// The layout of a tensor in memory of `room` elements.
    let layout (dims: int64 list) (strides: int64 list) (offset: int64) (room: int64) : MemoryLayout =
        let rank =
            Validation.check
                (InitError.Memory(MemoryFault.StridesRank(strides.Length, dims.Length)))
                (strides.Length = dims.Length)

        let negative =
            strides
            |> List.indexed
            |> List.collect (fun (axis, stride) ->
                Validation.check (InitError.Memory(MemoryFault.StrideNegative(axis, stride))) (stride >= 0L))

        let tooShort needed =
            Validation.check (InitError.Memory(MemoryFault.TooShort(room, needed))) (needed <= room)

        match Shape.ofList dims, rank @ negative with
        | Ok shape, [] when shape.Length = 0L -> faulty dims (tooShort offset)
        | Ok shape, [] ->
            let axes =
                List.map2 (fun size stride -> { Size = size; Stride = stride }) dims strides

            let faults =
                Validation.check (InitError.Memory(MemoryFault.StridesOverlap(dims, strides))) (nest axes)
                @ tooShort (Shape.sum [ offset; reach axes; 1L ])

            if faults.IsEmpty then
                { Dims = dims
                  Axes = merged axes
                  Offset = offset
                  Length = shape.Length
                  Faults = [] }
            else
                faulty dims faults
        | _, faults -> faulty dims faults

    /// Whether the elements lie in row-major order without gaps.
    let isContiguous (axes: StridedAxis[]) : bool =
        axes.Length = 0 || axes.Length = 1 && axes[0].Stride = 1L

    /// The layout of a matrix or vector whose storage has no place for some elements.
    let notDense (dims: int64 list) (storage: System.Type) : MemoryLayout =
        faulty dims [ InitError.Memory(MemoryFault.NotDense(storage.Name.Split('`')[0])) ]
