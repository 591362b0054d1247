namespace Initializers.Kernels

open Microsoft.FSharp.NativeInterop
open Initializers.FSharp

/// Elements of a tensor from memory that has them in another order of the axes.
[<RequireQualifiedAccess>]
module internal Permutation =
    let private copy<'T when 'T: unmanaged> (source: nativeint) (step: int64) (target: nativeint) (count: int64) =
        let size = int64 sizeof<'T>

        for i in 0L .. count - 1L do
            let value: 'T =
                NativePtr.read (NativePtr.ofNativeInt (source + nativeint (i * step * size)))

            NativePtr.write (NativePtr.ofNativeInt (target + nativeint (i * size))) value

    /// From one element to the next along each axis of the tensor, in elements of memory that has its axis order[j] as axis j.
    let private steps (dims: int64[]) (order: int[]) : int64[] =
        let steps = Array.zeroCreate dims.Length
        let mutable step = 1L

        for axis in Array.rev order do
            steps[axis] <- step
            step <- step * dims[axis]

        steps

    /// The element of a tensor of sizes `dims` in memory that has its axes in another order.
    let private place (dims: int64[]) (steps: int64[]) (s: int64) : int64 =
        let mutable left = s
        let mutable place = 0L

        for axis in dims.Length - 1 .. -1 .. 0 do
            place <- place + left % dims[axis] * steps[axis]
            left <- left / dims[axis]

        place

    /// Writes elements one by one, where that costs less than the whole tensor: for a 64th of it or fewer.
    let scatter (dims: int64 list) (count: int64) (inner: Body) =
        if count <= Shape.product dims / 64L then
            Scatter.writer inner
        else
            ValueNone

    /// The inner elements of elements [low, high) of a region, with their addresses.
    let elements (region: SubTensor) (low: int64) (high: int64) (dims: int64 list) (order: int list) =
        let dims = Array.ofList dims
        let steps = steps dims (Array.ofList order)
        let elements = Array.zeroCreate<ScatteredElement>(int (high - low))

        TensorWindow.each region low high (fun s index count ->
            let address = TensorWindow.address region index

            for i in 0L .. count - 1L do
                elements[int (s + i - low)] <-
                    { Index = place dims steps (s + i)
                      Address = address + nativeint i * nativeint region.Window.Size })

        elements

    /// Fills a region, whose own elements are those of a tensor of sizes dims.
    let gather (region: SubTensor) (source: nativeint) (dims: int64 list) (order: int list) =
        let dims = Array.ofList dims
        let steps = steps dims (Array.ofList order)
        let last = dims.Length - 1
        let size = region.Window.Size

        TensorWindow.all region (fun s index count ->
            let mutable at = 0L

            // A run of the last axis at a time.
            while at < count do
                let inside = (s + at) % dims[last]
                let run = min (dims[last] - inside) (count - at)
                let from = source + nativeint (place dims steps (s + at)) * nativeint size
                let target = TensorWindow.address region (index + at)

                match size with
                | 2 -> copy<uint16> from steps[last] target run
                | 4 -> copy<uint32> from steps[last] target run
                | _ -> copy<uint64> from steps[last] target run

                at <- at + run)
