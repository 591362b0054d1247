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

    /// The layout of a tensor in memory of `room` elements.
    let layout (dims: int64 list) (strides: int64 list) (offset: int64) (room: int64) : MemoryLayout =
        let isEmpty = List.contains 0L dims

        let rank =
            Validation.check
                (InitError.Memory(MemoryFault.StridesRank(strides.Length, dims.Length)))
                (strides.Length = dims.Length)

        let negative =
            strides
            |> List.indexed
            |> List.collect (fun (axis, stride) ->
                Validation.check (InitError.Memory(MemoryFault.StrideNegative(axis, stride))) (stride >= 0L))

        match Validation.faults (Shape.ofList dims) @ rank @ negative with
        | [] when isEmpty ->
            { Dims = dims
              Axes = [||]
              Offset = 0L
              Faults = Validation.check (InitError.Memory(MemoryFault.TooShort(room, offset))) (offset <= room) }
        | [] ->
            let axes =
                List.map2 (fun size stride -> { Size = size; Stride = stride }) dims strides

            let needed = Shape.sum [ offset; reach axes; 1L ]

            { Dims = dims
              Axes = merged axes
              Offset = offset
              Faults =
                Validation.check (InitError.Memory(MemoryFault.StridesOverlap(dims, strides))) (nest axes)
                @ Validation.check (InitError.Memory(MemoryFault.TooShort(room, needed))) (needed <= room) }
        | faults ->
            { Dims = dims
              Axes = [||]
              Offset = 0L
              Faults = faults }

    /// Whether the elements lie in row-major order without gaps.
    let isContiguous (axes: StridedAxis[]) : bool =
        axes.Length = 0 || axes.Length = 1 && axes[0].Stride = 1L

    /// The layout of a matrix or vector whose storage has no place for some elements.
    let notDense (dims: int64 list) (storage: System.Type) : MemoryLayout =
        { Dims = dims
          Axes = [||]
          Offset = 0L
          Faults = [ InitError.Memory(MemoryFault.NotDense(storage.Name.Split('`')[0])) ] }
