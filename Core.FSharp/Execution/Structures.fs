namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Tensors that are put together from parts, in memory of the host. The parts' own elements are filled by the tiles; what
/// stands here is where they go, and what is drawn beside them.
[<AbstractClass; Sealed>]
type internal Structures private () =

    /// The most runs of a law that are handed to the tiles as one list.
    static let mostRuns = 4096L

    /// Elements that stay in a core's own cache from one pass over them to the next.
    static let cached = 1L <<< 14

    /// Elements that a law draws each for itself, by the whole tensor's index.
    static member private Elements(region: Region, seed: Seed, body: Body) =
        let struct (first, last) = Canvas.range region

        let work index count : HostWork =
            { DType = region.Canvas.DType
              Body = body
              Job = Job.OfSeed(seed, index, count)
              Address = Canvas.address region index }

        let shortest =
            (Int64.MaxValue, region.Maps)
            ||> Array.fold (fun least map -> min least map.Run)

        if first < last then
            if (last - first) / shortest <= mostRuns then
                let works = ResizeArray<HostWork>()
                Canvas.each region first last (fun _ index count -> works.Add(work index count))
                Crew.Run(works.ToArray())
            else
                Canvas.shares first last (fun low high ->
                    Canvas.each region low high (fun _ index count -> TileKernel.Run(work index count)))

    static member private Pattern(region: Region, bits: uint64[], repeat: int64) =
        let size = region.Canvas.Size

        Canvas.all region (fun s index count ->
            let target = Canvas.address region index

            for i in 0L .. count - 1L do
                let number = int ((s + i) / repeat % int64 bits.Length)
                Canvas.set size bits[number] (target + nativeint i * nativeint size))

    static member private Points(region: Region, places: Places, bits: uint64, elsewhere: uint64) =
        Structures.Elements(region, Seed(0UL, 0UL), Body.Fill elsewhere)
        let struct (first, last) = Canvas.range region
        let size = region.Canvas.Size

        // The places of a group rise, and those of groups do.
        for g in 0L .. places.Groups - 1L do
            for d in 0L .. places.Count - 1L do
                let s =
                    (g * places.PerGroup + d) * places.OutStride
                    + d * places.InStride
                    + places.Centre

                if s >= first && s < last then
                    Canvas.each region s (s + 1L) (fun _ index _ -> Canvas.set size bits (Canvas.address region index))

    /// Marked elements of a region whose others are there.
    static member private Marked(region: Region, marks: Marks, bits: uint64) =
        let size = region.Canvas.Size

        Canvas.all region (fun s index count -> Marked.Write(marks, s, count, size, bits, Canvas.address region index))

    /// Elements of a law, and over them the marked ones while the others are in the cache. The region has no maps.
    static member private Marked(region: Region, marks: Marks, bits: uint64, seed: Seed, body: Body) =
        let struct (first, last) = Canvas.range region
        let size = region.Canvas.Size

        Canvas.shares first last (fun low high ->
            let mutable at = low

            while at < high do
                let count = min cached (high - at)
                let target = Canvas.address region at

                TileKernel.Run
                    { DType = region.Canvas.DType
                      Body = body
                      Job = Job.OfSeed(seed, at, count)
                      Address = target }

                Marked.Write(marks, at, count, size, bits, target)
                at <- at + count)

    static member private Masked(region: Region, keep: bool[], bits: uint64) =
        let size = region.Canvas.Size

        Canvas.all region (fun s index count ->
            let target = Canvas.address region index

            for i in 0L .. count - 1L do
                if not keep[int ((s + i) % int64 keep.Length)] then
                    Canvas.set size bits (target + nativeint i * nativeint size))

    static member private Orthogonal(region: Region, own: Seed, rows: int64, columns: int64, map: Affine) =
        let canvas = region.Canvas
        let length = rows * columns
        let size = int64 canvas.Size
        let struct (first, last) = Canvas.range region

        let plain = map.Offset = 0.0 && not (Affine.isClip map)

        if first < last then
            if plain && region.Maps.Length = 0 && canvas.Offset = 0L && canvas.Count = length then
                Orthogonal.Write(canvas.DType, own, map.Factor, rows, columns, canvas.Address)
            else
                let wide =
                    if canvas.DType = DType.Float64 then
                        DType.Float64
                    else
                        DType.Float32

                // A narrower dtype's elements are moved as they are; under a map they are float32 till the end.
                let dtype = if plain then canvas.DType else wide
                let bytes = length * int64 (DType.size dtype)
                let matrix = NativeMemory.AlignedAlloc(unativeint bytes, 64un)

                try
                    let source = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> matrix)
                    Orthogonal.Write(dtype, own, map.Factor, rows, columns, source)

                    if plain then
                        Canvas.copy region source
                    else
                        let inside (x: float) =
                            max map.Low (min map.High (x + map.Offset))

                        let bits (s: int64) =
                            if wide = DType.Float64 then
                                let x: float = NativePtr.get (NativePtr.ofNativeInt source) (int s)
                                BitConverter.DoubleToUInt64Bits(inside x)
                            else
                                let x: float32 = NativePtr.get (NativePtr.ofNativeInt source) (int s)
                                uint64 (Grid.nearest canvas.DType (float32 (inside (float x))))

                        Canvas.all region (fun s index count ->
                            for i in 0L .. count - 1L do
                                Canvas.set
                                    (int size)
                                    (bits (s + i))
                                    (Canvas.address region index + nativeint (i * size)))
                finally
                    NativeMemory.AlignedFree matrix

    /// An inner tensor in memory of its own, whose elements then go to their places.
    static member private Permuted
        (region: Region, seed: Seed, own: Seed, dims: int64 list, order: int list, inner: Body)
        =
        let struct (first, last) = Canvas.range region

        if first < last then
            let dtype = region.Canvas.DType
            let length = List.fold (*) 1L dims

            let memory =
                NativeMemory.AlignedAlloc(unativeint (length * int64 (DType.size dtype)), 64un)

            try
                let whole =
                    { DType = dtype
                      Offset = 0L
                      Count = length
                      Address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory) }

                Structures.Fill(Canvas.whole whole, seed, own, inner)
                Permutation.gather region whole.Address dims order
            finally
                NativeMemory.AlignedFree memory

    /// Fills a region's part of a canvas. `seed` is the whole tensor's, by which laws draw; `own` that of draws beside the
    /// elements' own.
    static member private Fill(region: Region, seed: Seed, own: Seed, body: Body) : unit =
        Cancellation.Check()

        match body with
        | Body.Structured(Structure.Stacked parts) ->
            let period = parts |> List.sumBy _.Run
            let mutable start = 0L

            for part in parts do
                let inside =
                    Canvas.within
                        { Period = period
                          Start = start
                          Run = part.Run }
                        region

                let child =
                    match part.Stream with
                    | Some name -> own.Child name
                    | None -> own

                Structures.Fill(inside, seed, child, part.Body)
                start <- start + part.Run
        | Body.Structured(Structure.Pattern(bits, repeat)) -> Structures.Pattern(region, bits, repeat)
        | Body.Structured(Structure.Points(places, bits, elsewhere)) ->
            Structures.Points(region, places, bits, elsewhere)
        | Body.Structured(Structure.Sparse(rows, columns, zeros, bits, inner)) ->
            if zeros = 0L || rows = 0L || columns = 0L then
                Structures.Fill(region, seed, own.Child "0", inner)
            else
                use marks = Selection.Of(own, rows, columns, zeros)

                if region.Maps.Length = 0 && not (Structures.IsStructured inner) then
                    Structures.Marked(region, marks, bits, seed, inner)
                else
                    // What draws beside its elements' own words must not draw these.
                    Structures.Fill(region, seed, own.Child "0", inner)
                    Structures.Marked(region, marks, bits)
        | Body.Structured(Structure.Orthogonal(rows, columns, gain, offset, low, high)) ->
            Structures.Orthogonal(
                region,
                own,
                rows,
                columns,
                { Factor = gain
                  Offset = offset
                  Low = low
                  High = high }
            )
        | Body.Structured(Structure.Permuted(dims, order, inner)) ->
            Structures.Permuted(region, seed, own, dims, order, inner)
        | Body.Structured(Structure.Masked(keep, bits, inner)) ->
            Structures.Fill(region, seed, own, inner)
            Structures.Masked(region, keep, bits)
        | elements -> Structures.Elements(region, seed, elements)

    /// A structured job, and waits.
    static member private Run(work: HostWork) =
        if work.Job.Count > 0L then
            let seed = Seed(work.Job.Key, work.Job.Stream)

            let canvas =
                { DType = work.DType
                  Offset = work.Job.Offset
                  Count = work.Job.Count
                  Address = work.Address }

            Structures.Fill(Canvas.whole canvas, seed, seed, work.Body)

    static member IsStructured(body: Body) =
        match body with
        | Body.Structured _ -> true
        | _ -> false

    /// Fills all jobs in memory of the host, and waits.
    static member Run(works: HostWork[]) =
        if Array.exists (fun (work: HostWork) -> Structures.IsStructured work.Body) works then
            let structured, elements =
                works |> Array.partition (fun work -> Structures.IsStructured work.Body)

            Crew.Run elements
            structured |> Array.iter Structures.Run
        else
            Crew.Run works

    /// Whether a part of a tensor costs what all of it does.
    static member IsWhole(body: Body) : bool =
        match body with
        | Body.Structured(Structure.Orthogonal _)
        | Body.Structured(Structure.Sparse _)
        | Body.Structured(Structure.Permuted _) -> true
        | Body.Structured(Structure.Stacked parts) -> parts |> List.exists (fun part -> Structures.IsWhole part.Body)
        | Body.Structured(Structure.Masked(_, _, inner)) -> Structures.IsWhole inner
        | _ -> false
