namespace Initializers.Kernels

open System
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// Where the elements of a part lie among those of the tensor around it: runs of `Run`, the first at `Start`, each `Period`
/// behind the one before.
[<Struct>]
type internal Interleave =
    { Period: int64
      Start: int64
      Run: int64 }

/// Elements [Offset, Offset + Count) of a tensor, in memory of the host.
type internal TensorWindow =
    { DType: DType
      Offset: int64
      Count: int64
      Address: nativeint }

    member this.Size = DType.size this.DType

/// A sub-tensor of a window. `Maps` translate its element indices to the window's, innermost first.
type internal SubTensor =
    { Window: TensorWindow
      Maps: Interleave[] }

/// A part of a stacked body.
type internal BodyPart = StructurePart<ElementDraw, uint64>

[<RequireQualifiedAccess>]
module internal BodyPart =
    /// The seed of a part's draws other than element words.
    let seed (drawSeed: Seed) (part: BodyPart) : Seed =
        match part.Stream with
        | Some name -> drawSeed.Child name
        | None -> drawSeed

[<RequireQualifiedAccess>]
module internal TensorWindow =
    let whole (tensorWindow: TensorWindow) : SubTensor = { Window = tensorWindow; Maps = [||] }

    let within (runs: Interleave) (part: SubTensor) : SubTensor =
        { part with
            Maps = Array.append [| runs |] part.Maps }

    /// The region of tensor b of a batch.
    let tensorOf (count: int64) (length: int64) (b: int64) (part: SubTensor) : SubTensor =
        within
            { Period = count * length
              Start = b * length
              Run = length }
            part

    /// Each part of a stack with its region.
    let parts (parts: BodyPart list) (part: SubTensor) : (SubTensor * BodyPart) list =
        let period = parts |> List.sumBy _.Run

        (0L, parts)
        ||> List.mapFold (fun start inner ->
            let runs =
                { Period = period
                  Start = start
                  Run = inner.Run }

            (within runs part, inner), start + inner.Run)
        |> fst

    /// The tensor index of a part's element, and the length of the contiguous run from there.
    let private place (part: SubTensor) (s: int64) (count: int64) : struct (int64 * int64) =
        let mutable index = s
        let mutable length = count

        for map in part.Maps do
            let inside = index % map.Run
            length <- min length (map.Run - inside)
            index <- index / map.Run * map.Period + map.Start + inside

        struct (index, length)

    /// How many of a part's elements have an index below `index` in the tensor. Each map, outermost first, makes the number
    /// smaller, so nothing overflows.
    let below (part: SubTensor) (index: int64) =
        let mutable count = index

        for i in part.Maps.Length - 1 .. -1 .. 0 do
            let map = part.Maps[i]
            let rest = count % map.Period - map.Start
            count <- count / map.Period * map.Run + max 0L (min map.Run rest)

        count

    /// The tensor index of a part's element.
    let index (part: SubTensor) (s: int64) : int64 =
        let struct (index, _) = place part s 1L
        index

    /// A part's own elements that the window holds.
    let range (part: SubTensor) : struct (int64 * int64) =
        let tensorWindow = part.Window

        struct (below part tensorWindow.Offset, below part (tensorWindow.Offset + tensorWindow.Count))

    let address (part: SubTensor) (index: int64) =
        part.Window.Address
        + nativeint (index - part.Window.Offset) * nativeint part.Window.Size

    /// Runs of a part's elements [first, last) that lie side by side: the first's own number, the tensor's, and how many.
    let each (part: SubTensor) (first: int64) (last: int64) (act: int64 -> int64 -> int64 -> unit) =
        let mutable s = first

        while s < last do
            let struct (index, length) = place part s (last - s)
            act s index length
            s <- s + length

    /// Elements [first, last) in shares, on several threads where there are many.
    let shares (first: int64) (last: int64) (act: int64 -> int64 -> unit) =
        let count = (last - first + WorkUnit.Elements - 1L) / WorkUnit.Elements

        if count <= 1L then
            if first < last then
                act first last
        else
            ParallelFor.Run(
                Environment.ProcessorCount,
                Checked.int count,
                fun _ i ->
                    let low = first + int64 i * WorkUnit.Elements
                    act low (min last (low + WorkUnit.Elements))
            )

    /// As `each`, for all of a part that the window holds, on several threads where that is much.
    let all (part: SubTensor) (act: int64 -> int64 -> int64 -> unit) =
        let struct (first, last) = range part
        shares first last (fun low high -> each part low high act)

    /// Writes one element's bits.
    let set (size: int) (bits: uint64) (target: nativeint) =
        match size with
        | 2 -> NativePtr.write (NativePtr.ofNativeInt target) (uint16 bits)
        | 4 -> NativePtr.write (NativePtr.ofNativeInt target) (uint32 bits)
        | _ -> NativePtr.write (NativePtr.ofNativeInt target) bits

    /// Reads one element's bits.
    let get (size: int) (source: nativeint) : uint64 =
        match size with
        | 2 -> uint64 (NativePtr.read (NativePtr.ofNativeInt<uint16> source))
        | 4 -> uint64 (NativePtr.read (NativePtr.ofNativeInt<uint32> source))
        | _ -> NativePtr.read (NativePtr.ofNativeInt<uint64> source)

    /// Copies a part's elements from memory that has them all, from element 0 on.
    let copy (part: SubTensor) (source: nativeint) =
        let size = int64 part.Window.Size

        all part (fun s index count ->
            let from = source + nativeint (s * size)

            Buffer.MemoryCopy(from.ToPointer(), (address part index).ToPointer(), count * size, count * size))

    /// Elements of a part by a function of those of memory that has them all, as float32 or float64.
    let map (part: SubTensor) (source: nativeint) (dtype: DType) (value: float -> float) =
        let tensorWindow = part.Window
        let from = nativeint (DType.size dtype)

        all part (fun s index count ->
            let mutable source = source + nativeint s * from
            let mutable target = address part index

            for _ in 1L .. count do
                let bits =
                    if dtype = DType.Float64 then
                        BitConverter.DoubleToUInt64Bits(value (NativePtr.read (NativePtr.ofNativeInt source)))
                    else
                        let x: float32 = NativePtr.read (NativePtr.ofNativeInt source)
                        uint64 (Rounding.nearest tensorWindow.DType (float32 (value (float x))))

                set tensorWindow.Size bits target
                source <- source + from
                target <- target + nativeint tensorWindow.Size)
