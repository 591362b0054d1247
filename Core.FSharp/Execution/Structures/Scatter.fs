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
    let count (blocks: DiagonalBlocks) : int64 = blocks.Groups * blocks.Count

    /// The element of a point.
    let element (blocks: DiagonalBlocks) (point: int64) : int64 =
        let struct (g, d) =
            if blocks.OutStride >= blocks.InStride then
                struct (point / blocks.Count, point % blocks.Count)
            else
                struct (point % blocks.Groups, point / blocks.Groups)

        (g * blocks.PerGroup + d) * blocks.OutStride
        + d * blocks.InStride
        + blocks.Centre

    /// The first point whose element is `index` or later.
    let from (blocks: DiagonalBlocks) (index: int64) : int64 =
        let mutable low = 0L
        let mutable high = count blocks

        while low < high do
            let middle = low + (high - low) / 2L

            if element blocks middle >= index then
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

    let private each (dtype: DType) (elements: ScatteredElement[]) (bits: int64 -> uint64) =
        for element in elements do
            TensorWindow.set (DType.size dtype) (bits element.Index) element.Address

    let private inside (index: int64 -> int64) =
        Array.map (fun element ->
            { element with
                Index = index element.Index })

    /// Writes single elements of a tensor, from its seed; none where all elements cost no more.
    let rec writer (body: Body) : (DType -> Seed -> ScatteredElement[] -> unit) voption =
        match body with
        | Structure.Elements(ElementDraw.Constant bits) ->
            ValueSome(fun dtype _ elements -> each dtype elements (fun _ -> bits))
        | Structure.Pattern(bits, repeat) ->
            ValueSome(fun dtype _ elements -> each dtype elements (fun s -> bits[int (s / repeat % bits.LongLength)]))
        | Structure.Computed(Computed.Formula(formula, repeat, maps)) ->
            ValueSome(fun dtype _ elements ->
                let count = NumberFormulas.count formula
                let bits = Body.formulaBits dtype elements.LongLength formula maps
                each dtype elements (fun s -> bits (s / repeat % count)))
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) ->
            ValueSome(fun dtype drawSeed elements ->
                if elements.Length > 0 then
                    use matrix = new HaarMatrix(dtype, drawSeed, rows, columns, gain, map)
                    each dtype elements matrix.Bits)
        | Structure.Points(blocks, bits, elsewhere) ->
            ValueSome(fun dtype _ elements ->
                each dtype elements (fun s ->
                    let point = Points.from blocks s

                    if point < Points.count blocks && Points.element blocks point = s then
                        bits
                    else
                        elsewhere))
        | Structure.Batched(_, length, inner) ->
            writer inner
            |> ValueOption.map (fun write dtype drawSeed elements ->
                for b, elements in elements |> Array.groupBy (fun element -> element.Index / length) do
                    elements
                    |> inside (fun s -> s % length)
                    |> write dtype (drawSeed.Child(string b)))
        | Structure.Stacked parts ->
            let period = parts |> List.sumBy _.Run

            let partWriter first (part: BodyPart) =
                writer part.Inner
                |> ValueOption.map (fun write dtype drawSeed (elements: ScatteredElement[]) ->
                    elements
                    |> Array.filter (fun element ->
                        let s = element.Index % period
                        s >= first && s < first + part.Run)
                    |> inside (fun s -> s / period * part.Run + s % period - first)
                    |> write dtype (BodyPart.seed drawSeed part))

            let writers, _ =
                (0L, parts)
                ||> List.mapFold (fun first part -> partWriter first part, first + part.Run)

            if writers |> List.forall ValueOption.isSome then
                ValueSome(fun dtype drawSeed elements ->
                    writers
                    |> List.iter (ValueOption.iter (fun write -> write dtype drawSeed elements)))
            else
                ValueNone
        | Structure.Computed(Computed.Integers _)
        | Structure.Combined _
        | Structure.Repeated _
        | Structure.Padded _
        | Structure.Elements _
        | Structure.Sparse _
        | Structure.Masked _
        | Structure.Permuted _ -> ValueNone
