namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Fills composite tensors in host memory: computes where each part's elements go, and draws what the element tiles do not.
[<AbstractClass; Sealed>]
type internal StructureFill private () =

    /// The largest number of runs of a distribution that the tiles get as one list.
    static let mostRuns = 4096L

    /// Elements that stay in a core's own cache from one pass over them to the next.
    static let cached = 1L <<< 14

    /// Draws the elements of an element-wise distribution, by the whole tensor's index.
    static member private Elements(region: SubTensor, seed: Seed, draw: ElementDraw) =
        let struct (first, last) = TensorWindow.range region

        let work index count : HostWork<ElementDraw> =
            { DType = region.Window.DType
              Body = draw
              Job = Job.OfSeed(seed, index, count)
              Address = TensorWindow.address region index }

        let shortest =
            (Int64.MaxValue, region.Maps)
            ||> Array.fold (fun least map -> min least map.Run)

        if first < last then
            if (last - first) / shortest <= mostRuns then
                let works = ResizeArray<HostWork<ElementDraw>>()
                TensorWindow.each region first last (fun _ index count -> works.Add(work index count))
                TileThreads.Run(works.ToArray())
            else
                TensorWindow.shares first last (fun low high ->
                    TensorWindow.each region low high (fun _ index count -> TileKernel.Run(work index count)))

    static member private Pattern(region: SubTensor, bits: uint64[], repeat: int64) =
        let size = region.Window.Size

        TensorWindow.all region (fun s index count ->
            let target = TensorWindow.address region index

            for i in 0L .. count - 1L do
                let number = int ((s + i) / repeat % int64 bits.Length)
                TensorWindow.set size bits[number] (target + nativeint i * nativeint size))

    static member private Points(region: SubTensor, blocks: DiagonalBlocks, bits: uint64, elsewhere: uint64) =
        StructureFill.Elements(region, Seed(0UL, 0UL), ElementDraw.Constant elsewhere)
        let struct (first, last) = TensorWindow.range region
        let size = region.Window.Size

        let points = Points.count blocks
        let mutable point = Points.from blocks first

        while point < points && Points.element blocks point < last do
            let s = Points.element blocks point

            TensorWindow.each region s (s + 1L) (fun _ index _ ->
                TensorWindow.set size bits (TensorWindow.address region index))

            point <- point + 1L

    /// Marked elements of a window of a region whose others are there.
    static member private Marked(region: SubTensor, window: MarkWindow, marks: BitMatrix, bits: uint64) =
        let size = region.Window.Size

        TensorWindow.shares window.First window.Last (fun low high ->
            TensorWindow.each region low high (fun s index count ->
                Marked.Write(marks, s, count, size, bits, TensorWindow.address region index)))

    /// Draws a window's elements, and overwrites the marked ones while the others are in the cache. The region has no maps.
    static member private Marked
        (region: SubTensor, window: MarkWindow, marks: BitMatrix, bits: uint64, seed: Seed, draw: ElementDraw)
        =
        let size = region.Window.Size

        TensorWindow.shares window.First window.Last (fun low high ->
            let mutable at = low

            while at < high do
                let count = min cached (high - at)
                let target = TensorWindow.address region at

                TileKernel.Run
                    { DType = region.Window.DType
                      Body = draw
                      Job = Job.OfSeed(seed, at, count)
                      Address = target }

                Marked.Write(marks, at, count, size, bits, target)
                at <- at + count)

    static member private Masked(region: SubTensor, keep: bool array, bits: uint64) =
        let size = region.Window.Size

        TensorWindow.all region (fun s index count ->
            let target = TensorWindow.address region index

            for i in 0L .. count - 1L do
                if not keep[int ((s + i) % int64 keep.Length)] then
                    TensorWindow.set size bits (target + nativeint i * nativeint size))

    static member private Orthogonal
        (region: SubTensor, drawSeed: Seed, rows: int64, columns: int64, gain: float, map: Affine)
        =
        let tensorWindow = region.Window
        let isPlain = map.Offset = 0.0 && not (Affine.isClip map)

        if
            isPlain
            && region.Maps.Length = 0
            && tensorWindow.Offset = 0L
            && tensorWindow.Count = rows * columns
        then
            Orthogonal.Write(tensorWindow.DType, drawSeed, gain, rows, columns, tensorWindow.Address)
        else
            use matrix = new HaarMatrix(tensorWindow.DType, drawSeed, rows, columns, gain, map)
            matrix.Copy region

    static member private Computed(region: SubTensor, formula: NumberFormula, repeat: int64, maps) =
        let struct (first, last) = TensorWindow.range region
        let size = region.Window.Size
        let numbers = NumberFormulas.count formula
        let bits = Body.formulaBits region.Window.DType (last - first) formula maps

        // Where numbers come again and again, each is computed once.
        let bits =
            if numbers <= (last - first) / 4L && numbers <= int64 Array.MaxLength then
                let table = Array.init (int numbers) (int64 >> bits)
                fun n -> table[int n]
            else
                bits

        TensorWindow.all region (fun s index count ->
            let mutable target = TensorWindow.address region index
            let mutable at = s

            while at < s + count do
                let word = bits (at / repeat % numbers)
                let run = min (repeat - at % repeat) (s + count - at)

                for _ in 1L .. run do
                    TensorWindow.set size word target
                    target <- target + nativeint size

                at <- at + run)

    /// Fills an inner tensor in separate memory, and then copies its elements to their positions.
    static member private Permuted
        (region: SubTensor, seed: Seed, drawSeed: Seed, dims: int64 list, order: int list, inner: Body)
        =
        let struct (first, last) = TensorWindow.range region
        let dtype = region.Window.DType

        match Permutation.scatter dims (last - first) inner with
        | ValueSome write ->
            let mutable low = first

            while low < last do
                let high = low + min Scatter.most (last - low)
                write dtype drawSeed (Permutation.elements region low high dims order)
                low <- high
        | ValueNone ->
            let length = Shape.product dims

            let memory =
                NativeMemory.AlignedAlloc(unativeint (Shape.product [ length; int64 (DType.size dtype) ]), 64un)

            try
                let whole =
                    { DType = dtype
                      Offset = 0L
                      Count = length
                      Address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory) }

                StructureFill.Filled(TensorWindow.whole whole, seed, drawSeed, inner)
                Permutation.gather region whole.Address dims order
            finally
                NativeMemory.AlignedFree memory

    /// Fills a region's part of a window. `seed` is the whole tensor's, from which distributions draw; `own` is the seed of
    /// draws other than element values.
    static member private Filled(region: SubTensor, seed: Seed, drawSeed: Seed, body: Body) : unit =
        let struct (first, last) = TensorWindow.range region

        if first < last then
            StructureFill.Fill(region, seed, drawSeed, body)

    static member private Inner: CombinedFill.Fill =
        fun region seed drawSeed body -> StructureFill.Filled(region, seed, drawSeed, body)

    /// As Filled, of a region that has elements in the window.
    static member private Fill(region: SubTensor, seed: Seed, drawSeed: Seed, body: Body) : unit =
        Cancellation.Check()

        match body with
        | Structure.Elements draw -> StructureFill.Elements(region, seed, draw)
        | Structure.Stacked parts ->
            for inside, part in TensorWindow.parts parts region do
                StructureFill.Filled(inside, seed, BodyPart.seed drawSeed part, part.Inner)
        | Structure.Batched(count, length, inner) ->
            let struct (first, last) = TensorWindow.range region

            for b in first / length .. (last - 1L) / length do
                StructureFill.Filled(TensorWindow.tensorOf count length b region, seed, drawSeed.Child(string b), inner)
        | Structure.Pattern(bits, repeat) -> StructureFill.Pattern(region, bits, repeat)
        | Structure.Computed(Computed.Formula(formula, repeat, maps)) ->
            StructureFill.Computed(region, formula, repeat, maps)
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) ->
            StructureFill.Orthogonal(region, drawSeed, rows, columns, gain, map)
        | Structure.Points(blocks, bits, elsewhere) -> StructureFill.Points(region, blocks, bits, elsewhere)
        | Structure.Sparse(rows, columns, zeros, bits, inner) ->
            if zeros = 0L then
                StructureFill.Fill(region, seed, drawSeed.Child "0", inner)
            else
                let struct (first, last) = TensorWindow.range region

                let marked write =
                    for window in MarkWindow.ofElements first last columns do
                        use marks = SmallestWords.Of(drawSeed, window, rows, columns, zeros)
                        write window marks

                match inner with
                | Structure.Elements draw when region.Maps.Length = 0 ->
                    marked (fun window marks -> StructureFill.Marked(region, window, marks, bits, seed, draw))
                | _ ->
                    // An inner spec that draws more than element words must not draw the words of the marks.
                    StructureFill.Fill(region, seed, drawSeed.Child "0", inner)
                    marked (fun window marks -> StructureFill.Marked(region, window, marks, bits))
        | Structure.Computed(Computed.Integers(draw, maps)) -> IntegerFill.fill region seed drawSeed draw maps
        | Structure.Combined(Combination.Sum streams, maps, parts) ->
            let isWhole = List.exists StructureFill.IsWhole parts
            CombinedFill.sum StructureFill.Inner isWhole region seed drawSeed streams maps parts
        | Structure.Combined(Combination.Normalized(stride, length), maps, parts) ->
            let inner = List.head parts
            let isWhole = StructureFill.IsWhole inner
            CombinedFill.normalized StructureFill.Inner isWhole region seed drawSeed stride length maps inner
        | Structure.Repeated(run, times, inner) ->
            CombinedFill.repeated StructureFill.Inner (StructureFill.IsWhole inner) region drawSeed run times inner
        | Structure.Padded(first, count, bits, _, inner) ->
            StructureFill.Fill(region, seed, drawSeed, inner)
            CombinedFill.padded region first count bits
        | Structure.Permuted(dims, order, inner) -> StructureFill.Permuted(region, seed, drawSeed, dims, order, inner)
        | Structure.Masked(keep, bits, inner) ->
            StructureFill.Fill(region, seed, drawSeed, inner)
            StructureFill.Masked(region, keep.Flags, bits)

    /// The draws of a region's elements.
    static member private DrawnIn(region: SubTensor, body: Body) : ElementDraw list =
        match body with
        | Structure.Elements draw ->
            let struct (first, last) = TensorWindow.range region
            if first < last then [ draw ] else []
        | Structure.Stacked parts ->
            TensorWindow.parts parts region
            |> List.collect (fun (inside, part) -> StructureFill.DrawnIn(inside, part.Inner))
        | Structure.Batched(count, length, inner) ->
            let struct (first, last) = TensorWindow.range region

            if first < last then
                // The first tensor, the last and one between are those that may differ in what is drawn.
                let low, high = first / length, (last - 1L) / length

                [ low; min high (low + 1L); high ]
                |> List.distinct
                |> List.collect (fun b -> StructureFill.DrawnIn(TensorWindow.tensorOf count length b region, inner))
            else
                []
        | Structure.Sparse(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Masked(inner = inner) -> StructureFill.DrawnIn(region, inner)
        | Structure.Combined(combination, _, parts) ->
            let struct (first, last) = TensorWindow.range region

            if first < last then
                let unit' =
                    match combination with
                    | Combination.Sum _ -> 1L
                    | Combination.Normalized(stride, length) -> CombinedFill.together stride length

                let inside =
                    CombinedFill.inside region (first / unit' * unit') (((last - 1L) / unit' + 1L) * unit')

                parts |> List.collect (fun part -> StructureFill.DrawnIn(inside, part))
            else
                []
        | Structure.Repeated(run, times, inner) ->
            let struct (first, last) = TensorWindow.range region

            if first < last then
                let struct (from, until) = CombinedFill.innerOf run times first last

                let window =
                    { region.Window with
                        Offset = from
                        Count = until - from }

                StructureFill.DrawnIn(TensorWindow.whole window, inner)
            else
                []
        | Structure.Permuted(dims, _, inner) ->
            // All of an inner tensor is made.
            let whole =
                { region.Window with
                    Offset = 0L
                    Count = Shape.product dims }

            StructureFill.DrawnIn(TensorWindow.whole whole, inner)
        | Structure.Pattern _
        | Structure.Computed _
        | Structure.Points _ -> []

    /// The window of a job's elements.
    static member private Window(work: HostWork<Body>) : SubTensor =
        TensorWindow.whole
            { DType = work.DType
              Offset = work.Job.Offset
              Count = work.Job.Count
              Address = work.Address }

    /// The draws of a job's elements.
    static member Drawn(work: HostWork<Body>) : ElementDraw list =
        if work.Job.Count > 0L then
            StructureFill.DrawnIn(StructureFill.Window work, work.Body)
        else
            []

    /// A structured job, and waits.
    static member private Run(work: HostWork<Body>) =
        if work.Job.Count > 0L then
            let seed = Seed(work.Job.Key, work.Job.Stream)
            StructureFill.Filled(StructureFill.Window work, seed, seed, work.Body)

    /// Fills all jobs in memory of the host, and waits.
    static member Run(works: HostWork<Body>[]) =
        // Most lists draw by no table, and small tensors should cost no more than their elements.
        let hasTables (work: HostWork<Body>) =
            match work.Body with
            | Structure.Elements(ElementDraw.Single(Draw.Quantile _) | ElementDraw.Double(Draw.Quantile _)) -> true
            | Structure.Elements _ -> false
            | _ -> true

        if Array.exists hasTables works then
            works |> Seq.collect StructureFill.Drawn |> Tables.fit

        let isElements (work: HostWork<Body>) =
            match work.Body with
            | Structure.Elements _ -> true
            | _ -> false

        let elements =
            Array.zeroCreate (works |> Array.sumBy (fun work -> if isElements work then 1 else 0))

        let mutable next = 0

        for work in works do
            match work.Body with
            | Structure.Elements draw ->
                elements[next] <- work.With draw
                next <- next + 1
            | _ -> ()

        TileThreads.Run elements

        if elements.Length < works.Length then
            for work in works do
                match work.Body with
                | Structure.Elements _ -> ()
                | _ -> StructureFill.Run work

    /// Whether a file is written from the whole tensor, since its slices could repeat most of the work.
    static member IsWhole(body: Body) : bool =
        match body with
        | Structure.Computed(Computed.Orthogonal _)
        | Structure.Sparse _
        | Structure.Permuted _ -> true
        | Structure.Stacked parts -> parts |> List.exists (fun part -> StructureFill.IsWhole part.Inner)
        | Structure.Combined(Combination.Normalized(stride, _), _, _) when stride > 1L -> true
        | Structure.Combined(parts = parts) -> parts |> List.exists StructureFill.IsWhole
        | Structure.Batched(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Masked(inner = inner) -> StructureFill.IsWhole inner
        | Structure.Elements _
        | Structure.Pattern _
        | Structure.Computed(Computed.Formula _ | Computed.Integers _)
        | Structure.Points _ -> false
