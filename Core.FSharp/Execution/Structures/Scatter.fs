namespace Initializers.Kernels

open Initializers
open Initializers.FSharp

/// An element of a tensor, and the address that it is written to.
[<Struct>]
type internal ScatteredElement = { Index: int64; Address: nativeint }

/// The points of a matrix or kernel, which rise in the order of their numbers: group by group where outputs are the outer axis,
/// and otherwise input by input.
[<RequireQualifiedAccess>]
module internal Points =
    let count (places: Places) : int64 = places.Groups * places.Count

    /// The element of a point.
    let element (places: Places) (point: int64) : int64 =
        let struct (g, d) =
            if places.OutStride >= places.InStride then
                struct (point / places.Count, point % places.Count)
            else
                struct (point % places.Groups, point / places.Groups)

        (g * places.PerGroup + d) * places.OutStride
        + d * places.InStride
        + places.Centre

    /// The first point whose element is `index` or later.
    let from (places: Places) (index: int64) : int64 =
        let mutable low = 0L
        let mutable high = count places

        while low < high do
            let middle = low + (high - low) / 2L

            if element places middle >= index then
                high <- middle
            else
                low <- middle + 1L

        low

/// Single elements of tensors, wherever they are: what a slice needs of a tensor whose axes are permuted. Time and memory are
/// those of the elements and of the orthogonal matrices that they lie in.
[<RequireQualifiedAccess>]
module internal Scatter =
    /// Elements that are sorted at once.
    let most = 1L <<< 22

    /// Whether single elements of a tensor cost less than all.
    let rec isPossible (body: Body) : bool =
        match body with
        | Body.Fill _ -> true
        | Body.Structured structure ->
            match structure with
            | Structure.Pattern _
            | Structure.Computed _
            | Structure.Points _
            | Structure.Orthogonal _ -> true
            | Structure.Stacked parts -> parts |> List.forall (fun part -> isPossible part.Body)
            | Structure.Batched(inner = inner) -> isPossible inner
            | Structure.Sparse _
            | Structure.Masked _
            | Structure.Permuted _ -> false
        | _ -> false

    /// Writes elements of a tensor of a body for which this is possible.
    let rec write (dtype: DType) (own: Seed) (body: Body) (elements: ScatteredElement[]) : unit =
        let size = DType.size dtype

        let each (bits: int64 -> uint64) =
            for element in elements do
                Canvas.set size (bits element.Index) element.Address

        let inside (index: int64 -> int64) =
            Array.map (fun element ->
                { element with
                    Index = index element.Index })

        if elements.Length > 0 then
            match body with
            | Body.Fill bits -> each (fun _ -> bits)
            | Body.Structured(Structure.Pattern(bits, repeat)) ->
                each (fun s -> bits[int (s / repeat % bits.LongLength)])
            | Body.Structured(Structure.Computed(formula, repeat, maps)) ->
                let count = NumberFormulas.count formula

                let number =
                    NumberFormulas.number elements.LongLength formula >> NumberFormulas.mapped maps

                each (fun s -> Bodies.pattern dtype (number (s / repeat % count)))
            | Body.Structured(Structure.Points(places, bits, elsewhere)) ->
                each (fun s ->
                    let point = Points.from places s

                    if point < Points.count places && Points.element places point = s then
                        bits
                    else
                        elsewhere)
            | Body.Structured(Structure.Orthogonal(rows, columns, gain, offset, low, high)) ->
                let map =
                    { Factor = gain
                      Offset = offset
                      Low = low
                      High = high }

                use matrix = new HaarMatrix(dtype, own, rows, columns, map)
                each matrix.Bits
            | Body.Structured(Structure.Batched(_, length, inner)) ->
                for b, elements in elements |> Array.groupBy (fun element -> element.Index / length) do
                    elements
                    |> inside (fun s -> s % length)
                    |> write dtype (own.Child(string b)) inner
            | Body.Structured(Structure.Stacked parts) ->
                let period = parts |> List.sumBy _.Run
                let mutable start = 0L

                for part in parts do
                    let first = start
                    start <- start + part.Run

                    elements
                    |> Array.filter (fun element ->
                        let s = element.Index % period
                        s >= first && s < first + part.Run)
                    |> inside (fun s -> s / period * part.Run + s % period - first)
                    |> write dtype (BodyPart.seed own part) part.Body
            | _ -> ()
