namespace Initializers.Kernels

open System.Collections.Generic
open Initializers.FSharp

/// Where the elements of a box lie in its tensor: runs that are contiguous there, in row-major order. Trailing axes that the box
/// has whole, and the axis before them, make one run.
[<Sealed>]
type internal BoxRuns(box: BoundedBox) =
    let dims = Array.ofList box.Whole.Dims
    let starts = Array.ofList box.Starts
    let sizes = Array.ofList box.Part.Dims
    let count = box.Part.Length

    /// The axes that a run spans are those from this one on.
    let inner =
        let mutable axis = dims.Length

        while axis > 0 && sizes[axis - 1] = dims[axis - 1] do
            axis <- axis - 1

        max 0 (axis - 1)

    let run = Shape.product (List.ofArray sizes[inner..])

    /// Elements of the tensor from one index of an axis to the next. A box without elements has no runs.
    let strides =
        Array.init dims.Length (fun axis -> Shape.product (List.ofArray dims[axis + 1 ..]))

    let first =
        if count = 0L then
            0L
        else
            Array.fold2 (fun sum start stride -> sum + start * stride) 0L starts strides

    /// The axes whose indices differ from run to run, innermost first: sizes and strides.
    let outer =
        [| for axis in inner - 1 .. -1 .. 0 do
               if sizes[axis] > 1L then
                   struct (sizes[axis], strides[axis]) |]

    /// The number of elements of the box.
    member _.Count = count

    /// The number of elements of a run.
    member _.Run = run

    /// The number of elements of the tensor between a run and the next, in one index of the axes around.
    member _.Gap =
        if outer.Length = 0 then
            0L
        else
            let struct (_, stride) = outer[0]
            stride - run

    /// The tensor's index of the box's element `position`, and how many elements are contiguous from there.
    member _.At(position: int64) : struct (int64 * int64) =
        let mutable rest = position / run
        let inside = position - rest * run
        let mutable index = first + inside

        for struct (size, stride) in outer do
            index <- index + rest % size * stride
            rest <- rest / size

        struct (index, run - inside)

    /// Calls `work` with the runs of the box's elements [low, high): the tensor's index, the position in the box, and the count.
    member this.Each(low: int64, high: int64, work: int64 -> int64 -> int64 -> unit) : unit =
        let mutable position = low

        while position < high do
            let struct (index, length) = this.At position
            let length = min length (high - position)
            work index position length
            position <- position + length

    /// The same runs in lists of bounded length.
    member this.Batches(low: int64, high: int64, work: List<struct (int64 * int64 * int64)> -> unit) : unit =
        let most = 16384
        let batch = List<struct (int64 * int64 * int64)>()

        let flush () =
            if batch.Count > 0 then
                work batch
                batch.Clear()

        this.Each(
            low,
            high,
            fun index position length ->
                batch.Add(struct (index, position, length))

                if batch.Count = most then
                    flush ()
        )

        flush ()
